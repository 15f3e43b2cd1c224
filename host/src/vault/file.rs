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
//! Never here: what is in the file (`format`).

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use shared::protocol::{Generation, Rollback};
use subtle::ConstantTimeEq;

use crate::vault::Vault;
use crate::vault::body::Body;
use crate::vault::format::{self, FormatError, Header, MAX_FILE, Sealed};
use crate::vault::keys::{self, Derived, Key};
use crate::vault::stamp::Stamp;

/// How long to wait for another process's save.
const LOCK_TRIES: u32 = 250;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// Earlier saves that are kept: the last ones, then one for each of so many days and 30-day months.
const KEEP_LAST: usize = 5;
const KEEP_DAYS: usize = 7;
const KEEP_MONTHS: usize = 6;
const DAY: u64 = 24 * 60 * 60;
/// Highest generation that a note is believed that was not written under the vault's own key: counting on
/// from there, nobody comes to the end of the numbers.
const MAX_UNPROVEN: u64 = 1 << 48;

/// Why a vault could not be read or saved. No path: it may hold a person's name.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is no file.
    #[error("there is no vault yet")]
    Absent,
    /// Another process held the lock for five seconds.
    #[error("another program is saving the vault; try again")]
    Busy,
    /// No room; the vault is as it was.
    #[error("the disk is full; the vault is as it was")]
    DiskFull,
    /// There is a vault already.
    #[error("there is a vault already")]
    Exists,
    /// Its bytes are not in order.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The system said no; the vault is as it was.
    #[error("the vault could not be read or written: {0}")]
    Io(io::ErrorKind),
    /// Another vault, or one with another data key, is in its place.
    #[error("the vault was replaced by another one")]
    Replaced,
    /// An older copy is in its place, and nobody has said that this is right.
    #[error("this is an older copy of the vault")]
    Rollback(Rollback),
    /// More than [`MAX_FILE`] bytes.
    #[error("the vault would become too large")]
    TooLarge,
}

impl From<io::Error> for FileError {
    fn from(err: io::Error) -> Self {
        match err.kind() {
            io::ErrorKind::NotFound => Self::Absent,
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::DiskFull,
            kind => Self::Io(kind),
        }
    }
}

