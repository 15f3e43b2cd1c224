//! Which format a file is, by its content; and the way to that format's reader.
//!
//! The order of the tests matters: signatures first, then what parses, then guesses by length.
//!
//! Never here: anything about accounts.

use serde_json::Value;

use super::format::Format;
use super::item::Found;
use super::preferences::Preferences;
use super::sqlite::Database;
use super::{Context, ImportError, Source, Warning};
use super::{
    aegis, andotp, archive, authenticator_cc, authenticator_plus, authy, battlenet, bitwarden, cxf,
    duo, enpass, ente, freeotp, freeotp2, google, html, java, json, kdbx, keeper, lastpass,
    microsoft, openpgp, otpauth_ios, picture, proton, raivo, sqlcipher, sqlite, steam, stratum,
    table, text, totp_authenticator, twofas, twofauth, uri,
};

/// A file, as far as it had to be parsed to recognise it.
pub(super) enum Content {
    Bytes,
    Json(Value),
    /// A text, and whether it had to be read as Windows-1252.
    Text(String, bool),
}

impl Content {
    /// The content for a reader that a person chose.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if !text::is_text(bytes) {
            return Self::Bytes;
        }
        let (text, is_1252) = text::decode(bytes);
        match serde_json::from_str(&text) {
            Ok(value @ (Value::Array(_) | Value::Object(_))) => Self::Json(value),
            _ => Self::Text(text.into_owned(), is_1252),
        }
    }
}

type Recognised = Result<(Format, Content), ImportError>;

pub(super) fn recognise(bytes: &[u8], name: Option<&str>) -> Recognised {
    let is = |format| Ok((format, Content::Bytes));
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(kdbx::MAGIC) || starts(kdbx::MAGIC_1) {
        return is(Format::Kdbx);
    }
    if starts(sqlite::MAGIC) {
        return is(recognise_database(bytes)?);
    }
    if starts(stratum::MAGIC) || starts(stratum::MAGIC_LEGACY) {
        return is(Format::Stratum);
    }
    if starts(java::MAGIC) {
        return is(Format::FreeotpV2);
    }
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        return is(archive::recognise(bytes)?);
    }
    if picture::is_picture(bytes) {
        return is(Format::OtpauthQr);
    }
    if openpgp::is_message(bytes) {
        return is(Format::AndotpOpenpgp);
    }
    if text::is_text(bytes) {
        if let Some(recognised) = recognise_text(bytes, name) {
            return recognised;
        }
    } else if first_char(bytes).is_some_and(|c| c == b'{')
        && bytes.iter().take(64).all(u8::is_ascii)
    {
        // JSON with a control character in it.
        return Err(ImportError::Corrupt);
    }
    if otpauth_ios::is_sealed(bytes) {
        return is(Format::OtpauthIos);
    }
    recognise_by_length(bytes, name)
}

fn first_char(bytes: &[u8]) -> Option<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

fn recognise_by_length(bytes: &[u8], name: Option<&str>) -> Recognised {
    let is = |format| Ok((format, Content::Bytes));
    let has_end = |ends: &[&str]| {
        let name = name.unwrap_or_default().to_ascii_lowercase();
        ends.iter().any(|end| name.ends_with(end))
    };
    if text::is_text(bytes) {
        return Err(ImportError::UnrecognisedFormat);
    }
    if has_end(&[".db", ".sqlite"]) && bytes.len() % sqlcipher::PAGE == 0 && !bytes.is_empty() {
        return is(Format::AuthenticatorPlusDb);
    }
    if andotp::could_be_new(bytes) {
        return is(Format::Andotp);
    }
    if has_end(&[".bin", ".json.aes"]) && !bytes.is_empty() {
        return is(Format::Andotp);
    }
    if bytes.len() % sqlcipher::PAGE == 0 && !bytes.is_empty() {
        return is(Format::AuthenticatorPlusDb);
    }
    Err(ImportError::UnrecognisedFormat)
}

fn recognise_database(bytes: &[u8]) -> Result<Format, ImportError> {
    let database = Database::open(bytes)?;
    if database.table("authenticator")?.is_some() {
        return Ok(Format::StratumDb);
    }
    let accounts = database.table("accounts")?.ok_or(ImportError::UnrecognisedFormat)?;
    if accounts.has("oath_secret_key") {
        Ok(Format::MicrosoftSqlite)
    } else if accounts.has("email") && accounts.has("secret") {
        Ok(Format::GoogleSqlite)
    } else {
        Err(ImportError::UnrecognisedFormat)
    }
}

