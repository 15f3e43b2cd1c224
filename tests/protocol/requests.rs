//! What is said when the vault is open: codes and accounts, refusals in their form, and never a seed.

use data_encoding::{BASE32_NOPAD, BASE64, HEXLOWER, HEXUPPER};
use serde_json::{Value, json};
use tests::account::Account;
use tests::home::Home;
use tests::stage::PASSWORD;
use tests::totp::now;

use super::{account, home, refusal, samples, unlocked};

/// Whether bytes hold the seed of an account in any dress.
fn holds_seed(bytes: &[u8], account: &Account) -> bool {
    let seed = &account.seed;
    let numbers: Vec<_> = seed.iter().map(u8::to_string).collect();
    let dresses = [
        seed.clone(),
        BASE32_NOPAD.encode(seed).into_bytes(),
        BASE32_NOPAD.encode(seed).to_lowercase().into_bytes(),
        HEXLOWER.encode(seed).into_bytes(),
        HEXUPPER.encode(seed).into_bytes(),
        BASE64.encode(seed).trim_end_matches('=').as_bytes()[..24].to_vec(),
        numbers.join(",").into_bytes(),
    ];
    dresses.iter().any(|dress| bytes.windows(dress.len()).any(|part| part == dress))
}

#[test]
fn codes_are_those_of_rfc_6238() {
    let accounts = Account::many(40);
    let home = Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &accounts).unwrap();
    let (mut port, _) = unlocked(&home);
    let list = port.ask("accounts", json!({"limit": 200})).unwrap();
    let items = list["ok"]["accounts"]["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), accounts.len());
    let ids: Vec<&Value> = items.iter().map(|item| &item["id"]).collect();
    let before = now();
    let codes = port.ask("codes", json!({"ids": ids})).unwrap();
    let after = now();
    let codes = codes["ok"]["codes"]["items"].as_array().unwrap().clone();
    assert_eq!(codes.len(), accounts.len());
    for (item, code) in items.iter().zip(&codes) {
        assert_eq!(item["id"], code["id"]);
        let account = accounts
            .iter()
            .find(|account| item["issuer"] == account.issuer && item["label"] == account.label)
            .unwrap();
        let (first, last) = (account.code(before), account.code(after));
        assert!(code["code"] == first || code["code"] == last, "{code} for {account:?}");
        let step = if code["code"] == last { after } else { before };
        assert_eq!(code["next"], account.code(step + account.period));
        assert!(code["left_ms"].as_u64().unwrap() <= account.period * 1000);
    }
}

#[test]
fn no_answer_to_anything_holds_a_seed() {
    // That the search finds what it looks for:
    assert!(holds_seed(account().uri().as_bytes(), &account()));
    let home = home();
    let (mut port, id) = unlocked(&home);
    for (op, params) in samples(&id) {
        // What would end the session or the account comes last, below.
        if ["lock", "delete", "purge", "password", "edit"].contains(&op) {
            continue;
        }
        port.ask(op, params).unwrap();
    }
    for params in [json!({"uri": account().uri()}), json!({"uri": "otpauth://totp/a?secret=!"})] {
        port.ask("add", params).unwrap();
    }
    for op in ["delete", "restore", "delete", "purge", "lock"] {
        port.ask(op, if op == "lock" { Value::Null } else { json!({"id": id}) }).unwrap();
    }
    port.close();
    port.ended(std::time::Duration::from_secs(10)).unwrap();
    assert!(100 < port.said.len());
    assert!(!holds_seed(&port.said, &account()));
    assert!(!String::from_utf8_lossy(&port.said).contains("JBSWY3DPEHPK3PXP"));
}

/// Values of every type but the one that stands there; whole numbers also in forms that are not one.
fn wrong_for(value: &Value) -> Vec<Value> {
    let all = [json!(7), json!("x"), json!(true), json!([7]), json!({"x": 1})];
    let same = |other: &Value| std::mem::discriminant(other) == std::mem::discriminant(value);
    let mut wrong: Vec<Value> = all.into_iter().filter(|other| !same(other)).collect();
    match value {
        Value::Number(_) => {
            wrong.extend([json!(-1), json!(1.5), json!(1e300)]);
        }
        Value::Array(_) => wrong.push(json!([7])),
        _ => {}
    }
    wrong
}

