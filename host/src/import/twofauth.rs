//! 2FAuth: `{app: "2fauth_…", data}`, accounts as objects or as URIs.
//!
//! Never here: its icons, which this app has no room for.

use serde_json::Value;

use super::item::{Found, Key, Raw};
use super::{ImportError, Reason, json, uri};

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    if 1 < json::cost(file, "schema").unwrap_or(1) {
        return Err(ImportError::UnsupportedVersion);
    }
    for account in file.get("data").and_then(Value::as_array).ok_or(ImportError::Corrupt)? {
        if let Value::String(text) = account {
            match uri::read(text) {
                Some(raw) => found.take(raw)?,
                None => found.skip("", Reason::NotAnOtpUri)?,
            }
            continue;
        }
        let kind = json::text(account, "otp_type");
        found.take(Raw {
            kind: if kind == "steamtotp" { "steam".into() } else { kind },
            issuer: json::text(account, "service"),
            label: json::text(account, "account"),
            key: Key::base32(&json::text(account, "secret")),
            algorithm: json::text(account, "algorithm"),
            digits: json::number(account, "digits"),
            period: json::number(account, "period"),
            counter: json::number(account, "counter"),
            ..Raw::default()
        })?;
    }
    Ok(())
}
