//! Who may change a program that browsers start, or put another in its place: they have the master password at
//! the next unlock.
//!
//! Never here: what it does.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::install::manifest::others_may_write;

/// For whom a program is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum For {
    /// All users of the machine: it, and every folder above it, has to be root's, and nobody else may write there.
    All,
    /// One user: no mode lets everybody write to it, or to a folder above it. Whose a folder is does not count:
    /// in a container the system's own may seem to be nobody's.
    Oneself,
}

/// A file or folder by which somebody else could change a program.
#[derive(Debug, Eq, PartialEq)]
pub struct Loose {
    /// Which.
    pub spot: PathBuf,
    /// Its mode, where that is what is wrong.
    pub mode: Option<u32>,
}

impl fmt::Display for Loose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spot = self.spot.display();
        match self.mode {
            Some(mode) => write!(f, "other users may change {spot} (mode {mode:o})"),
            None => write!(f, "{spot} does not belong to root"),
        }
    }
}

/// The first spot, from the program upwards, by which somebody could change it who shouldn't; `None` where there
/// are no modes (Windows), or no such file.
pub fn loose(program: &Path, whose: For) -> Option<Loose> {
    program.ancestors().find_map(|spot| {
        let wrong = |mode| Some(Loose { spot: spot.to_owned(), mode });
        if let Some(mode) = others_may_write(spot) {
            return wrong(Some(mode));
        }
        if whose == For::All { not_roots(spot).and_then(wrong) } else { None }
    })
}

/// Whether this belongs to another user than root, or, with its mode, may be changed by another group than root's.
#[cfg(unix)]
fn not_roots(spot: &Path) -> Option<Option<u32>> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(spot).ok()?;
    let mode = metadata.mode() & 0o7777;
    if metadata.uid() != 0 {
        return Some(None);
    }
    // A sticky folder's files are their owners', and what lies in it here is root's.
    (mode & 0o1020 == 0o020 && metadata.gid() != 0).then_some(Some(mode))
}

#[cfg(not(unix))]
fn not_roots(_: &Path) -> Option<Option<u32>> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, chown};

    use super::*;

    #[test]
    fn every_folder_above_a_program_counts() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        let program = top.join("a/b/countersign");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(&program, "").unwrap();
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        for spot in [&top.join("a"), &top.join("a/b")] {
            mode(spot, 0o755);
        }
        mode(&program, 0o755);
        assert_eq!(loose(&program, For::Oneself), None);
        for spot in [&top.join("a"), &top.join("a/b"), &program] {
            mode(spot, 0o757);
            for whose in [For::Oneself, For::All] {
                let found = loose(&program, whose).unwrap();
                let all = whose == For::All && !is_root();
                assert!(all || (&found.spot, found.mode) == (spot, Some(0o757)), "{found}");
            }
            mode(spot, 0o755);
        }
        if !is_root() {
            // What is one's own is not everybody's.
            assert_eq!(loose(&program, For::All), Some(Loose { spot: program, mode: None }));
            return;
        }
        assert_eq!(loose(&program, For::All), None);
        for spot in [&top.join("a"), &top.join("a/b"), &program] {
            chown(spot, Some(65_534), None).unwrap();
            let found = loose(&program, For::All).unwrap();
            assert_eq!(found, Loose { spot: spot.clone(), mode: None });
            assert_eq!(loose(&program, For::Oneself), None);
            chown(spot, Some(0), Some(65_534)).unwrap();
            mode(spot, 0o775);
            assert_eq!(loose(&program, For::All).unwrap().mode, Some(0o775));
            // root's own group is root.
            chown(spot, None, Some(0)).unwrap();
            assert_eq!(loose(&program, For::All), None);
            mode(spot, 0o755);
        }
    }

    fn is_root() -> bool {
        rustix::process::geteuid().is_root()
    }
}
