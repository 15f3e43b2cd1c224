//! What opens the vault: a master password, the first one too, a PIN, the person as the system knows them, a
//! recovery code; and the count of those that were wrong.
//!
//! Never here: what changes any of them (`session::passwords`).

use shared::Secret;
use shared::protocol::{Biometrics, Field, Invalid, Problem, Refusal, SetSettings, Settings};

use super::job::{Job, What, Wish};
use super::passwords::still;
use super::{By, Session, wall};
use crate::locks::clock::Readings;
use crate::presence::Said;
use crate::stop::Stop;
use crate::vault::body::Body;
use crate::vault::format::{FormatError, Sealed};
use crate::vault::keys::{Derived, Key, KeyError};
use crate::vault::recovery::{RecoveryCode, RecoveryError};

/// Wait after the first wrong password, in milliseconds; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: u64 = 250;
/// Longest wait between two attempts.
const LONGEST_WAIT: u64 = 5_000;

impl Session {
    /// Makes a vault where there is none, with what a backup holds if there is one, and opens it. One save, so that
    /// no empty vault is left where there is no room for the rest.
    ///
    /// # Errors
    ///
    /// Those of a save.
    pub fn create(
        &mut self,
        derived: &Derived,
        backup: Option<Body>,
        now: Readings,
    ) -> Result<(), Refusal> {
        let vault = self.store.create_with(derived, wall(now), |vault, at| {
            if let Some(backup) = backup {
                vault.restore(backup, false, at);
            }
        })?;
        self.begin(vault, By::Master, now);
        Ok(())
    }

    /// A password for a new vault.
    ///
    /// # Errors
    ///
    /// [`Refusal::Exists`], also if only earlier saves are left of one.
    pub fn begin_create(&self, password: Secret) -> Result<Job, Refusal> {
        if self.is_absent() {
            Ok(self.job(What::Create { password }))
        } else {
            Err(Refusal::Exists)
        }
    }

    /// A password to unlock with.
    ///
    /// # Errors
    ///
    /// What is wrong with the vault.
    pub fn begin_unlock(&self, password: Secret) -> Result<Job, Refusal> {
        let sealed = self.store.read()?;
        Ok(self.job(What::Unlock { password, sealed }))
    }

    /// The PIN. The try is counted here, before it is tried: whoever ends the process in between has
    /// no PIN left to guess.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoPin`], or what is wrong with the vault.
    pub fn begin_pin(&mut self, pin: Secret, now: Readings) -> Result<Job, Refusal> {
        self.check(now);
        let sealed = self.store.read()?;
        self.quick.heed(&sealed.slots);
        let slot = self.quick.try_pin().ok_or(Refusal::NoPin)?;
        Ok(self.job(What::Pin { pin, slot, sealed }))
    }

    /// The person, as the system knows them, to open the vault.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoBiometrics`], or what is wrong with the vault.
    pub fn begin_presence(&mut self, now: Readings) -> Result<Job, Refusal> {
        self.check(now);
        let sealed = self.store.read()?;
        self.quick.heed(&sealed.slots);
        if self.biometrics() != Biometrics::Ready {
            return Err(Refusal::NoBiometrics);
        }
        Ok(self.ask(Wish::Unlock(sealed)))
    }

    /// The same, to turn it on: what nobody can answer is never the way in. Nobody is asked for what may not be set.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoBiometrics`], or those of [`Self::set_settings`].
    pub fn begin_wish(&mut self, set: SetSettings, now: Readings) -> Result<Job, Refusal> {
        self.may_set(&set, now)?;
        if self.biometrics() == Biometrics::None {
            return Err(Refusal::NoBiometrics);
        }
        Ok(self.ask(Wish::Set(set)))
    }

    /// A recovery code, and the master password to be.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] for what is no code or has a typing error in it, or what is wrong with the vault.
    pub fn begin_recover(&self, code: &Secret, new: Secret) -> Result<Job, Refusal> {
        let code = RecoveryCode::parse(code.expose()).map_err(|err| {
            let problem = match err {
                RecoveryError::Form => Problem::Malformed,
                RecoveryError::Typo => Problem::Typo,
            };
            Refusal::Invalid(Invalid { field: Field::Recovery, problem })
        })?;
        let sealed = self.store.read()?;
        let policy = self.policy_for(&sealed);
        Ok(Job { policy, ..self.job(What::Recover { code, new, sealed }) })
    }

    fn ask(&mut self, wish: Wish) -> Job {
        let stop = Stop::default();
        let presence = self.presence.clone();
        let job = self.job(What::Presence { presence, stop: stop.clone(), wish });
        self.asking = stop;
        job
    }

    /// How long this has to wait before it is done, in milliseconds: a guess, for the wrong ones before it. Ask
    /// when it would begin, and not when it was asked for: of many that were asked for at once, each is the next.
    pub fn wait(&self, job: &Job, now: Readings) -> u64 {
        if job.guesses() { self.not_before.saturating_sub(now.boot_ms) } else { 0 }
    }

    /// What came of a password that was tried: forgives the wrong ones before it, or counts one more.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPassword`] with the time to wait, or what else went wrong.
    pub fn confirmed<T>(
        &mut self,
        came: Result<T, FormatError>,
        now: Readings,
    ) -> Result<T, Refusal> {
        let value = came.map_err(|err| self.failed(err, now))?;
        self.failures = 0;
        self.not_before = 0;
        Ok(value)
    }

