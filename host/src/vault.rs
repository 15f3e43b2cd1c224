//! The vault: entries, how they become bytes, how bytes become a file, and what opens it.
//!
//! Never here: who may ask (`session`) and how codes are made (`otp`).

pub mod file;
pub mod format;
pub mod slot;
mod seen;
mod device;
pub mod export;
pub mod keys;
pub mod cost;
pub mod merge;
pub mod body;
pub mod entry;
pub mod recovery;
pub mod stamp;

use shared::protocol::Rollback;

use crate::random;
use crate::vault::body::Body;
use crate::vault::entry::{Draft, Entry, EntryId};
use crate::vault::format::{Edition, FormatError, Header, Sealed};
use crate::vault::keys::{Derived, Key};
use crate::vault::recovery::RecoveryCode;
use crate::vault::slot::{Slot, SlotType};
use crate::vault::stamp::{Clock, Stamp};

/// How far ahead the clock of the machine that made a backup may have been, in milliseconds: a day.
const AHEAD_MS: u64 = 24 * 60 * 60 * 1000;

/// An open vault: its body, and what it takes to seal it again.
#[derive(Debug)]
pub struct Vault {
    header: Header,
    slots: Vec<Slot>,
    extension: Vec<u8>,
    dek: Key,
    /// The file that was looked at last: of `header`, unless an older file was put
    /// into the vault's place.
    looked_at: Edition,
    /// This machine.
    device_id: [u8; 16],
    clock: Clock,
    /// Entries, graves, settings. Change it through [`file::Store::update`] only: what is not on the
    /// disk is not confirmed.
    pub body: Body,
    /// Set while this is an older copy than this machine has seen: nothing is written.
    pub rollback: Option<Rollback>,
    /// Another's save was taken in, and whoever holds this vault open has not heard of it.
    has_news: bool,
}

impl Vault {
    /// A new vault, on no disk yet.
    pub fn create(derived: &Derived, device_id: [u8; 16]) -> Self {
        let vault_id = random::bytes();
        let dek = Key::generate();
        let header = Header {
            minor: 0,
            vault_id,
            generation: 0,
            device_id,
            saved_at: 0,
            body_salt: [0; 32],
        };
        Self {
            header,
            slots: vec![Slot::seal(SlotType::Master, derived, &vault_id, &dek)],
            extension: Vec::new(),
            dek,
            looked_at: header.edition(),
            device_id,
            clock: Clock::new(short(device_id)),
            body: Body::default(),
            rollback: None,
            has_news: false,
        }
    }

    /// Opens a sealed vault with its DEK.
    ///
    /// # Errors
    ///
    /// [`FormatError::Header`] or [`FormatError::Body`] if it is not the DEK, or something was changed.
    pub fn open(sealed: Sealed, dek: Key, device_id: [u8; 16]) -> Result<Self, FormatError> {
        let json = sealed.open(&dek)?;
        let body = Body::read(&json).map_err(|_| FormatError::Body)?;
        let mut clock = Clock::new(short(device_id));
        clock.observe(body.latest());
        let Sealed { header, slots, extension, .. } = sealed;
        let looked_at = header.edition();
        Ok(Self {
            header,
            slots,
            extension,
            dek,
            looked_at,
            device_id,
            clock,
            body,
            rollback: None,
            has_news: false,
        })
    }

    /// How many times it was saved.
    pub fn generation(&self) -> u64 {
        self.header.generation
    }

    /// Its id.
    pub fn id(&self) -> &[u8; 16] {
        &self.header.vault_id
    }

    /// This machine.
    pub fn device_id(&self) -> [u8; 16] {
        self.device_id
    }

    /// Takes in the body of a backup. What was deleted for good here stays so, unless `deleted` asks for it:
    /// then it comes back under new ids, where it has not come back already.
    pub fn restore(&mut self, mut backup: Body, deleted: bool, at: Stamp) {
        // Another machine's clock may be ahead, but not by more than that.
        backup.not_after(at.ms.saturating_add(AHEAD_MS));
        self.clock.observe(backup.latest());
        let gone: Vec<EntryId> =
            backup.entries.keys().copied().filter(|id| self.body.graves.contains_key(id)).collect();
        for id in gone {
            let returned = self.body.returned(id);
            if let Some(mut entry) = backup.entries.remove(&id)
                && deleted
                && !self.body.entries.contains_key(&returned)
            {
                entry.id = returned;
                (entry.born, entry.trashed) = (at, None);
                entry.set.clear();
                self.body.entries.insert(entry.id, entry);
            }
        }
        merge::merge(&mut self.body, backup);
    }

