//! What the popup does about what happens.

use shared::Secret;
use shared::protocol::{
    Account, Accounts, Biometrics, Code, Codes, Denied, Event, Generation, Opening, Refusal, Reply,
    Response, Status, VaultState, Why,
};

use super::*;
use crate::bridge::Told;
use crate::fill::Problem;
use crate::fill::field::Target;
use crate::popup::list::tests::accounts;
use crate::popup::model::{Errand, Trouble, Which};

/// Has the host answer the last question of a kind that is still open.
fn answer(
    model: &mut Model,
    of: impl Fn(&Asked) -> bool,
    outcome: Result<Response, Refusal>,
) -> Vec<Effect> {
    let n = model.asked.last(of).expect("it was asked");
    let reply = serde_json::to_string(&Reply::new(Some(1), outcome)).unwrap();
    update(model, Msg::Told(Told::Answer { n }, reply), 0)
}

fn status(vault: VaultState) -> Response {
    Response::Status(Status {
        vault,
        retry_ms: 0,
        pin_tries: 0,
        recovery: false,
        remind: false,
        biometrics: Biometrics::None,
    })
}

/// The first answer about an open vault of these accounts.
fn opening(items: Vec<Account>, next: Option<String>) -> Result<Response, Refusal> {
    let total = items.len();
    let Response::Status(status) = status(VaultState::Unlocked { count: total, rollback: None })
    else {
        unreachable!("it is a status")
    };
    let accounts = Some(Accounts { items, next, total, site: None });
    let opening = Opening { status, accounts, codes: Vec::new(), settings: None };
    Ok(Response::Opening(Box::new(opening)))
}

fn alone(vault: VaultState) -> Result<Response, Refusal> {
    let Response::Status(status) = status(vault) else { unreachable!("it is a status") };
    let opening = Opening { status, accounts: None, codes: Vec::new(), settings: None };
    Ok(Response::Opening(Box::new(opening)))
}

fn asks_which(ids: &[&str]) -> Which {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    Which { ids, wanted: Wanted::Certain }
}

fn opened(count: usize) -> Model {
    let mut model = Model::default();
    update(&mut model, Msg::Started(None, None), 0);
    answer(&mut model, |a| matches!(a, Asked::Opening { .. }), opening(accounts(count), None));
    model
}

fn codes(model: &mut Model) {
    let code = |id: &str| Code {
        id: id.into(),
        code: "111111".into(),
        next: Some("222222".into()),
        left_ms: Some(10_000),
        period_ms: Some(30_000),
    };
    let items = model.list.in_sight().map(code).collect();
    answer(model, |a| matches!(a, Asked::Codes(_)), Ok(Response::Codes(Codes { items })));
}

/// The background says that a question of a kind has no answer.
fn lose(model: &mut Model, of: impl Fn(&Asked) -> bool) {
    let n = model.asked.last(of).expect("it was asked");
    update(model, Msg::Told(Told::Lost { n }, String::new()), 3_000);
}

fn has(todo: &[Effect], wanted: impl Fn(&Effect) -> bool) -> bool {
    todo.iter().any(wanted)
}

#[test]
fn the_first_picture_holds_what_is_in_sight_and_what_is_around_it_comes_next() {
    let mut model = Model::default();
    update(&mut model, Msg::Started(None, None), 0);
    let first = opening(accounts(100), None);
    let todo = answer(&mut model, |a| matches!(a, Asked::Opening { .. }), first);
    let in_sight = model.list.window().1.len();
    assert_eq!(in_sight, 8);
    assert!(has(&todo, |e| matches!(e, Effect::Wake(Timer::Around, Some(_)))));
    update(&mut model, Msg::Woke(Timer::Around), 100);
    assert_eq!(model.list.window().1.len(), in_sight + 6);
    // Scrolled to the middle, as many before as after.
    update(&mut model, Msg::Scrolled { top: 3_200, height: 512 }, 200);
    assert_eq!(model.list.window().1.len(), in_sight + 12);
}

