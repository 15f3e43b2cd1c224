//! The native messaging protocol, version 1: every word that crosses the browser's door.
//!
//! A frame is a length and a JSON object (`host/src/frame.rs`). From the extension comes a [`Call`],
//! `{"v":1,"id":7,"op":"unlock","p":{…}}`; back go a [`Reply`] with the same id,
//! `{"v":1,"id":7,"ok":…}` or `{"v":1,"id":7,"err":{"code":"locked"}}`, and, unasked, an [`Event`],
//! `{"v":1,"ev":{"locked":{"why":"sleep"}}}`. `shared/PROTOCOL.md` is the same for other people.
//!
//! No answer carries a seed as text: [`Response`] is `Clone` and [`Secret`] is not. `recovery`, `spares` and
//! the desk's `qr` carry a secret on purpose: it is for a person's eyes.
//!
//! Never here: what a request means, and anything that does I/O.

pub mod desk;
mod flat;

use serde::{Deserialize, Serialize};

use crate::Secret;
use flat::{FlatData, FlatRefusal, FlatVaultState};

/// The version that this build speaks, and the only one so far.
pub const VERSION: u32 = 1;

/// Native messaging name of the host, as in its manifest.
pub const HOST_NAME: &str = "org.countersign.host";
/// Id of the extension in Chromium browsers; it follows from `key` in `manifests/extension.chromium.json`.
pub const CHROMIUM_ID: &str = "chfgglagpoinekghaedojlhflbiidjep";
/// Id of the add-on in Firefox; the same as in `manifests/extension.firefox.json`.
pub const FIREFOX_ID: &str = "countersign@countersign.org";

/// Longest request in bytes.
pub const MAX_REQUEST: usize = 256 * 1024;
/// Longest answer in bytes; a longer list is paged.
pub const MAX_RESPONSE: usize = 256 * 1024;
/// Most account ids in one [`Request::Codes`], most accounts in one page.
pub const MAX_ITEMS: usize = 200;
/// Shortest PIN, in characters.
pub const MIN_PIN: usize = 4;
/// Longest PIN, in characters.
pub const MAX_PIN: usize = 64;
/// Most account ids in one [`Request::Pictures`]: as many as fit into an answer.
pub const MAX_PICTURES: usize = 16;
/// Wrong PINs after which it is forgotten.
pub const PIN_TRIES: u32 = 5;
/// Most user names in one [`FillPage`].
pub const MAX_SEEN: usize = 16;
/// Longest description of a field in [`FillPage`], in bytes.
pub const MAX_FIELD: usize = 1024;
/// Most addresses in one [`Scan`].
pub const MAX_LINKS: usize = 16;
/// Largest `id` of a call: JavaScript's `Number.MAX_SAFE_INTEGER`.
pub const MAX_ID: u64 = (1 << 53) - 1;

