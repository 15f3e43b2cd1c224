//! "What can I set, and where?"

use serde_json::json;
use tests::account::Account;
use tests::browser::Kind;
use tests::stage::Stage;
use tests::wait::{LONG, until};

use crate::KIND;

fn settings() -> Stage {
    let account = Account::plain("Harbour Light", "keeper@example.com", &[1; 20]);
    let mut stage = Stage::unlocked(KIND, &[account]).unwrap();
    let browser = stage.browser.as_mut();
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.wait_popup("the settings", "!!document.querySelector('#idle')").unwrap();
    stage
}

#[test]
fn the_shortcuts_are_shown_and_a_press_leads_to_where_they_are_changed() {
    let mut stage = settings();
    let browser = stage.browser.as_mut();
    let keys = "[...document.querySelectorAll('kbd')].map(k => k.textContent).join()";
    let set = format!("{keys} === 'Alt + Shift + L,Alt + Shift + O'");
    browser.wait_popup("the shortcuts", &set).unwrap();
    browser.click("[data-do=change-shortcuts]").unwrap();
    let page = match KIND {
        Kind::Chromium => "chrome://extensions/shortcuts",
        Kind::Firefox => "about:addons",
    };
    until("the browser's page for shortcuts", LONG, || {
        Ok(browser.tabs()?.iter().any(|tab| tab.starts_with(page)).then_some(()))
    })
    .unwrap();
}

#[test]
fn each_browser_says_whether_it_is_connected_and_what_to_do_if_it_can_not_be() {
    let mut stage = settings();
    let Stage { browser, home } = &mut stage;
    let (this, other) = match KIND {
        Kind::Chromium => ("chromium", "firefox"),
        Kind::Firefox => ("firefox", "chromium"),
    };
    let line = |name: &str| {
        format!("(document.querySelector('[data-browser={name}]')?.textContent ?? '')")
    };
    browser.click("[data-do=browsers]").unwrap();
    browser.wait_screen("browsers", LONG).unwrap();
    let own = format!("{}.includes('This browser, connected')", line(this));
    browser.wait_popup("this browser", &own).unwrap();
    // The other is on this machine, and nobody has told it of the program in this home.
    let told = browser.popup(&line(other)).unwrap();
    let command = format!("countersign install --browser {other}");
    assert!(told.as_str().unwrap().ends_with(&command), "{told}");
    assert!(home.cli(&["install", "--browser", other], "").unwrap().status.success());
    browser.click("[data-do=check]").unwrap();
    let ready = format!("{}.includes('Ready')", line(other));
    browser.wait_popup("the other to be ready", &ready).unwrap();
    assert_eq!(browser.popup("document.querySelector('pre') === null").unwrap(), json!(true));
}
