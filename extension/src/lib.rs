//! The extension: a window that shows codes and cannot make one.
//!
//! Never here: a seed, a cipher, a clock that codes depend on.

pub mod browser;