/// Names of all requests, for telling an unknown `op` from a malformed one.
pub const OPS: &[&str] = &[
    "accept_rollback",
    "accounts",
    "add",
    "browsers",
    "codes",
    "create",
    "delete",
    "desk",
    "edit",
    "enrol",
    "fill",
    "habits",
    "hello",
    "link",
    "lock",
    "make_recovery",
    "next_code",
    "offers",
    "opening",
    "password",
    "pictures",
    "purge",
    "recover",
    "remove_pin",
    "remove_recovery",
    "restore",
    "revert",
    "rules",
    "scan",
    "set_pin",
    "settings",
    "set_settings",
    "spares",
    "status",
    "strength",
    "unlock",
    "unlock_biometrics",
    "unlock_pin",
];

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
/// Before `hello` nothing is answered; while locked only `hello`, `status`, `strength`, `create`,
/// `unlock`, `unlock_biometrics`, `unlock_pin`, `recover`, `lock`, `revert` and `rules` are, everything else is refused with [`Refusal::Locked`].
/// Unknown fields in `p` are refused, so that a newer extension's wish is never silently dropped.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "op", content = "p", rename_all = "snake_case")]
pub enum Request {
    /// "This older copy is right": it may be changed again → [`Response::Done`].
    AcceptRollback,
    /// A page of accounts, without codes → [`Response::Accounts`].
    Accounts(ListAccounts),
    /// Add an account → [`Response::Account`].
    Add(AddAccount),
    /// The browsers of this machine, and how they stand to the host → [`Response::Browsers`].
    Browsers,
    /// Codes of the named accounts, for what is on screen → [`Response::Codes`]. HOTP accounts are
    /// left out: their codes are asked for one by one with `next_code`.
    Codes(ListCodes),
    /// Make a vault where there is none, and unlock it → [`Response::Done`].
    Create(NewPassword),
    /// Move an account to the trash → [`Response::Done`].
    Delete(ById),
    /// Imports, exports and backups → [`Response::Desk`] or [`Response::Done`]. Written by the desk alone.
    #[serde(skip_serializing)]
    Desk(desk::Desk),
    /// Change an account → [`Response::Account`].
    Edit(EditAccount),
    /// Add what the last [`Request::Scan`] found, linked to the page's site → [`Response::Accounts`], as
    /// they are now. What is there already is linked, and not added twice.
    Enrol(Page),
    /// A code for a page: the host decides by the page's origin → [`Response::Fill`].
    Fill(FillPage),
    /// What the vault remembers of a page → [`Response::Habits`].
    Habits(Page),
    /// The first message of a port → [`Response::Hello`].
    Hello(Hello),
    /// Link an account to the page's site → [`Response::Account`].
    Link(LinkSite),
    /// Forget the keys → [`Response::Done`].
    Lock,
    /// The next HOTP code; the counter is saved before the answer is sent → [`Response::Codes`].
    NextCode(ById),
    /// What this machine can do beside the vault → [`Response::Offers`].
    Offers,
    /// What the popup shows first: status, list, codes, settings → [`Response::Opening`].
    Opening(Open),
    /// Make a recovery code, in the place of the one before → [`Response::Recovery`].
    MakeRecovery(Unlock),
    /// Change the master password → [`Response::Done`].
    Password(ChangePassword),
    /// Pictures of the named accounts, for what is on screen → [`Response::Pictures`].
    Pictures(ListCodes),
    /// Delete an account in the trash for good → [`Response::Done`].
    Purge(ById),
    /// Unlock with the recovery code, and set a new master password → [`Response::Done`].
    Recover(Recover),
    /// No PIN opens the vault any more → [`Response::Done`].
    RemovePin,
    /// No recovery code opens the vault any more → [`Response::Done`].
    RemoveRecovery(Unlock),
    /// Take an account out of the trash → [`Response::Account`].
    Restore(ById),
    /// Put an earlier generation in the place of a damaged vault → [`Response::Done`]. The damaged
    /// file is kept under another name.
    Revert(Revert),
    /// What the organisation has fixed by the browser's policy, in the place of what it was → [`Response::Done`], or
    /// [`Refusal::BadRequest`] for what can't be read: then the defaults are fixed.
    Rules(Rules),
    /// Look for accounts in the picture of a page and in its links → [`Response::Done`] for a piece that is
    /// not the last, then [`Response::Accounts`], of which nothing is saved: they have no ids, and `here`
    /// says that the secret is in the vault already.
    Scan(Scan),
    /// A PIN that unlocks the vault until this port closes → [`Response::Done`].
    SetPin(SetPin),
    /// → [`Response::Settings`].
    Settings,
    /// Change the settings → [`Response::Settings`].
    SetSettings(SetSettings),
    /// The codes that an account's site gave for when the app is gone → [`Response::Spares`].
    Spares(ById),
    /// → [`Response::Status`].
    Status,
    /// How strong a password would be → [`Response::Strength`].
    Strength(NewPassword),
    /// Unlock the vault → [`Response::Done`].
    Unlock(Unlock),
    /// Unlock the vault with what the system takes for the person → [`Response::Done`].
    UnlockBiometrics,
    /// Unlock the vault with the PIN → [`Response::Done`].
    UnlockPin(UnlockPin),
}

