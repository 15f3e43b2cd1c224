//! A session against a model of when it must be locked and what may open it, over random interleavings.
//!
//! Never here: the key derivation, which is the vault's test; its outcome is handed in.

use std::fs::File;

use proptest::prelude::*;
use shared::Secret;
use shared::protocol::desk::SetBackups;
use shared::protocol::{
    AddAccount, ById, EditAccount, Field, FillPage, Invalid, Kind, ListAccounts, ListCodes, Manual,
    NewPassword, Page, Problem, Recovery, Request, SetSettings,
};

use super::*;
use crate::handler::{self, Answer};
use crate::otp::{Otp, Seed};
use crate::presence::Said;
use crate::session::desk::Came;
use crate::vault::cost::KdfParams;
use crate::vault::entry::{Draft, Part};
use crate::vault::keys::{Derived, Key, KeyError};
use crate::vault::recovery::RecoveryCode;
use crate::vault::slot::Slot;

const IDLE: u64 = 15 * 60 * 1000;
const MAX_AGE: u64 = 12 * 60 * 60 * 1000;
const MASTER_AGE: u64 = 14 * 24 * 60 * 60 * 1000;

/// A vault with one account, and its data key: what Argon2id would give.
struct Fixture {
    _folder: tempfile::TempDir,
    store: Store,
    dek: Key,
    id: String,
    /// A PIN, derived.
    pin: Derived,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&folder.path().join("vault.otv"));
    let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
    let mut vault = store.create(&derived, 0).unwrap();
    let id = store
        .update::<_, FileError>(&mut vault, 0, |vault, at| {
            let seed = Seed::new(b"12345678901234567890".to_vec()).unwrap();
            let mut draft = Draft::new(Otp::totp(), seed, "Example".into(), "a".into());
            draft.sites.push("example.com".into());
            Ok(vault.add(draft, at))
        })
        .unwrap();
    let dek = store.read().unwrap().unlock(b"master").unwrap();
    let pin = Derived::new(b"2468", KdfParams::FLOOR).unwrap();
    Fixture { _folder: folder, store, dek, id: id.to_string(), pin }
}

impl Fixture {
    fn session(&self) -> Session {
        let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
        Session::new(self.store.clone(), policy)
    }

    fn unlock(&self, session: &mut Session, now: Readings) {
        let sealed = self.store.read().unwrap();
        let outcome = Ok((self.dek.duplicate(), None));
        session.finish(Done::Unlock { sealed, outcome }, now).unwrap();
    }

    fn fail(&self, session: &mut Session, now: Readings) -> u64 {
        let sealed = self.store.read().unwrap();
        let outcome = Err(FormatError::Key(KeyError::Wrong));
        match session.finish(Done::Unlock { sealed, outcome }, now) {
            Err(Refusal::WrongPassword { retry_ms }) => retry_ms,
            other => panic!("{other:?}"),
        }
    }

    /// Another process makes "newer" of the master password, and keeps the data key.
    fn replace_password(&self) {
        let new = Derived::new(b"newer", KdfParams::FLOOR).unwrap();
        let sealed = self.store.read().unwrap();
        let mut vault = self.store.open(sealed, self.dek.duplicate()).unwrap();
        self.store
            .update::<_, FileError>(&mut vault, 0, |vault, _| {
                vault.set_password(&new, false);
                Ok(())
            })
            .unwrap();
    }

    /// What came of a PIN to be whose master password was right.
    fn pin_to_be(&self) -> Done {
        let Derived { prk, salt, params } = &self.pin;
        let derived = Ok(Derived { prk: prk.duplicate(), salt: *salt, params: *params });
        Done::SetPin { sealed: self.store.read().unwrap(), derived }
    }

    /// What came of a PIN that was tried.
    fn pin_tried(&self, right: bool) -> Done {
        let sealed = self.store.read().unwrap();
        let wrong = Err(FormatError::Key(KeyError::Wrong));
        Done::Pin { sealed, outcome: if right { Ok(self.dek.duplicate()) } else { wrong } }
    }

    /// Requests that show something of the vault, none of which saves: ten thousand saves take minutes.
    /// The flag says whether a person asked.
    fn requests(&self) -> Vec<(bool, Request)> {
        let page =
            || Page { origin: "https://example.com".into(), top: "https://example.com".into() };
        let by = || ById { id: self.id.clone() };
        vec![
            (true, Request::Accounts(ListAccounts { limit: 10, ..ListAccounts::default() })),
            (false, Request::Codes(ListCodes { ids: vec![self.id.clone()] })),
            (
                true,
                Request::Fill(FillPage { id: None, page: page(), seen: Vec::new(), field: None }),
            ),
            (false, Request::Settings),
            (true, Request::NextCode(by())),
            (true, Request::Purge(by())),
        ]
    }
}

/// Gives the open vault another master password, and keeps its data key.
fn replace_password(session: &mut Session, password: &[u8], params: KdfParams, now: Readings) {
    let derived = Derived::new(password, params).unwrap();
    let (store, vault) = session.open(now).unwrap();
    store
        .update::<_, FileError>(vault, 0, |vault, _| {
            vault.set_password(&derived, false);
            Ok(())
        })
        .unwrap();
}

