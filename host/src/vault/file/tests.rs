//! Vaults saved, read and lost in folders that are thrown away.
//!
//! Never here: what is in the file (`format`), kills and power cuts.

use super::*;
use crate::otp::{Otp, Seed};
use crate::vault::cost::KdfParams;
use crate::vault::entry::Draft;

const DAY: u64 = 24 * 60 * 60;

fn derived(password: &[u8]) -> Derived {
    Derived::new(password, KdfParams::FLOOR).unwrap()
}

fn draft(label: &str) -> Draft {
    let seed = Seed::new(b"12345678901234567890".to_vec()).unwrap();
    Draft::new(Otp::totp(), seed, "Example".into(), label.into())
}

fn add(store: &Store, vault: &mut Vault, label: &str) -> Result<(), FileError> {
    store.update(vault, 1_700_000_000_000, |vault, at| {
        vault.add(draft(label), at);
        Ok(())
    })
}

fn unlock(store: &Store, password: &[u8]) -> Vault {
    let sealed = store.read().unwrap();
    let dek = sealed.unlock(password).unwrap();
    store.open(sealed, dek).unwrap()
}

fn fixture() -> (tempfile::TempDir, Store, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&folder.path().join("sub").join("vault.otv"));
    let vault = store.create(&derived(b"master"), 1_700_000_000_000).unwrap();
    (folder, store, vault)
}

fn labels(vault: &Vault) -> Vec<&str> {
    let mut labels: Vec<_> = vault.body.entries.values().map(|e| e.label.as_str()).collect();
    labels.sort_unstable();
    labels
}

#[test]
fn what_was_saved_is_there_and_earlier_saves_are_kept() {
    let (_folder, store, mut vault) = fixture();
    for label in ["a", "b", "c"] {
        add(&store, &mut vault, label).unwrap();
    }
    assert_eq!(vault.generation(), 4);
    assert_eq!(labels(&unlock(&store, b"master")), ["a", "b", "c"]);
    let kept: Vec<u64> = store.generations().iter().map(|found| found.generation).collect();
    assert_eq!(kept, [3, 2, 1]);
    assert!(matches!(store.create(&derived(b"x"), 0), Err(FileError::Exists)));
}

#[test]
fn two_sessions_do_not_lose_each_others_changes() {
    let (_folder, store, mut one) = fixture();
    let mut two = unlock(&store, b"master");
    add(&store, &mut one, "one").unwrap();
    add(&store, &mut two, "two").unwrap();
    assert!(store.refresh(&mut one).unwrap());
    assert!(!store.refresh(&mut one).unwrap());
    assert_eq!(labels(&one), ["one", "two"]);
    assert_eq!(labels(&unlock(&store, b"master")), ["one", "two"]);
}

#[test]
fn a_refused_change_leaves_memory_as_the_disk_is() {
    let (_folder, store, mut vault) = fixture();
    let refused: Result<(), FileError> = store.update(&mut vault, 0, |vault, at| {
        vault.add(draft("half"), at);
        Err(FileError::Busy)
    });
    assert!(matches!(refused, Err(FileError::Busy)));
    assert!(labels(&vault).is_empty());
}

#[test]
fn a_change_that_could_not_be_saved_is_not_done_by_the_next_save() {
    let (folder, store, mut vault) = fixture();
    let (home, away) = (folder.path().join("sub"), folder.path().join("away"));
    let failed = store.update(&mut vault, 0, |vault, at| {
        vault.add(draft("half"), at);
        vault.set_password(&derived(b"second"), true);
        fs::rename(&home, &away).map_err(|err| FileError::from(DiskError::from(err)))
    });
    assert!(failed.is_err());
    fs::rename(&away, &home).unwrap();
    assert!(labels(&vault).is_empty());
    add(&store, &mut vault, "whole").unwrap();
    assert_eq!(labels(&unlock(&store, b"master")), ["whole"]);
}

#[test]
fn a_new_password_opens_and_the_old_one_does_not() {
    let (_folder, store, mut vault) = fixture();
    let mut other = unlock(&store, b"master");
    for (rotate, password) in [(false, b"second"), (true, b"third!")] {
        store
            .update(&mut vault, 0, |vault, _| {
                vault.set_password(&derived(password), rotate);
                Ok::<_, FileError>(())
            })
            .unwrap();
        unlock(&store, password);
        assert!(store.read().unwrap().unlock(b"master").is_err());
        // The other session follows a new slot, and ends at a new data key.
        assert_eq!(store.refresh(&mut other).is_err(), rotate);
    }
}

