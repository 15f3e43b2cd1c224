//! Parts of forms: fields with a label, a hint, and what is wrong with them.
//!
//! Never here: a whole form.

use shared::protocol::Field;
use sycamore::prelude::*;

use crate::popup::model::{Model, Msg};
use crate::popup::{send, words};

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

/// A field of a form. `id` is its element's.
pub fn field(model: Signal<Model>, of: Field, kind: Input, label: String, value: String) -> View {
    let id = &words::input(of)[1..];
    let wrong = create_selector(move || {
        model.with(|m| m.invalid.filter(|i| words::input(i.field) == words::input(of)))
    });
    let described = format!("{id}-wrong");
    let (kind, mode) = match kind {
        Input::Number => ("text", "numeric"),
        Input::Password => ("password", "text"),
        Input::Text => ("text", "text"),
    };
    let spoken = described.clone();
    view! {
        div(class="field") {
            label(r#for=id) { (label) }
            input(id=id, r#type=kind, inputmode=mode, value=value, autocomplete="off", "spellcheck"="false",
                aria-describedby=spoken,
                aria-invalid=move || wrong.get().map(|_| "true"))
            p(id=described, class="wrong") { (wrong.get().map(words::invalid).unwrap_or_default()) }
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
    view! {
        div(class="field") {
            label(r#for=id) { (label) }
            input(id=id, r#type="password", autocomplete=complete, maxlength="1024", on:input=move |_| typed())
        }
    }
}

/// A choice out of a list of values with their names.
pub fn choice(
    id: &'static str,
    label: String,
    options: Vec<(String, String)>,
    chosen: String,
    change: impl Fn() + 'static,
) -> View {
    let options: Vec<View> = options
        .into_iter()
        .map(|(value, name)| {
            let selected = value == chosen;
            view! { option(value=value, selected=selected) { (name) } }
        })
        .collect();
    view! {
        div(class="field line") {
            label(r#for=id) { (label) }
            select(id=id, on:change=move |_| change()) { (options) }
        }
    }
}

/// A switch.
pub fn switch(id: &'static str, label: String, on: bool, change: impl Fn() + 'static) -> View {
    view! {
        div(class="field line") {
            label(r#for=id) { (label) }
            input(id=id, class="switch", r#type="checkbox", role="switch", checked=on, on:change=move |_| change())
        }
    }
}

/// The button that sends a form. While the answer is awaited it can't be pressed again.
pub fn submit(model: Signal<Model>, text: String) -> View {
    let busy = create_selector(move || model.with(|m| m.busy || 0 < m.retry_s));
    view! {
        button(class="primary", r#type="submit", data-do="submit", disabled=busy.get(), aria-busy=move || model.with(|m| m.busy).to_string()) {
            (text)
        }
    }
}

/// A form; sending it sends a message instead of a page.
pub fn form(msg: impl Fn() -> Option<Msg> + 'static, inside: View) -> View {
    view! {
        form(novalidate=true, on:submit=move |event: web_sys::SubmitEvent| {
            event.prevent_default();
            if let Some(msg) = msg() {
                send(msg);
            }
        }) {
            (inside)
        }
    }
}
