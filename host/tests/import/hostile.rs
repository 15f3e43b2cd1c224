//! Files that were cut, changed, or made to exhaust whoever reads them.
//!
//! A sealed file may come out damaged as an error, or with every account there or listed; never as fewer.
//!
//! Never here: whole files (`fixtures`).

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fixtures::{FIXTURES, Fixture, PASSWORD, bytes, read};

/// Sealed files of which each try costs a password hash: so many tries.
const TRIES: usize = 16;

fn code(file: &[u8], name: &str) -> &'static str {
    read(file, name, Some(PASSWORD)).unwrap_err().code()
}

/// Nothing got lost without a word. Only sealed files know: a cut in a list at a line's end is a list.
fn check(fixture: &Fixture, file: &[u8], what: &str) {
    let started = Instant::now();
    if let Ok(imported) = fixture.read(file) {
        let count = imported.drafts.len() + imported.left_out.len();
        // Authy's lists are not sealed, only the seeds in them: what is deleted there can get lost.
        let least = fixture.count() - usize::from(fixture.format == "authy-json");
        let lost = fixture.is_sealed && count < least;
        assert!(!lost, "{}: {what}: {count} of {least}", fixture.file);
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{}: {what}", fixture.file);
}

/// Positions to try: all if a try is cheap, else some that are spread.
fn positions(fixture: &Fixture, length: usize) -> impl Iterator<Item = usize> {
    let is_picture = fixture.format == "otpauth-qr";
    let step = if fixture.is_sealed || is_picture { length / TRIES + 1 } else { length / 2000 + 1 };
    (0..length).step_by(step)
}

#[test]
fn a_cut_file_is_an_error_or_says_what_is_missing() {
    for fixture in FIXTURES {
        let file = bytes(fixture.file);
        for at in positions(fixture, file.len()) {
            check(fixture, &file[..at], &format!("cut at {at}"));
        }
        // Without a password each cut is cheap: nothing may panic before it is asked for.
        for at in 0..file.len().min(4096) {
            let _ = read(&file[..at], fixture.file, None).map_err(|err| err.to_string());
        }
    }
}

#[test]
fn a_flipped_bit_is_an_error_or_loses_nothing() {
    for fixture in FIXTURES {
        let file = bytes(fixture.file);
        for at in positions(fixture, file.len()) {
            let mut flipped = file.clone();
            flipped[at] ^= 1 << (at % 8);
            check(fixture, &flipped, &format!("bit flipped at {at}"));
        }
    }
}

#[test]
fn a_file_may_not_ask_for_all_the_time_there_is() {
    let changed = |file: &str, change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_slice(&bytes(file)).unwrap();
        change(&mut value);
        code(value.to_string().as_bytes(), file)
    };
    let high = "kdf_cost_too_high";
    let aegis = |n: u64| {
        changed("aegis-sealed.json", &|value| {
            for slot in value["header"]["slots"].as_array_mut().unwrap() {
                slot["n"] = json!(n);
            }
        })
    };
    assert_eq!(aegis(1 << 40), high);
    assert_eq!(aegis(1 << 25), high);
    assert_eq!(aegis(u64::MAX), "corrupt");
    for (key, cost) in [("memLimit", 1_u64 << 50), ("opsLimit", 1 << 40)] {
        let ente = |value: &mut Value| value["kdfParams"][key] = json!(cost);
        assert_eq!(changed("ente-sealed.txt", &ente), high);
    }
    let bitwarden = |value: &mut Value| value["kdfMemory"] = json!(1_000_000);
    assert_eq!(changed("bitwarden-sealed-argon2.json", &bitwarden), high);
    let bitwarden = |value: &mut Value| value["kdfIterations"] = json!(4_000_000_000_u64);
    assert_eq!(changed("bitwarden-sealed-pbkdf2.json", &bitwarden), high);
    let authy = |value: &mut Value| {
        value["authenticator_tokens"][0]["key_derivation_iterations"] = json!(1_u64 << 40)
    };
    assert_eq!(changed("authy-sealed.json", &authy), high);
    let cc = |value: &mut Value| {
        value["k1"]["hash"] = json!("$argon2id$v=19$m=4294967295,t=9,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ");
    };
    assert_eq!(changed("authenticator-cc-sealed-3.json", &cc), high);
    // Rounds are field 6 of 8 bytes.
    let mut kdbx = bytes("kdbx3-sealed.kdbx");
    let at = kdbx.windows(11).position(|w| w[..3] == [6, 8, 0] && w[3..5] == [0xf4, 1]).unwrap();
    kdbx[at + 3..at + 11].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(code(&kdbx, "a.kdbx"), high);
}

#[test]
fn what_inflates_without_end_is_too_large() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("Accounts.txt", zip::write::SimpleFileOptions::default()).unwrap();
    let zeros = vec![b'\n'; 1 << 20];
    for _ in 0..80 {
        zip.write_all(&zeros).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    assert!(zip.len() < 1 << 20);
    assert_eq!(code(&zip, "bomb.zip"), "too_large");
    // A table that is short enough to be inflated, and too long to be read.
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("credentials.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&b"otpurl,b\n".repeat(4 << 20)).unwrap();
    let started = Instant::now();
    assert_eq!(code(&zip.finish().unwrap().into_inner(), "bomb.zip"), "too_large");
    assert!(started.elapsed() < Duration::from_secs(5));
    // A picture whose header promises 4 thousand million pixels.
    let mut png = bytes("otpauth-qr.png");
    png[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let mut crc = flate2::Crc::new();
    crc.update(&png[12..29]);
    png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    assert_eq!(code(&png, "bomb.png"), "too_large");
}

#[test]
fn nesting_without_end_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("<a>", "</a>"), ("<map><map>", "")] {
        let deep = format!("{}{}", open.repeat(200_000), close.repeat(200_000));
        assert!(read(deep.as_bytes(), "deep", None).is_err());
        let xml = format!("<?xml version='1.0'?><map>{deep}</map>");
        assert!(read(xml.as_bytes(), "deep.xml", None).is_err());
    }
    let entities = "<?xml version='1.0'?><!DOCTYPE map [<!ENTITY a 'aaaa'>]><map><string name=\"tokenOrder\">&a;</string></map>";
    assert_eq!(read(entities.as_bytes(), "a.xml", None).unwrap_err().code(), "corrupt");
}