#[test]
fn an_open_vault_leads_to_the_list_and_a_locked_one_to_the_password() {
    let mut model = opened(3);
    assert_eq!(model.screen, Screen::List);
    let locked = Told::Event(Event::Locked { why: Why::Sleep });
    codes(&mut model);
    update(&mut model, Msg::Told(locked, String::new()), 0);
    assert_eq!(model.screen, Screen::Unlock);
    assert_eq!(model.why, Some(Why::Sleep));
    assert!(model.list.is_empty() && model.codes.of("0").is_none(), "nothing is kept");
}

#[test]
fn a_lock_leaves_no_question_and_no_news_of_an_account() {
    let mut model = opened(3);
    model.which = Some(asks_which(&["0", "1"]));
    model.spoken = "expires_soon Issuer 1".into();
    update(&mut model, Msg::Told(Told::Link(Link::Connecting), String::new()), 0);
    assert!(!model.under_a_sheet() && model.spoken.is_empty());
}

#[test]
fn whatever_is_chosen_in_a_menu_or_a_question_the_account_has_the_keyboard_then() {
    let focused = |todo: &[Effect]| {
        let mut todo = todo.iter().rev();
        todo.find_map(|effect| match effect {
            Effect::FocusAccount(id) => Some(id.clone()),
            Effect::Focus(selector) => Some((*selector).to_owned()),
            _ => None,
        })
    };
    for msg in [
        Msg::Menu(None),
        Msg::Copy(Some("1".into())),
        Msg::Favourite("1".into()),
        Msg::Fill(Some("1".into())),
        Msg::Delete("1".into()),
    ] {
        let mut model = opened(3);
        codes(&mut model);
        update(&mut model, Msg::Menu(Some("1".into())), 0);
        let todo = update(&mut model, msg, 0);
        assert_eq!(focused(&todo).as_deref(), Some("1"), "{todo:?}");
        assert!(model.menu.is_none());
    }
    // Without a menu it stays where it is.
    let mut model = opened(3);
    codes(&mut model);
    assert_eq!(focused(&update(&mut model, Msg::Copy(None), 0)), None);
    model.which = Some(asks_which(&["2"]));
    let todo = update(&mut model, Msg::Fill(Some("2".into())), 0);
    assert_eq!(focused(&todo).as_deref(), Some("2"));
    model.unsure = Some(Unsure { id: Some("2".into()), target: None });
    let todo = update(&mut model, Msg::Certain, 0);
    assert_eq!(focused(&todo).as_deref(), Some("2"));
    // A favourite goes to the top, and takes it along, unless the person is elsewhere by then.
    for (chosen, has) in [(Some("2"), Some("2")), (None, None)] {
        let mut model = opened(3);
        update(&mut model, Msg::Favourite("2".into()), 0);
        model.chosen = chosen.map(str::to_owned);
        let account = model.list.account("2").unwrap().clone();
        let todo = answer(&mut model, |a| *a == Asked::Edit, Ok(Response::Account(account)));
        assert_eq!(focused(&todo).as_deref(), has);
    }
    let mut model = opened(3);
    update(&mut model, Msg::Delete("1".into()), 0);
    answer(&mut model, |a| matches!(a, Asked::Delete(_)), Ok(Response::Done));
    assert_eq!(focused(&update(&mut model, Msg::Undo, 0)).as_deref(), Some("#search"));
}

#[test]
fn where_there_is_no_vault_the_side_page_makes_one() {
    let mut model = Model::default();
    update(&mut model, Msg::Started(None, None), 0);
    let absent = alone(VaultState::Absent);
    let todo = answer(&mut model, |a| matches!(a, Asked::Opening { .. }), absent);
    assert!(has(&todo, |e| matches!(e, Effect::Go(screen) if screen == "create")));
}

