//! Imports, exports and backups through the browser's door.
//!
//! Never here: the formats (`import`), the backups themselves (`backup`).

use std::fs;

use data_encoding::BASE64;
use serde_json::{Value, json};
use tests::account::Account;
use tests::home::Home;
use tests::port::Port;
use tests::stage::PASSWORD;

use super::{account, greeted, home, refusal, unlocked};

const BACKUPS: &str = "seven purple kettles hum at dawn";

/// Asks the desk.
fn desk(port: &mut Port, what: &str, params: Value) -> Value {
    port.ask("desk", json!({ what: params })).unwrap()
}

/// The desk's answer of this kind.
fn told(reply: &Value, kind: &str) -> Value {
    let told = &reply["ok"]["desk"][kind];
    assert!(!told.is_null(), "{reply}");
    told.clone()
}

/// Sets backups up. The one that is made at once.
fn first_backup(home: &Home, port: &mut Port) -> std::path::PathBuf {
    let folder = home.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let set = json!({ "password": PASSWORD, "backups": BACKUPS, "folder": folder });
    told(&desk(port, "set_backups", set), "backups");
    fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

fn put(port: &mut Port, file: usize, name: &str, bytes: &[u8]) {
    put_under(port, 0, file, name, bytes);
}

fn put_under(port: &mut Port, number: u32, file: usize, name: &str, bytes: &[u8]) {
    const PIECE: usize = 100 * 1024;
    for (n, piece) in bytes.chunks(PIECE).enumerate() {
        let (at, data) = (n * PIECE, BASE64.encode(piece));
        let params = json!({ "desk": number, "file": file, "at": at, "name": name, "data": data });
        assert_eq!(desk(port, "put", params)["ok"], "done");
    }
}

/// So many of something, in a report.
fn count(report: &Value, of: &str) -> u64 {
    let counts = report["counts"].as_array().unwrap();
    counts.iter().find(|count| count["of"] == of).map_or(0, |count| count["n"].as_u64().unwrap())
}

fn total(port: &mut Port) -> u64 {
    port.ask("accounts", json!({ "limit": 1 })).unwrap()["ok"]["accounts"]["total"]
        .as_u64()
        .unwrap()
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(format!("{}/../host/tests/import/files/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn a_file_is_put_read_and_taken_in_with_one_save() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    let mut list = String::new();
    for n in 0..3000 {
        list.push_str(&format!(
            "otpauth://totp/Import:user{n}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n"
        ));
    }
    list.push_str("otpauth://totp/Harbour%20Light:keeper@example.com?secret=JBSWY3DP\n");
    list.push_str("otpauth://totp/X:x?secret=189\n");
    put(&mut port, 0, "list.txt", list.as_bytes());
    let before = fs::read(home.vault()).unwrap();
    let report = told(&desk(&mut port, "read", json!({})), "report");
    assert_eq!((count(&report, "new"), count(&report, "other_secret")), (3000, 1));
    let item = &report["items"][0];
    assert_eq!((&item["of"], &item["there"]), (&"other_secret".into(), &item["name"]));
    assert_eq!(report["items"][1]["why"], "invalid_secret");
    assert_eq!(fs::read(home.vault()).unwrap(), before, "a preview saves nothing");
    let report = told(&desk(&mut port, "take_in", json!({ "choices": ["keep"] })), "report");
    assert_eq!((count(&report, "added"), count(&report, "kept")), (3000, 1));
    assert_eq!(total(&mut port), 3001);
    // What was taken in is gone from the desk.
    assert_eq!(refusal(&desk(&mut port, "take_in", json!({}))), "conflict");
    let said = String::from_utf8_lossy(&port.said).into_owned();
    assert!(!said.contains("JBSWY3DP"), "a seed has crossed the browser's door");
}

#[test]
fn of_two_tabs_neither_takes_in_what_the_other_has_put_there() {
    let home = home();
    let (mut port, id) = unlocked(&home);
    let show = |port: &mut Port, number: u32, name: &str| {
        assert_eq!(desk(port, "clear", json!({ "desk": number }))["ok"], "done");
        let list = format!("otpauth://totp/{name}:a?secret=JBSWY3DPEHPK3PXPJBSWY3DP\n");
        put_under(port, number, 0, "list.txt", list.as_bytes());
        told(&desk(port, "read", json!({ "desk": number })), "report");
    };
    show(&mut port, 11, "Mine");
    show(&mut port, 12, "Other");
    // Whoever puts away what was theirs leaves what is there now.
    let mine = json!({ "desk": 13, "only": 11 });
    assert_eq!(desk(&mut port, "clear", mine)["ok"], "done");
    for (what, params) in [
        ("take_in", json!({ "desk": 11 })),
        ("take_in", json!({})),
        ("read", json!({ "desk": 11 })),
        ("screen", json!({ "desk": 11 })),
        ("open_backup", json!({ "desk": 11, "password": BACKUPS })),
        ("set_picture", json!({ "desk": 11, "id": id })),
        ("put", json!({ "desk": 11, "file": 0, "at": 0, "name": "x", "data": "AAAA" })),
    ] {
        assert_eq!(refusal(&desk(&mut port, what, params)), "conflict", "{what}");
    }
    assert_eq!(total(&mut port), 1);
    told(&desk(&mut port, "take_in", json!({ "desk": 12 })), "report");
    let all = port.ask("accounts", json!({ "limit": 9 })).unwrap().to_string();
    assert!(all.contains("Other") && !all.contains("Mine"), "{all}");
    // And what is still theirs goes.
    show(&mut port, 14, "Fourth");
    assert_eq!(desk(&mut port, "clear", json!({ "desk": 15, "only": 14 }))["ok"], "done");
    for number in [14, 15] {
        assert_eq!(refusal(&desk(&mut port, "take_in", json!({ "desk": number }))), "conflict");
    }
    // After a lock nobody has it.
    show(&mut port, 13, "Third");
    port.ask("lock", Value::Null).unwrap();
    port.ask("unlock", json!({ "password": PASSWORD })).unwrap();
    assert_eq!(refusal(&desk(&mut port, "take_in", json!({ "desk": 13 }))), "conflict");
}

#[test]
fn what_is_there_is_completed_and_what_two_files_have_counts_once() {
    let home = home();
    let (mut port, id) = unlocked(&home);
    let Account { issuer, label, .. } = account();
    let entry = json!({
        "kind": "totp", "issuer": issuer, "label": label, "secret": account().base32(),
        "note": "from the file", "sites": ["example.com"],
    });
    let file = json!({ "countersign": "export", "version": 1, "entries": [entry] }).to_string();
    put(&mut port, 0, "a.json", file.as_bytes());
    put(&mut port, 1, "b.json", file.as_bytes());
    let before = fs::read(home.vault()).unwrap();
    let report = told(&desk(&mut port, "read", json!({})), "report");
    assert_eq!((count(&report, "completed"), count(&report, "same")), (1, 0), "{report}");
    assert_eq!((count(&report, "new"), count(&report, "left_out")), (0, 1), "{report}");
    assert_eq!(report["items"][0]["why"], "duplicate");
    let completed = json!({ "of": "completed", "name": format!("{issuer} ({label})"), "fills": ["note", "sites"] });
    assert_eq!(report["items"][1], completed, "and never with what");
    assert_eq!(fs::read(home.vault()).unwrap(), before, "a preview saves nothing");
    let report = told(&desk(&mut port, "take_in", json!({})), "report");
    assert_eq!(report["counts"], json!([{ "of": "completed", "n": 1 }]));
    assert_eq!(report["items"], json!([completed]));
    let list = port.ask("accounts", json!({ "limit": 10 })).unwrap();
    let [account] = &list["ok"]["accounts"]["items"].as_array().unwrap()[..] else {
        panic!("{list}")
    };
    assert_eq!((&account["id"], &account["note"]), (&id.into(), &"from the file".into()));
    assert_eq!(account["sites"], json!(["example.com"]));
}

#[test]
fn a_password_may_be_mistyped_and_the_files_stay() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    put(&mut port, 0, "aegis.json", &sample("aegis-sealed.json"));
    let why = |reply: &Value| reply["ok"]["desk"]["unfit"]["why"].clone();
    assert_eq!(why(&desk(&mut port, "read", json!({}))), "password_required");
    assert_eq!(why(&desk(&mut port, "read", json!({ "password": "no" }))), "wrong_password");
    let report = told(&desk(&mut port, "read", json!({ "password": "pass wörd" })), "report");
    assert!(count(&report, "new") != 0 && report["source"] == "Aegis", "{report}");
    assert_eq!(desk(&mut port, "clear", json!({}))["ok"], "done");
    assert_eq!(refusal(&desk(&mut port, "read", json!({}))), "bad_request");
    put(&mut port, 0, "cut.json", &sample("aegis-sealed.json")[..500]);
    assert_eq!(why(&desk(&mut port, "read", json!({}))), "corrupt");
    assert_eq!(total(&mut port), 1);
}

#[test]
fn the_desk_has_its_limits() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    let piece_at = |file: usize, at: usize, data: &str| json!({ "file": file, "at": at, "name": "x", "data": data });
    let piece = |file, data: &str| piece_at(file, 0, data);
    assert_eq!(refusal(&desk(&mut port, "put", piece(1, "AAAA"))), "bad_request");
    assert_eq!(refusal(&desk(&mut port, "put", piece(0, "not base64"))), "bad_request");
    let large = BASE64.encode(&vec![0; 150 * 1024]);
    assert_eq!(refusal(&desk(&mut port, "put", piece(0, &large))), "too_large");
    for file in 0..64 {
        assert_eq!(desk(&mut port, "put", piece(file, "AAAA"))["ok"], "done");
    }
    assert_eq!(refusal(&desk(&mut port, "put", piece(64, "AAAA"))), "too_large");
    // A piece that was lost, or came twice, is no file.
    for at in [0, 2, 6] {
        assert_eq!(refusal(&desk(&mut port, "put", piece_at(63, at, "AAAA"))), "bad_request");
    }
    let full = BASE64.encode(&vec![0; 144 * 1024]);
    let refused = (0..200).find_map(|n| {
        let reply = desk(&mut port, "put", piece_at(63, 3 + n * 144 * 1024, &full));
        (reply["ok"] != "done").then(|| refusal(&reply).to_owned())
    });
    assert_eq!(refused.as_deref(), Some("too_large"));
    let unknown = json!({ "read": { "really": true } });
    assert_eq!(refusal(&port.ask("desk", unknown).unwrap()), "bad_request");
    // A lock clears the desk.
    port.ask("lock", Value::Null).unwrap();
    assert_eq!(refusal(&desk(&mut port, "read", json!({}))), "locked");
    port.ask("unlock", json!({ "password": PASSWORD })).unwrap();
    assert_eq!(refusal(&desk(&mut port, "read", json!({}))), "bad_request");
}

#[test]
fn an_export_wants_the_master_password_and_goes_to_a_file() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    let wrong = json!({ "password": "not it", "format": "otpauth" });
    assert_eq!(refusal(&desk(&mut port, "export", wrong)), "wrong_password");
    let weak = json!({ "password": PASSWORD, "format": "json", "file_password": "12345678" });
    assert_eq!(refusal(&desk(&mut port, "export", weak)), "weak_password");
    let sealed = json!({ "password": PASSWORD, "format": "html", "file_password": BACKUPS });
    assert_eq!(refusal(&desk(&mut port, "export", sealed)), "bad_request");
    let mut files = Vec::new();
    for (format, file_password) in [("otpauth", None), ("otpauth", None), ("json", Some(BACKUPS))] {
        let mut params = json!({ "password": PASSWORD, "format": format });
        if let Some(password) = file_password {
            params["file_password"] = json!(password);
        }
        let exported = told(&desk(&mut port, "export", params), "exported");
        assert_eq!(exported["count"], 1);
        assert_eq!(exported["encrypted"], file_password.is_some());
        let file = exported["file"].as_str().unwrap().to_owned();
        assert!(file.starts_with(home.path().to_str().unwrap()), "{file}");
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.contains("otpauth://totp/Harbour"), format == "otpauth");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        files.push(file);
    }
    // Only those that were chosen; none that is not there, and not endlessly many.
    let id =
        port.ask("accounts", json!({ "limit": 1 })).unwrap()["ok"]["accounts"]["items"][0]["id"]
            .clone();
    let chosen = |ids: Value| json!({ "password": PASSWORD, "format": "otpauth", "ids": ids });
    let exported = told(&desk(&mut port, "export", chosen(json!([id]))), "exported");
    assert_eq!(exported["count"], 1);
    let gone = chosen(json!([id, "0".repeat(32)]));
    assert_eq!(refusal(&desk(&mut port, "export", gone)), "not_found");
    assert_eq!(refusal(&desk(&mut port, "export", chosen(json!(["x"])))), "bad_request");
    let many = chosen(json!(vec![&id; 4097]));
    assert_eq!(refusal(&desk(&mut port, "export", many)), "too_large");
    files.dedup();
    assert_eq!(files.len(), 3, "no file is written over");
    let seed = account().base32();
    let said = String::from_utf8_lossy(&port.said).into_owned();
    assert!(!said.contains(&seed), "a seed has crossed the browser's door");
}

