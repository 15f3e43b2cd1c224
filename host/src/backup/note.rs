//! What is noted about backups beside the vault: when one was last proved to restore, and when a person last
//! typed the backups password. No secret, and nothing depends on it but what is told.
//!
//! Never here: the backups themselves (`folder`).

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::vault::file::Store;

/// Seconds after which a person is asked for the backups password, so that it is not forgotten: half a year.
const REMIND: u64 = 182 * 24 * 60 * 60;

/// Longest note that is read: there are three numbers in it.
const MAX: usize = 4096;

/// The note. Times are in seconds since 1970.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Note {
    /// When a backup was last read again and was what the vault held.
    pub proven_at: Option<u64>,
    /// When the backups password was last typed and right.
    pub typed_at: Option<u64>,
    /// When the last attempt to write a backup failed, if none has succeeded since.
    pub failed_at: Option<u64>,
}

impl Note {
    /// The note beside a vault; an empty one where there is none.
    pub fn read(store: &Store) -> Self {
        let bytes = disk::read_bounded(&store.named("backups"), MAX).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Changes the note beside a vault. If it can't be written, nothing is lost but the note.
    pub fn change(store: &Store, change: impl FnOnce(&mut Self)) {
        let mut note = Self::read(store);
        change(&mut note);
        note.write(store);
    }

    fn write(&self, store: &Store) {
        let (path, new) = (store.named("backups"), store.named("backups-new"));
        let text = serde_json::to_vec(self).expect("three numbers have a JSON form");
        let _ = disk::put_note(&path, &new, &text);
    }

    /// Whether it is time to ask for the backups password.
    pub fn reminds(&self, now: u64) -> bool {
        self.typed_at.is_some_and(|typed| REMIND <= now.saturating_sub(typed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_reminded_twice_a_year() {
        let note = Note { typed_at: Some(1000), ..Note::default() };
        assert!(!note.reminds(1000 + REMIND - 1));
        assert!(note.reminds(1000 + REMIND));
        assert!(!Note::default().reminds(u64::MAX));
    }

    #[test]
    fn a_note_reads_back_and_a_broken_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(&folder.path().join("vault.otv"));
        let note = Note { proven_at: Some(1), typed_at: Some(2), failed_at: None };
        note.write(&store);
        assert_eq!(Note::read(&store), note);
        std::fs::write(store.named("backups"), "{").unwrap();
        assert_eq!(Note::read(&store), Note::default());
    }
}
