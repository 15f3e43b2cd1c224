//! Tables of password managers (RFC 4180), told apart by their headers.
//!
//! Never here: the passwords in them.

use super::bitwarden;
use super::format::Format;
use super::item::Found;
use super::login::Login;
use super::{ImportError, uri};

/// Columns that hold a code, in lower case.
const CODES: &[&str] = &["login_totp", "otpauth", "totp", "otpurl", "otpsecret"];

/// Which table a text is, by its first line.
pub(super) fn recognise(text: &str) -> Option<Format> {
    let mut reader = reader(text);
    let header = header(reader.headers().ok()?);
    let has = |name: &str| header.iter().any(|column| column == name);
    if !header.iter().any(|column| CODES.contains(&column.as_str())) || header.len() < 2 {
        return None;
    }
    Some(if has("login_totp") {
        Format::BitwardenCsv
    } else if has("otpauth") && (has("favorite") || has("archived") || has("tags")) {
        Format::OnepasswordCsv
    } else if has("otpauth") {
        Format::ApplePasswordsCsv
    } else if has("otpurl") || has("otpsecret") {
        Format::DashlaneCsv
    } else if has("extra") || has("grouping") {
        Format::LastpassCsv
    } else if has("vault") || has("createtime") {
        Format::ProtonPassCsv
    } else {
        Format::KeepassxcCsv
    })
}

fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes())
}

fn header(record: &csv::StringRecord) -> Vec<String> {
    record.iter().map(|column| column.trim().to_ascii_lowercase()).collect()
}

pub(super) fn read(text: &str, found: &mut Found) -> Result<(), ImportError> {
    let mut reader = reader(text);
    let header = header(reader.headers().map_err(|_| ImportError::Corrupt)?);
    let code = header.iter().position(|column| CODES.contains(&column.as_str()));
    let code = code.ok_or(ImportError::UnrecognisedFormat)?;
    let is_bitwarden = header[code] == "login_totp";
    for record in reader.records() {
        let record = record.map_err(|_| ImportError::Corrupt)?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cell = |names: &[&str]| {
            names
                .iter()
                .filter_map(|name| header.iter().position(|column| column == name))
                .filter_map(|index| record.get(index))
                .map(str::trim)
                .find(|cell| !cell.is_empty())
                .unwrap_or_default()
        };
        let mut value = record.get(code).unwrap_or_default().trim();
        if is_bitwarden && !uri::is_uri(value) {
            // Bitwarden Authenticator does not quote: a comma in the issuer shifts the rest.
            value = record.iter().find(|cell| uri::is_uri(cell)).unwrap_or(value);
        }
        if value.is_empty() {
            found.ignore();
            continue;
        }
        let tags: Vec<String> = match cell(&["tags"]) {
            "" => cell(&["folder", "collections", "grouping"]),
            tags => tags,
        }
        .split([';', ','])
        .map(str::to_owned)
        .collect();
        let login = Login {
            title: cell(&["title", "name"]),
            user: cell(&["login_username", "username", "email", "username2", "username3"]),
            tags: &tags,
            favourite: matches!(
                cell(&["favorite", "fav"]).to_ascii_lowercase().as_str(),
                "1" | "true"
            ),
        };
        if is_bitwarden {
            login.take(&bitwarden::code_of(value), found);
        } else {
            login.take(value, found);
        }
    }
    Ok(())
}
