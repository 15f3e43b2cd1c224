//! Proton Authenticator: JSON with a URI an entry, plain or sealed; and Proton Pass: a zip with a vault's
//! items, plain or in OpenPGP.
//!
//! Never here: Proton Pass' CSV (`table`).

use serde_json::Value;

use super::item::{Found, Key, Raw};
use super::kdf::Argon2Cost;
use super::login::Login;
use super::{Context, ImportError, Reason, WRONG_OR_DAMAGED, cipher, json, kdf, text, uri};

/// Lists of a person's own fields in an identity.
const DETAILS: [&str; 4] =
    ["extraPersonalDetails", "extraAddressDetails", "extraContactDetails", "extraWorkDetails"];
/// Lists of sections with such fields: of an identity, of other items.
const SECTIONS: [&str; 2] = ["extraSections", "sections"];

/// Additional data of a sealed export.
const AAD: &[u8] = b"proton.authenticator.export.v1";

pub(super) fn read_authenticator(
    file: &Value,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    if json::cost(file, "version")? != 1 {
        return Err(ImportError::UnsupportedVersion);
    }
    if file.get("entries").is_some() {
        return read_entries(file, found);
    }
    let salt = text::base64(json::required(file, "salt")?).ok_or(ImportError::Corrupt)?;
    let content = text::base64(json::required(file, "content")?).ok_or(ImportError::Corrupt)?;
    let (nonce, sealed) = content.split_first_chunk::<12>().ok_or(ImportError::Corrupt)?;
    let password = context.password()?;
    let key = kdf::argon2(password.as_bytes(), &salt, Argon2Cost::id(19 * 1024, 2, 1))?;
    let json = cipher::open_gcm(&key[..], nonce, sealed, AAD).ok_or(WRONG_OR_DAMAGED)?;
    read_entries(&json::parse_bytes(&json, WRONG_OR_DAMAGED)?, found)
}

fn read_entries(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let entries = file.get("entries").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    for entry in entries {
        let content = entry.get("content").unwrap_or(&Value::Null);
        let name = json::text(content, "name");
        let kind = json::text(content, "entry_type");
        let Some(mut raw) = uri::read(&json::text(content, "uri")) else {
            found.skip(&name, Reason::NotAnOtpUri)?;
            continue;
        };
        if kind.eq_ignore_ascii_case("steam") {
            raw.kind = "steam".into();
        }
        if raw.label.trim().is_empty() && !(raw.kind == "steam" && name == "Steam") {
            raw.label = name;
        }
        raw.note = json::text(entry, "note");
        found.take(raw)?;
    }
    Ok(())
}

/// `Proton Pass/data.json`.
pub(super) fn read_pass(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let vaults = file.get("vaults").and_then(Value::as_object).ok_or(ImportError::Corrupt)?;
    for item in vaults.values().flat_map(|vault| json::list(vault, "items")) {
        read_item(item, found)?;
    }
    Ok(())
}

fn read_item(item: &Value, found: &mut Found) -> Result<(), ImportError> {
    let data = item.get("data").unwrap_or(&Value::Null);
    let content = data.get("content").unwrap_or(&Value::Null);
    let metadata = data.get("metadata").unwrap_or(&Value::Null);
    let title = json::text(metadata, "name");
    let main = json::text(content, "totpUri");
    // Fields of the person's own stand beside the content, and in what that is divided into.
    let parts = DETAILS.iter().flat_map(|key| json::list(content, key));
    let sections = SECTIONS.iter().flat_map(|key| json::list(content, key));
    let extra: Vec<(String, String)> = json::list(data, "extraFields")
        .iter()
        .chain(parts)
        .chain(sections.flat_map(|section| json::list(section, "sectionFields")))
        .filter(|field| json::text(field, "type").eq_ignore_ascii_case("totp"))
        .map(|field| {
            let data = field.get("data").unwrap_or(&Value::Null);
            (json::text(field, "fieldName"), json::text(data, "totpUri"))
        })
        .collect();
    if main.trim().is_empty() && extra.is_empty() {
        found.ignore();
        return Ok(());
    }
    if json::text(item, "state") == "2" {
        return found.skip(&title, Reason::Trashed);
    }
    let login = Login {
        title: &title,
        user: &json::first_text(content, &["itemUsername", "itemEmail", "username"]),
        favourite: json::flag(item, "pinned"),
        ..Login::default()
    };
    if !main.trim().is_empty() {
        login.take(&main, found)?;
    }
    for (field, code) in extra {
        if code.trim().is_empty() {
            let name = format!("{title} / {field}");
            found.take(Raw::totp(&name, "", Key::Missing))?;
        } else {
            login.take(&code, found)?;
        }
    }
    Ok(())
}
