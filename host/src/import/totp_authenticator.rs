//! TOTP Authenticator (BinaryBoot): one Base64 line under AES-256-CBC, or the same list in a rooted phone's
//! preferences.
//!
//! Never here: any other app's Base64.

use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::Secret;
use zeroize::Zeroizing;

use super::item::{Found, Key, Number, Raw};
use super::{Context, ImportError, WRONG_OR_DAMAGED, cipher, json, text};

/// The password of a file for which its user chose none.
const DEFAULT: &str = "TotpAuthenticator";

pub(super) fn read_sealed(
    file: &str,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let sealed = text::base64(file).ok_or(ImportError::Corrupt)?;
    if sealed.is_empty() || !sealed.len().is_multiple_of(16) {
        return Err(ImportError::Corrupt);
    }
    if let Some(list) = open(&sealed, DEFAULT) {
        return read_list(&list, found);
    }
    let password = context.options.password.map(Secret::expose);
    let password = password.ok_or(ImportError::PasswordRequired)?;
    read_list(&open(&sealed, password).ok_or(WRONG_OR_DAMAGED)?, found)
}

/// `{"[…]": …}`: the list is the text of a key.
fn open(sealed: &[u8], password: &str) -> Option<Value> {
    let key = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(password)));
    let outer = cipher::open_cbc(&key[..], &[0; 16], sealed)?;
    let outer = json::parse_bytes(&outer, ImportError::Corrupt).ok()?;
    outer.as_object()?.keys().filter_map(|key| json::parse(key).ok()).find(Value::is_array)
}

pub(super) fn read_list(list: &Value, found: &mut Found) -> Result<(), ImportError> {
    for item in list.as_array().ok_or(ImportError::Corrupt)? {
        let issuer = json::text(item, "issuer");
        let secret = json::text(item, "key");
        let key = match json::number(item, "base") {
            _ if secret.trim().is_empty() => Key::Missing,
            Number::Is(16) => Key::hex(&secret),
            Number::Absent | Number::Is(32) => Key::base32(&secret),
            Number::Is(64) => Key::base64(&secret),
            _ => Key::Malformed,
        };
        found.take(Raw {
            digits: json::number(item, "digits"),
            period: json::number(item, "period"),
            favourite: json::flag(item, "isFavorite"),
            ..Raw::totp(
                if issuer == "Unknown" { "" } else { &issuer },
                &json::text(item, "name"),
                key,
            )
        })?;
    }
    Ok(())
}
