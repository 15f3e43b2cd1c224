//! The desk: imports, exports and backups, in a tab of their own, since a popup closes when a file is picked.
//!
//! A module of its own, so that the popup carries nothing of it. It has no framework: few things change on it,
//! and never by themselves.
//!
//! Never here: a decision (`update`), how anything looks (`page`).

pub mod elements;
pub mod model;
pub mod page;
pub mod report;
pub mod update;
pub mod words;

use std::cell::RefCell;

use shared::Secret;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bridge::Ask;
use crate::browser;
use crate::call::{self, say};
use model::{Effect, Model, Msg};
use update::update;

thread_local! {
    static MODEL: RefCell<Model> = RefCell::new(Model::default());
}

/// The tab of what the person is at. For some errands there is none.
const NOW: &str = ".errands [aria-current=page]";

const LINE: call::Page =
    call::Page { told: |told, follows| send(Msg::Told(told, follows)), again: || send(Msg::Check) };

/// Called once by the doorstep. `errand` is what the tab was opened for; `number` one that no other tab has.
#[wasm_bindgen]
pub fn start_desk(errand: &str, number: u32) {
    browser::report_panics();
    call::connect(LINE);
    page::listen();
    send(Msg::Started(errand.to_owned(), number));
}

/// Files were picked, dropped or pasted: their names, one in a line. The number under which their pieces come.
#[wasm_bindgen]
pub fn desk_picked(names: &str) -> u32 {
    send(Msg::Picked(names.lines().map(str::to_owned).collect()));
    MODEL.with_borrow(|model| model.number)
}

/// A piece of a file, as Base64, and where in it that begins. Whether more of it is wanted.
#[wasm_bindgen]
pub fn desk_piece(number: u32, file: usize, at: usize, name: &str, data: String) -> bool {
    send(Msg::Piece { number, file, at, name: name.to_owned(), data: Secret::new(data) });
    MODEL.with_borrow(|model| model.number == number)
}

/// A key file was picked: Base64.
#[wasm_bindgen]
pub fn desk_key(data: String) {
    send(Msg::Key(Secret::new(data)));
}

/// A file that was picked can't be read.
#[wasm_bindgen]
pub fn desk_unread(number: u32) {
    send(Msg::Unread(number));
}

/// All pieces were handed over.
#[wasm_bindgen]
pub fn desk_pieced(number: u32) {
    send(Msg::Pieced(number));
}

/// Takes in what happened.
pub fn send(msg: Msg) {
    let had = browser::page::holder();
    let effects = MODEL.with_borrow_mut(|model| {
        let effects = update(model, msg);
        // First, so that what is to get the keyboard is there.
        page::show(model);
        effects
    });
    for effect in effects {
        match effect {
            Effect::Ask { n, op, request } => {
                say(&Ask::Host { n, op: op.name().to_owned() }, request.expose());
            }
            Effect::Empty(inputs) => {
                inputs.iter().for_each(|input| browser::page::set_value(input, ""))
            }
            Effect::Focus(selector) => browser::page::focus(selector),
        }
    }
    // What had the keyboard was made anew, or is gone.
    for at in had.iter().map(String::as_str).chain([NOW, "h1"]) {
        if had.is_some() && browser::page::holder().is_none() {
            browser::page::focus(at);
        }
    }
}