/// Where a vault lies, and what lies beside it: `NAME.GENERATION` (earlier saves), `NAME.lock`, `NAME.seen`
/// (the last save seen); `NAME.damaged-SECONDS` after a revert; `NAME.backups` (`backup::note`) and `NAME.turn`
/// (`session`).
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// The vault at `path`. A link to a vault stands for the vault: replacing the link would leave it
    /// behind.
    pub fn new(path: &Path) -> Self {
        Self { path: path.canonicalize().unwrap_or_else(|_| path.to_owned()) }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file and takes it apart.
    ///
    /// # Errors
    ///
    /// [`FileError::Absent`], [`FileError::Format`], [`FileError::Io`] or [`FileError::TooLarge`].
    pub fn read(&self) -> Result<Sealed, FileError> {
        Ok(format::parse(&read_bounded(&self.path)?)?)
    }

    /// Earlier saves that are whole, the newest first.
    pub fn generations(&self) -> Vec<Generation> {
        let mut found: Vec<Generation> = self
            .beside()
            .filter_map(|path| {
                let sealed = format::parse(&read_bounded(&path).ok()?).ok()?;
                let Header { generation, saved_at, .. } = sealed.header;
                Some(Generation { generation, saved_at })
            })
            .collect();
        found.sort_by_key(|found| std::cmp::Reverse((found.generation, found.saved_at)));
        found.dedup();
        found
    }

    /// This machine's name, from the note beside the vault; random where there is none.
    pub fn device_id(&self) -> [u8; 16] {
        let mut id = [0; 16];
        match read_bounded(&self.named("seen")) {
            Ok(note) if 16 <= note.len() => id.copy_from_slice(&note[..16]),
            _ => getrandom::fill(&mut id).expect("the operating system has randomness"),
        }
        id
    }

    /// Opens what [`Store::read`] gave, and sees whether this machine has seen a later save.
    ///
    /// # Errors
    ///
    /// Those of [`Vault::open`].
    pub fn open(&self, sealed: Sealed, dek: Key) -> Result<Vault, FormatError> {
        let mut vault = Vault::open(sealed, dek, self.device_id())?;
        let seen = self.seen(&vault);
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

    /// Makes a new vault. Fails where there is one.
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
            create_folder(folder)?;
        }
        let _lock = self.lock()?;
        if fs::symlink_metadata(&self.path).is_ok() {
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
            Err(FileError::Format(FormatError::Torn | FormatError::Layout) | FileError::Absent) => {
            }
            Err(FileError::TooLarge) => {}
            Ok(_) => return Err(FileError::Exists),
            Err(err) => return Err(err),
        }
        let whole = |path: &PathBuf| {
            let file = read_bounded(path).ok()?;
            let sealed = format::parse(&file).ok()?;
            (sealed.header.generation == generation).then_some(file)
        };
        let file = self.beside().find_map(|path| whole(&path)).ok_or(FileError::Absent)?;
        let new = self.write_new(&file)?;
        self.place(&new, &format!("damaged-{}", now_ms / 1000))?;
        self.sync_folder()
    }

    /// Generation and salt of the file, from its first bytes.
    fn peek(&self) -> Result<(u64, [u8; 32]), FileError> {
        let mut start = [0; 96];
        match open_regular(&self.path)?.read_exact(&mut start) {
            Ok(()) => {}
            Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(FileError::Format(FormatError::Torn));
            }
            Err(err) => return Err(err.into()),
        }
        let generation = u64::from_le_bytes(start[32..40].try_into().expect("8 bytes"));
        Ok((generation, start[64..].try_into().expect("32 bytes")))
    }

    /// Steps 4 to 8 of a save; the caller holds the lock.
    fn write(&self, vault: &mut Vault, now_ms: u64) -> Result<(), FileError> {
        let mut header = vault.header;
        header.generation = header.generation.checked_add(1).ok_or(FileError::TooLarge)?;
        header.saved_at = i64::try_from(now_ms / 1000).unwrap_or(i64::MAX);
        header.device_id = vault.device_id;
        getrandom::fill(&mut header.body_salt).expect("the operating system has randomness");

        let json = vault.body.write();
        let file = format::seal(&header, &vault.slots, &vault.extension, &json, &vault.dek)
            .map_err(|_| FileError::TooLarge)?;
        // What cannot be opened again must not take the place of what can.
        let again = format::parse(&file)?.open(&vault.dek)?;
        // Nor what would come back as entries that nobody can read.
        let reads = |body: Body| body.entries.len() == vault.body.entries.len();
        if *again != *json || !Body::read(&again).is_ok_and(reads) {
            return Err(FileError::Format(FormatError::Body));
        }

        let new = self.write_new(&file)?;
        self.place(&new, &vault.header.generation.to_string())?;
        vault.header = header;
        vault.looked_at = (header.generation, header.body_salt);
        self.sync_folder()?;
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
        let mut random = [0; 8];
        getrandom::fill(&mut random).expect("the operating system has randomness");
        let suffix = data_encoding::HEXLOWER.encode(&random);
        let path = self.named(&format!("tmp-{}-{suffix}", std::process::id()));
        let written = (|| -> Result<(), FileError> {
            let mut file = create_new(&path)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            drop(file);
            // A disk that lies about a short write is found out here, while the old file is still there.
            if read_bounded(&path)? == bytes {
                Ok(())
            } else {
                Err(FileError::Io(io::ErrorKind::Other))
            }
        })();
        match written {
            Ok(()) => Ok(path),
            Err(err) => {
                let _ = fs::remove_file(&path);
                Err(match err {
                    FileError::Absent => FileError::Io(io::ErrorKind::NotFound),
                    err => err,
                })
            }
        }
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
            Ok(_) => keep(&self.path, &to),
            Err(_) => Ok(()),
        };
        let placed = kept.and_then(|()| replace(new, &self.path));
        placed.map_err(|err| {
            let _ = fs::remove_file(new);
            FileError::from(err)
        })
    }

    fn sync_folder(&self) -> Result<(), FileError> {
        // Windows has no such thing; MoveFileEx with WRITE_THROUGH is its word for it.
        #[cfg(unix)]
        File::open(self.folder())?.sync_all()?;
        Ok(())
    }

    /// Notes the highest generation that this machine has seen. If it can't: a later rollback is not
    /// noticed, nothing is lost.
    fn note_seen(&self, vault: &Vault) {
        // Not what was noted under another key: it may have been another vault's.
        let before = self.note(vault).filter(|(_, proven)| *proven).map_or(0, |(seen, _)| seen);
        let seen = before.max(vault.generation());
        let mut note = Vec::with_capacity(56);
        note.extend(vault.device_id);
        note.extend(seen.to_le_bytes());
        note.extend(keys::seen_mac(&vault.dek, vault.id(), &note));
        let new = self.named("seen-new");
        let _ = fs::remove_file(&new);
        let written = create_new(&new).and_then(|mut file| file.write_all(&note));
        if written.and_then(|()| fs::rename(&new, self.named("seen"))).is_err() {
            let _ = fs::remove_file(&new);
        }
    }

    /// The highest generation that this machine has seen; 0 without a note, as on a new one. What was noted
    /// under another data key counts, too: from before the key was replaced, a save is an older copy as any
    /// other. Replaced on another machine, it has a higher number than the note.
    fn seen(&self, vault: &Vault) -> u64 {
        self.note(vault)
            .filter(|(seen, proven)| *proven || *seen <= MAX_UNPROVEN)
            .map_or(0, |(seen, _)| seen)
    }

    /// The generation in the note, and whether it was noted under this vault's data key.
    fn note(&self, vault: &Vault) -> Option<(u64, bool)> {
        let note = read_bounded(&self.named("seen")).ok()?;
        if note.len() != 56 {
            return None;
        }
        let mac = keys::seen_mac(&vault.dek, vault.id(), &note[..24]);
        let proven = bool::from(mac.as_slice().ct_eq(&note[24..]));
        Some((u64::from_le_bytes(note[16..24].try_into().expect("8 bytes")), proven))
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
        for (keep, (.., path)) in kept(&times).into_iter().zip(saves) {
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
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
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
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        private(&mut options);
        let file = options.open(self.named("lock")).map_err(|err| match FileError::from(err) {
            FileError::Absent => FileError::Io(io::ErrorKind::NotFound),
            err => err,
        })?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(err)) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(TryLockError::Error(err)) => return Err(err.into()),
            }
        }
        Err(FileError::Busy)
    }
}

