//! The two decisions of a fill without a browser: which input is the one, and whether the page may have the
//! code. Tables, and the forms of real projects as one possible collector described them.
//!
//! Never here: a browser; the suites `fill`, `chromium` and `firefox` have those.

#![allow(clippy::print_stdout, reason = "says how many forms there were, or none")]
#![cfg(target_os = "linux")]

mod forms;
mod sites;
