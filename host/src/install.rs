//! Native messaging host manifests where browsers look, and polkit's action: written, repaired, taken away.
//!
//! Never here: the vault. Uninstalling takes away what leads to it, not the vault.

pub mod browsers;
pub mod manifest;
pub mod places;
pub mod polkit;
pub mod program;
pub mod registry;
pub mod sandbox;
pub mod standing;

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use browsers::{BROWSERS, Browser, Family};
use manifest::ManifestFault;
use places::{Places, System};

/// For whom, and for which browsers.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// For all users of the machine.
    pub system: bool,
    /// For browsers that were not found, too.
    pub all: bool,
    /// For these alone, found or not.
    pub browsers: Vec<&'static Browser>,
}

/// Where one manifest lies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Spot {
    /// The manifest.
    pub file: PathBuf,
    /// On Windows: the registry key that names the file, and whether it is the machine's.
    pub key: Option<(String, bool)>,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some((key, true)) => write!(f, r"HKLM\{key}"),
            Some((key, false)) => write!(f, r"HKCU\{key}"),
            None => write!(f, "{}", self.file.display()),
        }
    }
}

impl Serialize for Spot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What became of one manifest.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There was none to take away.
    Absent,
    /// It could not be done; the note says why.
    Failed,
    /// Our file name, but another host's manifest: left alone.
    Foreign,
    /// The browser is not on this machine.
    NotFound,
    /// Taken away.
    Removed,
    /// It was wrong; the note says how.
    Repaired,
    /// It was as it should be.
    Right,
    /// The browser is there, but in a sandbox that can't start us; the note says more.
    Sandboxed,
    /// It was not there.
    Written,
}

/// One line of the report.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Name of the browser.
    pub browser: &'static str,
    /// The same for people.
    pub title: &'static str,
    /// What was done.
    pub outcome: Outcome,
    /// Where; absent if nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Spot>,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Line {
    fn new(browser: &'static Browser, outcome: Outcome) -> Self {
        let Browser { name, title, .. } = browser;
        Self { browser: name, title, outcome, manifest: None, note: None }
    }
}

/// Writes and repairs manifests.
pub fn install(places: &Places, scope: &Scope) -> Vec<Line> {
    let mut lines = Vec::new();
    for browser in chosen(scope) {
        let asked = scope.all || !scope.browsers.is_empty();
        let sandboxes = sandbox::of(browser, places);
        let usable = sandboxes.iter().any(|sandbox| sandbox.can_start);
        let notes: Vec<String> =
            sandboxes.iter().map(|sandbox| sandbox.advice(browser.title)).collect();
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        if !asked && !is_found(browser, places) && !usable {
            let outcome = if sandboxes.is_empty() { Outcome::NotFound } else { Outcome::Sandboxed };
            lines.push(Line { note, ..Line::new(browser, outcome) });
            continue;
        }
        for spot in spots(browser, places, scope.system) {
            let mut line = settle(browser, &spot, places, scope.system);
            if line.note.is_none() {
                line.note.clone_from(&note);
            }
            lines.push(Line { manifest: Some(spot), ..line });
        }
    }
    lines
}

/// Takes manifests of our name away, wherever they could have been written.
pub fn uninstall(places: &Places, scope: &Scope) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for browser in chosen(scope) {
        for spot in every_spot(browser, places, scope.system) {
            // Several browsers share a folder; the first line tells.
            if lines.iter().any(|line| line.manifest.as_ref() == Some(&spot)) {
                continue;
            }
            let line = take_away(browser, &spot);
            if line.outcome != Outcome::Absent {
                lines.push(Line { manifest: Some(spot), ..line });
            }
        }
    }
    lines
}

/// Whether the browser is on this machine, outside of sandboxes: it has run here, or its program is there.
pub fn is_found(browser: &Browser, places: &Places) -> bool {
    let spots = browser.spots(places.system);
    spots.profiles.iter().any(|profile| is_lived_in(places, profile))
        || places.has_program(spots.programs)
}

/// A folder that holds more than the manifests that somebody put there.
fn is_lived_in(places: &Places, profile: &str) -> bool {
    let Ok(items) = fs::read_dir(places.resolve(profile)) else { return false };
    items.flatten().any(|item| {
        let name = item.file_name();
        name != "NativeMessagingHosts" && name != "native-messaging-hosts"
    })
}

