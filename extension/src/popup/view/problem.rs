//! What is wrong and what a person can do about it, one honest page for each.
//!
//! Never here: finding out what is wrong.

use shared::protocol::Generation;
use sycamore::prelude::*;

use super::alert;
use crate::browser;
use crate::parts::{button, mark, step};
use crate::popup::model::{Model, Msg, Trouble};
use crate::text::{t, with};

/// Registers the host with every browser that it finds.
const INSTALL: &str = "countersign install";
/// Says which link of the chain is broken.
const DOCTOR: &str = "countersign doctor";

/// The screen.
pub fn view(model: Signal<Model>, trouble: &Trouble) -> View {
    let (name, title, text, command) = match trouble {
        Trouble::Damaged(_) => ("damaged", t("damaged_title"), t("problem_damaged"), None),
        Trouble::ExtensionTooOld => (
            "extension_too_old",
            t("extension_too_old_title"),
            with("problem_extension_too_old", &[&browser::version()]),
            None,
        ),
        Trouble::HostForbidden => {
            ("host_missing", t("forbidden_title"), t("problem_forbidden"), Some(INSTALL))
        }
        Trouble::HostMissing => ("host_missing", t("missing_title"), missing(), Some(INSTALL)),
        Trouble::HostSilent => {
            ("host_silent", t("silent_title"), t("problem_silent"), Some(DOCTOR))
        }
        Trouble::HostTooOld => {
            ("host_too_old", t("too_old_title"), t("problem_too_old"), Some(INSTALL))
        }
        Trouble::Newer => ("newer", t("newer_title"), t("problem_newer"), None),
        Trouble::Unreadable => {
            ("unreadable", t("unreadable_title"), t("problem_unreadable"), Some(DOCTOR))
        }
    };
    let saves = match trouble {
        Trouble::Damaged(generations) => generations.as_slice(),
        _ => &[],
    };
    let check = button("check", "primary", t("check_again"), || Msg::Check);
    let reverts: Vec<View> = saves.iter().map(|save| revert(*save)).collect();
    let none = matches!(trouble, Trouble::Damaged(saves) if saves.is_empty());
    let none = none.then(|| {
        let text = t("damaged_no_saves");
        view! { p { (text) } }
    });
    let (alert, mark) = (alert(model), mark());
    let step = (*trouble == Trouble::HostMissing).then(|| step(1));
    let command = command.map(|command| view! { pre { code(class="command") { (command) } } });
    view! {
        main(data-screen="problem", data-problem=name, class="door") {
            (mark)
            (step)
            h1 { (title) }
            p { (text) }
            (command)
            (none)
            ul(class="saves") { (reverts) }
            (alert)
            (check)
        }
    }
}

fn missing() -> String {
    match browser::family() {
        "firefox" => t("problem_missing_firefox"),
        _ => t("problem_missing_chromium"),
    }
}

fn revert(save: Generation) -> View {
    let generation = save.generation;
    let date = browser::language::date(save.saved_at);
    let number = with("save_number", &[&generation.to_string()]);
    let revert = button("revert", "plain", t("revert"), move || Msg::Revert(generation));
    view! {
        li {
            div { strong { (date) } span(class="hint") { (number) } }
            (revert)
        }
    }
}