    /// The same, of the master password that was asked again for something else than its own replacement.
    ///
    /// # Errors
    ///
    /// The same; [`Refusal::Conflict`] if another process has replaced that password meanwhile: whoever knows only
    /// the old one is given nothing any more.
    pub fn confirmed_for<T>(
        &mut self,
        sealed: &Sealed,
        came: Result<T, FormatError>,
        now: Readings,
    ) -> Result<T, Refusal> {
        let value = self.confirmed(came, now)?;
        still(self.open(now)?.1, &sealed.slots)?;
        Ok(value)
    }

    /// What the system said of the person.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unconfirmed`], [`Refusal::NoBiometrics`].
    fn confirmed_person(&mut self, answer: Said) -> Result<(), Refusal> {
        match answer {
            Said::Yes => Ok(()),
            Said::No => {
                self.quick.was_not_confirmed();
                Err(Refusal::Unconfirmed)
            }
            Said::Unable => {
                // Nothing lies in memory for a question that can't be asked.
                self.quick.let_go();
                Err(Refusal::NoBiometrics)
            }
        }
    }

    /// A master password was tried. It is written anew where it cost less than the policy asks for.
    pub(super) fn finish_unlock(
        &mut self,
        sealed: Sealed,
        outcome: Result<(Key, Option<Derived>), FormatError>,
        now: Readings,
    ) -> Result<(), Refusal> {
        let (dek, stronger) = self.confirmed(outcome, now)?;
        let tried = sealed.slots.clone();
        let mut vault = self.store.open(sealed, dek)?;
        if let Some(derived) = stronger
            && vault.rollback.is_none()
        {
            // If this can't be saved, the old slot still opens: no reason to keep a person out.
            let _ = self.store.update::<_, Refusal>(&mut vault, wall(now), |vault, _| {
                still(vault, &tried)?;
                vault.set_password(&derived, false);
                Ok(())
            });
        }
        self.begin(vault, By::Master, now);
        Ok(())
    }

    /// A PIN was tried; the try was counted before.
    pub(super) fn finish_pin(
        &mut self,
        sealed: Sealed,
        outcome: Result<Key, FormatError>,
        now: Readings,
    ) -> Result<(), Refusal> {
        let dek = match outcome {
            Ok(dek) => dek,
            Err(FormatError::Key(KeyError::Wrong | KeyError::Password)) => {
                return Err(match self.quick.pin_was_wrong() {
                    0 => Refusal::NoPin,
                    left => Refusal::WrongPin { left },
                });
            }
            Err(err) => return Err(err.into()),
        };
        let Ok(vault) = self.store.open(sealed, dek) else {
            // The data key was replaced since: this PIN will never open anything again.
            self.quick.forget();
            return Err(Refusal::NoPin);
        };
        self.quick.pin_was_right();
        self.begin(vault, By::Quick, now);
        Ok(())
    }

    /// The system was asked for the person, to turn that on. What may be set is looked at once more: rules may have come
    /// meanwhile.
    pub(super) fn finish_wish(
        &mut self,
        answer: Said,
        set: &SetSettings,
        now: Readings,
    ) -> Result<Settings, Refusal> {
        self.confirmed_person(answer)?;
        self.set_settings(set, now)
    }

    /// The system was asked for the person, to open the vault.
    pub(super) fn finish_presence(
        &mut self,
        answer: Said,
        sealed: Sealed,
        now: Readings,
    ) -> Result<(), Refusal> {
        self.confirmed_person(answer)?;
        let dek = self.quick.kept().ok_or(Refusal::NoBiometrics)?;
        let Ok(vault) = self.store.open(sealed, dek) else {
            // The data key was replaced since.
            self.quick.let_go();
            return Err(Refusal::NoBiometrics);
        };
        self.begin(vault, By::Quick, now);
        Ok(())
    }

    /// A recovery code was tried, and a new master password derived.
    pub(super) fn finish_recover(
        &mut self,
        sealed: Sealed,
        outcome: Result<(Key, Derived), FormatError>,
        now: Readings,
    ) -> Result<(), Refusal> {
        let (dek, derived) = self.confirmed(outcome, now)?;
        let mut vault = self.store.open(sealed, dek)?;
        // Nobody could open an older copy to say that it is right: without the password that was lost, this
        // code is the only way in.
        self.store.update_accepting(&mut vault, wall(now), |vault| {
            vault.set_password(&derived, false);
        })?;
        self.quick.forget();
        self.begin(vault, By::Master, now);
        Ok(())
    }

    /// Counts a wrong password. Nothing is ever erased for one.
    fn failed(&mut self, err: FormatError, now: Readings) -> Refusal {
        // An empty or endless password is as wrong as any other, and says as little.
        let wrong = matches!(err, FormatError::Key(KeyError::Wrong | KeyError::Password));
        if !wrong {
            return err.into();
        }
        let retry_ms = (FIRST_WAIT << self.failures.min(10)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.boot_ms.saturating_add(retry_ms);
        Refusal::WrongPassword { retry_ms }
    }
}
