//! Walks the chain from the browser to the vault, and names the step that fails, with its remedy.
//!
//! It changes nothing, asks for no password, and opens no vault.
//!
//! Never here: repairing, and printing.

mod browser;
mod machine;
mod program;
mod start;
mod vault;

use serde::Serialize;

use crate::harden::Weakness;
use crate::install::browsers::BROWSERS;
use crate::install::places::Places;

/// What came out of looking at one step.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It isn't, and something does not work for that reason.
    Bad,
    /// As it should be.
    Good,
    /// Not here, or it could not be found out; nothing fails for that reason alone.
    Unknown,
}

/// One step.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Check {
    /// Which: `program`, `manifest`, `start`, …
    pub step: &'static str,
    /// For which browser, where it is one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<&'static str>,
    /// The outcome.
    #[serde(rename = "verdict")]
    pub health: Health,
    /// What was found. Holds foreign text.
    pub finding: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Check {
    fn new(step: &'static str, health: Health, finding: impl Into<String>) -> Self {
        Self { step, browser: None, health, finding: finding.into(), remedy: None }
    }

    fn good(step: &'static str, finding: impl Into<String>) -> Self {
        Self::new(step, Health::Good, finding)
    }

    fn unknown(step: &'static str, finding: impl Into<String>) -> Self {
        Self::new(step, Health::Unknown, finding)
    }

    fn bad(step: &'static str, finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { remedy, ..Self::new(step, Health::Bad, finding) }
    }
}

/// Looks at everything. `weaknesses` are those of this process, `now_ms` is the wall clock.
pub fn examine(places: &Places, weaknesses: &[Weakness], now_ms: u64) -> Vec<Check> {
    let mut checks = program::examine(places, weaknesses);
    let sound = checks.iter().all(|check| check.health != Health::Bad);
    let browsers: Vec<Check> =
        BROWSERS.iter().flat_map(|browser| browser::examine(browser, places)).collect();
    if browsers.is_empty() {
        checks.push(Check::bad(
            "browser",
            "none of the browsers that Countersign knows was found",
            "start the browser once, or name it: countersign install --browser NAME",
        ));
    }
    checks.extend(browsers);
    // A program that is not sound is not started.
    if sound {
        checks.extend(start::examine(places));
    }
    checks.extend(vault::examine(places));
    checks.extend(machine::examine(places, now_ms));
    checks
}

/// Whether nothing is wrong.
pub fn is_well(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.health != Health::Bad)
}
