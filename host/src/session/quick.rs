//! What opens a locked vault without the master password, for as long as that was typed not too long
//! ago: the PIN. It lies in this process and nowhere else, and ends with it.
//!
//! A PIN is guessed soon by whoever may try for long. So a try is counted before it is tried, five wrong
//! ones end it, and what it wraps the data key with is never written down.
//!
//! Never here: a clock, and the vault.

use shared::protocol::PIN_TRIES;

use crate::vault::format::Slot;

/// The PIN, if there is one, and until when it may be used.
#[derive(Debug, Default)]
pub(super) struct Quick {
    pin: Option<Pin>,
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

    /// A new PIN, in the place of the one before.
    pub(super) fn set_pin(&mut self, slot: Slot) {
        self.pin = Some(Pin { slot, tries: PIN_TRIES });
    }

    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        self.pin = None;
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
