//! Other apps' exports: bytes in, checked drafts out, with what was left out and why.
//!
//! [`read`] recognises a file by its content, never by its name, and reads the whole of it before it
//! answers: all or nothing. An account that can't be used does not fail the file; it is listed with its
//! reason, so that a report adds up.
//!
//! Opening an export may take a password hash ten seconds. Run it in a thread of its own; with [`aside`] it can be
//! ended at once, and without it only be forgotten.
//!
//! Never here: what becomes of the drafts (the vault), how a person is asked (`cli`, `handler`).

use shared::Secret;

use crate::vault::entry::Draft;

pub mod aside;
pub mod format;
pub mod report;

mod readers;
mod recognise;

mod copies;
mod item;
mod json;
mod text;
mod uri;

mod cipher;
mod kdf;

mod aegis;
mod andotp;
mod archive;
mod authenticator_cc;
mod authenticator_plus;
mod authy;
mod battlenet;
mod bitwarden;
mod bplist;
mod countersign;
mod cxf;
mod duo;
mod enpass;
mod ente;
mod freeotp;
mod freeotp2;
mod google;
mod html;
mod java;
mod kdbx;
mod kdbx_entry;
mod kdbx_key;
mod kdbx_xml;
mod keeper;
mod lastpass;
mod login;
mod microsoft;
mod onepassword;
mod openpgp;
mod otpauth_ios;
mod picture;
mod pixels;
mod preferences;
mod proton;
mod raivo;
mod sqlcipher;
mod sqlite;
mod sqlite_log;
mod steam;
mod stratum;
mod table;
mod totp_authenticator;
mod twofas;
mod twofauth;

use aside::Aside;
use format::Format;
use item::Found;
use recognise::Content;

/// Largest file, in bytes.
pub const MAX_FILE: usize = 256 * 1024 * 1024;
/// Largest member of an archive, or result of a decompression, in bytes.
pub const MAX_MEMBER: usize = 64 * 1024 * 1024;

/// What a person says beside the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Read it as this format, without recognising it.
    pub format: Option<Format>,
    /// The file's password.
    pub password: Option<&'a Secret>,
    /// The content of a KeePass key file.
    pub key_file: Option<&'a [u8]>,
    /// Where keys are derived that take long, if not here.
    pub aside: Option<&'a Aside>,
}

/// What a file held.
#[derive(Debug)]
pub struct Imported {
    /// The format that was read.
    pub format: Format,
    /// The accounts, checked.
    pub drafts: Vec<Draft>,
    /// Accounts that can't come along.
    pub left_out: Vec<LeftOut>,
    /// What a person should know although nothing failed.
    pub warnings: Vec<Warning>,
    /// Items without a one-time code (a password manager's).
    pub ignored_non_otp: usize,
    /// Copies inside a list of addresses, and of what another of several files has: counted once.
    pub merged_duplicates: usize,
}

/// An account that was not imported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LeftOut {
    /// Its name in the file.
    pub name: String,
    /// Why.
    pub reason: Reason,
    /// More about it, for a person; never a seed.
    pub detail: Option<String>,
}

/// Why an account was not imported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// It could not be read.
    CorruptItem,
    /// A copy of another one in the file, or in another of several files.
    Duplicate,
    /// It is encrypted by itself.
    EncryptedItem,
    /// Its counter is not a number of 63 bits.
    InvalidCounter,
    /// Its code would have fewer than 1 or more than 10 digits.
    InvalidDigits,
    /// Its period is not between 1 and 2,147,483 seconds.
    InvalidPeriod,
    /// Its secret is not what it should be (mostly Base32).
    InvalidSecret,
    /// It has no PIN, and needs one.
    MissingPin,
    /// It has no secret.
    MissingSecret,
    /// A line that is not an `otpauth://` URI.
    NotAnOtpUri,
    /// It was in the trash.
    Trashed,
    /// A hash function that no code is made with here.
    UnsupportedAlgorithm,
    /// A type that no code is made for here.
    UnsupportedType,
}