impl Request {
    /// Its name on the wire, one of [`OPS`].
    pub fn op(&self) -> &'static str {
        match self {
            Self::AcceptRollback => "accept_rollback",
            Self::Accounts(_) => "accounts",
            Self::Add(_) => "add",
            Self::Browsers => "browsers",
            Self::Codes(_) => "codes",
            Self::Create(_) => "create",
            Self::Desk(_) => "desk",
            Self::Delete(_) => "delete",
            Self::Edit(_) => "edit",
            Self::Enrol(_) => "enrol",
            Self::Fill(_) => "fill",
            Self::Habits(_) => "habits",
            Self::Hello(_) => "hello",
            Self::Link(_) => "link",
            Self::Lock => "lock",
            Self::MakeRecovery(_) => "make_recovery",
            Self::NextCode(_) => "next_code",
            Self::Offers => "offers",
            Self::Opening(_) => "opening",
            Self::Password(_) => "password",
            Self::Pictures(_) => "pictures",
            Self::Purge(_) => "purge",
            Self::Recover(_) => "recover",
            Self::RemovePin => "remove_pin",
            Self::RemoveRecovery(_) => "remove_recovery",
            Self::Restore(_) => "restore",
            Self::Revert(_) => "revert",
            Self::Rules(_) => "rules",
            Self::Scan(_) => "scan",
            Self::SetPin(_) => "set_pin",
            Self::SetSettings(_) => "set_settings",
            Self::Settings => "settings",
            Self::Spares(_) => "spares",
            Self::Status => "status",
            Self::Strength(_) => "strength",
            Self::Unlock(_) => "unlock",
            Self::UnlockBiometrics => "unlock_biometrics",
            Self::UnlockPin(_) => "unlock_pin",
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
    /// Version of the extension, for `doctor` and for telling the person which side is too old.
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

/// A web page as the browser reports it, never as the page does.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Serialised origin of the document that has the field, e.g. `https://example.com`; A-labels.
    pub origin: String,
    /// Origin of the top document of the tab; the same unless the field is in an iframe.
    pub top: String,
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

/// An answer: exactly one of `ok` and `err`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reply {
    /// Protocol version.
    pub v: u32,
    /// The call's id; `null` when the frame could not be read that far.
    pub id: Option<u64>,
    /// What was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<Response>,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub err: Option<Refusal>,
}

/// What was asked for: `{"codes":{…}}`, or `"done"`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// The account as it is now.
    Account(Account),
    /// A page of accounts.
    Accounts(Accounts),
    /// The browsers of this machine. Read by the side page alone.
    #[serde(skip_deserializing)]
    Browsers(Browsers),
    /// Codes, in the order of the ids; unknown ids and those in the trash are left out.
    Codes(Codes),
    /// About imports, exports and backups. Read by the desk alone.
    #[serde(skip_deserializing)]
    Desk(desk::Told),
    /// It is done; for what was changed: it is on the disk.
    Done,
    /// A code for the page.
    Fill(Fill),
    /// What is remembered of a page.
    Habits(Habits),
    /// Answer to `hello`.
    Hello(Welcome),
    /// What this machine can do.
    Offers(Offers),
    /// What the popup shows first.
    Opening(Box<Opening>),
    /// Pictures, in the order of the ids; accounts without one are left out.
    Pictures(Pictures),
    /// A new recovery code, which is shown once and kept nowhere.
    Recovery(Recovery),
    /// Present settings.
    Settings(Settings),
    /// An account's codes for when the app is gone.
    Spares(Spares),
    /// Present state.
    Status(Status),
    /// A password's strength.
    Strength(Strength),
}

/// Answer to `hello`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Welcome {
    /// The version that will be spoken: the highest that both know.
    pub v: u32,
    /// Version of the host.
    pub host_version: String,
    /// State of vault and session.
    pub status: Status,
    /// Names of what this host can do beyond version 1's first form.
    pub caps: Vec<String>,
}

