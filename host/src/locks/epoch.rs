//! The lock epoch: a file in the state directory whose change locks every host of the user.
//!
//! It holds 16 random bytes in hex and means nothing but "not the one before". A host remembers
//! what it wrote, so that its own bump does not lock it again a second later, when the person has
//! unlocked it. That it is another file, or of another time, is a change as well: one that root has made
//! can't be read, and on a full disk nothing can be written.
//!
//! It is looked at once a second and not watched with inotify, kqueue and ReadDirectoryChangesW:
//! three systems' code for one second. The cost is a wake-up per second and host.
//!
//! Never here: what locking is.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use data_encoding::HEXLOWER;

use crate::disk;
use crate::random;

/// The file's name.
const NAME: &str = "lock.epoch";
/// Length of what it holds; nothing beyond is read.
const LENGTH: usize = 32;

/// Makes every host of this user lock: for whoever is not one itself, `countersign lock`.
///
/// # Errors
///
/// The system's; then nobody has heard of it.
pub fn bump(dir: &Path) -> io::Result<()> {
    put(&dir.join(NAME), &generate())
}

/// The epoch as one host has seen it.
#[derive(Debug)]
pub(super) struct Epoch {
    path: PathBuf,
    /// `None`: there is no file.
    seen: Mutex<Option<Mark>>,
}

/// What tells an epoch from another one.
#[derive(Debug, Eq, PartialEq)]
struct Mark {
    /// What it holds, if that can be read.
    text: Option<Vec<u8>>,
    modified: Option<SystemTime>,
    /// Number of the file, where the system has such.
    file: u64,
}

impl Epoch {
    pub(super) fn new(dir: &Path) -> Self {
        let path = dir.join(NAME);
        if current(&path).is_none() {
            // When the disk is full, only what is there can be changed. Where it can't be made, a bump will say so.
            let _ = put(&path, &generate());
        }
        let seen = Mutex::new(current(&path));
        Self { path, seen }
    }

    /// Whether it is another one than last time. A file that was removed or can't be read any more
    /// counts: fail closed.
    pub(super) fn changed(&self) -> bool {
        // Locked before reading: a bump of our own is not between the two.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = current(&self.path);
        let changed = *seen != now;
        *seen = now;
        changed
    }

    pub(super) fn bump(&self) -> io::Result<()> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let epoch = generate();
        put(&self.path, &epoch)?;
        *seen = current(&self.path);
        Ok(())
    }
}

fn generate() -> String {
    HEXLOWER.encode(&random::bytes::<16>())
}

fn current(path: &Path) -> Option<Mark> {
    let about = path.symlink_metadata().ok()?;
    #[cfg(unix)]
    let file = std::os::unix::fs::MetadataExt::ino(&about);
    #[cfg(not(unix))]
    let file = 0;
    // A pipe that was put into its place since is not waited for.
    let text = disk::read_start(path, LENGTH).map(|(text, _)| text).ok();
    Some(Mark { text, modified: about.modified().ok(), file })
}

/// Whole or not at all, readable for nobody else: of root's the others see that it is another file. It need not
/// survive a power cut: the hosts don't.
fn put(path: &Path, epoch: &str) -> io::Result<()> {
    let new = path.with_file_name(format!("{NAME}.{epoch}"));
    let Err(error) = write(&new, epoch).and_then(|()| fs::rename(&new, path)) else {
        return Ok(());
    };
    // It may not even be there.
    let _ = fs::remove_file(&new);
    // No room for another file, or none may be made here: the one that is there gets another time, or goes.
    touch(path).or_else(|_| fs::remove_file(path)).map_err(|_| error)
}

fn write(path: &Path, epoch: &str) -> io::Result<()> {
    // On a full disk it stays empty, and is another one all the same.
    let _ = disk::create_new(path)?.write_all(epoch.as_bytes());
    Ok(())
}

#[cfg(unix)]
fn touch(path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, utimensat};

    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let both = Timestamps { last_access: now, last_modification: now };
    Ok(utimensat(CWD, path, &both, AtFlags::SYMLINK_NOFOLLOW)?)
}

#[cfg(not(unix))]
fn touch(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bump_is_seen_once_by_each_other_host() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (Epoch::new(dir.path()), Epoch::new(dir.path()));
        assert!(!first.changed() && !second.changed());
        first.bump().unwrap();
        assert!(!first.changed(), "its own bump is no news to it");
        assert!(second.changed());
        assert!(!second.changed());
        bump(dir.path()).unwrap();
        assert!(first.changed() && second.changed());
        assert!(!first.changed() && !second.changed());
    }

    #[test]
    fn a_host_that_starts_later_is_not_told_of_what_was_before() {
        let dir = tempfile::tempdir().unwrap();
        bump(dir.path()).unwrap();
        assert!(!Epoch::new(dir.path()).changed());
    }

    #[test]
    fn a_removed_epoch_is_a_change() {
        let dir = tempfile::tempdir().unwrap();
        bump(dir.path()).unwrap();
        let epoch = Epoch::new(dir.path());
        fs::remove_file(dir.path().join(NAME)).unwrap();
        assert!(epoch.changed());
        assert!(!epoch.changed());
    }

    #[test]
    fn nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        bump(dir.path()).unwrap();
        bump(dir.path()).unwrap();
        let names: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [NAME]);
    }

    #[cfg(unix)]
    #[test]
    fn whatever_lies_in_its_place_is_changed_by_a_bump_and_holds_nobody_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        // A folder can't be replaced by a file; a pipe would be waited for by whoever reads it.
        fs::create_dir(&path).unwrap();
        let epoch = Epoch::new(dir.path());
        // As long as the clock of files needs to go on.
        std::thread::sleep(std::time::Duration::from_millis(20));
        bump(dir.path()).unwrap();
        assert!(epoch.changed() && path.is_dir());
        fs::remove_dir(&path).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert!(epoch.changed() && !epoch.changed());
        bump(dir.path()).unwrap();
        assert!(epoch.changed() && path.is_file());
    }

    #[cfg(unix)]
    #[test]
    fn one_that_cannot_be_read_is_another_one_all_the_same() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        // Root may read anything, so what is read is the same each time.
        fs::write(&path, "the same").unwrap();
        let epoch = Epoch::new(dir.path());
        let new = dir.path().join("new");
        fs::write(&new, "the same").unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o000)).unwrap();
        fs::rename(&new, &path).unwrap();
        assert!(epoch.changed());
        assert!(!epoch.changed());
    }

    #[test]
    fn without_a_directory_a_bump_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(bump(&dir.path().join("none")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        bump(dir.path()).unwrap();
        let mode = fs::metadata(dir.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
