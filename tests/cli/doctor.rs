//! `doctor`: what it finds, and that it finds the first thing that is wrong.
//!
//! Never here: repairing.

use std::fs;

use serde_json::Value;
use shared::protocol::HOST_NAME;
use tests::home::Home;

use crate::said::{Said, bare, home, home_with};

fn chromium_has_run(home: &Home) {
    fs::create_dir_all(home.path().join(".config/chromium/Default")).unwrap();
}

fn examined(home: &Home) -> Value {
    let Said { out, .. } = bare(home, &["doctor", "--json"]);
    serde_json::from_str(&out).unwrap()
}

/// Verdict and finding of the first check of a step.
fn step(report: &Value, name: &str) -> (String, String) {
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["step"] == name);
    let check = found.unwrap_or_else(|| panic!("no step {name} in {report}"));
    let text = |name: &str| check[name].as_str().unwrap().to_owned();
    (text("verdict"), text("finding"))
}

#[test]
fn all_is_well_after_install() {
    let home = home_with(&[]);
    chromium_has_run(&home);
    fs::create_dir_all(home.path().join(".mozilla/firefox/abc.default")).unwrap();
    bare(&home, &["install"]).done();
    let said = bare(&home, &["doctor"]);
    assert_eq!(said.status, 0, "{}", said.out);
    assert!(said.out.contains("Everything that could be looked at is in order."), "{}", said.out);
    let sealed = fs::read(home.vault()).unwrap();
    let report = examined(&home);
    assert_eq!(fs::read(home.vault()).unwrap(), sealed);
    assert_eq!(report["ok"], true);
    for name in ["program", "manifest", "start", "vault_folder", "vault", "disk", "clock"] {
        assert_eq!(step(&report, name).0, "good", "{name}: {report}");
    }
    assert!(step(&report, "vault").1.contains("is whole"));
}

#[test]
fn a_browser_that_was_forgotten_is_named_with_the_remedy() {
    let home = home_with(&[]);
    chromium_has_run(&home);
    let said = bare(&home, &["doctor"]);
    assert_eq!(said.status, 1);
    assert!(said.out.contains("✗ Chromium: the manifest is missing"), "{}", said.out);
    assert!(said.out.contains("First of all: countersign install --browser chromium"));
    assert_eq!(examined(&home)["ok"], false);
}

#[test]
fn a_broken_manifest_and_a_broken_vault_are_named() {
    let home = home_with(&[]);
    chromium_has_run(&home);
    bare(&home, &["install"]).done();
    let folder = home.path().join(".config/chromium/NativeMessagingHosts");
    let manifest = folder.join(format!("{HOST_NAME}.json"));
    let right = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, right.replace(HOST_NAME, r"org.\u001b]0;x\u0007")).unwrap();
    let said = bare(&home, &["doctor"]);
    assert!(
        said.out.contains("the manifest has the name `org.\u{fffd}]0;x\u{fffd}`"),
        "{}",
        said.out
    );
    fs::write(&manifest, right.replace("chrome-extension://", "chrome-extension://x")).unwrap();
    assert!(step(&examined(&home), "manifest").1.contains("does not allow our extension"));
    fs::write(&manifest, right).unwrap();

    let mut sealed = fs::read(home.vault()).unwrap();
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    fs::write(home.vault(), sealed).unwrap();
    let (verdict, finding) = step(&examined(&home), "vault");
    assert_eq!(verdict, "bad");
    assert!(finding.contains("damaged"), "{finding}");
}

#[cfg(unix)]
#[test]
fn a_vault_that_others_may_read_is_named() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = home_with(&[]);
    chromium_has_run(&home);
    bare(&home, &["install"]).done();
    fs::set_permissions(home.vault(), fs::Permissions::from_mode(0o644)).unwrap();
    let said = bare(&home, &["doctor"]);
    assert_eq!(said.status, 1);
    assert!(said.out.contains("First of all: chmod 600 "), "{}", said.out);
}

#[test]
fn no_vault_is_no_failure() {
    let home = home();
    chromium_has_run(&home);
    bare(&home, &["install"]).done();
    let report = examined(&home);
    assert_eq!(step(&report, "vault").0, "unknown");
    assert_eq!(report["ok"], true, "{report}");
}
