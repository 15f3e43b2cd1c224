//! The accounts: search, rows in sight, and what lies over them.
//!
//! Never here: one row (`row.rs`).

use sycamore::prelude::*;

use super::{alert, row};
use crate::browser;
use crate::parts::{self, GLASS, LOCK, PLUS, SLIDERS, button, icon, part, pick, press, step, tool};
use crate::popup::list::{Heading, Shown};
use crate::popup::model::{Model, Msg, Unsure};
use crate::popup::send;
use crate::text::{t, with};
use crate::words;

/// The screen.
pub fn view(model: Signal<Model>) -> View {
    let window = pick(model, |m| m.list.window());
    let lines = pick(model, |m| m.list.window().1);
    let place = move || {
        let top = window.with(|(top, _)| *top);
        let height = model.with(|m| m.list.full_height());
        format!("height:{height}px;padding-top:{top}px")
    };
    let blank = pick(model, |m| match (m.list.is_empty(), m.list.nothing_found()) {
        (true, _) => m.list.loaded.then_some(None),
        (_, true) => Some(Some(m.query.clone())),
        _ => None,
    });
    let blank = part(move || blank.get_clone().map(nothing).into());
    let rollback = pick(model, |m| m.rollback.is_some());
    let rollback = part(move || {
        let banner = rollback.get().then(|| {
            let text = t("rollback");
            let accept = button("accept", "plain", t("rollback_accept"), || Msg::AcceptRollback);
            view! { div(class="banner", role="note") { (text) (accept) } }
        });
        banner.into()
    });
    let remind = pick(model, |m| m.remind);
    let remind = part(move || {
        let banner = remind.get().then(|| {
            let text = t("backups_remind");
            let now = button("remind", "plain", t("desk_backups"), || Msg::Go("backups".into()));
            view! { div(class="banner", role="note") { (text) (now) } }
        });
        banner.into()
    });
    let under = pick(model, Model::under_a_sheet);
    let rest = pick(model, |m| if m.list.loaded { "false" } else { "true" });
    let tags = tags(model);
    let (alert, menu, offer, unsure) = (alert(model), menu(model), offer(model), unsure(model));
    let which = which(model);
    let (glass, query) = (icon(GLASS), model.with_untracked(|m| m.query.clone()));
    let (search, title, labelled) = (t("search"), t("accounts"), t("accounts"));
    let hint = search.clone();
    let add = tool("add", t("add"), PLUS, || Msg::Go("add".into()));
    let lock = tool("lock", t("lock"), LOCK, || Msg::Lock);
    let settings = tool("settings", t("settings"), SLIDERS, || Msg::Go("settings".into()));
    on_mount(measure);
    view! {
        main(data-screen="list", inert=move || under.get()) {
            header(class="head") {
                h1(class="unseen") { (title) }
                div(class="search") {
                    (glass)
                    input(id="search", r#type="search", aria-label=search, placeholder=hint, autocomplete="off",
                        "spellcheck"="false", maxlength="200", prop:value=query,
                        on:input=|_| send(Msg::Typed(browser::page::value("#search"))))
                }
                (add)
                (lock)
                (settings)
            }
            (tags)
            (rollback)
            (remind)
            (alert)
            div(id="list", on:scroll=|_| measure(), tabindex="-1") {
                ul(aria-label=labelled, aria-busy=move || rest.get(), prop:style=place) {
                    Keyed(
                        list=lines,
                        view=move |line| match line {
                            Shown::Account(id) => row::view(model, id),
                            Shown::Heading(heading) => {
                                let site = model.with_untracked(|m| m.site.as_ref().map(|s| s.shown.clone()));
                                let text = heading_text(heading, &site.unwrap_or_default());
                                view! { li(class="heading") { h2 { (text) } } }
                            }
                        },
                        key=|line| match line {
                            Shown::Account(id) => id.clone(),
                            Shown::Heading(heading) => format!("{heading:?}"),
                        },
                    )
                }
                (blank)
            }
        }
        (menu)
        (offer)
        (unsure)
        (which)
    }
}

/// The tags, each to leave only its accounts. Where there are none there is nothing.
fn tags(model: Signal<Model>) -> View {
    let tags = pick(model, |m| m.list.tags().to_vec());
    part(move || {
        let tags = tags.get_clone();
        if tags.is_empty() {
            return View::default();
        }
        let chips: Vec<View> = tags
            .into_iter()
            .map(|tag| {
                let (of, name) = (tag.clone(), tag.clone());
                let on = pick(model, move |m| m.list.tag.as_ref() == Some(&of));
                let pressed = move || if on.get() { "true" } else { "false" };
                let press = press(move || Msg::Tagged(tag.clone()));
                view! { button(class="chip", r#type="button", dir="auto", data-do="tag", aria-pressed=pressed, on:click=press) { (name) } }
            })
            .collect();
        let label = t("tags");
        view! { div(class="tags", role="group", aria-label=label) { (chips) } }
    })
}

/// A heading in the list.
fn heading_text(heading: Heading, site: &str) -> String {
    match heading {
        Heading::Favourites => t("heading_favourites"),
        Heading::Here => with("heading_here", &[site]),
        Heading::Others => t("heading_others"),
    }
}

/// Tells the model how much of the list is in sight.
fn measure() {
    let (top, height) = browser::page::scrolled("#list");
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
            let (step, title, text) =
                (step(3), t("no_accounts"), with("no_accounts_hint", &[&t("scan")]));
            let ways = vec![
                button("add", "primary", t("add_first"), || Msg::Go("add".into())),
                button("scan", "plain", t("scan"), || Msg::Go("scan".into())),
                button("import", "plain", t("desk_import"), || Msg::Go("import".into())),
            ];
            view! {
                div(class="blank") {
                    (step)
                    h2 { (title) }
                    p(class="hint") { (text) }
                    (ways)
                }
            }
        }
    }
}

