//! When time itself closes the vault: idle, maximum age, a sleep nobody announced, a wall clock that jumped.
//!
//! Three clocks are compared:
//!
//! ```text
//!           awake  asleep  set by a person
//! boot        ✓      ✓            –         what deadlines are counted in
//! mono        ✓      –            –         boot − mono grows: the computer slept
//! wall        ✓      ✓            ✓         wall − boot changes: somebody set it, or it was a snapshot
//! ```
//!
//! NTP slews all three alike, so the differences are constant until something happens. They are taken
//! against the moment of unlocking and not against the tick before: many small steps are a large one.
//!
//! Never here: a clock. Readings are arguments; `locks.rs` takes them.

use std::time::Duration;

use shared::protocol::{Settings, Why};

/// Sleep shorter than this (in ms) is the noise of reading two clocks one after the other.
const SLEEP_MS: i128 = 2_000;
/// How far (in ms) the wall clock may be set without codes becoming doubtful.
const WALL_MS: i128 = 5 * 60 * 1_000;
/// No wait is longer than this, so that a sleep is noticed soon after it.
const LONGEST: Duration = Duration::from_secs(5);

/// What the clocks showed at one moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Readings {
    /// Milliseconds since the computer was started, sleep included.
    pub boot_ms: u64,
    /// Milliseconds that it was awake.
    pub mono_ms: u64,
    /// Milliseconds since 1970.
    pub wall_ms: i64,
}

/// How far each clock went from one reading to another.
fn went(then: Readings, now: Readings) -> (i128, i128, i128) {
    (
        i128::from(now.boot_ms) - i128::from(then.boot_ms),
        i128::from(now.mono_ms) - i128::from(then.mono_ms),
        i128::from(now.wall_ms) - i128::from(then.wall_ms),
    )
}

/// Whether the computer slept in between.
pub fn slept(then: Readings, now: Readings) -> bool {
    let (boot, mono, _) = went(then, now);
    SLEEP_MS < boot - mono
}

/// Whether the wall clock was set in between, or something else happened that an honest clock does not do.
pub fn was_set(then: Readings, now: Readings) -> bool {
    let (boot, _, wall) = went(then, now);
    // Time since the start never runs backwards, except in a machine restored from a snapshot.
    boot < 0 || WALL_MS < (wall - boot).abs()
}

/// Until when an unlocked vault may stay so. Made when it is unlocked.
#[derive(Debug)]
pub struct Deadlines {
    opened: Readings,
    /// `boot_ms` of the last time that a person did something.
    touched: u64,
    idle: Option<u64>,
    max_age: Option<u64>,
    on_sleep: bool,
    on_clock: bool,
}

impl Deadlines {
    /// Counts from `now`.
    pub fn new(settings: &Settings, now: Readings) -> Self {
        let mut deadlines = Self {
            opened: now,
            touched: now.boot_ms,
            idle: None,
            max_age: None,
            on_sleep: true,
            on_clock: true,
        };
        deadlines.set(settings);
        deadlines
    }

    /// The settings were changed; what has passed has passed.
    pub fn set(&mut self, settings: &Settings) {
        self.idle = span(settings.idle_s);
        self.max_age = span(settings.max_age_s);
        self.on_sleep = settings.on_sleep;
        self.on_clock = settings.on_clock;
    }

    /// A person did something. Too late is too late: this revives no deadline that has passed.
    pub fn touch(&mut self, now: Readings) {
        if self.check(now).is_none() {
            self.touched = now.boot_ms;
        }
    }

    /// Whether it is time to lock. To be asked before every answer, not only when nothing happens.
    pub fn check(&self, now: Readings) -> Option<Why> {
        // One may be allowed and hide the other.
        let jump = (self.on_sleep && slept(self.opened, now))
            .then_some(Why::Sleep)
            .or_else(|| (self.on_clock && was_set(self.opened, now)).then_some(Why::Clock));
        let over = |limit: Option<u64>, since: u64| {
            limit.is_some_and(|limit| limit <= now.boot_ms.saturating_sub(since))
        };
        if jump.is_some() {
            jump
        } else if over(self.max_age, self.opened.boot_ms) {
            Some(Why::MaxAge)
        } else if over(self.idle, self.touched) {
            Some(Why::Idle)
        } else {
            None
        }
    }

