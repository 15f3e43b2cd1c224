//! Seconds since 1970 as people write them: the Gregorian calendar, in UTC.
//!
//! Never here: what time it is.

/// A second of the calendar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    /// From 1970.
    pub year: u64,
    /// 1 to 12.
    pub month: u64,
    /// 1 to 31.
    pub day: u64,
    /// 0 to 23.
    pub hour: u64,
    /// 0 to 59.
    pub minute: u64,
    /// 0 to 59: leap seconds are not counted since 1970.
    pub second: u64,
}

/// Days of 400 years, after which the calendar repeats itself.
const ERA: u64 = 146_097;
/// Days from the first of March of the year 0 to 1970.
const BEFORE: u64 = 719_468;

impl Moment {
    /// The moment so many seconds after 1970 began.
    pub fn at(seconds: u64) -> Self {
        // Years begin in March here, so that the leap day is the last.
        let shifted = seconds / 86_400 + BEFORE;
        let (era, of_era) = (shifted / ERA, shifted % ERA);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + u64::from(month <= 2);
        let (hour, minute) = (seconds / 3600 % 24, seconds / 60 % 60);
        Self { year, month, day, hour, minute, second: seconds % 60 }
    }

    /// `2026-11-23` (ISO 8601, section 5.2.1.1).
    pub fn date(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_six_hundred_years_follows_the_one_before() {
        let mut day = Moment::at(0);
        assert_eq!(day.date(), "1970-01-01");
        for seconds in (86_400..600 * 365 * 86_400).step_by(86_400) {
            let leap = day.year.is_multiple_of(4)
                && (!day.year.is_multiple_of(100) || day.year.is_multiple_of(400));
            let last = match day.month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day.day += 1;
            if last < day.day {
                (day.day, day.month) = (1, day.month + 1);
            }
            if 12 < day.month {
                (day.month, day.year) = (1, day.year + 1);
            }
            assert_eq!(Moment::at(seconds), day);
        }
    }

    #[test]
    fn a_second_is_where_it_belongs() {
        let at = Moment::at(951_782_399);
        assert_eq!((at.hour, at.minute, at.second), (23, 59, 59));
        assert_eq!(
            (at.date(), Moment::at(951_782_400).date()),
            ("2000-02-28".into(), "2000-02-29".into())
        );
        // No clock is so wrong that this is one's last word.
        assert_eq!(Moment::at(u64::MAX).second, u64::MAX % 60);
    }
}
