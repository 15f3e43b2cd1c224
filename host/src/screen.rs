//! A picture of the screen, which the system takes and the person allows: the way to a QR code that stands in no
//! page.
//!
//! ```text
//! XDG desktop portal ─ linux ─ a PNG
//! ```
//!
//! The person says in the system's own window what is in it. The portal leaves the picture in a file; that is
//! read once and taken away, since what is on it is a seed.
//!
//! Never here: what is on it (`import`), and a picture of which the person knows nothing.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
use std::time::{Duration, UNIX_EPOCH};

use zeroize::Zeroizing;

use crate::stop::Stop;

/// Who takes it.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    #[cfg(target_os = "linux")]
    portal: Option<linux::Portal>,
}

impl Screen {
    /// The system's; on Windows and macOS nobody.
    pub fn of_system() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            portal: Some(linux::Portal::of_session()),
        }
    }

    /// One on another bus.
    #[cfg(target_os = "linux")]
    pub fn at(bus: &str) -> Self {
        Self { portal: Some(linux::Portal::at(bus)) }
    }

    /// Whether there is somebody who takes pictures. The first question may start them: up to four seconds.
    pub fn is_offered(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.portal.as_ref().is_some_and(linux::Portal::is_offered);
        #[cfg(not(target_os = "linux"))]
        false
    }

    /// Has the person show what is to be read, and waits for that: for two minutes, or until it is stopped.
    /// `now_ms` is the time, in milliseconds since 1970. `None` if no picture came of it.
    pub fn take(&self, stop: &Stop, now_ms: u64) -> Option<Zeroizing<Vec<u8>>> {
        #[cfg(target_os = "linux")]
        return self.portal.as_ref()?.take(stop, UNIX_EPOCH + Duration::from_millis(now_ms));
        #[cfg(not(target_os = "linux"))]
        {
            let _ = (stop, now_ms);
            None
        }
    }
}
