//! The port with no thread behind it, and the one with real ones.

use shared::Secret;

use super::*;
use crate::backup::folder::Work;
use crate::locks::Hold;
use crate::session::Tried;
use crate::vault::cost::{KdfParams, KdfPolicy};
use crate::vault::file::Store;
use crate::vault::keys::Derived;

const NOW: Readings = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };

const POLICY: KdfPolicy = KdfPolicy { least: KdfParams::FLOOR, clock: None };

fn events() -> (Events, Receiver<Event>) {
    let (to, inbox) = mpsc::channel();
    (Events { to, hurry: Hurry::default() }, inbox)
}

/// A port that was greeted, what is heard beside its loop, and what it answers.
fn port(session: Session) -> (Port, Receiver<Event>, Receiver<Said>) {
    let (events, inbox) = events();
    let (answers, outbox) = mpsc::channel();
    let mut port = Port::new(session, events, answers, None);
    port.greeted = true;
    (port, inbox, outbox)
}

fn text(said: Said) -> String {
    String::from_utf8(said.json).unwrap()
}

/// A session with no vault, or with one that is locked.
fn session(folder: &tempfile::TempDir, has_vault: bool) -> Session {
    let store = Store::new(&folder.path().join("vault.otv"));
    if has_vault {
        store.create(&Derived::new(b"master", KdfParams::FLOOR).unwrap(), 0).unwrap();
    }
    Session::new(store, POLICY)
}

/// Opens its vault.
fn open(session: &mut Session) {
    let sealed = session.store().read().unwrap();
    let outcome = Ok((sealed.unlock(b"master").unwrap(), None));
    session.finish(Tried::Unlock { sealed, outcome }, NOW).unwrap();
}

