//! The side page: the screens that are wanted seldom. It takes the popup's place in the popup's window, and
//! leads back to it.
//!
//! A module of its own, so that the popup, which is opened all the time, carries nothing of it.
//!
//! Never here: a decision (`update`), the list, a code.

pub mod model;
pub mod update;
pub mod view;

use std::cell::{Cell, RefCell};

use shared::Secret;
use sycamore::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::bridge::Ask;
use crate::browser;
use crate::browser::time::Timeout;
use crate::call::{self, say};
use crate::few::Few;
use crate::json;
use crate::parts::Say;
use model::{Effect, Model, Msg, Screen, Timer};
use update::update;

thread_local! {
    static MODEL: Cell<Option<Signal<Model>>> = const { Cell::new(None) };
    static TIMERS: RefCell<Few<Timer, Timeout>> = const { RefCell::new(Few::new()) };
}

const LINE: call::Page = call::Page {
    told: |told, follows| send(Msg::Told(told, follows)),
    again: || send(Msg::Reconnected),
};

impl Say for Msg {
    fn say(self) {
        send(self);
    }
}

/// Called once by the doorstep. `screen` is the one to begin with, as the address names it.
#[wasm_bindgen]
pub fn start_side(screen: &str) {
    browser::report_panics();
    // The popup itself opens no tabs.
    if matches!(screen, "backups" | "import") {
        return perform(Effect::Desk(screen.to_owned()));
    }
    call::connect(LINE);
    sycamore::render(|| {
        let model = create_signal(Model::default());
        MODEL.set(Some(model));
        view::app(model)
    });
    send(Msg::Started(Screen::read(screen)));
    browser::page::listen("keydown", |event| {
        let Some(key) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
        // While an input method is at work the key is its own.
        if key.is_composing() {
            return;
        }
        let escape = key.key() == "Escape";
        if escape || browser::page::is_held(key) {
            event.prevent_default();
        }
        if escape {
            send(Msg::Back);
        }
    });
}

/// Takes in what happened.
pub fn send(msg: Msg) {
    let Some(model) = MODEL.get() else { return };
    for effect in model.update(|model| update(model, msg)) {
        perform(effect);
    }
}

fn perform(effect: Effect) {
    match effect {
        Effect::Ask(n, request) => {
            let text = Secret::new(json::write(&request).unwrap_or_default());
            say(&Ask::Host { n, op: request.op().name().to_owned() }, text.expose());
        }
        Effect::Desk(errand) => {
            browser::tabs::open_tab(&format!("desk.html#{errand}"));
            browser::page::close();
        }
        Effect::Empty(inputs) => {
            inputs.iter().for_each(|input| browser::page::set_value(input, ""))
        }
        Effect::Focus(selector) => browser::page::focus(selector),
        Effect::FocusLine(id) => browser::page::focus(&format!("#mark-{id}")),
        Effect::KeepOrder(ids) => {
            browser::page::remember("hand", &ids.join("\n"));
            browser::page::remember("order", "hand");
        }
        Effect::ReadShortcuts => spawn_local(async {
            let all = browser::toolbar::shortcuts().await.unwrap_or_default();
            let of = |name: &str| {
                let found = all.iter().find(|(of, _)| of == name);
                found.map(|(_, keys)| keys.clone()).unwrap_or_default()
            };
            send(Msg::Shortcuts(of("_execute_action"), of("fill")));
        }),
        Effect::ChangeShortcuts => spawn_local(async {
            match browser::toolbar::set_shortcuts().await {
                Ok(()) => browser::page::close(),
                Err(_) => send(Msg::ShortcutsFailed(browser::toolbar::shortcuts_page())),
            }
        }),
        Effect::ReadOrder => {
            let kept = browser::page::remembered("hand").unwrap_or_default();
            send(Msg::Ordered(kept.lines().map(str::to_owned).collect()));
        }
        Effect::ReadTab => {
            spawn_local(async { send(Msg::Over(browser::tabs::active_tab().await)) });
        }
        Effect::Leave(errand) => browser::page::go(&format!("popup.html#{errand}")),
        Effect::Selected(tab) => say(&Ask::Selected { tab }, ""),
        Effect::Scan { n, tab, picture } => say(&Ask::Scan { n, tab, picture }, ""),
        Effect::Look(name, value) => {
            browser::page::remember(name, &value);
            browser::page::mark_document(&format!("data-{name}"), &value);
            if name == "language" {
                browser::page::reload();
            }
        }
        Effect::Wake(timer, after_ms) => {
            let timeout = Timeout::new(after_ms, move || send(Msg::Woke(timer)));
            TIMERS.with_borrow_mut(|timers| timers.insert(timer, timeout));
        }
    }
}