#[test]
fn backups_are_set_up_made_and_restored_on_a_new_machine() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    let folder = home.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let state = told(&desk(&mut port, "backups", json!({})), "backups");
    assert_eq!((&state["has_password"], &state["folder"]), (&false.into(), &"".into()));
    let why = |reply: &Value| reply["ok"]["desk"]["unfit"]["why"].clone();
    assert_eq!(why(&desk(&mut port, "back_up", json!({}))), "no_backups");
    let set = |backups: &str, folder: &str| json!({ "password": PASSWORD, "backups": backups, "folder": folder });
    assert_eq!(why(&desk(&mut port, "set_backups", set(BACKUPS, "/nowhere"))), "folder");
    assert_eq!(why(&desk(&mut port, "set_backups", set(PASSWORD, ""))), "same_password");
    let wrong = json!({ "password": "not it", "backups": BACKUPS });
    assert_eq!(refusal(&desk(&mut port, "set_backups", wrong)), "wrong_password");
    let folder = folder.to_str().unwrap();
    let state = told(&desk(&mut port, "set_backups", set(BACKUPS, folder)), "backups");
    assert_eq!((&state["has_password"], &state["count"]), (&true.into(), &1.into()));
    assert!(state["proven_at"].is_number(), "{state}");

    // After a change there is one more, without a question.
    let uri = "otpauth://totp/Later:l?secret=JBSWY3DPEHPK3PXP";
    port.ask("add", json!({ "uri": uri })).unwrap();
    let state = told(&desk(&mut port, "backups", json!({})), "backups");
    assert_eq!(state["count"], 2);
    let open = |password: &str| json!({ "password": password });
    assert_eq!(why(&desk(&mut port, "open_backup", open(PASSWORD))), "wrong_password");
    let report = told(&desk(&mut port, "open_backup", open(BACKUPS)), "report");
    assert_eq!(count(&report, "same"), 2);

    assert!(report["saved_at"].is_number() && report["damaged"].is_null(), "{report}");

    let newest = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let bytes = fs::read(&newest).unwrap();
    // An older one is not taken in silence.
    fs::write(&newest, &bytes[..bytes.len() - 1]).unwrap();
    let report = told(&desk(&mut port, "open_backup", open(BACKUPS)), "report");
    let name = newest.file_name().unwrap().to_str().unwrap();
    assert_eq!(report["damaged"], json!([name]), "{report}");
    put(&mut port, 0, "letter.otb", b"Dear reader,");
    assert_eq!(why(&desk(&mut port, "open_backup", open(BACKUPS))), "not_a_backup");
    let fresh = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut port = greeted(&fresh);
    assert_eq!(refusal(&desk(&mut port, "backups", json!({}))), "locked");
    put(&mut port, 0, "a.otb", &bytes);
    let recreate =
        |backups: &str, password: &str| json!({ "password": password, "backups": backups });
    // What never was a backup is not called a damaged one; nor is a vault.
    let vault = fs::read(home.vault()).unwrap();
    for (file, bytes) in (1..).zip([&b"Dear reader,"[..], &sample("aegis.json"), &vault]) {
        put(&mut port, file, "b.otb", bytes);
        let refused = desk(&mut port, "recreate", recreate(BACKUPS, "another small lighthouse"));
        assert_eq!(why(&refused), "not_a_backup");
    }
    put(&mut port, 4, "a.otb", &bytes[..bytes.len() - 1]);
    let refused = desk(&mut port, "recreate", recreate(BACKUPS, "another small lighthouse"));
    assert_eq!(why(&refused), "corrupt");
    assert_eq!(desk(&mut port, "clear", json!({}))["ok"], "done");
    put(&mut port, 0, "a.otb", &bytes);
    let refused = desk(&mut port, "recreate", recreate("not it", "another small lighthouse"));
    assert_eq!(why(&refused), "wrong_password");
    assert!(!fresh.vault().exists());
    assert_eq!(refusal(&desk(&mut port, "recreate", recreate(BACKUPS, "short"))), "weak_password");
    let made = desk(&mut port, "recreate", recreate(BACKUPS, "another small lighthouse"));
    assert_eq!(count(&told(&made, "report"), "added"), 2);
    assert_eq!(total(&mut port), 2);
    assert!(!fresh.vault().with_extension("otv.1").exists(), "it was made with one save");
    // There is a vault now, and it is not made again.
    port.ask("lock", Value::Null).unwrap();
    assert_eq!(
        refusal(&desk(&mut port, "put", json!({ "file": 0, "at": 0, "name": "x", "data": "" }))),
        "locked"
    );
}

