//! The key that the system's yes lets go.
//!
//! Never here: how the system is asked (`presence`).

use super::*;

#[cfg(target_os = "linux")]
#[test]
fn only_a_yes_lets_the_key_go_and_five_noes_forget_it() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let (presence, _listener) = present(folder.path());
    let mut session = fixture.session().with_presence(presence);
    let mut now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let answered = |answer| {
        let sealed = fixture.store.read().unwrap();
        Tried::Presence(answer, Wish::Unlock(sealed))
    };
    let turn = |on| SetSettings { biometrics: Some(on), ..SetSettings::default() };
    // Off: nothing is kept, and a yes opens nothing.
    fixture.unlock(&mut session, now);
    session.lock(Why::Sleep);
    assert_eq!(session.status(now).biometrics, Biometrics::Offered);
    assert_eq!(session.begin_presence(now).unwrap_err(), Refusal::NoBiometrics);
    assert_eq!(finish(&mut session, answered(Said::Yes), now), Err(Refusal::NoBiometrics));

    // On, by a yes and by nothing else.
    fixture.unlock(&mut session, now);
    for (answer, refusal) in
        [(Said::No, Refusal::Unconfirmed), (Said::Unable, Refusal::NoBiometrics)]
    {
        let wish = Tried::Presence(answer, Wish::Set(turn(true)));
        assert_eq!(finish(&mut session, wish, now), Err(refusal));
    }
    session.lock(Why::Sleep);
    assert_eq!(session.status(now).biometrics, Biometrics::Offered);
    fixture.unlock(&mut session, now);
    let wish = Tried::Presence(Said::Yes, Wish::Set(turn(true)));
    assert!(finish(&mut session, wish, now).is_ok());

    session.lock(Why::Sleep);
    assert_eq!(session.status(now).biometrics, Biometrics::Ready);
    assert!(!session.is_open(now));
    assert_eq!(finish(&mut session, answered(Said::No), now), Err(Refusal::Unconfirmed));
    assert!(!session.is_open(now));
    assert_eq!(finish(&mut session, answered(Said::Yes), now), Ok(Response::Done));
    assert!(session.is_open(now));
    // An open vault holds nothing back.
    assert_eq!(session.status(now).biometrics, Biometrics::Offered);

    session.lock(Why::Idle);
    for _ in 0..5 {
        assert_eq!(finish(&mut session, answered(Said::No), now), Err(Refusal::Unconfirmed));
    }
    assert_eq!(finish(&mut session, answered(Said::Yes), now), Err(Refusal::NoBiometrics));
    assert!(!session.is_open(now));

    // What can't be asked keeps no key either.
    fixture.unlock(&mut session, now);
    session.lock(Why::Idle);
    assert_eq!(finish(&mut session, answered(Said::Unable), now), Err(Refusal::NoBiometrics));
    assert_eq!(session.begin_presence(now).unwrap_err(), Refusal::NoBiometrics);

    // What means that only the master password counts.
    for why in [Why::MasterAge, Why::PasswordChanged, Why::VaultReplaced] {
        fixture.unlock(&mut session, now);
        session.lock(why);
        assert_eq!(session.status(now).biometrics, Biometrics::Offered, "{why:?}");
    }
    fixture.unlock(&mut session, now);
    session.lock(Why::Sleep);
    assert_eq!(session.left(now), Some(std::time::Duration::from_millis(MASTER_AGE)));
    now = Readings { boot_ms: MASTER_AGE, mono_ms: MASTER_AGE, wall_ms: MASTER_AGE as i64 };
    session.check(now);
    assert_eq!(session.status(now).biometrics, Biometrics::Offered);
    assert_eq!(finish(&mut session, answered(Said::Yes), now), Err(Refusal::NoBiometrics));

    // Another process replaces the data key while this one is locked.
    fixture.unlock(&mut session, now);
    session.lock(Why::Sleep);
    fixture.replace_password(true);
    assert_eq!(finish(&mut session, answered(Said::Yes), now), Err(Refusal::NoBiometrics));
    assert!(!session.is_open(now));
}

#[cfg(target_os = "linux")]
#[test]
fn a_question_that_nobody_answers_ends_with_the_next_password_and_with_a_lock() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    // It takes the connection and says nothing, as a bus that hangs.
    let (presence, _listener) = present(folder.path());
    let mut session = fixture.session().with_presence(presence);
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let on = SetSettings { biometrics: Some(true), ..SetSettings::default() };
    fixture.unlock(&mut session, now);
    finish(&mut session, Tried::Presence(Said::Yes, Wish::Set(on)), now).unwrap();
    for by_lock in [false, true] {
        session.lock(Why::Idle);
        let job = session.begin_presence(now).unwrap();
        let asked = std::thread::spawn(move || job.run());
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!asked.is_finished());
        if by_lock {
            session.lock(Why::Sleep);
        } else {
            session.begin_unlock(Secret::new("master".into())).unwrap();
        }
        let done = asked.join().unwrap();
        assert!(matches!(done, Done::Vault(Tried::Presence(Said::No, _))), "{done:?}");
        fixture.unlock(&mut session, now);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_key_is_held_back_only_while_the_organisation_allows_it() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let (presence, _listener) = present(folder.path());
    let mut session = fixture.session().with_presence(presence);
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let on = || SetSettings { biometrics: Some(true), ..SetSettings::default() };
    fixture.unlock(&mut session, now);
    assert!(session.begin_wish(on(), now).is_ok());
    finish(&mut session, Tried::Presence(Said::Yes, Wish::Set(on())), now).unwrap();
    session.lock(Why::Sleep);
    session.set_rules(r#"{"idle_s":60}"#).unwrap();
    assert_eq!(session.status(now).biometrics, Biometrics::Ready);
    session.set_rules(r#"{"biometrics":false}"#).unwrap();
    assert_eq!(session.status(now).biometrics, Biometrics::Offered);
}
