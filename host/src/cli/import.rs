//! `import`: accounts of another app's export, previewed, chosen, and then taken in with one save or none.
//!
//! Never here: any format (`import`), what an account is to the vault (`intake`).

mod files;

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::Secret;
use shared::protocol::desk::{Choice, Gap};

use crate::cli::args::Import;
use crate::cli::open::Open;
use crate::cli::{CliError, How, World, ask, show};
use crate::import::{self, ImportError, Imported, Options, report};
use crate::intake::{Counts, Verdict};
use crate::vault::entry::{Draft, display_name};

/// How long a person waits before being told that it goes on.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a person may mistype the file's password.
const TRIES: usize = 3;

pub(crate) fn run(world: &mut World<'_>, how: How, import: &Import) -> Result<(), CliError> {
    // With `--password-stdin` the master password is the first line, whether it is needed or not.
    let master = if how.password_stdin { Some(ask::password(world, true)?) } else { None };
    let password =
        if import.file_password_stdin { Some(ask::file_password(world, true)?) } else { None };
    let key_file = import.key_file.as_deref().map(files::read).transpose()?;
    let key_file = key_file.as_ref().map(|bytes| bytes.as_slice());
    let files = files::read_all(world, &import.files)?;

    if !import.dry_run {
        Open::locked(world, how).look()?;
    }
    // Whatever a person is asked is asked while the vault is closed: a terminal waits for ever, and this process
    // hears of no sleep and of no locked screen.
    let read = read(world, how, import, &files, password, key_file)?;
    if import.dry_run && (read.is_err() || master.is_none() || !Open::is_there(world, how)?) {
        return tell_dry(world, how, import, &read, None);
    }
    let imported = match &read {
        Ok(imported) => imported,
        &Err(error) => {
            let value = json(&read, import, None);
            if let Some(hint) = files.hint(error, import.format.as_deref()).filter(|_| !how.json) {
                return Err(CliError::Failed(hint));
            }
            return refuse(world, how, &value, error);
        }
    };
    let asks = world.input_is_terminal && !how.json && !how.password_stdin && !import.dry_run;
    if asks {
        show_found(world, imported, None, true)?;
        if !imported.drafts.is_empty() && ask::letter(world, "Import? [Y/n] ", &['y', 'n'])? == 'n'
        {
            return Err(CliError::failed("nothing was imported"));
        }
    }
    if imported.drafts.is_empty() && !how.json && !import.dry_run {
        if !asks {
            show_found(world, imported, None, false)?;
        }
        return Err(CliError::failed("there is no account in it that can be imported"));
    }
    let mut open = match master {
        Some(master) => Open::unlock_with(world, how, master)?,
        None => Open::unlock(world, how)?,
    };
    let verdicts = open.compare(&imported.drafts)?;
    if import.dry_run {
        return tell_dry(open.world, how, import, &read, Some(&verdicts));
    }
    // Made of the accounts before the vault takes them.
    let mut value = json(&read, import, Some(&verdicts));
    if !how.json && !asks {
        show_found(open.world, imported, Some(&verdicts), false)?;
    }
    if imported.drafts.is_empty() {
        show::json(open.world.output, &value)?;
        return Err(CliError::Said);
    }
    let questions = questions(&mut open, import, &imported.drafts, &verdicts)?;
    let (mut open, choices) = if asks && questions.iter().any(|choice| choice.is_err()) {
        open.close();
        let choices = choose(world, &questions)?;
        (Open::unlock_after(world, how, None)?.0, choices)
    } else {
        let choices = questions.into_iter().map(|choice| choice.unwrap_or(Choice::Both)).collect();
        (open, choices)
    };
    let Counts { added, completed, kept, replaced, same } =
        open.take_in(&imported.drafts, &verdicts, &choices)?;
    if how.json {
        value["done"] = json!({
            "added": added, "completed": completed, "kept": kept, "replaced": replaced, "same": same
        });
        return Ok(show::json(open.world.output, &value)?);
    }
    let mut words = format!("{added} added, {same} already there");
    for (count, what) in [
        (completed, "there and completed from the file"),
        (replaced, "replaced"),
        (kept, "left out by choice"),
    ] {
        if count != 0 {
            words.push_str(&format!(", {count} {what}"));
        }
    }
    writeln!(open.world.output, "{words}")?;
    for (draft, gaps) in completions(&imported.drafts, &verdicts) {
        let name = show::clean(&display_name(&draft.issuer, &draft.label));
        writeln!(open.world.output, "completed: {name}: {}", in_words(gaps))?;
    }
    let at_odds = verdicts
        .iter()
        .filter(|verdict| matches!(verdict, Verdict::OtherNames(_) | Verdict::OtherSecret(_)));
    if !asks && import.same_secret.is_none() && import.same_names.is_none() && at_odds.count() != 0
    {
        let words = "accounts at odds with the vault were added beside its own; --same-secret and \
                     --same-names choose otherwise";
        writeln!(open.world.errors, "countersign: {words}")?;
    }
    Ok(())
}

