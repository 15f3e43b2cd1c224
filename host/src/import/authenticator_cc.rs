//! Authenticator (authenticator.cc), the browser extension: an object with a key per entry, plain or in
//! three generations of encryption.
//!
//! Never here: its list of URIs (`uri`).

use std::collections::HashMap;

use md5::{Digest, Md5};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::item::{Found, Key, Number, Raw};
use super::kdf::Argon2Cost;
use super::{Context, ImportError, Reason, WRONG, WRONG_OR_DAMAGED, cipher, json, kdf, text};
use crate::otp::Seed;

/// More keys than a file has; each costs two Argon2.
const MAX_KEYS: usize = 4;
/// Keys of the object that are no entries.
const SETTINGS: [&str; 3] = ["LocalStorage", "UserSettings", "key"];

pub(super) fn read(
    file: &Value,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let file = file.as_object().ok_or(ImportError::Corrupt)?;
    let mut keys = Keys { context, file, derived: HashMap::new() };
    for (_, entry) in file.iter().filter(|(name, _)| !SETTINGS.contains(&name.as_str())) {
        match json::text(entry, "dataType").as_str() {
            "Key" => {}
            "EncOTPStorage" => {
                let password = keys.of(&json::text(entry, "keyId"))?;
                let data = open_cryptojs(json::required(entry, "data")?, password.as_bytes())?
                    .ok_or(ImportError::Corrupt)?;
                take(&json::parse_bytes(&data, ImportError::Corrupt)?, None, found)?;
            }
            _ if entry.get("secret").is_none() => {
                // Settings of a version to come; an entry says at least what it is of.
                if entry.get("type").is_some() && entry.get("issuer").is_some() {
                    found.skip(&json::text(entry, "issuer"), Reason::MissingSecret)?;
                } else if entry.get("data").is_some() {
                    return Err(ImportError::Corrupt);
                }
            }
            _ if json::flag(entry, "encrypted") => {
                let password = keys.old()?;
                let is_checked = file.contains_key("key");
                let otherwise = if is_checked { ImportError::Corrupt } else { WRONG_OR_DAMAGED };
                let sealed = json::required(entry, "secret")?;
                let secret = open_cryptojs(sealed, password.as_bytes())?.ok_or(otherwise)?;
                let secret = std::str::from_utf8(&secret).map_err(|_| otherwise)?;
                if secret.is_empty() || !secret.is_ascii() {
                    return Err(otherwise);
                }
                take(entry, Some(secret), found)?;
            }
            _ => take(entry, None, found)?,
        }
    }
    Ok(())
}

/// The keys of a file, each derived once.
struct Keys<'a> {
    context: &'a Context<'a>,
    file: &'a Map<String, Value>,
    derived: HashMap<String, Zeroizing<String>>,
}

impl Keys<'_> {
    /// Version 3: the key of this id.
    fn of(&mut self, id: &str) -> Result<&str, ImportError> {
        if !self.derived.contains_key(id) {
            if self.derived.len() == MAX_KEYS {
                return Err(ImportError::KdfCostTooHigh);
            }
            let key = self
                .file
                .values()
                .find(|key| json::text(key, "dataType") == "Key" && json::text(key, "id") == id)
                .ok_or(ImportError::Corrupt)?;
            let salt = json::text(key, "salt");
            let check = Phc::read(json::required(key, "hash")?)?;
            let password = self.context.password()?;
            let derived =
                kdf::argon2(password.as_bytes(), salt.as_bytes(), Argon2Cost::id(19 * 1024, 2, 1))?;
            let derived = Zeroizing::new(data_encoding::BASE64_NOPAD.encode(&derived[..]));
            if !check.is_of(&derived)? {
                return Err(WRONG);
            }
            self.derived.insert(id.to_owned(), derived);
        }
        Ok(&self.derived[id])
    }

    /// Versions 1 and 2: the password, or what it unlocks.
    fn old(&mut self) -> Result<&str, ImportError> {
        const ID: &str = "";
        if !self.derived.contains_key(ID) {
            let check = match self.file.get("key") {
                None => None,
                Some(key) => Some((key, Phc::read(json::required(key, "hash")?)?)),
            };
            let password = self.context.password()?;
            let derived = match check {
                None => Zeroizing::new(password.to_owned()),
                Some((key, check)) => {
                    let inner = open_cryptojs(json::required(key, "enc")?, password.as_bytes())?
                        .ok_or(WRONG_OR_DAMAGED)?;
                    let inner = Zeroizing::new(data_encoding::HEXLOWER.encode(&inner));
                    if !check.is_of(&inner)? {
                        return Err(WRONG);
                    }
                    inner
                }
            };
            self.derived.insert(ID.to_owned(), derived);
        }
        Ok(&self.derived[ID])
    }
}

