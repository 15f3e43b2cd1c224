//! What each request means: the policy and nothing else.
//!
//! It cannot fail: a refusal is an answer. While the vault is locked nothing that is in it leaks, not
//! even how much.
//!
//! Never here: the pipe (`native`), keys and files (`session`, `vault`).

mod accounts;
mod backups;
mod browsers;
mod codes;
mod desk;
mod fill;
mod imports;
mod list;
mod scan;

use shared::Secret;
use shared::protocol::desk::{SetBackups, Unfit};
use shared::protocol::{
    ListAccounts, ListCodes, MAX_ITEMS, NewPassword, Open, Opening, Refusal, Request, Response,
    VERSION, VaultState, Welcome,
};

use crate::backup::folder::{Work, Worked};
use crate::locks::clock::Readings;
use crate::session::{Done, Job, Session, wall};
use crate::strength;

/// An answer, or a password that has to be derived before there is one.
#[derive(Debug)]
pub enum Answer {
    /// Run this where it may take for ever, then [`worked`] has the answer.
    Folder(Work, After),
    /// Run this elsewhere, then [`finish`] has the answer.
    Later(Box<Job>),
    /// Send this.
    Now(Result<Response, Refusal>),
}

/// What a person waits for while something is done in the folder of backups. If the vault locks meanwhile, it
/// is dropped.
#[derive(Debug)]
pub enum After {
    /// The newest backup is found, and then to be opened, if the desk was not cleared since this clearing.
    Find(Secret, u64),
    /// It is read, and then to be opened.
    Open(Secret, u64),
    /// A folder has its whole name: backups are to go there.
    Set(SetBackups),
    /// How backups are.
    Tell,
    /// A backup is written, and then how backups are.
    Write,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self::Now(Ok(response))
    }
}

impl From<Job> for Answer {
    fn from(job: Job) -> Self {
        Self::Later(Box::new(job))
    }
}

impl<T: Into<Self>> From<Result<T, Refusal>> for Answer {
    fn from(answer: Result<T, Refusal>) -> Self {
        answer.map_or_else(|refusal| Self::Now(Err(refusal)), T::into)
    }
}

/// Answers `request`.
pub fn answer(session: &mut Session, request: Request, now: Readings) -> Answer {
    if is_gesture(&request) {
        session.touch(now);
    }
    if !request.op().is_answered_locked() && !session.is_open(now) {
        return Answer::Now(Err(Refusal::Locked));
    }
    match request {
        Request::AcceptRollback => accept_rollback(session, now).into(),
        Request::Accounts(list) => list::list(session, &list, now).map(Response::Accounts).into(),
        Request::Add(add) => accounts::add(session, add, now).into(),
        Request::Browsers => browsers::browsers(session, now).into(),
        Request::Codes(codes) => codes::codes(session, &codes, now).map(Response::Codes).into(),
        Request::Create(NewPassword { password }) => create(session, password).into(),
        Request::Delete(id) => accounts::delete(session, &id, now).into(),
        Request::Desk(desk) => desk::answer(session, desk, now).into(),
        Request::Edit(edit) => accounts::edit(session, *edit, now).into(),
        Request::Enrol(page) => scan::enrol(session, &page, now).into(),
        Request::Fill(fill) => fill::fill(session, &fill, now).into(),
        Request::Habits(page) => fill::habits(session, &page, now).into(),
        Request::Hello(hello) => welcome(session, hello.min, hello.max, now).into(),
        Request::Link(link) => fill::link(session, &link, now).into(),
        Request::Lock => {
            session.lock(shared::protocol::Why::Manual);
            Response::Done.into()
        }
        Request::MakeRecovery(unlock) => session.begin_recovery(unlock.password, true, now).into(),
        Request::NextCode(id) => codes::next_code(session, &id, now).into(),
        Request::Offers => session.begin_offers(now).into(),
        Request::Opening(open) => opening(session, open, now).into(),
        Request::Password(change) => strength::accept(&change.new)
            .and_then(|()| session.begin_change(change.old, change.new, change.rotate, now))
            .into(),
        Request::Pictures(list) => list::pictures(session, &list, now).into(),
        Request::Purge(id) => accounts::purge(session, &id, now).into(),
        Request::Recover(recover) => strength::accept(&recover.new)
            .and_then(|()| session.begin_recover(&recover.code, recover.new))
            .into(),
        Request::RemovePin => session.remove_pin(now).map(|()| Response::Done).into(),
        Request::RemoveRecovery(unlock) => {
            session.begin_recovery(unlock.password, false, now).into()
        }
        Request::Restore(id) => accounts::restore(session, &id, now).into(),
        Request::Revert(revert) => {
            let done = session.store().revert(revert.generation, wall(now));
            done.map(|()| Response::Done).map_err(Refusal::from).into()
        }
        Request::Rules(rules) => {
            let read = session.set_rules(&rules.json);
            read.map(|()| Response::Done).map_err(|_| Refusal::BadRequest).into()
        }
        Request::Scan(scan) => scan::scan(session, scan, now).into(),
        Request::SetPin(set) => session.begin_set_pin(set.password, set.pin, now).into(),
        Request::Settings => session.settings(now).map(Response::Settings).into(),
        // A fingerprint goes off at once, and on by the person.
        Request::SetSettings(set) if set.biometrics == Some(true) => {
            session.begin_wish(set, now).into()
        }
        Request::SetSettings(set) => session.set_settings(&set, now).map(Response::Settings).into(),
        Request::Spares(id) => accounts::spares(session, &id, now).into(),
        Request::Status => Response::Status(session.status(now)).into(),
        Request::Strength(NewPassword { password }) => {
            Response::Strength(strength::of(&password)).into()
        }
        Request::UnlockBiometrics => session.begin_presence(now).into(),
        Request::Unlock(unlock) => session.begin_unlock(unlock.password).into(),
        Request::UnlockPin(unlock) => session.begin_pin(unlock.pin, now).into(),
    }
}