/// What this machine can do beside the vault.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Offers {
    /// The system takes pictures of the screen, if the person says so there: [`desk::Desk::Screen`].
    pub screen: bool,
}

/// The browsers of this machine.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Browsers {
    /// Those that were found, and those that run.
    pub items: Vec<KnownBrowser>,
}

/// One of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct KnownBrowser {
    /// As `countersign install --browser` takes it; empty for one that the host does not know.
    pub name: String,
    /// The same for people.
    pub title: String,
    /// Whether it knows the host.
    pub standing: Standing,
    /// Whether it has a host running now.
    pub connected: bool,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// Whether a browser knows the host.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was not told.
    Missing,
    /// It knows it.
    Registered,
    /// It is in a sandbox that may not start it.
    Sandboxed,
    /// What it was told is wrong.
    Wrong,
}

/// Codes that an account's site gave for when the app is gone: like the app's own they are for typing, and
/// unlike a seed each opens once.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Spares {
    /// In the order in which they were kept.
    pub items: Vec<Spare>,
}

/// One of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Spare {
    /// As the site wrote it.
    pub code: String,
    /// It was used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub used: bool,
}

/// What the vault remembers of pages of an origin.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Habits {
    /// The field that the person pointed out last, as [`FillPage::field`] described it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// A new recovery code: it has to get onto paper.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Recovery {
    /// As it is to be written down.
    pub code: String,
}

/// State of vault and session. Says nothing about what is inside.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Status {
    /// The vault.
    pub vault: VaultState,
    /// Milliseconds that the next unlock attempt has to wait after wrong passwords.
    #[serde(default)]
    pub retry_ms: u64,
    /// How many more wrong PINs are taken before it is forgotten; 0: no PIN opens the vault.
    #[serde(default)]
    pub pin_tries: u32,
    /// Whether a recovery code opens the vault.
    #[serde(default)]
    pub recovery: bool,
    /// It is time to type the backups password, so that it is not forgotten. Only while unlocked.
    #[serde(default)]
    pub remind: bool,
    /// Whether the system can say that it is the person, and would open the vault with it now.
    #[serde(default)]
    pub biometrics: Biometrics,
}

/// Fingerprint, face, or what else the system takes for the person.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Biometrics {
    /// The system can't ask for it here.
    #[default]
    None,
    /// It can; there is nothing to unlock with it now.
    Offered,
    /// [`Request::UnlockBiometrics`] asks.
    Ready,
}

/// What stands where the vault should be.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case", try_from = "FlatVaultState")]
pub enum VaultState {
    /// No vault yet: offer to create one.
    Absent,
    /// The file is damaged (checksum). Earlier saves that are whole, newest first.
    Damaged {
        /// What `revert` may take.
        generations: Vec<Generation>,
    },
    /// It is locked.
    Locked {
        /// Why the last session ended, if there was one in this process.
        why: Option<Why>,
    },
    /// Made by a newer version of the host; it is left untouched.
    Newer,
    /// It is open in this process.
    Unlocked {
        /// Accounts, without the trash.
        count: usize,
        /// Set if this is an older copy of the vault than this machine has seen: read-only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rollback: Option<Rollback>,
    },
    /// The file is there but can't be read (permissions, a folder in its place, an I/O error, …).
    Unreadable,
}

/// An older copy stands where a newer one was seen.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Rollback {
    /// Generation of the file.
    pub found: u64,
    /// Highest generation seen on this machine.
    pub seen: u64,
}

/// An earlier save.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Generation {
    /// Counts saves.
    pub generation: u64,
    /// When, in seconds since 1970.
    pub saved_at: i64,
}

