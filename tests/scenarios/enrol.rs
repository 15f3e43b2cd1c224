//! "This site wants a second factor": the account comes from the page, and its first code goes back there.
//!
//! Never here: how a picture is read (`qr`).

use std::fs;

use qrcodegen::{QrCode, QrCodeEcc};
use tempfile::TempDir;
use tests::account::Account;
use tests::browser::Browser;
use tests::pages::Pages;
use tests::stage::{PASSWORD, Stage};
use tests::totp::now;
use tests::wait::{LONG, until};

use crate::KIND;

fn account(name: &str) -> Account {
    Account::plain("Harbour Light", name, format!("seed of the keeper {name}").as_bytes())
}

/// A QR code as a drawing.
fn drawn(text: &str) -> String {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
    let dark = |x, y| format!("M{x},{y}h1v1h-1z");
    let all = 0..code.size();
    let path: String = all
        .clone()
        .flat_map(|y| all.clone().map(move |x| (x, y)))
        .filter(|(x, y)| code.get_module(*x, *y))
        .map(|(x, y)| dark(x, y))
        .collect();
    let side = code.size() + 8;
    format!(
        "<svg width=220 height=220 viewBox='-4 -4 {side} {side}' style='background:#fff'><path d='{path}'/></svg>"
    )
}

fn page(inside: &str) -> (Pages, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let page = format!(
        "<!doctype html><meta charset=utf-8><title>Security</title><h1>Set up two-factor authentication</h1>\
         <p>Scan this code with your authenticator app.</p>{inside}\
         <p><label for=c>6-digit code from your app</label> <input id=c name=otp autocomplete=one-time-code></p>"
    );
    fs::write(folder.path().join("a.html"), page).unwrap();
    (Pages::serve(folder.path()).unwrap(), folder)
}

fn look(browser: &mut dyn Browser, url: &str) -> i64 {
    browser.open(url).unwrap();
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.click("[data-do=add]").unwrap();
    browser.wait_screen("add", LONG).unwrap();
    browser.click("[data-do=scan]").unwrap();
    browser.wait_screen("scan", LONG).unwrap();
    let looked = "!!document.querySelector('[data-do=enrol], [data-do=add]')";
    browser.wait_popup("what there is", looked).unwrap();
    browser.popup("document.querySelectorAll('.found').length").unwrap().as_i64().unwrap()
}

#[test]
fn a_qr_code_on_the_page_becomes_an_account_and_its_first_code_goes_in() {
    let keeper = account("keeper");
    let (pages, _folder) = page(&drawn(&keeper.uri()));
    let mut stage = Stage::unlocked(KIND, &[account("another")]).unwrap();
    let browser = stage.browser.as_mut();
    browser.close_popup().unwrap();
    assert_eq!(look(browser, &pages.url("a.html")), 1);
    let shown = browser.popup("document.querySelector('main').textContent").unwrap();
    let shown = shown.as_str().unwrap();
    assert!(shown.contains("Harbour Light") && shown.contains("keeper"), "{shown}");
    assert!(shown.contains("localhost"), "where it will be filled: {shown}");
    // Nothing is in the vault before somebody says so.
    let list = |stage: &Stage| {
        let list = stage.home.cli(&["list", "--password-stdin"], &format!("{PASSWORD}\n")).unwrap();
        String::from_utf8_lossy(&list.stdout).into_owned()
    };
    assert!(!list(&stage).contains("keeper"));
    let browser = stage.browser.as_mut();
    browser.click("[data-do=enrol]").unwrap();
    browser.wait_page("the first code", "document.querySelector('#c').value.length === 6").unwrap();
    let code = browser.page("document.querySelector('#c').value").unwrap();
    assert!(keeper.accepts(code.as_str().unwrap(), now()), "{code}");
    assert!(list(&stage).contains("keeper"));
    // And from then on the shortcut fills it there.
    let browser = stage.browser.as_mut();
    until("the popup to close", LONG, || Ok((!browser.popup_is_open()).then_some(()))).unwrap();
    assert_eq!(look(browser, &pages.url("a.html")), 1);
    let there = browser.popup("document.querySelector('.found').textContent").unwrap();
    assert!(there.as_str().unwrap().contains("already"), "{there}");
}

#[test]
fn every_code_and_link_on_the_page_is_found_once() {
    let (one, two, mut three) = (account("one"), account("two"), account("three"));
    three.issuer = "GitHub".into();
    let inside = format!(
        "{} &nbsp; &nbsp; {}<p><a href='{}'>Open in your app</a> <a href='{}' style='opacity:0'>x</a></p>",
        drawn(&one.uri()),
        drawn(&two.uri()),
        three.uri().replace('&', "&amp;"),
        account("unseen").uri().replace('&', "&amp;"),
    );
    let (pages, _folder) = page(&inside);
    let mut stage = Stage::unlocked(KIND, &[account("another")]).unwrap();
    let browser = stage.browser.as_mut();
    browser.close_popup().unwrap();
    assert_eq!(look(browser, &pages.url("a.html")), 3);
    // Their names are the page's word, which is not where GitHub is known to be.
    let warned = browser.popup("document.querySelector('.found .banner').textContent").unwrap();
    assert!(warned.as_str().unwrap().contains("github.com"), "{warned}");
    browser.click("[data-do=enrol]").unwrap();
    browser.wait_screen("list", LONG).unwrap();
    until("all of them in the list", LONG, || Ok((browser.rows()?.len() == 4).then_some(())))
        .unwrap();
}

