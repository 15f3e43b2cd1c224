//! What a person does, in a real Chromium with the real host.
//!
//! Never here: an errand (each has its file).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tests::browser::Kind;

mod accounts;
mod choice;
mod codes;
mod fill;
mod lock;
mod quiet;
mod trouble;

const KIND: Kind = Kind::Chromium;
