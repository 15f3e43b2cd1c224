//! Errands without a mouse, by real keys on a real display.

use anyhow::Result;
use serde_json::json;
use tests::account::Account;
use tests::browser::{Browser, Kind};
use tests::login_page::LoginPage;
use tests::stage::{PASSWORD, Stage};
use tests::wait::LONG;

/// What has the keyboard: its name or what it does, and whether one can see that.
const FOCUSED: &str = "(() => { const e = document.activeElement; const s = getComputedStyle(e); \
    return {who: e.id || e.dataset.do || e.tagName, \
      seen: (s.outlineStyle !== 'none' && s.outlineWidth !== '0px') || s.boxShadow !== 'none'}; })()";

fn type_in(browser: &mut dyn Browser, text: &str) -> Result<()> {
    browser.desktop().expect("a display of ours").write(text)
}

fn focused(browser: &mut dyn Browser) -> String {
    let told = browser.popup(FOCUSED).unwrap();
    assert_eq!(told["seen"], json!(true), "nobody sees that {told} has the keyboard");
    told["who"].as_str().unwrap().to_owned()
}

/// Leaves what is open. In Firefox, Escape closes the whole popup before the popup hears of it.
fn leave(browser: &mut dyn Browser, by: &str) {
    if browser.kind() == Kind::Chromium {
        return browser.press("Escape").unwrap();
    }
    for _ in 0..20 {
        // At first nothing may have it, which nobody need see.
        if browser.popup(FOCUSED).unwrap()["who"] == by {
            assert_eq!(focused(browser), by);
            return browser.press("Return").unwrap();
        }
        browser.press("Tab").unwrap();
    }
    panic!("Tab does not come to {by}");
}

fn unlocked_by_keys(kind: Kind) -> Stage {
    let accounts = [
        Account::plain("Harbour Light", "keeper@example.com", &[1; 20]),
        Account::plain("Gift Shop", "reader", &[2; 20]),
    ];
    let mut stage = Stage::new(kind, &accounts).unwrap();
    let browser = stage.browser.as_mut();
    browser.open_popup().unwrap();
    browser.focus_popup().unwrap();
    browser.wait_screen("unlock", LONG).unwrap();
    browser
        .wait_popup(
            "the password to have the keyboard",
            "document.activeElement?.id === 'password'",
        )
        .unwrap();
    assert_eq!(focused(browser), "password");
    type_in(browser, PASSWORD).unwrap();
    browser.press("Return").unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.rows().unwrap();
    stage
}

fn a_code_is_found_and_copied(kind: Kind) {
    let mut stage = unlocked_by_keys(kind);
    let browser = stage.browser.as_mut();
    assert_eq!(focused(browser), "search");
    type_in(browser, "gift").unwrap();
    browser
        .wait_popup("one row", "document.querySelectorAll('[data-account]').length === 1")
        .unwrap();
    browser.press("Return").unwrap();
    browser
        .wait_popup("the news", "document.querySelector('#toast[role=status]').textContent !== ''")
        .unwrap();
    if kind == Kind::Firefox {
        browser.press("ctrl+a").unwrap();
        browser.press("BackSpace").unwrap();
    } else {
        browser.press("Escape").unwrap();
    }
    browser
        .wait_popup("all rows", "document.querySelectorAll('[data-account]').length === 2")
        .unwrap();
}

fn every_control_is_reached_and_seen(kind: Kind) {
    let mut stage = unlocked_by_keys(kind);
    let browser = stage.browser.as_mut();
    let mut seen = vec![focused(browser)];
    for _ in 0..8 {
        browser.press("Tab").unwrap();
        seen.push(focused(browser));
    }
    for wanted in ["search", "add", "lock", "settings", "copy", "menu"] {
        assert!(seen.iter().any(|who| who == wanted), "Tab does not come to {wanted}: {seen:?}");
    }
}

fn the_list_of_keys_comes_and_goes(kind: Kind) {
    let mut stage = unlocked_by_keys(kind);
    let browser = stage.browser.as_mut();
    type_in(browser, "?").unwrap();
    browser.wait_screen("help", LONG).unwrap();
    leave(browser, "back");
    browser.wait_screen("list", LONG).unwrap();
    assert_eq!(focused(browser), "search");
}

