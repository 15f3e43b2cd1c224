//! A folder of backups: write one so that it is whole or not there, list them, thin them out.
//!
//! The folder may be of a cloud service or on a stick: anybody may change what lies in it, and it may be gone.
//!
//! Never here: what is in a backup (`backup`).

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{BackupError, parse, prove, seal};
use crate::vault::Vault;
use crate::vault::file::{self, FileError};

/// End of a backup's name.
const ENDING: &str = "otb";
/// Begin of a backup's name.
const STEM: &str = "countersign-";
/// Most files of a folder that are looked at.
const MAX_FILES: usize = 4096;

/// A backup in a folder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    /// Where it lies.
    pub path: PathBuf,
    /// When it was made, in seconds since 1970; what the file says, or 0 if it is damaged.
    pub saved_at: u64,
    /// The save of the vault that is in it.
    pub generation: u64,
    /// The vault that it is of.
    pub vault_id: [u8; 16],
    /// Whether its checksum holds.
    pub is_whole: bool,
}

/// The backups in a folder, the newest first; damaged ones last.
///
/// # Errors
///
/// [`BackupError::File`] if the folder can't be read.
pub fn list(folder: &Path) -> Result<Vec<Found>, BackupError> {
    let listed = fs::read_dir(folder).map_err(FileError::from)?;
    let mut found: Vec<Found> = listed
        .take(MAX_FILES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
        .map(|path| {
            let header =
                file::read_bounded(&path).ok().and_then(|file| Some(parse(&file).ok()?.header));
            match header {
                Some(header) => Found {
                    path,
                    saved_at: u64::try_from(header.saved_at).unwrap_or(0),
                    generation: header.generation,
                    vault_id: header.vault_id,
                    is_whole: true,
                },
                None => {
                    Found { path, saved_at: 0, generation: 0, vault_id: [0; 16], is_whole: false }
                }
            }
        })
        .collect();
    found.sort_by(|a, b| {
        (b.is_whole, b.saved_at, b.generation, &b.path).cmp(&(
            a.is_whole,
            a.saved_at,
            a.generation,
            &a.path,
        ))
    });
    Ok(found)
}

/// Writes a backup, reads it again, and compares it with the vault entry by entry. Older ones of this vault
/// are thinned out: kept are the last five, one for each of seven days and of six months.
///
/// # Errors
///
/// A [`BackupError`]; then there is no new backup, and the others are as they were.
pub fn write(folder: &Path, vault: &Vault, now_ms: u64) -> Result<PathBuf, BackupError> {
    let bytes = seal(vault, now_ms)?;
    let path = folder.join(name(now_ms / 1000, vault.generation()));
    let mut random = [0; 8];
    getrandom::fill(&mut random).expect("the operating system has randomness");
    let new = folder.join(format!(".{STEM}{}.tmp", data_encoding::HEXLOWER.encode(&random)));
    let written = (|| -> Result<(), BackupError> {
        let mut file = file::create_new(&new).map_err(in_folder)?;
        file.write_all(&bytes).map_err(FileError::from)?;
        file.sync_all().map_err(FileError::from)?;
        drop(file);
        let again = file::read_bounded(&new)?;
        if again != bytes {
            return Err(FileError::Io(io::ErrorKind::Other).into());
        }
        prove(&again, vault)?;
        file::replace(&new, &path).map_err(in_folder)?;
        #[cfg(unix)]
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(in_folder)?;
        Ok(())
    })();
    if let Err(err) = written {
        let _ = fs::remove_file(&new);
        return Err(err);
    }
    sweep(folder, vault);
    Ok(path)
}

/// A folder that is not there is no missing backup.
fn in_folder(err: io::Error) -> FileError {
    match FileError::from(err) {
        FileError::Absent => FileError::Io(io::ErrorKind::NotFound),
        err => err,
    }
}

/// Removes this vault's backups beyond those that are kept, and what an interrupted write left. Failing to
/// is no error.
fn sweep(folder: &Path, vault: &Vault) {
    let Ok(found) = list(folder) else { return };
    let own: Vec<Found> = found
        .into_iter()
        .filter(|found| found.is_whole && found.vault_id == *vault.id())
        .filter(|found| {
            let name = found.path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(STEM)
        })
        .collect();
    let times: Vec<u64> = own.iter().map(|found| found.saved_at).collect();
    for (keep, found) in file::kept(&times).into_iter().zip(own) {
        if !keep {
            let _ = fs::remove_file(found.path);
        }
    }
    let stale = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let age = fs::metadata(path).ok().and_then(|about| about.modified().ok()?.elapsed().ok());
        name.starts_with(&format!(".{STEM}"))
            && name.ends_with(".tmp")
            && age.is_some_and(|age| 3600 < age.as_secs())
    };
    for entry in fs::read_dir(folder).into_iter().flatten().take(MAX_FILES).flatten() {
        if stale(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// `countersign-20261123-004500-57.otb`: when, in UTC, and which save.
fn name(now: u64, generation: u64) -> String {
    let (year, month, day) = date(now / 86_400);
    let second = now % 86_400;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!(
        "{STEM}{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}-{generation}.{ENDING}"
    )
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar.
pub fn date(days: u64) -> (u64, u64, u64) {
    // Years begin in March here, so that the leap day is the last; an era is 400 years.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
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
