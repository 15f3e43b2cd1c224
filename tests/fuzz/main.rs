//! The suite `fuzz`: whatever comes in, the readers end soon, panic never, and keep what they promise.
//!
//! A mutator of our own changes a small committed corpus, from a seed that is the same each time: the run of
//! every day is short and repeats itself. A longer one:
//!
//! ```text
//! FUZZ_SECONDS=600 FUZZ_SEED=7 cargo test --release -p tests --test fuzz -- --nocapture
//! ```
//!
//! libFuzzer would see which branches an input reaches, but needs a nightly compiler; the corpus is as good
//! for it. An input that breaks something is printed in hex and belongs into the corpus.
//!
//! Never here: what the right answer to a whole file is.

#![allow(clippy::disallowed_methods, reason = "a test has a clock and an environment")]
#![allow(clippy::print_stdout, reason = "counts are a result")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod mutate;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;

use crate::mutate::Mutator;

/// Longest that one input may take, of this thread's own time: the machine may have others to serve.
const LIMIT: Duration = Duration::from_secs(1);

/// How long this thread has worked so far.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("no thread works for less than nothing")
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Gives the corpus itself, and then `count` changed inputs (or as many as `FUZZ_SECONDS` allow), to
/// `target`. It says whether an input was taken; both sides must come, or the target tries nothing.
fn fuzz(name: &str, corpus: &[Vec<u8>], count: u64, mut target: impl FnMut(&[u8]) -> bool) {
    let mut mutator = Mutator::new(number("FUZZ_SEED").unwrap_or(1), corpus);
    let end = number("FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let start = Instant::now();
    let (mut taken, mut refused) = (0_u64, 0_u64);
    let whole = corpus.iter().cloned();
    let changed = std::iter::from_fn(|| Some(mutator.next_input()));
    for input in whole.chain(changed) {
        let tried = taken + refused;
        let enough = end.map_or(count <= tried, |end| end < Instant::now());
        if enough && corpus.len() as u64 <= tried {
            break;
        }
        let began = worked();
        let outcome = catch_unwind(AssertUnwindSafe(|| target(&input)));
        let took = worked() - began;
        let said = || HEXLOWER.encode(&input);
        match outcome {
            Ok(true) => taken += 1,
            Ok(false) => refused += 1,
            Err(_) => panic!("{name} broke at {}", said()),
        }
        assert!(took < LIMIT, "{name} took {took:?} for {}", said());
    }
    let speed = (taken + refused) as f64 / start.elapsed().as_secs_f64();
    println!("{name}: {taken} taken, {refused} refused, 0 broken; {speed:.0} per second");
    assert!(0 < refused, "{name} refuses nothing");
}

/// The lines of a file of the corpus.
fn lines(text: &str) -> Vec<Vec<u8>> {
    text.lines().map(|line| line.as_bytes().to_vec()).collect()
}
