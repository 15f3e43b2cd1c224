//! The browser: as much of the WebExtension API and of the page's own objects as we use, typed.
//!
//! The doorsteps `static/*.js` see to it that `globalThis.browser` is there in every browser, and that
//! listeners are registered before this module has loaded.
//!
//! Here is what its rooms share; each of them is one world of the browser's.
//!
//! Never here: what is said through a port, and why.

pub mod port;
pub mod tabs;
pub mod script;
pub mod page;
pub mod language;
pub mod toolbar;
pub mod clipboard;
pub mod time;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["browser", "runtime"], js_name = getManifest)]
    fn manifest() -> JsValue;
    #[wasm_bindgen(js_namespace = ["browser", "runtime"], js_name = getURL)]
    fn extension_url(path: &str) -> String;
    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = browser)]
    static BROWSER: JsValue;
    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = platform)]
    static PLATFORM: JsValue;
    #[wasm_bindgen(js_namespace = console)]
    fn error(text: &str);
}

/// The browser refused; its own words, for telling apart and not for showing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BrowserError(pub String);

impl From<JsValue> for BrowserError {
    fn from(value: JsValue) -> Self {
        let message = Reflect::get(&value, &"message".into()).ok().and_then(|m| m.as_string());
        Self(message.or_else(|| value.as_string()).unwrap_or_default())
    }
}

/// Has a panic say where it was; what it was about may be nobody's business.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        if let Some(place) = info.location() {
            error(&format!("panic at {}:{}", place.file(), place.line()));
        }
    }));
}

/// Version of the extension.
pub fn version() -> String {
    property(&manifest(), "version").as_string().unwrap_or_default()
}

/// `chromium` or `firefox`: whose kind of extension this is.
pub fn family() -> &'static str {
    if extension_url("").starts_with("moz-extension:") { "firefox" } else { "chromium" }
}

/// The system as the browser names it: `Linux x86_64`, `MacIntel`, `Win32`.
pub fn platform() -> String {
    PLATFORM.with(JsValue::as_string).unwrap_or_default()
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in entries {
        set(&object, name, value);
    }
    object.into()
}

fn set(of: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(of, &name.into(), value);
}

fn property(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Calls a function that only one browser has, by its name: the other's shop frowns on seeing it.
async fn call(of: &JsValue, name: &str, with: &JsValue) -> Result<(), BrowserError> {
    let function: Function = property(of, name).dyn_into()?;
    // Firefox counts what it is given: nothing is something else than `undefined`.
    let promise = if with.is_undefined() { function.call0(of) } else { function.call1(of, with) }?;
    JsFuture::from(Promise::from(promise)).await?;
    Ok(())
}

fn number(value: &JsValue) -> Option<i32> {
    // The browser's ids are 32-bit integers.
    #[allow(clippy::cast_possible_truncation)]
    value.as_f64().map(|n| n as i32)
}

/// Lets a promise be; its failure would be nobody's business.
fn forget(promise: Promise) {
    wasm_bindgen_futures::spawn_local(async move {
        let _ = JsFuture::from(promise).await;
    });
}
