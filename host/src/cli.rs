//! The person's door: the verbs that are typed, and what they print.
//!
//! What a verb may do is not decided here: it asks the same handler as the browser does.
//!
//! Never here: the process's own streams, clock and environment. They come as arguments.

mod accounts;
mod args;
mod ask;
mod backup;
mod doctor;
mod export;
mod import;
mod install;
mod open;
mod refusal;
mod rescue;
mod show;

use std::ffi::OsString;
use std::io::{self, BufRead, Write};

use clap::{CommandFactory as _, Parser as _};

use crate::harden::Weakness;
use crate::install::places::Places;
use crate::locks::clock::Readings;
use crate::vault::cost::KdfPolicy;
use args::{Line, Verb};

/// What a verb sees of the world.
pub struct World<'a> {
    /// Where things lie.
    pub places: Places,
    /// What this process could not forbid others to see.
    pub weaknesses: Vec<Weakness>,
    /// What a new password's slot costs.
    pub policy: KdfPolicy,
    /// The clocks.
    pub now: &'a dyn Fn() -> Readings,
    /// Standard input.
    pub input: &'a mut dyn BufRead,
    /// Whether a person sits at it.
    pub input_is_terminal: bool,
    /// Standard output.
    pub output: &'a mut dyn Write,
    /// Whether a person reads it.
    pub output_is_terminal: bool,
    /// Standard error.
    pub errors: &'a mut dyn Write,
}

/// Why a verb did not do what was asked.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Status 1; the sentence says what to do.
    Failed(String),
    /// Status 1, and everything is said already.
    Said,
    /// Nobody reads any more: no failure of ours.
    Unread,
    /// Status 2.
    Usage(String),
    /// Status 3.
    WrongPassword,
}

impl CliError {
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self::Failed(sentence.into())
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            kind => Self::Failed(format!("could not read or write: {kind}")),
        }
    }
}

/// Does what `args` (the program's name first) say. The exit status: 0 done, 1 refused or failed, 2 wrong
/// usage, 3 wrong master password.
pub fn run(args: impl IntoIterator<Item = OsString>, world: &mut World<'_>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let line = match Line::try_parse_from(&args) {
        Ok(line) => line,
        Err(error) => {
            let output = if error.use_stderr() { &mut *world.errors } else { &mut *world.output };
            // Nobody to tell if this fails.
            let _ = write!(output, "{}", without_uris(error.render().to_string(), &args));
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let (status, sentence) = match verb(line, world).and_then(|()| Ok(world.output.flush()?)) {
        Ok(()) | Err(CliError::Unread) => return 0,
        Err(CliError::Said) => {
            let _ = world.output.flush();
            return 1;
        }
        Err(CliError::Failed(sentence)) => (1, sentence),
        Err(CliError::Usage(sentence)) => (2, sentence),
        Err(CliError::WrongPassword) => (3, "wrong master password".to_owned()),
    };
    let _ = world.output.flush();
    let _ = writeln!(world.errors, "countersign: {}", show::clean(&sentence));
    status
}

/// An error about the line repeats words of it, but none that may hold a secret.
fn without_uris(mut text: String, args: &[OsString]) -> String {
    for arg in args.iter().map(|arg| arg.to_string_lossy()).filter(|arg| arg.contains("://")) {
        text = text.replace(&*arg, "otpauth://…");
    }
    text
}

fn verb(line: Line, world: &mut World<'_>) -> Result<(), CliError> {
    if let Some(file) = line.vault {
        world.places.vault = std::path::absolute(file)?;
    }
    let how = How { json: line.json, password_stdin: line.password_stdin };
    match line.verb {
        Verb::Init => open::init(world, how),
        Verb::Add(add) => accounts::add(world, how, add),
        Verb::List(list) => accounts::list(world, how, &list),
        Verb::Code(query) => accounts::code(world, how, &query),
        Verb::Edit(edit) => accounts::edit(world, how, *edit),
        Verb::Remove(remove) => accounts::remove(world, how, &remove),
        Verb::Restore(query) => accounts::restore(world, how, &query),
        Verb::Passwd(passwd) => open::passwd(world, how, &passwd),
        Verb::Lock => rescue::lock(world, how),
        Verb::Recovery(recovery) => rescue::recovery(world, how, &recovery),
        Verb::Recover => rescue::recover(world, how),
        Verb::Accept => rescue::accept(world, how),
        Verb::Revert(revert) => rescue::revert(world, how, &revert),
        Verb::Export(export) => export::run(world, how, &export),
        Verb::Backup(backup) => backup::run(world, how, &backup.what),
        Verb::Import(import) => import::run(world, how, &import),
        Verb::Install(register) => install::install(world, how, &register),
        Verb::Uninstall(register) => install::uninstall(world, how, &register),
        Verb::Doctor => doctor::run(world, how),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Line::command(), "countersign", &mut script);
            Ok(world.output.write_all(&script)?)
        }
        Verb::Man { verb } => manual(world, &verb),
    }
}

/// What holds for every verb.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    pub(crate) json: bool,
    pub(crate) password_stdin: bool,
}

fn manual(world: &mut World<'_>, verb: &[String]) -> Result<(), CliError> {
    let mut command = Line::command();
    // Names `countersign-VERB`, and the options that hold for all.
    command.build();
    let mut title = "countersign".to_owned();
    for name in verb {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| CliError::Usage(format!("there is no verb `{name}`")))?;
        title = format!("{title}-{name}");
        command = command.name(title.clone());
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(world.output.write_all(&page)?)
}
