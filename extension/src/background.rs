//! The background: owns the port to the host, and keeps it while the host is up, so that one unlock
//! lasts for the browser's session. Passes on what popups ask, and fills.
//!
//! It keeps no account data: what passes through is forgotten, except for a copied code until it is
//! taken from the clipboard.
//!
//! Never here: what answers mean, and any screen.

pub mod line;
pub mod scan;

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use shared::Secret;
use shared::protocol::{self, FillPage, Op, Page, Refusal, Reply, Request, Response};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::bridge::{self, Ask, Told};
use crate::browser;
use crate::browser::port::{JsPort, Port};
use crate::browser::time::Timeout;
use crate::few::Few;
use crate::fill::{self, Wanted, Wish};
use crate::json;
use line::{Alarm, Asker, Do, Heard, Line};

/// Pauses before each time that a clipboard is tried to be emptied.
const CLEARINGS_MS: [u32; 3] = [0, 1_000, 1_000];
/// How long a wish waits for a popup that the browser would not open.
const WISH_MS: u32 = 60_000;

struct Background {
    line: Line,
    host: Option<Port>,
    popups: Few<u32, JsPort>,
    alarms: Few<Alarm, Timeout>,
    clipboard: Option<Timeout>,
    questions: u32,
    /// Answers to our own questions, and who waits for them.
    answers: Few<u32, Waiting>,
    /// Why the popup was opened, and over which tab, until it is there.
    wish: Option<(i32, Told)>,
    /// After this nobody means that wish any more.
    forgets: Option<Timeout>,
    /// The picture on which the context menu was opened last.
    picture: Option<scan::Picture>,
}

enum Waiting {
    Asked(Option<Waker>),
    Answered(Option<String>),
}

thread_local! {
    static BACKGROUND: RefCell<Option<Background>> = const { RefCell::new(None) };
}

/// Called once by the doorstep. `rules`: what an organisation has fixed, as JSON.
#[wasm_bindgen]
pub fn start_background(rules: String) {
    browser::report_panics();
    let background = Background {
        line: Line::new(browser::version(), browser::family()),
        host: None,
        popups: Few::new(),
        alarms: Few::new(),
        clipboard: None,
        questions: 0,
        answers: Few::new(),
        wish: None,
        forgets: None,
        picture: None,
    };
    BACKGROUND.set(Some(background));
    hear(Heard::Ruled(rules));
}

/// An organisation has fixed something else.
#[wasm_bindgen]
pub fn ruled(rules: String) {
    hear(Heard::Ruled(rules));
}

/// A popup connected.
#[wasm_bindgen]
pub fn popup_opened(popup: u32, port: JsPort) {
    let wish = with(|b| {
        b.popups.insert(popup, port);
        b.wish.as_ref().map(|(tab, _)| *tab)
    });
    hear(Heard::Opened(popup));
    if let Some(wished) = wish.flatten() {
        spawn_local(async move {
            // Over another tab, or as a tab of its own, it was opened for something else.
            if !in_front(wished).await {
                browser::toolbar::show_badge("!");
            } else if let Some((_, why)) = grant() {
                tell(popup, &why, "");
            }
        });
    }
}

async fn in_front(tab: i32) -> bool {
    browser::tabs::active_tab().await.is_some_and(|front| front.id == tab)
}

/// Takes what the popup was to be opened for.
fn grant() -> Option<(i32, Told)> {
    let (_, wish) = with(|b| (b.forgets.take(), b.wish.take()))?;
    if wish.is_some() {
        browser::toolbar::show_badge("");
    }
    wish
}

/// A popup closed.
#[wasm_bindgen]
pub fn popup_closed(popup: u32) {
    with(|b| b.popups.remove(popup));
    hear(Heard::Closed(popup));
}

/// A popup said something.
#[wasm_bindgen]
pub fn popup_said(popup: u32, text: &str) {
    // Only our own pages get here; what they can't say is a bug that their tests find.
    let Ok((ask, follows)) = bridge::read::<Ask>(text) else { return };
    match ask {
        Ask::Check => hear(Heard::Check),
        Ask::Copied { text, after_s } => clear_later(text, after_s),
        Ask::Fill { n, tab, account, wanted } => spawn_local(async move {
            let wish = Wish { tab, account, wanted, waits: false };
            let outcome = fill::fill(wish, ask_habits, ask_fill).await;
            tell(popup, &Told::Filled { n, outcome }, "");
        }),
        Ask::Scan { n, tab, picture } => spawn_local(async move {
            // Once: a later look at the page is a look at the page.
            let meant = with(|b| b.picture.take()).flatten();
            let meant = meant.filter(|meant| picture && meant.tab == tab);
            match scan::scan(tab, meant, async |request| ask_text(Op::Scan, &request).await).await {
                Ok(Some(reply)) => tell(popup, &Told::Answer { n }, &reply),
                Ok(None) => tell(popup, &Told::Lost { n }, ""),
                Err(why) => tell(popup, &Told::Filled { n, outcome: Err(why) }, ""),
            }
        }),
        Ask::Selected { tab } => spawn_local(async move {
            tell(popup, &Told::Selected(scan::selected(tab).await), "");
        }),
        Ask::Point { tab, target } => {
            spawn_local(async move { fill::point(tab, &target).await });
        }
        Ask::Host { n, op } => {
            let request = Secret::new(follows.to_owned());
            match Op::of_name(&op) {
                Some(op) => hear(Heard::Asked(Asker::Popup(popup, n), op, request)),
                None => tell(popup, &Told::Lost { n }, ""),
            }
        }
    }
}

