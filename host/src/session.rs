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
mod quick;
mod refusals;

use shared::Secret;
use shared::protocol::{
    Biometrics, Event, Field, Invalid, MAX_PIN, MIN_PIN, Problem, Recovery, Refusal, Response,
    SetSettings, Settings, Status, VaultState, Why,
};

use crate::backup;
use crate::backup::note::Note;
use crate::install::places::Places;
use crate::locks::clock::{Deadlines, Readings};
use crate::presence::{Presence, Said};
use crate::rules::{Organisation, RulesError};
use crate::screen::Screen;
use crate::session::desk::{Desk, Errand, Then};
use crate::stop::Stop;
use crate::vault::Vault;
use crate::vault::body::Body;
use crate::vault::entry::EntryId;
use crate::vault::file::{FileError, Store};
use crate::vault::format::{FormatError, Sealed, Slot};
use crate::vault::keys::{Derived, KdfPolicy, KeyError};
use crate::vault::recovery::{RecoveryCode, RecoveryError};
pub use job::{Done, Job, Wish};

use backups::Backups;
use job::{STACK, What};
use quick::Quick;

/// Wait after the first wrong password, in milliseconds; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: u64 = 250;
/// Longest wait between two attempts.
const LONGEST_WAIT: u64 = 5_000;

