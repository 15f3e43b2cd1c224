//! What follows from what: a message changes the model and wants things done. Time is an argument.
//!
//! Never here: the browser, and how anything looks.

mod answer;
mod fill;

use shared::protocol::{
    ById, EditAccount, LinkSite, ListAccounts, ListCodes, MAX_ITEMS, MAX_PICTURES, Open, Page,
    Request, Revert, Unlock,
};

use self::answer::hear;
use self::fill::fill;
use super::list::MARGIN;
use super::model::{Asked, Effect, Later, Model, Msg, Offer, Screen, Timer, Toast, Unsure};
use crate::bridge::Link;
use crate::few::Few;
use crate::fill::Wanted;
use crate::text::{soon, t, with};
use crate::words;

/// Accounts in the first page: what fits on screen and a little more, so that it is there at once; the same in
/// `opening.js`.
const FIRST_PAGE: usize = 40;
/// So many of them come with their codes; the same in `opening.js`.
const FIRST_CODES: usize = 20;
/// How long a toast stays.
const TOAST_MS: u32 = 2_500;
/// How long a toast with Undo stays.
const UNDO_MS: u32 = 8_000;
/// Before a code changes, this is said to those who do not see the ring.
const LATE_MS: u64 = 10_000;
/// Between two looks for a host that is being installed.
const AGAIN_MS: u32 = 3_000;
/// Inputs that hold a password.
const SECRETS: &[&str] = &["#password", "#pin"];

/// Changes the model for what happened, and says what to do.
pub fn update(model: &mut Model, msg: Msg, now: u64) -> Vec<Effect> {
    let mut todo = Vec::new();
    step(model, msg, now, &mut todo);
    follow_codes(model, now, &mut todo);
    todo
}

