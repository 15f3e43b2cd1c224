//! Bytes that are text: UTF-8 with or without a mark, UTF-16 with one, Windows-1252 where nothing else
//! fits; and Base64 in its spellings.
//!
//! Never here: what the text says.

use std::borrow::Cow;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};

/// The text, and whether it had to be read as Windows-1252. Line feeds stay as they are.
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return (Cow::Owned(utf_16(rest, u16::from_le_bytes)), false);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return (Cow::Owned(utf_16(rest, u16::from_be_bytes)), false);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(_) => (Cow::Owned(windows_1252(bytes)), true),
    }
}

/// Windows-1252, as the WHATWG reads it: every byte is a character.
pub(super) fn windows_1252(bytes: &[u8]) -> String {
    /// 0x80 to 0x9f.
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let high: Vec<char> = HIGH.chars().collect();
    bytes
        .iter()
        .map(|&byte| match byte {
            0x80..=0x9f => high[usize::from(byte) - 0x80],
            _ => char::from(byte),
        })
        .collect()
}

/// Longest text in another encoding than UTF-8, in bytes: it is written out anew.
const MAX_ODD: usize = 32 * 1024 * 1024;

/// Whether bytes look like text at all: no control characters but those of lines and tabs.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let is_odd = |c: char| c.is_ascii_control() && !matches!(c, '\n' | '\r' | '\t');
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        if MAX_ODD < bytes.len() {
            return false;
        }
        let (text, _) = decode(bytes);
        return !text.is_empty() && !text.contains(is_odd);
    }
    if MAX_ODD < bytes.len() && std::str::from_utf8(bytes).is_err() {
        return false;
    }
    // In the other encodings those characters are bytes: nothing large has to be decoded for this.
    !bytes.is_empty() && bytes != b"\xef\xbb\xbf" && !bytes.iter().any(|&byte| is_odd(byte.into()))
}

/// Base64, standard or URL-safe, padded or not, over several lines or not. Left-over bits must be zero.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> =
        text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').collect();
    let url_safe = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let alphabet = if url_safe { BASE64URL_NOPAD } else { BASE64_NOPAD };
    alphabet.decode(&text).ok()
}

/// Hexadecimal in either case.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()
}

/// The five entities of XML and HTML, and numbered ones.
pub(super) fn unescape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let c = end.and_then(|end| entity(&rest[1..end]));
        match (c, end) {
            (Some(c), Some(end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character that an entity stands for.
pub(super) fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_four_encodings() {
        assert_eq!(decode("ä\n".as_bytes()), ("ä\n".into(), false));
        assert_eq!(decode(b"\xef\xbb\xbfa"), ("a".into(), false));
        assert_eq!(decode(b"\xff\xfea\0\xe4\0"), ("aä".into(), false));
        assert_eq!(decode(b"\xfe\xff\0a\0\xe4"), ("aä".into(), false));
        assert_eq!(decode(b"\xe4\x80"), ("ä€".into(), true));
    }

    #[test]
    fn base64_in_its_spellings() {
        for text in ["+/8=", "+/8", "-_8", "-_8=", "+\n/8="] {
            assert_eq!(base64(text).unwrap(), [0xfb, 0xff], "{text}");
        }
        assert_eq!(base64("+/9"), None);
        assert_eq!(base64("a!"), None);
    }

    #[test]
    fn entities_are_decoded_once() {
        assert_eq!(unescape_html("a&amp;lt;&#65;&#x42;&bogus; & b"), "a&lt;AB&bogus; & b");
        assert_eq!(unescape_html("&ä;&"), "&ä;&");
    }
}
