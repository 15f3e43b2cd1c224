//! What the side page knows, everything that can happen to it, and everything it can want done.
//!
//! Never here: what follows from what (`update.rs`), and how it looks.

use std::collections::BTreeSet;

use shared::Secret;
use shared::protocol::{
    Account, AddAccount, ChangePassword, EditAccount, Invalid, KnownBrowser, Offers, Recover,
    Request, SetSettings, Settings, Site, Spare, Strength,
};

use crate::bridge::Told;
use crate::browser::tabs::Tab;
use crate::few::Few;
use crate::text::small;

/// See the module.
#[derive(Debug, Default)]
pub struct Model {
    /// What is on screen.
    pub screen: Screen,
    /// The screen that the popup led to.
    pub first: Screen,
    /// Version of the host; empty before it was heard.
    pub host: String,
    /// The tab beneath the popup.
    pub tab: Option<Tab>,
    /// What the host makes of that tab's page.
    pub site: Option<Site>,
    /// What this machine can do.
    pub offers: Offers,
    /// The account that is being edited, once it is there.
    pub account: Option<Account>,
    /// The codes of its site for when the app is gone.
    pub spares: Vec<Spare>,
    /// Accounts in the vault, when it was last asked.
    pub count: usize,
    /// All accounts, for choosing several and for putting them in order.
    pub all: Vec<Account>,
    /// Which of them are chosen, by id.
    pub marked: BTreeSet<String>,
    /// Where a row of them begins, by id.
    pub anchor: String,
    /// Where it has got to.
    pub cursor: String,
    /// What is to be found in the names of those that are shown.
    pub wanted: String,
    /// The account that is being dragged.
    pub dragged: Option<String>,
    /// What is still to be asked, one after the other, about those that were chosen.
    pub queue: Vec<Request>,
    /// Accounts that the page shows; `None` while they are looked for.
    pub found: Option<Vec<Account>>,
    /// Accounts in the trash.
    pub trash: Vec<Account>,
    /// The account that "delete for good" was said of once.
    pub sure: Option<String>,
    /// The keys that open the popup and that fill, as the browser names them.
    pub shortcuts: Option<(String, String)>,
    /// The browsers of this machine.
    pub browsers: Vec<KnownBrowser>,
    /// The host's settings.
    pub settings: Option<Settings>,
    /// Something went wrong, and stays on screen until it is put right.
    pub alert: Option<String>,
    /// What is wrong with what was typed, and where.
    pub invalid: Option<Invalid>,
    /// An account like the one that was typed is there already.
    pub duplicate: bool,
    /// Something went well, for a moment.
    pub toast: Option<String>,
    /// A form was sent and its answer is not there yet.
    pub busy: bool,
    /// How strong the password in the form is.
    pub strength: Option<Strength>,
    /// A password that will be weighed when typing pauses.
    pub weighed: Option<Secret>,
    /// Whether a PIN opens the vault.
    pub pin: bool,
    /// Whether the system could be asked for the person.
    pub person: bool,
    /// Whether a recovery code opens the vault.
    pub recovery: bool,
    /// A recovery code that was just made: shown once.
    pub recovery_code: Option<String>,
    /// Questions in flight.
    pub asked: Few<u32, Asked>,
    /// Number of the last question.
    pub questions: u32,
}

impl Model {
    /// Whether an organisation has fixed this setting.
    pub fn is_fixed(&self, name: &str) -> bool {
        self.settings.as_ref().is_some_and(|s| s.fixed.iter().any(|fixed| fixed == name))
    }

    /// The accounts in whose names is what is looked for.
    pub fn shown(&self) -> impl Iterator<Item = &Account> {
        self.all.iter().filter(|account| {
            let name = small(&format!("{} {}", account.issuer, account.label));
            self.wanted.split_whitespace().all(|word| name.contains(word))
        })
    }
}

