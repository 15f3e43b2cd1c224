//! Changes of what opens the vault: another master password, a PIN, a recovery code. The master password is asked
//! again for each.
//!
//! Never here: what opens it (`session::unlock`), how (`vault::keys`).

use shared::Secret;
use shared::protocol::{Field, Invalid, MAX_PIN, MIN_PIN, Problem, Recovery, Refusal, Response};

use super::job::{Job, What};
use super::{Session, wall};
use crate::locks::clock::Readings;
use crate::vault::Vault;
use crate::vault::cost::KdfPolicy;
use crate::vault::format::{FormatError, Sealed};
use crate::vault::keys::Derived;
use crate::vault::recovery::RecoveryCode;
use crate::vault::slot::Slot;

impl Session {
    /// The open vault's file, for a password that is asked again. With the slots of the open vault: where an
    /// older file was put into its place, that one's password is not asked for.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`], or what is wrong with the vault.
    pub fn sealed(&mut self, now: Readings) -> Result<Sealed, Refusal> {
        let (store, vault) = self.open(now)?;
        let mut sealed = store.read()?;
        sealed.slots = vault.slots().to_vec();
        Ok(sealed)
    }

    /// The old master password, asked again, and the new one.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`], or what is wrong with the vault.
    pub fn begin_change(
        &mut self,
        old: Secret,
        new: Secret,
        rotate: bool,
        now: Readings,
    ) -> Result<Job, Refusal> {
        let sealed = self.sealed(now)?;
        let policy = self.policy_for(&sealed);
        Ok(Job { policy, ..self.job(What::Change { old, new, rotate, sealed }) })
    }

    /// A PIN to be, and the master password, asked again.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] for one that is too short or too long, [`Refusal::Managed`] where none may be set,
    /// [`Refusal::Locked`], or what is wrong with the vault.
    pub fn begin_set_pin(
        &mut self,
        password: Secret,
        pin: Secret,
        now: Readings,
    ) -> Result<Job, Refusal> {
        self.open(now)?;
        if !self.organisation.allows_pin() {
            return Err(Refusal::Managed);
        }
        let problem = match pin.expose().chars().count() {
            0..MIN_PIN => Some(Problem::Short),
            MIN_PIN..=MAX_PIN => None,
            _ => Some(Problem::Long),
        };
        if let Some(problem) = problem {
            return Err(Refusal::Invalid(Invalid { field: Field::Pin, problem }));
        }
        let sealed = self.sealed(now)?;
        Ok(self.job(What::SetPin { password, pin, sealed }))
    }

    /// No PIN opens the vault any more.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`].
    pub fn remove_pin(&mut self, now: Readings) -> Result<(), Refusal> {
        self.open(now)?;
        self.quick.forget();
        Ok(())
    }

    /// The master password, asked again for a new recovery code, or to have none.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`], or what is wrong with the vault.
    pub fn begin_recovery(
        &mut self,
        password: Secret,
        make: bool,
        now: Readings,
    ) -> Result<Job, Refusal> {
        let sealed = self.sealed(now)?;
        let policy = self.policy_for(&sealed);
        Ok(Job { policy, ..self.job(What::Recovery { password, make, sealed }) })
    }

    /// What a slot costs that takes the place of this vault's: no less than any of them.
    pub(super) fn policy_for(&self, sealed: &Sealed) -> KdfPolicy {
        let slots = sealed.slots.iter().filter_map(|slot| slot.params().ok());
        slots.fold(self.policy, KdfPolicy::no_less_than)
    }

    /// The old master password was tried, and the new one derived.
    pub(super) fn finish_change(
        &mut self,
        sealed: &Sealed,
        derived: Result<Derived, FormatError>,
        rotate: bool,
        now: Readings,
    ) -> Result<(), Refusal> {
        let derived = self.confirmed(derived, now)?;
        let (store, vault) = self.open(now)?;
        store.update::<_, Refusal>(vault, wall(now), |vault, _| {
            still(vault, &sealed.slots)?;
            vault.set_password(&derived, rotate);
            Ok(())
        })?;
        // Whoever changes the password does not want what was opened by the old one.
        self.quick.forget();
        Ok(())
    }

    /// The master password was tried for a PIN.
    pub(super) fn finish_set_pin(
        &mut self,
        sealed: &Sealed,
        derived: Result<Derived, FormatError>,
        now: Readings,
    ) -> Result<(), Refusal> {
        let derived = self.confirmed_for(sealed, derived, now)?;
        // Forbidden while it was derived.
        if !self.organisation.allows_pin() {
            return Err(Refusal::Managed);
        }
        let (_, vault) = self.open(now)?;
        let (slot, slots) = (vault.pin_slot(&derived), vault.slots().to_vec());
        self.quick.set_pin(slot, &slots);
        Ok(())
    }

    /// The master password was tried for a new recovery code, or for none.
    pub(super) fn finish_recovery(
        &mut self,
        sealed: &Sealed,
        derived: Result<Derived, FormatError>,
        make: bool,
        now: Readings,
    ) -> Result<Response, Refusal> {
        let derived = self.confirmed(derived, now)?;
        let (store, vault) = self.open(now)?;
        let code = make.then(RecoveryCode::generate);
        let rotated = store.update::<_, Refusal>(vault, wall(now), |vault, _| {
            still(vault, &sealed.slots)?;
            Ok(vault.set_recovery(code.as_ref(), &derived))
        })?;
        if rotated {
            // What they open is the key of before.
            self.quick.forget();
        }
        Ok(code.map_or(Response::Done, |code| {
            Response::Recovery(Recovery { code: code.show().to_string() })
        }))
    }
}

/// Refuses if a vault is not opened by what a password was tried against any more: another process may have
/// replaced the password while it was derived, and must not have that undone.
pub(super) fn still(vault: &Vault, tried: &[Slot]) -> Result<(), Refusal> {
    if vault.slots() == tried { Ok(()) } else { Err(Refusal::Conflict) }
}