#[test]
fn what_was_read_stays_on_the_desk_where_it_could_not_be_saved() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    let backup = first_backup(&home, &mut port);
    let list = b"otpauth://totp/Import:i?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n".to_vec();
    // Whatever keeps a save from being made; here no lock can be had.
    let lock = home.vault().with_extension("otv.lock");
    for (name, bytes) in [("list.txt", list), ("a.otb", fs::read(backup).unwrap())] {
        put(&mut port, 0, name, &bytes);
        let (what, params) = match name {
            "a.otb" => ("open_backup", json!({ "password": BACKUPS })),
            _ => ("read", json!({})),
        };
        told(&desk(&mut port, what, params), "report");
        fs::remove_file(&lock).unwrap();
        fs::create_dir(&lock).unwrap();
        assert_eq!(refusal(&desk(&mut port, "take_in", json!({}))), "io", "{name}");
        fs::remove_dir(&lock).unwrap();
        told(&desk(&mut port, "take_in", json!({})), "report");
        assert_eq!(refusal(&desk(&mut port, "take_in", json!({}))), "conflict", "{name}");
    }
    assert_eq!(total(&mut port), 2);
}

#[test]
fn one_password_never_opens_the_vault_and_its_backups() {
    // `é` in one character, and in two.
    let (composed, apart) = ("caf\u{e9} lanterns hum at dawn", "cafe\u{301} lanterns hum at dawn");
    let home = home();
    let (mut port, _) = unlocked(&home);
    let change = |old: &str, new: &str| json!({ "old": old, "new": new });
    assert_eq!(port.ask("password", change(PASSWORD, composed)).unwrap()["ok"], "done");
    let why = |reply: &Value| reply["ok"]["desk"]["unfit"]["why"].clone();
    let set = |backups: &str| json!({ "password": composed, "backups": backups });
    assert_eq!(why(&desk(&mut port, "set_backups", set(apart))), "same_password");
    told(&desk(&mut port, "set_backups", set(BACKUPS)), "backups");
    let before = fs::read(home.vault()).unwrap();
    let reply = port.ask("password", change(composed, BACKUPS)).unwrap();
    assert_eq!(refusal(&reply), "same_password");
    // Who does not know the old one learns nothing of the other.
    assert_eq!(refusal(&port.ask("password", change("no", BACKUPS)).unwrap()), "wrong_password");
    assert_eq!(fs::read(home.vault()).unwrap(), before);
    let made = port.ask("make_recovery", json!({ "password": composed })).unwrap();
    let code = made["ok"]["recovery"]["code"].as_str().unwrap().to_owned();
    port.ask("lock", Value::Null).unwrap();
    let recover = |new: &str| json!({ "code": code, "new": new });
    assert_eq!(refusal(&port.ask("recover", recover(BACKUPS)).unwrap()), "same_password");
    assert_eq!(port.ask("recover", recover("another small lighthouse")).unwrap()["ok"], "done");

    let fresh = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut port = greeted(&fresh);
    put(&mut port, 0, "a.otb", b"OTPBKP01");
    let both = json!({ "password": composed, "backups": apart });
    assert_eq!(refusal(&desk(&mut port, "recreate", both)), "same_password");
    assert!(!fresh.vault().exists());
}

