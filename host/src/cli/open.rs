//! From a password to an open vault; `init` and `passwd`.
//!
//! Never here: prompts (`ask`), and what an open vault is asked for (`accounts`).

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use shared::Secret;
use shared::protocol::desk::Choice;
use shared::protocol::{
    ChangePassword, NewPassword, Refusal, Request, Response, Unlock, VaultState, Why,
};

use crate::backup::folder::Work;
use crate::backup::{self, BackupError};
use crate::cli::accounts::surprise;
use crate::cli::args::Passwd;
use crate::cli::{CliError, How, World, ask, show};
use crate::handler::{self, Answer};
use crate::intake::{self, Counts, Verdict};
use crate::session::{Session, wall};
use crate::strength;
use crate::vault::Vault;
use crate::vault::body::Body;
use crate::vault::cost::KdfPolicy;
use crate::vault::entry::{Draft, EntryId};
use crate::vault::file::Store;
use crate::vault::keys::{self, Derived};

/// How often somebody may mistype it who has said much already.
const TRIES: usize = 3;

/// A session, and who asks.
pub(crate) struct Open<'w, 'a> {
    pub(crate) world: &'w mut World<'a>,
    pub(crate) how: How,
    session: Session,
}

pub(crate) fn init(world: &mut World<'_>, how: How) -> Result<(), CliError> {
    let mut open = Open::locked(world, how);
    match open.state()? {
        VaultState::Absent => {}
        VaultState::Damaged { .. } => return Err(open.damaged()),
        _ => return Err(CliError::Failed(format!("there is a vault already at {}", open.path()))),
    }
    let password = ask::new_password(open.world, how.password_stdin)?;
    open.ask(Request::Create(NewPassword { password }))?;
    let path = open.path();
    if how.json {
        return Ok(show::json(open.world.output, &json!({ "vault": path }))?);
    }
    writeln!(open.world.output, "made a vault: {}", show::clean(&path))?;
    Ok(())
}

pub(crate) fn passwd(world: &mut World<'_>, how: How, passwd: &Passwd) -> Result<(), CliError> {
    let mut open = Open::locked(world, how);
    open.look()?;
    let old = ask::password(open.world, how.password_stdin)?;
    // Before anybody thinks of a new one.
    open.ask(Request::Unlock(Unlock { password: old.duplicate() }))?;
    let (mut open, old, new) = if how.password_stdin {
        let new = ask::new_password(open.world, true)?;
        (open, old, new)
    } else {
        drop(old);
        open.close();
        let new = ask::new_password(world, false)?;
        strength::accept(&new)?;
        writeln!(
            world.errors,
            "countersign: the vault was closed meanwhile: once more, the present one"
        )?;
        let (open, old) = Open::unlock_after(world, how, None)?;
        (open, old, new)
    };
    open.ask(Request::Password(ChangePassword { old, new, rotate: passwd.rotate }))?;
    if how.json {
        return Ok(show::json(open.world.output, &json!({ "rotated": passwd.rotate }))?);
    }
    writeln!(
        open.world.output,
        "the master password was changed; earlier saves open with the old one"
    )?;
    Ok(())
}

/// After each change, and once a day, a backup: where a folder for them was chosen.
impl Drop for Open<'_, '_> {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.session.back_up_here((self.world.now)()) {
            let folder = self.session.open((self.world.now)()).ok();
            let folder = folder.and_then(|(_, vault)| backup::folder_of(vault));
            let folder = folder.map(|path| path.display().to_string()).unwrap_or_default();
            let mut words = format!("no backup could be made in {}: {error}", show::clean(&folder));
            if matches!(error, BackupError::Folder(_)) {
                words.push_str(
                    "; connect its disk, or choose another with `countersign backup folder DIR`",
                );
            }
            // Nobody to tell if this fails.
            let _ = writeln!(self.world.errors, "countersign: {words}");
        }
    }
}

impl<'w, 'a> Open<'w, 'a> {
    /// Asks for the master password and opens the vault.
    pub(crate) fn unlock(world: &'w mut World<'a>, how: How) -> Result<Self, CliError> {
        let mut open = Self::locked(world, how);
        open.look()?;
        let password = ask::password(open.world, how.password_stdin)?;
        open.ask(Request::Unlock(Unlock { password }))?;
        Ok(open)
    }

    /// Opens the vault with a password that was asked for already.
    pub(crate) fn unlock_with(
        world: &'w mut World<'a>,
        how: How,
        password: Secret,
    ) -> Result<Self, CliError> {
        let mut open = Self::locked(world, how);
        open.look()?;
        open.ask(Request::Unlock(Unlock { password }))?;
        Ok(open)
    }

    /// What comes before questions about something else: whether there is a vault, and the master password where it is
    /// the first line of standard input. A person is asked for it last, by [`Self::unlock_after`]: a terminal waits for
    /// ever, and this process hears of no sleep and of no lock.
    pub(crate) fn before(world: &mut World<'_>, how: How) -> Result<Option<Secret>, CliError> {
        Open::locked(world, how).look()?;
        how.password_stdin.then(|| ask::password(world, true)).transpose()
    }

