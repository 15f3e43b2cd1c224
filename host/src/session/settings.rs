//! The settings that hold: what the person chose, what an organisation has fixed, and what a lost bus asks for.
//!
//! Never here: what they may be (`rules`), what they do.

use shared::protocol::{Offers, Refusal, SetSettings, Settings, Why};

use super::{By, Session, State, wall};
use crate::locks::clock::Readings;
use crate::locks::{Bus, Signal};
use crate::rules::{self, Organisation, RulesError};
use crate::vault::Vault;

/// Of what the system tells nothing here.
#[derive(Debug, Default)]
pub(super) struct Unheard {
    /// There has been no such bus since the start.
    missing: Vec<Bus>,
    /// logind knows no session of ours.
    no_session: bool,
}

/// Longest idle time while a bus is lost, in seconds.
const DEAF_IDLE: u32 = 60;

impl Session {
    /// The settings that hold: what the person chose, and what is fixed.
    ///
    /// # Errors
    ///
    /// [`Refusal::Locked`].
    pub fn settings(&mut self, now: Readings) -> Result<Settings, Refusal> {
        let settings = self.open(now)?.1.body.settings();
        Ok(self.organisation.overrule(settings))
    }

    /// Sets what may be set, and gives what holds then.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] for a number out of its range, [`Refusal::Managed`] if some of it is fixed,
    /// [`Refusal::NeedsMaster`], [`Refusal::Locked`], and those of a save.
    pub fn set_settings(&mut self, set: &SetSettings, now: Readings) -> Result<Settings, Refusal> {
        self.may_set(set, now)?;
        let (store, vault) = self.open(now)?;
        store.update::<_, Refusal>(vault, wall(now), |vault, at| {
            vault.body.set_settings(set, at);
            Ok(())
        })?;
        self.apply_settings();
        self.settings(now)
    }

    /// Whether these settings may be, and may be taken from whoever opened the vault. A PIN is short, and the system takes
    /// more than one finger for the person: neither may stretch for how long it opens the vault, or switch off what locks it.
    pub(super) fn may_set(&mut self, set: &SetSettings, now: Readings) -> Result<(), Refusal> {
        rules::within_bounds(set)?;
        if self.organisation.fixes(set) {
            return Err(Refusal::Managed);
        }
        self.open(now)?;
        match &self.state {
            State::Open(open)
                if open.by == By::Quick && rules::loosens(&open.vault.body.settings(), set) =>
            {
                Err(Refusal::NeedsMaster)
            }
            _ => Ok(()),
        }
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
        if !self.organisation.allows_biometrics() {
            self.quick.let_go();
        }
        self.apply_settings();
        read
    }

    /// The settings were changed.
    fn apply_settings(&mut self) {
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

    /// Notes what is heard of, and what is not.
    pub fn hear(&mut self, signal: &Signal) {
        match signal {
            Signal::BusFound(bus) => self.unheard.missing.retain(|missing| missing != bus),
            Signal::BusLost(Bus::System) => self.unheard.no_session = false,
            Signal::BusMissing(bus) => self.unheard.missing.push(*bus),
            Signal::SessionMissing => self.unheard.no_session = true,
            Signal::BusLost(Bus::Session) | Signal::Lock { .. } | Signal::Wake => {}
        }
    }

    /// What this machine can do, with what it does not tell.
    pub(super) fn with_unheard(&self, offers: Offers) -> Offers {
        let Unheard { missing, no_session } = &self.unheard;
        let is_missing = |bus| missing.contains(&bus);
        // On Linux, logind tells of the screen as well.
        let logind = cfg!(target_os = "linux") && !is_missing(Bus::System) && !no_session;
        Offers {
            sleep_unheard: is_missing(Bus::System),
            screen_unheard: is_missing(Bus::Session) && !logind,
            bus_lost: self.deaf,
            ..offers
        }
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
}

/// The settings that hold now.
pub(super) fn heeded(vault: &Vault, organisation: &Organisation, deaf: bool) -> Settings {
    let mut settings = organisation.overrule(vault.body.settings());
    if deaf && !(1..=DEAF_IDLE).contains(&settings.idle_s) {
        settings.idle_s = DEAF_IDLE;
    }
    settings
}
