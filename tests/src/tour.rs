//! Through every screen of the popup, one after the other, each reached as a person reaches it.
//!
//! Never here: what is done with what is seen.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::account::Account;
use crate::browser::Browser;
use crate::home::Home;
use crate::stage::{PASSWORD, register};
use crate::wait::LONG;

/// What is called on each screen, with its name.
pub type See<'a, B> = &'a mut dyn FnMut(&mut B, &str) -> Result<()>;

/// From the locked door through every screen of a vault that opens, and back to the door. `some`: whether
/// it has accounts.
pub fn opened<B: Browser + ?Sized>(browser: &mut B, some: bool, see: See<'_, B>) -> Result<()> {
    browser.wait_screen("unlock", LONG)?;
    see(browser, "unlock")?;
    unlocked_by_master(browser)?;
    see(browser, "list")?;
    if some {
        accounts(browser, see)?;
    }
    // It lies in the trash until that was seen.
    if some {
        browser.click("[data-account]:last-child [data-do=menu]")?;
        browser.click("#menu [data-do=delete]")?;
        browser.wait_popup("the way back", "!!document.querySelector('#toast.shown .plain')")?;
        see(browser, "deleted")?;
    }
    browser.click("[data-do=add]")?;
    browser.wait_screen("add", LONG)?;
    see(browser, "add")?;
    browser.click("[data-do=scan]")?;
    browser.wait_screen("scan", LONG)?;
    browser.wait_popup("what came of it", "!!document.querySelector('.body .primary')")?;
    see(browser, "scan")?;
    back(browser)?;
    browser.click("[data-do=add]")?;
    browser.wait_screen("add", LONG)?;
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
    for screen in ["several", "arrange", "browsers", "about", "help", "trash"] {
        browser.click(&format!("[data-do={screen}]"))?;
        browser.wait_screen(screen, LONG)?;
        see(browser, screen)?;
        if screen == "several" && some {
            browser.click("input.mark")?;
            browser.wait_popup(
                "one chosen",
                "!document.querySelector('[data-do=tag-marked]').disabled",
            )?;
            see(browser, "several-chosen")?;
        }
        if screen == "trash" && some {
            browser.click("[data-do=restore]")?;
            browser.wait_popup("it back", "!document.querySelector('[data-do=restore]')")?;
        }
        browser.click("[data-do=back]")?;
        browser.wait_popup("the settings", "!!document.querySelector('#idle')")?;
    }
    passwords(browser, see)?;
    back(browser)?;
    browser.click("[data-do=lock]")?;
    browser.wait_screen("unlock", LONG)?;
    browser.wait_popup("the PIN", "!!document.querySelector('#pin')")?;
    see(browser, "locked-pin")?;
    browser.enter("#pin", "8642")?;
    browser.click("[data-do=submit]")?;
    browser.wait_popup("a refusal", "!!document.querySelector('.alert p')")?;
    see(browser, "locked-pin-wrong")?;
    browser.click("[data-do=by-master]")?;
    browser.wait_popup("the password", "!!document.querySelector('#password')")?;
    see(browser, "locked")?;
    browser.click("[data-do=recover]")?;
    browser.wait_screen("recover", LONG)?;
    see(browser, "recover")?;
    browser.click("[data-do=back]")?;
    browser.wait_screen("unlock", LONG)?;
    if browser.popup("!document.querySelector('#password')")? == json!(true) {
        browser.click("[data-do=by-master]")?;
    }
    browser.enter("#password", "not the password")?;
    browser.click("[data-do=submit]")?;
    browser.wait_popup("a refusal", "!!document.querySelector('.alert p')")?;
    see(browser, "unlock-wrong")
}

/// Which password opens what: its forms, a PIN and a recovery code that are made, and both taken away again.
fn passwords<B: Browser + ?Sized>(browser: &mut B, see: See<'_, B>) -> Result<()> {
    browser.click("[data-do=passwords]")?;
    browser.wait_screen("passwords", LONG)?;
    see(browser, "passwords")?;
    // Of an earlier round.
    if browser.popup("!!document.querySelector('[data-do=remove-pin]')")? == json!(true) {
        browser.click("[data-do=remove-pin]")?;
        browser.wait_popup("no PIN", "!document.querySelector('[data-do=remove-pin]')")?;
    }
    browser.popup("document.querySelectorAll('details').forEach(d => d.open = true)")?;
    see(browser, "passwords-forms")?;
    // Before the PIN, which goes with the recovery code of an earlier round.
    browser.enter("#recovery-password", PASSWORD)?;
    browser.click("#make-recovery [data-do=submit]")?;
    browser.wait_popup("the code", "!!document.querySelector('#made-code')")?;
    browser.popup("document.querySelectorAll('details').forEach(d => d.open = true)")?;
    browser.enter("#pin-password", PASSWORD)?;
    browser.enter("#pin", "2468")?;
    browser.click("#set-pin [data-do=submit]")?;
    browser.wait_popup("the PIN", "!!document.querySelector('[data-do=remove-pin]')")?;
    bottom(browser)?;
    see(browser, "passwords-made")?;
    browser.click("[data-do=back]")?;
    browser.wait_popup("the settings", "!!document.querySelector('#idle')")
}