#[test]
fn ten_thousand_accounts_take_no_time() {
    let mut uris = String::new();
    let mut entries = Vec::new();
    for n in 0..10_000 {
        let _ = writeln!(
            uris,
            "otpauth://totp/Issuer%20{n}:user{n}?secret=JBSWY3DPEHPK3PXP&issuer=Issuer%20{n}"
        );
        entries.push(json!({"type": "totp", "name": format!("user{n}"), "issuer": "Issuer",
            "info": {"secret": "JBSWY3DPEHPK3PXP", "algo": "SHA1", "digits": 6, "period": 30}}));
    }
    let aegis = json!({"version": 1, "header": {"slots": null, "params": null},
        "db": {"version": 2, "entries": entries}});
    let most = if cfg!(debug_assertions) { 20 } else { 2 };
    for file in [uris, aegis.to_string()] {
        let started = Instant::now();
        assert_eq!(read(file.as_bytes(), "many", None).unwrap().drafts.len(), 10_000);
        assert!(started.elapsed() < Duration::from_secs(most));
    }
}

#[test]
fn one_long_text_said_a_million_times_is_too_large() {
    // Objects of a few bytes each take hundreds in memory.
    let objects =
        format!("{{\"services\":[{}{{}}],\"schemaVersion\":4}}", "{\"a\":0},".repeat(300_000));
    assert_eq!(code(objects.as_bytes(), "a.json"), "too_large");
    // Many entries in a group with a long name.
    let name = "n".repeat(100_000);
    let entry = "<Entry><String><Key>otp</Key><Value>JBSWY3DPEHPK3PXP</Value></String></Entry>";
    let xml = format!(
        "<KeePassFile><Root><Group><Name>a</Name><Group><Name>{name}</Name>{}</Group></Group></Root></KeePassFile>",
        entry.repeat(200_000)
    );
    let started = Instant::now();
    assert_eq!(code(xml.as_bytes(), "a.xml"), "too_large");
    assert!(started.elapsed() < Duration::from_secs(20));
    // Everything is in every category, since all have one secret.
    let many = |what: &dyn Fn(usize) -> Value| (0..5_000).map(what).collect::<Vec<_>>();
    let stratum = json!({
        "Authenticators": many(&|n| json!({"Type": 2, "Issuer": n.to_string(), "Secret": "JBSWY3DP",
            "Algorithm": 0, "Digits": 6, "Period": 30})),
        "Categories": many(&|n| json!({"Id": n.to_string(), "Name": n.to_string()})),
        "AuthenticatorCategories": many(&|n| json!({"CategoryId": n.to_string(),
            "AuthenticatorSecret": "JBSWY3DP"})),
    });
    let imported = read(stratum.to_string().as_bytes(), "a.json", None).unwrap();
    assert_eq!(imported.drafts.len(), 5_000);
    assert_eq!(imported.drafts[0].tags.len(), 32);
}

#[test]
fn what_is_refused_is_refused_before_a_password_is_asked_for() {
    let changed = |file: &str, change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_slice(&bytes(file)).unwrap();
        change(&mut value);
        read(value.to_string().as_bytes(), file, None).unwrap_err().code()
    };
    let high = "kdf_cost_too_high";
    let slots = |value: &mut Value| {
        let slots = value["header"]["slots"].as_array_mut().unwrap();
        slots[1]["n"] = json!(1 << 20);
        let slot = slots[1].clone();
        slots.extend([slot.clone(), slot]);
    };
    assert_eq!(changed("aegis-sealed.json", &slots), high);
    let ente = |value: &mut Value| value["kdfParams"]["opsLimit"] = json!(1_u64 << 40);
    assert_eq!(changed("ente-sealed.txt", &ente), high);
    let bitwarden = |value: &mut Value| value["kdfMemory"] = json!(1_000_000);
    assert_eq!(changed("bitwarden-sealed-argon2.json", &bitwarden), high);
    let authy = |value: &mut Value| {
        value["authenticator_tokens"][0]["key_derivation_iterations"] = json!(1_u64 << 40)
    };
    assert_eq!(changed("authy-sealed.json", &authy), high);
    let cc = |value: &mut Value| {
        value["k1"]["hash"] = json!("$argon2id$v=19$m=4294967295,t=9,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ");
    };
    assert_eq!(changed("authenticator-cc-sealed-3.json", &cc), high);
    let mut kdbx = bytes("kdbx3-sealed.kdbx");
    let at = kdbx.windows(11).position(|w| w[..3] == [6, 8, 0] && w[3..5] == [0xf4, 1]).unwrap();
    kdbx[at + 3..at + 11].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(read(&kdbx, "a.kdbx", None).unwrap_err().code(), high);
}
