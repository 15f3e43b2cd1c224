//! Accounts that were deleted and can come back.
//!
//! Never here: deleting.

use sycamore::prelude::*;

use super::{alert, button, head};
use crate::browser;
use crate::popup::model::{Model, Msg};
use crate::popup::words;
use crate::text::{t, with};

/// The screen.
pub fn view(model: Signal<Model>) -> View {
    let accounts = create_selector(move || model.with(|m| m.trash.clone()));
    view! {
        main(data-screen="trash") {
            (head(t("trash")))
            div(class="body") {
                (alert(model))
                (accounts.with(Vec::is_empty).then(|| view! { p(class="blank hint") { (t("trash_empty")) } }))
                ul(class="trash") {
                    Keyed(
                        list=accounts,
                        view=move |account| {
                            let [a, b, c, id] = std::array::from_fn(|_| account.id.clone());
                            let name = words::name(&account);
                            let label = account.label.clone();
                            let since = i64::try_from(account.trashed.unwrap_or_default()).unwrap_or_default();
                            let since = with("trashed_at", &[&browser::date(since)]);
                            let sure = create_selector(move || model.with(|m| m.sure.as_ref() == Some(&c)));
                            let restore = button("restore", "plain", t("restore"), move || Msg::Restore(a.clone()));
                            view! {
                                li(data-account=id) {
                                    div(class="who") {
                                        span(class="issuer") { (name) }
                                        span(class="label") { (label) }
                                        span(class="hint") { (since) }
                                    }
                                    (restore)
                                    button(class="plain danger", r#type="button", data-do="purge",
                                        on:click=move |_| crate::popup::send(Msg::Purge(b.clone()))) {
                                        (if sure.get() { t("purge_sure") } else { t("purge") })
                                    }
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
