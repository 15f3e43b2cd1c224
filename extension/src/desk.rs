//! The desk: imports, exports and backups, in a tab of their own, since a popup closes when a file is picked.
//!
//! A module of its own, so that the popup carries nothing of it. It has no framework: few things change on it,
//! and never by themselves.
//!
//! Never here: a decision (`model`), how anything looks (`page`).

pub mod model;
pub mod page;
pub mod words;

use std::cell::RefCell;

use shared::Secret;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bridge::{self, Ask, NAME, Told};
use crate::browser::{self, Port};
use model::{Effect, Model, Msg, update};

thread_local! {
    static MODEL: RefCell<Model> = RefCell::new(Model::default());
    static BACKGROUND: RefCell<Option<Port>> = const { RefCell::new(None) };
}

/// Called once by the doorstep. `errand` is what the tab was opened for.
#[wasm_bindgen]
pub fn start_desk(errand: &str) {
    browser::report_panics();
    connect();
    page::listen();
    send(Msg::Started(errand.to_owned()));
}

/// Files were picked, dropped or pasted: their names, one in a line.
#[wasm_bindgen]
pub fn desk_picked(names: &str) {
    send(Msg::Picked(names.lines().map(str::to_owned).collect()));
}

/// A piece of a file, as Base64.
#[wasm_bindgen]
pub fn desk_piece(file: usize, name: &str, data: String) {
    send(Msg::Piece(file, name.to_owned(), Secret::new(data)));
}

/// A key file was picked: Base64.
#[wasm_bindgen]
pub fn desk_key(data: String) {
    send(Msg::Key(Secret::new(data)));
}

/// All pieces were handed over.
#[wasm_bindgen]
pub fn desk_pieced() {
    send(Msg::Pieced);
}

/// Takes in what happened.
pub fn send(msg: Msg) {
    let effects = MODEL.with_borrow_mut(|model| update(model, msg));
    for effect in effects {
        match effect {
            Effect::Ask { n, op, request } => {
                say(&Ask::Host { n, op: op.to_owned() }, request.expose());
            }
            Effect::Empty(inputs) => inputs.iter().for_each(|input| browser::set_value(input, "")),
            Effect::Focus(selector) => browser::focus(selector),
        }
    }
    MODEL.with_borrow_mut(page::show);
}

fn connect() {
    let said = |text: String| {
        if let Ok((told, follows)) = bridge::read::<Told>(&text) {
            send(Msg::Told(told, follows.to_owned()));
        }
    };
    // The background was ended, by an update or by the browser: it starts again when it is called.
    let closed = |_| {
        connect();
        send(Msg::Check);
    };
    BACKGROUND.set(Port::background(NAME, said, closed).ok());
}

fn say(ask: &Ask, follows: &str) {
    let text = bridge::write(ask, follows);
    BACKGROUND.with_borrow(|port| {
        // A port that has just closed says so through its listener.
        let _ = port.as_ref().map(|port| port.post(&text));
    });
}
