//! The file under a session: made, replaced, gone for a moment; and what of its accounts is told.
//!
//! Never here: how it is saved (`vault::file`).

use super::*;

#[test]
fn no_account_is_disguised_by_what_nobody_sees_and_one_that_is_stays_and_opens() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    fixture.unlock(&mut session, now);
    let uri = Secret::new(
        "otpauth://totp/Git%E2%80%AEHub:a%00lice?secret=GEZDGNBVGY3TQOJQ&issuer=Git%E2%80%AEHub"
            .into(),
    );
    let scanned = AddAccount { uri: Some(uri), manual: None, page: None, again: false };
    let manual = |issuer: &str| AddAccount {
        manual: Some(Manual {
            kind: Kind::Totp,
            issuer: issuer.into(),
            label: "bo\u{200f}b".into(),
            secret: Secret::new("JBSWY3DPEHPK3PXP".into()),
            algorithm: None,
            digits: None,
            period: None,
            counter: None,
        }),
        uri: None,
        page: None,
        again: false,
    };
    for (add, label) in [(scanned, "alice"), (manual("\u{feff}GitHub\u{200e}"), "bob")] {
        match ask(&mut session, Request::Add(add), now) {
            Ok(Response::Account(it)) => assert_eq!((&*it.issuer, &*it.label), ("GitHub", label)),
            other => panic!("{other:?}"),
        }
    }
    // An older version let it in.
    let (store, vault) = session.open(now).unwrap();
    store
        .update::<_, FileError>(vault, 0, |vault, at| {
            let entry = vault.body.entries.get_mut(&fixture.id.parse().unwrap()).unwrap();
            entry.issuer = "Git\u{202e}Hub".into();
            entry.touch(Part::Issuer, at);
            Ok(())
        })
        .unwrap();
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    let edit = |edit| Request::Edit(Box::new(edit));
    let own = || EditAccount { id: fixture.id.clone(), ..EditAccount::default() };
    let label = Some("c\u{2069}arol".into());
    match ask(&mut session, edit(EditAccount { label, ..own() }), now) {
        Ok(Response::Account(it)) => {
            assert_eq!((&*it.issuer, &*it.label), ("Git\u{202e}Hub", "carol"));
        }
        other => panic!("{other:?}"),
    }
    let wanted = EditAccount {
        issuer: Some("Git\u{202e}Hub".into()),
        tags: Some(vec!["work".into(), "wo\u{200e}rk".into(), "\u{202a}".into()]),
        note: Some("a\u{1b}[2Jb\n\u{2066}c".into()),
        ..own()
    };
    match ask(&mut session, edit(wanted), now) {
        Ok(Response::Account(it)) => {
            assert_eq!((&*it.issuer, &*it.tags), ("GitHub", &["work".to_owned()][..]));
            assert_eq!(it.note, "a[2Jb\nc");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_older_file_under_an_open_session_is_news_once_and_its_password_is_not_asked_for() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let secret = |text: &str| Secret::new(text.into());
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    let older = std::fs::read(fixture.store.path()).unwrap();
    replace_password(&mut session, b"newer", KdfParams::FLOOR, now);
    session.take_news();
    std::fs::write(fixture.store.path(), older).unwrap();
    session.open(now).unwrap();
    assert_eq!(session.take_news(), [Event::Changed]);
    session.open(now).unwrap();
    assert_eq!(session.take_news(), []);
    for (password, is_right) in [("master", false), ("newer", true)] {
        let job = session.begin_set_pin(secret(password), secret("2468"), now).unwrap();
        assert_eq!(finish(&mut session, job.run(), now).is_ok(), is_right, "{password}");
    }
}

#[test]
fn settings_that_another_process_saved_are_heeded_also_where_a_save_took_them_in() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let mut sessions = [fixture.session(), fixture.session()];
    for session in &mut sessions {
        fixture.unlock(session, now);
        session.take_news();
    }
    let [session, other] = &mut sessions;
    session.open(now).unwrap();
    let idle = SetSettings { idle_s: Some(30), ..SetSettings::default() };
    ask(other, Request::SetSettings(idle), now).unwrap();
    // What a request does between its look at the file and its save.
    let State::Open(open) = &mut session.state else { panic!("locked") };
    session.store.update::<_, FileError>(&mut open.vault, 0, |_, _| Ok(())).unwrap();
    session.look(now);
    assert_eq!(session.take_news(), [Event::Changed]);
    let later = Readings { boot_ms: 31_000, mono_ms: 31_000, wall_ms: 31_000 };
    session.look(later);
    assert_eq!(session.take_news(), [Event::Locked { why: Why::Idle }]);
}

