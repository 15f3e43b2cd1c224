//! Accounts that the page shows, before any of them is added.
//!
//! Never here: their seeds, which the host keeps.

use shared::protocol::Account;
use sycamore::prelude::*;

use super::{alert, head};
use crate::parts::{self, button, part, pick};
use crate::side::model::{Model, Msg, Screen};
use crate::text::{t, with};
use crate::words;

/// The screen.
pub fn view(model: Signal<Model>) -> View {
    let found = pick(model, |m| {
        let site = m.site.clone().filter(|site| site.denied.is_none());
        let found = m.found.as_ref()?;
        let row = |a: &Account| {
            let elsewhere = site.as_ref().and_then(|site| words::elsewhere(a, &site.domain));
            (a.issuer.clone(), a.label.clone(), a.here, elsewhere)
        };
        let rows: Vec<_> = found.iter().map(row).collect();
        let seen = m.alert.is_none();
        Some((rows, site.map(|site| site.shown), seen))
    });
    let inside = part(move || {
        let Some((found, site, seen)) = found.get_clone() else {
            let text = t("scan_looking");
            return view! { p(class="hint") { (text) } };
        };
        if found.is_empty() {
            // Of a page that was not looked at nobody knows what it shows.
            let text = if seen { t("scan_nothing") } else { String::new() };
            let (again, by_hand) = (
                button("scan", "primary", t("check_again"), || {
                    Msg::Show(Screen::Scan { picture: false })
                }),
                button("add", "plain", t("add_manual"), || Msg::Show(Screen::Add)),
            );
            return view! { p(class="hint") { (text) } (again) (by_hand) };
        }
        let single = found.len() == 1;
        // What is known to be elsewhere is added without a link, which is a question of its own.
        let site = site.filter(|_| found.iter().any(|(.., elsewhere)| elsewhere.is_none()));
        let label = match &site {
            Some(_) if single => t("scan_add_fill"),
            None if single => t("add"),
            _ => t("scan_add_all"),
        };
        let link = site.map(|site| {
            let text = with("scan_linked", &[&site]);
            view! { p { (text) } }
        });
        let rows: Vec<View> = found
            .into_iter()
            .map(|(issuer, label, there, elsewhere)| {
                let there = there.then(|| {
                    let text = t("scan_there");
                    view! { span(class="hint") { (text) } }
                });
                let elsewhere = elsewhere.map(|text| parts::warning(&text));
                view! {
                    li(class="found") {
                        b(dir="auto") { (issuer) }
                        span(dir="auto") { (label) }
                        (there)
                        (elsewhere)
                    }
                }
            })
            .collect();
        let add = button("enrol", "primary", label, || Msg::Enrol);
        view! {
            ul(class="founds") { (rows) }
            (link)
            (add)
        }
    });
    let (head, alert) = (head(t("scan")), alert(model));
    view! {
        main(data-screen="scan") {
            (head)
            div(class="body") {
                (alert)
                (inside)
            }
        }
    }
}
