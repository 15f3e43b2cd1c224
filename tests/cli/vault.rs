//! Making a vault, its passwords, what is no vault; and the rest that a command line has.
//!
//! Never here: the bytes of a vault (`faults`).

use std::fs;

use crate::said::{PASSWORD, SECRET, bare, home, home_with, say, with_input};

#[test]
fn a_vault_is_made_once_and_where_it_was_asked_for() {
    let home = home();
    let said = say(&home, &["init"], &[]).done();
    assert!(said.out.contains("vault.otv"), "{}", said.out);
    say(&home, &["init"], &[]).refused(1, "there is a vault already");
    let json = say(&home, &["list", "--json"], &[]).json();
    assert_eq!(json, serde_json::json!({ "accounts": [] }));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(home.vault()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_weak_password_is_refused_before_there_is_a_file() {
    let home = home();
    let init = |password: &str| with_input(&home, &["init", "--password-stdin"], password);
    init("short\n").refused(1, "fewer than 8 characters");
    init("password1\n").refused(1, "too weak");
    init("").refused(1, "standard input ended before");
    assert!(!home.vault().exists());
}

#[test]
fn a_wrong_password_has_a_status_of_its_own() {
    let home = home_with(&[]);
    let wrong = |verb: &[&str]| with_input(&home, verb, "not the one\n");
    wrong(&["list", "--password-stdin"]).refused(3, "wrong master password");
    wrong(&["code", "x", "--password-stdin"]).refused(3, "wrong master password");
    let said =
        with_input(&home, &["passwd", "--password-stdin"], "not the one\nany other one at all\n");
    said.refused(3, "wrong master password");
}

#[test]
fn the_master_password_changes_and_the_old_one_is_gone() {
    let home = home_with(&["otpauth://totp/A:a?secret=JBSWY3DPEHPK3PXP"]);
    let new = "nine slow bridges count otters";
    say(&home, &["passwd"], &["short"]).refused(1, "too weak");
    say(&home, &["passwd", "--rotate"], &[new]).done();
    say(&home, &["list"], &[]).refused(3, "wrong master password");
    let said = with_input(&home, &["list", "--password-stdin"], &format!("{new}\n")).done();
    assert_eq!(said.out, "A  a\n");
}

#[test]
fn without_a_terminal_it_says_how_else_to_give_the_password() {
    let home = home_with(&[]);
    // `setsid` takes the terminal away, where the tests have one.
    let mut command = home.command("setsid");
    let output = command.arg(home.host()).arg("list").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--password-stdin"));
}

#[test]
fn what_is_no_vault_is_told_apart() {
    let home = home();
    say(&home, &["list"], &[]).refused(1, "countersign init");
    fs::create_dir_all(home.vault().parent().unwrap()).unwrap();
    fs::write(home.vault(), "these are not the bytes of a vault").unwrap();
    say(&home, &["list"], &[]).refused(1, "damaged");
    let folder = home.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let words = ["list", "--vault", folder.to_str().unwrap()];
    let said = with_input(&home, &[&words[..], &["--password-stdin"]].concat(), PASSWORD);
    assert_eq!(said.status, 1);
}

#[test]
fn usage_has_a_status_of_its_own_and_help_has_none() {
    let home = home();
    assert_eq!(bare(&home, &["frobnicate"]).status, 2);
    assert_eq!(bare(&home, &["code"]).status, 2);
    assert_eq!(bare(&home, &[]).status, 2);
    let uri = format!("otpauth://totp/A:a?secret={SECRET}");
    for words in [["add", "a", &uri], ["add", &uri, "--issuer=A"], ["frobnicate", &uri, "x"]] {
        // That the secret was not repeated is looked at for every call.
        assert_eq!(bare(&home, &words).status, 2);
    }
    let help = bare(&home, &["--help"]).done();
    for verb in ["init", "add", "list", "code", "edit", "remove", "restore", "passwd", "import"] {
        assert!(help.out.contains(&format!("\n  {verb}")), "{verb}");
    }
    assert!(bare(&home, &["--version"]).done().out.starts_with("countersign "));
}

#[test]
fn completions_and_manual_pages_are_there() {
    let home = home();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = bare(&home, &["completions", shell]).done();
        assert!(script.out.contains("password-stdin"), "{shell}");
    }
    assert!(bare(&home, &["man"]).done().out.contains(".TH countersign 1"));
    let page = bare(&home, &["man", "code"]).done();
    assert!(page.out.contains(".TH countersign-code 1"), "{}", page.out);
    assert_eq!(bare(&home, &["man", "frobnicate"]).status, 2);
    // What the page of `backup` refers to can be printed, too.
    let page = bare(&home, &["man", "backup", "list"]).done();
    assert!(page.out.contains(".TH countersign-backup-list 1"), "{}", page.out);
}
