//! From a recognised format to its reader.
//!
//! Never here: recognising one (`recognise`).

use serde_json::Value;

use super::format::Format;
use super::item::Found;
use super::preferences::Preferences;
use super::recognise::{self, Content};
use super::sqlite::Database;
use super::{Context, ImportError, Source, Warning};
use super::{
    aegis, andotp, archive, authenticator_cc, authenticator_plus, authy, battlenet, bitwarden,
    countersign, cxf, duo, enpass, ente, freeotp, freeotp2, google, html, json, kdbx, kdbx_xml,
    keeper, lastpass, microsoft, onepassword, openpgp, otpauth_ios, picture, proton, raivo, steam,
    stratum, table, totp_authenticator, twofas, twofauth, uri,
};

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
        Format::Countersign => countersign::read(value, context, found),
        Format::Cxf => cxf::read(value, found),
        Format::Duo => duo::read(value, found),
        Format::Enpass => enpass::read(value, found),
        Format::Ente if value.get("items").is_some() => ente::read_items(value, found),
        Format::Ente => ente::read_sealed(value, context, found),
        Format::FreeotpPlus => freeotp::read_file(value, found),
        Format::Keeper => keeper::read(value, found),
        Format::Lastpass => lastpass::read(value, found),
        Format::Onepux => onepassword::read(value, found),
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
        Format::KeepassXml => kdbx_xml::read_export(text, found),
        Format::CountersignHtml | Format::OtpauthPage | Format::StratumHtml => {
            html::read(text, found)
        }
        Format::OtpauthText if table::take_uris(text, found)? => Ok(()),
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
        | Format::Bitwarden
        | Format::DashlaneCsv
        | Format::Onepux
        | Format::ProtonPass
        | Format::Raivo
        | Format::Winauth => archive::read(bytes, format, context, found),
        Format::AuthenticatorPlusDb => authenticator_plus::read(bytes, context, found),
        Format::FreeotpV2 => freeotp2::read(bytes, context, found),
        Format::GoogleMigrationQr | Format::OtpauthQr => picture::read(bytes, found),
        Format::GoogleSqlite => google::read_table(&accounts()?, found),
        Format::Kdbx => kdbx::read(bytes, context, found),
        Format::MicrosoftSqlite => microsoft::read_table(&accounts()?, found),
        Format::OtpauthIos => otpauth_ios::read(bytes, context, found),
        Format::Stratum => stratum::read_sealed(bytes, context, found),
        Format::StratumDb => stratum::read_database(&Database::open(bytes)?, found),
        _ => Err(ImportError::UnrecognisedFormat),
    }
}

/// What was in a wrapper: a text, of the formats that are wrapped in practice.
fn read_within(bytes: &[u8], context: &Context<'_>, found: &mut Found) -> Result<(), ImportError> {
    let source = Source { name: None, bytes };
    let (format, content) = match recognise::recognise_text(bytes, None) {
        Some(recognised) => recognised?,
        None => return Err(ImportError::UnrecognisedFormat),
    };
    read_as(format, content, &source, context, found)
}
