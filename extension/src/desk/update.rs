//! What follows from what: a message changes the model and wants things done.
//!
//! Never here: the browser, and how anything looks.

use serde::{Deserialize, Serialize};
use shared::Secret;
use shared::protocol::desk::{
    AskQr, Desk, Export, Nothing, OpenBackup, Put, ReadFiles, Recreate, SetBackups, SetPicture,
    TakeIn, Told as Answer, Unfit,
};
use shared::protocol::{Event, ListCodes, Offers, Op, Pictures, Refusal, Status, VaultState};

use super::model::{Asked, Effect, Errand, Model, Msg, Screen, at_odds};
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
    match msg {
        Msg::Started(errand) => {
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
            model.errand = errand;
            model.chosen.clear();
            fresh_desk(model);
            desk(model, Asked::Clear, &Desk::Clear(Nothing {}), &mut todo);
            begin_errand(model, &mut todo);
        }
        Msg::Unlock(password) => {
            begin(model);
            let p = shared::protocol::Unlock { password };
            ask(model, Asked::Unlock, Op::Unlock, &p, &mut todo);
        }
        Msg::Picked(files) => {
            fresh_desk(model);
            (model.files, model.busy) = (files, true);
            desk(model, Asked::Clear, &Desk::Clear(Nothing {}), &mut todo);
        }
        Msg::Piece(file, name, data) => {
            desk(model, Asked::Put, &Desk::Put(Put { file, name, data }), &mut todo);
        }
        Msg::Pieced if reads(model) => read(model, None, &mut todo),
        Msg::Pieced if sets_picture(model) => set_picture(model, false, &mut todo),
        Msg::RemovePicture => {
            begin(model);
            set_picture(model, true, &mut todo);
        }
        // A backup waits for its password.
        Msg::Pieced => {
            model.busy = false;
            model.drawn += 1;
            todo.push(Effect::Focus("#password"));
        }
        Msg::Screen => {
            fresh_desk(model);
            desk(model, Asked::Clear, &Desk::Clear(Nothing {}), &mut todo);
            begin(model);
            (model.files, model.shoots) = (vec![t("screen_picture")], true);
            desk(model, Asked::Screen, &Desk::Screen(Nothing {}), &mut todo);
        }
        Msg::Key(data) => model.key_file = Some(data),
        Msg::Read(password) => read(model, Some(password), &mut todo),
        Msg::Cancel => {
            fresh_desk(model);
            desk(model, Asked::Clear, &Desk::Clear(Nothing {}), &mut todo);
        }
        Msg::Chosen(choices) => model.choices = choices,
        Msg::ChosenForAll(choice) => {
            let all = model.report.as_ref().map_or(0, at_odds);
            model.choices = vec![choice; all];
        }
        Msg::TakeIn(deleted) => {
            begin(model);
            let choices = model.choices.clone();
            let take = Desk::TakeIn(TakeIn { choices, deleted });
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
            begin(model);
            desk(model, Asked::Open, &Desk::OpenBackup(OpenBackup { password }), &mut todo);
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
            let recreate = Desk::Recreate(Recreate { password, backups });
            desk(model, Asked::Recreate, &recreate, &mut todo);
        }
    }
    todo
}

/// Whether a file that is picked now is a picture.
fn sets_picture(model: &Model) -> bool {
    model.screen == Screen::Open && model.errand == Errand::Picture
}

fn set_picture(model: &mut Model, remove: bool, todo: &mut Vec<Effect>) {
    let set = SetPicture { id: model.account.clone(), remove };
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
    model.questions += 1;
    model.asked.insert(model.questions, asked);
    let request = Secret::new(format!(r#"{{"op":"{}"}}"#, op.name()));
    todo.push(Effect::Ask { n: model.questions, op, request });
}

fn ask(model: &mut Model, asked: Asked, op: Op, p: &impl Serialize, todo: &mut Vec<Effect>) {
    model.questions += 1;
    model.asked.insert(model.questions, asked);
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
    let read = Desk::Read(ReadFiles { password, key_file });
    desk(model, Asked::Read, &read, todo);
}

fn differ(model: &mut Model, mut todo: Vec<Effect>) -> Vec<Effect> {
    model.alert = Some(t("passwords_differ"));
    todo.push(Effect::Empty(&["#again", "#file-again"]));
    todo
}

/// Forgets what the last errand has left.
fn fresh_desk(model: &mut Model) {
    model.files.clear();
    // What was cancelled is nobody's news.
    model.asked.retain(|asked| !matches!(asked, Asked::Open | Asked::Read | Asked::Screen));
    (model.alert, model.busy, model.asks_password) = (None, false, false);
    (model.report, model.done, model.exported, model.key_file) = (None, false, None, None);
    (model.qr, model.shoots) = (None, false);
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
        Errand::Export | Errand::Qr => {}
    }
}

fn hear(model: &mut Model, told: Told, follows: &str, todo: &mut Vec<Effect>) {
    match told {
        Told::Answer { n } => {
            let Some(asked) = model.asked.remove(n) else { return };
            match json::read::<Reply>(follows) {
                Ok(Reply { ok: Some(ok), .. }) => answered(model, asked, ok, todo),
                Ok(Reply { err: Some(refusal), .. }) => refused(model, asked, &refusal, todo),
                _ => refused(model, asked, &Refusal::Internal, todo),
            }
        }
        Told::Lost { n } => {
            if let Some(asked) = model.asked.remove(n) {
                refused(model, asked, &Refusal::Timeout, todo);
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

fn answered(model: &mut Model, asked: Asked, ok: Said, todo: &mut Vec<Effect>) {
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
            model.alert = (why != Unfit::PasswordRequired).then(|| words::unfit(why));
        }
    }
}

fn refused(model: &mut Model, asked: Asked, refusal: &Refusal, todo: &mut Vec<Effect>) {
    if !matches!(asked, Asked::Clear | Asked::Offers) {
        model.busy = false;
    }
    match refusal {
        Refusal::Locked if asked == Asked::Status || model.screen == Screen::Fresh => {
            turn_to(model, Screen::Trouble, todo);
        }
        Refusal::Locked => turn_to(model, Screen::Locked, todo),
        _ if asked == Asked::Status => turn_to(model, Screen::Trouble, todo),
        // Then it is not offered.
        _ if asked == Asked::Offers => {}
        refusal => {
            model.alert = Some(words::refusal(refusal));
            if matches!(refusal, Refusal::WrongPassword { .. }) {
                todo.push(Effect::Empty(&["#password", "#master"]));
            }
            if asked == Asked::TakeIn {
                // The vault has changed since the preview: it is made anew.
                if *refusal == Refusal::Conflict && model.errand == Errand::Import {
                    model.report = None;
                    model.drawn += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