#[test]
fn a_folder_that_does_not_answer_for_a_minute_has_failed_until_it_answers() {
    use crate::backup::note::Note;
    use crate::backup::{self, BackupError};
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&folder.path().join("vault.otv"));
    let derived = || Derived::new(b"master", KdfParams::FLOOR).unwrap();
    let mut vault = store.create(&derived(), 0).unwrap();
    backup::change(
        &store,
        &mut vault,
        0,
        backup::Change { password: Some(&derived()), folder: None },
    )
    .unwrap();
    let share = folder.path().join("share");
    std::fs::create_dir(&share).unwrap();
    backup::change(
        &store,
        &mut vault,
        0,
        backup::Change { folder: share.to_str(), password: None },
    )
    .unwrap();
    let mut session = Session::new(store.clone(), POLICY);
    open(&mut session);
    let (mut port, _inbox, outbox) = port(session);
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
    assert!(
        port.frame(br#"{"v":1,"id":9,"op":"desk","p":{"backups":{}}}"#, at(70_000)).is_continue()
    );
    let said = text(outbox.try_recv().unwrap());
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
    let (mut port, inbox, outbox) = port(session(&folder, true));
    let at = |ms: u64| Readings { boot_ms: ms, ..NOW };
    for id in 1..=4 {
        let frame = format!(r#"{{"v":1,"id":{id},"op":"unlock","p":{{"password":"guess {id}"}}}}"#);
        assert!(port.frame(frame.as_bytes(), at(0)).is_continue());
    }
    let mut ms = 0;
    for (id, retry) in [(1, 250), (2, 500), (3, 1_000), (4, 2_000)] {
        assert_eq!(port.left(at(ms)), Some(Duration::ZERO));
        port.jobs.next(&port.session, at(ms));
        assert_eq!(port.left(at(ms)), None, "two at once");
        let next = inbox.recv_timeout(Duration::from_secs(60)).unwrap();
        let Event::Done(_, done) = next else { panic!() };
        port.done(id, *done, at(ms));
        let answer = text(outbox.try_recv().unwrap());
        let own = answer.contains(&format!(r#""id":{id}"#));
        assert!(own && answer.contains(&format!(r#""retry_ms":{retry}"#)), "{answer}");
        port.jobs.next(&port.session, at(ms + retry - 1));
        assert!(port.left(at(ms)).is_none_or(|left| left == Duration::from_millis(retry)));
        ms += retry;
    }
    assert!(port.jobs.is_empty());
}

#[test]
fn a_guess_that_waits_is_dropped_by_a_lock_and_lets_the_computer_sleep() {
    let folder = tempfile::tempdir().unwrap();
    let (mut port, inbox, outbox) = port(session(&folder, true));
    let unlock = |port: &mut Port, id: u64| {
        let frame = format!(r#"{{"v":1,"id":{id},"op":"unlock","p":{{"password":"guess"}}}}"#);
        assert!(port.frame(frame.as_bytes(), NOW).is_continue());
        port.jobs.next(&port.session, NOW);
    };
    unlock(&mut port, 1);
    let Event::Done(id, done) = inbox.recv_timeout(Duration::from_secs(60)).unwrap() else {
        panic!()
    };
    port.done(id, *done, NOW);
    unlock(&mut port, 2);
    unlock(&mut port, 3);
    assert!(port.jobs.is_asked_by(2) && port.jobs.is_asked_by(3));
    let (lets_go, gone) = mpsc::channel();
    let hold = Hold::new(move || lets_go.send(()).unwrap());
    port.signal(Signal::Lock { why: Why::Sleep, hold: Some(hold) });
    assert!(port.jobs.is_empty());
    assert!(gone.try_recv().is_ok(), "the computer is kept awake for nothing");
    let answers: Vec<String> = outbox.try_iter().map(text).collect();
    assert!(answers.len() == 3 && answers[1..].iter().all(|answer| answer.contains("locked")));
    // Whoever asks after the lock waits as before.
    unlock(&mut port, 4);
    assert_eq!(port.left(NOW), Some(Duration::from_millis(250)));
}

#[test]
fn a_sleep_that_the_settings_allow_ends_what_would_open_the_vault_and_no_other_work() {
    let folder = tempfile::tempdir().unwrap();
    let (mut port, inbox, outbox) = port(session(&folder, true));
    let ask = |port: &mut Port, frame: &str| {
        assert!(port.frame(frame.as_bytes(), NOW).is_continue());
        port.jobs.next(&port.session, NOW);
    };
    let sleep = || Signal::Lock { why: Why::Sleep, hold: None };
    open(&mut port.session);
    ask(&mut port, r#"{"v":1,"id":1,"op":"set_settings","p":{"on_sleep":false}}"#);
    ask(&mut port, r#"{"v":1,"id":2,"op":"offers"}"#);
    port.signal(sleep());
    assert!(port.session.is_unlocked() && port.jobs.is_asked_by(2));
    let Event::Done(id, done) = inbox.recv_timeout(Duration::from_secs(60)).unwrap() else {
        panic!()
    };
    port.done(id, *done, NOW);
    let answers: Vec<String> = outbox.try_iter().map(text).collect();
    assert!(answers.iter().all(|answer| answer.contains("\"ok\"")), "{answers:?}");
    port.session.lock(Why::Manual);
    port.forget_calls_before_a_lock();
    ask(&mut port, r#"{"v":1,"id":3,"op":"unlock","p":{"password":"master"}}"#);
    port.signal(sleep());
    let Event::Done(id, done) = inbox.recv_timeout(Duration::from_secs(60)).unwrap() else {
        panic!()
    };
    port.done(id, *done, NOW);
    assert!(!port.session.is_unlocked());
}

#[test]
fn who_asked_for_a_folder_that_never_answers_has_an_answer_when_the_vault_locks() {
    let folder = tempfile::tempdir().unwrap();
    let (mut port, _inbox, outbox) = port(session(&folder, false));
    let said = |outbox: &Receiver<Said>| -> Vec<String> { outbox.try_iter().map(text).collect() };
    // The state of a port whose thread hangs: nothing ever comes of it.
    let after = After::Find(Secret::new("password".into()), 0);
    port.folder.hang(folder.path(), Some((5, after)));
    let look = || Answer::Folder(Work::Look(folder.path().into()), After::Tell);
    port.answer(6, look(), NOW);
    port.forget_calls_before_a_lock();
    assert!(said(&outbox).is_empty());
    // One number is one call, also while it waits for a disk.
    assert!(port.frame(br#"{"v":1,"id":6,"op":"status"}"#, NOW).is_continue());
    assert!(said(&outbox)[0].contains("bad_request"));

    assert!(port.frame(br#"{"v":1,"id":7,"op":"lock"}"#, NOW).is_continue());
    port.forget_calls_before_a_lock();
    let answers = said(&outbox);
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert!(answers[0].contains(r#""id":7"#) && answers[0].contains("ok"), "{answers:?}");
    for (answer, id) in answers[1..].iter().zip([5, 6]) {
        assert!(answer.contains(&format!(r#""id":{id}"#)) && answer.contains("locked"));
    }
    // The password is gone; the thread is all that is left, and has none.
    assert!(!port.folder.is_free() && !port.folder.is_asked_by(5) && !port.folder.is_asked_by(6));
    // Nobody waits for it for ever, whoever came first no more than who comes when it is slow already.
    let at = |ms: u64| Readings { boot_ms: ms, ..NOW };
    port.folder.hang(folder.path(), Some((8, After::Write)));
    port.answer(9, look(), at(1_000));
    assert_eq!(port.folder.left(at(1_000)), Some(Duration::from_secs(19)));
    port.look_after_the_folder(at(19_999));
    assert!(said(&outbox).is_empty());
    port.look_after_the_folder(at(20_000));
    let answers = said(&outbox);
    assert!(answers.len() == 2 && answers[0].contains("folder"), "{answers:?}");
    port.answer(10, look(), at(20_000));
    assert_eq!(said(&outbox).len(), 1);
    // It is still watched: after a minute it has failed.
    assert_eq!(port.folder.left(at(20_000)), Some(Duration::from_secs(40)));
}

#[test]
fn a_folder_that_does_not_answer_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let [share, other] = ["share", "other"].map(|name| folder.path().join(name));
    std::fs::create_dir(&other).unwrap();
    let (mut port, inbox, outbox) = port(session(&folder, false));
    let at = |ms: u64| Readings { boot_ms: ms, ..NOW };
    let said = || {
        let answers: Vec<String> = outbox.try_iter().map(text).collect();
        answers
    };
    let look = |folder: &std::path::Path| Answer::Folder(Work::Look(folder.into()), After::Write);
    let hung = port.folder.hang(&share, Some((1, After::Write)));
    port.answer(2, look(&share), at(5_000));
    port.answer(3, look(&other), at(6_000));
    assert_eq!(port.folder.left(at(6_000)), Some(Duration::from_secs(14)));
    port.look_after_the_folder(at(19_999));
    assert!(said().is_empty());
    // Whoever waited for the share is told; the other folder is looked at.
    port.look_after_the_folder(at(20_000));
    let answers = said();
    assert!(answers.len() == 2 && answers.iter().all(|answer| answer.contains("folder")));
    assert!(answers[0].contains(r#""id":1"#) && answers[1].contains(r#""id":2"#), "{answers:?}");
    let Event::Folder(thread, worked) = inbox.recv_timeout(Duration::from_secs(60)).unwrap() else {
        panic!()
    };
    port.worked(thread, *worked, at(20_001));
    assert!(said()[0].contains(r#""id":3"#) && port.folder.is_free());
    // What the share says at last is nobody's any more.
    port.folder.hang(&other, Some((4, After::Write)));
    port.worked(hung, Worked::Looked(Ok(Vec::new())), at(30_000));
    assert!(said().is_empty() && port.folder.is_asked_by(4));
}

#[test]
fn only_so_many_threads_are_left_to_folders_that_do_not_answer() {
    let (events, _inbox) = events();
    let mut folder = Folder::new(events);
    let at = |ms: u64| Readings { boot_ms: ms, ..NOW };
    let place = |n: u64| std::path::PathBuf::from(format!("/nowhere/{n}"));
    for n in 1..=4 {
        let thread = folder.hang(&place(n), None);
        assert_eq!(thread, n);
    }
    folder.ask(9, Work::Look(place(9)), After::Tell, at(0)).ok().unwrap();
    assert!(folder.overtake(at(19_999)).is_none());
    let refused = folder.overtake(at(20_000)).unwrap();
    assert!(matches!(refused[..], [(9, After::Tell)]) && !folder.is_free());
    // One has come back.
    assert!(folder.end(2).is_none());
    folder.ask(10, Work::Look(place(9)), After::Tell, at(20_001)).ok().unwrap();
    assert!(folder.overtake(at(20_002)).unwrap().is_empty() && folder.is_asked_by(10));
}

#[test]
fn a_browser_that_reads_no_answer_keeps_nobody_from_locking() {
    /// Takes nothing until it is gone.
    struct Full(Receiver<()>);
    impl Write for Full {
        fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            Err(std::io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let session = session(&folder, false);
    let mut input = Vec::new();
    for id in 1..=3_000 {
        let call = format!(r#"{{"v":1,"id":{id},"op":"status"}}"#);
        crate::frame::write(&mut input, call.as_bytes()).unwrap();
    }
    let (unread, output) = mpsc::channel::<()>();
    let (give, events) = mpsc::channel();
    let port = std::thread::spawn(move || {
        let watch = |events: Events| {
            give.send(events).unwrap();
            None
        };
        serve(session, std::io::Cursor::new(input), Full(output), watch, || NOW);
    });
    let events = events.recv().unwrap();
    let (lets_go, gone) = mpsc::channel();
    let hold = Hold::new(move || lets_go.send(()).unwrap());
    // Behind whatever was read until now.
    events.send(Event::Signal(Signal::Lock { why: Why::Sleep, hold: Some(hold) }));
    gone.recv_timeout(Duration::from_secs(30)).unwrap();
    drop(unread);
    port.join().unwrap();
}

#[test]
fn what_the_system_says_does_not_wait_for_saves_that_another_process_holds_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(&folder, true);
    open(&mut session);
    // Another process stands still in the middle of a save.
    let lock = std::fs::File::options().write(true).open(folder.path().join("vault.otv.lock"));
    let lock = lock.unwrap();
    lock.lock().unwrap();
    let mut input = Vec::new();
    let hello = r#"{"v":1,"id":1,"op":"hello","p":{"min":1,"max":1,"ext_version":"0.0.0","browser":"chromium"}}"#;
    crate::frame::write(&mut input, hello.as_bytes()).unwrap();
    for id in 2..20 {
        let call =
            format!(r#"{{"v":1,"id":{id},"op":"set_settings","p":{{"idle_s":{}}}}}"#, 60 + id);
        crate::frame::write(&mut input, call.as_bytes()).unwrap();
    }
    let (give, events) = mpsc::channel();
    let (stay, pipe) = std::io::pipe().map(|(read, write)| (write, read)).unwrap();
    let port = std::thread::spawn(move || {
        let watch = |events: Events| {
            give.send(events).unwrap();
            None
        };
        serve(session, std::io::Cursor::new(input).chain(pipe), std::io::sink(), watch, || NOW);
    });
    let events = events.recv().unwrap();
    // The first save waits already.
    std::thread::sleep(Duration::from_millis(200));
    let (lets_go, gone) = mpsc::channel();
    let hold = Hold::new(move || lets_go.send(()).unwrap());
    events.send(Event::Signal(Signal::Lock { why: Why::Sleep, hold: Some(hold) }));
    // One save alone would wait for 5 s.
    gone.recv_timeout(Duration::from_secs(3)).unwrap();
    drop(stay);
    port.join().unwrap();
    drop(lock);
}

#[test]
fn whoever_asks_and_reads_is_always_heard() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(&folder, false);
    let (mut answers, output) = std::io::pipe().unwrap();
    let (input, mut calls) = std::io::pipe().unwrap();
    let port = std::thread::spawn(move || serve(session, input, output, |_| None, || NOW));
    // A place that is taken by no call would be missing from the next on, and some day none would be left.
    for id in 1..=2_000 {
        let call = format!(r#"{{"v":1,"id":{id},"op":"status"}}"#);
        crate::frame::write(&mut calls, call.as_bytes()).unwrap();
        let answer = crate::frame::read(&mut answers).unwrap().unwrap();
        assert!(String::from_utf8_lossy(&answer).contains(&format!(r#""id":{id}"#)));
    }
    drop(calls);
    port.join().unwrap();
}