#[test]
fn a_session_that_nobody_asks_hears_of_a_new_password_as_well() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    fixture.replace_password(true);
    session.take_news();
    session.look(now);
    assert_eq!(session.take_news(), [Event::Locked { why: Why::PasswordChanged }]);
}

#[test]
fn a_replaced_vault_ends_the_session() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    let derived = Derived::new(b"other", KdfParams::FLOOR).unwrap();
    std::fs::remove_file(fixture.store.path()).unwrap();
    std::fs::remove_file(fixture.store.named("1")).unwrap();
    fixture.store.create(&derived, 0).unwrap();
    assert_eq!(ask(&mut session, Request::Settings, now), Err(Refusal::Locked));
    let news = [Event::Opened, Event::Locked { why: Why::PasswordChanged }];
    assert_eq!(session.take_news(), news);
    assert_eq!(session.take_news(), []);
}

#[test]
fn a_vault_is_made_once() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let password = || Secret::new("correct horse battery staple".into());
    let create = Request::Create(NewPassword { password: password() });
    assert_eq!(ask(&mut session, create, now), Err(Refusal::Exists));
    let weak = Request::Create(NewPassword { password: Secret::new("password".into()) });
    assert!(matches!(ask(&mut session, weak, now), Err(Refusal::WeakPassword(_))));
}

#[test]
fn a_vault_is_made_where_there_is_none_and_only_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&folder.path().join("vault.otv"));
    let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
    let mut session = Session::new(store, policy);
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    assert!(session.is_absent());
    let job = session.begin_create(Secret::new("correct horse".into())).unwrap();
    assert_eq!(finish(&mut session, job.run(), now), Ok(Response::Done));
    assert!(!session.is_absent() && session.is_open(now));
    session.lock(Why::Manual);
    assert!(!session.is_absent());
    assert!(!fixture().session().is_absent());
}

#[test]
fn where_a_code_went_is_known_until_the_vault_locks() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    fixture.unlock(&mut session, now);
    let (first, second) = (EntryId([1; 16]), EntryId([2; 16]));
    assert!(!session.was_used(first, "example.com", 7));
    session.note_used(first, "example.com", 7);
    session.note_used(second, "example.com", 7);
    assert!(session.was_used(first, "example.com", 7));
    assert!(!session.was_used(first, "example.com", 8) && !session.was_used(first, "a.com", 7));
    assert!(session.was_used(second, "example.com", 7));
    session.note_used(first, "example.com", 8);
    assert!(session.was_used(first, "example.com", 8));
    assert!(!session.was_used(first, "example.com", 7));
    session.lock(Why::Idle);
    assert!(!session.was_used(second, "example.com", 7));
}

