//! Being asked for the master password, or the PIN.
//!
//! Never here: what they open.

use shared::Secret;
use shared::protocol::{Request, UnlockPin};
use sycamore::prelude::*;

use super::alert;
use crate::browser;
use crate::parts::{button, form, mark, part, pick, text};
use crate::popup::model::{Asked, Model, Msg};
use crate::text::{soon, t, with};
use crate::words;

/// Asks for the PIN where there is one, or else for the master password.
pub fn unlock(model: Signal<Model>) -> View {
    let why = pick(model, |m| m.why);
    let by_pin = pick(model, |m| 0 < m.pin_tries && !m.by_master);
    let title = t("unlock_title");
    let why = text(move || why.get().map(words::why).unwrap_or_default());
    let (mark, person, lost) = (mark(), person(model), lost(model));
    let form = part(move || {
        let by_pin = by_pin.get();
        untrack(|| if by_pin { pin(model) } else { master(model) })
    });
    view! {
        main(data-screen="unlock", class="door") {
            (mark)
            h1 { (title) }
            p(class="hint") { (why) }
            (form)
            (person)
            (lost)
        }
    }
}

/// The system, where it may be asked.
fn person(model: Signal<Model>) -> View {
    let there = pick(model, |m| m.person);
    part(move || {
        let there = there.get();
        View::from(there.then(|| button("by-person", "plain", t("by_person"), || Msg::ByPerson)))
    })
}

fn master(model: Signal<Model>) -> View {
    let wait = pick(model, |m| u32::try_from(m.retry_s).unwrap_or(u32::MAX));
    let wait = text(move || match wait.get() {
        0 => String::new(),
        seconds => with("wait_seconds", &[&soon(seconds)]),
    });
    let field = form::password("password", t("master_password"), "current-password", || ());
    let alert = alert(model);
    let submit = form::submit(pick(model, |m| m.busy), t("unlock"));
    let inside = view! {
        (field)
        (alert)
        p(class="hint", aria-live="off") { (wait) }
        (submit)
    };
    form::form(|| Msg::Unlocked(Secret::new(browser::page::value("#password"))), inside)
}

fn pin(model: Signal<Model>) -> View {
    let field = form::password("pin", t("pin"), "off", || ());
    let submit = form::submit(pick(model, |m| m.busy), t("unlock"));
    let inside = vec![field, alert(model), submit];
    let sent = || {
        let pin = Secret::new(browser::page::value("#pin"));
        Msg::Sent(Asked::UnlockPin, Request::UnlockPin(UnlockPin { pin }))
    };
    let other = button("by-master", "plain", t("pin_by_master"), || Msg::ByMaster);
    vec![form::form(sent, inside.into()), other].into()
}

/// The way to the recovery code, for who has lost the master password.
fn lost(model: Signal<Model>) -> View {
    let there = pick(model, |m| m.recovery);
    part(move || {
        let there = there.get();
        let lost = || Msg::Go("recover".into());
        View::from(there.then(|| button("recover", "plain", t("recovery_use"), lost)))
    })
}
