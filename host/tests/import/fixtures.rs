//! Our own files, one or more for each format, made by `make.py`: what must come out of each.
//!
//! Never here: broken files (`hostile`).

use std::fs;
use std::path::Path;

use host::import::aside::Aside;
use host::import::{self, ImportError, Imported, Options, Source};
use host::stop::Stop;
use serde_json::Value;
use shared::Secret;

/// The password of every sealed file.
pub(crate) const PASSWORD: &str = "pass wörd";

/// A file of ours: its name, whether it is sealed, which of the accounts A to D it holds, how many are
/// left out beside them.
pub(crate) struct Fixture {
    pub(crate) file: &'static str,
    pub(crate) format: &'static str,
    pub(crate) is_sealed: bool,
    accounts: &'static str,
    left_out: usize,
}

const fn plain(file: &'static str, format: &'static str, accounts: &'static str) -> Fixture {
    Fixture { file, format, is_sealed: false, accounts, left_out: 0 }
}

const fn sealed(file: &'static str, format: &'static str, accounts: &'static str) -> Fixture {
    Fixture { file, format, is_sealed: true, accounts, left_out: 0 }
}

const fn but(fixture: Fixture, left_out: usize) -> Fixture {
    Fixture { left_out, ..fixture }
}

pub(crate) const FIXTURES: &[Fixture] = &[
    plain("1password.1pux", "1pux", "AB"),
    plain("1password.csv", "1password-csv", "AB"),
    plain("2fas.2fas", "2fas", "ABCD"),
    sealed("2fas-sealed.2fas", "2fas", "ABCD"),
    plain("2fauth.json", "2fauth", "ABCD"),
    plain("aegis.json", "aegis", "ABCD"),
    sealed("aegis-sealed.json", "aegis", "ABCD"),
    plain("andotp.json", "andotp", "ABCD"),
    sealed("andotp-openpgp.gpg", "andotp-openpgp", "ABCD"),
    sealed("andotp-sealed.bin", "andotp", "ABCD"),
    sealed("andotp-sealed-old.bin", "andotp", "ABCD"),
    plain("apple.csv", "apple-passwords-csv", "AB"),
    plain("authenticator-cc.json", "authenticator-cc", "ABCD"),
    sealed("authenticator-cc-sealed-1.json", "authenticator-cc", "ABCD"),
    sealed("authenticator-cc-sealed-2.json", "authenticator-cc", "ABCD"),
    sealed("authenticator-cc-sealed-3.json", "authenticator-cc", "ABCD"),
    sealed("authenticator-plus-sealed.db", "authenticator-plus-db", "AC"),
    sealed("authenticator-plus-sealed.zip", "authenticator-plus", "ABCD"),
    plain("authy.xml", "authy-android-xml", "A"),
    but(sealed("authy-sealed.json", "authy-json", "A"), 1),
    plain("battlenet.xml", "battlenet-android-xml", "n"),
    plain("bitwarden.csv", "bitwarden-csv", "AB"),
    but(plain("bitwarden.json", "bitwarden", "ABD"), 1),
    but(sealed("bitwarden-sealed-argon2.json", "bitwarden", "ABD"), 1),
    but(sealed("bitwarden-sealed-pbkdf2.json", "bitwarden", "ABD"), 1),
    plain("cxf.json", "cxf", "AB"),
    plain("dashlane.csv", "dashlane-csv", "AB"),
    but(plain("duo.json", "duo", "ac"), 1),
    plain("enpass.json", "enpass", "AB"),
    but(plain("ente.txt", "ente", "ABD"), 1),
    plain("ente-commas.txt", "otpauth-uri-list", "AB"),
    sealed("ente-sealed.txt", "ente", "ABCD"),
    plain("freeotp-plus.json", "freeotp-plus", "ABCD"),
    plain("freeotp-v1.xml", "freeotp-v1", "ABCD"),
    sealed("freeotp-v2-sealed.xml", "freeotp-v2", "ABCD"),
    plain("google-migration.txt", "google-migration", "AC"),
    plain("google-migration-part.txt", "google-migration", "A"),
    plain("google-migration-qr.png", "otpauth-qr", "AC"),
    plain("google.sqlite", "google-authenticator-sqlite", "AC"),
    plain("google-open.sqlite", "google-authenticator-sqlite", "A"),
    but(sealed("kdbx3-sealed.kdbx", "kdbx", "ABCD"), 1),
    but(sealed("kdbx4-aes-sealed.kdbx", "kdbx", "ABCD"), 1),
    but(sealed("kdbx4-argon2-chacha-sealed.kdbx", "kdbx", "ABCD"), 1),
    but(sealed("kdbx4-keyfile-sealed.kdbx", "kdbx", "ABCD"), 1),
    plain("keepassxc.csv", "keepassxc-csv", "AB"),
    plain("keeper.json", "keeper", "AB"),
    plain("lastpass.csv", "lastpass-csv", "AB"),
    plain("lastpass.json", "lastpass", "AB"),
    but(plain("microsoft.sqlite", "microsoft-authenticator-sqlite", "A"), 1),
    plain("otpauth-in-a-text.txt", "otpauth-text", "AB"),
    sealed("otpauth-ios-1.0.otpauthdb", "otpauth-ios", "ABC"),
    sealed("otpauth-ios-1.1.otpauthdb", "otpauth-ios", "ABC"),
    sealed("otpauth-ios-account.otpauth", "otpauth-ios", "A"),
    plain("otpauth-qr.png", "otpauth-qr", "A"),
    plain("otpauth-qr-dark.png", "otpauth-qr", "A"),
    plain("otpauth-qr-transparent.png", "otpauth-qr", "A"),
    plain("otpauth-uris.txt", "otpauth-uri-list", "ABCD"),
    plain("otpauth-uris-cr.txt", "otpauth-uri-list", "ABCD"),
    plain("otpauth-uris-utf16.txt", "otpauth-uri-list", "ABCD"),
    plain("proton-authenticator.json", "proton-authenticator", "ABd"),
    sealed("proton-authenticator-sealed.json", "proton-authenticator", "ABd"),
    plain("proton-pass.csv", "proton-pass-csv", "AB"),
    but(plain("proton-pass.zip", "proton-pass", "AB"), 1),
    but(sealed("proton-pass-openpgp.zip", "proton-pass", "AB"), 1),
    plain("raivo.json", "raivo", "ABC"),
    sealed("raivo-sealed.zip", "raivo", "ABC"),
    plain("steam.json", "steam-android", "D"),
    plain("stratum.db", "stratum-db", "ABCD"),
    plain("stratum.html", "stratum-html", "ABCD"),
    plain("stratum.json", "stratum", "ABCD"),
    sealed("stratum-sealed.authpro", "stratum", "ABCD"),
    sealed("stratum-sealed-legacy.authpro", "stratum", "ABCD"),
    plain("totp-authenticator.xml", "totp-authenticator-xml", "Ax"),
    plain("totp-authenticator-default.bin", "totp-authenticator", "Ax"),
    sealed("totp-authenticator-sealed.bin", "totp-authenticator", "Ax"),
    plain("winauth.zip", "winauth", "ABCD"),
    sealed("winauth-openpgp.asc", "andotp-openpgp", "ABCD"),
];

