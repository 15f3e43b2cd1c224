//! "The code is on my screen, and in no page."
//!
//! The portal is a double (`locks/portal.rs`); the picture that it makes is of the real display.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use qrcodegen::{QrCode, QrCodeEcc};
use serde_json::json;
use tests::account::Account;
use tests::browser::Browser;
use tests::home::Home;
use tests::process::Process;
use tests::stage::{PASSWORD, Stage};
use tests::wait::{LONG, until};

use crate::KIND;
use crate::bus::Bus;
use crate::portal::{Does, Portal};

/// A browser whose host has this session bus; the vault is open, and the popup, too.
fn stage(bus: &Bus) -> Stage {
    let another = Account::plain("Another", "one", b"09876543210987654321");
    let home = Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &[another]).unwrap();
    let by = format!("export DBUS_SESSION_BUS_ADDRESS='{}'\nexec", bus.address());
    let mut stage = Stage::by(KIND, home, &by).unwrap();
    stage.browser.open_popup().unwrap();
    stage.browser.unlock(PASSWORD).unwrap();
    stage
}

/// A QR code as a picture that any program reads.
fn picture(text: &str, to: &Path) {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
    let (scale, side) = (5, (code.size() + 8) * 5);
    let dark = |x, y| code.get_module(x / scale - 4, y / scale - 4);
    let bits = (0..side * side).map(|at| if dark(at % side, at / side) { "1 " } else { "0 " });
    fs::write(to, format!("P1 {side} {side}\n{}", bits.collect::<String>())).unwrap();
}

fn add(browser: &mut dyn Browser) {
    browser.click("[data-do=add]").unwrap();
    browser.wait_screen("add", LONG).unwrap();
}

#[test]
fn a_code_in_another_programs_window_becomes_an_account() {
    let bus = Bus::start().unwrap();
    let mut stage = stage(&bus);
    let browser = stage.browser.as_mut();
    add(browser);
    // Where nobody takes pictures, nothing is offered: the host has answered when it knows the page's site.
    browser.page("new Promise((done) => setTimeout(() => done(true), 1500))").unwrap();
    assert_eq!(browser.popup("document.querySelector('[data-do=screen]') === null").unwrap(), true);
    browser.close_popup().unwrap();

    // Another program shows the code.
    let keeper = Account::plain("Harbour Light", "keeper", b"12345678901234567890");
    let shown = stage.home.path().join("code.pbm");
    picture(&keeper.uri(), &shown);
    let display = browser.desktop().unwrap().display().to_owned();
    let mut viewer = Command::new("display");
    viewer.args(["-geometry", "+700+500"]).arg(&shown).env("DISPLAY", &display);
    let _viewer = Process::start(viewer.stdout(Stdio::null()).stderr(Stdio::null())).unwrap();
    // It comes to the front when it is there, which must not be while the popup opens.
    browser.desktop().unwrap().focus("display").unwrap();
    let taken = stage.home.path().join("Screenshot.png");
    let file = taken.clone();
    let shoot = move || {
        // A person brings the window to the front before he marks a piece of the screen.
        let front = Command::new("xdotool")
            .args(["search", "--onlyvisible", "--class", "display", "windowactivate", "--sync"])
            .env("DISPLAY", &display)
            .status();
        assert!(front.unwrap().success());
        let shot = Command::new("import")
            .args(["-window", "root"])
            .arg(&file)
            .env("DISPLAY", &display)
            .status();
        assert!(shot.unwrap().success());
        file.clone()
    };
    let _portal = Portal::start(&bus.address(), Does::Shows(Box::new(shoot))).unwrap();

    let browser = stage.browser.as_mut();
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    add(browser);
    browser.wait_popup("the offer", "!!document.querySelector('[data-do=screen]')").unwrap();
    // The button opens the desk in a tab, which stays when the system's window comes up.
    let page = browser.popup("new URL('desk.html#screen', location.href).href").unwrap();
    browser.close_popup().unwrap();
    browser.open(page.as_str().unwrap()).unwrap();
    browser.wait_page("what was found", "!!document.querySelector('[data-do=take-in]')").unwrap();
    assert!(!taken.exists(), "a picture of a seed does not stay");
    let list = |stage: &Stage| {
        let list = stage.home.cli(&["list", "--password-stdin"], &format!("{PASSWORD}\n")).unwrap();
        String::from_utf8_lossy(&list.stdout).into_owned()
    };
    assert!(!list(&stage).contains("keeper"), "a look adds nothing");
    let browser = stage.browser.as_mut();
    browser.page("(document.querySelector('[data-do=take-in]').click(), true)").unwrap();
    until("the account", LONG, || Ok(list(&stage).contains("keeper").then_some(()))).unwrap();
    let browser = stage.browser.as_mut();
    browser.wait_page("the report", "!document.querySelector('[data-do=take-in]')").unwrap();
    let again = json!("!!document.querySelector('[data-do=import]')");
    assert_eq!(browser.page(again.as_str().unwrap()).unwrap(), true);
}
