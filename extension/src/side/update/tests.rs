//! What the side page does about what happens.

use shared::Secret;
use shared::protocol::desk::MAX_CHOSEN;
use shared::protocol::{
    Account, Accounts, AddAccount, Biometrics, Event, Refusal, Reply, Response, SetSettings,
    Settings, Status, Unlock, VaultState, Why,
};

use super::*;
use crate::bridge::{Link, Told};

/// Has the host answer the last question of a kind that is still open.
fn answer(
    model: &mut Model,
    of: impl Fn(&Asked) -> bool,
    outcome: Result<Response, Refusal>,
) -> Vec<Effect> {
    let n = model.asked.last(of).expect("it was asked");
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
        let todo = answer(&mut model, |a| *a == Asked::Add, Ok(Response::Account(account("7"))));
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
fn a_lock_that_only_the_master_password_loosens_says_so_and_stands_as_it_was() {
    let mut model = opened("settings");
    let settings = || Ok(Response::Settings(Settings::default()));
    answer(&mut model, |a| *a == Asked::Settings, settings());
    update(&mut model, Msg::Set(SetSettings { idle_s: Some(0), ..SetSettings::default() }));
    let todo = answer(&mut model, |a| *a == Asked::Settings, Err(Refusal::NeedsMaster));
    assert_eq!(model.alert.as_deref(), Some("needs_master"));
    assert!(asks(&todo, |r| matches!(r, Request::Settings)));
    answer(&mut model, |a| *a == Asked::Settings, settings());
    assert_eq!(model.settings, Some(Settings::default()));
    assert_eq!(model.alert.as_deref(), Some("needs_master"), "it is still to be read");
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
    let tagged =
        |r: &Request| matches!(r, Request::Edit(e) if e.tags.as_deref() == Some(&["work".into()]));
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

#[test]
fn in_the_trash_the_keyboard_goes_to_the_account_that_follows() {
    let mut model = opened("trash");
    model.trash = ["a", "b", "c"].map(account).into();
    let mut gone = |id: &str| {
        update(&mut model, Msg::Restore(id.into()));
        let todo = answer(
            &mut model,
            |a| matches!(a, Asked::Restore(_)),
            Ok(Response::Account(account(id))),
        );
        todo.into_iter().find_map(|effect| match effect {
            Effect::FocusTrashed(id) => Some(id),
            Effect::Focus(selector) => Some(selector.to_owned()),
            _ => None,
        })
    };
    assert_eq!(gone("b").as_deref(), Some("c"));
    assert_eq!(gone("c").as_deref(), Some("a"));
    assert_eq!(gone("a").as_deref(), Some("[data-do=back]"));
}

#[test]
fn what_is_selected_is_added_to_what_was_typed_and_nothing_is_said_to_be_nothing() {
    let mut model = opened("edit/a");
    let todo = update(&mut model, Msg::Told(Told::Selected(String::new()), String::new()));
    assert!(todo.is_empty(), "{todo:?}");
    assert_eq!(model.alert.as_deref(), Some("spares_none"));
    model.tab = Some(crate::browser::tabs::Tab { id: 9, origin: None });
    update(&mut model, Msg::Select);
    assert_eq!(model.alert, None);
    let todo = update(&mut model, Msg::Told(Told::Selected("x".into()), String::new()));
    assert!(todo.iter().any(|e| matches!(e, Effect::AddSpares(text) if text == "x")));
}