pub(crate) fn bytes(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/files");
    fs::read(folder.join(file)).unwrap()
}

pub(crate) fn read(
    bytes: &[u8],
    name: &str,
    password: Option<&str>,
) -> Result<Imported, ImportError> {
    let password = password.map(|password| Secret::new(password.into()));
    let key_file = name.contains("keyfile").then(|| self::bytes("kdbx4.keyfile"));
    let options = Options {
        password: password.as_ref(),
        key_file: key_file.as_deref(),
        ..Options::default()
    };
    import::read(bytes, Some(name), &options)
}

impl Fixture {
    pub(crate) fn read(&self, bytes: &[u8]) -> Result<Imported, ImportError> {
        read(bytes, self.file, self.is_sealed.then_some(PASSWORD))
    }

    /// Accounts in the file, left out or not.
    pub(crate) fn count(&self) -> usize {
        self.accounts.len() + self.left_out
    }
}

/// What a letter stands for: type, issuer, label, seed, algorithm, digits, period, counter. A small letter
/// is the same account in a format without room for one of its names.
fn account(letter: char) -> [Value; 8] {
    let (kind, issuer, label, seed, algorithm, digits, period, counter) = match letter {
        'A' => (
            "totp",
            "Example Mail",
            "alice@example.test",
            &b"countersign fixture!"[..],
            "SHA1",
            6,
            Some(30),
            None,
        ),
        'B' => {
            ("totp", "Shop", "bob", &b"another secret of 26 bytes"[..], "SHA256", 8, Some(60), None)
        }
        'C' => (
            "hotp",
            "Counter",
            "carol",
            &b"\x00\xff\x10\x20\x30\x40\x50\x60\x70\x80"[..],
            "SHA1",
            6,
            None,
            Some(7),
        ),
        'D' => ("steam", "Steam", "dave", &b"steam guard's secret"[..], "SHA1", 5, Some(30), None),
        'a' | 'c' => {
            let mut account = account(letter.to_ascii_uppercase());
            account[1] = "".into();
            return account;
        }
        'd' => return account('D'),
        'n' => {
            let mut account = account('A');
            (account[1], account[2], account[5]) =
                ("Battle.net".into(), "EU-1234".into(), 8.into());
            return account;
        }
        _ => ("totp", "", "bare", &b"abc"[..], "SHA1", 6, Some(30), None),
    };
    let seed = data_encoding::HEXLOWER.encode(seed);
    [
        kind.into(),
        issuer.into(),
        label.into(),
        seed.into(),
        algorithm.into(),
        digits.into(),
        period.into(),
        counter.into(),
    ]
}

