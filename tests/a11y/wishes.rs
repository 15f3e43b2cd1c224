//! What a person has told the system about how pages should look.
//!
//! Never here: what the keyboard and the screen reader find.

use serde_json::{Value, json};
use tests::account::Account;
use tests::browser::{Browser, Kind};
use tests::chromium::Chromium;
use tests::desktop::Desktop;
use tests::home::Home;
use tests::stage::{PASSWORD, built_extension};
use tests::wait::LONG;

/// A token of the style sheet.
fn token(browser: &mut Chromium, name: &str) -> String {
    let script = format!("getComputedStyle(document.documentElement).getPropertyValue('{name}')");
    browser.popup(&script).unwrap().as_str().unwrap().to_owned()
}

fn theme(browser: &mut Chromium) -> Value {
    browser.popup("document.documentElement.dataset.theme").unwrap()
}

#[test]
fn more_contrast_and_the_systems_theme_are_given_in_light_and_in_dark() {
    let accounts = [Account::plain("Harbour Light", "keeper@example.com", &[1; 20])];
    let home = Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &accounts).unwrap();
    home.register_chromium(home.host()).unwrap();
    let extension = built_extension(Kind::Chromium);
    let desktop = Desktop::start().unwrap();
    let mut browser = Chromium::start(&home, Some(desktop), &[&extension]).unwrap();
    browser.open_popup().unwrap();
    browser.unlock(PASSWORD).unwrap();
    browser.wait_screen("list", LONG).unwrap();
    for scheme in ["light", "dark"] {
        for contrast in ["no-preference", "more"] {
            let media = [("prefers-color-scheme", scheme), ("prefers-contrast", contrast)];
            browser.emulate(&media, None).unwrap();
            let wears = format!("document.documentElement.dataset.theme === '{scheme}'");
            browser.wait_popup("the system's theme", &wears).unwrap();
            let text = token(&mut browser, "--text");
            for name in ["--faint", "--line"] {
                let plain = token(&mut browser, name) == text;
                assert_eq!(plain, contrast == "more", "{name} in {scheme}");
            }
        }
    }
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    for (chosen, worn) in [("light", "light"), ("dark", "dark"), ("system", "dark")] {
        browser.enter("#theme", "light").unwrap();
        browser.enter("#theme", chosen).unwrap();
        assert_eq!(theme(&mut browser), json!(worn), "{chosen}");
    }
}
