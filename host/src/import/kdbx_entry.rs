//! The codes of a KeePass entry, in the attributes of the programs that write them.
//!
//! Never here: how an entry is read (`kdbx_xml`).

use percent_encoding::percent_decode_str;
use shared::protocol::Algorithm;

use super::item::{Found, Key, Number, Raw};
use super::login::Login;
use super::{ImportError, Reason, uri};
use crate::otp::Seed;
use crate::otpauth;

/// Most strings of an entry that are kept: a hundred codes are more than anyone has in one.
const MAX_STRINGS: usize = 128;

/// An entry's strings, the protected ones opened.
#[derive(Default)]
pub(super) struct Entry {
    strings: Vec<(String, String)>,
}

impl Entry {
    /// Keeps a string if it is one of those that are looked at: an entry may have millions of others.
    pub(super) fn add(&mut self, key: String, value: String) {
        let is_of_codes = ["TOTP ", "TimeOtp-", "HmacOtp-"].iter().any(|of| key.starts_with(of));
        if (is_of_codes || is_otp(&key) || key == "Title" || key == "UserName")
            && self.strings.len() < MAX_STRINGS
        {
            self.strings.push((key, value));
        }
    }

    fn get(&self, key: &str) -> &str {
        self.strings
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.trim())
            .unwrap_or_default()
    }
}

pub(super) fn take(
    entry: &Entry,
    tags: &[String],
    is_trashed: bool,
    found: &mut Found,
) -> Result<(), ImportError> {
    let mut codes: Vec<Raw> = Vec::new();
    for (_, value) in entry.strings.iter().filter(|(name, _)| is_otp(name)) {
        if !value.trim().is_empty() {
            codes.push(otp(value.trim()));
        }
    }
    for code in [tray(entry), keepass(entry, "TimeOtp-")].into_iter().flatten() {
        if !codes.iter().any(|other| is_same(other, &code)) {
            codes.push(code);
        }
    }
    codes.extend(keepass(entry, "HmacOtp-"));
    let title = entry.get("Title");
    if codes.is_empty() {
        found.ignore();
        return Ok(());
    }
    let login = Login { title, user: entry.get("UserName"), tags, ..Login::default() };
    for code in codes {
        if is_trashed {
            found.skip(title, Reason::Trashed)?;
        } else {
            found.take(login.name(code))?;
        }
    }
    Ok(())
}

/// `otp`, and further ones as `otp_1`, `otp_2`.
fn is_otp(name: &str) -> bool {
    name == "otp"
        || name
            .strip_prefix("otp_")
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// A URI, KeeOtp's query, or a bare secret.
fn otp(value: &str) -> Raw {
    if let Some(raw) = uri::read(value) {
        return raw;
    }
    let stated = |name: &str| {
        let mut pairs = value.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let Some(secret) = stated("key") else {
        return Raw::totp("", "", Key::base32(value));
    };
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let get = |name: &str| stated(name).map(decoded).unwrap_or_default();
    let kind = get("type");
    let secret = decoded(secret);
    Raw {
        kind: if kind.is_empty() { "totp".into() } else { kind },
        algorithm: get("otpHashMode"),
        digits: Number::of(&get("size")),
        period: Number::of(&get("step")),
        counter: Number::of(&get("counter")),
        ..Raw::totp(
            "",
            "",
            match get("encoding").to_ascii_lowercase().as_str() {
                "hex" => Key::hex(&secret),
                "base64" => Key::base64(&secret),
                "utf8" | "utf-8" => Key::bytes(Some(secret.into_bytes())),
                _ => Key::base32(&secret),
            },
        )
    }
}

/// KeeTrayTOTP: `TOTP Seed`, and `TOTP Settings` of `period;digits;url`, where digits `S` is Steam.
fn tray(entry: &Entry) -> Option<Raw> {
    let seed = entry.get("TOTP Seed");
    if seed.is_empty() {
        return None;
    }
    let mut settings = entry.get("TOTP Settings").split(';').map(str::trim);
    let period = settings.next().unwrap_or_default();
    let digits = settings.next().unwrap_or_default();
    let raw = Raw::totp("", "", Key::base32(seed));
    Some(if digits.eq_ignore_ascii_case("s") {
        Raw { kind: "steam".into(), ..raw }
    } else {
        Raw { period: Number::of(period), digits: Number::of(digits), ..raw }
    })
}

/// KeePass 2.47 and later: `TimeOtp-…` or `HmacOtp-…`.
fn keepass(entry: &Entry, prefix: &str) -> Option<Raw> {
    let get = |name: &str| entry.get(&format!("{prefix}{name}"));
    let key = ["Secret", "Secret-Hex", "Secret-Base32", "Secret-Base64"]
        .into_iter()
        .find(|name| !get(name).is_empty())
        .map(|name| match (name, get(name)) {
            ("Secret-Hex", value) => Key::hex(&value.replace(' ', "")),
            ("Secret-Base32", value) => Key::base32(value),
            ("Secret-Base64", value) => Key::base64(value),
            (_, value) => Key::bytes(Some(value.as_bytes().to_vec())),
        })?;
    Some(Raw {
        kind: if prefix == "HmacOtp-" { "hotp".into() } else { "totp".into() },
        algorithm: get("Algorithm").into(),
        digits: Number::of(get("Length")),
        period: Number::of(get("Period")),
        counter: Number::of(get("Counter")),
        ..Raw::totp("", "", key)
    })
}

/// Some programs write the same code in two ways.
fn is_same(one: &Raw, other: &Raw) -> bool {
    let seed = |raw: &Raw| match &raw.key {
        Key::Base32(text) => Seed::from_base32(text.expose()).ok(),
        Key::Bytes(bytes) => Seed::new(bytes.clone()).ok(),
        Key::Malformed | Key::Missing => None,
    };
    let made = |raw: &Raw| {
        let or =
            |number, default| if number == Number::Absent { Number::Is(default) } else { number };
        let algorithm = match raw.algorithm.trim() {
            "" => Ok(Algorithm::Sha1),
            stated => otpauth::algorithm(stated),
        };
        (raw.kind.to_ascii_lowercase(), algorithm.ok(), or(raw.digits, 6), or(raw.period, 30))
    };
    match (seed(one), seed(other)) {
        (Some(a), Some(b)) => a.expose() == b.expose() && made(one) == made(other),
        _ => false,
    }
}
