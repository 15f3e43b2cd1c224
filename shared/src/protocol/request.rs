//! What the extension may ask.
//!
//! Never here: what comes back.

use serde::{Deserialize, Serialize};

use super::{Algorithm, Kind, Op, Page, desk};
#[cfg(doc)]
use super::{
    Generation, MAX_FIELD, MAX_ID, MAX_ITEMS, MAX_LINKS, MAX_PIN, MAX_SEEN, MIN_PIN, Refusal,
    Response, Settings,
};
use crate::Secret;

/// A request with its envelope. `op` and `p` are the [`Request`]'s.
#[derive(Debug, Deserialize, Serialize)]
pub struct Call {
    /// Protocol version.
    pub v: u32,
    /// 1 to [`MAX_ID`], not in flight already.
    pub id: u64,
    /// What is asked.
    #[serde(flatten)]
    pub request: Request,
}

/// Everything that the extension may ask.
///
/// Before `hello` nothing is answered; while locked only what [`Op::is_answered_locked`] names, everything else is
/// refused with [`Refusal::Locked`].
/// Unknown fields in `p` are refused, so that a newer extension's wish is never silently dropped.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "op", content = "p", rename_all = "snake_case")]
pub enum Request {
    /// "This older copy is right": it may be changed again → [`Response::Done`].
    #[cfg_attr(not(feature = "popup"), serde(skip_serializing))]
    AcceptRollback,
    /// A page of accounts, without codes → [`Response::Accounts`].
    Accounts(ListAccounts),
    /// Add an account → [`Response::Account`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Add(AddAccount),
    /// The browsers of this machine, and how they stand to the host → [`Response::Browsers`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Browsers,
    /// Codes of the named accounts, for what is on screen → [`Response::Codes`]. HOTP accounts are
    /// left out: their codes are asked for one by one with `next_code`.
    #[cfg_attr(not(feature = "popup"), serde(skip_serializing))]
    Codes(ListCodes),
    /// Make a vault where there is none, and unlock it → [`Response::Done`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Create(NewPassword),
    /// Move an account to the trash → [`Response::Done`].
    Delete(ById),
    /// Imports, exports and backups → [`Response::Desk`] or [`Response::Done`]. Written by the desk alone.
    #[serde(skip_serializing)]
    Desk(desk::Desk),
    /// Change an account → [`Response::Account`].
    Edit(Box<EditAccount>),
    /// Add what the last [`Request::Scan`] found, linked to the page's site → [`Response::Accounts`], as
    /// they are now. What is there already is linked, and not added twice.
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Enrol(Page),
    /// A code for a page: the host decides by the page's origin → [`Response::Fill`].
    #[cfg_attr(not(feature = "background"), serde(skip_serializing))]
    Fill(FillPage),
    /// What the vault remembers of a page → [`Response::Habits`].
    #[cfg_attr(not(feature = "background"), serde(skip_serializing))]
    Habits(Page),
    /// The first message of a port → [`Response::Hello`].
    #[cfg_attr(not(feature = "background"), serde(skip_serializing))]
    Hello(Hello),
    /// Link an account to the page's site → [`Response::Account`].
    #[cfg_attr(not(feature = "popup"), serde(skip_serializing))]
    Link(LinkSite),
    /// Forget the keys → [`Response::Done`].
    Lock,
    /// Make a recovery code, in the place of the one before → [`Response::Recovery`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    MakeRecovery(Unlock),
    /// The next HOTP code; the counter is saved before the answer is sent → [`Response::Codes`].
    #[cfg_attr(not(feature = "popup"), serde(skip_serializing))]
    NextCode(ById),
    /// What this machine can do beside the vault → [`Response::Offers`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Offers,
    /// What the popup shows first: status, list, codes, settings → [`Response::Opening`].
    #[cfg_attr(not(feature = "popup"), serde(skip_serializing))]
    Opening(Open),
    /// Change the master password → [`Response::Done`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Password(ChangePassword),
    /// Pictures of the named accounts, for what is on screen → [`Response::Pictures`].
    #[cfg_attr(not(feature = "popup"), serde(skip_serializing))]
    Pictures(ListCodes),
    /// Delete an account in the trash for good → [`Response::Done`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Purge(ById),
    /// Unlock with the recovery code, and set a new master password → [`Response::Done`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Recover(Recover),
    /// No PIN opens the vault any more → [`Response::Done`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    RemovePin,
    /// No recovery code opens the vault any more → [`Response::Done`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    RemoveRecovery(Unlock),
    /// Take an account out of the trash → [`Response::Account`].
    Restore(ById),
    /// Put an earlier generation in the place of a damaged vault → [`Response::Done`]. The damaged
    /// file is kept under another name.
    #[cfg_attr(not(feature = "popup"), serde(skip_serializing))]
    Revert(Revert),
    /// What the organisation has fixed by the browser's policy, in the place of what it was → [`Response::Done`], or
    /// [`Refusal::BadRequest`] for what can't be read: then the defaults are fixed.
    #[cfg_attr(not(feature = "background"), serde(skip_serializing))]
    Rules(Rules),
    /// Look for accounts in the picture of a page and in its links → [`Response::Done`] for a piece that is
    /// not the last, then [`Response::Accounts`], of which nothing is saved: they have no ids, and `here`
    /// says that the secret is in the vault already.
    #[cfg_attr(not(feature = "background"), serde(skip_serializing))]
    Scan(Scan),
    /// A PIN that unlocks the vault until this port closes → [`Response::Done`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    SetPin(SetPin),
    /// Change the settings → [`Response::Settings`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    SetSettings(SetSettings),
    /// → [`Response::Settings`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Settings,
    /// The codes that an account's site gave for when the app is gone → [`Response::Spares`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Spares(ById),
    /// → [`Response::Status`].
    Status,
    /// How strong a password would be → [`Response::Strength`].
    #[cfg_attr(not(feature = "side"), serde(skip_serializing))]
    Strength(NewPassword),
    /// Unlock the vault → [`Response::Done`].
    #[cfg_attr(not(feature = "popup"), serde(skip_serializing))]
    Unlock(Unlock),
    /// Unlock the vault with what the system takes for the person → [`Response::Done`].
    #[cfg_attr(not(feature = "popup"), serde(skip_serializing))]
    UnlockBiometrics,
    /// Unlock the vault with the PIN → [`Response::Done`].
    #[cfg_attr(not(feature = "popup"), serde(skip_serializing))]
    UnlockPin(UnlockPin),
}

