//! The lock epoch: a file in the state directory whose change locks every host of the user.
//!
//! It holds 16 random bytes in hex and means nothing but "not the one before". A host remembers
//! what it wrote, so that its own bump does not lock it again a second later, when the person has
//! unlocked it.
//!
//! It is looked at once a second and not watched with inotify, kqueue and ReadDirectoryChangesW:
//! three systems' code for one second. The cost is a wake-up per second and host.
//!
//! Never here: what locking is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;

/// The file's name.
const NAME: &str = "lock.epoch";
/// Length of what it holds; nothing beyond is read.
const LENGTH: u64 = 32;

/// Makes every host of this user lock: for whoever is not one itself, `countersign lock`.
pub fn bump(dir: &Path) -> io::Result<()> {
    put(&dir.join(NAME), &generate())
}

/// The epoch as one host has seen it.
#[derive(Debug)]
pub(super) struct Epoch {
    path: PathBuf,
    /// `None`: there is no file, or it can't be read.
    seen: Mutex<Option<String>>,
}

impl Epoch {
    pub(super) fn new(dir: &Path) -> Self {
        let path = dir.join(NAME);
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
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    HEXLOWER.encode(&bytes)
}

fn current(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(LENGTH).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Whole or not at all, readable for nobody else. It need not survive a power cut: the hosts don't.
fn put(path: &Path, epoch: &str) -> io::Result<()> {
    let new = path.with_file_name(format!("{NAME}.{epoch}"));
    let written = write(&new, epoch).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&new);
        // A full disk must not keep anything open: that the file is gone is a change as well.
        return fs::remove_file(path);
    }
    written
}

fn write(path: &Path, epoch: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(epoch.as_bytes())
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
