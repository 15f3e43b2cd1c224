//! The real host, in the hands of root: what of passwords, keys and seeds is left after each kind of
//! lock.
//!
//! Twice: as it is, and where no page can be locked, so that even root sees the keys' pages and it is
//! seen that they hold the keys before and nothing after.
//!
//! Never here: what is looked for and can only be derived (`derived`).

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use ::host::vault::Vault;
use ::host::vault::file::{FileError, Store};
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use tests::home::Home;
use tests::port::Port;

use crate::bus::{Bus, OURS};
use crate::derived::{Keys, Needles};
use crate::dump::{Deathbed, Dump, utf16};

const PASSWORD: &str = "plum-Anvil-42-otter-quay";
const WRONG: &str = "sand-Lantern-77-mole-fjord";
const PIN: &str = "kiwi-Sluice-6";
const WRONG_PIN: &str = "fern-Gravel-8";
/// Nowhere in this program in one piece as a host would have it: it is sent in Base32 only.
const SEED: &[u8; 20] =
    b"\x9a\x03\xf1\x5e\x77\xc2\x18\xed\x40\xb6\x6d\x29\x8f\xd4\x0b\xa1\x3c\xe5\x72\x96";

/// The account's name, and a recovery code that its service gave out.
const NAME: &str = "ottoline.quagga@example.net";
const SPARE: &str = "heron-7781-velvet-9916";

/// What takes from a program the right to lock pages, of its own memory or of the kernel's secret one.
const NO_LOCKED_PAGES: &[&str] =
    &["prlimit", "--memlock=0:0", "setpriv", "--bounding-set=-ipc_lock", "--"];

/// What must not be found, with a name for each: what was typed, and what was sent.
fn typed() -> Needles {
    let text = BASE32_NOPAD.encode(SEED);
    vec![
        ("the password", PASSWORD.into()),
        ("the password in UTF-16", utf16(PASSWORD)),
        ("a wrong password", WRONG.into()),
        ("a wrong password in UTF-16", utf16(WRONG)),
        ("the PIN", PIN.into()),
        ("the PIN in UTF-16", utf16(PIN)),
        ("a wrong PIN", WRONG_PIN.into()),
        ("a wrong PIN in UTF-16", utf16(WRONG_PIN)),
        ("the seed", SEED.to_vec()),
        ("the seed in Base32", text.clone().into_bytes()),
        ("the seed in small Base32", text.to_lowercase().into_bytes()),
        ("the seed in UTF-16", utf16(&text)),
        ("the account's name", NAME.into()),
    ]
}

/// Of eight digits: six are found anywhere.
fn uri() -> String {
    let secret = BASE32_NOPAD.encode(SEED);
    format!("otpauth://totp/Example:{NAME}?secret={secret}&issuer=Example&digits=8")
}

/// All needles that a dump holds.
fn found(dump: &Dump, needles: &Needles) -> Vec<&'static str> {
    needles.iter().filter(|(_, needle)| dump.hits(needle) != 0).map(|(name, _)| *name).collect()
}

/// The vault in the test's own hands, for what no request does: a day's deadline within seconds.
struct Owner {
    store: Store,
    vault: Vault,
}

impl Owner {
    fn of(home: &Home) -> Self {
        let store = Store::new(&home.vault());
        let sealed = store.read().unwrap();
        let dek = sealed.unlock(PASSWORD.as_bytes()).unwrap();
        let vault = store.open(sealed, dek).unwrap();
        Self { store, vault }
    }

    fn set(&mut self, name: &str, seconds: u32) {
        self.store
            .update::<_, FileError>(&mut self.vault, 1_800_000_000_000, |vault, at| {
                vault.body.set(name, &seconds, at);
                Ok(())
            })
            .unwrap();
    }
}

/// Every kind of lock that a living host has.
const KINDS: [&str; 7] =
    ["manual", "idle", "max_age", "sleep", "screen_lock", "everywhere", "bus_lost"];

