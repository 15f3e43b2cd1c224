//! Our popup beside another extension's: both by a key, in turns, in one browser.
//!
//! Never here: what the other one is.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use shared::protocol::CHROMIUM_ID;
use tests::account::Account;
use tests::browser::{Browser as _, Kind};
use tests::chromium::Chromium;
use tests::desktop::Desktop;
use tests::home::Home;
use tests::stage::{self, PASSWORD, built_extension};
use tests::wait::{LONG, until};

use super::{median, row};

/// Pairs of openings that are not counted, and those that are.
const WARM: usize = 3;
const PAIRS: usize = 40;

/// When, after the page began to load, the first frame with a code of six digits in each row of the first screen was there. Rows are what has the
/// class `code` in them.
const SHOWN: &str = "\
const digits = /^\\s*\\d{3}\\s?\\d{3}\\s*$/;
const there = () => {
  const codes = [...document.getElementsByClassName('code')];
  if (!codes.some((code) => digits.test(code.textContent))) return false;
  const seen = codes.filter((code) => { const box = code.getBoundingClientRect(); return box.height > 0 && box.top < 480; });
  return seen.length >= 4 && seen.every((code) => digits.test(code.textContent));
};
const watch = new MutationObserver(() => {
  if (!there()) return;
  watch.disconnect();
  requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = () => { globalThis.shownAt = performance.now(); };
    after.port2.postMessage(0);
  });
});
watch.observe(document, { subtree: true, childList: true, characterData: true });
";

/// Another unpacked extension, and what its storage holds, by area.
pub(super) struct Other {
    folder: PathBuf,
    storage: Value,
}

impl Other {
    /// Takes `--beside DIR` and `--storage FILE` out of the arguments.
    pub(super) fn taken(args: &mut Vec<String>) -> Result<Option<Self>> {
        let mut take = |name: &str| -> Result<Option<PathBuf>> {
            let Some(at) = args.iter().position(|arg| arg == name) else { return Ok(None) };
            if at + 1 == args.len() {
                bail!("{name} needs a path");
            }
            let value = args.drain(at..at + 2).next_back();
            Ok(value.map(PathBuf::from))
        };
        let (folder, storage) = (take("--beside")?, take("--storage")?);
        let Some(folder) = folder else {
            if storage.is_some() {
                bail!("--storage is of the extension that --beside names");
            }
            return Ok(None);
        };
        let storage = match storage {
            Some(file) => serde_json::from_slice(&fs::read(file)?)?,
            None => json!({}),
        };
        Ok(Some(Self { folder, storage }))
    }
}

/// A popup that can be opened.
struct Popup {
    keys: &'static str,
    url: String,
    times: Vec<f64>,
    cpu: Vec<f64>,
}

/// Opens both with 50 accounts, ours with an unlocked vault.
pub(super) fn popups(home: &Home, other: &Other) -> Result<()> {
    let accounts: Vec<Account> = (0..50_u8)
        .map(|n| Account::plain(&format!("Service {n}"), &format!("user{n}@example.com"), &[n; 20]))
        .collect();
    home.fill_vault(PASSWORD, &accounts.iter().map(Account::uri).collect::<Vec<_>>())?;
    home.register_chromium(home.host())?;
    let (own, beside) = (home.path().join("own"), home.path().join("beside"));
    stage::copy(&built_extension(Kind::Chromium), &own)?;
    stage::copy(&other.folder, &beside)?;
    let own_page = watched(&own)?;
    let page = watched(&beside)?;
    let mut browser = Chromium::start(home, Some(Desktop::start()?), &[&own, &beside])?;
    let worker = browser.stranger()?;
    let root: String = worker.split_inclusive('/').take(3).collect();
    let mut ours =
        Popup::new("alt+shift+l", format!("chrome-extension://{CHROMIUM_ID}/{own_page}"));
    let mut theirs = Popup::new("alt+shift+k", format!("{root}{page}"));

    browser.open(&theirs.url)?;
    for (area, items) in other.storage.as_object().context("the storage is no JSON object")? {
        browser.page(&format!("chrome.storage[{}].set({items}).then(() => 0)", json!(area)))?;
    }
    browser.open("about:blank")?;
    browser.open_popup()?;
    browser.unlock(PASSWORD)?;
    browser.close_popup()?;
    for turn in 0..WARM + PAIRS {
        if turn == WARM {
            ours.forget();
            theirs.forget();
        }
        eprintln!("popups: pair {} of {}", turn + 1, WARM + PAIRS);
        // Whoever comes second finds the machine as the other one left it.
        let (first, second) =
            if turn % 2 == 0 { (&mut ours, &mut theirs) } else { (&mut theirs, &mut ours) };
        first.open(&mut browser)?;
        second.open(&mut browser)?;
    }

    let mut ratios: Vec<f64> = ours.times.iter().zip(&theirs.times).map(|(a, b)| a / b).collect();
    let (a, b) = (median(&mut ours.times), median(&mut theirs.times));
    median(&mut ratios);
    let tenth = ratios.len() / 10;
    let against = format!(
        "{:.2} × its {b:.0} ms ({:.2}–{:.2})",
        a / b,
        ratios[tenth],
        ratios[ratios.len() - 1 - tenth]
    );
    row("popup: loading to codes, beside the other's", &format!("{a:.0} ms"), &against);
    let (a, b) = (mean(&ours.cpu), mean(&theirs.cpu));
    let against = format!("{:.2} × its {b:.0} ms", a / b);
    row("popup: user CPU of all processes while it is open", &format!("{a:.0} ms"), &against);
    Ok(())
}