fn step(model: &mut Model, msg: Msg, now: u64, todo: &mut Vec<Effect>) {
    match msg {
        Msg::Started(tab, errand) => {
            (model.tab, model.errand) = (tab, errand);
            // The doorstep has asked it.
            (model.questions, model.asked) = (1, Few::new());
            let round = model.list.reload();
            model.asked.insert(1, Asked::Opening { round });
        }
        Msg::Told(told, follows) => hear(model, told, &follows, now, todo),
        Msg::Woke(timer) => wake(model, timer, now, todo),
        Msg::Check => {
            model.alert = None;
            model.screen = Screen::Loading;
            todo.push(Effect::Check);
            // The host may be there all the same, with a vault that could not be read before.
            if matches!(model.link, Some(Link::Up { .. })) {
                look(model, todo);
            }
        }
        Msg::Go(screen) => todo.push(Effect::Go(screen)),
        Msg::Escape => escape(model, todo),
        Msg::Dismiss => {
            (model.offer, model.unsure, model.alert, model.which) = (None, None, None, None);
            stop_waiting(model, todo);
            todo.push(Effect::Focus("#search"));
        }

        Msg::Typed(query) => {
            stop_waiting(model, todo);
            model.query = query;
            model.list.top = 0;
            model.chosen = None;
            model.list.arrange(&model.query);
            todo.push(Effect::Scroll(0));
        }
        Msg::Tagged(tag) => {
            let again = model.list.tag.as_ref() == Some(&tag);
            filter(model, (!again).then_some(tag), todo);
        }
        Msg::Scrolled { top, height } => {
            (model.list.top, model.list.height) = (top, height.max(1));
        }
        Msg::Chose(id) => {
            if model.chosen.as_ref() != Some(&id) {
                (model.chosen, model.warned) = (Some(id), false);
            }
        }
        Msg::Moved(steps) => {
            if model.under_a_sheet() {
                return todo.push(Effect::Focus(match steps {
                    i32::MIN => ".sheet button",
                    i32::MAX => ".sheet button:last-of-type",
                    1 => ".sheet:not(:has(:focus)) button, .sheet :focus + button",
                    _ => ".sheet button:has(+ :focus)",
                }));
            }
            model.chosen = model.list.step(model.chosen.as_deref(), steps);
            match &model.chosen {
                Some(id) => {
                    todo.extend(model.list.reveal(id).map(Effect::Scroll));
                    todo.push(Effect::FocusAccount(id.clone()));
                }
                None => todo.push(Effect::Focus("#search")),
            }
        }
        Msg::Menu(id) => {
            stop_waiting(model, todo);
            if id.is_none() {
                close_menu(model, todo);
            } else {
                todo.push(Effect::Focus("#menu button"));
            }
            model.menu = id;
        }

        Msg::Copy(id) => {
            close_menu(model, todo);
            let unsure = model.unsure.take().and_then(|unsure| unsure.id);
            todo.extend(unsure.map(Effect::FocusAccount));
            stop_waiting(model, todo);
            let Some(id) = id.or_else(|| model.at_hand()) else { return };
            match model.codes.of(&id) {
                Some(held) => {
                    let clear_s = model.settings.clone().unwrap_or_default().clipboard_s;
                    todo.push(Effect::Copy { id, code: held.code.clone(), clear_s });
                }
                None if is_hotp(model, &id) => {
                    model.copy_next = Some(id.clone());
                    next_code(model, id, todo);
                }
                None => {}
            }
        }
        Msg::Copied { id, done: true } => {
            let text = t("copied");
            (model.chosen, model.warned) = (Some(id.clone()), false);
            todo.push(Effect::Used(id.clone()));
            toast(model, Toast { text, undo: None, copied: Some(id) }, todo);
        }
        Msg::Copied { done: false, .. } => model.alert = Some(t("copy_failed")),
        Msg::CopyCommand(command) => todo.push(Effect::CopyCommand(command)),
        Msg::CopiedCommand(true) => said(model, t("copied"), todo),
        Msg::CopiedCommand(false) => model.alert = Some(t("copy_failed")),
        Msg::NextCode(id) => {
            next_code(model, id, todo);
        }
        Msg::Fill(id) => {
            close_menu(model, todo);
            let which = model.which.take();
            if let Some(id) = id.or_else(|| model.at_hand()) {
                todo.extend(which.is_some().then(|| Effect::FocusAccount(id.clone())));
                let wanted = which.map_or(Wanted::Certain, |which| which.wanted);
                fill(model, Some(id), wanted, todo);
            }
        }
        Msg::Certain => {
            let Some(Unsure { id, target }) = model.unsure.take() else { return };
            let wanted = target.map_or(Wanted::Focused, Wanted::Confirmed);
            todo.extend(id.clone().map(Effect::FocusAccount));
            fill(model, id, wanted, todo);
        }
        Msg::Point => {
            let target = model.unsure.as_ref().and_then(|unsure| unsure.target.clone());
            if let (Some(target), Some(tab)) = (target, model.tab.as_ref().map(|tab| tab.id)) {
                todo.push(Effect::Point { tab, target });
            }
        }
        Msg::AcceptRollback => {
            ask(model, Asked::AcceptRollback, Request::AcceptRollback, todo);
        }
        Msg::Link => {
            let (Some(offer), Some(page)) = (model.offer.take(), page(model)) else { return };
            let Offer { id, domain, wanted, .. } = offer;
            let link = LinkSite { id: id.clone(), page, domain };
            todo.push(Effect::FocusAccount(id.clone()));
            ask(model, Asked::Link(id, wanted), Request::Link(link), todo);
        }

        Msg::Favourite(id) => {
            close_menu(model, todo);
            let Some(account) = model.list.account(&id) else { return };
            let favourite = Some(!account.favourite);
            let edit = EditAccount { id, favourite, ..EditAccount::default() };
            ask(model, Asked::Edit, Request::Edit(Box::new(edit)), todo);
        }
        Msg::Delete(id) => {
            close_menu(model, todo);
            ask(model, Asked::Delete(id.clone()), Request::Delete(ById { id }), todo);
        }
        Msg::Undo => {
            let Some(id) = model.toast.take().and_then(|toast| toast.undo) else { return };
            todo.push(Effect::Focus("#search"));
            ask(model, Asked::Restore(id.clone()), Request::Restore(ById { id }), todo);
        }
        Msg::Unlocked(password) => {
            // While the wait after a wrong password lasts, the host keeps the attempt, not the person.
            if !model.busy {
                submit(model, Asked::Unlock, Request::Unlock(Unlock { password }), todo);
            }
        }
        Msg::ByMaster => {
            (model.by_master, model.alert) = (true, None);
            todo.push(Effect::Focus("#password"));
        }
        // The boxes stay open: a password that is typed meanwhile ends the system's question.
        Msg::ByPerson => {
            model.alert = None;
            ask(model, Asked::UnlockPerson, Request::UnlockBiometrics, todo);
        }
        Msg::Sent(asked, request) => submit(model, asked, request, todo),
        Msg::Revert(generation) => {
            submit(model, Asked::Revert, Request::Revert(Revert { generation }), todo);
        }
        Msg::Lock => ask(model, Asked::Lock, Request::Lock, todo),
    }
}

