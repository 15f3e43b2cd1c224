//! What follows from what: a message changes the model and wants things done.
//!
//! Never here: the browser, and how anything looks.

use serde::{Deserialize, Serialize};
use shared::Secret;
use shared::protocol::desk::{
    AskQr, Clear, Desk, Export, Nothing, OpenBackup, Put, ReadFiles, Recreate, SetBackups,
    SetPicture, TakeIn, Told as Answer, Under, Unfit,
};
use shared::protocol::{Event, ListCodes, Offers, Op, Pictures, Refusal, Status, VaultState};

use super::model::{Asked, Effect, Errand, Model, Msg, Question, Screen, at_odds};
use super::words;
use crate::bridge::{Link, Told};
use crate::json;
use crate::text::t;

/// Inputs that hold a password.
const SECRETS: &[&str] = &["#password", "#again", "#master", "#file-password", "#file-again"];

#[derive(Serialize)]
struct Request<'a, P> {
    op: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<P>,
}

/// The host's reply, as far as the desk reads it.
#[derive(Debug, Deserialize)]
struct Reply {
    #[serde(default)]
    ok: Option<Said>,
    #[serde(default)]
    err: Option<Refusal>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Desk(Answer),
    Done,
    Pictures(Pictures),
    Offers(Offers),
    Status(Status),
}

/// Changes the model for what happened, and says what to do.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut todo = Vec::new();
    // Sent twice, or by an Enter that is held, it is done once.
    if model.busy && is_sent(&msg) {
        return todo;
    }
    match msg {
        Msg::Started(errand, number) => {
            model.number = number;
            let (errand, of) = errand.split_once('/').unwrap_or((&errand, ""));
            model.for_screen = errand == "screen";
            model.errand = Errand::from_name(errand);
            match model.errand {
                Errand::Export if !of.is_empty() => {
                    model.chosen = of.split(',').map(str::to_owned).collect();
                }
                _ => of.clone_into(&mut model.account),
            }
            status(model, &mut todo);
        }
        Msg::Check => status(model, &mut todo),
        Msg::Told(told, follows) => hear(model, told, &follows, &mut todo),
        Msg::Show(errand) => {
            model.chosen.clear();
            clear(model, &mut todo);
            model.errand = errand;
            begin_errand(model, &mut todo);
        }
        Msg::Unlock(password) => {
            begin(model);
            let p = shared::protocol::Unlock { password };
            ask(model, Asked::Unlock, Op::Unlock, &p, &mut todo);
        }
        Msg::Picked(files) => {
            take_over(model, &mut todo);
            (model.files, model.busy) = (files, true);
        }
        // The others were picked, or put away, while this one was on its way.
        Msg::Piece { number, .. } | Msg::Pieced(number) | Msg::Unread(number)
            if number != model.number => {}
        Msg::Unread(_) => {
            clear(model, &mut todo);
            model.alert = Some(t("desk_unread"));
        }
        Msg::Piece { number, file, at, name, data } => {
            let put = Desk::Put(Put { desk: number, file, at, name, data });
            desk(model, Asked::Put, &put, &mut todo);
        }
        Msg::Pieced(_) if reads(model) => read(model, None, &mut todo),
        Msg::Pieced(_) if sets_picture(model) => set_picture(model, false, &mut todo),
        Msg::RemovePicture => {
            begin(model);
            set_picture(model, true, &mut todo);
        }
        // A backup waits for its password.
        Msg::Pieced(_) => {
            model.busy = false;
            model.drawn += 1;
            todo.push(Effect::Focus("#password"));
        }
        Msg::Screen => {
            take_over(model, &mut todo);
            begin(model);
            (model.files, model.shoots) = (vec![t("screen_picture")], true);
            let screen = Desk::Screen(Under { desk: model.number });
            desk(model, Asked::Screen, &screen, &mut todo);
        }
        Msg::Key(data) => model.key_file = Some(data),
        Msg::Read(password) => read(model, Some(password), &mut todo),
        Msg::Cancel => clear(model, &mut todo),
        // Those that are too many to be named keep what was chosen for all.
        Msg::Chosen(choices) => {
            let named = choices.len().min(model.choices.len());
            model.choices.splice(..named, choices);
        }
        Msg::ChosenForAll(choice) => {
            let all = model.report.as_ref().map_or(0, at_odds);
            model.choices = vec![choice; all];
        }
        Msg::TakeIn(deleted) => {
            begin(model);
            let choices = model.choices.clone();
            let take = Desk::TakeIn(TakeIn { desk: model.number, choices, deleted });
            desk(model, Asked::TakeIn, &take, &mut todo);
        }
        Msg::Export(password, format, file) => {
            let file_password = match file {
                Some((one, two)) if one.expose() != two.expose() => {
                    return differ(model, todo);
                }
                file => file.map(|(one, _)| one),
            };
            begin(model);
            let export =
                Desk::Export(Export { password, format, ids: model.chosen.clone(), file_password });
            desk(model, Asked::Export, &export, &mut todo);
        }
        Msg::Qr(password) => {
            begin(model);
            let qr = Desk::Qr(AskQr { password, id: model.account.clone() });
            desk(model, Asked::Qr, &qr, &mut todo);
        }
        Msg::BackUp => {
            begin(model);
            desk(model, Asked::Backups, &Desk::BackUp(Nothing {}), &mut todo);
        }
        Msg::SetBackups(password, folder, one, two) => {
            if one.expose() != two.expose() {
                return differ(model, todo);
            }
            begin(model);
            let backups = (!one.expose().is_empty()).then_some(one);
            let set = SetBackups { password, backups, folder: Some(folder) };
            desk(model, Asked::SetBackups, &Desk::SetBackups(set), &mut todo);
        }
        Msg::OpenBackup(password) => {
            // One of the folder: whatever lies on the desk is not it.
            if model.files.is_empty() {
                model.number = model.number.wrapping_add(1);
                tell_clear(model, None, &mut todo);
            }
            begin(model);
            let open = Desk::OpenBackup(OpenBackup { desk: model.number, password });
            desk(model, Asked::Open, &open, &mut todo);
        }
        Msg::Recreate(backups, password, again) => {
            if password.expose() != again.expose() {
                return differ(model, todo);
            }
            if model.files.is_empty() {
                model.alert = Some(t("desk_pick_first"));
                return todo;
            }
            begin(model);
            let recreate = Desk::Recreate(Recreate { desk: model.number, password, backups });
            desk(model, Asked::Recreate, &recreate, &mut todo);
        }
    }
    todo
}

