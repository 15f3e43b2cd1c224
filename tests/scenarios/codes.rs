//! "Show me my codes."

use std::process::Command;

use tests::account::Account;
use tests::stage::Stage;

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