/// Processes that this one has started, by what Linux says of all.
fn children(of: u32) -> usize {
    let parent = |path: std::path::PathBuf| -> Option<u32> {
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        // One that has ended and is still to be asked for is none.
        if fields.next()? == "Z" {
            return None;
        }
        fields.next()?.parse().ok()
    };
    let all = fs::read_dir("/proc").unwrap().flatten();
    all.filter(|entry| parent(entry.path()) == Some(of)).count()
}

#[cfg(target_os = "linux")]
#[test]
fn a_reading_that_is_given_up_ends_at_once_with_all_its_memory() {
    use std::time::{Duration, Instant};
    use tests::wait::{LONG, until};

    let home = home();
    let (mut port, _) = unlocked(&home);
    // As dear as an export may be: eight times a gigabyte.
    let ente = json!({
        "version": 1,
        "kdfParams": { "memLimit": 1_u64 << 30, "opsLimit": 8, "salt": BASE64.encode(&[7; 16]) },
        "encryptedData": BASE64.encode(&[0; 128]),
        "encryptionNonce": BASE64.encode(&[0; 24]),
    });
    for gives_up in ["clear", "lock"] {
        put(&mut port, 0, "ente.json", ente.to_string().as_bytes());
        let read =
            json!({ "v": 1, "id": 9001, "op": "desk", "p": { "read": { "password": "x" } } });
        port.send(read.to_string().as_bytes());
        let host = port.id();
        until("the work aside", LONG, || Ok((children(host) == 1).then_some(()))).unwrap();
        // Somewhere in the middle.
        std::thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        let given_up = match gives_up {
            "clear" => json!({ "v": 1, "id": 9002, "op": "desk", "p": { "clear": {} } }),
            _ => json!({ "v": 1, "id": 9002, "op": "lock" }),
        };
        port.send(given_up.to_string().as_bytes());
        let mut answers = std::collections::HashMap::new();
        while answers.len() < 2 {
            let answer = port.read().unwrap();
            if let Some(id) = answer["id"].as_u64() {
                answers.insert(id, answer);
            }
        }
        let took = start.elapsed();
        assert_eq!(answers[&9002]["ok"], "done");
        let why = if gives_up == "clear" { "conflict" } else { "locked" };
        assert_eq!(refusal(&answers[&9001]), why, "{gives_up}");
        assert!(took < Duration::from_secs(2), "{gives_up} took {took:?}");
        assert_eq!(children(host), 0);
    }
    // A host that is killed leaves nobody behind.
    assert_eq!(port.ask("unlock", json!({ "password": PASSWORD })).unwrap()["ok"], "done");
    put(&mut port, 0, "ente.json", ente.to_string().as_bytes());
    let read = json!({ "v": 1, "id": 9001, "op": "desk", "p": { "read": { "password": "x" } } });
    port.send(read.to_string().as_bytes());
    let host = port.id();
    until("the work aside", LONG, || Ok((children(host) == 1).then_some(()))).unwrap();
    let aside = home.host().canonicalize().unwrap();
    drop(port);
    until("the end of the work", LONG, || {
        Ok(tests::process::running(&aside).is_empty().then_some(()))
    })
    .unwrap();
}

