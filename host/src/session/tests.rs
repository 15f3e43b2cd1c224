//! A session against a model of when it must be locked, over random interleavings.
//!
//! Never here: the key derivation, which is the vault's test; its outcome is handed in.

use proptest::prelude::*;
use shared::protocol::{ById, FillPage, ListAccounts, ListCodes, NewPassword, Page, Request};

use super::*;
use crate::handler::{self, Answer};
use crate::otp::{Otp, Seed};
use crate::vault::entry::Draft;
use crate::vault::keys::KdfParams;

const IDLE: u64 = 15 * 60 * 1000;
const MAX_AGE: u64 = 12 * 60 * 60 * 1000;

/// A vault with one account, and its data key: what Argon2id would give.
struct Fixture {
    _folder: tempfile::TempDir,
    store: Store,
    dek: Key,
    id: String,
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
    Fixture { _folder: folder, store, dek, id: id.to_string() }
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

    /// Requests that show something of the vault, none of which saves: ten thousand saves take minutes.
    /// The flag says whether a person asked.
    fn requests(&self) -> Vec<(bool, Request)> {
        let page =
            || Page { origin: "https://example.com".into(), top: "https://example.com".into() };
        let by = || ById { id: self.id.clone() };
        vec![
            (true, Request::Accounts(ListAccounts { limit: 10, ..ListAccounts::default() })),
            (false, Request::Codes(ListCodes { ids: vec![self.id.clone()] })),
            (true, Request::Fill(FillPage { id: None, page: page() })),
            (false, Request::Settings),
            (true, Request::NextCode(by())),
            (true, Request::Purge(by())),
        ]
    }
}

fn ask(session: &mut Session, request: Request, now: Readings) -> Result<Response, Refusal> {
    match handler::answer(session, request, now) {
        Answer::Now(answer) => answer,
        Answer::Later(job) => panic!("{job:?}"),
    }
}

#[derive(Clone, Debug)]
enum Step {
    Ask(usize),
    Awake(u64),
    Lock,
    Signal(usize),
    Sleep(u64),
    Unlock,
    Wall(i64),
    Wrong,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..6_usize).prop_map(Step::Ask),
        3 => prop_oneof![0..60_000_u64, Just(IDLE - 1), Just(IDLE), 0..2 * MAX_AGE].prop_map(Step::Awake),
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
}

impl Model {
    fn is_open(&mut self, boot: u64) -> bool {
        if let Some((opened, touched)) = self.open {
            let over = boot - opened >= MAX_AGE || boot - touched >= IDLE;
            if over || self.asleep > 2_000 || self.wall_off.abs() > 300_000 {
                self.open = None;
            }
        }
        self.open.is_some()
    }
}

#[test]
fn ten_thousand_interleavings_and_never_an_answer_while_locked() {
    let fixture = fixture();
    let config = ProptestConfig { cases: 10_000, failure_persistence: None, ..Default::default() };
    let answered = std::cell::Cell::new(0_u32);
    let refused = std::cell::Cell::new(0_u32);
    let steps = proptest::collection::vec(step(), 1..24);
    let outcome = proptest::test_runner::TestRunner::new(config).run(&steps, |steps| {
        let mut session = fixture.session();
        let mut model = Model::default();
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
                    model.open = None;
                }
                Step::Signal(n) => {
                    session.lock([Why::Sleep, Why::ScreenLock, Why::BusLost, Why::Everywhere][n]);
                    model.open = None;
                }
                Step::Unlock => {
                    fixture.unlock(&mut session, now);
                    model = Model { open: Some((now.boot_ms, now.boot_ms)), ..Model::default() };
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
    assert!(5_000 < answered.get() && 5_000 < refused.get(), "{answered:?} {refused:?}");
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
    assert_eq!(session.begin_unlock(password, now).unwrap().wait_ms, 5000);
    assert_eq!(std::fs::read(fixture.store.path()).unwrap(), before);
    fixture.unlock(&mut session, now);
    assert_eq!(session.status(now).retry_ms, 0);
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
    assert_eq!(session.take_news(), [Event::Locked { why: Why::PasswordChanged }]);
    assert_eq!(session.take_news(), []);
}

#[test]
fn a_vault_is_made_once() {
    let fixture = fixture();
    let mut session = fixture.session();
    let now = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };
    let password = || Secret::new("correct horse battery staple".into());
    let create = Request::Create(NewPassword { password: password() });
    assert_eq!(ask(&mut session, create, now), Err(Refusal::Conflict));
    let weak = Request::Create(NewPassword { password: Secret::new("password".into()) });
    assert!(matches!(ask(&mut session, weak, now), Err(Refusal::WeakPassword(_))));
}
