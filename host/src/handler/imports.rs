//! Imports for the extension: what is in files, beside what is in the vault, in words of the protocol.
//!
//! Never here: how a file is read (`import`), taking it in (`desk`).

use shared::protocol::desk::{Item, MAX_ITEMS, Of, Report, Told, Unfit, Warning};
use shared::protocol::{Refusal, Response};

use super::desk::{count, short};
use crate::import::{self, ImportError, Imported};
use crate::intake::{self, Verdict};
use crate::locks::clock::Readings;
use crate::session::Session;
use crate::session::desk::Pending;
use crate::vault::entry::{Draft, EntryId, display_name};

/// Tells what an import would do, and keeps it at hand.
pub(super) fn show(
    session: &mut Session,
    imported: Imported,
    now: Readings,
) -> Result<Response, Refusal> {
    let (_, vault) = session.open(now)?;
    let verdicts = intake::compare(&vault.body, &imported.drafts);
    let there = |id: &EntryId| vault.entry(*id).map(|entry| entry.name()).unwrap_or_default();
    let item = |(draft, verdict): (&Draft, &Verdict)| {
        let (of, id) = match verdict {
            Verdict::OtherNames(id) => (Of::OtherNames, id),
            Verdict::OtherSecret(id) => (Of::OtherSecret, id),
            Verdict::Completed(..) | Verdict::New | Verdict::Same(_) => return None,
        };
        let name = short(&display_name(&draft.issuer, &draft.label));
        Some(Item { there: short(&there(id)), ..Item::new(of, name) })
    };
    let at_odds = imported.drafts.iter().zip(&verdicts).filter_map(item);
    let left_out = imported.left_out.iter().map(|left_out| Item {
        why: left_out.reason.code().to_owned(),
        ..Item::new(Of::LeftOut, short(&left_out.name))
    });
    let completed = completed(&imported.drafts, &verdicts);
    let mut report = Report {
        source: imported.format.brand().to_owned(),
        items: at_odds.chain(left_out).chain(completed).take(MAX_ITEMS).collect(),
        ..Report::default()
    };
    let of = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|v| wanted(v)).count();
    let counts = &mut report.counts;
    count(counts, Of::New, of(|verdict| matches!(verdict, Verdict::New)));
    count(counts, Of::Completed, of(|verdict| matches!(verdict, Verdict::Completed(..))));
    count(counts, Of::Same, of(|verdict| matches!(verdict, Verdict::Same(_))));
    count(counts, Of::OtherNames, of(|verdict| matches!(verdict, Verdict::OtherNames(_))));
    count(counts, Of::OtherSecret, of(|verdict| matches!(verdict, Verdict::OtherSecret(_))));
    count(counts, Of::LeftOut, imported.left_out.len());
    count(counts, Of::WithoutCode, imported.ignored_non_otp);
    report.warnings = imported
        .warnings
        .iter()
        .map(|warning| match warning {
            import::Warning::Encoding => Warning::Encoding,
            import::Warning::MissingPin => Warning::MissingPin,
            import::Warning::Shortened => Warning::Shortened,
            import::Warning::Hidden => Warning::Hidden,
            import::Warning::IncompleteBatch { .. } => Warning::IncompleteBatch,
        })
        .collect();
    session.desk().pending = Some(Pending::Import(imported, verdicts));
    Ok(Response::Desk(Told::Report(report)))
}

/// Accounts that are completed, with what.
pub(super) fn completed(drafts: &[Draft], verdicts: &[Verdict]) -> impl Iterator<Item = Item> {
    drafts.iter().zip(verdicts).filter_map(|(draft, verdict)| match verdict {
        Verdict::Completed(_, gaps) => {
            let name = short(&display_name(&draft.issuer, &draft.label));
            Some(Item { fills: gaps.clone(), ..Item::new(Of::Completed, name) })
        }
        _ => None,
    })
}

/// Why nothing can be made of files.
pub(super) fn unfit(err: ImportError) -> Unfit {
    match err {
        ImportError::AccountRestricted => Unfit::AccountRestricted,
        ImportError::Corrupt => Unfit::Corrupt,
        // Stopped by a clearing of the desk, which nobody hears of; or ended by the system, for its memory.
        ImportError::KdfCostTooHigh | ImportError::Stopped => Unfit::KdfCostTooHigh,
        ImportError::ManifestRequired => Unfit::ManifestRequired,
        ImportError::NoAccountsFile => Unfit::NoAccountsFile,
        ImportError::NoPasswordSlot => Unfit::NoPasswordSlot,
        ImportError::NoQrCode => Unfit::NoQrCode,
        ImportError::OpenpgpUnsupported => Unfit::OpenpgpUnsupported,
        ImportError::PasswordRequired => Unfit::PasswordRequired,
        ImportError::TooLarge => Unfit::TooLarge,
        ImportError::UnrecognisedFormat => Unfit::UnrecognisedFormat,
        ImportError::UnsupportedVersion => Unfit::UnsupportedVersion,
        ImportError::WrongPassword { damage_possible: false } => Unfit::WrongPassword,
        ImportError::WrongPassword { damage_possible: true } => Unfit::WrongPasswordOrDamaged,
    }
}
