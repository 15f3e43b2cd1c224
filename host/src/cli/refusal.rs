//! A sentence for every refusal: what it is, and what to do.
//!
//! Never here: what was typed. An error repeats no secret.

use shared::protocol::{Denied, Field, Hint, Invalid, Problem, Refusal, Strength};

use crate::backup::BackupError;
use crate::cli::CliError;
use crate::export::ExportError;
use crate::vault::format::FormatError;
use crate::vault::keys::KeyError;

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::WrongPassword { .. } => Self::WrongPassword,
            refusal => Self::Failed(sentence(&refusal)),
        }
    }
}

impl From<BackupError> for CliError {
    fn from(error: BackupError) -> Self {
        Self::Failed(match error {
            BackupError::Format(FormatError::Torn) => {
                "the backup is damaged or incomplete: take another one".to_owned()
            }
            BackupError::Format(FormatError::Layout) => {
                "this is not a backup made by Countersign: the names of those end in .otb; another app's file comes in with \
                 `countersign import FILE`, and a vault is opened with --vault FILE"
                    .to_owned()
            },
            BackupError::Format(FormatError::Newer) => {
                "the backup was made by a newer version: install that".to_owned()
            }
            BackupError::Format(FormatError::Key(KeyError::Wrong | KeyError::Password)) => {
                "wrong backups password; a backup keeps the one that it was made with".to_owned()
            }
            BackupError::NoPassword => {
                "there is no backups password yet: choose one with `countersign backup set-password`".to_owned()
            }
            BackupError::NoFolder => {
                "no folder was chosen for backups on this machine: choose one with `countersign backup folder DIR`"
                    .to_owned()
            }
            error => error.to_string(),
        })
    }
}

impl From<ExportError> for CliError {
    fn from(error: ExportError) -> Self {
        Self::Failed(match error {
            ExportError::Exists => {
                "there is a file of this name already: --force overwrites it".to_owned()
            }
            error => error.to_string(),
        })
    }
}

/// Lower case, no full stop.
pub(crate) fn sentence(refusal: &Refusal) -> String {
    let words = match refusal {
        Refusal::BadFrame | Refusal::BadRequest | Refusal::UnknownOp | Refusal::Version { .. } => {
            "this request is not understood: please report it"
        }
        Refusal::Busy => "another program is saving the vault: try again",
        Refusal::Conflict => {
            "another program has changed the vault or its password meanwhile: nothing was done; try again"
        }
        Refusal::Corrupt => {
            "the vault is damaged: an earlier save lies beside it, see `countersign doctor`"
        }
        Refusal::Denied(Denied::NoSite { .. }) => "the account has no site",
        Refusal::Denied(_) => "no code may go to that page",
        Refusal::DiskFull => "the disk is full: nothing was changed; make room and try again",
        Refusal::Duplicate(_) => {
            "an account with this secret and these names is already there: --again adds it once more"
        }
        Refusal::Exists => {
            "there is a vault already, or earlier saves of one (see `countersign doctor`): use it, or name another file with \
             --vault"
        }
        Refusal::Invalid(invalid) => return wrong(*invalid),
        Refusal::Internal => "this should not have happened: please report it",
        Refusal::Io => {
            "the vault could not be read or written: nothing was changed; see `countersign doctor`"
        }
        Refusal::KdfBounds => {
            "opening this vault would take more memory or time than is safe: was it made by something else?"
        }
        Refusal::Locked => "the vault is locked",
        Refusal::Memory => "there is not enough free memory: close another program and try again",
        Refusal::Managed => "your organisation has fixed this",
        Refusal::NeedsMaster => "a lock is loosened with the master password only",
        Refusal::NewerFormat => {
            "the vault was made by a newer version: install that, the vault is left as it is"
        }
        Refusal::NoBiometrics => {
            "the system can't ask for your fingerprint here: use the master password"
        }
        Refusal::NoPin => "there is no PIN here: use the master password",
        Refusal::NotFound => "there is no such account",
        Refusal::Rollback(rollback) => {
            return format!(
                "this is an older copy of the vault (save {}, and {} was seen here): nothing is \
                 changed in it; put the newer file back, or accept the older one with `countersign accept`",
                rollback.found, rollback.seen
            );
        }
        Refusal::SamePassword => {
            "this is the backups password: choose another one, so that neither opens the other's file"
        }
        Refusal::Timeout => "it took too long: try again",
        Refusal::TooLarge => "that is more than the vault has room for",
        Refusal::Wait { .. } => "the code is about to expire: try again in a moment",
        Refusal::Unconfirmed => "the system did not recognise you",
        Refusal::WeakPassword(strength) => return weak(strength),
        Refusal::WrongPassword { .. } => "wrong master password",
        Refusal::WrongPin { .. } => "wrong PIN",
    };
    words.to_owned()
}

