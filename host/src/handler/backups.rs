//! Backups for the extension: how they are, where they go, and what one would bring back.
//!
//! Never here: the files (`backup`), taking one in (`desk`).

use std::path::PathBuf;
use std::sync::Arc;

use shared::protocol::desk::{Backups, MAX_ITEMS, Of, Report, SetBackups, Told, Unfit};
use shared::protocol::{Refusal, Response};
use zeroize::Zeroizing;

use super::desk::{self, count, short};
use crate::backup::folder::{Found, Work, Worked};
use crate::backup::note::Note;
use crate::backup::{self, BackupError};
use crate::disk::DiskError;
use crate::handler::{After, Answer};
use crate::locks::clock::Readings;
use crate::session::desk::{Errand, Pending, Then};
use crate::session::{Session, wall};
use crate::vault::body::Body;
use crate::vault::file::FileError;
use crate::vault::format::FormatError;
use crate::vault::keys::{Derived, KeyError};

pub(super) fn confirm(
    session: &mut Session,
    mut set: SetBackups,
    now: Readings,
) -> Result<Answer, Refusal> {
    let (password, chosen) = (set.password.duplicate(), set.backups.take());
    desk::confirm(session, password, chosen, Then::SetBackups(set), now)
}

/// Takes up a change of how backups are made, now that the master password was right.
pub(super) fn set(
    session: &mut Session,
    set: &SetBackups,
    derived: Option<&Derived>,
    now: Readings,
) -> Result<Answer, Refusal> {
    let (store, vault) = session.open(now)?;
    let change = backup::Change { password: derived, folder: set.folder.as_deref() };
    backup::change(store, vault, wall(now), change)?;
    if backup::has_password(&vault.body) && backup::folder_of(vault).is_some() {
        // The change is saved. What becomes of the first backup is among what is told.
        begin(session, After::Tell, now)
    } else {
        look(session, now)
    }
}

pub(super) fn back_up(session: &mut Session, now: Readings) -> Result<Answer, Refusal> {
    begin(session, After::Write, now)
}

fn begin(session: &mut Session, after: After, now: Readings) -> Result<Answer, Refusal> {
    match session.begin_backup(now) {
        Ok(new) => Ok(Answer::Folder(Work::Write(new), after)),
        Err(err) => Ok(unfit(err)?.into()),
    }
}

/// Looks what is in the folder, and tells how backups are.
pub(super) fn look(session: &mut Session, now: Readings) -> Result<Answer, Refusal> {
    Ok(match folder_of(session, now)? {
        Some(folder) => Answer::Folder(Work::Look(folder), After::Tell),
        None => state(session, &[], now)?.into(),
    })
}

pub(super) fn folder_of(session: &mut Session, now: Readings) -> Result<Option<PathBuf>, Refusal> {
    Ok(backup::folder_of(session.open(now)?.1))
}

/// Takes up what was done in the folder of backups.
pub(super) fn worked(
    session: &mut Session,
    worked: Worked,
    after: After,
    now: Readings,
) -> Result<Answer, Refusal> {
    Ok(match (worked, after) {
        (Worked::Named(Some(folder)), After::Set(mut set)) => {
            set.folder = Some(folder);
            confirm(session, set, now)?
        }
        (_, After::Set(_)) => desk::unfit(Unfit::Folder).into(),
        (Worked::Read(Ok(file)), After::Open(password, round)) => {
            session.desk().taken(&file);
            let aside = session.desk().aside();
            session
                .begin_desk(Errand::Open(Arc::new(Zeroizing::new(file)), password, aside), round)
                .into()
        }
        (Worked::Read(Err(err)), _) => unfit(err)?.into(),
        (worked, after) => {
            let mut torn: Vec<Found> = match &worked {
                Worked::Looked(Ok(found)) => {
                    found.iter().filter(|it| it.is_torn()).cloned().collect()
                }
                _ => Vec::new(),
            };
            match (session.worked(worked, now), after) {
                (Ok(mut own), After::Find(password, round)) if !own.is_empty() => {
                    let paths = own.iter().map(|found| found.path.clone()).collect();
                    own.append(&mut torn);
                    session.desk().tried = own;
                    Answer::Folder(Work::Read(paths), After::Open(password, round))
                }
                (Ok(_), After::Find(..)) => desk::unfit(Unfit::NoBackup).into(),
                (Ok(own), _) => state(session, &own, now)?.into(),
                // How backups are is told also where the folder is gone; it is among what is told.
                (Err(_), After::Tell) => state(session, &[], now)?.into(),
                (Err(err), _) => unfit(err)?.into(),
            }
        }
    })
}

