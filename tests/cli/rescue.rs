//! When something was lost: the recovery code, an older copy, a damaged vault; and the lock for all.
//!
//! Never here: what a browser shows of it.

use std::fs;
use std::time::Duration;

use serde_json::json;
use tests::port::Port;

use crate::said::{PASSWORD, Said, bare, home_with, say, with_input};

const NEW: &str = "nine slow bridges count otters";
const URI: &str = "otpauth://totp/A:a?secret=JBSWY3DPEHPK3PXP";

#[test]
fn a_recovery_code_opens_the_vault_and_sets_a_new_password() {
    let home = home_with(&[URI]);
    let made = say(&home, &["recovery"], &[]).done();
    let code = made.out.trim();
    assert_eq!(code.len(), 34, "{code}");
    let recover = |code: &str, new: &str| {
        with_input(&home, &["recover", "--password-stdin"], &format!("{code}\n{new}\n"))
    };
    recover("0000-0000", NEW).refused(1, "seven groups of four");
    recover("0000-0000-0000-0000-0000-0000-0000", NEW).refused(1, "a typo");
    recover("0000-0000-0000-0000-0000-0000-00VM", NEW).refused(1, "does not open this vault");
    recover(code, "short").refused(1, "too weak");
    say(&home, &["list"], &[]).done();
    recover(&code.to_lowercase().replace('-', " "), NEW).done();
    say(&home, &["list"], &[]).refused(3, "wrong master password");
    let list = |verb: &[&str]| with_input(&home, verb, &format!("{NEW}\n"));
    assert_eq!(list(&["list", "--password-stdin"]).done().out, "A  a\n");

    // A new one takes the place of the old one, and then there is none.
    let second = list(&["recovery", "--json", "--password-stdin"]).json();
    recover(code, PASSWORD).refused(1, "does not open");
    list(&["recovery", "--remove", "--password-stdin"]).done();
    recover(second["code"].as_str().unwrap(), PASSWORD).refused(1, "does not open");
}

#[test]
fn who_rotates_the_key_ends_the_recovery_code() {
    let home = home_with(&[]);
    let made = say(&home, &["recovery"], &[]).done();
    say(&home, &["passwd", "--rotate"], &[NEW]).done();
    let input = format!("{}\n{PASSWORD}\n", made.out.trim());
    with_input(&home, &["recover", "--password-stdin"], &input).refused(1, "does not open");
}

#[test]
fn an_older_copy_is_accepted_only_when_it_is_said() {
    let home = home_with(&[URI]);
    say(&home, &["accept"], &[]).refused(1, "nothing to accept");
    let older = fs::read(home.vault()).unwrap();
    say(&home, &["edit", "A", "--note", "later"], &[]).done();
    fs::write(home.vault(), older).unwrap();
    say(&home, &["edit", "A", "--note", "on the older"], &[]).refused(1, "countersign accept");
    say(&home, &["accept"], &[]).done();
    say(&home, &["edit", "A", "--note", "on the older"], &[]).done();
}

#[test]
fn a_damaged_vault_goes_back_to_a_save_that_is_whole() {
    let home = home_with(&[URI]);
    bare(&home, &["revert"]).refused(1, "not damaged");
    let whole = fs::read(home.vault()).unwrap();
    fs::write(home.vault(), &whole[..whole.len() / 2]).unwrap();
    say(&home, &["list"], &[]).refused(1, "countersign revert");
    bare(&home, &["revert", "99"]).refused(1, "these are: 1");
    let said = bare(&home, &["revert"]).done();
    assert!(said.out.starts_with("save 1 is now the vault"), "{}", said.out);
    // The save before the account came.
    assert_eq!(say(&home, &["list", "--json"], &[]).json(), json!({"accounts": []}));
}

#[test]
fn where_only_earlier_saves_are_left_no_new_vault_is_made_and_it_is_said_what_to_do() {
    let home = home_with(&[URI]);
    fs::remove_file(home.vault()).unwrap();
    say(&home, &["init"], &[]).refused(1, "countersign doctor");
    let said = bare(&home, &["doctor"]).out;
    assert!(said.contains("earlier saves of it are there"), "{said}");
    assert!(said.contains("countersign revert") && said.contains("to begin anew"), "{said}");
    bare(&home, &["revert"]).done();
    say(&home, &["list"], &[]).done();
}

#[test]
fn who_has_lost_the_password_opens_a_vault_that_went_back_to_an_earlier_save() {
    let home = home_with(&[URI]);
    let made = say(&home, &["recovery"], &[]).done();
    say(&home, &["edit", "A", "--note", "later"], &[]).done();
    say(&home, &["edit", "A", "--note", "latest"], &[]).done();
    let whole = fs::read(home.vault()).unwrap();
    fs::write(home.vault(), &whole[..whole.len() / 2]).unwrap();
    bare(&home, &["revert"]).done();
    say(&home, &["edit", "A", "--note", "x"], &[]).refused(1, "countersign accept");
    let input = format!("{}\n{NEW}\n", made.out.trim());
    with_input(&home, &["recover", "--password-stdin"], &input).done();
    let edit = ["edit", "A", "--note", "on the older", "--password-stdin"];
    with_input(&home, &edit, &format!("{NEW}\n")).done();
}

#[test]
fn a_lock_reaches_every_browser_within_two_seconds() {
    let home = home_with(&[URI]);
    let mut port = Port::open(&home).unwrap();
    port.hello().unwrap();
    let opened = port.ask("unlock", json!({"password": PASSWORD})).unwrap();
    assert_eq!(opened["ok"], "done", "{opened}");
    let start = std::time::Instant::now();
    let said = bare(&home, &["lock"]).done();
    assert!(said.out.contains("every browser of yours"), "{}", said.out);
    let news = port.news().unwrap();
    assert_eq!(news["ev"], json!({"locked": {"why": "everywhere"}}));
    let took = start.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn a_lock_says_where_it_reaches_nobody() {
    let home = home_with(&[URI]);
    let said = bare(&home, &["lock"]).done();
    assert!(said.out.contains("no browser is known to run Countersign"), "{}", said.out);
    let mut elsewhere = home.command(home.host());
    elsewhere.env("XDG_DATA_HOME", home.path().join("elsewhere")).arg("lock");
    let said = Said::new(elsewhere.output().unwrap());
    said.refused(1, "there is no vault of yours at");
}