#[test]
fn what_the_side_page_left_to_be_done_is_done_when_the_account_is_there() {
    let back = |errand: &str, whole: bool| {
        let mut model = Model::default();
        update(&mut model, Msg::Started(None, Errand::read(errand)), 0);
        let page = opening(accounts(3), (!whole).then(|| "1-3".into()));
        let todo = answer(&mut model, |a| matches!(a, Asked::Opening { .. }), page);
        (model, todo)
    };
    let (model, _) = back("saved/2", true);
    assert_eq!(model.chosen.as_deref(), Some("2"));
    assert_eq!(model.toast.map(|toast| toast.text).as_deref(), Some("saved"));
    let (model, _) = back("left/2", true);
    assert_eq!((model.chosen.as_deref(), model.toast), (Some("2"), None));
    let (_, todo) = back("delete/2", false);
    assert!(has(&todo, |e| matches!(e, Effect::Ask(_, Request::Delete(d)) if d.id == "2")));
    let (model, todo) = back("delete/9", false);
    assert!(!has(&todo, |e| matches!(e, Effect::Ask(_, Request::Delete(_)))));
    assert!(model.errand.is_some(), "it may be on a later page");
    assert_eq!(Errand::read(""), None);
}

#[test]
fn the_screen_that_the_context_menu_wants_waits_until_the_vault_is_open() {
    let told = || Msg::Told(Told::Go("scan/picture".into()), String::new());
    let goes = |e: &Effect| matches!(e, Effect::Go(screen) if screen == "scan/picture");
    assert!(has(&update(&mut opened(3), told(), 0), goes));
    let mut model = Model::default();
    update(&mut model, Msg::Started(None, None), 0);
    assert!(!has(&update(&mut model, told(), 0), goes));
    let locked = alone(VaultState::Locked { why: None });
    let todo = answer(&mut model, |a| matches!(a, Asked::Opening { .. }), locked);
    assert!(!has(&todo, goes));
    update(&mut model, Msg::Unlocked(Secret::new("x".into())), 0);
    answer(&mut model, |a| *a == Asked::Unlock, Ok(Response::Done));
    let many = opening(accounts(3), Some("1-3".into()));
    let todo = answer(&mut model, |a| matches!(a, Asked::Opening { .. }), many);
    assert!(has(&todo, goes), "also before all accounts are there");
}

#[test]
fn a_damaged_vault_is_said_to_be_and_offers_its_saves() {
    let mut model = Model::default();
    update(&mut model, Msg::Started(None, None), 0);
    let generations = vec![Generation { generation: 4, saved_at: 0 }];
    let damaged = alone(VaultState::Damaged { generations: generations.clone() });
    answer(&mut model, |a| matches!(a, Asked::Opening { .. }), damaged);
    assert_eq!(model.screen, Screen::Problem(Trouble::Damaged(generations)));
}

#[test]
fn after_a_wrong_password_the_next_is_sent_at_once_and_the_wait_is_shown() {
    let mut model = Model { screen: Screen::Unlock, ..Model::default() };
    update(&mut model, Msg::Unlocked(Secret::new("x".into())), 0);
    let wrong = Err(Refusal::WrongPassword { retry_ms: 1_500 });
    let todo = answer(&mut model, |a| *a == Asked::Unlock, wrong);
    assert_eq!(model.retry_s, 2);
    assert!(has(&todo, |e| matches!(e, Effect::Empty(_))));
    let todo = update(&mut model, Msg::Unlocked(Secret::new("y".into())), 100);
    assert!(has(&todo, |e| matches!(e, Effect::Ask(_, Request::Unlock(_)))));
    let todo = update(&mut model, Msg::Unlocked(Secret::new("z".into())), 200);
    assert!(!has(&todo, |e| matches!(e, Effect::Ask(..))));
    update(&mut model, Msg::Woke(Timer::Retry), 1_500);
    assert_eq!(model.retry_s, 0);
}

