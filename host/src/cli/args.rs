//! The command line as a person types it, and its help.
//!
//! Never here: what a verb does.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use shared::protocol::{Algorithm, ExportFormat, Kind};

/// Two-factor codes from an encrypted vault, in the browser and here.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, arg_required_else_help = true)]
#[command(after_help = "\
Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 wrong master password.")]
pub(crate) struct Line {
    /// Use this vault file instead of the default
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) vault: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Read passwords from standard input, one per line: the master password first, then what else is asked
    #[arg(long, global = true)]
    pub(crate) password_stdin: bool,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make a new vault
    Init,
    /// Add an account: an otpauth:// URI, or by hand with --issuer or --label
    Add(Add),
    /// List the accounts
    #[command(visible_alias = "ls")]
    List(List),
    /// Print the code of one account, and nothing else
    Code(Query),
    /// Change an account
    Edit(Box<Edit>),
    /// Move an account to the trash
    #[command(visible_alias = "rm")]
    Remove(Remove),
    /// Take an account out of the trash
    Restore(Query),
    /// Change the master password
    Passwd(Passwd),
    /// Lock the vault in every browser of this user on this machine
    Lock,
    /// Make a recovery code to print; it replaces the one before
    Recovery(RecoveryArgs),
    /// Open the vault with the recovery code, and set a new master password
    Recover,
    /// Accept an older copy of the vault as the current one
    Accept,
    /// Replace a damaged vault with an earlier save
    Revert(RevertArgs),
    /// Add the accounts of another app's export, or of a picture with QR codes
    Import(Import),
    /// Write all accounts to a file for other programs, or for paper
    Export(Export),
    /// Backups: encrypted copies with a password of their own, made automatically after each change
    Backup(Backup),
    /// Let the browsers of this machine find this program
    Install(Register),
    /// Undo `install`; the vault stays where it is
    Uninstall(Register),
    /// Check everything between browser and vault, and say what to do if something fails
    Doctor,
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of this program or of one verb
    Man {
        /// The verb; two words for a part of one: `backup list`
        verb: Vec<String>,
    },
}

/// Which account: an id, its whole name, or words that only one account has all of.
#[derive(Args, Debug)]
pub(crate) struct Query {
    /// Id, issuer, label, or words out of them
    #[arg(required = true, value_name = "QUERY")]
    pub(crate) words: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// otpauth:// URI; `-` reads it from standard input, where no other program can see it
    #[arg(required_unless_present_any = ["issuer", "label"])]
    #[arg(conflicts_with_all = BY_HAND)]
    pub(crate) uri: Option<String>,
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    /// Even if an account with the same secret and names is already there
    #[arg(long)]
    pub(crate) again: bool,
}

/// What does not go with a URI, which says it all.
const BY_HAND: [&str; 7] = ["issuer", "label", "kind", "algorithm", "digits", "period", "counter"];

/// The secret itself is asked for, or read from standard input.
#[derive(Args, Debug)]
pub(crate) struct ByHand {
    /// Who issued it, e.g. GitHub
    #[arg(long)]
    pub(crate) issuer: Option<String>,
    /// Account name, e.g. alice@example.com
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// Kind of account [default: totp]
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kinds>,
    #[command(flatten)]
    pub(crate) numbers: Numbers,
}