impl Reason {
    /// Its name in a report.
    pub fn code(self) -> &'static str {
        match self {
            Self::CorruptItem => "corrupt_item",
            Self::Duplicate => "duplicate",
            Self::EncryptedItem => "encrypted_item",
            Self::InvalidCounter => "invalid_counter",
            Self::InvalidDigits => "invalid_digits",
            Self::InvalidPeriod => "invalid_period",
            Self::InvalidSecret => "invalid_secret",
            Self::MissingPin => "missing_pin",
            Self::MissingSecret => "missing_secret",
            Self::NotAnOtpUri => "not_an_otp_uri",
            Self::Trashed => "trashed",
            Self::UnsupportedAlgorithm => "unsupported_algorithm",
            Self::UnsupportedType => "unsupported_type",
        }
    }

    /// The same for a person.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::CorruptItem => "it is damaged",
            Self::Duplicate => "it is the same as another one in these files",
            Self::EncryptedItem => "it is encrypted by itself",
            Self::InvalidCounter => "its counter is not a number that a counter can be",
            Self::InvalidDigits => "its codes would not have 1 to 10 digits",
            Self::InvalidPeriod => "its period is not between 1 and 2,147,483 seconds",
            Self::InvalidSecret => "its secret is not readable",
            Self::MissingPin => "its PIN is not in the file",
            Self::MissingSecret => "it has no secret",
            Self::NotAnOtpUri => "the line is not an otpauth:// address",
            Self::Trashed => "it is in the trash there",
            Self::UnsupportedAlgorithm => "it uses a hash function that is not supported",
            Self::UnsupportedType => "it is of a type that is not supported",
        }
    }
}

/// What a person should know although nothing failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Warning {
    /// A text was not UTF-8 and was read as Windows-1252.
    Encoding,
    /// Names or notes had characters that nobody sees; they were dropped.
    Hidden,
    /// Parts of a Google Authenticator export are missing.
    IncompleteBatch {
        /// Parts that are there, from 0.
        have: Vec<u32>,
        /// Parts that there are.
        of: u32,
    },
    /// Accounts came without their PIN: they give no code until it is typed.
    MissingPin,
    /// Notes, names or lists were longer than there is room for, and were cut.
    Shortened,
}

impl Warning {
    /// Its name in a report.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Hidden => "hidden",
            Self::IncompleteBatch { .. } => "incomplete_batch",
            Self::MissingPin => "missing_pin",
            Self::Shortened => "shortened",
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Encoding => f.write_str(
                "the file is not UTF-8 and was read as Windows-1252; check names with accents",
            ),
            Self::Hidden => f.write_str(
                "names in the file had characters that are not seen, or that turn the letters around them, by \
                 which one account can look like another; they were left out",
            ),
            Self::MissingPin => f.write_str(
                "accounts in the file have no PIN beside them, and give no code until `countersign edit QUERY --pin` \
                 was told it",
            ),
            Self::Shortened => f.write_str(
                "notes, names, tags, sites or backup codes were longer or more than there is room for: they \
                 were cut; compare them with the other app before you delete anything there",
            ),
            Self::IncompleteBatch { have, of } => write!(
                f,
                "only {} of {of} parts of this export are here; scan the other QR codes, too",
                have.len()
            ),
        }
    }
}

/// Why nothing of a file could be imported. Closed: the wire and the CLI have one sentence for each.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// Encrypted with the key of an account.
    #[error(
        "this export is bound to the account that it came from and can't be opened elsewhere; export again and choose \"password protected\""
    )]
    AccountRestricted,
    /// Damaged, or cut off.
    #[error("the file is damaged or incomplete; export it again, or copy it again")]
    Corrupt,
    /// Its password hash asks for more time or memory than is sane.
    #[error(
        "the file asks for an unreasonable amount of work to check its password; it was refused"
    )]
    KdfCostTooHigh,
    /// An encrypted Steam account without the list that says how.
    #[error(
        "this Steam Desktop Authenticator file is encrypted; pick manifest.json and the .maFile files together"
    )]
    ManifestRequired,
    /// An archive without a list of accounts.
    #[error(
        "there is no list of accounts in this archive; pick the file that the other app exported"
    )]
    NoAccountsFile,
    /// Locked by something else than a password.
    #[error(
        "this backup can't be opened with a password, only on the phone it came from; set a password there and export again"
    )]
    NoPasswordSlot,
    /// A picture in which no QR code was found.
    #[error(
        "there is no readable QR code in this picture; take a sharper one with the whole code in it"
    )]
    NoQrCode,
    /// Encrypted with OpenPGP in a way that is not read here.
    #[error(
        "this file is encrypted to an OpenPGP key; decrypt it first, or export again with a password or without encryption"
    )]
    OpenpgpUnsupported,
    /// Encrypted, and no password was given.
    #[error("the file is encrypted; its password is needed")]
    PasswordRequired,
    /// Somebody lost patience.
    #[error("reading the file was stopped")]
    Stopped,
    /// Beyond the limits on size.
    #[error("the file is larger than any export; it was refused")]
    TooLarge,
    /// Of no known format, or without any codes.
    #[error("this is not an export that can be read here, or there are no one-time codes in it")]
    UnrecognisedFormat,
    /// Of a newer (or much older) version of a known format.
    #[error(
        "the file is of a version of its format that is not known here; update this app, or export again from the other one in an older format"
    )]
    UnsupportedVersion,
    /// Not the password of this file.
    #[error("wrong password for this file{}", if *.damage_possible { ", or the file is damaged" } else { "" })]
    WrongPassword {
        /// The format can't tell a wrong password from damage.
        damage_possible: bool,
    },
}

