//! The screens, and what they are made of.
//!
//! Never here: what happens when something is pressed, beyond the message that says so.

pub mod account;
pub mod form;
pub mod help;
pub mod list;
pub mod password;
pub mod passwords;
pub mod problem;
pub mod row;
pub mod settings;
pub mod trash;

use sycamore::prelude::*;
use web_sys::MouseEvent;

use super::model::{Model, Msg, Screen};
use super::{send, words};
use crate::text::{t, with};

/// The whole popup.
pub fn app(model: Signal<Model>) -> View {
    let screen = pick(model, |m| m.screen.clone());
    let screen = part(move || {
        // A clone: while a signal is read no other can be made.
        let screen = screen.get_clone();
        untrack(|| match &screen {
            Screen::Add => account::add(model),
            Screen::Create => password::create(model),
            Screen::Edit(id) => account::edit(model, id),
            Screen::Help => help::view(),
            Screen::List => list::view(model),
            Screen::Loading => {
                let text = t("loading");
                view! { main(data-screen="loading", class="door", aria-busy="true") { p(class="hint late") { (text) } } }
            }
            Screen::Pin => help::pin(),
            Screen::Passwords => passwords::view(model),
            Screen::Problem(trouble) => problem::view(model, trouble),
            Screen::Recover => passwords::recover(model),
            Screen::Settings => settings::view(model),
            Screen::Trash => trash::view(model),
            Screen::Unlock => password::unlock(model),
        })
    });
    (screen, toast(model), spoken(model)).into()
}

// Sycamore writes its code anew for each closure that it is given. These four give it always the same
// kind of closure, a boxed one, which makes the module half as large. So a `view!` holds names and not
// calls: a call in brackets would become a closure of its own.

/// What views follow: a value out of the model.
pub fn pick<T: PartialEq + 'static>(
    model: Signal<Model>,
    pick: impl Fn(&Model) -> T + 'static,
) -> ReadSignal<T> {
    fn boxed<T: PartialEq + 'static>(
        model: Signal<Model>,
        pick: Box<dyn Fn(&Model) -> T>,
    ) -> ReadSignal<T> {
        create_selector(move || model.with(&pick))
    }
    boxed(model, Box::new(pick))
}

/// A part of a screen that is made anew when what it is made from changes.
pub fn part(view: impl Fn() -> View + 'static) -> View {
    let view: Box<dyn Fn() -> View> = Box::new(view);
    View::from(view)
}

/// A text that changes.
pub fn text(text: impl Fn() -> String + 'static) -> View {
    let text: Box<dyn Fn() -> String> = Box::new(text);
    View::from(text)
}

/// What a button does.
pub fn press(msg: impl Fn() -> Msg + 'static) -> Box<dyn FnMut(MouseEvent)> {
    Box::new(move |_| send(msg()))
}

/// The head of a screen that leads back to the list.
pub fn head(title: String) -> View {
    let back = tool("back", t("back"), ARROW, || Msg::Back);
    view! {
        header(class="head") {
            (back)
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
    let msg = press(msg);
    view! {
        button(class=class, r#type="button", data-do=what, on:click=msg) { (text) }
    }
}

/// A button with an icon.
pub fn tool(
    what: &'static str,
    label: String,
    path: &'static str,
    msg: impl Fn() -> Msg + 'static,
) -> View {
    let (title, icon, msg) = (label.clone(), icon(path), press(msg));
    view! {
        button(class="icon", r#type="button", data-do=what, aria-label=label, title=title, on:click=msg) { (icon) }
    }
}

/// What went wrong, spoken at once.
pub fn alert(model: Signal<Model>) -> View {
    let text = pick(model, |m| m.alert.clone());
    let text = part(move || text.get_clone().map(|text| rich(&text)).into());
    view! { div(class="alert", role="alert") { (text) } }
}

/// A sentence in which some words are bold.
pub fn rich(text: &str) -> View {
    let part = |(n, text): (usize, &str)| {
        let text = text.to_owned();
        if n % 2 == 0 {
            View::from(text)
        } else {
            view! { b { (text) } }
        }
    };
    let parts: Vec<View> = text.split(words::BOLD).enumerate().map(part).collect();
    view! { p { (parts) } }
}

/// What went well. The place is there before the text, so that it is spoken.
fn toast(model: Signal<Model>) -> View {
    let toast = pick(model, |m| m.toast.clone());
    let shown = move || if toast.with(Option::is_some) { "shown" } else { "" };
    let inside = part(move || {
        let Some(toast) = toast.get_clone() else { return View::default() };
        let undo = toast.undo.is_some().then(|| button("undo", "plain", t("undo"), || Msg::Undo));
        view! {
            span { (toast.text) }
            (undo)
        }
    });
    view! { div(id="toast", role="status", aria-live="polite", class=shown) { (inside) } }
}

/// What only those hear who do not see the screen.
fn spoken(model: Signal<Model>) -> View {
    let spoken = pick(model, |m| m.spoken.clone());
    let said = text(move || spoken.get_clone());
    view! { div(id="spoken", class="unseen", role="status") { (said) } }
}

/// A picture of one path, in the colour of the text around it.
pub fn icon(path: &'static str) -> View {
    view! {
        svg(class="glyph", "viewBox"="0 0 24 24", width="20", height="20", aria-hidden="true") {
            path(d=path)
        }
    }
}

/// Which step of the way to the first code this is.
pub fn step(number: u8) -> View {
    let text = with("step", &[&number.to_string(), "4"]);
    view! { p(class="step") { (text) } }
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
