//! Which format a file is, by its content.
//!
//! The order of the tests matters: signatures first, then what parses, then guesses by length.
//!
//! Never here: reading accounts (`readers`).

use serde_json::Value;

use super::format::Format;
use super::preferences::Preferences;
use super::sqlite::Database;
use super::{
    ImportError, andotp, archive, freeotp, html, java, json, kdbx, kdbx_xml, openpgp, otpauth_ios,
    picture, sqlcipher, sqlite, stratum, table, text, uri,
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
        match json::parse(&text) {
            Ok(value @ (Value::Array(_) | Value::Object(_))) => Self::Json(value),
            _ => Self::Text(text.into_owned(), is_1252),
        }
    }
}

/// A format and the content for its reader.
pub(super) type Recognised = Result<(Format, Content), ImportError>;

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
    if has_end(&[".db", ".sqlite"])
        && bytes.len().is_multiple_of(sqlcipher::PAGE)
        && !bytes.is_empty()
    {
        return is(Format::AuthenticatorPlusDb);
    }
    if andotp::could_be_new(bytes) {
        return is(Format::Andotp);
    }
    if has_end(&[".bin", ".json.aes"]) && !bytes.is_empty() {
        return is(Format::Andotp);
    }
    if bytes.len().is_multiple_of(sqlcipher::PAGE) && !bytes.is_empty() {
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
pub(super) fn recognise_text(bytes: &[u8], name: Option<&str>) -> Option<Recognised> {
    let (decoded, is_1252) = text::decode(bytes);
    let trimmed = decoded.trim_start_matches('\u{feff}').trim();
    let lower: String = trimmed.chars().take(200).collect::<String>().to_ascii_lowercase();
    let as_text = |format| Some(Ok((format, Content::Text(trimmed.to_owned(), is_1252))));
    if trimmed.starts_with('{') || trimmed.starts_with('[') {
        return Some(recognise_json(trimmed));
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        let head = trimmed.split("</title>").next().unwrap_or_default();
        let is_ours = head.ends_with(html::OUR_TITLE);
        let is_stratum = trimmed.contains("<code>otpauth://") || trimmed.contains("<code>motp://");
        return as_text(match (is_ours, is_stratum) {
            (true, _) => Format::CountersignHtml,
            (_, true) => Format::StratumHtml,
            _ => Format::OtpauthPage,
        });
    }
    if lower.starts_with("<keepassfile")
        || lower.starts_with("<?xml") && kdbx_xml::is_export(trimmed)
    {
        return as_text(Format::KeepassXml);
    }
    if lower.starts_with("<?xml") || lower.starts_with("<map") {
        return Some(
            recognise_preferences(trimmed)
                .map(|format| (format, Content::Text(trimmed.to_owned(), is_1252))),
        );
    }
    if uri::is_list(trimmed) {
        return as_text(if trimmed.contains("codeDisplay=") {
            Format::Ente
        } else if uri::has_migration(trimmed) {
            Format::GoogleMigration
        } else {
            Format::OtpauthUris
        });
    }
    if let Some(format) = table::recognise(trimmed) {
        return as_text(format);
    }
    if let Some(sealed) = text::base64(trimmed)
        && 16 <= sealed.len()
        && sealed.len().is_multiple_of(16)
    {
        let is_steam = name.unwrap_or_default().to_ascii_lowercase().ends_with(".mafile");
        return if is_steam {
            Some(Err(ImportError::ManifestRequired))
        } else {
            as_text(Format::TotpAuthenticator)
        };
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
            || json::parse(value).is_ok_and(|token| freeotp::is_token(&token))
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
    } else if any(&|entry| {
        let parameters = ["type", "period", "digits", "algorithm", "issuer"];
        has(entry, "label") && has(entry, "secret") && parameters.iter().any(|key| has(entry, key))
    }) {
        Some(Format::Andotp)
    } else if any(&|entry| {
        entry
            .as_object()
            .is_some_and(|fields| fields.values().filter_map(Value::as_str).any(uri::is_uri))
    }) {
        // A script's, with each account as a URI beside its parts.
        Some(Format::OtpauthText)
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
    if has("countersign") {
        return Some(Format::Countersign);
    }
    if has("db") && has("header") {
        return Some(Format::Aegis);
    }
    if has("schemaVersion") && (has("services") || has("servicesEncrypted")) {
        return Some(Format::Twofas);
    }
    if any("items", "credentials") || has("accounts") && is_cxf(value) {
        return Some(Format::Cxf);
    }
    if any("items", "template_type") || any("items", "fields") && any("items", "trashed") {
        return Some(Format::Enpass);
    }
    // It says `encrypted`, too.
    if value.get("vaults").is_some_and(Value::is_object) {
        return Some(Format::ProtonPass);
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
    let accounts = value.get("accounts").and_then(Value::as_object);
    if accounts.is_some_and(|all| all.values().any(|one| one.get("shared_secret").is_some())) {
        return Some(Format::SteamAndroid);
    }
    if has("records") {
        return Some(Format::Keeper);
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
