//! Step four: the vault's folder and file, as far as they can be judged without a password.
//!
//! Never here: opening it.

use std::fs;
use std::path::Path;

use crate::disk::DiskError;
use crate::doctor::Check;
use crate::install::places::Places;
use crate::vault::file::{FileError, Store};
use crate::vault::format::FormatError;

/// Less room than this, and a save may fail.
#[cfg(unix)]
const ROOM: u64 = 16 * 1024 * 1024;

pub(super) fn examine(places: &Places) -> Vec<Check> {
    let vault = places.vault.as_path();
    let Some(folder) = vault.parent() else {
        return vec![Check::bad("vault", "the vault has no folder", "name a file with --vault")];
    };
    let mut checks = Vec::new();
    if folder.is_dir() {
        checks.push(privacy(folder, vault));
    }
    checks.push(state(vault));
    checks.extend(room(folder));
    checks
}

fn privacy(folder: &Path, vault: &Path) -> Check {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for (path, allowed, right) in [(folder, 0o755, 0o700), (vault, 0o600, 0o600)] {
            let Ok(metadata) = fs::metadata(path) else { continue };
            let mode = metadata.permissions().mode() & 0o777;
            if mode & !allowed != 0 {
                let path = path.display();
                let finding = format!("other users may reach {path} (mode {mode:o})");
                return Check::bad("vault_folder", finding, format!("chmod {right:o} {path}"));
            }
        }
    }
    #[cfg(not(unix))]
    let _ = vault;
    match fs::metadata(folder).map(|metadata| metadata.permissions().readonly()) {
        Ok(false) => Check::good("vault_folder", format!("{} is yours", folder.display())),
        _ => Check::bad(
            "vault_folder",
            format!("{} cannot be written to", folder.display()),
            "give yourself the right to write there",
        ),
    }
}

fn state(vault: &Path) -> Check {
    let path = vault.display();
    let store = Store::new(vault);
    match store.read() {
        Ok(sealed) => {
            let generation = sealed.header.generation;
            Check::good("vault", format!("{path} is whole (save {generation}), and locked"))
        }
        Err(FileError::Absent) if !store.generations().is_empty() => Check::bad(
            "vault",
            format!("{path} is gone, and earlier saves of it are there"),
            format!(
                "the popup or `countersign revert` puts the newest back; to begin anew, move {path}.NUMBER away"
            ),
        ),
        Err(FileError::Absent) => Check::unknown(
            "vault",
            format!("there is no vault yet at {path}: the popup or `countersign init` makes one"),
        ),
        Err(FileError::Format(FormatError::Newer)) => Check::bad(
            "vault",
            format!("{path} was made by a newer version; it is left as it is"),
            "install that version here, too",
        ),
        Err(error @ (FileError::Disk(DiskError::TooLong) | FileError::Format(_))) => {
            let remedy = match store.generations().first() {
                Some(whole) => format!(
                    "an earlier save is whole (number {}): the popup or `countersign revert` puts it back, and keeps \
                     the damaged file",
                    whole.generation
                ),
                None => "no earlier save is whole: put a backup in its place".to_owned(),
            };
            Check::bad("vault", format!("{path} is damaged: {error}"), remedy)
        }
        Err(error) => Check::bad(
            "vault",
            format!("{path}: {error}"),
            "see who owns the file, and whether the disk is mounted and sound",
        ),
    }
}

/// Room on the disk, where the system tells.
fn room(folder: &Path) -> Option<Check> {
    #[cfg(unix)]
    {
        let there = folder.ancestors().find(|folder| folder.is_dir())?;
        let disk = rustix::fs::statvfs(there).ok()?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let shown = format!("{} MiB are free on the vault's disk", free / (1024 * 1024));
        Some(match free < ROOM {
            true => Check::bad("disk", shown, "make room: a save needs twice the vault's size"),
            false => Check::good("disk", shown),
        })
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Health;

    #[test]
    fn a_vault_that_is_not_there_is_no_failure_and_a_damaged_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let vault = folder.path().join("vault.otv");
        assert_eq!(state(&vault).health, Health::Unknown);
        fs::write(&vault, "OTPVLT01 and then nothing").unwrap();
        let check = state(&vault);
        assert_eq!(check.health, Health::Bad);
        assert!(check.remedy.unwrap().starts_with("no earlier save is whole"));
    }

    #[cfg(unix)]
    #[test]
    fn a_vault_that_others_may_read_is_told() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let vault = folder.path().join("vault.otv");
        fs::write(&vault, "").unwrap();
        fs::set_permissions(&vault, fs::Permissions::from_mode(0o644)).unwrap();
        let check = privacy(folder.path(), &vault);
        assert!(check.remedy.unwrap().starts_with("chmod 600 "));
        fs::set_permissions(&vault, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(privacy(folder.path(), &vault).health, Health::Good);
    }
}
