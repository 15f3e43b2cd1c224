//! What the desk knows, everything that can happen to it, and everything it can want done.
//!
//! Never here: what follows from what (`update.rs`), and how it looks.

use shared::Secret;
use shared::protocol::desk::{Backups, Choice, Exported, Of, Qr, Report};
use shared::protocol::{ExportFormat, Offers, Op};

use crate::bridge::Told;
use crate::few::Few;

/// See the module.
#[derive(Debug, Default)]
pub struct Model {
    /// What is on screen.
    pub screen: Screen,
    /// What the person came for.
    pub errand: Errand,
    /// Something went wrong.
    pub alert: Option<String>,
    /// Something was sent and its answer is not there yet.
    pub busy: bool,
    /// Names of the files that were picked.
    pub files: Vec<String>,
    /// Base64 of the key file that goes with the password.
    pub key_file: Option<Secret>,
    /// The files have a password, which is not known yet.
    pub asks_password: bool,
    /// What is in the files, or what was done with them.
    pub report: Option<Report>,
    /// What was chosen for the accounts that are at odds with the vault, in their order; for the rest, to have both.
    pub choices: Vec<Choice>,
    /// The report is of what was done.
    pub done: bool,
    /// What was written.
    pub exported: Option<Exported>,
    /// The picture that it has: PNG in Base64, empty for none.
    pub picture: String,
    /// Accounts that alone are to be exported, by id; empty for all.
    pub chosen: Vec<String>,
    /// The account that is to be shown, by id.
    pub account: String,
    /// It, as a QR code.
    pub qr: Option<Qr>,
    /// How things stand with backups.
    pub backups: Option<Backups>,
    /// What this machine can do.
    pub offers: Offers,
    /// The tab was opened for a picture of the screen, which was not asked for yet.
    pub for_screen: bool,
    /// The person is asked by the system what is to be read.
    pub shoots: bool,
    /// Counts what has to be drawn anew; what was typed stays while it doesn't change.
    pub drawn: u32,
    /// What the host calls what this tab has put there since it was cleared last: each tab begins somewhere else, and
    /// what was begun under an earlier number has ended.
    pub number: u32,
    /// Questions in flight.
    pub asked: Few<u32, Question>,
    /// Number of the last question.
    pub questions: u32,
}

/// What is on screen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Screen {
    /// There is no vault: one can be made of a backup.
    Fresh,
    /// Nothing is known yet.
    #[default]
    Loading,
    /// The master password.
    Locked,
    /// The errand.
    Open,
    /// The host is not there, or the vault is not in order: the popup says more.
    Trouble,
}

/// What the person came for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Errand {
    /// Backups, and bringing one back.
    Backups,
    /// Out.
    Export,
    /// In.
    #[default]
    Import,
    /// A picture for one account.
    Picture,
    /// One account, for another authenticator.
    Qr,
}

impl Errand {
    /// Its name in the tab's address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Backups => "backups",
            Self::Export => "export",
            Self::Import => "import",
            Self::Picture => "picture",
            Self::Qr => "qr",
        }
    }

    /// Reads what [`name`](Self::name) wrote.
    pub fn from_name(name: &str) -> Self {
        match name {
            "backups" => Self::Backups,
            "export" => Self::Export,
            "picture" => Self::Picture,
            "qr" => Self::Qr,
            _ => Self::Import,
        }
    }
}

/// A question in flight.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Question {
    /// What it was about.
    pub asked: Asked,
    /// What the person was at.
    pub errand: Errand,
    /// [`Model::number`] then.
    pub number: u32,
}

