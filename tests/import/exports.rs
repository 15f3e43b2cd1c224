//! What goes out: every format, and back in, with the same codes; and what is refused.
//!
//! Never here: what each format looks like inside (`host/src/export`).

use std::fs;

use serde_json::{Value, json};
use tests::home::Home;

use crate::said::{bare, home_with, say};

const URIS: &[&str] = &[
    "otpauth://totp/GitHub:alice%40example.com?secret=JBSWY3DPEHPK3PXP",
    "otpauth://totp/%3Cb%3E%20%26%20co:a%3Ab?secret=JBSWY3DPEHPK3PX&digits=8&period=60&algorithm=SHA512",
    "otpauth://hotp/Bank:x?secret=MFRGGZDFMZTWQ2LK&counter=41&algorithm=SHA256",
    "otpauth://steam/Steam:gamer?secret=MFRGGZDFMZTWQ2LK",
];
/// A password of a file's own.
const SEALED: &str = "seven purple kettles hum at dawn";

/// Everything about the accounts but what a vault makes up: ids and times.
fn accounts(home: &Home) -> Vec<Value> {
    let json = say(home, &["list", "--json"], &[]).json();
    let mut accounts = json["accounts"].as_array().unwrap().clone();
    for account in &mut accounts {
        for made_up in ["id", "created", "modified"] {
            account.as_object_mut().unwrap().remove(made_up);
        }
    }
    accounts
}

