//! One account: who, the code, how long it holds.
//!
//! Nothing here runs each second: the ring and the next code are animations that the style sheet
//! drives from two numbers, how long the period is and how much of it had passed.
//!
//! Never here: the list around it.

use shared::protocol::{Account, Kind};
use sycamore::prelude::*;

use crate::browser;
use crate::parts::{DOTS, INTO, TURN, icon, part, pick, press, text, tool};
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
            here: account.here || account.likely,
            favourite: account.favourite,
            hotp: account.kind == Kind::Hotp,
        }
    }
}

/// The row of an account.
pub fn view(model: Signal<Model>, id: String) -> View {
    let [a, b, c, d, e, f, g] = std::array::from_fn(|_| id.clone());
    let face = pick(model, move |m| m.list.account(&a).map(Face::of));
    let own = pick(model, move |m| {
        m.list.account(&f).and_then(|account| m.picture(account)).unwrap_or_default().to_owned()
    });
    let code = pick(model, move |m| m.codes.of(&b).cloned());
    let copied =
        pick(model, move |m| m.toast.as_ref().is_some_and(|t| t.copied.as_ref() == Some(&c)));
    let chosen = pick(model, move |m| m.chosen.as_ref() == Some(&d));
    let class = move || match (copied.get(), chosen.get()) {
        (true, _) => "row copied",
        (_, true) => "row chosen",
        _ => "row",
    };
    let inside = part(move || face.get_clone().map(|face| inside(&e, face, code, own)).into());
    // A right click, and the key for it: what can be done with the account, and not with a page.
    let menu: Box<dyn FnMut(web_sys::MouseEvent)> = Box::new(move |event| {
        event.prevent_default();
        send(Msg::Menu(Some(g.clone())));
    });
    view! { li(class=class, data-account=id, on:contextmenu=menu) { (inside) } }
}

fn inside(id: &str, face: Face, code: ReadSignal<Option<Held>>, own: ReadSignal<String>) -> View {
    let name = if face.label.is_empty() {
        face.issuer.clone()
    } else {
        format!("{}, {}", face.issuer, face.label)
    };
    let [a, b, c, d, e] = std::array::from_fn(|_| id.to_owned());
    let next_code = face
        .hotp
        .then(|| tool("next-code", t("next_code"), TURN, move || Msg::NextCode(a.clone())));
    let fill = face.here.then(|| fill(b));
    let more = tool("menu", with("more_about", &[&name]), DOTS, move || Msg::Menu(Some(c.clone())));
    let copy = press(move || Msg::Copy(Some(d.clone())));
    let chose: Box<dyn FnMut(web_sys::FocusEvent)> = Box::new(move |_| send(Msg::Chose(e.clone())));

    let first = face.issuer.chars().find(|c| c.is_alphanumeric()).or(face.issuer.chars().next());
    let monogram: String = first.into_iter().collect();
    let hash = |h: u32, b: u8| h.wrapping_mul(31).wrapping_add(b.into());
    let tint = format!("tint tint-{}", face.issuer.bytes().fold(7, hash) % 8);
    let service: String = face
        .issuer
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let own = part(move || {
        let png = Some(own.get_clone()).filter(|png| !png.is_empty());
        png.map(|png| {
            let src = format!("data:image/png;base64,{png}");
            view! { img(class="own", src=src, alt="") }
        })
        .into()
    });
    let ring = part(move || code.with(|held| held.as_ref().and_then(|h| h.until)).map(ring).into());
    let digits =
        text(move || code.with(|held| held.as_ref().map(|h| grouped(&h.code)).unwrap_or_default()));
    // Made anew with each code, so that its animation begins where this code's time does.
    let next = part(move || {
        let next = code.with(|held| held.as_ref().and_then(|h| h.next.as_deref().map(grouped)));
        next.map(|next| view! { span(class="next", aria-hidden="true") { (next) } }).into()
    });
    let timing = move || code.with(|held| held.as_ref().map(timing).unwrap_or_default());
    let title = t("copy_code");
    // Whole, where the row had no room for it.
    let whole = name.clone();
    view! {
        button(class="face", r#type="button", data-do="copy", title=title, prop:style=timing, on:focus=chose, on:click=copy) {
            span(class=tint, data-service=service, aria-hidden="true") {
                (monogram)
                svg(class="brand", "viewBox"="0 0 24 24") { path() }
                (own)
                (ring)
            }
            span(class="who", title=whole) {
                span(class="issuer", dir="auto") { (face.issuer) }
                span(class="label", dir="auto") { (face.label) }
            }
            span(class="digits") { span(class="code") { (digits) } (next) }
        }
        (next_code)
        (fill)
        (more)
    }
}

/// Its word where there is room for it beside the names (`popup.css`), and its picture everywhere.
fn fill(id: String) -> View {
    let (title, text, icon) = (t("fill"), t("fill"), icon(INTO));
    let press = press(move || Msg::Fill(Some(id.clone())));
    view! {
        button(class="fill", r#type="button", data-do="fill", title=title, on:click=press) {
            (icon)
            span { (text) }
        }
    }
}

/// How much of the period has passed, for the style sheet.
fn timing(held: &Held) -> String {
    let Some(until) = held.until else { return String::new() };
    let left = until.saturating_sub(browser::time::now()).min(held.period_ms);
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