/// Asks for what the first screen needs, as the doorstep `opening.js` does.
fn look(model: &mut Model, todo: &mut Vec<Effect>) {
    let round = model.list.reload();
    let open = Open { limit: FIRST_PAGE, codes: FIRST_CODES, page: page(model) };
    ask(model, Asked::Opening { round }, Request::Opening(open), todo);
}

/// Loads the list from its beginning.
fn load(model: &mut Model, todo: &mut Vec<Effect>) {
    let round = model.list.reload();
    accounts(model, None, FIRST_PAGE, Asked::Accounts { first: true, round }, todo);
}

fn accounts(
    model: &mut Model,
    cursor: Option<String>,
    limit: usize,
    asked: Asked,
    todo: &mut Vec<Effect>,
) {
    let request = ListAccounts { cursor, limit, page: page(model), ..ListAccounts::default() };
    ask(model, asked, Request::Accounts(request), todo);
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
    (model.busy, model.alert) = (true, None);
    ask(model, asked, request, todo);
}

/// What is asked for first while the vault is locked.
fn unlock_input(model: &Model) -> &'static str {
    if 0 < model.pin_tries && !model.by_master { "#pin" } else { "#password" }
}

/// Whether the state of the vault leads on from here, and not the person.
fn host_leads(screen: &Screen) -> bool {
    matches!(screen, Screen::Loading | Screen::Problem(_) | Screen::Unlock)
}

/// Forgets what belongs to the screen that is left.
fn leave(model: &mut Model) {
    (model.menu, model.offer, model.alert, model.unsure) = (None, None, None, None);
    (model.which, model.busy) = (None, false);
}

/// Gives the keyboard back to the account whose menu it was: what was pressed goes with the menu.
fn close_menu(model: &mut Model, todo: &mut Vec<Effect>) {
    todo.extend(model.menu.take().map(Effect::FocusAccount));
}

fn escape(model: &mut Model, todo: &mut Vec<Effect>) {
    if model.menu.is_some() {
        return step(model, Msg::Menu(None), 0, todo);
    }
    if model.offer.is_some()
        || model.unsure.is_some()
        || model.which.is_some()
        || model.later.is_some()
        || (model.alert.is_some() && model.screen == Screen::List)
    {
        return step(model, Msg::Dismiss, 0, todo);
    }
    match model.screen {
        Screen::List if !model.query.is_empty() => {
            step(model, Msg::Typed(String::new()), 0, todo);
            todo.push(Effect::Empty(&["#search"]));
            todo.push(Effect::Focus("#search"));
        }
        Screen::List if model.list.tag.is_some() => filter(model, None, todo),
        _ => todo.push(Effect::Close),
    }
}

/// Leaves only the accounts with this tag; `None`: all.
fn filter(model: &mut Model, tag: Option<String>, todo: &mut Vec<Effect>) {
    (model.list.tag, model.list.top, model.chosen) = (tag, 0, None);
    model.list.arrange(&model.query);
    todo.push(Effect::Scroll(0));
}

fn wake(model: &mut Model, timer: Timer, now: u64, todo: &mut Vec<Effect>) {
    match timer {
        Timer::Around => model.list.margin = MARGIN,
        Timer::Codes => {}
        Timer::Toast => model.toast = None,
        Timer::Again => {
            todo.push(Effect::Check);
            todo.push(Effect::Wake(Timer::Again, Some(AGAIN_MS)));
        }
        // Once for each time that an account is chosen, and never as a ticker.
        Timer::Late => {
            let account = model.chosen.as_ref().and_then(|id| model.list.account(id));
            if let Some(name) = account.map(words::called) {
                (model.spoken, model.warned) = (with("expires_soon", &[&name, &soon(10)]), true);
            }
        }
        Timer::Retry => wait_for_retry(model, now, todo),
        Timer::Fill => {
            if let Some(Later { id, wanted }) = model.later.take() {
                fill(model, id, wanted, todo);
            }
        }
    }
}

