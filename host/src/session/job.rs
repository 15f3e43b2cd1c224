//! Work that takes as long as a password: what is tried or derived on a thread beside the loop, and what came
//! of it.
//!
//! Never here: whether a password may be tried, and what follows from its being right (`session`).

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use shared::Secret;
use shared::protocol::{Offers, SetSettings};

use crate::backup;
use crate::presence::{Presence, Said};
use crate::screen::Screen;
use crate::session::desk::{Came, Errand};
use crate::stop::Stop;
use crate::vault::cost::KdfPolicy;
use crate::vault::format::{FormatError, Sealed};
use crate::vault::keys::{self, Derived, Key, KeyError};
use crate::vault::recovery::RecoveryCode;
use crate::vault::slot::Slot;

/// As much of a stack as deriving, sealing and opening may have left keys on.
pub(super) const STACK: usize = 64 * 1024;
/// How often a turn is asked for, and how long it is waited between, before it is done without: 5 s.
const TURN_TRIES: u32 = 100;
const TURN_PAUSE: Duration = Duration::from_millis(50);

/// A password to try or to derive, which takes as long as Argon2id. Holds the password, wiped with it.
#[derive(Debug)]
pub struct Job {
    pub(super) what: What,
    pub(super) policy: KdfPolicy,
    /// Where processes that derive take turns.
    pub(super) turn: PathBuf,
    /// Ends the wait for it.
    pub(super) patience: Stop,
}

/// Which, and with what.
#[derive(Debug)]
pub(super) enum What {
    /// With which clearing of the desk it began after.
    Desk(Errand, u64),
    Change {
        old: Secret,
        new: Secret,
        rotate: bool,
        sealed: Sealed,
    },
    Create {
        password: Secret,
    },
    Offers(Screen),
    Pin {
        pin: Secret,
        slot: Slot,
        sealed: Sealed,
    },
    Presence {
        presence: Presence,
        stop: Stop,
        wish: Wish,
    },
    Recover {
        code: RecoveryCode,
        new: Secret,
        sealed: Sealed,
    },
    Recovery {
        password: Secret,
        make: bool,
        sealed: Sealed,
    },
    SetPin {
        password: Secret,
        pin: Secret,
        sealed: Sealed,
    },
    Unlock {
        password: Secret,
        sealed: Sealed,
    },
}

/// What the person is asked for.
#[derive(Debug)]
pub enum Wish {
    /// To turn it on, and whatever else was set in the same moment.
    Set(SetSettings),
    /// To open this vault.
    Unlock(Sealed),
}

/// What came of a [`Job`].
#[derive(Debug)]
pub enum Done {
    /// For the desk, with which clearing of it the job began after; `handler` takes it up.
    Desk(Came, u64),
    /// For the vault itself; [`Session::finish`](super::Session::finish) takes it up.
    Vault(Tried),
}

/// What came of it, for the vault itself.
#[derive(Debug)]
pub enum Tried {
    /// For a change of the master password.
    Change {
        /// The vault as it was when the job was made.
        sealed: Sealed,
        /// The new one, derived, if the old one was right.
        derived: Result<Derived, FormatError>,
        /// Whether to replace the data key.
        rotate: bool,
    },
    /// For a new vault.
    Create(Result<Derived, KeyError>),
    /// For nothing: a lock came before its turn.
    Dropped,
    /// For the question what this machine can do.
    Offers(Offers),
    /// For an unlock with the PIN.
    Pin {
        /// The vault as it was when the job was made.
        sealed: Sealed,
        /// Its data key.
        outcome: Result<Key, FormatError>,
    },
    /// For a question to the person.
    Presence(Said, Wish),
    /// For an unlock with the recovery code.
    Recover {
        /// The vault as it was when the job was made.
        sealed: Sealed,
        /// Its data key, and the new master password derived.
        outcome: Result<(Key, Derived), FormatError>,
    },
    /// For a new recovery code, or for none.
    Recovery {
        /// The vault as it was when the job was made.
        sealed: Sealed,
        /// The master password derived anew, if it was right.
        derived: Result<Derived, FormatError>,
        /// Whether there is to be one.
        make: bool,
    },
    /// For a PIN to be.
    SetPin {
        /// The vault as it was when the job was made.
        sealed: Sealed,
        /// The PIN derived, if the master password was right.
        derived: Result<Derived, FormatError>,
    },
    /// For an unlock.
    Unlock {
        /// The vault as it was when the job was made.
        sealed: Sealed,
        /// Its data key; and the password derived anew, if the slot cost less than the policy asks for.
        outcome: Result<(Key, Option<Derived>), FormatError>,
    },
}

impl Job {
    /// Derives. Call it on a thread of its own, after what
    /// [`Session::wait`](super::Session::wait) says of it.
    pub fn run(self) -> Done {
        let done = self.derive();
        // The KEK's round keys lie where the cipher was moved about.
        zeroize::zeroize_stack::<STACK>();
        done
    }

    /// Whether somebody could guess the master password or the recovery code by it. A PIN counts its own tries.
    pub(super) fn guesses(&self) -> bool {
        match &self.what {
            What::Change { .. }
            | What::Desk(Errand::Confirm { .. }, _)
            | What::Recover { .. }
            | What::Recovery { .. }
            | What::SetPin { .. }
            | What::Unlock { .. } => true,
            What::Create { .. }
            | What::Desk(..)
            | What::Offers(_)
            | What::Pin { .. }
            | What::Presence { .. } => false,
        }
    }