/// `None` if it is a text that could still be something else.
fn recognise_text(bytes: &[u8], name: Option<&str>) -> Option<Recognised> {
    let (decoded, is_1252) = text::decode(bytes);
    let trimmed = decoded.trim_start_matches('\u{feff}').trim();
    let lower: String = trimmed.chars().take(200).collect::<String>().to_ascii_lowercase();
    let as_text = |format| Some(Ok((format, Content::Text(trimmed.to_owned(), is_1252))));
    if trimmed.starts_with('{') || trimmed.starts_with('[') {
        return Some(recognise_json(trimmed));
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        let is_stratum = trimmed.contains("<code>otpauth://") || trimmed.contains("<code>motp://");
        return as_text(if is_stratum { Format::StratumHtml } else { Format::OtpauthPage });
    }
    if lower.starts_with("<?xml") || lower.starts_with("<map") {
        return Some(
            recognise_preferences(trimmed)
                .and_then(|format| Ok((format, Content::Text(trimmed.to_owned(), is_1252)))),
        );
    }
    if uri::is_list(trimmed) {
        return as_text(if trimmed.contains("codeDisplay=") {
            Format::Ente
        } else if lower.starts_with("otpauth-migration:") {
            Format::GoogleMigration
        } else {
            Format::OtpauthUris
        });
    }
    if let Some(format) = table::recognise(trimmed) {
        return as_text(format);
    }
    if let Some(sealed) = text::base64(trimmed) {
        if 16 <= sealed.len() && sealed.len() % 16 == 0 {
            let is_steam = name.unwrap_or_default().to_ascii_lowercase().ends_with(".mafile");
            return if is_steam {
                Some(Err(ImportError::ManifestRequired))
            } else {
                as_text(Format::TotpAuthenticator)
            };
        }
    }
    if trimmed.to_ascii_lowercase().contains("otpauth") {
        return as_text(Format::OtpauthText);
    }
    None
}

fn recognise_preferences(text: &str) -> Result<Format, ImportError> {
    let preferences = Preferences::read(text)?;
    let has = |test: &dyn Fn(&str, &str) -> bool| {
        preferences.strings().any(|(name, value)| test(name, value))
    };
    if has(&|name, _| name.ends_with("AUTHENTICATOR_DEVICE_SECRET")) {
        Ok(Format::BattlenetXml)
    } else if has(&|name, _| name.starts_with("com.authy.storage")) {
        Ok(Format::AuthyXml)
    } else if has(&|name, _| name == "STATIC_TOTP_CODES_LIST") {
        Ok(Format::TotpAuthenticatorXml)
    } else if has(&|name, value| {
        name == "tokenOrder"
            || uri::is_uri(value)
            || serde_json::from_str(value).is_ok_and(|token| freeotp::is_token(&token))
    }) {
        Ok(Format::FreeotpV1)
    } else {
        Err(ImportError::UnrecognisedFormat)
    }
}

fn recognise_json(text: &str) -> Recognised {
    let value = json::parse(text)?;
    let format = match &value {
        Value::Array(entries) => format_of_array(entries),
        _ => format_of_object(&value),
    };
    match format {
        Some(format) => Ok((format, Content::Json(value))),
        None if text.contains("otpauth") => Ok((Format::OtpauthText, Content::Json(value))),
        None => Err(ImportError::UnrecognisedFormat),
    }
}

fn format_of_array(entries: &[Value]) -> Option<Format> {
    // The first may be the odd one out.
    let any = |test: &dyn Fn(&Value) -> bool| entries.iter().take(16).any(test);
    let has = |entry: &Value, key| entry.get(key).is_some();
    if any(&|entry| has(entry, "otpGenerator") || has(entry, "accountType") && has(entry, "pkey")) {
        Some(Format::Duo)
    } else if any(&|entry| has(entry, "kind") && has(entry, "timer")) {
        Some(Format::Raivo)
    } else if any(&|entry| has(entry, "type") && has(entry, "label") && has(entry, "secret")) {
        Some(Format::Andotp)
    } else if any(&|entry| {
        has(entry, "name")
            && ["secret", "decryptedSeed", "secretSeed", "decrypted_seed", "encrypted_seed"]
                .iter()
                .any(|key| has(entry, key))
    }) {
        Some(Format::AuthyJson)
    } else if entries.is_empty() {
        // An export of nothing: andOTP writes `[]`.
        Some(Format::Andotp)
    } else {
        None
    }
}

