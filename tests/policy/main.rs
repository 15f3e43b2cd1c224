//! What an organisation fixes: by the policy of a real Chromium, by Firefox's managed storage, and by the machine's file
//! that the host reads. The browser sees an `/etc` with more in it than this machine's, in a mount namespace of
//! its own: nobody else does.
//!
//! Never here: what a rule means for the locks (the host's own tests).

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use shared::protocol::{CHROMIUM_ID, FIREFOX_ID};
use tests::account::Account;
use tests::browser::{Browser, Kind};
use tests::home::Home;
use tests::stage::{PASSWORD, Stage};
use tests::wait::LONG;

fn home() -> Home {
    let account = Account::plain("Harbour Light", "keeper@example.com", &[1; 20]);
    Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &[account]).unwrap()
}

/// The list in the colours and the language that are fixed; the popup shows them at the latest when it has been
/// told of them once.
fn unlocked(browser: &mut dyn Browser, looks: &str) {
    browser.open_popup().unwrap();
    browser.wait_popup("what is fixed", looks).unwrap();
    browser.unlock(PASSWORD).unwrap();
    browser.rows().unwrap();
}

fn settings(browser: &mut dyn Browser) {
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.wait_popup("the settings", "!!document.querySelector('#idle')").unwrap();
}

/// What stands in a control, and what is said of it if it can't be changed.
fn control(browser: &mut dyn Browser, id: &str) -> Value {
    browser
        .popup(&format!(
            "(() => {{ const e = document.querySelector('{id}'); \
               const why = document.getElementById(e.getAttribute('aria-describedby')); \
               return [e.role === 'switch' ? e.checked : e.value, e.disabled ? why.textContent : null]; }})()"
        ))
        .unwrap()
}

fn seen(browser: &mut dyn Browser, selector: &str) -> bool {
    browser.popup(&format!("document.querySelector('{selector}').checkVisibility()")).unwrap()
        == json!(true)
}

#[test]
fn chromium_shows_what_is_fixed_and_the_host_locks_by_the_stricter_rule() {
    let mut home = home();
    let policy = json!({
        "theme": "dark", "density": "compact", "language": "de", "idle_s": 60, "on_clock": true, "pin": false,
    });
    let policy = json!({"3rdparty": {"extensions": {CHROMIUM_ID: policy}}});
    home.add_to_etc("chromium/policies/managed/countersign.json", &policy.to_string()).unwrap();
    let machine = json!({"idle_s": 30, "max_age_s": 3_600, "on_clock": false, "biometrics": false});
    home.add_to_etc("countersign/policy.json", &machine.to_string()).unwrap();
    let mut stage = Stage::in_home(Kind::Chromium, home).unwrap();
    let browser = stage.browser.as_mut();
    let html = "document.documentElement";
    unlocked(browser, &format!("{html}.dataset.theme === 'dark' && {html}.lang === 'de'"));
    settings(browser);
    let by = "Von Ihrer Organisation festgelegt";
    for (id, value) in [
        ("#theme", json!("dark")),
        ("#density", json!("compact")),
        ("#language", json!("de")),
        ("#idle", json!("30")),
        ("#max-age", json!("3600")),
        ("#on-clock", json!(true)),
    ] {
        assert_eq!(control(browser, id), json!([value, by]), "{id}");
    }
    for id in ["#codes", "#order", "#clipboard", "#on-sleep"] {
        assert_eq!(control(browser, id)[1], Value::Null, "{id} is the person's");
    }
    // What is free can be changed as before.
    browser.enter("#clipboard", "10").unwrap();
    browser.click("[data-do=passwords]").unwrap();
    browser.wait_screen("passwords", LONG).unwrap();
    browser.wait_popup("the PIN to be off", "!!document.querySelector('#pin-forms.off')").unwrap();
    assert!(seen(browser, "#pin-forms > .hint") && !seen(browser, "#set-pin"));
    browser.click("[data-do=back]").unwrap();
    browser
        .wait_popup("the settings", "document.querySelector('#clipboard')?.value === '10'")
        .unwrap();
    // Nobody does anything for as long as the machine's rule says.
    browser.wait_screen("unlock", Duration::from_secs(45)).unwrap();
}

#[test]
fn firefox_shows_what_is_fixed() {
    let home = home();
    managed_storage(
        &home,
        &json!({"theme": "dark", "order": "name", "idle_s": 60, "on_sleep": true}),
    );
    let mut stage = Stage::in_home(Kind::Firefox, home).unwrap();
    let browser = stage.browser.as_mut();
    unlocked(browser, "document.documentElement.dataset.theme === 'dark'");
    settings(browser);
    let by = "Set by your organisation";
    for (id, value) in [
        ("#theme", json!("dark")),
        ("#order", json!("name")),
        ("#idle", json!("60")),
        ("#on-sleep", json!(true)),
    ] {
        assert_eq!(control(browser, id), json!([value, by]), "{id}");
    }
    assert_eq!(control(browser, "#language")[1], Value::Null);
    let arrange = browser.popup("document.querySelector('[data-do=arrange]')").unwrap();
    assert_eq!(arrange, Value::Null, "another order is fixed");
}

/// Firefox looks at no schema: a value of another kind gets as far as the host.
#[test]
fn firefox_says_that_what_is_fixed_can_not_be_read() {
    let home = home();
    managed_storage(&home, &json!({"idle_s": "60"}));
    let mut stage = Stage::in_home(Kind::Firefox, home).unwrap();
    let browser = stage.browser.as_mut();
    unlocked(browser, "document.readyState === 'complete'");
    settings(browser);
    browser.wait_popup("a word about it", "!!document.querySelector('.banner')").unwrap();
    assert_eq!(control(browser, "#idle"), json!(["900", "Set by your organisation"]));
}

fn managed_storage(home: &Home, data: &Value) {
    let folder = home.path().join(".mozilla/managed-storage");
    fs::create_dir_all(&folder).unwrap();
    let manifest = json!({
        "name": FIREFOX_ID, "description": "for a test", "type": "storage", "data": data,
    });
    fs::write(folder.join(format!("{FIREFOX_ID}.json")), manifest.to_string()).unwrap();
}
