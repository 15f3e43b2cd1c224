//! Countersign's own export: everything that a person put in, in plain JSON or sealed.
//!
//! ```text
//! {"countersign": "export", "version": 1, "entries": [
//!   {"kind": "totp", "issuer": "GitHub", "label": "alice",
//!    "secret": "JBSWY3DPEHPK3PXP",           Base32 (RFC 4648), no padding
//!    "algorithm": "SHA1", "digits": 6,        totp, hotp
//!    "period": 30,                            totp: seconds
//!    "counter": 0,                            hotp: the next to use
//!    "pin": "1234",                           motp, yandex
//!    "sites": ["github.com"], "tags": ["work"], "note": "", "favourite": true, "icon": "",
//!    "picture": BASE64,                       a PNG, at most 64 pixels wide and high and 8,192 bytes
//!    "sends": ["github.com"],                 of the sites, where the form is sent after a fill
//!    "spares": [{"code": "abcd-1234", "used": true}],  the site's backup codes
//!    "trashed": 1700000000}                   in the trash since, in seconds since 1970
//! ]}
//! ```
//!
//! `kind` is `totp`, `hotp`, `steam`, `motp` (its secret is the text that goes into MD5, as bytes) or `yandex`;
//! what is empty or false is left out. Sealed:
//!
//! ```text
//! {"countersign": "export", "version": 1,
//!  "kdf": {"name": "argon2id", "m_kib": 65536, "t": 3, "p": 4, "salt": BASE64 of 32 bytes},
//!  "nonce": BASE64 of 12 bytes, "check": BASE64 of 32 bytes,
//!  "sealed": BASE64 of ciphertext and tag}
//! ```
//!
//! PRK = Argon2id (version 0x13) of the password (NFKC, UTF-8); key = HKDF-Expand(PRK, "countersign.export.v1/key"),
//! `check` = HKDF-Expand(PRK, "countersign.export.v1/check"), which tells a wrong password from a damaged file;
//! the plain JSON is sealed with AES-256-GCM, AAD "countersign.export.v1".
//!
//! Never here: reading it (`import::countersign`).

use data_encoding::BASE64;
use serde_json::{Map, Value, json};
use shared::Secret;
use zeroize::Zeroizing;

use super::ExportError;
use crate::otp::Otp;
use crate::vault::body::Body;
use crate::vault::cost::KdfParams;
use crate::vault::entry::Entry;
use crate::vault::export::seal_export;
use crate::vault::keys::{self, Derived};

pub(super) fn write(
    body: &Body,
    entries: &[&Entry],
    password: Option<&Secret>,
) -> Result<Zeroizing<Vec<u8>>, ExportError> {
    let entries: Vec<Value> =
        entries.iter().map(|entry| Value::Object(fields(body, entry))).collect();
    let plain = json!({ "countersign": "export", "version": 1, "entries": entries });
    let Some(password) = password else { return Ok(bytes(&plain, true)) };
    let plain = bytes(&plain, false);
    let derived = Derived::new(&keys::normalise(password.expose())?, KdfParams::DEFAULT)?;
    let sealed = seal_export(&derived.prk, &plain);
    let (m_cost, t_cost, p_cost) = derived.params.costs();
    let file = json!({
        "countersign": "export",
        "version": 1,
        "kdf": {
            "name": "argon2id", "m_kib": m_cost, "t": t_cost, "p": p_cost,
            "salt": BASE64.encode(&derived.salt),
        },
        "nonce": BASE64.encode(&sealed.nonce),
        "check": BASE64.encode(&sealed.check),
        "sealed": BASE64.encode(&sealed.sealed),
    });
    Ok(bytes(&file, true))
}

fn bytes(value: &Value, pretty: bool) -> Zeroizing<Vec<u8>> {
    let text = if pretty { serde_json::to_vec_pretty(value) } else { serde_json::to_vec(value) };
    Zeroizing::new(text.expect("a JSON value has a text"))
}

fn fields(body: &Body, entry: &Entry) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        let says_nothing = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if !says_nothing {
            fields.insert(name.to_owned(), value);
        }
    };
    put("kind", json!(entry.otp.kind()));
    put("issuer", json!(entry.issuer));
    put("label", json!(entry.label));
    put("secret", json!(entry.seed.to_base32()));
    match &entry.otp {
        Otp::Hotp { algorithm, digits, counter } => {
            put("algorithm", json!(algorithm));
            put("digits", json!(digits.count()));
            put("counter", json!(counter));
        }
        Otp::Totp { algorithm, digits, period } => {
            put("algorithm", json!(algorithm));
            put("digits", json!(digits.count()));
            put("period", json!(period.seconds()));
        }
        Otp::Motp { pin } | Otp::Yandex { pin } => put("pin", json!(pin)),
        Otp::Steam => {}
    }
    put("sites", json!(entry.sites));
    put("tags", json!(entry.tags));
    put("note", json!(entry.note));
    put("favourite", json!(entry.favourite));
    put("icon", json!(entry.icon));
    put("picture", json!(entry.picture));
    put("sends", json!(body.sending(entry)));
    put("spares", json!(entry.spares));
    put("trashed", json!(entry.trashed));
    fields
}