/// A backup that asks for as much as one may, whoever made it: its costs are changed, and its checksum with them.
#[cfg(target_os = "linux")]
fn dear_backup(file: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    const SLOT: usize = 97;
    let mut file = file.to_vec();
    for (at, cost) in [(21, 1_u32 << 20), (25, 4), (29, 1)] {
        file[SLOT + at..][..4].copy_from_slice(&cost.to_le_bytes());
    }
    let end = file.len() - 32;
    let checksum = sha2::Sha256::digest(&file[..end]);
    file[end..].copy_from_slice(&checksum);
    file
}

#[cfg(target_os = "linux")]
#[test]
fn a_backup_that_is_given_up_ends_at_once_with_all_its_memory() {
    use std::time::{Duration, Instant};
    use tests::wait::{LONG, until};

    let home = home();
    let (mut port, _) = unlocked(&home);
    let made = first_backup(&home, &mut port);
    let dear = dear_backup(&fs::read(made).unwrap());
    put(&mut port, 0, "dear.otb", &dear);
    let open = json!({ "v": 1, "id": 9001, "op": "desk", "p": { "open_backup": { "password": BACKUPS } } });
    port.send(open.to_string().as_bytes());
    let host = port.id();
    until("the work aside", LONG, || Ok((children(host) == 1).then_some(()))).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    port.send(
        json!({ "v": 1, "id": 9002, "op": "desk", "p": { "clear": {} } }).to_string().as_bytes(),
    );
    let mut answers = std::collections::HashMap::new();
    while answers.len() < 2 {
        let answer = port.read().unwrap();
        if let Some(id) = answer["id"].as_u64() {
            answers.insert(id, answer);
        }
    }
    assert_eq!(answers[&9002]["ok"], "done");
    assert_eq!(refusal(&answers[&9001]), "conflict");
    assert!(start.elapsed() < Duration::from_secs(2), "it took {:?}", start.elapsed());
    assert_eq!(children(host), 0);
}

