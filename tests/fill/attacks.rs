//! Pages that want the code and must not have it, by the real gesture: the whole extension, the real host, the
//! shortcut pressed. Each page says in its second line what may become of it, and in its third what it tries.
//!
//! Never here: forms that are only hard to read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tests::browser::{Browser, Kind};
use tests::gesture::{Tried, Wanted, try_each};
use tests::home::Home;
use tests::pages::{Pages, at, list};
use tests::stage::built_extension;

/// What may become of a page.
#[derive(Clone, Debug)]
enum May {
    /// No input gets anything, and the person is told why (unless nobody pressed anything).
    Nothing,
    /// What this selects gets the code.
    Must(String),
    /// Nothing else than what this selects gets any of it.
    Only(String),
}

struct Page {
    wanted: Wanted,
    may: May,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fill/attacks")
}

fn pages(served: &Pages) -> Result<Vec<Page>> {
    let read = |name: String| -> Result<Page> {
        let text = fs::read_to_string(folder().join(&name))?;
        let line = text.lines().nth(1).and_then(|line| line.strip_prefix("<!-- expect: "));
        let line = line.and_then(|line| line.strip_suffix(" -->"));
        let line = line.with_context(|| format!("{name} expects nothing"))?;
        let mut parts = line.split("; ");
        let may = match parts.next().unwrap_or_default() {
            "none" => May::Nothing,
            expected => match expected.strip_prefix("only ") {
                Some(selector) => May::Only(selector.to_owned()),
                None => May::Must(expected.to_owned()),
            },
        };
        let (mut url, mut press) = (served.url(&name), true);
        for part in parts {
            match part.split_once(": ") {
                Some(("host", host)) => url = at(&url, host),
                Some(("press", "no")) => press = false,
                _ => anyhow::bail!("{name} says {part}"),
            }
        }
        Ok(Page { wanted: Wanted { name, url, press }, may })
    };
    list(&folder())?.into_iter().map(read).collect()
}

/// Positions of what a selector finds among all inputs of the page.
fn places(browser: &mut dyn Browser, selector: &str) -> Result<Vec<[u32; 2]>> {
    let script = format!(
        "[...document.querySelectorAll({})].map((found) => [0, [...document.querySelectorAll('input')].indexOf(found)])",
        json!(selector)
    );
    Ok(serde_json::from_value(browser.page(&script)?)?)
}

fn check(browser: &mut dyn Browser, page: &Page, tried: &Tried) -> Result<()> {
    let Tried { filled, outcome, said, .. } = tried;
    let title = browser.page("document.title")?;
    ensure!(!title.as_str().unwrap_or_default().starts_with("stolen"), "the page got {title}");
    match &page.may {
        May::Nothing => {
            ensure!(filled.is_empty(), "{filled:?} got it");
            ensure!(
                !page.wanted.press || *outcome == "popup" && !said.is_empty(),
                "nobody was told why: {outcome}"
            );
        }
        May::Must(selector) => {
            let right = places(browser, selector)?;
            ensure!(*filled == right, "{filled:?} instead of {right:?} got it: {said}");
        }
        May::Only(selector) => {
            let right = places(browser, selector)?;
            // What was replaced has no position any more, and what took its place must be empty.
            let wrong: Vec<_> = filled.iter().filter(|place| !right.contains(place)).collect();
            ensure!(wrong.is_empty(), "{wrong:?} got it: {said}");
        }
    }
    Ok(())
}

fn no_attack_succeeds(kind: Kind) -> Result<()> {
    let served = Pages::serve(&folder())?;
    let pages = pages(&served)?;
    ensure!(25 <= pages.iter().filter(|page| matches!(page.may, May::Nothing)).count());
    let wanted: Vec<Wanted> = pages.iter().map(|page| page.wanted.clone()).collect();
    let (host, extension) = (Home::built_host()?, built_extension(kind));
    let mut wrong = Vec::new();
    let report = |_: usize, _: usize, tried: &Tried| {
        println!("{} {} {:?} {}", tried.page, tried.outcome, tried.filled, tried.said);
        wrong.extend(tried.error.as_ref().map(|why| format!("{}: {why}", tried.page)));
    };
    try_each(kind, &wanted, &host, &extension, report, |browser, tried| {
        let page = pages.iter().find(|page| page.wanted.name == tried.page);
        check(browser, page.context("a page that was not asked for")?, tried)
    });
    ensure!(wrong.is_empty(), "{} of {} pages: {wrong:#?}", wrong.len(), pages.len());
    Ok(())
}

#[test]
fn chromium_gives_no_code_to_attacks() -> Result<()> {
    no_attack_succeeds(Kind::Chromium)
}

#[test]
fn firefox_gives_no_code_to_attacks() -> Result<()> {
    no_attack_succeeds(Kind::Firefox)
}
