//! The toolbar: its button, its popup, and the shortcuts for it.
//!
//! Never here: what the popup shows.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::tabs::create_tab;
use super::{BROWSER, BrowserError, call, extension_url, family, forget, object, property, set};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["browser", "commands"], js_name = getAll, catch)]
    fn all_commands() -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["browser", "action"], js_name = setIcon)]
    fn set_icon(details: &JsValue) -> Promise;
    #[wasm_bindgen(js_namespace = ["browser", "action"], js_name = setBadgeText)]
    fn set_badge_text(details: &JsValue) -> Promise;
    #[wasm_bindgen(js_namespace = ["browser", "action"], js_name = setBadgeBackgroundColor)]
    fn set_badge_background_color(details: &JsValue) -> Promise;
    #[wasm_bindgen(js_namespace = ["browser", "action"], js_name = openPopup, catch)]
    fn open_popup() -> Result<Promise, JsValue>;
}

/// The shortcuts as the person has set them, by the names of the manifest; empty for none.
pub async fn shortcuts() -> Result<Vec<(String, String)>, BrowserError> {
    let all = JsFuture::from(all_commands()?).await?;
    let text = |of: &JsValue, name| property(of, name).as_string().unwrap_or_default();
    Ok(Array::from(&all).iter().map(|one| (text(&one, "name"), text(&one, "shortcut"))).collect())
}

/// The address of the browser's own page for shortcuts, or of the page that leads to it.
pub fn shortcuts_page() -> &'static str {
    if family() == "firefox" { "about:addons" } else { "chrome://extensions/shortcuts" }
}

/// Opens the browser's own page where shortcuts are set.
pub async fn set_shortcuts() -> Result<(), BrowserError> {
    if family() == "firefox" {
        let commands = BROWSER.with(|b| property(b, "commands"));
        return call(&commands, "openShortcutSettings", &JsValue::UNDEFINED).await;
    }
    let page = object(&[("url", shortcuts_page().into())]);
    JsFuture::from(create_tab(&page)).await?;
    Ok(())
}

/// Shows on the toolbar whether the vault is open.
pub fn show_lock(locked: bool) {
    let state = if locked { "locked" } else { "unlocked" };
    let paths = object(&[]);
    for size in ["16", "32"] {
        set(&paths, size, &extension_url(&format!("icons/{state}-{size}.png")).into());
    }
    // Without a window there is no toolbar, and nobody to miss it.
    forget(set_icon(&object(&[("path", paths)])));
}

/// A mark on the toolbar button; empty for none.
pub fn show_badge(text: &str) {
    forget(set_badge_background_color(&object(&[("color", "#b3261e".into())])));
    forget(set_badge_text(&object(&[("text", text.into())])));
}

/// Opens the popup. Some browsers want a gesture for it, some can't at all.
pub async fn show_popup() -> Result<(), BrowserError> {
    JsFuture::from(open_popup()?).await?;
    Ok(())
}