fn accounts(report: &Value) -> Vec<String> {
    const FIELDS: [&str; 8] =
        ["type", "issuer", "label", "secret_hex", "algorithm", "digits", "period", "counter"];
    let entries = report["entries"].as_array().unwrap();
    let mut accounts: Vec<String> = entries
        .iter()
        .map(|entry| format!("{:?}", FIELDS.map(|field| entry[field].clone())))
        .collect();
    accounts.sort();
    accounts
}

#[test]
fn every_format_comes_in() {
    for fixture in FIXTURES {
        let result = fixture.read(&bytes(fixture.file));
        let report = import::report::json(&result, true);
        let mut expected: Vec<String> =
            fixture.accounts.chars().map(|letter| format!("{:?}", account(letter))).collect();
        expected.sort();
        assert_eq!(accounts(&report), expected, "{}", fixture.file);
        assert_eq!(report["format"], fixture.format, "{}", fixture.file);
        assert_eq!(result.unwrap().left_out.len(), fixture.left_out, "{}", fixture.file);
    }
}

#[test]
fn a_sealed_file_opens_with_its_password_and_no_other() {
    for fixture in FIXTURES.iter().filter(|fixture| fixture.is_sealed) {
        let file = bytes(fixture.file);
        let code = |password| read(&file, fixture.file, password).err().map(ImportError::code);
        assert_eq!(code(Some("Pass wörd")), Some("wrong_password"), "{}", fixture.file);
        // A key file alone may be all that a KeePass database has.
        let without =
            if fixture.file.contains("keyfile") { "wrong_password" } else { "password_required" };
        assert_eq!(code(None), Some(without), "{}", fixture.file);
    }
}

