//! What makes an open vault close by itself: sleep, screen lock, clocks, a lock from another host.
//!
//! [`watch`] listens and sends [`Signal`]s; the native loop has one closed list of events and turns
//! them into its own. Nobody listens for the person here: what they do is known where they do it.
//!
//! ```text
//! logind, screen savers ─ linux ┐
//! WTS, power callback ─ windows ┼─ Signal ──▶ the native loop: wipe, then drop the Hold, then tell
//! IOKit, CGSession ───── macos ─┤
//! lock.epoch ─────────── epoch ─┘            clock: Deadlines, asked each time the loop wakes
//! ```
//!
//! If the listeners can't hear any more they say so ([`Signal::BusLost`]); they never end silently.
//!
//! Never here: keys, the session, and the decision whether a setting wants the lock.

pub mod clock;
pub mod epoch;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;
use std::{fmt, mem};

use shared::protocol::Why;

use self::clock::Readings;
use self::epoch::Epoch;
#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(target_os = "macos")]
use self::macos as system;
#[cfg(windows)]
use self::windows as system;

/// How often what can't be listened to is looked at: the epoch; the console's session on macOS; an
/// inhibitor that was not retaken. A lock everywhere has 2 s to arrive.
const TICK: Duration = Duration::from_secs(1);

/// What the system said.
#[derive(Debug)]
pub enum Signal {
    /// A bus is listened to, for the first time or again.
    BusFound(Bus),
    /// A bus that was there is gone, or the service on it: its locks will not be heard. Fail closed.
    BusLost(Bus),
    /// There has been no such bus since the start. It is looked for again and again.
    BusMissing(Bus),
    /// Forget the keys. Whether a setting says otherwise is the receiver's business.
    Lock {
        /// Why.
        why: Why,
        /// What keeps the system from going on: to be dropped when the keys are gone, not before.
        hold: Option<Hold>,
    },
    /// logind knows no session of ours: of its screen lock nothing will be heard.
    SessionMissing,
    /// The computer woke. Whoever is not locked yet has missed the news of the sleep.
    Wake,
}

/// Where signals come from. Named after Linux; elsewhere the two halves of the system's API.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bus {
    /// Screen savers. Windows: the session's notifications.
    Session,
    /// Sleep, and logind's session. Windows, macOS: power notifications.
    System,
}

/// A delay inhibitor: the computer waits for its end with going to sleep, for some seconds at most
/// (logind 5, Windows 2, macOS 30). Wipe the keys, then drop it.
pub struct Hold(Option<Box<dyn FnOnce() + Send>>);

impl Hold {
    /// What lets the system go on.
    pub fn new(release: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(release)))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(release) = mem::take(&mut self.0) {
            release();
        }
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hold")
    }
}

/// What to listen to.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Where all hosts of this user have their `lock.epoch`.
    pub state_dir: PathBuf,
    /// `XDG_SESSION_ID`, where the environment has it. It is believed only if logind says that the
    /// session is this user's.
    pub session_id: Option<String>,
}

/// The listeners. They end when this is dropped, and when nobody takes their signals any more.
#[derive(Debug)]
pub struct Watchers {
    epoch: Arc<Epoch>,
    /// Nothing is sent: its end is the news.
    _stop: mpsc::Sender<()>,
}

impl Watchers {
    /// Locks every other host of this user on this machine. This one is not told: it knows.
    ///
    /// # Errors
    ///
    /// The system's; then the others have heard nothing.
    pub fn lock_everywhere(&self) -> io::Result<()> {
        self.epoch.bump()
    }
}

/// Starts to listen. `send` says whether anybody still takes signals; it must not block for long.
pub fn watch(what: Watch, send: impl Fn(Signal) -> bool + Clone + Send + 'static) -> Watchers {
    let epoch = Arc::new(Epoch::new(&what.state_dir));
    let (stop, stopped) = mpsc::channel();
    let seen = Arc::clone(&epoch);
    thread::spawn(move || {
        let listener = system::listen(what.session_id, send.clone());
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
            listener.tick();
            if seen.changed() && !send(Signal::Lock { why: Why::Everywhere, hold: None }) {
                break;
            }
        }
    });
    Watchers { epoch, _stop: stop }
}

impl Readings {
    /// The system's clocks, read one right after the other.
    pub fn now() -> Self {
        system::readings()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_releases_once_when_it_is_dropped() {
        let (sender, released) = mpsc::channel();
        let hold = Hold::new(move || sender.send(()).unwrap());
        assert_eq!(format!("{hold:?}"), "Hold");
        assert!(released.try_recv().is_err());
        drop(hold);
        released.recv().unwrap();
        assert!(released.recv().is_err());
    }

    #[test]
    fn the_clocks_run_forward_and_agree() {
        let first = Readings::now();
        let second = Readings::now();
        assert!(first.boot_ms <= second.boot_ms && first.mono_ms <= second.mono_ms);
        assert!(!clock::slept(first, second) && !clock::was_set(first, second));
        // 2020-01-01, in milliseconds.
        assert!(1_577_836_800_000 < first.wall_ms);
    }
}
