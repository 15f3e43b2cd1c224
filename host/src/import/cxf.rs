//! CXF, the FIDO Alliance's credential exchange format: `totp` credentials, and the `custom-fields` into
//! which 1Password puts a URI.
//!
//! Never here: passkeys.

use serde_json::Value;

use super::item::{Found, Key, Raw};
use super::login::Login;
use super::{ImportError, json, uri};

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let accounts = match file.get("accounts").and_then(Value::as_array) {
        Some(accounts) => accounts.as_slice(),
        None => std::slice::from_ref(file),
    };
    for item in accounts.iter().flat_map(|account| json::list(account, "items")) {
        take(item, found)?;
    }
    Ok(())
}

fn take(item: &Value, found: &mut Found) -> Result<(), ImportError> {
    let credentials = json::list(item, "credentials");
    let of = |kind: &'static str| {
        credentials.iter().filter(move |credential| json::text(credential, "type") == kind)
    };
    let user = of("basic-auth")
        .filter_map(|credential| credential.get("username"))
        .map(value)
        .find(|user| !user.is_empty())
        .unwrap_or_default();
    let tags: Vec<String> =
        json::list(item, "tags").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let title = json::text(item, "title");
    let login =
        Login { title: &title, user: &user, tags: &tags, favourite: json::flag(item, "favorite") };
    let mut any = false;
    for totp in of("totp") {
        any = true;
        let algorithm = json::text(totp, "algorithm");
        let is_steam = algorithm.eq_ignore_ascii_case("steam");
        found.take(login.name(Raw {
            kind: if is_steam { "steam".into() } else { "totp".into() },
            algorithm,
            digits: json::number(totp, "digits"),
            period: json::number(totp, "period"),
            ..Raw::totp(
                &json::text(totp, "issuer"),
                &json::text(totp, "username"),
                Key::base32(&json::text(totp, "secret")),
            )
        }))?;
    }
    for field in of("custom-fields").flat_map(|credential| json::list(credential, "fields")) {
        let value = value(field);
        if uri::is_uri(&value) {
            any = true;
            login.take(&value, found)?;
        }
    }
    if !any {
        found.ignore();
    }
    Ok(())
}

/// A field's value: `{value}`, or a bare text in early drafts of the format.
fn value(field: &Value) -> String {
    match field {
        Value::String(text) => text.clone(),
        field => json::text(field, "value"),
    }
}
