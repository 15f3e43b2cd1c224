//! Aegis: `{version, header, db}`, the database plain or sealed with AES-256-GCM under a master key that
//! each slot wraps with scrypt.
//!
//! Never here: Aegis' text export, which is a list of URIs (`uri`).

use std::collections::HashMap;
use std::iter;

use serde_json::Value;
use zeroize::Zeroizing;

use super::item::{Found, Key, MAX_TAGS, Raw};
use super::kdf::ScryptCost;
use super::{Context, ImportError, WRONG, cipher, json, kdf, text};
use crate::otp::Seed;

/// The slots of passwords; others can't be used away from the phone.
const PASSWORD_SLOT: i64 = 1;
/// More slots than anyone has passwords, and each costs an scrypt.
const MAX_SLOTS: usize = 16;

pub(super) fn read(
    file: &Value,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    if json::cost(file, "version")? != 1 {
        return Err(ImportError::UnsupportedVersion);
    }
    match file.get("db") {
        Some(db @ Value::Object(_)) => read_db(db, found),
        Some(Value::String(sealed)) => {
            let db = open(file.get("header").unwrap_or(&Value::Null), sealed, context)?;
            read_db(&json::parse_bytes(&db, ImportError::Corrupt)?, found)
        }
        _ => Err(ImportError::Corrupt),
    }
}

fn open(
    header: &Value,
    sealed: &str,
    context: &Context<'_>,
) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let sealed = text::base64(sealed).ok_or(ImportError::Corrupt)?;
    let slots = header.get("slots").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    let passwords: Vec<&Value> = slots
        .iter()
        .filter(|slot| slot.get("type").and_then(Value::as_i64) == Some(PASSWORD_SLOT))
        .collect();
    if passwords.is_empty() {
        return Err(ImportError::NoPasswordSlot);
    }
    if MAX_SLOTS < passwords.len() {
        return Err(ImportError::KdfCostTooHigh);
    }
    let cost = |slot: &Value| {
        ScryptCost::new(json::cost(slot, "n")?, json::cost(slot, "r")?, json::cost(slot, "p")?)
    };
    let costs: Result<Vec<ScryptCost>, ImportError> =
        passwords.iter().map(|slot| cost(slot)).collect();
    let costs = costs?;
    ScryptCost::allow_all(&costs)?;
    let password = context.password()?;
    for (slot, cost) in passwords.into_iter().zip(costs) {
        let key = kdf::scrypt(password.as_bytes(), &hex(slot, "salt")?, cost)?;
        let wrapped = [hex(slot, "key")?, params(slot, "key_params", "tag")?].concat();
        let nonce = params(slot, "key_params", "nonce")?;
        let Some(master) = cipher::open_gcm(&key[..], &nonce, &wrapped, b"") else { continue };
        let sealed = [sealed, params(header, "params", "tag")?].concat();
        return cipher::open_gcm(&master, &params(header, "params", "nonce")?, &sealed, b"")
            .ok_or(ImportError::Corrupt);
    }
    Err(WRONG)
}

fn hex(value: &Value, key: &str) -> Result<Vec<u8>, ImportError> {
    text::hex(json::required(value, key)?).ok_or(ImportError::Corrupt)
}

fn params(value: &Value, params: &str, key: &str) -> Result<Vec<u8>, ImportError> {
    hex(value.get(params).unwrap_or(&Value::Null), key)
}

fn read_db(db: &Value, found: &mut Found) -> Result<(), ImportError> {
    if 3 < json::cost(db, "version").unwrap_or(1) {
        return Err(ImportError::UnsupportedVersion);
    }
    let groups: HashMap<String, String> = json::names(db, "groups", "uuid", "name").collect();
    let entries = db.get("entries").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    for entry in entries {
        let info = entry.get("info").unwrap_or(&Value::Null);
        let kind = json::text(entry, "type");
        let secret = json::text(info, "secret");
        let ids = json::list(entry, "groups").iter().filter_map(Value::as_str);
        let names = ids.filter_map(|id| groups.get(id).cloned());
        let tags = iter::once(json::text(entry, "group")).chain(names).take(MAX_TAGS).collect();
        found.take(Raw {
            key: if kind.eq_ignore_ascii_case("motp") {
                motp_key(&secret)
            } else {
                Key::base32(&secret)
            },
            algorithm: algorithm(&kind, json::text(info, "algo")),
            kind,
            issuer: json::text(entry, "issuer"),
            label: json::text(entry, "name"),
            digits: json::number(info, "digits"),
            period: json::number(info, "period"),
            counter: json::number(info, "counter"),
            pin: Some(json::text(info, "pin")),
            note: json::text(entry, "note"),
            tags,
            favourite: json::flag(entry, "favorite"),
            ..Raw::default()
        })?;
    }
    Ok(())
}

/// A version of Aegis let people choose MD5 where there is none; it makes those codes with SHA-1.
fn algorithm(kind: &str, stated: String) -> String {
    if stated.eq_ignore_ascii_case("md5") && !kind.eq_ignore_ascii_case("motp") {
        return String::new();
    }
    stated
}

/// Aegis keeps the bytes that a Mobile-OTP secret's hexadecimal text stands for; the text goes into MD5.
fn motp_key(secret: &str) -> Key {
    if secret.trim().is_empty() {
        return Key::Missing;
    }
    match Seed::from_base32(secret) {
        Ok(seed) => Key::Bytes(data_encoding::HEXLOWER.encode(seed.expose()).into_bytes()),
        Err(_) => Key::Malformed,
    }
}
