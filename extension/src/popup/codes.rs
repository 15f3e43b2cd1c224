//! The codes that are known, and until when: a code and its successor come together, so that the
//! switch costs no round trip.
//!
//! Times are milliseconds of the popup's clock; only differences count.
//!
//! Never here: a way to make a code.

use std::collections::HashMap;

use shared::protocol::Code;

/// See the module.
#[derive(Debug, Default)]
pub struct Codes {
    held: HashMap<String, Held>,
}

/// A code that is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Held {
    /// The code; empty if the account has none.
    pub code: String,
    /// Its successor, while it is known.
    pub next: Option<String>,
    /// When the successor takes its place; `None` for HOTP.
    pub until: Option<u64>,
    /// Length of the period.
    pub period_ms: u64,
}

impl Codes {
    /// Takes in an answer to a question about `asked`.
    pub fn take_in(&mut self, asked: &[String], codes: Vec<Code>, now: u64) {
        // What the host leaves out has no code.
        self.held.retain(|id, _| !asked.contains(id));
        self.miss(asked, now);
        for code in codes {
            let held = Held {
                code: code.code,
                next: code.next,
                until: code.left_ms.map(|left| now + left),
                period_ms: code.period_ms.unwrap_or(30_000).max(1_000),
            };
            self.held.insert(code.id, held);
        }
    }

    /// There was no answer to a question about `asked`. A code that is known holds as long as before; asking again
    /// at once would not help.
    pub fn miss(&mut self, asked: &[String], now: u64) {
        for id in asked {
            let none = || Held {
                code: String::new(),
                next: None,
                until: Some(now + 30_000),
                period_ms: 30_000,
            };
            self.held.entry(id.clone()).or_insert_with(none).next = Some(String::new());
        }
    }

    /// The code of an account.
    pub fn of(&self, id: &str) -> Option<&Held> {
        self.held.get(id).filter(|held| !held.code.is_empty())
    }

    /// Whether the host has to be asked for this one.
    pub fn lacks(&self, id: &str) -> bool {
        self.held.get(id).is_none_or(|held| held.next.is_none() && held.until.is_some())
    }

    /// Lets successors take their places; what is older than one period is dropped.
    pub fn advance(&mut self, now: u64) {
        self.held.retain(|_, held| {
            let Some(until) = held.until.filter(|until| *until <= now) else { return true };
            match held.next.take() {
                Some(next) if now < until + held.period_ms && !held.code.is_empty() => {
                    held.code = next;
                    held.until = Some(until + held.period_ms);
                    true
                }
                _ => false,
            }
        });
    }

    /// When the first of these changes.
    pub fn next_change<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Option<u64> {
        ids.filter_map(|id| self.held.get(id)?.until).min()
    }

    /// Forgets one.
    pub fn forget(&mut self, id: &str) {
        self.held.remove(id);
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.held.clear();
    }
}

/// A code in groups for reading: `123 456`, `1234 5678`, `R4T7K`.
pub fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    if letters.len() < 6 {
        return code.to_owned();
    }
    // Two halves, the longer first; ten digits in threes and fours would be harder to keep in mind.
    let (first, second) = letters.split_at(letters.len().div_ceil(2));
    format!("{} {}", String::from_iter(first), String::from_iter(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(left_ms: u64) -> Code {
        Code {
            id: "a".into(),
            code: "111111".into(),
            next: Some("222222".into()),
            left_ms: Some(left_ms),
            period_ms: Some(30_000),
        }
    }

    #[test]
    fn the_successor_takes_over_without_a_question() {
        let mut codes = Codes::default();
        codes.take_in(&["a".into()], vec![code(1_000)], 0);
        assert!(!codes.lacks("a"));
        codes.advance(999);
        assert_eq!(codes.of("a").unwrap().code, "111111");
        codes.advance(1_000);
        assert_eq!(codes.of("a").unwrap().code, "222222");
        assert_eq!(codes.next_change(["a"].into_iter()), Some(31_000));
        assert!(codes.lacks("a"), "its own successor has to be asked for");
    }

    #[test]
    fn after_a_sleep_no_old_code_is_shown() {
        let mut codes = Codes::default();
        codes.take_in(&["a".into()], vec![code(1_000)], 0);
        codes.advance(40_000);
        assert!(codes.of("a").is_none());
        assert!(codes.lacks("a"));
    }

    #[test]
    fn an_account_without_a_code_is_not_asked_for_again_and_again() {
        let mut codes = Codes::default();
        codes.take_in(&["x".into()], vec![], 0);
        assert!(codes.of("x").is_none() && !codes.lacks("x"));
    }

    #[test]
    fn a_code_that_is_known_outlives_a_question_without_an_answer() {
        let mut codes = Codes::default();
        codes.take_in(&["a".into()], vec![code(1_000)], 0);
        codes.advance(1_000);
        codes.miss(&["a".into(), "b".into()], 4_000);
        assert_eq!(codes.of("a").unwrap().code, "222222");
        assert!(codes.of("b").is_none());
        assert!(!codes.lacks("a") && !codes.lacks("b"));
        // At the switch it is asked again, and later what never had a code.
        codes.advance(31_000);
        assert!(codes.of("a").is_none() && codes.lacks("a") && !codes.lacks("b"));
        codes.advance(34_000);
        assert!(codes.lacks("b"));
    }

    #[test]
    fn codes_are_grouped_for_reading() {
        for (code, shown) in [
            ("123456", "123 456"),
            ("1234567", "1234 567"),
            ("12345678", "1234 5678"),
            ("R4T7K", "R4T7K"),
        ] {
            assert_eq!(grouped(code), shown);
        }
    }
}
