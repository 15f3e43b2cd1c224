//! The detector and the writer in real browsers, without the extension around them: `page.js` in an
//! isolated world, the choice made here, the page asked afterwards what it holds.
//!
//! Never here: the popup, the host, a gesture; the scenarios have those.

#![allow(clippy::print_stdout, reason = "says how many forms there were, or none")]
#![allow(clippy::disallowed_methods, reason = "a test has a clock and an environment")]

mod attacks;
mod chromium;
mod firefox;
mod pages;
mod window;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use extension::fill::field::{Choice, Document, Target, choose};
use serde_json::{Value, json};

use chromium::Chromium;
use firefox::Firefox;
use pages::{Expected, corpus, ours};
use tests::browser::Kind;
use tests::pages::Pages;
use tests::skip::skip;
use window::Window;

const PAGE_JS: &str = include_str!("../../extension/static/page.js");

/// What was seen on a page: the choice, and whether it was the right one.
struct Seen {
    choice: Choice,
    right: bool,
}

fn look(window: &mut impl Window, url: &str, expected: &Expected) -> Result<Seen> {
    window.open(url)?;
    let mut documents = Vec::new();
    for at in 0..window.documents()? {
        let expression = format!(
            "(async () => {{ {PAGE_JS}; return JSON.stringify(globalThis.countersign.describe()) }})()"
        );
        let mut document: Document = serde_json::from_str(&window.evaluate(at, &expression)?)?;
        document.frame = i32::try_from(at)?;
        documents.push(document);
    }
    let choice = choose(&documents);
    let found = match &choice {
        Choice::Sure(target) => Some((usize::try_from(target.frame)?, target.inputs.clone())),
        _ => None,
    };
    let right = match expected {
        Expected::Nothing => found.is_none(),
        Expected::Fields(document, selectors) => {
            let fields = window.evaluate(*document, &indexes(selectors))?;
            found == Some((*document, serde_json::from_str(&fields)?))
        }
    };
    Ok(Seen { choice, right })
}

/// An expression for the positions of the selected inputs among all of the document, through open
/// shadow roots; ` >>> ` steps into one.
fn indexes(selectors: &[String]) -> String {
    format!(
        "(async () => {{ {ALL}
        const find = (selector) => selector.split(' >>> ').reduce((roots, part) =>
            roots.flatMap((root) => [...(root.shadowRoot ?? root).querySelectorAll(part)]), [document]);
        const inputs = all(document);
        return JSON.stringify({}.flatMap(find).map((input) => inputs.indexOf(input)));
        }})()",
        json!(selectors)
    )
}

const ALL: &str = "const all = (root) => [...root.querySelectorAll('*')].flatMap((element) =>
    [...(element.localName === 'input' ? [element] : []), ...(element.shadowRoot ? all(element.shadowRoot) : [])]);";

/// Writes a code, after the page was told that now is the time for its trick. Looks once more first, in
/// the same breath: WebDriver's scripts have a new world each.
fn write(window: &mut impl Window, target: &Target) -> Result<Value> {
    let at = usize::try_from(target.frame)?;
    // Boxes hold as many digits as there are boxes.
    let digits = if target.inputs.len() == 1 { 6 } else { target.inputs.len() };
    let code: String = "4071963528".chars().take(digits).collect();
    let said = window.evaluate(
        at,
        &format!(
            "(async () => {{ {PAGE_JS}; {ALL}
            const html = () => document.documentElement.outerHTML;
            const before = html();
            const {{ describe, write }} = globalThis.countersign;
            const {{ token, origin }} = describe();
            dispatchEvent(new Event('armed'));
            const plan = {{ token, origin, inputs: {inputs}, code: {code}, submit: false }};
            const {{ outcome }} = await write(plan);
            const values = all(document).map((input) => input.value).join('');
            return JSON.stringify({{ outcome, holds: values.includes({code}),
                same: html() === before, gone: !Object.hasOwn(globalThis, 'countersign') }});
            }})()",
            inputs = json!(target.inputs),
            code = json!(code)
        ),
    )?;
    Ok(serde_json::from_str(&said)?)
}

/// All pages of a folder; gives back what went wrong.
fn check(
    window: &mut impl Window,
    folder: &Path,
    list: &[(String, Expected)],
) -> Result<Vec<String>> {
    let pages = Pages::serve(folder)?;
    let mut wrong = Vec::new();
    for (name, expected) in list {
        let seen = look(window, &pages.url(name), expected).with_context(|| name.clone())?;
        if !seen.right {
            wrong.push(format!("{name}: {:?}", seen.choice));
            continue;
        }
        let Choice::Sure(target) = &seen.choice else { continue };
        let said = write(window, target).with_context(|| name.clone())?;
        let refused = name.starts_with("change-");
        let well = if refused {
            said["outcome"] != "filled" && said["holds"] == false
        } else {
            said["outcome"] == "filled" && said["holds"] == true && said["same"] == true
        };
        if !well || said["gone"] != true {
            wrong.push(format!("{name}: {said}"));
        }
    }
    Ok(wrong)
}

fn own_pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fill/pages")
}

/// With each change every page is tried in one browser, and in both when the suite is named.
fn share(list: Vec<(String, Expected)>, kind: Kind) -> Vec<(String, Expected)> {
    let whole = std::env::var_os("FILL_WHOLE").is_some();
    let rest = usize::from(kind == Kind::Firefox);
    let mine = |(at, page)| (whole || at % 2 == rest).then_some(page);
    list.into_iter().enumerate().filter_map(mine).collect()
}

fn our_pages_are_read_and_written_as_they_should(
    window: &mut impl Window,
    kind: Kind,
) -> Result<()> {
    let list = share(ours(&own_pages())?, kind);
    let wrong = check(window, &own_pages(), &list)?;
    ensure!(wrong.is_empty(), "{} of {} pages: {wrong:#?}", wrong.len(), list.len());
    Ok(())
}

/// Forms of real projects, which lie beside the project on some machines and never inside.
fn forms_of_real_projects_are_told_from_look_alikes(
    window: &mut impl Window,
    kind: Kind,
) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/otp-forms");
    if !folder.is_dir() {
        skip("there are no forms of real projects beside the project");
        return Ok(());
    }
    let list = share(corpus(&folder)?, kind);
    let wrong = check(window, &folder, &list)?;
    println!("{} of {} forms", list.len() - wrong.len(), list.len());
    ensure!(wrong.is_empty(), "{} of {} pages: {wrong:#?}", wrong.len(), list.len());
    Ok(())
}

#[test]
fn chromium_fills_our_pages_and_resists_them() -> Result<()> {
    our_pages_are_read_and_written_as_they_should(&mut Chromium::start()?, Kind::Chromium)
}

#[test]
fn chromium_tells_real_forms_from_look_alikes() -> Result<()> {
    forms_of_real_projects_are_told_from_look_alikes(&mut Chromium::start()?, Kind::Chromium)
}

#[test]
fn firefox_fills_our_pages_and_resists_them() -> Result<()> {
    our_pages_are_read_and_written_as_they_should(&mut Firefox::start()?, Kind::Firefox)
}

#[test]
fn firefox_tells_real_forms_from_look_alikes() -> Result<()> {
    forms_of_real_projects_are_told_from_look_alikes(&mut Firefox::start()?, Kind::Firefox)
}
