//! What a person reads at the desk for what the protocol says.
//!
//! Never here: what is done about it.

use shared::protocol::Refusal;
use shared::protocol::desk::{Gap, Of, Unfit, Warning};

use crate::text::{t, with};

/// Why a request was refused.
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Busy => t("refused_busy"),
        Refusal::Conflict | Refusal::Exists => t("refused_conflict"),
        Refusal::Corrupt => t("refused_corrupt"),
        Refusal::DiskFull => t("refused_disk_full"),
        Refusal::Io => t("refused_io"),
        Refusal::KdfBounds => t("refused_kdf_bounds"),
        Refusal::Locked => t("refused_locked"),
        Refusal::Managed => t("managed"),
        Refusal::Memory => t("refused_memory"),
        Refusal::NewerFormat => t("problem_newer"),
        Refusal::NotFound => t("refused_not_found"),
        Refusal::Rollback(_) => t("rollback"),
        Refusal::SamePassword => t("refused_same_password"),
        Refusal::Timeout => t("refused_timeout"),
        Refusal::TooLarge => t("unfit_too_large"),
        Refusal::UnknownOp | Refusal::Version { .. } => t("refused_unknown_op"),
        Refusal::WeakPassword(_) => t("refused_weak_password"),
        Refusal::WrongPassword { .. } => t("wrong_password"),
        // Nothing that the desk asks is refused with these.
        Refusal::BadFrame
        | Refusal::BadRequest
        | Refusal::Denied(_)
        | Refusal::Duplicate(_)
        | Refusal::Internal
        | Refusal::Invalid(_)
        | Refusal::NoBiometrics
        | Refusal::NoPin
        | Refusal::Unconfirmed
        | Refusal::Wait { .. }
        | Refusal::NeedsMaster
        | Refusal::WrongPin { .. } => t("refused_internal"),
    }
}

/// Why nothing can be made of it.
pub fn unfit(why: Unfit) -> String {
    match why {
        Unfit::AccountRestricted => t("unfit_account_restricted"),
        Unfit::Corrupt => t("unfit_corrupt"),
        Unfit::Folder => t("unfit_folder"),
        Unfit::KdfCostTooHigh => t("unfit_kdf_cost_too_high"),
        Unfit::ManifestRequired => t("unfit_manifest_required"),
        Unfit::NoAccountsFile => t("unfit_no_accounts_file"),
        Unfit::NoBackup => t("unfit_no_backup"),
        Unfit::NoBackups => t("unfit_no_backups"),
        Unfit::NoPasswordSlot => t("unfit_no_password_slot"),
        Unfit::NoPicture => t("unfit_no_picture"),
        Unfit::NotABackup => t("unfit_not_a_backup"),
        Unfit::NotAPicture => t("unfit_not_a_picture"),
        Unfit::NoQrCode => t("unfit_no_qr_code"),
        Unfit::OpenpgpUnsupported => t("unfit_openpgp"),
        Unfit::PasswordRequired => t("unfit_password_required"),
        Unfit::SamePassword => t("unfit_same_password"),
        Unfit::TooLarge => t("unfit_too_large"),
        Unfit::TooLong => t("unfit_too_long"),
        Unfit::UnrecognisedFormat => t("unfit_unrecognised"),
        Unfit::UnsupportedVersion => t("unfit_unsupported_version"),
        Unfit::WrongPassword => t("unfit_wrong_password"),
        Unfit::WrongPasswordOrDamaged => t("unfit_wrong_password_or_damaged"),
    }
}

/// So many of something.
pub fn count(of: Of, n: usize) -> String {
    let n = &[n.to_string()];
    let n = &[n[0].as_str()];
    match of {
        Of::Added => with("count_added", n),
        Of::Changed => with("count_changed", n),
        Of::Completed => with("count_completed", n),
        Of::Deleted => with("count_deleted", n),
        Of::Gone => with("count_gone", n),
        Of::Kept => with("count_kept", n),
        Of::LeftOut => with("count_left_out", n),
        Of::New => with("count_new", n),
        Of::Older => with("count_older", n),
        Of::OtherNames => with("count_other_names", n),
        Of::OtherSecret => with("count_other_secret", n),
        Of::Replaced => with("count_replaced", n),
        Of::Same => with("count_same", n),
        Of::WithoutCode => with("count_without_code", n),
    }
}

/// What an account is completed with, and never the thing itself.
pub fn gaps(gaps: &[Gap]) -> String {
    let word = |gap: &Gap| match gap {
        Gap::Favourite => t("favourite"),
        Gap::Icon | Gap::Picture => t("picture"),
        Gap::Issuer => t("field_issuer"),
        Gap::Label => t("field_label"),
        Gap::Note => t("field_note"),
        Gap::Pin => t("pin"),
        Gap::Sites => t("desk_websites"),
        Gap::Spares => t("spares"),
        Gap::Tags => t("tags"),
    };
    let mut words: Vec<String> = gaps.iter().map(word).collect();
    words.dedup();
    words.join(" · ")
}

/// Why an account is left out, by the reason's name on the wire.
pub fn left_out(why: &str) -> String {
    match why {
        "duplicate" => t("left_out_duplicate"),
        "encrypted_item" => t("left_out_encrypted"),
        "missing_pin" => t("left_out_pin"),
        "missing_secret" => t("left_out_no_secret"),
        "trashed" => t("left_out_trashed"),
        "unsupported_algorithm" | "unsupported_type" => t("left_out_unsupported"),
        _ => t("left_out_unreadable"),
    }
}

/// What a person should know although nothing failed.
pub fn warning(warning: Warning) -> String {
    match warning {
        Warning::Encoding => t("warning_encoding"),
        Warning::Hidden => t("warning_hidden"),
        Warning::IncompleteBatch => t("warning_incomplete_batch"),
        Warning::MissingPin => t("warning_missing_pin"),
        Warning::Shortened => t("warning_shortened"),
    }
}
