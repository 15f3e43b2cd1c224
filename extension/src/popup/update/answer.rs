//! What the background and the host say, and where it leads.
//!
//! Never here: what the person does.

use shared::protocol::{
    Accounts, Biometrics, Event, MAX_ITEMS, Opening, Refusal, Reply, Request, Response, Status,
    VaultState,
};

use super::fill::{fill, filled};
use super::{
    AGAIN_MS, SECRETS, accounts, ask, forget, host_leads, load, lock, look, said, step, toast,
    unlock_input, wait_for_retry,
};
use crate::bridge::{Link, Told};
use crate::fill::Wanted;
use crate::json;
use crate::popup::model::{Asked, Back, Effect, Errand, Model, Msg, Screen, Timer, Toast, Trouble};
use crate::text::{t, with};
use crate::words;

/// After the first picture of the list, what is just out of sight is made, too.
const AROUND_MS: u32 = 80;

pub(super) fn hear(model: &mut Model, told: Told, follows: &str, now: u64, todo: &mut Vec<Effect>) {
    // It is there after all, or known to be gone: what was said of its silence is no longer true.
    if matches!(told, Told::Answer { .. } | Told::Event(_) | Told::Link(_)) && model.silent {
        (model.silent, model.alert) = (false, None);
    }
    match told {
        Told::Answer { n } => {
            let Some(asked) = model.asked.remove(n) else { return };
            match json::read::<Reply>(follows) {
                Ok(Reply { ok: Some(response), .. }) => answered(model, asked, response, now, todo),
                Ok(Reply { err: Some(refusal), .. }) => refused(model, asked, refusal, now, todo),
                // An answer that this version can't read: the host is newer than it says.
                _ => refused(model, asked, Refusal::Internal, now, todo),
            }
        }
        Told::Event(Event::Changed) => look(model, todo),
        Told::Event(Event::Opened) => {}
        Told::Event(Event::Locked { why }) => {
            lock(model, todo);
            model.why = Some(why);
            model.spoken = words::why(why);
            // Whether the PIN opens it again.
            ask(model, Asked::Status, Request::Status, todo);
        }
        Told::Filled { n, outcome } => {
            let (id, wanted) = match model.asked.remove(n) {
                Some(Asked::Fill(id, wanted)) => (id, wanted),
                _ => (None, Wanted::Certain),
            };
            filled(model, id, wanted, outcome, todo);
        }
        Told::Go(screen) => {
            model.errand = Some(Errand { what: Back::Go, id: screen });
            come_back(model, false, now, todo);
        }
        Told::Link(link) => linked(model, link, todo),
        // Asked for by the side page alone.
        Told::Selected(_) => {}
        Told::Lost { n } => {
            if let Some(asked) = model.asked.remove(n) {
                refused(model, asked, Refusal::Timeout, now, todo);
            }
        }
    }
}

fn linked(model: &mut Model, link: Link, todo: &mut Vec<Effect>) {
    let trouble = match &link {
        Link::Connecting => None,
        Link::ExtensionTooOld => Some(Trouble::ExtensionTooOld),
        Link::Forbidden => Some(Trouble::HostForbidden),
        Link::HostTooOld => Some(Trouble::HostTooOld),
        Link::Missing => Some(Trouble::HostMissing),
        Link::Silent => Some(Trouble::HostSilent),
        Link::Up { .. } => None,
    };
    // What was asked before the first news waits in the background; after a failure it is lost.
    let again = matches!(link, Link::Up { .. })
        && (matches!(model.screen, Screen::Problem(_)) || model.link == Some(Link::Connecting));
    // The host ended, and with it the open vault; that another is being started changes nothing of that.
    let ended = link == Link::Connecting && model.screen == Screen::List;
    model.link = Some(link);
    if ended {
        forget(model, todo);
        model.screen = Screen::Loading;
    }
    let again_ms = (trouble == Some(Trouble::HostMissing)).then_some(AGAIN_MS);
    todo.push(Effect::Wake(Timer::Again, again_ms));
    if let Some(trouble) = trouble {
        // What stands there already is not said again.
        if model.screen == Screen::Problem(trouble.clone()) {
            return;
        }
        forget(model, todo);
        model.screen = Screen::Problem(trouble);
        todo.push(Effect::Focus("[data-do=check]"));
    } else if again {
        // Nothing of the vault is on the screen that asks for the password, and what was typed stays.
        if model.screen != Screen::Unlock {
            forget(model, todo);
        }
        look(model, todo);
    }
}

