//! What locks the vault on Linux, heard from a real bus: logind's part is python-dbusmock's.
//!
//! Never here: what only a clock does; that is a table beside `host/src/locks/clock.rs`.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test has a clock and an environment")]

mod bus;
mod everywhere;
mod host;
mod listener;
mod portal;
mod presence;
mod screen;

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::bus::{Bus, FOREIGN, OURS};
use crate::listener::{Listener, Start};

/// A moment in which something would have been heard.
const MOMENT: Duration = Duration::from_millis(300);

/// logind with our session `c1`, and a listener that has heard of both.
fn logind() -> Result<(Bus, Listener)> {
    let bus = Bus::with_logind()?;
    let address = bus.address();
    let start = Start { system: Some(&address), session_id: Some("c1"), ..Start::default() };
    let listener = start.listen()?;
    listener.expect(&["BusFound(System)", "BusMissing(Session)"])?;
    Ok((bus, listener))
}

/// Not a test of its own: with a variable set it is the process that the others look at.
#[test]
fn the_listener_as_a_process() {
    listener::listen();
}

#[test]
fn sleep_waits_until_the_keys_are_gone_and_the_next_one_again() {
    let (bus, mut listener) = logind().unwrap();
    for _ in 0..3 {
        bus.expect_inhibitors(1).unwrap();
        bus.sleep(true).unwrap();
        assert_eq!(listener.next().unwrap(), "lock Sleep held");
        sleep(MOMENT);
        assert_eq!(
            bus.inhibitors().unwrap(),
            1,
            "the computer may not sleep before the keys are gone"
        );
        listener.tell("wiped").unwrap();
        bus.expect_inhibitors(0).unwrap();
        bus.sleep(false).unwrap();
        assert_eq!(listener.next().unwrap(), "Wake");
    }
    bus.expect_inhibitors(1).unwrap();
}

#[test]
fn an_inhibitor_comes_back_even_if_nobody_says_that_the_computer_woke() {
    let (bus, mut listener) = logind().unwrap();
    bus.sleep(true).unwrap();
    assert_eq!(listener.next().unwrap(), "lock Sleep held");
    listener.tell("wiped").unwrap();
    bus.expect_inhibitors(0).unwrap();
    bus.expect_inhibitors(1).unwrap();
}

#[test]
fn a_screen_lock_is_heard_within_a_moment() {
    let (bus, listener) = logind().unwrap();
    let start = Instant::now();
    bus.session(OURS, "Lock", &()).unwrap();
    assert_eq!(listener.next().unwrap(), "lock ScreenLock");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    bus.session(OURS, "SetLockedHint", &(true,)).unwrap();
    assert_eq!(listener.next().unwrap(), "lock ScreenLock");
}

#[test]
fn an_unlocked_screen_unlocks_and_locks_nothing() {
    let (bus, listener) = logind().unwrap();
    bus.session(OURS, "Unlock", &()).unwrap();
    bus.session(OURS, "SetLockedHint", &(false,)).unwrap();
    bus.set_active(OURS, true).unwrap();
    assert!(listener.is_silent(MOMENT));
    bus.sleep(false).unwrap();
    assert_eq!(listener.next().unwrap(), "Wake");
}

#[test]
fn another_user_in_front_is_a_screen_lock() {
    let (bus, listener) = logind().unwrap();
    bus.set_active(OURS, false).unwrap();
    assert_eq!(listener.next().unwrap(), "lock ScreenLock");
}

#[test]
fn what_other_people_do_with_their_sessions_is_not_ours() {
    let (bus, listener) = logind().unwrap();
    bus.session(FOREIGN, "Lock", &()).unwrap();
    bus.session(FOREIGN, "SetLockedHint", &(true,)).unwrap();
    bus.set_active(FOREIGN, false).unwrap();
    assert!(listener.is_silent(MOMENT));
    bus.session(OURS, "Lock", &()).unwrap();
    assert_eq!(listener.next().unwrap(), "lock ScreenLock");
}

#[test]
fn a_session_that_ends_is_a_screen_lock() {
    let (bus, listener) = logind().unwrap();
    let manager = "org.freedesktop.login1.Manager";
    for (id, path) in [("c2", FOREIGN), ("c1", OURS)] {
        let path = zbus::zvariant::ObjectPath::try_from(path).unwrap();
        let arguments = vec![zbus::zvariant::Value::from(id), zbus::zvariant::Value::from(path)];
        let signal = (manager, "SessionRemoved", "so", arguments);
        bus.manager("org.freedesktop.DBus.Mock", "EmitSignal", &signal).unwrap();
    }
    assert_eq!(listener.next().unwrap(), "lock ScreenLock");
    assert!(listener.is_silent(MOMENT));
}

