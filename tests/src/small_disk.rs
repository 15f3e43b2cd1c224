//! A disk that can be filled up: a file system in memory, as small as a test wants it.
//!
//! Never here: what is written to it.

use std::path::Path;
use std::process::Command;

use crate::skip::skip;

/// See the module; unmounted when it is dropped.
#[derive(Debug)]
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// With eight megabytes. `None`, and a line that says so, where only others may mount.
    pub fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m,mode=700", "faults"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(folder)),
            _ => {
                skip("no tmpfs can be mounted here (it takes root)");
                None
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Mounts it again with other options; whether that could be done.
    pub fn remount(&self, options: &str) -> bool {
        let mut command = Command::new("mount");
        command.args(["-o", &format!("remount,{options}")]).arg(self.0.path());
        command.output().is_ok_and(|output| output.status.success())
    }

    /// What lies on it, in KiB; `None` where nobody can tell.
    pub fn used_kib(&self) -> Option<u64> {
        let output = Command::new("df").arg("--output=used").arg(self.0.path()).output().ok()?;
        String::from_utf8(output.stdout).ok()?.lines().nth(1)?.trim().parse().ok()
    }

    /// Leaves room for so many KiB more; whether that could be done.
    pub fn leave(&self, room: u64) -> bool {
        // 0 would be no limit at all.
        self.used_kib().is_some_and(|used| self.remount(&format!("size={}k", (used + room).max(4))))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}
