//! "These, and not the others": a row of accounts by its ends, and what leaves the vault of them.

use std::fs;

use serde_json::json;
use tests::account::Account;
use tests::browser::Browser;
use tests::stage::{PASSWORD, Stage};
use tests::wait::{LONG, until};

use crate::KIND;

fn accounts() -> Vec<Account> {
    (1..=5).map(|n| Account::plain(&format!("Tide {n}"), "keeper", &[n; 20])).collect()
}

fn several() -> Stage {
    let mut stage = Stage::unlocked(KIND, &accounts()).unwrap();
    let browser = stage.browser.as_mut();
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.click("[data-do=several]").unwrap();
    browser.wait_screen("several", LONG).unwrap();
    browser.wait_popup("five lines", "document.querySelectorAll('.mark').length === 5").unwrap();
    stage
}

/// Waits until these are chosen, each by the number in its name.
fn chosen(browser: &mut dyn Browser, wanted: &str) {
    let marked = "[...document.querySelectorAll('.mark:checked')] \
        .map(m => m.closest('li').querySelector('.issuer').textContent.slice(5)).join('')";
    let mut last = json!(null);
    until("the choice", LONG, || {
        last = browser.popup(marked)?;
        Ok((last == wanted).then_some(()))
    })
    .unwrap_or_else(|error| panic!("{error:#}: {last} instead of {wanted}"));
}

/// A click on a line, on its box or beside it, with Shift.
fn shift_click(browser: &mut dyn Browser, line: u32, part: &str) {
    let script = format!(
        "(document.querySelector('.lines li:nth-child({line}) {part}') \
           .dispatchEvent(new MouseEvent('click', {{bubbles: true, cancelable: true, shiftKey: true}})), true)"
    );
    browser.popup(&script).unwrap();
}

#[test]
fn a_row_is_chosen_with_shift_by_the_mouse_and_by_the_keys() {
    let mut stage = several();
    let browser = stage.browser.as_mut();
    browser.click(".lines li:nth-child(2) .mark").unwrap();
    chosen(browser, "2");
    shift_click(browser, 4, ".mark");
    chosen(browser, "234");
    shift_click(browser, 5, ".issuer");
    chosen(browser, "2345");
    browser.click(".lines li:nth-child(3) .mark").unwrap();
    chosen(browser, "245");
    shift_click(browser, 4, ".mark");
    chosen(browser, "25");
    for _ in 0..2 {
        browser.click("[data-do=mark-all]").unwrap();
    }
    chosen(browser, "");

    browser.focus_popup().unwrap();
    browser
        .popup("(document.querySelector('.lines li:nth-child(1) .mark').focus(), true)")
        .unwrap();
    browser.press("Down").unwrap();
    browser.press("shift+Down").unwrap();
    browser.press("shift+Down").unwrap();
    chosen(browser, "234");
    browser.press("shift+Up").unwrap();
    chosen(browser, "23");
    browser.press("Up").unwrap();
    browser.press("space").unwrap();
    chosen(browser, "3");
}

#[test]
fn what_is_chosen_is_exported_and_nothing_else() {
    let mut stage = several();
    let browser = stage.browser.as_mut();
    browser.click(".lines li:nth-child(2) .mark").unwrap();
    shift_click(browser, 3, ".issuer");
    chosen(browser, "23");
    browser.click("[data-do=export-marked]").unwrap();
    // The tab that opened, in the one that is looked at.
    let page = until("the desk", LONG, || {
        Ok(browser.tabs()?.into_iter().find(|tab| tab.contains("desk.html#export/")))
    })
    .unwrap();
    assert_eq!(page.split_once("#export/").unwrap().1.len(), 32 + 1 + 32, "ids and nothing else");
    browser.open(&page).unwrap();
    let form = "document.querySelector('#export-form') !== null";
    browser.wait_page("the form", form).unwrap();
    let said = browser.page("document.querySelector('.hint').textContent").unwrap();
    assert!(said.as_str().unwrap().contains("Chosen accounts: 2."), "{said}");
    let fill = format!(
        "(() => {{ document.querySelector('#format').value = 'otpauth'; \
           document.querySelector('#format').dispatchEvent(new Event('change', {{bubbles: true}})); \
           document.querySelector('#master').value = {}; \
           document.querySelector('#export-form [data-do=submit]').click(); return true; }})()",
        json!(PASSWORD)
    );
    browser.page(&fill).unwrap();
    browser.wait_page("the file", "document.querySelector('#path') !== null").unwrap();
    let path = browser.page("document.querySelector('#path').textContent").unwrap();
    let list = fs::read_to_string(path.as_str().unwrap()).unwrap();
    let names: Vec<&str> = list.lines().map(|uri| &uri[15..23]).collect();
    assert_eq!(names, ["Tide%202", "Tide%203"]);
    drop(stage);
}
