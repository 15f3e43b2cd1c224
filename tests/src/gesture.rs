//! The real gesture on every page of a folder: a browser with the extension, the host behind it, the
//! vault unlocked once, and the shortcut pressed on one page after the other.
//!
//! Which inputs received the code is seen from the page: a recorder that stands in it before the gesture
//! notes every value at every `input` event, so a form that sends itself and is emptied is no riddle. The
//! account counts (RFC 4226): every fill has a code of its own, and no page waits for a fresh one.
//!
//! Never here: what is expected of a page.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use serde_json::{Value, json};

use crate::browser::{Browser, Kind};
use crate::desktop::Desktop;
use crate::home::Home;
use crate::pages::{Pages, list};
use crate::stage::{self, PASSWORD};
use crate::wait::{LONG, until};

/// A page comes to rest within this, or is taken as it is.
const LOADS: Duration = Duration::from_secs(8);
/// Something comes of a gesture within this: a code in the page, or the popup.
const ANSWERS: Duration = Duration::from_secs(8);
/// Nothing changes for so long: the writer has ended.
const RESTS: Duration = Duration::from_millis(250);

/// What came of one page.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// Path in the folder, with `/`.
    pub page: String,
    /// Every input that received the code or its digit: number of the document (0 is the page's own,
    /// iframes in document order, each before what is in it) and position among all `<input>`s of that
    /// document, through open shadow roots.
    pub filled: Vec<[u32; 2]>,
    /// `filled`; `popup` if the popup opened instead of a fill or after it; `nothing` if neither happened.
    pub outcome: &'static str,
    /// What the popup said, if it opened.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub said: String,
    /// Why the page could not be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A page to be tried.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What it is called in the report.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Whether the shortcut is pressed. Where it is not, nothing may come.
    pub press: bool,
}

/// Tries every HTML file of a folder. `report` hears of each as it comes, with its number and how many
/// there are.
pub fn try_all(
    kind: Kind,
    folder: &Path,
    host: &Path,
    extension: &Path,
    report: impl FnMut(usize, usize, &Tried),
) -> Result<Vec<Tried>> {
    let names = list(folder)?;
    if names.is_empty() {
        bail!("there is no HTML file in {}", folder.display());
    }
    let pages = Pages::serve(folder)?;
    let wanted: Vec<Wanted> = names
        .iter()
        .map(|name| Wanted { name: name.clone(), url: pages.url(name), press: true })
        .collect();
    Ok(try_each(kind, &wanted, host, extension, report, |_, _| Ok(())))
}

/// Tries pages. The account's sites are `localhost` and `bank.localhost`; `then` looks at each page afterwards,
/// and what it finds wrong is the page's error.
pub fn try_each(
    kind: Kind,
    pages: &[Wanted],
    host: &Path,
    extension: &Path,
    mut report: impl FnMut(usize, usize, &Tried),
    mut then: impl FnMut(&mut dyn Browser, &Tried) -> Result<()>,
) -> Vec<Tried> {
    let mut stand = None;
    let mut all = Vec::new();
    for (at, wanted) in pages.iter().enumerate() {
        let mut tried = try_page(&mut stand, kind, host, extension, wanted);
        if let (None, Some(stand)) = (&tried.error, &mut stand)
            && let Err(why) = then(stand.browser.as_mut(), &tried)
        {
            tried.error = Some(format!("{why:#}"));
        }
        report(at + 1, pages.len(), &tried);
        all.push(tried);
    }
    all
}

/// A browser with an unlocked vault, until a page breaks it.
struct Stand {
    browser: Box<dyn Browser>,
    /// Gone after the browser.
    _home: Home,
}

