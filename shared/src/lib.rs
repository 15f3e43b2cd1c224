//! What the host and the extension say to each other, and the pure rules that both need.
//!
//! Never here: I/O, a clock, cryptography, anything that only one side uses.

pub mod protocol;
pub mod secret;

pub use secret::Secret;