#[test]
fn a_key_file_opens_what_its_password_alone_does_not() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    let name = fs::read_dir(format!("{}/../host/tests/import/files", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.contains("keyfile") && name.ends_with(".kdbx"))
        .unwrap();
    put(&mut port, 0, &name, &sample(&name));
    let key = BASE64.encode(&sample("kdbx4.keyfile"));
    let alone = desk(&mut port, "read", json!({ "password": "pass wörd" }));
    assert_eq!(alone["ok"]["desk"]["unfit"]["why"], "wrong_password", "{alone}");
    let both = json!({ "password": "pass wörd", "key_file": key });
    let report = told(&desk(&mut port, "read", both), "report");
    assert_eq!(report["source"], "KeePass", "{report}");
    assert_eq!(
        refusal(&desk(&mut port, "read", json!({ "key_file": "not Base64" }))),
        "bad_request"
    );
}

#[test]
fn one_account_is_shown_to_a_camera_for_the_master_password_alone() {
    let home = home();
    let (mut port, id) = unlocked(&home);
    let wrong = desk(&mut port, "qr", json!({ "password": "not it", "id": id }));
    assert_eq!(refusal(&wrong), "wrong_password");
    let nobody = desk(&mut port, "qr", json!({ "password": PASSWORD, "id": "0".repeat(32) }));
    assert_eq!(refusal(&nobody), "not_found");
    let qr = told(&desk(&mut port, "qr", json!({ "password": PASSWORD, "id": id })), "qr");
    assert!(qr["name"].as_str().unwrap().contains(&account().issuer), "{qr}");
    // As a camera sees it.
    let size = usize::try_from(qr["size"].as_u64().unwrap()).unwrap();
    let path = qr["path"].as_str().unwrap();
    let mut dark = vec![0xff_u8; size * size];
    for module in path.split('M').skip(1) {
        let (x, rest) = module.split_once(' ').unwrap();
        let y = rest.strip_suffix("h1v1h-1z").unwrap();
        dark[y.parse::<usize>().unwrap() * size + x.parse::<usize>().unwrap()] = 0;
    }
    // Eight pixels to a module, as a BMP: from the bottom up, three bytes to a pixel.
    let side = u32::try_from(size * 8).unwrap();
    let mut picture = b"BM".to_vec();
    for number in [54 + side * side * 3, 0, 54, 40, side, side, 1 | 24 << 16, 0, 0, 0, 0, 0, 0] {
        picture.extend(number.to_le_bytes());
    }
    for y in (0..size * 8).rev() {
        picture.extend((0..size * 8).flat_map(|x| [dark[y / 8 * size + x / 8]; 3]));
    }
    put(&mut port, 0, "screen.bmp", &picture);
    let report = told(&desk(&mut port, "read", json!({})), "report");
    assert_eq!(count(&report, "same"), 1, "{report}");
}