#[test]
fn a_pin_is_asked_for_where_there_is_one_and_the_master_password_when_it_is_spent() {
    let mut model = opened(1);
    let locked = Told::Event(Event::Locked { why: Why::Sleep });
    update(&mut model, Msg::Told(locked, String::new()), 0);
    let pinned = |pin_tries| {
        let vault = VaultState::Locked { why: Some(Why::Sleep) };
        Ok(Response::Status(Status {
            vault,
            retry_ms: 0,
            pin_tries,
            recovery: true,
            remind: false,
            biometrics: Biometrics::None,
        }))
    };
    let todo = answer(&mut model, |a| *a == Asked::Status, pinned(5));
    assert!(has(&todo, |e| matches!(e, Effect::Focus("#pin"))));
    let pin = || {
        let pin = shared::protocol::UnlockPin { pin: Secret::new("1".into()) };
        Msg::Sent(Asked::UnlockPin, Request::UnlockPin(pin))
    };
    let todo = update(&mut model, pin(), 0);
    assert!(has(&todo, |e| matches!(e, Effect::Ask(_, Request::UnlockPin(_)))));
    let wrong = Err(Refusal::WrongPin { left: 1 });
    answer(&mut model, |a| *a == Asked::UnlockPin, wrong);
    assert_eq!((model.pin_tries, model.alert.as_deref()), (1, Some("wrong_pin 1")));
    update(&mut model, pin(), 0);
    let todo = answer(&mut model, |a| *a == Asked::UnlockPin, Err(Refusal::NoPin));
    assert_eq!(model.pin_tries, 0);
    assert!(has(&todo, |e| matches!(e, Effect::Focus("#password"))));
}

#[test]
fn the_system_is_asked_for_the_person_and_a_password_may_be_typed_meanwhile() {
    let mut model = opened(1);
    let locked = Told::Event(Event::Locked { why: Why::Sleep });
    update(&mut model, Msg::Told(locked, String::new()), 0);
    let status = Status {
        vault: VaultState::Locked { why: None },
        retry_ms: 0,
        pin_tries: 0,
        recovery: false,
        remind: false,
        biometrics: Biometrics::Ready,
    };
    answer(&mut model, |a| *a == Asked::Status, Ok(Response::Status(status)));
    assert!(model.person);
    let todo = update(&mut model, Msg::ByPerson, 0);
    assert!(has(&todo, |e| matches!(e, Effect::Ask(_, Request::UnlockBiometrics))));
    answer(&mut model, |a| *a == Asked::UnlockPerson, Err(Refusal::Unconfirmed));
    assert_eq!((model.alert.as_deref(), model.person), (Some("unconfirmed"), true));

    update(&mut model, Msg::ByPerson, 0);
    let todo = update(&mut model, Msg::Unlocked(Secret::new("x".into())), 0);
    assert!(has(&todo, |e| matches!(e, Effect::Ask(_, Request::Unlock(_)))));
    answer(&mut model, |a| *a == Asked::UnlockPerson, Err(Refusal::Unconfirmed));
    assert_eq!((model.alert.as_deref(), model.busy), (None, true));
    answer(&mut model, |a| *a == Asked::Unlock, Err(Refusal::Busy));

    update(&mut model, Msg::ByPerson, 0);
    answer(&mut model, |a| *a == Asked::UnlockPerson, Err(Refusal::NoBiometrics));
    assert_eq!((model.alert.as_deref(), model.person), (Some("no_biometrics"), false));
}

#[test]
fn codes_are_asked_for_what_is_in_sight_and_change_without_a_question() {
    let mut model = opened(100);
    assert!(model.list.in_sight().count() < 20);
    codes(&mut model);
    let todo = update(&mut model, Msg::Chose("0".into()), 5_000);
    assert!(!has(&todo, |e| matches!(e, Effect::Ask(..))));
    assert!(has(&todo, |e| matches!(e, Effect::Wake(Timer::Codes, Some(5_000)))));
    let todo = update(&mut model, Msg::Woke(Timer::Codes), 10_000);
    assert_eq!(model.codes.of("0").unwrap().code, "222222");
    assert!(has(&todo, |e| matches!(e, Effect::Ask(_, Request::Codes(_)))));
}

#[test]
fn enter_copies_the_first_that_was_found() {
    let mut model = opened(30);
    codes(&mut model);
    update(&mut model, Msg::Typed("issuer 7".into()), 0);
    let todo = update(&mut model, Msg::Copy(None), 0);
    assert!(has(&todo, |e| matches!(e, Effect::Copy { id, clear_s: 30, .. } if id == "7")));
}

#[test]
fn what_was_deleted_can_be_undone() {
    let mut model = opened(3);
    update(&mut model, Msg::Delete("1".into()), 0);
    answer(&mut model, |a| matches!(a, Asked::Delete(_)), Ok(Response::Done));
    assert!(model.list.account("1").is_none());
    // Of several accounts with one issuer this says which.
    let said = model.toast.as_ref().map(|toast| toast.text.as_str());
    assert_eq!(said, Some("deleted Issuer 1 (me@example.com)"));
    let todo = update(&mut model, Msg::Undo, 0);
    assert!(has(&todo, |e| matches!(e, Effect::Ask(_, Request::Restore(r)) if r.id == "1")));
}

