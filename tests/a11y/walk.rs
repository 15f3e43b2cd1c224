//! Every control of every screen by Tab alone: each is reached, has a mark that is seen, lies where it can be seen, and
//! none keeps the keyboard.
//!
//! Never here: what a control does.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::Value;
use tests::browser::{Browser, Kind};

use crate::screens::{self, Run};

/// More than a browser has controls of its own.
const OTHERS: usize = 25;

/// Numbers what Tab must come to, and takes the keyboard from whatever has it. How many there are.
const COUNT: &str = "(() => { let n = 0; document.activeElement?.blur(); \
    for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')) { \
      delete e.dataset.walk; \
      const gone = e.disabled || e.tabIndex < 0 || e.closest('[inert]') || !e.checkVisibility({visibilityProperty: true}); \
      if (!gone) e.dataset.walk = n++; } return n; })()";

/// What has the keyboard: its number, who it is, whether one sees that it has it, and whether one sees it at all.
const HELD: &str = "(() => { const e = document.activeElement; if (!e || e === document.body) return null; \
    const marked = (of) => { const s = getComputedStyle(of); \
      return (s.outlineStyle !== 'none' && s.outlineWidth !== '0px') || s.boxShadow !== 'none'; }; \
    const b = e.getBoundingClientRect(); const x = b.left + b.width / 2; \
    const y = (Math.max(b.top, 0) + Math.min(b.bottom, innerHeight)) / 2; \
    const top = document.elementFromPoint(x, y); \
    const own = top && (e.contains(top) || top.contains(e) || top.closest('label')?.control === e); \
    return {n: e.dataset.walk ?? '', who: e.id || e.dataset.do || e.tagName, \
      marked: marked(e) || marked(e.closest('.drop') ?? e), seen: !!own || !!top?.closest('#toast')}; })()";

/// Those that are still there.
const THERE: &str = "[...document.querySelectorAll('[data-walk]')].filter((e) => !e.disabled \
    && e.checkVisibility({visibilityProperty: true})).map((e) => [e.dataset.walk, e.id || e.dataset.do || e.tagName])";

/// Walks once around, by whichever document `run` runs in.
fn walk(browser: &mut dyn Browser, run: Run, screen: &str) -> Result<()> {
    let count = run(browser, COUNT)?.as_u64().unwrap_or_default();
    let mut reached = BTreeSet::new();
    let all = usize::try_from(count)?;
    // In a tab the way from the last to the first leads through the browser's own controls.
    for _ in 0..all + OTHERS {
        if reached.len() == all {
            break;
        }
        browser.press("Tab")?;
        let held = run(browser, HELD)?;
        if held.is_null() {
            continue;
        }
        if held["marked"] != true || held["seen"] != true {
            bail!("{screen}: nobody sees that this has the keyboard: {held}");
        }
        // What is scrolled has no number: Firefox stops there, too, so that keys scroll it.
        reached.extend(held["n"].as_str().filter(|n| !n.is_empty()).map(str::to_owned));
    }
    let there = run(browser, THERE)?;
    let missed: Vec<&Value> = there
        .as_array()
        .into_iter()
        .flatten()
        .filter(|it| !reached.contains(it[0].as_str().unwrap_or_default()))
        .map(|it| &it[1])
        .collect();
    if all == 0 || !missed.is_empty() {
        bail!("{screen}: of {all} Tab does not come to {missed:?}");
    }
    Ok(())
}

#[test]
fn chromium_tab_comes_to_all_of_a_vault() {
    screens::of_a_vault(Kind::Chromium, &mut walk);
}

#[test]
fn chromium_tab_comes_to_all_of_the_desk() {
    screens::of_the_desk(Kind::Chromium, &mut walk);
}

#[test]
fn chromium_tab_comes_to_all_that_is_said_of_trouble() {
    screens::of_trouble(Kind::Chromium, &mut walk);
}

#[test]
fn firefox_tab_comes_to_all_of_a_vault() {
    screens::of_a_vault(Kind::Firefox, &mut walk);
}

#[test]
fn firefox_tab_comes_to_all_of_the_desk() {
    screens::of_the_desk(Kind::Firefox, &mut walk);
}

#[test]
fn firefox_tab_comes_to_all_that_is_said_of_trouble() {
    screens::of_trouble(Kind::Firefox, &mut walk);
}
