//! What the background and the host say, and where it leads.
//!
//! Never here: what the person does.

use serde::Deserialize;
use shared::protocol::{
    Biometrics, Browsers, Event, Refusal, Reply, Request, Response, Status, VaultState,
};

use super::{SECRETS, all, ask, leave, said, several, show, trash};
use crate::bridge::{Link, Told};
use crate::json;
use crate::side::model::{Asked, Effect, Model, Screen};
use crate::text::t;
use crate::words;

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

pub(super) fn hear(model: &mut Model, told: Told, follows: &str, todo: &mut Vec<Effect>) {
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
        Told::Selected(text) if text.is_empty() => model.alert = Some(t("spares_none")),
        Told::Selected(text) => todo.push(Effect::AddSpares(text)),
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
        (Asked::Each, Response::Account(_) | Response::Done) => several::next(model, todo),
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
            take_out(model, &id, todo);
            said(model, t("restored"), todo);
        }
        (Asked::Purge(id), Response::Done) => {
            take_out(model, &id, todo);
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

/// Takes an account off the trash, and gives the keyboard to the one that stands there now.
fn take_out(model: &mut Model, id: &str, todo: &mut Vec<Effect>) {
    let Some(at) = model.trash.iter().position(|account| account.id == id) else { return };
    model.trash.remove(at);
    let next = model.trash.get(at).or(model.trash.last());
    todo.push(match next {
        Some(next) => Effect::FocusTrashed(next.id.clone()),
        None => Effect::Focus("[data-do=back]"),
    });
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
        (
            Asked::Settings,
            refusal @ (Refusal::NeedsMaster | Refusal::Unconfirmed | Refusal::NoBiometrics),
        ) => {
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
        (Asked::Create, Refusal::Exists) | (Asked::Status, _) => leave(todo),
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
        // What was shown is not what would be added: the page is looked at again.
        (Asked::Enrol, refusal @ Refusal::Conflict) => {
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
