//! The desk in a session: whose turn it is, and what a lock leaves of it.
//!
//! Never here: what is in the files (`import`).

use std::sync::Arc;

use shared::protocol::desk::Put;

use super::*;

#[test]
fn nobody_waits_for_their_turn_to_read_a_file_nor_for_who_reads_one() {
    let fixture = fixture();
    let session = fixture.session();
    let mut turn = fixture.store.path().as_os_str().to_owned();
    turn.push(".turn");
    let turn = File::create(std::path::PathBuf::from(turn)).unwrap();
    turn.lock().unwrap();
    let file = b"otpauth://totp/a?secret=AAAA".to_vec();
    let files = vec![(String::new(), Arc::new(file.into()))];
    let errand = Errand::Read { files, password: None, key_file: None, aside: None };
    let job = session.begin_desk(errand, 0);
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || said.send(matches!(job.run(), Done::Desk(Came::Read(Ok(_)), _))));
    assert_eq!(heard.recv_timeout(std::time::Duration::from_secs(20)), Ok(true));
    // Who unlocks does: with the memory of two, there may be none for either.
    let job = session.begin_unlock(Secret::new("x".into())).unwrap();
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || said.send(matches!(job.run(), Done::Vault(Tried::Unlock { .. }))));
    assert!(heard.recv_timeout(std::time::Duration::from_millis(300)).is_err());
    turn.unlock().unwrap();
    assert_eq!(heard.recv_timeout(std::time::Duration::from_secs(60)), Ok(true));
}

#[test]
fn a_lock_clears_the_desk_and_where_nothing_is_held_back_nothing_is_waited_for() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    assert_eq!(session.left(now), None);
    fixture.unlock(&mut session, now);
    let data = Secret::new("AAAA".into());
    session.desk().put(Put { desk: 0, file: 0, at: 0, name: "a".into(), data }).unwrap();
    assert_eq!(session.desk().files().len(), 1);
    session.lock(Why::Idle);
    assert!(session.desk().files().is_empty());
    assert_eq!(session.left(now), None);
    // Where nobody can be asked, nobody is.
    fixture.unlock(&mut session, now);
    let on = SetSettings { biometrics: Some(true), ..SetSettings::default() };
    assert_eq!(session.begin_wish(on, now).err(), Some(Refusal::NoBiometrics));
}

#[test]
fn whatever_becomes_of_the_desk_a_password_counts_and_what_was_read_is_forgotten() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    fixture.unlock(&mut session, now);
    let id = fixture.id.parse().unwrap();
    let right = confirm(&mut session, Then::Qr(id), now).run();
    let wrong = Errand::Confirm {
        password: Secret::new("x".into()),
        sealed: session.sealed(now).unwrap(),
        backups: None,
        then: Box::new(Then::Qr(id)),
    };
    let wrong = session.begin_desk(wrong, 0).run();
    let files = vec![(String::new(), Arc::new(b"otpauth://totp/a?secret=AAAA".to_vec().into()))];
    let read = Errand::Read { files, password: None, key_file: None, aside: None };
    let round = session.desk().round();
    let read = session.begin_desk(read, round).run();
    session.desk().clear();
    assert!(matches!(finish(&mut session, right, now), Ok(Response::Desk(_))));
    let refused = finish(&mut session, wrong, now);
    assert_eq!(refused, Err(Refusal::WrongPassword { retry_ms: 250 }));
    assert_eq!(finish(&mut session, read, now), Err(Refusal::Conflict));
}
