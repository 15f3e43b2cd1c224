//! Countersign's native messaging host: it owns the vault and opens it only for the master password.
//!
//! Two doors: `native` for the browser, `cli` for a person. Imports go down this list and never back up;
//! `cargo xtask tidy` checks it.
//!
//! Never here: anything but the list of rooms.

pub mod otp;
pub mod otpauth;
pub mod vault;
