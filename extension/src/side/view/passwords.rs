//! Which password opens what, what becomes of it if it is lost, and the forms to change each of them.
//!
//! Never here: what a password opens.

use shared::Secret;
use shared::protocol::{ChangePassword, Field, Request, SetPin, SetSettings, Unlock};
use sycamore::prelude::*;

use super::door::{meter, weigh};
use super::{alert, head, invalid, submit};
use crate::browser::page::{checked, value};
use crate::parts::form::{Input, choice, field, form, password, switch};
use crate::parts::{button, part, pick};
use crate::side::model::{Asked, Model, Msg};
use crate::side::send;
use crate::text::{lasting, t};

/// Days after which the master password may be asked again.
const DAYS: [u32; 5] = [1, 7, 14, 30, 90];

/// The screen.
pub fn view(model: Signal<Model>) -> View {
    let (head, alert) = (head(t("passwords")), alert(model));
    let there = pick(model, |m| m.person);
    let cards: View = vec![
        card(t("master_password"), t("master_opens"), t("master_lost"), master(model)),
        card(t("pin"), t("pin_opens"), t("pin_lost"), pin(model)),
        part(move || {
            let there = there.get();
            let card = || card(t("person"), t("person_opens"), t("person_lost"), person(model));
            View::from(there.then(card))
        }),
        card(t("backups_password"), t("backups_opens"), t("backups_lost"), View::default()),
        card(t("recovery_code"), t("recovery_opens"), t("recovery_lost"), recovery(model)),
    ]
    .into();
    view! {
        main(data-screen="passwords") {
            (head)
            div(class="body") {
                (alert)
                (cards)
            }
        }
    }
}

fn card(title: String, opens: String, lost: String, forms: View) -> View {
    view! {
        h2 { (title) }
        section(class="card") {
            p { (opens) }
            p(class="hint") { (lost) }
            (forms)
        }
    }
}

/// A form that is unfolded when it is wanted.
fn fold(id: &'static str, title: String, inside: View) -> View {
    view! { details(id=id) { summary { (title) } (inside) } }
}

fn master(model: Signal<Model>) -> View {
    let days = pick(model, |m| m.settings.as_ref().map_or(14, |s| s.master_s / 86_400));
    let is_fixed = pick(model, |m| m.is_fixed("master_s"));
    let age = part(move || {
        let (now, fixed) = (days.get(), is_fixed.get().then(|| t("managed")));
        let mut days = DAYS.to_vec();
        if !days.contains(&now) {
            days.push(now);
            days.sort_unstable();
        }
        let names = days.iter().map(|d| (d.to_string(), lasting(d * 86_400))).collect();
        choice("master-age", t("master_age"), names, now.to_string(), fixed, || {
            let master_s = value("#master-age").parse().ok().map(|days: u32| days * 86_400);
            send(Msg::Set(SetSettings { master_s, ..SetSettings::default() }));
        })
    });
    let inside = vec![
        password("old-password", t("present_password"), "current-password", || ()),
        password("password", t("new_password"), "new-password", weigh),
        meter(model),
        password("password-again", t("password_again"), "new-password", || ()),
        switch("rotate", t("rotate"), false, None, || ()),
        submit(model, t("change_password")),
    ];
    let sent = || {
        let change = ChangePassword {
            old: Secret::new(value("#old-password")),
            new: Secret::new(value("#password")),
            rotate: checked("#rotate"),
        };
        Msg::PasswordChanged(change, Secret::new(value("#password-again")))
    };
    let change = fold("change", t("change_password"), form(sent, inside.into()));
    vec![age, change].into()
}

fn pin(model: Signal<Model>) -> View {
    let there = pick(model, |m| m.pin);
    let remove = part(move || {
        let remove = || Msg::Sent(Asked::RemovePin, Request::RemovePin);
        let there = there.get();
        View::from(there.then(|| button("remove-pin", "plain danger", t("pin_remove"), remove)))
    });
    let inside = vec![
        password("pin-password", t("master_password"), "current-password", || ()),
        field(invalid(model), Field::Pin, Input::Password, t("pin"), String::new()),
        submit(model, t("pin_set")),
    ];
    let sent = || {
        let password = Secret::new(value("#pin-password"));
        let set = SetPin { password, pin: Secret::new(value("#pin")) };
        Msg::Sent(Asked::SetPin, Request::SetPin(set))
    };
    let set = fold("set-pin", t("pin_set"), form(sent, inside.into()));
    let forms: View = vec![set, remove].into();
    let is_fixed = pick(model, |m| m.is_fixed("pin"));
    let class = move || if is_fixed.get() { "off" } else { "" };
    let off = t("managed_off");
    view! {
        div(id="pin-forms", class=class) {
            p(class="hint") { (off) }
            div { (forms) }
        }
    }
}

fn person(model: Signal<Model>) -> View {
    let on = pick(model, |m| m.settings.as_ref().map(|s| s.biometrics));
    let is_fixed = pick(model, |m| m.is_fixed("biometrics"));
    part(move || {
        let fixed = is_fixed.get().then(|| t("managed_off"));
        switch("person", t("person_use"), on.get() == Some(true), fixed, || {
            let biometrics = Some(checked("#person"));
            send(Msg::Set(SetSettings { biometrics, ..SetSettings::default() }));
        })
    })
}

fn recovery(model: Signal<Model>) -> View {
    let there = pick(model, |m| m.recovery);
    let made = pick(model, |m| m.recovery_code.clone());
    let remove = part(move || {
        let there = there.get();
        View::from(there.then(|| {
            let inside = vec![
                password("removal-password", t("master_password"), "current-password", || ()),
                submit(model, t("recovery_remove")),
            ];
            let sent = || {
                let password = Secret::new(value("#removal-password"));
                Msg::Sent(Asked::RemoveRecovery, Request::RemoveRecovery(Unlock { password }))
            };
            fold("remove-recovery", t("recovery_remove"), form(sent, inside.into()))
        }))
    });
    let shown = part(move || {
        let Some(made) = made.get_clone() else { return View::default() };
        let keep = t("recovery_keep");
        view! {
            div(role="status") {
                pre { code(class="command", id="made-code") { (made) } }
                p { (keep) }
            }
        }
    });
    let inside = vec![
        password("recovery-password", t("master_password"), "current-password", || ()),
        submit(model, t("recovery_make")),
    ];
    let sent = || {
        let password = Secret::new(value("#recovery-password"));
        Msg::Sent(Asked::MakeRecovery, Request::MakeRecovery(Unlock { password }))
    };
    let make = fold("make-recovery", t("recovery_make"), form(sent, inside.into()));
    vec![shown, make, remove].into()
}