/// Lets codes change, asks for those in sight that are not known, and wakes for the next change.
fn follow_codes(model: &mut Model, now: u64, todo: &mut Vec<Effect>) {
    model.codes.advance(now);
    if model.screen != Screen::List {
        return;
    }
    let asking = model.asked.values().any(|asked| matches!(asked, Asked::Codes(_)));
    let lacking: Vec<String> = model
        .list
        .in_sight()
        .filter(|id| model.codes.lacks(id))
        .take(MAX_ITEMS)
        .map(str::to_owned)
        .collect();
    if !asking && !lacking.is_empty() {
        let codes = Request::Codes(ListCodes { ids: lacking.clone() });
        ask(model, Asked::Codes(lacking), codes, todo);
    }
    let asking = model.asked.values().any(|asked| matches!(asked, Asked::Pictures(_)));
    let unseen: Vec<(String, String)> = model
        .list
        .pictured()
        .filter(|account| model.picture(account).is_none())
        .take(MAX_PICTURES)
        .map(|account| (account.id.clone(), account.picture.clone()))
        .collect();
    if !asking && !unseen.is_empty() {
        let ids = unseen.iter().map(|(id, _)| id.clone()).collect();
        ask(model, Asked::Pictures(unseen), Request::Pictures(ListCodes { ids }), todo);
    }
    let next = model.codes.next_change(model.list.in_sight());
    let after = next.map(|at| u32::try_from(at.saturating_sub(now)).unwrap_or(u32::MAX));
    todo.push(Effect::Wake(Timer::Codes, after));
    let code = model.chosen.as_ref().filter(|_| !model.warned).and_then(|id| model.codes.of(id));
    let left = code.and_then(|held| held.until).map(|until| until.saturating_sub(now));
    let late = left.and_then(|left| left.checked_sub(LATE_MS));
    let late = late.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX));
    todo.push(Effect::Wake(Timer::Late, late));
}

fn is_hotp(model: &Model, id: &str) -> bool {
    model.list.account(id).is_some_and(|a| a.kind == shared::protocol::Kind::Hotp)
}

fn next_code(model: &mut Model, id: String, todo: &mut Vec<Effect>) {
    // Each press moves the counter; one at a time.
    if !model.asked.values().any(|asked| *asked == Asked::NextCode(id.clone())) {
        ask(model, Asked::NextCode(id.clone()), Request::NextCode(ById { id }), todo);
    }
}

/// Forgets everything that came out of the vault.
fn forget(model: &mut Model, todo: &mut Vec<Effect>) {
    leave(model);
    model.list.clear();
    model.codes.clear();
    model.pictures.clear();
    model.query.clear();
    model.spoken.clear();
    (model.chosen, model.site, model.toast, model.copy_next) = (None, None, None, None);
    (model.rollback, model.settings) = (None, None);
    todo.push(Effect::Empty(SECRETS));
    stop_waiting(model, todo);
}

/// Forgets the fill that waits: the person has turned to something else.
fn stop_waiting(model: &mut Model, todo: &mut Vec<Effect>) {
    if model.later.take().is_some() {
        model.toast = None;
        todo.push(Effect::Wake(Timer::Fill, None));
    }
}

/// Forgets everything that came out of the vault, and asks for the password.
fn lock(model: &mut Model, todo: &mut Vec<Effect>) {
    if model.screen == Screen::Unlock {
        return;
    }
    forget(model, todo);
    model.by_master = false;
    model.screen = Screen::Unlock;
    todo.push(Effect::Focus(unlock_input(model)));
}

fn wait_for_retry(model: &mut Model, now: u64, todo: &mut Vec<Effect>) {
    let left = model.retry_at.unwrap_or_default().saturating_sub(now);
    model.retry_s = left.div_ceil(1_000);
    if left == 0 {
        model.retry_at = None;
        todo.push(Effect::Wake(Timer::Retry, None));
    } else {
        let part = u32::try_from(left % 1_000).unwrap_or_default();
        todo.push(Effect::Wake(Timer::Retry, Some(if part == 0 { 1_000 } else { part })));
    }
}

fn said(model: &mut Model, text: String, todo: &mut Vec<Effect>) {
    toast(model, Toast { text, undo: None, copied: None }, todo);
}

fn toast(model: &mut Model, toast: Toast, todo: &mut Vec<Effect>) {
    let stays = if toast.undo.is_some() { UNDO_MS } else { TOAST_MS };
    model.toast = Some(toast);
    model.alert = None;
    todo.push(Effect::Wake(Timer::Toast, Some(stays)));
}

#[cfg(test)]
mod tests;