    /// Whether another's save was taken in since this was asked last: by a look at the file, or within a save.
    pub fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.has_news)
    }

    /// An entry that is not in the trash.
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.body.entries.get(&id).filter(|entry| entry.trashed.is_none())
    }

    /// Adds an entry.
    pub fn add(&mut self, mut draft: Draft, at: Stamp) -> EntryId {
        let id = EntryId(random::bytes());
        let sends = std::mem::take(&mut draft.sends);
        self.body.entries.insert(id, Entry::new(id, draft, at));
        if !sends.is_empty() {
            self.body.set_sending(id, &sends, at);
        }
        id
    }

    /// Replaces the master password's slots; `rotate` replaces the DEK as well, for when somebody knew
    /// the password. Slots of other types wrap the old DEK and go with it.
    pub fn set_password(&mut self, derived: &Derived, rotate: bool) {
        if rotate {
            self.dek = Key::generate();
            self.slots.clear();
        }
        self.slots.retain(|slot| slot.kind() != SlotType::Master);
        self.slots
            .insert(0, Slot::seal(SlotType::Master, derived, &self.header.vault_id, &self.dek));
    }

    /// Replaces the recovery code: `None` takes it away. Says whether the DEK was replaced with it, for
    /// which the master password is needed: earlier saves, and whatever copies there are of them, have the
    /// slot of the code before, and with their DEK it would open what is saved from now on.
    pub fn set_recovery(&mut self, code: Option<&RecoveryCode>, master: &Derived) -> bool {
        let rotates = self.has_recovery();
        if rotates {
            self.set_password(master, true);
        }
        self.slots.extend(
            code.map(|code| Slot::seal_recovery(code.expose(), &self.header.vault_id, &self.dek)),
        );
        rotates
    }

    /// Whether a recovery code opens it.
    pub fn has_recovery(&self) -> bool {
        self.slots.iter().any(|slot| slot.kind() == SlotType::Recovery)
    }

    /// What it is opened with.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// A slot for memory that opens this vault with a PIN that was just derived.
    pub fn pin_slot(&self, derived: &Derived) -> Slot {
        Slot::seal(SlotType::Pin, derived, &self.header.vault_id, &self.dek)
    }

    /// One more copy of the DEK, wiped by itself: for who holds it back while it is locked.
    pub fn dek(&self) -> Key {
        self.dek.duplicate()
    }

    /// Takes in what another process saved: its slots, and its body merged with ours. Of an older file only
    /// the body: a password that was changed since must not come back with it.
    ///
    /// # Errors
    ///
    /// [`FormatError`] if it does not open with our DEK.
    fn absorb(&mut self, sealed: Sealed) -> Result<(), FormatError> {
        let json = sealed.open(&self.dek)?;
        let other = Body::read(&json).map_err(|_| FormatError::Body)?;
        self.clock.observe(other.latest());
        merge::merge(&mut self.body, other);
        self.has_news = true;
        self.looked_at = sealed.header.edition();
        if self.header.generation <= sealed.header.generation {
            self.slots = sealed.slots;
            self.extension = sealed.extension;
            self.header = sealed.header;
        }
        Ok(())
    }
}

/// A device's name in stamps.
fn short(device_id: [u8; 16]) -> u32 {
    u32::from_le_bytes(device_id[..4].try_into().expect("4 of 16 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::{Otp, Seed};
    use crate::vault::cost::KdfParams;

    fn vault(device_id: [u8; 16]) -> Vault {
        let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
        Vault::create(&derived, device_id)
    }

    fn draft(sends: Vec<String>) -> Draft {
        let seed = Seed::new(b"12345678901234567890".to_vec()).unwrap();
        let mut draft = Draft::new(Otp::totp(), seed, "Example".into(), "a".into());
        draft.sites = vec!["example.com".into(), "example.org".into()];
        draft.sends = sends;
        draft
    }

    #[test]
    fn an_accounts_sites_send_the_form_if_the_draft_says_so_and_else_nothing_is_said() {
        let mut vault = vault([1; 16]);
        let at = vault.clock.tick(1_000);
        let silent = vault.add(draft(Vec::new()), at);
        assert!(vault.body.registers.is_empty());
        let sends = vault.add(draft(vec!["example.org".into()]), at);
        let sending = |id| vault.body.sending(&vault.body.entries[&id]);
        assert_eq!(sending(sends), ["example.org"]);
        // It is the site's form, whoever has an account there.
        assert_eq!(sending(silent), ["example.org"]);
    }

    #[test]
    fn a_machine_stamps_with_the_beginning_of_its_own_name() {
        let id = [7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        let mut vault = vault(id);
        assert_eq!(vault.clock.tick(1).device, 0x0302_0107);
        assert_eq!(vault.device_id(), id);
    }

    #[test]
    fn a_backup_may_be_of_a_clock_that_is_a_day_ahead_and_no_more() {
        let day = 24 * 60 * 60 * 1000;
        for (ahead, taken) in [(day, day), (day + 1, day)] {
            let (mut ours, mut theirs) = (vault([1; 16]), vault([2; 16]));
            let at = Stamp { ms: 1_000 + ahead, n: 0, device: 2 };
            theirs.body.set("idle_s", &60, at);
            ours.restore(theirs.body, false, Stamp { ms: 1_000, n: 0, device: 1 });
            assert_eq!(ours.body.registers["idle_s"].at.ms, 1_000 + taken);
            // What is changed after it is later, all the same.
            assert!(at.ms.min(1_000 + day) <= ours.clock.tick(1_000).ms);
        }
    }

    #[test]
    fn what_was_deleted_for_good_comes_back_only_if_asked_for_and_under_another_name() {
        for deleted in [false, true] {
            let mut vault = vault([1; 16]);
            let at = vault.clock.tick(1_000);
            let (gone, there) =
                (vault.add(draft(Vec::new()), at), vault.add(draft(Vec::new()), at));
            vault.body.entries.get_mut(&gone).unwrap().trashed = Some(1);
            let json = vault.body.write();
            let backup = Body::read(&json).unwrap();
            vault.body.entries.remove(&gone);
            vault.body.graves.insert(gone, vault.clock.tick(2_000));
            let at = vault.clock.tick(3_000);
            vault.restore(backup, deleted, at);
            assert!(vault.entry(there).is_some() && !vault.body.entries.contains_key(&gone));
            assert_eq!(vault.body.entries.len(), if deleted { 2 } else { 1 });
            let back: Vec<_> = vault.body.entries.values().filter(|it| it.born == at).collect();
            assert_eq!(back.len(), usize::from(deleted));
            assert!(back.iter().all(|it| it.trashed.is_none()));
            // Once: what has come back is there.
            let at = vault.clock.tick(4_000);
            vault.restore(Body::read(&json).unwrap(), deleted, at);
            assert_eq!(vault.body.entries.len(), if deleted { 2 } else { 1 });
        }
    }
}