fn answered(model: &mut Model, asked: Asked, response: Response, now: u64, todo: &mut Vec<Effect>) {
    match (asked, response) {
        (Asked::Status, Response::Status(status)) => stand(model, status, now, todo),
        (Asked::Opening { round }, Response::Opening(opening)) => {
            let Opening { status, accounts, codes, settings } = *opening;
            stand(model, status, now, todo);
            model.settings = settings;
            let ids: Vec<String> = codes.iter().map(|code| code.id.clone()).collect();
            model.codes.take_in(&ids, codes, now);
            if let Some(page) = accounts {
                take_in(model, page, true, round, now, todo);
            }
        }
        (Asked::Accounts { first, round }, Response::Accounts(page)) => {
            take_in(model, page, first, round, now, todo);
        }
        (Asked::Codes(ids), Response::Codes(codes)) => {
            model.codes.take_in(&ids, codes.items, now);
        }
        (Asked::Pictures(asked), Response::Pictures(pictures)) => {
            for (id, key) in asked {
                let png = pictures.items.iter().find(|picture| picture.id == id);
                let png = png.map(|picture| picture.png.clone()).unwrap_or_default();
                model.pictures.push((id, key, png));
            }
        }
        (Asked::NextCode(id), Response::Codes(codes)) => {
            model.codes.take_in(std::slice::from_ref(&id), codes.items, now);
            if model.copy_next.as_ref() == Some(&id) {
                model.copy_next = None;
                step(model, Msg::Copy(Some(id)), now, todo);
            }
        }
        (Asked::Edit, Response::Account(account)) => {
            model.codes.forget(&account.id);
            let id = account.id.clone();
            model.list.replace(account, &model.query);
            // Its row may stand elsewhere now, and takes the keyboard along.
            if model.chosen.as_ref() == Some(&id) {
                todo.extend(model.list.reveal(&id).map(Effect::Scroll));
                todo.push(Effect::FocusAccount(id));
            }
            load(model, todo);
        }
        (Asked::Link(id, wanted), Response::Account(account)) => {
            model.list.replace(account, &model.query);
            load(model, todo);
            fill(model, Some(id), wanted, todo);
        }
        (Asked::Delete(id), Response::Done) => {
            let name = model.list.account(&id).map(words::called).unwrap_or_default();
            model.list.remove(&id, &model.query);
            let text = with("deleted", &[&name]);
            toast(model, Toast { text, undo: Some(id), copied: None }, todo);
            todo.push(Effect::Focus("#search"));
        }
        (Asked::Restore(_), Response::Account(_)) => {
            said(model, t("restored"), todo);
            load(model, todo);
        }
        (
            Asked::Revert | Asked::Unlock | Asked::UnlockPerson | Asked::UnlockPin,
            Response::Done,
        ) => {
            todo.push(Effect::Empty(SECRETS));
            (model.busy, model.why) = (false, None);
            (model.retry_at, model.retry_s) = (None, 0);
            look(model, todo);
        }
        (Asked::AcceptRollback, Response::Done) => look(model, todo),
        (Asked::Lock, Response::Done) => {
            lock(model, todo);
            model.spoken = t("why_manual");
        }
        // The host answered something else than it was asked for.
        (asked, _) => refused(model, asked, Refusal::Internal, now, todo),
    }
}

/// Takes in a page of the list.
fn take_in(
    model: &mut Model,
    page: Accounts,
    first: bool,
    round: u32,
    now: u64,
    todo: &mut Vec<Effect>,
) {
    if round != model.list.round {
        return;
    }
    if first {
        model.site = page.site;
    }
    model.list.take_in(page.items, page.total, page.next.is_none(), &model.query);
    if host_leads(&model.screen) && !matches!(model.screen, Screen::Problem(_)) {
        open(model, todo);
    }
    come_back(model, page.next.is_none(), now, todo);
    if model.list.margin == 0 {
        todo.push(Effect::Wake(Timer::Around, Some(AROUND_MS)));
    }
    if page.next.is_some() {
        let asked = Asked::Accounts { first: false, round };
        accounts(model, page.next, MAX_ITEMS, asked, todo);
    }
}

/// Does what the side page left to be done, as soon as the account is there; in vain if it never comes.
fn come_back(model: &mut Model, whole: bool, now: u64, todo: &mut Vec<Effect>) {
    if model.screen != Screen::List {
        return;
    }
    let there = |errand: &mut Errand| {
        whole || errand.what == Back::Go || model.list.account(&errand.id).is_some()
    };
    let Some(Errand { what, id }) = model.errand.take_if(there) else { return };
    match what {
        Back::Go => return todo.push(Effect::Go(id)),
        Back::Delete => return step(model, Msg::Delete(id), now, todo),
        Back::Added => said(model, t("added"), todo),
        Back::Fill => {
            said(model, t("added"), todo);
            fill(model, Some(id.clone()), Wanted::First, todo);
        }
        Back::Saved => said(model, t("saved"), todo),
        Back::Left => {}
    }
    todo.extend(model.list.reveal(&id).map(Effect::Scroll));
    (model.chosen, model.warned) = (Some(id), false);
}