fn after_any_kind_of_lock(by: &[&str], keys_are_seen: bool) {
    let mut bus = Bus::with_logind().unwrap();
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut port = bus.port_by(&home, by).unwrap();
    let made = port.ask("create", json!({"password": PASSWORD})).unwrap();
    assert_eq!(made["ok"], "done", "{made}");
    let added = port.ask("add", json!({"uri": uri()})).unwrap();
    let id = added["ok"]["account"]["id"].as_str().unwrap_or_else(|| panic!("{added}")).to_owned();
    bus.expect_inhibitors(1).unwrap();
    let mut owner = Owner::of(&home);
    let keys = Keys::of(&home.vault(), PASSWORD).unwrap();
    lock(&mut port);

    let mut complaints = Vec::new();
    let mut complain = |when: String, found: Vec<&str>| {
        if !found.is_empty() {
            complaints.push(format!("after {when}: {}", found.join(", ")));
        }
    };
    let dump = |port: &Port, needles: &Needles| found(&Dump::of(port.id()).unwrap(), needles);
    for why in KINDS {
        let deadline = match why {
            "idle" => Some("idle_s"),
            "max_age" => Some("max_age_s"),
            _ => None,
        };
        if let Some(name) = deadline {
            owner.set(name, 3);
        }
        let mut needles = typed();
        needles.extend(keys.needles(&home.vault()).unwrap());
        unlock(&mut port);
        // Not each time: a longer request may cover what the one before it left in a buffer.
        if why == "sleep" {
            let codes = port.ask("codes", json!({"ids": [id]})).unwrap();
            assert!(codes["err"].is_null(), "{codes}");
        }
        let before = dump(&port, &needles);
        assert!(before.contains(&"the seed"), "an open vault has its seeds in memory: {before:?}");
        assert_eq!(before.contains(&"the DEK"), keys_are_seen, "{before:?}");
        match why {
            "manual" => assert_eq!(port.ask("lock", Value::Null).unwrap()["ok"], "done"),
            "sleep" => bus.sleep(true).unwrap(),
            "screen_lock" => bus.session(OURS, "Lock", &()).unwrap(),
            "everywhere" => {
                // The host's own folder for data is where its epoch is.
                let folder = home.vault();
                ::host::locks::epoch::bump(folder.parent().unwrap()).unwrap();
            }
            "bus_lost" => bus.kill(),
            _ => {}
        }
        let news = port.news().unwrap();
        assert_eq!(news["ev"], json!({"locked": {"why": why}}), "{news}");
        complain(why.to_owned(), dump(&port, &needles));
        let refused = port.ask("unlock", json!({"password": WRONG})).unwrap();
        assert_eq!(refused["err"]["code"], "wrong_password", "{refused}");
        complain(format!("{why} and a wrong password"), dump(&port, &needles));
        // With a PIN the locked host holds what opens the vault, and still nothing that is it.
        if why == "manual" {
            unlock(&mut port);
            set_pin(&mut port);
            lock(&mut port);
            complain(format!("{why} with a PIN"), dump(&port, &needles));
            let refused = port.ask("unlock_pin", json!({"pin": WRONG_PIN})).unwrap();
            assert_eq!(refused["err"]["code"], "wrong_pin", "{refused}");
            complain(format!("{why} and a wrong PIN"), dump(&port, &needles));
            let opened = port.ask("unlock_pin", json!({"pin": PIN})).unwrap();
            assert_eq!(opened["ok"], "done", "{opened}");
            lock(&mut port);
            complain(format!("{why} and the PIN"), dump(&port, &needles));
        }
        if let Some(name) = deadline {
            owner.set(name, 0);
        }
    }

    unlock(&mut port);
    let mut needles = typed();
    needles.extend(keys.needles(&home.vault()).unwrap());
    let bed = Deathbed::of(port.id()).unwrap();
    port.close();
    complain("the port was closed".to_owned(), found(&bed.dump().unwrap(), &needles));
    assert!(complaints.is_empty(), "{complaints:#?}");
}

fn lock(port: &mut Port) {
    assert_eq!(port.ask("lock", Value::Null).unwrap()["ok"], "done");
    let news = port.news().unwrap();
    assert_eq!(news["ev"], json!({"locked": {"why": "manual"}}), "{news}");
}

fn set_pin(port: &mut Port) {
    let set = port.ask("set_pin", json!({"password": PASSWORD, "pin": PIN})).unwrap();
    assert_eq!(set["ok"], "done", "{set}");
}

fn unlock(port: &mut Port) {
    let opened = port.ask("unlock", json!({"password": PASSWORD})).unwrap();
    assert_eq!(opened["ok"], "done", "{opened}");
}

#[test]
fn nothing_is_left_after_any_kind_of_lock() {
    after_any_kind_of_lock(&[], false);
}

#[test]
fn nothing_is_left_where_no_page_can_be_locked() {
    after_any_kind_of_lock(NO_LOCKED_PAGES, true);
}

#[test]
fn an_open_vault_has_no_password_in_memory() {
    let bus = Bus::start().unwrap();
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut port = bus.port(&home).unwrap();
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    assert_eq!(found(&Dump::of(port.id()).unwrap(), &typed()), Vec::<&str>::new());
}

#[test]
fn nothing_is_left_of_what_was_answered() {
    let bus = Bus::start().unwrap();
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut port = bus.port(&home).unwrap();
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    let added = port.ask("add", json!({"uri": uri()})).unwrap();
    let id = added["ok"]["account"]["id"].as_str().unwrap_or_else(|| panic!("{added}")).to_owned();
    let spares = json!([{"code": SPARE, "used": false}]);
    let edited = port.ask("edit", json!({"id": id, "spares": spares})).unwrap();
    assert!(edited["err"].is_null(), "{edited}");
    // Each of them the last answer before a lock: a later one may cover what it left in a buffer, but for its end.
    let rows = [
        ("the account's name", "accounts", json!({"limit": 5}), "/accounts/items/0/label"),
        ("a TOTP code", "codes", json!({"ids": [id]}), "/codes/items/0/code"),
        ("a recovery code of a service", "spares", json!({"id": id}), "/spares/items/0/code"),
        ("the recovery code", "make_recovery", json!({"password": PASSWORD}), "/recovery/code"),
    ];
    let mut complaints = Vec::new();
    for (name, op, asked, path) in rows {
        let answer = port.ask(op, asked).unwrap();
        let said = answer["ok"].pointer(path).and_then(Value::as_str);
        let said = said.unwrap_or_else(|| panic!("{op}: {answer}")).to_owned();
        let end = &said[said.len() / 2..];
        if matches!(op, "accounts" | "spares") {
            let hits = Dump::of(port.id()).unwrap().hits(said.as_bytes());
            assert_ne!(hits, 0, "an open vault has {name} in memory");
        }
        lock(&mut port);
        let dump = Dump::of(port.id()).unwrap();
        for (form, needle) in [("whole", &*said), ("its end", end)] {
            if form == "whole" || 12 < said.len() {
                let hits = dump.hits(needle.as_bytes()) + dump.hits(&utf16(needle));
                if hits != 0 {
                    complaints.push(format!("{name}, {form}: {hits}"));
                }
            }
        }
        unlock(&mut port);
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}
