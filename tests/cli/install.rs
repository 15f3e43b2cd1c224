//! `install` and `uninstall` in a home that is thrown away.
//!
//! Never here: which browser reads which folder; that is the host's own table.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use shared::protocol::{CHROMIUM_ID, FIREFOX_ID, HOST_NAME};
use tests::home::Home;

use crate::said::{Said, bare, home, home_with};

fn manifest(home: &Home, folder: &str) -> PathBuf {
    home.path().join(folder).join(format!("{HOST_NAME}.json"))
}

/// What browsers start: no link, which may be gone or lead elsewhere tomorrow.
fn program(home: &Home) -> PathBuf {
    home.host().canonicalize().unwrap()
}

fn read(path: &PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

const CHROMIUM: &str = ".config/chromium/NativeMessagingHosts";
const FIREFOX: &str = ".mozilla/native-messaging-hosts";

fn browsers_have_run(home: &Home) {
    fs::create_dir_all(home.path().join(".config/chromium/Default")).unwrap();
    fs::create_dir_all(home.path().join(".config/mozilla/firefox/abc.default")).unwrap();
}

fn outcomes(report: &Value) -> Vec<(String, String)> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    let lines = report["browsers"].as_array().unwrap().iter();
    lines.map(|line| (text(line, "browser"), text(line, "outcome"))).collect()
}

fn outcome(report: &Value, browser: &str) -> String {
    let found = outcomes(report).into_iter().find(|(name, _)| name == browser);
    found.unwrap_or_else(|| panic!("no line for {browser}")).1
}

#[test]
fn the_browsers_that_are_here_are_served_and_the_manifests_are_right() {
    let home = home();
    browsers_have_run(&home);
    let report = bare(&home, &["install", "--json"]).json();
    assert_eq!(outcome(&report, "chromium"), "written");
    assert_eq!(outcome(&report, "firefox"), "written");
    assert_eq!(outcome(&report, "vivaldi"), "not_found");

    let chromium = read(&manifest(&home, CHROMIUM));
    assert_eq!(chromium["allowed_origins"], json!([format!("chrome-extension://{CHROMIUM_ID}/")]));
    assert_eq!(chromium["path"].as_str(), program(&home).to_str());
    let firefox = read(&manifest(&home, FIREFOX));
    assert_eq!(firefox["allowed_extensions"], json!([FIREFOX_ID]));
    assert_eq!((&firefox["name"], &firefox["type"]), (&HOST_NAME.into(), &"stdio".into()));
    assert!(!home.path().join(".config/vivaldi").exists());

    let again = bare(&home, &["install", "--json"]).json();
    assert_eq!(outcome(&again, "chromium"), "right");
    let words = bare(&home, &["install"]).done();
    assert!(words.out.contains("already right") && words.out.contains("Not on this machine: "));
}

#[test]
fn a_stale_manifest_is_repaired() {
    let home = home();
    browsers_have_run(&home);
    fs::create_dir_all(home.path().join(FIREFOX)).unwrap();
    let stale = json!({
        "name": HOST_NAME, "type": "stdio", "path": "/old/place/countersign",
        "allowed_extensions": [FIREFOX_ID],
    });
    fs::write(manifest(&home, FIREFOX), stale.to_string()).unwrap();
    fs::create_dir_all(home.path().join(CHROMIUM)).unwrap();
    fs::write(manifest(&home, CHROMIUM), "{ \"name\": ").unwrap();

    let said = bare(&home, &["install"]).done();
    assert!(said.out.contains("Firefox: the manifest that was there starts another program"));
    assert!(said.out.contains("Chromium: the manifest that was there is not valid JSON"));
    assert_eq!(read(&manifest(&home, FIREFOX))["path"].as_str(), program(&home).to_str());
    assert_eq!(outcome(&bare(&home, &["install", "--json"]).json(), "chromium"), "right");
}

#[test]
fn a_browser_that_was_named_is_served_unseen() {
    let home = home();
    let report = bare(&home, &["install", "--browser", "zen", "--json"]).json();
    assert!(outcomes(&report).iter().all(|(name, outcome)| name == "zen" && outcome == "written"));
    assert!(manifest(&home, FIREFOX).is_file());
    assert_eq!(bare(&home, &["install", "--browser", "mosaic"]).status, 2);
}

#[test]
fn all_browsers_get_theirs_when_all_are_meant() {
    let home = home();
    let report = bare(&home, &["install", "--all", "--json"]).json();
    let mut names: Vec<String> = outcomes(&report).into_iter().map(|(name, _)| name).collect();
    names.dedup();
    assert_eq!(
        names,
        [
            "chrome",
            "chromium",
            "edge",
            "brave",
            "vivaldi",
            "opera",
            "firefox",
            "librewolf",
            "zen",
            "waterfox"
        ]
    );
    for folder in [
        ".config/google-chrome/NativeMessagingHosts",
        ".config/microsoft-edge/NativeMessagingHosts",
        ".config/BraveSoftware/Brave-Browser/NativeMessagingHosts",
        ".config/vivaldi/NativeMessagingHosts",
        ".config/opera/NativeMessagingHosts",
        ".librewolf/native-messaging-hosts",
        ".zen/native-messaging-hosts",
        ".waterfox/native-messaging-hosts",
        CHROMIUM,
        FIREFOX,
    ] {
        assert!(manifest(&home, folder).is_file(), "{folder}");
    }
}

