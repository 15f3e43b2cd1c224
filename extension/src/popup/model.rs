//! What the popup knows, everything that can happen to it, and everything it can want done.
//!
//! Never here: what follows from what (`update.rs`), and how it looks.

use shared::Secret;
use shared::protocol::{Account, Generation, Request, Rollback, Settings, Site, Why};

use super::codes::Codes;
use super::list::List;
use crate::bridge::{Link, Told};
use crate::browser::tabs::Tab;
use crate::few::Few;
use crate::fill::Wanted;
use crate::fill::field::Target;

/// See the module.
#[derive(Debug, Default)]
pub struct Model {
    /// What is on screen.
    pub screen: Screen,
    /// How things stand with the host; `None` before it was heard.
    pub link: Option<Link>,
    /// The tab beneath the popup.
    pub tab: Option<Tab>,
    /// What the host makes of that tab's page.
    pub site: Option<Site>,
    /// Accounts, search, and which of them are in sight.
    pub list: List,
    /// What is being searched.
    pub query: String,
    /// Codes of what is in sight.
    pub codes: Codes,
    /// Pictures of what was in sight: whose, its key, PNG in Base64; empty for one that did not come.
    pub pictures: Vec<(String, String, String)>,
    /// The account under the keyboard.
    pub chosen: Option<String>,
    /// What the side page left to be done, once the account is there.
    pub errand: Option<Errand>,
    /// The account whose menu is open.
    pub menu: Option<String>,
    /// "Link to this site and fill?", asked about an account.
    pub offer: Option<Offer>,
    /// "Is this the field?", asked about a field of the page.
    pub unsure: Option<Unsure>,
    /// "Which account?", asked about some of the page's site.
    pub which: Option<Which>,
    /// A fill that waits for a code that holds.
    pub later: Option<Later>,
    /// The host's settings.
    pub settings: Option<Settings>,
    /// Something went wrong, and stays on screen until it is put right.
    pub alert: Option<String>,
    /// The last that was heard of the host is that it did not answer in time; looking for it again ends one that hangs.
    pub silent: bool,
    /// Something went well, for a moment.
    pub toast: Option<Toast>,
    /// A form was sent and its answer is not there yet.
    pub busy: bool,
    /// Until when no password is taken, in milliseconds of the popup's clock.
    pub retry_at: Option<u64>,
    /// Whole seconds until then, for showing.
    pub retry_s: u64,
    /// How many more wrong PINs are taken; 0: there is none.
    pub pin_tries: u32,
    /// "Use the master password" was said, though there is a PIN.
    pub by_master: bool,
    /// It is time to type the backups password.
    pub remind: bool,
    /// The system may be asked for the person, who then need not type anything.
    pub person: bool,
    /// Whether a recovery code opens the vault.
    pub recovery: bool,
    /// Why the vault was locked.
    pub why: Option<Why>,
    /// The vault is an older copy, and read-only.
    pub rollback: Option<Rollback>,
    /// What is spoken to those who do not see the screen.
    pub spoken: String,
    /// That the chosen account's code is about to change was spoken already.
    pub warned: bool,
    /// The HOTP account whose next code is copied when it comes.
    pub copy_next: Option<String>,
    /// Questions in flight.
    pub asked: Few<u32, Asked>,
    /// Number of the last question.
    pub questions: u32,
}

/// What is on screen.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Screen {
    /// The accounts.
    List,
    /// Nothing is known yet.
    #[default]
    Loading,
    /// Something is wrong that the person has to see to.
    Problem(Trouble),
    /// The master password.
    Unlock,
}

/// What is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Trouble {
    /// The vault is damaged; what it can go back to.
    Damaged(Vec<Generation>),
    /// The host is newer than the extension can follow.
    ExtensionTooOld,
    /// The host is there, but for another extension.
    HostForbidden,
    /// The browser knows no host.
    HostMissing,
    /// The host does not answer.
    HostSilent,
    /// The host is older than the extension can follow.
    HostTooOld,
    /// The vault was made by a newer host.
    Newer,
    /// The vault can't be read.
    Unreadable,
}

/// What the side page leaves to be done when it leads back: about which account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Errand {
    /// What.
    pub what: Back,
    /// The account.
    pub id: String,
}

