//! Duo Mobile: `accounts.json` of a rooted phone.
//!
//! Never here: push accounts, which have no codes.

use serde_json::Value;

use super::item::{Found, Key, Number, Raw};
use super::{ImportError, Reason, json};

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    for account in file.as_array().ok_or(ImportError::Corrupt)? {
        let name = json::text(account, "name");
        let Some(generator @ Value::Object(_)) = account.get("otpGenerator") else {
            found.skip(&name, Reason::UnsupportedType)?;
            continue;
        };
        let counter = json::number(generator, "counter");
        let kind = if counter == Number::Absent { "totp" } else { "hotp" };
        found.take(Raw {
            kind: kind.into(),
            counter,
            ..Raw::totp("", &name, Key::base32(&json::text(generator, "otpSecret")))
        })?;
    }
    Ok(())
}
