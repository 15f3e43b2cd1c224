//! Through every screen of the popup, one after the other, each reached as a person reaches it.
//!
//! Never here: what is done with what is seen.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::account::Account;
use crate::browser::{Browser, Kind};
use crate::home::Home;
use crate::stage::PASSWORD;
use crate::wait::LONG;

/// What is called on each screen, with its name.
pub type See<'a, B> = &'a mut dyn FnMut(&mut B, &str) -> Result<()>;

/// From the locked door through every screen of a vault that opens, and back to the door. `some`: whether
/// it has accounts.
pub fn opened<B: Browser + ?Sized>(browser: &mut B, some: bool, see: See<'_, B>) -> Result<()> {
    browser.wait_screen("unlock", LONG)?;
    see(browser, "unlock")?;
    browser.unlock(PASSWORD)?;
    if some {
        browser.rows()?;
    }
    see(browser, "list")?;
    if some {
        accounts(browser, see)?;
    }
    browser.click("[data-do=add]")?;
    browser.wait_screen("add", LONG)?;
    see(browser, "add")?;
    browser.enter("#secret", "not base 32!")?;
    browser.enter("#issuer", "Harbour Light")?;
    browser.click("[data-do=submit]")?;
    browser.wait_popup("a complaint", "!!document.querySelector('[aria-invalid=true]')")?;
    see(browser, "add-wrong")?;
    back(browser)?;
    settings(browser)?;
    see(browser, "settings")?;
    bottom(browser)?;
    see(browser, "settings-bottom")?;
    for screen in ["passwords", "several", "arrange", "about", "help", "trash"] {
        browser.click(&format!("[data-do={screen}]"))?;
        browser.wait_screen(screen, LONG)?;
        see(browser, screen)?;
        browser.click("[data-do=back]")?;
        browser.wait_popup("the settings", "!!document.querySelector('#idle')")?;
    }
    back(browser)?;
    browser.click("[data-do=lock]")?;
    browser.wait_screen("unlock", LONG)?;
    see(browser, "locked")?;
    browser.enter("#password", "not the password")?;
    browser.click("[data-do=submit]")?;
    browser.wait_popup("a refusal", "!!document.querySelector('.alert p')")?;
    see(browser, "unlock-wrong")
}

fn accounts<B: Browser + ?Sized>(browser: &mut B, see: See<'_, B>) -> Result<()> {
    browser.click("[data-account] [data-do=menu]")?;
    browser.wait_popup("the menu", "!!document.querySelector('#menu')")?;
    see(browser, "menu")?;
    browser.click("#menu [data-do=edit]")?;
    browser.wait_screen("edit", LONG)?;
    browser.popup("document.querySelectorAll('details').forEach(d => d.open = true)")?;
    see(browser, "edit")?;
    bottom(browser)?;
    see(browser, "edit-bottom")?;
    back(browser)?;
    browser.enter("#search", "gi")?;
    see(browser, "search")?;
    browser.enter("#search", "nowhere")?;
    see(browser, "search-nothing")?;
    browser.enter("#search", "")?;
    browser.click("[data-account] [data-do=copy]")?;
    browser.wait_popup("the toast", "!!document.querySelector('#toast.shown')")?;
    see(browser, "copied")?;
    browser.wait_popup("the toast to go", "!document.querySelector('#toast.shown')")
}

/// Each thing that can be wrong, made so for real, one after the other; the last is that there is no vault
/// yet. The popup is open, and nobody has told the browser about the host.
pub fn troubled<B: Browser + ?Sized>(browser: &mut B, home: &Home, see: See<'_, B>) -> Result<()> {
    browser.wait_screen("problem:host_missing", LONG)?;
    see(browser, "host-missing")?;
    match browser.kind() {
        Kind::Chromium => home.register_chromium(home.host())?,
        Kind::Firefox => home.register_firefox(home.host())?,
    }
    let vault = home.vault();
    fs::create_dir_all(&vault)?;
    let mut again = |browser: &mut B, name: &str, screen: &str| {
        browser.click("[data-do=check]")?;
        browser.wait_screen(screen, LONG)?;
        see(browser, name)
    };
    again(browser, "unreadable", "problem:unreadable")?;
    fs::remove_dir(&vault)?;
    home.fill_vault(PASSWORD, &[Account::plain("Harbour Light", "keeper", &[7; 20]).uri()])?;
    let mut bytes = fs::read(&vault)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&vault, bytes)?;
    again(browser, "damaged", "problem:damaged")?;
    for item in fs::read_dir(vault.parent().context("a vault without a folder")?)? {
        fs::remove_file(item?.path())?;
    }
    again(browser, "create", "create")?;
    browser.enter("#password", PASSWORD)?;
    browser.wait_popup("the meter", "!!document.querySelector('.meter')?.dataset.score")?;
    browser.enter("#password-again", "another")?;
    browser.click("[data-do=submit]")?;
    browser.wait_popup("a complaint", "!!document.querySelector('.alert p')")?;
    see(browser, "create-wrong")
}

fn back<B: Browser + ?Sized>(browser: &mut B) -> Result<()> {
    browser.click("[data-do=back]")?;
    browser.wait_screen("list", LONG)
}

fn settings<B: Browser + ?Sized>(browser: &mut B) -> Result<()> {
    browser.click("[data-do=settings]")?;
    browser.wait_screen("settings", LONG)?;
    browser.wait_popup("the settings", "!!document.querySelector('#idle')")
}

/// The end of what is scrolled.
fn bottom<B: Browser + ?Sized>(browser: &mut B) -> Result<()> {
    browser.popup("(document.querySelector('.body').scrollTo(0, 1e6), true)").map(drop)
}

/// Waits for the last seconds of a period, which have a look of their own.
pub fn last_seconds() {
    while crate::totp::now() % 30 < 26 {
        sleep(Duration::from_millis(200));
    }
}

/// Has the popup's document speak a language, as the settings choose it.
pub fn speak<B: Browser + ?Sized>(browser: &mut B, language: &str) -> Result<()> {
    browser.popup(&format!(
        "(localStorage.setItem('language', {}), document.documentElement.lang = '', location.reload(), true)",
        json!(language)
    ))?;
    browser.wait_popup("the language", "document.documentElement.lang !== ''")
}
