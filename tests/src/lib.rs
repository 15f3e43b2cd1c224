//! What the suites and `cargo xtask run` share: real browsers on a real display, a home that is
//! thrown away, a login page with an opinion of its own about codes.
//!
//! Never here: a scenario.

#![allow(clippy::disallowed_methods, reason = "a test has a clock and an environment")]

pub mod account;
pub mod browser;
pub mod chromium;
pub mod desktop;
pub mod firefox;
pub mod gesture;
pub mod home;
pub mod login_page;
pub mod pages;
pub mod port;
pub mod process;
pub mod skip;
pub mod small_disk;
pub mod stage;
pub mod totp;
pub mod tour;
pub mod wait;
pub mod webdriver;
