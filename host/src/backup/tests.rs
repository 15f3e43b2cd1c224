//! Backups of real vaults in folders that are thrown away.
//!
//! Never here: the command line, kills and power cuts.

use std::fs;
use std::path::{Path, PathBuf};

use super::folder::{New, Work, Worked};
use super::*;
use crate::otpauth;
use crate::vault::entry::{EntryId, Part};
use crate::vault::stamp::Stamp;

const MASTER: &[u8] = b"master";
const DAY: u64 = 86_400_000;

/// What the two doors do with a folder: a backup in it, and the older ones of this vault thinned out.
fn write(folder: &Path, vault: &Vault, now_ms: u64) -> Result<PathBuf, BackupError> {
    let new = New::of(vault, folder.to_owned(), now_ms)?;
    let Worked::Written { saved_at, came, .. } = Work::Write(new).run() else { panic!() };
    let (path, found) = came?;
    let stale = folder::stale(&folder::own(found, vault, saved_at), &path, saved_at);
    Work::Remove(folder.to_owned(), stale).run();
    Ok(path)
}

struct Home {
    folder: tempfile::TempDir,
    store: Store,
    vault: Vault,
}

fn derived(password: &[u8]) -> Derived {
    Derived::new(password, KdfParams::FLOOR).unwrap()
}

fn home() -> Home {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&folder.path().join("vault.otv"));
    let vault = store.create(&derived(MASTER), 0).unwrap();
    let mut home = Home { folder, store, vault };
    change(
        &home.store,
        &mut home.vault,
        0,
        Change { password: Some(&derived(b"backups")), folder: None },
    )
    .unwrap();
    for label in ["a", "b", "c"] {
        add(&mut home, label);
    }
    home
}

fn add(home: &mut Home, label: &str) {
    let draft =
        otpauth::parse(&format!("otpauth://totp/X:{label}?secret=JBSWY3DPEHPK3PXP")).unwrap();
    home.store
        .update::<_, FileError>(&mut home.vault, 1000, |vault, at| Ok(vault.add(draft, at)))
        .unwrap();
}

fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

fn only(path: &Path) -> Vec<u8> {
    fs::read(&folder::list(path).unwrap()[0].path).unwrap()
}

#[test]
fn neither_password_opens_the_others_file() {
    let home = home();
    let path = write(home.folder.path(), &home.vault, 5000).unwrap();
    let file = fs::read(&path).unwrap();
    assert_eq!(open(&file, &secret("backups"), None).unwrap().entries.len(), 3);
    let err = open(&file, &secret("master"), None).unwrap_err();
    assert!(matches!(err, BackupError::Format(FormatError::Key(KeyError::Wrong))));
    let sealed = home.store.read().unwrap();
    assert!(sealed.unlock(b"backups").is_err());
    // One is not taken for the other.
    let vault = fs::read(home.store.path()).unwrap();
    assert!(matches!(
        open(&vault, &secret("master"), None),
        Err(BackupError::Format(FormatError::Layout))
    ));
    assert!(matches!(format::parse(Container::Vault, &file), Err(FormatError::Layout)));
    // Its data key opens nothing of the vault.
    let backup = parse(&file).unwrap();
    let dek = backup.unlock(b"backups").unwrap();
    assert!(sealed.open(&dek).is_err());
    assert!(backup.open(&sealed.unlock(MASTER).unwrap()).is_err());
}

