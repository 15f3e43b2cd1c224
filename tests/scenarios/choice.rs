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

const DOUBTFUL: &str = "<!doctype html><title>Portal</title><form><label for=c>Access code</label>\
    <input id=c name=code></form>";

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
    let (mut stage, pages, _folder) = stage(&["mole"], &[("a.html", DOUBTFUL)]);
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
    // Also in another session: the vault remembers it, not the browser.
    #[cfg(unix)]
    {
        stage.home.kill_hosts();
        browser.open("about:blank").unwrap();
        browser.open(&pages.url("a.html")).unwrap();
        browser.open_popup().unwrap();
        browser.unlock(PASSWORD).unwrap();
        browser.close_popup().unwrap();
        browser.press("alt+shift+o").unwrap();
        browser.wait_page("the code in another session", FILLED).unwrap();
        assert!(!browser.popup_is_open());
    }
}

#[test]
fn a_doubtful_field_is_asked_about_once_although_an_account_is_chosen_in_between() {
    let (mut stage, pages, _folder) = stage(&["anna", "bruno"], &[("a.html", DOUBTFUL)]);
    let browser = stage.browser.as_mut();
    browser.open(&pages.url("a.html")).unwrap();
    browser.press("alt+shift+o").unwrap();
    caught(browser);
    browser.wait_popup("the question", "!!document.querySelector('#unsure')").unwrap();
    browser.click("#unsure [data-do=certain]").unwrap();
    browser.wait_popup("the accounts", "!!document.querySelector('#which .item')").unwrap();
    assert_eq!(browser.page("document.querySelector('#c').value").unwrap(), "");
    browser.click("#which .item").unwrap();
    browser.wait_page("the code without another question", FILLED).unwrap();
    until("the popup to close by itself", LONG, || Ok((!browser.popup_is_open()).then_some(())))
        .unwrap();
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

#[test]
fn of_several_accounts_the_one_of_the_page_before_is_taken_if_its_address_has_it() {
    let login = "<!doctype html><title>Sign in</title><script>\
        history.replaceState(null, '', '?login_hint=mole-two%40example.com');\
        setTimeout(() => location.assign('plain.html'), 300)</script>";
    let files = [("login.html", login), ("plain.html", FORM)];
    let (mut stage, pages, _folder) = stage(&["mole@example.com", "mole-two@example.com"], &files);
    let browser = stage.browser.as_mut();
    browser.go(&pages.url("login.html")).unwrap();
    browser.wait_page("the page after it", "location.pathname === '/plain.html'").unwrap();
    browser.press("alt+shift+o").unwrap();
    browser.wait_page("the code without a question", FILLED).unwrap();
}

#[test]
fn of_several_accounts_the_last_one_is_offered_first() {
    let (mut stage, pages, _folder) = stage(&["mole-a", "mole-bb"], &[("a.html", FORM)]);
    let browser = stage.browser.as_mut();
    let first = "document.querySelector('#which [data-do=fill]').textContent";
    let mut before = serde_json::Value::Null;
    for round in 0..3 {
        browser.open(&pages.url("a.html")).unwrap();
        browser.press("alt+shift+o").unwrap();
        caught(browser);
        let shown = "document.querySelectorAll('#which [data-do=fill]').length === 2";
        browser.wait_popup("the choice", shown).unwrap();
        let names = "[...document.querySelectorAll('#which [data-do=fill]')].every(b => /mole/.test(b.textContent))";
        browser.wait_popup("their names", names).unwrap();
        if round > 0 {
            assert_eq!(browser.popup(first).unwrap(), before);
        }
        // The other one, each time.
        let second = "document.querySelectorAll('#which [data-do=fill]')[1].textContent";
        before = browser.popup(second).unwrap();
        browser
            .popup("(document.querySelectorAll('#which [data-do=fill]')[1].click(), true)")
            .unwrap();
        browser.wait_page("the code", FILLED).unwrap();
        until("the popup to close", LONG, || Ok((!browser.popup_is_open()).then_some(()))).unwrap();
    }
}

#[test]
fn a_form_is_sent_on_the_site_that_is_ticked() {
    let form = "<!doctype html><title>Sign in</title><h1>Two-factor authentication</h1><form \
        onsubmit='document.title = \"sent\"; return false'><label for=c>6-digit code from your app</label>\
        <input id=c name=otp autocomplete=one-time-code><button>Verify</button></form>";
    let (mut stage, pages, _folder) = stage(&["mole"], &[("a.html", form)]);
    let browser = stage.browser.as_mut();
    browser.open(&pages.url("a.html")).unwrap();
    browser.press("alt+shift+o").unwrap();
    browser.wait_page("the code", FILLED).unwrap();
    assert_eq!(browser.page("document.title").unwrap(), "Sign in");
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.click("[data-do=menu]").unwrap();
    browser.click("#menu [data-do=edit]").unwrap();
    browser.wait_screen("edit", LONG).unwrap();
    let sites = "[...document.querySelectorAll('#sends label')].map(e => e.textContent).join()";
    assert_eq!(browser.popup(sites).unwrap(), "localhost");
    browser.popup("(document.querySelector('#send-0').click(), true)").unwrap();
    browser.click("[data-do=submit]").unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.close_popup().unwrap();
    browser.open(&pages.url("a.html")).unwrap();
    browser.press("alt+shift+o").unwrap();
    browser.wait_page("the form to be sent", "document.title === 'sent'").unwrap();
}