#[test]
fn a_save_while_the_key_is_derived_is_no_older_copy() {
    let (_folder, store, mut vault) = fixture();
    let sealed = store.read().unwrap();
    let dek = sealed.unlock(b"master").unwrap();
    add(&store, &mut vault, "meanwhile").unwrap();
    let opened = store.open(sealed, dek).unwrap();
    assert_eq!(opened.rollback, None);
    assert_eq!(labels(&opened), ["meanwhile"]);
}

#[test]
fn an_older_copy_is_noticed_and_read_only_until_accepted() {
    let (_folder, store, mut vault) = fixture();
    add(&store, &mut vault, "a").unwrap();
    let old = fs::read(store.path()).unwrap();
    add(&store, &mut vault, "b").unwrap();
    fs::write(store.path(), old).unwrap();
    let mut vault = unlock(&store, b"master");
    assert_eq!(vault.rollback, Some(Rollback { found: 2, seen: 3 }));
    assert!(matches!(add(&store, &mut vault, "c"), Err(FileError::Rollback(_))));
    let mut elsewhere = unlock(&store, b"master");
    store.accept_rollback(&mut vault, 0).unwrap();
    add(&store, &mut vault, "c").unwrap();
    assert_eq!(vault.generation(), 5);
    assert_eq!(unlock(&store, b"master").rollback, None);
    // Who has it open elsewhere is not asked the same.
    assert!(elsewhere.rollback.is_some());
    assert!(store.refresh(&mut elsewhere).unwrap());
    assert_eq!(elsewhere.rollback, None);
    add(&store, &mut elsewhere, "d").unwrap();
    assert_eq!(labels(&elsewhere), ["a", "c", "d"]);
}

#[test]
fn an_older_copy_is_one_until_a_save_as_late_as_any_that_was_seen_is_back() {
    let (folder, store, mut vault) = fixture();
    let mut files = vec![fs::read(store.path()).unwrap()];
    for label in ["a", "b"] {
        add(&store, &mut vault, label).unwrap();
        files.push(fs::read(store.path()).unwrap());
    }
    let rolled_back = Some(Rollback { found: 1, seen: 3 });
    fs::write(store.path(), &files[0]).unwrap();
    let (mut one, mut other) = (unlock(&store, b"master"), unlock(&store, b"master"));
    assert_eq!(one.rollback, rolled_back);
    // It is still one if nobody could write that it is right,
    let (home, away) = (folder.path().join("sub"), folder.path().join("away"));
    let fail = |vault: &mut Vault| {
        let saved = store.update_accepting(vault, 0, |_| fs::rename(&home, &away).unwrap());
        assert!(saved.is_err());
        fs::rename(&away, &home).unwrap();
    };
    fail(&mut other);
    assert_eq!(other.rollback, rolled_back);
    // or if a later one comes that is not the latest.
    fs::write(store.path(), &files[1]).unwrap();
    assert!(store.refresh(&mut one).unwrap());
    assert_eq!(one.rollback, rolled_back);
    fs::write(store.path(), &files[2]).unwrap();
    assert!(store.refresh(&mut one).unwrap());
    assert_eq!(one.rollback, None);
    fail(&mut other);
    assert_eq!((other.rollback, other.generation()), (None, 3));
}

#[test]
fn an_older_file_under_an_open_session_brings_no_old_password_back() {
    let (_folder, store, mut vault) = fixture();
    add(&store, &mut vault, "a").unwrap();
    let old = fs::read(store.path()).unwrap();
    add(&store, &mut vault, "b").unwrap();
    store
        .update(&mut vault, 0, |vault, _| {
            vault.set_password(&derived(b"second"), false);
            Ok::<_, FileError>(())
        })
        .unwrap();
    fs::write(store.path(), &old).unwrap();
    // Once it is news, and not each time that somebody asks.
    assert!(store.refresh(&mut vault).unwrap());
    assert!(!store.refresh(&mut vault).unwrap());
    assert_eq!((vault.generation(), labels(&vault)), (4, vec!["a", "b"]));
    assert_eq!(unlock(&store, b"master").rollback, Some(Rollback { found: 2, seen: 4 }));
    add(&store, &mut vault, "c").unwrap();
    assert_eq!(vault.generation(), 5);
    assert!(store.read().unwrap().unlock(b"master").is_err());
    assert_eq!(labels(&unlock(&store, b"second")), ["a", "b", "c"]);
}