#[test]
fn arrows_lead_through_what_a_sheet_offers_and_not_through_the_list() {
    let mut model = opened(3);
    update(&mut model, Msg::Menu(Some("1".into())), 0);
    let mut selectors = Vec::new();
    for steps in [1, -1, i32::MIN, i32::MAX] {
        let todo = update(&mut model, Msg::Moved(steps), 0);
        let focus = todo.into_iter().find_map(|effect| match effect {
            Effect::Focus(selector) => Some(selector),
            _ => None,
        });
        selectors.push(focus.unwrap());
    }
    assert!(selectors.iter().all(|selector| selector.contains(".sheet")), "{selectors:?}");
    selectors.dedup();
    assert_eq!((selectors.len(), model.chosen), (4, None));
}

#[test]
fn an_account_without_a_site_is_linked_only_after_a_yes() {
    let mut model = opened(2);
    let origin = String::from("https://login.example.com");
    model.tab = Some(crate::browser::tabs::Tab { id: 9, origin: Some(origin) });
    let domain = String::from("example.com");
    let site = shared::protocol::Site { domain: domain.clone(), shown: domain, denied: None };
    model.site = Some(site);
    let todo = update(&mut model, Msg::Fill(Some("0".into())), 0);
    assert!(!has(&todo, |e| matches!(e, Effect::Fill { .. } | Effect::Ask(..))));
    assert!(model.offer.is_some());
    let todo = update(&mut model, Msg::Link, 0);
    assert!(has(&todo, |e| {
        matches!(e, Effect::Ask(_, Request::Link(l)) if l.domain == "example.com" && l.id == "0")
    }));
}

#[test]
fn an_account_that_is_likely_here_is_offered_and_not_filled() {
    let mut model = opened(2);
    let origin = String::from("https://github.com");
    model.tab = Some(crate::browser::tabs::Tab { id: 9, origin: Some(origin) });
    let suggest = |ids: &[&str]| Denied::Suggest {
        domain: "github.com".into(),
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    };
    let told =
        |denied| Told::Filled { n: 0, outcome: Err(Problem::Refused(Refusal::Denied(denied))) };
    let todo = update(&mut model, Msg::Told(told(suggest(&["1"])), String::new()), 0);
    assert!(!has(&todo, |e| matches!(e, Effect::Fill { .. } | Effect::Ask(..))));
    assert_eq!(model.offer.as_ref().map(|offer| offer.id.as_str()), Some("1"));
    update(&mut model, Msg::Dismiss, 0);
    update(&mut model, Msg::Told(told(suggest(&["0", "1"])), String::new()), 0);
    assert_eq!(model.which, Some(asks_which(&["0", "1"])));
}

#[test]
fn a_field_that_the_person_said_yes_to_is_not_asked_about_again() {
    let target = Target { frame: 0, inputs: vec![4], label: "Code".into() };
    for said in [Some(target), None] {
        let wanted = said.clone().map_or(Wanted::Focused, Wanted::Confirmed);
        let asked = |id: Option<&str>| {
            let mut model = opened(3);
            let origin = String::from("https://login.example.com");
            model.tab = Some(crate::browser::tabs::Tab { id: 9, origin: Some(origin) });
            model.unsure = Some(Unsure { id: id.map(str::to_owned), target: said.clone() });
            update(&mut model, Msg::Certain, 0);
            model
        };
        let refuse = |model: &mut Model, denied| {
            let outcome = Err(Problem::Refused(Refusal::Denied(denied)));
            let n = model.questions;
            update(model, Msg::Told(Told::Filled { n, outcome }, String::new()), 0);
        };
        let fills = |todo: &[Effect]| {
            todo.iter().find_map(|effect| match effect {
                Effect::Fill { wanted, .. } => Some(wanted.clone()),
                _ => None,
            })
        };
        // Its site is linked in between.
        let domain = String::from("example.com");
        let ids = vec![String::from("1")];
        for (id, denied) in [
            (Some("1"), Denied::NoSite { domain: domain.clone() }),
            (None, Denied::Suggest { domain, ids: ids.clone() }),
        ] {
            let mut model = asked(id);
            refuse(&mut model, denied);
            update(&mut model, Msg::Link, 0);
            let account = Response::Account(accounts(3).remove(1));
            let todo = answer(&mut model, |a| matches!(a, Asked::Link(..)), Ok(account));
            assert_eq!(fills(&todo), Some(wanted.clone()));
        }
        // Its account is chosen in between.
        let mut model = asked(None);
        refuse(&mut model, Denied::Choose { ids: vec!["1".into(), "2".into()] });
        model.site = None;
        let todo = update(&mut model, Msg::Fill(Some("2".into())), 0);
        assert_eq!(fills(&todo), Some(wanted.clone()));
        // Another fill is another question.
        let todo = update(&mut model, Msg::Fill(Some("2".into())), 0);
        assert_eq!(fills(&todo), Some(Wanted::Certain));
    }
}

