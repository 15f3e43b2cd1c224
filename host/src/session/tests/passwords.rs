//! The master password: tried, changed, asked again.
//!
//! Never here: the PIN, the recovery code.

use super::*;

#[test]
fn a_hundred_wrong_passwords_only_make_it_slower() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let before = std::fs::read(fixture.store.path()).unwrap();
    let waits: Vec<u64> = (0..100).map(|_| fixture.fail(&mut session, now)).collect();
    assert_eq!(waits[..6], [250, 500, 1000, 2000, 4000, 5000]);
    assert!(waits[6..].iter().all(|wait| *wait == 5000));
    assert_eq!(session.status(now).retry_ms, 5000);
    let password = Secret::new("master".into());
    let job = session.begin_unlock(password).unwrap();
    assert_eq!(session.wait(&job, now), 5000);
    assert_eq!(std::fs::read(fixture.store.path()).unwrap(), before);
    fixture.unlock(&mut session, now);
    assert_eq!(session.status(now).retry_ms, 0);
}

#[test]
fn a_changed_password_costs_no_less_than_the_one_before() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let (mut session, dear) = fixture.dear(now);
    let secret = |text: &str| Secret::new(text.into());
    let change = session.begin_change(secret("dear"), secret("new"), true, now).unwrap().run();
    assert_eq!(finish(&mut session, change, now), Ok(Response::Done));
    let (_, vault) = session.open(now).unwrap();
    assert_eq!(vault.slots()[0].params(), Ok(dear));
}

#[test]
fn a_password_that_is_replaced_meanwhile_stays_replaced() {
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let secret = |text: &str| Secret::new(text.into());
    let opens = |fixture: &Fixture| {
        let sealed = fixture.store.read().unwrap();
        [&b"master"[..], b"newer", b"mine"].map(|password| sealed.unlock(password).is_ok())
    };

    let fixture = fixture();
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    let make = session.begin_recovery(secret("master"), true, now).unwrap().run();
    assert!(finish(&mut session, make, now).is_ok());
    let jobs = [
        session.begin_change(secret("master"), secret("mine"), false, now).unwrap(),
        session.begin_change(secret("master"), secret("mine"), true, now).unwrap(),
        // Would take the code, and with it the data key, away.
        session.begin_recovery(secret("master"), false, now).unwrap(),
        // Whoever knows only the old one makes no other way in, and takes nothing out.
        session.begin_set_pin(secret("master"), secret("2468"), now).unwrap(),
        confirm(&mut session, Then::Qr(fixture.id.parse().unwrap()), now),
        confirm(
            &mut session,
            Then::SetBackups(SetBackups {
                password: secret("master"),
                backups: None,
                folder: Some(String::new()),
            }),
            now,
        ),
    ];
    let done = jobs.map(Job::run);
    fixture.replace_password(false);
    for done in done {
        assert_eq!(finish(&mut session, done, now), Err(Refusal::Conflict));
        assert_eq!(session.status(now).pin_tries, 0);
        assert_eq!(opens(&fixture), [false, true, false]);
    }
    let change = session.begin_change(secret("newer"), secret("mine"), false, now).unwrap().run();
    assert_eq!(finish(&mut session, change, now), Ok(Response::Done));
    assert_eq!(opens(&fixture), [false, false, true]);

    // A slot that costs too little is derived anew at an unlock.
    let fixture = self::fixture();
    let dear = KdfParams::new(32_768, 3, 2).unwrap();
    let policy = KdfPolicy { least: dear, clock: None };
    let mut session = Session::new(fixture.store.clone(), policy);
    let unlock = session.begin_unlock(secret("master")).unwrap().run();
    assert!(matches!(&unlock, Done::Vault(Tried::Unlock { outcome: Ok((_, Some(_))), .. })));
    fixture.replace_password(false);
    assert_eq!(finish(&mut session, unlock, now), Ok(Response::Done));
    assert_eq!(opens(&fixture), [false, true, false]);
}

#[test]
fn whoever_types_a_password_again_waits_as_whoever_unlocks() {
    let fixture = fixture();
    let mut session = fixture.session();
    let at = |ms: u64| Readings { boot_ms: ms, mono_ms: ms, wall_ms: ms as i64 };
    let secret = |text: &str| Secret::new(text.into());
    fixture.unlock(&mut session, at(0));
    assert_eq!(fixture.fail(&mut session, at(0)), 250);
    let code = secret(&RecoveryCode::generate().show());
    let sealed = || fixture.store.read().unwrap();
    let id = fixture.id.parse().unwrap();
    let then = || Box::new(Then::Qr(id));
    for (ms, wait) in [(0, 250), (100, 150), (250, 0), (300, 0)] {
        let now = at(ms);
        let again = Errand::Confirm {
            password: secret("x"),
            sealed: sealed(),
            backups: None,
            then: then(),
        };
        let jobs = [
            session.begin_unlock(secret("x")),
            Ok(session.begin_desk(again, 0)),
            session.begin_change(secret("x"), secret("y"), false, now),
            session.begin_recovery(secret("x"), true, now),
            session.begin_recover(&code, secret("y")),
            session.begin_set_pin(secret("x"), secret("2468"), now),
        ];
        for job in jobs {
            let job = job.unwrap();
            assert_eq!(session.wait(&job, now), wait, "{job:?}");
        }
        // No master password is tried here.
        let errand = Errand::Picture(id, Default::default());
        let job = session.begin_desk(errand, 0);
        assert_eq!(session.wait(&job, now), 0);
    }
    // What says nothing about the password does not count against whoever typed it.
    let damaged = Err::<(), _>(FormatError::Layout);
    assert_eq!(session.confirmed(damaged, at(300)), Err(Refusal::Corrupt));
    for (problem, retry_ms) in [(KeyError::Wrong, 500), (KeyError::Password, 1_000)] {
        let refused = session.confirmed(Err::<(), _>(problem.into()), at(300));
        assert_eq!(refused, Err(Refusal::WrongPassword { retry_ms }));
    }
    assert_eq!(session.confirmed(Ok(7), at(300)), Ok(7));
    assert_eq!(session.status(at(300)).retry_ms, 0);
    assert_eq!(fixture.fail(&mut session, at(300)), 250);
}

#[test]
fn a_slot_that_costs_too_little_is_replaced_when_it_opens_unless_it_is_an_older_copy() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let least = KdfParams::new(32_768, 2, 1).unwrap();
    let unlocked = |least: KdfParams| {
        let policy = KdfPolicy { least, clock: None };
        let mut session = Session::new(fixture.store.clone(), policy);
        let job = session.begin_unlock(Secret::new("master".into())).unwrap();
        assert_eq!(finish(&mut session, job.run(), now), Ok(Response::Done));
        let (_, vault) = session.open(now).unwrap();
        (vault.generation(), cost(vault))
    };
    assert_eq!(unlocked(KdfParams::FLOOR), (2, Some(KdfParams::FLOOR)));
    let older = std::fs::read(fixture.store.path()).unwrap();
    assert_eq!(unlocked(least), (3, Some(least)));
    // Once, and it is on the disk.
    assert_eq!(unlocked(least), (3, Some(least)));
    assert_eq!(unlocked(KdfParams::FLOOR), (3, Some(least)));
    // An older copy is as it is until somebody says that it is right.
    std::fs::write(fixture.store.path(), older).unwrap();
    assert_eq!(unlocked(least), (2, Some(KdfParams::FLOOR)));
}