#[test]
fn nobody_but_logind_speaks_for_logind() {
    let (bus, listener) = logind().unwrap();
    let forger = bus.connect().unwrap();
    let manager = "org.freedesktop.login1.Manager";
    let sleeps = &(true,);
    forger
        .emit_signal(None::<&str>, "/org/freedesktop/login1", manager, "PrepareForSleep", sleeps)
        .unwrap();
    let session = "org.freedesktop.login1.Session";
    forger.emit_signal(None::<&str>, OURS, session, "Lock", &()).unwrap();
    assert!(listener.is_silent(MOMENT));
    assert_eq!(bus.inhibitors().unwrap(), 1);
}

#[test]
fn the_session_is_found_by_process_or_by_display_and_never_believed_unseen() {
    let bus = Bus::with_logind().unwrap();
    let address = bus.address();
    // The environment names another user's session, and nothing else leads to ours.
    let foreign = Start { system: Some(&address), session_id: Some("c2"), ..Start::default() };
    let listener = foreign.listen().unwrap();
    listener.expect(&["BusMissing(Session)", "SessionMissing", "BusFound(System)"]).unwrap();
    bus.session(FOREIGN, "Lock", &()).unwrap();
    assert!(listener.is_silent(MOMENT));
    drop(listener);

    // The user's display.
    let uid = rustix::process::getuid().as_raw();
    let path = zbus::zvariant::ObjectPath::try_from(OURS).unwrap();
    let display = zbus::zvariant::Value::from(("c1", path));
    let properties = std::collections::HashMap::from([("Display", display)]);
    let user = format!("/org/freedesktop/login1/user/{uid}");
    let update = ("org.freedesktop.login1.User", properties);
    bus.call(&user, "org.freedesktop.DBus.Mock", "UpdateProperties", &update).unwrap();
    bus.answer("GetUser", "u", &user).unwrap();
    let listener = Start { system: Some(&address), ..Start::default() }.listen().unwrap();
    listener.expect(&["BusMissing(Session)", "BusFound(System)"]).unwrap();
    bus.session(OURS, "Lock", &()).unwrap();
    assert_eq!(listener.next().unwrap(), "lock ScreenLock");
    drop(listener);

    // The process's own.
    bus.answer("GetSessionByPID", "u", OURS).unwrap();
    let listener = Start { system: Some(&address), ..Start::default() }.listen().unwrap();
    listener.expect(&["BusMissing(Session)", "BusFound(System)"]).unwrap();
    bus.session(OURS, "Lock", &()).unwrap();
    assert_eq!(listener.next().unwrap(), "lock ScreenLock");
}

#[test]
fn a_bus_that_dies_is_told_and_found_again() {
    let (mut bus, listener) = logind().unwrap();
    bus.kill();
    assert_eq!(listener.next().unwrap(), "BusLost(System)");
    bus.restart().unwrap();
    bus.start_logind().unwrap();
    // Between the two it may find the bus without c1 on it.
    while listener.next().unwrap() != "BusFound(System)" {}
    bus.expect_inhibitors(1).unwrap();
    bus.sleep(true).unwrap();
    while listener.next().unwrap() != "lock Sleep held" {}
}

#[test]
fn without_any_bus_it_says_so_once_and_goes_on() {
    let state = tempfile::tempdir().unwrap();
    let mut listener = Start { state: Some(state.path()), ..Start::default() }.listen().unwrap();
    listener.expect(&["BusMissing(System)", "BusMissing(Session)"]).unwrap();
    assert!(listener.is_silent(Duration::from_secs(4)), "retries are not news");
    listener.tell("everywhere").unwrap();
    assert_eq!(listener.next().unwrap(), "told");
}

#[test]
fn a_bus_without_logind_is_a_missing_bus() {
    let bus = Bus::start().unwrap();
    let address = bus.address();
    let listener = Start { system: Some(&address), ..Start::default() }.listen().unwrap();
    listener.expect(&["BusMissing(System)", "BusMissing(Session)"]).unwrap();
}

