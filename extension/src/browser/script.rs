//! A function of `page.js`, called in the documents of a tab.
//!
//! Never here: what it does there.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{BrowserError, number, object, property, set};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["browser", "scripting"], js_name = executeScript, catch)]
    fn execute_script(injection: &JsValue) -> Result<Promise, JsValue>;
    // Set by the doorstep `background.js`: calls a function of `page.js` inside a page. It lives there
    // because `executeScript` wants the source text of a function, and ours have none.
    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = inPage)]
    static IN_PAGE: JsValue;
}

/// Where in a tab a script runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Documents {
    /// In every document that `activeTab` opens to us.
    All,
    /// In these iframes; 0 is the tab's own document.
    Frames(Vec<i32>),
}

/// What a function of `page.js` returned in one document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ran {
    /// The iframe; 0 is the tab's own document.
    pub frame_id: i32,
    /// Origin of the document, told by the engine to our isolated world; the page can't change it.
    /// `null` for a sandboxed one.
    pub origin: String,
    /// What the function returned, as JSON; `None` if it threw or returned nothing.
    pub result: Option<String>,
}

/// Injects `page.js` and calls `countersign[function](JSON.parse(arguments))` in it.
///
/// The function may be asynchronous. Needs a gesture on this tab before (`activeTab`).
pub async fn execute(
    tab_id: i32,
    documents: Documents,
    function: &str,
    arguments: &str,
) -> Result<Vec<Ran>, BrowserError> {
    let target = object(&[("tabId", tab_id.into())]);
    match documents {
        Documents::All => set(&target, "allFrames", &true.into()),
        Documents::Frames(ids) => {
            let ids: Array = ids.into_iter().map(JsValue::from).collect();
            set(&target, "frameIds", &ids);
        }
    }
    let file = object(&[
        ("target", target.clone()),
        ("files", Array::of1(&"page.js".into()).into()),
        ("injectImmediately", true.into()),
    ]);
    JsFuture::from(execute_script(&file)?).await?;
    let call = object(&[
        ("target", target),
        ("func", IN_PAGE.with(Clone::clone)),
        ("args", Array::of2(&function.into(), &arguments.into()).into()),
        ("injectImmediately", true.into()),
    ]);
    let results = JsFuture::from(execute_script(&call)?).await?;
    let results = Array::from(&results);
    let ran = results.iter().filter_map(|one| {
        let value = property(&one, "result");
        Some(Ran {
            frame_id: number(&property(&one, "frameId"))?,
            origin: property(&value, "origin").as_string()?,
            result: property(&value, "result").as_string(),
        })
    });
    Ok(ran.collect())
}