fn ask(session: &mut Session, request: Request, now: Readings) -> Result<Response, Refusal> {
    match handler::answer(session, request, now) {
        Answer::Now(answer) => answer,
        Answer::Later(job) => panic!("{job:?}"),
        Answer::Folder(work, _) => panic!("{work:?}"),
    }
}

fn finish(session: &mut Session, done: Done, now: Readings) -> Result<Response, Refusal> {
    match handler::finish(session, done, now) {
        Answer::Now(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[derive(Clone, Debug)]
enum Step {
    Ask(usize),
    Awake(u64),
    /// The system is asked for the person.
    BeginPerson,
    /// A PIN begins to be tried; whether it is the right one.
    BeginPin(bool),
    /// The port closes, and another opens.
    Close,
    /// The system answers what it was asked first.
    EndPerson(Said),
    /// The first PIN that was begun comes to its end.
    EndPin,
    Lock,
    SetPin,
    Signal(usize),
    Sleep(u64),
    Unlock,
    Wall(i64),
    Wrong,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..6_usize).prop_map(Step::Ask),
        3 => prop_oneof![
            0..60_000_u64,
            Just(IDLE - 1),
            Just(IDLE),
            0..2 * MAX_AGE,
            Just(MASTER_AGE - 1),
            Just(MASTER_AGE)
        ]
        .prop_map(Step::Awake),
        6 => Just(Step::BeginPerson),
        5 => any::<bool>().prop_map(Step::BeginPin),
        1 => Just(Step::Close),
        8 => prop_oneof![Just(Said::Yes), Just(Said::No), Just(Said::Unable)]
            .prop_map(Step::EndPerson),
        5 => Just(Step::EndPin),
        5 => Just(Step::SetPin),
        1 => Just(Step::Lock),
        1 => (0..4_usize).prop_map(Step::Signal),
        1 => (0..100_000_u64).prop_map(Step::Sleep),
        4 => Just(Step::Unlock),
        1 => (-1_000_000..1_000_000_i64).prop_map(Step::Wall),
        1 => Just(Step::Wrong),
    ]
}

/// What must hold, said independently: when it was unlocked, when somebody last did something, and how
/// far the clocks have come apart since.
#[derive(Default)]
struct Model {
    open: Option<(u64, u64)>,
    asleep: u64,
    wall_off: i64,
    /// When the master password was typed, and how many wrong PINs may still come, if there is one.
    master: Option<u64>,
    pin: Option<u32>,
    /// PINs under way: whether each is right, and whether a lock came since.
    under_way: Vec<(bool, bool)>,
    /// Whether the vault wants a key held back, and how many noes are left to the one that is.
    wants: bool,
    held: Option<u32>,
    /// Questions to the system under way: whether a lock came since.
    asked: Vec<bool>,
}

impl Model {
    fn open(&mut self, boot: u64) {
        self.open = Some((boot, boot));
        (self.asleep, self.wall_off) = (0, 0);
        self.held = None;
    }

    fn lock(&mut self) {
        if self.open.take().is_some() && self.wants {
            self.held = Some(5);
        }
        self.under_way.iter_mut().for_each(|(_, void)| *void = true);
        self.asked.iter_mut().for_each(|void| *void = true);
    }

    fn is_open(&mut self, boot: u64) -> bool {
        if self.master.is_none_or(|master| boot - master >= MASTER_AGE) {
            (self.master, self.pin) = (None, None);
            if self.open.is_some() {
                self.lock();
            }
            self.held = None;
        }
        if let Some((opened, touched)) = self.open {
            let over = boot - opened >= MAX_AGE || boot - touched >= IDLE;
            if over || self.asleep > 2_000 || self.wall_off.abs() > 300_000 {
                self.lock();
            }
        }
        self.open.is_some()
    }
}

#[test]
fn ten_thousand_interleavings_and_never_an_answer_while_locked() {
    let fixture = fixture();
    interleave(&fixture, &|| fixture.session(), false);
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_interleavings_with_a_key_that_the_system_guards() {
    let fixture = fixture();
    let folder = tempfile::tempdir().unwrap();
    let (presence, _listener) = present(folder.path());
    let session = || fixture.session().with_presence(presence.clone());
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let mut first = session();
    fixture.unlock(&mut first, now);
    let on = SetSettings { biometrics: Some(true), ..SetSettings::default() };
    finish(&mut first, Done::Presence(Said::Yes, Wish::Set(on)), now).unwrap();
    interleave(&fixture, &session, true);
}

/// Random steps, and after each the session does what the model says. `wants`: whether the vault's settings want a
/// key held back for the person.
fn interleave(fixture: &Fixture, session_of: &dyn Fn() -> Session, wants: bool) {
    let config = ProptestConfig { cases: 10_000, failure_persistence: None, ..Default::default() };
    let answered = std::cell::Cell::new(0_u32);
    let refused = std::cell::Cell::new(0_u32);
    let pins = std::cell::Cell::new(0_u32);
    let persons = std::cell::Cell::new(0_u32);
    let steps = proptest::collection::vec(step(), 1..28);
    let outcome = proptest::test_runner::TestRunner::new(config).run(&steps, |steps| {
        let mut session = session_of();
        let mut model = Model { wants, ..Model::default() };
        // How often it had been locked when each PIN was begun, and when the system was asked.
        let (mut begun, mut asked): (Vec<u64>, Vec<u64>) = Default::default();
        let mut now = Readings { boot_ms: 1_000, mono_ms: 1_000, wall_ms: 1_700_000_000_000 };
        for step in steps {
            match step {
                Step::Awake(ms) => {
                    now.boot_ms += ms;
                    now.mono_ms += ms;
                    now.wall_ms += i64::try_from(ms).unwrap();
                }
                Step::Sleep(ms) => {
                    now.boot_ms += ms;
                    now.wall_ms += i64::try_from(ms).unwrap();
                    model.asleep += ms;
                }
                Step::Wall(ms) => {
                    now.wall_ms += ms;
                    model.wall_off += ms;
                }
                Step::Lock => {
                    prop_assert_eq!(ask(&mut session, Request::Lock, now), Ok(Response::Done));
                    model.lock();
                }
                Step::Signal(n) => {
                    session.lock([Why::Sleep, Why::ScreenLock, Why::BusLost, Why::Everywhere][n]);
                    model.lock();
                }
                Step::Close => {
                    session = session_of();
                    (begun, asked) = Default::default();
                    model = Model { wants, ..Model::default() };
                }
                Step::Unlock => {
                    // Whatever had passed has passed.
                    model.is_open(now.boot_ms);
                    session.check(now);
                    fixture.unlock(&mut session, now);
                    model.open(now.boot_ms);
                    model.master = Some(now.boot_ms);
                    model.pin = model.pin.map(|_| 5);
                }
                Step::SetPin => {
                    let open = model.is_open(now.boot_ms);
                    let set = session.finish(fixture.pin_to_be(), now);
                    prop_assert_eq!(
                        set,
                        if open { Ok(Response::Done) } else { Err(Refusal::Locked) }
                    );
                    if open {
                        model.pin = Some(5);
                    }
                }
                Step::BeginPin(right) => {
                    model.is_open(now.boot_ms);
                    let began = session.begin_pin(Secret::new("2468".into()), now);
                    match model.pin {
                        None | Some(0) => {
                            prop_assert_eq!(began.err(), Some(Refusal::NoPin));
                            model.pin = None;
                        }
                        Some(left) => {
                            prop_assert!(began.is_ok());
                            model.pin = Some(left - 1);
                            model.under_way.push((right, false));
                            begun.push(session.locks());
                        }
                    }
                }
                Step::EndPin => {
                    if begun.is_empty() {
                        continue;
                    }
                    model.is_open(now.boot_ms);
                    session.check(now);
                    let (right, void) = model.under_way.remove(0);
                    // The port's rule: what was begun before a lock opens nothing after it.
                    prop_assert_eq!(begun.remove(0) != session.locks(), void);
                    if void {
                        continue;
                    }
                    let ended = session.finish(fixture.pin_tried(right), now);
                    if right {
                        prop_assert_eq!(ended, Ok(Response::Done));
                        pins.set(pins.get() + 1);
                        model.open(now.boot_ms);
                        model.pin = model.pin.map(|_| 5);
                    } else if let Some(left @ 1..) = model.pin {
                        prop_assert_eq!(ended, Err(Refusal::WrongPin { left }));
                    } else {
                        prop_assert_eq!(ended, Err(Refusal::NoPin));
                        model.pin = None;
                    }
                }
                Step::BeginPerson => {
                    model.is_open(now.boot_ms);
                    let began = session.begin_presence(now);
                    if model.held.is_some() {
                        prop_assert!(began.is_ok());
                        model.asked.push(false);
                        asked.push(session.locks());
                    } else {
                        prop_assert_eq!(began.err(), Some(Refusal::NoBiometrics));
                    }
                }
                Step::EndPerson(said) => {
                    if asked.is_empty() {
                        continue;
                    }
                    model.is_open(now.boot_ms);
                    session.check(now);
                    let void = model.asked.remove(0);
                    prop_assert_eq!(asked.remove(0) != session.locks(), void);
                    if void {
                        continue;
                    }
                    let sealed = fixture.store.read().unwrap();
                    let done = Done::Presence(said, Wish::Unlock(sealed));
                    let ended = session.finish(done, now);
                    match (said, model.held) {
                        (Said::Yes, Some(_)) => {
                            prop_assert_eq!(ended, Ok(Response::Done));
                            persons.set(persons.get() + 1);
                            model.open(now.boot_ms);
                        }
                        (Said::No, held) => {
                            prop_assert_eq!(ended, Err(Refusal::Unconfirmed));
                            model.held = held.map(|left| left - 1).filter(|left| 0 < *left);
                        }
                        _ => {
                            prop_assert_eq!(ended, Err(Refusal::NoBiometrics));
                            model.held = None;
                        }
                    }
                }
                Step::Wrong => {
                    // A wrong password neither locks nor unlocks.
                    let open = model.is_open(now.boot_ms);
                    fixture.fail(&mut session, now);
                    prop_assert_eq!(session.is_open(now), open);
                }
                Step::Ask(n) => {
                    let (gesture, request) = fixture.requests().swap_remove(n);
                    let open = model.is_open(now.boot_ms);
                    let answer = ask(&mut session, request, now);
                    if open {
                        prop_assert!(answer != Err(Refusal::Locked), "locked too early");
                        answered.set(answered.get() + 1);
                        if gesture && let Some((_, touched)) = &mut model.open {
                            *touched = now.boot_ms;
                        }
                    } else {
                        prop_assert_eq!(answer, Err(Refusal::Locked));
                        refused.set(refused.get() + 1);
                    }
                }
            }
        }
        Ok(())
    });
    outcome.unwrap();
    // Both sides were tried often enough to mean something.
    let enough = 2_000 < answered.get() && 5_000 < refused.get() && 100 < pins.get();
    let enough = enough && (50 < persons.get()) == wants;
    assert!(enough, "{answered:?} {refused:?} {pins:?} {persons:?}");
}

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
    assert!(matches!(session.finish(wrong, now), Err(Refusal::WrongPassword { .. })));
    assert_eq!(session.status(now).pin_tries, 0);
    let set = session.begin_set_pin(pin("master"), pin("2468"), now).unwrap().run();
    assert_eq!(session.finish(set, now), Ok(Response::Done));
    assert_eq!(session.status(now).pin_tries, 5);

    session.lock(Why::Sleep);
    for left in [4, 3, 2, 1] {
        let tried = session.begin_pin(pin("8642"), now).unwrap().run();
        assert_eq!(session.finish(tried, now), Err(Refusal::WrongPin { left }));
        assert_eq!(session.status(now).pin_tries, left);
    }
    // The last try is the right one: all of them are there again.
    let tried = session.begin_pin(pin("2468"), now).unwrap().run();
    assert_eq!(session.finish(tried, now), Ok(Response::Done));
    assert!(session.is_open(now));
    session.lock(Why::Idle);
    // Two that are tried at once have two of the five between them.
    let jobs: Vec<Job> = (0..5).map(|_| session.begin_pin(pin("8642"), now).unwrap()).collect();
    assert_eq!(session.status(now).pin_tries, 0);
    let ends: Vec<_> = jobs.into_iter().map(|job| session.finish(job.run(), now)).collect();
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
    session.finish(fixture.pin_tried(true), now).unwrap();
    assert_eq!(session.left(now), Some(std::time::Duration::from_millis(1)));
    session.take_news();
    now = Readings { boot_ms: MASTER_AGE, mono_ms: MASTER_AGE, wall_ms: MASTER_AGE as i64 };
    assert!(!session.is_open(now));
    assert_eq!(session.take_news(), [Event::Locked { why: Why::MasterAge }]);
    assert_eq!(session.begin_pin(pin(), now).unwrap_err(), Refusal::NoPin);

    // Another process replaces the data key while this one is locked.
    arm(&mut session, now);
    session.lock(Why::Sleep);
    let mut vault =
        fixture.store.open(fixture.store.read().unwrap(), fixture.dek.duplicate()).unwrap();
    let derived = Derived::new(b"other", KdfParams::FLOOR).unwrap();
    fixture
        .store
        .update::<_, FileError>(&mut vault, 0, |vault, _| {
            vault.set_password(&derived, true);
            Ok(())
        })
        .unwrap();
    assert_eq!(session.begin_pin(pin(), now).unwrap_err(), Refusal::NoPin);
    assert!(!session.is_open(now));
}

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
    assert!(matches!(session.finish(wrong, now), Err(Refusal::WrongPassword { .. })));
    let make = session.begin_recovery(secret("master"), true, now).unwrap().run();
    let Ok(Response::Recovery(Recovery { code })) = session.finish(make, now) else { panic!() };
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
    assert!(matches!(later.finish(job.run(), now), Err(Refusal::WrongPassword { retry_ms: 250 })));
    let Answer::Later(job) = handler::answer(&mut later, recover(&code), now) else { panic!() };
    assert_eq!(later.finish(job.run(), now), Ok(Response::Done));
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
        let said = session.finish(job.run(), now).unwrap();
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
    let Ok(Response::Recovery(Recovery { code })) = session.finish(make, now) else { panic!() };
    let older = std::fs::read(fixture.store.path()).unwrap();
    let (store, vault) = session.open(now).unwrap();
    for _ in 0..2 {
        store.update::<_, FileError>(vault, 0, |_, _| Ok(())).unwrap();
    }
    std::fs::write(fixture.store.path(), older).unwrap();

    let new = "correct horse battery staple";
    let mut later = fixture.session();
    let job = later.begin_recover(&secret(&code), secret(new)).unwrap();
    assert_eq!(later.finish(job.run(), now), Ok(Response::Done));
    let is_right = |session: &mut Session| {
        matches!(session.status(now).vault, VaultState::Unlocked { count: 1, rollback: None })
    };
    assert!(is_right(&mut later));
    let sealed = fixture.store.read().unwrap();
    assert_eq!(sealed.header.generation, 6);
    let mut next = fixture.session();
    let job = next.begin_unlock(secret(new)).unwrap();
    assert_eq!(next.finish(job.run(), now), Ok(Response::Done));
    assert!(is_right(&mut next));
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
        assert_eq!(session.finish(job.run(), now).is_ok(), is_right, "{password}");
    }
}

