//! The popup, opened and answered, beside a page and a program of which less cannot be had.
//!
//! Never here: another extension.

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::json;
use shared::protocol::{CHROMIUM_ID, HOST_NAME};
use tests::account::Account;
use tests::browser::{Browser as _, Kind};
use tests::chromium::Chromium;
use tests::desktop::Desktop;
use tests::home::Home;
use tests::port::Port;
use tests::stage::{self, PASSWORD, built_extension};
use tests::wait::{LONG, until};

use super::{TIMES, ids, median, ok, row};

/// The popup in Chromium, with 50 accounts, beside a page with the same rows that is only HTML.
pub(super) fn popup(home: &Home) -> Result<()> {
    let accounts = Account::many(50);
    home.fill_vault(PASSWORD, &accounts.iter().map(Account::uri).collect::<Vec<_>>())?;
    home.register_chromium(home.host())?;
    let own = home.path().join("extension");
    stage::copy(&built_extension(Kind::Chromium), &own)?;
    fs::write(own.join("still.html"), still(&accounts))?;
    let mut browser = Chromium::start(home, Some(Desktop::start()?), &[&own])?;
    let tab = browser.tab();
    let root = format!("chrome-extension://{}/", CHROMIUM_ID);
    browser.call(Some(&tab), "Page.enable", json!({}))?;
    let watch = "const w = () => { const c = [...document.querySelectorAll('[data-code], .code')].filter(e => /\\d{3}/.test(e.textContent)); \
         if (c.length >= 8) { requestAnimationFrame(() => { window.shownAt = performance.now(); }); } else setTimeout(w, 1); }; w();";
    browser.call(Some(&tab), "Page.addScriptToEvaluateOnNewDocument", json!({"source": watch}))?;

    browser.open_popup()?;
    browser.unlock(PASSWORD)?;
    browser.close_popup()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..2 * TIMES {
        let (page, times) =
            if turn % 2 == 0 { ("popup.html", &mut ours) } else { ("still.html", &mut theirs) };
        browser.open(&format!("{root}{page}"))?;
        let shown =
            until("the codes", LONG, || Ok(browser.page("window.shownAt ?? null")?.as_f64()))?;
        times.push(shown);
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    let against = format!("{:.2} × static HTML", ours / theirs);
    row("popup: opened to codes, 50 accounts, unlocked", &format!("{ours:.0} ms"), &against);

    // The same bytes to a program that only sends them back.
    let echo = home.path().join("echo");
    fs::write(&echo, "#!/bin/sh\nexec cat\n")?;
    #[cfg(unix)]
    fs::set_permissions(&echo, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let manifest = json!({
        "name": "org.countersign.echo", "description": "echo", "path": echo, "type": "stdio",
        "allowed_origins": [root],
    });
    let folder = home.profile().join("NativeMessagingHosts");
    fs::write(folder.join("org.countersign.echo.json"), manifest.to_string())?;
    browser.open(&format!("{root}still.html"))?;
    let trip = |name: &str| {
        format!(
            "new Promise((done, failed) => {{ const port = chrome.runtime.connectNative('{name}'); let at, n = 0; const all = []; \
             const call = () => {{ at = performance.now(); port.postMessage(window.call); }}; \
             port.onDisconnect.addListener(() => failed(new Error('gone'))); \
             port.onMessage.addListener((m) => {{ if (m.ev) return; if (n++) all.push(performance.now() - at); \
               if (n === 1 && window.before) {{ const b = window.before.shift(); if (b) {{ n = 0; port.postMessage(b); return; }} }} \
               if (all.length === 101) {{ port.disconnect(); all.sort((a, b) => a - b); done(all[50]); }} else call(); }}); \
             port.postMessage(window.before?.shift() ?? window.call); }})"
        )
    };
    let ids = {
        let mut port = Port::open(home)?;
        port.hello()?;
        ok(&port.ask("unlock", json!({"password": PASSWORD}))?)?;
        ids(&mut port)?
    };
    let hello = json!({"v": 1, "id": 1, "op": "hello", "p": {"min": 1, "max": 1, "ext_version": "0.0.0", "browser": "chromium"}});
    let unlock = json!({"v": 1, "id": 2, "op": "unlock", "p": {"password": PASSWORD}});
    let call = json!({"v": 1, "id": 3, "op": "codes", "p": {"ids": &ids[..20]}});
    browser.page(&format!("window.call = {call}; window.before = null; 0"))?;
    let echo = browser.page(&trip("org.countersign.echo"))?.as_f64().context("no echo")?;
    browser.page(&format!("window.before = [{hello}, {unlock}]; 0"))?;
    let ours = browser.page(&trip(HOST_NAME))?.as_f64().context("no answer")?;
    let against = format!("{:.2} × an echo", ours / echo);
    row("browser to host and back, codes of 20 accounts", &format!("{ours:.2} ms"), &against);
    Ok(())
}

/// Rows like the popup's, without a program behind them.
fn still(accounts: &[Account]) -> String {
    let rows: String = accounts
        .iter()
        .map(|account| {
            let (issuer, label) = (html(&account.issuer), html(&account.label));
            format!("<li class=row><b>{issuer}</b> <span>{label}</span> <output class=code>123 456</output></li>")
        })
        .collect();
    format!(
        "<!doctype html><meta charset=utf-8><link rel=stylesheet href=popup.css><main><ul>{rows}</ul></main>"
    )
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