#[test]
fn a_page_without_any_says_so() {
    let (pages, _folder) = page("<img alt=''>");
    let mut stage = Stage::unlocked(KIND, &[account("another")]).unwrap();
    let browser = stage.browser.as_mut();
    browser.close_popup().unwrap();
    assert_eq!(look(browser, &pages.url("a.html")), 0);
    let shown = browser.popup("document.querySelector('main').textContent").unwrap();
    assert!(shown.as_str().unwrap().contains("No QR code"), "{shown}");
}

#[test]
fn recovery_codes_that_are_selected_on_the_page_are_kept_and_ticked() {
    let folder = tempfile::tempdir().unwrap();
    let page = "<!doctype html><meta charset=utf-8><title>Saved</title><h1>Keep these safe</h1>\
        <ol id=l><li>abcd-efgh-1</li><li>ijkl-mnop-2</li><li>qrst-uvwx-3</li></ol>";
    fs::write(folder.path().join("a.html"), page).unwrap();
    let pages = Pages::serve(folder.path()).unwrap();
    let mut stage = Stage::unlocked(KIND, &[account("keeper")]).unwrap();
    let browser = stage.browser.as_mut();
    browser.close_popup().unwrap();
    browser.open(&pages.url("a.html")).unwrap();
    browser.page("(getSelection().selectAllChildren(document.querySelector('#l')), true)").unwrap();
    let edit = |browser: &mut dyn Browser| {
        browser.open_popup().unwrap();
        browser.wait_screen("list", LONG).unwrap();
        browser.click("[data-do=menu]").unwrap();
        browser.click("#menu [data-do=edit]").unwrap();
        browser.wait_screen("edit", LONG).unwrap();
    };
    let save = |browser: &mut dyn Browser| {
        browser.click("[data-do=submit]").unwrap();
        browser.wait_screen("list", LONG).unwrap();
        browser.close_popup().unwrap();
    };
    edit(browser);
    browser.click("[data-do=select]").unwrap();
    let taken = "document.querySelector('#new-spares').value.includes('qrst-uvwx-3')";
    browser.wait_popup("what is selected", taken).unwrap();
    save(browser);
    edit(browser);
    let three = "document.querySelectorAll('.spare input:not(:checked)').length === 3";
    browser.wait_popup("three codes", three).unwrap();
    let names = "[...document.querySelectorAll('.spare label')].map(e => e.textContent).join()";
    assert_eq!(browser.popup(names).unwrap(), "abcd-efgh-1,ijkl-mnop-2,qrst-uvwx-3");
    browser.click("#spare-1").unwrap();
    save(browser);
    edit(browser);
    let one = "document.querySelectorAll('.spare input:checked').length === 1 && document.querySelector('#spare-1').checked";
    browser.wait_popup("the tick", one).unwrap();
    browser.close_popup().unwrap();
    // In the vault they lie sealed, and in the list of accounts they are not.
    let vault = fs::read(stage.home.vault()).unwrap();
    assert!(!vault.windows(9).any(|bytes| bytes == b"abcd-efgh"));
    let list = stage.home.cli(&["list", "--json", "--password-stdin"], &format!("{PASSWORD}\n"));
    assert!(!String::from_utf8_lossy(&list.unwrap().stdout).contains("abcd-efgh"));
}

/// The same drawing as an image, so small on the page that only its own pixels can be read.
fn small(text: &str) -> String {
    // As an image it is XML.
    let drawing = drawn(text).replace(
        "<svg width=220 height=220 ",
        "<svg xmlns='http://www.w3.org/2000/svg' width='220' height='220' ",
    );
    let drawing = drawing.replace('#', "%23").replace('<', "%3C").replace('>', "%3E");
    format!("<img id=small width=24 height=24 alt='' src=\"data:image/svg+xml,{drawing}\">")
}

/// Waits for the popup that the context menu opened, and for what it found.
fn found(browser: &mut dyn Browser) -> i64 {
    until("the popup by itself", LONG, || Ok(browser.catch_popup()?.then_some(()))).unwrap();
    browser.wait_screen("scan", LONG).unwrap();
    browser.wait_popup("what there is", "!!document.querySelector('[data-do=enrol]')").unwrap();
    browser.popup("document.querySelectorAll('.found').length").unwrap().as_i64().unwrap()
}

#[test]
fn the_context_menu_adds_what_the_page_shows_or_one_picture_of_it() {
    let inside = format!(
        "{} &nbsp; {}<p id=plain>Or type it in.</p>",
        drawn(&account("keeper").uri()),
        small(&account("mouse").uri())
    );
    let (pages, _folder) = page(&inside);
    let mut stage = Stage::unlocked(KIND, &[account("another")]).unwrap();
    let browser = stage.browser.as_mut();
    browser.close_popup().unwrap();
    browser.open(&pages.url("a.html")).unwrap();
    browser.context_menu("#plain", "Add an account from this page").unwrap();
    assert_eq!(found(browser), 1);
    let name = "document.querySelector('.found').textContent";
    assert!(browser.popup(name).unwrap().as_str().unwrap().contains("keeper"));
    browser.close_popup().unwrap();
    browser.context_menu("#small", "Add the account in this picture").unwrap();
    assert_eq!(found(browser), 1);
    assert!(browser.popup(name).unwrap().as_str().unwrap().contains("mouse"));
    browser.click("[data-do=enrol]").unwrap();
    browser.wait_page("the first code", "document.querySelector('#c').value.length === 6").unwrap();
}
