//! The browsers of this machine: which are connected, and what to do about those that can't be.
//!
//! Never here: how they are found (the host knows).

use shared::protocol::{KnownBrowser, Standing};
use sycamore::prelude::*;

use super::{alert, head};
use crate::parts::{button, part, pick};
use crate::side::model::{Model, Msg, Screen};
use crate::text::t;

/// The screen.
pub fn view(model: Signal<Model>) -> View {
    let all = pick(model, |m| m.browsers.clone());
    let all = part(move || all.get_clone().into_iter().map(line).collect::<Vec<_>>().into());
    let (head, alert) = (head(t("browsers")), alert(model));
    let again = button("check", "plain", t("check_again"), || Msg::Show(Screen::Browsers));
    view! {
        main(data-screen="browsers") {
            (head)
            div(class="body") {
                (alert)
                ul(class="founds") { (all) }
                (again)
            }
        }
    }
}

fn line(browser: KnownBrowser) -> View {
    let KnownBrowser { name, title, standing, connected, this } = browser;
    let title = if title.is_empty() { t("browser_other") } else { title };
    let (said, remedy) = match standing {
        _ if this => (t("browser_this"), false),
        _ if connected => (t("browser_connected"), false),
        Standing::Registered => (t("browser_ready"), false),
        Standing::Sandboxed => (t("browser_sandboxed"), false),
        Standing::Missing => (t("browser_missing"), true),
        Standing::Wrong => (t("browser_wrong"), true),
    };
    let command = format!("countersign install --browser {name}");
    let remedy = View::from(remedy.then(|| view! { pre(tabindex="0") { code { (command) } } }));
    view! {
        li(class="found", data-browser=name) {
            b(dir="auto") { (title) }
            span(class="hint") { (said) }
            (remedy)
        }
    }
}
