//! The desk: imports, exports and backups for the extension. What takes a password's time goes aside, and what
//! came of it is taken up here.
//!
//! The master password is asked again for whatever leaves the vault, and for where it leaves to.
//!
//! Never here: the files' formats (`import`, `export`, `backup`).

use std::collections::BTreeSet;

use shared::Secret;
use shared::protocol::desk::{
    Choice, Count, Desk, Export, Exported, MAX_CHOSEN, MAX_ITEMS, Of, Report, TakeIn, Told, Unfit,
};
use shared::protocol::{Refusal, Response};

use crate::backup;
use crate::backup::folder::Work;
use crate::calendar::Moment;
use crate::disk::DiskError;
use crate::export::{self, ExportError};
use crate::handler::{After, Answer, accounts, backups, imports, scan};
use crate::intake::{self, Verdict};
use crate::locks::clock::Readings;
use crate::picture::PictureError;
use crate::session::desk::{Came, Errand, Pending, Then, piece};
use crate::session::{Session, wall};
use crate::strength;
use crate::vault::body::Body;
use crate::vault::format;
use crate::vault::keys::{self, Derived};

/// Answers at once, or with work to do.
pub(super) fn answer(session: &mut Session, desk: Desk, now: Readings) -> Result<Answer, Refusal> {
    let fresh =
        matches!(&desk, Desk::Put(_) | Desk::Clear(_) | Desk::Recreate(_)) && session.is_absent();
    if !fresh && !session.is_open(now) {
        return Err(Refusal::Locked);
    }
    if desk.under().is_some_and(|number| !session.desk().is_under(number)) {
        return Err(Refusal::Conflict);
    }
    let round = session.desk().round();
    Ok(match desk {
        Desk::Clear(clear) => {
            if clear.only.is_none_or(|number| session.desk().is_under(number)) {
                session.desk().clear_under(clear.desk);
            }
            Response::Done.into()
        }
        Desk::Put(put) => session.desk().put(put).map(|()| Response::Done)?.into(),
        Desk::SetPicture(set) => {
            let id = accounts::id(&set.id)?;
            if set.remove {
                return Ok(accounts::set_picture(session, id, "", now)?.into());
            }
            let file = session.desk().last().ok_or(Refusal::BadRequest)?;
            session.begin_desk(Errand::Picture(id, file), round).into()
        }
        Desk::Read(read) => {
            let files = session.desk().files();
            let key_file = read.key_file.as_ref().map(piece).transpose()?;
            if files.is_empty() {
                return Err(Refusal::BadRequest);
            }
            let aside = session.desk().aside();
            let errand = Errand::Read { files, password: read.password, key_file, aside };
            session.begin_desk(errand, round).into()
        }
        Desk::Screen(_) => session.begin_screen(now).into(),
        Desk::TakeIn(take) => take_in(session, &take, now)?.into(),
        Desk::Export(export) => {
            if export.file_password.is_some() && !export.format.can_be_sealed() {
                return Err(Refusal::BadRequest);
            }
            export.file_password.as_ref().map(strength::accept).transpose()?;
            if MAX_CHOSEN < export.ids.len() {
                return Err(Refusal::TooLarge);
            }
            confirm(session, export.password.duplicate(), None, Then::Export(export), now)?
        }
        Desk::Qr(ask) => {
            confirm(session, ask.password, None, Then::Qr(accounts::id(&ask.id)?), now)?
        }
        Desk::Backups(_) => backups::look(session, now)?,
        Desk::BackUp(_) => backups::back_up(session, now)?,
        Desk::SetBackups(set) => {
            if let Some(chosen) = &set.backups {
                strength::accept(chosen)?;
                if keys::are_same(chosen, &set.password) {
                    return Ok(unfit(Unfit::SamePassword).into());
                }
            }
            match set.folder.as_ref().filter(|folder| !folder.is_empty()) {
                Some(folder) => Answer::Folder(Work::Name(folder.clone()), After::Set(set)),
                None => backups::confirm(session, set, now)?,
            }
        }
        Desk::OpenBackup(open) => match session.desk().last() {
            Some(file) if !format::is_ours(&file) => unfit(Unfit::NotABackup).into(),
            Some(file) => {
                session.desk().passed_over.clear();
                let aside = session.desk().aside();
                session.begin_desk(Errand::Open(file, open.password, aside), round).into()
            }
            None => match backups::folder_of(session, now)? {
                Some(folder) => {
                    Answer::Folder(Work::Look(folder), After::Find(open.password, round))
                }
                None => unfit(Unfit::NoBackup).into(),
            },
        },
        Desk::Recreate(recreate) => {
            if !fresh {
                return Err(Refusal::Exists);
            }
            strength::accept(&recreate.password)?;
            if keys::are_same(&recreate.password, &recreate.backups) {
                return Err(Refusal::SamePassword);
            }
            let file = session.desk().last().ok_or(Refusal::BadRequest)?;
            // A letter is no damaged backup.
            if !format::is_ours(&file) {
                return Ok(unfit(Unfit::NotABackup).into());
            }
            let errand = Errand::Recreate {
                file,
                backups: recreate.backups,
                password: recreate.password,
                aside: session.desk().aside(),
            };
            session.begin_desk(errand, round).into()
        }
    })
}