#[test]
fn a_database_is_read_with_its_log() {
    let (file, log) = (bytes("google-open.sqlite"), bytes("google-open.sqlite-wal"));
    let database = Source { name: Some("databases"), bytes: &file };
    let with = |name, bytes: &[u8]| {
        let log = Source { name: Some(name), bytes };
        let both = import::read_all(&[log, database], &Options::default());
        both.map(|found| accounts(&import::report::json(&Ok(found), true)).len())
    };
    assert_eq!(with("databases-wal", &log), Ok(2));
    assert_eq!(with("databases-wal", &[]), Ok(1));
    assert_eq!(with("others-wal", &log), Ok(1), "another database's");
    // Up to the last commit that is whole: nothing of it, the filler, the account.
    const FRAME: usize = 24 + 1024;
    assert_eq!((log.len() - 32) % FRAME, 0);
    let mut counts = Vec::new();
    for frames in 0..=(log.len() - 32) / FRAME {
        counts.push(with("databases-wal", &log[..32 + frames * FRAME]).unwrap());
    }
    assert_eq!(counts.last(), Some(&2));
    assert!(counts[..counts.len() - 1].iter().all(|&count| count == 1), "{counts:?}");
    // What a checksum does not hold for was never committed. A header that is damaged is no log.
    for at in 0..log.len() {
        let mut flipped = log.clone();
        flipped[at] ^= 0x10;
        let whole = with("databases-wal", &flipped);
        if at < 32 {
            assert_eq!(whole, Err(ImportError::Corrupt), "{at}");
        } else {
            assert_eq!(whole, Ok(1), "{at}");
        }
    }
    assert_eq!(with("databases-wal", &log[..31]), Err(ImportError::Corrupt));
    let other = Source { name: Some("databases"), bytes: &bytes("google.sqlite") };
    let log = Source { name: Some("databases-wal"), bytes: &log };
    let code = import::read_all(&[other, log], &Options::default()).unwrap_err().code();
    assert_eq!(code, "corrupt", "pages of another size");
}

