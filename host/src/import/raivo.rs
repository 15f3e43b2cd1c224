//! Raivo OTP: a JSON array in which every value is a string; mostly inside an encrypted zip.
//!
//! Never here: the zip (`archive`).

use serde_json::Value;

use super::item::{Found, Key, Raw};
use super::{ImportError, json};

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    for entry in file.as_array().ok_or(ImportError::Corrupt)? {
        found.take(Raw {
            kind: json::text(entry, "kind"),
            issuer: json::text(entry, "issuer"),
            label: json::text(entry, "account"),
            key: Key::base32(&json::text(entry, "secret")),
            algorithm: json::text(entry, "algorithm"),
            digits: json::number(entry, "digits"),
            period: json::number(entry, "timer"),
            counter: json::number(entry, "counter"),
            favourite: json::flag(entry, "pinned"),
            ..Raw::default()
        })?;
    }
    Ok(())
}