/// Reads the files, and asks for their password where a person can be asked.
fn read(
    world: &mut World<'_>,
    how: How,
    import: &Import,
    files: &files::Files,
    mut password: Option<Secret>,
    key_file: Option<&[u8]>,
) -> Result<Result<Imported, ImportError>, CliError> {
    let format = match &import.format {
        Some(name) => Some(name.parse().map_err(|_| CliError::Usage("no such format".to_owned()))?),
        None => None,
    };
    let asks = world.input_is_terminal && !how.password_stdin && !import.file_password_stdin;
    for _ in 1..TRIES {
        let options =
            Options { format, password: password.as_ref(), key_file, ..Options::default() };
        match read_patiently(world, how, files, &options)? {
            Err(ImportError::PasswordRequired) if asks => {}
            Err(error @ ImportError::WrongPassword { .. }) if asks => {
                writeln!(world.errors, "countersign: {error}")?;
            }
            outcome => return Ok(outcome),
        }
        password = Some(ask::file_password(world, false)?);
    }
    let options = Options { format, password: password.as_ref(), key_file, ..Options::default() };
    read_patiently(world, how, files, &options)
}

/// A password hash may take ten seconds and more: a person is told that it goes on, and that an interrupt
/// is safe.
fn read_patiently(
    world: &mut World<'_>,
    how: How,
    files: &files::Files,
    options: &Options<'_>,
) -> Result<Result<Imported, ImportError>, CliError> {
    let sources = files.sources();
    let tells = world.output_is_terminal && !how.json;
    let start = Instant::now();
    thread::scope(|scope| {
        let (send, done) = mpsc::channel();
        scope.spawn(|| {
            // Nobody is there any more if this fails.
            let _ = send.send(import::read_all(&sources, options));
            drop(send);
        });
        let mut told = false;
        loop {
            match done.recv_timeout(PATIENCE) {
                Ok(outcome) => {
                    if told {
                        writeln!(world.errors)?;
                    }
                    return Ok(outcome);
                }
                Err(mpsc::RecvTimeoutError::Timeout) if tells => {
                    told = true;
                    let seconds = start.elapsed().as_secs();
                    let words = "opening the file (Ctrl+C stops, and nothing is changed)";
                    write!(world.errors, "\r{words}: {seconds} s ")?;
                    world.errors.flush()?;
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(CliError::failed(
                        "this should not have happened: please report it",
                    ));
                }
            }
        }
    })
}

/// A dry run's report.
fn tell_dry(
    world: &mut World<'_>,
    how: How,
    import: &Import,
    read: &Result<Imported, ImportError>,
    verdicts: Option<&[Verdict]>,
) -> Result<(), CliError> {
    let value = json(read, import, verdicts);
    match read {
        Ok(_) if how.json => Ok(show::json(world.output, &value)?),
        Ok(imported) => show_found(world, imported, verdicts, true),
        Err(error) => refuse(world, how, &value, *error),
    }
}

/// Nothing can be imported, and nothing was changed.
fn refuse(
    world: &mut World<'_>,
    how: How,
    value: &Value,
    error: ImportError,
) -> Result<(), CliError> {
    if how.json {
        show::json(world.output, value)?;
        return Err(CliError::Said);
    }
    Err(CliError::Failed(error.to_string()))
}

/// Accounts that are completed, with what.
fn completions<'a>(
    drafts: &'a [Draft],
    verdicts: &'a [Verdict],
) -> impl Iterator<Item = (&'a Draft, &'a [Gap])> {
    drafts.iter().zip(verdicts).filter_map(|(draft, verdict)| match verdict {
        Verdict::Completed(_, gaps) => Some((draft, gaps.as_slice())),
        _ => None,
    })
}

/// What is filled in, and never with what: some of it is secret.
fn in_words(gaps: &[Gap]) -> String {
    let words = |gap: &Gap| match gap {
        Gap::Favourite => "favourite",
        Gap::Icon => "icon",
        Gap::Issuer => "issuer",
        Gap::Label => "label",
        Gap::Note => "note",
        Gap::Picture => "picture",
        Gap::Pin => "PIN",
        Gap::Sites => "sites",
        Gap::Spares => "backup codes",
        Gap::Tags => "tags",
    };
    gaps.iter().map(words).collect::<Vec<_>>().join(", ")
}

