//! `backup`: the backups password, where backups go, and bringing them back.
//!
//! Never here: what a backup is (`backup`), when one is due (`session`).

use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;
use shared::Secret;
use shared::protocol::Refusal;

use crate::backup::folder::{self, Found};
use crate::backup::note::Note;
use crate::backup::{self, BackupError, Preview};
use crate::calendar::Moment;
use crate::cli::args::Backups;
use crate::cli::open::Open;
use crate::cli::{CliError, How, World, ask, show};
use crate::disk;
use crate::session::wall;
use crate::vault::body::Body;
use crate::vault::file::FileError;
use crate::vault::format::MAX_FILE;
use crate::vault::format::{self, FormatError};
use crate::vault::keys::{self, Derived};

pub(crate) fn run(world: &mut World<'_>, how: How, what: &Backups) -> Result<(), CliError> {
    match what {
        Backups::SetPassword { folder } => set_password(world, how, folder.as_deref()),
        Backups::Folder { folder, .. } => set_folder(world, how, folder.as_deref()),
        Backups::Now => now(world, how),
        Backups::List => list(world, how),
        Backups::Verify { file } => verify(world, how, file.as_deref()),
        Backups::Restore { file, dry_run, deleted } => {
            restore(world, how, file.as_deref(), *dry_run, *deleted)
        }
    }
}

fn set_password(world: &mut World<'_>, how: How, folder: Option<&Path>) -> Result<(), CliError> {
    let folder = folder.map(checked).transpose()?;
    let master = Open::before(world, how)?;
    let password = ask::chosen_password(world, how.password_stdin, "backups password")?;
    let (mut open, master) = Open::unlock_after(world, how, master)?;
    if keys::are_same(&password, &master) {
        return Err(CliError::failed(
            "this is the master password: choose another one, so that neither opens the other's file",
        ));
    }
    let derived = Derived::new(
        &keys::normalise(password.expose()).map_err(BackupError::from)?,
        open.policy().choose(),
    )
    .map_err(BackupError::from)?;
    let had_one = open.with_vault(|store, vault, now| {
        let had_one = backup::has_password(&vault.body);
        let change = backup::Change { password: Some(&derived), folder: folder.as_deref() };
        backup::change(store, vault, now, change)?;
        Ok::<_, BackupError>(had_one)
    })?;
    let has_folder =
        open.with_vault(|_, vault, _| Ok::<_, BackupError>(backup::folder_of(vault).is_some()))?;
    if !how.json {
        let earlier =
            if had_one { "; earlier backups keep the one that they were made with" } else { "" };
        writeln!(open.world.output, "the backups password was set{earlier}")?;
    }
    if has_folder {
        return made(&mut open);
    }
    if how.json {
        return Ok(show::json(open.world.output, &json!({ "backup": null }))?);
    }
    let words = "no folder was chosen for backups on this machine: countersign backup folder DIR";
    writeln!(open.world.errors, "countersign: {words}")?;
    Ok(())
}

/// A folder that is there, by its whole name.
fn checked(folder: &Path) -> Result<String, CliError> {
    let path = folder.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            CliError::Failed(format!("there is no folder {}: make it first", folder.display()))
        }
        kind => CliError::Failed(format!("{}: {kind}", folder.display())),
    })?;
    if !path.is_dir() {
        return Err(CliError::Failed(format!("{} is not a folder", folder.display())));
    }
    path.into_os_string()
        .into_string()
        .map_err(|_| CliError::failed("the folder's name is not Unicode: choose another one"))
}

fn set_folder(world: &mut World<'_>, how: How, folder: Option<&Path>) -> Result<(), CliError> {
    let folder = folder.map(checked).transpose()?;
    let mut open = Open::unlock(world, how)?;
    let has_password = open.with_vault(|store, vault, now| {
        let folder = Some(folder.as_deref().unwrap_or_default());
        backup::change(store, vault, now, backup::Change { folder, password: None })?;
        Ok::<_, BackupError>(backup::has_password(&vault.body))
    })?;
    match folder {
        None => {
            let words = "no more backups are made on this machine; those that are there stay";
            if how.json {
                return Ok(show::json(open.world.output, &json!({ "backup": null }))?);
            }
            writeln!(open.world.output, "{words}")?;
            Ok(())
        }
        Some(_) if has_password => made(&mut open),
        Some(_) => {
            if !how.json {
                let words = "the folder was chosen; the backups password is still missing";
                writeln!(open.world.output, "{words}")?;
            }
            Err(BackupError::NoPassword.into())
        }
    }
}

