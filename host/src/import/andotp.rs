//! andOTP: a JSON array, plain or sealed with AES-256-GCM, in a newer (PBKDF2) and an older way.
//!
//! Never here: its OpenPGP backups' wrapper (`openpgp`).

use serde_json::Value;
use zeroize::Zeroizing;

use super::item::{Found, Key, Raw};
use super::{Context, ImportError, WRONG_OR_DAMAGED, cipher, json, kdf};
use crate::otp::Seed;
use sha2::{Digest, Sha256};

/// Shortest sealed file of the newer way: rounds, salt, nonce, tag, and something sealed.
pub(super) const MIN: usize = 45;
/// The same of the older one: nonce, tag, something.
pub(super) const MIN_OLD: usize = 29;

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    for entry in file.as_array().ok_or(ImportError::Corrupt)? {
        // The first versions had no types.
        let kind = match json::text(entry, "type") {
            kind if kind.is_empty() => "totp".to_owned(),
            kind => kind,
        };
        let secret = json::text(entry, "secret");
        let mut issuer = json::text(entry, "issuer");
        let mut label = json::text(entry, "label");
        if entry.get("issuer").is_none() {
            // Very old versions had one name for both.
            if let Some((first, rest)) = label.clone().split_once(" - ") {
                issuer = first.trim().to_owned();
                label = rest.trim().to_owned();
            }
        }
        let is_motp = kind.eq_ignore_ascii_case("motp");
        let raw = Raw {
            key: if is_motp { text_key(&secret) } else { Key::base32(&secret) },
            kind,
            issuer,
            label,
            algorithm: json::text(entry, "algorithm"),
            digits: json::number(entry, "digits"),
            period: json::number(entry, "period"),
            counter: json::number(entry, "counter"),
            pin: Some(json::text(entry, "pin")),
            tags: json::list(entry, "tags")
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            ..Raw::default()
        };
        // Labels of an old version carry the issuer, too.
        found.take(raw.without_prefix().split_label())?;
    }
    Ok(())
}

/// A Mobile-OTP secret is the Base32 of its text.
fn text_key(secret: &str) -> Key {
    match Seed::from_base32(secret) {
        _ if secret.trim().is_empty() => Key::Missing,
        Ok(seed) => Key::Bytes(seed.expose().to_vec()),
        Err(_) => Key::Malformed,
    }
}

/// Whether bytes could be sealed in the newer way: the rounds come first.
pub(super) fn could_be_new(file: &[u8]) -> bool {
    MIN <= file.len() && rounds(file).is_some()
}

fn rounds(file: &[u8]) -> Option<u64> {
    let rounds = u32::from_be_bytes(*file.first_chunk()?);
    (1..=10_000_000).contains(&rounds).then_some(u64::from(rounds))
}

pub(super) fn read_sealed(
    file: &[u8],
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    if file.len() < MIN_OLD {
        return Err(ImportError::Corrupt);
    }
    let password = context.password()?;
    let json = open(file, password)?.ok_or(WRONG_OR_DAMAGED)?;
    read(&json::parse_bytes(&json, WRONG_OR_DAMAGED)?, found)
}

fn open(file: &[u8], password: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ImportError> {
    if let (true, Some(rounds)) = (could_be_new(file), rounds(file)) {
        let (salt, rest) = file[4..].split_at(12);
        let key = kdf::pbkdf2(kdf::Prf::Sha1, password.as_bytes(), salt, rounds)?;
        if let Some(json) = cipher::open_gcm(&key[..], &rest[..12], &rest[12..], b"") {
            return Ok(Some(json));
        }
    }
    let key = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(password)));
    Ok(cipher::open_gcm(&key[..], &file[..12], &file[12..], b""))
}
