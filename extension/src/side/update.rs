//! What follows from what: a message changes the model and wants things done.
//!
//! Never here: the browser, and how anything looks.

mod answer;
mod order;
mod several;

use shared::protocol::{ById, ListAccounts, MAX_ITEMS, NewPassword, Page, Request};

use self::answer::hear;
use super::model::{Asked, Effect, Model, Msg, Screen, Timer};
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
            todo.push(Effect::ReadTab);
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
        Msg::Show(screen) => turn_to(model, screen, "[data-do=back]", todo),
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
        Msg::Mark(id, on) => several::mark(model, id, on),
        Msg::MarkTo(id, on) => several::mark_to(model, id, on),
        Msg::Stepped(id, steps, takes) => several::step(model, id, steps, takes, todo),
        Msg::MarkAll(on) => several::mark_all(model, on),
        Msg::ExportMarked => several::export(model, todo),
        Msg::DeleteMarked => several::delete(model, todo),
        Msg::TagMarked(tag) => several::tag(model, tag.trim(), todo),
        Msg::Ordered(ids) => order::take_in(model, &ids),
        Msg::Dragged(id) => order::drag(model, id, todo),
        Msg::DraggedOver(id) => order::drag_over(model, &id),
        Msg::Moved(id, steps) => order::step(model, &id, steps, todo),
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
            model.alert = None;
            todo.extend(model.tab.as_ref().map(|tab| Effect::Selected(tab.id)));
        }
        Msg::Enrol => {
            // Of a page without an address accounts are added, and linked to nothing.
            let nowhere = || Page { origin: String::new(), top: String::new() };
            let page = page(model).unwrap_or_else(nowhere);
            submit(model, Asked::Enrol, Request::Enrol(page), todo);
        }
        Msg::Edited(edit) => submit(model, Asked::Edit, Request::Edit(edit), todo),
        Msg::Created(password, again) => {
            let same = password.expose() == again.expose();
            let create = Request::Create(NewPassword { password });
            submit_twice_typed(model, Asked::Create, create, same, todo);
        }
        Msg::Sent(asked, request) => submit(model, asked, request, todo),
        Msg::Recovered(recover, again) => {
            let same = recover.new.expose() == again.expose();
            submit_twice_typed(model, Asked::Recover, Request::Recover(recover), same, todo);
        }
        Msg::PasswordChanged(change, again) => {
            let same = change.new.expose() == again.expose();
            submit_twice_typed(model, Asked::Password, Request::Password(change), same, todo);
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
                turn_to(model, Screen::Arrange, "[data-do=back]", todo);
            }
        }
    }
}

/// Shows another screen. What was pressed goes with the one before: this has the keyboard then, if the screen says
/// nothing else.
fn turn_to(model: &mut Model, screen: Screen, focus: &'static str, todo: &mut Vec<Effect>) {
    let before = todo.len();
    show(model, screen, todo);
    if !todo[before..].iter().any(|effect| matches!(effect, Effect::Focus(_))) {
        todo.push(Effect::Focus(focus));
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
            several::begin(model, id);
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
        Screen::Scan { .. } => {
            model.found = None;
            // The page may have led elsewhere since it was last known.
            todo.extend(model.tab.take().map(|_| Effect::ReadTab));
        }
        Screen::Settings => {
            ask(model, Asked::Offers, Request::Offers, todo);
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

fn all(model: &mut Model, cursor: Option<String>, first: bool, todo: &mut Vec<Effect>) {
    let list = ListAccounts { cursor, limit: MAX_ITEMS, ..ListAccounts::default() };
    ask(model, Asked::All { first }, Request::Accounts(list), todo);
}

/// Looks at the page.
fn scan(model: &mut Model, picture: bool, todo: &mut Vec<Effect>) {
    let Some(tab) = &model.tab else {
        (model.found, model.alert) = (Some(Vec::new()), Some(t("unfilled_closed")));
        return;
    };
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
        let came_by = match model.screen {
            Screen::About => "[data-do=about]",
            Screen::Arrange => "[data-do=arrange]",
            Screen::Browsers => "[data-do=browsers]",
            Screen::Help => "[data-do=help]",
            Screen::Passwords => "[data-do=passwords]",
            Screen::Several(_) => "[data-do=several]",
            Screen::Trash => "[data-do=trash]",
            _ => "[data-do=back]",
        };
        return turn_to(model, Screen::Settings, came_by, todo);
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

/// Sends a form with a new password if that was typed twice alike.
fn submit_twice_typed(
    model: &mut Model,
    asked: Asked,
    request: Request,
    same: bool,
    todo: &mut Vec<Effect>,
) {
    if same {
        return submit(model, asked, request, todo);
    }
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
    (model.dragged, model.queue) = (None, Vec::new());
}

/// The popup has the screen for how things stand now.
fn leave(todo: &mut Vec<Effect>) {
    todo.push(Effect::Empty(SECRETS));
    todo.push(Effect::Leave(String::new()));
}

fn said(model: &mut Model, text: String, todo: &mut Vec<Effect>) {
    (model.toast, model.alert) = (Some(text), None);
    todo.push(Effect::Wake(Timer::Toast, TOAST_MS));
}

#[cfg(test)]
mod tests;