#[test]
fn a_changed_password_costs_no_less_than_the_one_before() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    let dear = KdfParams::new(32_768, 3, 2).unwrap();
    replace_password(&mut session, b"dear", dear, now);
    let secret = |text: &str| Secret::new(text.into());
    let change = session.begin_change(secret("dear"), secret("new"), true, now).unwrap().run();
    assert_eq!(session.finish(change, now), Ok(Response::Done));
    let (_, vault) = session.open(now).unwrap();
    assert_eq!(vault.slots()[0].params(), Ok(dear));
}

/// The master password, asked again for something that leaves the vault.
fn confirm(session: &mut Session, then: Then, now: Readings) -> Job {
    let sealed = session.sealed(now).unwrap();
    let errand = Errand::Confirm { password: Secret::new("master".into()), sealed, backups: None };
    session.begin_desk(errand, then).unwrap()
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
    assert!(session.finish(make, now).is_ok());
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
    fixture.replace_password();
    for done in done {
        assert_eq!(finish(&mut session, done, now), Err(Refusal::Conflict));
        assert_eq!(session.status(now).pin_tries, 0);
        assert_eq!(opens(&fixture), [false, true, false]);
    }
    let change = session.begin_change(secret("newer"), secret("mine"), false, now).unwrap().run();
    assert_eq!(session.finish(change, now), Ok(Response::Done));
    assert_eq!(opens(&fixture), [false, false, true]);

    // A slot that costs too little is derived anew at an unlock.
    let fixture = self::fixture();
    let dear = KdfParams::new(32_768, 3, 2).unwrap();
    let policy = KdfPolicy { least: dear, clock: None };
    let mut session = Session::new(fixture.store.clone(), policy);
    let unlock = session.begin_unlock(secret("master")).unwrap().run();
    assert!(matches!(&unlock, Done::Unlock { outcome: Ok((_, Some(_))), .. }));
    fixture.replace_password();
    assert_eq!(session.finish(unlock, now), Ok(Response::Done));
    assert_eq!(opens(&fixture), [false, true, false]);
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
            fixture.replace_password();
        } else {
            fixture.replace_password();
            session.open(now).unwrap();
            assert_eq!(session.status(now).pin_tries, 0);
        }
        assert_eq!(tries(&mut session), Err(Refusal::NoPin));
    }
}

