//! An account and a page, as both sides speak of them.
//!
//! Never here: a seed, a code.

use serde::{Deserialize, Serialize};

use super::Denied;

/// An account as a person sees it: everything but the seed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Account {
    /// 32 hex digits, for ever the same.
    pub id: String,
    /// Kind of account.
    pub kind: Kind,
    /// Who issued it.
    pub issuer: String,
    /// Account name.
    pub label: String,
    /// Hash function.
    pub algorithm: Algorithm,
    /// Length of the code.
    pub digits: u32,
    /// Seconds; absent for HOTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<u32>,
    /// Next counter; HOTP only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<u64>,
    /// Registrable domains or exact hosts that its codes may go to.
    #[serde(default)]
    pub sites: Vec<String>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Note.
    #[serde(default)]
    pub note: String,
    /// Whether it stands at the top of the list.
    #[serde(default)]
    pub favourite: bool,
    /// Name of the icon to show, empty for none.
    #[serde(default)]
    pub icon: String,
    /// Key of its own picture: another one has another; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub picture: String,
    /// Whether its codes may go to the page that was named in the request.
    #[serde(default)]
    pub here: bool,
    /// It has no site, and its issuer is known to be at the page's: offer the link. Nothing is sent there
    /// before the person has confirmed it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub likely: bool,
    /// It has no site: where its issuer is known to be, if it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggest: Vec<String>,
    /// Those of its sites on which the form is sent after a fill.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<String>,
    /// The seed has fewer than 80 bits: warn.
    #[serde(default)]
    pub weak: bool,
    /// Added, in seconds since 1970.
    pub created: u64,
    /// Last change, in seconds since 1970.
    pub modified: u64,
    /// Since when it is in the trash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trashed: Option<u64>,
}

/// Kinds of account.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// RFC 6238.
    #[default]
    Totp,
    /// RFC 4226.
    Hotp,
    /// Steam Guard: TOTP in an alphabet of its own, 5 characters.
    Steam,
    /// Mobile-OTP: MD5 over time, seed and PIN.
    Motp,
    /// Yandex: HMAC-SHA-256 with a PIN, 8 letters.
    Yandex,
}

/// Hash functions of RFC 6238, section 1.2. Steam is always SHA-1.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Algorithm {
    /// HMAC-SHA-1.
    #[default]
    #[serde(rename = "SHA1")]
    Sha1,
    /// HMAC-SHA-256.
    #[serde(rename = "SHA256")]
    Sha256,
    /// HMAC-SHA-512.
    #[serde(rename = "SHA512")]
    Sha512,
    /// Mobile-OTP only.
    #[serde(rename = "MD5")]
    Md5,
}

/// What accounts can be exported as.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Aegis' backup, which many apps read; plain, or with a password of its own.
    Aegis,
    /// A page to print, with QR codes.
    Html,
    /// Countersign's own form, with everything; plain, or with a password of its own.
    Json,
    /// A list of `otpauth://` addresses.
    Otpauth,
}

impl ExportFormat {
    /// Whether a file of it can have a password of its own.
    pub fn can_be_sealed(self) -> bool {
        matches!(self, Self::Aegis | Self::Json)
    }
}

/// A web page as the browser reports it, never as the page does.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Serialised origin of the document that has the field, e.g. `https://example.com`; A-labels.
    pub origin: String,
    /// Origin of the top document of the tab; the same unless the field is in an iframe.
    pub top: String,
}

/// What the host makes of a page.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Site {
    /// What a link would be to: the registrable domain, or the exact host where there is none.
    /// A-labels.
    pub domain: String,
    /// The same for reading; equal to `domain` unless that has A-labels.
    pub shown: String,
    /// Why no code may go there whatever the account, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied: Option<Denied>,
}