/// What a question in flight was about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Asked {
    /// How things stand with backups, or a new one.
    Backups,
    /// What the last errand has left is to be forgotten.
    Clear,
    /// Accounts are to be written to a file.
    Export,
    /// What this machine can do.
    Offers,
    /// A backup is to be opened.
    Open,
    /// The account's picture.
    Pictures,
    /// A piece of a file.
    Put,
    /// An account as a QR code.
    Qr,
    /// What is in the files.
    Read,
    /// A vault is to be made of a backup.
    Recreate,
    /// A picture of the screen is to be read.
    Screen,
    /// Where backups go, and their password.
    SetBackups,
    /// The account is to have a picture, or none.
    SetPicture,
    /// State of the vault.
    Status,
    /// What the report names is to be taken in.
    TakeIn,
    /// The master password.
    Unlock,
}

/// Everything that can happen.
#[derive(Debug)]
pub enum Msg {
    /// "Back up now" was pressed.
    BackUp,
    /// A key file was picked: Base64.
    Key(Secret),
    /// "Cancel" was pressed.
    Cancel,
    /// The line to the host is to be tried again.
    Check,
    /// The form of an export was sent: master password, format, and the file's own password twice.
    Export(Secret, ExportFormat, Option<(Secret, Secret)>),
    /// "Open the backup" was pressed: the backups password.
    OpenBackup(Secret),
    /// Files were picked.
    Picked(Vec<String>),
    /// A piece of a file.
    Piece {
        /// [`Model::number`] when the files were picked.
        number: u32,
        /// Which file.
        file: usize,
        /// Where in it the piece begins, in bytes.
        at: usize,
        /// Its name.
        name: String,
        /// Base64.
        data: Secret,
    },
    /// All pieces of the files that were picked under this number are there.
    Pieced(u32),
    /// One of the files that were picked under this number can't be read.
    Unread(u32),
    /// "Remove the picture" was pressed.
    RemovePicture,
    /// The form of a QR code was sent: the master password.
    Qr(Secret),
    /// The form of the files' password was sent.
    Read(Secret),
    /// "Read from the screen" was pressed.
    Screen,
    /// The form of a new vault was sent: backups password, new master password, and again.
    Recreate(Secret, Secret, Secret),
    /// The form of backups was sent: master password, folder, backups password twice.
    SetBackups(Secret, String, Secret, Secret),
    /// Another errand was chosen.
    Show(Errand),
    /// The tab was opened for this errand; its numbers begin with this one.
    Started(String, u32),
    /// Something was chosen for accounts that are at odds with the vault.
    Chosen(Vec<Choice>),
    /// The same for all of them.
    ChosenForAll(Choice),
    /// "Import" or "Restore" was pressed: whether to bring back what was deleted.
    TakeIn(bool),
    /// The background said something; what follows is the host's reply.
    Told(Told, String),
    /// The form of the master password was sent.
    Unlock(Secret),
}

/// Everything that can be wanted done.
#[derive(Debug)]
pub enum Effect {
    /// Ask the host.
    Ask {
        /// Number of the question.
        n: u32,
        /// Which request it is.
        op: Op,
        /// Its JSON.
        request: Secret,
    },
    /// Empty these inputs.
    Empty(&'static [&'static str]),
    /// Give the keyboard to an element.
    Focus(&'static str),
}

/// What an export wrote that ended while another errand is shown.
pub fn news(model: &Model) -> Option<&Exported> {
    let is_elsewhere = model.screen == Screen::Open && model.errand != Errand::Export;
    model.exported.as_ref().filter(|_| is_elsewhere)
}

/// How many accounts of a file are at odds with the vault: more, perhaps, than a report names.
pub fn at_odds(report: &Report) -> usize {
    count(report, Of::OtherNames) + count(report, Of::OtherSecret)
}

/// How many accounts an import brings, as things are chosen.
pub fn brings(report: &Report, choices: &[Choice]) -> usize {
    let kept = choices.iter().filter(|choice| **choice == Choice::Keep).count();
    count(report, Of::New) + at_odds(report).saturating_sub(kept)
}

/// How many of something a report has.
pub fn count(report: &Report, of: Of) -> usize {
    report.counts.iter().find(|count| count.of == of).map_or(0, |count| count.n)
}