#[test]
fn while_a_bus_is_lost_a_minute_without_use_is_enough() {
    let fixture = fixture();
    let mut session = fixture.session();
    let at = |ms: u64| Readings { boot_ms: ms, mono_ms: ms, wall_ms: i64::try_from(ms).unwrap() };
    // Lost before it is opened, or after.
    for before in [true, false] {
        session.set_deaf(before);
        fixture.unlock(&mut session, at(0));
        session.set_deaf(true);
        assert!(session.is_open(at(59_999)));
        assert!(!session.is_open(at(60_000)));
    }
    fixture.unlock(&mut session, at(0));
    session.set_deaf(false);
    assert!(session.is_open(at(IDLE - 1)));
    assert!(!session.is_open(at(IDLE)));
}

#[test]
fn a_replaced_vault_ends_the_session() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    let derived = Derived::new(b"other", KdfParams::FLOOR).unwrap();
    std::fs::remove_file(fixture.store.path()).unwrap();
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

/// A machine that could ask: a socket and an action's file.
#[cfg(target_os = "linux")]
fn present(folder: &std::path::Path) -> (Presence, std::os::unix::net::UnixListener) {
    let (socket, action) = (folder.join("bus"), folder.join("action"));
    std::fs::write(&action, "").unwrap();
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    (Presence::at(&format!("unix:path={}", socket.display()), &action), listener)
}

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
        Done::Presence(answer, Wish::Unlock(sealed))
    };
    let turn = |on| SetSettings { biometrics: Some(on), ..SetSettings::default() };
    // Off: nothing is kept, and a yes opens nothing.
    fixture.unlock(&mut session, now);
    session.lock(Why::Sleep);
    assert_eq!(session.status(now).biometrics, Biometrics::Offered);
    assert_eq!(session.begin_presence(now).unwrap_err(), Refusal::NoBiometrics);
    assert_eq!(session.finish(answered(Said::Yes), now), Err(Refusal::NoBiometrics));

    // On, by a yes and by nothing else.
    fixture.unlock(&mut session, now);
    for (answer, refusal) in
        [(Said::No, Refusal::Unconfirmed), (Said::Unable, Refusal::NoBiometrics)]
    {
        let wish = Done::Presence(answer, Wish::Set(turn(true)));
        assert_eq!(finish(&mut session, wish, now), Err(refusal));
    }
    session.lock(Why::Sleep);
    assert_eq!(session.status(now).biometrics, Biometrics::Offered);
    fixture.unlock(&mut session, now);
    let wish = Done::Presence(Said::Yes, Wish::Set(turn(true)));
    assert!(finish(&mut session, wish, now).is_ok());

    session.lock(Why::Sleep);
    assert_eq!(session.status(now).biometrics, Biometrics::Ready);
    assert!(!session.is_open(now));
    assert_eq!(session.finish(answered(Said::No), now), Err(Refusal::Unconfirmed));
    assert!(!session.is_open(now));
    assert_eq!(session.finish(answered(Said::Yes), now), Ok(Response::Done));
    assert!(session.is_open(now));
    // An open vault holds nothing back.
    assert_eq!(session.status(now).biometrics, Biometrics::Offered);

    session.lock(Why::Idle);
    for _ in 0..5 {
        assert_eq!(session.finish(answered(Said::No), now), Err(Refusal::Unconfirmed));
    }
    assert_eq!(session.finish(answered(Said::Yes), now), Err(Refusal::NoBiometrics));
    assert!(!session.is_open(now));

    // What can't be asked keeps no key either.
    fixture.unlock(&mut session, now);
    session.lock(Why::Idle);
    assert_eq!(session.finish(answered(Said::Unable), now), Err(Refusal::NoBiometrics));
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
    assert_eq!(session.finish(answered(Said::Yes), now), Err(Refusal::NoBiometrics));

    // Another process replaces the data key while this one is locked.
    fixture.unlock(&mut session, now);
    session.lock(Why::Sleep);
    let mut vault =
        fixture.store.open(fixture.store.read().unwrap(), fixture.dek.duplicate()).unwrap();
    let derived = Derived::new(b"other", KdfParams::FLOOR).unwrap();
    fixture
        .store
        .update::<_, FileError>(&mut vault, 0, |vault, _| {
            vault.set_password(&derived, true);
            Ok(())
        })
        .unwrap();
    assert_eq!(session.finish(answered(Said::Yes), now), Err(Refusal::NoBiometrics));
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
    finish(&mut session, Done::Presence(Said::Yes, Wish::Set(on)), now).unwrap();
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
        assert!(matches!(done, Done::Presence(Said::No, _)), "{done:?}");
        fixture.unlock(&mut session, now);
    }
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
    assert_eq!(session.finish(job.run(), now), Ok(Response::Done));
    assert!(!session.is_absent() && session.is_open(now));
    session.lock(Why::Manual);
    assert!(!session.is_absent());
    assert!(!fixture().session().is_absent());
}

