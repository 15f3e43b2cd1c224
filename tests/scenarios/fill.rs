//! "Put the code into this page."

use tests::account::Account;
use tests::browser::Browser;
use tests::login_page::LoginPage;
use tests::stage::{PASSWORD, Stage};
use tests::wait::LONG;

use crate::KIND;

fn account() -> Account {
    Account::plain("Harbour Light", "keeper", b"12345678901234567890")
}

fn accepted(browser: &mut dyn Browser) {
    browser.page("(document.querySelector('#go').click(), true)").unwrap();
    browser.wait_page("the verdict", "!!document.querySelector('#verdict')").unwrap();
    let verdict = browser.page("document.querySelector('#verdict').textContent").unwrap();
    assert_eq!(verdict, "accepted");
}

#[test]
fn a_code_goes_into_a_field_after_the_site_was_linked() {
    let page = LoginPage::open(account()).unwrap();
    let mut stage = Stage::new(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    browser.open(&page.single()).unwrap();
    browser.open_popup().unwrap();
    browser.unlock(PASSWORD).unwrap();
    let id = browser.rows().unwrap()[0].id.clone();
    browser.fill(&id).unwrap();
    browser.wait_page("the code", "document.querySelector('#code').value.length === 6").unwrap();
    accepted(browser);
}

#[test]
fn a_code_goes_into_boxes_digit_by_digit() {
    let page = LoginPage::open(account()).unwrap();
    let mut stage = Stage::new(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    browser.open(&page.split()).unwrap();
    browser.open_popup().unwrap();
    browser.unlock(PASSWORD).unwrap();
    let id = browser.rows().unwrap()[0].id.clone();
    browser.fill(&id).unwrap();
    browser
        .wait_page(
            "a digit in each box",
            "[...document.querySelectorAll('.boxes input')].every(b => b.value.length === 1)",
        )
        .unwrap();
    accepted(browser);
}

#[test]
fn the_shortcut_fills_without_a_popup() {
    let page = LoginPage::open(account()).unwrap();
    let mut stage = Stage::new(KIND, &[account()]).unwrap();
    stage.home.link(PASSWORD, "keeper", "localhost").unwrap();
    let browser = stage.browser.as_mut();
    browser.open(&page.single()).unwrap();
    browser.open_popup().unwrap();
    browser.unlock(PASSWORD).unwrap();
    browser.close_popup().unwrap();
    browser.press("alt+shift+o").unwrap();
    browser.wait_page("the code", "document.querySelector('#code').value.length === 6").unwrap();
    accepted(browser);
}

#[test]
fn nothing_goes_into_a_page_without_a_gesture() {
    let page = LoginPage::open(account()).unwrap();
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    stage.home.link(PASSWORD, "keeper", "localhost").unwrap();
    let browser = stage.browser.as_mut();
    browser.close_popup().unwrap();
    browser.open(&page.single()).unwrap();
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    // The account is there with its Fill button: everything was ready, and nothing was done.
    browser.wait_popup("the Fill button", "!!document.querySelector('[data-do=fill]')").unwrap();
    assert_eq!(browser.page("document.querySelector('#code').value").unwrap(), "");
    assert_eq!(browser.page("document.scripts.length").unwrap(), 0);
}