/// Goes where the state of the vault leads.
fn stand(model: &mut Model, status: Status, now: u64, todo: &mut Vec<Effect>) {
    if 0 < status.retry_ms {
        model.retry_at = Some(now + status.retry_ms);
        wait_for_retry(model, now, todo);
    }
    (model.pin_tries, model.recovery) = (status.pin_tries, status.recovery);
    model.person = status.biometrics == Biometrics::Ready;
    model.remind = status.remind;
    if model.screen == Screen::Unlock && !model.busy {
        todo.push(Effect::Focus(unlock_input(model)));
    }
    let screen = match status.vault {
        VaultState::Unlocked { rollback, .. } => {
            model.rollback = rollback;
            if matches!(model.screen, Screen::Problem(_)) {
                open(model, todo);
            }
            return;
        }
        VaultState::Locked { why } => {
            model.why = model.why.or(why);
            return lock(model, todo);
        }
        VaultState::Absent => return todo.push(Effect::Go("create".into())),
        VaultState::Damaged { generations } => Screen::Problem(Trouble::Damaged(generations)),
        VaultState::Newer => Screen::Problem(Trouble::Newer),
        VaultState::Unreadable => Screen::Problem(Trouble::Unreadable),
    };
    model.screen = screen;
}

/// Shows the list of an open vault.
fn open(model: &mut Model, todo: &mut Vec<Effect>) {
    model.why = None;
    model.screen = Screen::List;
    todo.push(Effect::Focus("#search"));
}

fn refused(model: &mut Model, asked: Asked, refusal: Refusal, now: u64, todo: &mut Vec<Effect>) {
    if !matches!(
        asked,
        Asked::Accounts { .. }
            | Asked::Codes(_)
            | Asked::Opening { .. }
            | Asked::Pictures(_)
            | Asked::Status
            | Asked::UnlockPerson
    ) {
        model.busy = false;
    }
    model.silent |= refusal == Refusal::Timeout;
    let leads = host_leads(&model.screen);
    match (asked, refusal) {
        (Asked::Unlock, Refusal::WrongPassword { retry_ms }) => {
            model.alert = Some(t("wrong_password"));
            model.retry_at = Some(now + retry_ms);
            todo.push(Effect::Empty(SECRETS));
            todo.push(Effect::Focus("#password"));
            wait_for_retry(model, now, todo);
        }
        (Asked::UnlockPin, Refusal::WrongPin { left }) => {
            model.pin_tries = left;
            model.alert = Some(with("wrong_pin", &[&left.to_string()]));
            todo.push(Effect::Empty(SECRETS));
            todo.push(Effect::Focus("#pin"));
        }
        (Asked::UnlockPin, Refusal::NoPin) => {
            model.pin_tries = 0;
            model.alert = Some(t("pin_forgotten"));
            todo.push(Effect::Focus("#password"));
        }
        // It ended because a password was typed, whose answer is still to come.
        (Asked::UnlockPerson, Refusal::Unconfirmed) if model.busy => {}
        (Asked::UnlockPerson, refusal @ Refusal::NoBiometrics) => {
            model.person = false;
            model.alert = Some(words::refusal(&refusal));
        }
        // It was asked before it was known that the vault is locked, or not there.
        (Asked::Accounts { .. }, _) if leads => {}
        (_, Refusal::Locked) => lock(model, todo),
        // The list changed while it was being loaded.
        (Asked::Accounts { .. }, Refusal::Conflict) => load(model, todo),
        // The letter does as well.
        (Asked::Pictures(asked), _) => {
            let none = asked.into_iter().map(|(id, key)| (id, key, String::new()));
            model.pictures.extend(none);
        }
        (Asked::Codes(ids), refusal) => {
            model.codes.miss(&ids, now);
            model.alert = Some(words::refusal(&refusal));
        }
        // Whatever already stands on the screen knows better why there was no answer.
        (Asked::Opening { .. } | Asked::Status, _)
            if matches!(model.screen, Screen::Problem(_)) => {}
        (Asked::Opening { .. } | Asked::Status, _) => {
            model.screen = Screen::Problem(Trouble::HostSilent)
        }
        (Asked::Revert, Refusal::Exists) => look(model, todo),
        (Asked::NextCode(_), refusal) => {
            model.copy_next = None;
            model.alert = Some(words::refusal(&refusal));
        }
        (_, refusal) => model.alert = Some(words::refusal(&refusal)),
    }
}