#[test]
fn a_steam_folder_is_read_by_its_manifest() {
    let (manifest, account) = (bytes("sda-manifest.json"), bytes("sda-1.maFile"));
    let manifest = Source { name: Some("sda-manifest.json"), bytes: &manifest };
    let account = Source { name: Some("sda-1.maFile"), bytes: &account };
    let password = Secret::new(PASSWORD.into());
    let options = Options { password: Some(&password), ..Options::default() };
    let both = import::read_all(&[account, manifest], &options);
    assert_eq!(accounts(&import::report::json(&both, true)), [format!("{:?}", self::account('D'))]);
    let code = |sources: &[Source<'_>]| import::read_all(sources, &options).unwrap_err().code();
    assert_eq!(code(&[account]), "manifest_required");
    assert_eq!(code(&[manifest]), "no_accounts_file");
}

#[test]
fn parts_of_an_export_are_counted_together() {
    let part = bytes("google-migration-part.txt");
    let imported = read(&part, "part.txt", None).unwrap();
    let warning = import::Warning::IncompleteBatch { have: vec![1], of: 3 };
    assert_eq!(imported.warnings, [warning]);
    let source = Source { name: None, bytes: &part };
    let twice = import::read_all(&[source, source], &Options::default()).unwrap();
    assert_eq!(twice.drafts.len(), 1);
}

#[test]
fn files_that_cannot_be_imported_say_why() {
    let code = |file: &str, password| read(&bytes(file), file, password).unwrap_err().code();
    assert_eq!(code("aegis-biometric.json", Some(PASSWORD)), "no_password_slot");
    assert_eq!(code("bitwarden-of-an-account.json", None), "account_restricted");
    assert_eq!(code("no-accounts.zip", None), "no_accounts_file");
    let code = |file: &[u8]| read(file, "file", None).unwrap_err().code();
    assert_eq!(code(b"hello"), "unrecognised_format");
    assert_eq!(code(b""), "unrecognised_format");
    assert_eq!(code(b"name,password\na,b\n"), "unrecognised_format");
    assert_eq!(code(br#"{"hello":1}"#), "unrecognised_format");
    assert_eq!(code(br#"{"db":{},"header"#), "corrupt");
    assert_eq!(code(br#"{"version":9,"db":{},"header":{}}"#), "unsupported_version");
    assert_eq!(code(br#"{"services":[],"schemaVersion":5}"#), "unsupported_version");
    assert_eq!(code(b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5"), "unsupported_version");
    assert_eq!(code(b"\x85\x01\x0c\x03aaaaaaaa"), "unrecognised_format");
}

#[test]
fn a_text_in_an_old_encoding_comes_in_with_a_warning() {
    let imported = read(&bytes("otpauth-uris-latin.txt"), "a.txt", None).unwrap();
    assert_eq!(imported.drafts[0].issuer, "Café");
    assert_eq!(imported.warnings, [import::Warning::Encoding]);
}

#[test]
fn what_nobody_sees_of_a_name_does_not_come_in_and_the_report_says_so() {
    let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    // By a direction mark, an override with its end, a control, and something of no width.
    for name in
        ["Git%E2%80%8EHub", "%E2%80%AEGitHub%E2%80%AC", "GitHub%C2%9B%07", "Git%E2%80%8BHub"]
    {
        let uri = format!("otpauth://totp/{name}:alice?secret={seed}&issuer={name}");
        let imported = import::read(uri.as_bytes(), None, &Options::default()).unwrap();
        let draft = &imported.drafts[0];
        assert_eq!((&*draft.issuer, &*draft.label), ("GitHub", "alice"), "{name}");
        assert_eq!(imported.warnings, [import::Warning::Hidden], "{name}");
    }
    let export = serde_json::json!({ "services": [{
        "name": "Git\u{2067}Hub", "secret": seed,
        "otp": { "account": "a\u{9d}lice", "issuer": "Git\u{202d}Hub", "tokenType": "TOTP" },
    }], "schemaVersion": 4, "groups": [] });
    let imported = import::read(export.to_string().as_bytes(), None, &Options::default()).unwrap();
    let draft = &imported.drafts[0];
    assert_eq!((&*draft.issuer, &*draft.label), ("GitHub", "alice"));
    assert_eq!(imported.warnings, [import::Warning::Hidden]);
    // What is left out is named in the report, too.
    let bad = "otpauth://totp/Git%E2%80%AEHub:a?secret=1&issuer=Git%E2%80%AEHub";
    let imported = import::read(bad.as_bytes(), None, &Options::default()).unwrap();
    assert_eq!(imported.left_out[0].name, "GitHub: a");
    // Blanks at the ends are nothing to speak of.
    let plain = format!("otpauth://totp/%20GitHub%20:%20alice?secret={seed}");
    let imported = import::read(plain.as_bytes(), None, &Options::default()).unwrap();
    assert_eq!(imported.warnings, []);
}

#[test]
fn a_report_without_reveal_holds_no_seed() {
    let result = read(&bytes("otpauth-uris.txt"), "a.txt", None);
    let report = import::report::json(&result, false).to_string();
    let imported = result.unwrap();
    for draft in &imported.drafts {
        assert!(!report.contains(draft.seed.to_base32().expose()));
        assert!(!report.contains(&data_encoding::HEXLOWER.encode(draft.seed.expose())));
    }
    assert!(!format!("{imported:?}").contains("countersign fixture"));
}

#[test]
fn what_is_left_out_is_named_without_what_may_be_a_seed() {
    let list = "otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP\n\nKRSXG5CTMVRXEZLU\notpauth://totp/W:rapped?secr\net=MFRGGZDFMZTWQ2LK\n\
                otpauth://GEZDGNBVGY3TQOJQ?issuer=Z\nsteam://\nOTPAUTH-MIGRATION://offline?data=NB2HI4DT\n";
    let result = import::read(list.as_bytes(), Some("a.txt"), &Options::default());
    let report = import::report::json(&result, false).to_string();
    for seed in ["KRSXG5", "MFRGG", "GEZDG", "gezdg", "NB2HI"] {
        assert!(!report.contains(seed), "{report}");
    }
    let list = &list[..list.find("OTPAUTH-M").unwrap()];
    let left_out =
        import::read(list.as_bytes(), Some("a.txt"), &Options::default()).unwrap().left_out;
    let names: Vec<&str> = left_out.iter().map(|left_out| left_out.name.as_str()).collect();
    assert_eq!(names, ["#3", "W: rapped", "#5", "Z", "Steam"]);
}

#[test]
fn a_reading_is_stopped_at_the_next_account() {
    let aside = Aside { program: "/nowhere/countersign".into(), stop: Stop::default() };
    let options = Options { aside: Some(&aside), ..Options::default() };
    let list = bytes("otpauth-uris.txt");
    assert!(import::read(&list, None, &options).is_ok());
    aside.stop.stop();
    assert_eq!(import::read(&list, None, &options).unwrap_err(), ImportError::Stopped);
}