#[derive(Args, Debug)]
pub(crate) struct Numbers {
    /// Hash function
    #[arg(long, value_enum, ignore_case = true)]
    pub(crate) algorithm: Option<Algorithms>,
    /// Length of the code
    #[arg(long)]
    pub(crate) digits: Option<u32>,
    /// Seconds for which a code holds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) period: Option<u32>,
    /// Next HOTP counter
    #[arg(long)]
    pub(crate) counter: Option<u64>,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only accounts with all these words
    #[arg(value_name = "QUERY")]
    pub(crate) words: Vec<String>,
    /// List what is in the trash
    #[arg(long)]
    pub(crate) trash: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Edit {
    #[command(flatten)]
    pub(crate) query: Query,
    /// Who issued it
    #[arg(long)]
    pub(crate) issuer: Option<String>,
    /// Account name
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// Sites that its codes may go to, separated by commas; replaces the list, "" empties it
    #[arg(long, value_name = "DOMAINS")]
    pub(crate) sites: Option<String>,
    /// Tags, separated by commas; replaces the list, "" empties it
    #[arg(long)]
    pub(crate) tags: Option<String>,
    /// Note
    #[arg(long)]
    pub(crate) note: Option<String>,
    /// Whether it stands at the top of the list
    #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
    pub(crate) favourite: Option<bool>,
    /// Ask for a new secret, or read it from standard input
    #[arg(long)]
    pub(crate) secret: bool,
    /// Ask for the account's own PIN (Mobile-OTP, Yandex), or read it from standard input, after the secret
    #[arg(long)]
    pub(crate) pin: bool,
    #[command(flatten)]
    pub(crate) numbers: Numbers,
}

#[derive(Args, Debug)]
pub(crate) struct Remove {
    #[command(flatten)]
    pub(crate) query: Query,
    /// Delete an account of the trash for good
    #[arg(long)]
    pub(crate) forever: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RecoveryArgs {
    /// Remove the recovery code
    #[arg(long)]
    pub(crate) remove: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RevertArgs {
    /// Number of the save; the newest one that is whole, if left out
    pub(crate) save: Option<u64>,
}

#[derive(Args, Debug)]
pub(crate) struct Passwd {
    /// Somebody may know the old one: encrypt everything anew
    #[arg(long)]
    pub(crate) rotate: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The file, or several that belong together (QR pictures, Steam's folder); `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Read it as this format instead of recognising it
    #[arg(long, value_name = "NAME", value_parser = formats())]
    pub(crate) format: Option<String>,
    /// Read the file's password from standard input, from the line after the master password
    #[arg(long)]
    pub(crate) file_password_stdin: bool,
    /// Key file of a KeePass database
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Say what is in it, and add nothing: needs no vault (with --password-stdin, it is compared with the vault)
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With --json: print secrets and codes as well
    #[arg(long, requires = "json")]
    pub(crate) reveal: bool,
    /// Where the vault has the secret under other names [default: ask, or both]
    #[arg(long, value_enum, value_name = "CHOICE")]
    pub(crate) same_secret: Option<Choices>,
    /// Where the vault has the names with another secret [default: ask, or both]
    #[arg(long, value_enum, value_name = "CHOICE")]
    pub(crate) same_names: Option<Choices>,
}

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// The file to write; it must not be there yet, unless with --force; `-` writes to standard output
    pub(crate) file: PathBuf,
    /// What to write
    #[arg(long, value_enum)]
    pub(crate) format: Exports,
    /// Encrypt it with a password of its own (json, aegis)
    #[arg(long)]
    pub(crate) encrypt: bool,
    /// Read the file's password from standard input, from the line after the master password
    #[arg(long, requires = "encrypt")]
    pub(crate) file_password_stdin: bool,
    /// Overwrite a file that is already there
    #[arg(long)]
    pub(crate) force: bool,
}

/// [`ExportFormat`] as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Exports {
    /// otpauth:// addresses, one per line
    Otpauth,
    /// Countersign's own form, with everything
    Json,
    /// Aegis' backup, which many apps read
    Aegis,
    /// A page to print, with QR codes
    Html,
}

impl From<Exports> for ExportFormat {
    fn from(format: Exports) -> Self {
        match format {
            Exports::Aegis => Self::Aegis,
            Exports::Html => Self::Html,
            Exports::Json => Self::Json,
            Exports::Otpauth => Self::Otpauth,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Backup {
    #[command(subcommand)]
    pub(crate) what: Backups,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Backups {
    /// Choose the backups password and where backups go; from then on they are made automatically
    SetPassword {
        /// The folder for backups of this machine
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Choose where backups of this machine go, or stop making them
    Folder {
        /// The folder
        #[arg(required_unless_present = "none")]
        folder: Option<PathBuf>,
        /// Make no more backups on this machine
        #[arg(long, conflicts_with = "folder")]
        none: bool,
    },
    /// Make a backup now
    Now,
    /// List the backups, and when one was last proved to restore
    List,
    /// Open a backup with the backups password and say what is in it
    Verify {
        /// The backup, or a folder with backups; without it, the newest of this vault
        file: Option<PathBuf>,
    },
    /// Bring back what a backup holds: into this vault, or into a new one on a new machine
    Restore {
        /// The backup, or a folder with backups; without it, the newest of this vault
        file: Option<PathBuf>,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// Also bring back accounts that were deleted for good here
        #[arg(long)]
        deleted: bool,
    },
}

/// [`Choice`](shared::protocol::desk::Choice) as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Choices {
    /// Have both
    Both,
    /// Keep the vault's and leave the file's out
    Keep,
    /// Give the vault's account the names, or the secret, of the file's
    Replace,
}

impl From<Choices> for shared::protocol::desk::Choice {
    fn from(choice: Choices) -> Self {
        match choice {
            Choices::Both => Self::Both,
            Choices::Keep => Self::Keep,
            Choices::Replace => Self::Replace,
        }
    }
}

fn formats() -> clap::builder::PossibleValuesParser {
    crate::import::format::Format::all().map(|format| format.name()).collect::<Vec<_>>().into()
}

#[derive(Args, Debug)]
pub(crate) struct Register {
    /// For all users of this machine
    #[arg(long)]
    pub(crate) system: bool,
    /// For every browser that is known, found or not
    #[arg(long)]
    pub(crate) all: bool,
    /// For this browser, found or not; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with = "all", value_parser = browsers())]
    pub(crate) browser: Vec<String>,
    /// Take DIR for the top of the file system (for packages)
    #[arg(long, value_name = "DIR", requires = "system")]
    pub(crate) root: Option<PathBuf>,
}

fn browsers() -> clap::builder::PossibleValuesParser {
    crate::install::browsers::BROWSERS.iter().map(|browser| browser.name).collect::<Vec<_>>().into()
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("say yes or no".to_owned()),
    }
}

/// [`Kind`] as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kinds {
    /// RFC 6238
    Totp,
    /// RFC 4226
    Hotp,
    /// Steam Guard
    Steam,
}

impl From<Kinds> for Kind {
    fn from(kind: Kinds) -> Self {
        match kind {
            Kinds::Totp => Self::Totp,
            Kinds::Hotp => Self::Hotp,
            Kinds::Steam => Self::Steam,
        }
    }
}

/// [`Algorithm`] as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Algorithms {
    /// HMAC-SHA-1
    Sha1,
    /// HMAC-SHA-256
    Sha256,
    /// HMAC-SHA-512
    Sha512,
}

impl From<Algorithms> for Algorithm {
    fn from(algorithm: Algorithms) -> Self {
        match algorithm {
            Algorithms::Sha1 => Self::Sha1,
            Algorithms::Sha256 => Self::Sha256,
            Algorithms::Sha512 => Self::Sha512,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Line::command().debug_assert();
    }

    #[test]
    fn an_account_comes_as_a_uri_or_by_hand_and_never_as_both() {
        let line = |words: &str| Line::try_parse_from(words.split(' ')).is_ok();
        assert!(line("countersign add otpauth://x"));
        assert!(line("countersign add -"));
        assert!(line("countersign add --issuer A --digits 8"));
        assert!(!line("countersign add"));
        assert!(!line("countersign add --digits 8"));
        assert!(!line("countersign add - --issuer A"));
        assert!(!line("countersign install --root /x"));
    }
}
