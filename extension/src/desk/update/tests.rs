//! What the desk does about what happens.

use super::*;
use shared::protocol::desk::{Choice, Count, Item, Of, Report};

use crate::desk::model::{brings, count, news};

fn last(todo: &[Effect]) -> (u32, String) {
    let asked = todo.iter().rev().find_map(|effect| match effect {
        Effect::Ask { n, request, .. } => Some((*n, request.expose().to_owned())),
        _ => None,
    });
    asked.expect("something was asked")
}

fn answer(model: &mut Model, n: u32, reply: &str) -> Vec<Effect> {
    update(model, Msg::Told(Told::Answer { n }, reply.to_owned()))
}

fn opened(errand: &str) -> Model {
    let mut model = Model::default();
    let todo = update(&mut model, Msg::Started(errand.to_owned(), 6));
    let status = r#"{"ok":{"status":{"vault":{"state":"unlocked","count":3}}}}"#;
    answer(&mut model, last(&todo).0, status);
    assert_eq!(model.screen, Screen::Open);
    model
}

fn piece(number: u32, at: usize) -> Msg {
    let data = Secret::new("AAAA".into());
    Msg::Piece { number, file: 0, at, name: "a.json".into(), data }
}

fn picked(model: &mut Model) -> Vec<Effect> {
    update(model, Msg::Picked(vec!["a.json".into()]));
    let number = model.number;
    update(model, piece(number, 0));
    update(model, Msg::Pieced(number))
}

/// All that is asked.
fn asked(todo: &[Effect]) -> Vec<String> {
    let ask = |effect: &Effect| match effect {
        Effect::Ask { request, .. } => Some(request.expose().to_owned()),
        _ => None,
    };
    todo.iter().filter_map(ask).collect()
}

fn lock(model: &mut Model) {
    let locked = Event::Locked { why: shared::protocol::Why::Idle };
    update(model, Msg::Told(Told::Event(locked), String::new()));
}

const REPORT: &str = r#"{"ok":{"desk":{"report":{"counts":[{"of":"new","n":2}]}}}}"#;
const CONFLICT: &str = r#"{"err":{"code":"conflict"}}"#;

