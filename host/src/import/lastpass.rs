//! LastPass Authenticator: `{version, accounts, folders}`.
//!
//! Never here: LastPass' password manager, whose export is a CSV (`table`).

use std::collections::HashMap;

use serde_json::Value;

use super::item::{Found, Key, Number, Raw};
use super::{ImportError, json};

/// "Other Accounts" and "Favorites" are always there.
const BUILT_IN: [&str; 2] = ["0", "1"];

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let accounts = file.get("accounts").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    let folders: HashMap<String, String> = json::names(file, "folders", "id", "name")
        .filter(|(id, _)| !BUILT_IN.contains(&id.as_str()))
        .collect();
    for account in accounts {
        let folder = account.get("folderData").unwrap_or(&Value::Null);
        let folder = folders.get(&json::text(folder, "folderId"));
        let tags = folder.into_iter().cloned().collect();
        let issuer = json::first_text(account, &["issuerName", "originalIssuerName"]);
        let label = json::first_text(account, &["userName", "originalUserName"]);
        found.take(Raw {
            algorithm: json::text(account, "algorithm"),
            digits: json::number(account, "digits"),
            period: json::number(account, "timeStep"),
            counter: Number::Absent,
            tags,
            favourite: json::flag(account, "isFavorite"),
            ..Raw::totp(&issuer, &label, Key::base32(&json::text(account, "secret")))
        })?;
    }
    Ok(())
}