#[test]
fn a_save_from_before_a_new_data_key_is_an_older_copy() {
    let (_folder, store, mut vault) = fixture();
    add(&store, &mut vault, "a").unwrap();
    let old = fs::read(store.path()).unwrap();
    store
        .update(&mut vault, 0, |vault, _| {
            vault.set_password(&derived(b"second"), true);
            Ok::<_, FileError>(())
        })
        .unwrap();
    let new = fs::read(store.path()).unwrap();
    fs::write(store.path(), &old).unwrap();
    let rolled_back = Some(Rollback { found: 2, seen: 3 });
    assert_eq!(unlock(&store, b"master").rollback, rolled_back);
    // On a machine that has never seen it, it is none; nor is a new key that comes from elsewhere.
    fs::remove_file(store.named("seen")).unwrap();
    let mut old = unlock(&store, b"master");
    assert_eq!(old.rollback, None);
    store.note_seen(&old);
    fs::write(store.path(), &new).unwrap();
    assert_eq!(unlock(&store, b"second").rollback, None);
    // A note that somebody made up is no end of the numbers.
    let mut note = fs::read(store.named("seen")).unwrap();
    note[16..24].fill(255);
    fs::write(store.named("seen"), note).unwrap();
    let mut vault = unlock(&store, b"second");
    assert_eq!(vault.rollback, None);
    add(&store, &mut vault, "b").unwrap();
    assert!(matches!(store.refresh(&mut old), Err(FileError::Replaced)));
}

#[test]
fn a_new_vault_is_no_older_copy_of_the_one_that_lay_there() {
    let (_folder, store, mut vault) = fixture();
    add(&store, &mut vault, "a").unwrap();
    fs::remove_file(store.path()).unwrap();
    // Its saves would go with the new one's.
    assert!(matches!(store.create(&derived(b"other"), 0), Err(FileError::Exists)));
    for save in store.beside().collect::<Vec<_>>() {
        fs::remove_file(save).unwrap();
    }
    store.create(&derived(b"other"), 0).unwrap();
    assert_eq!(unlock(&store, b"other").rollback, None);
}

#[test]
fn a_damaged_vault_is_kept_and_an_earlier_save_takes_its_place() {
    let (folder, store, mut vault) = fixture();
    add(&store, &mut vault, "a").unwrap();
    add(&store, &mut vault, "b").unwrap();
    assert!(matches!(store.revert(2, 0), Err(FileError::Exists)));
    let whole = fs::read(store.path()).unwrap();
    fs::write(store.path(), &whole[..whole.len() / 2]).unwrap();
    let torn = store.read();
    assert!(matches!(torn, Err(FileError::Format(FormatError::Torn))));
    assert!(matches!(store.revert(9, 0), Err(FileError::Absent)));
    store.revert(2, 5000).unwrap();
    let vault = unlock(&store, b"master");
    assert_eq!(labels(&vault), ["a"]);
    assert!(folder.path().join("sub/vault.otv.damaged-5").exists());
}

fn generations(store: &Store) -> Vec<u64> {
    store.generations().iter().map(|found| found.generation).collect()
}

#[test]
fn of_many_saves_of_one_moment_the_last_five_are_kept() {
    let (_folder, store, mut vault) = fixture();
    for label in 2..=12 {
        add(&store, &mut vault, &label.to_string()).unwrap();
        // A disk that knows the time only roughly, or somebody who is quick.
        let saves = store.beside().chain([store.path().to_owned()]);
        for path in saves {
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(9 * DAY)).unwrap();
        }
    }
    assert_eq!(vault.generation(), 12);
    assert_eq!(generations(&store), [11, 10, 9, 8, 7]);
}

