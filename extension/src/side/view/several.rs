//! All accounts: to change several at once, and to put them in order by hand.
//!
//! Never here: one account's form.

use std::cell::Cell;
use std::rc::Rc;

use shared::protocol::Account;
use sycamore::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Event, HtmlElement, KeyboardEvent, MouseEvent};

use super::{alert, head};
use crate::browser;
use crate::browser::page::{checked, value};
use crate::parts::form::form;
use crate::parts::{ARROW_DOWN, ARROW_UP, button, part, pick, text, tool};
use crate::side::model::{Asked, Model, Msg, Screen};
use crate::side::send;
use crate::text::{t, with};
use crate::words;

/// What of an account is shown.
#[derive(Clone, Eq, PartialEq)]
struct Line {
    id: String,
    name: String,
    label: String,
    tags: String,
}

impl Line {
    fn of(account: &Account) -> Self {
        let name = words::name(account);
        let label = if name == account.label { String::new() } else { account.label.clone() };
        Self { id: account.id.clone(), name, label, tags: account.tags.join(", ") }
    }
}

/// Where there is no account there is nothing to choose and nothing to put in order. What could not be read may
/// have accounts.
fn none(model: Signal<Model>) -> ReadSignal<bool> {
    pick(model, |m| {
        let asked = m.asked.values().any(|asked| matches!(asked, Asked::All { .. }));
        m.all.is_empty() && !asked && m.alert.is_none()
    })
}

/// What to do first, then.
fn blank(none: ReadSignal<bool>) -> View {
    part(move || {
        if !none.get() {
            return View::default();
        }
        let (title, add) = (t("no_accounts"), t("add_first"));
        let add = button("add", "primary", add, || Msg::Show(Screen::Add));
        view! { div(class="blank") { h2 { (title) } (add) } }
    })
}