pub(super) fn state(
    session: &mut Session,
    own: &[Found],
    now: Readings,
) -> Result<Response, Refusal> {
    let (store, vault) = session.open(now)?;
    let note = Note::read(store);
    Ok(Response::Desk(Told::Backups(Backups {
        has_password: backup::has_password(&vault.body),
        folder: backup::folder_of(vault).map(|path| path.display().to_string()).unwrap_or_default(),
        count: own.len(),
        newest: own.first().map(|found| found.saved_at),
        proven_at: note.proven_at,
        failed_at: note.failed_at,
        remind: note.reminds(wall(now) / 1000),
    })))
}

pub(super) fn unfit(err: BackupError) -> Result<Response, Refusal> {
    let why = match err {
        BackupError::Format(err) => match err {
            FormatError::Torn | FormatError::Header | FormatError::Body => Unfit::Corrupt,
            FormatError::Layout => Unfit::NotABackup,
            FormatError::Newer => Unfit::UnsupportedVersion,
            FormatError::Key(KeyError::Wrong | KeyError::Password) => Unfit::WrongPassword,
            FormatError::Key(KeyError::Bounds) => Unfit::KdfCostTooHigh,
            FormatError::Key(KeyError::Damaged) => Unfit::Corrupt,
            FormatError::Key(KeyError::Taken) => Unfit::SamePassword,
            FormatError::Key(KeyError::Memory) => return Err(Refusal::Memory),
        },
        BackupError::Differs => Unfit::Corrupt,
        BackupError::Disk(DiskError::Full)
        | BackupError::Vault(FileError::Disk(DiskError::Full)) => {
            return Err(Refusal::DiskFull);
        }
        BackupError::Disk(_) | BackupError::Folder(_) | BackupError::Vault(_) => Unfit::Folder,
        BackupError::NoFolder | BackupError::NoPassword => Unfit::NoBackups,
        BackupError::None => Unfit::NoBackup,
    };
    Ok(desk::unfit(why))
}

pub(super) fn show(
    session: &mut Session,
    file: &[u8],
    body: Body,
    now: Readings,
) -> Result<Response, Refusal> {
    let damaged = std::mem::take(&mut session.desk().passed_over);
    let (store, vault) = session.open(now)?;
    let preview = backup::preview(&vault.body, &body)?;
    // Whoever knows the password of an older one may have forgotten the newest's.
    if damaged.is_empty() && backup::is_under_present(file, vault) {
        Note::change(store, |note| note.typed_at = Some(wall(now) / 1000));
    }
    let header = backup::parse(file)?.header;
    let mut report = Report {
        source: "Countersign".to_owned(),
        saved_at: u64::try_from(header.saved_at).ok(),
        damaged: damaged.iter().map(|name| short(name)).take(MAX_ITEMS).collect(),
        ..Report::default()
    };
    for (of, n) in [
        (Of::New, preview.new),
        (Of::Changed, preview.changed),
        (Of::Same, preview.same),
        (Of::Older, preview.older),
        (Of::Deleted, preview.deleted),
        (Of::Gone, preview.gone),
    ] {
        count(&mut report.counts, of, n);
    }
    session.desk().pending = Some(Pending::Backup(body));
    Ok(Response::Desk(Told::Report(report)))
}