#[test]
fn a_thousand_signals_a_second_hide_no_sleep() {
    let (bus, mut listener) = logind().unwrap();
    let connection = bus.connect().unwrap();
    let flood = std::thread::spawn(move || {
        for _ in 0..2_000 {
            let call = zbus::Message::method_call(OURS, "Lock")
                .and_then(|call| call.destination("org.freedesktop.login1"))
                .and_then(|call| call.interface("org.freedesktop.login1.Session"))
                .and_then(|call| call.with_flags(zbus::message::Flags::NoReplyExpected))
                .and_then(|call| call.build(&()))
                .unwrap();
            connection.send(&call).unwrap();
        }
        connection
    });
    let mut locks = 0;
    for _ in 0..3 {
        bus.sleep(true).unwrap();
        loop {
            match listener.next().unwrap().as_str() {
                "lock ScreenLock" => locks += 1,
                "lock Sleep held" => break,
                said => panic!("it said {said}"),
            }
        }
        listener.tell("wiped").unwrap();
        bus.sleep(false).unwrap();
        loop {
            match listener.next().unwrap().as_str() {
                "lock ScreenLock" => locks += 1,
                "Wake" => break,
                said => panic!("it said {said}"),
            }
        }
        bus.expect_inhibitors(1).unwrap();
    }
    // Kept until all are out.
    let connection = flood.join().unwrap();
    while locks < 2_000 {
        assert_eq!(listener.next().unwrap(), "lock ScreenLock");
        locks += 1;
    }
    drop(connection);
}

#[test]
fn every_desktops_screen_saver_is_heard() {
    let bus = Bus::start().unwrap();
    let address = bus.address();
    let listener = Start { session: Some(&address), ..Start::default() }.listen().unwrap();
    listener.expect(&["BusMissing(System)", "BusFound(Session)"]).unwrap();
    let saver = bus.connect().unwrap();
    let desktops = ["freedesktop", "gnome", "xfce", "mate", "cinnamon"];
    let say = |desktop: &str, active: bool| {
        saver
            .emit_signal(
                None::<&str>,
                format!("/org/{desktop}/ScreenSaver"),
                format!("org.{desktop}.ScreenSaver"),
                "ActiveChanged",
                &(active,),
            )
            .unwrap();
    };
    desktops.iter().for_each(|desktop| say(desktop, false));
    assert!(listener.is_silent(MOMENT), "a screen that is opened locks nothing");
    for desktop in desktops {
        say(desktop, true);
        assert_eq!(listener.next().unwrap(), "lock ScreenLock", "{desktop}");
    }
    saver
        .emit_signal(None::<&str>, "/ScreenSaver", "org.kde.screensaver", "AboutToLock", &())
        .unwrap();
    assert_eq!(listener.next().unwrap(), "lock ScreenLock", "KDE");
    assert!(listener.is_silent(MOMENT), "each of them once");
}

#[test]
fn a_lost_session_bus_is_told() {
    let mut bus = Bus::start().unwrap();
    let address = bus.address();
    let listener = Start { session: Some(&address), ..Start::default() }.listen().unwrap();
    listener.expect(&["BusMissing(System)", "BusFound(Session)"]).unwrap();
    bus.kill();
    assert_eq!(listener.next().unwrap(), "BusLost(Session)");
}

#[test]
fn one_host_locks_all_others_within_two_seconds_and_not_itself() {
    let state = tempfile::tempdir().unwrap();
    let start = || {
        let listener = Start { state: Some(state.path()), ..Start::default() }.listen().unwrap();
        listener.expect(&["BusMissing(System)", "BusMissing(Session)"]).unwrap();
        listener
    };
    let (mut first, second, third) = (start(), start(), start());
    first.tell("everywhere").unwrap();
    assert_eq!(first.next().unwrap(), "told");
    let told = Instant::now();
    assert_eq!(second.next().unwrap(), "lock Everywhere");
    assert_eq!(third.next().unwrap(), "lock Everywhere");
    let took = told.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(first.is_silent(Duration::from_secs(2)), "its own bump is no news to it");
    ::host::locks::epoch::bump(state.path()).unwrap();
    for listener in [&first, &second, &third] {
        assert_eq!(listener.next().unwrap(), "lock Everywhere");
    }
}

#[test]
fn nothing_is_held_by_listeners_that_were_dropped() {
    let (bus, mut listener) = logind().unwrap();
    bus.expect_inhibitors(1).unwrap();
    listener.tell("stop").unwrap();
    bus.expect_inhibitors(0).unwrap();
    bus.session(OURS, "Lock", &()).unwrap();
    assert!(listener.is_silent(MOMENT));
}
