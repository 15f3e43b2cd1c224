//! LastPass Authenticator: `{version, accounts, folders}`.
//!
//! Never here: LastPass' password manager, whose export is a CSV (`table`).

use serde_json::Value;

use super::item::{Found, Key, Number, Raw};
use super::{ImportError, json};

/// "Other Accounts" and "Favorites" are always there.
const BUILT_IN: [&str; 2] = ["0", "1"];

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let accounts = file.get("accounts").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    let folders: Vec<(String, String)> = json::names(file, "folders", "id", "name").collect();
    for account in accounts {
        let folder = account.get("folderData").unwrap_or(&Value::Null);
        let id = json::text(folder, "folderId");
        let tags = folders
            .iter()
            .filter(|(folder, _)| *folder == id && !BUILT_IN.contains(&folder.as_str()))
            .map(|(_, name)| name.clone())
            .collect();
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
        });
    }
    Ok(())
}
