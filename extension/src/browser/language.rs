//! Sentences, dates and lengths of time in the reader's language, by the doorstep `words.js`.
//!
//! Never here: the sentences (`static/_locales`).

#[cfg(target_arch = "wasm32")]
use js_sys::Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    // Set by the doorstep `words.js`.
    #[wasm_bindgen(js_namespace = words)]
    fn say(key: &str, gaps: &JsValue) -> String;
    #[wasm_bindgen(js_namespace = words)]
    fn count(key: &str, n: u32, gaps: &JsValue) -> String;
    #[wasm_bindgen(js_namespace = words, js_name = date)]
    fn date_of(seconds: f64) -> String;
    /// A length of time in the reader's language: "5 minutes".
    #[wasm_bindgen(js_namespace = words)]
    pub fn lasting(seconds: u32) -> String;
    /// A time to come in the reader's language: "in 5 seconds".
    #[wasm_bindgen(js_namespace = words)]
    pub fn soon(seconds: u32) -> String;
}

/// A text of ours in the reader's language.
#[cfg(target_arch = "wasm32")]
pub fn localised(key: &str, gaps: &[&str]) -> String {
    let gaps: Array = gaps.iter().map(|gap| JsValue::from(*gap)).collect();
    say(key, &gaps)
}

/// The same with a number, in the form that the language has for it.
#[cfg(target_arch = "wasm32")]
pub fn counted(key: &str, n: u32, gaps: &[&str]) -> String {
    let gaps: Array = gaps.iter().map(|gap| JsValue::from(*gap)).collect();
    count(key, n, &gaps)
}

/// Seconds since 1970 as a date and time in the reader's language.
pub fn date(seconds: i64) -> String {
    // Exact far beyond the calendar.
    #[allow(clippy::cast_precision_loss)]
    let seconds = seconds as f64;
    date_of(seconds)
}