#[test]
fn a_setting_says_which_locks_are_wanted_and_the_others_are() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let whys = [Why::Sleep, Why::ScreenLock, Why::Everywhere, Why::BusLost];
    assert!(whys.iter().all(|why| !session.wants(*why)), "what is locked wants no lock");
    fixture.unlock(&mut session, now);
    assert!(whys.iter().all(|why| session.wants(*why)));
    let set = SetSettings { on_sleep: Some(false), ..SetSettings::default() };
    ask(&mut session, Request::SetSettings(set), now).unwrap();
    assert_eq!(whys.map(|why| session.wants(why)), [false, true, true, true]);
    let set = SetSettings { on_screen_lock: Some(false), ..SetSettings::default() };
    ask(&mut session, Request::SetSettings(set), now).unwrap();
    assert_eq!(whys.map(|why| session.wants(why)), [false, false, true, true]);
}

#[test]
fn what_an_organisation_fixes_holds_whatever_was_chosen_and_nobody_changes_it() {
    let fixture = fixture();
    let mut session = fixture.session();
    let at = |ms: u64| Readings { boot_ms: ms, mono_ms: ms, wall_ms: ms as i64 };
    let settings =
        |session: &mut Session, ms| match ask(session, Request::Settings, at(ms)).unwrap() {
            Response::Settings(settings) => settings,
            other => panic!("{other:?}"),
        };
    let rules = |json: &str| Request::Rules(shared::protocol::Rules { json: json.into() });
    fixture.unlock(&mut session, at(0));
    let loose = SetSettings { idle_s: Some(0), on_sleep: Some(false), ..SetSettings::default() };
    ask(&mut session, Request::SetSettings(loose), at(0)).unwrap();
    let pin = session_pin(&fixture, &mut session, at(0));
    session.quick.set_pin(pin, &fixture.store.read().unwrap().slots);
    assert_eq!(session.status(at(0)).pin_tries, 5);

    let json = r#"{"idle_s":60,"on_sleep":true,"pin":false,"theme":"dark"}"#;
    ask(&mut session, rules(json), at(0)).unwrap();
    let now = settings(&mut session, 0);
    assert_eq!((now.idle_s, now.on_sleep), (60, true));
    assert_eq!(now.fixed, ["idle_s", "on_sleep", "pin"]);
    assert!(session.wants(Why::Sleep));
    assert_eq!(session.status(at(0)).pin_tries, 0, "the PIN is gone");
    let (password, pin) = (Secret::new("master".into()), Secret::new("2468".into()));
    assert_eq!(session.begin_set_pin(password, pin, at(0)).unwrap_err(), Refusal::Managed);
    let fixed = SetSettings { idle_s: Some(600), ..SetSettings::default() };
    let outcome = ask(&mut session, Request::SetSettings(fixed), at(0));
    assert_eq!(outcome, Err(Refusal::Managed));
    let free = SetSettings { clipboard_s: Some(20), ..SetSettings::default() };
    ask(&mut session, Request::SetSettings(free), at(0)).unwrap();
    assert!(session.is_open(at(59_999)) && !session.is_open(at(60_000)), "the rule locks");

    // What can't be read fixes the defaults; what is taken back is the person's again.
    assert_eq!(ask(&mut session, rules("{"), at(60_000)), Err(Refusal::BadRequest));
    fixture.unlock(&mut session, at(60_000));
    assert!(settings(&mut session, 60_000).faulty);
    ask(&mut session, rules("{}"), at(60_000)).unwrap();
    let now = settings(&mut session, 60_000);
    assert_eq!((now.idle_s, now.on_sleep, now.clipboard_s), (0, false, 20));
    assert!(now.fixed.is_empty() && !now.faulty);
}

