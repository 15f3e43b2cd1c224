//! The vault: entries, how they become bytes, how bytes become a file, and what opens it.
//!
//! Never here: who may ask (`session`) and how codes are made (`otp`).

pub mod entry;
pub mod stamp;
