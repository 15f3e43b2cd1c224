//! A second reader of the format, `host/decode_vault.py`, sees what the host has written.
//!
//! Never here: how Python comes by its modules on other machines than this one.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use host::otp::{Digits, Otp, Period, Seed};
use host::vault::cost::KdfParams;
use host::vault::entry::Draft;
use host::vault::file::{FileError, Store};
use host::vault::keys::{self, Derived};
use serde_json::Value;
use shared::protocol::Algorithm;

use crate::fixture::{self, NOW};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../host/decode_vault.py");

/// A Python that has `cryptography` and `argon2-cffi`: the system's, or one made for the purpose.
fn python() -> PathBuf {
    let has_both = |python: &Path| {
        let check = Command::new(python).args(["-c", "import cryptography, argon2"]).output();
        check.is_ok_and(|output| output.status.success())
    };
    let system = PathBuf::from("python3");
    if has_both(&system) {
        return system;
    }
    // Beside what cargo builds, so that it goes when that goes.
    let built = env::current_exe().unwrap();
    let made = built.ancestors().nth(3).unwrap().join("python");
    let python = made.join("bin/python3");
    if !has_both(&python) {
        let run = |command: &mut Command| {
            let status = command.stdout(Stdio::null()).status();
            assert!(status.is_ok_and(|status| status.success()), "{command:?} failed");
        };
        run(Command::new("python3").args(["-m", "venv"]).arg(&made));
        run(Command::new(&python).args([
            "-m",
            "pip",
            "-q",
            "install",
            "cryptography",
            "argon2-cffi",
        ]));
    }
    python
}

fn decode(python: &Path, vault: &Path, password: &str) -> Output {
    let mut child = Command::new(python)
        .arg(SCRIPT)
        .arg(vault)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Every kind, algorithm and number of digits, with all fields, in two scripts.
fn drafts() -> Vec<Draft> {
    let six = Digits::new(6).unwrap();
    let mut otps = vec![
        Otp::Steam,
        Otp::Hotp { algorithm: Algorithm::Sha256, digits: six, counter: u64::MAX / 3 },
        Otp::Motp { pin: Some(shared::Secret::new("1234".into())) },
        Otp::Yandex { pin: None },
    ];
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        for digits in 5..=10 {
            if let Ok(digits) = Digits::new(digits) {
                let period = Period::new(u64::from(digits.count()) * 10).unwrap();
                otps.push(Otp::Totp { algorithm, digits, period });
            }
        }
    }
    let draft = |(n, otp): (u8, Otp)| {
        let seed = Seed::new((1..=10 + n).collect()).unwrap();
        let mut draft = Draft::new(otp, seed, format!("Dienst №{n}"), "שלום\u{1f511}\"\\".into());
        draft.sites = vec![format!("{n}.example.com")];
        draft.tags = vec!["work".into(), "β".into()];
        draft.note = "two\nlines\u{0}".into();
        draft.favourite = n % 2 == 0;
        draft.icon = "github".into();
        draft
    };
    (0..).zip(otps).map(draft).collect()
}

/// A store with a password, and what it holds as the host writes it.
fn vault(folder: &Path, password: &str, params: KdfParams, drafts: Vec<Draft>) -> (Store, Value) {
    let store = fixture::store(folder);
    let password = keys::normalise(password).unwrap();
    let derived = Derived::new(&password, params).unwrap();
    let mut vault = store.create(&derived, NOW).unwrap();
    for draft in drafts {
        let added = store.update(&mut vault, NOW, |vault, at| {
            vault.add(draft, at);
            Ok::<_, FileError>(())
        });
        added.unwrap();
    }
    let body = serde_json::from_slice(&vault.body.write()).unwrap();
    (store, body)
}

#[test]
fn an_independent_decoder_sees_every_entry_as_it_was_written() {
    let python = python();
    let odd = KdfParams::new(20_000, 4, 3).unwrap();
    // NFD here, so that both have to normalise.
    let password = " Zu\u{308}rich \u{fb01}n\u{1f511} ";
    for (params, drafts) in [(KdfParams::DEFAULT, Vec::new()), (odd, drafts())] {
        let folder = fixture::folder();
        let (store, body) = vault(folder.path(), password, params, drafts);
        let output = decode(&python, store.path(), password);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let decoded: Value = serde_json::from_slice(&output.stdout).unwrap();
        let entries = decoded["entries"].as_array().unwrap();
        for (ours, theirs) in body["entries"].as_array().unwrap().iter().zip(entries) {
            assert_eq!(ours, theirs);
        }
        assert_eq!(decoded, body);
        println!("{} entries decoded, the same", entries.len());
    }
}

#[test]
fn an_independent_decoder_refuses_what_the_host_refuses() {
    let python = python();
    let folder = fixture::folder();
    let (store, _) = vault(folder.path(), "master", KdfParams::FLOOR, Vec::new());
    let says = |password: &str, why: &str| {
        let output = decode(&python, store.path(), password);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert_eq!((stderr.trim(), output.stdout.len()), (why, 0));
    };
    says("Master", "wrong password");
    let whole = std::fs::read(store.path()).unwrap();
    let with = |at: usize, byte: u8, repaired: bool| {
        let mut file = whole.clone();
        file[at] = byte;
        if repaired {
            fixture::repair(&mut file);
        }
        std::fs::write(store.path(), file).unwrap();
    };
    with(500, !whole[500], false);
    says("master", "the file is damaged: its checksum does not hold");
    with(8, 2, true);
    says("master", "not a vault or backup of version 1");
    with(32, 9, true);
    says("master", "the vault's header was changed");
    with(500, !whole[500], true);
    says("master", "a tag does not hold");
    with(97 + 24, 1, true);
    says("master", "the key derivation's cost is out of bounds");
}
