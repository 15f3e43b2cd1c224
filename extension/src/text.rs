//! Every sentence a person reads, by its key in `static/_locales`.
//!
//! Each key stands in the source as `t("key")`, `with("key", …)` or `counted("key", …)` and nowhere else,
//! so that the suite `locales` can lay source and texts beside each other.
//!
//! Never here: which sentence is said when.

#[cfg(target_arch = "wasm32")]
pub use crate::browser::language::{counted, lasting, localised as with, soon};

/// A text without gaps.
pub fn t(key: &'static str) -> String {
    with(key, &[])
}

/// Without a browser there is no language: the key stands for the text.
#[cfg(not(target_arch = "wasm32"))]
pub fn with(key: &'static str, gaps: &[&str]) -> String {
    gaps.iter().fold(key.to_owned(), |text, gap| text + " " + gap)
}

/// See [`with`]; the number comes first.
#[cfg(not(target_arch = "wasm32"))]
pub fn counted(key: &'static str, n: u32, gaps: &[&str]) -> String {
    let n = n.to_string();
    let all: Vec<&str> = [n.as_str()].iter().chain(gaps).copied().collect();
    with(key, &all)
}

/// See [`with`].
#[cfg(not(target_arch = "wasm32"))]
pub fn lasting(seconds: u32) -> String {
    format!("{seconds} s")
}

/// See [`with`].
#[cfg(not(target_arch = "wasm32"))]
pub fn soon(seconds: u32) -> String {
    format!("in {seconds} s")
}

/// In small letters, for comparing. The browser has the tables for it.
#[cfg(target_arch = "wasm32")]
pub fn small(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// The same without a browser.
#[cfg(not(target_arch = "wasm32"))]
pub fn small(text: &str) -> String {
    text.to_lowercase()
}
