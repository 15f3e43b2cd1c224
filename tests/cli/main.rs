//! The command line as a person uses it: the real program, in homes that are thrown away.
//!
//! Never here: the browser's door (`protocol`).

#![allow(clippy::unwrap_used, reason = "a test that finds nothing where something must be, fails")]

mod accounts;
mod doctor;
mod files;
mod install;
mod rescue;
mod said;
mod vault;
