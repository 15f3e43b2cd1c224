//! "Take all of this over", "give me all of it", and "bring it back".

use std::fs;

use serde_json::json;
use tests::account::Account;
use tests::browser::Browser;
use tests::home::Home;
use tests::stage::{PASSWORD, Stage};
use tests::wait::LONG;

use crate::KIND;

/// The backups password.
const BACKUPS: &str = "seven purple kettles hum at dawn";

fn account() -> Account {
    Account::plain("Harbour Light", "keeper@example.com", b"12345678901234567890")
}

/// Opens the desk in the tab, as the popup's button does.
fn desk(browser: &mut dyn Browser, errand: &str) {
    let page = browser.popup("location.href").unwrap();
    let page = page.as_str().unwrap().replace("popup.html", &format!("desk.html#{errand}"));
    browser.close_popup().unwrap();
    browser.open(&page).unwrap();
}

/// Waits for a screen of the desk.
fn screen(browser: &mut dyn Browser, name: &str) {
    let there = format!("document.querySelector('main')?.dataset.screen === {}", json!(name));
    browser.wait_page(&format!("the desk's screen `{name}`"), &there).unwrap();
}

fn wait(browser: &mut dyn Browser, what: &str) {
    let idle = format!("document.querySelector('main')?.ariaBusy === 'false' && ({what})");
    browser.wait_page(what, &idle).unwrap();
}

fn enter(browser: &mut dyn Browser, selector: &str, text: &str) {
    let script = format!(
        "(() => {{ const f = document.querySelector({}); f.value = {}; \
         f.dispatchEvent(new Event('change', {{bubbles: true}})); return true; }})()",
        json!(selector),
        json!(text)
    );
    assert_eq!(browser.page(&script).unwrap(), true);
}

fn click(browser: &mut dyn Browser, selector: &str) {
    wait(browser, &format!("document.querySelector({}) !== null", json!(selector)));
    browser.page(&format!("(document.querySelector({}).click(), true)", json!(selector))).unwrap();
}

/// Picks a file, as the browser's dialogue would.
fn pick(browser: &mut dyn Browser, name: &str, bytes: &[u8]) {
    let script = format!(
        "(() => {{ const d = new DataTransfer(); \
         d.items.add(new File([new Uint8Array({})], {})); \
         const f = document.querySelector('#file'); f.files = d.files; \
         f.dispatchEvent(new Event('change', {{bubbles: true}})); return true; }})()",
        json!(bytes),
        json!(name)
    );
    assert_eq!(browser.page(&script).unwrap(), true);
}

fn text(browser: &mut dyn Browser, selector: &str) -> String {
    let script = format!("document.querySelector({})?.textContent ?? ''", json!(selector));
    browser.page(&script).unwrap().as_str().unwrap().to_owned()
}

fn listed(home: &Home) -> String {
    let list = home.cli(&["list", "--password-stdin"], &format!("{PASSWORD}\n")).unwrap();
    String::from_utf8(list.stdout).unwrap()
}

#[test]
fn another_apps_export_comes_in_after_a_look_at_it() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    desk(browser, "import");
    screen(browser, "import");
    let sample =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../host/tests/import/files/aegis-sealed.json");
    pick(browser, "aegis.json", &fs::read(sample).unwrap());
    wait(browser, "document.querySelector('#read') !== null");
    enter(browser, "#password", "not the one");
    click(browser, "#read [data-do=submit]");
    wait(browser, "document.querySelector('#alert').textContent !== ''");
    enter(browser, "#password", "pass wörd");
    click(browser, "#read [data-do=submit]");
    wait(browser, "document.querySelector('#report') !== null");
    assert!(text(browser, ".counts").contains("new"));
    assert!(!listed(&stage.home).contains("alice"), "a preview adds nothing");

    let browser = stage.browser.as_mut();
    click(browser, "[data-do=take-in]");
    wait(browser, "document.querySelector('[data-do=take-in]') === null");
    assert!(text(browser, ".counts").contains("added"));
    assert!(1 < listed(&stage.home).lines().count());

    // What is at odds is asked about, and the answer holds.
    let browser = stage.browser.as_mut();
    click(browser, ".errands [data-do=import]");
    let uri = account().uri().replace("keeper", "warden");
    wait(browser, "document.querySelector('#file') !== null");
    pick(browser, "list.txt", uri.as_bytes());
    wait(browser, "document.querySelector('#choice-0') !== null");
    enter(browser, "#choice-0", "replace");
    click(browser, "[data-do=take-in]");
    wait(browser, "document.querySelector('[data-do=take-in]') === null");
    let list = listed(&stage.home);
    assert!(list.contains("warden") && !list.contains("keeper"), "{list}");

    let browser = stage.browser.as_mut();
    click(browser, ".errands [data-do=import]");
    wait(browser, "document.querySelector('#file') !== null");
    pick(browser, "letter.txt", b"Dear reader,");
    wait(browser, "document.querySelector('#alert').textContent !== ''");
}

#[test]
fn all_accounts_go_out_for_the_master_password() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    desk(browser, "export");
    screen(browser, "export");
    enter(browser, "#format", "otpauth");
    enter(browser, "#master", "not the one");
    click(browser, "#export-form [data-do=submit]");
    wait(browser, "document.querySelector('#alert').textContent !== ''");
    enter(browser, "#master", PASSWORD);
    click(browser, "#export-form [data-do=submit]");
    wait(browser, "document.querySelector('#path') !== null");
    let path = text(browser, "#path");
    assert!(path.starts_with(stage.home.path().to_str().unwrap()), "{path}");
    assert!(fs::read_to_string(path).unwrap().starts_with("otpauth://totp/Harbour"));
}

#[test]
fn backups_are_set_up_and_a_new_machine_begins_with_one() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let folder = stage.home.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let browser = stage.browser.as_mut();
    desk(browser, "backups");
    screen(browser, "backups");
    wait(browser, "document.querySelector('#set-backups') !== null");
    enter(browser, "#folder", folder.to_str().unwrap());
    enter(browser, "#new-password", BACKUPS);
    enter(browser, "#again", BACKUPS);
    enter(browser, "#master", PASSWORD);
    click(browser, "#set-backups [data-do=submit]");
    wait(browser, "document.querySelector('#state') !== null");
    assert!(text(browser, "#state").contains(folder.to_str().unwrap()));
    enter(browser, "#password", BACKUPS);
    click(browser, "#open-backup [data-do=submit]");
    wait(browser, "document.querySelector('#report') !== null");
    let backup = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let backup = fs::read(backup).unwrap();
    drop(stage);

    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut stage = Stage::in_home(KIND, home).unwrap();
    let browser = stage.browser.as_mut();
    browser.open_popup().unwrap();
    browser.wait_screen("create", LONG).unwrap();
    assert_eq!(
        browser.popup("document.querySelector('[data-do=desk-backups]') !== null").unwrap(),
        true
    );
    desk(browser, "backups");
    screen(browser, "fresh");
    pick(browser, "a.otb", &backup);
    wait(browser, "document.querySelector('#files') !== null");
    enter(browser, "#password", BACKUPS);
    enter(browser, "#new-password", PASSWORD);
    enter(browser, "#again", PASSWORD);
    click(browser, "#recreate [data-do=submit]");
    wait(browser, "document.querySelector('#report') !== null");
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    assert!(listed(&stage.home).contains("keeper@example.com"));
}