fn a_menu_takes_the_keyboard_and_gives_it_back(kind: Kind) {
    let mut stage = unlocked_by_keys(kind);
    let browser = stage.browser.as_mut();
    // The style sheet goes by it: a popup is as large as its page, a window is not.
    let popup =
        "document.documentElement.dataset.in === 'popup' && document.body.offsetHeight === 560";
    assert_eq!(browser.popup(popup).unwrap(), json!(true), "a popup knows what it is");
    browser.press("Down").unwrap();
    browser
        .wait_popup("a row to have the keyboard", "document.activeElement?.dataset.do === 'copy'")
        .unwrap();
    assert_eq!(focused(browser), "copy");
    browser.press("Tab").unwrap();
    assert_eq!(focused(browser), "menu");
    browser.press("Return").unwrap();
    browser.wait_popup("the menu", "!!document.activeElement?.closest('#menu')").unwrap();
    for _ in 0..12 {
        browser.press("Tab").unwrap();
        let inside = "!document.activeElement || document.activeElement === document.body \
            || !document.activeElement.closest('main')";
        assert_eq!(
            browser.popup(inside).unwrap(),
            json!(true),
            "what lies under a menu can't be reached"
        );
    }
    leave(browser, "cancel");
    let again = "document.activeElement?.dataset.do === 'copy'";
    browser.wait_popup("the row to have it again", again).unwrap();
    // The key for what a right click does.
    browser.press("shift+F10").unwrap();
    browser.wait_popup("the menu", "!!document.activeElement?.closest('#menu')").unwrap();
    for (key, who) in [("End", "cancel"), ("Up", "delete"), ("Home", "copy"), ("Down", "favourite")]
    {
        browser.press(key).unwrap();
        assert_eq!(focused(browser), who, "after {key}");
    }
}

/// What is not linked to the page yet is asked about; the key that chose it in the menu is still down then.
fn a_held_enter_answers_no_question(kind: Kind) {
    let login = LoginPage::open(Account::plain("Gift Shop", "reader", &[2; 20])).unwrap();
    let mut stage = Stage::new(kind, &[Account::plain("Gift Shop", "reader", &[2; 20])]).unwrap();
    let browser = stage.browser.as_mut();
    browser.open(&login.single()).unwrap();
    browser.open_popup().unwrap();
    browser.focus_popup().unwrap();
    browser.unlock(PASSWORD).unwrap();
    browser.rows().unwrap();
    browser.click("[data-account] [data-do=menu]").unwrap();
    browser.wait_popup("the menu", "!!document.querySelector('#menu [data-do=link]')").unwrap();
    browser.popup("(document.querySelector('#menu [data-do=link]').focus(), true)").unwrap();
    // How often the key came, so that a display that does not repeat keys proves nothing.
    browser
        .popup(
            "(addEventListener('keydown', ({key, repeat}) => { const of = document.body.dataset; \
              of.held = +(of.held ?? 0) + (key === 'Enter' && repeat); }, true), true)",
        )
        .unwrap();
    browser.desktop().expect("a display of ours").hold("Return").unwrap();
    let held = browser.popup("+document.body.dataset.held").unwrap();
    assert!(held.as_u64().is_some_and(|held| 5 < held), "it was held for {held} repeats");
    let asks = "!!document.querySelector('#offer [data-do=link]')";
    assert_eq!(browser.popup(asks).unwrap(), json!(true), "the question was answered");
    // Pressed anew, it answers.
    browser.press("Return").unwrap();
    browser.wait_page("the code", "document.querySelector('input').value.length === 6").unwrap();
}

/// What is made anew because its value changed is the same for whoever uses it, and so is a row that goes elsewhere.
fn the_keyboard_stays_with_what_was_changed(kind: Kind) {
    let mut stage = unlocked_by_keys(kind);
    let browser = stage.browser.as_mut();
    // The second, which goes to the top.
    let row = "document.activeElement?.closest('[data-account]')?.dataset.account ?? ''";
    for _ in 0..2 {
        browser.press("Down").unwrap();
    }
    let id = browser.popup(row).unwrap();
    assert_ne!(id, "");
    browser.press("Tab").unwrap();
    assert_eq!(focused(browser), "menu");
    browser.press("Return").unwrap();
    browser.wait_popup("the menu", "!!document.activeElement?.closest('#menu')").unwrap();
    browser.press("Down").unwrap();
    assert_eq!(focused(browser), "favourite");
    browser.press("Return").unwrap();
    let first = format!("document.querySelector('[data-account]')?.dataset.account === {id}");
    browser.wait_popup("it at the top", &first).unwrap();
    let has = format!("({row}) === {id}");
    browser.wait_popup("its row to have the keyboard", &has).unwrap();
    assert_eq!(focused(browser), "copy");

    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.wait_popup("the settings", "!!document.querySelector('#idle')").unwrap();
    // Marked, to see that it was made anew, without which this proves nothing.
    for (id, change) in [
        (
            "idle",
            "(() => { const e = document.querySelector('#idle'); e.value = '3600'; \
           e.dispatchEvent(new Event('change', {bubbles: true})); return true; })()",
        ),
        ("on-clock", "(document.querySelector('#on-clock').click(), true)"),
    ] {
        let old = format!(
            "(() => {{ const e = document.querySelector('#{id}'); e.focus(); e.old = true; return true; }})()"
        );
        browser.popup(&old).unwrap();
        browser.popup(change).unwrap();
        let anew = format!("document.querySelector('#{id}')?.old === undefined");
        browser.wait_popup("the setting, made anew", &anew).unwrap();
        assert_eq!(browser.popup("document.activeElement.id").unwrap(), json!(id));
    }
}

