//! "Let me in, and nobody else."

use tests::account::Account;
use tests::home::Home;
use tests::stage::{PASSWORD, Stage};
use tests::wait::{LONG, until};

use crate::KIND;

fn account() -> Account {
    Account::plain("Harbour Light", "keeper", b"12345678901234567890")
}

#[test]
fn a_wrong_password_is_told_and_the_right_one_opens() {
    let mut stage = Stage::new(KIND, &[account()]).unwrap();
    let browser = &mut stage.browser;
    browser.open_popup().unwrap();
    browser.wait_screen("unlock", LONG).unwrap();
    browser.enter("#password", "not the password").unwrap();
    browser.click("[data-do=submit]").unwrap();
    browser
        .wait_popup("the refusal", "!!document.querySelector('[role=alert]').textContent.trim()")
        .unwrap();
    assert_eq!(browser.screen().unwrap(), "unlock");
    assert!(!browser.popup("document.body.textContent").unwrap().to_string().contains("keeper"));
    // The host lets the next attempt wait a while, and then takes it.
    browser.enter("#password", PASSWORD).unwrap();
    browser.click("[data-do=submit]").unwrap();
    browser.wait_screen("list", LONG).unwrap();
    assert_eq!(browser.rows().unwrap().len(), 1);
}

#[test]
fn a_lock_takes_everything_off_the_screen() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let browser = &mut stage.browser;
    browser.wait_popup("the account", "document.body.textContent.includes('keeper')").unwrap();
    browser.click("[data-do=lock]").unwrap();
    browser.wait_screen("unlock", LONG).unwrap();
    assert!(!browser.popup("document.body.textContent").unwrap().to_string().contains("keeper"));
    browser.close_popup().unwrap();
    browser.open_popup().unwrap();
    browser.wait_screen("unlock", LONG).unwrap();
}

#[test]
fn an_unlocked_vault_stays_open_when_the_popup_is_closed() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    stage.browser.close_popup().unwrap();
    stage.browser.open_popup().unwrap();
    stage.browser.wait_screen("list", LONG).unwrap();
    assert_eq!(stage.browser.rows().unwrap().len(), 1);
}

#[test]
fn a_first_vault_is_made_in_the_popup() {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut stage = Stage::in_home(KIND, home).unwrap();
    let browser = &mut stage.browser;
    browser.open_popup().unwrap();
    browser.wait_screen("create", LONG).unwrap();
    browser.enter("#password", PASSWORD).unwrap();
    browser.enter("#password-again", PASSWORD).unwrap();
    browser.click("[data-do=submit]").unwrap();
    browser.wait_screen("list", LONG).unwrap();
    let seen = stage.home.cli(&["list", "--password-stdin"], &format!("{PASSWORD}\n")).unwrap();
    assert!(seen.status.success(), "{}", String::from_utf8_lossy(&seen.stderr));
    let refused = stage.home.cli(&["list", "--password-stdin"], "another one\n").unwrap();
    assert_eq!(refused.status.code(), Some(3));
    // Accounts can be brought from elsewhere at once.
    browser.wait_popup("the ways", "!!document.querySelector('.blank [data-do=import]')").unwrap();
    browser.click(".blank [data-do=import]").unwrap();
    until("the desk", LONG, || {
        Ok(browser.tabs()?.into_iter().find(|tab| tab.contains("desk.html#import")))
    })
    .unwrap();
}

#[test]
fn a_changed_password_opens_the_vault_and_the_old_one_does_not() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.click("[data-do=passwords]").unwrap();
    browser.wait_screen("passwords", LONG).unwrap();
    let new = "seven ships at anchor, one adrift";
    browser.enter("#old-password", PASSWORD).unwrap();
    browser.enter("#password", new).unwrap();
    browser.enter("#password-again", new).unwrap();
    let send = "document.querySelector('#password-again').closest('form').requestSubmit()";
    browser.popup(send).unwrap();
    browser
        .wait_popup("a word about it", "!!document.querySelector('#toast').textContent")
        .unwrap();
    let list = |password: &str| {
        let output = stage.home.cli(&["list", "--password-stdin"], &format!("{password}\n"));
        output.unwrap().status.code()
    };
    assert_eq!((list(new), list(PASSWORD)), (Some(0), Some(3)));
}

#[test]
fn a_recovery_code_is_made_and_goes_only_with_the_master_password() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.click("[data-do=passwords]").unwrap();
    browser.wait_screen("passwords", LONG).unwrap();
    browser.enter("#recovery-password", PASSWORD).unwrap();
    browser.click("#make-recovery [data-do=submit]").unwrap();
    let made = "document.querySelector('#made-code')?.textContent.length === 34";
    browser.wait_popup("the code", made).unwrap();
    browser.enter("#removal-password", "not the password").unwrap();
    browser.click("#remove-recovery [data-do=submit]").unwrap();
    let told = "!!document.querySelector('[role=alert]').textContent.trim()";
    browser.wait_popup("the refusal", told).unwrap();
    browser.enter("#removal-password", PASSWORD).unwrap();
    browser.click("#remove-recovery [data-do=submit]").unwrap();
    let gone = "!document.querySelector('#remove-recovery, #made-code')";
    browser.wait_popup("no code to remove", gone).unwrap();
}

#[test]
fn an_older_copy_is_told_and_read_only_until_it_is_said_to_be_right() {
    let home = Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &[account()]).unwrap();
    let older = std::fs::read(home.vault()).unwrap();
    let more = Account::plain("Later", "keeper@example.com", b"09876543210987654321");
    let list = home.path().join("more.txt");
    std::fs::write(&list, more.uri()).unwrap();
    let import = ["import", list.to_str().unwrap(), "--password-stdin"];
    assert!(home.cli(&import, &format!("{PASSWORD}\n")).unwrap().status.success());
    std::fs::write(home.vault(), &older).unwrap();

    let mut stage = Stage::in_home(KIND, home).unwrap();
    let browser = stage.browser.as_mut();
    browser.open_popup().unwrap();
    browser.unlock(PASSWORD).unwrap();
    browser.wait_screen("list", LONG).unwrap();
    let banner = "document.querySelector('.banner [data-do=accept]') !== null";
    browser.wait_popup("the banner", banner).unwrap();
    assert_eq!(std::fs::read(stage.home.vault()).unwrap(), older, "nothing is written");
    let browser = stage.browser.as_mut();
    browser.click("[data-do=accept]").unwrap();
    browser.wait_popup("no banner", &format!("!({banner})")).unwrap();
}
