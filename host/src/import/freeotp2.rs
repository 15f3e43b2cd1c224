//! FreeOTP 2: a Java map in which each token's secret is sealed with a master key, and that under the
//! password.
//!
//! Never here: Java (`java`).

use std::collections::BTreeMap;

use serde_json::Value;
use zeroize::Zeroizing;

use super::freeotp::names;
use super::item::{Found, Key, Raw};
use super::{Context, ImportError, Reason, WRONG, cipher, java, json, kdf};

const MASTER: &str = "masterKey";
const SUFFIX: &str = "-token";

pub(super) fn read(
    file: &[u8],
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let map = java::read_map(file).ok_or(ImportError::Corrupt)?;
    let master = map.get(MASTER).ok_or(ImportError::Corrupt)?;
    let master = json::parse(master)?;
    let prf = match json::text(&master, "mAlgorithm").to_ascii_lowercase().as_str() {
        "pbkdf2withhmacsha512" => kdf::Prf::Sha512,
        "pbkdf2withhmacsha256" => kdf::Prf::Sha256,
        "pbkdf2withhmacsha1" => kdf::Prf::Sha1,
        _ => return Err(ImportError::UnsupportedVersion),
    };
    let rounds = json::cost(&master, "mIterations")?;
    kdf::allow_pbkdf2(rounds)?;
    let salt = json::bytes(&master, "mSalt").ok_or(ImportError::Corrupt)?;
    let sealed = Sealed::read(master.get("mEncryptedKey").unwrap_or(&Value::Null))
        .ok_or(ImportError::Corrupt)?;
    let password = context.password()?;
    let key = kdf::pbkdf2(prf, password.as_bytes(), &salt, rounds)?;
    let master = sealed.open(&key[..]).ok_or(WRONG)?;
    take_tokens(&map, &master, found)
}

fn take_tokens(
    map: &BTreeMap<String, String>,
    master: &[u8],
    found: &mut Found,
) -> Result<(), ImportError> {
    for (id, text) in map.iter().filter(|(id, _)| id.as_str() != MASTER) {
        let Some(id) = id.strip_suffix(SUFFIX) else {
            // A sealed secret, whose token must be there too.
            if !map.contains_key(&format!("{id}{SUFFIX}")) && is_sealed_key(text) {
                found.skip("", Reason::CorruptItem)?;
            }
            continue;
        };
        let Ok(token) = json::parse(text) else {
            found.skip("", Reason::CorruptItem)?;
            continue;
        };
        let raw = Raw { counter: json::number(&token, "counter"), ..names(&token) };
        match map.get(id).and_then(|sealed| secret(sealed, master)) {
            Some(secret) => {
                found.take(Raw { key: Key::bytes(Some(secret.to_vec())), ..raw })?;
            }
            None => found.skip(&raw.name(), Reason::CorruptItem)?,
        }
    }
    Ok(())
}

fn is_sealed_key(text: &str) -> bool {
    text.contains("mCipherText") || text.contains("\"key\"")
}

fn secret(sealed: &str, master: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let outer = json::parse(sealed).ok()?;
    let inner = json::parse(outer.get("key")?.as_str()?).ok()?;
    Sealed::read(&inner)?.open(master)
}

/// Something under AES-256-GCM, with the name of what it is as additional data.
struct Sealed {
    data: Vec<u8>,
    nonce: Vec<u8>,
    token: String,
}

impl Sealed {
    fn read(value: &Value) -> Option<Self> {
        if value.get("mCipher")?.as_str()? != "AES/GCM/NoPadding" {
            return None;
        }
        Some(Self {
            data: json::bytes(value, "mCipherText")?,
            nonce: nonce(&json::bytes(value, "mParameters")?)?,
            token: value.get("mToken")?.as_str()?.to_owned(),
        })
    }

    fn open(&self, key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        cipher::open_gcm(key, &self.nonce, &self.data, self.token.as_bytes())
    }
}

/// DER: `SEQUENCE { OCTET STRING nonce, INTEGER tag length }`, or the octet string alone.
fn nonce(der: &[u8]) -> Option<Vec<u8>> {
    let inner = match der {
        [0x30, length, inner @ ..] if usize::from(*length) == inner.len() => inner,
        other => other,
    };
    match inner {
        [0x04, 12, rest @ ..] => rest.get(..12).map(<[u8]>::to_vec),
        _ => None,
    }
}
