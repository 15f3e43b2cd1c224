//! 2FAS: `{services, groups, schemaVersion}`, or the services sealed with AES-256-GCM under PBKDF2.
//!
//! Never here: 2FAuth, whose name is nearly the same (`twofauth`).

use std::collections::HashMap;

use serde_json::Value;
use zeroize::Zeroizing;

use super::item::{Found, Key, Raw};
use super::{Context, ImportError, WRONG, cipher, json, kdf, text, uri};

const ROUNDS: u64 = 10_000;

/// What `reference` decrypts to in every file, so that a wrong password can be told from damage.
const REFERENCE: &[u8] = b"tRViSsLKzd86Hprh4ceC2OP7xazn4rrt4xhfEUbOjxLX8Rc3mkISXE0lWbmnWfggogbBJhtYgpK6fMl1D6mtsy92R3HkdGfwuXbzLebqVFJsR7IZ2w58t938iymwG4824igYy1wi6n2WDpO1Q1P69zwJGs2F5a1qP4MyIiDSD7NCV2OvidXQCBnDlGfmz0f1BQySRkkt4ryiJeCjD2o4QsveJ9uDBUn8ELyOrESv5R5DMDkD4iAF8TXU7KyoJujd";

pub(super) fn read(
    file: &Value,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    if 4 < json::cost(file, "schemaVersion")? {
        return Err(ImportError::UnsupportedVersion);
    }
    let sealed = json::text(file, "servicesEncrypted");
    if sealed.trim().is_empty() {
        let plain = file.get("services").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
        // A reference without anything sealed: the key of what was sealed got lost.
        if !json::text(file, "reference").trim().is_empty() {
            return Err(ImportError::Corrupt);
        }
        return read_services(plain, file, found);
    }
    let password = context.password()?;
    let services = match open(&sealed, password)? {
        Some(services) => services,
        None => {
            let reference = json::text(file, "reference");
            return match open(&reference, password) {
                Ok(Some(text)) if text.as_slice() == REFERENCE => Err(ImportError::Corrupt),
                _ => Err(WRONG),
            };
        }
    };
    let services = json::parse_bytes(&services, ImportError::Corrupt)?;
    read_services(services.as_array().ok_or(ImportError::Corrupt)?, file, found)
}

/// `b64(ciphertext ‖ tag):b64(salt):b64(nonce)`; `None` if it does not open.
fn open(sealed: &str, password: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ImportError> {
    let parts: Option<Vec<Vec<u8>>> = sealed.split(':').map(text::base64).collect();
    let parts = parts.and_then(|parts| <[Vec<u8>; 3]>::try_from(parts).ok());
    let Some([sealed, salt, nonce]) = parts else {
        return Err(ImportError::Corrupt);
    };
    let key = kdf::pbkdf2(kdf::Prf::Sha256, password.as_bytes(), &salt, ROUNDS)?;
    Ok(cipher::open_gcm(&key[..], &nonce, &sealed, b""))
}

fn read_services(services: &[Value], file: &Value, found: &mut Found) -> Result<(), ImportError> {
    // iOS writes the same id in either letter case.
    let groups: HashMap<String, String> = json::names(file, "groups", "id", "name")
        .filter(|(id, _)| !id.is_empty())
        .map(|(id, name)| (id.to_ascii_lowercase(), name))
        .collect();
    for service in services {
        let otp = service.get("otp").unwrap_or(&Value::Null);
        let mut label = json::text(otp, "account");
        let mut issuer = json::text(service, "name");
        // An empty account is an account without a name.
        if otp.get("account").is_none_or(Value::is_null) {
            label = json::text(otp, "label");
        }
        if issuer.trim().is_empty() {
            issuer = json::text(otp, "issuer");
        }
        if label.trim().is_empty() {
            label = uri::read(&json::text(otp, "link")).map(|raw| raw.label).unwrap_or_default();
        }
        let kind = json::text(otp, "tokenType");
        let group = groups.get(&json::text(service, "groupId").to_ascii_lowercase());
        let tags = group.into_iter().cloned().collect();
        let raw = Raw {
            kind: if kind.is_empty() { "totp".into() } else { kind },
            algorithm: json::text(otp, "algorithm"),
            digits: json::number(otp, "digits"),
            period: json::number(otp, "period"),
            counter: json::number(otp, "counter"),
            tags,
            ..Raw::totp(&issuer, &label, Key::base32(&json::text(service, "secret")))
        };
        let prefix = json::text(otp, "issuer");
        found.take(strip(raw.without_prefix(), &prefix))?;
    }
    Ok(())
}

/// The label may repeat the URI's issuer where a person renamed the service.
fn strip(mut raw: Raw, issuer: &str) -> Raw {
    if let Some((prefix, account)) = raw.label.split_once(':')
        && !issuer.is_empty()
        && prefix.trim() == issuer.trim()
        && !account.trim().is_empty()
    {
        raw.label = account.trim().to_owned();
    }
    raw
}
