//! "What is wrong?", and the popup knows.

use std::fs;
use std::time::{Duration, Instant};

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
    let commands = "[...document.querySelectorAll('.command')].map((c) => c.textContent)";
    let shown = stage.browser.popup(commands).unwrap();
    assert_eq!(shown, serde_json::json!(["countersign install", "cargo xtask install"]));
    stage.browser.click("[data-do=copy-command]").unwrap();
    let told = "document.querySelector('#toast.shown')?.textContent === 'Copied'";
    stage.browser.wait_popup("that it was copied", told).unwrap();
    let host = stage.home.host().to_owned();
    register(KIND, &stage.home, &host).unwrap();
    stage.browser.click("[data-do=check]").unwrap();
    stage.browser.unlock(PASSWORD).unwrap();
}

#[test]
fn a_host_that_hangs_is_told_while_a_person_still_waits() {
    let home = home();
    let hangs = home.script("hangs", "exec sleep 600").unwrap();
    register(KIND, &home, &hangs).unwrap();
    let mut stage = Stage::unregistered(KIND, home).unwrap();
    let began = Instant::now();
    stage.browser.open_popup().unwrap();
    let long = "document.querySelector('.long')";
    let seen = format!("!!{long} && getComputedStyle({long}).visibility === 'visible'");
    stage.browser.wait_popup("a word about the wait", &seen).unwrap();
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    stage.browser.wait_screen("problem:host_silent", LONG).unwrap();
    // It takes the browser a moment to show its popup at all.
    assert!(began.elapsed() < Duration::from_secs(13), "{:?}", began.elapsed());
    let command = stage.browser.popup("document.querySelector('.command').textContent").unwrap();
    assert_eq!(command, "countersign doctor");
    let host = stage.home.host().to_owned();
    register(KIND, &stage.home, &host).unwrap();
    stage.browser.click("[data-do=check]").unwrap();
    stage.browser.unlock(PASSWORD).unwrap();
}

#[test]
fn a_host_that_hangs_later_is_ended_for_another_one() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    stage.browser.rows().unwrap();
    stage.browser.close_popup().unwrap();
    let hanging = stage.home.stop_hosts();
    assert_eq!(hanging.len(), 1);
    stage.browser.open_popup().unwrap();
    stage.browser.wait_screen("problem:host_silent", LONG).unwrap();
    stage.browser.click("[data-do=check]").unwrap();
    stage.browser.unlock(PASSWORD).unwrap();
    assert_eq!(stage.browser.rows().unwrap().len(), 1);
    gone(&stage, hanging[0]);
}

/// The browser ends what it has closed the port of; it leaves a moment for that.
fn gone(stage: &Stage, host: u32) {
    until("the host that hung to be gone", LONG, || {
        let running = tests::process::running(stage.home.host());
        Ok((!running.contains(&host)).then_some(()))
    })
    .unwrap();
}

#[test]
fn a_host_that_hangs_under_the_list_is_ended_from_there() {
    let named = |n: u8| Account::plain(&format!("Harbour {n:02}"), "keeper", &[n; 20]);
    let accounts: Vec<Account> = (0..60).map(named).collect();
    let mut stage = Stage::unlocked(KIND, &accounts).unwrap();
    stage.browser.rows().unwrap();
    let hanging = stage.home.stop_hosts();
    assert_eq!(hanging.len(), 1);
    // What comes into sight there wants its codes.
    stage.browser.popup("(document.querySelector('#list').scrollTop = 1e6, true)").unwrap();
    let offered = "!!document.querySelector('.alert [data-do=check]')";
    stage.browser.wait_popup("the way out", offered).unwrap();
    // The list stays, with the codes that were there.
    assert_eq!(stage.browser.screen().unwrap(), "list");
    stage.browser.popup("(document.querySelector('#list').scrollTop = 0, true)").unwrap();
    let still = "!!document.querySelector('[data-account] .code')?.textContent";
    stage.browser.wait_popup("the first code", still).unwrap();
    stage.browser.click(".alert [data-do=check]").unwrap();
    stage.browser.unlock(PASSWORD).unwrap();
    assert!(!stage.browser.rows().unwrap().is_empty());
    assert_eq!(stage.browser.popup("!!document.querySelector('.alert p')").unwrap(), false);
    gone(&stage, hanging[0]);
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