/// The fixture's PIN for the open vault.
fn session_pin(fixture: &Fixture, session: &mut Session, now: Readings) -> Slot {
    session.open(now).unwrap().1.pin_slot(&fixture.pin)
}

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
    backup::set_password(store, vault, 0, &derived).unwrap();
    assert!(session.back_up_here(at(0)).is_none(), "nobody has said where");
    let (store, vault) = session.open(at(0)).unwrap();
    backup::set_folder(store, vault, 0, folder.path().to_str()).unwrap();
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
fn nobody_waits_for_their_turn_to_read_a_file_nor_for_who_reads_one() {
    let fixture = fixture();
    let session = fixture.session();
    let mut turn = fixture.store.path().as_os_str().to_owned();
    turn.push(".turn");
    let turn = File::create(std::path::PathBuf::from(turn)).unwrap();
    turn.lock().unwrap();
    let files = vec![(String::new(), b"otpauth://totp/a?secret=AAAA".to_vec().into())];
    let errand = Errand::Read { files, password: None, key_file: None, aside: None };
    let job = session.begin_desk(errand, Then::Show { round: 0 }).unwrap();
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || said.send(matches!(job.run(), Done::Desk(Came::Read(Ok(_)), _))));
    assert_eq!(heard.recv_timeout(std::time::Duration::from_secs(20)), Ok(true));
    // Who unlocks does: with the memory of two, there may be none for either.
    let job = session.begin_unlock(Secret::new("x".into())).unwrap();
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || said.send(matches!(job.run(), Done::Unlock { .. })));
    assert!(heard.recv_timeout(std::time::Duration::from_millis(300)).is_err());
    turn.unlock().unwrap();
    assert_eq!(heard.recv_timeout(std::time::Duration::from_secs(60)), Ok(true));
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
    backup::set_password(store, vault, 0, &derived).unwrap();
    backup::set_folder(store, vault, 0, folder.path().to_str()).unwrap();
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
fn whoever_types_a_password_again_waits_as_whoever_unlocks() {
    let fixture = fixture();
    let mut session = fixture.session();
    let at = |ms: u64| Readings { boot_ms: ms, mono_ms: ms, wall_ms: ms as i64 };
    let secret = |text: &str| Secret::new(text.into());
    fixture.unlock(&mut session, at(0));
    assert_eq!(fixture.fail(&mut session, at(0)), 250);
    let code = secret(&RecoveryCode::generate().show());
    let sealed = || fixture.store.read().unwrap();
    for (ms, wait) in [(0, 250), (100, 150), (250, 0), (300, 0)] {
        let now = at(ms);
        let again = Errand::Confirm { password: secret("x"), sealed: sealed(), backups: None };
        let jobs = [
            session.begin_unlock(secret("x")),
            session.begin_desk(again, Then::Show { round: 0 }),
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
        let errand = Errand::Picture(Vec::new().into());
        let job = session.begin_desk(errand, Then::Show { round: 0 }).unwrap();
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
    is(&damaged, true);
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
fn what_another_process_sets_holds_here_with_the_next_look() {
    let fixture = fixture();
    let (mut one, mut other) = (fixture.session(), fixture.session());
    let at = |ms: u64| Readings { boot_ms: ms, mono_ms: ms, wall_ms: ms as i64 };
    fixture.unlock(&mut one, at(0));
    fixture.unlock(&mut other, at(0));
    other.take_news();
    let day = 86_400;
    let set = SetSettings {
        idle_s: Some(0),
        master_s: Some(day),
        max_age_s: Some(0),
        ..Default::default()
    };
    ask(&mut one, Request::SetSettings(set), at(0)).unwrap();
    assert!(other.open(at(0)).is_ok());
    assert_eq!(other.take_news(), [Event::Changed]);
    let end = u64::from(day) * 1_000;
    for session in [&mut one, &mut other] {
        assert!(session.is_open(at(end - 1)));
        assert!(!session.is_open(at(end)));
    }
}

#[test]
fn while_a_bus_is_lost_who_chose_less_than_a_minute_keeps_it_and_never_is_a_minute() {
    let fixture = fixture();
    let at = |ms: u64| Readings { boot_ms: ms, mono_ms: ms, wall_ms: ms as i64 };
    for (idle_s, ends) in [(30, 30_000), (60, 60_000), (61, 60_000), (0, 60_000)] {
        let mut session = fixture.session();
        fixture.unlock(&mut session, at(0));
        let (store, vault) = session.open(at(0)).unwrap();
        store
            .update::<_, FileError>(vault, 0, |vault, at| {
                vault.body.set("idle_s", &idle_s, at);
                Ok(())
            })
            .unwrap();
        session.set_deaf(true);
        assert!(session.is_open(at(ends - 1)), "{idle_s}");
        assert!(!session.is_open(at(ends)), "{idle_s}");
    }
}

/// What a master password of this vault costs.
fn cost(vault: &Vault) -> Option<KdfParams> {
    vault.slots().iter().find_map(|slot| slot.params().ok())
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
        assert_eq!(session.finish(job.run(), now), Ok(Response::Done));
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

#[test]
fn a_password_after_a_recovery_costs_no_less_than_the_one_before() {
    let fixture = fixture();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let mut session = fixture.session();
    fixture.unlock(&mut session, now);
    let dear = KdfParams::new(32_768, 3, 2).unwrap();
    replace_password(&mut session, b"dear", dear, now);
    let secret = |text: &str| Secret::new(text.into());
    let mut code = String::new();
    // The second one takes the data key with it, and the master password's slot is a new one.
    for _ in 0..2 {
        let made = session.begin_recovery(secret("dear"), true, now).unwrap().run();
        let Ok(Response::Recovery(recovery)) = session.finish(made, now) else { panic!() };
        code = recovery.code;
        assert_eq!(cost(session.open(now).unwrap().1), Some(dear));
    }
    let mut later = fixture.session();
    let job = later.begin_recover(&secret(&code), secret("new")).unwrap();
    assert_eq!(later.finish(job.run(), now), Ok(Response::Done));
    assert_eq!(cost(later.open(now).unwrap().1), Some(dear));
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
    backup::set_password(store, vault, 0, &derived).unwrap();
    typed();
    assert!(session.status(at(half_a_year)).remind);
    session.lock(Why::Manual);
    assert!(!session.status(at(half_a_year)).remind, "who is locked out is asked for nothing");
    fixture.unlock(&mut session, at(half_a_year - 1));
    assert!(!session.status(at(half_a_year - 1)).remind);
}

#[test]
fn the_trash_does_not_count_and_a_locked_host_offers_nothing() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    assert_eq!(session.begin_offers(now).err(), Some(Refusal::Locked));
    fixture.unlock(&mut session, now);
    let offers = session.begin_offers(now).unwrap().run();
    assert!(matches!(session.finish(offers, now), Ok(Response::Offers(_))));
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
    backup::set_password(store, vault, 0, &derived).unwrap();
    backup::set_folder(store, vault, 0, folder.path().to_str()).unwrap();
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

#[test]
fn a_lock_clears_the_desk_and_where_nothing_is_held_back_nothing_is_waited_for() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    assert_eq!(session.left(now), None);
    fixture.unlock(&mut session, now);
    session.desk().put(0, "a".into(), &Secret::new("AAAA".into())).unwrap();
    assert_eq!(session.desk().files().len(), 1);
    session.lock(Why::Idle);
    assert!(session.desk().files().is_empty());
    assert_eq!(session.left(now), None);
    // Where nobody can be asked, nobody is.
    fixture.unlock(&mut session, now);
    let on = SetSettings { biometrics: Some(true), ..SetSettings::default() };
    assert_eq!(session.begin_wish(on, now).err(), Some(Refusal::NoBiometrics));
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
    finish(&mut session, Done::Presence(Said::Yes, Wish::Set(on())), now).unwrap();
    session.lock(Why::Sleep);
    session.set_rules(r#"{"idle_s":60}"#).unwrap();
    assert_eq!(session.status(now).biometrics, Biometrics::Ready);
    session.set_rules(r#"{"biometrics":false}"#).unwrap();
    assert_eq!(session.status(now).biometrics, Biometrics::Offered);
}