/// The report, schema 1, with what each account is to the vault.
fn json(
    read: &Result<Imported, ImportError>,
    import: &Import,
    verdicts: Option<&[Verdict]>,
) -> Value {
    let mut value = report::json(read, import.reveal);
    if let (Ok(imported), Some(verdicts)) = (read, verdicts) {
        let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|v| wanted(v)).count();
        value["preview"] = json!({
            "new": count(|verdict| matches!(verdict, Verdict::New)),
            "completed": count(|verdict| matches!(verdict, Verdict::Completed(..))),
            "same": count(|verdict| matches!(verdict, Verdict::Same(_))),
            "other_names": count(|verdict| matches!(verdict, Verdict::OtherNames(_))),
            "other_secret": count(|verdict| matches!(verdict, Verdict::OtherSecret(_))),
            "completions": completions(&imported.drafts, verdicts)
                .map(|(draft, gaps)| {
                    json!({ "issuer": draft.issuer, "label": draft.label, "fills": gaps })
                })
                .collect::<Vec<_>>(),
        });
    }
    value
}

/// What was found: each account in a line if `each`, what was left out in any case.
fn show_found(
    world: &mut World<'_>,
    imported: &Imported,
    verdicts: Option<&[Verdict]>,
    each: bool,
) -> Result<(), CliError> {
    let Imported { format, drafts, left_out, warnings, ignored_non_otp, .. } = imported;
    if each {
        let row = |(n, draft): (usize, &Draft)| {
            let sign = match verdicts.map(|verdicts| &verdicts[n]) {
                None => String::new(),
                Some(Verdict::Completed(_, gaps)) => format!("completed: {}", in_words(gaps)),
                Some(Verdict::New) => "new".to_owned(),
                Some(Verdict::OtherNames(_)) => "other names".to_owned(),
                Some(Verdict::OtherSecret(_)) => "other secret".to_owned(),
                Some(Verdict::Same(_)) => "already there".to_owned(),
            };
            vec![show::clean(&draft.issuer), show::clean(&draft.label), sign]
        };
        let rows: Vec<Vec<String>> = drafts.iter().enumerate().map(row).collect();
        show::table(world.output, &rows)?;
    }
    let (found, without) = (show::counted(drafts.len(), "account"), left_out.len());
    write!(world.output, "{}: {found} found, {without} left out", format.title())?;
    if *ignored_non_otp != 0 {
        write!(world.output, ", {} without a code", show::counted(*ignored_non_otp, "item"))?;
    }
    writeln!(world.output)?;
    for left_out in left_out {
        let name = if left_out.name.is_empty() { "an account" } else { &left_out.name };
        let name: String = show::clean(name).chars().take(80).collect();
        writeln!(world.errors, "left out: {name}: {}", left_out.reason.sentence())?;
    }
    for warning in warnings {
        writeln!(world.errors, "countersign: {warning}")?;
    }
    Ok(())
}

/// A choice for each account, or the question for a person: only those that are at odds with the vault need one.
fn questions(
    open: &mut Open<'_, '_>,
    import: &Import,
    drafts: &[Draft],
    verdicts: &[Verdict],
) -> Result<Vec<Result<Choice, String>>, CliError> {
    let mut question = |(draft, verdict): (&Draft, &Verdict)| {
        let (said, id, words) = match verdict {
            Verdict::Completed(..) | Verdict::New | Verdict::Same(_) => {
                return Ok(Ok(Choice::Both));
            }
            Verdict::OtherNames(id) => (import.same_secret, id, "has the same secret as"),
            Verdict::OtherSecret(id) => (import.same_names, id, "has another secret than"),
        };
        if let Some(choice) = said {
            return Ok(Ok(choice.into()));
        }
        let (issuer, label) = open.names(*id)?;
        let name = |issuer: &str, label: &str| show::clean(&display_name(issuer, label));
        Ok(Err(format!(
            "{} in the file {words} {} in the vault: have [b]oth, [k]eep the vault's, [r]eplace it? [B/k/r] ",
            name(&draft.issuer, &draft.label),
            name(&issuer, &label)
        )))
    };
    drafts.iter().zip(verdicts).map(&mut question).collect()
}

/// Asks what is to be asked.
fn choose(
    world: &mut World<'_>,
    questions: &[Result<Choice, String>],
) -> Result<Vec<Choice>, CliError> {
    let mut choose = |question: &Result<Choice, String>| match question {
        Ok(choice) => Ok(*choice),
        Err(question) => Ok(match ask::letter(world, question, &['b', 'k', 'r'])? {
            'k' => Choice::Keep,
            'r' => Choice::Replace,
            _ => Choice::Both,
        }),
    };
    questions.iter().map(&mut choose).collect()
}
