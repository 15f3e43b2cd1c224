//! A folder of backups: write one so that it is whole or not there, list them, thin them out.
//!
//! The folder may be of a cloud service or on a stick: anybody may change what lies in it, it may be gone, and
//! its disk may never answer. So [`Work`] in it needs no key, and can be done where nobody waits for it; and
//! only a file whose header the key of the vault has sealed counts as the vault's ([`own`]).
//!
//! Never here: what is in a backup (`backup`).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{BackupError, BackupsKey, parse, prove, seal};
use crate::calendar::Moment;
use crate::disk::{self, DiskError};
use crate::random;
use crate::retention;
use crate::vault::Vault;
use crate::vault::format::{self, Container, Head, Header, MAX_FILE};

/// End of a backup's name.
const ENDING: &str = "otb";
/// Begin of a backup's name.
const STEM: &str = "countersign-";
/// Most files of a backup's name that are looked at.
const MAX_FILES: usize = 1024;
/// Most names of a folder that are read.
const MAX_NAMES: usize = 64 * 1024;
/// As much of a file as is read of each: a backup's header takes a tenth.
const HEAD: usize = 4096;

/// A backup in a folder, by its beginning: what it says of itself, whoever wrote it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    /// Where it lies.
    pub path: PathBuf,
    /// When it was made, in seconds since 1970; 0 if it is damaged.
    pub saved_at: u64,
    /// The save of the vault that is in it.
    pub generation: u64,
    /// The vault that it is of.
    pub vault_id: [u8; 16],
    /// Its header, if it is one, and the file as long as that says.
    head: Option<Head>,
}

impl Found {
    /// Whether its checksum holds. Reads all of it.
    pub fn is_whole(&self) -> bool {
        self.head.is_some()
            && disk::read_bounded(&self.path, MAX_FILE).is_ok_and(|file| parse(&file).is_ok())
    }

    /// Whether its beginning is none of a backup, or its length another than that says.
    pub fn is_torn(&self) -> bool {
        self.head.is_none()
    }

    fn at(path: PathBuf) -> Self {
        let head = disk::read_start(&path, HEAD).ok().and_then(|(start, len)| {
            let len = usize::try_from(len).ok().filter(|len| *len <= MAX_FILE)?;
            format::parse_head(Container::Backup, &start, len).ok()
        });
        let header = head.as_ref().map(|head| head.header);
        Self {
            path,
            saved_at: header.map_or(0, |header| u64::try_from(header.saved_at).unwrap_or(0)),
            generation: header.map_or(0, |header| header.generation),
            vault_id: header.map_or([0; 16], |header| header.vault_id),
            head,
        }
    }
}

