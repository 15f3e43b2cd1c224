//! Keys and what they do; what this is made of.
//!
//! Never here: the keys' meaning (`popup/keys.rs`).

use sycamore::prelude::*;

use super::head;
use crate::browser;
use crate::parts::{button, mark, part, pick, step, text};
use crate::side::model::{Model, Msg, Screen};
use crate::text::{t, with};

/// Every key.
pub fn view(model: Signal<Model>) -> View {
    let own = shortcuts(model);
    let keys = [
        (t("key_letters"), t("help_search")),
        ("↑ ↓".into(), t("help_move")),
        ("Enter".into(), t("help_copy")),
        ("Ctrl+Enter".into(), t("help_fill")),
        ("Esc".into(), t("help_escape")),
        ("?".into(), t("help_help")),
    ];
    // Firefox closes the popup before that hears of the key.
    let ours = |key: &str| key != "Esc" || browser::family() != "firefox";
    let keys: Vec<View> = keys
        .into_iter()
        .filter(|(key, _)| ours(key))
        .map(|(key, meaning)| line(shown(&key), meaning))
        .collect();
    let head = head(t("help"));
    let change =
        button("change-shortcuts", "plain", t("shortcuts_change"), || Msg::ChangeShortcuts);
    view! {
        main(data-screen="help") {
            (head)
            div(class="body") {
                dl(class="keys") { (keys) (own) }
                (change)
            }
        }
    }
}

/// The two keys that the person may have set otherwise.
pub fn shortcuts(model: Signal<Model>) -> View {
    let set = pick(model, |m| m.shortcuts.clone());
    part(move || {
        let (open, fill) = set.get_clone().unwrap_or_default();
        vec![line(shown(&open), t("help_open")), line(shown(&fill), t("command_fill"))].into()
    })
}

/// What stands on this computer's keys.
fn shown(keys: &str) -> String {
    if keys.is_empty() { t("shortcut_none") } else { named(keys, &browser::platform()) }
}

/// `Ctrl+Enter` with room to read, and as the keyboards of the language and of the platform (`navigator.platform`) have
/// it. What a browser has translated itself, `Strg+L` or a Mac's `⌥⇧L`, stays as it is.
fn named(keys: &str, platform: &str) -> String {
    let is_mac = platform.starts_with("Mac");
    let key = |key: &str| match (key, is_mac) {
        ("Alt", true) => "⌥".into(),
        ("Command" | "Ctrl", true) => "⌘".into(),
        ("Enter", true) => "↩".into(),
        ("MacCtrl", true) => "⌃".into(),
        ("Shift", true) => "⇧".into(),
        ("Ctrl", _) => t("key_control"),
        ("Enter", _) => t("key_enter"),
        ("Esc", _) => t("key_escape"),
        ("Shift", _) => t("key_shift"),
        _ => key.to_owned(),
    };
    let keys: Vec<String> = keys.split('+').map(key).collect();
    keys.join(if is_mac { " " } else { " + " })
}

fn line(key: String, meaning: String) -> View {
    view! { div { dt { kbd { (key) } } dd { (meaning) } } }
}

/// Where the button and the shortcut are: the last step of the way to the first code.
pub fn pin(model: Signal<Model>) -> View {
    let (mark, step, title, words) = (mark(), step(4), t("pin_title"), t("pin_text"));
    let keys = shortcuts(model);
    let done = button("back", "primary", t("pin_done"), || Msg::Back);
    // Before it is needed: without the master password nothing else opens the vault.
    let show = || Msg::Show(Screen::Passwords);
    let recovery = button("passwords", "plain", t("recovery_make"), show);
    view! {
        main(data-screen="pin", class="door") {
            (mark)
            (step)
            h1 { (title) }
            p { (words) }
            dl(class="keys") { (keys) }
            (done)
            (recovery)
        }
    }
}

/// Versions and licences.
pub fn about(model: Signal<Model>) -> View {
    let host = pick(model, |m| m.host.clone());
    let versions = text(move || host.with(|host| with("versions", &[&browser::version(), host])));
    let (head, mark, licences) = (head(t("about")), mark(), t("licences"));
    view! {
        main(data-screen="about") {
            (head)
            div(class="body about") {
                (mark)
                h2 { "Countersign" }
                p(class="hint") { (versions) }
                p(class="hint", dir="ltr") { "MIT OR Apache-2.0" }
                a(class="plain", href="licences.txt", target="_blank", rel="noopener") { (licences) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn keys_are_called_what_stands_on_them() {
        for (keys, platform, name) in [
            ("Enter", "Linux x86_64", "key_enter"),
            ("Ctrl+Enter", "Win32", "key_control + key_enter"),
            ("Esc", "MacIntel", "key_escape"),
            ("Ctrl+Enter", "MacIntel", "⌘ ↩"),
            ("Alt+Shift+L", "Linux x86_64", "Alt + key_shift + L"),
            ("Strg+Umschalt+L", "Win32", "Strg + Umschalt + L"),
            ("MacCtrl+Alt+Shift+L", "MacIntel", "⌃ ⌥ ⇧ L"),
            ("⌥⇧L", "MacIntel", "⌥⇧L"),
            ("A – Z", "MacIntel", "A – Z"),
        ] {
            assert_eq!(named(keys, platform), name, "{keys} on {platform}");
        }
    }
}
