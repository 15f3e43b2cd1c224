//! Enpass: `{folders, items}`, codes in fields of type `totp`.
//!
//! Never here: Enpass' attachments.

use std::collections::HashMap;

use serde_json::Value;

use super::item::{Found, MAX_TAGS};
use super::login::Login;
use super::{ImportError, Reason, json};

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let items = file.get("items").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    let folders: HashMap<String, String> = json::names(file, "folders", "uuid", "title").collect();
    for item in items {
        let fields = json::list(item, "fields");
        let values = |kind: &'static str| {
            fields
                .iter()
                .filter(move |field| {
                    json::text(field, "type") == kind && !json::flag(field, "deleted")
                })
                .map(|field| json::text(field, "value"))
                .filter(|value| !value.trim().is_empty())
        };
        let title = json::text(item, "title");
        if values("totp").next().is_none() {
            found.ignore();
            continue;
        }
        if json::flag(item, "trashed") {
            found.skip(&title, Reason::Trashed)?;
            continue;
        }
        let tags: Vec<String> = json::list(item, "folders")
            .iter()
            .filter_map(Value::as_str)
            .filter_map(|id| folders.get(id).cloned())
            .take(MAX_TAGS)
            .collect();
        let login = Login {
            title: &title,
            user: &values("username").chain(values("email")).next().unwrap_or_default(),
            tags: &tags,
            favourite: json::flag(item, "favorite"),
        };
        values("totp").try_for_each(|code| login.take(&code, found))?;
    }
    Ok(())
}
