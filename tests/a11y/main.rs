//! For those who do not see the screen, and those who use no mouse: axe-core on every screen in both themes
//! of both browsers, and errands done by keys alone.
//!
//! Never here: how it looks.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod axe;
mod keys;
mod screens;
mod walk;
mod wishes;
