//! The PIN: what it opens, and what ends it.
//!
//! Never here: the master password.

use super::*;

#[test]
fn five_wrong_pins_are_the_end_of_it_and_the_master_password_opens() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let pin = |text: &str| Secret::new(text.into());
    assert_eq!(session.begin_pin(pin("2468"), now).unwrap_err(), Refusal::NoPin);
    fixture.unlock(&mut session, now);
    for (text, problem) in [("246", Problem::Short), (&*"2".repeat(65), Problem::Long)] {
        let refused = session.begin_set_pin(pin("master"), pin(text), now).unwrap_err();
        assert_eq!(refused, Refusal::Invalid(Invalid { field: Field::Pin, problem }));
    }
    let wrong = session.begin_set_pin(pin("not it"), pin("2468"), now).unwrap().run();
    assert!(matches!(finish(&mut session, wrong, now), Err(Refusal::WrongPassword { .. })));
    assert_eq!(session.status(now).pin_tries, 0);
    let set = session.begin_set_pin(pin("master"), pin("2468"), now).unwrap().run();
    assert_eq!(finish(&mut session, set, now), Ok(Response::Done));
    assert_eq!(session.status(now).pin_tries, 5);

    session.lock(Why::Sleep);
    for left in [4, 3, 2, 1] {
        let tried = session.begin_pin(pin("8642"), now).unwrap().run();
        assert_eq!(finish(&mut session, tried, now), Err(Refusal::WrongPin { left }));
        assert_eq!(session.status(now).pin_tries, left);
    }
    // The last try is the right one: all of them are there again.
    let tried = session.begin_pin(pin("2468"), now).unwrap().run();
    assert_eq!(finish(&mut session, tried, now), Ok(Response::Done));
    assert!(session.is_open(now));
    session.lock(Why::Idle);
    // Two that are tried at once have two of the five between them.
    let jobs: Vec<Job> = (0..5).map(|_| session.begin_pin(pin("8642"), now).unwrap()).collect();
    assert_eq!(session.status(now).pin_tries, 0);
    let ends: Vec<_> = jobs.into_iter().map(|job| finish(&mut session, job.run(), now)).collect();
    assert!(ends.iter().all(|end| *end == Err(Refusal::NoPin)), "{ends:?}");
    assert_eq!(session.begin_pin(pin("2468"), now).unwrap_err(), Refusal::NoPin);
    assert!(!session.is_open(now));
    fixture.unlock(&mut session, now);
    assert!(session.is_open(now));
    assert_eq!(session.status(now).pin_tries, 0);
}

#[test]
fn a_pin_ends_with_the_key_it_opens_and_with_the_master_passwords_age() {
    let fixture = fixture();
    let mut now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let pin = || Secret::new("2468".into());
    let mut session = fixture.session();
    let arm = |session: &mut Session, now| {
        fixture.unlock(session, now);
        session.finish(fixture.pin_to_be(), now).unwrap();
    };
    arm(&mut session, now);
    assert_eq!(session.remove_pin(now), Ok(()));
    assert_eq!(session.begin_pin(pin(), now).unwrap_err(), Refusal::NoPin);

    arm(&mut session, now);
    session.lock(Why::PasswordChanged);
    assert_eq!(session.begin_pin(pin(), now).unwrap_err(), Refusal::NoPin);
    assert_eq!(session.remove_pin(now), Err(Refusal::Locked));

    arm(&mut session, now);
    session.lock(Why::Idle);
    now.boot_ms += MASTER_AGE - 1;
    now.mono_ms = now.boot_ms;
    now.wall_ms = now.boot_ms as i64;
    assert_eq!(session.status(now).pin_tries, 5);
    finish(&mut session, fixture.pin_tried(true), now).unwrap();
    assert_eq!(session.left(now), Some(std::time::Duration::from_millis(1)));
    session.take_news();
    now = Readings { boot_ms: MASTER_AGE, mono_ms: MASTER_AGE, wall_ms: MASTER_AGE as i64 };
    assert!(!session.is_open(now));
    assert_eq!(session.take_news(), [Event::Locked { why: Why::MasterAge }]);
    assert_eq!(session.begin_pin(pin(), now).unwrap_err(), Refusal::NoPin);

    // Another process replaces the data key while this one is locked.
    arm(&mut session, now);
    session.lock(Why::Sleep);
    fixture.replace_password(true);
    assert_eq!(session.begin_pin(pin(), now).unwrap_err(), Refusal::NoPin);
    assert!(!session.is_open(now));
}

#[test]
fn a_password_that_is_replaced_elsewhere_takes_the_pin_with_it() {
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    // Under the open vault, or under the locked one.
    for locked in [false, true] {
        let fixture = fixture();
        let mut session = fixture.session();
        fixture.unlock(&mut session, now);
        let pin = session_pin(&fixture, &mut session, now);
        session.quick.set_pin(pin, &fixture.store.read().unwrap().slots);
        let tries = |session: &mut Session| {
            session.lock(Why::Manual);
            session.begin_pin(Secret::new("2468".into()), now).map(drop)
        };
        if locked {
            assert_eq!(tries(&mut session), Ok(()));
            fixture.replace_password(false);
        } else {
            fixture.replace_password(false);
            session.open(now).unwrap();
            assert_eq!(session.status(now).pin_tries, 0);
        }
        assert_eq!(tries(&mut session), Err(Refusal::NoPin));
    }
}

#[test]
fn a_pin_has_4_to_64_characters() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let begin = |session: &mut Session, pin: &str| {
        let (password, pin) = (Secret::new("master".into()), Secret::new(pin.into()));
        session.begin_set_pin(password, pin, now).err()
    };
    assert_eq!(begin(&mut session, "2468"), Some(Refusal::Locked));
    fixture.unlock(&mut session, now);
    let mut begun = |pin: &str| begin(&mut session, pin);
    let wrong = |problem| Some(Refusal::Invalid(Invalid { field: Field::Pin, problem }));
    assert_eq!(begun(""), wrong(Problem::Short));
    assert_eq!(begun("246"), wrong(Problem::Short));
    // Characters, not bytes.
    assert_eq!(begun("äöü"), wrong(Problem::Short));
    assert_eq!(begun("äöüß"), None);
    assert_eq!(begun(&"ä".repeat(64)), None);
    assert_eq!(begun(&"2".repeat(65)), wrong(Problem::Long));
}
