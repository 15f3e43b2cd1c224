//! The recovery code: what it opens, and what takes its place.
//!
//! Never here: how it is written (`vault::recovery`).

use super::*;

#[test]
fn a_recovery_code_opens_once_the_password_is_lost_and_sets_a_new_one() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let secret = |text: &str| Secret::new(text.into());
    let new = "correct horse battery staple";
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    assert!(!session.status(now).recovery);
    let wrong = session.begin_recovery(secret("not it"), true, now).unwrap().run();
    assert!(matches!(finish(&mut session, wrong, now), Err(Refusal::WrongPassword { .. })));
    let make = session.begin_recovery(secret("master"), true, now).unwrap().run();
    let Ok(Response::Recovery(Recovery { code })) = finish(&mut session, make, now) else {
        panic!()
    };
    assert!(session.status(now).recovery);

    let mut later = fixture.session();
    assert!(later.status(now).recovery);
    let recover = |text: &str| {
        Request::Recover(shared::protocol::Recover { code: secret(text), new: secret(new) })
    };
    let typo = code.replacen(
        code.chars().next().unwrap(),
        if code.starts_with('7') { "8" } else { "7" },
        1,
    );
    let problem = |text: &str, problem| {
        let invalid = Refusal::Invalid(Invalid { field: Field::Recovery, problem });
        assert_eq!(ask(&mut fixture.session(), recover(text), now), Err(invalid), "{text}");
    };
    problem("0000", Problem::Malformed);
    problem(&typo, Problem::Typo);
    let other = RecoveryCode::generate().show().to_string();
    let Answer::Later(job) = handler::answer(&mut later, recover(&other), now) else { panic!() };
    assert!(matches!(
        finish(&mut later, job.run(), now),
        Err(Refusal::WrongPassword { retry_ms: 250 })
    ));
    let Answer::Later(job) = handler::answer(&mut later, recover(&code), now) else { panic!() };
    assert_eq!(finish(&mut later, job.run(), now), Ok(Response::Done));
    assert!(later.is_open(now));
    let sealed = fixture.store.read().unwrap();
    assert!(sealed.unlock(new.as_bytes()).is_ok() && sealed.unlock(b"master").is_err());
}

#[test]
fn a_recovery_code_that_was_replaced_opens_nothing_that_is_saved_from_then_on() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    let mut recovery = |make| {
        let slot = session.open(now).unwrap().1.pin_slot(&fixture.pin);
        session.quick.set_pin(slot, &fixture.store.read().unwrap().slots);
        let unlock = shared::protocol::Unlock { password: Secret::new("master".into()) };
        let request = if make { Request::MakeRecovery } else { Request::RemoveRecovery };
        let Answer::Later(job) = handler::answer(&mut session, request(unlock), now) else {
            panic!()
        };
        let said = finish(&mut session, job.run(), now).unwrap();
        let code = match said {
            Response::Recovery(Recovery { code }) => Some(RecoveryCode::parse(&code).unwrap()),
            Response::Done => None,
            other => panic!("{other:?}"),
        };
        (code, session.quick.pin_tries() != 0)
    };
    // The first one ends nothing: there is no other that could have been seen.
    let (mut code, keeps_pin) = recovery(true);
    assert!(keeps_pin);
    for make in [true, false] {
        let before = fixture.store.read().unwrap();
        let (next, keeps_pin) = recovery(make);
        assert_eq!((next.is_some(), keeps_pin), (make, false));
        let after = fixture.store.read().unwrap();
        assert_eq!(after.has_recovery(), make);
        // An earlier save's data key is not today's.
        let old = before.recover(std::mem::replace(&mut code, next).unwrap().expose()).unwrap();
        assert!(before.open(&old).is_ok());
        assert_eq!(after.open(&old).unwrap_err(), FormatError::Header);
        let new = after.unlock(b"master").unwrap();
        assert!(after.open(&new).is_ok());
    }
}

#[test]
fn a_recovery_code_opens_an_older_copy_and_says_that_it_is_right() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let secret = |text: &str| Secret::new(text.into());
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    let make = session.begin_recovery(secret("master"), true, now).unwrap().run();
    let Ok(Response::Recovery(Recovery { code })) = finish(&mut session, make, now) else {
        panic!()
    };
    let older = std::fs::read(fixture.store.path()).unwrap();
    let (store, vault) = session.open(now).unwrap();
    for _ in 0..2 {
        store.update::<_, FileError>(vault, 0, |_, _| Ok(())).unwrap();
    }
    std::fs::write(fixture.store.path(), older).unwrap();

    let new = "correct horse battery staple";
    let mut later = fixture.session();
    let job = later.begin_recover(&secret(&code), secret(new)).unwrap();
    assert_eq!(finish(&mut later, job.run(), now), Ok(Response::Done));
    let is_right = |session: &mut Session| {
        matches!(session.status(now).vault, VaultState::Unlocked { count: 1, rollback: None })
    };
    assert!(is_right(&mut later));
    let sealed = fixture.store.read().unwrap();
    assert_eq!(sealed.header.generation, 6);
    let mut next = fixture.session();
    let job = next.begin_unlock(secret(new)).unwrap();
    assert_eq!(finish(&mut next, job.run(), now), Ok(Response::Done));
    assert!(is_right(&mut next));
}

#[test]
fn a_password_after_a_recovery_costs_no_less_than_the_one_before() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let (mut session, dear) = fixture.dear(now);
    let secret = |text: &str| Secret::new(text.into());
    let mut code = String::new();
    // The second one takes the data key with it, and the master password's slot is a new one.
    for _ in 0..2 {
        let made = session.begin_recovery(secret("dear"), true, now).unwrap().run();
        let Ok(Response::Recovery(recovery)) = finish(&mut session, made, now) else { panic!() };
        code = recovery.code;
        assert_eq!(cost(session.open(now).unwrap().1), Some(dear));
    }
    let mut later = fixture.session();
    let job = later.begin_recover(&secret(&code), secret("new")).unwrap();
    assert_eq!(finish(&mut later, job.run(), now), Ok(Response::Done));
    assert_eq!(cost(later.open(now).unwrap().1), Some(dear));
}
