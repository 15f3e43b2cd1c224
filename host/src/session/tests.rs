//! A session, its vault and its clocks: what the tests in the rooms of this one begin with.
//!
//! Never here: the key derivation, which is the vault's test; its outcome is handed in.

mod backups;
mod desk;
mod interleaving;
mod passwords;
mod person;
mod pin;
mod recovery;
mod settings;
mod vault;

use std::fs::File;

use shared::Secret;
use shared::protocol::desk::SetBackups;
use shared::protocol::{
    AddAccount, ById, EditAccount, Field, FillPage, Invalid, Kind, ListAccounts, ListCodes, Manual,
    NewPassword, Page, Problem, Recovery, Request, SetSettings,
};

use super::*;
use crate::handler::{self, Answer};
use crate::otp::{Otp, Seed};
use crate::presence::Said;
use crate::session::desk::{Came, Then};
use crate::vault::cost::KdfParams;
use crate::vault::entry::{Draft, Part};
use crate::vault::keys::{Derived, Key, KeyError};
use crate::vault::recovery::RecoveryCode;
use crate::vault::slot::Slot;

const IDLE: u64 = 15 * 60 * 1000;
const MAX_AGE: u64 = 12 * 60 * 60 * 1000;
const MASTER_AGE: u64 = 14 * 24 * 60 * 60 * 1000;

/// A vault with one account, and its data key: what Argon2id would give.
struct Fixture {
    _folder: tempfile::TempDir,
    store: Store,
    dek: Key,
    id: String,
    /// A PIN, derived.
    pin: Derived,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&folder.path().join("vault.otv"));
    let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
    let mut vault = store.create(&derived, 0).unwrap();
    let id = store
        .update::<_, FileError>(&mut vault, 0, |vault, at| {
            let seed = Seed::new(b"12345678901234567890".to_vec()).unwrap();
            let mut draft = Draft::new(Otp::totp(), seed, "Example".into(), "a".into());
            draft.sites.push("example.com".into());
            Ok(vault.add(draft, at))
        })
        .unwrap();
    let dek = store.read().unwrap().unlock(b"master").unwrap();
    let pin = Derived::new(b"2468", KdfParams::FLOOR).unwrap();
    Fixture { _folder: folder, store, dek, id: id.to_string(), pin }
}

impl Fixture {
    fn session(&self) -> Session {
        let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
        Session::new(self.store.clone(), policy)
    }

    fn unlock(&self, session: &mut Session, now: Readings) {
        let sealed = self.store.read().unwrap();
        let outcome = Ok((self.dek.duplicate(), None));
        session.finish(Tried::Unlock { sealed, outcome }, now).unwrap();
    }

    fn fail(&self, session: &mut Session, now: Readings) -> u64 {
        let sealed = self.store.read().unwrap();
        let outcome = Err(FormatError::Key(KeyError::Wrong));
        match session.finish(Tried::Unlock { sealed, outcome }, now) {
            Err(Refusal::WrongPassword { retry_ms }) => retry_ms,
            other => panic!("{other:?}"),
        }
    }

    /// Another process makes "newer" of the master password, with another data key or with the one that is there.
    fn replace_password(&self, rotate: bool) {
        let new = Derived::new(b"newer", KdfParams::FLOOR).unwrap();
        let sealed = self.store.read().unwrap();
        let mut vault = self.store.open(sealed, self.dek.duplicate()).unwrap();
        self.store
            .update::<_, FileError>(&mut vault, 0, |vault, _| {
                vault.set_password(&new, rotate);
                Ok(())
            })
            .unwrap();
    }

    /// A session that is open by "dear", which costs more than the policy asks for.
    fn dear(&self, now: Readings) -> (Session, KdfParams) {
        let mut session = self.session();
        self.unlock(&mut session, now);
        let dear = KdfParams::new(32_768, 3, 2).unwrap();
        replace_password(&mut session, b"dear", dear, now);
        (session, dear)
    }

    /// What came of a PIN to be whose master password was right.
    fn pin_to_be(&self) -> Tried {
        let Derived { prk, salt, params } = &self.pin;
        let derived = Ok(Derived { prk: prk.duplicate(), salt: *salt, params: *params });
        Tried::SetPin { sealed: self.store.read().unwrap(), derived }
    }

    /// What came of a PIN that was tried.
    fn pin_tried(&self, right: bool) -> Tried {
        let sealed = self.store.read().unwrap();
        let wrong = Err(FormatError::Key(KeyError::Wrong));
        Tried::Pin { sealed, outcome: if right { Ok(self.dek.duplicate()) } else { wrong } }
    }

    /// Requests that show something of the vault, none of which saves: ten thousand saves take minutes.
    /// The flag says whether a person asked.
    fn requests(&self) -> Vec<(bool, Request)> {
        let page =
            || Page { origin: "https://example.com".into(), top: "https://example.com".into() };
        let by = || ById { id: self.id.clone() };
        vec![
            (true, Request::Accounts(ListAccounts { limit: 10, ..ListAccounts::default() })),
            (false, Request::Codes(ListCodes { ids: vec![self.id.clone()] })),
            (
                true,
                Request::Fill(FillPage { id: None, page: page(), seen: Vec::new(), field: None }),
            ),
            (false, Request::Settings),
            (true, Request::NextCode(by())),
            (true, Request::Purge(by())),
        ]
    }
}

/// Gives the open vault another master password, and keeps its data key.
fn replace_password(session: &mut Session, password: &[u8], params: KdfParams, now: Readings) {
    let derived = Derived::new(password, params).unwrap();
    let (store, vault) = session.open(now).unwrap();
    store
        .update::<_, FileError>(vault, 0, |vault, _| {
            vault.set_password(&derived, false);
            Ok(())
        })
        .unwrap();
}

fn ask(session: &mut Session, request: Request, now: Readings) -> Result<Response, Refusal> {
    match handler::answer(session, request, now) {
        Answer::Now(answer) => answer,
        Answer::Later(job) => panic!("{job:?}"),
        Answer::Folder(work, _) => panic!("{work:?}"),
    }
}

impl From<Tried> for Done {
    fn from(tried: Tried) -> Self {
        Self::Vault(tried)
    }
}

fn finish(
    session: &mut Session,
    done: impl Into<Done>,
    now: Readings,
) -> Result<Response, Refusal> {
    match handler::finish(session, done.into(), now) {
        Answer::Now(answer) => answer,
        other => panic!("{other:?}"),
    }
}

/// The master password, asked again for something that leaves the vault.
fn confirm(session: &mut Session, then: Then, now: Readings) -> Job {
    let sealed = session.sealed(now).unwrap();
    let errand = Errand::Confirm {
        password: Secret::new("master".into()),
        sealed,
        backups: None,
        then: Box::new(then),
    };
    session.begin_desk(errand, 0)
}

/// The fixture's PIN for the open vault.
fn session_pin(fixture: &Fixture, session: &mut Session, now: Readings) -> Slot {
    session.open(now).unwrap().1.pin_slot(&fixture.pin)
}

/// What a master password of this vault costs.
fn cost(vault: &Vault) -> Option<KdfParams> {
    vault.slots().iter().find_map(|slot| slot.params().ok())
}

/// A machine that could ask: a socket and an action's file.
#[cfg(target_os = "linux")]
fn present(folder: &std::path::Path) -> (Presence, std::os::unix::net::UnixListener) {
    let (socket, action) = (folder.join("bus"), folder.join("action"));
    std::fs::write(&action, "").unwrap();
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    (Presence::at(&format!("unix:path={}", socket.display()), &action), listener)
}
