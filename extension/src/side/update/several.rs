//! Several accounts at once: which are chosen, and what is done with them one after the other.
//!
//! Never here: how a row is drawn.

use std::collections::BTreeSet;

use shared::protocol::desk::MAX_CHOSEN;
use shared::protocol::{Account, ById, EditAccount, Request};

use super::{all, ask, said};
use crate::side::model::{Asked, Effect, Model};
use crate::text::with;

/// Chooses one, or none if `id` is empty.
pub(super) fn begin(model: &mut Model, id: &str) {
    (model.marked, model.wanted) = (BTreeSet::new(), String::new());
    (model.anchor, model.cursor) = (id.to_owned(), id.to_owned());
    model.marked.extend(Some(id.to_owned()).filter(|id| !id.is_empty()));
}

/// Chooses one, or not any more; a row may begin there.
pub(super) fn mark(model: &mut Model, id: String, on: bool) {
    (model.anchor, model.cursor) = (id.clone(), id.clone());
    put(model, [id], on);
}

/// Chooses all from where the row begins to this one, or not any more.
pub(super) fn mark_to(model: &mut Model, id: String, on: bool) {
    let row = between(model, &id);
    model.cursor = id;
    put(model, row, on);
}

/// Chooses all that are shown, or none.
pub(super) fn mark_all(model: &mut Model, on: bool) {
    let shown = model.shown().map(|account| account.id.clone()).collect();
    model.marked = if on { shown } else { BTreeSet::new() };
}

/// Goes so many places down from one, and takes what is passed if it `takes`.
pub(super) fn step(model: &mut Model, id: String, steps: i32, takes: bool, todo: &mut Vec<Effect>) {
    let shown: Vec<&String> = model.shown().map(|account| &account.id).collect();
    let from = shown.iter().position(|other| **other == id);
    let to = from.and_then(|from| from.checked_add_signed(steps as isize));
    let Some(to) = to.and_then(|to| shown.get(to)).map(|to| (*to).clone()) else { return };
    if takes {
        // A row begins where the keyboard was put; who turns back gives back what was passed.
        if model.cursor != id {
            model.anchor.clone_from(&id);
        }
        let row = between(model, &to);
        put(model, [id], false);
        put(model, row, true);
    } else {
        model.anchor.clone_from(&to);
    }
    model.cursor.clone_from(&to);
    todo.push(Effect::FocusLine(to));
}

/// Leads to the desk with their ids; with none where all are chosen.
pub(super) fn export(model: &mut Model, todo: &mut Vec<Effect>) {
    let all = model.marked.len() == model.all.len();
    if !all && MAX_CHOSEN < model.marked.len() {
        model.alert = Some(with("several_too_many", &[&MAX_CHOSEN.to_string()]));
    } else {
        let chosen: Vec<&str> = model.marked.iter().map(String::as_str).collect();
        let chosen = if all { String::new() } else { chosen.join(",") };
        todo.push(Effect::Desk(format!("export/{chosen}")));
    }
}

/// Puts them into the trash.
pub(super) fn delete(model: &mut Model, todo: &mut Vec<Effect>) {
    each(model, |account| Request::Delete(ById { id: account.id.clone() }), todo);
}

/// Gives them a tag, as their last.
pub(super) fn tag(model: &mut Model, tag: &str, todo: &mut Vec<Effect>) {
    if tag.is_empty() {
        return todo.push(Effect::Focus("#tag"));
    }
    let add = |account: &Account| {
        let mut tags = account.tags.clone();
        tags.retain(|other| other != tag);
        tags.push(tag.to_owned());
        let id = account.id.clone();
        Request::Edit(Box::new(EditAccount { id, tags: Some(tags), ..EditAccount::default() }))
    };
    each(model, add, todo);
}

/// Has these among the chosen, or not.
fn put(model: &mut Model, ids: impl IntoIterator<Item = String>, on: bool) {
    if on {
        model.marked.extend(ids);
    } else {
        for id in ids {
            model.marked.remove(&id);
        }
    }
}

/// Those that are shown from where a row begins to this one, both among them.
fn between(model: &Model, id: &str) -> Vec<String> {
    let shown: Vec<&String> = model.shown().map(|account| &account.id).collect();
    let place = |id: &str| shown.iter().position(|other| *other == id);
    let (Some(a), Some(b)) = (place(&model.anchor), place(id)) else {
        return place(id).map(|_| id.to_owned()).into_iter().collect();
    };
    shown[a.min(b)..=a.max(b)].iter().map(|id| (*id).clone()).collect()
}

/// Changes all that are chosen, one after the other.
fn each(model: &mut Model, change: impl Fn(&Account) -> Request, todo: &mut Vec<Effect>) {
    if model.busy || model.marked.is_empty() {
        return;
    }
    let marked = model.all.iter().filter(|account| model.marked.contains(&account.id));
    model.queue = marked.map(change).collect();
    (model.busy, model.alert) = (true, None);
    next(model, todo);
}

/// The next of several changes; after the last, what came of them.
pub(super) fn next(model: &mut Model, todo: &mut Vec<Effect>) {
    match model.queue.pop() {
        Some(request) => ask(model, Asked::Each, request, todo),
        None => {
            model.busy = false;
            said(model, with("several_done", &[&model.marked.len().to_string()]), todo);
            model.marked.clear();
            all(model, None, true, todo);
        }
    }
}