#[test]
fn no_key_of_the_vault_and_none_of_the_backups_is_in_a_backup() {
    let home = home();
    let body = {
        let file = seal(&home.vault, 0).unwrap();
        let sealed = parse(&file).unwrap();
        let dek = sealed.unlock(b"backups").unwrap();
        sealed.open(&dek).unwrap()
    };
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains("JBSWY3DPEHPK3PXP") && !text.contains("backup_"), "{text}");
    let live = String::from_utf8(home.vault.body.write().to_vec()).unwrap();
    assert!(live.contains("backup_key"));
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let home = home();
    let file = seal(&home.vault, 0).unwrap();
    let BackupsKey(derived) = BackupsKey::of(&home.vault.body).unwrap();
    for end in 0..file.len() {
        assert_eq!(parse(&file[..end]).unwrap_err(), FormatError::Torn);
    }
    let opens = |file: &[u8]| {
        let sealed = parse(file).ok()?;
        // A slot that is not as it was never reaches Argon2's result; here it is known already.
        let dek = sealed.slots[0].open_derived(&derived.prk, &sealed.header.vault_id).ok()?;
        Body::read(&sealed.open(&dek).ok()?).ok()
    };
    assert!(opens(&file).is_some());
    let content = file.len() - 32;
    for at in 0..content {
        for bit in 0..8 {
            let mut flipped = file.clone();
            flipped[at] ^= 1 << bit;
            assert_eq!(parse(&flipped).unwrap_err(), FormatError::Torn);
            // With the checksum repaired: the key, the header's seal or the body's notices. The salt and the
            // cost of the slot are what the key was derived with, and are bound as well.
            let sum = {
                use sha2::Digest as _;
                sha2::Sha256::digest(&flipped[..content])
            };
            flipped[content..].copy_from_slice(&sum);
            assert!(opens(&flipped).is_none(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn a_backup_that_is_not_what_the_vault_holds_is_no_proof() {
    let mut home = home();
    let file = seal(&home.vault, 0).unwrap();
    prove(&file, &home.vault).unwrap();
    add(&mut home, "later");
    assert!(matches!(prove(&file, &home.vault), Err(BackupError::Differs)));
}

#[test]
fn a_file_with_many_slots_is_tried_once() {
    let home = home();
    let sealed = parse(&seal(&home.vault, 0).unwrap()).unwrap();
    let dek = sealed.unlock(b"backups").unwrap();
    let slot = |password| Slot::seal(SlotType::Backups, &derived(password), home.vault.id(), &dek);
    let body = home.vault.body.write();
    let file = |slots: &[Slot]| {
        format::seal(Container::Backup, &sealed.header, slots, &[], &body, &dek).unwrap()
    };
    let (first, second) = (slot(b"first"), slot(b"second"));
    let both = file(&[first.clone(), second]);
    assert!(open(&both, &secret("first"), None).is_ok());
    let err = open(&both, &secret("second"), None).unwrap_err();
    assert!(matches!(err, BackupError::Format(FormatError::Key(KeyError::Wrong))));
    let recovery = Slot::seal_recovery(&[1; 16], home.vault.id(), &dek);
    assert!(open(&file(&[recovery, first]), &secret("first"), None).is_ok());
}

#[test]
fn a_new_backups_password_is_for_new_backups() {
    let mut home = home();
    let old = seal(&home.vault, 0).unwrap();
    change(
        &home.store,
        &mut home.vault,
        0,
        Change { password: Some(&derived(b"second")), folder: None },
    )
    .unwrap();
    let new = seal(&home.vault, 0).unwrap();
    open(&old, &secret("backups"), None).unwrap();
    open(&new, &secret("second"), None).unwrap();
    assert!(open(&new, &secret("backups"), None).is_err());
    assert!(open(&old, &secret("second"), None).is_err());
}

#[test]
fn backups_are_thinned_out_and_other_files_are_left_alone() {
    let home = home();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("letter.txt"), "mine").unwrap();
    fs::write(folder.path().join("broken.otb"), "not a backup").unwrap();
    let other = self::home();
    write(folder.path(), &other.vault, DAY).unwrap();
    for half_day in 0..80 {
        write(folder.path(), &home.vault, 400 * DAY + half_day * DAY / 2).unwrap();
    }
    let found = folder::list(folder.path()).unwrap();
    let own = found.iter().filter(|found| found.vault_id == *home.vault.id()).count();
    // The last five reach back two days; then one of each day up to the sixth, and one of the month before.
    assert_eq!(own, 5 + 4 + 1);
    assert_eq!(found.len(), own + 2);
    assert!(!found.last().unwrap().is_whole() && found[0].is_whole());
    assert!(folder.path().join("letter.txt").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&found[0].path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// Another file that says of itself what it likes, with a checksum that holds.
fn forge(genuine: &[u8], saved_at: u64, generation: u64) -> Vec<u8> {
    use sha2::Digest as _;
    let mut file = genuine.to_vec();
    file[32..40].copy_from_slice(&generation.to_le_bytes());
    file[56..64].copy_from_slice(&saved_at.to_le_bytes());
    let content = file.len() - 32;
    let sum = sha2::Sha256::digest(&file[..content]);
    file[content..].copy_from_slice(&sum);
    file
}

#[test]
fn what_others_put_into_the_folder_drives_out_no_backup() {
    let home = home();
    let folder = tempfile::tempdir().unwrap();
    let day = DAY / 1000;
    let genuine: Vec<_> =
        (400..404).map(|day| write(folder.path(), &home.vault, day * DAY).unwrap()).collect();
    let bytes = fs::read(&genuine[0]).unwrap();
    let mut forged = Vec::new();
    for n in 0..14 {
        // As of now and later, one for each place that is kept.
        let (saved_at, generation) = ((404 + n % 2 * n * 20) * day, 100 + n);
        let path = folder.path().join(folder::name(saved_at, generation));
        fs::write(&path, forge(&bytes, saved_at, generation)).unwrap();
        assert!(parse(&fs::read(&path).unwrap()).is_ok());
        forged.push(path);
    }
    let written = write(folder.path(), &home.vault, 404 * DAY).unwrap();
    for path in genuine.iter().chain(&forged).chain([&written]) {
        assert!(path.exists(), "{path:?}");
    }
    // Nor is one of them taken for the newest.
    let own = folder::own(folder::list(folder.path()).unwrap(), &home.vault, 404 * day);
    assert_eq!(own.len(), 5);
    assert_eq!(own[0].path, written);
    // A copy of a genuine one under other names counts once.
    for n in 0..14 {
        fs::copy(&written, folder.path().join(format!("countersign-20270101-00000{n}-1.otb")))
            .unwrap();
    }
    write(folder.path(), &home.vault, 405 * DAY).unwrap();
    assert!(genuine.iter().chain([&written]).all(|path| path.exists()));
}

#[test]
fn a_clock_that_was_set_back_removes_no_backup_and_least_of_all_the_new_one() {
    let mut home = home();
    let folder = tempfile::tempdir().unwrap();
    for day in 400..430 {
        write(folder.path(), &home.vault, day * DAY).unwrap();
    }
    let before = folder::list(folder.path()).unwrap();
    for hour in 0..4 {
        add(&mut home, "later");
        let now = 100 * DAY + hour * DAY / 24;
        let written = write(folder.path(), &home.vault, now).unwrap();
        assert!(written.exists(), "{hour}");
        let own = folder::own(folder::list(folder.path()).unwrap(), &home.vault, now / 1000);
        assert_eq!(own[0].path, written, "what is of after now is not the newest");
    }
    assert!(before.iter().all(|found| found.path.exists()));
}

#[test]
fn backups_under_an_earlier_password_are_left_alone() {
    let mut home = home();
    let folder = tempfile::tempdir().unwrap();
    let earlier: Vec<_> =
        (0..5).map(|n| write(folder.path(), &home.vault, 400 * DAY + n * 1000).unwrap()).collect();
    change(
        &home.store,
        &mut home.vault,
        0,
        Change { password: Some(&derived(b"second")), folder: None },
    )
    .unwrap();
    for n in 0..20 {
        write(folder.path(), &home.vault, 401 * DAY + n * 1000).unwrap();
    }
    assert!(earlier.iter().all(|path| path.exists()));
    let own = folder::own(folder::list(folder.path()).unwrap(), &home.vault, 402 * DAY / 1000);
    assert_eq!(own.len(), 5);
    // Whoever types the earlier one has not shown that they know the present one.
    let is_present = |path: &Path| is_under_present(&fs::read(path).unwrap(), &home.vault);
    assert!(own.iter().all(|found| is_present(&found.path)));
    assert!(!earlier.iter().any(|path| is_present(path)));
}

#[cfg(target_os = "linux")]
#[test]
fn of_each_file_only_the_beginning_is_read_and_not_of_every_file() {
    let home = home();
    let folder = tempfile::tempdir().unwrap();
    let read = |path: &str| -> u64 {
        let io = fs::read_to_string("/proc/thread-self/io").unwrap();
        let line = io.lines().find_map(|line| line.strip_prefix(path)).unwrap();
        line.trim().parse().unwrap()
    };
    for n in 0..1100 {
        let file = fs::File::create(folder.path().join(format!("{n}.otb"))).unwrap();
        file.set_len(16 * 1024 * 1024).unwrap();
    }
    let before = read("rchar:");
    let found = folder::list(folder.path()).unwrap();
    assert_eq!(found.len(), 1024);
    // 16 GiB otherwise.
    assert!(read("rchar:") - before < 5 * 1024 * 1024);
    let start = fs::read(write(folder.path(), &home.vault, DAY).unwrap()).unwrap();
    // A header that is genuine, of a file that is cut, is no backup.
    let cut = folder.path().join("cut.otb");
    fs::write(&cut, &start[..start.len() - 1]).unwrap();
    let own = folder::own(folder::list(folder.path()).unwrap(), &home.vault, DAY / 1000);
    assert_eq!(own.len(), 1);
}

#[test]
fn a_folder_that_is_gone_is_an_error_and_no_new_folder() {
    let home = home();
    let gone = home.folder.path().join("gone");
    let err = write(&gone, &home.vault, 0).unwrap_err();
    assert!(matches!(err, BackupError::Folder(DiskError::Absent)), "{err:?}");
    assert!(!gone.exists());
}

#[test]
fn a_preview_says_what_a_restore_then_does() {
    let mut home = home();
    let file = seal(&home.vault, 0).unwrap();
    let ids: Vec<_> = home.vault.body.entries.keys().copied().collect();
    // One is deleted for good, one renamed, one new since the backup.
    home.store
        .update::<_, FileError>(&mut home.vault, 9000, |vault, at| {
            vault.body.entries.remove(&ids[0]);
            vault.body.graves.insert(ids[0], at);
            let entry = vault.body.entries.get_mut(&ids[1]).unwrap();
            entry.label = "renamed".into();
            entry.touch(Part::Label, at);
            Ok(())
        })
        .unwrap();
    add(&mut home, "later");
    let backup = open(&file, &secret("backups"), None).unwrap();
    let expected = Preview { same: 1, older: 1, gone: 1, ..Preview::default() };
    assert_eq!(preview(&home.vault.body, &backup).unwrap(), expected);
    for (deleted, count) in [(false, 3), (true, 4)] {
        let backup = open(&file, &secret("backups"), None).unwrap();
        home.store
            .update::<_, FileError>(&mut home.vault, 9500, |vault, at| {
                vault.restore(backup, deleted, at);
                Ok(())
            })
            .unwrap();
        assert_eq!(home.vault.body.entries.len(), count);
    }
    assert_eq!(home.vault.body.entries[&ids[1]].label, "renamed");

    // Into a vault that has never heard of it, everything comes.
    let mut fresh = self::home();
    let backup = open(&only_of(&home), &secret("backups"), None).unwrap();
    let expected = Preview { new: 4, ..Preview::default() };
    assert_eq!(preview(&fresh.vault.body, &backup).unwrap(), expected);
    fresh
        .store
        .update::<_, FileError>(&mut fresh.vault, 9500, |vault, at| {
            vault.restore(backup, false, at);
            Ok(())
        })
        .unwrap();
    assert_eq!(fresh.vault.body.entries.len(), 7);
}

fn only_of(home: &Home) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &home.vault, 1).unwrap();
    only(folder.path())
}

#[test]
fn a_backup_of_somebody_elses_brings_accounts_and_nothing_else() {
    let mut theirs = home();
    let end = Stamp { ms: (1 << 53) - 1, n: u32::MAX, device: 9 };
    theirs
        .store
        .update::<_, FileError>(&mut theirs.vault, 2000, |vault, at| {
            vault.body.set("master_s", &0, at);
            vault.body.set("biometrics", &true, at);
            vault.body.set("send:example.com", &true, at);
            let raw = serde_json::value::RawValue::from_string("1".into()).unwrap();
            vault.body.extra.insert("stars".into(), raw);
            for entry in vault.body.entries.values_mut() {
                entry.touch(Part::Label, end);
            }
            Ok(())
        })
        .unwrap();
    let mut ours = home();
    let settings = ours.vault.body.settings();
    let backup = open(&seal(&theirs.vault, 0).unwrap(), &secret("backups"), None).unwrap();
    let restored = |vault: &mut Vault, at| {
        vault.restore(backup, false, at);
        Ok(at)
    };
    let at = ours.store.update::<_, FileError>(&mut ours.vault, 9000, restored).unwrap();
    assert_eq!(ours.vault.body.entries.len(), 6);
    assert_eq!(ours.vault.body.settings(), settings);
    assert!(ours.vault.body.extra.is_empty());
    assert!(ours.vault.body.registers.keys().all(|name| name.starts_with(REGISTERS)));
    // Time goes on: what is changed next is later than all of it, and a clock of today is soon ahead again.
    let next = |vault: &mut Vault, at| Ok((at, vault.body.latest()));
    let (later, latest) = ours.store.update::<_, FileError>(&mut ours.vault, 9001, next).unwrap();
    assert!(at < later && latest < later && later.ms <= 9000 + DAY, "{latest} {later}");

    // What this version can't read is kept, but not without end.
    let unread = |len: usize| {
        let mut theirs = home();
        theirs
            .store
            .update::<_, FileError>(&mut theirs.vault, 2000, |vault, _| {
                let json = format!(r#"{{"id":"{:032x}","kind":"{}"}}"#, 7, "k".repeat(len));
                let raw = serde_json::value::RawValue::from_string(json).unwrap();
                vault.body.unread.insert(EntryId([7; 16]), raw);
                Ok(())
            })
            .unwrap();
        open(&seal(&theirs.vault, 0).unwrap(), &secret("backups"), None)
    };
    assert_eq!(unread(100).unwrap().unread.len(), 1);
    assert!(matches!(unread(MAX_UNREAD), Err(BackupError::Format(FormatError::Body))));
}
