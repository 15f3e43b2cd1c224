//! What comes back: answers, and what the host says unasked.
//!
//! Never here: why something is refused (`refusal`).

use serde::{Deserialize, Serialize};

use super::flat::FlatVaultState;
use super::{Account, Refusal, Site, VERSION, desk};
#[cfg(doc)]
use super::{FillPage, Request};

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
    #[cfg_attr(not(feature = "popup"), serde(skip_deserializing))]
    Codes(Codes),
    /// About imports, exports and backups. Read by the desk alone.
    #[serde(skip_deserializing)]
    Desk(desk::Told),
    /// It is done; for what was changed: it is on the disk.
    Done,
    /// A code for the page.
    #[cfg_attr(not(feature = "background"), serde(skip_deserializing))]
    Fill(Fill),
    /// What is remembered of a page.
    #[cfg_attr(not(feature = "background"), serde(skip_deserializing))]
    Habits(Habits),
    /// Answer to `hello`.
    #[cfg_attr(not(feature = "background"), serde(skip_deserializing))]
    Hello(Welcome),
    /// What this machine can do.
    #[cfg_attr(not(feature = "side"), serde(skip_deserializing))]
    Offers(Offers),
    /// What the popup shows first.
    #[cfg_attr(not(feature = "popup"), serde(skip_deserializing))]
    Opening(Box<Opening>),
    /// Pictures, in the order of the ids; accounts without one are left out.
    #[cfg_attr(not(feature = "popup"), serde(skip_deserializing))]
    Pictures(Pictures),
    /// A new recovery code, which is shown once and kept nowhere.
    #[cfg_attr(not(feature = "side"), serde(skip_deserializing))]
    Recovery(Recovery),
    /// Present settings.
    #[cfg_attr(not(feature = "side"), serde(skip_deserializing))]
    Settings(Settings),
    /// An account's codes for when the app is gone.
    #[cfg_attr(not(feature = "side"), serde(skip_deserializing))]
    Spares(Spares),
    /// Present state.
    Status(Status),
    /// A password's strength.
    #[cfg_attr(not(feature = "side"), serde(skip_deserializing))]
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
}

/// What this machine can do beside the vault.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Offers {
    /// The system takes pictures of the screen, if the person says so there: [`desk::Desk::Screen`].
    pub screen: bool,
    /// Nobody here tells when the computer goes to sleep: it is noticed when it wakes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sleep_unheard: bool,
    /// Nobody here tells when the screen is locked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub screen_unheard: bool,
    /// Who told of one of them is gone: until it is back, an open vault locks after a minute without use.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bus_lost: bool,
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
    /// The person locked it, and the other browsers of this machine could not be reached.
    OnlyHere,
    /// The master password was changed elsewhere.
    PasswordChanged,
    /// The screen was locked, or another user's session came to the front.
    ScreenLock,
    /// The computer slept.
    Sleep,
    /// The vault file was replaced or removed under the session.
    VaultReplaced,
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
    /// Lock when the wall clock is changed by more than five minutes.
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
