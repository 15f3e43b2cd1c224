//! Which hosts of this user run now, and which browser started each: a file for each of them, locked for as long as
//! its process lives. The name says all, so that nobody needs to read what another holds locked.
//!
//! Never here: what they do.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The folder beside the vault.
const FOLDER: &str = "running";

/// A host's own file, which goes with it.
#[derive(Debug)]
pub struct Sign {
    path: PathBuf,
    _held: File,
}

/// A host that runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Running {
    /// Its process.
    pub id: u32,
    /// Name of the browser that started it, as in the table of browsers; empty if that is not known.
    pub browser: String,
}

impl Sign {
    /// Says in `dir` that this process is a host of this browser. Of a file that its owner did not take away, because it was
    /// killed for instance, the lock is gone with it.
    ///
    /// # Errors
    ///
    /// If nothing can be written there. Nothing but the list of browsers depends on it.
    pub fn hang(dir: &Path, browser: &str) -> io::Result<Self> {
        let folder = dir.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let id = std::process::id();
        // Locked before it has its name, or somebody would take it for one that was left behind.
        let fresh = folder.join(format!(".{id}"));
        let held = File::create(&fresh)?;
        held.lock()?;
        let path = folder.join(format!("{id}.{browser}"));
        fs::rename(&fresh, &path)?;
        Ok(Self { path, _held: held })
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        // One that stays is known by its lock.
        let _ = fs::remove_file(&self.path);
    }
}

/// Every host that runs, and away with what others left behind.
pub fn all(dir: &Path) -> Vec<Running> {
    let Ok(items) = fs::read_dir(dir.join(FOLDER)) else { return Vec::new() };
    let mut all = Vec::new();
    for item in items.flatten() {
        let name = item.file_name();
        let Some((id, browser)) = name.to_str().and_then(|name| name.split_once('.')) else {
            continue;
        };
        let Ok(id) = id.parse() else { continue };
        let Ok(file) = File::options().append(true).open(item.path()) else { continue };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                all.push(Running { id, browser: browser.to_owned() });
            }
            Ok(()) => drop(fs::remove_file(item.path())),
            Err(TryLockError::Error(_)) => {}
        }
    }
    all.sort_by_key(|running| running.id);
    all
}

/// The program that started this one, where the system says so.
pub fn starter() -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    {
        fs::read_link(format!("/proc/{}/exe", std::os::unix::process::parent_id())).ok()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_seen_while_it_runs_and_what_it_left_behind_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(all(folder.path()), []);
        let sign = Sign::hang(folder.path(), "chromium").unwrap();
        let own = Running { id: std::process::id(), browser: "chromium".into() };
        assert_eq!(all(folder.path()), [own]);
        let left = folder.path().join("running/7.firefox");
        fs::write(&left, "").unwrap();
        fs::write(folder.path().join("running/notes.txt"), "").unwrap();
        assert_eq!(all(folder.path()).len(), 1);
        assert!(!left.exists());
        drop(sign);
        assert_eq!(all(folder.path()), []);
        assert!(folder.path().join("running/notes.txt").exists(), "not one of ours");
    }
}
