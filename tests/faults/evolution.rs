//! Vaults of other versions: what a newer one added is kept byte for byte, a newer layout is left alone, and
//! what each version wrote opens for ever.
//!
//! Never here: what the additions mean.

use std::fs;

use host::vault::file::FileError;
use host::vault::format::{self, Container, FormatError};
use host::vault::slot::{Slot, SlotType};
use serde_json::{Value, json};

use crate::fixture::{self, MASTER, NOW, derived};

/// Made by version 0.1.0 of the format 1.0: the accounts `a` and `b`, the password `master`.
const FIRST: &[u8] = include_bytes!("vaults/1.0.otv");

#[test]
fn what_the_first_version_wrote_opens_and_is_saved_again() {
    let folder = fixture::folder();
    let store = fixture::store(folder.path());
    fs::create_dir(store.path().parent().unwrap()).unwrap();
    fs::write(store.path(), FIRST).unwrap();
    let mut vault = fixture::session(&store).unwrap();
    let labels = |vault: &host::vault::Vault| {
        let mut labels: Vec<_> = vault.body.entries.values().map(|e| e.label.clone()).collect();
        labels.sort();
        labels
    };
    assert_eq!(labels(&vault), ["a", "b"]);
    fixture::add(&store, &mut vault, "c").unwrap();
    assert_eq!(labels(&fixture::session(&store).unwrap()), ["a", "b", "c"]);
}

#[test]
fn a_newer_layout_is_left_alone() {
    let folder = fixture::folder();
    let store = fixture::store(folder.path());
    fs::create_dir(store.path().parent().unwrap()).unwrap();
    let mut newer = FIRST.to_vec();
    newer[8] = 2;
    fixture::repair(&mut newer);
    fs::write(store.path(), &newer).unwrap();
    let is_newer = |err: &FileError| matches!(err, FileError::Format(FormatError::Newer));
    assert!(store.read().is_err_and(|err| is_newer(&err)));
    // Neither is it replaced by a new vault, nor by an earlier save.
    assert!(matches!(store.create(derived(MASTER), NOW), Err(FileError::Exists)));
    assert!(store.revert(1, NOW).is_err_and(|err| is_newer(&err)));
    assert_eq!(fs::read(store.path()).unwrap(), newer);
}

/// Adds to every object of a JSON text what no version knows.
fn grown(json: &[u8]) -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(json).unwrap();
    body["of_tomorrow"] = json!({"a": [1, 2.5, null], "b": "\u{1f511}"});
    for entry in body["entries"].as_array_mut().unwrap() {
        entry["of_tomorrow"] = json!([{"x": "y"}, 1e-3]);
    }
    body["entries"].as_array_mut().unwrap().push(json!({
        "id": "0123456789abcdef0123456789abcdef", "kind": "of_tomorrow", "at": [1, 2, 3],
    }));
    serde_json::to_vec(&body).unwrap()
}

/// What `grown` added, as it lies in a JSON text now.
fn additions(json: &[u8]) -> (Value, Vec<Value>, Value) {
    let body: Value = serde_json::from_slice(json).unwrap();
    let entries = body["entries"].as_array().unwrap();
    let tomorrows = entries.iter().map(|entry| entry["of_tomorrow"].clone());
    let tomorrows = tomorrows.filter(|value| !value.is_null()).collect();
    let unknown = entries.iter().find(|entry| entry["kind"] == "of_tomorrow").cloned();
    (body["of_tomorrow"].clone(), tomorrows, unknown.unwrap())
}

#[test]
fn what_a_newer_minor_version_added_is_kept_by_a_save() {
    let folder = fixture::folder();
    let store = fixture::store(folder.path());
    fs::create_dir(store.path().parent().unwrap()).unwrap();
    let sealed = format::parse(Container::Vault, FIRST).unwrap();
    let dek = fixture::unlock(FIRST, &sealed, MASTER).unwrap();
    let body = grown(&sealed.open(&dek).unwrap());
    let mut header = sealed.header;
    header.minor = 1;
    let slot = Slot::seal(SlotType::Other(200), derived(MASTER), &header.vault_id, &dek);
    let slots = [sealed.slots[0].clone(), slot.clone()];
    let extension = b"what a newer version says in its header";
    let newer = format::seal(Container::Vault, &header, &slots, extension, &body, &dek).unwrap();
    fs::write(store.path(), newer).unwrap();

    let mut vault = fixture::session(&store).unwrap();
    fixture::add(&store, &mut vault, "c").unwrap();
    let file = fs::read(store.path()).unwrap();
    let saved = format::parse(Container::Vault, &file).unwrap();
    assert_eq!((saved.header.minor, saved.header.generation), (1, header.generation + 1));
    assert_eq!(saved.extension, extension);
    assert_eq!(saved.slots[1], slot);
    let dek = fixture::unlock(&file, &saved, MASTER).unwrap();
    let after = saved.open(&dek).unwrap();
    assert_eq!(additions(&after), additions(&body));
    assert_eq!(additions(&after).1.len(), 2);
}
