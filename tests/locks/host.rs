//! The real host on a real bus: what the browser is told, and when the computer may sleep.
//!
//! Never here: the listeners by themselves.

use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::protocol::CHROMIUM_ID;
use tests::home::Home;
use tests::port::Port;
use tests::wait::{LONG, until};

use crate::bus::{Bus, FOREIGN, OURS};

pub(crate) const PASSWORD: &str = "plum-Anvil-42-otter-quay";

pub(crate) fn home() -> Home {
    Home::new(&Home::built_host().expect("a test has a folder")).expect("the host is built")
}

pub(crate) fn unlock(port: &mut Port) {
    let answer = port.ask("unlock", json!({"password": PASSWORD})).expect("it answers");
    assert_eq!(answer["ok"], "done", "{answer}");
}

/// The next thing that it says must be that it locked, and why; and it must be so.
pub(crate) fn expect_lock(port: &mut Port, why: &str) {
    let news = port.news().expect("it says something");
    assert_eq!(news["ev"], json!({"locked": {"why": why}}), "{news}");
    let answer = port.ask("accounts", json!({"limit": 10})).expect("it answers");
    assert_eq!(answer["err"]["code"], "locked");
}

#[test]
fn the_host_locks_and_says_why_and_only_then_the_computer_sleeps() {
    let mut bus = Bus::with_logind().unwrap();
    let home = home();
    let mut port = bus.port(&home).unwrap();
    let made = port.ask("create", json!({"password": PASSWORD})).unwrap();
    assert_eq!(made["ok"], "done", "{made}");
    bus.expect_inhibitors(1).unwrap();

    bus.sleep(true).unwrap();
    expect_lock(&mut port, "sleep");
    bus.expect_inhibitors(0).unwrap();
    bus.sleep(false).unwrap();
    bus.expect_inhibitors(1).unwrap();

    unlock(&mut port);
    bus.session(FOREIGN, "Lock", &()).unwrap();
    let start = Instant::now();
    bus.session(OURS, "Lock", &()).unwrap();
    expect_lock(&mut port, "screen_lock");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");

    unlock(&mut port);
    bus.session(OURS, "SetLockedHint", &(true,)).unwrap();
    expect_lock(&mut port, "screen_lock");

    unlock(&mut port);
    bus.kill();
    expect_lock(&mut port, "bus_lost");
    // A lost bus locks and does not lock out.
    unlock(&mut port);
}

#[test]
fn buses_that_take_a_connection_and_say_nothing_keep_nobody_waiting_and_it_is_told() {
    let home = home();
    let socket = home.path().join("silent-bus");
    // The system takes the connections; nobody reads from them.
    let _silent = UnixListener::bind(&socket).unwrap();
    let address = format!("unix:path={}", socket.display());
    let buses = ["DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS"];
    let mut command = home.command(home.host());
    command.arg(format!("chrome-extension://{CHROMIUM_ID}/"));
    let mut port = Port::start(command.envs(buses.map(|name| (name, &address)))).unwrap();
    port.hello().unwrap();
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    let offers = port.ask("offers", Value::Null).unwrap();
    assert!(offers["ok"]["offers"].is_object(), "{offers}");
    port.ask("lock", Value::Null).unwrap();
    unlock(&mut port);
    until("that it is told", LONG, || {
        let offers = port.ask("offers", Value::Null)?;
        let unheard = &offers["ok"]["offers"];
        let told = unheard["sleep_unheard"] == true && unheard["screen_unheard"] == true;
        Ok(told.then_some(()))
    })
    .unwrap();
}

#[test]
fn what_the_settings_allow_does_not_lock() {
    let bus = Bus::with_logind().unwrap();
    let home = home();
    let mut port = bus.port(&home).unwrap();
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    let set = json!({"on_sleep": false, "on_screen_lock": false});
    let answer = port.ask("set_settings", set).unwrap();
    assert!(answer["err"].is_null(), "{answer}");
    bus.expect_inhibitors(1).unwrap();
    bus.session(OURS, "Lock", &()).unwrap();
    bus.sleep(true).unwrap();
    // The computer need not wait for a host that has nothing to do.
    bus.expect_inhibitors(0).unwrap();
    let answer = port.ask("accounts", json!({"limit": 10})).unwrap();
    assert_eq!(answer["err"], Value::Null, "{answer}");
}

