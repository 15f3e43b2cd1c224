//! When something was changed: a hybrid logical clock, so that two devices agree on which change was
//! the later one without agreeing on the time.
//!
//! Never here: what was changed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment of a device: wall clock in milliseconds, a counter for moments of one millisecond (or of a
/// clock that went back), and the device, so that no two are equal.
///
/// The order is the order of changes. Written `MS-N-DEVICE` in hexadecimal.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Stamp {
    /// Milliseconds since 1970.
    pub ms: u64,
    /// Later moments of the same millisecond.
    pub n: u32,
    /// The device's short name, random.
    pub device: u32,
}

/// No stamp is later: the year 285,000, of which a double-precision number still knows each millisecond.
const LATEST_MS: u64 = (1 << 53) - 1;

/// A clock that never goes back, not even behind what it saw of others.
#[derive(Debug)]
pub struct Clock {
    last: Stamp,
}

impl Clock {
    /// A clock of `device`.
    pub fn new(device: u32) -> Self {
        Self { last: Stamp { ms: 0, n: 0, device } }
    }

    /// Takes note of somebody's stamp: the next one will be later.
    pub fn observe(&mut self, stamp: Stamp) {
        if (self.last.ms, self.last.n) < (stamp.ms, stamp.n) {
            (self.last.ms, self.last.n) = (stamp.ms, stamp.n);
        }
    }

    /// The next stamp, `now` being the wall clock in milliseconds.
    pub fn tick(&mut self, now: u64) -> Stamp {
        if self.last.ms < now {
            (self.last.ms, self.last.n) = (now, 0);
        } else if self.last.n == u32::MAX {
            (self.last.ms, self.last.n) = (self.last.ms.saturating_add(1), 0);
        } else {
            self.last.n += 1;
        }
        self.last
    }
}

impl Stamp {
    /// Seconds since 1970, for a person.
    pub fn seconds(self) -> u64 {
        self.ms / 1000
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}-{:x}", self.ms, self.n, self.device)
    }
}

/// The text is not `MS-N-DEVICE`, or later than any clock goes.
#[derive(Debug, thiserror::Error)]
#[error("not a stamp")]
pub struct NotAStamp;

impl FromStr for Stamp {
    type Err = NotAStamp;

    fn from_str(text: &str) -> Result<Self, NotAStamp> {
        let mut parts = text.split('-');
        let mut part = || parts.next().ok_or(NotAStamp);
        let stamp = Self {
            ms: u64::from_str_radix(part()?, 16).map_err(|_| NotAStamp)?,
            n: u32::from_str_radix(part()?, 16).map_err(|_| NotAStamp)?,
            device: u32::from_str_radix(part()?, 16).map_err(|_| NotAStamp)?,
        };
        // There has to be a later one.
        let is_last = LATEST_MS < stamp.ms;
        if parts.next().is_some() || is_last { Err(NotAStamp) } else { Ok(stamp) }
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_never_goes_back() {
        let mut clock = Clock::new(7);
        let first = clock.tick(1000);
        let second = clock.tick(500);
        assert!(first < second);
        clock.observe(Stamp { ms: 9000, n: 3, device: 1 });
        let third = clock.tick(2000);
        assert_eq!(third, Stamp { ms: 9000, n: 4, device: 7 });
        assert!(third < clock.tick(9001));
        // Of one millisecond, too; and where the counter is at its end, in the next one.
        let (one, other) = (clock.tick(10_000), clock.tick(10_000));
        assert_eq!((one.n, other.n), (0, 1));
        clock.observe(Stamp { ms: 10_000, n: u32::MAX, device: 1 });
        assert_eq!(clock.tick(10_000), Stamp { ms: 10_001, n: 0, device: 7 });
        // What is earlier than its own is no news to it.
        clock.observe(Stamp { ms: 10_000, n: 9, device: 1 });
        clock.observe(Stamp { ms: 10_001, n: 0, device: 9 });
        assert_eq!(clock.tick(0), Stamp { ms: 10_001, n: 1, device: 7 });
    }

    #[test]
    fn a_stamp_reads_back() {
        let stamp = Stamp { ms: 1_700_000_000_123, n: 2, device: 0xfeed };
        assert_eq!(stamp.to_string().parse::<Stamp>().unwrap(), stamp);
        assert_eq!(stamp.seconds(), 1_700_000_000);
        // The latest that there may be: after it there is still a later one.
        assert!("1fffffffffffff-0-0".parse::<Stamp>().is_ok());
        let late = "20000000000000-0-0";
        for wrong in ["", "1-2", "1-2-3-4", "x-0-0", "1-2-100000000", late] {
            assert!(wrong.parse::<Stamp>().is_err(), "{wrong}");
        }
    }
}