/// Chooses several, and changes them.
pub fn several(model: Signal<Model>) -> View {
    let none = none(model);
    let (class, blank) = (move || if none.get() { "empty" } else { "" }, blank(none));
    let lines = pick(model, |m| m.shown().map(Line::of).collect::<Vec<_>>());
    let count = pick(model, |m| m.marked.len());
    let busy = pick(model, |m| m.busy);
    let idle = move || busy.get() || count.get() == 0;
    let said = text(move || with("several_chosen", &[&count.get().to_string()]));
    let (head, alert, find) = (head(t("several")), alert(model), t("search"));
    let hint = find.clone();
    let everything = button("mark-all", "plain", t("several_all"), move || {
        Msg::MarkAll(model.with_untracked(|m| m.marked.len() < m.shown().count()))
    });
    let (tag, add, delete) = (t("several_tag"), t("save"), t("delete"));
    let (export, row) = (t("desk_export"), t("several_hint"));
    let placeholder = tag.clone();
    let tagging = view! {
        input(id="tag", aria-label=tag, placeholder=placeholder, maxlength="128", autocomplete="off")
        button(class="small", r#type="submit", data-do="tag-marked", disabled=idle) { (add) }
    };
    let tagging = form(|| Msg::TagMarked(value("#tag")), tagging);
    view! {
        main(data-screen="several", class=class) {
            (head)
            (blank)
            div(class="search alone") {
                input(id="find", r#type="search", aria-label=find, placeholder=hint, autocomplete="off",
                    on:input=|_| send(Msg::Find(value("#find"))))
            }
            div(class="body lines") {
                (alert)
                (everything)
                p(class="hint") { (row) }
                ul {
                    Keyed(
                        list=lines,
                        view=move |line| mark(model, line),
                        key=|line| (line.id.clone(), line.tags.clone()),
                    )
                }
            }
            div(class="deed") {
                p(role="status") { (said) }
                (tagging)
                button(class="small", r#type="button", data-do="export-marked", disabled=idle,
                    on:click=|_| send(Msg::ExportMarked)) { (export) }
                button(class="small danger", r#type="button", data-do="delete-marked", disabled=idle,
                    on:click=|_| send(Msg::DeleteMarked)) { (delete) }
            }
        }
    }
}

fn mark(model: Signal<Model>, line: Line) -> View {
    let Line { id, name, label, tags } = line;
    let (of, own) = (id.clone(), format!("mark-{id}"));
    let (selector, named) = (format!("#mark-{id}"), own.clone());
    let on = pick(model, move |m| m.marked.contains(&of));
    let [clicked, stepped] = [id.clone(), id.clone()];
    // Of a change it is not said which keys were held; the click before it knows.
    let held = Rc::new(Cell::new(false));
    let holds = held.clone();
    let change: Box<dyn FnMut(Event)> = Box::new(move |_| {
        let (id, on) = (id.clone(), checked(&selector));
        send(if held.take() { Msg::MarkTo(id, on) } else { Msg::Mark(id, on) });
    });
    let click: Box<dyn FnMut(MouseEvent)> = Box::new(move |event| {
        let box_itself = event.target().is_some_and(|target| {
            target.dyn_ref::<HtmlElement>().is_some_and(|element| element.tag_name() == "INPUT")
        });
        holds.set(event.shift_key() && box_itself);
        // Beside the box: with Shift, Firefox would do nothing, and Chromium select the text.
        if event.shift_key() && !box_itself {
            event.prevent_default();
            send(Msg::MarkTo(clicked.clone(), true));
        }
    });
    let key: Box<dyn FnMut(KeyboardEvent)> = Box::new(move |event| {
        let steps = match event.key().as_str() {
            "ArrowUp" => -1,
            "ArrowDown" => 1,
            _ => return,
        };
        event.prevent_default();
        send(Msg::Stepped(stepped.clone(), steps, event.shift_key()));
    });
    view! {
        li(on:click=click, on:keydown=key) {
            label(r#for=named) {
                input(id=own, class="mark", r#type="checkbox", prop:checked=move || on.get(), on:change=change)
                span(class="who") {
                    span(class="issuer", dir="auto") { (name) }
                    span(class="label", dir="auto") { (label) }
                }
                span(class="hint", dir="auto") { (tags) }
            }
        }
    }
}

/// Puts all in order.
pub fn arrange(model: Signal<Model>) -> View {
    let lines = pick(model, |m| m.all.iter().map(Line::of).collect::<Vec<_>>());
    let (head, alert, hint) = (head(t("order_arrange")), alert(model), t("order_hint"));
    let none = none(model);
    let (class, blank) = (move || if none.get() { "empty" } else { "" }, blank(none));
    view! {
        main(data-screen="arrange", class=class) {
            (head)
            (blank)
            div(class="body lines") {
                (alert)
                p(class="hint") { (hint) }
                ul { Keyed(list=lines, view=move |line| place(model, line), key=|line| line.id.clone()) }
            }
        }
    }
}

fn place(model: Signal<Model>, line: Line) -> View {
    let Line { id, name, label, .. } = line;
    let [a, b, c, d, e, f, g] = std::array::from_fn(|_| id.clone());
    let dragged = pick(model, move |m| m.dragged.as_ref() == Some(&f));
    let class = move || if dragged.get() { "dragged" } else { "" };
    let called = if label.is_empty() { name.clone() } else { format!("{name} ({label})") };
    let up = tool("up", with("move_up", &[&called]), ARROW_UP, move || Msg::Moved(a.clone(), -1));
    let down =
        tool("down", with("move_down", &[&called]), ARROW_DOWN, move || Msg::Moved(b.clone(), 1));
    let start: Box<dyn FnMut(DragEvent)> = Box::new(move |event| {
        browser::page::carry_nothing(&event);
        send(Msg::Dragged(Some(c.clone())));
    });
    let over = move |id: String| -> Box<dyn FnMut(DragEvent)> {
        Box::new(move |event| {
            event.prevent_default();
            send(Msg::DraggedOver(id.clone()));
        })
    };
    // A quick hand is here before anything says that it came over.
    let (drop, over) = (over(g), over(d));
    let key: Box<dyn FnMut(KeyboardEvent)> = Box::new(move |event| {
        let steps = match event.key().as_str() {
            "ArrowUp" if event.alt_key() => -1,
            "ArrowDown" if event.alt_key() => 1,
            _ => return,
        };
        event.prevent_default();
        // The element moves with its account, and would lose the keyboard on its way.
        let focused = event.target();
        send(Msg::Moved(e.clone(), steps));
        browser::page::focus_again(focused);
    });
    view! {
        li(data-account=id, class=class, draggable="true", on:dragstart=start, on:dragover=over, on:keydown=key,
            on:drop=drop,
            on:dragend=|_: DragEvent| send(Msg::Dragged(None))) {
            span(class="who") {
                span(class="issuer", dir="auto") { (name) }
                span(class="label", dir="auto") { (label) }
            }
            (up)
            (down)
        }
    }
}