/// Which saves to keep, given when they were made in seconds since 1970, the newest first: the last ones, and
/// the newest of each of so many days and months. Days of the calendar, not of their age: what is the last of
/// its day stays so, and grows old.
pub(crate) fn kept(times: &[u64]) -> Vec<bool> {
    let (mut days, mut months) = (Vec::new(), Vec::new());
    (0..)
        .zip(times)
        .map(|(n, time): (usize, &u64)| {
            let (day, month) = (time / DAY, time / (30 * DAY));
            let new_day = days.len() < KEEP_DAYS && !days.contains(&day);
            if new_day {
                days.push(day);
            }
            let new_month = months.len() < KEEP_MONTHS && !months.contains(&month);
            if new_month {
                months.push(month);
            }
            n < KEEP_LAST || new_day || new_month
        })
        .collect()
}

/// Reads a regular file of at most [`MAX_FILE`] bytes.
pub(crate) fn read_bounded(path: &Path) -> Result<Vec<u8>, FileError> {
    let file = open_regular(path)?;
    let len = file.metadata()?.len();
    let max = u64::try_from(MAX_FILE).expect("16 MiB");
    if max < len {
        return Err(FileError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(len).expect("at most 16 MiB") + 1);
    file.take(max + 1).read_to_end(&mut bytes)?;
    if MAX_FILE < bytes.len() { Err(FileError::TooLarge) } else { Ok(bytes) }
}

/// Reads the first bytes of a regular file, at most `most` of them; and how long it is.
pub(crate) fn read_start(path: &Path, most: usize) -> Result<(Vec<u8>, u64), FileError> {
    let file = open_regular(path)?;
    let len = file.metadata()?.len();
    let mut bytes = Vec::with_capacity(most);
    file.take(u64::try_from(most).expect("a few kilobytes")).read_to_end(&mut bytes)?;
    Ok((bytes, len))
}

/// Opens a file for reading; a pipe or a device must not make us wait.
fn open_regular(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
        options.custom_flags(i32::try_from(flags.bits()).expect("small flags"));
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(FileError::Io(io::ErrorKind::InvalidInput))
    }
}

/// Creates a file that was not there, for its owner alone.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    options.open(path)
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "a user's folder is private there"))]
fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW;
        options.mode(0o600).custom_flags(i32::try_from(flags.bits()).expect("a small flag"));
    }
}

