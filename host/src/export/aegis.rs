//! Aegis' backup, plain or sealed: the form that most other authenticators read.
//!
//! Sealed as Aegis does it: a master key, wrapped by scrypt of the password, seals the database; both with
//! AES-256-GCM.
//!
//! Never here: what Aegis has no field for (sites); icons.

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::{BASE32_NOPAD, BASE64, HEXLOWER};
use serde_json::{Value, json};
use shared::Secret;
use zeroize::Zeroizing;

use super::ExportError;
use crate::otp::Otp;
use crate::otpauth::algorithm_name;
use crate::random;
use crate::vault::entry::Entry;
use crate::vault::keys::KeyError;

/// Aegis' own cost of scrypt, which it does not let a person change: N, r, p.
const SCRYPT: (u32, u32, u32) = (32_768, 8, 1);

pub(super) fn write(
    entries: &[&Entry],
    password: Option<&Secret>,
    left_out: &mut Vec<String>,
) -> Result<Zeroizing<Vec<u8>>, ExportError> {
    let mut groups: Vec<(String, String)> = Vec::new();
    let mut list = Vec::new();
    for entry in entries {
        let Some(info) = info(entry) else {
            left_out.push(entry.name());
            continue;
        };
        let mut of = Vec::new();
        for tag in &entry.tags {
            let known = groups.iter().find(|(_, name)| name == tag).map(|(id, _)| id.clone());
            of.push(known.unwrap_or_else(|| {
                let id = uuid(random::bytes());
                groups.push((id.clone(), tag.clone()));
                id
            }));
        }
        list.push(json!({
            "type": kind(&entry.otp), "uuid": uuid(entry.id.0), "name": entry.label,
            "issuer": entry.issuer, "note": entry.note, "favorite": entry.favourite,
            "icon": null, "info": info, "groups": of,
        }));
    }
    let groups: Vec<Value> =
        groups.iter().map(|(id, name)| json!({ "uuid": id, "name": name })).collect();
    let db = json!({ "version": 3, "entries": list, "groups": groups });
    let file = match password {
        None => json!({ "version": 1, "header": { "slots": null, "params": null }, "db": db }),
        Some(password) => seal(&db, password)?,
    };
    Ok(Zeroizing::new(serde_json::to_vec_pretty(&file).expect("a JSON value has a text")))
}

fn kind(otp: &Otp) -> &'static str {
    match otp {
        Otp::Hotp { .. } => "hotp",
        Otp::Motp { .. } => "motp",
        Otp::Steam => "steam",
        Otp::Totp { .. } => "totp",
        Otp::Yandex { .. } => "yandex",
    }
}

/// How codes are made; none where Aegis has no form for it.
fn info(entry: &Entry) -> Option<Value> {
    let mut info = json!({
        "secret": entry.seed.to_base32(),
        "algo": algorithm_name(entry.otp.algorithm()),
        "digits": entry.otp.digits(),
    });
    match &entry.otp {
        Otp::Hotp { counter, .. } => info["counter"] = json!(counter),
        Otp::Motp { pin } => {
            // The text in hexadecimal, of which Aegis keeps the bytes.
            let bytes = HEXLOWER.decode(entry.seed.expose()).ok()?;
            info["secret"] = json!(BASE32_NOPAD.encode(&bytes));
            info["period"] = json!(entry.otp.period());
            info["pin"] = json!(pin.as_ref().map_or("", Secret::expose));
        }
        Otp::Yandex { pin } => {
            info["period"] = json!(entry.otp.period());
            info["pin"] = json!(pin.as_ref().map_or("", Secret::expose));
        }
        Otp::Steam | Otp::Totp { .. } => info["period"] = json!(entry.otp.period()),
    }
    Some(info)
}

fn seal(db: &Value, password: &Secret) -> Result<Value, ExportError> {
    let text = Zeroizing::new(serde_json::to_vec(db).expect("a JSON value has a text"));
    let salt = random::bytes::<32>();
    let mut master = Zeroizing::new([0; 32]);
    random::fill(&mut *master);
    let (n, r, p) = SCRYPT;
    let log_n = u8::try_from(n.ilog2()).expect("15");
    let params = scrypt::Params::new(log_n, r, p).expect("Aegis' own parameters");
    let mut key = Zeroizing::new([0; 32]);
    if password.expose().is_empty() {
        return Err(KeyError::Password.into());
    }
    scrypt::scrypt(password.expose().as_bytes(), &salt, &params, &mut key[..])
        .map_err(|_| KeyError::Memory)?;
    let (wrapped, wrapped_params) = sealed(&key, &master[..]);
    let (body, body_params) = sealed(&master, &text);
    let slot = json!({
        "type": 1, "uuid": uuid(random::bytes()), "key": HEXLOWER.encode(&wrapped),
        "key_params": wrapped_params, "n": n, "r": r, "p": p, "salt": HEXLOWER.encode(&salt),
        "repaired": true, "is_backup": false,
    });
    Ok(json!({
        "version": 1,
        "header": { "slots": [slot], "params": body_params },
        "db": BASE64.encode(&body),
    }))
}

/// Ciphertext, and nonce and tag as Aegis writes them.
fn sealed(key: &[u8; 32], plain: &[u8]) -> (Vec<u8>, Value) {
    let nonce: [u8; 12] = random::bytes();
    let cipher = Aes256Gcm::new(key.into());
    let mut sealed =
        cipher.encrypt(&Nonce::from(nonce), plain).expect("an export is within GCM's limit");
    let tag = sealed.split_off(sealed.len() - 16);
    let params = json!({ "nonce": HEXLOWER.encode(&nonce), "tag": HEXLOWER.encode(&tag) });
    (sealed, params)
}

/// A UUID of version 4 (RFC 9562, section 5.4) with these bits.
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