impl Popup {
    fn new(keys: &'static str, url: String) -> Self {
        Self { keys, url, times: Vec::new(), cpu: Vec::new() }
    }

    fn forget(&mut self) {
        self.times.clear();
        self.cpu.clear();
    }

    /// Opens it once and closes it again.
    fn open(&mut self, browser: &mut Chromium) -> Result<()> {
        let group = browser.id();
        sleep(Duration::from_millis(500));
        let before = user_ms(group)?;
        browser.press(self.keys)?;
        let url = self.url.clone();
        let target = until("the popup", LONG, || browser.target(|it, _| it.starts_with(&url)))?;
        // Nobody looks on while it opens.
        sleep(Duration::from_millis(1_200));
        let session = browser.attach(&target)?;
        let shown = until("the codes", LONG, || {
            Ok(browser.run(&session, "globalThis.shownAt ?? null")?.as_f64())
        })?;
        self.times.push(shown);
        self.cpu.push(user_ms(group)? - before);
        let _ = browser.call(None, "Target.closeTarget", json!({"targetId": target}));
        until("the popup to close", LONG, || {
            Ok(browser.target(|it, _| it.starts_with(&url))?.is_none().then_some(()))
        })
    }
}

/// Has the extension's popup say when its codes were on screen, and open by a key; gives back its page.
fn watched(folder: &Path) -> Result<String> {
    let at = folder.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&at)?)?;
    let page = manifest["action"]["default_popup"].as_str().context("it has no popup")?.to_owned();
    if manifest["commands"]["_execute_action"]["suggested_key"].is_null() {
        manifest["commands"]["_execute_action"]["suggested_key"] =
            json!({"default": "Alt+Shift+K"});
        fs::write(&at, manifest.to_string())?;
    }
    fs::write(folder.join("shown.js"), SHOWN)?;
    let html = fs::read_to_string(folder.join(&page))?;
    let (before, after) = html.split_once("<head>").context("its page has no head")?;
    fs::write(
        folder.join(&page),
        format!("{before}<head><script src=\"/shown.js\"></script>{after}"),
    )?;
    Ok(page)
}

/// Milliseconds that a process group has computed outside of the kernel, with those of it that are gone (Linux).
fn user_ms(group: u32) -> Result<f64> {
    let group = group.to_string();
    let mut ticks = 0.0;
    for item in fs::read_dir("/proc").context("no /proc: Linux only")? {
        let Ok(stat) = fs::read_to_string(item?.path().join("stat")) else { continue };
        // After the name, which may have anything in it.
        let Some((_, rest)) = stat.rsplit_once(')') else { continue };
        let fields: Vec<&str> = rest.split_whitespace().collect();
        if fields.get(2) != Some(&group.as_str()) {
            continue;
        }
        for at in [11, 13] {
            ticks += fields.get(at).context("a short stat")?.parse::<f64>()?;
        }
    }
    Ok(ticks * 10.0)
}

fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / f64::from(u32::try_from(all.len()).unwrap_or(u32::MAX))
}
