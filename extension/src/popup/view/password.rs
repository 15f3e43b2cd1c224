//! The master password: its first choice, and being asked for it.
//!
//! Never here: what makes a password good, and what it opens.

use shared::Secret;
use shared::protocol::{Request, UnlockPin};
use sycamore::prelude::*;

use super::{alert, button, form, mark, part, passwords, pick, step, text};
use crate::browser;
use crate::popup::model::{Asked, Model, Msg};
use crate::popup::{send, words};
use crate::text::{soon, t, with};

/// Asks for the PIN where there is one, or else for the master password.
pub fn unlock(model: Signal<Model>) -> View {
    let why = pick(model, |m| m.why);
    let by_pin = pick(model, |m| 0 < m.pin_tries && !m.by_master);
    let title = t("unlock_title");
    let why = text(move || why.get().map(words::why).unwrap_or_default());
    let (mark, lost) = (mark(), passwords::lost(model));
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
            (lost)
        }
    }
}

fn master(model: Signal<Model>) -> View {
    let wait = pick(model, |m| u32::try_from(m.retry_s).unwrap_or(u32::MAX));
    let wait = text(move || match wait.get() {
        0 => String::new(),
        seconds => with("wait_seconds", &[&soon(seconds)]),
    });
    let field = form::password("password", t("master_password"), "current-password", || ());
    let (alert, submit) = (alert(model), form::submit(model, t("unlock")));
    let inside = view! {
        (field)
        (alert)
        p(class="hint", aria-live="off") { (wait) }
        (submit)
    };
    form::form(|| Some(Msg::Unlocked(Secret::new(browser::value("#password")))), inside)
}

fn pin(model: Signal<Model>) -> View {
    let field = form::password("pin", t("pin"), "off", || ());
    let submit = form::submit(model, t("unlock"));
    let inside = vec![field, alert(model), submit];
    let sent = || {
        let pin = Secret::new(browser::value("#pin"));
        Some(Msg::Sent(Asked::UnlockPin, Request::UnlockPin(UnlockPin { pin })))
    };
    let other = button("by-master", "plain", t("pin_by_master"), || Msg::ByMaster);
    vec![form::form(sent, inside.into()), other].into()
}

/// Asks for the first master password.
pub fn create(model: Signal<Model>) -> View {
    let (title, intro, no_way_back) =
        (t("create_title"), t("create_intro"), t("create_no_way_back"));
    let (label, again, send_it) = (t("master_password"), t("password_again"), t("create"));
    let (alert, mark, meter, step) = (alert(model), mark(), meter(model), step(2));
    let first = form::password("password", label, "new-password", weigh);
    let second = form::password("password-again", again, "new-password", || ());
    let submit = form::submit(model, send_it);
    let backup = button("desk-backups", "plain", t("i_have_a_backup"), || Msg::Desk("backups"));
    let inside = view! {
        (first)
        (meter)
        (second)
        (alert)
        (submit)
        p(class="hint") { (no_way_back) }
    };
    let sent = || {
        let password = Secret::new(browser::value("#password"));
        Some(Msg::Created(password, Secret::new(browser::value("#password-again"))))
    };
    let form = form::form(sent, inside);
    view! {
        main(data-screen="create", class="door") {
            (mark)
            (step)
            h1 { (title) }
            p(class="hint") { (intro) }
            (form)
            (backup)
        }
    }
}

/// Sends what stands in the field to be weighed.
pub fn weigh() {
    send(Msg::Weigh(Secret::new(browser::value("#password"))));
}

/// How strong the password in the field is, by length, colour and word.
pub fn meter(model: Signal<Model>) -> View {
    let strength = pick(model, |m| m.strength.clone());
    let said = text(move || strength.with(|s| s.as_ref().map(words::strength).unwrap_or_default()));
    let score = move || strength.with(|s| s.as_ref().map(|s| s.score.to_string()));
    view! {
        div(class="meter", data-score=score) {
            div(class="bars", aria-hidden="true") { span() span() span() span() }
            p(role="status") { (said) }
        }
    }
}