/// Where the browser's manifests belong: the first place always, a further one of a profile folder only
/// where that folder is.
pub fn spots(browser: &Browser, places: &Places, system: bool) -> Vec<Spot> {
    let mut wanted = every_spot(browser, places, system);
    if system || places.system == System::Windows || browser.family == Family::Firefox {
        return wanted;
    }
    let profiles = browser.spots(places.system).profiles;
    let mut nth = 0;
    wanted.retain(|_| {
        nth += 1;
        nth == 1 || profiles.get(nth - 1).is_none_or(|profile| places.resolve(profile).is_dir())
    });
    wanted
}

fn every_spot(browser: &Browser, places: &Places, system: bool) -> Vec<Spot> {
    let spots = browser.spots(places.system);
    if places.system == System::Windows {
        let family = match browser.family {
            Family::Chromium => "chromium",
            Family::Firefox => "firefox",
        };
        let file = places.data.join(family).join(manifest::file_name());
        let name = shared::protocol::HOST_NAME;
        return spots
            .hosts
            .iter()
            .map(|key| Spot { file: file.clone(), key: Some((format!(r"{key}\{name}"), system)) })
            .collect();
    }
    let folders: Vec<PathBuf> = if system {
        spots.system.iter().map(|folder| places.resolve(folder)).collect()
    } else {
        let derived = spots.profiles.iter().filter(|_| browser.family == Family::Chromium);
        derived
            .map(|profile| places.resolve(profile).join("NativeMessagingHosts"))
            .chain(spots.hosts.iter().map(|folder| places.resolve(folder)))
            .collect()
    };
    let file = manifest::file_name();
    folders.into_iter().map(|folder| Spot { file: folder.join(&file), key: None }).collect()
}

fn chosen(scope: &Scope) -> impl Iterator<Item = &'static Browser> {
    BROWSERS.iter().filter(|browser| {
        scope.browsers.is_empty() || scope.browsers.iter().any(|wanted| wanted.name == browser.name)
    })
}

/// What is wrong with a spot, key and manifest.
///
/// # Errors
///
/// The first thing that is.
pub fn check(spot: &Spot, family: Family, places: &Places) -> Result<(), ManifestFault> {
    if let Some((key, system)) = &spot.key {
        match registry::read(key, *system) {
            Ok(file) if file == spot.file => {}
            Ok(file) => return Err(ManifestFault::Path(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ManifestFault::Missing);
            }
            Err(error) => return Err(ManifestFault::Unreadable(error)),
        }
    }
    manifest::check(&spot.file, family, &places.binary)
}

fn settle(browser: &'static Browser, spot: &Spot, places: &Places, system: bool) -> Line {
    let fault = match check(spot, browser.family, places) {
        Ok(()) => return Line::new(browser, Outcome::Right),
        Err(fault) => fault,
    };
    let written = manifest::text(browser.family, &places.binary)
        .map_err(|fault| io::Error::other(fault.to_string()))
        .and_then(|text| {
            manifest::write(&spot.file, &text, if system { 0o755 } else { 0o700 })?;
            match &spot.key {
                Some((key, system)) => registry::write(key, *system, &spot.file),
                None => Ok(()),
            }
        });
    match (written, fault) {
        (Ok(()), ManifestFault::Missing) => Line::new(browser, Outcome::Written),
        (Ok(()), fault) => Line {
            note: Some(format!("the manifest that was there {fault}")),
            ..Line::new(browser, Outcome::Repaired)
        },
        (Err(error), _) => failed(browser, &error, system),
    }
}

fn take_away(browser: &'static Browser, spot: &Spot) -> Line {
    let mut outcome = Outcome::Absent;
    if let Some((key, system)) = &spot.key {
        match registry::remove(key, *system) {
            Ok(()) => outcome = Outcome::Removed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return failed(browser, &error, *system),
        }
    }
    if fs::symlink_metadata(&spot.file).is_err() {
        return Line::new(browser, outcome);
    }
    // A dangling link leads to no manifest at all; it has our name and goes too.
    let dangles = fs::metadata(&spot.file).is_err();
    if !dangles && !manifest::is_ours(&spot.file) {
        return Line::new(browser, Outcome::Foreign);
    }
    match fs::remove_file(&spot.file) {
        Ok(()) => Line::new(browser, Outcome::Removed),
        Err(error) => failed(browser, &error, false),
    }
}

fn failed(browser: &'static Browser, error: &io::Error, system: bool) -> Line {
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied if system => ": run it again as root",
        io::ErrorKind::PermissionDenied => ": the folder belongs to somebody else",
        _ => "",
    };
    Line { note: Some(format!("{error}{remedy}")), ..Line::new(browser, Outcome::Failed) }
}

#[cfg(test)]
mod tests;
