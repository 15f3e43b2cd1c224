//! The vault on the disk: read it, save it so that no crash, full disk or second process loses anything,
//! and keep earlier saves.
//!
//! A save:
//!
//! 1. lock,
//! 2. take in what another process saved meanwhile,
//! 3. change,
//! 4. seal, and open the result again in memory,
//! 5. write a new file, sync it and read it back,
//! 6. link the present file to its generation's name,
//! 7. rename the new one into its place,
//! 8. sync the folder.
//!
//! At no moment is there no vault. Only then is the change confirmed.
//!
//! Never here: what is in the file (`format`), how a file comes to the disk (`disk`).

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use shared::protocol::{Generation, Rollback};

use crate::disk::{self, DiskError};
use crate::random;
use crate::retention;
use crate::vault::Vault;
use crate::vault::body::Body;
use crate::vault::format::{
    self, Container, Edition, FormatError, Header, MAX_FILE, START, Sealed,
};
use crate::vault::keys::{Derived, Key};
use crate::vault::stamp::Stamp;
use crate::vault::{device, seen};

/// How long to wait for another process's save.
const LOCK_TRIES: u32 = 250;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Why a vault could not be read or saved. No path: it may hold a person's name.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is no file.
    #[error("there is no vault yet")]
    Absent,
    /// Another process held the lock for five seconds.
    #[error("another program is saving the vault; try again")]
    Busy,
    /// The disk said no; the vault is as it was.
    #[error("{}", .0.about("vault"))]
    Disk(DiskError),
    /// There is a vault already.
    #[error("there is a vault already")]
    Exists,
    /// Its bytes are not in order.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Another vault, or one with another data key, is in its place.
    #[error("the vault was replaced by another one")]
    Replaced,
    /// An older copy is in its place, and nobody has said that this is right.
    #[error("this is an older copy of the vault")]
    Rollback(Rollback),
    /// It would have more than [`MAX_FILE`] bytes.
    #[error("the vault would become too large")]
    TooLarge,
}

impl From<DiskError> for FileError {
    fn from(err: DiskError) -> Self {
        match err {
            DiskError::Absent => Self::Absent,
            err => Self::Disk(err),
        }
    }
}

/// Where a vault lies, and what lies beside it: `NAME.GENERATION` (earlier saves), `NAME.lock`, `NAME.seen`
/// (the last save seen), `NAME.device` (this machine's name); `NAME.damaged-SECONDS` after a revert; `NAME.backups` (`backup::note`) and `NAME.turn`
/// (`session`).
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
    hurry: Hurry,
}

/// Whether something waits that is more urgent than a save's turn: then a save that another process holds up is
/// [`FileError::Busy`] at once. Counts, because more than one may wait.
#[derive(Clone, Debug, Default)]
pub struct Hurry(Arc<AtomicUsize>);

impl Hurry {
    /// One more waits.
    pub fn begin(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// One does not wait any more.
    pub fn end(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }

    fn is_on(&self) -> bool {
        self.0.load(Ordering::SeqCst) != 0
    }
}

impl Store {
    /// The vault at `path`. A link to a vault stands for the vault: replacing the link would leave it
    /// behind.
    pub fn new(path: &Path) -> Self {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Self { path, hurry: Hurry::default() }
    }

