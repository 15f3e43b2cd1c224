//! Waiting for something to become true, and giving up in time.
//!
//! Never here: a sleep that hopes.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// For what a browser or a host does in a moment, on a machine that is busy.
pub const LONG: Duration = Duration::from_secs(40);

/// Asks until there is an answer. Errors are taken for "not yet"; the last one is told when the
/// time is up.
pub fn until<T>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        let answer = ask();
        if let Ok(Some(answer)) = answer {
            return Ok(answer);
        }
        if deadline < Instant::now() {
            let seconds = limit.as_secs();
            return match answer {
                Err(error) => {
                    Err(error).with_context(|| format!("waited {seconds} s in vain for {what}"))
                }
                Ok(_) => bail!("waited {seconds} s in vain for {what}"),
            };
        }
        sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_with_the_answer_or_with_the_last_error() {
        let mut tries = 0;
        let found = until("three", LONG, || {
            tries += 1;
            Ok((tries == 3).then_some(tries))
        });
        assert_eq!(found.unwrap(), 3);
        let lost = until::<()>("godot", Duration::ZERO, || bail!("not today")).unwrap_err();
        assert_eq!(format!("{lost:#}"), "waited 0 s in vain for godot: not today");
    }
}