#[test]
fn what_is_too_long_for_a_qr_code_is_said_and_named() {
    let home = home();
    let (mut port, _) = unlocked(&home);
    let name = "n".repeat(1024);
    let manual = json!({ "kind": "totp", "issuer": name, "label": name, "secret": "JBSWY3DPEHPK3PXPJBSWY3DP" });
    let added = port.ask("add", json!({ "manual": manual })).unwrap();
    let id = added["ok"]["account"]["id"].as_str().unwrap();
    let reply = desk(&mut port, "qr", json!({ "password": PASSWORD, "id": id }));
    assert_eq!(reply["ok"]["desk"]["unfit"]["why"], "too_long", "{reply}");
    for (format, named) in [("html", json!(["n".repeat(120)])), ("otpauth", Value::Null)] {
        let params = json!({ "password": PASSWORD, "format": format });
        let exported = told(&desk(&mut port, "export", params), "exported");
        assert_eq!((&exported["without_qr"], &exported["count"]), (&named, &2.into()));
    }
    // With shorter names there is one.
    let edit = json!({ "id": id, "issuer": "short", "label": "short" });
    assert!(port.ask("edit", edit).unwrap()["ok"]["account"].is_object());
    told(&desk(&mut port, "qr", json!({ "password": PASSWORD, "id": id })), "qr");
}

