//! Authy: what the known tools and a rooted phone give; there is no export of its own.
//!
//! Never here: Authy's servers.

use serde_json::Value;

use super::item::{Found, Key, Number, Raw};
use super::kdf::Prf;
use super::preferences::Preferences;
use super::{Context, ImportError, Reason, WRONG_OR_DAMAGED, cipher, json, kdf, text};
use crate::otp::Seed;

/// Rounds where none are stated.
const ROUNDS: u64 = 1_000;
/// Seconds and digits of Authy's own codes.
const OWN_PERIOD: i64 = 10;
const OWN_DIGITS: i64 = 7;

/// Most rounds of all tokens together. Each token has a salt of its own, and five hundred are enough for
/// anyone.
const MAX_ROUNDS: u64 = 50_000_000;

/// What sealed seeds are opened with.
struct Backup<'a> {
    context: &'a Context<'a>,
    rounds_left: u64,
}

impl<'a> Backup<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        Self { context, rounds_left: MAX_ROUNDS }
    }
}

/// Preferences of a rooted phone.
pub(super) fn read_preferences(
    preferences: &Preferences,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let mut backup = Backup::new(context);
    for (name, value) in preferences.strings() {
        let is_own = name.ends_with(".tokens.authy.key");
        if is_own || name.ends_with(".tokens.authenticator.key") {
            let tokens = json::parse(value)?;
            for token in tokens.as_array().ok_or(ImportError::Corrupt)? {
                take(token, is_own, &mut backup, found)?;
            }
        }
    }
    Ok(())
}

/// JSON of scripts and of the API, in its shapes.
pub(super) fn read(
    file: &Value,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    read_with(file, &mut Backup::new(context), found)
}

fn read_with(file: &Value, backup: &mut Backup<'_>, found: &mut Found) -> Result<(), ImportError> {
    if let Some(tokens) = file.as_array() {
        return tokens.iter().try_for_each(|token| take(token, false, backup, found));
    }
    for wrapper in ["tokens", "apps"] {
        // `{tokens: {authenticator_tokens: …}, apps: {apps: …}}`
        if let Some(inner @ Value::Object(_)) = file.get(wrapper) {
            read_with(inner, backup, found)?;
        }
    }
    for key in ["authenticator_tokens", "decrypted_authenticator_tokens"] {
        for token in json::list(file, key) {
            take(token, false, backup, found)?;
        }
    }
    for app in json::list(file, "apps") {
        take(app, true, backup, found)?;
    }
    for token in json::list(file, "deleted") {
        found.skip(&json::first_text(token, &["name", "original_name"]), Reason::Trashed)?;
    }
    Ok(())
}

fn take(
    token: &Value,
    is_own: bool,
    backup: &mut Backup<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let (issuer, label) = names(token);
    if json::flag(token, "markedForDeletion") {
        found.skip(&issuer, Reason::Trashed)?;
        return Ok(());
    }
    let digits = json::number(token, "digits");
    let is_own = is_own || digits == Number::Is(OWN_DIGITS) && !has_account_type(token);
    let hex = json::first_text(token, &["secretSeed", "secret_seed"]);
    let plain =
        json::first_text(token, &["decryptedSecret", "decrypted_seed", "decryptedSeed", "secret"]);
    let sealed = json::first_text(token, &["encryptedSecret", "encrypted_seed", "encryptedSeed"]);
    let key = if !plain.trim().is_empty() {
        Key::base32(&plain)
    } else if !hex.trim().is_empty() {
        hex_or_base32(&hex)
    } else if !sealed.trim().is_empty() {
        Key::base32(&open(token, &sealed, backup)?)
    } else {
        Key::Missing
    };
    // Authy has no other types; scripts that write lists like its own do.
    let kind = match json::text(token, "type").to_ascii_lowercase().as_str() {
        "hotp" => "hotp",
        "steam" => "steam",
        _ => "totp",
    };
    found.take(Raw {
        kind: kind.into(),
        counter: json::number(token, "counter"),
        digits: if is_own && digits == Number::Absent { Number::Is(OWN_DIGITS) } else { digits },
        period: if is_own { Number::Is(OWN_PERIOD) } else { json::number(token, "period") },
        ..Raw::totp(&issuer, &label, key)
    })?;
    Ok(())
}

