//! Accounts that were deleted and can come back.
//!
//! Never here: deleting.

use sycamore::prelude::*;

use super::{alert, head};
use crate::browser;
use crate::parts::{part, pick, press, text};
use crate::side::model::{Model, Msg};
use crate::text::{t, with};
use crate::words;

/// The screen.
pub fn view(model: Signal<Model>) -> View {
    let accounts = pick(model, |m| m.trash.clone());
    let (head, alert) = (head(t("trash")), alert(model));
    let empty = part(move || {
        let empty = accounts.with(Vec::is_empty).then(|| {
            let text = t("trash_empty");
            view! { p(class="blank hint") { (text) } }
        });
        empty.into()
    });
    view! {
        main(data-screen="trash") {
            (head)
            div(class="body") {
                (alert)
                (empty)
                ul(class="trash") {
                    Keyed(
                        list=accounts,
                        view=move |account| {
                            let [a, b, c, id] = std::array::from_fn(|_| account.id.clone());
                            let name = words::name(&account);
                            let label = if name == account.label { String::new() } else { account.label.clone() };
                            let since = i64::try_from(account.trashed.unwrap_or_default()).unwrap_or_default();
                            let since = with("trashed_at", &[&browser::language::date(since)]);
                            let sure = pick(model, move |m| m.sure.as_ref() == Some(&c));
                            let restoring = press(move || Msg::Restore(a.clone()));
                            // What a button is about is said with it: every account has the same ones.
                            let [who, of, about] = std::array::from_fn(|_| format!("who-{id}"));
                            let come_back = t("restore");
                            let really = text(move || if sure.get() { t("purge_sure") } else { t("purge") });
                            let purge = press(move || Msg::Purge(b.clone()));
                            view! {
                                li(data-account=id) {
                                    div(class="who", id=who) {
                                        span(class="issuer", dir="auto") { (name) }
                                        span(class="label", dir="auto") { (label) }
                                        span(class="hint") { (since) }
                                    }
                                    button(class="plain", r#type="button", data-do="restore", aria-describedby=of,
                                        on:click=restoring) { (come_back) }
                                    button(class="plain danger", r#type="button", data-do="purge",
                                        aria-describedby=about, on:click=purge) { (really) }
                                }
                            }
                        },
                        key=|account| account.id.clone(),
                    )
                }
            }
        }
    }
}
