//! What follows from what: a message changes the model and wants things done.
//!
//! Never here: the browser, and how anything looks.

use std::collections::BTreeSet;

use serde::Deserialize;
use shared::protocol::desk::MAX_CHOSEN;
use shared::protocol::{
    Account, Biometrics, Browsers, ById, EditAccount, Event, ListAccounts, MAX_ITEMS, NewPassword,
    Page, Refusal, Reply, Request, Response, Status, VaultState,
};

use super::model::{Asked, Effect, Model, Msg, Screen, Timer};
use crate::bridge::{Link, Told};
use crate::json;
use crate::text::{small, t, with};
use crate::words;

/// How long a toast stays.
const TOAST_MS: u32 = 2_500;
/// A pause in typing after which a password is weighed.
const PAUSE_MS: u32 = 250;

/// Inputs that hold a password or a seed.
const SECRETS: &[&str] = &[
    "#password",
    "#password-again",
    "#old-password",
    "#pin",
    "#pin-password",
    "#recovery-code",
    "#recovery-password",
    "#removal-password",
    "#uri",
    "#secret",
];

/// Changes the model for what happened, and says what to do.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut todo = Vec::new();
    step(model, msg, &mut todo);
    todo
}

fn step(model: &mut Model, msg: Msg, todo: &mut Vec<Effect>) {
    match msg {
        Msg::Started(screen) => {
            model.first = screen.clone();
            ask(model, Asked::Status, Request::Status, todo);
            show(model, screen, todo);
        }
        Msg::Over(tab) => {
            model.tab = tab;
            if let Screen::Scan { picture } = model.screen {
                scan(model, picture, todo);
            }
            if model.screen == Screen::Add {
                // Whether the open page has a site that could be linked.
                let list = ListAccounts { limit: 1, page: page(model), ..ListAccounts::default() };
                ask(model, Asked::Site, Request::Accounts(list), todo);
            }
        }
        Msg::Told(told, follows) => hear(model, told, &follows, todo),
        Msg::Reconnected => ask(model, Asked::Status, Request::Status, todo),
        Msg::Woke(Timer::Toast) => model.toast = None,
        Msg::Woke(Timer::Strength) => {
            if let Some(password) = model.weighed.take() {
                let weigh = Request::Strength(NewPassword { password });
                ask(model, Asked::Strength, weigh, todo);
            }
        }
        Msg::Show(screen) => show(model, screen, todo),
        Msg::Back => back(model, todo),
        Msg::Desk(errand) => todo.push(Effect::Desk(errand)),

        Msg::Delete => {
            if let Screen::Edit(id) = &model.screen {
                todo.push(Effect::Leave(format!("delete/{id}")));
            }
        }
        Msg::Shortcuts(open, fill) => model.shortcuts = Some((open, fill)),
        Msg::ShortcutsFailed(page) => model.alert = Some(with("shortcuts_failed", &[page])),
        Msg::ChangeShortcuts => todo.push(Effect::ChangeShortcuts),
        Msg::Find(wanted) => model.wanted = small(&wanted),
        Msg::Mark(id, on) => {
            model.anchor.clone_from(&id);
            model.cursor.clone_from(&id);
            mark(model, [id], on);
        }
        Msg::MarkTo(id, on) => {
            let row = between(model, &id);
            model.cursor = id;
            mark(model, row, on);
        }
        Msg::Stepped(id, steps, takes) => {
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
                mark(model, [id], false);
                mark(model, row, true);
            } else {
                model.anchor.clone_from(&to);
            }
            model.cursor.clone_from(&to);
            todo.push(Effect::FocusLine(to));
        }
        Msg::ExportMarked => {
            let all = model.marked.len() == model.all.len();
            if !all && MAX_CHOSEN < model.marked.len() {
                let most = MAX_CHOSEN.to_string();
                model.alert = Some(with("several_too_many", &[&most]));
            } else {
                let chosen: Vec<&str> = model.marked.iter().map(String::as_str).collect();
                let chosen = if all { String::new() } else { chosen.join(",") };
                todo.push(Effect::Desk(format!("export/{chosen}")));
            }
        }
        Msg::MarkAll(on) => {
            let shown = model.shown().map(|account| account.id.clone()).collect();
            model.marked = if on { shown } else { BTreeSet::new() };
        }
        Msg::DeleteMarked => {
            let delete = |account: &Account| Request::Delete(ById { id: account.id.clone() });
            each(model, delete, todo);
        }
        Msg::TagMarked(tag) => {
            let tag = tag.trim().to_owned();
            if tag.is_empty() {
                return todo.push(Effect::Focus("#tag"));
            }
            let add = |account: &Account| {
                let others = account.tags.iter().filter(|other| **other != tag);
                let tags = Some(others.chain([&tag]).cloned().collect());
                Request::Edit(EditAccount {
                    id: account.id.clone(),
                    tags,
                    ..EditAccount::default()
                })
            };
            each(model, add, todo);
        }
        Msg::Ordered(ids) => {
            let place = |account: &Account| {
                ids.iter().position(|id| *id == account.id).unwrap_or(usize::MAX)
            };
            model.all.sort_by_cached_key(|account| (!account.favourite, place(account)));
        }
        Msg::Dragged(id) => {
            // Let go: it stays where it is now.
            if id.is_none() && model.dragged.is_some() {
                keep_order(model, todo);
            }
            model.dragged = id;
        }
        Msg::DraggedOver(id) => {
            let place = |id: &str| model.all.iter().position(|account| account.id == id);
            if let (Some(from), Some(to)) = (model.dragged.as_deref().and_then(place), place(&id)) {
                put(model, from, to);
            }
        }
        Msg::Moved(id, steps) => {
            let from = model.all.iter().position(|account| account.id == id);
            let to = from.and_then(|from| from.checked_add_signed(steps as isize));
            if let (Some(from), Some(to)) = (from, to) {
                put(model, from, to);
                keep_order(model, todo);
            }
        }
        Msg::Restore(id) => {
            ask(model, Asked::Restore(id.clone()), Request::Restore(ById { id }), todo);
        }
        Msg::Purge(id) => {
            // What can't be undone is said twice.
            if model.sure.as_ref() == Some(&id) {
                model.sure = None;
                ask(model, Asked::Purge(id.clone()), Request::Purge(ById { id }), todo);
            } else {
                model.sure = Some(id);
            }
        }

        Msg::Blamed(invalid) => {
            model.invalid = Some(invalid);
            todo.push(Effect::Focus(words::input(invalid.field)));
        }
        Msg::Added(add) => submit(model, Asked::Add, Request::Add(add), todo),
        Msg::Select => {
            todo.extend(model.tab.as_ref().map(|tab| Effect::Selected(tab.id)));
        }
        Msg::Enrol => {
            if let Some(page) = page(model) {
                submit(model, Asked::Enrol, Request::Enrol(page), todo);
            }
        }
        Msg::Edited(edit) => submit(model, Asked::Edit, Request::Edit(*edit), todo),
        Msg::Created(password, again) => {
            if password.expose() == again.expose() {
                let create = Request::Create(NewPassword { password });
                submit(model, Asked::Create, create, todo);
            } else {
                differ(model, todo);
            }
        }
        Msg::Sent(asked, request) => submit(model, asked, request, todo),
        Msg::Recovered(recover, again) => {
            if recover.new.expose() == again.expose() {
                submit(model, Asked::Recover, Request::Recover(recover), todo);
            } else {
                differ(model, todo);
            }
        }
        Msg::PasswordChanged(change, again) => {
            if change.new.expose() == again.expose() {
                submit(model, Asked::Password, Request::Password(change), todo);
            } else {
                differ(model, todo);
            }
        }
        Msg::Weigh(password) => {
            if password.expose().is_empty() {
                (model.strength, model.weighed) = (None, None);
            } else {
                model.weighed = Some(password);
                todo.push(Effect::Wake(Timer::Strength, PAUSE_MS));
            }
        }
        Msg::Lock => ask(model, Asked::Lock, Request::Lock, todo),
        Msg::Set(change) => {
            ask(model, Asked::Settings, Request::SetSettings(change), todo);
        }
        Msg::Looked(name, value) => {
            let by_hand = (name, value.as_str()) == ("order", "hand");
            todo.push(Effect::Look(name, value));
            if by_hand {
                show(model, Screen::Arrange, todo);
            }
        }
    }
}