/// What is on screen.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Screen {
    /// Versions and licences.
    About,
    /// Form for a new account.
    Add,
    /// The accounts, to be put in order by hand.
    Arrange,
    /// The browsers of this machine.
    Browsers,
    /// Form for the first master password.
    Create,
    /// Form for an account, by id.
    Edit(String),
    /// Keys and what they do.
    Help,
    /// Nothing is known yet.
    #[default]
    Loading,
    /// Which password opens what.
    Passwords,
    /// Where the button and the shortcut are, after the first account.
    Pin,
    /// The recovery code, and a new master password.
    Recover,
    /// Accounts that the page shows.
    Scan {
        /// In the picture first on which the context menu was opened.
        picture: bool,
    },
    /// Settings.
    Settings,
    /// The accounts, to choose several; the one that is chosen already.
    Several(String),
    /// The trash.
    Trash,
}

impl Screen {
    /// Reads what comes after the `#` of the address: `settings`, `edit/ID`.
    pub fn read(text: &str) -> Self {
        match text.split_once('/').unwrap_or((text, "")) {
            ("about", _) => Self::About,
            ("add", _) => Self::Add,
            ("arrange", _) => Self::Arrange,
            ("browsers", _) => Self::Browsers,
            ("create", _) => Self::Create,
            ("edit", id) => Self::Edit(id.to_owned()),
            ("help", _) => Self::Help,
            ("passwords", _) => Self::Passwords,
            ("recover", _) => Self::Recover,
            ("several", id) => Self::Several(id.to_owned()),
            ("scan", what) => Self::Scan { picture: what == "picture" },
            ("trash", _) => Self::Trash,
            _ => Self::Settings,
        }
    }
}

/// What a question in flight was about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Asked {
    /// The account that is to be edited, by id.
    Account(String),
    /// The new account.
    Add,
    /// All accounts.
    All {
        /// It is the first page.
        first: bool,
    },
    /// The browsers of this machine.
    Browsers,
    /// One of several accounts is to be changed.
    Each,
    /// The first master password.
    Create,
    /// Changes to an account.
    Edit,
    /// What the page shows is to be added.
    Enrol,
    /// The vault is to be locked.
    Lock,
    /// A recovery code is to be made.
    MakeRecovery,
    /// What this machine can do.
    Offers,
    /// The new master password.
    Password,
    /// An account is to go for good.
    Purge(String),
    /// The recovery code, and a new master password.
    Recover,
    /// No PIN is to open the vault.
    RemovePin,
    /// No recovery code is to open the vault.
    RemoveRecovery,
    /// An account is to come back.
    Restore(String),
    /// Accounts are looked for on the page.
    Scan,
    /// The PIN to be.
    SetPin,
    /// Settings, read or changed.
    Settings,
    /// The open page's site.
    Site,
    /// State of the vault.
    Status,
    /// The codes of the account's site for when the app is gone.
    Spares,
    /// A password's strength.
    Strength,
    /// The trash.
    Trash {
        /// It is the first page.
        first: bool,
    },
}

/// What a clock was set for. Setting it again replaces the earlier time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Timer {
    /// Typing of a new password paused.
    Strength,
    /// The toast has been read.
    Toast,
}

