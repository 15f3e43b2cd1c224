//! The clipboard, from a page and from a worker that has none.
//!
//! Never here: what is copied.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{BROWSER, BrowserError, call, object, property};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["browser", "runtime"], js_name = sendMessage, catch)]
    fn send_message(message: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["navigator", "clipboard"], js_name = writeText, catch)]
    fn write_text(text: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["navigator", "clipboard"], js_name = readText, catch)]
    fn read_text() -> Result<Promise, JsValue>;
}

/// Puts a text on the clipboard.
pub async fn copy(text: &str) -> Result<(), BrowserError> {
    JsFuture::from(write_text(text)?).await?;
    Ok(())
}

/// Empties the clipboard if it still holds `text`.
pub async fn clear_clipboard(text: &str) -> Result<(), BrowserError> {
    // A service worker has no clipboard; Chromium lends it a hidden page.
    let offscreen = BROWSER.with(|b| property(b, "offscreen"));
    if offscreen.is_undefined() {
        let held = JsFuture::from(read_text()?).await?;
        if held.as_string().as_deref() == Some(text) {
            copy("").await?;
        }
        return Ok(());
    }
    let page = object(&[
        ("url", "clipboard.html".into()),
        ("reasons", Array::of1(&"CLIPBOARD".into()).into()),
        ("justification", "Removes a copied code from the clipboard.".into()),
    ]);
    call(&offscreen, "createDocument", &page).await?;
    let asked = JsFuture::from(send_message(&object(&[("clear", text.into())]))?).await;
    call(&offscreen, "closeDocument", &JsValue::UNDEFINED).await?;
    if property(&asked?, "done").is_truthy() {
        Ok(())
    } else {
        Err(BrowserError("the clipboard could not be read".into()))
    }
}