fn format_of_object(value: &Value) -> Option<Format> {
    let has = |key: &str| value.get(key).is_some();
    let any = |list: &str, key: &str| {
        json::list(value, list).iter().take(16).any(|item| item.get(key).is_some())
    };
    let has_in =
        |outer: &str, inner: &str| value.get(outer).is_some_and(|outer| outer.get(inner).is_some());
    if has("db") && has("header") {
        return Some(Format::Aegis);
    }
    if has("schemaVersion") && has("services") {
        return Some(Format::Twofas);
    }
    if any("items", "credentials") || has("accounts") && is_cxf(value) {
        return Some(Format::Cxf);
    }
    if any("items", "template_type") || any("items", "fields") && any("items", "trashed") {
        return Some(Format::Enpass);
    }
    if has("encrypted") && !any("entries", "filename")
        || any("items", "login")
        || has("passwordProtected")
    {
        return Some(Format::Bitwarden);
    }
    if has("kdfParams") && has("encryptedData") || any("items", "rawData") {
        return Some(Format::Ente);
    }
    if any("entries", "filename") {
        return Some(Format::SteamMafile);
    }
    if any("entries", "content") || has("version") && has("salt") && has("content") {
        return Some(Format::ProtonAuthenticator);
    }
    if has("tokens") && value.get("tokens").is_some_and(Value::is_array) {
        return Some(Format::FreeotpPlus);
    }
    if has("Authenticators") {
        return Some(Format::Stratum);
    }
    if any("accounts", "issuerName")
        || any("accounts", "timeStep")
        || has("accounts") && has("folders")
    {
        return Some(Format::Lastpass);
    }
    if json::text(value, "app").starts_with("2fauth") {
        return Some(Format::Twofauth);
    }
    let authy = ["authenticator_tokens", "decrypted_authenticator_tokens"];
    if authy.iter().any(|key| has(key) || has_in("tokens", key)) || any("apps", "secret_seed") {
        return Some(Format::AuthyJson);
    }
    if has("shared_secret") {
        let is_mobile = has("steamguard_scheme") && !has("Session");
        return Some(if is_mobile { Format::SteamAndroid } else { Format::SteamMafile });
    }
    if let Some(accounts) = value.get("accounts").and_then(Value::as_object) {
        if accounts.values().any(|account| account.get("shared_secret").is_some()) {
            return Some(Format::SteamAndroid);
        }
    }
    if has("records") {
        return Some(Format::Keeper);
    }
    if has("vaults") {
        return Some(Format::ProtonPass);
    }
    if any("accounts", "vaults") {
        return Some(Format::Onepux);
    }
    let is_entry = |entry: &Value| {
        matches!(json::text(entry, "dataType").as_str(), "OTPStorage" | "EncOTPStorage" | "Key")
            || entry.get("secret").is_some() && entry.get("hash").is_some()
    };
    if value.as_object().is_some_and(|fields| fields.values().any(is_entry)) {
        return Some(Format::AuthenticatorCc);
    }
    if value.get("entries").is_some_and(Value::is_array) && has("version") {
        // An export of nothing.
        return Some(Format::ProtonAuthenticator);
    }
    value.get("items").is_some_and(Value::is_array).then_some(Format::Bitwarden)
}

fn is_cxf(value: &Value) -> bool {
    json::list(value, "accounts").iter().any(|account| {
        json::list(account, "items").iter().any(|item| item.get("credentials").is_some())
    })
}

/// Reads a file as a format.
pub(super) fn read_as(
    format: Format,
    content: Content,
    source: &Source<'_>,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    if let Content::Text(_, true) = &content {
        found.warn(Warning::Encoding);
    }
    match content {
        Content::Json(value) => read_json(format, &value, context, found),
        Content::Text(text, _) => read_text(format, &text, source, context, found),
        Content::Bytes => read_bytes(format, source, context, found),
    }
}

