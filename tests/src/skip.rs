//! A test that can't run here says so, where everybody sees it.
//!
//! What a test prints is shown only if it fails; so this goes past the test's captured output. `cargo xtask
//! test` reads it and tells it again at the end.
//!
//! Never here: whether a test can run.

use std::io::{Write as _, stdout};
use std::thread;

/// Says that the present test, or the part of it that is named in `why`, does not run here.
pub fn skip(why: &str) {
    let thread = thread::current();
    // Nobody to tell if this fails.
    let _ = writeln!(stdout(), "skipped: {}: {why}", thread.name().unwrap_or("a test"));
}