#[test]
fn files_are_read_shown_and_taken_in() {
    let mut model = opened("import");
    let todo = picked(&mut model);
    let (n, request) = last(&todo);
    assert_eq!(request, r#"{"op":"desk","p":{"read":{"desk":8}}}"#);
    assert!(model.busy);
    let report = Report {
        counts: vec![Count { of: Of::New, n: 2 }],
        items: vec![Item { there: "b".into(), ..Item::new(Of::OtherNames, "a".into()) }],
        ..Report::default()
    };
    let reply = serde_json::to_string(&Answer::Report(report)).unwrap();
    answer(&mut model, n, &format!(r#"{{"ok":{{"desk":{reply}}}}}"#));
    assert!(!model.busy && !model.done);
    assert_eq!(model.report.as_ref().map(|report| count(report, Of::New)), Some(2));
    update(&mut model, Msg::Chosen(vec![Choice::Keep]));
    let todo = update(&mut model, Msg::TakeIn(false));
    let (n, request) = last(&todo);
    assert!(request.contains(r#""choices":["keep"]"#), "{request}");
    answer(&mut model, n, r#"{"ok":{"desk":{"report":{"counts":[{"of":"added","n":2}]}}}}"#);
    assert!(model.done);
}

#[test]
fn a_password_is_asked_for_only_when_there_is_one() {
    let mut model = opened("import");
    let todo = picked(&mut model);
    let unfit = |why: &str| format!(r#"{{"ok":{{"desk":{{"unfit":{{"why":"{why}"}}}}}}}}"#);
    answer(&mut model, last(&todo).0, &unfit("password_required"));
    assert!(model.asks_password && model.alert.is_none());
    let todo = update(&mut model, Msg::Read(Secret::new("x".into())));
    answer(&mut model, last(&todo).0, &unfit("wrong_password"));
    assert!(model.asks_password && model.alert.is_some());
    let todo = update(&mut model, Msg::Read(Secret::new("y".into())));
    answer(&mut model, last(&todo).0, &unfit("corrupt"));
    assert_eq!(model.alert.as_deref(), Some("unfit_corrupt"));
}

#[test]
fn a_key_file_goes_with_the_password_or_alone() {
    let mut model = opened("import");
    let (mut n, _) = last(&picked(&mut model));
    update(&mut model, Msg::Key(Secret::new("AAAA".into())));
    for (password, expected) in [
        ("x", r#"{"op":"desk","p":{"read":{"desk":8,"password":"x","key_file":"AAAA"}}}"#),
        ("", r#"{"op":"desk","p":{"read":{"desk":8,"key_file":"AAAA"}}}"#),
    ] {
        answer(&mut model, n, r#"{"ok":{"desk":{"unfit":{"why":"wrong_password"}}}}"#);
        let todo = update(&mut model, Msg::Read(Secret::new(password.into())));
        let request;
        (n, request) = last(&todo);
        assert_eq!(request, expected);
    }
    // It was for those files.
    let todo = picked(&mut model);
    assert_eq!(last(&todo).1, r#"{"op":"desk","p":{"read":{"desk":9}}}"#);
}

#[test]
fn the_screen_is_read_at_once_if_the_tab_was_opened_for_that() {
    let mut model = Model::default();
    let todo = update(&mut model, Msg::Started("screen".into(), 6));
    let status = r#"{"ok":{"status":{"vault":{"state":"unlocked","count":3}}}}"#;
    let todo = answer(&mut model, last(&todo).0, status);
    let asked = |todo: &[Effect]| {
        let ask = |effect: &Effect| match effect {
            Effect::Ask { n, request, .. } => Some((*n, request.expose().to_owned())),
            _ => None,
        };
        todo.iter().filter_map(ask).collect::<Vec<_>>()
    };
    let all = asked(&todo);
    let (n, _) = all.iter().find(|(_, it)| it.contains(r#""screen":{"#)).unwrap();
    assert!(model.busy && all.iter().any(|(_, it)| it == r#"{"op":"offers"}"#));
    let (offers, _) = all.iter().find(|(_, it)| it.contains("offers")).unwrap();
    answer(&mut model, *offers, r#"{"ok":{"offers":{"screen":true}}}"#);
    assert!(model.offers.screen && model.busy);
    let none = r#"{"ok":{"desk":{"unfit":{"why":"no_picture"}}}}"#;
    answer(&mut model, *n, none);
    assert_eq!(model.alert.as_deref(), Some("unfit_no_picture"));
    assert!(model.files.is_empty() && !model.busy);
    // Once, and not again whenever the vault is opened.
    let locked = Event::Locked { why: shared::protocol::Why::Idle };
    update(&mut model, Msg::Told(Told::Event(locked), String::new()));
    let todo = update(&mut model, Msg::Unlock(Secret::new("x".into())));
    let todo = answer(&mut model, last(&todo).0, r#"{"ok":"done"}"#);
    assert!(!asked(&todo).iter().any(|(_, it)| it.contains("screen")));
}

#[test]
fn what_was_cancelled_is_not_shown_when_it_comes() {
    let mut model = opened("import");
    let todo = picked(&mut model);
    let (n, _) = last(&todo);
    update(&mut model, Msg::Cancel);
    answer(&mut model, n, r#"{"ok":{"desk":{"report":{"counts":[]}}}}"#);
    assert!(model.report.is_none() && !model.busy);

    let mut model = opened("backups");
    picked(&mut model);
    let todo = update(&mut model, Msg::OpenBackup(Secret::new("x".into())));
    let (n, _) = last(&todo);
    update(&mut model, Msg::Cancel);
    answer(&mut model, n, r#"{"err":{"code":"conflict"}}"#);
    assert!(model.alert.is_none() && model.files.is_empty() && !model.busy);
}

#[test]
fn an_account_is_shown_for_the_master_password_until_the_vault_locks() {
    let mut model = opened("qr/0123");
    assert_eq!((model.errand, model.account.as_str()), (Errand::Qr, "0123"));
    let todo = update(&mut model, Msg::Qr(Secret::new("x".into())));
    let (n, request) = last(&todo);
    assert_eq!(request, r#"{"op":"desk","p":{"qr":{"password":"x","id":"0123"}}}"#);
    let qr = r#"{"ok":{"desk":{"qr":{"name":"a","size":29,"path":"M4 4h1v1h-1z"}}}}"#;
    answer(&mut model, n, qr);
    assert_eq!(model.qr.as_ref().map(|qr| qr.size), Some(29));
    let locked = Event::Locked { why: shared::protocol::Why::Idle };
    update(&mut model, Msg::Told(Told::Event(locked), String::new()));
    assert!(model.qr.is_none());
}

#[test]
fn a_lock_forgets_what_is_shown() {
    let mut model = opened("import");
    picked(&mut model);
    let locked = Event::Locked { why: shared::protocol::Why::Idle };
    update(&mut model, Msg::Told(Told::Event(locked), String::new()));
    assert_eq!(model.screen, Screen::Locked);
    assert!(model.files.is_empty());
    // A host that ended has nobody who could say so.
    let mut other = opened("import");
    picked(&mut other);
    update(&mut other, Msg::Told(Told::Link(Link::Connecting), String::new()));
    assert_eq!(other.screen, Screen::Locked);
    assert!(other.files.is_empty());
    let todo = update(&mut model, Msg::Unlock(Secret::new("x".into())));
    let (n, request) = last(&todo);
    assert_eq!(request, r#"{"op":"unlock","p":{"password":"x"}}"#);
    answer(&mut model, n, r#"{"ok":"done"}"#);
    assert_eq!(model.screen, Screen::Open);
}

#[test]
fn without_a_vault_a_backup_makes_one() {
    let mut model = Model::default();
    let todo = update(&mut model, Msg::Started("backups".into(), 6));
    answer(&mut model, last(&todo).0, r#"{"ok":{"status":{"vault":{"state":"absent"}}}}"#);
    assert_eq!(model.screen, Screen::Fresh);
    let secret = |text: &str| Secret::new(text.into());
    update(&mut model, Msg::Recreate(secret("b"), secret("m"), secret("m")));
    assert_eq!(model.alert.as_deref(), Some("desk_pick_first"));
    picked(&mut model);
    assert!(!model.busy);
    let todo = update(&mut model, Msg::Recreate(secret("b"), secret("m"), secret("n")));
    assert!(!todo.iter().any(|effect| matches!(effect, Effect::Ask { .. })));
    let todo = update(&mut model, Msg::Recreate(secret("b"), secret("m"), secret("m")));
    let (n, request) = last(&todo);
    assert!(request.contains("recreate"), "{request}");
    answer(&mut model, n, r#"{"ok":{"desk":{"report":{"counts":[{"of":"added","n":2}]}}}}"#);
    assert_eq!(model.screen, Screen::Open);
    assert!(model.done);
}

#[test]
fn what_was_put_away_brings_no_more_pieces() {
    let puts = |todo: &[Effect]| asked(todo).iter().any(|it| it.contains(r#"{"put":"#));
    for put_away in [Msg::Cancel, Msg::Show(Errand::Export), Msg::Picked(vec!["b".into()])] {
        let mut model = opened("import");
        update(&mut model, Msg::Picked(vec!["a".into()]));
        let before = model.number;
        let todo = update(&mut model, piece(before, 0));
        assert!(asked(&todo)[0].contains(&format!(r#""desk":{before},"file":0,"at":0"#)));
        let only = match &put_away {
            // What comes next takes the desk over; who only puts away does that to what is their own.
            Msg::Picked(_) => String::new(),
            _ => format!(r#","only":{before}"#),
        };
        let todo = update(&mut model, put_away);
        // The host hears the new number first.
        let cleared = format!(r#"{{"clear":{{"desk":{}{only}}}}}"#, model.number);
        assert!(asked(&todo)[0].contains(&cleared), "{todo:?}");
        for msg in [piece(before, 3), Msg::Pieced(before)] {
            assert!(update(&mut model, msg).is_empty());
        }
        let number = model.number;
        assert!(puts(&update(&mut model, piece(number, 0))));
    }
    let mut model = opened("import");
    update(&mut model, Msg::Picked(vec!["a".into()]));
    let before = model.number;
    lock(&mut model);
    assert!(update(&mut model, piece(before, 0)).is_empty());
}

#[test]
fn a_file_that_the_host_does_not_take_is_not_read() {
    let mut model = opened("import");
    update(&mut model, Msg::Picked(vec!["a".into()]));
    let before = model.number;
    let (n, _) = last(&update(&mut model, piece(before, 0)));
    let todo = answer(&mut model, n, r#"{"err":{"code":"too_large"}}"#);
    assert!(asked(&todo)[0].contains("clear"), "{todo:?}");
    assert_eq!(model.alert.as_deref(), Some("unfit_too_large"));
    assert!(model.files.is_empty() && !model.busy);
    assert!(update(&mut model, Msg::Pieced(before)).is_empty());
}

#[test]
fn what_another_tab_has_put_there_is_not_taken_in() {
    let mut model = opened("import");
    let (n, _) = last(&picked(&mut model));
    answer(&mut model, n, REPORT);
    let (n, request) = last(&update(&mut model, Msg::TakeIn(false)));
    assert!(request.contains(&format!(r#""take_in":{{"desk":{}"#, model.number)), "{request}");
    assert!(update(&mut model, Msg::TakeIn(false)).is_empty(), "once");
    // The vault may only have changed: then the file is read again.
    let (n, request) = last(&answer(&mut model, n, CONFLICT));
    assert!(request.contains("read") && model.report.is_none(), "{request}");
    assert_eq!(model.alert.as_deref(), Some("refused_conflict"));
    answer(&mut model, n, REPORT);
    assert!(model.report.is_some() && model.alert.is_some());
    // It lies there no more, and what lies there is not touched.
    let (n, _) = last(&update(&mut model, Msg::TakeIn(false)));
    let (n, _) = last(&answer(&mut model, n, CONFLICT));
    let todo = answer(&mut model, n, CONFLICT);
    assert!(asked(&todo).is_empty(), "{todo:?}");
    assert!(model.report.is_none() && model.files.is_empty() && !model.busy);
    assert_eq!(model.alert.as_deref(), Some("desk_taken"));
}

#[test]
fn a_picture_of_the_screen_is_not_read_again() {
    let mut model = opened("import");
    let (n, _) = last(&update(&mut model, Msg::Screen));
    answer(&mut model, n, REPORT);
    let (n, _) = last(&update(&mut model, Msg::TakeIn(false)));
    let todo = answer(&mut model, n, CONFLICT);
    assert!(asked(&todo).is_empty() && model.report.is_none() && model.files.is_empty());
    // There is no other tab.
    assert_eq!(model.alert.as_deref(), Some("refused_conflict"));
}

#[test]
fn a_late_answer_touches_nothing_of_another_errand() {
    let touches = |todo: &[Effect]| {
        todo.iter().any(|it| matches!(it, Effect::Empty(_) | Effect::Focus(_) | Effect::Ask { .. }))
    };
    let mut model = opened("backups");
    let (n, _) = last(&update(&mut model, Msg::BackUp));
    update(&mut model, Msg::Show(Errand::Export));
    let drawn = model.drawn;
    let todo = answer(&mut model, n, r#"{"ok":{"desk":{"backups":{"folder":"/a"}}}}"#);
    assert!(!touches(&todo) && model.drawn == drawn && model.backups.is_none(), "{todo:?}");
    // A wrong password of one form is no news for another, nor the end of what goes on there.
    let secret = |text: &str| Secret::new(text.into());
    let export = Msg::Export(secret("m"), shared::protocol::ExportFormat::Json, None);
    let (n, _) = last(&update(&mut model, export));
    update(&mut model, Msg::Show(Errand::Import));
    picked(&mut model);
    let todo = answer(&mut model, n, r#"{"err":{"code":"wrong_password","retry_ms":0}}"#);
    assert!(!touches(&todo) && model.busy && model.alert.is_none());
}

#[test]
fn where_an_export_lies_is_kept_until_it_is_seen() {
    let mut model = opened("export");
    let secret = |text: &str| Secret::new(text.into());
    let export = Msg::Export(secret("m"), shared::protocol::ExportFormat::Json, None);
    let (n, _) = last(&update(&mut model, export));
    update(&mut model, Msg::Show(Errand::Import));
    let drawn = model.drawn;
    let file = r#"{"file":"/a.json","count":1,"encrypted":false,"left_out":[]}"#;
    let reply = format!(r#"{{"ok":{{"desk":{{"exported":{file}}}}}}}"#);
    let todo = answer(&mut model, n, &reply);
    assert!(todo.is_empty() && model.drawn == drawn, "{todo:?}");
    assert_eq!(news(&model).map(|it| &*it.file), Some("/a.json"), "and is told at once");
    update(&mut model, Msg::Cancel);
    update(&mut model, Msg::Show(Errand::Export));
    assert!(news(&model).is_none());
    assert_eq!(model.exported.as_ref().map(|it| it.file.as_str()), Some("/a.json"));
    update(&mut model, Msg::Show(Errand::Export));
    assert!(model.exported.is_none(), "it was seen");
}

#[test]
fn what_is_sent_twice_is_done_once() {
    let secret = |text: &str| Secret::new(text.into());
    let export = || Msg::Export(secret("m"), shared::protocol::ExportFormat::Json, None);
    let mut model = opened("export");
    let (n, _) = last(&update(&mut model, export()));
    assert!(update(&mut model, export()).is_empty() && model.busy);
    let file = r#"{"file":"/a.json","count":1,"encrypted":false,"left_out":[]}"#;
    let reply = format!(r#"{{"ok":{{"desk":{{"exported":{file}}}}}}}"#);
    let todo = answer(&mut model, n, &reply);
    assert!(todo.iter().any(|it| matches!(it, Effect::Focus("#report"))), "{todo:?}");
    // Another errand is another matter.
    let todo = update(&mut model, Msg::Show(Errand::Backups));
    answer(&mut model, last(&todo).0, r#"{"ok":{"desk":{"backups":{"folder":"/a"}}}}"#);
    let todo = update(&mut model, Msg::OpenBackup(secret("x")));
    let cleared = format!(r#"{{"clear":{{"desk":{}}}}}"#, model.number);
    assert!(asked(&todo)[0].contains(&cleared), "{todo:?}");
    assert!(update(&mut model, Msg::OpenBackup(secret("y"))).is_empty());
    answer(&mut model, last(&todo).0, REPORT);
    assert!(model.report.is_some() && !model.busy);
}

#[test]
fn a_file_that_the_browser_cannot_read_is_put_away() {
    let mut model = opened("import");
    update(&mut model, Msg::Picked(vec!["a".into()]));
    let before = model.number;
    let todo = update(&mut model, Msg::Unread(before));
    assert!(asked(&todo)[0].contains("clear"), "{todo:?}");
    assert_eq!(model.alert.as_deref(), Some("desk_unread"));
    assert!(model.files.is_empty() && !model.busy);
    update(&mut model, Msg::Picked(vec!["b".into()]));
    assert!(update(&mut model, Msg::Unread(before)).is_empty() && model.busy, "of the others");
}

#[test]
fn one_choice_is_for_all_even_those_that_are_not_named() {
    let mut model = opened("import");
    let (n, _) = last(&picked(&mut model));
    // Of many accounts at odds a report names the first.
    answer(
        &mut model,
        n,
        r#"{"ok":{"desk":{"report":{"source":"Aegis","counts":[{"of":"new","n":5},
        {"of":"other_names","n":2},{"of":"other_secret","n":1}],"items":[{"of":"other_names","name":"a"}]}}}}"#,
    );
    let brought = |model: &Model| brings(model.report.as_ref().unwrap(), &model.choices);
    assert_eq!(brought(&model), 8, "both of each, unless something else is chosen");
    update(&mut model, Msg::Chosen(vec![Choice::Keep]));
    assert_eq!(brought(&model), 7);
    update(&mut model, Msg::ChosenForAll(Choice::Replace));
    assert_eq!(brought(&model), 8);
    update(&mut model, Msg::ChosenForAll(Choice::Keep));
    assert_eq!(brought(&model), 5);
    // One that is named is something else: those that aren't stay.
    update(&mut model, Msg::Chosen(vec![Choice::Replace]));
    assert_eq!(brought(&model), 6);
    let (n, request) = last(&update(&mut model, Msg::TakeIn(false)));
    assert!(request.contains(r#""choices":["replace","keep","keep"]"#), "{request}");
    // What was chosen is of that file, and not of the next.
    answer(&mut model, n, r#"{"ok":{"desk":{"report":{"counts":[]}}}}"#);
    assert!(model.choices.is_empty());
}
