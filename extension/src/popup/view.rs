//! The screens of the popup.
//!
//! Never here: what happens when something is pressed, beyond the message that says so.

pub mod list;
pub mod password;
pub mod problem;
pub mod row;

use sycamore::prelude::*;

use super::model::{Model, Msg, Screen};
use crate::parts::{self, button, part, pick};
use crate::text::t;

/// The whole popup.
pub fn app(model: Signal<Model>) -> View {
    let screen = pick(model, |m| m.screen.clone());
    let screen = part(move || {
        // A clone: while a signal is read no other can be made.
        let screen = screen.get_clone();
        untrack(|| match &screen {
            Screen::List => list::view(model),
            Screen::Loading => {
                let (text, long) = (t("loading"), t("loading_long"));
                view! {
                    main(data-screen="loading", class="door", aria-busy="true") {
                        p(class="hint late") { (text) }
                        p(class="hint late long") { (long) }
                    }
                }
            }
            Screen::Problem(trouble) => problem::view(model, trouble),
            Screen::Unlock => password::unlock(model),
        })
    });
    let spoken = parts::spoken(pick(model, |m| m.spoken.clone()));
    (screen, toast(model), spoken).into()
}

/// What went wrong.
pub fn alert(model: Signal<Model>) -> View {
    // The page for a host that does not answer has the button anyway.
    let silent = pick(model, |m| m.silent && !matches!(m.screen, Screen::Problem(_)));
    let check = move || {
        let check = || button("check", "plain", t("check_again"), || Msg::Check);
        View::from(silent.get().then(check))
    };
    parts::alert(pick(model, |m| m.alert.clone()), check)
}

fn toast(model: Signal<Model>) -> View {
    let toast = pick(model, |m| m.toast.clone());
    let inside = part(move || {
        let Some(toast) = toast.get_clone() else { return View::default() };
        let undo = toast.undo.is_some().then(|| button("undo", "plain", t("undo"), || Msg::Undo));
        view! {
            span { (toast.text) }
            (undo)
        }
    });
    parts::toast(pick(model, |m| m.toast.is_some()), inside)
}