/// Tokens of other services say which; Authy's own do not.
fn has_account_type(token: &Value) -> bool {
    !json::first_text(token, &["account_type", "accountType"]).is_empty()
}

fn hex_or_base32(text: &str) -> Key {
    match Key::hex(text) {
        Key::Malformed => Key::base32(text),
        key => key,
    }
}

/// A seed under the backups password. Neither padding nor Base32 tells a wrong one from damage.
fn open(
    token: &Value,
    sealed: &str,
    backup: &mut Backup<'_>,
) -> Result<zeroize::Zeroizing<String>, ImportError> {
    let sealed = text::base64(sealed).ok_or(ImportError::Corrupt)?;
    let rounds = match json::number(token, "key_derivation_iterations") {
        Number::Absent => ROUNDS,
        _ => json::cost(token, "key_derivation_iterations")?,
    };
    let iv = match json::text(token, "unique_iv").trim() {
        "" => vec![0; 16],
        iv => text::hex(iv).ok_or(ImportError::Corrupt)?,
    };
    if iv.len() != 16 || sealed.is_empty() || !sealed.len().is_multiple_of(16) {
        return Err(ImportError::Corrupt);
    }
    let salt = json::text(token, "salt");
    kdf::allow_pbkdf2(rounds)?;
    let left = backup.rounds_left.checked_sub(rounds).ok_or(ImportError::KdfCostTooHigh)?;
    backup.rounds_left = left;
    let password = backup.context.password()?;
    let key = kdf::pbkdf2(Prf::Sha1, password.as_bytes(), salt.as_bytes(), rounds)?;
    let seed = cipher::open_cbc(&key[..], &iv, &sealed).ok_or(WRONG_OR_DAMAGED)?;
    let seed = std::str::from_utf8(&seed).map_err(|_| WRONG_OR_DAMAGED)?;
    Seed::from_base32(seed).map_err(|_| WRONG_OR_DAMAGED)?;
    Ok(seed.to_owned().into())
}

fn names(token: &Value) -> (String, String) {
    let stated = json::first_text(token, &["issuer", "originalIssuer", "original_issuer"]);
    let original = json::first_text(token, &["original_name", "originalName"]);
    let name = json::text(token, "name");
    let split = |text: &str, by: &str| {
        text.split_once(by)
            .map(|(issuer, label)| (issuer.trim().to_owned(), label.trim().to_owned()))
            .filter(|(issuer, _)| !issuer.is_empty())
    };
    let parts = split(&original, ":").or_else(|| {
        // Whichever of the two separators comes first.
        let dash = name.find(" - ").unwrap_or(usize::MAX);
        let colon = name.find(':').unwrap_or(usize::MAX);
        split(&name, if dash < colon { " - " } else { ":" })
    });
    match (stated.is_empty(), parts) {
        (false, Some((issuer, label))) if issuer == stated => (stated, label),
        (false, _) => {
            let label = split(&name, ":").filter(|(issuer, _)| *issuer == stated);
            (stated, label.map_or(name, |(_, label)| label))
        }
        (true, Some(parts)) => parts,
        (true, None) => {
            let mut kind = json::first_text(token, &["account_type", "accountType"]);
            if kind.is_empty() || kind == "authenticator" {
                // Authy's own apps have a name and nothing else.
                return if has_account_type(token) {
                    (String::new(), name)
                } else {
                    (name, String::new())
                };
            }
            if let Some(first) = kind.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            (kind, name)
        }
    }
}
