//! The accounts: search, rows in sight, and what lies over them.
//!
//! Never here: one row (`row.rs`).

use sycamore::prelude::*;

use super::{GLASS, LOCK, PLUS, SLIDERS, alert, button, icon, row};
use crate::browser;
use crate::popup::list::Shown;
use crate::popup::model::{Model, Msg, Offer, Screen};
use crate::popup::{send, words};
use crate::text::{t, with};

/// The screen.
pub fn view(model: Signal<Model>) -> View {
    let window = create_selector(move || model.with(|m| m.list.window()));
    let lines = create_selector(move || window.with(|(_, lines)| lines.clone()));
    let place = move || {
        let top = window.with(|(top, _)| *top);
        let height = model.with(|m| m.list.full_height());
        format!("height:{height}px;padding-top:{top}px")
    };
    let blank = create_selector(move || {
        model.with(|m| match (m.list.is_empty(), m.list.nothing_found()) {
            (true, _) => m.list.loaded.then_some(None),
            (_, true) => Some(Some(m.query.clone())),
            _ => None,
        })
    });
    let rollback = create_selector(move || model.with(|m| m.rollback.is_some()));
    let under = create_selector(move || model.with(|m| m.under_a_sheet()));
    let (search, labelled) = (t("search"), t("accounts"));
    let hint = search.clone();
    let add = tool("add", t("add"), PLUS, || Msg::Show(Screen::Add));
    let lock = tool("lock", t("lock"), LOCK, || Msg::Lock);
    let settings = tool("settings", t("settings"), SLIDERS, || Msg::Show(Screen::Settings));
    on_mount(measure);
    view! {
        main(data-screen="list", inert=under.get()) {
            header(class="head") {
                div(class="search") {
                    (icon(GLASS))
                    input(id="search", r#type="search", aria-label=search, placeholder=hint, autocomplete="off",
                        "spellcheck"="false", maxlength="200", prop:value=model.with_untracked(|m| m.query.clone()),
                        on:input=|_| send(Msg::Typed(browser::value("#search"))))
                }
                (add)
                (lock)
                (settings)
            }
            (rollback.get().then(|| {
                let accept = button("accept", "plain", t("rollback_accept"), || Msg::AcceptRollback);
                view! { div(class="banner", role="note") { (t("rollback")) (accept) } }
            }))
            (alert(model))
            div(id="list", on:scroll=|_| measure(), tabindex="-1") {
                ul(aria-label=labelled, prop:style=place) {
                    Keyed(
                        list=lines,
                        view=move |line| match line {
                            Shown::Account(id) => row::view(model, id),
                            Shown::Heading(heading) => {
                                let site = model.with_untracked(|m| m.site.as_ref().map(|s| s.shown.clone()));
                                let text = words::heading(heading, &site.unwrap_or_default());
                                view! { li(class="heading") { h2 { (text) } } }
                            }
                        },
                        key=|line| match line {
                            Shown::Account(id) => id.clone(),
                            Shown::Heading(heading) => format!("{heading:?}"),
                        },
                    )
                }
                (blank.get_clone().map(nothing))
            }
        }
        (menu(model))
        (offer(model))
        (unsure(model))
    }
}

fn tool(
    what: &'static str,
    label: String,
    path: &'static str,
    msg: impl Fn() -> Msg + 'static,
) -> View {
    let title = label.clone();
    view! {
        button(class="icon", r#type="button", data-do=what, aria-label=label, title=title, on:click=move |_| send(msg())) {
            (icon(path))
        }
    }
}

/// Tells the model how much of the list is in sight.
fn measure() {
    let (top, height) = browser::scrolled("#list");
    if 0 < height {
        send(Msg::Scrolled { top, height });
    }
}