    /// Opens the vault after questions, with the master password of [`Self::before`] or by asking for it. Somebody who has said
    /// much already does not lose it by a slip. Gives the password, too, for what wants it once more.
    pub(crate) fn unlock_after(
        world: &'w mut World<'a>,
        how: How,
        master: Option<Secret>,
    ) -> Result<(Self, Secret), CliError> {
        let mut open = Self::locked(world, how);
        if let Some(password) = master {
            open.ask(Request::Unlock(Unlock { password: password.duplicate() }))?;
            return Ok((open, password));
        }
        let mut left = TRIES;
        loop {
            let password = ask::password(open.world, false)?;
            left -= 1;
            match open.ask(Request::Unlock(Unlock { password: password.duplicate() })) {
                Ok(_) => return Ok((open, password)),
                Err(CliError::WrongPassword) if left != 0 => {
                    writeln!(open.world.errors, "countersign: wrong master password")?;
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    /// Forgets the keys, before a person is asked something: nobody knows how long that takes.
    pub(crate) fn close(mut self) {
        self.session.lock(Why::Manual);
    }

    /// Whether there is a vault, in whatever state.
    pub(crate) fn is_there(world: &'w mut World<'a>, how: How) -> Result<bool, CliError> {
        Ok(Self::locked(world, how).state()? != VaultState::Absent)
    }

    /// A session that nobody has unlocked yet.
    pub(crate) fn locked(world: &'w mut World<'a>, how: How) -> Self {
        let store = Store::new(&world.places.vault);
        let session = Session::new(store, world.policy);
        Self { world, how, session }
    }

    /// Asks the handler, as the browser would.
    pub(crate) fn ask(&mut self, request: Request) -> Result<Response, CliError> {
        let mut answer = handler::answer(&mut self.session, request, (self.world.now)());
        loop {
            answer = match answer {
                Answer::Now(answer) => return answer.map_err(CliError::from),
                Answer::Later(job) => {
                    let wait = self.session.wait(&job, (self.world.now)());
                    std::thread::sleep(Duration::from_millis(wait));
                    handler::finish(&mut self.session, job.run(), (self.world.now)())
                }
                Answer::Folder(work, after) => {
                    handler::worked(&mut self.session, work.run(), after, (self.world.now)())
                }
            };
        }
    }

    /// Does something with the open vault.
    pub(crate) fn with_vault<T, E: Into<CliError>>(
        &mut self,
        work: impl FnOnce(&Store, &mut Vault, u64) -> Result<T, E>,
    ) -> Result<T, CliError> {
        let now = (self.world.now)();
        let (store, vault) = self.session.open(now)?;
        work(store, vault, wall(now)).map_err(Into::into)
    }

    /// Makes a backup now.
    pub(crate) fn back_up(&mut self) -> Result<PathBuf, CliError> {
        let now = (self.world.now)();
        let new = self.session.begin_backup(now)?;
        let path = new.path();
        self.session.worked(Work::Write(new).run(), now)?;
        Ok(path)
    }

    /// Makes a vault of a backup where there is none, with one save.
    pub(crate) fn recreate(
        world: &'w mut World<'a>,
        how: How,
        password: &Secret,
        backup: Body,
    ) -> Result<Self, CliError> {
        strength::accept(password)?;
        let derived = keys::normalise(password.expose())
            .and_then(|password| Derived::new(&password, world.policy.choose()))
            .map_err(Refusal::from)?;
        let mut open = Self::locked(world, how);
        open.session.create(&derived, Some(backup), (open.world.now)())?;
        Ok(open)
    }

    /// What a new password's slot costs.
    pub(crate) fn policy(&self) -> KdfPolicy {
        self.world.policy
    }

    /// What these accounts are to the vault.
    pub(crate) fn compare(&mut self, drafts: &[Draft]) -> Result<Vec<Verdict>, CliError> {
        let (_, vault) = self.session.open((self.world.now)())?;
        Ok(intake::compare(&vault.body, drafts))
    }

    /// An account's names, as they are in the vault.
    pub(crate) fn names(&mut self, id: EntryId) -> Result<(String, String), CliError> {
        let (_, vault) = self.session.open((self.world.now)())?;
        let entry = vault.entry(id).ok_or(Refusal::NotFound)?;
        Ok((entry.issuer.clone(), entry.label.clone()))
    }

    /// Takes accounts in, in one save.
    pub(crate) fn take_in(
        &mut self,
        drafts: &[Draft],
        verdicts: &[Verdict],
        choices: &[Choice],
    ) -> Result<Counts, CliError> {
        let now = (self.world.now)();
        let (store, vault) = self.session.open(now)?;
        let counts = intake::take_in(store, vault, wall(now), drafts, verdicts, choices);
        counts.map_err(|refusal| match refusal {
            Refusal::Conflict => CliError::failed(
                "the vault was changed meanwhile: nothing was imported; import once more",
            ),
            refusal => refusal.into(),
        })
    }

    pub(crate) fn state(&mut self) -> Result<VaultState, CliError> {
        match self.ask(Request::Status)? {
            Response::Status(status) => Ok(status.vault),
            _ => Err(surprise()),
        }
    }

    /// Whether there is something to open, before anybody is asked for a password.
    pub(crate) fn look(&mut self) -> Result<(), CliError> {
        match self.state()? {
            VaultState::Absent => Err(CliError::Failed(format!(
                "there is no vault at {}: make one with `countersign init`, or name one with --vault",
                self.path()
            ))),
            VaultState::Damaged { .. } => Err(self.damaged()),
            VaultState::Newer => Err(Refusal::NewerFormat.into()),
            VaultState::Unreadable => Err(Refusal::Io.into()),
            VaultState::Locked { .. } | VaultState::Unlocked { .. } => Ok(()),
        }
    }

    fn damaged(&self) -> CliError {
        CliError::Failed(format!(
            "the vault at {} is damaged: `countersign doctor` says which earlier saves are whole, \
             and `countersign revert` puts one back",
            self.path()
        ))
    }

    pub(crate) fn path(&self) -> String {
        self.session.store().path().display().to_string()
    }
}