#[test]
fn what_a_person_put_beside_the_vault_is_no_save_and_stays() {
    let (_folder, store, mut vault) = fixture();
    let own = ["bak", "2024x", "x2024", "1.bak", "-1", "Tmp-1"];
    for suffix in own {
        fs::copy(store.path(), store.named(suffix)).unwrap();
    }
    fs::write(store.named("tmp-1-left-by-a-kill"), "x").unwrap();
    for label in 2..=8 {
        add(&store, &mut vault, &label.to_string()).unwrap();
    }
    assert_eq!(generations(&store), [7, 6, 5, 4, 3]);
    assert!(own.iter().all(|suffix| store.named(suffix).exists()));
    assert_eq!(store.siblings("tmp-").count(), 0);
}

#[test]
fn a_save_whose_number_is_taken_already_is_kept_beside_the_other() {
    let (_folder, store, mut vault) = fixture();
    add(&store, &mut vault, "a").unwrap();
    let older = fs::read(store.path()).unwrap();
    add(&store, &mut vault, "b").unwrap();
    for n in ["2-1", "2-2"] {
        fs::write(store.path(), &older).unwrap();
        fs::remove_file(store.named("seen")).unwrap();
        let mut vault = unlock(&store, b"master");
        add(&store, &mut vault, "c").unwrap();
        assert!(store.named(n).exists(), "{n}");
    }
    assert_eq!(store.beside().count(), 4);
}

#[test]
fn a_machine_keeps_its_name_whatever_becomes_of_the_note() {
    let (_folder, store, vault) = fixture();
    let name = vault.device_id();
    assert_eq!(store.device_id(), name);
    assert_eq!(store.read().unwrap().header.device_id, name);
    fs::remove_file(store.named("seen")).unwrap();
    assert_eq!(store.device_id(), name);
    // Two processes that find no name have one name all the same.
    fs::remove_file(store.named("device")).unwrap();
    let [one, two] = [(); 2].map(|()| unlock(&store, b"master").device_id());
    assert!(one == two && one != name);
    // What a crash has left.
    fs::write(store.named("device"), [0; 7]).unwrap();
    let name = store.device_id();
    assert!(store.device_id() == name && name != one);
    // Where it can't be written, each goes by its own.
    fs::remove_file(store.named("device")).unwrap();
    fs::create_dir(store.named("device")).unwrap();
    assert_ne!(store.device_id(), store.device_id());
}

#[test]
fn processes_that_begin_at_once_have_one_name() {
    let (_folder, store, _vault) = fixture();
    for _ in 0..50 {
        fs::remove_file(store.named("device")).unwrap();
        fs::remove_file(store.named("seen")).unwrap_or_default();
        let names: Vec<[u8; 16]> = thread::scope(|scope| {
            let begun: Vec<_> = (0..8).map(|_| scope.spawn(|| store.device_id())).collect();
            begun.into_iter().map(|name| name.join().unwrap()).collect()
        });
        assert!(names.iter().all(|name| *name == names[0] && *name == store.device_id()));
        assert_eq!(store.siblings("device-").count(), 0);
    }
}

#[test]
fn a_name_from_before_it_had_a_file_is_kept() {
    let (_folder, store, vault) = fixture();
    fs::remove_file(store.named("device")).unwrap();
    let note = fs::read(store.named("seen")).unwrap();
    fs::write(store.named("seen"), &note[..15]).unwrap();
    assert_ne!(store.device_id(), vault.device_id());
    fs::remove_file(store.named("device")).unwrap();
    fs::write(store.named("seen"), &note[..16]).unwrap();
    assert_eq!(store.device_id(), vault.device_id());
    fs::remove_file(store.named("seen")).unwrap();
    assert_eq!(store.device_id(), vault.device_id());
}

#[test]
fn a_note_of_another_key_is_believed_up_to_a_bound() {
    let (_folder, store, _vault) = fixture();
    let mut note = fs::read(store.named("seen")).unwrap();
    let bound = 1_u64 << 48;
    for (seen, believed) in [(1, false), (2, true), (bound, true), (bound + 1, false)] {
        note[16..24].copy_from_slice(&seen.to_le_bytes());
        fs::write(store.named("seen"), &note).unwrap();
        let rollback = believed.then_some(Rollback { found: 1, seen });
        assert_eq!(unlock(&store, b"master").rollback, rollback, "{seen}");
        // Longer than a note is: it is none.
        fs::write(store.named("seen"), [note.as_slice(), b"x"].concat()).unwrap();
        assert_eq!(unlock(&store, b"master").rollback, None);
    }
}

