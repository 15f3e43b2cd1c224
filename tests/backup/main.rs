//! Backups as a person has them: made by themselves, listed, proved, and brought back on a new machine.
//!
//! Never here: kills, errors and power cuts while one is written (`faults`); its bytes (`host/src/backup`).

#![allow(clippy::unwrap_used, reason = "a test that finds nothing where something must be, fails")]

mod automatic;
mod restore;
#[path = "../cli/said.rs"]
mod said;

use std::fs;
use std::path::PathBuf;

use tests::home::Home;

use said::say;

/// The backups password.
const BACKUPS: &str = "seven purple kettles hum at dawn";
const ALICE: &str = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXP";
const BOB: &str = "otpauth://totp/Bank:bob?secret=MFRGGZDFMZTWQ2LK";

/// A folder for backups, in the home.
fn folder(home: &Home) -> String {
    let path = home.path().join("backups");
    fs::create_dir_all(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Chooses password and folder.
fn set_up(home: &Home) -> String {
    let folder = folder(home);
    say(home, &["backup", "set-password", "--folder", &folder], &[BACKUPS]).done();
    folder
}

/// The backups in a folder, the oldest first.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn labels(home: &Home) -> Vec<String> {
    let json = say(home, &["list", "--json"], &[]).json();
    let accounts = json["accounts"].as_array().unwrap().iter();
    accounts.map(|account| account["label"].as_str().unwrap().to_owned()).collect()
}
