//! A folder of backups on a share that is gone: its calls never come back.
//!
//! Never here: folders that say what is wrong with them (`backup`).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::account::Account;
use tests::home::Home;
use tests::port::Port;
use tests::stage::PASSWORD;

use crate::strace::{Injection, Strace};

/// A quarter of an hour, in microseconds: longer than anybody waits.
const FOR_EVER: &str = "delay_enter=900000000";

#[test]
fn a_folder_that_does_not_answer_can_be_replaced_by_one_that_does() {
    let account = Account::plain("Mail", "me", b"a seed of twenty bytes");
    let home = Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &[account]).unwrap();
    let [share, other] = ["share", "other"].map(|name| home.path().join(name));
    fs::create_dir(&share).unwrap();
    fs::create_dir(&other).unwrap();
    let mut port = Port::open(&home).unwrap();
    port.hello().unwrap();
    assert_eq!(port.ask("unlock", json!({ "password": PASSWORD })).unwrap()["ok"], "done");
    let backups = "seven purple kettles hum at dawn";
    let state = set(&mut port, &json!({ "backups": backups }), &share);
    assert_eq!((&state["count"], &state["folder"]), (&json!(1), &json!(share)));

    let stuck = Injection::new("openat", FOR_EVER, "1+");
    let strace = Strace::attach_at(port.id(), &share, &[stuck]);
    let uri = "otpauth://totp/Later:l?secret=JBSWY3DPEHPK3PXP";
    assert!(port.ask("add", json!({ "uri": uri })).unwrap()["err"].is_null());
    let state = set(&mut port, &json!({}), &other);
    assert_eq!((&state["count"], &state["folder"]), (&json!(1), &json!(other)));
    assert!(state["failed_at"].is_null(), "{state}");
    // The thread in the share is still there, and nobody waits for it.
    assert_eq!(port.ask("lock", Value::Null).unwrap()["ok"], "done");
    let log = strace.detach();
    // A call in the share was made and has not come back: otherwise nothing was tried here.
    let share = share.to_str().unwrap();
    let stuck = log.iter().find(|line| line.contains(share)).expect("a call in the share");
    let thread = stuck.split_whitespace().next().unwrap();
    let came_back = |line: &String| line.starts_with(thread) && line.contains(" = ");
    assert!(!log.iter().any(came_back), "{log:?}");
}

fn set(port: &mut Port, what: &Value, folder: &Path) -> Value {
    let mut set = json!({ "password": PASSWORD, "folder": folder });
    set.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    let reply = port.ask("desk", json!({ "set_backups": set })).unwrap();
    let state = &reply["ok"]["desk"]["backups"];
    assert!(!state.is_null(), "{reply}");
    state.clone()
}