fn now(world: &mut World<'_>, how: How) -> Result<(), CliError> {
    made(&mut Open::unlock(world, how)?)
}

/// Makes a backup and says where it is.
fn made(open: &mut Open<'_, '_>) -> Result<(), CliError> {
    let path = open.back_up()?.display().to_string();
    if open.how.json {
        return Ok(show::json(open.world.output, &json!({ "backup": path }))?);
    }
    writeln!(
        open.world.output,
        "made a backup, and compared it with the vault account by account: {}",
        show::clean(&path)
    )?;
    Ok(())
}

fn list(world: &mut World<'_>, how: How) -> Result<(), CliError> {
    let mut open = Open::unlock(world, how)?;
    let (folder, id, note) = open.with_vault(|store, vault, _| {
        let folder = backup::folder_of(vault).ok_or(BackupError::NoFolder)?;
        Ok::<_, BackupError>((folder, *vault.id(), Note::read(store)))
    })?;
    let found = folder::list(&folder)?;
    let reminds = note.reminds(wall((open.world.now)()) / 1000);
    if how.json {
        let backups: Vec<_> = found
            .iter()
            .map(|found| {
                json!({
                    "file": found.path.display().to_string(), "saved_at": found.saved_at,
                    "generation": found.generation, "whole": found.is_whole(),
                    "of_this_vault": found.vault_id == id,
                })
            })
            .collect();
        let value = json!({
            "folder": folder.display().to_string(), "backups": backups,
            "proven_at": note.proven_at, "failed_at": note.failed_at,
            "typed_at": note.typed_at, "remind": reminds,
        });
        return Ok(show::json(open.world.output, &value)?);
    }
    writeln!(open.world.output, "{}", show::clean(&folder.display().to_string()))?;
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|found| {
            let name = found.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let state = match (found.is_whole(), found.vault_id == id) {
                (false, _) => "damaged",
                (true, true) => "",
                (true, false) => "of another vault",
            };
            let when = if state == "damaged" { String::new() } else { moment(found.saved_at) };
            vec![when, show::clean(&name), state.to_owned()]
        })
        .collect();
    show::table(open.world.output, &rows)?;
    match note.proven_at {
        Some(at) => {
            writeln!(open.world.output, "last proved to restore: {}", moment(at))?;
        }
        None => writeln!(open.world.output, "none has been proved to restore yet")?,
    }
    if let Some(at) = note.failed_at {
        writeln!(open.world.errors, "countersign: the last attempt failed: {}", moment(at))?;
    }
    if reminds {
        let words = "do you still know the backups password? `countersign backup verify` tries it";
        writeln!(open.world.errors, "countersign: {words}")?;
    }
    Ok(())
}

/// `2026-11-23 00:45 UTC`.
fn moment(seconds: u64) -> String {
    let at = Moment::at(seconds);
    format!("{} {:02}:{:02} UTC", at.date(), at.hour, at.minute)
}

/// The backup that is taken, and names of newer ones that are damaged.
struct Chosen {
    path: PathBuf,
    /// When it was made, in seconds since 1970, where nobody has named the file.
    saved_at: Option<u64>,
    damaged: Vec<String>,
}

impl Chosen {
    /// The newest whole one of these.
    fn newest(found: &[Found]) -> Result<Self, CliError> {
        let (taken, damaged) = folder::newest(found).ok_or(BackupError::None)?;
        Ok(Self { path: taken.path.clone(), saved_at: Some(taken.saved_at), damaged })
    }

    /// Says which it is; and which it should have been.
    fn tell(&self, world: &mut World<'_>, how: How) -> Result<(), CliError> {
        let Some(at) = self.saved_at.filter(|_| !how.json) else { return Ok(()) };
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        writeln!(
            world.errors,
            "countersign: the backup of {}: {}",
            moment(at),
            show::clean(&name)
        )?;
        for name in &self.damaged {
            let name = show::clean(name);
            writeln!(
                world.errors,
                "countersign: {name} is newer, and damaged: it was passed over"
            )?;
        }
        Ok(())
    }