/// Takes up what came of a job.
pub fn finish(session: &mut Session, done: Done, now: Readings) -> Answer {
    match done {
        Done::Desk(came, round) => desk::finish(session, came, round, now).into(),
        Done::Vault(tried) => session.finish(tried, now).into(),
    }
}

/// Takes up what was done in the folder of backups.
pub fn worked(session: &mut Session, worked: Worked, after: After, now: Readings) -> Answer {
    backups::worked(session, worked, after, now).into()
}

/// The answer where the folder has not answered for long. To a look at it: how backups are as far as that is known
/// without.
///
/// # Errors
///
/// [`Refusal::Locked`].
pub fn no_answer_from_the_folder(
    session: &mut Session,
    after: &After,
    now: Readings,
) -> Result<Response, Refusal> {
    if matches!(after, After::Tell) && session.is_open(now) {
        return backups::state(session, &[], now);
    }
    Ok(desk::unfit(Unfit::Folder))
}

/// Whether a person asked for it, rather than a page that is only open.
fn is_gesture(request: &Request) -> bool {
    match request {
        Request::Codes(_)
        | Request::Hello(_)
        | Request::Pictures(_)
        | Request::Rules(_)
        | Request::Settings
        | Request::Status => false,
        Request::Accounts(list) => list.cursor.is_none(),
        _ => true,
    }
}

/// Answers in one go what would take the popup four questions before its first picture.
fn opening(session: &mut Session, open: Open, now: Readings) -> Result<Response, Refusal> {
    let Open { limit, codes, page } = open;
    if MAX_ITEMS < codes {
        return Err(Refusal::BadRequest);
    }
    let status = session.status(now);
    let mut opening = Opening { status, accounts: None, codes: Vec::new(), settings: None };
    if !matches!(opening.status.vault, VaultState::Unlocked { .. }) {
        return Ok(Response::Opening(Box::new(opening)));
    }
    let list = ListAccounts { limit, page, ..ListAccounts::default() };
    let accounts = list::list(session, &list, now)?;
    let ids = accounts.items.iter().take(codes).map(|account| account.id.clone()).collect();
    opening.codes = codes::codes(session, &ListCodes { ids }, now)?.items;
    opening.accounts = Some(accounts);
    opening.settings = Some(session.settings(now)?);
    Ok(Response::Opening(Box::new(opening)))
}

fn welcome(session: &mut Session, min: u32, max: u32, now: Readings) -> Result<Response, Refusal> {
    if max < VERSION || VERSION < min {
        return Err(Refusal::Version { min: VERSION, max: VERSION });
    }
    Ok(Response::Hello(Welcome {
        v: VERSION,
        host_version: env!("CARGO_PKG_VERSION").to_owned(),
        status: session.status(now),
    }))
}

fn create(session: &mut Session, password: Secret) -> Result<Job, Refusal> {
    strength::accept(&password)?;
    session.begin_create(password)
}

fn accept_rollback(session: &mut Session, now: Readings) -> Result<Response, Refusal> {
    let (store, vault) = session.open(now)?;
    store.accept_rollback(vault, wall(now))?;
    Ok(Response::Done)
}
