//! Waiting, and a clock for differences.
//!
//! Never here: what is waited for.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(call: &Function, after_ms: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// A call that will be made, unless this is dropped before.
pub struct Timeout {
    timer: JsValue,
    _call: Closure<dyn FnMut()>,
}

impl Timeout {
    /// Calls `call` once, after so many milliseconds.
    pub fn new(after_ms: u32, call: impl FnOnce() + 'static) -> Self {
        let call = Closure::once(call);
        let after_ms = i32::try_from(after_ms).unwrap_or(i32::MAX);
        let timer = set_timeout(call.as_ref().unchecked_ref(), after_ms);
        Self { timer, _call: call }
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

/// Waits.
pub async fn sleep(ms: u32) {
    let promise = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, i32::try_from(ms).unwrap_or(i32::MAX));
    });
    let _ = JsFuture::from(promise).await;
}

/// Milliseconds since 1970. Only differences are used, so it need not be right.
pub fn now() -> u64 {
    // Positive and below 2^53 until the year 287396.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let now = js_sys::Date::now() as u64;
    now
}