/// How the side page was left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Back {
    /// The account was added.
    Added,
    /// "Delete" was pressed; the popup does it, since it has the Undo.
    Delete,
    /// The account was added from the page, which waits for its first code.
    Fill,
    /// It was not left: the context menu wants it, and this is the screen.
    Go,
    /// Nothing was changed.
    Left,
    /// The account was changed.
    Saved,
}

impl Errand {
    /// Reads what comes after the `#` of the popup's address: `saved/ID`.
    pub fn read(text: &str) -> Option<Self> {
        let (what, id) = text.split_once('/')?;
        let what = match what {
            "added" => Back::Added,
            "delete" => Back::Delete,
            "fill" => Back::Fill,
            "left" => Back::Left,
            "saved" => Back::Saved,
            _ => return None,
        };
        Some(Self { what, id: id.to_owned() })
    }
}

/// "Link to this site and fill?"
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The account.
    pub id: String,
    /// What the link would be to, as the host wants to hear it again.
    pub domain: String,
    /// The same for reading.
    pub shown: String,
    /// The field. The person may have said which it is, and is not asked again.
    pub wanted: Wanted,
}

/// "Which account?"
#[derive(Clone, Debug, PartialEq)]
pub struct Which {
    /// Accounts of the page's site, the likeliest first.
    pub ids: Vec<String>,
    /// The field. The person may have said which it is, and is not asked again.
    pub wanted: Wanted,
}

/// A fill that waits for a code that holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Later {
    /// The account, if one was chosen.
    pub id: Option<String>,
    /// The field.
    pub wanted: Wanted,
}

/// "Is this the field?"
#[derive(Clone, Debug, PartialEq)]
pub struct Unsure {
    /// The account, if one was chosen.
    pub id: Option<String>,
    /// The field; `None` if no field of the page asks for a code: then the one with the cursor is offered.
    pub target: Option<Target>,
}

/// Something went well.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Toast {
    /// What.
    pub text: String,
    /// The account that Undo would bring back.
    pub undo: Option<String>,
    /// The account whose code was copied.
    pub copied: Option<String>,
}

/// What a question in flight was about.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// A page of the list; whether it is the first, and of which round.
    Accounts {
        /// It is the first.
        first: bool,
        /// Of this round.
        round: u32,
    },
    /// An older copy is to be the right one.
    AcceptRollback,
    /// Codes of these accounts.
    Codes(Vec<String>),
    /// Pictures of these accounts, with their keys.
    Pictures(Vec<(String, String)>),
    /// An account is to go to the trash.
    Delete(String),
    /// Changes to an account.
    Edit,
    /// A code of this account, if one was chosen, is to go into this field of the page.
    Fill(Option<String>, Wanted),
    /// An account is to be linked, and then its code to go into this field.
    Link(String, Wanted),
    /// The vault is to be locked.
    Lock,
    /// The next code of an HOTP account.
    NextCode(String),
    /// What the first screen needs.
    Opening {
        /// Of this round of the list.
        round: u32,
    },
    /// An account is to come back.
    Restore(String),
    /// An earlier save is to take the damaged one's place.
    Revert,
    /// State of the vault.
    Status,
    /// The master password.
    Unlock,
    /// The person, as the system knows them.
    UnlockPerson,
    /// The PIN.
    UnlockPin,
}

/// What a clock was set for. Setting it again replaces the earlier time.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Timer {
    /// Somebody who installs the host need not press a button to go on.
    Again,
    /// The first picture has been shown: time for what is just out of sight.
    Around,
    /// The next code takes the place of the present one.
    Codes,
    /// The chosen account's code is about to change.
    Late,
    /// A password may be tried again, or a second less is to be shown.
    Retry,
    /// The toast has been read.
    Toast,
    /// The time that a fill has to wait is over.
    Fill,
}