/// From the settings to each screen and back: what led there has the keyboard again.
fn a_screen_gives_the_keyboard_back_to_what_led_there(kind: Kind) {
    let mut stage = unlocked_by_keys(kind);
    let browser = stage.browser.as_mut();
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.wait_popup("the settings", "!!document.querySelector('#idle')").unwrap();
    for screen in ["passwords", "several", "arrange", "trash", "help", "browsers", "about"] {
        let link = format!("(document.querySelector('[data-do={screen}]').focus(), true)");
        browser.popup(&link).unwrap();
        browser.press("Return").unwrap();
        browser.wait_screen(screen, LONG).unwrap();
        let first = if screen == "several" { "find" } else { "back" };
        assert_eq!(focused(browser), first, "on {screen}");
        leave(browser, "back");
        browser.wait_screen("settings", LONG).unwrap();
        assert_eq!(focused(browser), screen);
    }
}

#[test]
fn chromium_a_screen_gives_the_keyboard_back_to_what_led_there() {
    a_screen_gives_the_keyboard_back_to_what_led_there(Kind::Chromium);
}

#[test]
fn firefox_a_screen_gives_the_keyboard_back_to_what_led_there() {
    a_screen_gives_the_keyboard_back_to_what_led_there(Kind::Firefox);
}

#[test]
fn chromium_the_keyboard_stays_with_what_was_changed() {
    the_keyboard_stays_with_what_was_changed(Kind::Chromium);
}

#[test]
fn firefox_the_keyboard_stays_with_what_was_changed() {
    the_keyboard_stays_with_what_was_changed(Kind::Firefox);
}

#[test]
fn chromium_a_held_enter_answers_no_question() {
    a_held_enter_answers_no_question(Kind::Chromium);
}

#[test]
fn firefox_a_held_enter_answers_no_question() {
    a_held_enter_answers_no_question(Kind::Firefox);
}

#[test]
fn chromium_a_code_is_found_and_copied() {
    a_code_is_found_and_copied(Kind::Chromium);
}

#[test]
fn chromium_every_control_is_reached_and_seen() {
    every_control_is_reached_and_seen(Kind::Chromium);
}

#[test]
fn chromium_the_list_of_keys_comes_and_goes() {
    the_list_of_keys_comes_and_goes(Kind::Chromium);
}

#[test]
fn chromium_a_menu_takes_the_keyboard_and_gives_it_back() {
    a_menu_takes_the_keyboard_and_gives_it_back(Kind::Chromium);
}

#[test]
fn firefox_a_code_is_found_and_copied() {
    a_code_is_found_and_copied(Kind::Firefox);
}

#[test]
fn firefox_every_control_is_reached_and_seen() {
    every_control_is_reached_and_seen(Kind::Firefox);
}

#[test]
fn firefox_the_list_of_keys_comes_and_goes() {
    the_list_of_keys_comes_and_goes(Kind::Firefox);
}

#[test]
fn firefox_a_menu_takes_the_keyboard_and_gives_it_back() {
    a_menu_takes_the_keyboard_and_gives_it_back(Kind::Firefox);
}

/// Presses Tab until this has the keyboard, on the page in the tab.
fn tab_to(browser: &mut dyn Browser, who: &str) {
    for _ in 0..30 {
        browser.press("Tab").unwrap();
        let told = browser.page(FOCUSED).unwrap();
        if told["who"] == who {
            assert_eq!(told["seen"], json!(true), "nobody sees that {told} has the keyboard");
            return;
        }
    }
    panic!("Tab does not come to {who}");
}

/// On the desk: what a file would bring, one choice for all that is at odds, and in with it.
fn a_file_is_taken_in(kind: Kind) {
    let mut stage = unlocked_by_keys(kind);
    let browser = stage.browser.as_mut();
    browser.wait_screen("list", LONG).unwrap();
    let page = browser.popup("new URL('desk.html#import', location.href).href").unwrap();
    browser.close_popup().unwrap();
    browser.open(page.as_str().unwrap()).unwrap();
    browser.wait_page("the desk", "!!document.querySelector('#file')").unwrap();
    let list: String = [
        Account::plain("Harbour Light", "renamed", &[1; 20]),
        Account::plain("Gift Shop", "reader", &[3; 20]),
        Account::plain("New", "one", &[4; 20]),
    ]
    .map(|account| account.uri() + "\n")
    .concat();
    browser.pick("list.txt", list.as_bytes()).unwrap();
    browser.wait_page("the report", "document.activeElement?.id === 'report'").unwrap();
    tab_to(browser, "choice-all");
    // The list's first line is no choice; to have both, then to keep the vault's.
    browser.press("Down").unwrap();
    browser.press("Down").unwrap();
    let says = "document.querySelector('[data-do=take-in]').textContent === 'Import 1 account'";
    browser.wait_page("what the button says", says).unwrap();
    tab_to(browser, "choice-0");
    tab_to(browser, "take-in");
    browser.press("Return").unwrap();
    let done =
        "document.activeElement?.id === 'report' && !document.querySelector('[data-do=take-in]')";
    browser.wait_page("what came of it", done).unwrap();
}

#[test]
fn chromium_a_file_is_taken_in() {
    a_file_is_taken_in(Kind::Chromium);
}

#[test]
fn firefox_a_file_is_taken_in() {
    a_file_is_taken_in(Kind::Firefox);
}
