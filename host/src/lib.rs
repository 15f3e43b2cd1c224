//! Countersign's native messaging host: it owns the vault and opens it only for the master password.
//!
//! Two doors: [`native`] for the browser, [`cli`] for a person. Which room lies on which floor is said in
//! ARCHITECTURE.md, and `cargo xtask tidy` checks that imports only go down.
//!
//! Never here: anything but the list of rooms.

#![warn(clippy::missing_errors_doc)]

pub mod native;
pub mod cli;
pub mod doctor;
pub mod frame;
pub mod handler;
pub mod session;
pub mod install;
pub mod locks;
pub mod presence;
pub mod screen;
pub mod rules;
pub mod running;
pub mod backup;
pub mod intake;
pub mod export;
pub mod import;
pub mod picture;
pub mod otpauth;
pub mod issuers;
pub mod site;
pub mod strength;
pub mod vault;
pub mod otp;
pub mod visible;
pub mod calendar;
pub mod retention;
pub mod disk;
pub mod stop;
pub mod memory_hard;
pub mod harden;
pub mod random;
