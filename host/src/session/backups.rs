//! When a backup is due, and what came of making one.
//!
//! The vault is sealed and proved here, where it is open, which takes no longer than a save; the folder, whose
//! disk may never answer, is for whoever runs the [`Work`]. Only what comes back is judged here again.
//!
//! Never here: the files (`backup/folder`), threads.

use std::path::PathBuf;

use crate::backup::folder::{self, Found, New, Work, Worked};
use crate::backup::note::Note;
use crate::backup::{self, BackupError};
use crate::locks::clock::Readings;
use crate::session::{Session, State, wall};
use crate::vault::file::FileError;

/// A backup is made at least so often while the vault is used, in seconds.
const EVERY: u64 = 24 * 60 * 60;
/// Pause after a backup that failed, in milliseconds.
const PAUSE: u64 = 60_000;

/// What is known of the folder.
#[derive(Debug, Default)]
pub(super) struct Backups {
    /// The last backup: which save, and when in seconds since 1970; zeros if there is none.
    last: Option<(u64, u64)>,
    /// Earliest time of the next one after one that failed, in `boot_ms`.
    not_before: u64,
    /// Files that are not kept.
    stale: Vec<PathBuf>,
}

impl Session {
    /// What is to be done in the folder by itself: a look at what is there, a backup if the vault was saved
    /// since the last one or the last one is a day old, and the removal of those that are not kept. `None` if
    /// nothing is. A failure is noted for whoever asks, and tried again after a while: the change itself is
    /// safe in the vault.
    ///
    /// Hand what comes of it to [`Session::worked`], before this is asked again.
    pub fn back_up(&mut self, now: Readings) -> Option<Result<Work, BackupError>> {
        let State::Open(open) = &self.state else { return None };
        let vault = &open.vault;
        if vault.rollback.is_some()
            || !backup::has_password(&vault.body)
            || now.boot_ms < self.backups.not_before
        {
            return None;
        }
        let folder = backup::folder_of(vault)?;
        if !self.backups.stale.is_empty() {
            let stale = std::mem::take(&mut self.backups.stale);
            return Some(Ok(Work::Remove(folder, stale)));
        }
        let Some((generation, at)) = self.backups.last else { return Some(Ok(Work::Look(folder))) };
        let is_due =
            generation != vault.generation() || EVERY <= (wall(now) / 1000).saturating_sub(at);
        is_due.then(|| self.begin_backup(now).map(Work::Write))
    }

    /// A backup of the open vault, proved and to be written to its folder.
    ///
    /// # Errors
    ///
    /// A [`BackupError`]; [`FileError::Absent`] in it if the vault is locked.
    pub fn begin_backup(&mut self, now: Readings) -> Result<New, BackupError> {
        let State::Open(open) = &self.state else { return Err(FileError::Absent.into()) };
        let new = backup::folder_of(&open.vault)
            .ok_or(BackupError::NoFolder)
            .and_then(|folder| New::of(&open.vault, folder, wall(now)));
        new.inspect_err(|_| self.failed_to_back_up(now))
    }

    /// Takes up what was done in the folder. The vault's own backups, as far as they were looked for, without
    /// those that are not kept; none if it was locked meanwhile.
    ///
    /// # Errors
    ///
    /// A [`BackupError`] if no backup was written, or the folder can't be read.
    pub fn worked(&mut self, worked: Worked, now: Readings) -> Result<Vec<Found>, BackupError> {
        let seconds = wall(now) / 1000;
        match worked {
            Worked::Looked(looked) => {
                let looked = looked.map(|found| self.own(found, now));
                let State::Open(open) = &self.state else { return Ok(Vec::new()) };
                let generation = open.vault.generation();
                // Another machine's may be later; of this save there may be one all the same.
                let mut earlier = looked.iter().flatten().filter(|found| found.saved_at <= seconds);
                let newest = earlier.clone().next();
                let last = earlier.find(|found| found.generation == generation).or(newest);
                let last = last.map_or((0, 0), |found| (found.generation, found.saved_at));
                self.backups.last = Some(last);
                looked
            }
            Worked::Written { generation, saved_at, came: Ok((path, found)) } => {
                self.backups.last = Some((generation, saved_at));
                self.backups.not_before = 0;
                Note::change(&self.store, |note| {
                    (note.proven_at, note.failed_at) = (Some(saved_at), None);
                });
                let mut own = self.own(found, now);
                let stale = folder::stale(&own, &path, seconds);
                own.retain(|found| !stale.contains(&found.path));
                self.backups.stale = stale;
                Ok(own)
            }
            Worked::Written { came: Err(err), .. } => {
                self.failed_to_back_up(now);
                Err(err)
            }
            Worked::Named(_) | Worked::Read(_) | Worked::Removed => Ok(Vec::new()),
        }
    }

    /// Does all that is due, here and at once, however long the disk takes: for whoever keeps nobody waiting.
    /// Whether a backup was written, if one was due.
    pub fn back_up_here(&mut self, now: Readings) -> Option<Result<(), BackupError>> {
        let mut written = None;
        while let Some(work) = self.back_up(now) {
            let is_write = matches!(work, Ok(Work::Write(_)) | Err(_));
            let came = work.and_then(|work| self.worked(work.run(), now)).map(drop);
            if is_write {
                written = Some(came);
            }
        }
        written
    }

    /// What is done in the folder has not ended for long: no backup comes to be.
    pub fn folder_hangs(&mut self, now: Readings) {
        self.failed_to_back_up(now);
    }

    /// It has ended after all. What came of it is taken up by itself; where that is nothing bad, nothing has failed.
    pub fn folder_has_answered(&mut self, worked: &Worked) {
        let failed =
            matches!(worked, Worked::Looked(Err(_)) | Worked::Written { came: Err(_), .. });
        if !failed {
            self.backups.not_before = 0;
            Note::change(&self.store, |note| note.failed_at = None);
        }
    }

    fn failed_to_back_up(&mut self, now: Readings) {
        self.backups.not_before = now.boot_ms.saturating_add(PAUSE);
        Note::change(&self.store, |note| note.failed_at = Some(wall(now) / 1000));
    }

    fn own(&self, found: Vec<Found>, now: Readings) -> Vec<Found> {
        match &self.state {
            State::Open(open) => folder::own(found, &open.vault, wall(now) / 1000),
            State::Locked(_) => Vec::new(),
        }
    }
}