impl Request {
    /// Which operation it is.
    pub fn op(&self) -> Op {
        match self {
            Self::AcceptRollback => Op::AcceptRollback,
            Self::Accounts(_) => Op::Accounts,
            Self::Add(_) => Op::Add,
            Self::Browsers => Op::Browsers,
            Self::Codes(_) => Op::Codes,
            Self::Create(_) => Op::Create,
            Self::Delete(_) => Op::Delete,
            Self::Desk(_) => Op::Desk,
            Self::Edit(_) => Op::Edit,
            Self::Enrol(_) => Op::Enrol,
            Self::Fill(_) => Op::Fill,
            Self::Habits(_) => Op::Habits,
            Self::Hello(_) => Op::Hello,
            Self::Link(_) => Op::Link,
            Self::Lock => Op::Lock,
            Self::MakeRecovery(_) => Op::MakeRecovery,
            Self::NextCode(_) => Op::NextCode,
            Self::Offers => Op::Offers,
            Self::Opening(_) => Op::Opening,
            Self::Password(_) => Op::Password,
            Self::Pictures(_) => Op::Pictures,
            Self::Purge(_) => Op::Purge,
            Self::Recover(_) => Op::Recover,
            Self::RemovePin => Op::RemovePin,
            Self::RemoveRecovery(_) => Op::RemoveRecovery,
            Self::Restore(_) => Op::Restore,
            Self::Revert(_) => Op::Revert,
            Self::Rules(_) => Op::Rules,
            Self::Scan(_) => Op::Scan,
            Self::SetPin(_) => Op::SetPin,
            Self::SetSettings(_) => Op::SetSettings,
            Self::Settings => Op::Settings,
            Self::Spares(_) => Op::Spares,
            Self::Status => Op::Status,
            Self::Strength(_) => Op::Strength,
            Self::Unlock(_) => Op::Unlock,
            Self::UnlockBiometrics => Op::UnlockBiometrics,
            Self::UnlockPin(_) => Op::UnlockPin,
        }
    }
}

/// First message: who is there and what it speaks.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// Lowest protocol version that the caller speaks.
    pub min: u32,
    /// Highest.
    pub max: u32,
    /// Version of the extension. Not read by this version of the host.
    pub ext_version: String,
    /// `chromium` or `firefox`.
    pub browser: String,
}

/// The browser's policy for this extension.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// As the browser has it (`storage.managed`): a JSON object.
    pub json: String,
}

/// What the popup shows first.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Accounts of the list's first page, at most [`MAX_ITEMS`].
    pub limit: usize,
    /// So many of them with their codes.
    pub codes: usize,
    /// The page that is open in the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
}

/// A page of the list.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListAccounts {
    /// Where the page before ended; absent for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most [`MAX_ITEMS`].
    pub limit: usize,
    /// The page that is open in the browser: its accounts come first and are marked `here`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// List the trash instead.
    #[serde(default)]
    pub trash: bool,
    /// Only this account, if it is there: 32 hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<String>,
}

/// One account, by id.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ById {
    /// 32 hex digits.
    pub id: String,
}

/// Ids of accounts whose codes are wanted.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListCodes {
    /// At most [`MAX_ITEMS`] ids.
    pub ids: Vec<String>,
}

