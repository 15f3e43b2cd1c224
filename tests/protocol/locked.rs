//! What a locked host says: that it is locked.

use serde_json::json;
use shared::protocol::Op;

use tests::stage::PASSWORD;

use super::{account, greeted, home, refusal, samples};

#[test]
fn everything_else_is_refused_and_nothing_is_told() {
    let home = home();
    let mut port = greeted(&home);
    let opening = port.ask("opening", json!({"limit": 10, "codes": 5})).unwrap();
    let told: Vec<&String> = opening["ok"]["opening"].as_object().unwrap().keys().collect();
    assert_eq!(told, ["status"]);
    let mut refused = 0;
    for (op, params) in samples(&"0".repeat(32)) {
        // The desk is answered where there is no vault, and there is one.
        if op != "desk" && Op::of_name(op).unwrap().is_answered_locked() {
            continue;
        }
        let reply = port.ask(op, params).unwrap();
        assert_eq!(refusal(&reply), "locked", "{op}");
        assert!(reply["err"]["data"].is_null(), "{op} tells more than that: {reply}");
        refused += 1;
    }
    assert_eq!(refused, 26);
    // Before anybody looks at what was asked about.
    for op in ["spares", "next_code", "delete", "restore", "purge"] {
        let reply = port.ask(op, json!({"id": "00"})).unwrap();
        assert_eq!(refusal(&reply), "locked", "{op}");
    }
    let said = String::from_utf8_lossy(&port.said).into_owned();
    for word in [account().issuer, account().label, "example.com".into()] {
        assert!(!said.contains(&word), "a locked host says {word}");
    }
}

#[test]
fn a_vault_that_is_there_is_neither_made_again_nor_set_back() {
    let home = home();
    let before = std::fs::read(home.vault()).unwrap();
    let mut port = greeted(&home);
    let reply = port.ask("create", json!({"password": "another small lighthouse"})).unwrap();
    assert_eq!(refusal(&reply), "exists");
    refusal(&port.ask("revert", json!({"generation": 1})).unwrap());
    assert_eq!(std::fs::read(home.vault()).unwrap(), before);
}

#[test]
fn a_lock_ends_the_session() {
    let home = home();
    let (mut port, id) = super::unlocked(&home);
    assert_eq!(port.ask("lock", json!(null)).unwrap()["ok"], "done");
    assert_eq!(refusal(&port.ask("codes", json!({"ids": [id]})).unwrap()), "locked");
    let status = port.ask("status", json!(null)).unwrap();
    assert_eq!(status["ok"]["status"]["vault"]["state"], "locked", "{status}");
}

#[test]
fn a_password_that_waits_when_somebody_locks_opens_nothing() {
    let home = home();
    let mut port = greeted(&home);
    // The wrong one makes the right one wait; the lock comes before its turn.
    for (id, password) in [(8_001, "not the password"), (8_002, PASSWORD)] {
        let call = json!({"v": 1, "id": id, "op": "unlock", "p": {"password": password}});
        port.send(call.to_string().as_bytes());
    }
    port.send(json!({"v": 1, "id": 8_003, "op": "lock"}).to_string().as_bytes());
    // The one that waits is answered at once, and the one that is tried when that is done.
    let mut locked = Vec::new();
    while locked.len() < 2 {
        let answer = port.read().unwrap();
        if answer["id"] == 8_001 || answer["id"] == 8_002 {
            assert_eq!(refusal(&answer), "locked");
            locked.push(answer["id"].as_u64());
        }
    }
    assert_eq!(locked, [Some(8_002), Some(8_001)]);
    let status = port.ask("status", json!(null)).unwrap();
    assert_eq!(status["ok"]["status"]["vault"]["state"], "locked", "{status}");
}

