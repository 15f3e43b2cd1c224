//! Keys and what they do.
//!
//! Never here: the keys' meaning (`keys.rs`).

use sycamore::prelude::*;

use super::head;
use crate::parts::{button, mark, step};
use crate::side::model::Msg;
use crate::text::t;

/// The screen.
pub fn view() -> View {
    let keys = [
        (t("key_letters"), t("help_search")),
        ("↑ ↓".into(), t("help_move")),
        ("Enter".into(), t("help_copy")),
        ("Ctrl + Enter".into(), t("help_fill")),
        ("Esc".into(), t("help_escape")),
        ("?".into(), t("help_help")),
        ("Alt + Shift + L".into(), t("help_open")),
        ("Alt + Shift + O".into(), t("command_fill")),
    ];
    let keys: Vec<View> = keys
        .into_iter()
        .map(|(key, meaning)| {
            let key: String = key;
            view! { div { dt { kbd { (key) } } dd { (meaning) } } }
        })
        .collect();
    let head = head(t("help"));
    view! {
        main(data-screen="help") {
            (head)
            dl(class="keys body") { (keys) }
        }
    }
}

/// Where the button and the shortcut are: the last step of the way to the first code.
pub fn pin() -> View {
    let (mark, step, title, text) = (mark(), step(4), t("pin_title"), t("pin_text"));
    let (open, fill) = (t("help_open"), t("command_fill"));
    let done = button("back", "primary", t("pin_done"), || Msg::Back);
    view! {
        main(data-screen="pin", class="door") {
            (mark)
            (step)
            h1 { (title) }
            p { (text) }
            dl(class="keys") {
                div { dt { kbd { "Alt + Shift + L" } } dd { (open) } }
                div { dt { kbd { "Alt + Shift + O" } } dd { (fill) } }
            }
            (done)
        }
    }
}
