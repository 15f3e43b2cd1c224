//! Tables of password managers (RFC 4180), told apart by their headers.
//!
//! Never here: the passwords in them.

use std::collections::HashMap;
use std::iter;

use super::bitwarden;
use super::format::Format;
use super::item::{Found, Key, MAX_TAGS, Number, Raw};
use super::login::Login;
use super::{ImportError, item, uri};

/// Columns that hold a code, in lower case.
const CODES: &[&str] = &[
    "login_totp",
    "otpauth",
    "totp",
    "otpurl",
    "otpsecret",
    "timeotp-secret-base32",
    "hmacotp-secret-base32",
];
/// More columns than a table has.
const MAX_COLUMNS: usize = 1_000;
/// Longest first line, in bytes: a million cells of nothing take a hundred times what they take in the file.
const MAX_HEADER: usize = 64 * 1024;
/// Longest table, in bytes: its reader takes several times that.
const MAX_TABLE: usize = 32 * 1024 * 1024;

/// Which table a text is, by its first line.
pub(super) fn recognise(text: &str) -> Option<Format> {
    if MAX_TABLE < text.len() {
        return None;
    }
    let header = header(text, delimiter(text)?)?;
    let has = |name: &str| header.iter().any(|column| column == name);
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

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes())
}

/// What stands between the cells, by the first line: a spreadsheet that a table went through writes what its country
/// does. None if there is no column of codes beside another.
fn delimiter(text: &str) -> Option<u8> {
    let is_table = |delimiter: &u8| {
        header(text, *delimiter)
            .is_some_and(|header| 2 <= header.len() && header.iter().any(|name| is_code(name)))
    };
    b",;\t".iter().copied().find(is_table)
}

fn is_code(column: &str) -> bool {
    CODES.contains(&column)
}

/// The columns' names; none if there are more than a table has.
fn header(text: &str, delimiter: u8) -> Option<Vec<String>> {
    let mut reader = reader(item::cut(text, MAX_HEADER), delimiter);
    let record = reader.headers().ok()?;
    let name = |column: &str| column.trim().to_ascii_lowercase();
    (record.len() <= MAX_COLUMNS).then(|| record.iter().map(name).collect())
}

pub(super) fn read(text: &str, found: &mut Found) -> Result<(), ImportError> {
    // One out of an archive was not looked at before.
    if MAX_TABLE < text.len() {
        return Err(ImportError::TooLarge);
    }
    let unrecognised = ImportError::UnrecognisedFormat;
    let delimiter = delimiter(text).ok_or(unrecognised)?;
    let header = header(text, delimiter).ok_or(unrecognised)?;
    let columns: Vec<usize> = (0..header.len()).filter(|&n| is_code(&header[n])).collect();
    // The first of two columns of one name. Looked up by it, since there may be a thousand of them, and a million rows.
    let places: HashMap<&str, usize> =
        header.iter().enumerate().rev().map(|(index, name)| (name.as_str(), index)).collect();
    let mut reader = reader(text, delimiter);
    let is_bitwarden = header[columns[0]] == "login_totp";
    let is_counted = header[columns[0]].starts_with("hmacotp");
    for record in reader.records() {
        let record = record.map_err(|_| ImportError::Corrupt)?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cell = |names: &[&str]| {
            names
                .iter()
                .filter_map(|name| places.get(name))
                .filter_map(|&index| record.get(index))
                .map(str::trim)
                .find(|cell| !cell.is_empty())
                .unwrap_or_default()
        };
        // Newer and older columns of one app may stand side by side, the older one empty.
        let codes = columns.iter().filter_map(|&column| record.get(column)).map(str::trim);
        let mut value = codes.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
        if is_bitwarden && !uri::is_uri(value) {
            // Bitwarden Authenticator does not quote: a comma in the issuer shifts the rest.
            value = record.iter().find(|cell| uri::is_uri(cell)).unwrap_or(value);
        }
        if value.is_empty() {
            found.ignore();
            continue;
        }
        // A folder's name may have a comma in it; lists of collections and of tags have one between them.
        let tags: Vec<String> = iter::once(cell(&["folder", "grouping"]))
            .chain(cell(&["collections"]).split(','))
            .chain(cell(&["tags"]).split([';', ',']))
            .filter(|tag| !tag.trim().is_empty())
            .take(MAX_TAGS)
            .map(str::to_owned)
            .collect();
        let login = Login {
            title: cell(&["title", "name", "password name"]),
            user: cell(&[
                "login_username",
                "username",
                "user name",
                "email",
                "username2",
                "username3",
            ]),
            tags: &tags,
            favourite: matches!(
                cell(&["favorite", "fav"]).to_ascii_lowercase().as_str(),
                "1" | "true"
            ),
        };
        if is_bitwarden {
            login.take(&bitwarden::code_of(value), found)?;
        } else if is_counted {
            found.take(login.name(Raw {
                kind: "hotp".into(),
                counter: Number::of(cell(&["hmacotp-counter"])),
                ..Raw::totp("", "", Key::base32(value))
            }))?;
        } else {
            login.take(value, found)?;
        }
    }
    Ok(())
}

/// Takes the URIs in the cells of a table that nobody knows. `false` if there is one that is no cell of its
/// own: then it is no table.
pub(super) fn take_uris(text: &str, found: &mut Found) -> Result<bool, ImportError> {
    if MAX_TABLE < text.len() {
        return Ok(false);
    }
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut uris = Vec::new();
    for record in reader.records() {
        let Ok(record) = record else { return Ok(false) };
        uris.extend(record.iter().filter(|cell| uri::is_uri(cell)).map(str::to_owned));
    }
    if uris.is_empty() || uris.len() != text.matches("otpauth").count() {
        return Ok(false);
    }
    for uri in uris {
        uri::take(&uri, found)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_without_end_is_not_read_to_its_end() {
        let header = |length| format!("{},totp\n", "x".repeat(length));
        assert!(recognise(&header(60 * 1024)).is_some());
        assert_eq!(recognise(&header(MAX_HEADER)), None);
        assert_eq!(recognise(&",".repeat(MAX_TABLE)), None);
    }
}