/// The list, behind whichever door is shut.
pub fn unlocked_by_master<B: Browser + ?Sized>(browser: &mut B) -> Result<()> {
    browser.wait_screen("unlock", LONG)?;
    if browser.popup("!document.querySelector('#password')")? == json!(true) {
        browser.click("[data-do=by-master]")?;
        browser.wait_popup("the password", "!!document.querySelector('#password')")?;
    }
    browser.unlock(PASSWORD)?;
    browser.rows().map(drop)
}

/// Through the desk, in the tab. The popup is open and unlocked; it closes. What is about one account is seen if the
/// vault has any.
pub fn desk<B: Browser + ?Sized>(browser: &mut B, home: &Home, see: See<'_, B>) -> Result<()> {
    let id = browser.popup("document.querySelector('[data-account]')?.dataset.account ?? null")?;
    let page = browser.popup("new URL('desk.html', location.href).href")?;
    let page = page.as_str().context("no address")?.to_owned();
    browser.close_popup()?;
    browser.open(&format!("{page}#import"))?;
    wait(browser, "document.querySelector('#file')")?;
    see(browser, "desk-import")?;
    // In the suite the same seeds are there under other names, in the gallery the same names with other seeds.
    let list = "otpauth://totp/New:one?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n\
                otpauth://totp/Harbour%20Light:renamed?secret=AEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIB\n\
                otpauth://totp/GitHub:keeper@example.com?issuer=GitHub&secret=AMBQGAYDAMBQGAYDAMBQGAYDAMBQGAYD\n\
                otpauth://totp/Deutsche%20Kreditbank%20Aktiengesellschaft,%20Gesch%C3%A4ftskunden:4711-0815?secret=AQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAE\n\
                otpauth://totp/Gift%20Shop:renamed?secret=AIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQC\n\
                otpauth://totp/Broken:two?secret=189\n";
    browser.pick("list.txt", list.as_bytes())?;
    wait(browser, "document.querySelector('#report')")?;
    see(browser, "desk-preview")?;
    press(browser, "[data-do=take-in]")?;
    wait(browser, "!document.querySelector('[data-do=take-in]')")?;
    see(browser, "desk-imported")?;

    press(browser, ".errands [data-do=export]")?;
    wait(browser, "document.querySelector('#export-form')")?;
    see(browser, "desk-export")?;
    write(browser, &[("#master", PASSWORD)])?;
    press(browser, "#export-form [data-do=submit]")?;
    wait(browser, "document.querySelector('#path')")?;
    see(browser, "desk-exported")?;

    press(browser, ".errands [data-do=backups]")?;
    wait(browser, "document.querySelector('#set-backups')")?;
    see(browser, "desk-backups")?;
    let folder = home.path().join("backups");
    fs::create_dir_all(&folder)?;
    let folder = folder.to_str().context("a path that is not text")?;
    let backups = "seven purple kettles hum at dawn";
    let fields = [("#folder", folder), ("#new-password", backups), ("#again", backups)];
    write(browser, &fields)?;
    write(browser, &[("#master", PASSWORD)])?;
    press(browser, "#set-backups [data-do=submit]")?;
    wait(browser, "document.querySelector('#state')")?;
    see(browser, "desk-backups-made")?;
    browser.page("document.querySelectorAll('details').forEach((d) => { d.open = true; })")?;
    write(browser, &[("#password", backups)])?;
    press(browser, "#open-backup [data-do=submit]")?;
    wait(browser, "document.querySelector('#report')")?;
    see(browser, "desk-restore")?;

    let errand = |browser: &mut B, errand: &str, there: &str| {
        // Another errand at the same address would be no other page.
        browser.open("about:blank")?;
        browser.open(&format!("{page}#{errand}"))?;
        wait(browser, there)
    };
    let Some(id) = id.as_str() else { return Ok(()) };
    errand(browser, &format!("qr/{id}"), "document.querySelector('#show-qr')")?;
    see(browser, "desk-qr")?;
    write(browser, &[("#master", PASSWORD)])?;
    press(browser, "#show-qr [data-do=submit]")?;
    wait(browser, "document.querySelector('svg.qr')")?;
    see(browser, "desk-qr-shown")?;
    errand(browser, &format!("picture/{id}"), "document.querySelector('#file')")?;
    let mark = include_bytes!("../../extension/static/icons/unlocked-128.png");
    browser.pick("mark.png", mark)?;
    wait(browser, "document.querySelector('img#own')")?;
    see(browser, "desk-picture")
}

