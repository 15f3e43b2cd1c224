//! Which of many saves are kept as they grow old.
//!
//! Never here: where they lie, what removes them.

/// The last ones, then one for each of so many days and 30-day months.
const KEEP_LAST: usize = 5;
const KEEP_DAYS: usize = 7;
const KEEP_MONTHS: usize = 6;
const DAY: u64 = 24 * 60 * 60;

/// Which saves to keep, given when they were made in seconds since 1970, the newest first: the last ones, and
/// the newest of each of so many days and months. Days of the calendar, not of their age: what is the last of
/// its day stays so, and grows old.
pub fn kept(times: &[u64]) -> Vec<bool> {
    let (mut days, mut months) = (Vec::new(), Vec::new());
    (0..)
        .zip(times)
        .map(|(n, time): (usize, &u64)| {
            let (day, month) = (time / DAY, time / (30 * DAY));
            let new_day = days.len() < KEEP_DAYS && !days.contains(&day);
            if new_day {
                days.push(day);
            }
            let new_month = months.len() < KEEP_MONTHS && !months.contains(&month);
            if new_month {
                months.push(month);
            }
            n < KEEP_LAST || new_day || new_month
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saves_are_thinned_out_as_they_grow_old() {
        // A save every six hours for more than a year, and a look at what is left after each.
        let mut times: Vec<u64> = Vec::new();
        for save in 0..4 * 400 {
            times.insert(0, save * DAY / 4);
            let mut keep = kept(&times).into_iter();
            times.retain(|_| keep.next() == Some(true));
        }
        let now = times[0];
        let hours: Vec<u64> = times.iter().map(|time| (now - time) / 3600).collect();
        let days: Vec<u64> = hours.iter().map(|hour| hour / 24).collect();
        assert_eq!(hours[..5], [0, 6, 12, 18, 24]);
        assert_eq!(days[5..], [2, 3, 4, 5, 6, 10, 40, 70, 100, 130]);
    }
}