    /// How long to wait for something else before [`check`](Self::check) is asked again.
    pub fn left(&self, now: Readings) -> Duration {
        let left = |limit: Option<u64>, since: u64| {
            limit.map(|limit| limit.saturating_sub(now.boot_ms.saturating_sub(since)))
        };
        [left(self.idle, self.touched), left(self.max_age, self.opened.boot_ms)]
            .into_iter()
            .flatten()
            .map(Duration::from_millis)
            .fold(LONGEST, Duration::min)
    }
}

/// Seconds of a setting in milliseconds; 0 is never.
fn span(seconds: u32) -> Option<u64> {
    (seconds != 0).then(|| u64::from(seconds) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENED: Readings =
        Readings { boot_ms: 5_000_000, mono_ms: 4_000_000, wall_ms: 1_800_000_000_000 };
    const HOUR: i64 = 3_600_000;
    const YEAR: i64 = 31_557_600_000;

    /// The clocks after `boot`, `mono` and `wall` milliseconds.
    fn after(boot: i64, mono: i64, wall: i64) -> Readings {
        Readings {
            boot_ms: OPENED.boot_ms.checked_add_signed(boot).unwrap(),
            mono_ms: OPENED.mono_ms.checked_add_signed(mono).unwrap(),
            wall_ms: OPENED.wall_ms + wall,
        }
    }

    /// Idle after 15 minutes, in any case after 12 hours.
    fn deadlines() -> Deadlines {
        Deadlines::new(&Settings::default(), OPENED)
    }

    #[test]
    fn the_table_of_clocks() {
        let minutes = |m: i64| m * 60_000;
        // What the clocks did since unlocking (boot, mono, wall; ms), and what it must lead to.
        let table = [
            ("nothing happened", 0, 0, 0, None),
            ("a minute passed", 60_000, 60_000, 60_000, None),
            ("idle − 1 s", minutes(15) - 1_000, minutes(15) - 1_000, minutes(15) - 1_000, None),
            ("idle − 1 ms", minutes(15) - 1, minutes(15) - 1, minutes(15) - 1, None),
            ("idle", minutes(15), minutes(15), minutes(15), Some(Why::Idle)),
            (
                "idle + 1 s",
                minutes(15) + 1_000,
                minutes(15) + 1_000,
                minutes(15) + 1_000,
                Some(Why::Idle),
            ),
            ("max age", 12 * HOUR, 12 * HOUR, 12 * HOUR, Some(Why::MaxAge)),
            ("slept an hour", HOUR + 10, 10, HOUR + 10, Some(Why::Sleep)),
            ("slept 2 s", 2_000, 0, 2_000, None),
            ("slept 2 s and 1 ms", 2_001, 0, 2_001, Some(Why::Sleep)),
            ("slept 3 s", 4_000, 1_000, 4_000, Some(Why::Sleep)),
            ("slept 1 s", 2_000, 1_000, 2_000, None),
            ("monotonic clock stalled", 60_000, 0, 60_000, Some(Why::Sleep)),
            ("set an hour ahead", 1_000, 1_000, 1_000 + HOUR, Some(Why::Clock)),
            ("set an hour back", 1_000, 1_000, 1_000 - HOUR, Some(Why::Clock)),
            ("set ten years ahead", 1_000, 1_000, 10 * YEAR, Some(Why::Clock)),
            ("set ten years back", 1_000, 1_000, -10 * YEAR, Some(Why::Clock)),
            ("set 5 minutes ahead", 1_000, 1_000, 1_000 + minutes(5), None),
            ("set 5 minutes and 1 s ahead", 1_000, 1_000, 2_000 + minutes(5), Some(Why::Clock)),
            ("set 5 minutes back", 1_000, 1_000, 1_000 - minutes(5), None),
            ("set 5 minutes and 1 s back", 1_000, 1_000, -minutes(5), Some(Why::Clock)),
            ("paused: only the wall clock ran", 0, 0, HOUR, Some(Why::Clock)),
            ("restored from a snapshot", -1_000, -1_000, -1_000, Some(Why::Clock)),
            ("the wall clock stalled", minutes(6), minutes(6), 0, Some(Why::Clock)),
        ];
        for (name, boot, mono, wall, expected) in table {
            assert_eq!(deadlines().check(after(boot, mono, wall)), expected, "{name}");
        }
    }

    #[test]
    fn a_touch_moves_idle_and_not_the_age() {
        let mut deadlines = deadlines();
        let same = |ms: i64| after(ms, ms, ms);
        let mut ms = 0;
        while ms + 14 * 60_000 < 12 * HOUR {
            ms += 14 * 60_000;
            assert_eq!(deadlines.check(same(ms)), None, "after {ms} ms");
            deadlines.touch(same(ms));
        }
        assert_eq!(deadlines.check(same(12 * HOUR - 1)), None);
        assert_eq!(deadlines.check(same(12 * HOUR)), Some(Why::MaxAge));
    }

    #[test]
    fn a_touch_after_the_deadline_revives_nothing() {
        let mut deadlines = deadlines();
        let late = after(HOUR, HOUR, HOUR);
        deadlines.touch(late);
        assert_eq!(deadlines.check(late), Some(Why::Idle));
    }

    #[test]
    fn small_steps_add_up() {
        let deadlines = deadlines();
        assert_eq!(deadlines.check(after(1_500, 0, 1_500)), None);
        assert_eq!(deadlines.check(after(3_000, 0, 3_000)), Some(Why::Sleep));
        assert_eq!(deadlines.check(after(0, 0, 4 * 60_000)), None);
        assert_eq!(deadlines.check(after(0, 0, 8 * 60_000)), Some(Why::Clock));
    }

    #[test]
    fn idle_counts_through_a_sleep_that_is_allowed() {
        let settings = Settings { on_sleep: false, ..Settings::default() };
        let deadlines = Deadlines::new(&settings, OPENED);
        assert_eq!(deadlines.check(after(10 * 60_000, 0, 10 * 60_000)), None);
        assert_eq!(deadlines.check(after(15 * 60_000, 0, 15 * 60_000)), Some(Why::Idle));
    }

    #[test]
    fn a_clock_that_may_be_set_locks_nothing_and_a_sleep_that_is_allowed_hides_no_other() {
        let free = Settings { on_clock: false, ..Settings::default() };
        let set = after(1_000, 1_000, 1_000 + HOUR);
        assert_eq!(Deadlines::new(&free, OPENED).check(set), None);
        let sleepless = Settings { on_sleep: false, ..Settings::default() };
        let both = after(60_000, 1_000, 60_000 + HOUR);
        assert_eq!(Deadlines::new(&sleepless, OPENED).check(both), Some(Why::Clock));
        assert_eq!(Deadlines::new(&free, OPENED).check(both), Some(Why::Sleep));
    }

    #[test]
    fn zero_is_never() {
        let settings = Settings { idle_s: 0, max_age_s: 0, ..Settings::default() };
        let deadlines = Deadlines::new(&settings, OPENED);
        let later = after(10 * YEAR, 10 * YEAR, 10 * YEAR);
        assert_eq!(deadlines.check(later), None);
        assert_eq!(deadlines.left(later), LONGEST);
    }

    #[test]
    fn changed_settings_hold_at_once() {
        let mut deadlines = deadlines();
        let later = after(60_000, 60_000, 60_000);
        assert_eq!(deadlines.check(later), None);
        deadlines.set(&Settings { idle_s: 30, ..Settings::default() });
        assert_eq!(deadlines.check(later), Some(Why::Idle));
        assert_eq!(deadlines.left(later), Duration::ZERO);
    }

    #[test]
    fn the_wait_ends_with_the_deadline_and_is_never_long() {
        let deadlines = deadlines();
        let at = |ms: i64| deadlines.left(after(ms, ms, ms));
        assert_eq!(at(0), LONGEST);
        assert_eq!(at(15 * 60_000 - 5_000), LONGEST);
        assert_eq!(at(15 * 60_000 - 4_999), Duration::from_millis(4_999));
        assert_eq!(at(15 * 60_000 - 1), Duration::from_millis(1));
        assert_eq!(at(15 * 60_000), Duration::ZERO);
        assert_eq!(at(HOUR), Duration::ZERO);
    }
}
