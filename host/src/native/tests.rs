//! The port with no thread behind it, and the one with real ones.

use shared::Secret;

use super::*;
use crate::backup::folder::Work;
use crate::session::desk::Then;
use crate::vault::file::Store;
use crate::vault::keys::{Derived, KdfParams, KdfPolicy};

const NOW: Readings = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };

#[test]
fn a_folder_that_does_not_answer_for_a_minute_has_failed_until_it_answers() {
    use crate::backup::note::Note;
    use crate::backup::{self, BackupError};
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&folder.path().join("vault.otv"));
    let derived = || Derived::new(b"master", KdfParams::FLOOR).unwrap();
    let mut vault = store.create(&derived(), 0).unwrap();
    backup::set_password(&store, &mut vault, 0, &derived()).unwrap();
    let share = folder.path().join("share");
    std::fs::create_dir(&share).unwrap();
    backup::set_folder(&store, &mut vault, 0, share.to_str()).unwrap();
    let sealed = store.read().unwrap();
    let outcome = Ok((sealed.unlock(b"master").unwrap(), None));
    let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
    let mut session = Session::new(store.clone(), policy);
    session.finish(Done::Unlock { sealed, outcome }, NOW).unwrap();
    let (events, _inbox) = mpsc::channel();
    let (answers, outbox) = mpsc::sync_channel(UNREAD);
    let mut port = Port::new(session, events, answers, None);
    port.greeted = true;
    let at = |ms: u64| Readings { boot_ms: ms, mono_ms: ms, wall_ms: i64::try_from(ms).unwrap() };
    let failed_at = || Note::read(&store).failed_at;
    // The state of a port whose thread hangs, on work that nobody asked for.
    let thread = port.folder.hang(&share, None);
    assert_eq!(port.folder.left(at(20_000)), Some(Duration::from_secs(40)));
    port.look_after_the_folder(at(59_999));
    assert_eq!(failed_at(), None);
    port.look_after_the_folder(at(60_000));
    assert_eq!((failed_at(), port.folder.left(at(60_000))), (Some(60), None));
    port.look_after_the_folder(at(70_000));
    assert_eq!(failed_at(), Some(60), "it is noted once");
    // Whoever asks is told so, and has not to wait.
    port.frame(br#"{"v":1,"id":9,"op":"desk","p":{"backups":{}}}"#, at(70_000));
    let said = String::from_utf8(outbox.try_recv().unwrap()).unwrap();
    assert!(said.contains(r#""failed_at":60"#), "{said}");
    // It was only slow.
    port.worked(thread, Worked::Looked(Ok(Vec::new())), at(80_000));
    assert_eq!(failed_at(), None);
    // It ends, and has failed all the same.
    let thread = port.folder.hang(&share, None);
    port.look_after_the_folder(at(90_000));
    port.worked(thread, Worked::Looked(Err(BackupError::None)), at(91_000));
    assert_eq!(failed_at(), Some(90));
}

#[test]
fn of_passwords_that_come_all_at_once_each_waits_for_those_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&folder.path().join("vault.otv"));
    store.create(&Derived::new(b"master", KdfParams::FLOOR).unwrap(), 0).unwrap();
    let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
    let (events, inbox) = mpsc::channel();
    let (answers, outbox) = mpsc::sync_channel(UNREAD);
    let mut port = Port::new(Session::new(store, policy), events, answers, None);
    port.greeted = true;
    let began = std::time::Instant::now();
    let now = || {
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap();
        Readings { boot_ms: ms, mono_ms: ms, wall_ms: 0 }
    };
    for id in 1..=4 {
        let frame = format!(r#"{{"v":1,"id":{id},"op":"unlock","p":{{"password":"guess {id}"}}}}"#);
        assert!(port.frame(frame.as_bytes(), now()));
    }
    for (id, retry) in [(1, 250), (2, 500), (3, 1_000), (4, 2_000)] {
        let next = inbox.recv_timeout(Duration::from_secs(60)).unwrap();
        let Event::Derived(_, done) = next else { panic!() };
        port.derived(id, *done, now());
        let answer = String::from_utf8(outbox.try_recv().unwrap()).unwrap();
        let own = answer.contains(&format!(r#""id":{id}"#));
        assert!(own && answer.contains(&format!(r#""retry_ms":{retry}"#)), "{answer}");
    }
    assert!(250 + 500 + 1_000 <= now().boot_ms, "the guesses did not wait: {:?}", now());
}

#[test]
fn who_asked_for_a_folder_that_never_answers_has_an_answer_when_the_vault_locks() {
    let folder = tempfile::tempdir().unwrap();
    let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
    let session = Session::new(Store::new(&folder.path().join("vault.otv")), policy);
    let (events, _inbox) = mpsc::channel();
    let (answers, outbox) = mpsc::sync_channel(UNREAD);
    let mut port = Port::new(session, events, answers, None);
    port.greeted = true;
    let said = |outbox: &Receiver<Vec<u8>>| -> Vec<String> {
        outbox.try_iter().map(|answer| String::from_utf8(answer).unwrap()).collect()
    };
    // The state of a port whose thread hangs: nothing ever comes of it.
    let after = After::Find(Secret::new("password".into()), Then::Show { round: 0 });
    port.folder.hang(folder.path(), Some((5, after)));
    let look = || Answer::Folder(Work::Look(folder.path().into()), After::Tell);
    port.answer(6, look(), NOW);
    port.forget_calls_before_a_lock();
    assert!(said(&outbox).is_empty());
    // One number is one call, also while it waits for a disk.
    port.frame(br#"{"v":1,"id":6,"op":"status"}"#, NOW);
    assert!(said(&outbox)[0].contains("bad_request"));

    assert!(port.frame(br#"{"v":1,"id":7,"op":"lock"}"#, NOW));
    port.forget_calls_before_a_lock();
    let answers = said(&outbox);
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert!(answers[0].contains(r#""id":7"#) && answers[0].contains("ok"), "{answers:?}");
    for (answer, id) in answers[1..].iter().zip([5, 6]) {
        assert!(answer.contains(&format!(r#""id":{id}"#)) && answer.contains("locked"));
    }
    // The password is gone; the thread is all that is left, and has none.
    assert!(!port.folder.is_free() && !port.folder.is_asked_by(5) && !port.folder.is_asked_by(6));
    // Nobody waits for it for ever.
    port.answer(8, look(), Readings { boot_ms: 10_000, ..NOW });
    assert!(said(&outbox)[0].contains("folder"));
}

#[test]
fn a_folder_that_does_not_answer_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let [share, other] = ["share", "other"].map(|name| folder.path().join(name));
    std::fs::create_dir(&other).unwrap();
    let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
    let session = Session::new(Store::new(&folder.path().join("vault.otv")), policy);
    let (events, inbox) = mpsc::channel();
    let (answers, outbox) = mpsc::sync_channel(UNREAD);
    let mut port = Port::new(session, events, answers, None);
    let at = |ms: u64| Readings { boot_ms: ms, ..NOW };
    let said = || {
        let answers: Vec<String> =
            outbox.try_iter().map(|answer| String::from_utf8(answer).unwrap()).collect();
        answers
    };
    let look = |folder: &std::path::Path| Answer::Folder(Work::Look(folder.into()), After::Write);
    let hung = port.folder.hang(&share, Some((1, After::Write)));
    port.answer(2, look(&share), at(5_000));
    port.answer(3, look(&other), at(6_000));
    assert_eq!(port.folder.left(at(6_000)), Some(Duration::from_secs(4)));
    port.look_after_the_folder(at(9_999));
    assert!(said().is_empty());
    // Whoever waited for the share is told; the other folder is looked at.
    port.look_after_the_folder(at(10_000));
    let answers = said();
    assert!(answers.len() == 2 && answers.iter().all(|answer| answer.contains("folder")));
    assert!(answers[0].contains(r#""id":1"#) && answers[1].contains(r#""id":2"#), "{answers:?}");
    let Event::Folder(thread, worked) = inbox.recv_timeout(Duration::from_secs(60)).unwrap() else {
        panic!()
    };
    port.worked(thread, *worked, at(10_001));
    assert!(said()[0].contains(r#""id":3"#) && port.folder.is_free());
    // What the share says at last is nobody's any more.
    port.folder.hang(&other, Some((4, After::Write)));
    port.worked(hung, Worked::Looked(Ok(Vec::new())), at(20_000));
    assert!(said().is_empty() && port.folder.is_asked_by(4));
}

#[test]
fn only_so_many_threads_are_left_to_folders_that_do_not_answer() {
    let (events, _inbox) = mpsc::channel();
    let mut folder = Folder::new(events);
    let at = |ms: u64| Readings { boot_ms: ms, ..NOW };
    let place = |n: u64| std::path::PathBuf::from(format!("/nowhere/{n}"));
    for n in 1..=4 {
        let thread = folder.hang(&place(n), None);
        assert_eq!(thread, n);
    }
    folder.ask(9, Work::Look(place(9)), After::Tell, at(0)).ok().unwrap();
    assert!(folder.overtake(at(9_999)).is_none());
    let refused = folder.overtake(at(10_000)).unwrap();
    assert!(matches!(refused[..], [(9, After::Tell)]) && !folder.is_free());
    // One has come back.
    assert!(folder.end(2).is_none());
    folder.ask(10, Work::Look(place(9)), After::Tell, at(10_001)).ok().unwrap();
    assert!(folder.overtake(at(10_002)).unwrap().is_empty() && folder.is_asked_by(10));
}