/// Whether a form or a button has the host do something.
fn is_sent(msg: &Msg) -> bool {
    matches!(
        msg,
        Msg::BackUp
            | Msg::Export(..)
            | Msg::OpenBackup(_)
            | Msg::Qr(_)
            | Msg::Read(_)
            | Msg::Recreate(..)
            | Msg::RemovePicture
            | Msg::Screen
            | Msg::SetBackups(..)
            | Msg::TakeIn(_)
            | Msg::Unlock(_)
    )
}

/// Whether a file that is picked now is a picture.
fn sets_picture(model: &Model) -> bool {
    model.screen == Screen::Open && model.errand == Errand::Picture
}

fn set_picture(model: &mut Model, remove: bool, todo: &mut Vec<Effect>) {
    let set = SetPicture { desk: model.number, id: model.account.clone(), remove };
    desk(model, Asked::SetPicture, &Desk::SetPicture(set), todo);
}

fn ask_picture(model: &mut Model, todo: &mut Vec<Effect>) {
    let ids = vec![model.account.clone()];
    ask(model, Asked::Pictures, Op::Pictures, &ListCodes { ids }, todo);
}

/// Whether files that are picked now are read at once.
fn reads(model: &Model) -> bool {
    model.screen == Screen::Open && model.errand == Errand::Import
}

fn status(model: &mut Model, todo: &mut Vec<Effect>) {
    bare(model, Asked::Status, Op::Status, todo);
}

