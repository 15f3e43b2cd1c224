//! The unlocked vault, for as long as it may stay so.
//!
//! A session begins locked. Passwords are tried on a thread of their own ([`Job`]), one at a time on this
//! machine, so that the port goes on answering; what comes of it ([`Done`]) is handed back. Before anything is
//! read or changed, the deadlines are checked and the file is looked at: another process may have saved.
//!
//! Never here: what a request means (`handler`), the pipe (`native`), a clock.

mod backups;
pub mod desk;
mod job;
mod passwords;
mod quick;
mod refusals;
mod settings;
mod unlock;

use shared::protocol::{Biometrics, Event, Refusal, Response, Status, VaultState, Why};

use crate::backup;
use crate::backup::note::Note;
use crate::disk::DiskError;
use crate::install::places::Places;
use crate::locks::clock::{Deadlines, Readings};
use crate::presence::Presence;
use crate::rules::Organisation;
use crate::screen::Screen;
use crate::session::desk::{Desk, Errand};
use crate::stop::Stop;
use crate::vault::Vault;
use crate::vault::cost::KdfPolicy;
use crate::vault::entry::EntryId;
use crate::vault::file::{FileError, Store};
use crate::vault::format::FormatError;
pub use job::{Done, Job, Tried, Wish};

use backups::Backups;
use job::{STACK, What};
use quick::Quick;
use settings::{Unheard, heeded};

/// A vault and whether it is open.
#[derive(Debug)]
pub struct Session {
    store: Store,
    policy: KdfPolicy,
    state: State,
    /// Wrong passwords in a row.
    failures: u32,
    /// Earliest time of the next attempt, in `boot_ms`.
    not_before: u64,
    /// What opens it without the master password.
    quick: Quick,
    /// What an organisation has fixed.
    organisation: Organisation,
    /// Who asks for the person.
    presence: Presence,
    screen: Screen,
    /// Ends the question that is asked now, if one is.
    asking: Stop,
    /// Ends what waits for its turn.
    patience: Stop,
    /// Of what nothing is heard.
    unheard: Unheard,
    /// A bus is lost: of sleep or of the screen's lock nothing may be heard.
    deaf: bool,
    /// Where each account's code was last used, and in which window: no code goes to a site twice.
    used: Vec<(EntryId, String, u64)>,
    /// What the browser has to be told.
    news: Vec<Event>,
    /// Counts locks. A password that was derived across one opens nothing.
    locks: u64,
    /// What is known of the folder of backups.
    backups: Backups,
    /// Files that were put here, and what came of them.
    desk: Desk,
    /// Where exports go that the extension asks for.
    exports: std::path::PathBuf,
    /// Where things lie, for whoever asks which browsers are here.
    places: Option<Places>,
}

#[derive(Debug)]
enum State {
    Locked(Option<Why>),
    Open(Box<Open>),
}

#[derive(Debug)]
struct Open {
    vault: Vault,
    deadlines: Deadlines,
    by: By,
}

/// What opened it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum By {
    /// The master password, or what takes its place: a recovery code.
    Master,
    /// A PIN, or the person as the system knows them.
    Quick,
}

impl Session {
    /// Locked. What is written costs what `policy` says.
    pub fn new(store: Store, policy: KdfPolicy) -> Self {
        let exports = store.folder().to_owned();
        Self {
            store,
            policy,
            state: State::Locked(None),
            failures: 0,
            not_before: 0,
            quick: Quick::default(),
            organisation: Organisation::default(),
            presence: Presence::default(),
            screen: Screen::default(),
            asking: Stop::default(),
            patience: Stop::default(),
            unheard: Unheard::default(),
            deaf: false,
            used: Vec::new(),
            news: Vec::new(),
            locks: 0,
            backups: Backups::default(),
            desk: Desk::default(),
            exports,
            places: None,
        }
    }

    /// Has browsers looked for in these places.
    pub fn with_places(mut self, places: Places) -> Self {
        self.places = Some(places);
        self
    }

