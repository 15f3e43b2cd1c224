//! The browser: as much of the WebExtension API and of the page's own objects as we use, typed.
//!
//! The doorsteps `static/*.js` see to it that `globalThis.browser` is there in every browser, and that
//! listeners are registered before this module has loaded.
//!
//! Never here: what is said through a port, and why.

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

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
    #[wasm_bindgen(js_namespace = ["browser", "runtime"], js_name = getManifest)]
    fn manifest() -> JsValue;
    #[wasm_bindgen(js_namespace = ["browser", "runtime"], js_name = getURL)]
    fn extension_url(path: &str) -> String;
    #[wasm_bindgen(js_namespace = ["browser", "runtime"], js_name = sendMessage, catch)]
    fn send_message(message: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(thread_local_v2, js_namespace = browser, js_name = runtime)]
    static RUNTIME: JsValue;
    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = browser)]
    static BROWSER: JsValue;

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

    // Set by the doorstep `looks.js`.
    /// A look that an organisation has fixed, or else that the person chose; empty for none.
    #[wasm_bindgen(js_namespace = looks, js_name = of)]
    pub fn look(name: &str) -> String;
    /// Whether an organisation has fixed this look.
    #[wasm_bindgen(js_namespace = looks, js_name = fixed)]
    pub fn is_fixed(name: &str) -> bool;

    #[wasm_bindgen(js_namespace = ["browser", "tabs"], js_name = query, catch)]
    fn query_tabs(filter: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["browser", "tabs"], js_name = create)]
    fn create_tab(properties: &JsValue) -> Promise;
    #[wasm_bindgen(js_namespace = ["browser", "tabs"], js_name = get, catch)]
    fn tab(id: i32) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["browser", "commands"], js_name = getAll, catch)]
    fn all_commands() -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["browser", "tabs"], js_name = captureVisibleTab, catch)]
    fn capture_visible_tab() -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["browser", "scripting"], js_name = executeScript, catch)]
    fn execute_script(injection: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["browser", "action"], js_name = setIcon)]
    fn set_icon(details: &JsValue) -> Promise;
    #[wasm_bindgen(js_namespace = ["browser", "action"], js_name = setBadgeText)]
    fn set_badge_text(details: &JsValue) -> Promise;
    #[wasm_bindgen(js_namespace = ["browser", "action"], js_name = setBadgeBackgroundColor)]
    fn set_badge_background_color(details: &JsValue) -> Promise;
    #[wasm_bindgen(js_namespace = ["browser", "action"], js_name = openPopup, catch)]
    fn open_popup() -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["navigator", "clipboard"], js_name = writeText, catch)]
    fn write_text(text: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["navigator", "clipboard"], js_name = readText, catch)]
    fn read_text() -> Result<Promise, JsValue>;

    // Set by the doorstep `background.js`: calls a function of `page.js` inside a page. It lives there
    // because `executeScript` wants the source text of a function, and ours have none.
    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = inPage)]
    static IN_PAGE: JsValue;

    #[wasm_bindgen(js_namespace = console)]
    fn error(text: &str);
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(call: &Function, after_ms: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
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

/// Has a panic say where it was; what it was about may be nobody's business.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        if let Some(place) = info.location() {
            error(&format!("panic at {}:{}", place.file(), place.line()));
        }
    }));
}

/// Milliseconds since 1970. Only differences are used, so it need not be right.
pub fn now() -> u64 {
    // Positive and below 2^53 until the year 287396.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let now = js_sys::Date::now() as u64;
    now
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

/// Version of the extension.
pub fn version() -> String {
    property(&manifest(), "version").as_string().unwrap_or_default()
}

/// `chromium` or `firefox`: whose kind of extension this is.
pub fn family() -> &'static str {
    if extension_url("").starts_with("moz-extension:") { "firefox" } else { "chromium" }
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

/// What the tab in front shows, as PNG in Base64. Needs a gesture on it before (`activeTab`).
pub async fn photograph() -> Result<String, BrowserError> {
    let url = JsFuture::from(capture_visible_tab()?).await?.as_string().unwrap_or_default();
    let (_, data) = url.split_once(',').ok_or(BrowserError(String::new()))?;
    Ok(data.to_owned())
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

/// Seconds since 1970 as a date and time in the reader's language.
pub fn date(seconds: i64) -> String {
    // Exact far beyond the calendar.
    #[allow(clippy::cast_precision_loss)]
    let seconds = seconds as f64;
    date_of(seconds)
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
