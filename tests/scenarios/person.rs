//! "The system knows that it is me."
//!
//! With a real message bus, and polkit's double on it.

use serde_json::json;
use tempfile::TempDir;
use tests::account::Account;
use tests::browser::Browser;
use tests::home::Home;
use tests::stage::{PASSWORD, Stage};
use tests::wait::LONG;

use crate::KIND;
use crate::bus::{ACTION, ASKS, Bus};

/// A browser whose host has this bus for the system's. `None` where only others may mount.
fn stage(bus: &Bus, folder: &TempDir) -> Option<Stage> {
    let by = bus.as_systems(folder)?;
    let account = Account::plain("Harbour Light", "keeper", b"12345678901234567890");
    let home = Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &[account]).unwrap();
    let quoted = |word: &str| format!("'{}'", word.replace('\'', "'\\''"));
    let by: Vec<String> = by.iter().map(|word| quoted(word)).collect();
    Some(Stage::by(KIND, home, &format!("exec {}", by.join(" "))).unwrap())
}

/// Clicks the switch, and waits for what it then is.
fn switch(browser: &mut dyn Browser, on: bool) {
    browser.click("#person").unwrap();
    let there = format!("document.querySelector('#person').checked === {on}");
    browser.wait_popup("the switch", &there).unwrap();
}

fn alerts(browser: &mut dyn Browser) {
    let says =
        "document.querySelector('[role=alert]').textContent.includes('did not recognise you')";
    browser.wait_popup("the refusal", says).unwrap();
}

#[test]
fn who_is_recognised_needs_no_password_and_who_is_not_does() {
    let mut bus = Bus::start().unwrap();
    bus.start_polkit(ASKS).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let Some(mut stage) = stage(&bus, &folder) else { return };
    let browser = stage.browser.as_mut();
    browser.open_popup().unwrap();
    browser.wait_screen("unlock", LONG).unwrap();
    let offered = "!!document.querySelector('[data-do=by-person]')";
    assert_eq!(browser.popup(offered).unwrap(), json!(false), "nobody has turned it on");
    browser.unlock(PASSWORD).unwrap();
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.click("[data-do=passwords]").unwrap();
    browser.wait_screen("passwords", LONG).unwrap();
    browser.wait_popup("the switch", "!!document.querySelector('#person')").unwrap();

    // Whom the system does not know turns nothing on.
    browser.click("#person").unwrap();
    alerts(browser);
    browser.wait_popup("the switch", "!document.querySelector('#person').checked").unwrap();
    bus.polkit_allows(&[ACTION]).unwrap();
    switch(browser, true);
    browser.click("[data-do=back]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.click("[data-do=back]").unwrap();
    browser.wait_screen("list", LONG).unwrap();

    browser.click("[data-do=lock]").unwrap();
    browser.wait_screen("unlock", LONG).unwrap();
    assert!(!browser.popup("document.body.textContent").unwrap().to_string().contains("keeper"));
    browser.click("[data-do=by-person]").unwrap();
    browser.wait_screen("list", LONG).unwrap();
    assert_eq!(browser.rows().unwrap().len(), 1);

    // Another at the same machine; the password goes on opening it.
    bus.polkit_allows(&[]).unwrap();
    browser.click("[data-do=lock]").unwrap();
    browser.wait_screen("unlock", LONG).unwrap();
    browser.click("[data-do=by-person]").unwrap();
    alerts(browser);
    assert_eq!(browser.screen().unwrap(), "unlock");
    browser.unlock(PASSWORD).unwrap();
}
