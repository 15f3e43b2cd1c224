//! Imports, exports and backups: what the desk asks, and what it is told. One operation, `desk`, of which
//! `p` says the rest: `{"op":"desk","p":{"read":{}}}`.
//!
//! The popup knows nothing of it, and its module carries nothing of it: the answer is read by the desk alone.
//!
//! Never here: what any of it means.

use serde::{Deserialize, Serialize};

use super::ExportFormat;
use crate::Secret;

/// Most bytes of all files on the desk, decoded.
pub const MAX_FILES_BYTES: usize = 16 * 1024 * 1024;
/// Most files on the desk.
pub const MAX_FILES: usize = 64;
/// Most bytes of one piece of a file, decoded.
pub const MAX_PIECE: usize = 144 * 1024;
/// Most accounts that are exported by choice; all of them need no choice.
pub const MAX_CHOSEN: usize = 4096;
/// Most accounts that a report names; the counts are of all.
pub const MAX_ITEMS: usize = 200;

/// What the desk asks.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Desk {
    /// Make a backup now → [`Told::Backups`].
    BackUp(Nothing),
    /// How things stand with backups → [`Told::Backups`].
    Backups(Nothing),
    /// Forget the files and what came of them, and end a reading that goes on; from now on the desk is under another
    /// number → `done`.
    Clear(Clear),
    /// Write accounts to a file → [`Told::Exported`].
    Export(Export),
    /// Open the backup on the desk, or else the newest of this vault → [`Told::Report`].
    OpenBackup(OpenBackup),
    /// A piece of a file → `done`.
    Put(Put),
    /// One account as a QR code, for another authenticator → [`Told::Qr`], or [`Unfit::TooLong`].
    Qr(AskQr),
    /// Read the files on the desk as an import → [`Told::Report`].
    Read(ReadFiles),
    /// Where there is no vault: make one of the backup on the desk, and open it → [`Told::Report`].
    Recreate(Recreate),
    /// Have the system take a picture of the screen, and read that as an import → [`Told::Report`].
    Screen(Under),
    /// Choose the backups password, or where backups go → [`Told::Backups`].
    SetBackups(SetBackups),
    /// Give an account the picture on the desk, or none → `done`.
    SetPicture(SetPicture),
    /// Take in what was read or opened last, in one save → [`Told::Report`] of what was done.
    TakeIn(TakeIn),
}

impl Desk {
    /// The number of the desk that it is about, if it is about what lies there. Clearing gives a new one.
    pub fn under(&self) -> Option<u32> {
        match self {
            Self::OpenBackup(open) => Some(open.desk),
            Self::Put(put) => Some(put.desk),
            Self::Read(read) => Some(read.desk),
            Self::Recreate(recreate) => Some(recreate.desk),
            Self::Screen(under) => Some(under.desk),
            Self::SetPicture(set) if !set.remove => Some(set.desk),
            Self::TakeIn(take) => Some(take.desk),
            Self::BackUp(_)
            | Self::Backups(_)
            | Self::Clear(_)
            | Self::Export(_)
            | Self::Qr(_)
            | Self::SetBackups(_)
            | Self::SetPicture(_) => None,
        }
    }
}

/// No parameters.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A number that the asker gives the desk when it clears it, and says with whatever lies there: several tabs share
/// one desk, and what another has put there since is not what the person has seen. Otherwise: `conflict`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Under {
    /// The number; 0 until the desk was cleared under another, after a lock, and after what lay there was taken in.
    #[serde(default)]
    pub desk: u32,
}

/// Forget what lies on the desk.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Clear {
    /// The number that the desk is to have, as in [`Under`].
    #[serde(default)]
    pub desk: u32,
    /// Only if it has this one now: what another tab has put there since stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<u32>,
}

/// A piece of a file. Pieces come in order.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// As in [`Under`].
    #[serde(default)]
    pub desk: u32,
    /// Which file: the last one, or the one after it.
    pub file: usize,
    /// Where in it the piece begins, in bytes: where the one before it has ended.
    pub at: usize,
    /// Its name, without a folder.
    pub name: String,
    /// Base64 of at most [`MAX_PIECE`] bytes.
    pub data: Secret,
}

