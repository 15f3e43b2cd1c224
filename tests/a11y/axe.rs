//! Every rule of axe-core, its best practices among them, on every screen.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tests::account::Account;
use tests::browser::{Browser, Kind};
use tests::home::Home;
use tests::login_page::LoginPage;
use tests::stage::Stage;
use tests::tour;

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

/// Runs a script in a document.
type Run<'a> = &'a mut dyn FnMut(&str) -> Result<Value>;

/// Fails with everything that axe has to say about the popup's screen, in light and in dark.
fn judge(browser: &mut dyn Browser, axe: &str, screen: &str) -> Result<usize> {
    judge_in(&mut |script| browser.popup(script), axe, screen)
}

/// The same of the document in which `run` runs.
fn judge_in(run: Run<'_>, axe: &str, screen: &str) -> Result<usize> {
    let mut rules = 0;
    // What still moves is not yet in its colours. No movement of ours but the ring's takes longer.
    run("new Promise(done => setTimeout(() => done(true), 300))")?;
    for theme in ["light", "dark"] {
        let told = run(&format!(
            "(() => {{ document.documentElement.dataset.theme = '{theme}'; {axe}; \
             return axe.run(document, {{resultTypes: ['violations']}}).then(told => JSON.stringify({{ \
               rules: told.passes.length, \
               wrong: told.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html + ' ' \
                 + n.any.concat(n.all, n.none).map(c => c.message).join('; ')))}})); }})()"
        ))?;
        let told: Value = serde_json::from_str(told.as_str().context("axe says nothing")?)?;
        let wrong = told["wrong"].as_array().context("no list of violations")?;
        if !wrong.is_empty() {
            bail!("{screen}, {theme}: {wrong:#?}");
        }
        rules += usize::try_from(told["rules"].as_u64().unwrap_or_default())?;
    }
    Ok(rules)
}

fn every_screen_of_a_vault(kind: Kind) {
    let axe = axe();
    let accounts = [
        Account::plain("Harbour Light", "keeper@example.com", &[1; 20]),
        Account::plain("Gift Shop", "a.rather.long.name@subdomain.of.a.company.example", &[2; 20]),
        Account::plain("", "no issuer", &[3; 20]),
    ];
    let login = LoginPage::open(accounts[0].clone()).unwrap();
    let mut stage = Stage::new(kind, &accounts).unwrap();
    stage.browser.open(&login.single()).unwrap();
    stage.browser.open_popup().unwrap();
    let (mut wrong, mut rules) = (Vec::new(), 0);
    tour::opened(stage.browser.as_mut(), true, &mut |browser, screen| {
        match judge(browser, &axe, screen) {
            Ok(passed) => rules += passed,
            Err(error) => wrong.push(format!("{error:#}")),
        }
        Ok(())
    })
    .unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(100 < rules, "axe looked at {rules} rules in all");
}

fn every_screen_of_the_desk(kind: Kind) {
    let axe = axe();
    let account = Account::plain("Harbour Light", "keeper@example.com", &[1; 20]);
    let mut stage = Stage::unlocked(kind, &[account]).unwrap();
    let mut wrong = Vec::new();
    tour::desk(stage.browser.as_mut(), &stage.home, &mut |browser, screen| {
        let judged = judge_in(&mut |script| browser.page(script), &axe, screen);
        wrong.extend(judged.err().map(|error| format!("{error:#}")));
        Ok(())
    })
    .unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn every_screen_of_trouble(kind: Kind) {
    let axe = axe();
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut stage = Stage::unregistered(kind, home).unwrap();
    stage.browser.open_popup().unwrap();
    let mut wrong = Vec::new();
    tour::troubled(stage.browser.as_mut(), &stage.home, &mut |browser, screen| {
        wrong.extend(judge(browser, &axe, screen).err().map(|error| format!("{error:#}")));
        Ok(())
    })
    .unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
    let told = judge(stage.browser.as_mut(), &axe(), "list").unwrap_err().to_string();
    assert!(told.contains("button-name"), "{told}");
}

#[test]
fn chromium_every_screen_of_a_vault() {
    every_screen_of_a_vault(Kind::Chromium);
}

#[test]
fn chromium_every_screen_of_the_desk() {
    every_screen_of_the_desk(Kind::Chromium);
}

#[test]
fn firefox_every_screen_of_the_desk() {
    every_screen_of_the_desk(Kind::Firefox);
}

#[test]
fn chromium_every_screen_of_trouble() {
    every_screen_of_trouble(Kind::Chromium);
}

#[test]
fn firefox_every_screen_of_a_vault() {
    every_screen_of_a_vault(Kind::Firefox);
}

#[test]
fn firefox_every_screen_of_trouble() {
    every_screen_of_trouble(Kind::Firefox);
}
