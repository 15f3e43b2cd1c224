//! The suite `faults`: what a save survives, and what a damaged file never does.
//!
//! A victim is a second process of this executable (`victim`): it opens a vault and performs one
//! operation while `strace` kills it, or lets its system calls fail. Afterwards the vault must be as
//! before the operation or as after it, and what was confirmed must be there.
//!
//! Never here: what the browsers see of it.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test has a clock and an environment")]
#![allow(clippy::print_stdout, reason = "counts are a result")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fixture;
mod operation;
mod strace;
mod victim;

mod bytes;
mod decoder;
mod errors;
mod evolution;
mod full_disk;
mod kills;
mod lies;
mod power;
mod rollback;
mod silent;
mod slots;
mod writers;