fn show(model: &mut Model, screen: Screen, todo: &mut Vec<Effect>) {
    forget(model);
    match &screen {
        Screen::Add => {
            todo.push(Effect::Focus("#uri"));
            ask(model, Asked::Offers, Request::Offers, todo);
        }
        Screen::Arrange => all(model, None, true, todo),
        Screen::Several(id) => {
            (model.marked, model.wanted) = (BTreeSet::new(), String::new());
            model.anchor.clone_from(id);
            model.cursor.clone_from(id);
            model.marked.extend(Some(id.clone()).filter(|id| !id.is_empty()));
            todo.push(Effect::Focus("#find"));
            all(model, None, true, todo);
        }
        Screen::Browsers => ask(model, Asked::Browsers, Request::Browsers, todo),
        Screen::Create => todo.push(Effect::Focus("#password")),
        Screen::Edit(id) => {
            let only = Some(id.clone());
            let list = ListAccounts { limit: 1, only, ..ListAccounts::default() };
            ask(model, Asked::Spares, Request::Spares(ById { id: id.clone() }), todo);
            ask(model, Asked::Account(id.clone()), Request::Accounts(list), todo);
            // The form comes with what stands in it.
            model.screen = Screen::Loading;
            return;
        }
        Screen::Passwords => {
            ask(model, Asked::Status, Request::Status, todo);
            ask(model, Asked::Settings, Request::Settings, todo);
        }
        Screen::Help => todo.push(Effect::ReadShortcuts),
        Screen::Pin => todo.extend([Effect::Focus(".primary"), Effect::ReadShortcuts]),
        Screen::Recover => todo.push(Effect::Focus("#recovery-code")),
        Screen::Scan { picture } => scan(model, *picture, todo),
        Screen::Settings => {
            ask(model, Asked::Settings, Request::Settings, todo);
            todo.push(Effect::ReadShortcuts);
        }
        Screen::Trash => {
            model.trash.clear();
            trash(model, None, true, todo);
        }
        Screen::About | Screen::Loading => {}
    }
    model.screen = screen;
}