    /// What makes its saves give way.
    pub fn hurry(&self) -> &Hurry {
        &self.hurry
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file and takes it apart.
    ///
    /// # Errors
    ///
    /// [`FileError::Absent`], [`FileError::Disk`] or [`FileError::Format`].
    pub fn read(&self) -> Result<Sealed, FileError> {
        Ok(format::parse(Container::Vault, &disk::read_bounded(&self.path, MAX_FILE)?)?)
    }

    /// Earlier saves that are whole, the newest first.
    pub fn generations(&self) -> Vec<Generation> {
        let mut found: Vec<Generation> = self
            .beside()
            .filter_map(|path| {
                let sealed =
                    format::parse(Container::Vault, &disk::read_bounded(&path, MAX_FILE).ok()?)
                        .ok()?;
                let Header { generation, saved_at, .. } = sealed.header;
                Some(Generation { generation, saved_at })
            })
            .collect();
        found.sort_by_key(|found| std::cmp::Reverse((found.generation, found.saved_at)));
        found.dedup();
        found
    }

    /// This machine's name, from the file beside the vault; a new one where there is none.
    pub fn device_id(&self) -> [u8; 16] {
        let before = seen::device_id(&self.named("seen"));
        let new = data_encoding::HEXLOWER.encode(&random::bytes::<8>());
        device::name(&self.named("device"), &self.named(&format!("device-{new}")), before)
    }

    /// Opens what [`Store::read`] gave, and sees whether this machine has seen a later save.
    ///
    /// # Errors
    ///
    /// Those of [`Vault::open`].
    pub fn open(&self, sealed: Sealed, dek: Key) -> Result<Vault, FormatError> {
        let mut vault = Vault::open(sealed, dek, self.device_id())?;
        let seen = seen::highest(&self.named("seen"), &vault.dek, vault.id());
        if vault.generation() < seen {
            // Another process may have saved while the key was derived. If it was a new data key that it
            // saved, this is an older copy indeed.
            let _ = self.refresh(&mut vault);
        }
        let found = vault.generation();
        if found < seen {
            vault.rollback = Some(Rollback { found, seen });
        }
        Ok(vault)
    }

    /// Makes a new vault. Fails where there is one, or where one was whose earlier saves are still there.
    ///
    /// # Errors
    ///
    /// [`FileError::Exists`], or those of a save.
    pub fn create(&self, derived: &Derived, now_ms: u64) -> Result<Vault, FileError> {
        self.create_with(derived, now_ms, |_, _| ())
    }

    /// The same, with something in it already: both come to be with one save, or neither.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn create_with(
        &self,
        derived: &Derived,
        now_ms: u64,
        fill: impl FnOnce(&mut Vault, Stamp),
    ) -> Result<Vault, FileError> {
        if let Some(folder) = self.path.parent() {
            disk::create_folder(folder)?;
        }
        let _lock = self.lock()?;
        // A lost vault's earlier saves can be put in its place (`revert`); a new one's saves would remove them.
        if fs::symlink_metadata(&self.path).is_ok() || !self.generations().is_empty() {
            return Err(FileError::Exists);
        }
        let mut vault = Vault::create(derived, self.device_id());
        let at = vault.clock.tick(now_ms);
        fill(&mut vault, at);
        self.write(&mut vault, now_ms)?;
        Ok(vault)
    }

    /// Changes a vault and saves it. `change` sees what other processes have saved; the stamp is later
    /// than everything in it. If `change` refuses or the save fails, `vault` is as the disk is.
    ///
    /// # Errors
    ///
    /// `change`'s own, or a [`FileError`].
    pub fn update<T, E: From<FileError>>(
        &self,
        vault: &mut Vault,
        now_ms: u64,
        change: impl FnOnce(&mut Vault, Stamp) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(rollback) = vault.rollback {
            return Err(FileError::Rollback(rollback).into());
        }
        let _lock = self.lock()?;
        self.refresh(vault)?;
        let (header, slots, extension) =
            (vault.header, vault.slots.clone(), vault.extension.clone());
        let looked_at = vault.looked_at;
        let (dek, json) = (vault.dek.duplicate(), vault.body.write());
        let at = vault.clock.tick(now_ms);
        let outcome = change(vault, at);
        let saved = match &outcome {
            Ok(_) => self.write(vault, now_ms),
            Err(_) => Ok(()),
        };
        if outcome.is_err() || saved.is_err() {
            // Half a change, or one that is not confirmed: back to what was, without the disk, which may
            // refuse to be read now. Else the next save would make of a change that was refused one that
            // is done: a new password, say. Then on to what the disk has, where it is the later one.
            (vault.header, vault.slots, vault.extension, vault.dek) =
                (header, slots, extension, dek);
            vault.looked_at = looked_at;
            vault.body = Body::read(&json).expect("it was written by ourselves just now");
            let _ = self.refresh(vault);
        }
        let value = outcome?;
        saved?;
        Ok(value)
    }

