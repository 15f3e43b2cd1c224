//! What is wrong and what a person can do about it, one honest page for each.
//!
//! Never here: finding out what is wrong.

use shared::protocol::Generation;
use sycamore::prelude::*;

use super::alert;
use crate::browser;
use crate::parts::{SHEETS, button, mark, step, tool};
use crate::popup::model::{Model, Msg, Trouble};
use crate::text::{t, with};

/// Where the program is made, and registered with every browser that it finds.
const SOURCE: &str = "cargo xtask install";

/// What a person's system is called, and how the program is started there from where `cargo xtask install` puts it.
struct System {
    /// The name, of a system on which nobody has tried it.
    untried: Option<&'static str>,
    /// Registers the host with every browser that it finds.
    install: &'static str,
    /// Says which link of the chain is broken.
    doctor: &'static str,
}

impl System {
    /// By `navigator.platform`.
    fn of(platform: &str) -> Self {
        if platform.starts_with("Win") {
            return Self {
                untried: Some("Windows"),
                install: r#"& "$env:LOCALAPPDATA\Countersign\bin\countersign" install"#,
                doctor: r#"& "$env:LOCALAPPDATA\Countersign\bin\countersign" doctor"#,
            };
        }
        if platform.starts_with("Mac") {
            // Its shells do not look there by themselves.
            return Self {
                untried: Some("macOS"),
                install: "~/.local/bin/countersign install",
                doctor: "~/.local/bin/countersign doctor",
            };
        }
        Self { untried: None, install: "countersign install", doctor: "countersign doctor" }
    }
}

/// The screen.
pub fn view(model: Signal<Model>, trouble: &Trouble) -> View {
    let System { untried, install, doctor } = System::of(&browser::platform());
    let (name, title, text, command) = match trouble {
        Trouble::Damaged(_) => ("damaged", t("damaged_title"), t("problem_damaged"), None),
        Trouble::ExtensionTooOld => (
            "extension_too_old",
            t("extension_too_old_title"),
            with("problem_extension_too_old", &[&browser::version()]),
            None,
        ),
        Trouble::HostForbidden => {
            ("host_missing", t("forbidden_title"), t("problem_forbidden"), Some(install))
        }
        Trouble::HostMissing => ("host_missing", t("missing_title"), missing(), Some(install)),
        Trouble::HostSilent => {
            ("host_silent", t("silent_title"), t("problem_silent"), Some(doctor))
        }
        Trouble::HostTooOld => {
            ("host_too_old", t("too_old_title"), t("problem_too_old"), Some(install))
        }
        Trouble::Newer => ("newer", t("newer_title"), t("problem_newer"), None),
        Trouble::Unreadable => {
            ("unreadable", t("unreadable_title"), t("problem_unreadable"), Some(doctor))
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
    let missing = *trouble == Trouble::HostMissing;
    let step = missing.then(|| step(1));
    let untried = command.and(untried).map(|system| hint(with("missing_untried", &[system])));
    let command = command.map(line);
    // Where it comes from, for who has only the extension.
    let source = missing.then(|| View::from((hint(t("missing_source")), line(SOURCE))));
    view! {
        main(data-screen="problem", data-problem=name, class="door") {
            (mark)
            (step)
            h1 { (title) }
            p { (text) }
            (command)
            (source)
            (untried)
            (none)
            ul(class="saves") { (reverts) }
            (alert)
            (check)
        }
    }
}

fn hint(text: String) -> View {
    view! { p(class="hint") { (text) } }
}

/// A command for a terminal.
fn line(command: &'static str) -> View {
    let copy = tool("copy-command", t("copy"), SHEETS, move || Msg::CopyCommand(command));
    view! { div(class="terminal") { pre { code(class="command") { (command) } } (copy) } }
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

#[cfg(test)]
mod tests {
    use super::System;

    #[test]
    fn each_system_is_told_where_its_program_is() {
        for (platform, untried, begins) in [
            ("Linux x86_64", None, "countersign "),
            ("FreeBSD amd64", None, "countersign "),
            ("MacIntel", Some("macOS"), "~/.local/bin/countersign "),
            ("Win32", Some("Windows"), "& \"$env:LOCALAPPDATA\\Countersign\\bin\\countersign\" "),
        ] {
            let system = System::of(platform);
            assert_eq!(system.untried, untried, "{platform}");
            assert_eq!(system.install.strip_prefix(begins), Some("install"), "{platform}");
            assert_eq!(system.doctor.strip_prefix(begins), Some("doctor"), "{platform}");
        }
    }
}
