//! Every screen that a person may see, each given to a judge; everything that it finds wrong is told at once.
//!
//! Never here: what is looked at.

use anyhow::Result;
use serde_json::Value;
use tests::account::Account;
use tests::browser::{Browser, Kind};
use tests::home::Home;
use tests::login_page::LoginPage;
use tests::stage::Stage;
use tests::tour::{self, See};

/// Runs a script in the document of the screen.
pub(crate) type Run = fn(&mut dyn Browser, &str) -> Result<Value>;

/// In the popup, and in the page of the tab.
pub(crate) const POPUP: Run = |browser, script| browser.popup(script);
const PAGE: Run = |browser, script| browser.page(script);

/// Fails with everything that is wrong on a screen.
pub(crate) type Judge<'a> = &'a mut dyn FnMut(&mut dyn Browser, Run, &str) -> Result<()>;

/// The popup with a vault, from its locked door on.
pub(crate) fn of_a_vault(kind: Kind, judge: Judge<'_>) {
    let accounts = [
        Account::plain("Harbour Light", "keeper@example.com", &[1; 20]),
        Account::plain("Gift Shop", "a.rather.long.name@subdomain.of.a.company.example", &[2; 20]),
        Account::plain("", "no issuer", &[3; 20]),
    ];
    let login = LoginPage::open(accounts[0].clone()).unwrap();
    let mut stage = Stage::new(kind, &accounts).unwrap();
    stage.browser.open(&login.single()).unwrap();
    stage.browser.open_popup().unwrap();
    stage.browser.focus_popup().unwrap();
    each(judge, POPUP, |see| tour::opened(stage.browser.as_mut(), true, see));
}

/// The desk, in its tab.
pub(crate) fn of_the_desk(kind: Kind, judge: Judge<'_>) {
    let account = Account::plain("Harbour Light", "keeper@example.com", &[1; 20]);
    let mut stage = Stage::unlocked(kind, &[account]).unwrap();
    each(judge, PAGE, |see| tour::desk(stage.browser.as_mut(), &stage.home, see));
}

/// The popup where something is wrong.
pub(crate) fn of_trouble(kind: Kind, judge: Judge<'_>) {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut stage = Stage::unregistered(kind, home).unwrap();
    stage.browser.open_popup().unwrap();
    stage.browser.focus_popup().unwrap();
    each(judge, POPUP, |see| tour::troubled(stage.browser.as_mut(), &stage.home, see));
}

fn each(judge: Judge<'_>, run: Run, tour: impl FnOnce(See<'_, dyn Browser>) -> Result<()>) {
    let mut wrong = Vec::new();
    tour(&mut |browser, screen| {
        wrong.extend(judge(browser, run, screen).err().map(|error| format!("{error:#}")));
        Ok(())
    })
    .unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