    /// Takes in what another process has saved since. Cheap where nothing has changed. Says whether
    /// something had. An older copy is none any more once it is past what this machine has seen: somebody
    /// said elsewhere that it is right, or put the newer file back.
    ///
    /// # Errors
    ///
    /// [`FileError::Replaced`] if another vault, another key or no file is there; or those of a read.
    pub fn refresh(&self, vault: &mut Vault) -> Result<bool, FileError> {
        if self.peek()? == vault.looked_at {
            return Ok(false);
        }
        let sealed = self.read()?;
        if sealed.header.vault_id != vault.header.vault_id {
            return Err(FileError::Replaced);
        }
        vault.absorb(sealed).map_err(|err| match err {
            FormatError::Header => FileError::Replaced,
            err => FileError::Format(err),
        })?;
        vault.rollback = vault.rollback.filter(|rollback| vault.generation() < rollback.seen);
        Ok(true)
    }

    /// Says that an older copy is right: it counts on from the highest generation seen.
    ///
    /// # Errors
    ///
    /// Those of a save.
    pub fn accept_rollback(&self, vault: &mut Vault, now_ms: u64) -> Result<(), FileError> {
        if vault.rollback.is_none() {
            return Ok(());
        }
        self.update_accepting(vault, now_ms, |_| ())
    }

    /// [`Store::update`] that also says that an older copy is right, if this is one: both are saved, or
    /// nothing is.
    ///
    /// # Errors
    ///
    /// Those of a save.
    pub fn update_accepting(
        &self,
        vault: &mut Vault,
        now_ms: u64,
        change: impl FnOnce(&mut Vault),
    ) -> Result<(), FileError> {
        let rollback = vault.rollback.take();
        let saved = self.update(vault, now_ms, |vault, _| {
            let seen = rollback.map_or(0, |rollback| rollback.seen);
            vault.header.generation = vault.header.generation.max(seen);
            change(vault);
            Ok(())
        });
        if saved.is_err() {
            vault.rollback = rollback.filter(|rollback| vault.generation() < rollback.seen);
        }
        saved
    }

    /// Puts an earlier save in the place of a damaged vault, which is kept as `NAME.damaged-SECONDS`.
    ///
    /// # Errors
    ///
    /// [`FileError::Exists`] if the vault is not damaged, [`FileError::Absent`] if there is no such save
    /// that is whole; or those of a save.
    pub fn revert(&self, generation: u64, now_ms: u64) -> Result<(), FileError> {
        let _lock = self.lock()?;
        match self.read() {
            Err(
                FileError::Absent
                | FileError::Disk(DiskError::TooLong)
                | FileError::Format(FormatError::Torn | FormatError::Layout),
            ) => {}
            Ok(_) => return Err(FileError::Exists),
            Err(err) => return Err(err),
        }
        let whole = |path: &PathBuf| {
            let file = disk::read_bounded(path, MAX_FILE).ok()?;
            let sealed = format::parse(Container::Vault, &file).ok()?;
            (sealed.header.generation == generation).then_some(file)
        };
        let file = self.beside().find_map(|path| whole(&path)).ok_or(FileError::Absent)?;
        let new = self.write_new(&file)?;
        self.place(&new, &format!("damaged-{}", now_ms / 1000))?;
        Ok(disk::sync_folder(&self.path)?)
    }

    /// Which save the file is, from its first bytes.
    fn peek(&self) -> Result<Edition, FileError> {
        let (start, _) = disk::read_start(&self.path, START)?;
        let start: [u8; START] = start.try_into().map_err(|_| FormatError::Torn)?;
        Ok(Edition::of_start(&start))
    }

    /// Steps 4 to 8 of a save; the caller holds the lock.
    fn write(&self, vault: &mut Vault, now_ms: u64) -> Result<(), FileError> {
        let mut header = vault.header;
        header.generation = header.generation.checked_add(1).ok_or(FileError::TooLarge)?;
        header.saved_at = i64::try_from(now_ms / 1000).unwrap_or(i64::MAX);
        header.device_id = vault.device_id;
        header.body_salt = random::bytes();

        let json = vault.body.write();
        let file = format::seal(
            Container::Vault,
            &header,
            &vault.slots,
            &vault.extension,
            &json,
            &vault.dek,
        )
        .map_err(|_| FileError::TooLarge)?;
        // What cannot be opened again must not take the place of what can.
        let again = format::parse(Container::Vault, &file)?.open(&vault.dek)?;
        // Nor what would come back as entries that nobody can read.
        let reads = |body: Body| body.entries.len() == vault.body.entries.len();
        if *again != *json || !Body::read(&again).is_ok_and(reads) {
            return Err(FileError::Format(FormatError::Body));
        }

        let new = self.write_new(&file)?;
        self.place(&new, &vault.header.generation.to_string())?;
        vault.header = header;
        vault.looked_at = header.edition();
        disk::sync_folder(&self.path)?;
        self.note_seen(vault);
        self.prune();
        Ok(())
    }