#[test]
fn a_fill_that_waits_is_of_its_account_and_ends_when_the_person_turns_away() {
    let waits_for = |id: Option<&str>, wanted: Wanted| {
        let mut model = opened(3);
        let origin = String::from("https://login.example.com");
        model.tab = Some(crate::browser::tabs::Tab { id: 9, origin: Some(origin) });
        model.questions += 1;
        let n = model.questions;
        model.asked.insert(n, Asked::Fill(id.map(str::to_owned), wanted));
        let outcome = Err(Problem::Refused(Refusal::Wait { ms: 2_000, used: false }));
        let todo = update(&mut model, Msg::Told(Told::Filled { n, outcome }, String::new()), 0);
        assert!(has(&todo, |e| matches!(e, Effect::Wake(Timer::Fill, Some(2_050)))));
        // A wait is news and no fault, and stands for as long as it lasts.
        let said = model.toast.as_ref().map(|toast| toast.text.as_str());
        assert_eq!((model.alert.as_deref(), said), (None, Some("wait_expiring in 2 s")));
        let last = todo.iter().rev().find_map(|e| match e {
            Effect::Wake(Timer::Toast, after) => Some(*after),
            _ => None,
        });
        assert_eq!(last, Some(Some(2_050)));
        model
    };
    let waits = |id: Option<&str>| waits_for(id, Wanted::Certain);
    let fills = |model: &mut Model| {
        update(model, Msg::Woke(Timer::Fill), 2_050).into_iter().find_map(|effect| match effect {
            Effect::Fill { account, .. } => Some(account),
            _ => None,
        })
    };
    let mut model = waits(Some("1"));
    update(&mut model, Msg::Chose("2".into()), 100);
    assert_eq!(fills(&mut model), Some(Some("1".into())), "not the one chosen since");
    assert_eq!(fills(&mut model), None, "once");
    assert_eq!(fills(&mut waits(None)), Some(None), "by the shortcut no account was chosen");
    // "Yes, that field" was said, and is not asked again.
    let wanted = update(&mut waits_for(None, Wanted::Focused), Msg::Woke(Timer::Fill), 2_050)
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Fill { wanted, .. } => Some(wanted),
            _ => None,
        });
    assert_eq!(wanted, Some(Wanted::Focused));
    let away =
        [Msg::Escape, Msg::Dismiss, Msg::Copy(Some("2".into())), Msg::Fill(Some("2".into()))];
    for msg in away {
        let mut model = waits(Some("1"));
        codes(&mut model);
        let todo = update(&mut model, msg, 100);
        assert!(has(&todo, |e| matches!(e, Effect::Wake(Timer::Fill, None))));
        assert_eq!(fills(&mut model), None);
        assert_eq!(model.toast, None, "and nothing is said to be about to come");
    }
}

