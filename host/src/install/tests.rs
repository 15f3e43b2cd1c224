//! Installing into homes that are thrown away.
//!
//! Never here: the real home.

use std::fs::{create_dir_all, read_to_string, write};

use super::places::places_in;
use super::*;

fn home_with(folders: &[&str]) -> (tempfile::TempDir, Places) {
    let folder = tempfile::tempdir().unwrap();
    let places = places_in(folder.path(), System::Linux);
    for folder in folders {
        create_dir_all(places.resolve(folder).join("something")).unwrap();
    }
    create_dir_all(places.binary.parent().unwrap()).unwrap();
    write(&places.binary, "").unwrap();
    (folder, places)
}

fn outcomes(lines: &[Line]) -> Vec<(&str, Outcome)> {
    lines
        .iter()
        .filter(|line| line.outcome != Outcome::NotFound)
        .map(|line| (line.browser, line.outcome))
        .collect()
}

#[test]
fn a_browser_that_has_run_here_gets_its_manifest_and_no_other_does() {
    let (_folder, places) = home_with(&["$config/chromium", "~/.mozilla/firefox"]);
    let lines = install(&places, &Scope::default());
    assert_eq!(outcomes(&lines), [("chromium", Outcome::Written), ("firefox", Outcome::Written)]);
    assert_eq!(lines.len(), BROWSERS.len());
    let chromium = "$config/chromium/NativeMessagingHosts/org.countersign.host.json";
    let text = read_to_string(places.resolve(chromium)).unwrap();
    assert!(text.contains(places.binary.to_str().unwrap()), "{text}");
    assert!(!places.resolve("$config/google-chrome").exists());

    let again = install(&places, &Scope::default());
    assert_eq!(outcomes(&again), [("chromium", Outcome::Right), ("firefox", Outcome::Right)]);
}

#[test]
fn a_browser_is_found_by_its_program_before_it_has_run() {
    let (folder, places) = home_with(&[]);
    write(folder.path().join("bin/vivaldi"), "").unwrap();
    assert_eq!(outcomes(&install(&places, &Scope::default())), [("vivaldi", Outcome::Written)]);
}

#[test]
fn channels_are_served_where_they_are() {
    let (_folder, places) = home_with(&["$config/google-chrome-beta"]);
    let lines = install(&places, &Scope::default());
    let files: Vec<String> =
        lines.iter().filter_map(|line| line.manifest.as_ref()).map(Spot::to_string).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files[1].contains("google-chrome-beta/NativeMessagingHosts/"));
}

#[test]
fn writing_for_everyone_makes_no_browser_look_installed() {
    let (_folder, places) = home_with(&[]);
    let lines = install(&places, &Scope { all: true, ..Scope::default() });
    assert!(lines.iter().all(|line| matches!(line.outcome, Outcome::Written | Outcome::Right)));
    assert!(BROWSERS.iter().all(|browser| !is_found(browser, &places)));
}

#[test]
fn a_stale_manifest_is_repaired_and_says_what_it_was() {
    let (_folder, places) = home_with(&["~/.mozilla/firefox"]);
    install(&places, &Scope::default());
    let moved = Places { binary: places.root.join("moved/countersign"), ..places.clone() };
    let lines = install(&moved, &Scope::default());
    assert_eq!(outcomes(&lines), [("firefox", Outcome::Repaired)]);
    let note = lines.iter().find_map(|line| line.note.as_deref()).unwrap();
    assert!(note.contains("starts another program") && note.contains("bin/countersign"), "{note}");
    assert_eq!(outcomes(&install(&moved, &Scope::default())), [("firefox", Outcome::Right)]);
}

#[test]
fn uninstalling_takes_ours_away_and_leaves_what_is_foreign() {
    let (_folder, places) = home_with(&["$config/chromium", "~/.mozilla/firefox"]);
    create_dir_all(&places.data).unwrap();
    write(&places.vault, "sealed").unwrap();
    install(&places, &Scope::default());
    let neighbour = places.resolve("~/.mozilla/native-messaging-hosts/org.else.host.json");
    write(&neighbour, r#"{"name":"org.else.host"}"#).unwrap();
    let disguised = places.resolve("$config/vivaldi/NativeMessagingHosts");
    create_dir_all(&disguised).unwrap();
    write(disguised.join(manifest::file_name()), r#"{"name":"org.else.host"}"#).unwrap();

    let lines = uninstall(&places, &Scope::default());
    assert_eq!(
        outcomes(&lines),
        [
            ("chromium", Outcome::Removed),
            ("vivaldi", Outcome::Foreign),
            ("firefox", Outcome::Removed)
        ]
    );
    assert!(neighbour.exists());
    assert_eq!(read_to_string(&places.vault).unwrap(), "sealed");
    assert_eq!(outcomes(&uninstall(&places, &Scope::default())), [("vivaldi", Outcome::Foreign)]);
}

#[test]
fn a_browser_in_a_sandbox_is_told_about_instead_of_served() {
    let (_folder, places) = home_with(&["~/.var/app/com.brave.Browser", "/snap/firefox"]);
    let lines = install(&places, &Scope::default());
    assert_eq!(outcomes(&lines), [("brave", Outcome::Sandboxed), ("firefox", Outcome::Written)]);
    assert!(lines.iter().filter(|line| line.note.is_some()).count() == 2);
}

#[test]
fn for_the_whole_machine_it_writes_where_the_machine_looks() {
    let (_folder, places) = home_with(&["$config/microsoft-edge", "~/.mozilla/firefox"]);
    let lines = install(&places, &Scope { system: true, ..Scope::default() });
    assert_eq!(outcomes(&lines), [("edge", Outcome::Written), ("firefox", Outcome::Written)]);
    for folder in
        ["/etc/opt/edge/native-messaging-hosts", "/usr/lib/mozilla/native-messaging-hosts"]
    {
        assert!(places.resolve(folder).join(manifest::file_name()).is_file(), "{folder}");
    }
}

#[cfg(not(windows))]
#[test]
fn a_failure_is_a_line_and_not_the_end() {
    let (_folder, places) = home_with(&["$config/chromium", "~/.mozilla/firefox"]);
    // A file where the folder should be.
    write(places.resolve("$config/chromium/NativeMessagingHosts"), "").unwrap();
    let lines = install(&places, &Scope::default());
    assert_eq!(outcomes(&lines), [("chromium", Outcome::Failed), ("firefox", Outcome::Written)]);
}

#[test]
fn on_windows_the_registry_names_a_file_in_our_folder() {
    let folder = tempfile::tempdir().unwrap();
    let places = places_in(folder.path(), System::Windows);
    let opera = spots(Browser::named("opera").unwrap(), &places, false);
    assert_eq!(
        opera[0].to_string(),
        r"HKCU\Software\Google\Chrome\NativeMessagingHosts\org.countersign.host"
    );
    assert!(opera[0].file.ends_with("countersign/chromium/org.countersign.host.json"));
}
