//! Step five: the machine. Clock, and whether it tells when it goes to sleep or locks its screen.
//!
//! Never here: listening to what it tells (`locks`).

use std::fs;
use std::time::UNIX_EPOCH;

use crate::doctor::Check;
use crate::install::places::{Places, System};
use crate::install::polkit::{self, Found};
use crate::rules::Rules;

/// 2026-11-22: this version was not made before.
const MADE: u64 = 1_795_305_600;
/// A code holds for 30 s; two clocks may differ by less than that.
const TOLERANCE: u64 = 30;

pub(super) fn examine(places: &Places, now_ms: u64) -> Vec<Check> {
    let mut checks = vec![clock(places, now_ms / 1000)];
    checks.extend(rules(places));
    if places.system == System::Linux {
        checks.push(bus(
            "sleep",
            Some(&places.system_bus),
            "the system's bus tells of sleep",
            "the system's bus (logind) cannot be reached: the vault locks by its timers, but \
             maybe not before this computer sleeps",
        ));
        checks.push(bus(
            "screen_lock",
            places.session_bus.as_deref(),
            "the session's bus tells of the screen lock",
            "the session's bus cannot be reached: the vault locks by its timers, but not with the \
             screen",
        ));
        checks.push(biometrics(polkit::look(places)));
    }
    checks
}

/// What the machine's administrator has fixed, if there is such a file.
fn rules(places: &Places) -> Option<Check> {
    let file = places.rules()?;
    if fs::symlink_metadata(&file).is_err() {
        return None;
    }
    Some(match Rules::of_machine(&file) {
        Ok(rules) => {
            Check::good("rules", format!("{} fixes {}", file.display(), rules.names().join(", ")))
        }
        Err(error) => Check::bad(
            "rules",
            format!("{} {error}; until then the defaults are fixed", file.display()),
            "ask the administrator of this machine to put it right (see README.md, \"For organisations\")",
        ),
    })
}

/// Codes are made from the time: a clock that is wrong makes wrong codes.
fn clock(places: &Places, now: u64) -> Check {
    let remedy = "set the clock by the network: timedatectl set-ntp true (Linux), or the system's \
                  settings for date and time";
    if now < MADE {
        return Check::bad("clock", "the clock is behind the making of this program", remedy);
    }
    for file in [&places.vault, &places.binary] {
        let modified = fs::metadata(file).and_then(|metadata| metadata.modified());
        let Ok(modified) = modified else { continue };
        let Ok(modified) = modified.duration_since(UNIX_EPOCH) else { continue };
        if now + TOLERANCE < modified.as_secs() {
            let ahead = modified.as_secs() - now;
            let finding = format!(
                "the clock is {ahead} s behind the last change of {}: it was or is wrong",
                file.display()
            );
            return Check::bad("clock", finding, remedy);
        }
    }
    let synchronised = places.resolve("/run/systemd/timesync/synchronized");
    if synchronised.exists() {
        return Check::good("clock", "the clock is set by the network");
    }
    Check::good("clock", "the clock is plausible; codes need it right to the second")
}

/// Whether the system may be asked for the person.
fn biometrics(found: Found) -> Check {
    let step = "biometrics";
    match found {
        Found::Right => Check::good(step, "the system may ask for a fingerprint to unlock"),
        Found::Nothing => Check::unknown(step, "there is no polkit here to ask for a fingerprint"),
        Found::Absent => Check::unknown(
            step,
            "the system is not asked for a fingerprint; if it should be: countersign install --system, as root",
        ),
        Found::Other => Check::bad(
            step,
            "polkit's question for a fingerprint is not the one of this version",
            "as root: countersign install --system",
        ),
    }
}

/// Whether somebody listens at a D-Bus address.
fn bus(step: &'static str, address: Option<&str>, good: &str, missing: &str) -> Check {
    let path = address.and_then(|address| {
        let first = address.split(';').next()?;
        let keys = first.strip_prefix("unix:")?;
        keys.split(',').find_map(|key| key.strip_prefix("path="))
    });
    match path {
        Some(path) if reachable(path) => Check::good(step, good),
        _ => Check::unknown(step, missing),
    }
}

#[cfg(unix)]
fn reachable(path: &str) -> bool {
    std::os::unix::net::UnixStream::connect(path).is_ok()
}

#[cfg(not(unix))]
fn reachable(_path: &str) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Health;
    use crate::install::places::places_in;

    #[test]
    fn a_clock_that_cannot_be_right_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let places = places_in(folder.path(), System::Linux);
        assert_eq!(clock(&places, MADE + 1).health, Health::Good);
        assert!(clock(&places, 0).finding.contains("behind the making"));
        fs::create_dir_all(&places.data).unwrap();
        let vault = fs::File::create(&places.vault).unwrap();
        vault.set_modified(UNIX_EPOCH + std::time::Duration::from_secs(MADE + 1000)).unwrap();
        assert_eq!(clock(&places, MADE + 1000 - TOLERANCE).health, Health::Good);
        assert!(clock(&places, MADE + 500).finding.starts_with("the clock is 500 s behind"));
    }

    #[test]
    fn what_is_fixed_is_named_and_so_is_what_is_wrong_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let places = places_in(folder.path(), System::Linux);
        assert_eq!(rules(&places), None);
        let file = places.rules().unwrap();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, r#"{"idle_s":60,"pin":false}"#).unwrap();
        assert!(rules(&places).unwrap().finding.ends_with("policy.json fixes idle_s, pin"));
        fs::write(&file, r#"{"idle":60}"#).unwrap();
        let check = rules(&places).unwrap();
        assert_eq!(check.health, Health::Bad);
        assert!(check.finding.contains("unknown field `idle`"), "{}", check.finding);
    }

    #[cfg(unix)]
    #[test]
    fn a_bus_is_tried() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bus");
        let address = format!("unix:path={},guid=1;tcp:host=x", path.display());
        assert_eq!(bus("sleep", Some(&address), "a", "b").finding, "b");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert_eq!(bus("sleep", Some(&address), "a", "b").finding, "a");
        assert_eq!(bus("sleep", None, "a", "b").health, Health::Unknown);
        assert_eq!(bus("sleep", Some("unix:abstract=x"), "a", "b").health, Health::Unknown);
    }
}
