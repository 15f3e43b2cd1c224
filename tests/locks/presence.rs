//! The system asks for the person: polkit on a real bus, whose part is python-dbusmock's template.
//!
//! The template says yes or no whether or not somebody may be asked; `CheckAuthorization` is replaced by one
//! that knows the difference, as polkit does for an action that wants `auth_self`.
//!
//! Never here: what the session does with the answer by itself; that is beside `host/src/session.rs`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ::host::presence::{Presence, Said};
use ::host::stop::Stop;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::home::Home;
use tests::port::Port;
use tests::wait::{LONG, until};
use zbus::zvariant::OwnedValue;

use crate::bus::{ACTION, ASKS, Bus, POLICY};

const PASSWORD: &str = "plum-Anvil-42-otter-quay";

/// The window was put away.
const PUT_AWAY: &str = "
if args[3] & 1:
    raise dbus.exceptions.DBusException('put away', name='org.freedesktop.PolicyKit1.Error.Cancelled')
ret = dbus.Struct((False, True, dbus.Dictionary({}, signature='ss')), signature='bba{ss}')
";
/// polkit without our action.
const UNKNOWN: &str = "
raise dbus.exceptions.DBusException('not registered', name='org.freedesktop.PolicyKit1.Error.Failed')
";
/// Nobody of this session may be asked.
const NEVER: &str = "
ret = dbus.Struct((False, False, dbus.Dictionary({}, signature='ss')), signature='bba{ss}')
";

fn polkit(check: &str) -> Bus {
    let mut bus = Bus::start().unwrap();
    bus.start_polkit(check).unwrap();
    bus
}

/// A person who takes `seconds` to say yes, and a file that is there once the person is asked: polkit itself
/// says nothing more until then.
fn slow(bus: &mut Bus, seconds: u32, folder: &TempDir) -> PathBuf {
    let asked = folder.path().join("asked");
    let check = format!(
        "
asks = bool(args[3] & 1)
if asks:
    open({:?}, 'w').close()
    time.sleep({seconds})
ret = dbus.Struct((asks, not asks, dbus.Dictionary({{}}, signature='ss')), signature='bba{{ss}}')
",
        asked.display().to_string()
    );
    bus.start_polkit(&check).unwrap();
    asked
}

/// Waits until the person is asked.
fn wait_for(asked: &Path) {
    until("the question", LONG, || Ok(asked.exists().then_some(()))).unwrap();
}

fn asker(bus: &Bus) -> Presence {
    Presence::at(&bus.address(), POLICY.as_ref())
}

fn ask(bus: &Bus) -> Said {
    asker(bus).ask(&Stop::default())
}

#[test]
fn polkits_yes_is_yes_and_its_no_is_no() {
    let bus = polkit(ASKS);
    assert!(asker(&bus).is_offered());
    assert_eq!(ask(&bus), Said::No);
    bus.polkit_allows(&["org.example.other"]).unwrap();
    assert_eq!(ask(&bus), Said::No);
    bus.polkit_allows(&[ACTION]).unwrap();
    assert_eq!(ask(&bus), Said::Yes);
    bus.polkit_allows(&[]).unwrap();
    assert_eq!(ask(&bus), Said::No);
}

#[test]
fn the_subject_is_this_process_by_its_start_and_its_user() {
    let bus = polkit(ASKS);
    ask(&bus);
    let calls = bus.polkit_calls("CheckAuthorization").unwrap();
    assert_eq!(calls.len(), 2, "first nobody is asked, then somebody");
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let started: u64 =
        stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().parse().unwrap();
    for (n, arguments) in calls.into_iter().enumerate() {
        let [subject, action, _, flags, _] = <[OwnedValue; 5]>::try_from(arguments).unwrap();
        let (kind, details): (String, HashMap<String, OwnedValue>) = subject.try_into().unwrap();
        assert_eq!(kind, "unix-process");
        assert_eq!(u32::try_from(&details["pid"]).unwrap(), std::process::id());
        assert_eq!(u64::try_from(&details["start-time"]).unwrap(), started);
        let uid = rustix::process::getuid().as_raw();
        assert_eq!(i32::try_from(&details["uid"]).unwrap(), uid.cast_signed());
        assert_eq!(String::try_from(action).unwrap(), ACTION);
        assert_eq!(u32::try_from(flags).unwrap(), u32::try_from(n).unwrap());
    }
}

