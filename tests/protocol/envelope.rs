//! Ids, versions, and who speaks first.

use serde_json::{Value, json};
use shared::protocol::MAX_ID;
use tests::port::Port;
use tests::stage::PASSWORD;

use super::{greeted, home, refusal, samples};

#[test]
fn nothing_is_answered_before_hello() {
    let home = home();
    for (op, params) in samples(&"0".repeat(32)) {
        if op == "hello" {
            continue;
        }
        let mut port = Port::open(&home).unwrap();
        assert_eq!(refusal(&port.ask(op, params).unwrap()), "bad_request", "{op}");
    }
}

#[test]
fn what_nobody_knows_is_named_so_before_hello_too() {
    let home = home();
    let mut port = Port::open(&home).unwrap();
    assert_eq!(refusal(&port.ask("polka", json!({})).unwrap()), "unknown_op");
    port.send(json!({"v": 2, "id": 50, "op": "status"}).to_string().as_bytes());
    assert_eq!(refusal(&port.read().unwrap()), "version");
    assert!(port.hello().unwrap()["ok"]["hello"].is_object());
}

#[test]
fn no_parameters_are_none_or_null_or_an_empty_object() {
    let home = home();
    let mut port = greeted(&home);
    for p in ["", r#","p":null"#, r#","p":{}"#, ",\"p\": { \n } "] {
        port.send(format!(r#"{{"v":1,"id":50,"op":"status"{p}}}"#).as_bytes());
        let reply = port.read().unwrap();
        assert!(reply["ok"]["status"].is_object(), "{p}: {reply}");
    }
    // What has to be there is missed in an empty object all the same, and nothing else is no parameters.
    for (op, p) in [
        ("unlock", json!({})),
        ("status", json!({"x": 1})),
        ("status", json!([])),
        ("status", json!("")),
        ("status", json!(0)),
        ("status", json!(false)),
    ] {
        assert_eq!(refusal(&port.ask(op, p.clone()).unwrap()), "bad_request", "{op} {p}");
    }
}

#[test]
fn an_array_is_no_form_even_in_the_right_order() {
    let home = home();
    let (mut port, id) = super::unlocked(&home);
    let page = json!(["https://example.com", "https://example.com"]);
    for (op, p) in [
        ("strength", json!(["another small lighthouse"])),
        ("delete", json!([id])),
        ("codes", json!([[id]])),
        ("unlock", json!([PASSWORD])),
        ("accounts", json!({"limit": 10, "page": page})),
        ("habits", page),
        ("add", json!({"manual": ["totp", "a", "b", "JBSWY3DPEHPK3PXP", null, null, null, null]})),
        ("edit", json!({"id": id, "spares": [["abcd", true]]})),
        ("desk", json!({"backups": []})),
        ("desk", json!({"put": [0, 0, 0, "x", "AAAA"]})),
        ("desk", json!(["backups"])),
    ] {
        assert_eq!(refusal(&port.ask(op, p.clone()).unwrap()), "bad_request", "{op} {p}");
    }
    let deep = format!("{}1{}", r#"{"a":"#.repeat(30_000), "}".repeat(30_000));
    port.send(format!(r#"{{"v":1,"id":50,"op":"status","p":{deep}}}"#).as_bytes());
    assert_eq!(refusal(&port.read().unwrap()), "bad_request");
    let list = port.ask("accounts", json!({"limit": 10})).unwrap();
    assert_eq!(list["ok"]["accounts"]["total"], 1, "nothing of it was done");
}

#[test]
fn the_highest_common_version_is_spoken() {
    let home = home();
    let hello = |min: Value, max: Value| {
        let mut port = Port::open(&home).unwrap();
        let params = json!({"min": min, "max": max, "ext_version": "9.9.9", "browser": "firefox"});
        port.ask("hello", params).unwrap()
    };
    for (min, max) in [(1, 1), (1, 2), (0, 1), (1, u32::MAX)] {
        let reply = hello(json!(min), json!(max));
        assert_eq!(reply["ok"]["hello"]["v"], 1, "{min}–{max}: {reply}");
    }
    for (min, max) in [(2, 2), (2, 9), (0, 0), (u32::MAX, u32::MAX)] {
        let reply = hello(json!(min), json!(max));
        assert_eq!(refusal(&reply), "version", "{min}–{max}");
        assert_eq!(reply["err"]["data"], json!({"min": 1, "max": 1}));
    }
    assert!(["version", "bad_request"].contains(&refusal(&hello(json!(2), json!(1)))));
    for wrong in [json!(-1), json!(1.5), json!("1"), json!(1_u64 << 32)] {
        assert_eq!(refusal(&hello(wrong.clone(), wrong)), "bad_request");
    }
}

#[test]
fn a_call_in_another_version_is_refused() {
    let home = home();
    let mut port = greeted(&home);
    for version in [json!(0), json!(2), json!(-1), json!("1"), json!(1.5), Value::Null] {
        port.send(json!({"v": version, "id": 50, "op": "status"}).to_string().as_bytes());
        let reply = port.read().unwrap();
        // What is no number of a version is no envelope.
        let code = if version.as_u64().is_some() { "version" } else { "bad_frame" };
        assert_eq!(refusal(&reply), code, "{version}");
        assert_eq!(reply["id"], if code == "version" { json!(50) } else { Value::Null });
        assert!(port.ask("status", Value::Null).unwrap()["err"].is_null());
    }
}

#[test]
fn an_id_is_a_whole_number_that_javascript_can_hold() {
    let home = home();
    let mut port = greeted(&home);
    for id in [
        json!(0),
        json!(-1),
        json!(MAX_ID + 1),
        json!(u64::MAX),
        json!(1.5),
        json!("7"),
        json!(true),
        json!([7]),
        json!({}),
        Value::Null,
    ] {
        port.send(json!({"v": 1, "id": id, "op": "status"}).to_string().as_bytes());
        unaddressed(&port.read().unwrap());
        assert!(port.ask("status", Value::Null).unwrap()["err"].is_null());
    }
    port.send(br#"{"v":1,"op":"status"}"#);
    unaddressed(&port.read().unwrap());
    port.send(json!({"v": 1, "id": MAX_ID, "op": "status"}).to_string().as_bytes());
    assert_eq!(port.read().unwrap()["id"], MAX_ID);
}

/// The answer to a frame without a usable id.
fn unaddressed(reply: &Value) {
    assert_eq!(refusal(reply), "bad_frame", "{reply}");
    assert!(reply.as_object().is_some_and(|reply| reply["id"].is_null()), "{reply}");
}

#[test]
fn an_id_in_flight_is_not_taken_twice() {
    let home = home();
    let mut port = greeted(&home);
    let unlock = json!({"v": 1, "id": 60, "op": "unlock", "p": {"password": PASSWORD}});
    port.send(unlock.to_string().as_bytes());
    port.send(json!({"v": 1, "id": 60, "op": "status"}).to_string().as_bytes());
    let replies = [port.read().unwrap(), port.read().unwrap()];
    assert_eq!(replies.iter().filter(|reply| reply["ok"] == "done").count(), 1, "{replies:?}");
    let refused = replies.iter().filter(|reply| reply["err"]["code"] == "bad_request");
    assert_eq!(refused.count(), 1, "{replies:?}");
}

#[test]
fn an_operation_that_nobody_knows_is_named_so() {
    let home = home();
    let mut port = greeted(&home);
    for op in ["", "Status", "status ", "codes.list", "export", "seed", "__proto__", "状態"] {
        assert_eq!(refusal(&port.ask(op, Value::Null).unwrap()), "unknown_op", "{op}");
    }
}

#[test]
fn an_unknown_word_on_the_envelope_is_left_alone() {
    let home = home();
    let mut port = greeted(&home);
    port.send(br#"{"v":1,"id":5,"op":"status","later":{"x":1}}"#);
    assert!(port.read().unwrap()["ok"]["status"].is_object());
}
