//! Why something is not done. No text: the reader has a language of their own, and nothing secret can slip in.
//!
//! Never here: sentences.

use serde::{Deserialize, Serialize};

use super::flat::{FlatData, FlatRefusal};
use super::{ById, Rollback, Strength};

/// Why a request was refused: `{"code":"locked"}`, `{"code":"denied","data":{…}}`. A closed list;
/// the reader's sentence for each is the client's, in the reader's language.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "code", content = "data", rename_all = "snake_case", try_from = "FlatRefusal")]
pub enum Refusal {
    /// Not a JSON object with an id; after three in a row the port is closed.
    BadFrame,
    /// The request does not have its form.
    BadRequest,
    /// Another process holds the vault's lock, or too many requests wait.
    Busy,
    /// What this was about has changed since: the list since the cursor was made, what an import or a page showed, the
    /// master password that was tried. Nothing was done.
    Conflict,
    /// The vault is damaged inside (its checksum holds, a tag does not).
    Corrupt,
    /// No code goes to this page.
    Denied(Denied),
    /// The disk is full; nothing was changed.
    DiskFull,
    /// An account with the same seed, issuer and label is there.
    Duplicate(ById),
    /// A vault is there already, and is not damaged.
    Exists,
    /// A bug. Please report it.
    Internal,
    /// What is wrong with a field of what was typed.
    Invalid(Invalid),
    /// Could not read or write the vault; nothing was changed.
    Io,
    /// The vault's cost parameters are out of bounds.
    KdfBounds,
    /// The vault is locked.
    Locked,
    /// An organisation has fixed it.
    Managed,
    /// There is not enough memory for what a password costs.
    Memory,
    /// A lock would be loosened, and the vault was opened without the master password: unlock with that.
    NeedsMaster,
    /// Made by a newer version.
    NewerFormat,
    /// The system can't ask for the person, or nothing is there to unlock with it: the master password is
    /// asked.
    NoBiometrics,
    /// There is no PIN, or it is forgotten: the master password is asked.
    NoPin,
    /// No such account.
    NotFound,
    /// This is an older copy, open read-only until the person says otherwise.
    Rollback(Rollback),
    /// The master password to be is the backups password: neither may open the other's file.
    SamePassword,
    /// The operation took too long.
    Timeout,
    /// Longer than this kind of request may be.
    TooLarge,
    /// The system asked for the person and did not get them.
    Unconfirmed,
    /// This host does not know the operation.
    UnknownOp,
    /// No common version; which side is too old.
    Version {
        /// Lowest version of the host.
        min: u32,
        /// Highest version of the host.
        max: u32,
    },
    /// The code is about to expire or was used on this site already: ask again after so many
    /// milliseconds.
    Wait {
        /// Until the next code.
        ms: u64,
        /// It was used; otherwise it is about to expire.
        used: bool,
    },
    /// The new password is too weak.
    WeakPassword(Strength),
    /// Wrong master password, or recovery code.
    WrongPassword {
        /// Milliseconds until the next attempt is taken.
        retry_ms: u64,
    },
    /// Wrong PIN.
    WrongPin {
        /// How many more are taken.
        left: u32,
    },
}

/// Why no code goes to a page.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case", try_from = "FlatData")]
pub enum Denied {
    /// Several accounts belong to the site: the person has to choose.
    Choose {
        /// Their ids.
        ids: Vec<String>,
    },
    /// The field is in a document of another site than the tab.
    CrossSite {
        /// Site of the tab.
        top: String,
        /// Site of the document with the field.
        frame: String,
    },
    /// The domain mixes scripts: it may be made to look like another.
    LookAlike {
        /// A-labels.
        domain: String,
        /// As it looks.
        shown: String,
    },
    /// No account belongs to the site.
    NoAccount {
        /// The site.
        domain: String,
    },
    /// The account has no site yet: offer to link it.
    NoSite {
        /// What the link would be to.
        domain: String,
    },
    /// Not `https` (and not this machine).
    NotSecure,
    /// Not a web page.
    NotWeb,
    /// The account belongs to another site.
    OtherSite {
        /// Site of the page.
        domain: String,
        /// Sites of the account.
        sites: Vec<String>,
    },
    /// No account belongs to the site, but these have none yet and their issuer is known to be there:
    /// offer to link one.
    Suggest {
        /// What the link would be to.
        domain: String,
        /// Their ids.
        ids: Vec<String>,
    },
}

/// What is wrong with what was typed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Invalid {
    /// Which field.
    pub field: Field,
    /// What is wrong with it.
    pub problem: Problem,
}

/// Fields that a person types into.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Hash function.
    Algorithm,
    /// Seconds until the clipboard is cleared.
    Clipboard,
    /// HOTP counter.
    Counter,
    /// Length of the code.
    Digits,
    /// Icon.
    Icon,
    /// Seconds until an idle vault locks.
    Idle,
    /// Issuer.
    Issuer,
    /// Account name.
    Label,
    /// Seconds after which the master password is asked.
    MasterAge,
    /// Seconds after which a vault locks in any case.
    MaxAge,
    /// Note.
    Note,
    /// Period.
    Period,
    /// The PIN.
    Pin,
    /// The recovery code.
    Recovery,
    /// The seed.
    Secret,
    /// A linked site.
    Site,
    /// A code for when the app is gone.
    Spare,
    /// A tag.
    Tag,
    /// The whole URI.
    Uri,
}

/// What can be wrong with a field.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// Holds a character that can't be there. For a secret: not Base32.
    Character,
    /// Must not be empty.
    Empty,
    /// Longer than there is room for.
    Long,
    /// Not an `otpauth://` URI; or a domain that no single site owns.
    Malformed,
    /// A number out of its range.
    Range,
    /// Shorter than it has to be.
    Short,
    /// Something was mistyped: a checksum does not hold.
    Typo,
    /// Contradicts another field, e.g. a period on an HOTP account.
    Unexpected,
    /// Something that this version does not make codes with.
    Unsupported,
}
