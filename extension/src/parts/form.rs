//! Parts of forms: fields with a label, a hint, and what is wrong with them.
//!
//! Never here: a whole form.

use shared::protocol::{Field, Invalid};
use sycamore::prelude::*;

use super::{EYE, Say, icon, text};
use crate::text::t;
use crate::words;

/// What kind of input a field has.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Input {
    /// Digits.
    Number,
    /// Dots.
    Password,
    /// One line.
    Text,
}

/// A field of a form. `wrong` is what is wrong with the form.
pub fn field(
    wrong: ReadSignal<Option<Invalid>>,
    of: Field,
    kind: Input,
    label: String,
    value: String,
) -> View {
    let id = &words::input(of)[1..];
    let wrong = move || wrong.get().filter(|i| words::input(i.field) == words::input(of));
    let said = text(move || wrong().map(words::invalid).unwrap_or_default());
    let described = format!("{id}-wrong");
    let (shown, show) = shown(kind != Input::Password);
    let letters = move || if shown.get() { "text" } else { "password" };
    let mode = if kind == Input::Number { "numeric" } else { "text" };
    // What holds where nothing is typed.
    let usual = match of {
        Field::Counter => "0",
        Field::Digits => "6",
        Field::Period => "30",
        _ => "",
    };
    let spoken = described.clone();
    view! {
        div(class="field") {
            label(r#for=id) { (label) }
            div(class="typed") {
                input(id=id, r#type=letters, inputmode=mode, value=value, placeholder=usual, autocomplete="off",
                    "spellcheck"="false", aria-describedby=spoken,
                    aria-invalid=move || wrong().map(|_| "true"))
                (show)
            }
            p(id=described, class="wrong") { (said) }
        }
    }
}

/// A password field.
pub fn password(
    id: &'static str,
    label: String,
    complete: &'static str,
    typed: impl Fn() + 'static,
) -> View {
    let typed: Box<dyn FnMut(web_sys::Event)> = Box::new(move |_| typed());
    let (shown, show) = shown(false);
    let kind = move || if shown.get() { "text" } else { "password" };
    view! {
        div(class="field") {
            label(r#for=id) { (label) }
            div(class="typed") {
                // A browser that checks spelling elsewhere would send what is shown there.
                input(id=id, r#type=kind, autocomplete=complete, maxlength="1024", "spellcheck"="false", on:input=typed)
                (show)
            }
        }
    }
}

/// Whether what is typed is shown, and the button for that where it is not at first.
fn shown(at_first: bool) -> (Signal<bool>, Option<View>) {
    let shown = create_signal(at_first);
    let button = (!at_first).then(|| {
        let turn: Box<dyn FnMut(web_sys::MouseEvent)> =
            Box::new(move |_| shown.set(!shown.get_untracked()));
        let (label, title, icon) = (t("show_typed"), t("show_typed"), icon(EYE));
        let pressed = move || if shown.get() { "true" } else { "false" };
        view! {
            button(class="icon", r#type="button", data-do="show", aria-label=label, title=title, aria-pressed=pressed,
                on:click=turn) { (icon) }
        }
    });
    (shown, button)
}

/// A choice out of a list of values with their names. `fixed`: why it can't be changed, if so.
pub fn choice(
    id: &'static str,
    label: String,
    options: Vec<(String, String)>,
    chosen: String,
    fixed: Option<String>,
    change: impl Fn() + 'static,
) -> View {
    let options: Vec<View> = options
        .into_iter()
        .map(|(value, name)| {
            let selected = value == chosen;
            view! { option(value=value, selected=selected) { (name) } }
        })
        .collect();
    let change: Box<dyn FnMut(web_sys::Event)> = Box::new(move |_| change());
    let Fixed { class, disabled, described, why } = Fixed::of(id, fixed);
    view! {
        div(class=class) {
            label(r#for=id) { (label) }
            select(id=id, disabled=disabled, aria-describedby=described, on:change=change) { (options) }
            (why)
        }
    }
}

/// A switch. `fixed`: why it can't be turned, if so.
pub fn switch(
    id: &'static str,
    label: String,
    on: bool,
    fixed: Option<String>,
    change: impl Fn() + 'static,
) -> View {
    let change: Box<dyn FnMut(web_sys::Event)> = Box::new(move |_| change());
    let Fixed { class, disabled, described, why } = Fixed::of(id, fixed);
    view! {
        div(class=class) {
            label(r#for=id) { (label) }
            input(id=id, class="switch", r#type="checkbox", role="switch", checked=on, disabled=disabled,
                aria-describedby=described, on:change=change)
            (why)
        }
    }
}

/// What differs where nothing can be changed.
struct Fixed {
    class: &'static str,
    disabled: bool,
    described: Option<String>,
    why: View,
}

impl Fixed {
    fn of(id: &str, why: Option<String>) -> Self {
        let Some(why) = why else {
            return Self {
                class: "field line",
                disabled: false,
                described: None,
                why: View::default(),
            };
        };
        let described = format!("{id}-fixed");
        let named = described.clone();
        let why = view! { p(id=named, class="hint") { (why) } };
        Self { class: "field line fixed", disabled: true, described: Some(described), why }
    }
}

/// The button that sends a form. While the answer is awaited it can't be pressed again.
pub fn submit(busy: ReadSignal<bool>, label: String) -> View {
    let said = move || if busy.get() { "true" } else { "false" };
    view! {
        button(class="primary", r#type="submit", data-do="submit", disabled=move || busy.get(), aria-busy=said) {
            (label)
        }
    }
}

/// A form; sending it sends a message instead of a page.
pub fn form<M: Say>(msg: impl Fn() -> M + 'static, inside: View) -> View {
    let sent: Box<dyn FnMut(web_sys::SubmitEvent)> = Box::new(move |event| {
        event.prevent_default();
        msg().say();
    });
    view! { form(novalidate=true, on:submit=sent) { (inside) } }
}
