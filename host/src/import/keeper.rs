//! Keeper: `{records}`, codes in custom fields.
//!
//! Never here: Keeper's passwords and files.

use serde_json::Value;

use super::item::Found;
use super::login::Login;
use super::{ImportError, json};

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let records = file.get("records").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    for record in records {
        let mut codes: Vec<&str> = Vec::new();
        if let Some(fields) = record.get("custom_fields").and_then(Value::as_object) {
            for (_, value) in fields
                .iter()
                .filter(|(key, _)| key.starts_with("$oneTimeCode") || key.starts_with("TFC:Keeper"))
            {
                codes.extend(value.as_str());
                codes.extend(value.as_array().into_iter().flatten().filter_map(Value::as_str));
            }
        }
        codes.retain(|code| !code.trim().is_empty());
        if codes.is_empty() {
            found.ignore();
        }
        let tags: Vec<String> = json::list(record, "folders")
            .iter()
            .map(|folder| json::text(folder, "folder"))
            .collect();
        let login = Login {
            title: &json::text(record, "title"),
            user: &json::text(record, "login"),
            tags: &tags,
            ..Login::default()
        };
        for code in codes {
            login.take(code, found)?;
        }
    }
    Ok(())
}