#[test]
fn a_host_that_ends_takes_the_list_with_it_at_once() {
    let mut model = opened(3);
    codes(&mut model);
    let up = || Told::Link(Link::Up { host_version: "0.1.0".into() });
    update(&mut model, Msg::Told(up(), String::new()), 0);
    assert!(model.codes.of("0").is_some());
    update(&mut model, Msg::Told(Told::Link(Link::Connecting), String::new()), 0);
    assert_eq!(model.screen, Screen::Loading);
    assert!(model.list.is_empty() && model.codes.of("0").is_none(), "nothing is kept");
    let todo = update(&mut model, Msg::Told(up(), String::new()), 0);
    assert!(has(&todo, |e| matches!(e, Effect::Ask(_, Request::Opening(_)))));
    let locked = alone(VaultState::Locked { why: None });
    answer(&mut model, |a| matches!(a, Asked::Opening { .. }), locked);
    assert_eq!(model.screen, Screen::Unlock);
    // A password that is being typed when it ends again stays.
    update(&mut model, Msg::Told(Told::Link(Link::Connecting), String::new()), 0);
    let todo = update(&mut model, Msg::Told(up(), String::new()), 0);
    assert!(!has(&todo, |e| matches!(e, Effect::Empty(_))));
}

#[test]
fn a_host_that_comes_back_is_asked_again() {
    let mut model = opened(1);
    update(&mut model, Msg::Told(Told::Link(Link::Missing), String::new()), 0);
    assert_eq!(model.screen, Screen::Problem(Trouble::HostMissing));
    let up = Link::Up { host_version: "0.1.0".into() };
    let todo = update(&mut model, Msg::Told(Told::Link(up), String::new()), 0);
    assert!(has(&todo, |e| matches!(e, Effect::Ask(_, Request::Opening(_)))));
}

#[test]
fn the_doorstep_asks_what_the_module_would() {
    let doorstep = include_str!("../../../static/opening.js");
    let asked = format!("p: {{ limit: {FIRST_PAGE}, codes: {FIRST_CODES}, ...page }}");
    assert!(doorstep.contains(&asked), "opening.js lacks `{asked}`");
}

#[test]
fn escape_clears_then_closes() {
    let mut model = opened(3);
    update(&mut model, Msg::Typed("x".into()), 0);
    assert!(!has(&update(&mut model, Msg::Escape, 0), |e| matches!(e, Effect::Close)));
    assert!(model.query.is_empty());
    assert!(has(&update(&mut model, Msg::Escape, 0), |e| matches!(e, Effect::Close)));
}

#[test]
fn a_host_that_hangs_under_the_list_can_be_looked_for_from_there() {
    let mut model = opened(3);
    assert!(!model.silent);
    lose(&mut model, |a| matches!(a, Asked::Codes(_)));
    assert!(model.silent && model.screen == Screen::List);
    assert_eq!(model.alert.as_deref(), Some("refused_timeout"));
    // It answers after all.
    update(&mut model, Msg::Typed("1".into()), 4_000);
    update(&mut model, Msg::Lock, 4_000);
    let event = Told::Event(Event::Changed);
    update(&mut model, Msg::Told(event, String::new()), 5_000);
    assert!(!model.silent && model.alert.is_none());

    lose(&mut model, |a| *a == Asked::Lock);
    assert!(model.silent);
    let todo = update(&mut model, Msg::Check, 6_000);
    assert!(has(&todo, |e| matches!(e, Effect::Check)));
    assert_eq!(model.screen, Screen::Loading);
    // The one that hung is ended, and what it was asked is lost.
    lose(&mut model, |a| matches!(a, Asked::Opening { .. }));
    for link in [Link::Connecting, Link::Up { host_version: "0.1.0".into() }] {
        update(&mut model, Msg::Told(Told::Link(link), String::new()), 7_000);
    }
    assert!(!model.silent);
    answer(
        &mut model,
        |a| matches!(a, Asked::Opening { .. }),
        alone(VaultState::Locked { why: None }),
    );
    assert_eq!(model.screen, Screen::Unlock);
    assert!(model.alert.is_none());
}

#[test]
fn a_fill_that_the_host_leaves_unanswered_offers_the_look_too() {
    let mut model = opened(1);
    let outcome = Err(Problem::Refused(Refusal::Timeout));
    update(&mut model, Msg::Told(Told::Filled { n: 0, outcome }, String::new()), 0);
    assert!(model.silent && model.alert.is_some());
}