/// Everything that can happen.
#[derive(Debug)]
// Not `expect`: how large a request is depends on how much of the protocol is linked.
#[allow(
    clippy::large_enum_variant,
    reason = "a few live for a moment; a box would be code for each"
)]
pub enum Msg {
    /// "This older copy is right" was said.
    AcceptRollback,
    /// "Use the master password" was pressed.
    ByMaster,
    /// "Use fingerprint" was pressed.
    ByPerson,
    /// "Yes, that field" was said.
    Certain,
    /// "Check again" was pressed.
    Check,
    /// "Show me the field" was pressed.
    Point,
    /// The keyboard stands on an account.
    Chose(String),
    /// "Copy" was pressed for an account, or for the chosen one.
    Copy(Option<String>),
    /// A code was put on the clipboard, or could not be.
    Copied {
        /// The account.
        id: String,
        /// It was put there.
        done: bool,
    },
    /// "Copy" was pressed beside a command.
    CopyCommand(&'static str),
    /// It was put on the clipboard, or could not be.
    CopiedCommand(bool),
    /// "Delete" was pressed.
    Delete(String),
    /// A question of ours was answered with no.
    Dismiss,
    /// Escape was pressed.
    Escape,
    /// The star was pressed.
    Favourite(String),
    /// "Fill" was pressed for an account, or for the chosen one.
    Fill(Option<String>),
    /// A screen of the side page was asked for, as its address names it.
    Go(String),
    /// "Link and fill" was agreed to.
    Link,
    /// "Lock" was pressed.
    Lock,
    /// The menu of an account was opened, or the open one closed.
    Menu(Option<String>),
    /// An arrow key was pressed.
    Moved(i32),
    /// "Next code" was pressed.
    NextCode(String),
    /// "Go back to this save" was pressed.
    Revert(u64),
    /// The list was scrolled or resized.
    Scrolled {
        /// How far.
        top: u32,
        /// Height of the list on screen.
        height: u32,
    },
    /// A form was sent that needs nothing else to be looked at.
    Sent(Asked, Request),
    /// The popup opened over this tab, perhaps coming back from the side page with an errand.
    Started(Option<Tab>, Option<Errand>),
    /// The background said something; what follows is the host's reply.
    Told(Told, String),
    /// The search changed.
    Typed(String),
    /// A tag was pressed: only its accounts, or all again.
    Tagged(String),
    /// "Undo" was pressed.
    Undo,
    /// The form for the master password was sent.
    Unlocked(Secret),
    /// Time is up.
    Woke(Timer),
}

/// Everything that can be wanted done.
#[derive(Debug)]
pub enum Effect {
    /// Ask the host.
    Ask(u32, Request),
    /// Have the background look for the host again.
    Check,
    /// Close the popup.
    Close,
    /// Put a code on the clipboard, and have it removed after so many seconds (0: never).
    Copy {
        /// The account.
        id: String,
        /// The code.
        code: String,
        /// Seconds.
        clear_s: u32,
    },
    /// Put a command on the clipboard, which is no secret and stays there.
    CopyCommand(&'static str),
    /// Empty these inputs.
    Empty(&'static [&'static str]),
    /// Have the background show a field of the tab.
    Point {
        /// The tab.
        tab: i32,
        /// The field.
        target: Target,
    },
    /// Have the background fill.
    Fill {
        /// Number of the question.
        n: u32,
        /// The tab.
        tab: i32,
        /// The account, if one was chosen.
        account: Option<String>,
        /// The field.
        wanted: Wanted,
    },
    /// Give the keyboard to an element.
    Focus(&'static str),
    /// Give the keyboard to an account.
    FocusAccount(String),
    /// Show a screen of the side page in the popup's place, as its address names it.
    Go(String),
    /// Scroll the list.
    Scroll(u32),
    /// Keep in mind that this account was used just now.
    Used(String),
    /// Wake in so many milliseconds; `None`: not any more.
    Wake(Timer, Option<u32>),
}

impl Model {
    /// An account's own picture, as PNG in Base64; `None` while it is not known.
    pub fn picture(&self, account: &Account) -> Option<&str> {
        let of =
            |(id, key, _): &&(String, String, String)| (id, key) == (&account.id, &account.picture);
        self.pictures.iter().find(of).map(|(_, _, png)| png.as_str())
    }

    /// Whether something is asked that has to be answered before anything else.
    pub fn under_a_sheet(&self) -> bool {
        self.menu.is_some() || self.offer.is_some() || self.unsure.is_some() || self.which.is_some()
    }

    /// The account that a key press is about: the chosen one, or else the first in sight.
    pub fn at_hand(&self) -> Option<String> {
        let chosen = self.chosen.as_ref().filter(|id| self.list.line_of(id).is_some());
        chosen.cloned().or_else(|| self.list.first().map(|a| a.id.clone()))
    }
}
