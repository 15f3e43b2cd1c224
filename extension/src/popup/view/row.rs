//! One account: who, the code, how long it holds.
//!
//! Nothing here runs each second: the ring and the next code are animations that the style sheet
//! drives from two numbers, how long the period is and how much of it had passed.
//!
//! Never here: the list around it.

use shared::protocol::{Account, Kind};
use sycamore::prelude::*;

use super::{DOTS, TURN, icon};
use crate::browser;
use crate::popup::codes::{Held, grouped};
use crate::popup::model::{Model, Msg};
use crate::popup::send;
use crate::text::{t, with};

/// What of an account the row shows.
#[derive(Clone, PartialEq)]
struct Face {
    issuer: String,
    label: String,
    here: bool,
    favourite: bool,
    hotp: bool,
}

impl Face {
    fn of(account: &Account) -> Self {
        let (issuer, label) = match (account.issuer.as_str(), account.label.as_str()) {
            // What there is stands in the first line.
            ("", label) => (label, ""),
            both => both,
        };
        Self {
            issuer: issuer.to_owned(),
            label: label.to_owned(),
            here: account.here,
            favourite: account.favourite,
            hotp: account.kind == Kind::Hotp,
        }
    }
}

/// The row of an account.
pub fn view(model: Signal<Model>, id: String) -> View {
    let of = id.clone();
    let face = create_selector(move || model.with(|m| m.list.account(&of).map(Face::of)));
    let of = id.clone();
    let code = create_selector(move || model.with(|m| m.codes.of(&of).cloned()));
    let of = id.clone();
    let copied = create_selector(move || {
        model.with(|m| m.toast.as_ref().is_some_and(|t| t.copied.as_ref() == Some(&of)))
    });
    let of = id.clone();
    let chosen = create_selector(move || model.with(|m| m.chosen.as_ref() == Some(&of)));
    let class = move || match (copied.get(), chosen.get()) {
        (true, _) => "row copied",
        (_, true) => "row chosen",
        _ => "row",
    };
    let of = id.clone();
    view! {
        li(class=class, data-account=id) {
            (face.get_clone().map(|face| inside(of.clone(), face, code)))
        }
    }
}

fn inside(id: String, face: Face, code: ReadSignal<Option<Held>>) -> View {
    let name = if face.label.is_empty() {
        face.issuer.clone()
    } else {
        format!("{}, {}", face.issuer, face.label)
    };
    let (title, more) = (t("copy_code"), with("more_about", &[&name]));
    let monogram: String = face
        .issuer
        .chars()
        .find(|c| c.is_alphanumeric())
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let tint = format!(
        "tint tint-{}",
        face.issuer.bytes().fold(7_u32, |h, b| h.wrapping_mul(31).wrapping_add(b.into())) % 8
    );
    let [a, b, c, d, e] = std::array::from_fn(|_| id.clone());
    let next = face.hotp.then(|| {
        let (label, title) = (t("next_code"), t("next_code"));
        view! {
            button(class="icon", r#type="button", data-do="next-code", aria-label=label, title=title,
                on:click=move |_| send(Msg::NextCode(a.clone()))) { (icon(TURN)) }
        }
    });
    let fill = face.here.then(|| {
        let text = t("fill");
        view! {
            button(class="fill", r#type="button", data-do="fill", on:click=move |_| send(Msg::Fill(Some(b.clone())))) { (text) }
        }
    });
    let timing = move || code.with(|held| held.as_ref().map(timing).unwrap_or_default());
    view! {
        button(class="face", r#type="button", data-do="copy", title=title, prop:style=timing,
            on:focus=move |_| send(Msg::Chose(c.clone())), on:click=move |_| send(Msg::Copy(Some(d.clone())))) {
            span(class=tint, aria-hidden="true") {
                (monogram)
                (code.with(|held| held.as_ref().and_then(|h| h.until)).map(ring))
            }
            span(class="who") {
                span(class="issuer") { (face.issuer) }
                span(class="label") { (face.label) }
            }
            span(class="digits") {
                span(class="code") { (code.with(|held| held.as_ref().map(|h| grouped(&h.code)).unwrap_or_default())) }
                // Made anew with each code, so that its animation begins where this code's time does.
                (code.with(|held| held.as_ref().and_then(|h| h.next.clone())).map(|next| {
                    let next = grouped(&next);
                    view! { span(class="next", aria-hidden="true") { (next) } }
                }))
            }
        }
        (next)
        (fill)
        button(class="icon", r#type="button", data-do="menu", aria-haspopup="dialog", aria-label=more,
            on:click=move |_| send(Msg::Menu(Some(e.clone())))) { (icon(DOTS)) }
    }
}

/// How much of the period has passed, for the style sheet.
fn timing(held: &Held) -> String {
    let Some(until) = held.until else { return String::new() };
    let left = until.saturating_sub(browser::now()).min(held.period_ms);
    format!("--period:{}ms;--passed:-{}ms", held.period_ms, held.period_ms - left)
}

/// What is left of the period. Made anew when the period is, so that it begins where time does.
fn ring(_until: u64) -> View {
    view! {
        svg(class="ring", "viewBox"="0 0 40 40", aria-hidden="true") {
            circle(cx="20", cy="20", r="18.5", "pathLength"="100")
        }
    }
}
