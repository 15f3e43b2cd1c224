//! The real host, in the hands of root: what of password and seed is left after each kind of lock.
//!
//! Never here: KEK and DEK, which nobody outside can know; their pages are looked at beside this.

use anyhow::Result;
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use tests::home::Home;
use tests::port::Port;

use crate::bus::{Bus, OURS};
use crate::dump::{Dump, utf16};

const PASSWORD: &str = "plum-Anvil-42-otter-quay";
const WRONG: &str = "sand-Lantern-77-mole-fjord";
/// Nowhere in this program in one piece as a host would have it: it is sent in Base32 only.
const SEED: &[u8; 20] =
    b"\x9a\x03\xf1\x5e\x77\xc2\x18\xed\x40\xb6\x6d\x29\x8f\xd4\x0b\xa1\x3c\xe5\x72\x96";

/// What must not be found, with a name for each.
fn needles() -> Vec<(&'static str, Vec<u8>)> {
    let text = BASE32_NOPAD.encode(SEED);
    vec![
        ("the password", PASSWORD.into()),
        ("the password in UTF-16", utf16(PASSWORD)),
        ("a wrong password", WRONG.into()),
        ("a wrong password in UTF-16", utf16(WRONG)),
        ("the seed", SEED.to_vec()),
        ("the seed in Base32", text.clone().into_bytes()),
        ("the seed in small Base32", text.to_lowercase().into_bytes()),
        ("the seed in UTF-16", utf16(&text)),
    ]
}

/// All needles that a dump holds.
fn found(port: &Port) -> Result<Vec<&'static str>> {
    let dump = Dump::of(port.id())?;
    let hits = needles().into_iter().filter(|(_, needle)| dump.hits(needle) != 0);
    Ok(hits.map(|(name, _)| name).collect())
}

#[test]
fn nothing_is_left_after_any_kind_of_lock() {
    let mut bus = Bus::with_logind().unwrap();
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut port = bus.port(&home).unwrap();
    let made = port.ask("create", json!({"password": PASSWORD})).unwrap();
    assert_eq!(made["ok"], "done", "{made}");
    let secret = BASE32_NOPAD.encode(SEED);
    let uri = format!("otpauth://totp/Example:alice?secret={secret}&issuer=Example");
    let added = port.ask("add", json!({"uri": uri})).unwrap();
    let id = added["ok"]["account"]["id"].as_str().unwrap_or_else(|| panic!("{added}")).to_owned();
    bus.expect_inhibitors(1).unwrap();

    let mut complaints = Vec::new();
    for why in ["manual", "sleep", "screen_lock", "everywhere", "bus_lost"] {
        // Not each time: a longer request may cover what the one before it left in a buffer.
        if why == "sleep" {
            let codes = port.ask("codes", json!({"ids": [id]})).unwrap();
            assert!(codes["err"].is_null(), "{codes}");
        }
        let before = found(&port).unwrap();
        assert!(
            before.iter().any(|name| name.contains("seed")),
            "an open vault has its seeds in memory, and the dump must show it"
        );
        match why {
            "manual" => assert_eq!(port.ask("lock", Value::Null).unwrap()["ok"], "done"),
            "sleep" => bus.sleep(true).unwrap(),
            "screen_lock" => bus.session(OURS, "Lock", &()).unwrap(),
            "everywhere" => {
                // The host's own folder for data is where its epoch is.
                let folder = home.vault();
                ::host::locks::epoch::bump(folder.parent().unwrap()).unwrap();
            }
            _ => bus.kill(),
        }
        let news = port.read().unwrap();
        assert_eq!(news["ev"], json!({"locked": {"why": why}}), "{news}");
        let after = found(&port).unwrap();
        if !after.is_empty() {
            complaints.push(format!("after {why}: {}", after.join(", ")));
        }
        let refused = port.ask("unlock", json!({"password": WRONG})).unwrap();
        assert_eq!(refused["err"]["code"], "wrong_password", "{refused}");
        let after = found(&port).unwrap();
        if !after.is_empty() {
            complaints.push(format!("after {why} and a wrong password: {}", after.join(", ")));
        }
        let opened = port.ask("unlock", json!({"password": PASSWORD})).unwrap();
        assert_eq!(opened["ok"], "done", "{opened}");
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn an_open_vault_has_no_password_in_memory() {
    let bus = Bus::start().unwrap();
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut port = bus.port(&home).unwrap();
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    assert_eq!(found(&port).unwrap(), Vec::<&str>::new());
}
