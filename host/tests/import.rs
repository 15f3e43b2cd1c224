//! Imports from outside: every format from files of its own, hostile files, and, where the pack of samples
//! lies beside the project, all of those against their expected results.
//!
//! Never here: what a single function does; that is tested beside it.

#![allow(clippy::unwrap_used, reason = "a test that finds nothing where something must be, fails")]

#[path = "import/compare.rs"]
mod compare;
#[path = "import/fixtures.rs"]
mod fixtures;
#[path = "import/hostile.rs"]
mod hostile;
#[path = "import/odd.rs"]
mod odd;
#[path = "import/samples.rs"]
mod samples;
