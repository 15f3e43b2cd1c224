//! The screens, and what they are made of.
//!
//! Never here: what happens when something is pressed, beyond the message that says so.

pub mod account;
pub mod form;
pub mod help;
pub mod list;
pub mod password;
pub mod problem;
pub mod row;
pub mod settings;
pub mod trash;

use sycamore::prelude::*;

use super::model::{Model, Msg, Screen};
use super::send;
use crate::text::t;

/// The whole popup.
pub fn app(model: Signal<Model>) -> View {
    let screen = create_selector(move || model.with(|m| m.screen.clone()));
    view! {
        (screen.with(|screen| untrack(|| match screen {
            Screen::Add => account::add(model),
            Screen::Create => password::create(model),
            Screen::Edit(id) => account::edit(model, id),
            Screen::Help => help::view(),
            Screen::List => list::view(model),
            Screen::Loading => view! { main(data-screen="loading", aria-busy="true") },
            Screen::Problem(trouble) => problem::view(model, trouble),
            Screen::Settings => settings::view(model),
            Screen::Trash => trash::view(model),
            Screen::Unlock => password::unlock(model),
        })))
        (toast(model))
    }
}

/// The head of a screen that leads back to the list.
pub fn head(title: String) -> View {
    let back = t("back");
    view! {
        header(class="head") {
            button(class="icon", r#type="button", data-do="back", aria-label=back, on:click=|_| send(Msg::Back)) {
                (icon(ARROW))
            }
            h1 { (title) }
        }
    }
}

/// A button with a text.
pub fn button(
    what: &'static str,
    class: &'static str,
    text: String,
    msg: impl Fn() -> Msg + 'static,
) -> View {
    view! {
        button(class=class, r#type="button", data-do=what, on:click=move |_| send(msg())) { (text) }
    }
}

/// What went wrong, spoken at once.
pub fn alert(model: Signal<Model>) -> View {
    let text = create_selector(move || model.with(|m| m.alert.clone()));
    view! {
        div(class="alert", role="alert") {
            (text.get_clone().map(|text| view! { p { (text) } }))
        }
    }
}

/// What went well. The place is there before the text, so that it is spoken.
fn toast(model: Signal<Model>) -> View {
    let toast = create_selector(move || model.with(|m| m.toast.clone()));
    view! {
        div(id="toast", role="status", aria-live="polite", class=move || if toast.with(Option::is_some) { "shown" } else { "" }) {
            (toast.get_clone().map(|toast| {
                let undo = toast.undo.is_some().then(|| button("undo", "plain", t("undo"), || Msg::Undo));
                view! {
                    span { (toast.text) }
                    (undo)
                }
            }))
        }
    }
}

/// An icon of one path, in the colour of the text around it.
pub fn icon(path: &'static str) -> View {
    view! {
        svg(class="glyph", "viewBox"="0 0 24 24", width="20", height="20", aria-hidden="true") {
            path(d=path)
        }
    }
}

/// The mark: a shield with a keyhole of two words, the challenge and its answer.
pub fn mark() -> View {
    view! { img(class="mark", src="icons/mark.svg", alt="", width="56", height="56") }
}

/// Back.
pub const ARROW: &str = "M15 5l-7 7 7 7";
/// More.
pub const DOTS: &str = "M12 5.5v.01M12 12v.01M12 18.5v.01";
/// Add.
pub const PLUS: &str = "M12 5v14M5 12h14";
/// Lock.
pub const LOCK: &str = "M7 11V8a5 5 0 0 1 10 0v3M6 11h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z";
/// Settings.
pub const SLIDERS: &str = "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4";
/// Search.
pub const GLASS: &str = "M11 4.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM16 16l4 4";
/// Next.
pub const TURN: &str = "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4";
/// Favourite.
pub const STAR: &str = "M12 4.2l2.4 5 5.4.7-4 3.8 1 5.4-4.8-2.7-4.8 2.7 1-5.4-4-3.8 5.4-.7z";
