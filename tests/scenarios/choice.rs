//! "It does not know which": the field, or the account; and then it does.
//!
//! The accounts count (RFC 4226), so that no fill waits for a fresh code.

use std::fs;

use tempfile::TempDir;
use tests::browser::Browser;
use tests::home::Home;
use tests::pages::Pages;
use tests::stage::{PASSWORD, Stage};
use tests::wait::{LONG, until};

use crate::KIND;

const FORM: &str = "<!doctype html><title>Sign in</title><h1>Two-factor authentication</h1>\
    <label for=c>6-digit code from your app</label><input id=c name=otp autocomplete=one-time-code>";

/// A vault with these accounts, all linked to the pages' site, unlocked; the popup closed.
fn stage(labels: &[&str], files: &[(&str, &str)]) -> (Stage, Pages, TempDir) {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let uri = |label: &&str| {
        format!(
            "otpauth://hotp/Mole:{label}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mole&counter={}",
            label.len()
        )
    };
    home.fill_vault(PASSWORD, &labels.iter().map(uri).collect::<Vec<_>>()).unwrap();
    for label in labels {
        home.link(PASSWORD, label, "localhost").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let pages = Pages::serve(folder.path()).unwrap();
    let mut stage = Stage::in_home(KIND, home).unwrap();
    stage.browser.open_popup().unwrap();
    stage.browser.unlock(PASSWORD).unwrap();
    stage.browser.close_popup().unwrap();
    (stage, pages, folder)
}

/// Waits for the popup that opens by itself.
fn caught(browser: &mut dyn Browser) {
    until("the popup by itself", LONG, || Ok(browser.catch_popup()?.then_some(()))).unwrap();
    browser.wait_screen("list", LONG).unwrap();
}

const FILLED: &str = "document.querySelector('#c').value.length === 6";

#[test]
fn a_doubtful_field_is_asked_about_once() {
    let doubtful = "<!doctype html><title>Portal</title><form><label for=c>Access code</label>\
        <input id=c name=code></form>";
    let (mut stage, pages, _folder) = stage(&["mole"], &[("a.html", doubtful)]);
    let browser = stage.browser.as_mut();
    browser.open(&pages.url("a.html")).unwrap();
    browser.press("alt+shift+o").unwrap();
    caught(browser);
    browser.wait_popup("the question", "!!document.querySelector('#unsure')").unwrap();
    assert_eq!(browser.page("document.querySelector('#c').value").unwrap(), "");
    browser.click("#unsure [data-do=point]").unwrap();
    browser.wait_page("the frame around it", "document.getAnimations().length > 0").unwrap();
    assert_eq!(browser.page("document.querySelector('#c').hasAttribute('style')").unwrap(), false);
    browser.click("#unsure [data-do=certain]").unwrap();
    browser.wait_page("the code", FILLED).unwrap();
    until("the popup to close by itself", LONG, || Ok((!browser.popup_is_open()).then_some(())))
        .unwrap();
    // From then on it is known.
    browser.open("about:blank").unwrap();
    browser.open(&pages.url("a.html")).unwrap();
    browser.press("alt+shift+o").unwrap();
    browser.wait_page("the code at once", FILLED).unwrap();
    assert!(!browser.popup_is_open());
}

#[test]
fn where_no_field_asks_for_a_code_the_one_with_the_cursor_is_offered() {
    let silent =
        "<!doctype html><title>Portal</title><p>Hello.</p><input id=b><input id=c autofocus>";
    let (mut stage, pages, _folder) = stage(&["mole"], &[("a.html", silent)]);
    let browser = stage.browser.as_mut();
    browser.open(&pages.url("a.html")).unwrap();
    browser.page("(document.querySelector('#c').focus(), true)").unwrap();
    browser.press("alt+shift+o").unwrap();
    caught(browser);
    browser.wait_popup("the offer", "!!document.querySelector('#unsure')").unwrap();
    browser.click("#unsure [data-do=certain]").unwrap();
    browser.wait_page("the code", FILLED).unwrap();
    assert_eq!(browser.page("document.querySelector('#b').value").unwrap(), "");
}

#[test]
fn of_several_accounts_the_one_that_the_page_names_is_taken() {
    let named = format!("{FORM}<p>Signed in as mole-two@example.com</p>");
    let files = [("plain.html", FORM), ("named.html", named.as_str())];
    let (mut stage, pages, _folder) = stage(&["mole@example.com", "mole-two@example.com"], &files);
    let browser = stage.browser.as_mut();
    browser.open(&pages.url("plain.html")).unwrap();
    browser.press("alt+shift+o").unwrap();
    caught(browser);
    browser
        .wait_popup("the choice", "document.querySelectorAll('#which [data-do=fill]').length === 2")
        .unwrap();
    browser.click("#which [data-do=fill]").unwrap();
    browser.wait_page("the code", FILLED).unwrap();
    browser.open(&pages.url("named.html")).unwrap();
    browser.press("alt+shift+o").unwrap();
    browser.wait_page("the code without a question", FILLED).unwrap();
}
