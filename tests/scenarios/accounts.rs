//! "Keep this account for me", and what becomes of it.

use serde_json::json;
use tests::account::Account;
use tests::browser::{Browser, Row};
use tests::stage::{PASSWORD, Stage};
use tests::totp::now;
use tests::wait::{LONG, until};

use crate::KIND;

fn account() -> Account {
    Account::plain("Tide Tables", "öre@example.net", b"09876543210987654321")
}

/// After the first account of all, the popup says where the button and the shortcut are.
fn first(browser: &mut dyn Browser) {
    browser.wait_screen("pin", LONG).unwrap();
    browser.click("[data-do=back]").unwrap();
}

/// Waits for the list to hold a row with this label.
fn row(browser: &mut dyn Browser, label: &str) -> Row {
    browser.wait_screen("list", LONG).unwrap();
    until("the account's row", LONG, || {
        Ok(browser.rows()?.into_iter().find(|row| row.label == label))
    })
    .unwrap()
}

fn shows(browser: &mut dyn Browser, label: &str) -> bool {
    let there =
        format!("[...document.querySelectorAll('.label')].some(e => e.textContent === {label:?})");
    browser.popup(&there).unwrap() == true
}

fn menu(browser: &mut dyn Browser, id: &str, what: &str) {
    browser.click(&format!("[data-account=\"{id}\"] [data-do=menu]")).unwrap();
    browser.click(&format!("#menu [data-do={what}]")).unwrap();
}

#[test]
fn an_account_is_added_by_its_uri_and_is_in_the_vault() {
    let mut stage = Stage::unlocked(KIND, &[]).unwrap();
    let browser = stage.browser.as_mut();
    browser.click("[data-do=add]").unwrap();
    browser.wait_screen("add", LONG).unwrap();
    browser.enter("#uri", &account().uri()).unwrap();
    browser.click("[data-do=submit]").unwrap();
    first(browser);
    let row = row(browser, &account().label);
    assert_eq!(row.issuer, account().issuer);
    assert!(account().accepts(&row.code, now()));
    let list = stage.home.cli(&["list", "--password-stdin"], &format!("{PASSWORD}\n")).unwrap();
    assert!(String::from_utf8_lossy(&list.stdout).contains(&account().label));
}

#[test]
fn an_account_is_typed_by_hand_and_a_slip_is_told() {
    let mut stage = Stage::unlocked(KIND, &[]).unwrap();
    let browser = stage.browser.as_mut();
    browser.click("[data-do=add]").unwrap();
    browser.wait_screen("add", LONG).unwrap();
    browser.enter("#issuer", "Mail").unwrap();
    browser.enter("#label", "keeper").unwrap();
    // 0, 1, 8 and 9 are not of Base32: no code may come of this.
    browser.enter("#secret", "JBSWY3DPEHPK3PX0").unwrap();
    browser.click("[data-do=submit]").unwrap();
    browser
        .wait_popup(
            "what is wrong",
            "[...document.querySelectorAll('.wrong,[role=alert]')].some(e => e.textContent.trim())",
        )
        .unwrap();
    assert_eq!(browser.screen().unwrap(), "add");
    let right = Account::plain("Mail", "keeper", b"abcdefghij0123456789");
    browser.enter("#secret", &right.base32().to_lowercase()).unwrap();
    browser.click("[data-do=submit]").unwrap();
    first(browser);
    let row = row(browser, "keeper");
    assert!(right.accepts(&row.code, now()));
}

#[test]
fn an_account_is_renamed() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    let was = row(browser, &account().label);
    menu(browser, &was.id, "edit");
    browser.wait_screen("edit", LONG).unwrap();
    browser.enter("#label", "a new name").unwrap();
    browser.click("[data-do=submit]").unwrap();
    let is = row(browser, "a new name");
    assert_eq!(is.id, was.id);
    assert!(account().accepts(&is.code, now()));
}

#[test]
fn a_deleted_account_comes_back_by_undo() {
    let other = Account::plain("Other", "stays", b"12345678901234567890");
    let mut stage = Stage::unlocked(KIND, &[account(), other]).unwrap();
    let browser = stage.browser.as_mut();
    let row_before = row(browser, &account().label);
    menu(browser, &row_before.id, "delete");
    until("the row to go", LONG, || Ok((!shows(browser, &account().label)).then_some(()))).unwrap();
    assert!(shows(browser, "stays"));
    browser.click("#toast [data-do=undo]").unwrap();
    assert_eq!(row(browser, &account().label).id, row_before.id);
}

#[test]
fn a_deleted_account_comes_back_from_the_trash() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    let before = row(browser, &account().label);
    menu(browser, &before.id, "delete");
    until("the row to go", LONG, || Ok((!shows(browser, &account().label)).then_some(()))).unwrap();
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.click("[data-do=trash]").unwrap();
    browser.wait_screen("trash", LONG).unwrap();
    browser.click("[data-do=restore]").unwrap();
    until("the trash to be empty", LONG, || Ok((!shows(browser, &account().label)).then_some(())))
        .unwrap();
    browser.click("[data-do=back]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.click("[data-do=back]").unwrap();
    assert_eq!(row(browser, &account().label).id, before.id);
}

