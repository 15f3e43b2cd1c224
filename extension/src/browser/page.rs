//! The document that we are in ourselves: its elements, its looks, what is kept with it.
//!
//! Never here: what is on it, and the pages of others (`script`).

use wasm_bindgen::prelude::*;

use super::{property, set};

#[wasm_bindgen]
extern "C" {
    // Set by the doorstep `looks.js`.
    /// A look that an organisation has fixed, or else that the person chose; empty for none.
    #[wasm_bindgen(js_namespace = looks, js_name = of)]
    pub fn look(name: &str) -> String;
    /// Whether an organisation has fixed this look.
    #[wasm_bindgen(js_namespace = looks, js_name = fixed)]
    pub fn is_fixed(name: &str) -> bool;
    /// Sets the theme that holds now: the chosen one, or else the system's.
    #[wasm_bindgen(js_namespace = looks, js_name = wear)]
    pub fn wear_theme();
}

/// What only concerns looks, kept in the extension's own storage.
pub fn remembered(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// See [`remembered`].
pub fn remember(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// The popup's own document.
pub fn document() -> Option<web_sys::Document> {
    web_sys::window()?.document()
}

/// Sets an attribute of the document's element, for the style sheet to see.
pub fn mark_document(name: &str, value: &str) {
    if let Some(root) = document().and_then(|d| d.document_element()) {
        let _ = root.set_attribute(name, value);
    }
}

/// Shows another page of ours in this one's place.
pub fn go(page: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().replace(page);
    }
}

/// Loads the document anew.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}

/// Closes the popup.
pub fn close() {
    if let Some(window) = web_sys::window() {
        let _ = window.close();
    }
}

/// The element that `selector` names.
pub fn element(selector: &str) -> Option<web_sys::HtmlElement> {
    document()?.query_selector(selector).ok()??.dyn_into().ok()
}

/// Gives the keyboard to an element.
pub fn focus(selector: &str) {
    if let Some(element) = element(selector) {
        let _ = element.focus();
    }
}

/// The id of what has the keyboard, empty if that has none; `None` if nothing has it.
pub fn focused() -> Option<String> {
    let element = document()?.active_element()?;
    (element.tag_name() != "BODY").then(|| element.id())
}

/// How to find what has the keyboard when it was made anew; `None` if nothing has it.
pub fn holder() -> Option<String> {
    let element = document()?.active_element()?;
    let by = |name| element.get_attribute(name).map(|value| format!("[{name}=\"{value}\"]"));
    let found = by("id").or_else(|| by("data-do"));
    (element.tag_name() != "BODY").then(|| found.unwrap_or_else(|| "h1".into()))
}

/// Whether this is Enter that is still held down: what it opened must not be answered by it, too. Where it makes
/// lines, it makes as many as are wanted.
pub fn is_held(event: &web_sys::KeyboardEvent) -> bool {
    let of = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    event.repeat() && event.key() == "Enter" && of.is_none_or(|of| of.tag_name() != "TEXTAREA")
}

/// Something is dragged within the page: it is moved, and elsewhere it is nothing. Without this Firefox drags nothing.
pub fn carry_nothing(event: &web_sys::DragEvent) {
    if let Some(data) = event.data_transfer() {
        data.set_effect_allowed("move");
        let _ = data.set_data("text/plain", "");
    }
}

/// Gives the keyboard back to what had it.
pub fn focus_again(element: Option<web_sys::EventTarget>) {
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Scrolls an element down to so many pixels.
pub fn scroll(selector: &str, top: u32) {
    if let Some(element) = element(selector) {
        element.set_scroll_top(i32::try_from(top).unwrap_or(i32::MAX));
    }
}

/// How far an element is scrolled, and how high it is on screen.
pub fn scrolled(selector: &str) -> (u32, u32) {
    let pixels = |n: i32| u32::try_from(n).unwrap_or_default();
    element(selector).map_or((0, 0), |e| (pixels(e.scroll_top()), pixels(e.client_height())))
}

/// What stands in an input, text area, or select.
pub fn value(selector: &str) -> String {
    element(selector)
        .map(|e| property(&e, "value").as_string().unwrap_or_default())
        .unwrap_or_default()
}

/// Changes what stands there.
pub fn set_value(selector: &str, value: &str) {
    if let Some(element) = element(selector) {
        set(&element, "value", &value.into());
    }
}

/// Whether a box is ticked.
pub fn checked(selector: &str) -> bool {
    element(selector).is_some_and(|e| property(&e, "checked").is_truthy())
}

/// Calls `call` for each event of a name on the document, for as long as the document lives.
pub fn listen(name: &str, call: impl FnMut(web_sys::Event) + 'static) {
    // Handed over for good: the document outlives everything else here.
    let call = Closure::<dyn FnMut(web_sys::Event)>::new(call).into_js_value();
    if let Some(document) = document() {
        let _ = document.add_event_listener_with_callback(name, call.unchecked_ref());
    }
}