    /// Whether processes that do this do it one after another: two browsers that are unlocked at once would
    /// need twice the memory.
    fn takes_turn(&self) -> bool {
        match &self.what {
            What::Change { .. }
            | What::Create { .. }
            | What::Desk(Errand::Confirm { .. }, _)
            | What::Pin { .. }
            | What::Recover { .. }
            | What::Recovery { .. }
            | What::SetPin { .. }
            | What::Unlock { .. } => true,
            // How long it takes, the file says: whoever unlocks in another browser does not wait for that.
            What::Desk(
                Errand::Open(..)
                | Errand::Picture(..)
                | Errand::Read { .. }
                | Errand::Recreate { .. }
                | Errand::Scan { .. }
                | Errand::Screen { .. },
                _,
            ) => false,
            // A person takes longer than a key, and so may the system that is asked what it offers.
            What::Offers(_) | What::Presence { .. } => false,
        }
    }

    // In a frame of its own, below the one that wipes.
    #[inline(never)]
    fn derive(self) -> Done {
        let _turn = if self.takes_turn() { turn(&self.turn, &self.patience) } else { None };
        if self.patience.is_stopped() {
            return Done::Vault(Tried::Dropped);
        }
        let policy = self.policy;
        Done::Vault(match self.what {
            What::Desk(errand, round) => return Done::Desk(errand.run(policy), round),
            What::Change { old, new, rotate, sealed } => {
                let derived = (|| {
                    let dek = sealed.unlock(&keys::normalise(old.expose())?)?;
                    let new = keys::normalise(new.expose())?;
                    backup::refuse_taken(&sealed, &dek, &new)?;
                    Ok(Derived::new(&new, policy.choose())?)
                })();
                Tried::Change { sealed, derived, rotate }
            }
            What::Create { password } => Tried::Create(
                keys::normalise(password.expose())
                    .and_then(|password| Derived::new(&password, policy.choose())),
            ),
            What::Offers(screen) => {
                Tried::Offers(Offers { screen: screen.is_offered(), ..Offers::default() })
            }
            What::Pin { pin, slot, sealed } => {
                let outcome = keys::normalise(pin.expose())
                    .map_err(FormatError::from)
                    .and_then(|pin| Ok(slot.open(&pin, &sealed.header.vault_id)?));
                Tried::Pin { sealed, outcome }
            }
            What::Presence { presence, stop, wish } => Tried::Presence(presence.ask(&stop), wish),
            What::Recover { code, new, sealed } => {
                let outcome = (|| {
                    let dek = sealed.recover(code.expose())?;
                    let new = keys::normalise(new.expose())?;
                    backup::refuse_taken(&sealed, &dek, &new)?;
                    Ok((dek, Derived::new(&new, policy.choose())?))
                })();
                Tried::Recover { sealed, outcome }
            }
            What::Recovery { password, make, sealed } => {
                let derived = (|| {
                    let password = keys::normalise(password.expose())?;
                    sealed.unlock(&password)?;
                    Ok(Derived::new(&password, policy.choose())?)
                })();
                Tried::Recovery { sealed, derived, make }
            }
            What::SetPin { password, pin, sealed } => {
                let derived = (|| {
                    sealed.unlock(&keys::normalise(password.expose())?)?;
                    // No calibration: it is typed often, and no number of passes makes a PIN strong.
                    Ok(Derived::new(&keys::normalise(pin.expose())?, policy.least)?)
                })();
                Tried::SetPin { sealed, derived }
            }
            What::Unlock { password, sealed } => {
                let outcome = (|| {
                    let password = keys::normalise(password.expose())?;
                    let dek = sealed.unlock(&password)?;
                    let weak = sealed
                        .slots
                        .iter()
                        .filter_map(|slot| slot.params().ok())
                        .any(|params| !params.reaches(policy.least));
                    let stronger =
                        if weak { Derived::new(&password, policy.choose()).ok() } else { None };
                    Ok((dek, stronger))
                })();
                Tried::Unlock { sealed, outcome }
            }
        })
    }
}

/// This process's turn, for as long as the file is open. Without it (a read-only folder, a process that stands
/// still and keeps its own) the work only takes more memory: nobody waits for ever, and nobody once the vault is locked.
fn turn(path: &Path, patience: &Stop) -> Option<File> {
    let turn = File::options().append(true).create(true).open(path).ok()?;
    for _ in 0..TURN_TRIES {
        match turn.try_lock() {
            Err(TryLockError::WouldBlock) if !patience.is_stopped() => {
                std::thread::sleep(TURN_PAUSE);
            }
            _ => break,
        }
    }
    Some(turn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::cost::KdfParams;

    #[test]
    fn a_lock_ends_the_wait_for_a_turn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("turn");
        let other = File::create(&path).unwrap();
        other.lock().unwrap();
        let patience = Stop::default();
        let what = What::Create { password: Secret::new("four words of wisdom".into()) };
        let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
        let job = Job { what, policy, turn: path, patience: patience.clone() };
        let working = std::thread::spawn(move || job.run());
        patience.stop();
        assert!(matches!(working.join().unwrap(), Done::Vault(Tried::Dropped)));
        drop(other);
    }
}
