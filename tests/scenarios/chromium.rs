//! What a person does, in a real Chromium with the real host.
//!
//! Never here: an errand (each has its file).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tests::browser::Kind;

#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "`locks` asks more of it")]
#[path = "../locks/bus.rs"]
mod bus;
#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "`memory` asks more of it")]
#[path = "../memory/dump.rs"]
mod dump;
#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "`locks` asks more of it")]
#[path = "../locks/portal.rs"]
mod portal;

mod accounts;
mod choice;
mod codes;
mod desk;
mod enrol;
mod fill;
mod lock;
#[cfg(target_os = "linux")]
mod person;
mod picture;
mod quiet;
mod refusals;
#[cfg(target_os = "linux")]
mod screen;
mod settings;
mod several;
#[cfg(target_os = "linux")]
mod sleep;
mod strangers;
mod trouble;

const KIND: Kind = Kind::Chromium;
