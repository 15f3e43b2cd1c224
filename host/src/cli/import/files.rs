//! The files of an import, read within limits: files, folders (their files), standard input.
//!
//! Never here: what is in them.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::cli::{CliError, World};
use crate::disk::DiskError;
use crate::import::{self, ImportError, MAX_FILE, Source};
use crate::vault::format;

/// Most files of one import.
const MAX_FILES: usize = 256;

/// Contents with their names.
pub(crate) struct Files(Vec<(String, Zeroizing<Vec<u8>>)>);

impl Files {
    /// What an importer takes. Standard input has no name.
    pub(crate) fn sources(&self) -> Vec<Source<'_>> {
        self.0
            .iter()
            .map(|(name, bytes)| Source {
                name: (!name.is_empty()).then_some(name.as_str()),
                bytes,
            })
            .collect()
    }
}

impl Files {
    /// More than the error says: which of several files it is of, where a file of our own belongs, and that it was
    /// not of the format that was `forced`.
    pub(crate) fn hint(&self, error: ImportError, forced: Option<&str>) -> Option<String> {
        if error != ImportError::UnrecognisedFormat {
            return None;
        }
        let ours = self.0.iter().find(|(_, bytes)| format::is_ours(bytes));
        if let Some((name, _)) = ours {
            return Some(format!(
                "{name} is a vault or a backup of Countersign's own: a backup comes back with `countersign backup \
                 restore FILE`, a vault is opened with --vault FILE"
            ));
        }
        if let Some(format) = forced {
            return Some(format!(
                "this is not of the format {format}: without --format it is recognised by its content"
            ));
        }
        let foreign = |(name, bytes): &&(String, Zeroizing<Vec<u8>>)| {
            let read = import::read(bytes, Some(name), &import::Options::default());
            matches!(read, Err(ImportError::UnrecognisedFormat))
        };
        let several = (1 < self.0.len()).then(|| self.0.iter().find(foreign)).flatten();
        several.map(|(name, _)| format!("{name}: {error}"))
    }
}

/// Reads all of them, or says which could not be.
pub(crate) fn read_all(world: &mut World<'_>, paths: &[PathBuf]) -> Result<Files, CliError> {
    let mut files = Vec::new();
    let mut left = MAX_FILE;
    for path in paths {
        if path == Path::new("-") {
            let mut bytes = Zeroizing::new(Vec::new());
            let most = u64::try_from(left).expect("256 MiB") + 1;
            world.input.take(most).read_to_end(&mut bytes)?;
            left = left.checked_sub(bytes.len()).ok_or_else(too_much)?;
            files.push((String::new(), bytes));
        } else if path.is_dir() {
            let listed = fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
            let mut inside: Vec<PathBuf> = listed
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(|path| path.is_file())
                .collect();
            inside.sort();
            if MAX_FILES < inside.len() {
                return Err(too_much());
            }
            for path in inside {
                let bytes = read_within(&path, left)?;
                left -= bytes.len();
                files.push((name(&path), bytes));
            }
        } else {
            let bytes = read_within(path, left)?;
            left -= bytes.len();
            let log = log_of(path, &bytes).filter(|log| !paths.contains(log));
            files.push((name(path), bytes));
            if let Some(log) = log {
                let bytes = read_within(&log, left)?;
                left -= bytes.len();
                files.push((name(&log), bytes));
            }
        }
        if MAX_FILES < files.len() {
            return Err(too_much());
        }
    }
    Ok(Files(files))
}

/// What SQLite may keep beside a database: the newest accounts may be there alone.
fn log_of(path: &Path, bytes: &[u8]) -> Option<PathBuf> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = PathBuf::from(log);
    (import::is_database(bytes) && log.is_file()).then_some(log)
}

/// One file of at most [`MAX_FILE`] bytes. A pipe is read like a file; a device may never end.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CliError> {
    read_within(path, MAX_FILE)
}

/// The same, of at most `most` bytes.
fn read_within(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let about = file.metadata().map_err(|error| unreadable(path, &error))?;
    if is_device(about.file_type()) {
        return Err(CliError::Failed(format!("{}: {}", path.display(), DiskError::NotRegular)));
    }
    let max = u64::try_from(most).expect("256 MiB");
    if max < about.len() {
        return Err(too_much());
    }
    // With room for everything, so that no smaller buffer is left behind.
    let room = usize::try_from(about.len()).expect("at most 256 MiB") + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(max + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if most < bytes.len() {
        return Err(too_much());
    }
    Ok(bytes)
}

#[cfg(unix)]
fn is_device(kind: fs::FileType) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    kind.is_char_device() || kind.is_block_device()
}

#[cfg(not(unix))]
fn is_device(_: fs::FileType) -> bool {
    false
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn unreadable(path: &Path, error: &io::Error) -> CliError {
    let error = match error.kind() {
        io::ErrorKind::NotFound => DiskError::Absent,
        kind => DiskError::Io(kind),
    };
    CliError::Failed(format!("{}: {error}", path.display()))
}

fn too_much() -> CliError {
    CliError::Failed(ImportError::TooLarge.to_string())
}
