//! Whatever is asked, and however the host ends, it says nothing that is secret: not in its answers, not on its
//! standard error, with every switch for more words turned on.
//!
//! Never here: what memory holds (`memory`).

use std::process::Command;
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use shared::protocol::CHROMIUM_ID;
use tests::port::Port;
use tests::stage::PASSWORD;

use super::{account, home, samples};

/// What was typed, and what is in the vault, in the forms that a program would print.
fn needles() -> Vec<Vec<u8>> {
    let seed = account().base32();
    let raw = data_encoding::BASE32_NOPAD.decode(seed.as_bytes()).unwrap();
    let typed = ["another small lighthouse", "JBSWY3DPEHPK3PXPJBSWY3DP", PASSWORD, &seed];
    let mut needles: Vec<Vec<u8>> = typed.iter().map(|text| text.as_bytes().to_vec()).collect();
    // `Debug` of a byte slice, hexadecimal, Base64.
    let debug = raw[..8].iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    needles.extend([HEXLOWER.encode(&raw), BASE64.encode(&raw), debug].map(String::into_bytes));
    needles.push(raw);
    needles
}

/// A host that was told to talk, open.
fn talkative(home: &tests::home::Home) -> Port {
    let mut command = home.command(home.host());
    command.arg(format!("chrome-extension://{CHROMIUM_ID}/"));
    for name in ["RUST_LOG", "LOG_LEVEL", "DEBUG", "G_MESSAGES_DEBUG"] {
        command.env(name, "trace");
    }
    command.env("RUST_BACKTRACE", "full");
    let mut port = Port::start(&mut command).unwrap();
    port.hello().unwrap();
    assert_eq!(port.ask("unlock", json!({ "password": PASSWORD })).unwrap()["ok"], "done");
    port
}

/// Ends it and looks at every byte that it has ever said.
fn check(what: &str, mut port: Port) {
    port.close();
    port.ended(Duration::from_secs(10)).unwrap();
    for needle in needles() {
        let told = port.said.windows(needle.len()).any(|part| part == needle);
        assert!(!told, "{what} told {:?}", String::from_utf8_lossy(&needle));
    }
}

#[test]
fn no_operation_tells_a_secret_whatever_becomes_of_it() {
    let home = home();
    let mut port = talkative(&home);
    let list = port.ask("accounts", json!({ "limit": 1 })).unwrap();
    let id = list["ok"]["accounts"]["items"][0]["id"].as_str().unwrap().to_owned();
    assert!(String::from_utf8_lossy(&port.said).contains(&account().issuer), "it is listened to");
    check("a list", port);
    let mut refused = 0;
    for (op, params) in samples(&id) {
        // As it should be asked; with a word too many; with everything of the wrong kind.
        let more = json!({ "more": PASSWORD, "password": [PASSWORD], "uri": { "seed": PASSWORD } });
        let mut over = params.clone();
        if let Some(fields) = over.as_object_mut() {
            fields.insert("more".to_owned(), PASSWORD.into());
        }
        let mut port = talkative(&home);
        for params in [more, over, params] {
            refused += usize::from(!port.ask(op, params).unwrap()["err"].is_null());
        }
        // What is no JSON at all, and holds a password.
        port.send(
            format!("{{\"v\":1,\"op\":\"{op}\",\"p\":{{\"password\":\"{PASSWORD}").as_bytes(),
        );
        let bad = port.read().unwrap();
        assert!(!bad["ev"].is_null() || bad["err"]["code"] == "bad_frame", "{bad}");
        check(op, port);
        // Each begins with the vault as it was: what was changed is set back.
        if ["delete", "password", "recover", "edit"].contains(&op) {
            break_if_changed(&home, op);
        }
    }
    assert!(samples("").len() < refused, "the wrong ones are refused");
}

/// The password of the fixture must still be the one that is looked for.
fn break_if_changed(home: &tests::home::Home, op: &str) {
    let mut port = Port::open(home).unwrap();
    port.hello().unwrap();
    let again = port.ask("unlock", json!({ "password": PASSWORD })).unwrap();
    if again["ok"] != "done" {
        let changed = json!({ "password": "another small lighthouse" });
        assert_eq!(port.ask("unlock", changed).unwrap()["ok"], "done", "after {op}");
        let back = json!({ "old": "another small lighthouse", "new": PASSWORD, "rotate": false });
        assert_eq!(port.ask("password", back).unwrap()["ok"], "done");
    }
}

#[cfg(unix)]
#[test]
fn a_host_that_is_ended_in_the_middle_of_it_tells_no_secret_either() {
    let home = home();
    for (op, params) in samples(&"0".repeat(32)) {
        let mut port = talkative(&home);
        let mut call = json!({ "v": 1, "id": 9001, "op": op });
        if params != Value::Null {
            call["p"] = params;
        }
        port.send(call.to_string().as_bytes());
        std::thread::sleep(Duration::from_millis(3));
        for signal in ["ABRT", "KILL"] {
            // The second is for who does not hear of the first.
            let _ = Command::new("kill").args(["-s", signal, &port.id().to_string()]).status();
        }
        check(op, port);
        break_if_changed(&home, op);
    }
}
