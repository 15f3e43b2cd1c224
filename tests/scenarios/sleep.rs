//! "The computer slept, or somebody locked the screen: who opens it again?"
//!
//! With a real message bus and logind's double on it.

use serde_json::json;
use tests::account::Account;
use tests::home::Home;
use tests::process::running;
use tests::stage::{PASSWORD, Stage};
use tests::wait::{LONG, until};

use crate::KIND;
use crate::bus::{Bus, OURS};
use crate::dump::Dump;

const PIN: &str = "kiwi-Sluice-6";
/// Nowhere in this program in one piece as a host would have it.
const SEED: &[u8; 20] =
    b"\x81\x3f\xe2\x5a\x07\xc9\x16\xbd\x64\xf8\x2b\x90\xd3\x4e\xa7\x1c\x75\xca\x28\xe6";

/// A browser whose host is in our session on this bus, with the vault open and a PIN set. The browser
/// itself is not: it would go to sleep with the computer.
fn stage(bus: &Bus) -> Stage {
    let account = Account::plain("Harbour Light", "keeper", SEED);
    let home = Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &[account]).unwrap();
    let by = format!("export DBUS_SYSTEM_BUS_ADDRESS='{}' XDG_SESSION_ID=c1\nexec", bus.address());
    let mut stage = Stage::by(KIND, home, &by).unwrap();
    let browser = &mut stage.browser;
    browser.open_popup().unwrap();
    browser.unlock(PASSWORD).unwrap();
    browser.click("[data-do=settings]").unwrap();
    browser.wait_screen("settings", LONG).unwrap();
    browser.click("[data-do=passwords]").unwrap();
    browser.wait_screen("passwords", LONG).unwrap();
    browser.enter("#pin-password", PASSWORD).unwrap();
    browser.enter("#pin", PIN).unwrap();
    browser.click("#set-pin [data-do=submit]").unwrap();
    browser
        .wait_popup("the PIN to be set", "!!document.querySelector('[data-do=remove-pin]')")
        .unwrap();
    browser.click("[data-do=back]").unwrap();
    bus.expect_inhibitors(1).unwrap();
    stage
}

/// How often the host's memory has the seed.
fn seeds(stage: &Stage) -> usize {
    let hosts = running(stage.home.host());
    assert_eq!(hosts.len(), 1, "one port, one host");
    Dump::of(hosts[0]).unwrap().hits(SEED)
}

/// The popup asks to be unlocked, shows nothing of the vault, and says why.
fn expect_locked(stage: &mut Stage, why: &str) {
    let browser = &mut stage.browser;
    browser.wait_screen("unlock", LONG).unwrap();
    let says = format!("document.body.textContent.includes({})", json!(why));
    browser.wait_popup("the reason", &says).unwrap();
    assert!(!browser.popup("document.body.textContent").unwrap().to_string().contains("keeper"));
}

#[test]
fn keys_are_gone_before_the_computer_sleeps_and_the_pin_opens_it_again() {
    let bus = Bus::with_logind().unwrap();
    let mut stage = stage(&bus);
    assert_ne!(seeds(&stage), 0, "an open vault has its seeds in memory");
    bus.sleep(true).unwrap();
    until("the computer to be let go", LONG, || Ok((bus.inhibitors()? == 0).then_some(())))
        .unwrap();
    // From this moment on it may sleep.
    assert_eq!(seeds(&stage), 0);
    expect_locked(&mut stage, "went to sleep");
    bus.sleep(false).unwrap();
    bus.expect_inhibitors(1).unwrap();

    let browser = &mut stage.browser;
    browser.wait_popup("the PIN's field", "!!document.querySelector('#pin')").unwrap();
    browser.enter("#pin", "wrong").unwrap();
    browser.click("[data-do=submit]").unwrap();
    browser
        .wait_popup(
            "the refusal",
            "document.querySelector('[role=alert]').textContent.includes('4')",
        )
        .unwrap();
    browser.enter("#pin", PIN).unwrap();
    browser.click("[data-do=submit]").unwrap();
    browser.wait_screen("list", LONG).unwrap();
    assert_eq!(browser.rows().unwrap().len(), 1);
}

#[test]
fn a_locked_screen_locks_the_vault_and_the_master_password_opens_it() {
    let bus = Bus::with_logind().unwrap();
    let mut stage = stage(&bus);
    bus.session(OURS, "Lock", &()).unwrap();
    expect_locked(&mut stage, "together with the screen");
    assert_eq!(seeds(&stage), 0);
    let browser = &mut stage.browser;
    browser.click("[data-do=by-master]").unwrap();
    browser.wait_popup("the password's field", "!!document.querySelector('#password')").unwrap();
    browser.unlock(PASSWORD).unwrap();
    assert_eq!(browser.rows().unwrap().len(), 1);
}