    /// The same for a program.
    fn put_into(&self, value: &mut serde_json::Value) {
        value["file"] = json!(self.path.display().to_string());
        value["damaged"] = json!(self.damaged);
    }
}

/// The file that was named, or the newest whole one of a folder. Without a vault's key anybody may have
/// written it: the password tells.
fn chosen(path: &Path) -> Result<Chosen, CliError> {
    if !path.is_dir() {
        return Ok(Chosen { path: path.to_owned(), saved_at: None, damaged: Vec::new() });
    }
    Chosen::newest(&folder::list(path)?)
}

/// The newest backup of the open vault.
fn own(open: &mut Open<'_, '_>) -> Result<Chosen, CliError> {
    open.with_vault(|_, vault, now| {
        let folder = backup::folder_of(vault).ok_or(BackupError::NoFolder)?;
        let found = folder::list(&folder)?;
        let torn: Vec<Found> = found.iter().filter(|found| found.is_torn()).cloned().collect();
        let mut own = folder::own(found, vault, now / 1000);
        own.extend(torn);
        Chosen::newest(&own)
    })
}

/// Reads a backup, and whether it is one at all: before anybody types a password for it.
fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let file = disk::read_bounded(path, MAX_FILE).map_err(|error| {
        CliError::Failed(format!("{}: {}", path.display(), error.about("backup")))
    })?;
    // A letter is no damaged backup.
    if !format::is_ours(&file) {
        return Err(BackupError::from(FormatError::Layout).into());
    }
    backup::parse(&file).map_err(BackupError::from)?;
    Ok(file)
}

/// Reads a backup, and opens it with the backups password.
fn open_asking(
    world: &mut World<'_>,
    how: How,
    path: &Path,
) -> Result<(Vec<u8>, Body, Secret), CliError> {
    let file = read(path)?;
    let password = ask::backups_password(world, how.password_stdin)?;
    let body = backup::open(&file, &password, None)?;
    Ok((file, body, password))
}

fn verify(world: &mut World<'_>, how: How, file: Option<&Path>) -> Result<(), CliError> {
    let (chosen, body) = match file {
        // A file can be tried anywhere: it needs no vault.
        Some(file) => {
            let chosen = chosen(file)?;
            chosen.tell(world, how)?;
            let (_, body, _) = open_asking(world, how, &chosen.path)?;
            (chosen, body)
        }
        None => {
            let master = Open::before(world, how)?;
            let password = ask::backups_password(world, how.password_stdin)?;
            let (mut open, _) = Open::unlock_after(world, how, master)?;
            let chosen = own(&mut open)?;
            chosen.tell(open.world, how)?;
            let body = backup::open(&read(&chosen.path)?, &password, None)?;
            open.with_vault(|store, _, now| {
                // An older one says nothing of the newest.
                if chosen.damaged.is_empty() {
                    Note::change(store, |note| {
                        (note.typed_at, note.proven_at) = (Some(now / 1000), Some(now / 1000));
                    });
                }
                Ok::<_, BackupError>(())
            })?;
            (chosen, body)
        }
    };
    let accounts = body.present().count();
    let trashed = body.entries.len() - accounts;
    if how.json {
        let mut value = json!({ "accounts": accounts, "trashed": trashed });
        chosen.put_into(&mut value);
        return Ok(show::json(world.output, &value)?);
    }
    let path = chosen.path.display().to_string();
    let accounts = show::counted(accounts, "account");
    writeln!(world.output, "{} restores: {accounts}", show::clean(&path))?;
    Ok(())
}