impl ImportError {
    /// Its name in a report.
    pub fn code(self) -> &'static str {
        match self {
            Self::AccountRestricted => "account_restricted",
            Self::Corrupt => "corrupt",
            Self::KdfCostTooHigh => "kdf_cost_too_high",
            Self::ManifestRequired => "manifest_required",
            Self::NoAccountsFile => "no_accounts_file",
            Self::NoPasswordSlot => "no_password_slot",
            Self::NoQrCode => "no_qr_code",
            Self::OpenpgpUnsupported => "openpgp_unsupported",
            Self::PasswordRequired => "password_required",
            Self::Stopped => "stopped",
            Self::TooLarge => "too_large",
            Self::UnrecognisedFormat => "unrecognised_format",
            Self::UnsupportedVersion => "unsupported_version",
            Self::WrongPassword { .. } => "wrong_password",
        }
    }
}

/// The password is certainly wrong.
const WRONG: ImportError = ImportError::WrongPassword { damage_possible: false };
/// The format can't tell.
const WRONG_OR_DAMAGED: ImportError = ImportError::WrongPassword { damage_possible: true };

/// One of the files that were picked.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its name, without a folder; breaks ties, and Steam's manifest refers to it.
    pub name: Option<&'a str>,
    /// Its content.
    pub bytes: &'a [u8],
}

/// What a format's reader gets beside the content.
#[derive(Clone, Copy)]
struct Context<'a> {
    options: Options<'a>,
    /// All files that were picked.
    sources: &'a [Source<'a>],
}

impl<'a> Context<'a> {
    fn password(&self) -> Result<&'a str, ImportError> {
        self.options.password.map(Secret::expose).ok_or(ImportError::PasswordRequired)
    }
}

/// Reads one file.
///
/// # Errors
///
/// [`ImportError`]; then nothing of the file can be imported.
pub fn read(
    file: &[u8],
    name: Option<&str>,
    options: &Options<'_>,
) -> Result<Imported, ImportError> {
    read_all(&[Source { name, bytes: file }], options)
}

/// Reads several files as one import: the parts of a QR export, a Steam folder with its manifest, a
/// database with its log.
///
/// # Errors
///
/// [`ImportError`] of the first file that fails; then nothing of any can be imported.
pub fn read_all(sources: &[Source<'_>], options: &Options<'_>) -> Result<Imported, ImportError> {
    aside::with(options.aside, || read_here(sources, options))
}

/// Whether a file is an SQLite database, which may have its newest rows in a log beside it.
pub(crate) fn is_database(bytes: &[u8]) -> bool {
    bytes.starts_with(sqlite::MAGIC)
}

fn read_here(sources: &[Source<'_>], options: &Options<'_>) -> Result<Imported, ImportError> {
    let context = Context { options: *options, sources };
    let mut found = Found::new(options.aside.map(|aside| aside.stop.clone()));
    let mut format = None;
    let manifest = sources.iter().find(|source| steam::is_manifest(source.bytes));
    for source in sources {
        if MAX_FILE < source.bytes.len() {
            return Err(ImportError::TooLarge);
        }
        // Files that another one speaks for: Steam's accounts, a database's log.
        let spoken_for = manifest.is_some_and(|manifest| !std::ptr::eq(manifest, source));
        if spoken_for || 1 < sources.len() && sqlite_log::is_companion(source.name) {
            continue;
        }
        let logged = sqlite_log::applied(source, sources)?;
        let bytes = logged.as_ref().map_or(source.bytes, |bytes| bytes.as_slice());
        let source = Source { name: source.name, bytes };
        let read = read_one(&source, &context, &mut found)?;
        format.get_or_insert(read);
        if 1 < sources.len() {
            found.end_file()?;
        }
    }
    Ok(found.finish(format.ok_or(ImportError::UnrecognisedFormat)?))
}

fn read_one(
    source: &Source<'_>,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<Format, ImportError> {
    let recognised = || recognise::recognise(source.bytes, source.name);
    let Some(forced) = context.options.format else {
        let (format, content) = recognised()?;
        readers::read_as(format, content, source, context, found)?;
        return Ok(format);
    };
    match readers::read_as(forced, Content::of(source.bytes), source, context, found) {
        Ok(()) => Ok(forced),
        // Whoever was told that it is damaged would export it again, for nothing.
        Err(ImportError::Corrupt | ImportError::UnsupportedVersion)
            if recognised().is_ok_and(|(format, _)| format != forced) =>
        {
            Err(ImportError::UnrecognisedFormat)
        }
        Err(error) => Err(error),
    }
}
