//! Settings, an organisation's, and what of the system's goes on without them.
//!
//! Never here: clocks and deadlines (`locks`).

use super::*;

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