#[test]
fn a_yes_for_which_nobody_was_asked_is_none() {
    // The template as it is: a rule that allows the action.
    let mut bus = Bus::start().unwrap();
    bus.start_polkit("").unwrap();
    bus.polkit_allows(&[ACTION]).unwrap();
    assert_eq!(ask(&bus), Said::Unable);
    bus.polkit_allows(&[]).unwrap();
    assert_eq!(ask(&bus), Said::Unable);
}

#[test]
fn without_polkit_its_action_or_anybody_to_ask_it_is_unable() {
    for check in [UNKNOWN, NEVER] {
        assert_eq!(ask(&polkit(check)), Said::Unable);
    }
    assert_eq!(ask(&polkit(PUT_AWAY)), Said::Unable, "an error is no answer");
    let bus = Bus::start().unwrap();
    assert_eq!(ask(&bus), Said::Unable, "nobody has polkit's name");
    let folder = tempfile::tempdir().unwrap();
    let absent = Presence::at(&bus.address(), &folder.path().join("no action"));
    assert!(!absent.is_offered());
    assert_eq!(absent.ask(&Stop::default()), Said::Unable);
    let mut bus = polkit(ASKS);
    bus.polkit_allows(&[ACTION]).unwrap();
    bus.kill();
    assert_eq!(ask(&bus), Said::Unable, "there is no bus");
}

#[test]
fn polkit_that_goes_while_it_asks_has_not_said_yes() {
    let folder = tempfile::tempdir().unwrap();
    let mut bus = Bus::start().unwrap();
    let asked = slow(&mut bus, 20, &folder);
    let presence = asker(&bus);
    let said = thread::spawn(move || presence.ask(&Stop::default()));
    wait_for(&asked);
    bus.kill();
    assert_eq!(said.join().unwrap(), Said::Unable);
}

#[test]
fn a_question_that_is_stopped_ends_at_once_and_polkit_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut bus = Bus::start().unwrap();
    let asked = slow(&mut bus, 3, &folder);
    let (presence, stop) = (asker(&bus), Stop::default());
    let wire = stop.clone();
    let asking = thread::spawn(move || (presence.ask(&stop), Instant::now()));
    wait_for(&asked);
    let stopped = Instant::now();
    wire.stop();
    let (said, at) = asking.join().unwrap();
    assert_eq!(said, Said::No);
    let took = at.duration_since(stopped);
    assert!(took < Duration::from_millis(500), "{took:?}");
    let calls = until("the cancelling", LONG, || {
        Ok(Some(bus.polkit_calls("CancelCheckAuthorization")?).filter(|calls| !calls.is_empty()))
    })
    .unwrap();
    let asked = bus.polkit_calls("CheckAuthorization").unwrap();
    let last = String::try_from(asked[1][4].try_clone().unwrap()).unwrap();
    assert_eq!(String::try_from(calls[0][0].try_clone().unwrap()).unwrap(), last);
}

/// A host for which this bus is the system's. `None` where only others may mount.
fn port(home: &Home, bus: &Bus, folder: &TempDir) -> Option<Port> {
    let by = bus.as_systems(folder)?;
    let by: Vec<&str> = by.iter().map(String::as_str).collect();
    Some(bus.port_by(home, &by).unwrap())
}

fn turn_on(port: &mut Port) -> Value {
    port.ask("set_settings", json!({"biometrics": true})).unwrap()
}

fn biometrics(port: &mut Port) -> Value {
    port.ask("status", Value::Null).unwrap()["ok"]["status"]["biometrics"].clone()
}

