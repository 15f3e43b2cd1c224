//! The browser's door from outside: the real program, and a caller that sends what no browser would.
//!
//! Whatever comes in, a typed refusal goes out or the port is closed, the host never dies of it, and
//! no seed ever leaves.
//!
//! Never here: the command line (`cli`), and a browser.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod desk;
mod door;
mod envelope;
mod frames;
mod habits;
mod locked;
mod quiet;
mod requests;
mod scan;

use serde_json::{Value, json};
use shared::protocol::{Op, Request};
use tests::account::Account;
use tests::home::Home;
use tests::port::Port;
use tests::stage::PASSWORD;

/// The account of every vault here.
fn account() -> Account {
    Account::plain("Harbour Light", "keeper@example.com", b"\x01\xfeseed of the keeper")
}

/// A home with that account.
fn home() -> Home {
    Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &[account()]).unwrap()
}

/// A port after hello.
fn greeted(home: &Home) -> Port {
    let mut port = Port::open(home).unwrap();
    let hello = port.hello().unwrap();
    assert_eq!(hello["ok"]["hello"]["v"], 1, "{hello}");
    port
}

/// A port with an open vault, and the account's id.
fn unlocked(home: &Home) -> (Port, String) {
    let mut port = greeted(home);
    let done = port.ask("unlock", json!({"password": PASSWORD})).unwrap();
    assert_eq!(done["ok"], "done", "{done}");
    let list = port.ask("accounts", json!({"limit": 10})).unwrap();
    let id = list["ok"]["accounts"]["items"][0]["id"].as_str().expect("an account").to_owned();
    (port, id)
}

/// The refusal's code.
fn refusal(reply: &Value) -> &str {
    assert!(reply["ok"].is_null(), "not refused: {reply}");
    reply["err"]["code"].as_str().unwrap_or_else(|| panic!("no reply: {reply}"))
}

/// One valid request for each operation. `id` is an account's.
fn samples(id: &str) -> Vec<(&'static str, Value)> {
    let page = json!({"origin": "https://example.com", "top": "https://example.com"});
    let manual = json!({
        "kind": "totp", "issuer": "Mail", "label": "me", "secret": "JBSWY3DPEHPK3PXPJBSWY3DP",
        "algorithm": "SHA256", "digits": 8, "period": 60,
    });
    vec![
        ("accept_rollback", Value::Null),
        ("accounts", json!({"limit": 10, "trash": false, "page": page})),
        ("add", json!({"manual": manual, "page": page, "again": false})),
        ("browsers", Value::Null),
        ("codes", json!({"ids": [id]})),
        ("create", json!({"password": "another small lighthouse"})),
        ("delete", json!({"id": id})),
        ("desk", json!({"backups": {}})),
        (
            "edit",
            json!({
                "id": id, "issuer": "Mail", "label": "me", "sites": ["example.com"], "tags": ["a"],
                "note": "n", "favourite": true, "icon": "", "digits": 6, "period": 30,
                "algorithm": "SHA1", "secret": "JBSWY3DPEHPK3PXPJBSWY3DP",
            }),
        ),
        ("enrol", page.clone()),
        ("fill", json!({"id": id, "page": page})),
        ("habits", page.clone()),
        ("hello", json!({"min": 1, "max": 1, "ext_version": "0.0.0", "browser": "chromium"})),
        ("link", json!({"id": id, "page": page, "domain": "example.com"})),
        ("lock", Value::Null),
        ("make_recovery", json!({"password": PASSWORD})),
        ("next_code", json!({"id": id})),
        ("opening", json!({"limit": 10, "codes": 5, "page": page})),
        ("password", json!({"old": PASSWORD, "new": "another small lighthouse", "rotate": false})),
        ("pictures", json!({"ids": [id]})),
        ("purge", json!({"id": id})),
        ("offers", Value::Null),
        (
            "recover",
            json!({"code": "0000-0000-0000-0000-0000-0000-00VM", "new": "another small lighthouse"}),
        ),
        ("remove_pin", Value::Null),
        ("remove_recovery", json!({"password": PASSWORD})),
        ("restore", json!({"id": id})),
        ("revert", json!({"generation": 1})),
        ("rules", json!({"json": "{}"})),
        ("scan", json!({"page": page, "data": "", "first": true, "more": false})),
        ("set_pin", json!({"password": PASSWORD, "pin": "2468"})),
        ("settings", Value::Null),
        (
            "set_settings",
            json!({
                "idle_s": 60, "max_age_s": 3600, "on_sleep": true, "on_screen_lock": true,
                "on_clock": true, "master_s": 86400, "clipboard_s": 30, "biometrics": false,
            }),
        ),
        ("spares", json!({"id": id})),
        ("status", Value::Null),
        ("strength", json!({"password": "another small lighthouse"})),
        ("unlock", json!({"password": PASSWORD})),
        ("unlock_biometrics", Value::Null),
        ("unlock_pin", json!({"pin": "2468"})),
    ]
}

#[test]
fn every_operation_has_a_sample() {
    let mut sampled: Vec<_> = samples("").into_iter().map(|(op, _)| op).collect();
    let mut known = Op::ALL.map(Op::name);
    sampled.sort_unstable();
    known.sort_unstable();
    assert_eq!(sampled, known);
}

#[test]
fn every_operation_is_called_what_the_wire_calls_it() {
    for (op, params) in samples(&"0".repeat(32)) {
        let request: Request = serde_json::from_value(json!({"op": op, "p": params})).unwrap();
        assert_eq!(request.op().name(), op);
        // Only the desk, which has a writer of its own, is not written as a request.
        assert!(
            serde_json::to_value(&request).map_or(op == "desk", |json| json["op"] == op),
            "{op}"
        );
    }
}