/// Read the files.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReadFiles {
    /// As in [`Under`].
    #[serde(default)]
    pub desk: u32,
    /// Password of the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// The key file of a KeePass database: Base64 of at most [`MAX_PIECE`] bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<Secret>,
}

/// Open a backup.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OpenBackup {
    /// As in [`Under`].
    #[serde(default)]
    pub desk: u32,
    /// The backups password.
    pub password: Secret,
}

/// Make a vault of a backup.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recreate {
    /// As in [`Under`].
    #[serde(default)]
    pub desk: u32,
    /// The master password to be.
    pub password: Secret,
    /// The backups password.
    pub backups: Secret,
}

/// Write accounts to a file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The master password, asked again.
    pub password: Secret,
    /// As what to write it.
    pub format: ExportFormat,
    /// Only these accounts, by id, at most [`MAX_CHOSEN`]; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// A password of the file's own, for the formats that can be encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_password: Option<Secret>,
}

/// Show one account to another authenticator's camera.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AskQr {
    /// The master password, asked again.
    pub password: Secret,
    /// 32 hex digits.
    pub id: String,
}

/// A picture of an account.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetPicture {
    /// As in [`Under`].
    #[serde(default)]
    pub desk: u32,
    /// 32 hex digits.
    pub id: String,
    /// Take it away, instead of the last file on the desk.
    #[serde(default)]
    pub remove: bool,
}

/// Change how backups are made.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetBackups {
    /// The master password, asked again.
    pub password: Secret,
    /// The backups password to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backups: Option<Secret>,
    /// The folder for backups of this machine; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

/// Take in.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TakeIn {
    /// As in [`Under`].
    #[serde(default)]
    pub desk: u32,
    /// One choice for each item of the report that is at odds with the vault, in the report's order; those beyond
    /// get both.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// Of a backup: bring back what was deleted for good here, too.
    #[serde(default)]
    pub deleted: bool,
}

/// What to do with an account that is at odds with one that is there.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Have both.
    #[default]
    Both,
    /// Keep the vault's.
    Keep,
    /// Give the vault's the names, or the secret, of the file.
    Replace,
}

/// What the desk is told: `{"ok":{"desk":{"report":{…}}}}`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// How things stand with backups.
    Backups(Backups),
    /// What was written.
    Exported(Exported),
    /// An account as a QR code.
    Qr(Qr),
    /// What is in the files or in a backup, or what was done with it.
    Report(Report),
    /// Nothing can be made of it; nothing was changed.
    Unfit {
        /// Why.
        why: Unfit,
    },
}

/// What is in the files or in a backup, or what was done with it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Report {
    /// Whose file it is, in names of products and standards: `Aegis`, `otpauth://`.
    pub source: String,
    /// How many of what, none of them zero.
    pub counts: Vec<Count>,
    /// Accounts that a person has to know of: at odds with the vault first, then left out, then completed.
    pub items: Vec<Item>,
    /// What a person should know although nothing failed.
    pub warnings: Vec<Warning>,
    /// When the backup was made, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_at: Option<u64>,
    /// Names of backups in the folder that are newer, and damaged: this is an older one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<String>,
}

/// So many of something.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Count {
    /// Of what.
    pub of: Of,
    /// How many.
    pub n: usize,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// Done: accounts that were added.
    Added,
    /// Of a backup: accounts of which it knows something later.
    Changed,
    /// Accounts that are there already, of which the file knows something that is empty there.
    Completed,
    /// Of a backup: accounts of the vault that were deleted for good when it was made.
    Deleted,
    /// Of a backup: accounts that were deleted for good here since.
    Gone,
    /// Done: accounts that were left out by choice.
    Kept,
    /// Accounts that can't come along.
    LeftOut,
    /// Accounts that are not in the vault.
    New,
    /// Of a backup: accounts of which the vault knows something later.
    Older,
    /// The same secret under other names.
    OtherNames,
    /// The same names with another secret.
    OtherSecret,
    /// Done: accounts that have new names or a new secret.
    Replaced,
    /// Accounts that are there already.
    Same,
    /// Items without a one-time code.
    WithoutCode,
}

