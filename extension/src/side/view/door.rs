//! Before the vault opens: the first master password, and the recovery code for who has lost it.
//!
//! Never here: what makes a password good, and what a code opens.

use shared::Secret;
use shared::protocol::{Field, Recover};
use sycamore::prelude::*;

use super::{alert, invalid, submit};
use crate::browser::page::value;
use crate::parts::form::{Input, field, form, password};
use crate::parts::{button, mark, pick, step, text};
use crate::side::model::{Model, Msg};
use crate::side::send;
use crate::text::t;
use crate::words;

/// Asks for the first master password.
pub fn create(model: Signal<Model>) -> View {
    let (title, intro, no_way_back) =
        (t("create_title"), t("create_intro"), t("create_no_way_back"));
    let (label, again, send_it) = (t("master_password"), t("password_again"), t("create"));
    let (alert, mark, meter, step) = (alert(model), mark(), meter(model), step(2));
    let first = password("password", label, "new-password", weigh);
    let second = password("password-again", again, "new-password", || ());
    let submit = submit(model, send_it);
    let backup =
        button("desk-backups", "plain", t("i_have_a_backup"), || Msg::Desk("backups".into()));
    let inside = view! {
        (first)
        (meter)
        (second)
        (alert)
        (submit)
        p(class="hint") { (no_way_back) }
    };
    let sent = || {
        let password = Secret::new(value("#password"));
        Msg::Created(password, Secret::new(value("#password-again")))
    };
    let form = form(sent, inside);
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

/// Asks for the recovery code and a new master password.
pub fn recover(model: Signal<Model>) -> View {
    let (title, hint) = (t("recover_title"), t("recover_hint"));
    let inside = vec![
        field(invalid(model), Field::Recovery, Input::Text, t("recovery_code"), String::new()),
        password("password", t("new_password"), "new-password", weigh),
        meter(model),
        password("password-again", t("password_again"), "new-password", || ()),
        alert(model),
        submit(model, t("recover")),
    ];
    let sent = || {
        let code = Secret::new(value("#recovery-code"));
        let recover = Recover { code, new: Secret::new(value("#password")) };
        Msg::Recovered(recover, Secret::new(value("#password-again")))
    };
    let (form, mark) = (form(sent, inside.into()), mark());
    let back = button("back", "plain", t("back"), || Msg::Back);
    view! {
        main(data-screen="recover", class="door") {
            (mark)
            h1 { (title) }
            p(class="hint") { (hint) }
            (form)
            (back)
        }
    }
}

/// Sends what stands in the field to be weighed.
pub fn weigh() {
    send(Msg::Weigh(Secret::new(value("#password"))));
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