#[test]
fn a_pin_opens_after_a_lock_and_goes_with_the_port() {
    let home = home();
    let (mut port, _) = super::unlocked(&home);
    let tries = |port: &mut tests::port::Port| {
        port.ask("status", json!(null)).unwrap()["ok"]["status"]["pin_tries"].clone()
    };
    assert_eq!(tries(&mut port), 0);
    let set = json!({"password": PASSWORD, "pin": "2468"});
    assert_eq!(port.ask("set_pin", set).unwrap()["ok"], "done");
    port.ask("lock", json!(null)).unwrap();
    let wrong = port.ask("unlock_pin", json!({"pin": "8642"})).unwrap();
    assert_eq!(wrong["err"], json!({"code": "wrong_pin", "data": {"left": 4}}));
    assert_eq!(port.ask("unlock_pin", json!({"pin": "2468"})).unwrap()["ok"], "done");
    assert_eq!(tries(&mut port), 5);
    let list = port.ask("accounts", json!({"limit": 10})).unwrap();
    assert_eq!(list["ok"]["accounts"]["total"], 1, "{list}");

    // Another port is another process, and this one's end is the PIN's.
    for mut other in [greeted(&home), {
        port.close();
        port.ended(std::time::Duration::from_secs(10)).unwrap();
        greeted(&home)
    }] {
        assert_eq!(tries(&mut other), 0);
        assert_eq!(refusal(&other.ask("unlock_pin", json!({"pin": "2468"})).unwrap()), "no_pin");
    }
}

#[test]
fn five_wrong_pins_end_it_and_nothing_else() {
    let home = home();
    let (mut port, _) = super::unlocked(&home);
    let before = std::fs::read(home.vault()).unwrap();
    let set = json!({"password": PASSWORD, "pin": "2468"});
    assert_eq!(port.ask("set_pin", set).unwrap()["ok"], "done");
    port.ask("lock", json!(null)).unwrap();
    for left in [4, 3, 2, 1] {
        let wrong = port.ask("unlock_pin", json!({"pin": "0000"})).unwrap();
        assert_eq!(wrong["err"]["data"]["left"], left, "{wrong}");
    }
    for _ in 0..2 {
        assert_eq!(refusal(&port.ask("unlock_pin", json!({"pin": "0000"})).unwrap()), "no_pin");
    }
    assert_eq!(refusal(&port.ask("unlock_pin", json!({"pin": "2468"})).unwrap()), "no_pin");
    assert_eq!(port.ask("unlock", json!({"password": PASSWORD})).unwrap()["ok"], "done");
    assert_eq!(std::fs::read(home.vault()).unwrap(), before);
}

#[test]
fn a_wrong_password_is_refused_and_the_next_try_has_to_wait() {
    let home = home();
    let mut port = greeted(&home);
    for _ in 0..2 {
        let reply = port.ask("unlock", json!({"password": "not the password"})).unwrap();
        assert!(["wrong_password", "wait"].contains(&refusal(&reply)), "{reply}");
    }
    let status = port.ask("status", json!(null)).unwrap();
    assert!(status["ok"]["status"]["retry_ms"].as_u64() != Some(0), "{status}");
}

#[test]
fn whatever_saves_has_the_other_pages_look_again() {
    let home = home();
    let (mut port, id) = super::unlocked(&home);
    let mut saved = Vec::new();
    let mut samples = samples(&id);
    // At last what leaves less to be saved.
    samples.sort_by_key(|(op, _)| ["delete", "purge", "password"].contains(op));
    for (op, params) in samples {
        let before = std::fs::read(home.vault()).unwrap();
        if op == "lock" {
            continue;
        }
        port.ask(op, params).unwrap();
        if std::fs::read(home.vault()).unwrap() != before {
            // What a fill saves, pages learn when they ask: which account was taken last.
            assert!(op == "fill" || Op::of_name(op).unwrap().changes(), "{op}");
            saved.push(op);
        }
    }
    for op in ["add", "delete", "edit", "make_recovery", "password", "purge", "set_settings"] {
        assert!(saved.contains(&op), "{op} has saved nothing: {saved:?}");
    }
}