#[test]
fn several_accounts_get_a_tag_and_the_tag_finds_them() {
    let names = ["ferry", "harbour", "lighthouse"];
    let accounts = names.map(|name| Account::plain("Port", name, name.as_bytes()));
    let mut stage = Stage::unlocked(KIND, &accounts).unwrap();
    let browser = stage.browser.as_mut();
    let first = row(browser, "ferry");
    let second = row(browser, "lighthouse");
    menu(browser, &first.id, "several");
    browser.wait_screen("several", LONG).unwrap();
    browser.click(&format!("#mark-{}", second.id)).unwrap();
    browser.enter("#tag", "night").unwrap();
    browser.click("[data-do=tag-marked]").unwrap();
    browser.wait_popup("a word about it", "!!document.querySelector('#toast.shown')").unwrap();
    browser.click("[data-do=back]").unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.click("[data-do=tag]").unwrap();
    let labels = |browser: &mut dyn Browser| {
        browser.rows().unwrap().into_iter().map(|row| row.label).collect::<Vec<_>>()
    };
    assert_eq!(labels(browser), ["ferry", "lighthouse"]);
    browser.click("[data-do=tag]").unwrap();
    assert_eq!(labels(browser), names);
}

#[test]
fn accounts_are_put_in_order_by_hand() {
    let accounts = ["7", "69", "100"].map(|name| Account::plain("Port", name, name.as_bytes()));
    let mut stage = Stage::unlocked(KIND, &accounts).unwrap();
    let browser = stage.browser.as_mut();
    let labels = |browser: &mut dyn Browser| {
        browser.rows().unwrap().into_iter().map(|row| row.label).collect::<Vec<_>>()
    };
    assert_eq!(labels(browser), ["7", "69", "100"], "numbers by their value");
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.click("[data-do=arrange]").unwrap();
    browser.wait_screen("arrange", LONG).unwrap();
    browser.click("[data-account]:last-child [data-do=up]").unwrap();
    in_order(browser, "7 100 69");
    // With the mouse, by its name, over the first one.
    let from = browser.popup_place("[data-account]:last-child .label").unwrap();
    let to = browser.popup_place("[data-account]:first-child .label").unwrap();
    browser.desktop().expect("a display of ours").drag(from, to).unwrap();
    in_order(browser, "69 7 100");
    browser.click("[data-do=back]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.click("[data-do=back]").unwrap();
    browser.wait_screen("list", LONG).unwrap();
    assert_eq!(labels(browser), ["69", "7", "100"]);
}

#[test]
fn a_name_of_another_script_turns_no_sentence_around() {
    // A mark that turns what follows, as copied from a page: nobody sees it, and it does not come in.
    let names = [("בנק (1)\u{200f}", "משה"), ("Port", "keeper")];
    let accounts = names.map(|(issuer, label)| Account::plain(issuer, label, &[3; 20]));
    let mut stage = Stage::unlocked(KIND, &accounts).unwrap();
    let browser = stage.browser.as_mut();
    let left = "[...document.querySelectorAll('[data-account] .issuer')].map(i => { \
        const text = document.createRange(); text.selectNodeContents(i); \
        return Math.round(text.getBoundingClientRect().left); })";
    let left = browser.popup(left).unwrap();
    assert_eq!(left[0], left[1], "names of both scripts begin at one line");
    let mut said = |name: &str| {
        let of = format!(
            "[...document.querySelectorAll('[data-account]')].find(r => r.textContent.includes({name:?})).dataset.account"
        );
        let id = browser.popup(&of).unwrap().as_str().unwrap().to_owned();
        browser.click(&format!("[data-account='{id}'] [data-do=menu]")).unwrap();
        browser.click("#menu [data-do=delete]").unwrap();
        let shown =
            format!("document.querySelector('#toast.shown')?.textContent.includes({name:?})");
        browser.wait_popup("the news", &shown).unwrap();
        browser.popup("document.querySelector('#toast span').textContent").unwrap()
    };
    assert_eq!(said("בנק"), "\u{2068}בנק (1) (משה)\u{2069} is in the trash.");
    assert_eq!(said("Port"), "Port (keeper) is in the trash.");
}

/// Waits until the lines that are put in order stand so, and none is being dragged.
fn in_order(browser: &mut dyn Browser, wanted: &str) {
    let lines = "document.querySelector('.dragged') ? 'dragged' \
        : [...document.querySelectorAll('.lines .label')].map(l => l.textContent).join(' ')";
    let mut last = json!(null);
    until("the order", LONG, || {
        last = browser.popup(lines)?;
        Ok((last == wanted).then_some(()))
    })
    .unwrap_or_else(|error| panic!("{error:#}: {last} instead of {wanted}"));
}