/// What came of work that began after this clearing of the desk.
pub(super) fn finish(
    session: &mut Session,
    came: Came,
    round: u64,
    now: Readings,
) -> Result<Answer, Refusal> {
    // It was cleared away meanwhile: nobody waits for it. What was confirmed never lay there, and a wrong password counts
    // whatever became of the desk.
    if round != session.desk().round() && !matches!(came, Came::Confirmed(..)) {
        return Err(Refusal::Conflict);
    }
    let response = match came {
        Came::Read(Ok(imported)) => imports::show(session, imported, now)?,
        Came::Read(Err(err)) => unfit(imports::unfit(err)),
        Came::NoPicture => unfit(Unfit::NoPicture),
        Came::Opened(file, Ok(body)) => backups::show(session, &file, body, now)?,
        Came::Recreated(Ok((body, derived))) => recreate(session, body, &derived, now)?,
        Came::Opened(_, Err(err)) | Came::Recreated(Err(err)) => backups::unfit(err)?,
        Came::Pictured(id, Ok(picture)) => {
            session.desk().clear();
            accounts::set_picture(session, id, &picture, now)?
        }
        Came::Pictured(_, Err(PictureError::Unreadable)) => unfit(Unfit::NotAPicture),
        Came::Pictured(_, Err(PictureError::TooLarge)) => unfit(Unfit::TooLarge),
        Came::Scanned(page, found) => scan::scanned(session, found, page, now)?,
        Came::Confirmed(sealed, confirmed, then) => {
            let derived = session.confirmed_for(&sealed, confirmed, now)?;
            match *then {
                Then::Export(export) => write(session, &export, now)?,
                Then::Qr(id) => {
                    let (_, vault) = session.open(now)?;
                    let entry = vault.entry(id).ok_or(Refusal::NotFound)?;
                    match export::qr(entry) {
                        Some(qr) => Response::Desk(Told::Qr(qr)),
                        None => unfit(Unfit::TooLong),
                    }
                }
                Then::SetBackups(set) => {
                    return backups::set(session, &set, derived.as_ref(), now);
                }
            }
        }
    };
    Ok(response.into())
}

/// Why nothing can be done with what lies there.
pub(super) fn unfit(why: Unfit) -> Response {
    Response::Desk(Told::Unfit { why })
}

pub(super) fn confirm(
    session: &mut Session,
    password: Secret,
    backups: Option<Secret>,
    then: Then,
    now: Readings,
) -> Result<Answer, Refusal> {
    let (sealed, round) = (session.sealed(now)?, session.desk().round());
    Ok(session
        .begin_desk(Errand::Confirm { password, sealed, backups, then: Box::new(then) }, round)
        .into())
}

pub(super) fn count(counts: &mut Vec<Count>, of: Of, n: usize) {
    if n != 0 {
        counts.push(Count { of, n });
    }
}

/// Longest name in a report, in characters.
pub(super) fn short(name: &str) -> String {
    name.chars().take(120).collect()
}