/// Everything that can happen.
#[derive(Debug)]
pub enum Msg {
    /// The form for a new account was sent.
    Added(AddAccount),
    /// Back, or Escape, was pressed.
    Back,
    /// A form says something about itself before it is sent.
    Blamed(Invalid),
    /// The form for the first master password was sent: the password, and again.
    Created(Secret, Secret),
    /// "Change the shortcuts" was pressed.
    ChangeShortcuts,
    /// "Delete" was pressed for the account that is being edited.
    Delete,
    /// "Delete" was pressed for those that are chosen.
    DeleteMarked,
    /// An account was taken with the mouse, or let go.
    Dragged(Option<String>),
    /// The dragged account is over this one.
    DraggedOver(String),
    /// Other accounts are looked for.
    Find(String),
    /// "Import", "Export" or "Backups" was pressed.
    Desk(String),
    /// The form for an account was sent.
    Edited(Box<EditAccount>),
    /// "Add" was pressed for what the page shows.
    Enrol,
    /// "Lock" was pressed.
    Lock,
    /// Another look of this name was chosen: `theme`, `density`, `codes`, `order`, `language`.
    Looked(&'static str, String),
    /// The order that was kept, by ids.
    Ordered(Vec<String>),
    /// This is the tab beneath.
    Over(Option<Tab>),
    /// An account is chosen, or not any more.
    Mark(String, bool),
    /// All from the last one to this one are chosen, or not any more.
    MarkTo(String, bool),
    /// The keyboard goes so many places down from an account, and takes what it passes if `bool`.
    Stepped(String, i32, bool),
    /// "Export" was pressed for those that are chosen.
    ExportMarked,
    /// All that are shown are chosen, or none.
    MarkAll(bool),
    /// An account goes so many places down by hand.
    Moved(String, i32),
    /// The form for a new master password was sent: the request, and the new one again.
    PasswordChanged(ChangePassword, Secret),
    /// "Delete for good" was pressed.
    Purge(String),
    /// The background was started anew.
    Reconnected,
    /// The form for a recovery code was sent: the request, and the new password again.
    Recovered(Recover, Secret),
    /// "Restore" was pressed.
    Restore(String),
    /// A form was sent that needs nothing else to be looked at.
    Sent(Asked, Request),
    /// "Take what is selected" was pressed.
    Select,
    /// A setting was changed.
    Set(SetSettings),
    /// Another screen of this page was asked for.
    Show(Screen),
    /// The keys that open the popup and that fill.
    Shortcuts(String, String),
    /// The browser does not let us open its page for shortcuts, which is here.
    ShortcutsFailed(&'static str),
    /// Those that are chosen get this tag.
    TagMarked(String),
    /// The page was opened for this screen.
    Started(Screen),
    /// The background said something; what follows is the host's reply.
    Told(Told, String),
    /// A new password is being typed.
    Weigh(Secret),
    /// Time is up.
    Woke(Timer),
}

/// Everything that can be wanted done.
#[derive(Debug)]
// Not `expect`: how large a request is depends on how much of the protocol is linked.
#[allow(
    clippy::large_enum_variant,
    reason = "a few live for a moment; a box would be code for each"
)]
pub enum Effect {
    /// Add what was selected on the page to the backup codes that were typed.
    AddSpares(String),
    /// Ask the host.
    Ask(u32, Request),
    /// Open the desk in a tab, for this errand, and close the popup.
    Desk(String),
    /// Empty these inputs.
    Empty(&'static [&'static str]),
    /// Give the keyboard to an element.
    Focus(&'static str),
    /// Give the keyboard to the line of an account.
    FocusLine(String),
    /// Give the keyboard to an account in the trash.
    FocusTrashed(String),
    /// Show the popup again, with this errand for it.
    Leave(String),
    /// Keep this order of the accounts.
    KeepOrder(Vec<String>),
    /// What the shortcuts are is wanted: [`Msg::Shortcuts`].
    ReadShortcuts,
    /// Open the browser's page for shortcuts, and close the popup.
    ChangeShortcuts,
    /// What order is kept is wanted: [`Msg::Ordered`].
    ReadOrder,
    /// The tab beneath is wanted: [`Msg::Over`].
    ReadTab,
    /// Have the background say what is selected on the page of this tab.
    Selected(i32),
    /// Have the background look for accounts on the page of this tab.
    Scan {
        /// Number of the question.
        n: u32,
        /// The tab.
        tab: i32,
        /// In the picture first on which the context menu was opened.
        picture: bool,
    },
    /// Keep a look and show it.
    Look(&'static str, String),
    /// Wake in so many milliseconds.
    Wake(Timer, u32),
}