/// What looks like backups in a folder, what says that it is the newest first; damaged ones last.
///
/// # Errors
///
/// [`BackupError::Folder`] if it can't be read.
pub fn list(folder: &Path) -> Result<Vec<Found>, BackupError> {
    let listed = fs::read_dir(folder).map_err(in_folder)?;
    let mut paths: Vec<PathBuf> = listed
        .take(MAX_NAMES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
        .collect();
    // The names of ours say when they were made.
    paths.sort_unstable_by(|a, b| b.cmp(a));
    paths.truncate(MAX_FILES);
    let mut found: Vec<Found> = paths.into_iter().map(Found::at).collect();
    // By name, as they are, where they say the same.
    found.sort_by_key(|found| {
        std::cmp::Reverse((found.head.is_some(), found.saved_at, found.generation))
    });
    Ok(found)
}

/// Those that the vault's backups key has sealed, in the same order; but whatever says that it is of after
/// `now`, in seconds since 1970, comes after the others. Backups of an earlier backups password are not among
/// them.
pub fn own(found: Vec<Found>, vault: &Vault, now: u64) -> Vec<Found> {
    let Some(key) = BackupsKey::of(&vault.body) else { return Vec::new() };
    let is_own = |found: &Found| {
        let head = found.head.as_ref().filter(|head| head.header.vault_id == *vault.id());
        head.is_some_and(|head| key.has_sealed(head))
    };
    let mut own: Vec<Found> = found.into_iter().filter(is_own).collect();
    own.sort_by_key(|found| now < found.saved_at);
    own
}

/// The newest that is whole, and the names of newer ones that are not: whoever is given an older one has to hear it.
pub fn newest(found: &[Found]) -> Option<(&Found, Vec<String>)> {
    let taken = found.iter().find(|found| found.is_whole())?;
    Some((taken, passed_over(found, &taken.head.as_ref()?.header)))
}

/// The names of those that are not whole and were made after the one with this header: what stands before it, in the
/// order in which they were tried; and what has lost its own header, but not its name.
pub fn passed_over(found: &[Found], taken: &Header) -> Vec<String> {
    let is_it = |found: &Found| found.head.as_ref().is_some_and(|head| head.header == *taken);
    let at = found.iter().position(is_it).unwrap_or(0);
    let of =
        |found: &Found| found.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let this = name(u64::try_from(taken.saved_at).unwrap_or(0), taken.generation);
    let newer = |name: &String| name.starts_with(STEM) && this < *name;
    let torn = found[at..].iter().filter(|found| found.is_torn()).map(of).filter(newer);
    found[..at].iter().map(of).chain(torn).collect()
}

/// Which of the vault's own are not kept: beyond the last five, one for each of seven days and of six months.
/// What was renamed is somebody's choice, what is of after `now` a wrong clock's: neither counts, and neither
/// goes. Nor does the one that was just written, whatever the others say.
pub fn stale(own: &[Found], written: &Path, now: u64) -> Vec<PathBuf> {
    let ours: Vec<&Found> = own
        .iter()
        .filter(|found| found.saved_at <= now)
        .filter(|found| {
            let ours = name(found.saved_at, found.generation);
            found.path.file_name().is_some_and(|name| name == ours.as_str())
        })
        .collect();
    let times: Vec<u64> = ours.iter().map(|found| found.saved_at).collect();
    retention::kept(&times)
        .into_iter()
        .zip(ours)
        .filter(|(keep, found)| !keep && found.path != written)
        .map(|(_, found)| found.path.clone())
        .collect()
}

/// What is to be done in a folder. No key is in it, and of the vault nothing that is not sealed.
#[derive(Debug)]
pub enum Work {
    /// Look for backups.
    Look(PathBuf),
    /// Find a folder's whole name.
    Name(String),
    /// Read the first of these that is whole.
    Read(Vec<PathBuf>),
    /// Remove these, and what an interrupted write left in the folder.
    Remove(PathBuf, Vec<PathBuf>),
    /// Write a backup, and look for the others.
    Write(New),
}

/// A backup that is to be written.
#[derive(Debug)]
pub struct New {
    folder: PathBuf,
    bytes: Vec<u8>,
    /// The save of the vault that is in it.
    pub generation: u64,
    /// When it was made, in seconds since 1970.
    pub saved_at: u64,
}

/// What came of [`Work`].
#[derive(Debug)]
pub enum Worked {
    /// What looks like backups.
    Looked(Result<Vec<Found>, BackupError>),
    /// The folder's whole name, if it is one that is there.
    Named(Option<String>),
    /// A backup's bytes.
    Read(Result<Vec<u8>, BackupError>),
    /// What could be removed is.
    Removed,
    /// Of this save, made then: where it lies, and what else looks like a backup there.
    Written {
        /// The save of the vault that is in it.
        generation: u64,
        /// When it was made, in seconds since 1970.
        saved_at: u64,
        /// What came of it.
        came: Result<(PathBuf, Vec<Found>), BackupError>,
    },
}

impl Work {
    /// The folder.
    pub fn place(&self) -> &Path {
        match self {
            Self::Look(folder) | Self::Remove(folder, _) => folder,
            Self::Name(folder) => Path::new(folder),
            Self::Read(paths) => {
                paths.first().and_then(|path| path.parent()).unwrap_or(Path::new(""))
            }
            Self::Write(new) => &new.folder,
        }
    }

    /// Does it. Takes as long as the disk.
    pub fn run(self) -> Worked {
        match self {
            Self::Look(folder) => Worked::Looked(list(&folder)),
            Self::Name(folder) => Worked::Named(whole_name(&folder)),
            Self::Read(paths) => Worked::Read(read_first(&paths)),
            Self::Remove(folder, paths) => {
                remove(&folder, &paths);
                Worked::Removed
            }
            Self::Write(new) => {
                let (generation, saved_at) = (new.generation, new.saved_at);
                let came = new.write().map(|path| {
                    let found = list(&new.folder).unwrap_or_default();
                    (path, found)
                });
                Worked::Written { generation, saved_at, came }
            }
        }
    }
}

impl New {
    /// A backup of the vault as it is, opened once more and compared with it entry by entry.
    ///
    /// # Errors
    ///
    /// Those of [`seal`] and [`prove`].
    pub fn of(vault: &Vault, folder: PathBuf, now_ms: u64) -> Result<Self, BackupError> {
        let bytes = seal(vault, now_ms)?;
        prove(&bytes, vault)?;
        Ok(Self { folder, bytes, generation: vault.generation(), saved_at: now_ms / 1000 })
    }

    /// Where it will lie.
    pub fn path(&self) -> PathBuf {
        self.folder.join(name(self.saved_at, self.generation))
    }

    /// Writes it and reads it again: the bytes that were proved are the bytes that are there.
    fn write(&self) -> Result<PathBuf, BackupError> {
        let path = self.path();
        let hex = data_encoding::HEXLOWER.encode(&random::bytes::<8>());
        let new = self.folder.join(format!(".{STEM}{hex}.tmp"));
        disk::put(&path, &new, &self.bytes).map_err(|err| match err {
            DiskError::Io(io::ErrorKind::NotFound) => BackupError::Folder(DiskError::Absent),
            err => err.into(),
        })?;
        Ok(path)
    }
}

/// A folder that is not there is no missing backup.
fn in_folder(err: io::Error) -> BackupError {
    BackupError::Folder(match err.kind() {
        io::ErrorKind::NotFound => DiskError::Absent,
        _ => err.into(),
    })
}

/// A folder that is there, by its whole name.
fn whole_name(folder: &str) -> Option<String> {
    let path = fs::canonicalize(folder).ok()?;
    let fits = path.is_dir() && Path::new(folder).is_absolute();
    fits.then(|| path.into_os_string().into_string().ok())?
}

/// The first that is whole.
fn read_first(paths: &[PathBuf]) -> Result<Vec<u8>, BackupError> {
    let mut failed = BackupError::None;
    for path in paths {
        match disk::read_bounded(path, MAX_FILE) {
            Ok(file) => match parse(&file) {
                Ok(_) => return Ok(file),
                Err(err) => failed = err.into(),
            },
            Err(err) => failed = err.into(),
        }
    }
    Err(failed)
}

/// Removes backups, and what an interrupted write left. Failing to is no error.
fn remove(folder: &Path, paths: &[PathBuf]) {
    for path in paths {
        let _ = fs::remove_file(path);
    }
    let left = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_ours = name.starts_with(&format!(".{STEM}")) && name.ends_with(".tmp");
        let about = is_ours.then(|| fs::metadata(path).ok()).flatten();
        let age = about.and_then(|about| about.modified().ok()?.elapsed().ok());
        age.is_some_and(|age| 3600 < age.as_secs())
    };
    for entry in fs::read_dir(folder).into_iter().flatten().take(MAX_NAMES).flatten() {
        if left(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// `countersign-20261123-004500-57.otb`: when, in UTC, and which save.
pub(super) fn name(now: u64, generation: u64) -> String {
    let Moment { year, month, day, hour, minute, second } = Moment::at(now);
    format!(
        "{STEM}{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}-{generation}.{ENDING}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when() {
        assert_eq!(name(0, 1), "countersign-19700101-000000-1.otb");
        assert_eq!(name(951_782_399, 2), "countersign-20000228-235959-2.otb");
        assert_eq!(name(951_782_400, 2), "countersign-20000229-000000-2.otb");
        assert_eq!(name(1_795_392_000, 57), "countersign-20261123-000000-57.otb");
    }
}