fn path(home: &Home, name: &str) -> String {
    home.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn what_goes_out_comes_into_an_empty_vault_the_same() {
    let home = home_with(URIS);
    let codes = |home: &Home| say(home, &["code", "alice", "--json"], &[]).json()["code"].clone();
    for (name, format, encrypt) in [
        ("a.txt", "otpauth", false),
        ("a.json", "json", false),
        ("b.json", "json", true),
        ("c.json", "aegis", false),
        ("d.json", "aegis", true),
        ("a.html", "html", false),
    ] {
        let file = path(&home, name);
        let mut line = vec!["export", "--format", format, &file];
        if encrypt {
            line.push("--encrypt");
        }
        let said = say(&home, &line, if encrypt { &[SEALED] } else { &[] }).done();
        assert!(
            said.out.contains("4 accounts written to") && said.out.contains(&file),
            "{}",
            said.out
        );
        let words = if encrypt { "nobody can open" } else { "it is not encrypted" };
        assert!(said.err.contains(words), "{}", said.err);
        let written = fs::read_to_string(&file).unwrap();
        assert_eq!(written.contains("JBSWY3DPEHPK3PXP"), !encrypt, "{format}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }

        let fresh = home_with(&[]);
        let mut line = vec!["import", &file];
        if encrypt {
            say(&fresh, &line, &[]).refused(1, "its password is needed");
            line.push("--file-password-stdin");
            say(&fresh, &line, &["another one"]).refused(1, "wrong password for this file");
        }
        say(&fresh, &line, if encrypt { &[SEALED] } else { &[] }).done();
        assert_eq!(accounts(&home), accounts(&fresh), "{format}");
        // A code may have changed between the two.
        assert!((0..3).any(|_| codes(&home) == codes(&fresh)), "{format}");
    }
}

#[test]
fn nothing_is_exported_without_the_master_password_or_over_another_file() {
    let home = home_with(URIS);
    let file = path(&home, "a.txt");
    let line = ["export", "--format", "otpauth", &file];
    crate::said::with_input(&home, &[&line[..], &["--password-stdin"]].concat(), "not it\n")
        .refused(3, "wrong master password");
    assert!(!home.path().join("a.txt").exists());

    fs::write(&file, "mine").unwrap();
    say(&home, &line, &[]).refused(1, "there is a file of this name already");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    say(&home, &[&line[..], &["--force"]].concat(), &[]).done();
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 4);

    let other = path(&home, "b.txt");
    let refused = bare(&home, &["export", "--format", "otpauth", "--encrypt", &other]);
    refused.refused(2, "can't be encrypted");
    let weak = ["export", "--format", "json", "--encrypt", &other];
    say(&home, &weak, &["12345678"]).refused(1, "too weak");
    assert!(!home.path().join("b.txt").exists());
    let gone = path(&home, "nowhere/b.txt");
    say(&home, &["export", "--format", "json", &gone], &[])
        .refused(1, "could not be read or written");
}

#[test]
fn no_export_takes_the_place_of_the_vault_its_saves_or_a_backup() {
    let home = home_with(URIS);
    let (vault, save) = (home.vault(), home.vault().with_extension("otv.1"));
    let other = home.path().join("elsewhere.otv");
    fs::copy(&vault, &other).unwrap();
    let backup = home.path().join("a.otb");
    fs::write(&backup, b"OTPBKP01 whatever comes then").unwrap();
    assert!(save.exists());
    for target in [&vault, &save, &other, &backup, &home.vault().with_extension("otv.seen")] {
        let before = fs::read(target).unwrap();
        let file = target.to_str().unwrap();
        say(&home, &["export", "--format", "otpauth", "--force", file], &[])
            .refused(1, "this is a vault or a backup");
        assert_eq!(fs::read(target).unwrap(), before, "{file}");
    }
    // Also where its first bytes are gone.
    fs::write(&vault, b"torn").unwrap();
    let file = vault.to_str().unwrap();
    say(&home, &["export", "--format", "otpauth", "--force", file], &[]).refused(1, "a vault");
    assert_eq!(fs::read(&vault).unwrap(), b"torn");
}

#[test]
fn a_dash_is_standard_output_and_nothing_else_is_said_there() {
    let home = home_with(URIS);
    let said = say(&home, &["export", "--format", "otpauth", "-"], &[]).done();
    assert_eq!(said.out.lines().filter(|line| line.starts_with("otpauth://")).count(), 4);
    assert_eq!((said.out.lines().count(), said.err.as_str()), (4, ""));
    assert!(!home.path().join("-").exists());
    say(&home, &["export", "--format", "otpauth", "-", "--json"], &[])
        .refused(2, "standard output");
}

#[test]
fn a_program_is_told_the_same() {
    let home = home_with(URIS);
    let file = path(&home, "a.json");
    let json = say(&home, &["export", "--format", "json", &file, "--json"], &[]).json();
    assert_eq!(
        json,
        json!({ "file": file, "count": 4, "encrypted": false, "left_out": [], "without_qr": [] })
    );
    let document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(document["countersign"], "export");
    assert_eq!(document["entries"].as_array().unwrap().len(), 4);
}

#[test]
fn a_page_names_what_is_too_long_for_a_qr_code() {
    let name = "n".repeat(1000);
    let long = format!("otpauth://totp/{name}:{name}?secret=JBSWY3DPEHPK3PXP");
    let home = home_with(&[URIS[0], &long]);
    let file = path(&home, "a.html");
    let said = say(&home, &["export", "--format", "html", &file], &[]).done();
    assert!(said.out.contains("2 accounts written"), "{}", said.out);
    let words = format!("without a QR code: {}: it is too long for one", "n".repeat(80));
    assert!(said.err.contains(&words), "{}", said.err);
    let other = path(&home, "b.html");
    let json = say(&home, &["export", "--format", "html", &other, "--json"], &[]).json();
    let named = json["without_qr"][0].as_str().unwrap();
    assert!(named.starts_with(&name) && json["left_out"] == json!([]), "{json}");
    // And it comes back, as what it is.
    let new = home_with(&[]);
    let said = say(&new, &["import", &file], &[]).done();
    let words = "Countersign (page with QR codes): 2 accounts found, 0 left out";
    assert!(said.out.starts_with(words), "{}", said.out);
    assert_eq!(accounts(&home), accounts(&new));
}
