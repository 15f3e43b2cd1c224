//! Steam: the mobile app's files, and Steam Desktop Authenticator's, which may be encrypted one by one.
//!
//! Never here: confirmations, the identity secret; only codes come along.

use std::collections::HashSet;

use serde_json::Value;

use super::item::{Found, Key, Raw};
use super::kdf::Prf;
use super::{Context, ImportError, Reason, WRONG_OR_DAMAGED, cipher, json, kdf, text};

const ROUNDS: u64 = 50_000;

/// `{shared_secret, account_name, …}`, or several under `accounts`.
pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    if let Some(accounts) = file.get("accounts").and_then(Value::as_object) {
        return accounts.values().try_for_each(|account| take(account, found));
    }
    take(file, found)
}

fn take(account: &Value, found: &mut Found) -> Result<(), ImportError> {
    let secret = json::text(account, "shared_secret");
    let label = json::first_text(account, &["account_name", "steamid"]);
    found.take(Raw {
        kind: "steam".into(),
        ..Raw::totp(
            "Steam",
            &label,
            if secret.is_empty() { Key::Missing } else { Key::base64(&secret) },
        )
    })
}

/// Whether bytes are Steam Desktop Authenticator's list of its files.
pub(super) fn is_manifest(bytes: &[u8]) -> bool {
    bytes.len() < 1 << 20
        && json::parse_bytes(bytes, ImportError::Corrupt)
            .is_ok_and(|value| is_manifest_value(&value))
}

/// The same of parsed JSON.
pub(super) fn is_manifest_value(value: &Value) -> bool {
    let entry = json::list(value, "entries").first();
    entry.is_some_and(|entry| entry.get("filename").is_some() && entry.get("steamid").is_some())
}

/// The manifest, and the files that were picked with it.
pub(super) fn read_manifest(
    manifest: &Value,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let mut read_before = HashSet::new();
    for entry in json::list(manifest, "entries") {
        let name = json::text(entry, "filename");
        // A name, not a path: it is only compared with what was picked.
        let Some(source) = context.sources.iter().find(|source| source.name == Some(&name)) else {
            found.skip(&json::text(entry, "steamid"), Reason::CorruptItem)?;
            continue;
        };
        if !read_before.insert(source.name) {
            found.skip(&json::text(entry, "steamid"), Reason::Duplicate)?;
            continue;
        }
        let file = text::decode(source.bytes).0;
        if json::flag(manifest, "encrypted") {
            read(&open(entry, &file, context)?, found)?;
        } else {
            read(&json::parse(&file)?, found)?;
        }
    }
    if read_before.is_empty() { Err(ImportError::NoAccountsFile) } else { Ok(()) }
}

fn open(entry: &Value, file: &str, context: &Context<'_>) -> Result<Value, ImportError> {
    let base64 = |key| text::base64(json::required(entry, key)?).ok_or(ImportError::Corrupt);
    let (iv, salt) = (base64("encryption_iv")?, base64("encryption_salt")?);
    let sealed = text::base64(file).ok_or(ImportError::Corrupt)?;
    if iv.len() != 16 || sealed.is_empty() || !sealed.len().is_multiple_of(16) {
        return Err(ImportError::Corrupt);
    }
    let password = context.password()?;
    let key = kdf::pbkdf2(Prf::Sha1, password.as_bytes(), &salt, ROUNDS)?;
    let account = cipher::open_cbc(&key[..], &iv, &sealed).ok_or(WRONG_OR_DAMAGED)?;
    json::parse_bytes(&account, WRONG_OR_DAMAGED)
}