fn take_in(session: &mut Session, take: &TakeIn, now: Readings) -> Result<Response, Refusal> {
    let pending = session.desk().pending.take().ok_or(Refusal::Conflict)?;
    let done = take_in_pending(session, &pending, take, now);
    match &done {
        Ok(_) => session.desk().clear(),
        // What the person has chosen is of a vault that has changed: the file is read again.
        Err(Refusal::Conflict | Refusal::Locked) => {}
        // The disk is full, say: once there is room, the same is asked for again.
        Err(_) => session.desk().pending = Some(pending),
    }
    done.map(|report| Response::Desk(Told::Report(report)))
}

fn take_in_pending(
    session: &mut Session,
    pending: &Pending,
    take: &TakeIn,
    now: Readings,
) -> Result<Report, Refusal> {
    let (store, vault) = session.open(now)?;
    let mut report = Report::default();
    let counts = &mut report.counts;
    match pending {
        Pending::Import(imported, verdicts) => {
            let mut chosen = take.choices.iter();
            let choices: Vec<Choice> = verdicts
                .iter()
                .map(|verdict| match verdict {
                    Verdict::Completed(..) | Verdict::New | Verdict::Same(_) => Choice::Both,
                    Verdict::OtherNames(_) | Verdict::OtherSecret(_) => {
                        chosen.next().copied().unwrap_or_default()
                    }
                })
                .collect();
            let done =
                intake::take_in(store, vault, wall(now), &imported.drafts, verdicts, &choices)?;
            count(counts, Of::Added, done.added);
            count(counts, Of::Replaced, done.replaced);
            count(counts, Of::Completed, done.completed);
            count(counts, Of::Same, done.same);
            count(counts, Of::Kept, done.kept);
            report.items = imports::completed(&imported.drafts, verdicts).take(MAX_ITEMS).collect();
        }
        Pending::Backup(body) => {
            let preview = backup::preview(&vault.body, body)?;
            let body = backup::copy(body)?;
            store.update::<_, Refusal>(vault, wall(now), |vault, at| {
                vault.restore(body, take.deleted, at);
                Ok(())
            })?;
            let gone = if take.deleted { preview.gone } else { 0 };
            count(counts, Of::Added, preview.new + gone);
            count(counts, Of::Changed, preview.changed);
            count(counts, Of::Same, preview.same + preview.older);
        }
    }
    Ok(report)
}

fn recreate(
    session: &mut Session,
    body: Body,
    derived: &Derived,
    now: Readings,
) -> Result<Response, Refusal> {
    let mut report = Report::default();
    count(&mut report.counts, Of::Added, body.present().count());
    session.create(derived, Some(body), now)?;
    session.desk().clear();
    Ok(Response::Desk(Told::Report(report)))
}

fn write(session: &mut Session, wanted: &Export, now: Readings) -> Result<Response, Refusal> {
    let folder = session.exports().to_owned();
    let (_, vault) = session.open(now)?;
    let mut only = BTreeSet::new();
    for id in &wanted.ids {
        let id = accounts::id(id)?;
        // One that is gone meanwhile would be missed in the file later, or never.
        vault.entry(id).ok_or(Refusal::NotFound)?;
        only.insert(id);
    }
    let written = (|| -> Result<Exported, ExportError> {
        // A file's own password takes its time here, with the vault at hand: a moment, once a year.
        let sealed =
            export::write(&vault.body, &only, wanted.format, wanted.file_password.as_ref())?;
        let stem = format!("countersign-{}", Moment::at(wall(now) / 1000).date());
        let path = export::free_name(&folder, &stem, wanted.format);
        export::save(&path, &sealed.bytes, false)?;
        let names = |names: &[String]| -> Vec<String> {
            names.iter().map(|name| short(name)).take(MAX_ITEMS).collect()
        };
        Ok(Exported {
            file: path.display().to_string(),
            count: sealed.count,
            encrypted: wanted.file_password.is_some(),
            left_out: names(&sealed.left_out),
            without_qr: names(&sealed.without_qr),
        })
    })();
    match written {
        Ok(exported) => Ok(Response::Desk(Told::Exported(exported))),
        Err(ExportError::Disk(DiskError::Full)) => Err(Refusal::DiskFull),
        Err(ExportError::NotSealable) => Err(Refusal::BadRequest),
        Err(ExportError::Key(err)) => Err(err.into()),
        Err(ExportError::Disk(_) | ExportError::Exists | ExportError::Ours) => {
            Ok(unfit(Unfit::Folder))
        }
    }
}
