//! FreeOTP 1 and FreeOTP+: tokens as JSON objects, in Android's preferences or in a file.
//!
//! Never here: FreeOTP 2, which is something else entirely (`freeotp2`).

use serde_json::Value;

use super::item::{Found, Key, Raw};
use super::preferences::Preferences;
use super::{ImportError, json, uri};

/// FreeOTP+: `{tokenOrder, tokens}`.
pub(super) fn read_file(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let tokens = file.get("tokens").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    for token in tokens {
        found.take(Raw {
            key: Key::bytes(json::bytes(token, "secret")),
            // The last one used; -1 is none.
            counter: json::number(token, "counter").next(),
            ..names(token)
        })?;
    }
    Ok(())
}

/// FreeOTP 1: one string an account; `tokenOrder` is none.
pub(super) fn read_preferences(
    preferences: &Preferences,
    found: &mut Found,
) -> Result<(), ImportError> {
    for (name, value) in preferences.strings() {
        if name == "tokenOrder" {
            continue;
        }
        if uri::is_uri(value) {
            uri::take(value, found)?;
            continue;
        }
        match json::parse(value) {
            Ok(token) if is_token(&token) => found.take(Raw {
                key: Key::bytes(json::bytes(&token, "secret")),
                counter: json::number(&token, "counter").next(),
                ..names(&token)
            })?,
            _ if value.trim_start().starts_with('{') => {
                found.skip(name, super::Reason::CorruptItem)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a JSON object is a token of FreeOTP.
pub(super) fn is_token(token: &Value) -> bool {
    token.get("secret").is_some_and(Value::is_array) && token.get("type").is_some()
}

/// All of a token but its secret and its counter.
pub(super) fn names(token: &Value) -> Raw {
    let kind = json::text(token, "type");
    let issuer = json::first_text(token, &["issuerAlt", "issuerExt", "issuerInt"]);
    let is_steam = kind.eq_ignore_ascii_case("totp") && json::text(token, "issuerExt") == "Steam";
    Raw {
        kind: if is_steam { "steam".into() } else { kind },
        label: json::first_text(token, &["labelAlt", "label"]),
        issuer,
        algorithm: json::text(token, "algo"),
        digits: json::number(token, "digits"),
        period: json::number(token, "period"),
        ..Raw::default()
    }
}
