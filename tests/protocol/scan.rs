//! Accounts out of a page: what is found is shown without its seed, and added when the person says so.
//!
//! Never here: spoilt pictures (`qr`).

use std::fs::File;

use serde_json::{Value, json};

use crate::{home, refusal, unlocked};

fn scan(data: &str, first: bool, more: bool, links: &[&str]) -> Value {
    let page = page("https://login.mole.example");
    json!({"page": page, "data": data, "first": first, "more": more, "links": links})
}

/// What the links on another page are.
fn scan_on(origin: &str, link: &str) -> Value {
    json!({"page": page(origin), "data": "", "first": true, "more": false, "links": [link]})
}

fn page(origin: &str) -> Value {
    json!({"origin": origin, "top": origin})
}

/// With a period so long that no fill waits for a fresh code.
const LINK: &str =
    "otpauth://totp/Mole:me?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mole&period=1000000";

#[test]
fn what_a_page_shows_is_added_with_its_site_when_the_person_says_so() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    let page = page("https://login.mole.example");
    // Nothing was shown, so nothing is added.
    assert_eq!(refusal(&port.ask("enrol", page.clone()).unwrap()), "conflict");
    let found = port.ask("scan", scan("", true, false, &[LINK, LINK, "otpauth://x"])).unwrap();
    let items = found["ok"]["accounts"]["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 1, "{found}");
    assert_eq!((&items[0]["issuer"], &items[0]["id"]), (&json!("Mole"), &json!("")));
    assert_eq!(found["ok"]["accounts"]["site"]["domain"], "mole.example");
    assert!(!found.to_string().contains("GEZDGNBV"), "no seed comes back");
    let list = port.ask("accounts", json!({"limit": 10})).unwrap();
    assert_eq!(list["ok"]["accounts"]["total"], 1, "nothing is saved yet");

    let added = port.ask("enrol", page.clone()).unwrap();
    let id = added["ok"]["accounts"]["items"][0]["id"].clone();
    assert_eq!(added["ok"]["accounts"]["items"][0]["sites"], json!(["mole.example"]));
    assert!(port.ask("fill", json!({"page": page.clone()})).unwrap()["ok"]["fill"].is_object());
    assert_eq!(refusal(&port.ask("enrol", page.clone()).unwrap()), "conflict", "once");

    // Again, and from another page: the same account, with both sites.
    let other = "https://vole.example";
    let again = port.ask("scan", scan_on(other, LINK)).unwrap();
    assert_eq!(again["ok"]["accounts"]["items"][0]["here"], true);
    // What the person saw was on the page before.
    assert_eq!(refusal(&port.ask("enrol", page.clone()).unwrap()), "conflict");
    let linked = port.ask("enrol", self::page(other)).unwrap();
    assert_eq!(linked["ok"]["accounts"]["items"][0]["id"], id);
    let sites = json!(["mole.example", "vole.example"]);
    assert_eq!(linked["ok"]["accounts"]["items"][0]["sites"], sites);
    // Nor is it linked where its issuer is known not to be.
    let guise = LINK.replace("Mole", "GitHub").replace("GEZDGNBV", "MFRGGZDF");
    port.ask("scan", scan_on(other, &guise)).unwrap();
    let unlinked = port.ask("enrol", self::page(other)).unwrap();
    let item = &unlinked["ok"]["accounts"]["items"][0];
    assert_eq!((&item["sites"], &item["here"]), (&json!([]), &json!(false)), "{unlinked}");
    let home = "https://github.com";
    port.ask("scan", scan_on(home, &guise)).unwrap();
    let linked = port.ask("enrol", self::page(home)).unwrap();
    assert_eq!(linked["ok"]["accounts"]["items"][0]["sites"], json!(["github.com"]));
    // Where no code may go, nothing is linked.
    let plain = "http://vole.example";
    port.ask("scan", scan_on(plain, "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ")).unwrap();
    let unlinked = port.ask("enrol", self::page(plain)).unwrap();
    assert_eq!(unlinked["ok"]["accounts"]["items"][0]["sites"], json!([]));
}

#[test]
fn pictures_come_in_pieces_within_limits() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    assert_eq!(port.ask("scan", scan("AAAA", true, true, &[])).unwrap()["ok"], "done");
    let found = port.ask("scan", scan("AAAA", false, false, &[LINK])).unwrap();
    assert_eq!(found["ok"]["accounts"]["total"], 1, "a picture of nothing spoils nothing");
    assert_eq!(refusal(&port.ask("scan", scan("*", true, false, &[])).unwrap()), "bad_request");
    let long = "A".repeat(196_612);
    assert_eq!(refusal(&port.ask("scan", scan(&long, true, false, &[])).unwrap()), "too_large");
    let many = vec![LINK; 17];
    assert_eq!(refusal(&port.ask("scan", scan("", true, false, &many)).unwrap()), "bad_request");
    // 16 MiB, and not one more.
    let piece = "A".repeat(196_608);
    for at in 0..113 {
        assert_eq!(port.ask("scan", scan(&piece, at == 0, true, &[])).unwrap()["ok"], "done");
    }
    assert_eq!(refusal(&port.ask("scan", scan(&piece, false, true, &[])).unwrap()), "too_large");
    assert_eq!(port.ask("scan", scan("", true, false, &[])).unwrap()["ok"]["accounts"]["total"], 0);
}

#[test]
fn what_could_not_be_saved_is_added_when_it_is_asked_for_again() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    let page = page("https://login.mole.example");
    port.ask("scan", scan("", true, false, &[LINK])).unwrap();
    let lock = File::open(home.vault().with_added_extension("lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(refusal(&port.ask("enrol", page.clone()).unwrap()), "busy");
    lock.unlock().unwrap();
    let added = port.ask("enrol", page).unwrap();
    assert_eq!(added["ok"]["accounts"]["total"], 1, "{added}");
}