/// Chooses these, or not any more.
fn mark(model: &mut Model, ids: impl IntoIterator<Item = String>, on: bool) {
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

/// Moves an account to another place. Favourites stay before the others.
fn put(model: &mut Model, from: usize, to: usize) {
    let beside =
        model.all.get(to).is_some_and(|other| other.favourite == model.all[from].favourite);
    if beside {
        let account = model.all.remove(from);
        model.all.insert(to, account);
    }
}

fn keep_order(model: &Model, todo: &mut Vec<Effect>) {
    let ids = model.all.iter().map(|account| account.id.clone()).collect();
    todo.push(Effect::KeepOrder(ids));
}

fn all(model: &mut Model, cursor: Option<String>, first: bool, todo: &mut Vec<Effect>) {
    let list = ListAccounts { cursor, limit: MAX_ITEMS, ..ListAccounts::default() };
    ask(model, Asked::All { first }, Request::Accounts(list), todo);
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
fn next(model: &mut Model, todo: &mut Vec<Effect>) {
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

/// Looks at the page, as soon as it is known which tab that is.
fn scan(model: &mut Model, picture: bool, todo: &mut Vec<Effect>) {
    model.found = None;
    let Some(tab) = &model.tab else { return };
    let tab = tab.id;
    model.questions += 1;
    model.asked.insert(model.questions, Asked::Scan);
    todo.push(Effect::Scan { n: model.questions, tab, picture });
}

fn trash(model: &mut Model, cursor: Option<String>, first: bool, todo: &mut Vec<Effect>) {
    let list = ListAccounts { cursor, limit: MAX_ITEMS, trash: true, ..ListAccounts::default() };
    ask(model, Asked::Trash { first }, Request::Accounts(list), todo);
}

/// To the settings if that is where the person came from, and else to the popup.
fn back(model: &mut Model, todo: &mut Vec<Effect>) {
    if model.screen != Screen::Settings && model.first == Screen::Settings {
        return show(model, Screen::Settings, todo);
    }
    let errand = match &model.screen {
        Screen::Edit(id) => format!("left/{id}"),
        Screen::Several(id) if !id.is_empty() => format!("left/{id}"),
        _ => String::new(),
    };
    todo.push(Effect::Leave(errand));
}

fn page(model: &Model) -> Option<Page> {
    let origin = model.tab.as_ref()?.origin.clone()?;
    Some(Page { top: origin.clone(), origin })
}

fn ask(model: &mut Model, asked: Asked, request: Request, todo: &mut Vec<Effect>) {
    model.questions += 1;
    model.asked.insert(model.questions, asked);
    todo.push(Effect::Ask(model.questions, request));
}

/// Sends a form, once.
fn submit(model: &mut Model, asked: Asked, request: Request, todo: &mut Vec<Effect>) {
    if model.busy {
        return;
    }
    (model.busy, model.alert, model.invalid, model.duplicate) = (true, None, None, false);
    ask(model, asked, request, todo);
}

fn differ(model: &mut Model, todo: &mut Vec<Effect>) {
    model.alert = Some(t("passwords_differ"));
    todo.push(Effect::Empty(&["#password-again"]));
    todo.push(Effect::Focus("#password-again"));
}

/// Forgets what belongs to the screen that is left.
fn forget(model: &mut Model) {
    (model.alert, model.invalid, model.sure, model.account) = (None, None, None, None);
    (model.strength, model.weighed, model.recovery_code) = (None, None, None);
    (model.duplicate, model.busy) = (false, false);
    model.spares.clear();
    model.selected.clear();
    (model.dragged, model.queue) = (None, Vec::new());
}

/// The popup has the screen for how things stand now.
fn leave(todo: &mut Vec<Effect>) {
    todo.push(Effect::Empty(SECRETS));
    todo.push(Effect::Leave(String::new()));
}

/// The one answer that the popup does not read.
#[derive(Deserialize)]
struct Here {
    #[serde(default)]
    ok: Option<Said>,
}

#[derive(Deserialize)]
struct Said {
    browsers: Browsers,
}

fn hear(model: &mut Model, told: Told, follows: &str, todo: &mut Vec<Effect>) {
    match told {
        Told::Answer { n } => {
            let Some(asked) = model.asked.remove(n) else { return };
            if asked == Asked::Browsers
                && let Ok(Here { ok: Some(Said { browsers }) }) = json::read(follows)
            {
                model.browsers = browsers.items;
                return;
            }
            match json::read::<Reply>(follows) {
                Ok(Reply { ok: Some(response), .. }) => answered(model, asked, response, todo),
                Ok(Reply { err: Some(refusal), .. }) => refused(model, asked, refusal, todo),
                // An answer that this version can't read: the host is newer than it says.
                _ => refused(model, asked, Refusal::Internal, todo),
            }
        }
        // What the forms hold is the person's until it is sent.
        Told::Event(Event::Changed | Event::Opened) => {}
        // A host that has to be started anew is locked, whatever the one before it was.
        Told::Event(Event::Locked { .. }) | Told::Link(Link::Connecting) => lock(model, todo),
        Told::Filled { n, outcome: Err(why) } if model.asked.remove(n).is_some() => {
            (model.found, model.alert) = (Some(Vec::new()), Some(words::unfilled(&why)));
        }
        Told::Filled { .. } | Told::Go(_) => {}
        Told::Link(Link::Up { host_version }) => model.host = host_version,
        // What is wrong with it, and what to do, the popup says.
        Told::Link(_) => leave(todo),
        Told::Selected(text) => model.selected = text,
        Told::Lost { n } => {
            if let Some(asked) = model.asked.remove(n) {
                refused(model, asked, Refusal::Timeout, todo);
            }
        }
    }
}

/// A vault that is locked, or not there yet, is no news where it is about to be opened or made.
fn lock(model: &Model, todo: &mut Vec<Effect>) {
    if !matches!(model.screen, Screen::Create | Screen::Recover) {
        leave(todo);
    }
}

fn answered(model: &mut Model, asked: Asked, response: Response, todo: &mut Vec<Effect>) {
    match (asked, response) {
        (Asked::Status, Response::Status(status)) => stand(model, status, todo),
        (Asked::Account(id), Response::Accounts(mut page)) => {
            model.account = page.items.pop();
            if model.account.is_some() {
                todo.push(Effect::Focus("#issuer"));
            } else {
                model.alert = Some(t("refused_not_found"));
            }
            model.screen = Screen::Edit(id);
        }
        (Asked::All { first }, Response::Accounts(page)) => {
            if first {
                model.all.clear();
            }
            model.all.extend(page.items);
            if page.next.is_some() {
                all(model, page.next, false, todo);
            } else if model.screen == Screen::Arrange {
                todo.push(Effect::ReadOrder);
            }
        }
        (Asked::Each, Response::Account(_) | Response::Done) => next(model, todo),
        (Asked::Spares, Response::Spares(spares)) => model.spares = spares.items,
        (Asked::Offers, Response::Offers(offers)) => model.offers = offers,
        (Asked::Site, Response::Accounts(page)) => model.site = page.site,
        (Asked::Trash { first }, Response::Accounts(page)) => {
            if first {
                model.trash.clear();
            }
            model.trash.extend(page.items);
            if page.next.is_some() {
                trash(model, page.next, false, todo);
            }
        }
        (Asked::Settings, Response::Settings(settings)) => model.settings = Some(settings),
        (Asked::Strength, Response::Strength(strength)) => model.strength = Some(strength),
        (Asked::Add, Response::Account(_)) if model.count == 0 => {
            todo.push(Effect::Empty(SECRETS));
            show(model, Screen::Pin, todo);
            said(model, t("added"), todo);
        }
        (Asked::Add, Response::Account(account)) => {
            todo.push(Effect::Empty(SECRETS));
            todo.push(Effect::Leave(format!("added/{}", account.id)));
        }
        (Asked::Scan, Response::Accounts(page)) => {
            (model.site, model.found) = (page.site, Some(page.items));
            todo.push(Effect::Focus(".primary"));
        }
        // A single one is filled at once: the page waits for its first code.
        (Asked::Enrol, Response::Accounts(page)) => {
            let Some(account) = page.items.first() else { return leave(todo) };
            let fills = page.items.len() == 1 && account.here;
            let what = if fills { "fill" } else { "added" };
            todo.push(Effect::Leave(format!("{what}/{}", account.id)));
        }
        (Asked::Edit, Response::Account(account)) => {
            todo.push(Effect::Empty(SECRETS));
            todo.push(Effect::Leave(format!("saved/{}", account.id)));
        }
        (Asked::Restore(id), Response::Account(_)) => {
            model.trash.retain(|account| account.id != id);
            said(model, t("restored"), todo);
        }
        (Asked::Purge(id), Response::Done) => {
            model.trash.retain(|account| account.id != id);
            said(model, t("purged"), todo);
        }
        (Asked::Create | Asked::Lock | Asked::Recover, Response::Done) => leave(todo),
        (Asked::Password, Response::Done) => {
            todo.push(Effect::Empty(SECRETS));
            (model.busy, model.strength) = (false, None);
            said(model, t("password_changed"), todo);
        }
        (asked @ (Asked::SetPin | Asked::RemovePin | Asked::RemoveRecovery), Response::Done) => {
            todo.push(Effect::Empty(SECRETS));
            model.busy = false;
            if asked == Asked::RemoveRecovery {
                model.recovery_code = None;
            }
            said(model, t("saved"), todo);
            ask(model, Asked::Status, Request::Status, todo);
        }
        (Asked::MakeRecovery, Response::Recovery(made)) => {
            todo.push(Effect::Empty(SECRETS));
            (model.busy, model.alert) = (false, None);
            (model.recovery_code, model.recovery) = (Some(made.code), true);
            // The PIN may have gone with the code before.
            ask(model, Asked::Status, Request::Status, todo);
        }
        // The host answered something else than it was asked for.
        (asked, _) => refused(model, asked, Refusal::Internal, todo),
    }
}

/// Stays, or goes where the state of the vault leads.
fn stand(model: &mut Model, status: Status, todo: &mut Vec<Effect>) {
    (model.pin, model.recovery) = (0 < status.pin_tries, status.recovery);
    model.person = status.biometrics != Biometrics::None;
    match status.vault {
        VaultState::Unlocked { count, .. } => {
            model.count = count;
            // It was made, or opened, elsewhere meanwhile.
            if matches!(model.screen, Screen::Create | Screen::Recover) {
                leave(todo);
            }
        }
        VaultState::Absent if model.screen == Screen::Create => {}
        VaultState::Locked { .. } if model.screen == Screen::Recover => {}
        _ => leave(todo),
    }
}

fn refused(model: &mut Model, asked: Asked, refusal: Refusal, todo: &mut Vec<Effect>) {
    if !matches!(
        asked,
        Asked::Offers | Asked::Settings | Asked::Site | Asked::Status | Asked::Strength
    ) {
        model.busy = false;
    }
    match (asked, refusal) {
        (Asked::Recover, Refusal::WrongPassword { .. }) => {
            model.alert = Some(t("wrong_code"));
            todo.push(Effect::Focus("#recovery-code"));
        }
        // A switch that the person, or the system, did not let be turned goes back.
        (Asked::Settings, refusal @ (Refusal::Unconfirmed | Refusal::NoBiometrics)) => {
            model.alert = Some(words::refusal(&refusal));
            model.settings = None;
            ask(model, Asked::Settings, Request::Settings, todo);
        }
        (_, Refusal::Locked) => lock(model, todo),
        // The list changed while it was being loaded.
        (Asked::All { .. }, Refusal::Conflict) => all(model, None, true, todo),
        // Those before it are done; the others stay as they are.
        (Asked::Each, refusal) => {
            model.queue.clear();
            model.alert = Some(words::refusal(&refusal));
            all(model, None, true, todo);
        }
        (Asked::Trash { .. }, Refusal::Conflict) => show(model, Screen::Trash, todo),
        (Asked::Account(id), refusal) => {
            model.alert = Some(words::refusal(&refusal));
            model.screen = Screen::Edit(id);
        }
        (Asked::Offers | Asked::Site | Asked::Spares | Asked::Strength, _) => {}
        // Somebody else made a vault meanwhile; or there is no host that would answer.
        (Asked::Create, Refusal::Conflict) | (Asked::Status, _) => leave(todo),
        (Asked::Create | Asked::Password | Asked::Recover, Refusal::WeakPassword(strength)) => {
            model.alert = Some(t("refused_weak_password"));
            model.strength = Some(strength);
            todo.push(Effect::Focus("#password"));
        }
        (
            Asked::MakeRecovery | Asked::Password | Asked::RemoveRecovery | Asked::SetPin,
            Refusal::WrongPassword { .. },
        ) => {
            model.alert = Some(t("wrong_password"));
            todo.push(Effect::Empty(SECRETS));
        }
        (Asked::Scan, refusal) => {
            model.found = Some(Vec::new());
            model.alert = Some(words::refusal(&refusal));
        }
        (Asked::Add, Refusal::Duplicate(_)) => {
            model.duplicate = true;
            model.alert = Some(t("refused_duplicate"));
        }
        (_, Refusal::Invalid(invalid)) => {
            model.invalid = Some(invalid);
            todo.push(Effect::Focus(words::input(invalid.field)));
        }
        (_, refusal) => model.alert = Some(words::refusal(&refusal)),
    }
}

fn said(model: &mut Model, text: String, todo: &mut Vec<Effect>) {
    (model.toast, model.alert) = (Some(text), None);
    todo.push(Effect::Wake(Timer::Toast, TOAST_MS));
}

#[cfg(test)]
mod tests {
    use shared::Secret;
    use shared::protocol::{Accounts, AddAccount, Unlock, Why};

    use super::*;

    /// Has the host answer the last question of a kind that is still open.
    fn answer(
        model: &mut Model,
        of: impl Fn(&Asked) -> bool,
        outcome: Result<Response, Refusal>,
    ) -> Vec<Effect> {
        let asked = (1..=model.questions).rev().find(|n| {
            let asked = model.asked.remove(*n);
            let found = asked.as_ref().is_some_and(&of);
            if let Some(asked) = asked {
                model.asked.insert(*n, asked);
            }
            found
        });
        let n = asked.expect("it was asked");
        let reply = serde_json::to_string(&Reply::new(Some(1), outcome)).unwrap();
        update(model, Msg::Told(Told::Answer { n }, reply))
    }

    fn status(vault: VaultState) -> Result<Response, Refusal> {
        let biometrics = Biometrics::None;
        let (retry_ms, pin_tries, recovery, remind) = (0, 0, false, false);
        Ok(Response::Status(Status { vault, retry_ms, pin_tries, recovery, remind, biometrics }))
    }

    fn opened(screen: &str) -> Model {
        let mut model = Model::default();
        update(&mut model, Msg::Started(Screen::read(screen)));
        model
    }

    fn account(id: &str) -> Account {
        let json = format!(
            r#"{{"id":"{id}","kind":"totp","issuer":"Example","label":"","algorithm":"SHA1","digits":6,
            "period":30,"created":0,"modified":0}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn left(todo: &[Effect]) -> Option<&str> {
        todo.iter().find_map(|effect| match effect {
            Effect::Leave(errand) => Some(errand.as_str()),
            _ => None,
        })
    }

    fn asks(todo: &[Effect], wanted: impl Fn(&Request) -> bool) -> bool {
        todo.iter().any(|effect| matches!(effect, Effect::Ask(_, request) if wanted(request)))
    }

    fn add() -> Msg {
        let uri = Some(Secret::new("otpauth://".into()));
        Msg::Added(AddAccount { uri, manual: None, page: None, again: false })
    }

    #[test]
    fn a_vault_that_locks_leads_back_to_the_popup_from_everywhere_but_its_doors() {
        for screen in ["add", "edit/1", "settings", "passwords", "trash", "help"] {
            let mut model = opened(screen);
            let locked = Told::Event(Event::Locked { why: Why::Sleep });
            let todo = update(&mut model, Msg::Told(locked, String::new()));
            assert_eq!(left(&todo), Some(""), "{screen}");
            assert!(todo.iter().any(|e| matches!(e, Effect::Empty(_))), "what was typed goes");
        }
        let mut model = opened("recover");
        let locked = status(VaultState::Locked { why: None });
        assert_eq!(left(&answer(&mut model, |a| *a == Asked::Status, locked)), None);
    }

    #[test]
    fn a_host_that_starts_anew_is_locked() {
        let connecting = || Msg::Told(Told::Link(Link::Connecting), String::new());
        let left = |todo: &[Effect]| todo.iter().any(|e| matches!(e, Effect::Leave(_)));
        assert!(left(&update(&mut opened("add"), connecting())));
        assert!(!left(&update(&mut opened("create"), connecting())));
    }

    #[test]
    fn what_is_wrong_with_the_host_the_popup_says() {
        let mut model = opened("settings");
        let todo = update(&mut model, Msg::Told(Told::Link(Link::Missing), String::new()));
        assert_eq!(left(&todo), Some(""));
    }

    #[test]
    fn a_vault_is_made_where_there_is_none_and_the_popup_shows_it() {
        let mut model = opened("create");
        let absent = status(VaultState::Absent);
        assert_eq!(left(&answer(&mut model, |a| *a == Asked::Status, absent)), None);
        let differ = Msg::Created(Secret::new("a".into()), Secret::new("b".into()));
        assert!(!asks(&update(&mut model, differ), |_| true));
        let same = Msg::Created(Secret::new("a".into()), Secret::new("a".into()));
        assert!(asks(&update(&mut model, same), |r| matches!(r, Request::Create(_))));
        let todo = answer(&mut model, |a| *a == Asked::Create, Ok(Response::Done));
        assert_eq!(left(&todo), Some(""));
    }

    #[test]
    fn the_first_account_leads_to_the_last_step_and_a_later_one_to_the_list() {
        for (count, shown) in [(0, None), (3, Some("added/7"))] {
            let mut model = opened("add");
            let open = status(VaultState::Unlocked { count, rollback: None });
            answer(&mut model, |a| *a == Asked::Status, open);
            update(&mut model, add());
            let todo =
                answer(&mut model, |a| *a == Asked::Add, Ok(Response::Account(account("7"))));
            assert_eq!(left(&todo), shown);
            assert_eq!(model.screen == Screen::Pin, count == 0);
        }
    }

    #[test]
    fn an_account_is_edited_when_it_is_there_and_deleted_by_the_popup() {
        let mut model = opened("edit/7");
        let page = Accounts { items: vec![account("7")], next: None, total: 1, site: None };
        answer(&mut model, |a| matches!(a, Asked::Account(_)), Ok(Response::Accounts(page)));
        assert!(model.account.is_some());
        assert_eq!(left(&update(&mut model, Msg::Delete)), Some("delete/7"));
        assert_eq!(left(&update(&mut model, Msg::Back)), Some("left/7"));
    }

    #[test]
    fn a_full_disk_is_said_to_have_changed_nothing() {
        let mut model = opened("add");
        update(&mut model, add());
        let todo = answer(&mut model, |a| *a == Asked::Add, Err(Refusal::DiskFull));
        assert_eq!(model.alert.as_deref(), Some("refused_disk_full"));
        assert_eq!(left(&todo), None, "what was typed stays");
    }

    #[test]
    fn a_new_recovery_code_is_on_screen_until_that_is_left() {
        let mut model = opened("settings");
        update(&mut model, Msg::Show(Screen::Passwords));
        let password = Secret::new("x".into());
        let make = Request::MakeRecovery(Unlock { password });
        update(&mut model, Msg::Sent(Asked::MakeRecovery, make));
        let made = shared::protocol::Recovery { code: "0000".into() };
        answer(&mut model, |a| *a == Asked::MakeRecovery, Ok(Response::Recovery(made)));
        assert_eq!((model.recovery_code.as_deref(), model.recovery), (Some("0000"), true));
        update(&mut model, Msg::Back);
        assert_eq!((model.screen.clone(), model.recovery_code.clone()), (Screen::Settings, None));
        assert_eq!(left(&update(&mut model, Msg::Back)), Some(""));

        update(&mut model, Msg::Show(Screen::Passwords));
        let remove = || Request::RemoveRecovery(Unlock { password: Secret::new("x".into()) });
        update(&mut model, Msg::Sent(Asked::RemoveRecovery, remove()));
        let wrong = Err(Refusal::WrongPassword { retry_ms: 250 });
        let todo = answer(&mut model, |a| *a == Asked::RemoveRecovery, wrong);
        assert_eq!(model.alert.as_deref(), Some("wrong_password"));
        let empties = |ids: &[&str]| ids.contains(&"#removal-password");
        assert!(todo.iter().any(|e| matches!(e, Effect::Empty(ids) if empties(ids))));
        update(&mut model, Msg::Sent(Asked::RemoveRecovery, remove()));
        model.recovery_code = Some("0000".into());
        answer(&mut model, |a| *a == Asked::RemoveRecovery, Ok(Response::Done));
        assert_eq!((model.alert.clone(), model.recovery_code.clone()), (None, None));
    }

    #[test]
    fn several_are_changed_one_after_the_other_and_a_refusal_ends_it() {
        let mut model = opened("several/1");
        let items = ["1", "2", "3"].map(account).into();
        let page = Accounts { items, next: None, total: 3, site: None };
        answer(&mut model, |a| matches!(a, Asked::All { .. }), Ok(Response::Accounts(page)));
        update(&mut model, Msg::Mark("3".into(), true));
        assert_eq!(marked(&model), "13");
        let todo = update(&mut model, Msg::TagMarked(" work ".into()));
        let tagged = |r: &Request| matches!(r, Request::Edit(e) if e.tags.as_deref() == Some(&["work".into()]));
        assert!(asks(&todo, tagged) && todo.len() == 1, "one at a time");
        let todo = answer(&mut model, |a| *a == Asked::Each, Ok(Response::Account(account("3"))));
        assert!(asks(&todo, tagged));
        answer(&mut model, |a| *a == Asked::Each, Ok(Response::Account(account("1"))));
        assert!(model.toast.is_some() && model.marked.is_empty() && !model.busy);
        update(&mut model, Msg::MarkAll(true));
        update(&mut model, Msg::DeleteMarked);
        let todo = answer(&mut model, |a| *a == Asked::Each, Err(Refusal::DiskFull));
        assert!(!asks(&todo, |r| matches!(r, Request::Delete(_))));
        assert!(model.alert.is_some() && model.queue.is_empty());
    }

    fn marked(model: &Model) -> String {
        model.marked.iter().map(String::as_str).collect()
    }

    #[test]
    fn a_row_is_chosen_by_its_ends_and_given_back_by_turning() {
        let mut model = opened("several");
        let items = ["1", "2", "3", "4", "5"].map(account).into();
        let page = Accounts { items, next: None, total: 5, site: None };
        answer(&mut model, |a| matches!(a, Asked::All { .. }), Ok(Response::Accounts(page)));
        let mut chosen = |msg| {
            let todo = update(&mut model, msg);
            let line = todo.iter().find_map(|effect| match effect {
                Effect::FocusLine(id) => Some(id.clone()),
                _ => None,
            });
            (marked(&model), line)
        };
        let at = |id: &str| Some(id.to_owned());
        assert_eq!(chosen(Msg::Mark("4".into(), true)), ("4".into(), None));
        assert_eq!(chosen(Msg::MarkTo("2".into(), true)), ("234".into(), None));
        assert_eq!(chosen(Msg::MarkTo("3".into(), false)), ("2".into(), None));
        chosen(Msg::MarkAll(false));
        // With the keys: there, further, and back over where it began.
        assert_eq!(chosen(Msg::Stepped("2".into(), 1, false)), (String::new(), at("3")));
        assert_eq!(chosen(Msg::Stepped("3".into(), 1, true)), ("34".into(), at("4")));
        assert_eq!(chosen(Msg::Stepped("4".into(), 1, true)), ("345".into(), at("5")));
        assert_eq!(chosen(Msg::Stepped("5".into(), 1, true)), ("345".into(), None), "the end");
        assert_eq!(chosen(Msg::Stepped("5".into(), -1, true)), ("34".into(), at("4")));
        assert_eq!(chosen(Msg::Stepped("4".into(), -1, true)), ("3".into(), at("3")));
        assert_eq!(chosen(Msg::Stepped("3".into(), -1, true)), ("23".into(), at("2")));
        // Somewhere else another row begins.
        assert_eq!(chosen(Msg::Stepped("4".into(), 1, true)), ("2345".into(), at("5")));
    }

    #[test]
    fn those_that_are_chosen_go_to_the_desk_by_their_ids_and_all_of_them_without() {
        let mut model = opened("several");
        let items = ["1", "2", "3"].map(account).into();
        let page = Accounts { items, next: None, total: 3, site: None };
        answer(&mut model, |a| matches!(a, Asked::All { .. }), Ok(Response::Accounts(page)));
        let mut errand = |msg| {
            update(&mut model, msg);
            match &update(&mut model, Msg::ExportMarked)[..] {
                [Effect::Desk(errand)] => errand.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(errand(Msg::Mark("3".into(), true)), "export/3");
        assert_eq!(errand(Msg::Mark("1".into(), true)), "export/1,3");
        assert_eq!(errand(Msg::MarkAll(true)), "export/");
        let ids: Vec<String> = (0..=MAX_CHOSEN + 1).map(|n| n.to_string()).collect();
        model.all = ids.iter().map(|id| account(id)).collect();
        model.marked = ids.into_iter().skip(1).collect();
        assert!(update(&mut model, Msg::ExportMarked).is_empty());
        assert!(model.alert.as_ref().unwrap().starts_with("several_too_many"));
    }

    #[test]
    fn accounts_are_put_in_order_and_favourites_stay_first() {
        let mut model = opened("arrange");
        let mut items: Vec<Account> = ["1", "2", "3"].map(account).into();
        items[0].favourite = true;
        let page = Accounts { items, next: None, total: 3, site: None };
        answer(&mut model, |a| matches!(a, Asked::All { .. }), Ok(Response::Accounts(page)));
        update(&mut model, Msg::Ordered(vec!["3".into(), "1".into(), "gone".into()]));
        let order = |model: &Model| model.all.iter().map(|a| a.id.clone()).collect::<Vec<_>>();
        assert_eq!(order(&model), ["1", "3", "2"]);
        let todo = update(&mut model, Msg::Moved("3".into(), 1));
        assert!(matches!(&todo[..], [Effect::KeepOrder(ids)] if *ids == ["1", "2", "3"]));
        update(&mut model, Msg::Moved("2".into(), -1));
        assert_eq!(order(&model), ["1", "2", "3"], "not before a favourite");
        update(&mut model, Msg::Dragged(Some("3".into())));
        update(&mut model, Msg::DraggedOver("2".into()));
        assert_eq!(order(&model), ["1", "3", "2"]);
        let todo = update(&mut model, Msg::Dragged(None));
        assert!(matches!(&todo[..], [Effect::KeepOrder(_)]));
    }

    #[test]
    fn for_good_is_said_twice() {
        let mut model = opened("trash");
        assert!(!asks(&update(&mut model, Msg::Purge("1".into())), |_| true));
        let todo = update(&mut model, Msg::Purge("1".into()));
        assert!(asks(&todo, |r| matches!(r, Request::Purge(_))));
    }
}
