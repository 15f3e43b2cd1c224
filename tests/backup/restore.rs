//! Bringing a backup back: on a new machine, into a vault that went on, and what is refused.
//!
//! Never here: how one comes about (`automatic`).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tests::home::Home;
use tests::process::find;
use tests::skip::skip;
use tests::small_disk::SmallDisk;

use crate::said::{PASSWORD, home, home_with, say, with_input};
use crate::{ALICE, BACKUPS, BOB, files, labels, set_up};

/// Every file beside the vault, with its bytes.
fn vault_files(home: &Home) -> BTreeMap<PathBuf, Vec<u8>> {
    let folder = home.vault();
    fs::read_dir(folder.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

#[test]
fn on_a_new_machine_everything_is_there_again() {
    let old = home_with(&[ALICE, BOB]);
    say(&old, &["edit", "bob", "--note", "mine", "--tags", "a,b", "--favourite", "yes"], &[])
        .done();
    let folder = set_up(&old);

    let new = home();
    let said = say(&new, &["backup", "restore", &folder, "--dry-run"], &[BACKUPS]).done();
    assert_eq!(said.out, "in the backup: 2 new\n");
    assert!(!new.vault().exists());
    let said = say(&new, &["backup", "restore", &folder], &[BACKUPS]).done();
    assert_eq!(said.out, "restored: 2 new\n");
    // With one save: nothing is left of an empty vault, which would stay where the disk is full.
    assert!(!new.vault().with_extension("otv.1").exists());
    let all = |home: &Home| say(home, &["list", "--json"], &[]).json();
    assert_eq!(all(&old), all(&new));
    // Its master password is the new machine's; where its backups go is for the new machine to say.
    say(&new, &["backup", "now"], &[]).refused(1, "no folder was chosen");
    say(&new, &["backup", "restore", "/nowhere"], &[])
        .refused(1, "/nowhere: there is no such backup");
    say(&home(), &["backup", "restore"], &[]).refused(1, "name the backup");
}

#[test]
fn an_older_backup_is_never_taken_in_silence() {
    let home = home_with(&[ALICE]);
    let folder = set_up(&home);
    std::thread::sleep(std::time::Duration::from_secs(1));
    say(&home, &["add", "-"], &[BOB]).done();
    let all = files(&folder);
    let name = |n: usize| all[n].file_name().unwrap().to_str().unwrap().to_owned();
    let note = || -> Value {
        let note = fs::read(home.vault().with_extension("otv.backups")).unwrap();
        serde_json::from_slice(&note).unwrap()
    };
    let whole = fs::read(&all[1]).unwrap();
    let mut flipped = whole.clone();
    flipped[300] ^= 1;
    // Cut off, so that its header is none; damaged behind it; empty.
    for damaged in [&whole[..whole.len() - 9], &flipped, &[]] {
        // Whoever opens the vault makes a new one at once, which is then the newest.
        let spoil = || {
            for made in files(&folder).iter().filter(|made| **made != all[0]) {
                fs::remove_file(made).unwrap();
            }
            fs::write(&all[1], damaged).unwrap();
        };
        let typed = || note()["typed_at"].clone();
        let before = typed();
        for line in
            [&["backup", "verify"][..], &["backup", "restore"], &["backup", "restore", &folder]]
        {
            spoil();
            let said = say(&home, line, &[BACKUPS]).done();
            let passed = format!("{} is newer, and damaged", name(1));
            assert!(said.err.contains(&passed) && said.err.contains(&name(0)), "{}", said.err);
            assert!(said.err.contains("countersign: the backup of 20"), "{}", said.err);
        }
        assert_eq!(typed(), before, "an older one proves nothing of the newest");
        spoil();
        let json = say(&home, &["backup", "verify", "--json"], &[BACKUPS]).json();
        assert_eq!(json["damaged"], serde_json::json!([name(1)]));
        assert!(json["file"].as_str().unwrap().ends_with(&name(0)));
    }
    for made in files(&folder).iter().filter(|made| **made != all[0]) {
        fs::remove_file(made).unwrap();
    }
    fs::write(&all[1], &whole).unwrap();
    let said = say(&home, &["backup", "verify"], &[BACKUPS]).done();
    assert!(said.err.contains(&name(1)) && !said.err.contains("damaged"), "{}", said.err);
}

#[test]
fn the_master_password_is_never_the_one_of_the_backups() {
    let old = home_with(&[ALICE]);
    let folder = set_up(&old);
    let input = |lines: &[&str]| lines.join("\n") + "\n";
    let line = ["backup", "set-password", "--password-stdin"];
    with_input(&old, &line, &input(&[PASSWORD, PASSWORD]))
        .refused(1, "this is the master password");
    let line = ["passwd", "--password-stdin"];
    with_input(&old, &line, &input(&[PASSWORD, BACKUPS]))
        .refused(1, "this is the backups password");
    let new = home();
    let line = ["backup", "restore", &folder, "--password-stdin"];
    with_input(&new, &line, &input(&[BACKUPS, BACKUPS])).refused(1, "this is the backups password");
    assert!(!new.vault().exists());
}

#[test]
fn into_a_vault_that_went_on_only_what_it_lacks_comes() {
    let home = home_with(&[ALICE, BOB]);
    set_up(&home);
    say(&home, &["edit", "alice", "--label", "alicia"], &[]).done();
    for verb in [&["remove", "bob"][..], &["remove", "--forever", "bob"]] {
        say(&home, verb, &[]).done();
    }
    let first = files(home.path().join("backups").to_str().unwrap())[0].clone();
    // It grows old in its folder, and goes.
    let kept = home.path().join("kept.otb");
    fs::copy(first, &kept).unwrap();
    let first = kept.to_str().unwrap();
    let restore = |flags: &[&str]| {
        let line = [&["backup", "restore", first, "--json"], flags].concat();
        say(&home, &line, &[BACKUPS]).json()
    };
    let before = vault_files(&home);
    let json = restore(&["--dry-run"]);
    assert_eq!((&json["restored"], &json["accounts"]["gone"]), (&false.into(), &1.into()));
    assert_eq!(json["accounts"]["older"], 1);
    assert!(before == vault_files(&home), "a dry run has touched the vault's files");

    let json = restore(&[]);
    assert_eq!((&json["restored"], &json["accounts"]["new"]), (&true.into(), &0.into()));
    assert_eq!(labels(&home), ["alicia"]);
    // The vault as it was before lies beside it.
    let earlier = |home: &Home| {
        let names = fs::read_dir(home.vault().parent().unwrap()).unwrap();
        names
            .filter(|name| {
                let name = name.as_ref().unwrap().file_name().to_string_lossy().into_owned();
                name.strip_prefix("vault.otv.")
                    .is_some_and(|end| end.bytes().all(|b| b.is_ascii_digit()))
            })
            .count()
    };
    assert_ne!(earlier(&home), 0);
    restore(&["--deleted"]);
    assert_eq!(labels(&home), ["bob", "alicia"]);
    // Once.
    restore(&["--deleted"]);
    assert_eq!(labels(&home), ["bob", "alicia"]);
}

#[test]
fn what_is_wrong_is_told_apart_and_leaves_the_vault_as_it_was() {
    let home = home_with(&[ALICE]);
    let folder = set_up(&home);
    let file = files(&folder)[0].clone();
    let whole = fs::read(&file).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut newer = whole.clone();
    newer[8] = 2;
    repair(&mut newer);
    let mut changed = whole.clone();
    changed[300] ^= 1;
    repair(&mut changed);
    let rows = [
        (file.to_str().unwrap().to_owned(), "not the backups password", "wrong backups password"),
        (write("cut.otb", &whole[..whole.len() - 7]), BACKUPS, "damaged or incomplete"),
        (write("letter.otb", &[b'x'; 5000]), BACKUPS, "not a backup made by Countersign"),
        (write("empty.otb", &[]), BACKUPS, "not a backup made by Countersign"),
        (write("newer.otb", &newer), BACKUPS, "newer version"),
        (write("changed.otb", &changed), BACKUPS, "changed"),
        (home.vault().to_str().unwrap().to_owned(), BACKUPS, "not a backup made by Countersign"),
    ];
    let before = vault_files(&home);
    for (path, password, words) in &rows {
        say(&home, &["backup", "restore", path], &[password]).refused(1, words);
    }
    let line = ["backup", "restore", &rows[0].0, "--password-stdin"];
    with_input(&home, &line, &format!("wrong\n{BACKUPS}\n")).refused(3, "wrong master password");
    assert!(before == vault_files(&home), "a refused restore has touched the vault's files");
}

#[test]
fn a_restore_on_a_full_disk_is_told_and_the_vault_stays_as_it_was() {
    let Some(disk) = SmallDisk::mount() else { return };
    let old = home_with(&[ALICE, BOB]);
    let folder = set_up(&old);
    let backup = files(&folder)[0].to_str().unwrap().to_owned();
    say(&old, &["remove", "bob"], &[]).done();
    say(&old, &["remove", "--forever", "bob"], &[]).done();

    let place = disk.path().join("vault.otv");
    let restore = |flags: &[&str]| {
        let line = ["--vault", place.to_str().unwrap(), "backup", "restore", &backup];
        let line = [&line[..], &["--password-stdin"], flags].concat();
        with_input(&old, &line, &format!("{PASSWORD}\n{BACKUPS}\n"))
    };
    let lies_there = || -> BTreeMap<PathBuf, Vec<u8>> {
        let listed = fs::read_dir(disk.path()).unwrap().map(|entry| entry.unwrap().path());
        listed
            // But what processes wait for each other by, which is empty, and this machine's name.
            .filter(|path| {
                let end = path.extension().unwrap_or_default();
                !["lock", "turn", "device"].iter().any(|it| end == *it)
            })
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect()
    };
    // Into a vault that is there; and onto a new machine, of which nothing is left but the message.
    let mut refused = 0;
    for is_there in [true, false] {
        for room in [0, 4, 200] {
            for made in lies_there().into_keys() {
                fs::remove_file(made).unwrap();
            }
            if is_there {
                fs::copy(old.vault(), &place).unwrap();
            }
            let before = lies_there();
            assert!(disk.leave(room));
            let said = restore(&["--deleted"]);
            assert!(disk.remount("size=8m"));
            if said.status == 0 {
                assert_eq!(room, 200, "{}", said.out);
                continue;
            }
            refused += 1;
            said.refused(1, "the disk is full");
            let sizes = |files: &BTreeMap<PathBuf, Vec<u8>>| -> Vec<(PathBuf, usize)> {
                files.iter().map(|(path, bytes)| (path.clone(), bytes.len())).collect()
            };
            let after = lies_there();
            assert!(before == after, "with {room} KiB: {:?}", sizes(&after));
            // Once there is room, the same restores.
            restore(&["--deleted"]).done();
        }
        let line = ["--vault", place.to_str().unwrap(), "list", "--json", "--password-stdin"];
        let json = with_input(&old, &line, &format!("{PASSWORD}\n")).json();
        assert_eq!(json["accounts"].as_array().unwrap().len(), 2);
    }
    assert_eq!(refused, 4);
}

/// Makes the checksum right again, so that only a seal can notice.
fn repair(file: &mut [u8]) {
    use sha2::Digest as _;
    let end = file.len() - 32;
    let sum = sha2::Sha256::digest(&file[..end]);
    file[end..].copy_from_slice(&sum);
}

#[test]
fn the_independent_decoder_reads_a_backup() {
    let home = home_with(&[ALICE, BOB]);
    let folder = set_up(&home);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../host/decode_vault.py");
    let python = ["python3", "python"].into_iter().find_map(find);
    let Some(python) = python.filter(|python| {
        let check = Command::new(python).args(["-c", "import cryptography, argon2"]).output();
        check.is_ok_and(|output| output.status.success())
    }) else {
        skip("Python has no cryptography and argon2-cffi here");
        return;
    };
    let decode = |password: &str| {
        use std::io::Write as _;
        let mut child = Command::new(&python)
            .arg(script)
            .arg(&files(&folder)[0])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        child.wait_with_output().unwrap()
    };
    let output = decode(BACKUPS);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(body["entries"].as_array().unwrap().len(), 2);
    let refused = decode(PASSWORD);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("wrong password"));
}
