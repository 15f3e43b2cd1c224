//! The real host on a real bus: what the browser is told, and when the computer may sleep.
//!
//! Never here: the listeners by themselves.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::home::Home;
use tests::port::Port;

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
