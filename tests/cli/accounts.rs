//! Adding, listing, changing, removing; and the codes.
//!
//! Never here: how a vault is made.

use tests::totp::{self, Algorithm};

use crate::said::{SECRET, command, home_with, say};

const ALICE: &str =
    "otpauth://totp/GitHub:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=GitHub";
const BOB: &str = "otpauth://totp/GitHub:bob?secret=JBSWY3DPEHPK3PXP&issuer=GitHub&digits=8";
const HOTP: &str = "otpauth://hotp/Bank:c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=1";

#[test]
fn code_prints_the_code_and_nothing_else() {
    let home = home_with(&[ALICE, BOB]);
    let before = totp::now();
    let said = say(&home, &["code", "alice"], &[]).done();
    let expected: Vec<String> = (before..=totp::now())
        .map(|now| {
            format!("{}\n", totp::totp(b"12345678901234567890", now, Algorithm::Sha1, 6, 30))
        })
        .collect();
    assert!(expected.contains(&said.out), "{}", said.out);
    assert_eq!(said.err, "");

    let json = say(&home, &["--json", "code", "github", "bob"], &[]).json();
    assert_eq!(json["label"], "bob");
    assert_eq!(json["code"].as_str().unwrap().len(), 8);
    assert_eq!(json["next"].as_str().unwrap().len(), 8);
    assert!(json["left_ms"].as_u64().unwrap() <= 30_000);
}

#[test]
fn an_account_that_is_not_the_only_one_is_not_guessed() {
    let home = home_with(&[ALICE, BOB]);
    let said = say(&home, &["code", "github"], &[]).refused(1, "2 accounts have these words");
    assert!(said.err.contains("GitHub (alice), GitHub (bob)") && said.out.is_empty());
    say(&home, &["code", "nobody"], &[]).refused(1, "no account has these words");
}

#[test]
fn of_equal_names_the_ids_are_told_and_taken() {
    let home = home_with(&[ALICE]);
    say(&home, &["add", "-", "--again"], &[ALICE]).done();
    let said = say(&home, &["code", "alice"], &[]).refused(1, "2 accounts have these words");
    let id = said
        .err
        .split_whitespace()
        .map(|word| word.trim_matches(','))
        .find(|word| word.len() == 32);
    say(&home, &["code", id.unwrap()], &[]).done();
}

#[test]
fn an_edit_of_nothing_is_a_slip_and_no_save() {
    let home = home_with(&[ALICE]);
    let before = std::fs::read(home.vault()).unwrap();
    say(&home, &["edit", "alice"], &[]).refused(2, "nothing to change was named");
    assert_eq!(std::fs::read(home.vault()).unwrap(), before);
}

#[test]
fn the_list_goes_by_what_stands_first_in_a_row() {
    let home = home_with(&[
        ALICE,
        "otpauth://totp/zebra?secret=JBSWY3DPEHPK3PXP",
        "otpauth://totp/acorn?secret=JBSWY3DPEHPK3PXQ",
    ]);
    let json = say(&home, &["list", "--json"], &[]).json();
    let labels: Vec<_> =
        json["accounts"].as_array().unwrap().iter().map(|account| &account["label"]).collect();
    assert_eq!(labels, ["acorn", "alice", "zebra"]);
}

#[test]
fn a_counter_moves_on_before_its_code_is_shown() {
    let home = home_with(&[HOTP]);
    // RFC 4226, appendix D.
    for code in ["287082\n", "359152\n", "969429\n"] {
        assert_eq!(say(&home, &["code", "bank"], &[]).done().out, code);
    }
    let json = say(&home, &["list", "--json"], &[]).json();
    assert_eq!(json["accounts"][0]["counter"], 4);
}

#[test]
fn an_account_is_added_by_uri_by_standard_input_and_by_hand() {
    let home = home_with(&[]);
    say(&home, &["add", "-"], &[ALICE]).done();
    let said = say(&home, &["add", "--issuer", "Bank", "--label", "b", "--digits", "7"], &[SECRET]);
    assert_eq!(said.done().out, "added: Bank (b)\n");
    let json = say(&home, &["add", "otpauth://totp/C:c?secret=JBSWY3DPEHPK3PXP", "--json"], &[]);
    let json = json.json();
    assert_eq!(json["account"]["issuer"], "C");
    assert_eq!(json["account"]["weak"], false);

    let json = say(&home, &["list", "--json"], &[]).json();
    let accounts = json["accounts"].as_array().unwrap();
    let issuers: Vec<_> =
        accounts.iter().map(|account| account["issuer"].as_str().unwrap()).collect();
    assert_eq!(issuers, ["Bank", "C", "GitHub"]);
    assert_eq!(accounts[0]["digits"], 7);
    assert!(accounts.iter().all(|account| account.get("secret").is_none()));
}