#[test]
fn who_opened_with_a_pin_tightens_a_lock_and_loosens_none() {
    const PIN: &str = "8391";
    let bus = Bus::start().unwrap();
    let home = home();
    let mut port = bus.port(&home).unwrap();
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    let set = port.ask("set_pin", json!({"password": PASSWORD, "pin": PIN})).unwrap();
    assert_eq!(set["ok"], "done", "{set}");
    let by_pin = |port: &mut Port| {
        port.ask("lock", Value::Null).unwrap();
        assert_eq!(port.ask("unlock_pin", json!({"pin": PIN})).unwrap()["ok"], "done");
    };
    by_pin(&mut port);
    let before = port.ask("settings", Value::Null).unwrap()["ok"].clone();
    for loose in [
        json!({"idle_s": 0, "max_age_s": 0, "master_s": 7_776_000, "on_sleep": false}),
        json!({"master_s": 7_776_000}),
        json!({"idle_s": 60, "on_screen_lock": false}),
    ] {
        let refused = port.ask("set_settings", loose).unwrap();
        assert_eq!(refused["err"], json!({"code": "needs_master"}), "{refused}");
    }
    assert_eq!(port.ask("settings", Value::Null).unwrap()["ok"], before);
    // What was tightened stays so until the master password is typed.
    let tight = port.ask("set_settings", json!({"master_s": 86_400, "clipboard_s": 60})).unwrap();
    assert_eq!(tight["ok"]["settings"]["master_s"], 86_400, "{tight}");
    let back = port.ask("set_settings", json!({"master_s": 1_209_600})).unwrap();
    assert_eq!(back["err"]["code"], "needs_master", "{back}");

    port.ask("lock", Value::Null).unwrap();
    unlock(&mut port);
    let back = port.ask("set_settings", json!({"master_s": 1_209_600, "idle_s": 0})).unwrap();
    assert_eq!(back["ok"]["settings"]["master_s"], 1_209_600, "{back}");
    by_pin(&mut port);
    assert!(port.ask("set_settings", json!({"on_sleep": true})).unwrap()["err"].is_null());
}

#[test]
fn a_host_says_of_what_it_hears_nothing() {
    let mut bus = Bus::with_logind().unwrap();
    let offers = |port: &mut Port| port.ask("offers", Value::Null).unwrap()["ok"]["offers"].clone();
    let silent = |offers: &Value, name: &str| offers[name] == true;
    let said = |offers: &Value| {
        ["sleep_unheard", "screen_unheard", "bus_lost"].map(|name| silent(offers, name))
    };
    let home = home();
    let mut port = bus.port(&home).unwrap();
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    bus.expect_inhibitors(1).unwrap();
    // There is no session bus here, and logind tells of the screen.
    assert_eq!(said(&offers(&mut port)), [false, false, false]);
    bus.kill();
    expect_lock(&mut port, "bus_lost");
    unlock(&mut port);
    assert_eq!(said(&offers(&mut port)), [false, false, true]);
    drop(port);

    // It was never there.
    let mut port = bus.port(&home).unwrap();
    unlock(&mut port);
    let expected = [true, true, false];
    until("no bus", LONG, || Ok((said(&offers(&mut port)) == expected).then_some(()))).unwrap();
    drop(port);

    // logind is there, and knows no session of ours.
    let bus = Bus::with_logind().unwrap();
    let mut port = bus.port_by(&home, &["env", "XDG_SESSION_ID=c2"]).unwrap();
    unlock(&mut port);
    bus.expect_inhibitors(1).unwrap();
    let expected = [false, true, false];
    until("no session", LONG, || Ok((said(&offers(&mut port)) == expected).then_some(()))).unwrap();
}

#[test]
fn one_port_locks_every_other_of_this_user() {
    let bus = Bus::start().unwrap();
    let home = home();
    let mut first = bus.port(&home).unwrap();
    first.ask("create", json!({"password": PASSWORD})).unwrap();
    let mut second = bus.port(&home).unwrap();
    unlock(&mut second);
    let start = Instant::now();
    assert_eq!(first.ask("lock", Value::Null).unwrap()["ok"], "done");
    expect_lock(&mut second, "everywhere");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn without_a_bus_the_host_serves_all_the_same() {
    let mut bus = Bus::start().unwrap();
    bus.kill();
    let home = home();
    let mut port = bus.port(&home).unwrap();
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    let answer = port.ask("accounts", json!({"limit": 10})).unwrap();
    assert_eq!(answer["err"], Value::Null, "{answer}");
}
