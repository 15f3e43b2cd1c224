//! What lets polkit ask for the person: our action, in the folder of all actions. For all users or nobody.
//!
//! Never here: the question itself (`presence`).

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::install::manifest;
use crate::install::places::{Places, System};
use crate::install::{Line, Outcome, Spot};
use crate::presence::ACTION_FILE;

const ACTION: &str = include_str!("../../../manifests/org.countersign.policy");

/// What there is of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Found {
    /// polkit, and nothing of ours.
    Absent,
    /// Nothing, and there is no polkit either.
    Nothing,
    /// Something else than what this version writes.
    Other,
    /// What this version writes.
    Right,
}

fn file(places: &Places) -> PathBuf {
    places.resolve(ACTION_FILE)
}

/// Looks at it.
pub fn look(places: &Places) -> Found {
    let file = file(places);
    match fs::read(&file) {
        Ok(text) if text == ACTION.as_bytes() => Found::Right,
        Ok(_) => Found::Other,
        Err(err) if err.kind() != io::ErrorKind::NotFound => Found::Other,
        Err(_) if file.parent().is_some_and(|folder| folder.is_dir()) => Found::Absent,
        Err(_) => Found::Nothing,
    }
}

/// Writes it where polkit is, or, with `all`, where it will be. `None` on systems without polkit.
pub fn install(places: &Places, all: bool) -> Option<Line> {
    if places.system != System::Linux {
        return None;
    }
    let outcome = match look(places) {
        Found::Right => return Some(line(places, Outcome::Right)),
        Found::Nothing if !all => return Some(line(places, Outcome::NotFound)),
        Found::Nothing | Found::Absent => Outcome::Written,
        Found::Other => Outcome::Repaired,
    };
    Some(match manifest::write(&file(places), ACTION, 0o755) {
        Ok(()) => line(places, outcome),
        Err(error) => failed(places, &error),
    })
}

/// Takes it away. `None` if there was nothing.
pub fn uninstall(places: &Places) -> Option<Line> {
    if places.system != System::Linux {
        return None;
    }
    match fs::remove_file(file(places)) {
        Ok(()) => Some(line(places, Outcome::Removed)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => Some(failed(places, &error)),
    }
}

fn line(places: &Places, outcome: Outcome) -> Line {
    let manifest = (outcome != Outcome::NotFound).then(|| Spot { file: file(places), key: None });
    Line { browser: "polkit", title: "Fingerprint (polkit)", outcome, manifest, note: None }
}

fn failed(places: &Places, error: &io::Error) -> Line {
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied => ": run it again as root",
        _ => "",
    };
    Line { note: Some(format!("{error}{remedy}")), ..line(places, Outcome::Failed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::places::places_in;

    #[test]
    fn the_action_comes_is_repaired_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let places = places_in(folder.path(), System::Linux);
        let outcome = |line: Option<Line>| line.map(|line| line.outcome);
        assert_eq!(outcome(install(&places, false)), Some(Outcome::NotFound));
        assert_eq!((look(&places), outcome(uninstall(&places))), (Found::Nothing, None));
        fs::create_dir_all(file(&places).parent().unwrap()).unwrap();
        assert_eq!(look(&places), Found::Absent);
        assert_eq!(outcome(install(&places, false)), Some(Outcome::Written));
        assert_eq!(outcome(install(&places, false)), Some(Outcome::Right));
        fs::write(file(&places), "<policyconfig/>").unwrap();
        assert_eq!(look(&places), Found::Other);
        assert_eq!(outcome(install(&places, false)), Some(Outcome::Repaired));
        assert_eq!(look(&places), Found::Right);
        assert_eq!(outcome(uninstall(&places)), Some(Outcome::Removed));
        assert_eq!(look(&places), Found::Absent);
        // For a package that is put together elsewhere.
        let places = places_in(&folder.path().join("package"), System::Linux);
        assert_eq!(outcome(install(&places, true)), Some(Outcome::Written));
        assert_eq!(outcome(install(&places_in(folder.path(), System::MacOs), true)), None);
    }

    #[test]
    fn nothing_is_allowed_without_being_asked_each_time() {
        let mut reader = quick_xml::Reader::from_str(ACTION);
        let (mut name, mut defaults, mut messages) = (String::new(), Vec::new(), 0);
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(tag) => {
                    tag.name().as_ref().clone_into(&mut name);
                    messages += usize::from(name == "message");
                }
                quick_xml::events::Event::Text(text) if name.starts_with("allow_") => {
                    defaults.push((name.clone(), text.trim().to_owned()));
                    name.clear();
                }
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        let expected =
            [("allow_any", "no"), ("allow_inactive", "no"), ("allow_active", "auth_self")];
        assert_eq!(defaults, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(messages, 17);
    }
}