#[test]
fn a_restore_loosens_no_lock_whoever_opened_the_vault() {
    let home = home();
    let (mut port, id) = unlocked(&home);
    let set = |port: &mut Port, idle: u64, on: bool, label: &str| {
        let settings =
            json!({ "idle_s": idle, "max_age_s": idle, "on_sleep": on, "on_screen_lock": on });
        let reply = port.ask("set_settings", settings).unwrap();
        assert_eq!(reply["ok"]["settings"]["idle_s"], idle, "{reply}");
        let edit = json!({ "id": id, "label": label });
        assert!(port.ask("edit", edit).unwrap()["ok"]["account"].is_object());
    };
    let settings =
        |port: &mut Port| port.ask("settings", Value::Null).unwrap()["ok"]["settings"].clone();
    // The backup is of a day when the locks were loose; then they were made strict.
    set(&mut port, 86_400, false, "before");
    let backup = fs::read(first_backup(&home, &mut port)).unwrap();
    set(&mut port, 300, true, "after");
    port.ask("delete", json!({ "id": id })).unwrap();
    assert_eq!(port.ask("purge", json!({ "id": id })).unwrap()["ok"], "done");
    let strict = settings(&mut port);
    for opened_by in ["pin", "master"] {
        if opened_by == "pin" {
            port.ask("set_pin", json!({ "password": PASSWORD, "pin": "2468" })).unwrap();
            port.ask("lock", Value::Null).unwrap();
            assert_eq!(port.ask("unlock_pin", json!({ "pin": "2468" })).unwrap()["ok"], "done");
            let loose = port.ask("set_settings", json!({ "idle_s": 86_400 })).unwrap();
            assert_eq!(refusal(&loose), "needs_master");
        } else {
            port.ask("lock", Value::Null).unwrap();
            port.ask("unlock", json!({ "password": PASSWORD })).unwrap();
        }
        put(&mut port, 0, "a.otb", &backup);
        told(&desk(&mut port, "open_backup", json!({ "password": BACKUPS })), "report");
        let deleted = json!({ "deleted": opened_by == "pin" });
        let report = told(&desk(&mut port, "take_in", deleted), "report");
        assert_eq!(count(&report, "added"), u64::from(opened_by == "pin"), "{report}");
        assert_eq!(settings(&mut port), strict, "{opened_by}");
    }
    // A vault that is made of it has the defaults, and not those of the backup.
    let fresh = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut port = greeted(&fresh);
    put(&mut port, 0, "a.otb", &backup);
    let made = json!({ "password": "another small lighthouse", "backups": BACKUPS });
    told(&desk(&mut port, "recreate", made), "report");
    let made = settings(&mut port);
    assert_ne!(made["idle_s"], 86_400, "{made}");
    assert_eq!(made["on_sleep"], true, "{made}");
}
