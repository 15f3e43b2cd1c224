//! The popup: hands what happens to `update`, does what it wants done, and shows the model.
//!
//! Never here: a decision.

pub mod codes;
pub mod keys;
pub mod list;
pub mod model;
pub mod update;
pub mod view;

use std::cell::{Cell, RefCell};

use shared::Secret;
use sycamore::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use crate::bridge::{self, Ask, Told};
use crate::browser;
use crate::browser::port::JsPort;
use crate::browser::time::Timeout;
use crate::call::{self, say};
use crate::few::Few;
use crate::json;
use crate::parts::Say;
use keys::Key;
use model::{Effect, Errand, Model, Msg, Timer};
use update::update;

/// Accounts that are kept in mind as used.
const MANY: usize = 100;

thread_local! {
    static MODEL: Cell<Option<Signal<Model>>> = const { Cell::new(None) };
    static TIMERS: RefCell<Few<Timer, Timeout>> = const { RefCell::new(Few::new()) };
}

const LINE: call::Page =
    call::Page { told: |told, follows| send(Msg::Told(told, follows)), again: || send(Msg::Check) };

impl Say for Msg {
    fn say(self) {
        send(self);
    }
}

/// Called once by the doorstep. `errand` is what the side page left to be done, if it was there; `tab` the tab
/// beneath; `port` the line that the doorstep opened, on which it has asked the first question; `heard` what came
/// of that already.
#[wasm_bindgen]
pub fn start_popup(errand: &str, tab: &JsValue, port: JsPort, heard: Vec<String>) {
    browser::report_panics();
    call::take_over(port, LINE);
    let mut model = Model::default();
    looks(&mut model);
    let now = browser::time::now();
    let mut todo =
        update(&mut model, Msg::Started(browser::tabs::read_tab(tab), Errand::read(errand)), now);
    for (told, follows) in heard.iter().filter_map(|text| bridge::read::<Told>(text).ok()) {
        todo.extend(update(&mut model, Msg::Told(told, follows.to_owned()), now));
    }
    // What is known by now is in the first picture.
    sycamore::render(|| {
        let model = create_signal(model);
        MODEL.set(Some(model));
        view::app(model)
    });
    todo.into_iter().for_each(perform);
    browser::page::listen("keydown", key_down);
    // A hidden page's clocks may have stood still.
    browser::page::listen("visibilitychange", |_| send(Msg::Woke(Timer::Codes)));
}

/// Takes in what happened.
pub fn send(msg: Msg) {
    let Some(model) = MODEL.get() else { return };
    for effect in model.update(|model| update(model, msg, browser::time::now())) {
        perform(effect);
    }
}

fn perform(effect: Effect) {
    match effect {
        Effect::Ask(n, request) => {
            let text = Secret::new(json::write(&request).unwrap_or_default());
            say(&Ask::Host { n, op: request.op().name().to_owned() }, text.expose());
        }
        Effect::Check => say(&Ask::Check, ""),
        Effect::Close => browser::page::close(),
        Effect::Copy { id, code, clear_s } => spawn_local(async move {
            let done = browser::clipboard::copy(&code).await.is_ok();
            if done && 0 < clear_s {
                say(&Ask::Copied { text: code, after_s: clear_s }, "");
            }
            send(Msg::Copied { id, done });
        }),
        Effect::CopyCommand(command) => spawn_local(async move {
            send(Msg::CopiedCommand(browser::clipboard::copy(command).await.is_ok()));
        }),
        Effect::Empty(inputs) => {
            inputs.iter().for_each(|input| browser::page::set_value(input, ""))
        }
        Effect::Point { tab, target } => say(&Ask::Point { tab, target }, ""),
        Effect::Fill { n, tab, account, wanted } => say(&Ask::Fill { n, tab, account, wanted }, ""),
        Effect::Focus(selector) => browser::page::focus(selector),
        Effect::FocusAccount(id) => {
            browser::page::focus(&format!("[data-account=\"{id}\"] [data-do=copy]"));
        }
        Effect::Go(screen) => browser::page::go(&format!("side.html#{screen}")),
        Effect::Used(id) => {
            let known = browser::page::remembered("used").unwrap_or_default();
            let others = known.lines().filter(|other| *other != id).take(MANY - 1);
            let list: Vec<&str> = [id.as_str()].into_iter().chain(others).collect();
            browser::page::remember("used", &list.join("\n"));
        }
        Effect::Scroll(top) => browser::page::scroll("#list", top),
        Effect::Wake(timer, after_ms) => {
            let timeout = after_ms.map(|ms| Timeout::new(ms, move || send(Msg::Woke(timer))));
            TIMERS.with_borrow_mut(|timers| match timeout {
                Some(timeout) => timers.insert(timer, timeout),
                None => timers.remove(timer),
            });
        }
    }
}

/// Looks that are more than colours and sizes.
fn looks(model: &mut Model) {
    if browser::page::look("density") == "compact" {
        model.list.row = list::COMPACT;
    }
    // By use, or by hand; where nobody chose, by name.
    let order =
        Some(browser::page::look("order")).filter(|order| order == "used" || order == "hand");
    let first = order.and_then(|order| browser::page::remembered(&order)).unwrap_or_default();
    model.list.first = first.lines().map(str::to_owned).collect();
}

/// Called by the doorstep if the line that it opened broke before it was taken over.
#[wasm_bindgen]
pub fn line_broke() {
    call::connect(LINE);
    (LINE.again)();
}

fn key_down(event: web_sys::Event) {
    let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
    // An input method is at work; the key is its own.
    if event.is_composing() {
        return;
    }
    if browser::page::is_held(event) {
        return event.prevent_default();
    }
    let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    let tag = target.as_ref().map(|t| t.tag_name()).unwrap_or_default();
    let name = event.key();
    let key = Key {
        name: &name,
        control: event.ctrl_key() || event.meta_key(),
        typing: matches!(tag.as_str(), "INPUT" | "TEXTAREA" | "SELECT"),
        searching: target.is_some_and(|t| t.id() == "search"),
        button: matches!(tag.as_str(), "A" | "BUTTON"),
    };
    let Some(model) = MODEL.get() else { return };
    match model.with_untracked(|model| keys::pressed(model, key)) {
        Some(msg) => {
            event.prevent_default();
            send(msg);
        }
        // The key itself then goes into the box.
        None if model.with_untracked(|model| keys::starts_search(model, key)) => {
            browser::page::focus("#search");
        }
        None => {}
    }
}