/// What made a session end.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The connection to the system's bus was lost; locking can't be triggered any more.
    BusLost,
    /// The wall clock jumped.
    Clock,
    /// Locked everywhere on this machine, from another browser or the command line.
    Everywhere,
    /// Nobody did anything for as long as the settings say.
    Idle,
    /// The person locked it.
    Manual,
    /// The master password was typed too long ago.
    MasterAge,
    /// It was open for as long as the settings allow at most.
    MaxAge,
    /// The master password was changed elsewhere.
    PasswordChanged,
    /// The screen was locked, or another user's session came to the front.
    ScreenLock,
    /// The computer slept.
    Sleep,
    /// The vault file was replaced or removed under the session.
    VaultReplaced,
}

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

/// A page of accounts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Accounts {
    /// In the order of the list: those of the open page, favourites, then by issuer and label.
    pub items: Vec<Account>,
    /// Where the next page begins; absent on the last. A cursor of a list that has changed since is
    /// refused with [`Refusal::Conflict`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Accounts in the whole list.
    pub total: usize,
    /// What the host makes of the page that was named in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
}

/// What the popup shows first, in one answer. Of a vault that is not open there is the state alone.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Opening {
    /// State of vault and session.
    pub status: Status,
    /// The first page of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Accounts>,
    /// Codes of as many of them as was asked for, without those that have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
    /// Present settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
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

/// Pictures of some accounts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pictures {
    /// One for each id that has one.
    pub items: Vec<Picture>,
}

/// A person's own picture of an account.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Picture {
    /// The account.
    pub id: String,
    /// PNG in Base64, at most 64 pixels wide and high and 8,192 bytes.
    pub png: String,
}

/// Codes of some accounts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Codes {
    /// One for each id that has one.
    pub items: Vec<Code>,
}

/// A code. Times are relative: the two clocks need not agree.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Code {
    /// The account.
    pub id: String,
    /// The code.
    pub code: String,
    /// The one after it, with its leading zeros; absent for HOTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Milliseconds until `next` takes its place; absent for HOTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_ms: Option<u64>,
    /// Milliseconds of the whole period; absent for HOTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_ms: Option<u64>,
}

/// A code that may be written into the page now.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Fill {
    /// The account.
    pub id: String,
    /// Its issuer, for saying what was filled.
    pub issuer: String,
    /// The code.
    pub code: String,
    /// Milliseconds for which it holds; absent for HOTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_ms: Option<u64>,
    /// Send the form afterwards: the person wants it so on this site.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub submit: bool,
}

/// Settings that the host acts upon; they lie in the vault. What only concerns looks lies in the
/// extension's storage.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Settings {
    /// Lock when nobody did anything for so many seconds (30 to 86,400; 0 for never).
    pub idle_s: u32,
    /// Lock after so many seconds in any case (300 to 604,800; 0 for never).
    pub max_age_s: u32,
    /// Lock when the computer goes to sleep.
    pub on_sleep: bool,
    /// Lock when the screen is locked, or another user comes to it.
    pub on_screen_lock: bool,
    /// Lock when the wall clock is set by more than five minutes.
    pub on_clock: bool,
    /// Ask for the master password after so many seconds, whatever else unlocked it since (86,400 to
    /// 7,776,000).
    pub master_s: u32,
    /// Clear a copied code from the clipboard after so many seconds (5 to 600; 0 for never).
    pub clipboard_s: u32,
    /// Unlock again with what the system takes for the person, after the master password was typed once
    /// since the browser was started.
    pub biometrics: bool,
    /// Names of those that an organisation has fixed; `pin` among them: none may open the vault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<String>,
    /// What the organisation wrote can't be read: the defaults are fixed until it is put right.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub faulty: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            idle_s: 15 * 60,
            max_age_s: 12 * 60 * 60,
            on_sleep: true,
            on_screen_lock: true,
            on_clock: true,
            master_s: 14 * 24 * 60 * 60,
            clipboard_s: 30,
            biometrics: false,
            fixed: Vec::new(),
            faulty: false,
        }
    }
}

/// How strong a password is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (out of reach).
    pub score: u8,
    /// Whether it may be used: 8 characters or more, not longer than 1,024 bytes, score 3 or more.
    pub accepted: bool,
    /// What is weak about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
}