    /// Where browsers are looked for.
    pub fn places(&self) -> Option<&Places> {
        self.places.as_ref()
    }

    /// Has the system asked for the person, where a setting wants that.
    pub fn with_presence(mut self, presence: Presence) -> Self {
        self.presence = presence;
        self
    }

    /// Has pictures of the screen be taken by the system.
    pub fn with_screen(mut self, screen: Screen) -> Self {
        self.screen = screen;
        self
    }

    /// Has an organisation fix settings.
    pub fn with_organisation(mut self, organisation: Organisation) -> Self {
        self.organisation = organisation;
        self
    }

    /// Has exports that the extension asks for go to this folder.
    pub fn with_exports(mut self, folder: std::path::PathBuf) -> Self {
        self.exports = folder;
        self
    }

    /// Has work that takes long, and that a person may lose patience with, done by this program once more.
    pub fn with_program(mut self, program: std::path::PathBuf) -> Self {
        self.desk.set_program(program);
        self
    }

    /// Where they go; beside the vault if nobody said otherwise.
    pub fn exports(&self) -> &std::path::Path {
        &self.exports
    }

    /// What lies on the desk.
    pub fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }

    /// Whether there is no vault yet.
    pub fn is_absent(&self) -> bool {
        matches!(self.state, State::Locked(_))
            && matches!(self.store.read(), Err(FileError::Absent))
            && self.store.generations().is_empty()
    }

    /// Work of the desk, asked for after this clearing of it.
    pub fn begin_desk(&self, errand: Errand, round: u64) -> Job {
        self.job(What::Desk(errand, round))
    }

    /// A picture of the screen, to be read as an import.
    pub fn begin_screen(&mut self, now: Readings) -> Job {
        let stop = Stop::default();
        let errand =
            Errand::Screen { screen: self.screen.clone(), stop: stop.clone(), now_ms: wall(now) };
        let job = self.begin_desk(errand, self.desk.round());
        let ends = stop.clone();
        self.desk.ends(move || ends.stop());
        self.asking = stop;
        job
    }

    /// What this machine can do beside the vault.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`].
    pub fn begin_offers(&mut self, now: Readings) -> Result<Job, Refusal> {
        self.open(now)?;
        Ok(self.job_beside(What::Offers(self.screen.clone())))
    }

    /// Where the vault lies.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// State of vault and session.
    pub fn status(&mut self, now: Readings) -> Status {
        self.check(now);
        let vault = match &self.state {
            State::Open(open) => VaultState::Unlocked {
                count: open.vault.body.present().count(),
                rollback: open.vault.rollback,
            },
            State::Locked(why) => match self.store.read() {
                Ok(_) => VaultState::Locked { why: *why },
                Err(FileError::Absent) => self.absent_or_damaged(),
                Err(FileError::Format(FormatError::Newer)) => VaultState::Newer,
                Err(FileError::Disk(DiskError::TooLong) | FileError::Format(_)) => {
                    VaultState::Damaged { generations: self.store.generations() }
                }
                Err(_) => VaultState::Unreadable,
            },
        };
        let recovery = match &self.state {
            State::Open(open) => open.vault.has_recovery(),
            State::Locked(_) => self.store.read().is_ok_and(|sealed| sealed.has_recovery()),
        };
        Status {
            vault,
            retry_ms: self.not_before.saturating_sub(now.boot_ms),
            pin_tries: self.quick.pin_tries(),
            recovery,
            remind: self.reminds(now),
            biometrics: self.biometrics(),
        }
    }

    /// Whether the backups password was typed too long ago.
    fn reminds(&self, now: Readings) -> bool {
        let State::Open(open) = &self.state else { return false };
        backup::has_password(&open.vault.body) && Note::read(&self.store).reminds(wall(now) / 1_000)
    }

    fn biometrics(&self) -> Biometrics {
        if !self.presence.is_offered() {
            return Biometrics::None;
        }
        if self.quick.keeps() { Biometrics::Ready } else { Biometrics::Offered }
    }

    /// No file: a new user, or one whose vault was lost while its earlier saves are still there.
    fn absent_or_damaged(&self) -> VaultState {
        let generations = self.store.generations();
        if generations.is_empty() {
            VaultState::Absent
        } else {
            VaultState::Damaged { generations }
        }
    }

    /// The open vault and where it is saved, after a look at the clocks and at the file.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`], also if this look was what locked it.
    pub fn open(&mut self, now: Readings) -> Result<(&Store, &mut Vault), Refusal> {
        self.check(now);
        let State::Open(open) = &mut self.state else { return Err(Refusal::Locked) };
        let looked = self.store.refresh(&mut open.vault);
        // A save may have taken it in as well.
        if open.vault.take_news() {
            let settings = heeded(&open.vault, &self.organisation, self.deaf);
            open.deadlines.set(&settings);
            self.quick.set_span(settings.master_s);
            self.quick.heed(open.vault.slots());
            self.news.push(Event::Changed);
        }
        match looked {
            Ok(_) => {}
            // A moment without the file is not the end: what is in memory is what was confirmed.
            Err(FileError::Busy | FileError::Disk(DiskError::Io(_) | DiskError::NotRegular)) => {}
            Err(err) => {
                let replaced = matches!(err, FileError::Replaced);
                self.lock(if replaced { Why::PasswordChanged } else { Why::VaultReplaced });
                return Err(Refusal::Locked);
            }
        }
        match &mut self.state {
            State::Open(open) => Ok((&self.store, &mut open.vault)),
            State::Locked(_) => Err(Refusal::Locked),
        }
    }

    /// Looks at the clocks and at the file while nobody asks: another process may have saved what this one is to heed,
    /// a shorter idle time or another password.
    pub fn look(&mut self, now: Readings) {
        // Locked is locked.
        let _ = self.open(now);
    }

    /// Whether the vault is open, after a look at the clocks.
    pub fn is_open(&mut self, now: Readings) -> bool {
        self.check(now);
        self.is_unlocked()
    }

    /// Whether the vault is open, without a look at the clocks.
    pub fn is_unlocked(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// A person did something: the idle time begins anew.
    pub fn touch(&mut self, now: Readings) {
        if let State::Open(open) = &mut self.state {
            open.deadlines.touch(now);
        }
    }

    /// How often it was locked, or was to be: a [`Job`] from before must not be taken up.
    pub fn locks(&self) -> u64 {
        self.locks
    }

    /// Forgets the keys.
    pub fn lock(&mut self, why: Why) {
        self.locks += 1;
        self.desk.clear();
        self.asking.stop();
        std::mem::take(&mut self.patience).stop();
        let forgets = matches!(why, Why::MasterAge | Why::PasswordChanged | Why::VaultReplaced);
        if forgets {
            self.quick.forget();
        }
        if let State::Open(open) = &self.state {
            let settings = heeded(&open.vault, &self.organisation, self.deaf);
            let keeps = settings.biometrics && self.presence.is_offered();
            if keeps && !forgets {
                self.quick.keep(open.vault.dek(), open.vault.slots());
            }
            self.state = State::Locked(Some(why));
            self.used.clear();
            zeroize::zeroize_stack::<STACK>();
            self.news.push(Event::Locked { why });
        }
    }

    /// The person's lock has reached no other host: they must be told, or they would take all of them for locked.
    pub fn locked_only_here(&mut self) {
        let State::Locked(why) = &mut self.state else { return };
        *why = Some(Why::OnlyHere);
        self.news.retain(|news| *news != Event::Locked { why: Why::Manual });
        self.news.push(Event::Locked { why: Why::OnlyHere });
    }

    /// What the browser has to be told, once.
    pub fn take_news(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.news)
    }

    /// How long until a deadline has to be looked at again; `None` if there is none.
    pub fn left(&self, now: Readings) -> Option<std::time::Duration> {
        match &self.state {
            State::Open(open) => {
                let master = self.quick.until().saturating_sub(now.boot_ms);
                Some(open.deadlines.left(now).min(std::time::Duration::from_millis(master)))
            }
            // A key that is held back goes in time, too.
            State::Locked(_) if self.quick.keeps() => {
                let left = self.quick.until().saturating_sub(now.boot_ms);
                Some(std::time::Duration::from_millis(left))
            }
            State::Locked(_) => None,
        }
    }

    /// Locks if a deadline has passed or a clock has jumped.
    pub fn check(&mut self, now: Readings) {
        let over = self.quick.until() <= now.boot_ms;
        if over {
            self.quick.forget();
        }
        if let State::Open(open) = &self.state {
            // The age comes first: whatever else is over, after it no key is held back.
            let why = over.then_some(Why::MasterAge).or_else(|| open.deadlines.check(now));
            if let Some(why) = why {
                self.lock(why);
            }
        }
    }

    fn job(&self, what: What) -> Job {
        // Whoever types a password does not wait for a window of the system.
        self.asking.stop();
        self.job_beside(what)
    }

    /// A job for which no window of the system has to go.
    fn job_beside(&self, what: What) -> Job {
        let mut turn = self.store.path().as_os_str().to_owned();
        turn.push(".turn");
        Job { what, policy: self.policy, turn: turn.into(), patience: self.patience.clone() }
    }

    /// Takes up what came of a job for the vault itself.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPassword`] with the time to wait, or what else went wrong.
    pub fn finish(&mut self, tried: Tried, now: Readings) -> Result<Response, Refusal> {
        match tried {
            Tried::Dropped => Err(Refusal::Locked),
            Tried::Offers(offers) => Ok(Response::Offers(self.with_unheard(offers))),
            Tried::Change { sealed, derived, rotate } => {
                self.finish_change(&sealed, derived, rotate, now).map(|()| Response::Done)
            }
            Tried::Create(derived) => self.create(&derived?, None, now).map(|()| Response::Done),
            Tried::Pin { sealed, outcome } => {
                self.finish_pin(sealed, outcome, now).map(|()| Response::Done)
            }
            Tried::Presence(answer, Wish::Set(set)) => {
                self.finish_wish(answer, &set, now).map(Response::Settings)
            }
            Tried::Presence(answer, Wish::Unlock(sealed)) => {
                self.finish_presence(answer, sealed, now).map(|()| Response::Done)
            }
            Tried::Recover { sealed, outcome } => {
                self.finish_recover(sealed, outcome, now).map(|()| Response::Done)
            }
            Tried::Recovery { sealed, derived, make } => {
                self.finish_recovery(&sealed, derived, make, now)
            }
            Tried::SetPin { sealed, derived } => {
                self.finish_set_pin(&sealed, derived, now).map(|()| Response::Done)
            }
            Tried::Unlock { sealed, outcome } => {
                self.finish_unlock(sealed, outcome, now).map(|()| Response::Done)
            }
        }
    }

    fn begin(&mut self, mut vault: Vault, by: By, now: Readings) {
        vault.take_news();
        if by == By::Master {
            self.quick.typed(now.boot_ms);
        }
        let settings = heeded(&vault, &self.organisation, self.deaf);
        let deadlines = Deadlines::new(&settings, now);
        self.quick.set_span(settings.master_s);
        self.quick.heed(vault.slots());
        self.quick.let_go();
        self.state = State::Open(Box::new(Open { vault, deadlines, by }));
        self.news.push(Event::Opened);
    }

    /// Whether this account's code of this window went to the site already.
    pub fn was_used(&self, id: EntryId, site: &str, window: u64) -> bool {
        self.used.iter().any(|(i, s, w)| (*i, s.as_str(), *w) == (id, site, window))
    }

    /// Notes that it goes there now.
    pub fn note_used(&mut self, id: EntryId, site: &str, window: u64) {
        self.used.retain(|(i, s, _)| (*i, s.as_str()) != (id, site));
        self.used.push((id, site.to_owned(), window));
    }
}

/// The wall clock, in milliseconds since 1970; never before.
pub fn wall(now: Readings) -> u64 {
    u64::try_from(now.wall_ms).unwrap_or(0)
}

#[cfg(test)]
mod tests;