    /// Writes a new file beside the vault, synced and read back.
    fn write_new(&self, bytes: &[u8]) -> Result<PathBuf, FileError> {
        // A kill leaves these behind; whoever holds the lock may sweep.
        for stale in self.siblings("tmp-") {
            let _ = fs::remove_file(stale);
        }
        let suffix = data_encoding::HEXLOWER.encode(&random::bytes::<8>());
        let path = self.named(&format!("tmp-{}-{suffix}", std::process::id()));
        disk::write_new(&path, bytes)?;
        Ok(path)
    }

    /// Keeps the present file under `NAME.SUFFIX` and puts the new one in its place. If that fails, the
    /// new one is removed.
    fn place(&self, new: &Path, suffix: &str) -> Result<(), FileError> {
        let (mut to, mut n) = (self.named(suffix), 0);
        while fs::symlink_metadata(&to).is_ok() {
            n += 1;
            to = self.named(&format!("{suffix}-{n}"));
        }
        let kept = match fs::symlink_metadata(&self.path) {
            Ok(_) => disk::keep(&self.path, &to),
            Err(_) => Ok(()),
        };
        let placed = kept.and_then(|()| disk::replace(new, &self.path));
        Ok(placed.inspect_err(|_| drop(fs::remove_file(new)))?)
    }

    /// Notes the highest generation that this machine has seen. If it can't: a later rollback is not
    /// noticed, nothing is lost.
    fn note_seen(&self, vault: &Vault) {
        let (path, new) = (self.named("seen"), self.named("seen-new"));
        let generation = vault.generation();
        let _ = seen::write(&path, &new, &vault.device_id, generation, &vault.dek, vault.id());
    }

    /// Removes earlier saves beyond those that are kept. Failing to is no error.
    fn prune(&self) {
        let mut saves: Vec<(Duration, usize, PathBuf)> = self
            .beside()
            .filter_map(|path| {
                // A link keeps the time at which its bytes were written.
                let modified = fs::metadata(&path).ok()?.modified().ok()?;
                let time = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
                // Of two of one moment the longer name is the later: 10 comes after 9.
                Some((time, path.as_os_str().len(), path))
            })
            .collect();
        saves.sort_by(|a, b| b.cmp(a));
        let times: Vec<u64> = saves.iter().map(|(time, ..)| time.as_secs()).collect();
        for (keep, (.., path)) in retention::kept(&times).into_iter().zip(saves) {
            if !keep {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// Files of earlier saves: `NAME.DIGITS` or `NAME.DIGITS-N`.
    fn beside(&self) -> impl Iterator<Item = PathBuf> {
        self.siblings("").filter(|path| {
            let suffix = path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default();
            suffix.starts_with(|c: char| c.is_ascii_digit())
                && suffix.chars().all(|c| c.is_ascii_digit() || c == '-')
        })
    }

    /// Files whose names are the vault's, a dot, and something that begins with `start`.
    fn siblings(&self, start: &str) -> impl Iterator<Item = PathBuf> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let prefix = format!("{name}.{start}");
        fs::read_dir(self.folder())
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(move |path| {
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
            })
    }

    /// The folder of the vault.
    pub(crate) fn folder(&self) -> &Path {
        disk::folder_of(&self.path)
    }

    /// A file beside the vault: its name, a dot, `suffix`.
    pub(crate) fn named(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(suffix);
        self.path.with_file_name(name)
    }

    /// Locks a file beside the vault; a rename would take the lock on the vault itself away with it.
    fn lock(&self) -> Result<File, FileError> {
        let file = disk::open_lock(&self.named("lock"))?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if self.hurry.is_on() => break,
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(err)) if err.kind() == ErrorKind::Interrupted => {}
                Err(TryLockError::Error(err)) => return Err(DiskError::from(err).into()),
            }
        }
        Err(FileError::Busy)
    }
}

#[cfg(test)]
mod tests;
