//! When a backup is made, and who waits for its folder.
//!
//! Never here: what is in one (`backup`).

use super::*;

#[test]
fn a_backup_is_made_of_each_save_and_of_each_day_and_after_a_failure_only_a_minute_later() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let mut session = fixture.session();
    let at = |ms: u64| Readings { boot_ms: ms, mono_ms: ms, wall_ms: ms as i64 };
    fixture.unlock(&mut session, at(0));
    assert!(session.back_up_here(at(0)).is_none(), "nobody has asked for backups");
    let derived = Derived::new(b"backups", KdfParams::FLOOR).unwrap();
    let (store, vault) = session.open(at(0)).unwrap();
    backup::change(store, vault, 0, backup::Change { password: Some(&derived), folder: None })
        .unwrap();
    assert!(session.back_up_here(at(0)).is_none(), "nobody has said where");
    let (store, vault) = session.open(at(0)).unwrap();
    backup::change(
        store,
        vault,
        0,
        backup::Change { folder: folder.path().to_str(), password: None },
    )
    .unwrap();
    assert!(matches!(session.back_up_here(at(0)), Some(Ok(()))));
    assert!(session.back_up_here(at(1)).is_none());
    // Another session finds it.
    let mut other = fixture.session();
    fixture.unlock(&mut other, at(1));
    assert!(other.back_up_here(at(1)).is_none());
    // Idle and age lock it meanwhile; the day goes by all the same.
    let day = 24 * 60 * 60 * 1_000;
    for (after, due) in [(day - 1, false), (day, true), (day + 1, false)] {
        fixture.unlock(&mut session, at(after));
        assert_eq!(session.back_up_here(at(after)).is_some(), due, "{after}");
    }
    // A save.
    let set = SetSettings { clipboard_s: Some(20), ..SetSettings::default() };
    ask(&mut session, Request::SetSettings(set), at(day + 2)).unwrap();
    drop(folder);
    assert!(matches!(session.back_up_here(at(day + 2)), Some(Err(_))));
    assert!(session.back_up_here(at(day + 59_999)).is_none());
    assert!(matches!(session.back_up_here(at(day + 60_002)), Some(Err(_))));
    // An open vault alone has backups.
    session.lock(Why::Manual);
    assert!(session.back_up_here(at(day + 600_000)).is_none());
}

#[test]
fn a_folder_that_never_answers_keeps_no_lock_and_no_unlock_waiting() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 1_000 };
    fixture.unlock(&mut session, now);
    let derived = Derived::new(b"backups", KdfParams::FLOOR).unwrap();
    let (store, vault) = session.open(now).unwrap();
    let change = backup::Change { password: Some(&derived), folder: folder.path().to_str() };
    backup::change(store, vault, 0, change).unwrap();
    // The session itself does nothing there: it says what is to be done, and goes on.
    let Some(Ok(look)) = session.back_up(now) else { panic!() };
    session.worked(look.run(), now).unwrap();
    let Some(Ok(write)) = session.back_up(now) else { panic!() };
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    session.lock(Why::Sleep);
    assert!(session.back_up(now).is_none());
    // It was proved before: no key is needed for it to be written while the vault is locked, and noted.
    session.worked(write.run(), now).unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(Note::read(&session.store).proven_at, Some(1));
    fixture.unlock(&mut session, now);
    assert!(session.back_up(now).is_none());
}

#[test]
fn the_backups_password_is_asked_for_after_half_a_year_while_the_vault_is_open() {
    let fixture = fixture();
    let mut session = fixture.session();
    let at = |seconds: u64| {
        let ms = seconds * 1_000;
        Readings { boot_ms: ms, mono_ms: ms, wall_ms: ms as i64 }
    };
    let half_a_year = 182 * 86_400;
    let typed = || Note::change(&fixture.store, |note| note.typed_at = Some(0));
    typed();
    fixture.unlock(&mut session, at(half_a_year));
    assert!(!session.status(at(half_a_year)).remind, "there is no such password");
    let derived = Derived::new(b"backups", KdfParams::FLOOR).unwrap();
    let (store, vault) = session.open(at(half_a_year)).unwrap();
    backup::change(store, vault, 0, backup::Change { password: Some(&derived), folder: None })
        .unwrap();
    typed();
    assert!(session.status(at(half_a_year)).remind);
    session.lock(Why::Manual);
    assert!(!session.status(at(half_a_year)).remind, "who is locked out is asked for nothing");
    fixture.unlock(&mut session, at(half_a_year - 1));
    assert!(!session.status(at(half_a_year - 1)).remind);
}

#[test]
fn a_backup_of_a_clock_that_was_ahead_does_not_stand_for_todays_and_an_older_copy_is_not_backed_up()
{
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let at = |seconds: u64| {
        let ms = (1_700_000_000 + seconds) * 1_000;
        Readings { boot_ms: ms, mono_ms: ms, wall_ms: ms as i64 }
    };
    let mut session = fixture.session();
    fixture.unlock(&mut session, at(0));
    let derived = Derived::new(b"backups", KdfParams::FLOOR).unwrap();
    let (store, vault) = session.open(at(0)).unwrap();
    let change = backup::Change { password: Some(&derived), folder: folder.path().to_str() };
    backup::change(store, vault, 0, change).unwrap();
    let older = std::fs::read(fixture.store.path()).unwrap();

    let later = 10 * 86_400;
    fixture.unlock(&mut session, at(later));
    assert!(matches!(session.back_up_here(at(later)), Some(Ok(()))));
    let backed_up = |seconds: u64| {
        let mut other = fixture.session();
        fixture.unlock(&mut other, at(seconds));
        let Some(Ok(look)) = other.back_up(at(seconds)) else { panic!() };
        let own = other.worked(look.run(), at(seconds)).unwrap();
        // What a clock that was ahead has made comes last.
        let times: Vec<u64> = own.iter().map(|found| found.saved_at - 1_700_000_000).collect();
        let Some(work) = other.back_up(at(seconds)) else { return (times, None) };
        let came = other.worked(work.unwrap().run(), at(seconds)).unwrap();
        (times, Some(came.len()))
    };
    assert_eq!(backed_up(0), (vec![later], Some(2)));
    assert_eq!(backed_up(1), (vec![0, later], None));
    // A save; then the one of this save is known among others.
    fixture.unlock(&mut session, at(60));
    let set = SetSettings { clipboard_s: Some(20), ..SetSettings::default() };
    ask(&mut session, Request::SetSettings(set), at(60)).unwrap();
    assert_eq!(backed_up(60), (vec![0, later], Some(3)));
    assert_eq!(backed_up(61), (vec![60, 0, later], None));

    drop(folder);
    let set = SetSettings { clipboard_s: Some(30), ..SetSettings::default() };
    ask(&mut session, Request::SetSettings(set), at(62)).unwrap();
    assert!(matches!(session.back_up_here(at(62)), Some(Err(_))));
    assert_eq!(Note::read(&fixture.store).failed_at, Some(1_700_000_062));

    std::fs::write(fixture.store.path(), older).unwrap();
    let mut rolled_back = fixture.session();
    fixture.unlock(&mut rolled_back, at(100));
    assert!(rolled_back.back_up(at(100)).is_none());
}