/// Waits until something is on the desk and nothing is under way.
fn wait<B: Browser + ?Sized>(browser: &mut B, what: &str) -> Result<()> {
    let idle = format!("document.querySelector('main')?.ariaBusy === 'false' && !!({what})");
    browser.wait_page(what, &idle)
}

/// Clicks something on the desk.
fn press<B: Browser + ?Sized>(browser: &mut B, selector: &str) -> Result<()> {
    wait(browser, &format!("document.querySelector({})", json!(selector)))?;
    browser.page(&format!("(document.querySelector({}).click(), true)", json!(selector))).map(drop)
}

/// Writes into fields of the desk.
fn write<B: Browser + ?Sized>(browser: &mut B, fields: &[(&str, &str)]) -> Result<()> {
    for (selector, text) in fields {
        let script =
            format!("(document.querySelector({}).value = {}, true)", json!(selector), json!(text));
        browser.page(&script)?;
    }
    Ok(())
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
    // Of an account that is not linked to the open page yet, if there is a page.
    browser.click("[data-account]:last-child [data-do=menu]")?;
    browser.wait_popup("the menu", "!!document.querySelector('#menu')")?;
    if browser.popup("!!document.querySelector('#menu [data-do=link]')")? == json!(true) {
        browser.click("#menu [data-do=link]")?;
        browser.wait_popup("the question", "!!document.querySelector('#offer')")?;
        see(browser, "offer")?;
        browser.click("#offer [data-do=cancel]")?;
    } else {
        browser.click("#menu [data-do=cancel]")?;
    }
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

/// Each thing that can be wrong, made so for real, one after the other; the last is that there is no vault yet, from
/// where the way leads to the first account. The popup is open, and nobody has told the browser about the host.
pub fn troubled<B: Browser + ?Sized>(browser: &mut B, home: &Home, see: See<'_, B>) -> Result<()> {
    browser.wait_screen("problem:host_missing", LONG)?;
    see(browser, "host-missing")?;
    let kind = browser.kind();
    register(kind, home, &home.script("hangs", "exec sleep 600")?)?;
    browser.click("[data-do=check]")?;
    let long = "!!document.querySelector('.long') && getComputedStyle(document.querySelector('.long')).visibility === 'visible'";
    browser.wait_popup("a word about the wait", long)?;
    browser.wait_screen("problem:host_silent", LONG)?;
    see(browser, "host-silent")?;
    register(kind, home, home.host())?;
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
    empty(home)?;
    again(browser, "create", "create")?;
    browser.enter("#password", PASSWORD)?;
    browser.wait_popup("the meter", "!!document.querySelector('.meter')?.dataset.score")?;
    browser.enter("#password-again", "another")?;
    browser.click("[data-do=submit]")?;
    browser.wait_popup("a complaint", "!!document.querySelector('.alert p')")?;
    see(browser, "create-wrong")?;
    browser.enter("#password-again", PASSWORD)?;
    browser.click("[data-do=submit]")?;
    browser.wait_screen("list", LONG)?;
    browser.wait_popup("what to do first", "!!document.querySelector('.blank')")?;
    browser.click("[data-do=add]")?;
    browser.wait_screen("add", LONG)?;
    browser.enter("#secret", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?;
    browser.enter("#issuer", "Harbour Light")?;
    browser.click("[data-do=submit]")?;
    browser.wait_screen("pin", LONG)?;
    see(browser, "pin")?;
    #[cfg(unix)]
    silent(browser, home, see)?;
    empty(home)
}

/// The list of a host that hangs, and of another one in its place.
#[cfg(unix)]
fn silent<B: Browser + ?Sized>(browser: &mut B, home: &Home, see: See<'_, B>) -> Result<()> {
    back(browser)?;
    browser.rows()?;
    home.stop_hosts();
    browser.click("[data-do=lock]")?;
    browser.wait_popup("the way out", "!!document.querySelector('.alert [data-do=check]')")?;
    see(browser, "list-silent")?;
    browser.click("[data-do=check]")?;
    browser.wait_screen("unlock", LONG)
}

/// Takes the vault away, with its earlier saves. What says which hosts run stays.
fn empty(home: &Home) -> Result<()> {
    for item in fs::read_dir(home.vault().parent().context("a vault without a folder")?)? {
        let path = item?.path();
        if path.is_file() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
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
