//! The screens of the side page.
//!
//! Never here: what happens when something is pressed, beyond the message that says so.

pub mod account;
pub mod browsers;
pub mod door;
pub mod help;
pub mod passwords;
pub mod scan;
pub mod settings;
pub mod several;
pub mod trash;

use shared::protocol::Invalid;
use sycamore::prelude::*;

use super::model::{Model, Msg, Screen};
use crate::parts::{self, ARROW, form, part, pick, tool};
use crate::text::t;

/// The whole page.
pub fn app(model: Signal<Model>) -> View {
    let screen = pick(model, |m| m.screen.clone());
    let screen = part(move || {
        // A clone: while a signal is read no other can be made.
        let screen = screen.get_clone();
        untrack(|| match &screen {
            Screen::About => help::about(model),
            Screen::Add => account::add(model),
            Screen::Arrange => several::arrange(model),
            Screen::Browsers => browsers::view(model),
            Screen::Create => door::create(model),
            Screen::Edit(_) => account::edit(model),
            Screen::Help => help::view(model),
            Screen::Loading => View::default(),
            Screen::Passwords => passwords::view(model),
            Screen::Pin => help::pin(model),
            Screen::Recover => door::recover(model),
            Screen::Scan { .. } => scan::view(model),
            Screen::Settings => settings::view(model),
            Screen::Several(_) => several::several(model),
            Screen::Trash => trash::view(model),
        })
    });
    let said = pick(model, |m| m.toast.clone().unwrap_or_default());
    let said = parts::text(move || said.get_clone());
    let inside = view! { span { (said) } };
    let toast = parts::toast(pick(model, |m| m.toast.is_some()), inside);
    (screen, toast).into()
}

/// The head of a screen, which leads back.
fn head(title: String) -> View {
    let back = tool("back", t("back"), ARROW, || Msg::Back);
    view! {
        header(class="head") {
            (back)
            h1 { (title) }
        }
    }
}

/// What went wrong.
fn alert(model: Signal<Model>) -> View {
    parts::alert(pick(model, |m| m.alert.clone()), View::default)
}

/// What is wrong with the form.
fn invalid(model: Signal<Model>) -> ReadSignal<Option<Invalid>> {
    pick(model, |m| m.invalid)
}

/// The button that sends the form.
fn submit(model: Signal<Model>, label: String) -> View {
    form::submit(pick(model, |m| m.busy), label)
}