fn restore(
    world: &mut World<'_>,
    how: How,
    file: Option<&Path>,
    dry_run: bool,
    deleted: bool,
) -> Result<(), CliError> {
    let named = file.map(chosen).transpose()?;
    let is_there = Open::is_there(world, how)?;
    let (mut open, file, body, chosen) = match (is_there, named) {
        (true, named) => {
            let master = Open::before(world, how)?;
            if let Some(chosen) = &named {
                chosen.tell(world, how)?;
            }
            let file = named.as_ref().map(|chosen| read(&chosen.path)).transpose()?;
            let password = ask::backups_password(world, how.password_stdin)?;
            let body = |file: &[u8]| backup::open(file, &password, None);
            // What is wrong with it is said before anybody types the next password.
            let opened = file.map(|file| Ok::<_, CliError>((body(&file)?, file))).transpose()?;
            let (mut open, _) = Open::unlock_after(world, how, master)?;
            let ((body, file), chosen) = match opened.zip(named) {
                Some(found) => found,
                None => {
                    let chosen = own(&mut open)?;
                    chosen.tell(open.world, how)?;
                    let file = read(&chosen.path)?;
                    ((body(&file)?, file), chosen)
                }
            };
            (open, file, body, chosen)
        }
        (false, None) => {
            return Err(CliError::failed(
                "there is no vault here yet: name the backup or its folder",
            ));
        }
        (false, Some(chosen)) => {
            // The lines come in the same order as where there is a vault: master password, backups password.
            let master = ask::new_password(world, how.password_stdin)?;
            chosen.tell(world, how)?;
            let (_, body, password) = open_asking(world, how, &chosen.path)?;
            let counts = counted(&Preview { new: body.entries.len(), ..Preview::default() });
            if dry_run {
                return tell(world, how, &chosen, &counts, true);
            }
            if keys::are_same(&master, &password) {
                return Err(Refusal::SamePassword.into());
            }
            // One save: where there is no room for all of it, no empty vault is left behind.
            drop(Open::recreate(world, how, &master, body)?);
            tell(world, how, &chosen, &counts, false)?;
            if !how.json {
                let words = "to have backups made on this machine, too: countersign backup \
                             set-password --folder DIR";
                writeln!(world.errors, "countersign: {words}")?;
            }
            return Ok(());
        }
    };
    let preview = open
        .with_vault(|_, vault, _| backup::preview(&vault.body, &body).map_err(BackupError::from))?;
    let mut counts = counted(&preview);
    if deleted {
        counts["brought_back"] = std::mem::replace(&mut counts["gone"], json!(0));
    }
    if dry_run {
        return tell(open.world, how, &chosen, &counts, true);
    }
    let asks = open.world.input_is_terminal && !how.json && !how.password_stdin;
    if asks {
        open.close();
        tell(world, how, &chosen, &counts, true)?;
        if ask::letter(world, "Restore? [Y/n] ", &['y', 'n'])? == 'n' {
            return Err(CliError::failed("nothing was changed"));
        }
        (open, _) = Open::unlock_after(world, how, None)?;
    }
    // The save keeps the present vault as an earlier one beside it.
    open.with_vault(|store, vault, now| {
        store.update::<_, FileError>(vault, now, |vault, at| {
            vault.restore(body, deleted, at);
            Ok(())
        })?;
        if chosen.damaged.is_empty() && backup::is_under_present(&file, vault) {
            Note::change(store, |note| note.typed_at = Some(now / 1000));
        }
        Ok::<_, BackupError>(())
    })?;
    tell(open.world, how, &chosen, &counts, false)
}

fn counted(preview: &Preview) -> serde_json::Value {
    json!({
        "new": preview.new, "changed": preview.changed, "same": preview.same, "older": preview.older,
        "deleted": preview.deleted, "gone": preview.gone,
    })
}

/// What a restore does, or has done.
fn tell(
    world: &mut World<'_>,
    how: How,
    chosen: &Chosen,
    counts: &serde_json::Value,
    before: bool,
) -> Result<(), CliError> {
    if how.json {
        let mut value = json!({ "restored": !before, "accounts": counts });
        chosen.put_into(&mut value);
        return Ok(show::json(world.output, &value)?);
    }
    let words = [
        ("new", "new"),
        ("changed", "changed"),
        ("same", "the same"),
        ("older", "newer in the vault, and kept"),
        ("deleted", "deleted for good in the backup"),
        ("gone", "deleted for good here since (--deleted brings them back)"),
        ("brought_back", "brought back"),
    ];
    let told: Vec<String> = words
        .iter()
        .filter_map(|(key, words)| {
            let count = counts.get(key)?.as_u64()?;
            (count != 0).then(|| format!("{count} {words}"))
        })
        .collect();
    let told = if told.is_empty() { "nothing".to_owned() } else { told.join(", ") };
    let lead = if before { "in the backup" } else { "restored" };
    writeln!(world.output, "{lead}: {told}")?;
    Ok(())
}
