//! What the vault learns of a person's habits by filling, and what it suggests.
//!
//! The accounts count (RFC 4226), so that no fill waits for a fresh code.
//!
//! Never here: a page, a field.

use serde_json::{Value, json};
use tests::home::Home;
use tests::port::Port;
use tests::stage::PASSWORD;

use crate::{greeted, refusal};

fn home(names: &[&str]) -> Home {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let uri = |name: &&str| {
        let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let counter = name.len();
        format!("otpauth://hotp/{name}?secret={seed}&counter={counter}")
    };
    home.fill_vault(PASSWORD, &names.iter().map(uri).collect::<Vec<_>>()).unwrap();
    home
}

fn open(home: &Home) -> Port {
    let mut port = greeted(home);
    assert_eq!(port.ask("unlock", json!({"password": PASSWORD})).unwrap()["ok"], "done");
    port
}

fn page(host: &str) -> Value {
    let origin = format!("https://{host}");
    json!({"origin": origin, "top": origin})
}

fn fill(port: &mut Port, more: Value) -> Value {
    let mut request = json!({"page": page("login.mole.example")});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    port.ask("fill", request).unwrap()
}

fn items(port: &mut Port, host: &str) -> Vec<Value> {
    let list = port.ask("accounts", json!({"limit": 10, "page": page(host)})).unwrap();
    list["ok"]["accounts"]["items"].as_array().unwrap().clone()
}

#[test]
fn a_field_that_was_pointed_out_is_known_for_that_origin_after_the_session_too() {
    let home = home(&["Mole:a"]);
    home.link(PASSWORD, "a", "mole.example").unwrap();
    let mut port = open(&home);
    let habits = |port: &mut Port, host| port.ask("habits", page(host)).unwrap()["ok"].clone();
    assert_eq!(habits(&mut port, "login.mole.example")["habits"], json!({}));
    assert!(fill(&mut port, json!({"field": "1 text code"}))["ok"]["fill"].is_object());
    assert_eq!(habits(&mut port, "login.mole.example")["habits"]["field"], "1 text code");
    for other in ["www.mole.example", "mole.example", "vole.example"] {
        assert_eq!(habits(&mut port, other)["habits"], json!({}), "{other}");
    }
    // What is too long is not kept, and no reason to withhold a code.
    let long = "x".repeat(1025);
    assert!(fill(&mut port, json!({"field": long}))["ok"]["fill"].is_object());
    drop(port);
    let mut port = greeted(&home);
    let locked = port.ask("habits", page("login.mole.example")).unwrap();
    assert_eq!(refusal(&locked), "locked");
    let mut port = open(&home);
    assert_eq!(habits(&mut port, "login.mole.example")["habits"]["field"], "1 text code");
    let plain = json!({"origin": "http://login.mole.example", "top": "http://login.mole.example"});
    assert_eq!(refusal(&port.ask("habits", plain).unwrap()), "denied");
}

#[test]
fn of_several_accounts_the_last_one_comes_first_after_the_session_too() {
    let home = home(&["Mole:a", "Mole:bb", "Mole:ccc"]);
    for name in ["a", "bb", "ccc"] {
        home.link(PASSWORD, name, "mole.example").unwrap();
    }
    let choice = |port: &mut Port| {
        let asked = fill(port, json!({}));
        assert_eq!(refusal(&asked), "denied", "{asked}");
        let ids = asked["err"]["data"]["ids"].as_array().unwrap().clone();
        assert_eq!(ids.len(), 3);
        ids
    };
    let mut port = open(&home);
    for at in [2, 1, 2] {
        let id = choice(&mut port)[at].clone();
        assert_eq!(fill(&mut port, json!({"id": id}))["ok"]["fill"]["id"], id);
        assert_eq!(choice(&mut port)[0], id);
        drop(port);
        port = open(&home);
        assert_eq!(choice(&mut port)[0], id, "in another session");
    }
    // Whoever stands on the page needs no choice.
    let filled = fill(&mut port, json!({"seen": ["bb"]}));
    assert!(filled["ok"]["fill"].is_object(), "{filled}");
}

#[test]
fn an_account_without_a_site_is_suggested_where_its_issuer_is_known_to_be_and_not_filled() {
    let home = home(&["GitHub:a", "Mole:b"]);
    let mut port = open(&home);
    let listed = items(&mut port, "github.com");
    assert_eq!((&listed[0]["issuer"], &listed[0]["likely"]), (&json!("GitHub"), &json!(true)));
    assert_eq!(listed[0]["suggest"], json!(["github.com"]));
    assert_eq!(listed[0]["here"], false, "no code goes there before somebody said so");
    assert!(listed[1]["likely"].is_null() && listed[1]["suggest"].is_null());
    assert!(items(&mut port, "githuh.com").iter().all(|account| account["likely"].is_null()));

    let ask = |port: &mut Port, host: &str| port.ask("fill", json!({"page": page(host)})).unwrap();
    let refused = ask(&mut port, "gist.github.com");
    assert_eq!(refused["err"]["data"]["why"], "suggest");
    assert_eq!(refused["err"]["data"]["ids"], json!([listed[0]["id"]]));
    assert_eq!(ask(&mut port, "githuh.com")["err"]["data"]["why"], "no_account");
    let by_name = json!({"page": page("github.com"), "id": listed[0]["id"]});
    assert_eq!(port.ask("fill", by_name).unwrap()["err"]["data"]["why"], "no_site");

    let link = json!({"id": listed[0]["id"], "page": page("github.com"), "domain": "github.com"});
    let linked = port.ask("link", link).unwrap();
    assert!(linked["ok"]["account"]["suggest"].is_null(), "{linked}");
    assert!(ask(&mut port, "gist.github.com")["ok"]["fill"].is_object());
}

#[test]
fn a_form_is_sent_only_on_the_site_of_which_it_is_said() {
    let home = home(&["Mole:a", "Mole:bb"]);
    home.link(PASSWORD, "a", "mole.example,vole.example").unwrap();
    home.link(PASSWORD, "bb", "mole.example").unwrap();
    let mut port = open(&home);
    let listed = items(&mut port, "mole.example");
    let id = |label: &str| {
        listed.iter().find(|account| account["label"] == label).unwrap()["id"].clone()
    };
    let submits = |port: &mut Port, host: &str, label: &str| {
        let answer = port.ask("fill", json!({"page": page(host), "id": id(label)})).unwrap();
        assert!(answer["ok"]["fill"]["code"].is_string(), "{answer}");
        answer["ok"]["fill"]["submit"] == true
    };
    assert!(!submits(&mut port, "login.mole.example", "a"), "off by itself");
    let edited = port.ask("edit", json!({"id": id("a"), "sends": ["Mole.example"]})).unwrap();
    assert_eq!(edited["ok"]["account"]["sends"], json!(["mole.example"]), "{edited}");
    assert!(submits(&mut port, "login.mole.example", "a"));
    assert!(!submits(&mut port, "vole.example", "a"), "another site of the same account");
    assert!(submits(&mut port, "mole.example", "bb"), "another account of the same site");
    let public = port.ask("edit", json!({"id": id("a"), "sends": ["co.uk"]})).unwrap();
    assert_eq!(public["err"]["data"], json!({"field": "site", "problem": "malformed"}));
    drop(port);
    let mut port = open(&home);
    assert!(submits(&mut port, "login.mole.example", "a"), "in another session");
    let edited = port.ask("edit", json!({"id": id("bb"), "sends": []})).unwrap();
    assert!(edited["ok"]["account"]["sends"].is_null(), "{edited}");
    assert!(!submits(&mut port, "login.mole.example", "a"));
}
