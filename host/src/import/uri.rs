//! Lists of URIs: one `otpauth://` a line, as most apps can write them, and Ente's, WinAuth's and Google's
//! additions to it.
//!
//! Never here: URIs that a person types one by one (`otpauth`), which are refused more strictly.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::google;
use super::item::{Found, Key, Number, Raw};
use super::{ImportError, Reason, json, text};
use crate::otpauth::{self, Parameters};

/// Schemes that hold an account, and how much of the text they are.
const SCHEMES: &[&str] = &["otpauth://", "otpauth-migration://", "motp:", "steam://"];

/// Longest URI of an account, in bytes: Ente's has a note in it, and is longer than one that a person types.
const MAX: usize = 8 * otpauth::MAX;

/// Whether a text starts as one of the URIs that are read here.
pub(super) fn is_uri(text: &str) -> bool {
    let text = text.trim_start();
    SCHEMES.iter().any(|scheme| starts_with(text, scheme))
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Lines that are neither blank nor comments, with their numbers from 1, whichever of LF, CRLF and CR ends them; and Ente's
/// old exports, where a comma does.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let end = if text.contains('\n') { '\n' } else { '\r' };
    let numbered = (1..).zip(text.split(end));
    let lines = numbered.flat_map(|(n, line)| line.split('\r').map(move |line| (n, line)));
    lines.flat_map(|(number, line)| {
        let mut parts = Vec::new();
        // Else what is blank before it would be gone over again for each comma.
        let mut rest = line.trim_start();
        let mut from = 0;
        while let Some(comma) = rest[from..].find(',') {
            let after = from + comma + 1;
            if is_uri(&rest[after..]) && is_uri(rest) {
                parts.push(&rest[..after - 1]);
                rest = rest[after..].trim_start();
                from = 0;
            } else {
                from = after;
            }
        }
        parts.push(rest);
        let parts = parts.into_iter().map(str::trim);
        let told = parts.filter(|part| !part.is_empty() && !part.starts_with('#'));
        told.map(move |part| (number, part))
    })
}

/// Whether a text is a list: its first line that is not blank and no comment is a URI.
pub(super) fn is_list(text: &str) -> bool {
    lines(text).next().is_some_and(|(_, line)| is_uri(line))
}

/// Whether one of a list's lines is Google Authenticator's.
pub(super) fn has_migration(text: &str) -> bool {
    lines(text).any(|(_, line)| starts_with(line, "otpauth-migration:"))
}

/// Reads a list. Lines that are no URIs are left out, comments are not mentioned.
pub(super) fn read_list(list: &str, found: &mut Found) -> Result<(), ImportError> {
    let mut any = false;
    for (number, line) in lines(list) {
        if is_uri(line) {
            any = true;
            take(line, found)?;
        } else {
            // Nothing of it is repeated: it may be a bare seed, or what a mail program wrapped of a URI.
            found.skip(&format!("#{number}"), Reason::NotAnOtpUri)?;
        }
    }
    if any { Ok(()) } else { Err(ImportError::UnrecognisedFormat) }
}