#[test]
fn for_all_users_it_writes_below_the_root_that_it_is_given() {
    let home = home();
    let root = home.path().join("package");
    let root = root.to_str().unwrap();
    let said = bare(&home, &["install", "--system", "--all", "--root", root]);
    if !is_roots(&program(&home)) {
        // Who builds this in their own home has no program for everybody.
        said.refused(1, "does not belong to root");
        return;
    }
    said.done();
    for folder in [
        "package/etc/opt/chrome/native-messaging-hosts",
        "package/etc/chromium/native-messaging-hosts",
        "package/etc/opt/edge/native-messaging-hosts",
        "package/usr/lib/mozilla/native-messaging-hosts",
    ] {
        assert!(manifest(&home, folder).is_file(), "{folder}");
    }
    assert!(!home.path().join(".mozilla").exists());
    bare(&home, &["uninstall", "--system", "--root", root]).done();
    assert!(!manifest(&home, "package/etc/chromium/native-messaging-hosts").exists());
}

#[cfg(unix)]
fn is_roots(program: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    program.ancestors().all(|spot| fs::metadata(spot).is_ok_and(|metadata| metadata.uid() == 0))
}

/// Whoever may change a program that everybody starts has everybody's master password.
#[cfg(unix)]
#[test]
fn what_others_may_change_is_not_registered_for_all_users() {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    let home = home();
    let root = home.path().join("package");
    let words = ["install", "--system", "--all", "--root", root.to_str().unwrap()];
    let place = home.path().canonicalize().unwrap().join("opt");
    fs::create_dir(&place).unwrap();
    let copy = place.join("countersign");
    fs::copy(program(&home), &copy).unwrap();
    let mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let run = || Said::new(home.command(&copy).args(words).output().unwrap());
    let refused = |words: &str| {
        let said = run().refused(1, words);
        assert!(said.err.contains("/usr/local/bin/countersign"), "{}", said.err);
        assert!(!root.exists());
    };
    let name = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    mode(&place, 0o755);
    for (spot, right, wrong) in [(&copy, 0o755, 0o777), (&place, 0o755, 0o777)] {
        mode(spot, wrong);
        refused(&format!("other users may change {} (mode 777)", name(spot)));
        // Nor for oneself.
        let alone = home.command(&copy).args(["install", "--all"]).output().unwrap();
        Said::new(alone).refused(1, "chmod go-w");
        mode(spot, right);
    }
    if !is_roots(&copy) {
        refused("does not belong to root");
        return;
    }
    for spot in [&copy, &place, &home.path().canonicalize().unwrap()] {
        chown(spot, Some(65_534), None).unwrap();
        refused(&format!("{} does not belong to root", name(spot)));
        chown(spot, Some(0), Some(65_534)).unwrap();
        mode(spot, 0o775);
        refused(&format!("other users may change {} (mode 775)", name(spot)));
        mode(spot, 0o755);
    }
    run().done();
}

#[test]
fn uninstalling_leaves_the_vault_and_other_peoples_manifests() {
    let home = home_with(&[]);
    browsers_have_run(&home);
    let sealed = fs::read(home.vault()).unwrap();
    bare(&home, &["install"]).done();
    let neighbour = home.path().join(FIREFOX).join("org.keepassxc.keepassxc_browser.json");
    fs::write(&neighbour, "{}").unwrap();
    let disguised = manifest(&home, ".config/opera/NativeMessagingHosts");
    fs::create_dir_all(disguised.parent().unwrap()).unwrap();
    fs::write(&disguised, r#"{"name":"org.somebody.else"}"#).unwrap();

    let said = bare(&home, &["uninstall"]).done();
    assert!(said.out.contains("The vault was not touched; it lies at "), "{}", said.out);
    assert!(said.out.contains("vault.otv") && said.out.contains("left alone"), "{}", said.out);
    assert!(!manifest(&home, CHROMIUM).exists() && !manifest(&home, FIREFOX).exists());
    assert!(neighbour.exists() && disguised.exists());
    assert_eq!(fs::read(home.vault()).unwrap(), sealed);
    let report = bare(&home, &["uninstall", "--json"]).json();
    assert_eq!(outcomes(&report), [("opera".to_owned(), "foreign".to_owned())]);
}

#[cfg(unix)]
#[test]
fn a_program_that_anybody_may_change_is_not_registered() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    let home = home();
    browsers_have_run(&home);
    let copy = home.path().join("copy");
    // Not `fs::copy`: a test that starts a program meanwhile would hold the copy open for writing.
    assert!(Command::new("cp").arg(program(&home)).arg(&copy).status().unwrap().success());
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o777)).unwrap();
    let output = home.command(&copy).arg("install").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("chmod go-w"));
    assert!(!manifest(&home, CHROMIUM).exists());
}
