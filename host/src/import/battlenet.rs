//! Battle.net Authenticator: two masked texts in a rooted phone's preferences.
//!
//! Never here: Authenticator Plus' and authenticator.cc's Battle.net accounts.

use super::item::{Found, Key, Number, Raw};
use super::preferences::Preferences;
use super::{ImportError, text};

/// What the app hides its secret under: the same in every copy of it.
const MASK: &str = "398e27fc50276a656065b0e525f4c06c04c61075286b8e7aeda59da9813b5dd6c80d2fb38068773fa59ba47c17ca6c6479015c1d5b8b8f6b9a";

pub(super) fn read(preferences: &Preferences, found: &mut Found) -> Result<(), ImportError> {
    let secret =
        preferences.ending_in("AUTHENTICATOR_DEVICE_SECRET").ok_or(ImportError::Corrupt)?;
    let serial = preferences.ending_in("AUTHENTICATOR_SERIAL").unwrap_or_default();
    let label = unmask(serial).unwrap_or_default();
    let key = match unmask(secret) {
        Some(secret) => Key::hex(&secret),
        None => Key::Malformed,
    };
    found.take(Raw { digits: Number::Is(8), ..Raw::totp("Battle.net", &label, key) })?;
    Ok(())
}

fn unmask(masked: &str) -> Option<String> {
    let mask = text::hex(MASK).expect("the mask is hexadecimal");
    let masked = text::hex(masked)?;
    if mask.len() < masked.len() {
        return None;
    }
    let text: Vec<u8> = masked.iter().zip(&mask).map(|(byte, mask)| byte ^ mask).collect();
    String::from_utf8(text).ok().filter(|text| text.is_ascii())
}
