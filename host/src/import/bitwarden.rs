//! Bitwarden and Bitwarden Authenticator: JSON, plain or sealed under a password of its own.
//!
//! Never here: its CSV (`table`).

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::item::{Found, MAX_TAGS};
use super::kdf::{Argon2Cost, Prf};
use super::login::Login;
use super::{Context, ImportError, Reason, WRONG, cipher, json, kdf, text, uri};

pub(super) fn read(
    file: &Value,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    if !json::flag(file, "encrypted") {
        // A sealed file whose mark got lost must not pass for an empty one.
        if file.get("data").is_some() {
            return Err(ImportError::Corrupt);
        }
        return read_items(file, found);
    }
    if !json::flag(file, "passwordProtected") {
        return Err(ImportError::AccountRestricted);
    }
    let validation = Sealed::read(json::required(file, "encKeyValidation_DO_NOT_EDIT")?)?;
    let data = Sealed::read(json::required(file, "data")?)?;
    let kdf = Kdf::read(file)?;
    let keys = Keys::derive(file, kdf, context.password()?)?;
    if keys.open(&validation).is_none() {
        return Err(WRONG);
    }
    let data = keys.open(&data).ok_or(ImportError::Corrupt)?;
    read_items(&json::parse_bytes(&data, ImportError::Corrupt)?, found)
}

/// How a file slows down guessing.
#[derive(Clone, Copy)]
enum Kdf {
    Argon2(Argon2Cost),
    Pbkdf2(u64),
}

impl Kdf {
    fn read(file: &Value) -> Result<Self, ImportError> {
        let rounds = json::cost(file, "kdfIterations")?;
        match json::cost(file, "kdfType")? {
            0 => kdf::allow_pbkdf2(rounds).map(|()| Self::Pbkdf2(rounds)),
            1 => {
                let m_kib = json::cost(file, "kdfMemory")?.saturating_mul(1024);
                let p = json::cost(file, "kdfParallelism")?;
                Ok(Self::Argon2(Argon2Cost::id(m_kib, rounds, p).allowed()?))
            }
            _ => Err(ImportError::UnsupportedVersion),
        }
    }
}

/// Encryption and MAC key.
struct Keys {
    enc: Zeroizing<[u8; 32]>,
    mac: Zeroizing<[u8; 32]>,
}

impl Keys {
    fn derive(file: &Value, kdf: Kdf, password: &str) -> Result<Self, ImportError> {
        // Its text, not the bytes that it stands for.
        let salt = json::required(file, "salt")?.as_bytes();
        let password = password.as_bytes();
        let key = match kdf {
            Kdf::Argon2(cost) => kdf::argon2(password, &Sha256::digest(salt), cost)?,
            Kdf::Pbkdf2(rounds) => kdf::pbkdf2(Prf::Sha256, password, salt, rounds)?,
        };
        // HKDF-Expand (RFC 5869, section 2.3), one block each.
        let expand = |info: &[u8]| {
            let mut mac =
                Hmac::<Sha256>::new_from_slice(&key[..]).expect("HMAC takes a key of any length");
            mac.update(info);
            mac.update(&[1]);
            Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()))
        };
        Ok(Self { enc: expand(b"enc"), mac: expand(b"mac") })
    }

    fn open(&self, sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
        let Sealed { iv, data, mac } = sealed;
        if !cipher::has_hmac_sha256(&self.mac[..], &[iv, data], mac) {
            return None;
        }
        cipher::open_cbc(&self.enc[..], iv, data)
    }
}

/// `2.b64(iv)|b64(ciphertext)|b64(mac)`.
struct Sealed {
    iv: Vec<u8>,
    data: Vec<u8>,
    mac: Vec<u8>,
}

impl Sealed {
    fn read(text: &str) -> Result<Self, ImportError> {
        let text = text.strip_prefix("2.").ok_or(ImportError::Corrupt)?;
        let parts: Option<Vec<Vec<u8>>> = text.split('|').map(text::base64).collect();
        match parts.and_then(|parts| <[Vec<u8>; 3]>::try_from(parts).ok()) {
            Some([iv, data, mac]) if iv.len() == 16 && mac.len() == 32 => {
                Ok(Self { iv, data, mac })
            }
            _ => Err(ImportError::Corrupt),
        }
    }
}

fn read_items(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let items = file.get("items").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    let names: HashMap<String, String> = json::names(file, "folders", "id", "name")
        .chain(json::names(file, "collections", "id", "name"))
        .collect();
    for item in items {
        let login = item.get("login").unwrap_or(&Value::Null);
        let code = json::text(login, "totp");
        if code.trim().is_empty() {
            found.ignore();
            continue;
        }
        let title = json::text(item, "name");
        if item.get("deletedDate").is_some_and(|date| !date.is_null()) {
            found.skip(&title, Reason::Trashed)?;
            continue;
        }
        let collections = json::list(item, "collectionIds").iter().filter_map(Value::as_str);
        let tags: Vec<String> = std::iter::once(json::text(item, "folderId").as_str())
            .chain(collections)
            .filter_map(|id| names.get(id).cloned())
            .take(MAX_TAGS)
            .collect();
        let login = Login {
            title: &title,
            user: &json::text(login, "username"),
            tags: &tags,
            favourite: json::flag(item, "favorite"),
        };
        login.take(&code_of(&code), found)?;
    }
    Ok(())
}

/// Bitwarden drops what is not Base32 from a bare secret, and its codes come out right that way: the one
/// exception to the rule that nothing is repaired.
pub(super) fn code_of(value: &str) -> Zeroizing<String> {
    Zeroizing::new(if uri::is_uri(value) {
        value.to_owned()
    } else {
        value
            .chars()
            .map(|c| c.to_ascii_uppercase())
            .filter(|c| matches!(c, 'A'..='Z' | '2'..='7'))
            .collect()
    })
}
