//! `countersign import` and `export` as a person uses them: the real program, in homes that are thrown away.
//!
//! Never here: what each format holds (`host/tests/import`).

#![allow(clippy::unwrap_used, reason = "a test that finds nothing where something must be, fails")]

mod exports;
mod imports;
#[path = "../cli/said.rs"]
mod said;
