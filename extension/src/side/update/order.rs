//! The order of the accounts that the person makes by hand.
//!
//! Never here: where it is kept.

use crate::side::model::{Effect, Model};

/// Puts the accounts into the order that was kept; those that are new come last.
pub(super) fn take_in(model: &mut Model, ids: &[String]) {
    let place = |id: &String| ids.iter().position(|other| other == id).unwrap_or(usize::MAX);
    model.all.sort_by_cached_key(|account| (!account.favourite, place(&account.id)));
}

/// An account was taken with the mouse, or let go: it stays where it is then.
pub(super) fn drag(model: &mut Model, id: Option<String>, todo: &mut Vec<Effect>) {
    if id.is_none() && model.dragged.is_some() {
        keep(model, todo);
    }
    model.dragged = id;
}

/// The dragged account takes the place of this one.
pub(super) fn drag_over(model: &mut Model, id: &str) {
    let from = model.dragged.as_deref().and_then(|id| place(model, id));
    if let (Some(from), Some(to)) = (from, place(model, id)) {
        put(model, from, to);
    }
}

/// An account goes so many places down.
pub(super) fn step(model: &mut Model, id: &str, steps: i32, todo: &mut Vec<Effect>) {
    let from = place(model, id);
    let to = from.and_then(|from| from.checked_add_signed(steps as isize));
    if let (Some(from), Some(to)) = (from, to) {
        put(model, from, to);
        keep(model, todo);
    }
}

fn place(model: &Model, id: &str) -> Option<usize> {
    model.all.iter().position(|account| account.id == id)
}

/// Moves an account to another place. Favourites stay before the others.
fn put(model: &mut Model, from: usize, to: usize) {
    let beside =
        model.all.get(to).is_some_and(|other| other.favourite == model.all[from].favourite);
    if beside {
        let account = model.all.remove(from);
        model.all.insert(to, account);
    }
}

/// Has the order kept as it is now.
fn keep(model: &Model, todo: &mut Vec<Effect>) {
    let ids = model.all.iter().map(|account| account.id.clone()).collect();
    todo.push(Effect::KeepOrder(ids));
}
