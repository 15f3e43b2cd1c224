//! Whether the person whose vault this is sits before it: the system asks for a finger, a face, or what it takes
//! in their place.
//!
//! Its answer is a yes or a no and no key. So it opens nothing by itself: it lets go of a key that this
//! process has held since the master password was typed, and only a yes that the system gave to this
//! question does.
//!
//! ```text
//! polkit, and fprintd behind it ─ linux ┐
//! LocalAuthentication (Touch ID) ─ macos ┼─ Said
//! UserConsentVerifier (Hello) ── windows ┘
//! ```
//!
//! Never here: keys, and whether a setting wants it.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(target_os = "macos")]
use self::macos as system;
#[cfg(windows)]
use self::windows as system;
use crate::stop::Stop;

/// Where polkit reads that there is such a question, on Linux. `install --system` writes it.
pub const ACTION_FILE: &str = "/usr/share/polkit-1/actions/org.countersign.policy";

/// How long a person may take.
const LIMIT: Duration = Duration::from_secs(60);

/// What became of a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Said {
    /// Not the person, or nobody: refused, put away, too late, or stopped.
    No,
    /// The system can't ask here, or would say yes without asking.
    Unable,
    /// It is the person.
    Yes,
}

/// Who asks.
#[derive(Clone, Debug, Default)]
pub struct Presence(Option<system::Asker>);

impl Presence {
    /// The system's. Its address is a constant: who sets this process's environment must not name who
    /// answers.
    pub fn of_system() -> Self {
        Self(Some(system::Asker::of_system()))
    }

    /// One that is asked at another bus, and known by another file.
    #[cfg(target_os = "linux")]
    pub fn at(bus: &str, action: &std::path::Path) -> Self {
        Self(Some(system::Asker::at(bus, action)))
    }

    /// Whether there seems to be somebody who could ask. It is looked at in passing and proves nothing.
    pub fn is_offered(&self) -> bool {
        self.0.as_ref().is_some_and(system::Asker::is_offered)
    }

    /// Asks, and waits for the answer: for a minute, or until it is stopped.
    pub fn ask(&self, stop: &Stop) -> Said {
        let Some(asker) = self.0.clone() else { return Said::Unable };
        let (say, said) = mpsc::channel();
        let hang_up = say.clone();
        stop.then(move || {
            // Nobody waits any more if this fails.
            let _ = hang_up.send(Said::No);
        });
        let over = Stop::default();
        let ends = over.clone();
        // On a thread of its own: a bus that takes a call and never answers must not keep a person from
        // typing the password.
        thread::spawn(move || say.send(asker.ask(&ends)));
        let answer = said.recv_timeout(LIMIT).unwrap_or(Said::No);
        over.stop();
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_unable() {
        assert!(!Presence::default().is_offered());
        assert_eq!(Presence::default().ask(&Stop::default()), Said::Unable);
    }
}
