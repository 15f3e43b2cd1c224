//! Values of a JSON file, as tolerant as exports need: an absent key and `null` are the same, numbers may
//! be strings, unknown keys are ignored.
//!
//! Nesting is bounded by serde_json (128 levels), and what the values take in memory before they are made.
//!
//! Never here: which keys a format has.

use serde_json::Value;

use super::ImportError;
use super::item::Number;

/// Most memory that the values of a file may take, in bytes. Ten thousand logins of a password manager
/// take two thirds of it.
const MAX_WEIGHT: usize = 176 * 1024 * 1024;
/// Deepest nesting.
const MAX_DEPTH: usize = 128;

/// Parses a whole text.
pub(super) fn parse(text: &str) -> Result<Value, ImportError> {
    parse_bytes(text.as_bytes(), ImportError::Corrupt)
}

/// Parses bytes that were decrypted, where anything else is a wrong password or damage.
pub(super) fn parse_bytes(bytes: &[u8], otherwise: ImportError) -> Result<Value, ImportError> {
    bounded(bytes)?;
    serde_json::from_slice(bytes).map_err(|_| otherwise)
}

/// Whether the values of a text are within the limits: two bytes of it can become seven hundred.
fn bounded(text: &[u8]) -> Result<(), ImportError> {
    let (mut quoted, mut escaped) = (false, false);
    let (mut weight, mut depth) = (text.len(), 0_usize);
    for byte in text {
        if quoted {
            quoted = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'"' => quoted = true,
            // A node of a tree, with room for eleven fields; a list starts with room for four values.
            b'{' => (weight, depth) = (weight + 512, depth + 1),
            b'[' => (weight, depth) = (weight + 128, depth + 1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => weight += 80,
            b':' => weight += 72,
            _ => {}
        }
        // What serde_json refuses, too, but only after it has made everything up to there.
        if MAX_DEPTH < depth {
            return Err(ImportError::Corrupt);
        }
    }
    if MAX_WEIGHT < weight { Err(ImportError::TooLarge) } else { Ok(()) }
}

/// A text, or a number as text; empty if it is not there.
pub(super) fn text(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The first of several keys with a text that is not blank.
pub(super) fn first_text(value: &Value, keys: &[&str]) -> String {
    keys.iter().map(|key| text(value, key)).find(|text| !text.trim().is_empty()).unwrap_or_default()
}

/// A text that must be there.
pub(super) fn required<'a>(value: &'a Value, key: &str) -> Result<&'a str, ImportError> {
    value.get(key).and_then(Value::as_str).ok_or(ImportError::Corrupt)
}

/// A number, or a text that is one.
pub(super) fn number(value: &Value, key: &str) -> Number {
    match value.get(key) {
        None | Some(Value::Null) => Number::Absent,
        Some(Value::String(text)) => Number::of(text),
        Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Number::Is(number),
            // 30.0, as Python writes it.
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
            (None, Some(float)) if float.fract() == 0.0 && float.abs() < 9e15 => {
                Number::Is(float as i64)
            }
            _ => Number::Malformed,
        },
        Some(_) => Number::Malformed,
    }
}

/// A cost or a version: a number that must be there and not negative.
pub(super) fn cost(value: &Value, key: &str) -> Result<u64, ImportError> {
    match number(value, key) {
        Number::Is(number) => u64::try_from(number).map_err(|_| ImportError::Corrupt),
        _ => match value.get(key).and_then(Value::as_u64) {
            // Beyond 63 bits: certainly too much.
            Some(number) => Ok(number),
            None => Err(ImportError::Corrupt),
        },
    }
}

/// The elements of a list; none if it is not there.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// `true`, in the spellings of exports.
pub(super) fn flag(value: &Value, key: &str) -> bool {
    match value.get(key) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_i64() != Some(0),
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true") || text == "1",
        _ => false,
    }
}

/// A list of bytes, signed as Java writes them or not.
pub(super) fn bytes(value: &Value, key: &str) -> Option<Vec<u8>> {
    value
        .get(key)?
        .as_array()?
        .iter()
        .map(|byte| match byte.as_i64()? {
            signed @ -128..0 => u8::try_from(signed + 256).ok(),
            byte => u8::try_from(byte).ok(),
        })
        .collect()
}

/// Longest name of a group, in bytes: it is copied to each account in it.
const MAX_NAME: usize = 1024;

/// The names of groups, folders or categories, by id.
pub(super) fn names<'a>(
    value: &'a Value,
    list_key: &str,
    id: &'a str,
    name: &'a str,
) -> impl Iterator<Item = (String, String)> + 'a {
    list(value, list_key).iter().map(move |item| {
        let name = text(item, name);
        (
            text(item, id),
            if name.len() <= MAX_NAME { name } else { name.chars().take(256).collect() },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_too_much_is_not_parsed() {
        let error = |text: String| parse(&text).unwrap_err();
        assert_eq!(error(format!("[{}0]", "{\"\":0},".repeat(300_000))), ImportError::TooLarge);
        assert_eq!(error(format!("[{}0]", "0,".repeat(3_000_000))), ImportError::TooLarge);
        assert_eq!(error("{\"a\":".repeat(500_000)), ImportError::Corrupt);
        assert!(parse(&format!("[\"{}\"]", "\\\"{[,".repeat(3_000_000))).is_ok());
    }
}