/// What can be done with an account.
fn menu(model: Signal<Model>) -> View {
    let open = pick(model, |m| m.menu.clone());
    part(move || {
        let Some(id) = open.get_clone() else { return View::default() };
        let (account, site) =
            model.with_untracked(|m| (m.list.account(&id).cloned(), m.site.clone()));
        let Some(account) = account else { return View::default() };
        let [a, b, c, d, e, f, g] = std::array::from_fn(|_| id.clone());
        let star = if account.favourite { t("unfavourite") } else { t("favourite") };
        let link = site.filter(|s| s.denied.is_none() && !account.here).map(|site| {
            let text = with("link_and_fill", &[&site.shown]);
            button("link", "item", text, move || Msg::Fill(Some(f.clone())))
        });
        let fill = account
            .here
            .then(|| button("fill", "item", t("fill"), move || Msg::Fill(Some(b.clone()))));
        let items = vec![
            button("copy", "item", t("copy_code"), move || Msg::Copy(Some(a.clone()))),
            fill.into(),
            link.into(),
            button("favourite", "item", star, move || Msg::Favourite(c.clone())),
            button("edit", "item", t("edit"), move || Msg::Go(format!("edit/{d}"))),
            button("several", "item", t("several"), move || Msg::Go(format!("several/{g}"))),
            button("delete", "item danger", t("delete"), move || Msg::Delete(e.clone())),
            button("cancel", "item", t("cancel"), || Msg::Menu(None)),
        ];
        sheet("menu", words::called(&account), items, || Msg::Menu(None))
    })
}

/// "Link to example.com and fill?"
fn offer(model: Signal<Model>) -> View {
    // Its name may come after the question.
    let open = pick(model, |m| {
        let offer = m.offer.clone()?;
        let account = m.list.account(&offer.id);
        let name = account.map(words::called).unwrap_or_default();
        let elsewhere = account.and_then(|account| words::elsewhere(account, &offer.domain));
        Some((offer.shown, name, elsewhere))
    });
    part(move || {
        let Some((shown, name, elsewhere)) = open.get_clone() else { return View::default() };
        let text = with("offer_text", &[&name, &shown]);
        let link = if elsewhere.is_some() { "item" } else { "primary" };
        let warning = elsewhere.map(|text| parts::warning(&text));
        let items = vec![
            view! { p { (text) } },
            warning.into(),
            button("link", link, with("link_and_fill", &[&shown]), || Msg::Link),
            button("cancel", "item", t("cancel"), || Msg::Dismiss),
        ];
        sheet("offer", shown, items, || Msg::Dismiss)
    })
}

/// "Is this the field?", or, where none asks for a code: "the one with the cursor?"
fn unsure(model: Signal<Model>) -> View {
    let open = pick(model, |m| m.unsure.clone());
    part(move || {
        let Some(Unsure { id, target }) = open.get_clone() else { return View::default() };
        let (title, text, yes) = match &target {
            Some(target) => (target.label.clone(), t("unfilled_unsure"), t("fill")),
            None => (t("fill_focused"), t("unfilled_no_field"), t("fill_focused")),
        };
        let mut items =
            vec![view! { p { (text) } }, button("certain", "primary", yes, || Msg::Certain)];
        if target.is_some() {
            items.push(button("point", "item", t("show_field"), || Msg::Point));
        } else if let Some(id) = id {
            items.push(button("copy", "item", t("copy_code"), move || Msg::Copy(Some(id.clone()))));
        }
        items.push(button("cancel", "item", t("cancel"), || Msg::Dismiss));
        sheet("unsure", title, items, || Msg::Dismiss)
    })
}

/// "Which account?"
fn which(model: Signal<Model>) -> View {
    // Their names may come after the question.
    let open = pick(model, |m| {
        let named = |id: &String| {
            let account = m.list.account(id);
            (id.clone(), account.map(|a| (words::name(a), a.label.clone())).unwrap_or_default())
        };
        m.which.as_ref().map(|which| which.ids.iter().map(named).collect::<Vec<_>>())
    });
    part(move || {
        let Some(accounts) = open.get_clone() else { return View::default() };
        let mut items: Vec<View> = accounts
            .into_iter()
            .map(|(id, (name, label))| {
                let of = (name != label).then(|| format!(" · {}", words::isolated(&label)));
                let text = format!("{}{}", words::isolated(&name), of.unwrap_or_default());
                button("fill", "item", text, move || Msg::Fill(Some(id.clone())))
            })
            .collect();
        items.push(button("cancel", "item", t("cancel"), || Msg::Dismiss));
        sheet("which", t("denied_choose"), items, || Msg::Dismiss)
    })
}

/// A question over the list. What is under it can't be reached meanwhile.
fn sheet(
    id: &'static str,
    title: String,
    items: Vec<View>,
    away: impl Fn() -> Msg + 'static,
) -> View {
    let (label, away) = (title.clone(), press(away));
    view! {
        div(class="scrim", on:click=away)
        div(id=id, class="sheet", role="dialog", aria-modal="true", aria-label=label) {
            p(class="sheet-title", dir="auto") { (title) }
            (items)
        }
    }
}