fn wrong(Invalid { field, problem }: Invalid) -> String {
    let what = match field {
        Field::Algorithm => "the algorithm",
        Field::Clipboard => "the time of the clipboard",
        Field::Counter => "the counter",
        Field::Digits => "the number of digits",
        Field::Icon => "the icon",
        Field::Idle => "the idle time",
        Field::Issuer => "the issuer",
        Field::Label => "the label",
        Field::MasterAge => "the time of the master password",
        Field::MaxAge => "the time until it locks in any case",
        Field::Note => "the note",
        Field::Period => "the period",
        Field::Pin => "the PIN",
        Field::Recovery => "the recovery code",
        Field::Secret => "the secret",
        Field::Site => "the site",
        Field::Spare => "the list of backup codes",
        Field::Tag => "the tag",
        Field::Uri => "the URI",
    };
    let problem = match (problem, field) {
        (Problem::Character, Field::Secret) => "is not Base32: only A to Z and 2 to 7",
        (Problem::Character, _) => "holds a character that can't be there",
        (Problem::Empty, _) => "is missing",
        (Problem::Long, _) => "is too long",
        (Problem::Malformed, Field::Uri) => {
            return "this is not an otpauth URI: one begins with otpauth://totp/ or otpauth://hotp/"
                .to_owned();
        }
        (Problem::Malformed, Field::Recovery) => {
            return "this is not a recovery code: one has seven groups of four letters and digits"
                .to_owned();
        }
        (Problem::Malformed, _) => "is not a domain that belongs to one site",
        (Problem::Range, _) => "is out of range",
        (Problem::Short, _) => "is too short",
        (Problem::Typo, _) => "has a typo in it: compare each letter again",
        (Problem::Unexpected, _) => "does not go with this kind of account",
        (Problem::Unsupported, _) => "is not supported",
    };
    format!("{what} {problem}")
}

fn weak(strength: &Strength) -> String {
    let hint = match strength.hint {
        Some(Hint::Common) => "it is a common password",
        Some(Hint::Date) => "it is a date",
        Some(Hint::Keyboard) => "it is a row of keys",
        Some(Hint::Long) => "it has more than 1,024 bytes",
        Some(Hint::Name) => "it is a name",
        Some(Hint::Repeat) => "it repeats itself",
        Some(Hint::Sequence) => "it is a sequence",
        Some(Hint::Short) => "it has fewer than 8 characters",
        None => "it is easy to guess",
    };
    format!("this password is too weak, {hint}: take four or more words that don't belong together")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_become_sentences() {
        let invalid = |field, problem| sentence(&Refusal::Invalid(Invalid { field, problem }));
        assert_eq!(
            invalid(Field::Secret, Problem::Character),
            "the secret is not Base32: only A to Z and 2 to 7"
        );
        let none = invalid(Field::Uri, Problem::Malformed);
        assert!(none.starts_with("this is not an otpauth URI: "), "{none}");
        let typo = invalid(Field::Recovery, Problem::Typo);
        assert_eq!(typo, "the recovery code has a typo in it: compare each letter again");
        assert_eq!(invalid(Field::Digits, Problem::Range), "the number of digits is out of range");
        assert!(matches!(
            CliError::from(Refusal::WrongPassword { retry_ms: 0 }),
            CliError::WrongPassword
        ));
        let strength = Strength { score: 0, accepted: false, hint: Some(Hint::Short) };
        let words = sentence(&Refusal::WeakPassword(strength));
        assert!(words.contains("fewer than 8 characters: take four"), "{words}");
    }
}
