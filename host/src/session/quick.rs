//! What opens a locked vault without the master password, for as long as that was typed not too long
//! ago: the PIN, and the data key that is let go when the system says that it is the person. Both lie in this
//! process and nowhere else, and end with it.
//!
//! A PIN is guessed soon by whoever may try for long. So a try is counted before it is tried, five wrong
//! ones end it, and what it wraps the data key with is never written down.
//!
//! Never here: a clock, and the vault.

use shared::protocol::PIN_TRIES;

use crate::vault::keys::Key;
use crate::vault::slot::{Slot, SlotType};

/// The PIN and the key, if there are, and until when they may be used.
#[derive(Debug, Default)]
pub(super) struct Quick {
    pin: Option<Pin>,
    kept: Option<Kept>,
    /// The master password's slots of the vault as it was then.
    under: Vec<Slot>,
    /// `boot_ms` at which the master password was typed last.
    typed_at: u64,
    /// For how long after that it is not asked again, in milliseconds.
    span: u64,
}

#[derive(Debug)]
struct Pin {
    slot: Slot,
    /// Tries that are left, without those that are under way.
    tries: u32,
}

/// The data key of a locked vault, on a page of its own.
#[derive(Debug)]
struct Kept {
    dek: Key,
    /// How many more times the system may say no.
    tries: u32,
}

impl Quick {
    /// The master password was typed: what was tried in vain before is forgiven.
    pub(super) fn typed(&mut self, boot_ms: u64) {
        self.typed_at = boot_ms;
        self.pin_was_right();
    }

    /// For how many seconds the master password is not asked again.
    pub(super) fn set_span(&mut self, seconds: u32) {
        self.span = u64::from(seconds) * 1_000;
    }

    /// `boot_ms` at which the master password is asked again.
    pub(super) fn until(&self) -> u64 {
        self.typed_at.saturating_add(self.span)
    }

    /// Whoever changes the master password, in whichever browser, does not want what was opened by the old one:
    /// where the vault's slots are others, everything is forgotten.
    pub(super) fn heed(&mut self, slots: &[Slot]) {
        if self.under != masters(slots) {
            self.forget();
        }
    }

    /// A new PIN, in the place of the one before, for the vault with these slots.
    pub(super) fn set_pin(&mut self, slot: Slot, slots: &[Slot]) {
        self.under = masters(slots);
        self.pin = Some(Pin { slot, tries: PIN_TRIES });
    }

    /// Forgets the PIN.
    pub(super) fn forget_pin(&mut self) {
        self.pin = None;
    }

    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        self.pin = None;
        self.kept = None;
    }

    /// Holds a key back, of the vault with these slots, for when the system says that it is the person.
    pub(super) fn keep(&mut self, dek: Key, slots: &[Slot]) {
        self.under = masters(slots);
        self.kept = Some(Kept { dek, tries: PIN_TRIES });
    }

    /// The vault is open, or shall be opened by nobody but with a password.
    pub(super) fn let_go(&mut self) {
        self.kept = None;
    }

    /// Whether there is a key.
    pub(super) fn keeps(&self) -> bool {
        self.kept.is_some()
    }

    /// One more copy of it.
    pub(super) fn kept(&self) -> Option<Key> {
        self.kept.as_ref().map(|kept| kept.dek.duplicate())
    }

    /// The system said no. With the last no that is taken the key is forgotten.
    pub(super) fn was_not_confirmed(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.tries -= 1;
            if kept.tries == 0 {
                self.kept = None;
            }
        }
    }

    /// Tries that are left.
    pub(super) fn pin_tries(&self) -> u32 {
        self.pin.as_ref().map_or(0, |pin| pin.tries)
    }

    /// Counts a try, and gives what it is tried on. `None` if there is no PIN, or none is left to try:
    /// then it is forgotten.
    pub(super) fn try_pin(&mut self) -> Option<Slot> {
        let pin = self.pin.as_mut()?;
        match pin.tries.checked_sub(1) {
            Some(left) => {
                pin.tries = left;
                Some(pin.slot.clone())
            }
            None => {
                self.pin = None;
                None
            }
        }
    }

    /// A try was right: the next ones count from the beginning.
    pub(super) fn pin_was_right(&mut self) {
        if let Some(pin) = &mut self.pin {
            pin.tries = PIN_TRIES;
        }
    }

    /// A try was wrong: how many are left. With the last one the PIN is forgotten.
    pub(super) fn pin_was_wrong(&mut self) -> u32 {
        let left = self.pin_tries();
        if left == 0 {
            self.pin = None;
        }
        left
    }
}

/// The master password's slots among these.
fn masters(slots: &[Slot]) -> Vec<Slot> {
    slots.iter().filter(|slot| slot.kind() == SlotType::Master).cloned().collect()
}