impl Stand {
    fn start(kind: Kind, host: &Path, extension: &Path, url: &str) -> Result<Self> {
        let home = Home::new(host)?;
        let uri = "otpauth://hotp/Gesture:tester?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Gesture&counter=0";
        home.fill_vault(PASSWORD, &[uri.to_owned()])?;
        home.link(PASSWORD, "tester", "localhost,bank.localhost")?;
        match kind {
            Kind::Chromium => home.register_chromium(home.host())?,
            Kind::Firefox => home.register_firefox(home.host())?,
        }
        let mut browser = stage::start(kind, &home, Some(Desktop::start()?), extension)?;
        browser.calm()?;
        browser.open_popup()?;
        browser.unlock(PASSWORD)?;
        browser.close_popup()?;
        // The first gesture of a browser's life may find it not ready. It is spent here, and forgotten.
        let _ = attempt(browser.as_mut(), url, true);
        Ok(Self { browser, _home: home })
    }
}

/// One page; a browser that breaks over it is replaced, once.
fn try_page(
    stand: &mut Option<Stand>,
    kind: Kind,
    host: &Path,
    extension: &Path,
    Wanted { name, url, press }: &Wanted,
) -> Tried {
    let mut error = String::new();
    for _ in 0..2 {
        let tried = match stand {
            Some(stand) => fill(stand.browser.as_mut(), url, *press),
            None => Stand::start(kind, host, extension, url)
                .and_then(|new| fill(stand.insert(new).browser.as_mut(), url, *press)),
        };
        match tried {
            Ok(Done { filled, outcome, said }) => {
                return Tried { page: name.to_owned(), filled, outcome, said, error: None };
            }
            Err(why) => error = format!("{why:#}"),
        }
        *stand = None;
    }
    let (filled, said) = (Vec::new(), String::new());
    Tried { page: name.to_owned(), filled, outcome: "nothing", said, error: Some(error) }
}

struct Done {
    filled: Vec<[u32; 2]>,
    outcome: &'static str,
    said: String,
}

fn fill(browser: &mut dyn Browser, url: &str, press: bool) -> Result<Done> {
    let mut done = attempt(browser, url, press)?;
    // A key that got lost, or a vault that locked itself meanwhile, says nothing about the page.
    if press && (done.outcome == "nothing" || done.said == "unlock") {
        done = attempt(browser, url, press)?;
    }
    Ok(done)
}

fn attempt(browser: &mut dyn Browser, url: &str, press: bool) -> Result<Done> {
    if browser.popup_is_open() {
        browser.close_popup()?;
    }
    load(browser, url)?;
    browser.page(RECORD).context("the recorder")?;
    if press {
        browser.press("alt+shift+o")?;
    }
    let deadline = Instant::now() + if press { ANSWERS } else { ANSWERS / 4 };
    let mut last = Vec::new();
    let mut since = Instant::now();
    loop {
        let filled = received(&browser.page(RECEIVED)?);
        if filled != last {
            (last, since) = (filled, Instant::now());
        }
        let popup = browser.catch_popup()?;
        if popup && RESTS < since.elapsed() {
            let said = heard(browser)?;
            browser.close_popup()?;
            // What went in before the popup opened counts all the same.
            last = received(&browser.page(RECEIVED)?);
            return Ok(Done { filled: last, outcome: "popup", said });
        }
        if !popup && !last.is_empty() && RESTS < since.elapsed() {
            return Ok(Done { filled: last, outcome: "filled", said: String::new() });
        }
        if deadline < Instant::now() {
            return Ok(Done { filled: last, outcome: "nothing", said: String::new() });
        }
        sleep(Duration::from_millis(30));
    }
}

/// Opens a page and waits until it is at rest: loaded with its iframes, and drawn.
fn load(browser: &mut dyn Browser, url: &str) -> Result<()> {
    browser.go(url)?;
    let rests = until("the page to come to rest", LOADS, || {
        Ok((browser.page(AT_REST)? == json!(true)).then_some(()))
    });
    // A picture that never comes keeps nobody from filling.
    if rests.is_err() && browser.page("document.readyState !== 'loading'")? != json!(true) {
        rests?;
    }
    // Scripts of pages put the focus where they want it, and their boxes into the page, in a timer.
    browser.page(
        "new Promise((done) => setTimeout(() => requestAnimationFrame(() => done(true)), 120))",
    )?;
    Ok(())
}