/// Takes the URIs that stand anywhere in a text: an unknown app's, or a page's.
pub(super) fn take_all_within(text: &str, found: &mut Found) -> Result<(), ImportError> {
    let mut rest = text;
    while let Some(at) = rest.find("otpauth") {
        rest = &rest[at..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`'))
            .unwrap_or(rest.len());
        if is_uri(rest) {
            take(ended(&rest[..end]), found)?;
        }
        rest = &rest[end.max("otpauth".len())..];
    }
    if found.is_empty() { Err(ImportError::UnrecognisedFormat) } else { Ok(()) }
}

/// A URI without what follows it in a sentence, or in the next cells of an unquoted table: behind the
/// last `&` nothing that belongs to it has a comma.
fn ended(uri: &str) -> &str {
    let query = uri.find('?').unwrap_or(uri.len());
    let last = uri.rfind('&').unwrap_or(query).max(query);
    let end = uri[last..].find([',', ';']).map_or(uri.len(), |at| last + at);
    uri[..end].trim_end_matches(['.', ')', ']', '}', '!', '|'])
}

/// Takes the URIs among the texts of a JSON value.
pub(super) fn take_all_in_json(value: &Value, found: &mut Found) -> Result<(), ImportError> {
    match value {
        Value::String(text) if is_uri(text) => take(text, found),
        Value::Array(values) => values.iter().try_for_each(|value| take_all_in_json(value, found)),
        Value::Object(fields) => {
            fields.values().try_for_each(|value| take_all_in_json(value, found))
        }
        _ => Ok(()),
    }
}

/// Takes one URI of a list.
pub(super) fn take(uri: &str, found: &mut Found) -> Result<(), ImportError> {
    if starts_with(uri.trim_start(), "otpauth-migration:") {
        return google::take_uri(uri, found);
    }
    let Some(raw) = read(uri) else {
        // What follows may be a seed.
        let scheme = uri.find("://").map_or("", |end| &uri[..end + 3]);
        return found.skip(scheme, Reason::NotAnOtpUri);
    };
    match display(uri) {
        Some(display) => take_displayed(raw, &display, found),
        None => found.take_once(raw),
    }
}

/// Takes an account with what Ente notes beside it.
pub(super) fn take_displayed(
    mut raw: Raw,
    display: &Value,
    found: &mut Found,
) -> Result<(), ImportError> {
    if json::flag(display, "trashed") {
        return found.skip(&raw.name(), Reason::Trashed);
    }
    raw.favourite = json::flag(display, "pinned");
    raw.note = json::text(display, "note");
    raw.tags =
        json::list(display, "tags").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    found.take_once(raw)
}

/// Ente's `codeDisplay`. A broken one does not lose the account.
fn display(uri: &str) -> Option<Value> {
    let (_, query) = uri.split_once('?')?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix("codeDisplay="))?;
    let parse = |value: &str| {
        let text = percent_decode_str(value).decode_utf8().ok()?;
        json::parse(&text).ok().filter(Value::is_object)
    };
    parse(&value.replace('+', " ")).or_else(|| parse(value))
}

/// One `otpauth://`, `steam://` or `motp://` URI. `None` if it is none, or longer than any.
pub(super) fn read(uri: &str) -> Option<Raw> {
    let uri = uri.trim();
    if MAX < uri.len() {
        return None;
    }
    if starts_with(uri, "motp:") {
        // `motp://`, or `motp:/` by Aegis, which has nothing to put between the slashes.
        return Some(with_parameters("motp", uri["motp:".len()..].trim_start_matches('/'), true));
    }
    let (scheme, rest) = uri.split_once("://")?;
    match scheme.to_ascii_lowercase().as_str() {
        "steam" => {
            let secret = rest.split(['?', '/']).next().unwrap_or_default();
            let secret = percent_decode_str(secret).decode_utf8_lossy();
            Some(Raw { kind: "steam".into(), ..Raw::totp("Steam", "", Key::base32(&secret)) })
        }
        "otpauth" => {
            // The label may hold a question mark only in encoded form, the type none at all.
            let path = rest.split('?').next().unwrap_or_default();
            let kind = path.split('/').next().unwrap_or_default();
            let label = rest[kind.len()..].strip_prefix('/').unwrap_or(&rest[kind.len()..]);
            Some(with_parameters(kind, label, false))
        }
        _ => None,
    }
}

/// An account out of `LABEL?PARAMETERS`.
fn with_parameters(kind: &str, rest: &str, is_text: bool) -> Raw {
    let (label, query) = rest.split_once('?').unwrap_or((rest, ""));
    let label = utf_8(label, &[]);
    let query = utf_8(query, b"&=+");
    let unreadable = "what utf_8 writes is UTF-8";
    let parameters = Parameters::read(&query).expect(unreadable);
    let (issuer, label) = otpauth::names(&label, &parameters).expect(unreadable);
    let get = |name: &str| parameters.get(name).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    let is_steam = parameters.is_steam()
        || issuer == "Steam" && matches!(Number::of(get("digits")), Number::Absent | Number::Is(5));
    let secret = get("secret");
    Raw {
        kind: if kind == "totp" && is_steam { "steam".into() } else { kind },
        issuer,
        label,
        key: if is_text {
            Key::bytes(Some(secret.trim().as_bytes().to_vec()))
        } else {
            Key::base32(secret)
        },
        algorithm: get("algorithm").into(),
        digits: Number::of(get("digits")),
        period: Number::of(get("period")),
        counter: Number::of(get("counter")),
        pin: parameters.pin(),
        ..Raw::default()
    }
}

/// The text with its percent-encoded bytes as UTF-8: those that are not are Windows-1252. `delimiters`
/// separate parts, each of which is looked at by itself.
fn utf_8(text: &str, delimiters: &[u8]) -> String {
    let is_delimiter = |c: char| u8::try_from(c).is_ok_and(|c| delimiters.contains(&c));
    text.split_inclusive(is_delimiter)
        .map(|part| {
            let body = part.trim_end_matches(is_delimiter);
            let bytes: Vec<u8> = percent_decode_str(body).collect();
            if std::str::from_utf8(&bytes).is_ok() {
                return part.to_owned();
            }
            let body = text::windows_1252(&bytes);
            let end = part.strip_prefix(part.trim_end_matches(is_delimiter)).unwrap_or_default();
            format!("{}{end}", utf8_percent_encode(&body, NON_ALPHANUMERIC))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_every_way_and_commas_only_before_a_uri() {
        let text = "otpauth://a,b\r\notpauth://c\rotpauth://d,otpauth://e\n\n# f\ng";
        let lines: Vec<(usize, &str)> = lines(text).collect();
        let told = ["otpauth://a,b", "otpauth://c", "otpauth://d", "otpauth://e", "g"];
        assert_eq!(lines, [1, 2, 2, 2, 5].into_iter().zip(told).collect::<Vec<_>>());
    }

    #[test]
    fn a_line_of_many_parameters_keeps_nobody_waiting() {
        let many: String = (0..60_000).map(|n| format!("&p{n}=1")).collect();
        let began = std::time::Instant::now();
        assert_eq!(Parameters::read(&many).unwrap().get("p59999"), None);
        // Each compared with all before it, they took half a minute.
        assert!(began.elapsed().as_secs() < 5);
        assert!(read(&format!("otpauth://totp/a?secret=AAAA{many}")).is_none());
        let note = "x".repeat(MAX - 100);
        assert!(read(&format!("otpauth://totp/a?secret=AAAA&codeDisplay={note}")).is_some());
        // Commas behind what is blank.
        let line = format!("{}x{}", " ".repeat(200_000), ",steam://AAAA".repeat(5_000));
        assert_eq!(lines(&line).count(), 1);
        assert!(began.elapsed().as_secs() < 5);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_windows_1252() {
        let raw = read("otpauth://totp/Caf%E9:a?secret=AAAA&issuer=Caf%E9").unwrap();
        assert_eq!((raw.issuer.as_str(), raw.label.as_str()), ("Café", "a"));
        let raw = read("otpauth://totp/a%zz?secret=AAAA").unwrap();
        assert_eq!(raw.label, "a%zz");
    }
}