fn read_json(
    format: Format,
    value: &Value,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    match format {
        Format::Aegis => aegis::read(value, context, found),
        Format::Andotp => andotp::read(value, found),
        Format::AuthenticatorCc => authenticator_cc::read(value, context, found),
        Format::AuthyJson => authy::read(value, context, found),
        Format::Bitwarden => bitwarden::read(value, context, found),
        Format::Cxf => cxf::read(value, found),
        Format::Duo => duo::read(value, found),
        Format::Enpass => enpass::read(value, found),
        Format::Ente if value.get("items").is_some() => ente::read_items(value, found),
        Format::Ente => ente::read_sealed(value, context, found),
        Format::FreeotpPlus => freeotp::read_file(value, found),
        Format::Keeper => keeper::read(value, found),
        Format::Lastpass => lastpass::read(value, found),
        Format::Onepux => super::onepassword::read(value, found),
        Format::ProtonAuthenticator => proton::read_authenticator(value, context, found),
        Format::ProtonPass => proton::read_pass(value, found),
        Format::Raivo => raivo::read(value, found),
        Format::SteamAndroid | Format::SteamMafile if steam::is_manifest_value(value) => {
            steam::read_manifest(value, context, found)
        }
        Format::SteamAndroid | Format::SteamMafile => steam::read(value, found),
        Format::Stratum => stratum::read(value, found),
        Format::Twofas => twofas::read(value, context, found),
        Format::Twofauth => twofauth::read(value, found),
        Format::OtpauthText | Format::OtpauthUris => {
            uri::take_all_in_json(value, found)?;
            if found.is_empty() { Err(ImportError::UnrecognisedFormat) } else { Ok(()) }
        }
        _ => Err(ImportError::UnrecognisedFormat),
    }
}

fn read_text(
    format: Format,
    text: &str,
    source: &Source<'_>,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    match format {
        Format::AndotpOpenpgp => read_bytes(format, source, context, found),
        Format::AuthyXml => authy::read_preferences(&Preferences::read(text)?, context, found),
        Format::BattlenetXml => battlenet::read(&Preferences::read(text)?, found),
        Format::ApplePasswordsCsv
        | Format::BitwardenCsv
        | Format::DashlaneCsv
        | Format::KeepassxcCsv
        | Format::LastpassCsv
        | Format::OnepasswordCsv
        | Format::ProtonPassCsv => table::read(text, found),
        Format::Ente | Format::GoogleMigration | Format::OtpauthUris | Format::Winauth => {
            uri::read_list(text, found)
        }
        Format::FreeotpV1 => freeotp::read_preferences(&Preferences::read(text)?, found),
        Format::OtpauthPage | Format::StratumHtml => html::read(text, found),
        Format::OtpauthText => uri::take_all_within(text, found),
        Format::TotpAuthenticator => totp_authenticator::read_sealed(text, context, found),
        Format::TotpAuthenticatorXml => {
            let preferences = Preferences::read(text)?;
            let list = preferences.ending_in("STATIC_TOTP_CODES_LIST");
            let list = json::parse(list.ok_or(ImportError::Corrupt)?)?;
            totp_authenticator::read_list(&list, found)
        }
        _ => Err(ImportError::UnrecognisedFormat),
    }
}

fn read_bytes(
    format: Format,
    source: &Source<'_>,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let bytes = source.bytes;
    let accounts = || Database::open(bytes)?.table("accounts")?.ok_or(ImportError::Corrupt);
    match format {
        Format::Andotp => andotp::read_sealed(bytes, context, found),
        Format::AndotpOpenpgp => read_within(&openpgp::open(bytes, context)?, context, found),
        Format::AuthenticatorPlus
        | Format::Onepux
        | Format::ProtonPass
        | Format::Raivo
        | Format::Winauth => archive::read(bytes, format, context, found),
        Format::AuthenticatorPlusDb => authenticator_plus::read(bytes, context, found),
        Format::FreeotpV2 => freeotp2::read(bytes, context, found),
        Format::GoogleMigrationQr | Format::OtpauthQr => picture::read(bytes, found),
        Format::GoogleSqlite => {
            google::read_table(&accounts()?, found);
            Ok(())
        }
        Format::Kdbx => kdbx::read(bytes, context, found),
        Format::MicrosoftSqlite => {
            microsoft::read_table(&accounts()?, found);
            Ok(())
        }
        Format::OtpauthIos => otpauth_ios::read(bytes, context, found),
        Format::Stratum => stratum::read_sealed(bytes, context, found),
        Format::StratumDb => stratum::read_database(&Database::open(bytes)?, found),
        _ => Err(ImportError::UnrecognisedFormat),
    }
}

/// What was in a wrapper: a text, of the formats that are wrapped in practice.
fn read_within(bytes: &[u8], context: &Context<'_>, found: &mut Found) -> Result<(), ImportError> {
    let source = Source { name: None, bytes };
    let (format, content) = match recognise_text(bytes, None) {
        Some(recognised) => recognised?,
        None => return Err(ImportError::UnrecognisedFormat),
    };
    read_as(format, content, &source, context, found)
}
