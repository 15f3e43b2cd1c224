//! "What is wrong?", and the popup knows.

use std::fs;
use std::time::Duration;

use tests::account::Account;
use tests::browser::Browser;
use tests::home::Home;
use tests::stage::{PASSWORD, Stage, register};
use tests::wait::{LONG, until};

use crate::KIND;

/// A person does not wait longer for the truth.
const SOON: Duration = Duration::from_secs(3);

fn account() -> Account {
    Account::plain("Harbour Light", "keeper", b"12345678901234567890")
}

fn home() -> Home {
    Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &[account()]).unwrap()
}

/// Some problem is shown, and it is one of these.
fn told(browser: &mut dyn Browser, problems: &[&str]) {
    let mut last = String::new();
    let shown = until("the problem", LONG, || {
        last = browser.screen()?;
        Ok(last.strip_prefix("problem:").map(str::to_owned))
    });
    let shown = shown.unwrap_or_else(|_| panic!("the popup shows `{last}`"));
    assert!(problems.contains(&shown.as_str()), "{shown}");
}

#[test]
fn a_missing_host_is_told_and_found_when_it_is_there() {
    let mut stage = Stage::unregistered(KIND, home()).unwrap();
    stage.browser.open_popup().unwrap();
    stage.browser.wait_screen("problem:host_missing", SOON).unwrap();
    let host = stage.home.host().to_owned();
    register(KIND, &stage.home, &host).unwrap();
    stage.browser.click("[data-do=check]").unwrap();
    stage.browser.unlock(PASSWORD).unwrap();
}

#[test]
fn a_host_that_writes_rubbish_is_told() {
    let home = home();
    // A frame of five bytes that are not JSON. Chromium drops it, Firefox closes the port.
    let text = "printf '\\005\\000\\000\\000nonsense'\nexec cat >/dev/null";
    let rubbish = home.script("rubbish", text).unwrap();
    register(KIND, &home, &rubbish).unwrap();
    let mut stage = Stage::unregistered(KIND, home).unwrap();
    stage.browser.open_popup().unwrap();
    told(stage.browser.as_mut(), &["host_silent", "host_missing"]);
}

#[test]
fn a_damaged_vault_is_told() {
    let home = home();
    let mut bytes = fs::read(home.vault()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(home.vault(), bytes).unwrap();
    let mut stage = Stage::in_home(KIND, home).unwrap();
    stage.browser.open_popup().unwrap();
    told(stage.browser.as_mut(), &["damaged"]);
}

#[test]
fn a_host_killed_before_the_password_does_not_stop_the_unlocking() {
    let mut stage = Stage::new(KIND, &[account()]).unwrap();
    stage.browser.open_popup().unwrap();
    stage.browser.wait_screen("unlock", LONG).unwrap();
    assert_ne!(stage.home.kill_hosts(), 0);
    // The form is made anew when the next host is there, and takes along what was typed.
    until("the list", LONG, || {
        if stage.browser.screen()? == "unlock" {
            stage.browser.enter("#password", PASSWORD)?;
            // Not the click that waits for its target: the form may be gone, and its list here.
            stage.browser.popup("document.querySelector('[data-do=submit]')?.click()")?;
        }
        Ok((stage.browser.screen()? == "list").then_some(()))
    })
    .unwrap();
}

#[test]
fn a_host_killed_under_the_list_locks_it() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    stage.browser.rows().unwrap();
    assert_ne!(stage.home.kill_hosts(), 0);
    stage.browser.wait_screen("unlock", SOON).unwrap();
    stage.browser.unlock(PASSWORD).unwrap();
    assert_eq!(stage.browser.rows().unwrap().len(), 1);
}

#[test]
fn a_host_killed_under_a_form_locks_it() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    stage.browser.click("[data-do=add]").unwrap();
    stage.browser.wait_screen("add", LONG).unwrap();
    assert_ne!(stage.home.kill_hosts(), 0);
    stage.browser.wait_screen("unlock", SOON).unwrap();
}

#[test]
fn a_host_killed_while_the_popup_is_closed_is_started_again() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    stage.browser.close_popup().unwrap();
    assert_ne!(stage.home.kill_hosts(), 0);
    stage.browser.open_popup().unwrap();
    stage.browser.unlock(PASSWORD).unwrap();
}