/// The shortcut was pressed, or the context menu's item chosen.
#[wasm_bindgen]
pub fn fill_wished(tab: i32) {
    spawn_local(async move {
        let wanted = Wanted::Certain;
        let wish = Wish { tab, account: None, wanted, waits: true };
        let Err(why) = fill::fill(wish, ask_habits, ask_fill).await else { return };
        // The popup takes it from here: it can unlock, ask which account, or say what is wrong.
        let why = Told::Filled { n: 0, outcome: Err(why) };
        // Whoever has turned to another tab meanwhile finds it when they come back.
        let opens = in_front(tab).await;
        open_for(tab, why, opens).await;
    });
}

/// The context menu's item for accounts that the page shows was chosen, or the one of a picture: then with the
/// frame that the picture is in, and its address.
#[wasm_bindgen]
pub fn scan_wished(tab: i32, frame: i32, picture: Option<String>) {
    let screen = if picture.is_some() { "scan/picture" } else { "scan" };
    with(|b| b.picture = picture.map(|address| scan::Picture { tab, frame, address }));
    spawn_local(async move { open_for(tab, Told::Go(screen.to_owned()), true).await });
}

/// Opens the popup, if it `opens`, and has it take over. Else the person may open it themselves for a while.
async fn open_for(tab: i32, why: Told, opens: bool) {
    with(|b| {
        b.wish = Some((tab, why));
        b.forgets = Some(Timeout::new(WISH_MS, || drop(grant())));
    });
    if !opens || browser::toolbar::show_popup().await.is_err() {
        browser::toolbar::show_badge("!");
    }
}

/// Asks the host for the field that it remembers of a page. A locked vault says so when it is asked for
/// the code.
async fn ask_habits(page: Page) -> Option<String> {
    match ask(Op::Habits, &Request::Habits(page)).await?.ok? {
        Response::Habits(habits) => habits.field,
        _ => None,
    }
}

/// Asks the host for a code for a page.
async fn ask_fill(page: FillPage) -> Result<protocol::Fill, Refusal> {
    match ask(Op::Fill, &Request::Fill(page)).await.map(|reply| (reply.ok, reply.err)) {
        Some((Some(Response::Fill(fill)), _)) => Ok(fill),
        Some((_, Some(refusal))) => Err(refusal),
        _ => Err(Refusal::Timeout),
    }
}

async fn ask(op: Op, request: &Request) -> Option<Reply> {
    json::read(&ask_text(op, request).await?).ok()
}

async fn ask_text(op: Op, request: &Request) -> Option<String> {
    let request = Secret::new(json::write(request).ok()?);
    let n = with(|b| {
        b.questions += 1;
        b.answers.insert(b.questions, Waiting::Asked(None));
        b.questions
    })?;
    hear(Heard::Asked(Asker::House(n), op, request));
    let answer = poll_fn(|context| {
        with(|b| match b.answers.get_mut(n) {
            Some(Waiting::Asked(waker)) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            Some(Waiting::Answered(answer)) => {
                let answer = answer.take();
                b.answers.remove(n);
                Poll::Ready(answer)
            }
            None => Poll::Ready(None),
        })
        .unwrap_or(Poll::Ready(None))
    });
    answer.await
}

/// Empties the clipboard after a while if it still holds the code, which is kept here until then and
/// nowhere else. A later copy takes its place: then the earlier code is gone from the clipboard.
fn clear_later(text: String, after_s: u32) {
    let clear = move || {
        let text = Secret::new(text);
        spawn_local(async move {
            // Another program may hold the clipboard for a moment. What can't be read can't be emptied with a
            // good conscience either.
            for pause in CLEARINGS_MS {
                browser::time::sleep(pause).await;
                if browser::clipboard::clear_clipboard(text.expose()).await.is_ok() {
                    return;
                }
            }
        });
    };
    with(|b| b.clipboard = Some(Timeout::new(after_s.saturating_mul(1_000), clear)));
}

fn hear(heard: Heard) {
    for todo in with(|b| b.line.hear(heard)).unwrap_or_default() {
        match todo {
            Do::Answer(n, answer) => {
                let waker = with(|b| b.answers.insert(n, Waiting::Answered(answer)));
                if let Some(Some(Waiting::Asked(Some(waker)))) = waker {
                    waker.wake();
                }
            }
            Do::Connect(name) => {
                let said = |text| hear(Heard::Said(text));
                let port = Port::native(name, said, |reason| hear(Heard::Gone(reason)));
                match port {
                    Ok(port) => drop(with(|b| b.host.replace(port))),
                    Err(error) => return hear(Heard::Gone(error.0)),
                }
            }
            Do::Disconnect => drop(with(|b| b.host.take())),
            Do::Send(call) => {
                // A port that has just closed says so through its listener.
                let _ = with(|b| b.host.as_ref().map(|host| host.post(call.expose())));
            }
            Do::ShowLock(locked) => {
                // It was about a vault that was locked, or was open.
                grant();
                if locked {
                    fill::forget_names();
                }
                browser::toolbar::show_lock(locked);
            }
            Do::Tell(popup, told, follows) => tell(popup, &told, &follows),
            Do::Wake(alarm, after_ms) => {
                let timeout = after_ms.map(|ms| Timeout::new(ms, move || hear(Heard::Woke(alarm))));
                with(|b| match timeout {
                    Some(timeout) => b.alarms.insert(alarm, timeout),
                    None => b.alarms.remove(alarm),
                });
            }
        }
    }
}

fn tell(popup: u32, told: &Told, follows: &str) {
    let text = bridge::write(told, follows);
    with(|b| {
        if let Some(port) = b.popups.get_mut(popup) {
            browser::port::post(port, &text);
        }
    });
}

fn with<T>(use_it: impl FnOnce(&mut Background) -> T) -> Option<T> {
    BACKGROUND.with_borrow_mut(|b| b.as_mut().map(use_it))
}
