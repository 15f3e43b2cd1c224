//! Countersign's native messaging host: it owns the vault and opens it only for the master password.
//!
//! Two doors: [`native`] for the browser, [`cli`] for a person. Which room lies on which floor is said in
//! ARCHITECTURE.md, and `cargo xtask tidy` checks that imports only go down.
//!
//! Never here: anything but the list of rooms.

pub mod backup;
pub mod calendar;
pub mod cli;
pub mod disk;
pub mod doctor;
pub mod export;
pub mod frame;
pub mod handler;
pub mod harden;
pub mod import;
pub mod install;
pub mod intake;
pub mod issuers;
pub mod locks;
pub mod memory_hard;
pub mod native;
pub mod otp;
pub mod otpauth;
pub mod picture;
pub mod presence;
pub mod retention;
pub mod rules;
pub mod running;
pub mod screen;
pub mod session;
pub mod site;
pub mod stop;
pub mod strength;
pub mod vault;
pub mod visible;