/// What is weak about a password.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// A common password or word, or one with the usual replacements.
    Common,
    /// A date or a year.
    Date,
    /// A row of keys.
    Keyboard,
    /// Longer than 1,024 bytes.
    Long,
    /// A name.
    Name,
    /// The same again and again.
    Repeat,
    /// abc, 6543.
    Sequence,
    /// Fewer than 8 characters.
    Short,
}

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
    /// The list changed since the cursor was made; a vault is there already; `revert` without damage.
    Conflict,
    /// The vault is damaged inside (its checksum holds, a tag does not).
    Corrupt,
    /// No code goes to this page.
    Denied(Denied),
    /// The disk is full; nothing was changed.
    DiskFull,
    /// An account with the same seed, issuer and label is there.
    Duplicate(ById),
    /// What is wrong with a field of what was typed.
    Invalid(Invalid),
    /// A bug. Please report it.
    Internal,
    /// Could not read or write the vault; nothing was changed.
    Io,
    /// The vault's cost parameters are out of bounds.
    KdfBounds,
    /// The vault is locked.
    Locked,
    /// An organisation has fixed it.
    Managed,
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
    /// Longer than this kind of request may be.
    TooLarge,
    /// The operation took too long.
    Timeout,
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
    /// The field is in a document of another site than the tab.
    CrossSite {
        /// Site of the tab.
        top: String,
        /// Site of the document with the field.
        frame: String,
    },
    /// Several accounts belong to the site: the person has to choose.
    Choose {
        /// Their ids.
        ids: Vec<String>,
    },
    /// The domain mixes scripts: it may be made to look like another.
    LookAlike {
        /// A-labels.
        domain: String,
        /// As it looks.
        shown: String,
    },
    /// The account has no site yet: offer to link it.
    NoSite {
        /// What the link would be to.
        domain: String,
    },
    /// No account belongs to the site.
    NoAccount {
        /// The site.
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
    /// A code for when the app is gone.
    Spare,
    /// A linked site.
    Site,
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

/// What the host says without being asked: `{"v":1,"ev":…}`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Notice {
    /// Protocol version.
    pub v: u32,
    /// What happened.
    pub ev: Event,
}

/// What happened in the host.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The vault was changed by another process; ask again for what is shown.
    Changed,
    /// The keys are gone.
    Locked {
        /// Why.
        why: Why,
    },
    /// The vault was opened through this port.
    Opened,
}

impl Reply {
    /// An answer to call `id`.
    pub fn new(id: Option<u64>, outcome: Result<Response, Refusal>) -> Self {
        let (ok, err) = match outcome {
            Ok(response) => (Some(response), None),
            Err(refusal) => (None, Some(refusal)),
        };
        Self { v: VERSION, id, ok, err }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_has_the_documented_form() {
        let call: Call =
            serde_json::from_str(r#"{"v":1,"id":7,"op":"unlock","p":{"password":"x"}}"#).unwrap();
        assert!(matches!(call.request, Request::Unlock(ref u) if u.password.expose() == "x"));
        let call: Call = serde_json::from_str(r#"{"v":1,"id":8,"op":"lock"}"#).unwrap();
        assert!(matches!(call.request, Request::Lock));
        let reply = Reply::new(Some(7), Err(Refusal::Locked));
        assert_eq!(
            serde_json::to_string(&reply).unwrap(),
            r#"{"v":1,"id":7,"err":{"code":"locked"}}"#
        );
        let reply = Reply::new(Some(7), Ok(Response::Done));
        assert_eq!(serde_json::to_string(&reply).unwrap(), r#"{"v":1,"id":7,"ok":"done"}"#);
        let notice = Notice { v: 1, ev: Event::Locked { why: Why::Sleep } };
        assert_eq!(
            serde_json::to_string(&notice).unwrap(),
            r#"{"v":1,"ev":{"locked":{"why":"sleep"}}}"#
        );
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let text = r#"{"v":1,"id":7,"op":"delete","p":{"id":"00","really":true}}"#;
        assert!(serde_json::from_str::<Call>(text).is_err());
    }
}