#[test]
fn the_host_opens_again_for_the_person_and_for_nobody_else() {
    let bus = polkit(ASKS);
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let Some(mut port) = port(&home, &bus, &folder) else { return };
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    assert_eq!(biometrics(&mut port), "offered");
    let unlock = |port: &mut Port| port.ask("unlock_biometrics", Value::Null).unwrap();

    // It is off, and goes on only with the person.
    assert_eq!(turn_on(&mut port)["err"]["code"], "unconfirmed");
    port.ask("lock", Value::Null).unwrap();
    assert_eq!(biometrics(&mut port), "offered");
    assert_eq!(unlock(&mut port)["err"]["code"], "no_biometrics");
    port.ask("unlock", json!({"password": PASSWORD})).unwrap();
    bus.polkit_allows(&[ACTION]).unwrap();
    let set = turn_on(&mut port);
    assert_eq!(set["ok"]["settings"]["biometrics"], true, "{set}");

    port.ask("lock", Value::Null).unwrap();
    assert_eq!(biometrics(&mut port), "ready");
    assert_eq!(port.ask("accounts", json!({"limit": 9})).unwrap()["err"]["code"], "locked");
    assert_eq!(unlock(&mut port)["ok"], "done");
    assert!(port.ask("accounts", json!({"limit": 9})).unwrap()["err"].is_null());
    assert_eq!(biometrics(&mut port), "offered");

    // Another: five times, then only the password.
    port.ask("lock", Value::Null).unwrap();
    bus.polkit_allows(&[]).unwrap();
    for _ in 0..5 {
        assert_eq!(unlock(&mut port)["err"]["code"], "unconfirmed");
    }
    bus.polkit_allows(&[ACTION]).unwrap();
    assert_eq!(unlock(&mut port)["err"]["code"], "no_biometrics");
    assert_eq!(port.ask("accounts", json!({"limit": 9})).unwrap()["err"]["code"], "locked");
    assert_eq!(port.ask("unlock", json!({"password": PASSWORD})).unwrap()["ok"], "done");

    // A new process has no key.
    port.ask("lock", Value::Null).unwrap();
    drop(port);
    let folder = tempfile::tempdir().unwrap();
    let mut port = self::port(&home, &bus, &folder).unwrap();
    assert_eq!(biometrics(&mut port), "offered");
    assert_eq!(unlock(&mut port)["err"]["code"], "no_biometrics");
}

#[test]
fn whoever_types_the_password_does_not_wait_for_the_systems_window() {
    let mut bus = polkit(ASKS);
    bus.polkit_allows(&[ACTION]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let Some(mut port) = port(&home, &bus, &folder) else { return };
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    assert!(turn_on(&mut port)["err"].is_null());
    port.ask("lock", Value::Null).unwrap();
    let asked = slow(&mut bus, 20, &folder);
    let start = Instant::now();
    port.send(json!({"v": 1, "id": 1001, "op": "unlock_biometrics"}).to_string().as_bytes());
    wait_for(&asked);
    let unlock = json!({"v": 1, "id": 1002, "op": "unlock", "p": {"password": PASSWORD}});
    port.send(unlock.to_string().as_bytes());
    let mut answers = HashMap::new();
    while answers.len() < 2 {
        let answer = port.read().unwrap();
        if let Some(id) = answer["id"].as_u64() {
            answers.insert(id, answer);
        }
    }
    assert_eq!(answers[&1001]["err"]["code"], "unconfirmed");
    assert_eq!(answers[&1002]["ok"], "done");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}");
}

#[test]
fn who_sets_the_environment_does_not_answer() {
    // A bus on which everybody is the person, and the variable that names it.
    let bus = polkit(ASKS);
    bus.polkit_allows(&[ACTION]).unwrap();
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut port = bus.port(&home).unwrap();
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    let answer = turn_on(&mut port);
    assert!(!answer["err"].is_null(), "{answer}");
    assert!(bus.polkit_calls("CheckAuthorization").unwrap().is_empty());
}
