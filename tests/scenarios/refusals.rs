//! "No code goes there": where, and what a person reads about it.
//!
//! Never here: pages that try to get the code by tricks (`fill`).

use std::fs;

use tempfile::TempDir;
use tests::browser::Browser;
use tests::home::Home;
use tests::pages::{Pages, at};
use tests::stage::{PASSWORD, Stage};
use tests::wait::{LONG, until};

use crate::KIND;

const FORM: &str = "<!doctype html><title>Sign in</title><h1>Two-factor authentication</h1>\
    <label for=c>6-digit code from your app</label><input id=c name=otp autocomplete=one-time-code>";

/// An account of an issuer, with these sites; the popup closed.
fn stage(issuer: &str, sites: &str, files: &[(&str, &str)]) -> (Stage, Pages, TempDir) {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let uri = format!(
        "otpauth://hotp/{issuer}:mole?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer={issuer}&counter=0"
    );
    home.fill_vault(PASSWORD, &[uri]).unwrap();
    if !sites.is_empty() {
        home.link(PASSWORD, "mole", sites).unwrap();
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

/// Presses the shortcut and gives back what the popup says that opens upon it, its bold words in brackets.
fn refused(browser: &mut dyn Browser, url: &str) -> String {
    browser.open(url).unwrap();
    browser.press("alt+shift+o").unwrap();
    until("the popup by itself", LONG, || Ok(browser.catch_popup()?.then_some(()))).unwrap();
    browser.wait_screen("list", LONG).unwrap();
    let said = said(browser);
    assert_eq!(browser.page("document.querySelector('#c')?.value ?? ''").unwrap(), "");
    said
}

fn said(browser: &mut dyn Browser) -> String {
    let text = "[...document.querySelectorAll('[role=alert], [role=dialog]')]\
        .map(e => e.innerHTML.replaceAll('<b>', '[').replaceAll('</b>', ']').replace(/<[^>]*>/g, ' ')).join(' ').trim()";
    let mut said = String::new();
    until("a reason", LONG, || {
        said = browser.popup(text)?.as_str().unwrap_or_default().to_owned();
        Ok((!said.is_empty()).then_some(()))
    })
    .unwrap();
    said
}

#[test]
fn a_site_that_looks_almost_right_is_shown_beside_the_right_one() {
    let (mut stage, pages, _folder) = stage("Mole", "github.localhost", &[("a.html", FORM)]);
    let browser = stage.browser.as_mut();
    browser.open(&at(&pages.url("a.html"), "login.githuh.localhost")).unwrap();
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.click("[data-do=menu]").unwrap();
    browser.click("#menu [data-do=link]").unwrap();
    let said = said(browser);
    assert!(said.contains("githu[b].localhost") && said.contains("githu[h].localhost"), "{said}");
    assert_eq!(browser.page("document.querySelector('#c').value").unwrap(), "");
    browser.close_popup().unwrap();
    // And where it belongs, it is filled.
    browser.open(&at(&pages.url("a.html"), "login.github.localhost")).unwrap();
    browser.press("alt+shift+o").unwrap();
    let filled = "document.querySelector('#c').value.length === 6";
    browser.wait_page("the code where it belongs", filled).unwrap();
}

#[test]
fn a_domain_of_mixed_alphabets_gets_nothing() {
    let (mut stage, pages, _folder) = stage("Mole", "", &[("a.html", FORM)]);
    let browser = stage.browser.as_mut();
    browser.open(&at(&pages.url("a.html"), "xn--pypal-4ve.localhost")).unwrap();
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.click("[data-do=menu]").unwrap();
    // No link is offered there.
    assert_eq!(browser.popup("!!document.querySelector('#menu [data-do=link]')").unwrap(), false);
    browser.click("#menu [data-do=cancel]").unwrap();
    browser.close_popup().unwrap();
    let said = refused(browser, &at(&pages.url("a.html"), "xn--pypal-4ve.localhost"));
    assert!(said.contains("pаypal.localhost") && said.contains("xn--pypal-4ve"), "{said}");
}

#[test]
fn a_page_without_encryption_gets_nothing() {
    let (mut stage, pages, _folder) = stage("Mole", "plain.test", &[("a.html", FORM)]);
    let said = refused(stage.browser.as_mut(), &at(&pages.url("a.html"), "plain.test"));
    assert!(said.contains("not encrypted"), "{said}");
}

#[test]
fn a_frame_of_another_site_gets_nothing_and_both_are_named() {
    let top = "<!doctype html><title>Shop</title><p>Please confirm.</p>\
        <script>const frame = document.createElement('iframe'); frame.width = 600; frame.height = 300;\
        frame.src = location.href.replace('top.html', 'a.html').replace('shop.', 'bank.');\
        document.body.append(frame)</script>";
    let (mut stage, pages, _folder) =
        stage("Mole", "bank.localhost", &[("top.html", top), ("a.html", FORM)]);
    let said = refused(stage.browser.as_mut(), &at(&pages.url("top.html"), "shop.localhost"));
    assert!(said.contains("bank.localhost"), "{said}");
}

#[test]
fn a_field_under_something_else_gets_nothing() {
    let covered = format!(
        "{FORM}<div style='position:fixed;inset:0;background:#fff'><p>Win a prize: press the keys.</p></div>"
    );
    let (mut stage, pages, _folder) = stage("Mole", "localhost", &[("a.html", &covered)]);
    let said = refused(stage.browser.as_mut(), &pages.url("a.html"));
    assert!(said.contains("lies over it"), "{said}");
}

#[test]
fn a_known_issuers_account_without_a_site_is_offered_and_warned_of_elsewhere() {
    let (mut stage, pages, _folder) = stage("GitHub", "", &[("a.html", FORM)]);
    let browser = stage.browser.as_mut();
    browser.open(&at(&pages.url("a.html"), "githuh.localhost")).unwrap();
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.click("[data-do=menu]").unwrap();
    browser.click("#menu [data-do=link]").unwrap();
    browser.wait_popup("the offer", "!!document.querySelector('#offer')").unwrap();
    let said = said(browser);
    assert!(said.contains("github.[com]") || said.contains("[github.com]"), "{said}");
    // Whoever presses Enter gives nothing away.
    let focus = "document.activeElement.dataset.do";
    browser.wait_popup("the focus", &format!("{focus} === 'cancel'")).unwrap();
    browser.click("#offer [data-do=cancel]").unwrap();
    assert_eq!(browser.page("document.querySelector('#c').value").unwrap(), "");
}
