//! A session against a model of when it must be locked and what may open it, over random interleavings.
//!
//! Never here: one thing after the other, which the other rooms have.

use proptest::prelude::*;

use super::*;

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
    finish(&mut first, Tried::Presence(Said::Yes, Wish::Set(on)), now).unwrap();
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
                    let set = finish(&mut session, fixture.pin_to_be(), now);
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
                    let ended = finish(&mut session, fixture.pin_tried(right), now);
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
                    let done = Tried::Presence(said, Wish::Unlock(sealed));
                    let ended = finish(&mut session, done, now);
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
