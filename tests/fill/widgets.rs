//! Input widgets for codes, live, as sites install them from npm: after a fill it is the component's own
//! state that must hold the code, not only what its inputs show.
//!
//! npm installs what `tests/widgets/package-lock.json` names, once, into the target folder.
//!
//! Never here: pages of our own (the suite `fill`).

#![allow(clippy::print_stdout, reason = "says what was tried")]
#![allow(clippy::disallowed_methods, reason = "a test has a clock and an environment")]

mod chromium;
mod firefox;
mod window;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use extension::fill::field::{Choice, Document, choose};
use serde_json::json;
use tests::pages::{Pages, list};
use tests::wait::until;

use chromium::Chromium;
use firefox::Firefox;
use window::Window;

const PAGE_JS: &str = include_str!("../../extension/static/page.js");
const CODE: &str = "407196";
/// A widget is drawn within this, or not at all.
const DRAWN: Duration = Duration::from_secs(10);

/// The bundled pages; built once for both browsers.
static BUILT: LazyLock<Result<PathBuf, String>> =
    LazyLock::new(|| build().map_err(|error| format!("{error:#}")));

fn build() -> Result<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("widgets");
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("widgets");
    fs::create_dir_all(to.join("src"))?;
    let lock = "package-lock.json";
    let same = fs::read(from.join(lock))? == fs::read(to.join(lock)).unwrap_or_default();
    for name in ["package.json", "build.js", "src/angular.js", "src/react.jsx", "src/vue.js"] {
        fs::copy(from.join(name), to.join(name))?;
    }
    if !same || !to.join("node_modules/esbuild").is_dir() {
        fs::copy(from.join(lock), to.join(lock))?;
        let install =
            ["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"];
        run(Command::new("npm").args(install).current_dir(&to)).inspect_err(|_| {
            // Half an installation would pass for one the next time.
            let _ = fs::remove_file(to.join(lock));
        })?;
    }
    run(Command::new("node").args(["build.js", "dist"]).current_dir(&to))?;
    Ok(to.join("dist"))
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().context("node and npm are needed")?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn holds(window: &mut impl Window) -> Result<String> {
    window.evaluate(0, "Promise.resolve(document.querySelector('output')?.textContent ?? '-')")
}

/// Describes, chooses, writes, and gives back what the component holds.
fn fill(window: &mut impl Window, url: &str) -> Result<String> {
    window.open(url)?;
    until("the widget", DRAWN, || {
        let inputs = "Promise.resolve(String(document.querySelectorAll('input').length))";
        Ok((window.evaluate(0, inputs)? != "0").then_some(()))
    })?;
    let describe = format!(
        "(async () => {{ {PAGE_JS}; return JSON.stringify(globalThis.countersign.describe()) }})()"
    );
    let document: Document = serde_json::from_str(&window.evaluate(0, &describe)?)?;
    let target = match choose(&[document]) {
        Choice::Sure(target) => target,
        other => bail!("{other:?}"),
    };
    let write = format!(
        "(async () => {{ {PAGE_JS}; const {{ describe, write }} = globalThis.countersign;
        const {{ token, origin }} = describe();
        const plan = {{ token, origin, inputs: {}, code: {}, submit: false }};
        return (await write(plan)).outcome; }})()",
        json!(target.inputs),
        json!(CODE)
    );
    let outcome = window.evaluate(0, &write)?;
    ensure!(outcome == "filled", "{outcome}, and the component holds {:?}", holds(window)?);
    let mut held = String::new();
    // A framework may take a moment to draw what it holds.
    let _ = until("the code in the component", Duration::from_secs(2), || {
        held = holds(window)?;
        Ok((held == CODE).then_some(()))
    });
    Ok(held)
}

fn every_component_holds_the_code(window: &mut impl Window) -> Result<()> {
    let folder = BUILT.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
    let names = list(folder)?;
    ensure!(15 <= names.len(), "{} widgets", names.len());
    let pages = Pages::serve(folder)?;
    let mut wrong = Vec::new();
    for name in &names {
        match fill(window, &pages.url(name)) {
            Ok(held) if held == CODE => {}
            Ok(held) => wrong.push(format!("{name} holds {held:?}")),
            Err(error) => wrong.push(format!("{name}: {error:#}")),
        }
    }
    println!("{} of {} widgets", names.len() - wrong.len(), names.len());
    ensure!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn components_in_chromium_hold_the_code() -> Result<()> {
    every_component_holds_the_code(&mut Chromium::start()?)
}

#[test]
fn components_in_firefox_hold_the_code() -> Result<()> {
    every_component_holds_the_code(&mut Firefox::start()?)
}
