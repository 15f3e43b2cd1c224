//! The extension: a window that shows codes and cannot make one.
//!
//! Four entry points, [`popup::start_popup`], [`side::start_side`], [`background::start_background`] and
//! [`desk::start_desk`], each linked into a module of its own.
//!
//! Never here: a seed, a cipher, a clock that codes depend on.

#[cfg(feature = "background")]
pub mod background;
#[cfg(feature = "popup")]
pub mod popup;
#[cfg(feature = "side")]
pub mod side;
#[cfg(feature = "desk")]
pub mod desk;
pub mod parts;
pub mod words;
pub mod call;
pub mod bridge;
pub mod fill;
pub mod text;
pub mod browser;
pub mod json;
pub mod few;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