/// An Argon2 PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
struct Phc {
    cost: Argon2Cost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Phc {
    fn read(phc: &str) -> Result<Self, ImportError> {
        let corrupt = ImportError::Corrupt;
        let parts: Vec<&str> = phc.split('$').collect();
        let ["", "argon2id", "v=19", costs, salt, hash] = parts[..] else { return Err(corrupt) };
        let cost = |name: &str| {
            costs
                .split(',')
                .find_map(|cost| cost.strip_prefix(name)?.strip_prefix('=')?.parse::<u64>().ok())
                .ok_or(corrupt)
        };
        Ok(Self {
            cost: Argon2Cost::id(cost("m")?, cost("t")?, cost("p")?).allowed()?,
            salt: text::base64(salt).ok_or(corrupt)?,
            hash: text::base64(hash).ok_or(corrupt)?,
        })
    }

    /// Whether it is of this text.
    fn is_of(&self, text: &str) -> Result<bool, ImportError> {
        Ok(kdf::argon2(text.as_bytes(), &self.salt, self.cost)?.ct_eq(&self.hash).into())
    }
}

/// CryptoJS, which is OpenSSL's `enc`: `Salted__`, a salt, AES-256-CBC; key and IV are MD5's of the
/// password and each other. `None` if it does not open.
fn open_cryptojs(sealed: &str, password: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, ImportError> {
    let sealed = text::base64(sealed).ok_or(ImportError::Corrupt)?;
    let rest = sealed.strip_prefix(b"Salted__").ok_or(ImportError::Corrupt)?;
    let (salt, sealed) = rest.split_first_chunk::<8>().ok_or(ImportError::Corrupt)?;
    if sealed.is_empty() || !sealed.len().is_multiple_of(16) {
        return Err(ImportError::Corrupt);
    }
    let mut derived = Zeroizing::new(Vec::with_capacity(48));
    let mut last: Option<[u8; 16]> = None;
    while derived.len() < 48 {
        let mut hash = Md5::new();
        hash.update(last.as_ref().map_or(&[][..], |last| &last[..]));
        hash.update(password);
        hash.update(salt);
        let block: [u8; 16] = hash.finalize().into();
        derived.extend_from_slice(&block);
        last = Some(block);
    }
    Ok(cipher::open_cbc(&derived[..32], &derived[32..], sealed))
}

/// An entry; its secret may have been sealed by itself.
fn take(entry: &Value, secret: Option<&str>, found: &mut Found) -> Result<(), ImportError> {
    let stated = json::text(entry, "secret");
    let mut secret = secret.unwrap_or(&stated).trim();
    let mut kind = json::text(entry, "type");
    if let Number::Is(number) = json::number(entry, "type") {
        kind = match number {
            1 => "totp",
            2 => "hotp",
            3 => "battle",
            4 => "steam",
            5 => "hex",
            6 => "hhex",
            _ => "unknown",
        }
        .into();
    }
    // The extension takes what has no type for the most common one.
    if kind.is_empty() {
        kind = "totp".into();
    }
    let lower = secret.to_ascii_lowercase();
    for (prefix, of) in [("blz-", "battle"), ("bliz-", "battle"), ("stm-", "steam")] {
        if lower.starts_with(prefix) {
            secret = &secret[prefix.len()..];
            kind = of.into();
        }
    }
    let is_hex = match kind.as_str() {
        "hex" | "hhex" => true,
        "totp" | "hotp" => Seed::from_base32(secret).is_err() && text::hex(secret).is_some(),
        _ => false,
    };
    let digits = json::number(entry, "digits");
    let issuer = json::text(entry, "issuer");
    let algorithm = match json::number(entry, "algorithm") {
        Number::Is(1) => "SHA1".into(),
        Number::Is(2) => "SHA256".into(),
        Number::Is(3) => "SHA512".into(),
        _ => json::text(entry, "algorithm"),
    };
    found.take(Raw {
        digits: if kind == "battle" && digits == Number::Absent { Number::Is(8) } else { digits },
        kind: match kind.as_str() {
            "battle" | "hex" => "totp".into(),
            "hhex" => "hotp".into(),
            _ => kind,
        },
        // `Name::host`: the host is for filling in.
        issuer: issuer.split("::").next().unwrap_or_default().to_owned(),
        label: json::text(entry, "account"),
        key: match secret {
            "" => Key::Missing,
            _ if is_hex => Key::hex(secret),
            _ => Key::base32(secret),
        },
        algorithm,
        period: json::number(entry, "period"),
        counter: json::number(entry, "counter"),
        favourite: json::flag(entry, "pinned"),
        ..Raw::default()
    })
}
