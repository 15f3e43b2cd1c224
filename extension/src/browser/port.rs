//! Ports: to the host, and between our own pages. A message of the host's is an object, one of our pages' is text.
//!
//! Never here: what is said through a port, and why.

use js_sys::{Function, JSON};
use wasm_bindgen::prelude::*;

use super::{BrowserError, object, property};

#[wasm_bindgen]
extern "C" {
    /// `runtime.Port`.
    pub type JsPort;
    #[wasm_bindgen(method, js_name = postMessage, catch)]
    fn post_message(this: &JsPort, message: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    fn disconnect(this: &JsPort);
    #[wasm_bindgen(method, getter, js_name = onMessage)]
    fn on_message(this: &JsPort) -> JsEvent;
    #[wasm_bindgen(method, getter, js_name = onDisconnect)]
    fn on_disconnect(this: &JsPort) -> JsEvent;
    #[wasm_bindgen(method, getter)]
    fn error(this: &JsPort) -> JsValue;
    type JsEvent;
    #[wasm_bindgen(method, js_name = addListener)]
    fn add_listener(this: &JsEvent, listener: &Function);
    #[wasm_bindgen(method, js_name = removeListener)]
    fn remove_listener(this: &JsEvent, listener: &Function);
    #[wasm_bindgen(js_namespace = ["browser", "runtime"], js_name = connectNative, catch)]
    fn connect_native(name: &str) -> Result<JsPort, JsValue>;
    #[wasm_bindgen(js_namespace = ["browser", "runtime"], js_name = connect, catch)]
    fn connect(info: &JsValue) -> Result<JsPort, JsValue>;
    #[wasm_bindgen(thread_local_v2, js_namespace = browser, js_name = runtime)]
    static RUNTIME: JsValue;
}

/// A message of the host, taken apart as far as passing it on needs.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Number of the call that it answers.
    pub id: Option<u64>,
    /// Name of the refusal, if it is one.
    pub refusal: Option<String>,
    /// The event as JSON, if it is one.
    pub event: Option<String>,
    /// All of it, as JSON.
    pub text: String,
}

/// A port with its listeners; it closes when it is dropped, and its listeners are not called again.
pub struct Port {
    port: JsPort,
    message: Closure<dyn FnMut(JsValue)>,
    closed: Closure<dyn FnMut()>,
    /// Native messaging carries objects; between our own pages goes text.
    native: bool,
}

impl Port {
    /// Starts the host. `said` gets each message; `closed` the browser's reason, if it has one.
    pub fn native(
        name: &str,
        mut said: impl FnMut(Said) + 'static,
        closed: impl FnMut(String) + 'static,
    ) -> Result<Self, BrowserError> {
        let message = move |message: JsValue| {
            let json = |value: &JsValue| JSON::stringify(value).ok().and_then(|t| t.as_string());
            let event = property(&message, "ev");
            // Ids are whole numbers below 2^53; anything else is nobody's.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let id = property(&message, "id").as_f64().map(|id| id as u64);
            said(Said {
                id,
                refusal: property(&property(&message, "err"), "code").as_string(),
                event: if event.is_undefined() { None } else { json(&event) },
                text: json(&message).unwrap_or_default(),
            });
        };
        Ok(Self::listen(connect_native(name)?, true, Box::new(message), Box::new(closed)))
    }

    /// Takes over a connection to the background that the doorstep made.
    pub fn taken_over(
        port: JsPort,
        mut said: impl FnMut(String) + 'static,
        closed: impl FnMut(String) + 'static,
    ) -> Self {
        let message = move |message: JsValue| said(message.as_string().unwrap_or_default());
        Self::listen(port, false, Box::new(message), Box::new(closed))
    }

    /// Connects a popup to the background.
    pub fn background(
        name: &str,
        said: impl FnMut(String) + 'static,
        closed: impl FnMut(String) + 'static,
    ) -> Result<Self, BrowserError> {
        let info = object(&[("name", name.into())]);
        Ok(Self::taken_over(connect(&info)?, said, closed))
    }

    fn listen(
        port: JsPort,
        native: bool,
        message: Box<dyn FnMut(JsValue)>,
        mut closed: Box<dyn FnMut(String)>,
    ) -> Self {
        let message = Closure::wrap(message);
        let of = port.clone().unchecked_into::<JsPort>();
        let gone = Closure::<dyn FnMut()>::new(move || {
            // Firefox puts the reason on the port, Chromium into `lastError`, for this call only.
            let error = [of.error(), RUNTIME.with(|r| property(r, "lastError"))];
            let reason = error.iter().find_map(|e| property(e, "message").as_string());
            closed(reason.unwrap_or_default());
        });
        port.on_message().add_listener(message.as_ref().unchecked_ref());
        port.on_disconnect().add_listener(gone.as_ref().unchecked_ref());
        Self { port, message, closed: gone, native }
    }

    /// Sends JSON. A port that is closed already says so through its listener.
    pub fn post(&self, json: &str) -> Result<(), BrowserError> {
        let message = if self.native { JSON::parse(json)? } else { json.into() };
        Ok(self.port.post_message(&message)?)
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.port.on_message().remove_listener(self.message.as_ref().unchecked_ref());
        self.port.on_disconnect().remove_listener(self.closed.as_ref().unchecked_ref());
        self.port.disconnect();
    }
}

/// Sends text to a popup whose port the doorstep handed over. A popup that has just closed does not
/// hear it, and that is well.
pub fn post(port: &JsPort, text: &str) {
    let _ = port.post_message(&text.into());
}