/// Asks what has no parameters.
fn bare(model: &mut Model, asked: Asked, op: Op, todo: &mut Vec<Effect>) {
    note(model, asked);
    let request = Secret::new(format!(r#"{{"op":"{}"}}"#, op.name()));
    todo.push(Effect::Ask { n: model.questions, op, request });
}

fn note(model: &mut Model, asked: Asked) {
    model.questions += 1;
    let question = Question { asked, errand: model.errand, number: model.number };
    model.asked.insert(model.questions, question);
}

/// Whether the person has turned to something else since it was asked.
fn is_late(model: &Model, question: Question) -> bool {
    match question.asked {
        Asked::Clear | Asked::Status | Asked::Unlock => false,
        asked if is_of_desk(asked) => question.number != model.number,
        _ => question.errand != model.errand,
    }
}

/// Whether it is about what lies on the desk.
fn is_of_desk(asked: Asked) -> bool {
    match asked {
        Asked::Open
        | Asked::Put
        | Asked::Read
        | Asked::Recreate
        | Asked::Screen
        | Asked::SetPicture
        | Asked::TakeIn => true,
        Asked::Backups
        | Asked::Clear
        | Asked::Export
        | Asked::Offers
        | Asked::Pictures
        | Asked::Qr
        | Asked::SetBackups
        | Asked::Status
        | Asked::Unlock => false,
    }
}

fn ask(model: &mut Model, asked: Asked, op: Op, p: &impl Serialize, todo: &mut Vec<Effect>) {
    note(model, asked);
    let text = json::write(&Request { op: op.name(), p: Some(p) }).unwrap_or_default();
    todo.push(Effect::Ask { n: model.questions, op, request: Secret::new(text) });
}

fn desk(model: &mut Model, asked: Asked, request: &Desk, todo: &mut Vec<Effect>) {
    ask(model, asked, Op::Desk, request, todo);
}

fn begin(model: &mut Model) {
    (model.busy, model.alert) = (true, None);
}

fn read(model: &mut Model, password: Option<Secret>, todo: &mut Vec<Effect>) {
    begin(model);
    let key_file = model.key_file.as_ref().map(|key| Secret::new(key.expose().to_owned()));
    // A key file may stand alone; an empty box beside it is then no password.
    let password = password.filter(|text| key_file.is_none() || !text.expose().is_empty());
    let read = Desk::Read(ReadFiles { desk: model.number, password, key_file });
    desk(model, Asked::Read, &read, todo);
}

fn differ(model: &mut Model, mut todo: Vec<Effect>) -> Vec<Effect> {
    model.alert = Some(t("passwords_differ"));
    todo.push(Effect::Empty(&["#again", "#file-again"]));
    todo
}

/// Forgets what the last errand has left, here and in the host; what another tab has put there since stays.
fn clear(model: &mut Model, todo: &mut Vec<Effect>) {
    let mine = model.number;
    fresh_desk(model);
    tell_clear(model, Some(mine), todo);
}

/// The same, for something new: what is there goes, whosever it is.
fn take_over(model: &mut Model, todo: &mut Vec<Effect>) {
    fresh_desk(model);
    tell_clear(model, None, todo);
}

fn tell_clear(model: &mut Model, only: Option<u32>, todo: &mut Vec<Effect>) {
    desk(model, Asked::Clear, &Desk::Clear(Clear { desk: model.number, only }), todo);
}

/// Forgets what the last errand has left.
fn fresh_desk(model: &mut Model) {
    model.files.clear();
    model.number = model.number.wrapping_add(1);
    (model.alert, model.busy, model.asks_password) = (None, false, false);
    (model.report, model.done, model.key_file) = (None, false, None);
    (model.qr, model.shoots) = (None, false);
    // Where a file with all seeds lies is kept until it was seen.
    if model.errand == Errand::Export {
        model.exported = None;
    }
    model.drawn += 1;
}

fn turn_to(model: &mut Model, screen: Screen, todo: &mut Vec<Effect>) {
    if model.screen == screen {
        return;
    }
    fresh_desk(model);
    model.screen = screen;
    match screen {
        Screen::Locked => todo.push(Effect::Focus("#password")),
        Screen::Open if std::mem::take(&mut model.for_screen) => {
            begin_errand(model, todo);
            todo.extend(update(model, Msg::Screen));
        }
        Screen::Open => begin_errand(model, todo),
        _ => {}
    }
}

/// Asks for what the errand shows first.
fn begin_errand(model: &mut Model, todo: &mut Vec<Effect>) {
    match model.errand {
        Errand::Backups => {
            // A form that is drawn anew when the answer comes would lose what was typed into it meanwhile.
            model.backups = None;
            desk(model, Asked::Backups, &Desk::Backups(Nothing {}), todo);
        }
        Errand::Import => bare(model, Asked::Offers, Op::Offers, todo),
        Errand::Picture => ask_picture(model, todo),
        Errand::Qr => todo.push(Effect::Focus("#master")),
        Errand::Export => {}
    }
}

fn hear(model: &mut Model, told: Told, follows: &str, todo: &mut Vec<Effect>) {
    match told {
        Told::Answer { n } => {
            let Some(question) = model.asked.remove(n) else { return };
            match json::read::<Reply>(follows) {
                Ok(Reply { ok: Some(ok), .. }) => answered(model, question, ok, todo),
                Ok(Reply { err: Some(refusal), .. }) => refused(model, question, &refusal, todo),
                _ => refused(model, question, &Refusal::Internal, todo),
            }
        }
        Told::Lost { n } => {
            if let Some(question) = model.asked.remove(n) {
                refused(model, question, &Refusal::Timeout, todo);
            }
        }
        Told::Event(Event::Locked { .. }) => turn_to(model, Screen::Locked, todo),
        Told::Link(Link::Up { .. }) if model.screen == Screen::Trouble => status(model, todo),
        // The host that had it open is gone, and nobody will say that it locked.
        Told::Link(Link::Connecting) if model.screen == Screen::Open => {
            turn_to(model, Screen::Locked, todo);
        }
        Told::Link(Link::Up { .. } | Link::Connecting) => {}
        Told::Link(_) => turn_to(model, Screen::Trouble, todo),
        Told::Event(Event::Changed | Event::Opened)
        | Told::Filled { .. }
        | Told::Go(_)
        | Told::Selected(_) => {}
    }
}

fn answered(model: &mut Model, question: Question, ok: Said, todo: &mut Vec<Effect>) {
    if is_late(model, question) {
        if let Said::Desk(Answer::Exported(exported)) = ok {
            model.exported = Some(exported);
        }
        return;
    }
    let asked = question.asked;
    // The pieces are still on their way, and what they are for is still to come.
    if !matches!(asked, Asked::Put | Asked::Clear | Asked::Offers | Asked::Status) {
        model.busy = false;
        todo.push(Effect::Empty(SECRETS));
    }
    match ok {
        Said::Status(status) => {
            let screen = match status.vault {
                VaultState::Absent => Screen::Fresh,
                VaultState::Locked { .. } => Screen::Locked,
                VaultState::Unlocked { .. } => Screen::Open,
                _ => Screen::Trouble,
            };
            turn_to(model, screen, todo);
        }
        Said::Done if asked == Asked::Unlock => turn_to(model, Screen::Open, todo),
        Said::Done if asked == Asked::SetPicture => {
            (model.done, model.alert) = (true, None);
            model.files.clear();
            ask_picture(model, todo);
        }
        Said::Done => {}
        Said::Pictures(pictures) => {
            model.picture = pictures.items.into_iter().next().map_or(String::new(), |it| it.png);
            model.drawn += 1;
        }
        Said::Offers(offers) => {
            // Drawn anew only where something new is to be seen: what was typed stays.
            model.drawn += u32::from(offers != model.offers);
            model.offers = offers;
        }
        Said::Desk(Answer::Backups(backups)) => {
            model.backups = Some(backups);
            model.drawn += 1;
        }
        Said::Desk(Answer::Exported(exported)) => {
            model.exported = Some(exported);
            model.drawn += 1;
            todo.push(Effect::Focus("#report"));
        }
        Said::Desk(Answer::Qr(qr)) => {
            model.qr = Some(qr);
            model.drawn += 1;
            todo.push(Effect::Focus("#report"));
        }
        Said::Desk(Answer::Report(report)) => {
            model.done = matches!(asked, Asked::TakeIn | Asked::Recreate);
            if asked == Asked::Recreate {
                model.screen = Screen::Open;
            }
            (model.report, model.asks_password) = (Some(report), false);
            model.choices.clear();
            model.drawn += 1;
            todo.push(Effect::Focus("#report"));
        }
        Said::Desk(Answer::Unfit { why }) => {
            if asked == Asked::Screen {
                model.files.clear();
                model.drawn += 1;
            }
            let wants_password = matches!(
                why,
                Unfit::PasswordRequired | Unfit::WrongPassword | Unfit::WrongPasswordOrDamaged
            );
            if asked == Asked::Read && wants_password {
                if !model.asks_password {
                    model.asks_password = true;
                    model.drawn += 1;
                }
                todo.push(Effect::Focus("#password"));
            }
            if why != Unfit::PasswordRequired {
                model.alert = Some(words::unfit(why));
            }
        }
    }
}

fn refused(model: &mut Model, question: Question, refusal: &Refusal, todo: &mut Vec<Effect>) {
    let (asked, late) = (question.asked, is_late(model, question));
    if !late && !matches!(asked, Asked::Clear | Asked::Offers) {
        model.busy = false;
    }
    match refusal {
        Refusal::Locked if asked == Asked::Status || model.screen == Screen::Fresh => {
            turn_to(model, Screen::Trouble, todo);
        }
        Refusal::Locked => turn_to(model, Screen::Locked, todo),
        _ if asked == Asked::Status => turn_to(model, Screen::Trouble, todo),
        // What the person has turned away from is no news; and what can't be told is not offered.
        _ if late || asked == Asked::Offers => {}
        // The vault has changed since the preview, which is made anew; files of a picture of the screen are gone.
        Refusal::Conflict
            if asked == Asked::TakeIn && model.errand == Errand::Import && !model.shoots =>
        {
            model.report = None;
            model.drawn += 1;
            read(model, None, todo);
            model.alert = Some(words::refusal(refusal));
        }
        // Another tab has the desk; or the vault has changed, and a picture of the screen can't be read again.
        Refusal::Conflict if is_of_desk(asked) => {
            let changed = model.screen == Screen::Fresh || asked == Asked::TakeIn && model.shoots;
            fresh_desk(model);
            model.alert = Some(if changed { words::refusal(refusal) } else { t("desk_taken") });
        }
        // A file of which a piece is missing is not read.
        refusal if asked == Asked::Put => {
            clear(model, todo);
            model.alert = Some(words::refusal(refusal));
        }
        refusal => {
            model.alert = Some(words::refusal(refusal));
            if matches!(refusal, Refusal::WrongPassword { .. }) {
                todo.push(Effect::Empty(&["#password", "#master"]));
            }
        }
    }
}

#[cfg(test)]
mod tests;
