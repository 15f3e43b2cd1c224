//! What the desk does about what happens.

use super::*;
use shared::protocol::desk::{Choice, Count, Item, Of, Report};

use crate::desk::model::{brings, count};

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
    let todo = update(&mut model, Msg::Started(errand.to_owned()));
    let status = r#"{"ok":{"status":{"vault":{"state":"unlocked","count":3}}}}"#;
    answer(&mut model, last(&todo).0, status);
    assert_eq!(model.screen, Screen::Open);
    model
}

fn picked(model: &mut Model) -> Vec<Effect> {
    update(model, Msg::Picked(vec!["a.json".into()]));
    update(model, Msg::Piece(0, "a.json".into(), Secret::new("AAAA".into())));
    update(model, Msg::Pieced)
}

#[test]
fn files_are_read_shown_and_taken_in() {
    let mut model = opened("import");
    let todo = picked(&mut model);
    let (n, request) = last(&todo);
    assert_eq!(request, r#"{"op":"desk","p":{"read":{}}}"#);
    assert!(model.busy);
    let report = Report {
        counts: vec![Count { of: Of::New, n: 2 }],
        items: vec![Item {
            of: Of::OtherNames,
            name: "a".into(),
            there: "b".into(),
            why: String::new(),
        }],
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
    picked(&mut model);
    update(&mut model, Msg::Key(Secret::new("AAAA".into())));
    for (password, expected) in [
        ("x", r#"{"op":"desk","p":{"read":{"password":"x","key_file":"AAAA"}}}"#),
        ("", r#"{"op":"desk","p":{"read":{"key_file":"AAAA"}}}"#),
    ] {
        let todo = update(&mut model, Msg::Read(Secret::new(password.into())));
        assert_eq!(last(&todo).1, expected);
    }
    // It was for those files.
    let todo = picked(&mut model);
    assert_eq!(last(&todo).1, r#"{"op":"desk","p":{"read":{}}}"#);
}

#[test]
fn the_screen_is_read_at_once_if_the_tab_was_opened_for_that() {
    let mut model = Model::default();
    let todo = update(&mut model, Msg::Started("screen".into()));
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
    let (n, _) = all.iter().find(|(_, it)| it.contains(r#""screen":{}"#)).unwrap();
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
    let todo = update(&mut model, Msg::Started("backups".into()));
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
    let (n, request) = last(&update(&mut model, Msg::TakeIn(false)));
    assert!(request.contains(r#""choices":["keep","keep","keep"]"#), "{request}");
    // What was chosen is of that file, and not of the next.
    answer(&mut model, n, r#"{"ok":{"desk":{"report":{"counts":[]}}}}"#);
    assert!(model.choices.is_empty());
}
