//! Setting them up, and then not thinking of them.
//!
//! Never here: bringing one back (`restore`).

use std::fs;

use crate::said::{home_with, say, with_input};
use crate::{ALICE, BACKUPS, BOB, files, folder, set_up};

#[test]
fn after_the_password_was_set_each_change_makes_one() {
    let home = home_with(&[ALICE]);
    let folder = set_up(&home);
    assert_eq!(files(&folder).len(), 1);
    say(&home, &["list"], &[]).done();
    assert_eq!(files(&folder).len(), 1, "nothing has changed");
    say(&home, &["add", "-"], &[BOB]).done();
    assert_eq!(files(&folder).len(), 2);
    for n in 0..8 {
        say(&home, &["edit", "bob", "--note", &n.to_string()], &[]).done();
    }
    // All of one day: the last five, and of the day before, should it be midnight.
    assert!((5..=6).contains(&files(&folder).len()), "{:?}", files(&folder));
    let json = say(&home, &["backup", "list", "--json"], &[]).json();
    assert!(json["proven_at"].is_number() && json["failed_at"].is_null(), "{json}");
    assert_eq!(json["remind"], false);
    assert!(json["backups"].as_array().unwrap().iter().all(|backup| backup["whole"] == true));
    let said = say(&home, &["backup", "list"], &[]).done();
    assert!(said.out.contains("last proved to restore: 20"), "{}", said.out);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for file in files(&folder) {
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}

#[test]
fn a_day_later_there_is_one_more_though_nothing_has_changed() {
    let home = home_with(&[ALICE]);
    let folder = set_up(&home);
    // The last one is taken away; to the vault it is as if there had been none today.
    fs::remove_file(&files(&folder)[0]).unwrap();
    say(&home, &["list"], &[]).done();
    assert_eq!(files(&folder).len(), 1);
}

#[test]
fn a_folder_that_is_gone_keeps_nobody_from_a_change_and_is_told_of() {
    let home = home_with(&[ALICE]);
    let folder = set_up(&home);
    fs::remove_dir_all(&folder).unwrap();
    let said = say(&home, &["add", "-"], &[BOB]).done();
    assert!(said.err.contains("no backup could be made"), "{}", said.err);
    fs::create_dir(&folder).unwrap();
    let said = say(&home, &["list"], &[]).done();
    assert!(said.out.contains("bob") && said.err.is_empty(), "{}", said.err);
    assert_eq!(files(&folder).len(), 1);
    say(&home, &["backup", "folder", "--none"], &[]).done();
    say(&home, &["edit", "bob", "--note", "x"], &[]).done();
    assert_eq!(files(&folder).len(), 1);
    say(&home, &["backup", "now"], &[]).refused(1, "no folder was chosen");
}

#[test]
fn what_is_missing_is_named() {
    let home = home_with(&[ALICE]);
    let folder = folder(&home);
    say(&home, &["backup", "now"], &[]).refused(1, "no folder was chosen");
    say(&home, &["backup", "folder", &folder], &[]).refused(1, "no backups password yet");
    say(&home, &["backup", "set-password"], &["password1"]).refused(1, "too weak");
    // One password for both would make one leak two.
    let master = crate::said::PASSWORD;
    say(&home, &["backup", "set-password"], &[master]).refused(1, "this is the master password");
    assert!(files(&folder).is_empty());
    let set = ["backup", "set-password", "--folder", "/nowhere"];
    say(&home, &set, &[BACKUPS]).refused(1, "there is no folder /nowhere");
    with_input(&home, &["backup", "now", "--password-stdin"], "wrong\n")
        .refused(3, "wrong master password");
}

#[test]
fn neither_password_opens_the_others_file() {
    let home = home_with(&[ALICE]);
    let folder = set_up(&home);
    let file = files(&folder)[0].to_str().unwrap().to_owned();
    let verify = ["backup", "verify", &file, "--password-stdin"];
    let said = with_input(&home, &verify, &format!("{BACKUPS}\n")).done();
    assert!(said.out.contains("restores: 1 account"), "{}", said.out);
    let master = format!("{}\n", crate::said::PASSWORD);
    with_input(&home, &verify, &master).refused(1, "wrong backups password");
    with_input(&home, &["list", "--password-stdin"], &format!("{BACKUPS}\n"))
        .refused(3, "wrong master password");
    with_input(&home, &["list", "--password-stdin", "--vault", &file], &format!("{BACKUPS}\n"))
        .refused(1, "damaged");
    let vault = home.vault();
    let verify = ["backup", "verify", vault.to_str().unwrap(), "--password-stdin"];
    with_input(&home, &verify, &master).refused(1, "this is not a backup made by Countersign");
}