/// What the popup says; for a locked vault it is unlocked, so that the next page finds it open.
fn heard(browser: &mut dyn Browser) -> Result<String> {
    let mut screen = String::new();
    until("the popup's screen", LONG, || {
        screen = browser.screen()?;
        Ok((!["", "loading"].contains(&screen.as_str())).then_some(()))
    })?;
    if screen == "unlock" {
        browser.unlock(PASSWORD)?;
        return Ok(screen);
    }
    // The reason comes a moment after the list.
    let mut said = String::new();
    let _ = until("the popup's reason", Duration::from_millis(600), || {
        said = browser.said();
        Ok((!said.is_empty()).then_some(()))
    });
    Ok(said)
}

fn received(seen: &Value) -> Vec<[u32; 2]> {
    serde_json::from_value(seen.clone()).unwrap_or_default()
}

const AT_REST: &str = "document.readyState === 'complete' && [...document.querySelectorAll('iframe, frame')]\
    .every((frame) => { try { return !frame.contentDocument || frame.contentDocument.readyState === 'complete'; } catch { return true; } })";

/// Stands in every document that can be reached and notes what inputs hold. Afterwards the page stays:
/// a form that is sent would take what it holds along.
const RECORD: &str = "(() => {
    const all = (root) => [...root.querySelectorAll('*')].flatMap((element) =>
        [...(element.localName === 'input' ? [element] : []), ...(element.shadowRoot ? all(element.shadowRoot) : [])]);
    const parts = (root) => [...root.querySelectorAll('*')].flatMap((element) =>
        [...(['iframe', 'frame'].includes(element.localName) ? [element] : []), ...(element.shadowRoot ? parts(element.shadowRoot) : [])]);
    const documents = [];
    const walk = (document) => {
        documents.push(document);
        for (const frame of document ? parts(document) : []) {
            let inner = null;
            try { inner = frame.contentDocument; } catch {}
            walk(inner);
        }
    };
    walk(document);
    const before = documents.map((document) => new Map((document ? all(document) : []).map((input) => [input, input.value])));
    const held = new Map();
    const note = () => documents.forEach((document, frame) => (document ? all(document) : []).forEach((input, at) => {
        if (input.value === '' || input.value === (before[frame].get(input) ?? '')) return;
        if (!held.has(input)) held.set(input, { place: [frame, at], values: new Set() });
        held.get(input).values.add(input.value);
    }));
    for (const document of documents) {
        const view = document?.defaultView;
        if (!view) continue;
        for (const name of ['input', 'change']) view.addEventListener(name, note, true);
        view.addEventListener('submit', (event) => { note(); event.preventDefault(); }, true);
        view.navigation?.addEventListener('navigate', (event) => { note(); if (event.cancelable) event.preventDefault(); });
    }
    window.gestureRecorder = { note, held };
    return true;
})()";

/// Inputs that held the code, or one of its digits each. Other values that changed (a clock, a counter)
/// are no code of six to eight digits.
const RECEIVED: &str = "(() => {
    // A page that came in between has no recorder: there, what inputs hold now is all there is.
    const found = [...document.querySelectorAll('input')].map((input, at) => [input, { place: [0, at], values: new Set([input.value]) }]);
    const { note, held } = window.gestureRecorder ?? { note() {}, held: new Map(found) };
    note();
    const list = [...held.values()].map(({ place, values }) => [place, [...values].map((value) => value.replace(/[\\s-]/g, ''))]);
    const order = (a, b) => a[0][0] - b[0][0] || a[0][1] - b[0][1];
    const whole = list.filter(([, values]) => values.some((value) => /^\\d{6,8}$/.test(value)));
    const digits = list.filter(([, values]) => values.some((value) => /^\\d$/.test(value)));
    return [...whole, ...digits.filter((one) => !whole.includes(one))].sort(order).map(([place]) => place);
})()";
