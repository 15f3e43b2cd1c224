//! Every rule of axe-core, its best practices among them, on every screen.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tests::account::Account;
use tests::browser::{Browser, Kind};
use tests::stage::Stage;

use crate::screens::{self, POPUP, Run};

/// Where `cargo xtask test` puts packages of npm: beside the tests' own folder.
fn axe() -> String {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(3).unwrap();
    let path: PathBuf =
        [target, Path::new("npm/node_modules/axe-core/axe.min.js")].iter().collect();
    fs::read_to_string(&path).unwrap_or_else(|e| {
        panic!("{}: {e}; `cargo xtask test a11y` puts it there", path.display())
    })
}

/// Fails with everything that axe has to say about a screen, in light and in dark. How many rules it passes.
fn judge(browser: &mut dyn Browser, run: Run, axe: &str, screen: &str) -> Result<usize> {
    let mut rules = 0;
    // What still moves is not yet in its colours. No movement of ours but the ring's takes longer.
    run(browser, "new Promise(done => setTimeout(() => done(true), 300))")?;
    for theme in ["light", "dark"] {
        let told = run(
            browser,
            &format!(
                "(() => {{ document.documentElement.dataset.theme = '{theme}'; {axe}; \
             return axe.run(document, {{resultTypes: ['violations']}}).then(told => JSON.stringify({{ \
               rules: told.passes.length, \
               wrong: told.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html + ' ' \
                 + n.any.concat(n.all, n.none).map(c => c.message).join('; ')))}})); }})()"
            ),
        )?;
        let told: Value = serde_json::from_str(told.as_str().context("axe says nothing")?)?;
        let wrong = told["wrong"].as_array().context("no list of violations")?;
        if !wrong.is_empty() {
            bail!("{screen}, {theme}: {wrong:#?}");
        }
        rules += usize::try_from(told["rules"].as_u64().unwrap_or_default())?;
    }
    Ok(rules)
}

fn a_vault(kind: Kind) {
    let (axe, mut rules) = (axe(), 0);
    screens::of_a_vault(kind, &mut |browser, run, screen| {
        rules += judge(browser, run, &axe, screen)?;
        Ok(())
    });
    assert!(100 < rules, "axe looked at {rules} rules in all");
}

fn the_desk(kind: Kind) {
    let axe = axe();
    screens::of_the_desk(kind, &mut |browser, run, screen| {
        judge(browser, run, &axe, screen).map(drop)
    });
}

fn trouble(kind: Kind) {
    let axe = axe();
    screens::of_trouble(kind, &mut |browser, run, screen| {
        judge(browser, run, &axe, screen).map(drop)
    });
}

/// The judge itself is judged: a picture without a text and a button without a name are seen.
#[test]
fn what_is_wrong_is_seen() {
    let account = Account::plain("Harbour Light", "keeper", &[1; 20]);
    let mut stage = Stage::unlocked(Kind::Chromium, &[account]).unwrap();
    stage
        .browser
        .popup("document.querySelector('main').append(document.createElement('button'))")
        .unwrap();
    let told = judge(stage.browser.as_mut(), POPUP, &axe(), "list").unwrap_err().to_string();
    assert!(told.contains("button-name"), "{told}");
}

#[test]
fn chromium_every_screen_of_a_vault() {
    a_vault(Kind::Chromium);
}

#[test]
fn chromium_every_screen_of_the_desk() {
    the_desk(Kind::Chromium);
}

#[test]
fn firefox_every_screen_of_the_desk() {
    the_desk(Kind::Firefox);
}

#[test]
fn chromium_every_screen_of_trouble() {
    trouble(Kind::Chromium);
}

#[test]
fn firefox_every_screen_of_a_vault() {
    a_vault(Kind::Firefox);
}

#[test]
fn firefox_every_screen_of_trouble() {
    trouble(Kind::Firefox);
}