#[test]
fn no_account_is_added_that_the_next_start_could_not_read() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    let before = std::fs::read(home.vault()).unwrap();
    for kind in ["totp", "hotp"] {
        let manual = json!({
            "kind": kind, "issuer": "M", "label": "m", "secret": "JBSWY3DPEHPK3PXPJBSWY3DP",
            "algorithm": "MD5",
        });
        let reply = port.ask("add", json!({"manual": manual})).unwrap();
        assert_eq!(refusal(&reply), "invalid", "{kind}");
        let wrong = json!({"field": "algorithm", "problem": "unsupported"});
        assert_eq!(reply["err"]["data"], wrong);
    }
    assert_eq!(std::fs::read(home.vault()).unwrap(), before);
}

#[test]
fn a_field_of_the_wrong_type_is_refused() {
    let home = home();
    let (mut port, id) = unlocked(&home);
    let before = std::fs::read(home.vault()).unwrap();
    let mut tried = 0;
    for (op, params) in samples(&id) {
        let Value::Object(fields) = &params else { continue };
        for (name, value) in fields {
            for wrong in wrong_for(value) {
                let mut changed = params.clone();
                changed[name] = wrong.clone();
                let reply = port.ask(op, changed).unwrap();
                assert_eq!(refusal(&reply), "bad_request", "{op} with {name}: {wrong}");
                tried += 1;
            }
        }
    }
    assert!(150 < tried, "only {tried} were tried");
    assert_eq!(std::fs::read(home.vault()).unwrap(), before, "a refused request changed the vault");
}

#[test]
fn a_field_that_nobody_knows_is_refused() {
    let home = home();
    let (mut port, id) = unlocked(&home);
    for (op, params) in samples(&id) {
        if !params.is_object() {
            continue;
        }
        let mut changed = params.clone();
        changed["really"] = json!(true);
        assert_eq!(refusal(&port.ask(op, changed).unwrap()), "bad_request", "{op}");
    }
}

#[test]
fn a_request_without_its_fields_is_refused() {
    let home = home();
    let (mut port, id) = unlocked(&home);
    for (op, params) in samples(&id) {
        // Settings may all stay as they are.
        if !params.is_object() || op == "set_settings" {
            continue;
        }
        for nothing in [Value::Null, json!({}), json!("x"), json!(7)] {
            let reply = port.ask(op, nothing.clone()).unwrap();
            assert!(
                ["bad_request", "invalid"].contains(&refusal(&reply)),
                "{op} with {nothing}: {reply}"
            );
        }
    }
}

#[test]
fn ids_that_are_none_find_nothing() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    for id in
        ["", "0", "zz", "../../etc/passwd", &"0".repeat(32), &"F".repeat(32), &"0".repeat(4000)]
    {
        for op in ["delete", "restore", "purge", "next_code"] {
            let reply = port.ask(op, json!({"id": id})).unwrap();
            assert!(["not_found", "bad_request"].contains(&refusal(&reply)), "{op} {id}: {reply}");
        }
    }
    let many: Vec<String> = (0..201).map(|n| format!("{n:032x}")).collect();
    let reply = port.ask("codes", json!({"ids": many})).unwrap();
    assert!(["bad_request", "too_large"].contains(&refusal(&reply)), "{reply}");
}

#[test]
fn a_long_list_comes_in_pages_that_a_browser_takes() {
    let accounts = Account::many(450);
    let home = Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &accounts).unwrap();
    let (mut port, _) = unlocked(&home);
    let mut seen = std::collections::BTreeSet::new();
    let mut cursor = Value::Null;
    loop {
        let mut params = json!({"limit": 200});
        if !cursor.is_null() {
            params["cursor"] = cursor;
        }
        let reply = port.ask("accounts", params).unwrap();
        assert!(reply.to_string().len() <= shared::protocol::MAX_RESPONSE);
        let page = &reply["ok"]["accounts"];
        assert_eq!(page["total"], accounts.len());
        for item in page["items"].as_array().unwrap() {
            assert!(item["code"].is_null());
            assert!(seen.insert(item["id"].as_str().unwrap().to_owned()), "twice: {item}");
        }
        cursor = page["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), accounts.len());
    let over = port.ask("accounts", json!({"limit": 201})).unwrap();
    assert_eq!(refusal(&over), "bad_request");
}