/// A new account: as an `otpauth://` URI, or typed by hand. Exactly one of the two.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AddAccount {
    /// `otpauth://…` with its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<Secret>,
    /// Typed by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<Manual>,
    /// The page on which it was found; its site is linked to the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// Add it although an account with the same seed, issuer and label is there.
    #[serde(default)]
    pub again: bool,
}

/// An account typed by hand. What is `None` takes the default of its kind (SHA-1, 6 digits, 30 s,
/// counter 0).
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manual {
    /// Kind of account.
    pub kind: Kind,
    /// Issuer; may be empty.
    pub issuer: String,
    /// Account name; may be empty, but not together with the issuer.
    pub label: String,
    /// Base32; blanks, hyphens, padding and lower case are accepted, nothing else.
    pub secret: Secret,
    /// Hash function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// Length of the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<u32>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<u32>,
    /// Next HOTP counter to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<u64>,
}

/// Changes to an account. What is `None` stays.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EditAccount {
    /// 32 hex digits.
    pub id: String,
    /// Issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Account name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Sites: registrable domains or exact hosts; replaces the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<Vec<String>>,
    /// Tags; replaces the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it stands at the top of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favourite: Option<bool>,
    /// Name of the icon to show; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Sites on which the form is sent after a fill, whichever account fills it; on the account's other
    /// sites it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends: Option<Vec<String>>,
    /// Codes that the site gave for when the app is gone; replaces the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spares: Option<Vec<KeptSpare>>,
    /// A new seed, Base32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// A new PIN of the account's own, which Mobile-OTP and Yandex make their codes with: 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<Secret>,
    /// Hash function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// Length of the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<u32>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<u32>,
    /// Next HOTP counter to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<u64>,
}

/// A code that a site takes once in the place of an app's, to be kept.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSpare {
    /// As the site wrote it.
    pub code: Secret,
    /// It was used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub used: bool,
}

/// A code for a page.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FillPage {
    /// The account, if the person chose one; otherwise the host takes the only one of that site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where the code will go.
    pub page: Page,
    /// User names that stand on the page, at most [`MAX_SEEN`]: of several accounts of the site the host
    /// takes the one whose name is among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// The field, if the person pointed it out: it is remembered for pages of this origin, at most
    /// [`MAX_FIELD`] bytes of what it says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// A page that may show accounts to be added.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// The page.
    pub page: Page,
    /// A piece of its picture, as PNG in Base64: at most [`desk::MAX_PIECE`] bytes, in order, at most
    /// [`desk::MAX_FILES_BYTES`] in all. May be empty.
    pub data: Secret,
    /// The first piece of a picture.
    pub first: bool,
    /// More pieces follow.
    pub more: bool,
    /// `otpauth://` addresses that stand on the page, with the last piece; at most [`MAX_LINKS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Secret>,
}

/// "Link to example.com": a gesture in the popup, after the domain was shown.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSite {
    /// 32 hex digits.
    pub id: String,
    /// The page whose site is linked.
    pub page: Page,
    /// The domain that the person was shown; must be the one that the host finds for the page.
    pub domain: String,
}

/// The master password of a vault that is there.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Unlock {
    /// Master password.
    pub password: Secret,
}

/// A PIN to be, and the master password, asked again although the vault is unlocked: whoever finds it
/// so must not get a key of his own.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetPin {
    /// Master password.
    pub password: Secret,
    /// [`MIN_PIN`] to [`MAX_PIN`] characters, any.
    pub pin: Secret,
}

/// The PIN of a vault that was unlocked in this process before.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UnlockPin {
    /// PIN.
    pub pin: Secret,
}

/// A recovery code, and the master password to be.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// As it was printed; hyphens, blanks and case mean nothing.
    pub code: Secret,
    /// The new master password.
    pub new: Secret,
}

/// A password that is to become the master password.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// Master password to be.
    pub password: Secret,
}

/// Change of the master password.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present one, asked again although the vault is unlocked.
    pub old: Secret,
    /// The one to be.
    pub new: Secret,
    /// "Someone knew it": the data key is replaced as well.
    #[serde(default)]
    pub rotate: bool,
}

/// Which generation to put in the place of a damaged vault.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Revert {
    /// A number out of [`Generation`].
    pub generation: u64,
}

/// Changes to the settings. What is `None` stays.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetSettings {
    /// See [`Settings::idle_s`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_s: Option<u32>,
    /// See [`Settings::max_age_s`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_s: Option<u32>,
    /// See [`Settings::on_sleep`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_sleep: Option<bool>,
    /// See [`Settings::on_screen_lock`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_screen_lock: Option<bool>,
    /// See [`Settings::on_clock`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_clock: Option<bool>,
    /// See [`Settings::master_s`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master_s: Option<u32>,
    /// See [`Settings::clipboard_s`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clipboard_s: Option<u32>,
    /// See [`Settings::biometrics`]. Before it is turned on the system asks the person once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biometrics: Option<bool>,
}