/// Longest idle time while a bus is lost, in seconds.
const DEAF_IDLE: u32 = 60;

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

    /// Work of the desk.
    ///
    /// # Errors
    ///
    /// None so far; the type is what an answer is made of.
    pub fn begin_desk(&self, errand: Errand, then: Then) -> Result<Job, Refusal> {
        Ok(self.job(What::Desk(errand, then)))
    }

    /// A picture of the screen, to be read as an import.
    pub fn begin_screen(&mut self, then: Then, now: Readings) -> Job {
        let stop = Stop::default();
        let errand =
            Errand::Screen { screen: self.screen.clone(), stop: stop.clone(), now_ms: wall(now) };
        let job = self.job(What::Desk(errand, then));
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

    /// What came of a password that was tried: forgives the wrong ones before it, or counts one more.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPassword`] with the time to wait, or what else went wrong.
    pub fn confirmed<T>(
        &mut self,
        came: Result<T, FormatError>,
        now: Readings,
    ) -> Result<T, Refusal> {
        let value = came.map_err(|err| self.failed(err, now))?;
        self.failures = 0;
        self.not_before = 0;
        Ok(value)
    }

    /// The same, of the master password that was asked again for something else than its own replacement.
    ///
    /// # Errors
    ///
    /// The same; [`Refusal::Conflict`] if another process has replaced that password meanwhile: whoever knows only
    /// the old one is given nothing any more.
    pub fn confirmed_for<T>(
        &mut self,
        sealed: &Sealed,
        came: Result<T, FormatError>,
        now: Readings,
    ) -> Result<T, Refusal> {
        let value = self.confirmed(came, now)?;
        still(self.open(now)?.1, &sealed.slots)?;
        Ok(value)
    }

    /// Makes a vault where there is none, with what a backup holds if there is one, and opens it. One save, so that
    /// no empty vault is left where there is no room for the rest.
    ///
    /// # Errors
    ///
    /// Those of a save.
    pub fn create(
        &mut self,
        derived: &Derived,
        backup: Option<Body>,
        now: Readings,
    ) -> Result<(), Refusal> {
        let vault = self.store.create_with(derived, wall(now), |vault, at| {
            if let Some(backup) = backup {
                vault.restore(backup, false, at);
            }
        })?;
        self.quick.typed(now.boot_ms);
        self.begin(vault, now);
        Ok(())
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
                count: open.vault.body.entries.values().filter(|e| e.trashed.is_none()).count(),
                rollback: open.vault.rollback,
            },
            State::Locked(why) => match self.store.read() {
                Ok(_) => VaultState::Locked { why: *why },
                Err(FileError::Absent) => self.absent_or_damaged(),
                Err(FileError::Format(FormatError::Newer)) => VaultState::Newer,
                Err(FileError::Format(_) | FileError::TooLarge) => {
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
        match self.store.refresh(&mut open.vault) {
            Ok(false) => {}
            Ok(true) => {
                let settings = heeded(&open.vault, &self.organisation, self.deaf);
                open.deadlines.set(&settings);
                self.quick.set_span(settings.master_s);
                self.quick.heed(open.vault.slots());
                self.news.push(Event::Changed);
            }
            // A moment without the file is not the end: what is in memory is what was confirmed.
            Err(FileError::Busy | FileError::Io(_)) => {}
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

    /// Whether the vault is open, after a look at the clocks.
    pub fn is_open(&mut self, now: Readings) -> bool {
        self.check(now);
        matches!(self.state, State::Open(_))
    }

    /// A person did something: the idle time begins anew.
    pub fn touch(&mut self, now: Readings) {
        if let State::Open(open) = &mut self.state {
            open.deadlines.touch(now);
        }
    }

    /// The settings that hold: what the person chose, and what is fixed.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`].
    pub fn settings(&mut self, now: Readings) -> Result<Settings, Refusal> {
        let settings = self.open(now)?.1.body.settings();
        Ok(self.organisation.overrule(settings))
    }

    /// Whether the person may set this.
    ///
    /// # Errors
    ///
    /// [`Refusal::Managed`] if some of it is fixed.
    pub fn is_free(&self, set: &SetSettings) -> Result<(), Refusal> {
        if self.organisation.fixes(set) { Err(Refusal::Managed) } else { Ok(()) }
    }

    /// The policy of the browser holds from now on.
    ///
    /// # Errors
    ///
    /// A [`RulesError`]; the defaults are fixed then.
    pub fn set_rules(&mut self, json: &str) -> Result<(), RulesError> {
        let read = self.organisation.set_browser(json);
        if !self.organisation.allows_pin() {
            self.quick.forget_pin();
        }
        if !self
            .organisation
            .overrule(Settings { biometrics: true, ..Settings::default() })
            .biometrics
        {
            self.quick.let_go();
        }
        self.apply_settings();
        read
    }

    /// The settings were changed.
    pub fn apply_settings(&mut self) {
        if let State::Open(open) = &mut self.state {
            let settings = heeded(&open.vault, &self.organisation, self.deaf);
            open.deadlines.set(&settings);
            self.quick.set_span(settings.master_s);
        }
    }

    /// A bus was lost, or all are there again. While one is lost an open vault is idle after a minute at
    /// most: a sleep or a locked screen may not be heard.
    pub fn set_deaf(&mut self, deaf: bool) {
        self.deaf = deaf;
        self.apply_settings();
    }

    /// Whether the settings of the open vault want a lock for this reason. What is not a setting is
    /// wanted.
    pub fn wants(&self, why: Why) -> bool {
        let State::Open(open) = &self.state else { return false };
        let settings = heeded(&open.vault, &self.organisation, self.deaf);
        match why {
            Why::Sleep => settings.on_sleep,
            Why::ScreenLock => settings.on_screen_lock,
            _ => true,
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

    /// The open vault's file, for a password that is asked again. With the slots of the open vault: where an
    /// older file was put into its place, that one's password is not asked for.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`], or what is wrong with the vault.
    pub fn sealed(&mut self, now: Readings) -> Result<Sealed, Refusal> {
        let (store, vault) = self.open(now)?;
        let mut sealed = store.read()?;
        sealed.slots = vault.slots().to_vec();
        Ok(sealed)
    }

    /// A password for a new vault.
    ///
    /// # Errors
    ///
    /// [`Refusal::Conflict`] if there is a vault.
    pub fn begin_create(&self, password: Secret) -> Result<Job, Refusal> {
        match self.store.read() {
            Err(FileError::Absent) => Ok(self.job(What::Create { password })),
            _ => Err(Refusal::Conflict),
        }
    }

    /// A password to unlock with.
    ///
    /// # Errors
    ///
    /// What is wrong with the vault.
    pub fn begin_unlock(&self, password: Secret) -> Result<Job, Refusal> {
        let sealed = self.store.read()?;
        Ok(self.job(What::Unlock { password, sealed }))
    }

    /// The old master password, asked again, and the new one.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`], or what is wrong with the vault.
    pub fn begin_change(
        &mut self,
        old: Secret,
        new: Secret,
        rotate: bool,
        now: Readings,
    ) -> Result<Job, Refusal> {
        let sealed = self.sealed(now)?;
        let policy = self.policy_for(&sealed);
        Ok(Job { policy, ..self.job(What::Change { old, new, rotate, sealed }) })
    }

    /// The PIN. The try is counted here, before it is tried: whoever ends the process in between has
    /// no PIN left to guess.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoPin`], or what is wrong with the vault.
    pub fn begin_pin(&mut self, pin: Secret, now: Readings) -> Result<Job, Refusal> {
        self.check(now);
        let sealed = self.store.read()?;
        self.quick.heed(&sealed.slots);
        let slot = self.quick.try_pin().ok_or(Refusal::NoPin)?;
        Ok(self.job(What::Pin { pin, slot, sealed }))
    }

    /// The person, as the system knows them, to open the vault.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoBiometrics`], or what is wrong with the vault.
    pub fn begin_presence(&mut self, now: Readings) -> Result<Job, Refusal> {
        self.check(now);
        let sealed = self.store.read()?;
        self.quick.heed(&sealed.slots);
        if self.biometrics() != Biometrics::Ready {
            return Err(Refusal::NoBiometrics);
        }
        Ok(self.ask(Wish::Unlock(sealed)))
    }

    /// The same, to turn it on: what nobody can answer is never the way in.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoBiometrics`], or [`Refusal::Locked`].
    pub fn begin_wish(&mut self, set: SetSettings, now: Readings) -> Result<Job, Refusal> {
        self.open(now)?;
        if self.biometrics() == Biometrics::None {
            return Err(Refusal::NoBiometrics);
        }
        Ok(self.ask(Wish::Set(set)))
    }

    fn ask(&mut self, wish: Wish) -> Job {
        let stop = Stop::default();
        let presence = self.presence.clone();
        let job = self.job(What::Presence { presence, stop: stop.clone(), wish });
        self.asking = stop;
        job
    }

    /// What the system said of the person.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unconfirmed`], [`Refusal::NoBiometrics`].
    pub fn confirmed_person(&mut self, answer: Said) -> Result<(), Refusal> {
        match answer {
            Said::Yes => Ok(()),
            Said::No => {
                self.quick.was_not_confirmed();
                Err(Refusal::Unconfirmed)
            }
            Said::Unable => {
                // Nothing lies in memory for a question that can't be asked.
                self.quick.let_go();
                Err(Refusal::NoBiometrics)
            }
        }
    }

    /// A PIN to be, and the master password, asked again.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] for one that is too short or too long, [`Refusal::Managed`] where none may be set,
    /// [`Refusal::Locked`], or what is wrong with the vault.
    pub fn begin_set_pin(
        &mut self,
        password: Secret,
        pin: Secret,
        now: Readings,
    ) -> Result<Job, Refusal> {
        self.open(now)?;
        if !self.organisation.allows_pin() {
            return Err(Refusal::Managed);
        }
        let problem = match pin.expose().chars().count() {
            0..MIN_PIN => Some(Problem::Short),
            MIN_PIN..=MAX_PIN => None,
            _ => Some(Problem::Long),
        };
        if let Some(problem) = problem {
            return Err(Refusal::Invalid(Invalid { field: Field::Pin, problem }));
        }
        let sealed = self.sealed(now)?;
        Ok(self.job(What::SetPin { password, pin, sealed }))
    }

    /// No PIN opens the vault any more.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`].
    pub fn remove_pin(&mut self, now: Readings) -> Result<(), Refusal> {
        self.open(now)?;
        self.quick.forget();
        Ok(())
    }

    /// The master password, asked again for a new recovery code, or to have none.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`], or what is wrong with the vault.
    pub fn begin_recovery(
        &mut self,
        password: Secret,
        make: bool,
        now: Readings,
    ) -> Result<Job, Refusal> {
        let sealed = self.sealed(now)?;
        let policy = self.policy_for(&sealed);
        Ok(Job { policy, ..self.job(What::Recovery { password, make, sealed }) })
    }

    /// A recovery code, and the master password to be.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] for what is no code or has a typing error in it, or what is wrong with the vault.
    pub fn begin_recover(&self, code: &Secret, new: Secret) -> Result<Job, Refusal> {
        let code = RecoveryCode::parse(code.expose()).map_err(|err| {
            let problem = match err {
                RecoveryError::Form => Problem::Malformed,
                RecoveryError::Typo => Problem::Typo,
            };
            Refusal::Invalid(Invalid { field: Field::Recovery, problem })
        })?;
        let sealed = self.store.read()?;
        let policy = self.policy_for(&sealed);
        Ok(Job { policy, ..self.job(What::Recover { code, new, sealed }) })
    }

    /// How long this has to wait before it is done, in milliseconds: a guess, for the wrong ones before it. Ask
    /// when it would begin, and not when it was asked for: of many that were asked for at once, each is the next.
    pub fn wait(&self, job: &Job, now: Readings) -> u64 {
        if job.guesses() { self.not_before.saturating_sub(now.boot_ms) } else { 0 }
    }

    /// What a slot costs that takes the place of this vault's: no less than any of them.
    fn policy_for(&self, sealed: &Sealed) -> KdfPolicy {
        let slots = sealed.slots.iter().filter_map(|slot| slot.params().ok());
        slots.fold(self.policy, KdfPolicy::no_less_than)
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
        Job { what, policy: self.policy, turn: turn.into() }
    }

    /// Takes up what came of a job.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPassword`] with the time to wait, or what else went wrong.
    pub fn finish(&mut self, done: Done, now: Readings) -> Result<Response, Refusal> {
        match done {
            // The handler has taken it up already.
            Done::Desk(..) => Err(Refusal::Internal),
            Done::Create(derived) => {
                self.create(&derived?, None, now)?;
                Ok(Response::Done)
            }
            Done::Offers(offers) => Ok(Response::Offers(offers)),
            Done::Pin { sealed, outcome } => match outcome {
                Ok(dek) => {
                    let Ok(vault) = self.store.open(sealed, dek) else {
                        // The data key was replaced since: this PIN will never open anything again.
                        self.quick.forget();
                        return Err(Refusal::NoPin);
                    };
                    self.quick.pin_was_right();
                    self.begin(vault, now);
                    Ok(Response::Done)
                }
                Err(FormatError::Key(KeyError::Wrong | KeyError::Password)) => {
                    match self.quick.pin_was_wrong() {
                        0 => Err(Refusal::NoPin),
                        left => Err(Refusal::WrongPin { left }),
                    }
                }
                Err(err) => Err(err.into()),
            },
            // The handler has taken it up already.
            Done::Presence(_, Wish::Set(_)) => Err(Refusal::Internal),
            Done::Presence(answer, Wish::Unlock(sealed)) => {
                self.confirmed_person(answer)?;
                let dek = self.quick.kept().ok_or(Refusal::NoBiometrics)?;
                let Ok(vault) = self.store.open(sealed, dek) else {
                    // The data key was replaced since.
                    self.quick.let_go();
                    return Err(Refusal::NoBiometrics);
                };
                self.begin(vault, now);
                Ok(Response::Done)
            }
            Done::Recover { sealed, outcome } => {
                let (dek, derived) = self.confirmed(outcome, now)?;
                let mut vault = self.store.open(sealed, dek)?;
                // Nobody could open an older copy to say that it is right: without the password that was
                // lost, this code is the only way in.
                self.store.update_accepting(&mut vault, wall(now), |vault| {
                    vault.set_password(&derived, false);
                })?;
                self.quick.forget();
                self.quick.typed(now.boot_ms);
                self.begin(vault, now);
                Ok(Response::Done)
            }
            Done::Recovery { sealed, derived, make } => {
                let derived = self.confirmed(derived, now)?;
                let (store, vault) = self.open(now)?;
                let code = make.then(RecoveryCode::generate);
                let rotated = store.update::<_, Refusal>(vault, wall(now), |vault, _| {
                    still(vault, &sealed.slots)?;
                    Ok(vault.set_recovery(code.as_ref(), &derived))
                })?;
                if rotated {
                    // What they open is the key of before.
                    self.quick.forget();
                }
                Ok(code.map_or(Response::Done, |code| {
                    Response::Recovery(Recovery { code: code.show().to_string() })
                }))
            }
            Done::SetPin { sealed, derived } => {
                let derived = self.confirmed_for(&sealed, derived, now)?;
                // Forbidden while it was derived.
                if !self.organisation.allows_pin() {
                    return Err(Refusal::Managed);
                }
                let (_, vault) = self.open(now)?;
                let (slot, slots) = (vault.pin_slot(&derived), vault.slots().to_vec());
                self.quick.set_pin(slot, &slots);
                Ok(Response::Done)
            }
            Done::Unlock { sealed, outcome } => {
                let (dek, stronger) = self.confirmed(outcome, now)?;
                let tried = sealed.slots.clone();
                let mut vault = self.store.open(sealed, dek)?;
                if let Some(derived) = stronger
                    && vault.rollback.is_none()
                {
                    // If this can't be saved, the old slot still opens: no reason to keep a person out.
                    let _ = self.store.update::<_, Refusal>(&mut vault, wall(now), |vault, _| {
                        still(vault, &tried)?;
                        vault.set_password(&derived, false);
                        Ok(())
                    });
                }
                self.quick.typed(now.boot_ms);
                self.begin(vault, now);
                Ok(Response::Done)
            }
            Done::Change { sealed, derived, rotate } => {
                let derived = self.confirmed(derived, now)?;
                let (store, vault) = self.open(now)?;
                store.update::<_, Refusal>(vault, wall(now), |vault, _| {
                    still(vault, &sealed.slots)?;
                    vault.set_password(&derived, rotate);
                    Ok(())
                })?;
                // Whoever changes the password does not want what was opened by the old one.
                self.quick.forget();
                Ok(Response::Done)
            }
        }
    }

    fn begin(&mut self, vault: Vault, now: Readings) {
        let settings = heeded(&vault, &self.organisation, self.deaf);
        let deadlines = Deadlines::new(&settings, now);
        self.quick.set_span(settings.master_s);
        self.quick.heed(vault.slots());
        self.quick.let_go();
        self.state = State::Open(Box::new(Open { vault, deadlines }));
        self.news.push(Event::Opened);
    }

    /// Counts a wrong password. Nothing is ever erased for one.
    fn failed(&mut self, err: FormatError, now: Readings) -> Refusal {
        // An empty or endless password is as wrong as any other, and says as little.
        let wrong = matches!(err, FormatError::Key(KeyError::Wrong | KeyError::Password));
        if !wrong {
            return err.into();
        }
        let retry_ms = (FIRST_WAIT << self.failures.min(10)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.boot_ms.saturating_add(retry_ms);
        Refusal::WrongPassword { retry_ms }
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

/// Refuses if a vault is not opened by what a password was tried against any more: another process may have
/// replaced the password while it was derived, and must not have that undone.
fn still(vault: &Vault, tried: &[Slot]) -> Result<(), Refusal> {
    if vault.slots() == tried { Ok(()) } else { Err(Refusal::Conflict) }
}

/// The settings that hold now.
fn heeded(vault: &Vault, organisation: &Organisation, deaf: bool) -> Settings {
    let mut settings = organisation.overrule(vault.body.settings());
    if deaf && !(1..=DEAF_IDLE).contains(&settings.idle_s) {
        settings.idle_s = DEAF_IDLE;
    }
    settings
}

/// The wall clock, in milliseconds since 1970; never before.
pub fn wall(now: Readings) -> u64 {
    u64::try_from(now.wall_ms).unwrap_or(0)
}

#[cfg(test)]
mod tests;