/// An account that a person has to know of.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Item {
    /// [`Of::OtherNames`], [`Of::OtherSecret`], [`Of::LeftOut`] or [`Of::Completed`].
    pub of: Of,
    /// What it is called in the file.
    pub name: String,
    /// What it is called in the vault.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub there: String,
    /// Why it is left out: a reason's name as in the report of `countersign import --json`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// What of it is filled in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<Gap>,
}

impl Item {
    /// An account of the file, of which there is no more to say.
    pub fn new(of: Of, name: String) -> Self {
        Self { of, name, there: String::new(), why: String::new(), fills: Vec::new() }
    }
}

/// What an account of the vault lacks and a file knows. Nothing says what it is: a PIN and backup codes are secret.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// That it stands at the top.
    Favourite,
    /// The name of its icon.
    Icon,
    /// Who issued it.
    Issuer,
    /// Account name.
    Label,
    /// Its note.
    Note,
    /// A picture of the person's own.
    Picture,
    /// The PIN that its codes are made with.
    Pin,
    /// The sites that its codes may go to, with whether the form is sent there.
    Sites,
    /// The site's own backup codes.
    Spares,
    /// Its tags.
    Tags,
}

/// What a person should know although nothing failed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// A text was not UTF-8.
    Encoding,
    /// Names or notes had characters that nobody sees; they were dropped.
    Hidden,
    /// Parts of a Google Authenticator export are missing.
    IncompleteBatch,
    /// Accounts came without their PIN: they give no code until it is typed.
    MissingPin,
    /// Notes, names or lists were longer than there is room for, and were cut.
    Shortened,
}

/// What was written.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Exported {
    /// Where it is.
    pub file: String,
    /// Accounts in it.
    pub count: usize,
    /// Whether it has a password of its own; otherwise anyone who can read it has all codes.
    pub encrypted: bool,
    /// Names of accounts that the format has no form for.
    pub left_out: Vec<String>,
    /// Of a page to print: names of accounts that are too long for a QR code, and stand on it as text alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_qr: Vec<String>,
}

/// An account as a QR code: a picture of its seed, for a camera.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Qr {
    /// The account.
    pub name: String,
    /// Modules in a row, the light border included.
    pub size: usize,
    /// The dark modules, as the path of an SVG.
    pub path: String,
}

/// How things stand with backups. Times are in seconds since 1970.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Backups {
    /// Whether there is a backups password.
    pub has_password: bool,
    /// Where this machine's backups go; empty for nowhere.
    pub folder: String,
    /// How many of this vault's are there.
    pub count: usize,
    /// When the newest of them was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<u64>,
    /// When one was last read again and was what the vault held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven_at: Option<u64>,
    /// When the last attempt failed, if none has succeeded since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<u64>,
    /// Whether it is time to type the backups password, so that it is not forgotten.
    pub remind: bool,
}

/// Why nothing can be made of a file, a backup or a folder.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfit {
    /// Bound to the account that it came from.
    AccountRestricted,
    /// Damaged or incomplete.
    Corrupt,
    /// The folder is not there, or can't be written to.
    Folder,
    /// Its password costs more to check than is sane.
    KdfCostTooHigh,
    /// An encrypted Steam file without its manifest.
    ManifestRequired,
    /// An archive without a list of accounts.
    NoAccountsFile,
    /// There is no backup there.
    NoBackup,
    /// No backups password was set, or no folder was chosen.
    NoBackups,
    /// Locked by something else than a password.
    NoPasswordSlot,
    /// No picture of the screen was taken: the person put the question away, or the system can't.
    NoPicture,
    /// A picture without a readable QR code.
    NoQrCode,
    /// Neither a backup of ours nor anything that was one.
    NotABackup,
    /// No picture that can be read.
    NotAPicture,
    /// Encrypted with OpenPGP in a way that is not read.
    OpenpgpUnsupported,
    /// Encrypted, and no password was given.
    PasswordRequired,
    /// The backups password must not be the master password.
    SamePassword,
    /// Too large.
    TooLarge,
    /// Of one account: too long for a QR code.
    TooLong,
    /// Of no known format, or without codes.
    UnrecognisedFormat,
    /// Of a newer version.
    UnsupportedVersion,
    /// The wrong password.
    WrongPassword,
    /// The wrong password, or damaged: the format can't tell.
    WrongPasswordOrDamaged,
}