/// Nobody is left on an empty screen.
fn nothing(query: Option<String>) -> View {
    match query {
        Some(query) => {
            let (title, text) = (t("nothing_found"), with("nothing_found_for", &[&query]));
            view! { div(class="blank") { h2 { (title) } p(class="hint") { (text) } } }
        }
        None => {
            let (title, text) = (t("no_accounts"), t("no_accounts_hint"));
            view! {
                div(class="blank") {
                    h2 { (title) }
                    p(class="hint") { (text) }
                    (button("add", "primary", t("add_first"), || Msg::Show(Screen::Add)))
                }
            }
        }
    }
}

/// What can be done with an account.
fn menu(model: Signal<Model>) -> View {
    let open = create_selector(move || model.with(|m| m.menu.clone()));
    view! {
        (open.get_clone().map(|id| {
            let account = model.with_untracked(|m| m.list.account(&id).cloned());
            account.map_or_else(View::default, |account| {
                let name = words::name(&account);
                let star = if account.favourite { t("unfavourite") } else { t("favourite") };
                let site = model.with_untracked(|m| m.site.clone());
                let link = site.filter(|s| s.denied.is_none() && !account.here).map(|site| {
                    let id = id.clone();
                    button("link", "item", with("link_and_fill", &[&site.shown]), move || Msg::Fill(Some(id.clone())))
                });
                let [a, b, c, d, e] = std::array::from_fn(|_| id.clone());
                let copy = button("copy", "item", t("copy_code"), move || Msg::Copy(Some(a.clone())));
                let fill = account.here.then(|| {
                    button("fill", "item", t("fill"), move || Msg::Fill(Some(b.clone())))
                });
                let star = button("favourite", "item", star, move || Msg::Favourite(c.clone()));
                let edit = button("edit", "item", t("edit"), move || Msg::Show(Screen::Edit(d.clone())));
                let delete = button("delete", "item danger", t("delete"), move || Msg::Delete(e.clone()));
                let label = name.clone();
                view! {
                    div(class="scrim", on:click=|_| send(Msg::Menu(None)))
                    div(id="menu", class="sheet", role="dialog", aria-modal="true", aria-label=label) {
                        p(class="sheet-title") { (name) }
                        (copy)
                        (fill)
                        (link)
                        (star)
                        (edit)
                        (delete)
                        (button("cancel", "item", t("cancel"), || Msg::Menu(None)))
                    }
                }
            })
        }))
    }
}

/// "Link to example.com and fill?"
fn offer(model: Signal<Model>) -> View {
    let open = create_selector(move || model.with(|m| m.offer.clone()));
    view! {
        (open.get_clone().map(|Offer { id, shown, .. }| {
            let name = model.with_untracked(|m| m.list.account(&id).map(words::name)).unwrap_or_default();
            let text = with("offer_text", &[&name, &shown]);
            let domain = shown.clone();
            let agree = button("link", "primary", with("link_and_fill", &[&shown]), || Msg::Link);
            let label = text.clone();
            view! {
                div(class="scrim", on:click=|_| send(Msg::Dismiss))
                div(id="offer", class="sheet", role="dialog", aria-modal="true", aria-label=label) {
                    p(class="sheet-title domain") { (domain) }
                    p { (text) }
                    (agree)
                    (button("cancel", "item", t("cancel"), || Msg::Dismiss))
                }
            }
        }))
    }
}

/// "Is this the field?"
fn unsure(model: Signal<Model>) -> View {
    let open = create_selector(move || model.with(|m| m.unsure.clone()));
    view! {
        (open.get_clone().map(|_| {
            let (text, label) = (t("unfilled_unsure"), t("unfilled_unsure"));
            view! {
                div(class="scrim", on:click=|_| send(Msg::Dismiss))
                div(id="unsure", class="sheet", role="dialog", aria-modal="true", aria-label=label) {
                    p { (text) }
                    (button("certain", "primary", t("fill"), || Msg::Certain))
                    (button("cancel", "item", t("cancel"), || Msg::Dismiss))
                }
            }
        }))
    }
}
