//! Files that are not what was asked for: the sentence names what the file should be, and is true of it.
//!
//! Never here: files of the right kind with the wrong things in them (`backup`, `import`).

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use crate::said::{bare, home, home_with, say};

/// Longer than a vault or a backup may be.
const LONG: u64 = 17 * 1024 * 1024;

fn long(path: &Path) {
    File::create(path).unwrap().set_len(LONG).unwrap();
}

#[cfg(unix)]
fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn no_backup() {
    let home = home();
    let [absent, lengthy, fifo] = ["absent", "long", "pipe"].map(|name| home.path().join(name));
    long(&lengthy);
    pipe(&fifo);
    for (path, words) in [
        (&absent, "absent: there is no such backup\n"),
        (&lengthy, "long: the file is too long to be a backup\n"),
        (&fifo, "pipe: the backup is not a regular file\n"),
    ] {
        bare(&home, &["backup", "verify", path.to_str().unwrap()]).refused(1, words);
    }
}

#[test]
fn no_folder_of_backups() {
    let home = home_with(&[]);
    let folder = home.path().join("backups");
    fs::create_dir(&folder).unwrap();
    say(&home, &["backup", "folder", folder.to_str().unwrap()], &[])
        .refused(1, "no backups password");
    fs::remove_dir(&folder).unwrap();
    say(&home, &["backup", "list"], &[]).refused(1, ": there is no such folder of backups\n");
}

#[test]
fn no_export() {
    let home = home_with(&["otpauth://totp/A:a?secret=JBSWY3DPEHPK3PXP"]);
    let (there, gone) = (home.path().join("there"), home.path().join("gone/file"));
    fs::write(&there, "mine").unwrap();
    let [there_name, gone] = [&there, &gone].map(|path| path.to_str().unwrap());
    let words = ": there is a file of this name already: --force overwrites it\n";
    say(&home, &["export", "--format", "otpauth", there_name], &[]).refused(1, words);
    assert_eq!(fs::read(&there).unwrap(), b"mine");
    let words = ": the file could not be read or written: entity not found\n";
    say(&home, &["export", "--format", "otpauth", gone], &[]).refused(1, words);
    say(&home, &["export", "--format", "otpauth", gone, "--force"], &[]).refused(1, words);
}

#[test]
fn no_import() {
    let home = home_with(&[]);
    let absent = home.path().join("absent");
    let refused = say(&home, &["import", absent.to_str().unwrap()], &[]);
    refused.refused(1, "absent: there is no such file\n");
}

#[cfg(unix)]
#[test]
fn no_vault() {
    let home = home_with(&["otpauth://totp/A:a?secret=JBSWY3DPEHPK3PXP"]);
    let doctor = |words: &str| {
        let said = bare(&home, &["doctor"]);
        assert!(said.status == 1 && said.out.contains(words), "{}", said.out);
    };
    long(&home.vault());
    doctor(" is damaged: the file is too long to be a vault\n");
    doctor("an earlier save is whole (number 1)");
    fs::remove_file(home.vault()).unwrap();
    pipe(&home.vault());
    doctor(": the vault is not a regular file\n");
    say(&home, &["list"], &[]).refused(1, "see `countersign doctor`");
}