#[test]
fn of_two_saves_with_one_number_the_files_slots_hold() {
    let (_folder, store, mut vault) = fixture();
    let first = fs::read(store.path()).unwrap();
    let mut other = unlock(&store, b"master");
    store
        .update(&mut other, 0, |vault, _| {
            vault.set_password(&derived(b"second"), false);
            Ok::<_, FileError>(())
        })
        .unwrap();
    let second = fs::read(store.path()).unwrap();
    // Elsewhere the vault was saved once, too; then a sync program brings that file here.
    fs::write(store.path(), first).unwrap();
    add(&store, &mut vault, "a").unwrap();
    assert_eq!((vault.generation(), other.generation()), (2, 2));
    fs::write(store.path(), second).unwrap();
    assert!(store.refresh(&mut vault).unwrap());
    add(&store, &mut vault, "b").unwrap();
    assert_eq!(labels(&unlock(&store, b"second")), ["a", "b"]);
    assert!(store.read().unwrap().unlock(b"master").is_err());
}

#[test]
fn a_vault_of_a_newer_version_is_not_replaced_by_an_earlier_save() {
    let (_folder, store, mut vault) = fixture();
    add(&store, &mut vault, "a").unwrap();
    let mut newer = fs::read(store.path()).unwrap();
    newer[8] = 2;
    let end = newer.len() - 32;
    let checksum = <sha2::Sha256 as sha2::Digest>::digest(&newer[..end]);
    newer[end..].copy_from_slice(&checksum);
    fs::write(store.path(), &newer).unwrap();
    let refused = store.revert(1, 0);
    assert!(matches!(refused, Err(FileError::Format(FormatError::Newer))), "{refused:?}");
    assert_eq!(fs::read(store.path()).unwrap(), newer);
    // What is too long to be a vault is replaced, as what is gone.
    File::create(store.path()).unwrap().set_len(16 * 1024 * 1024 + 1).unwrap();
    store.revert(1, 0).unwrap();
    fs::remove_file(store.path()).unwrap();
    store.revert(1, 0).unwrap();
    assert!(labels(&unlock(&store, b"master")).is_empty());
}

#[test]
fn a_vault_that_is_cut_short_under_an_open_session_is_torn() {
    let (_folder, store, mut vault) = fixture();
    let whole = fs::read(store.path()).unwrap();
    for len in [0, 95, 96] {
        fs::write(store.path(), &whole[..len]).unwrap();
        let found = store.refresh(&mut vault);
        if len == 96 {
            // As far as anybody looks, it is the one that was seen last.
            assert!(matches!(found, Ok(false)), "{found:?}");
        } else {
            assert!(matches!(found, Err(FileError::Format(FormatError::Torn))), "{found:?}");
        }
    }
}

#[test]
fn a_save_knows_when_it_was_made() {
    let (_folder, store, mut vault) = fixture();
    add(&store, &mut vault, "a").unwrap();
    let saved_at = 1_700_000_000;
    assert_eq!(store.generations(), [Generation { generation: 1, saved_at }]);
    assert_eq!(store.read().unwrap().header.saved_at, saved_at);
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, store, mut vault) = fixture();
    add(&store, &mut vault, "a").unwrap();
    for entry in fs::read_dir(store.folder()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
    assert_eq!(fs::metadata(store.folder()).unwrap().permissions().mode() & 0o077, 0);
}

#[test]
fn what_nobody_could_read_again_is_not_saved() {
    let (_folder, store, mut vault) = fixture();
    let before = fs::read(store.path()).unwrap();
    let refused = store.update::<_, FileError>(&mut vault, 0, |vault, at| {
        let mut odd = draft("odd");
        let (algorithm, period) = (shared::protocol::Algorithm::Md5, crate::otp::Period::THIRTY);
        odd.otp = Otp::Totp { algorithm, digits: crate::otp::Digits::SIX, period };
        vault.add(odd, at);
        Ok(())
    });
    assert!(matches!(refused, Err(FileError::Format(FormatError::Body))), "{refused:?}");
    assert_eq!(fs::read(store.path()).unwrap(), before);
    assert!(vault.body.entries.is_empty());
}