#[test]
fn what_cannot_be_added_says_why_without_the_secret() {
    let home = home_with(&[ALICE]);
    say(&home, &["add", "-"], &[ALICE]).refused(1, "--again adds it once more");
    say(&home, &["add", "-", "--again"], &[ALICE]).done();
    say(&home, &["add", "-"], &["otpauth://totp/a"]).refused(1, "the secret is missing");
    let wrong = say(&home, &["add", "--issuer", "A"], &["NOTBASE32189"]);
    assert!(!wrong.refused(1, "the secret is not Base32").err.contains("189"));
    say(&home, &["add", "-"], &["https://example.com"]).refused(1, "this is not an otpauth URI");
    say(&home, &["add"], &[]).refused(2, "required");
    say(&home, &["add", "-"], &[]).refused(1, "standard input ended before");
}

#[test]
fn the_list_is_aligned_and_obeys_nobody() {
    let home = home_with(&[ALICE, "otpauth://totp/Evil%1B%5B2J:x%0Ay?secret=JBSWY3DPEHPK3PXP"]);
    let said = say(&home, &["list"], &[]).done();
    assert!(!said.out.contains('\u{1b}') && said.out.lines().count() == 2, "{:?}", said.out);
    let columns: Vec<usize> =
        said.out.lines().map(|line| line.split("  ").next().unwrap().chars().count()).collect();
    assert_eq!(columns.len(), 2);
    assert!(said.out.contains("GitHub   alice\n"), "{}", said.out);
    assert_eq!(say(&home, &["list", "git"], &[]).done().out, "GitHub  alice\n");
}

#[test]
fn an_account_is_changed_removed_and_taken_back() {
    let home = home_with(&[ALICE, BOB]);
    let words =
        ["edit", "alice", "--label", "carol", "--sites", "github.com", "--tags", "work, code"];
    say(&home, &words, &[]).done();
    let json =
        say(&home, &["edit", "carol", "--note", "mine", "--favourite", "yes", "--json"], &[]);
    let account = json.json()["account"].clone();
    assert_eq!(account["sites"], serde_json::json!(["github.com"]));
    assert_eq!(account["tags"], serde_json::json!(["work", "code"]));
    assert_eq!((&account["note"], &account["favourite"]), (&"mine".into(), &true.into()));

    let said = say(&home, &["remove", "carol"], &[]).done();
    assert_eq!(said.out, "moved to the trash: GitHub (carol)\n");
    say(&home, &["code", "carol"], &[]).refused(1, "no account has these words");
    assert_eq!(say(&home, &["list", "--trash"], &[]).done().out.lines().count(), 1);
    say(&home, &["restore", "carol"], &[]).done();
    say(&home, &["code", "carol"], &[]).done();

    say(&home, &["remove", "--forever", "bob"], &[]).refused(1, "in the trash");
    say(&home, &["remove", "bob"], &[]).done();
    say(&home, &["remove", "--forever", "bob"], &[]).done();
    say(&home, &["restore", "bob"], &[]).refused(1, "in the trash");
}

#[test]
fn a_new_secret_makes_new_codes() {
    let home = home_with(&[BOB]);
    say(&home, &["edit", "bob", "--secret"], &[SECRET]).done();
    let before = totp::now();
    let code = say(&home, &["code", "bob"], &[]).done().out;
    let expected: Vec<String> = (before..=totp::now())
        .map(|now| {
            format!("{}\n", totp::totp(b"12345678901234567890", now, Algorithm::Sha1, 8, 30))
        })
        .collect();
    assert!(expected.contains(&code));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Write as _;
    use std::process::Stdio;

    let home = home_with(&[ALICE]);
    let mut child = command(&home)
        .args(["--password-stdin", "list", "--vault"])
        .arg(home.vault())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    writeln!(child.stdin.take().unwrap(), "{}", crate::said::PASSWORD).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &[][..]));
}
