//! "Show me my codes."

use std::process::Command;

use tests::account::Account;
use tests::home::Home;
use tests::stage::{PASSWORD, Stage};
use tests::wait::{LONG, until};

use crate::KIND;

/// What `oathtool` makes of an account at a time.
fn oathtool(account: &Account, at: u64) -> String {
    let output = Command::new("oathtool")
        .arg(format!("--totp={}", account.algorithm.name()))
        .args(["--base32", "-d", &account.digits.to_string()])
        .arg(format!("--time-step-size={}s", account.period))
        .args(["-N", &format!("@{at}"), &account.base32()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn two_hundred_codes_are_those_of_oathtool() {
    let accounts = Account::many(200);
    let mut stage = Stage::unlocked(KIND, &accounts).unwrap();
    let rows = stage.browser.rows().unwrap();
    assert_eq!(rows.len(), accounts.len());
    for account in &accounts {
        let same = |row: &&_| {
            let row: &tests::browser::Row = row;
            row.issuer == account.issuer && row.label == account.label
        };
        let row = rows.iter().find(same).unwrap_or_else(|| panic!("no row for {account:?}"));
        // A row that is looked at in the moment of the change shows the code of either side.
        let taken = [oathtool(account, row.at), oathtool(account, row.at - 1)];
        assert!(taken.contains(&row.code), "{account:?} shows {} and not {taken:?}", row.code);
    }
}

#[test]
fn a_search_leaves_what_was_searched_for() {
    let accounts = Account::many(60);
    let mut stage = Stage::unlocked(KIND, &accounts).unwrap();
    let wanted = &accounts[42];
    stage.browser.enter("#search", &wanted.label).unwrap();
    let one = "document.querySelectorAll('[data-account]').length === 1";
    stage.browser.wait_popup("one row", one).unwrap();
    let rows = stage.browser.rows().unwrap();
    assert_eq!((rows.len(), &rows[0].label), (1, &wanted.label));
}

#[test]
fn a_click_copies_the_code() {
    let account = Account::plain("Harbour Light", "keeper", b"12345678901234567890");
    let mut stage = Stage::unlocked(KIND, &[account]).unwrap();
    let code = stage.browser.rows().unwrap()[0].code.clone();
    stage.browser.click("[data-do=copy]").unwrap();
    stage
        .browser
        .wait_popup("a word about it", "!!document.querySelector('#toast').textContent")
        .unwrap();
    let held = stage.browser.popup("navigator.clipboard.readText()").unwrap();
    assert_eq!(held, code.as_str());
}

#[test]
fn a_copied_code_leaves_the_clipboard_and_what_a_person_copied_stays() {
    let account = Account::plain("Harbour Light", "keeper", b"12345678901234567890");
    let mut stage = Stage::unlocked(KIND, &[account]).unwrap();
    let browser = stage.browser.as_mut();
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.wait_popup("the choice", "!!document.querySelector('#clipboard')").unwrap();
    browser.enter("#clipboard", "10").unwrap();
    browser.click("[data-do=back]").unwrap();
    browser.wait_screen("list", LONG).unwrap();
    let held = "navigator.clipboard.readText()";
    let code = browser.rows().unwrap()[0].code.clone();
    browser.click("[data-do=copy]").unwrap();
    until("the code in the clipboard", LONG, || Ok((browser.popup(held)? == code).then_some(())))
        .unwrap();
    until("an empty clipboard", LONG, || {
        Ok(browser.popup(held)?.as_str().is_some_and(|text| text.trim().is_empty()).then_some(()))
    })
    .unwrap();
    // What is copied over a code is the person's.
    browser.click("[data-do=copy]").unwrap();
    until("a code", LONG, || {
        Ok(browser.popup(held)?.as_str().is_some_and(|text| text.len() == 6).then_some(()))
    })
    .unwrap();
    browser.popup("navigator.clipboard.writeText('a shopping list')").unwrap();
    std::thread::sleep(std::time::Duration::from_secs(12));
    assert_eq!(browser.popup(held).unwrap(), "a shopping list");
}

#[test]
fn the_next_code_of_a_counter_is_saved_before_it_is_shown() {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let uri = format!("otpauth://hotp/Ferry:keeper?secret={secret}&issuer=Ferry&counter=3");
    home.fill_vault(PASSWORD, &[uri]).unwrap();
    let mut stage = Stage::in_home(KIND, home).unwrap();
    let browser = stage.browser.as_mut();
    browser.open_popup().unwrap();
    browser.unlock(PASSWORD).unwrap();
    browser.wait_popup("the button", "!!document.querySelector('[data-do=next-code]')").unwrap();
    browser.click("[data-do=next-code]").unwrap();
    // RFC 4226, appendix D: the fourth value; the fifth is what comes after it.
    let shown = "document.querySelector('[data-account]').textContent.replace(/\\s/g, '').includes('969429')";
    browser.wait_popup("the code", shown).unwrap();
    let next = stage.home.cli(&["code", "ferry", "--password-stdin"], &format!("{PASSWORD}\n"));
    assert_eq!(String::from_utf8_lossy(&next.unwrap().stdout).trim(), "338314");
}
