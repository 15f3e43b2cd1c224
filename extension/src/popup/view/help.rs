//! Keys and what they do.
//!
//! Never here: the keys' meaning (`keys.rs`).

use sycamore::prelude::*;

use super::head;
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