/// Creates a folder for its owner alone, if it is not there.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Gives a file a second name: a link, or a copy where the file system has no links.
fn keep(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(err) if err.kind() == io::ErrorKind::StorageFull => Err(err),
        Err(_) => {
            let copied = (|| {
                let mut target = create_new(to)?;
                io::copy(&mut File::open(from)?, &mut target)?;
                target.sync_all()
            })();
            copied.inspect_err(|_| {
                let _ = fs::remove_file(to);
            })
        }
    }
}

/// Puts one file in the place of another. On Windows a virus scanner or a sync program may hold it for a
/// moment.
pub(crate) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    let tries = if cfg!(windows) { 10 } else { 1 };
    for _ in 1..tries {
        if fs::rename(from, to).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(200));
    }
    fs::rename(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::{Otp, Seed};
    use crate::vault::entry::Draft;
    use crate::vault::keys::KdfParams;

    fn derived(password: &[u8]) -> Derived {
        Derived::new(password, KdfParams::FLOOR).unwrap()
    }

    fn draft(label: &str) -> Draft {
        let seed = Seed::new(b"12345678901234567890".to_vec()).unwrap();
        Draft::new(Otp::totp(), seed, "Example".into(), label.into())
    }

    fn add(store: &Store, vault: &mut Vault, label: &str) -> Result<(), FileError> {
        store.update(vault, 1_700_000_000_000, |vault, at| {
            vault.add(draft(label), at);
            Ok(())
        })
    }

    fn unlock(store: &Store, password: &[u8]) -> Vault {
        let sealed = store.read().unwrap();
        let dek = sealed.unlock(password).unwrap();
        store.open(sealed, dek).unwrap()
    }

    fn fixture() -> (tempfile::TempDir, Store, Vault) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(&folder.path().join("sub").join("vault.otv"));
        let vault = store.create(&derived(b"master"), 1_700_000_000_000).unwrap();
        (folder, store, vault)
    }

    fn labels(vault: &Vault) -> Vec<&str> {
        let mut labels: Vec<_> = vault.body.entries.values().map(|e| e.label.as_str()).collect();
        labels.sort_unstable();
        labels
    }

    #[test]
    fn what_was_saved_is_there_and_earlier_saves_are_kept() {
        let (_folder, store, mut vault) = fixture();
        for label in ["a", "b", "c"] {
            add(&store, &mut vault, label).unwrap();
        }
        assert_eq!(vault.generation(), 4);
        assert_eq!(labels(&unlock(&store, b"master")), ["a", "b", "c"]);
        let kept: Vec<u64> = store.generations().iter().map(|found| found.generation).collect();
        assert_eq!(kept, [3, 2, 1]);
        assert!(matches!(store.create(&derived(b"x"), 0), Err(FileError::Exists)));
    }

    #[test]
    fn two_sessions_do_not_lose_each_others_changes() {
        let (_folder, store, mut one) = fixture();
        let mut two = unlock(&store, b"master");
        add(&store, &mut one, "one").unwrap();
        add(&store, &mut two, "two").unwrap();
        assert!(store.refresh(&mut one).unwrap());
        assert!(!store.refresh(&mut one).unwrap());
        assert_eq!(labels(&one), ["one", "two"]);
        assert_eq!(labels(&unlock(&store, b"master")), ["one", "two"]);
    }

    #[test]
    fn a_refused_change_leaves_memory_as_the_disk_is() {
        let (_folder, store, mut vault) = fixture();
        let refused: Result<(), FileError> = store.update(&mut vault, 0, |vault, at| {
            vault.add(draft("half"), at);
            Err(FileError::Busy)
        });
        assert!(matches!(refused, Err(FileError::Busy)));
        assert!(labels(&vault).is_empty());
    }

    #[test]
    fn a_change_that_could_not_be_saved_is_not_done_by_the_next_save() {
        let (folder, store, mut vault) = fixture();
        let (home, away) = (folder.path().join("sub"), folder.path().join("away"));
        let failed = store.update(&mut vault, 0, |vault, at| {
            vault.add(draft("half"), at);
            vault.set_password(&derived(b"second"), true);
            fs::rename(&home, &away).map_err(FileError::from)
        });
        assert!(failed.is_err());
        fs::rename(&away, &home).unwrap();
        assert!(labels(&vault).is_empty());
        add(&store, &mut vault, "whole").unwrap();
        assert_eq!(labels(&unlock(&store, b"master")), ["whole"]);
    }

    #[test]
    fn a_new_password_opens_and_the_old_one_does_not() {
        let (_folder, store, mut vault) = fixture();
        let mut other = unlock(&store, b"master");
        for (rotate, password) in [(false, b"second"), (true, b"third!")] {
            store
                .update(&mut vault, 0, |vault, _| {
                    vault.set_password(&derived(password), rotate);
                    Ok::<_, FileError>(())
                })
                .unwrap();
            unlock(&store, password);
            assert!(store.read().unwrap().unlock(b"master").is_err());
            // The other session follows a new slot, and ends at a new data key.
            assert_eq!(store.refresh(&mut other).is_err(), rotate);
        }
    }

    #[test]
    fn a_save_while_the_key_is_derived_is_no_older_copy() {
        let (_folder, store, mut vault) = fixture();
        let sealed = store.read().unwrap();
        let dek = sealed.unlock(b"master").unwrap();
        add(&store, &mut vault, "meanwhile").unwrap();
        let opened = store.open(sealed, dek).unwrap();
        assert_eq!(opened.rollback, None);
        assert_eq!(labels(&opened), ["meanwhile"]);
    }

    #[test]
    fn an_older_copy_is_noticed_and_read_only_until_accepted() {
        let (_folder, store, mut vault) = fixture();
        add(&store, &mut vault, "a").unwrap();
        let old = fs::read(store.path()).unwrap();
        add(&store, &mut vault, "b").unwrap();
        fs::write(store.path(), old).unwrap();
        let mut vault = unlock(&store, b"master");
        assert_eq!(vault.rollback, Some(Rollback { found: 2, seen: 3 }));
        assert!(matches!(add(&store, &mut vault, "c"), Err(FileError::Rollback(_))));
        let mut elsewhere = unlock(&store, b"master");
        store.accept_rollback(&mut vault, 0).unwrap();
        add(&store, &mut vault, "c").unwrap();
        assert_eq!(vault.generation(), 5);
        assert_eq!(unlock(&store, b"master").rollback, None);
        // Who has it open elsewhere is not asked the same.
        assert!(elsewhere.rollback.is_some());
        assert!(store.refresh(&mut elsewhere).unwrap());
        assert_eq!(elsewhere.rollback, None);
        add(&store, &mut elsewhere, "d").unwrap();
        assert_eq!(labels(&elsewhere), ["a", "c", "d"]);
    }

    #[test]
    fn an_older_copy_is_one_until_a_save_as_late_as_any_that_was_seen_is_back() {
        let (folder, store, mut vault) = fixture();
        let mut files = vec![fs::read(store.path()).unwrap()];
        for label in ["a", "b"] {
            add(&store, &mut vault, label).unwrap();
            files.push(fs::read(store.path()).unwrap());
        }
        let rolled_back = Some(Rollback { found: 1, seen: 3 });
        fs::write(store.path(), &files[0]).unwrap();
        let (mut one, mut other) = (unlock(&store, b"master"), unlock(&store, b"master"));
        assert_eq!(one.rollback, rolled_back);
        // It is still one if nobody could write that it is right,
        let (home, away) = (folder.path().join("sub"), folder.path().join("away"));
        let fail = |vault: &mut Vault| {
            let saved = store.update_accepting(vault, 0, |_| fs::rename(&home, &away).unwrap());
            assert!(saved.is_err());
            fs::rename(&away, &home).unwrap();
        };
        fail(&mut other);
        assert_eq!(other.rollback, rolled_back);
        // or if a later one comes that is not the latest.
        fs::write(store.path(), &files[1]).unwrap();
        assert!(store.refresh(&mut one).unwrap());
        assert_eq!(one.rollback, rolled_back);
        fs::write(store.path(), &files[2]).unwrap();
        assert!(store.refresh(&mut one).unwrap());
        assert_eq!(one.rollback, None);
        fail(&mut other);
        assert_eq!((other.rollback, other.generation()), (None, 3));
    }

    #[test]
    fn an_older_file_under_an_open_session_brings_no_old_password_back() {
        let (_folder, store, mut vault) = fixture();
        add(&store, &mut vault, "a").unwrap();
        let old = fs::read(store.path()).unwrap();
        add(&store, &mut vault, "b").unwrap();
        store
            .update(&mut vault, 0, |vault, _| {
                vault.set_password(&derived(b"second"), false);
                Ok::<_, FileError>(())
            })
            .unwrap();
        fs::write(store.path(), &old).unwrap();
        // Once it is news, and not each time that somebody asks.
        assert!(store.refresh(&mut vault).unwrap());
        assert!(!store.refresh(&mut vault).unwrap());
        assert_eq!((vault.generation(), labels(&vault)), (4, vec!["a", "b"]));
        assert_eq!(unlock(&store, b"master").rollback, Some(Rollback { found: 2, seen: 4 }));
        add(&store, &mut vault, "c").unwrap();
        assert_eq!(vault.generation(), 5);
        assert!(store.read().unwrap().unlock(b"master").is_err());
        assert_eq!(labels(&unlock(&store, b"second")), ["a", "b", "c"]);
    }

    #[test]
    fn a_save_from_before_a_new_data_key_is_an_older_copy() {
        let (_folder, store, mut vault) = fixture();
        add(&store, &mut vault, "a").unwrap();
        let old = fs::read(store.path()).unwrap();
        store
            .update(&mut vault, 0, |vault, _| {
                vault.set_password(&derived(b"second"), true);
                Ok::<_, FileError>(())
            })
            .unwrap();
        let new = fs::read(store.path()).unwrap();
        fs::write(store.path(), &old).unwrap();
        let rolled_back = Some(Rollback { found: 2, seen: 3 });
        assert_eq!(unlock(&store, b"master").rollback, rolled_back);
        // On a machine that has never seen it, it is none; nor is a new key that comes from elsewhere.
        fs::remove_file(store.named("seen")).unwrap();
        let mut old = unlock(&store, b"master");
        assert_eq!(old.rollback, None);
        store.note_seen(&old);
        fs::write(store.path(), &new).unwrap();
        assert_eq!(unlock(&store, b"second").rollback, None);
        // A note that somebody made up is no end of the numbers.
        let mut note = fs::read(store.named("seen")).unwrap();
        note[16..24].fill(255);
        fs::write(store.named("seen"), note).unwrap();
        let mut vault = unlock(&store, b"second");
        assert_eq!(vault.rollback, None);
        add(&store, &mut vault, "b").unwrap();
        assert!(matches!(store.refresh(&mut old), Err(FileError::Replaced)));
    }

    #[test]
    fn a_new_vault_is_no_older_copy_of_the_one_that_lay_there() {
        let (_folder, store, mut vault) = fixture();
        add(&store, &mut vault, "a").unwrap();
        fs::remove_file(store.path()).unwrap();
        store.create(&derived(b"other"), 0).unwrap();
        assert_eq!(unlock(&store, b"other").rollback, None);
    }

    #[test]
    fn a_damaged_vault_is_kept_and_an_earlier_save_takes_its_place() {
        let (folder, store, mut vault) = fixture();
        add(&store, &mut vault, "a").unwrap();
        add(&store, &mut vault, "b").unwrap();
        assert!(matches!(store.revert(2, 0), Err(FileError::Exists)));
        let whole = fs::read(store.path()).unwrap();
        fs::write(store.path(), &whole[..whole.len() / 2]).unwrap();
        let torn = store.read();
        assert!(matches!(torn, Err(FileError::Format(FormatError::Torn))));
        assert!(matches!(store.revert(9, 0), Err(FileError::Absent)));
        store.revert(2, 5000).unwrap();
        let vault = unlock(&store, b"master");
        assert_eq!(labels(&vault), ["a"]);
        assert!(folder.path().join("sub/vault.otv.damaged-5").exists());
    }

    fn generations(store: &Store) -> Vec<u64> {
        store.generations().iter().map(|found| found.generation).collect()
    }

    #[test]
    fn of_many_saves_of_one_moment_the_last_five_are_kept() {
        let (_folder, store, mut vault) = fixture();
        for label in 2..=12 {
            add(&store, &mut vault, &label.to_string()).unwrap();
            // A disk that knows the time only roughly, or somebody who is quick.
            let saves = store.beside().chain([store.path().to_owned()]);
            for path in saves {
                let file = File::options().write(true).open(path).unwrap();
                file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(9 * DAY)).unwrap();
            }
        }
        assert_eq!(vault.generation(), 12);
        assert_eq!(generations(&store), [11, 10, 9, 8, 7]);
    }

    #[test]
    fn what_a_person_put_beside_the_vault_is_no_save_and_stays() {
        let (_folder, store, mut vault) = fixture();
        let own = ["bak", "2024x", "x2024", "1.bak", "-1", "Tmp-1"];
        for suffix in own {
            fs::copy(store.path(), store.named(suffix)).unwrap();
        }
        fs::write(store.named("tmp-1-left-by-a-kill"), "x").unwrap();
        for label in 2..=8 {
            add(&store, &mut vault, &label.to_string()).unwrap();
        }
        assert_eq!(generations(&store), [7, 6, 5, 4, 3]);
        assert!(own.iter().all(|suffix| store.named(suffix).exists()));
        assert_eq!(store.siblings("tmp-").count(), 0);
    }

    #[test]
    fn a_save_whose_number_is_taken_already_is_kept_beside_the_other() {
        let (_folder, store, mut vault) = fixture();
        add(&store, &mut vault, "a").unwrap();
        let older = fs::read(store.path()).unwrap();
        add(&store, &mut vault, "b").unwrap();
        for n in ["2-1", "2-2"] {
            fs::write(store.path(), &older).unwrap();
            fs::remove_file(store.named("seen")).unwrap();
            let mut vault = unlock(&store, b"master");
            add(&store, &mut vault, "c").unwrap();
            assert!(store.named(n).exists(), "{n}");
        }
        assert_eq!(store.beside().count(), 4);
    }

    #[test]
    fn a_machine_keeps_its_name_as_long_as_there_is_a_note_of_it() {
        let (_folder, store, vault) = fixture();
        assert_eq!(store.device_id(), vault.device_id());
        assert_eq!(store.read().unwrap().header.device_id, vault.device_id());
        let note = fs::read(store.named("seen")).unwrap();
        fs::write(store.named("seen"), &note[..16]).unwrap();
        assert_eq!(store.device_id(), vault.device_id());
        fs::write(store.named("seen"), &note[..15]).unwrap();
        assert_ne!(store.device_id(), store.device_id());
    }

    #[test]
    fn a_note_of_another_key_is_believed_up_to_a_bound() {
        let (_folder, store, _vault) = fixture();
        let mut note = fs::read(store.named("seen")).unwrap();
        let bound = 1_u64 << 48;
        for (seen, believed) in [(1, false), (2, true), (bound, true), (bound + 1, false)] {
            note[16..24].copy_from_slice(&seen.to_le_bytes());
            fs::write(store.named("seen"), &note).unwrap();
            let rollback = believed.then_some(Rollback { found: 1, seen });
            assert_eq!(unlock(&store, b"master").rollback, rollback, "{seen}");
            // Longer than a note is: it is none.
            fs::write(store.named("seen"), [note.as_slice(), b"x"].concat()).unwrap();
            assert_eq!(unlock(&store, b"master").rollback, None);
        }
    }

    #[test]
    fn of_two_saves_with_one_number_the_files_slots_hold() {
        let (_folder, store, mut vault) = fixture();
        let first = fs::read(store.path()).unwrap();
        let mut other = unlock(&store, b"master");
        store
            .update(&mut other, 0, |vault, _| {
                vault.set_password(&derived(b"second"), false);
                Ok::<_, FileError>(())
            })
            .unwrap();
        let second = fs::read(store.path()).unwrap();
        // Elsewhere the vault was saved once, too; then a sync program brings that file here.
        fs::write(store.path(), first).unwrap();
        add(&store, &mut vault, "a").unwrap();
        assert_eq!((vault.generation(), other.generation()), (2, 2));
        fs::write(store.path(), second).unwrap();
        assert!(store.refresh(&mut vault).unwrap());
        add(&store, &mut vault, "b").unwrap();
        assert_eq!(labels(&unlock(&store, b"second")), ["a", "b"]);
        assert!(store.read().unwrap().unlock(b"master").is_err());
    }

    #[test]
    fn a_vault_of_a_newer_version_is_not_replaced_by_an_earlier_save() {
        let (_folder, store, mut vault) = fixture();
        add(&store, &mut vault, "a").unwrap();
        let mut newer = fs::read(store.path()).unwrap();
        newer[8] = 2;
        let end = newer.len() - 32;
        let checksum = <sha2::Sha256 as sha2::Digest>::digest(&newer[..end]);
        newer[end..].copy_from_slice(&checksum);
        fs::write(store.path(), &newer).unwrap();
        let refused = store.revert(1, 0);
        assert!(matches!(refused, Err(FileError::Format(FormatError::Newer))), "{refused:?}");
        assert_eq!(fs::read(store.path()).unwrap(), newer);
        // What is too long to be a vault is replaced, as what is gone.
        File::create(store.path()).unwrap().set_len(16 * 1024 * 1024 + 1).unwrap();
        store.revert(1, 0).unwrap();
        fs::remove_file(store.path()).unwrap();
        store.revert(1, 0).unwrap();
        assert!(labels(&unlock(&store, b"master")).is_empty());
    }

    #[test]
    fn a_file_is_read_up_to_16_mib_and_not_a_byte_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = File::create(&path).unwrap();
        file.set_len(16 * 1024 * 1024).unwrap();
        assert_eq!(read_bounded(&path).unwrap().len(), 16 * 1024 * 1024);
        file.set_len(16 * 1024 * 1024 + 1).unwrap();
        assert!(matches!(read_bounded(&path), Err(FileError::TooLarge)));
        let (start, len) = read_start(&path, 7).unwrap();
        assert_eq!((start.len(), len), (7, 16 * 1024 * 1024 + 1));
        fs::write(&path, "abc").unwrap();
        assert_eq!(read_start(&path, 7).unwrap(), (b"abc".to_vec(), 3));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_regular_file_is_refused_at_once() {
        let (folder, store, _vault) = fixture();
        let (pipe, link) = (folder.path().join("pipe"), folder.path().join("link"));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        std::os::unix::fs::symlink(store.path(), &link).unwrap();
        for path in [pipe.as_path(), &link, folder.path()] {
            assert!(matches!(read_bounded(path), Err(FileError::Io(_))), "{path:?}");
        }
        // But a link to a vault stands for it.
        assert!(Store::new(&link).read().is_ok());
    }

    #[test]
    fn a_vault_that_is_cut_short_under_an_open_session_is_torn() {
        let (_folder, store, mut vault) = fixture();
        let whole = fs::read(store.path()).unwrap();
        for len in [0, 95, 96] {
            fs::write(store.path(), &whole[..len]).unwrap();
            let found = store.refresh(&mut vault);
            if len == 96 {
                // As far as anybody looks, it is the one that was seen last.
                assert!(matches!(found, Ok(false)), "{found:?}");
            } else {
                assert!(matches!(found, Err(FileError::Format(FormatError::Torn))), "{found:?}");
            }
        }
    }

    #[test]
    fn what_nobody_could_read_again_is_not_saved() {
        let (_folder, store, mut vault) = fixture();
        let before = fs::read(store.path()).unwrap();
        let refused = store.update::<_, FileError>(&mut vault, 0, |vault, at| {
            let mut odd = draft("odd");
            let (algorithm, period) =
                (shared::protocol::Algorithm::Md5, crate::otp::Period::THIRTY);
            odd.otp = Otp::Totp { algorithm, digits: crate::otp::Digits::SIX, period };
            vault.add(odd, at);
            Ok(())
        });
        assert!(matches!(refused, Err(FileError::Format(FormatError::Body))), "{refused:?}");
        assert_eq!(fs::read(store.path()).unwrap(), before);
        assert!(vault.body.entries.is_empty());
    }

    #[test]
    fn a_vault_without_a_folder_lies_in_this_one() {
        assert_eq!(Store::new(Path::new("no-such.otv")).folder(), Path::new("."));
        assert_eq!(Store::new(Path::new("a/no-such.otv")).folder(), Path::new("a"));
    }

    #[test]
    fn a_save_knows_when_it_was_made() {
        let (_folder, store, mut vault) = fixture();
        add(&store, &mut vault, "a").unwrap();
        let saved_at = 1_700_000_000;
        assert_eq!(store.generations(), [Generation { generation: 1, saved_at }]);
        assert_eq!(store.read().unwrap().header.saved_at, saved_at);
    }

    #[test]
    fn saves_are_thinned_out_as_they_grow_old() {
        // A save every six hours for more than a year, and a look at what is left after each.
        let mut times: Vec<u64> = Vec::new();
        for save in 0..4 * 400 {
            times.insert(0, save * DAY / 4);
            let mut keep = kept(&times).into_iter();
            times.retain(|_| keep.next() == Some(true));
        }
        let now = times[0];
        let hours: Vec<u64> = times.iter().map(|time| (now - time) / 3600).collect();
        let days: Vec<u64> = hours.iter().map(|hour| hour / 24).collect();
        assert_eq!(hours[..5], [0, 6, 12, 18, 24]);
        assert_eq!(days[5..], [2, 3, 4, 5, 6, 10, 40, 70, 100, 130]);
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, store, mut vault) = fixture();
        add(&store, &mut vault, "a").unwrap();
        for entry in fs::read_dir(store.folder()).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
        assert_eq!(fs::metadata(store.folder()).unwrap().permissions().mode() & 0o077, 0);
    }
}
