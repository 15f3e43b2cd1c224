//! 1Password: `export.data`, the JSON inside a `.1pux` zip. It is never encrypted.
//!
//! Never here: its CSV (`table`).

use serde_json::Value;

use super::item::Found;
use super::login::Login;
use super::{ImportError, Reason, json};

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let accounts = file.get("accounts").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    for vault in accounts.iter().flat_map(|account| json::list(account, "vaults")) {
        for item in json::list(vault, "items") {
            // Older exports wrap each.
            take(item.get("item").unwrap_or(item), found)?;
        }
    }
    Ok(())
}

fn take(item: &Value, found: &mut Found) -> Result<(), ImportError> {
    let null = &Value::Null;
    let (details, overview) =
        (item.get("details").unwrap_or(null), item.get("overview").unwrap_or(null));
    let codes: Vec<String> = json::list(details, "sections")
        .iter()
        .flat_map(|section| json::list(section, "fields"))
        .map(|field| json::text(field.get("value").unwrap_or(null), "totp"))
        .filter(|code| !code.trim().is_empty())
        .collect();
    if codes.is_empty() {
        found.ignore();
        return Ok(());
    }
    let title = json::text(overview, "title");
    if json::flag(item, "trashed") || json::text(item, "state") == "trashed" {
        return found.skip(&title, Reason::Trashed);
    }
    let user = json::list(details, "loginFields")
        .iter()
        .filter(|field| json::text(field, "designation") == "username")
        .map(|field| json::text(field, "value"))
        .find(|user| !user.trim().is_empty())
        .unwrap_or_default();
    let tags: Vec<String> =
        json::list(overview, "tags").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let login =
        Login { title: &title, user: &user, tags: &tags, favourite: json::flag(item, "favIndex") };
    for code in codes {
        login.take(&code, found)?;
    }
    Ok(())
}