#[test]
fn what_lies_in_the_vaults_place_is_told_and_a_new_one_is_made_only_where_nothing_is() {
    let fixture = fixture();
    let path = fixture.store.path().to_owned();
    let whole = std::fs::read(&path).unwrap();
    let mut newer = whole.clone();
    newer[8] = 2;
    let end = newer.len() - 32;
    let checksum = <sha2::Sha256 as sha2::Digest>::digest(&newer[..end]);
    newer[end..].copy_from_slice(&checksum);
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let is = |state: &VaultState, may_create: bool| {
        let mut session = fixture.session();
        assert_eq!(&session.status(now).vault, state);
        assert_eq!(session.is_absent(), *state == VaultState::Absent);
        let begun = session.begin_create(Secret::new("x".into()));
        assert_eq!(begun.err(), (!may_create).then_some(Refusal::Exists), "{state:?}");
    };
    let earlier = shared::protocol::Generation { generation: 1, saved_at: 0 };
    let damaged = VaultState::Damaged { generations: vec![earlier] };
    is(&VaultState::Locked { why: None }, false);
    std::fs::write(&path, &newer).unwrap();
    is(&VaultState::Newer, false);
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    is(&damaged, false);
    File::create(&path).unwrap().set_len(16 * 1024 * 1024 + 1).unwrap();
    is(&damaged, false);
    std::fs::remove_file(&path).unwrap();
    is(&damaged, false);
    // Not even with a password that was derived before it was lost.
    let derived = Derived::new(b"other", KdfParams::FLOOR).unwrap();
    assert_eq!(fixture.session().create(&derived, None, now), Err(Refusal::Exists));
    std::fs::create_dir(&path).unwrap();
    is(&VaultState::Unreadable, false);
    std::fs::remove_dir(&path).unwrap();
    std::fs::remove_file(fixture.store.named("1")).unwrap();
    is(&VaultState::Absent, true);
}

#[test]
fn a_moment_without_the_file_locks_nothing_and_its_loss_does() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    fixture.unlock(&mut session, now);
    session.take_news();
    let (path, away) = (fixture.store.path(), fixture.store.path().with_extension("away"));
    std::fs::rename(path, &away).unwrap();
    // It cannot be read now: a disk that hangs, a share that is gone for a moment.
    std::fs::create_dir(path).unwrap();
    assert!(session.open(now).is_ok());
    std::fs::remove_dir(path).unwrap();
    std::fs::copy(&away, path).unwrap();
    assert!(session.open(now).is_ok());
    assert_eq!(session.take_news(), []);
    std::fs::remove_file(path).unwrap();
    assert_eq!(session.open(now).err(), Some(Refusal::Locked));
    assert_eq!(session.take_news(), [Event::Locked { why: Why::VaultReplaced }]);
    // Damage as well.
    std::fs::copy(&away, path).unwrap();
    fixture.unlock(&mut session, now);
    session.take_news();
    std::fs::write(path, "torn").unwrap();
    assert_eq!(session.open(now).err(), Some(Refusal::Locked));
    assert_eq!(session.take_news(), [Event::Locked { why: Why::VaultReplaced }]);
}

#[test]
fn the_trash_does_not_count_and_a_locked_host_offers_nothing() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    assert_eq!(session.begin_offers(now).err(), Some(Refusal::Locked));
    fixture.unlock(&mut session, now);
    let offers = session.begin_offers(now).unwrap().run();
    assert!(matches!(finish(&mut session, offers, now), Ok(Response::Offers(_))));
    let unlocked = |count| VaultState::Unlocked { count, rollback: None };
    assert_eq!(session.status(now).vault, unlocked(1));
    let id: EntryId = fixture.id.parse().unwrap();
    let (store, vault) = session.open(now).unwrap();
    assert!(vault.entry(id).is_some() && vault.entry(EntryId([0; 16])).is_none());
    store
        .update::<_, FileError>(vault, 0, |vault, at| {
            let entry = vault.body.entries.get_mut(&id).unwrap();
            entry.trashed = Some(0);
            entry.touch(Part::Trashed, at);
            Ok(())
        })
        .unwrap();
    assert!(vault.entry(id).is_none());
    assert_eq!(session.status(now).vault, unlocked(0));
    session.lock(Why::Idle);
    assert_eq!(session.status(now).vault, VaultState::Locked { why: Some(Why::Idle) });
}
