//! Tabs, as far as a gesture has opened them to us.
//!
//! Never here: scripts in them (`script`).

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{BrowserError, extension_url, forget, number, object, property};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["browser", "tabs"], js_name = query, catch)]
    fn query_tabs(filter: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["browser", "tabs"], js_name = create)]
    pub(super) fn create_tab(properties: &JsValue) -> Promise;
    #[wasm_bindgen(js_namespace = ["browser", "tabs"], js_name = get, catch)]
    fn tab(id: i32) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["browser", "tabs"], js_name = captureVisibleTab, catch)]
    fn capture_visible_tab() -> Result<Promise, JsValue>;
}

/// A tab, as far as a gesture has opened it to us.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tab {
    /// Its number.
    pub id: i32,
    /// Origin of its document as the browser reports it; `None` if it is kept from us or not one.
    pub origin: Option<String>,
}

/// The tab in front of the person.
pub async fn active_tab() -> Option<Tab> {
    let filter = object(&[("active", true.into()), ("currentWindow", true.into())]);
    let tabs = JsFuture::from(query_tabs(&filter).ok()?).await.ok()?;
    read_tab(&Array::from(&tabs).get(0))
}

/// A tab by its number.
pub async fn tab_by_id(id: i32) -> Option<Tab> {
    read_tab(&JsFuture::from(tab(id).ok()?).await.ok()?)
}

/// Opens a page of ours in a tab.
pub fn open_tab(page: &str) {
    forget(create_tab(&object(&[("url", extension_url(page).into())])));
}

/// A tab as the browser describes it.
pub fn read_tab(tab: &JsValue) -> Option<Tab> {
    let id = number(&property(tab, "id"))?;
    Some(Tab { id, origin: property(tab, "url").as_string().and_then(|url| origin_of(&url)) })
}

/// The serialised origin of a URL, by the browser's own parser.
fn origin_of(url: &str) -> Option<String> {
    let origin = web_sys::Url::new(url).ok()?.origin();
    (origin != "null").then_some(origin)
}

/// What the tab in front shows, as PNG in Base64. Needs a gesture on it before (`activeTab`).
pub async fn photograph() -> Result<String, BrowserError> {
    let url = JsFuture::from(capture_visible_tab()?).await?.as_string().unwrap_or_default();
    let (_, data) = url.split_once(',').ok_or(BrowserError(String::new()))?;
    Ok(data.to_owned())
}
