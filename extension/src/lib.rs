//! The extension: a window that shows codes and cannot make one.
//!
//! One module with two entry points, [`popup::start_popup`] and [`background::start_background`].
//!
//! Never here: a seed, a cipher, a clock that codes depend on.

pub mod background;
pub mod bridge;
pub mod browser;
pub mod few;
pub mod fill;
pub mod json;
pub mod popup;
pub mod text;
