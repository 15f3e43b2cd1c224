//! `bench`: what must be quick, measured against something else in the same minute.
//!
//! Machines differ and are busy with other things, so what counts is the ratio in the last column. Nothing here
//! fails for being slow: it is a table for a person to read.
//!
//! Never here: a test.

mod beside;
mod popup;

use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tests::account::Account;
use tests::browser::Browser as _;
use tests::chromium::Chromium;
use tests::desktop::Desktop;
use tests::home::Home;
use tests::pages::Pages;
use tests::port::Port;
use tests::stage::{self, PASSWORD, built_extension};
use tests::wait::until;

use crate::dist;
use crate::tools;
use crate::workspace::Workspace;

/// How often each thing is done; the median counts.
const TIMES: usize = 21;

pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    const PARTS: [&str; 5] = ["host", "saves", "popup", "fill", "scroll"];
    let mut args = args.to_vec();
    let other = beside::Other::taken(&mut args)?;
    if args.iter().any(|arg| !PARTS.contains(&arg.as_str())) {
        bail!(
            "usage: cargo xtask bench [host] [saves] [popup [--beside DIR [--storage FILE]]] [fill] [scroll]"
        );
    }
    let wanted = |part: &str| args.is_empty() || args.iter().any(|arg| arg == part);
    let mut programs: Vec<_> = tools::DESKTOP.iter().collect();
    programs.extend([&tools::CHROMIUM, &tools::PYTHON]);
    tools::programs(&programs)?;
    workspace.run(&mut workspace.cargo(&["build", "--release", "--package", "host"]))?;
    dist::build(workspace, &workspace.version)?;
    let program = workspace.target.join("release").join(super::run::program());

    println!("{:<52} {:>12} {:>26}", "what", "measured", "against");
    if wanted("host") {
        host(&Home::new(&program)?)?;
    }
    if wanted("saves") {
        saves(&program)?;
    }
    if wanted("popup") {
        popup::popup(&Home::new(&program)?)?;
        if let Some(other) = &other {
            beside::popups(&Home::new(&program)?, other)?;
        }
    }
    if wanted("scroll") {
        scroll(&Home::new(&program)?)?;
    }
    if wanted("fill") {
        fill(&Home::new(&program)?)?;
    }
    Ok(())
}

fn row(what: &str, measured: &str, against: &str) {
    println!("{what:<52} {measured:>12} {against:>26}");
}

/// The host by itself, with 1,000 accounts.
fn host(home: &Home) -> Result<()> {
    let mut cpu = Vec::new();
    for _ in 0..TIMES {
        let mut port = Port::open(home)?;
        port.hello()?;
        cpu.push(cpu_ms(port.id())?);
    }
    row("host: start to hello, CPU", &format!("{:.1} ms", median(&mut cpu)), "");

    let uris: Vec<String> = Account::many(1_000).iter().map(Account::uri).collect();
    home.fill_vault(PASSWORD, &uris)?;
    let mut port = Port::open(home)?;
    port.hello()?;
    row("host: resident, locked", &format!("{} KiB", resident(port.id())?), "");
    ok(&port.ask("unlock", json!({"password": PASSWORD}))?)?;
    row("host: resident, unlocked, 1,000 accounts", &format!("{} KiB", resident(port.id())?), "");

    let cost = cost(&fs::read(home.vault())?)?;
    let (mut unlock, mut bare, mut c) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TIMES {
        ok(&port.ask("lock", Value::Null)?)?;
        let start = Instant::now();
        ok(&port.ask("unlock", json!({"password": PASSWORD}))?)?;
        unlock.push(ms(start));
        bare.push(argon2id(cost)?);
        c.push(reference(cost)?);
    }
    let (unlock, bare, c) = (median(&mut unlock), median(&mut bare), median(&mut c));
    let against = format!("{:.2} × bare Argon2id", unlock / bare);
    row("host: unlock, 1,000 accounts", &format!("{unlock:.0} ms"), &against);
    // Both run their four lanes on all cores.
    let against = format!("{:.2} × reference in C", bare / c);
    row("Argon2id by itself", &format!("{bare:.0} ms"), &against);

    let ids = ids(&mut port)?;
    let mut codes = Vec::new();
    for _ in 0..TIMES {
        let start = Instant::now();
        for page in ids.chunks(200) {
            ok(&port.ask("codes", json!({"ids": page}))?)?;
        }
        codes.push(ms(start));
    }
    row("host: codes of 1,000 accounts, 5 requests", &format!("{:.1} ms", median(&mut codes)), "");
    Ok(())
}

/// A save, and whether it grows with the vault and no faster.
fn saves(program: &std::path::Path) -> Result<()> {
    let mut before = None;
    for count in [1_000, 10_000] {
        let home = Home::new(program)?;
        let uris: Vec<String> = Account::many(count).iter().map(Account::uri).collect();
        home.fill_vault(PASSWORD, &uris)?;
        let bytes = fs::read(home.vault())?;
        let mut port = Port::open(&home)?;
        port.hello()?;
        ok(&port.ask("unlock", json!({"password": PASSWORD}))?)?;
        let id = ids(&mut port)?.swap_remove(0);
        let (mut save, mut copy) = (Vec::new(), Vec::new());
        for turn in 0..TIMES {
            let start = Instant::now();
            ok(&port.ask("edit", json!({"id": id, "note": format!("{turn}")}))?)?;
            save.push(ms(start));
            copy.push(plain_write(&home.path().join("copy"), &bytes)?);
        }
        let (save, copy) = (median(&mut save), median(&mut copy));
        let grown = before
            .map_or(String::new(), |before: f64| format!(", {:.1} × of 1,000", save / before));
        let against = format!("{:.1} × a synced copy{grown}", save / copy);
        row(&format!("host: save, {count} accounts"), &format!("{save:.1} ms"), &against);
        before = Some(save);
    }
    Ok(())
}

/// 10,000 accounts, scrolled by half a screen with every frame: how long the frames take.
fn scroll(home: &Home) -> Result<()> {
    const COUNT: usize = 10_000;
    let uris: Vec<String> = Account::many(COUNT).iter().map(Account::uri).collect();
    home.fill_vault(PASSWORD, &uris)?;
    home.register_chromium(home.host())?;
    let extension = built_extension(tests::browser::Kind::Chromium);
    let mut browser = Chromium::start(home, Some(Desktop::start()?), &[&extension])?;
    browser.pop_out()?;
    browser.unlock(PASSWORD)?;
    let whole = format!("{COUNT} * 40 < document.querySelector('#list ul').scrollHeight");
    browser.wait_popup("the whole list", &whole)?;
    let mut frames = |step: u32| -> Result<Vec<f64>> {
        let frames = browser.popup(&format!(
            "new Promise((done) => {{ const list = document.querySelector('#list'); const all = []; let last; \
               const frame = (now) => {{ if (last !== undefined) all.push(now - last); last = now; \
                 list.scrollTop += {step}; all.length < 100 ? requestAnimationFrame(frame) : done(all); }}; \
               requestAnimationFrame(frame); }})"
        ))?;
        Ok(frames.as_array().context("no frames")?.iter().filter_map(Value::as_f64).collect())
    };
    let (mut still, mut moved) = (frames(0)?, frames(280)?);
    let (still, middle) = (median(&mut still), median(&mut moved));
    let late = moved[moved.len() * 95 / 100];
    let against = format!("{:.2} × at rest, 95 % in {late:.0} ms", middle / still);
    row("popup: a frame while 10,000 accounts scroll", &format!("{middle:.1} ms"), &against);
    Ok(())
}

/// Fields of the page that is slow to look at: a table of a thousand rows.
const FIELDS: usize = 8_000;

/// From the shortcut to the code in the field, beside a single digit that the same hand types into it; on a
/// login page, and on one with thousands of fields.
///
/// The account counts, so that no fill waits for a fresh code; its counter is saved before each.
fn fill(home: &Home) -> Result<()> {
    let uri = "otpauth://hotp/Bench:me?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0";
    home.fill_vault(PASSWORD, &[uri.to_owned()])?;
    home.link(PASSWORD, "me", "localhost")?;
    home.register_chromium(home.host())?;
    let folder = home.path().join("pages");
    fs::create_dir_all(&folder)?;
    let page = "<!doctype html><title>Sign in</title><h1>Two-factor authentication</h1>\
        <label for=c>6-digit code from your app</label><input id=c name=otp autocomplete=one-time-code autofocus>\
        <script>c.addEventListener('input', () => { window.at ??= Date.now(); })</script>";
    let cell = |n: usize| format!("<td><input name=cell-{n} value={n}></td>");
    let row_of = |n: usize| format!("<tr>{}</tr>", (n..n + 8).map(cell).collect::<String>());
    let table: String = (0..FIELDS).step_by(8).map(row_of).collect();
    fs::write(folder.join("login.html"), page)?;
    fs::write(folder.join("table.html"), format!("{page}<table>{table}</table>"))?;
    let pages = Pages::serve(&folder)?;
    let own = home.path().join("extension");
    stage::copy(&built_extension(tests::browser::Kind::Chromium), &own)?;
    let mut browser = Chromium::start(home, Some(Desktop::start()?), &[&own])?;
    browser.open_popup()?;
    browser.unlock(PASSWORD)?;
    browser.close_popup()?;
    // The first gesture of a browser's life may find it not ready. It is spent here.
    let _ = pressed(&mut browser, &pages.url("login.html"), "alt+shift+o");
    let among = format!("the same among {FIELDS} fields");
    for (name, rounds, what) in [
        ("login.html", TIMES / 2, "shortcut to the code in the field"),
        ("table.html", TIMES / 4, among.as_str()),
    ] {
        let (mut ours, mut typed) = (Vec::new(), Vec::new());
        for turn in 0..2 * rounds {
            eprintln!("fill: {name}, {} of {}", turn + 1, 2 * rounds);
            let (keys, times) =
                if turn % 2 == 0 { ("alt+shift+o", &mut ours) } else { ("1", &mut typed) };
            times.push(pressed(&mut browser, &pages.url(name), keys)?);
        }
        let (ours, typed) = (median(&mut ours), median(&mut typed));
        row(what, &format!("{ours:.0} ms"), &format!("{:.2} × one digit typed", ours / typed));
    }

    // By itself, in the page's own world, where nothing else waits for it.
    browser.open(&pages.url("table.html"))?;
    let few = TIMES / 3;
    let look = fs::read_to_string(own.join("page.js"))?.replace("'use strict';", "");
    let describe = format!(
        "(() => {{ const all = []; for (let n = 0; n < {few}; n++) {{ (0, eval)({}); \
           const at = performance.now(); globalThis.countersign.describe(); all.push(performance.now() - at); \
           globalThis.countersign.forget(); }} return all; }})()",
        json!(look)
    );
    let touch = format!(
        "(() => {{ const all = []; for (let n = 0; n < {few}; n++) {{ const at = performance.now(); \
           for (const e of document.querySelectorAll('*')) {{ getComputedStyle(e).opacity; e.getBoundingClientRect(); }} \
           all.push(performance.now() - at); }} return all; }})()"
    );
    let mut times = |script: &str| -> Result<f64> {
        let all = browser.page(script)?;
        let all = all.as_array().context("no times")?;
        Ok(median(&mut all.iter().filter_map(Value::as_f64).collect::<Vec<_>>()))
    };
    let (describe, touch) = (times(&describe)?, times(&touch)?);
    let against = format!("{:.2} × a look at each element", describe / touch);
    row(&format!("{FIELDS} fields described"), &format!("{describe:.0} ms"), &against);
    Ok(())
}

/// Milliseconds from keys to the first input in the page's field. A key that gets lost on its way to the browser is
/// pressed again, on a fresh page.
fn pressed(browser: &mut Chromium, url: &str, keys: &str) -> Result<f64> {
    let mut last = None;
    for _ in 0..3 {
        if browser.popup_is_open() {
            browser.catch_popup()?;
            browser.close_popup()?;
        }
        browser.open(url)?;
        // With the mouse: a browser that has just started has its keys go to the address bar.
        let (x, y) = browser.place("#c")?;
        let desktop = browser.desktop().context("a display of ours")?;
        desktop.focus("chromium")?;
        desktop.click(1, x, y)?;
        browser.wait_page(
            "the cursor in the field",
            "document.activeElement.id === 'c' && document.hasFocus()",
        )?;
        let start = browser.page("Date.now()")?.as_f64().context("no clock")?;
        browser.desktop().context("a display of ours")?.press(keys)?;
        let at = until("the field", Duration::from_secs(8), || {
            Ok(browser.page("window.at ?? null")?.as_f64())
        });
        match at {
            Ok(at) => return Ok(at - start),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("no press at all")?)
}

/// Ids of all accounts.
fn ids(port: &mut Port) -> Result<Vec<String>> {
    let (mut ids, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut ask = json!({"limit": 200});
        if !cursor.is_null() {
            ask["cursor"] = cursor;
        }
        let answer = port.ask("accounts", ask)?;
        let page = &ok(&answer)?["accounts"];
        let items = page["items"].as_array().context("a page without items")?;
        ids.extend(items.iter().filter_map(|item| item["id"].as_str()).map(str::to_owned));
        cursor = page["next"].clone();
        if cursor.is_null() {
            return Ok(ids);
        }
    }
}

fn ok(answer: &Value) -> Result<&Value> {
    if answer["ok"].is_null() {
        bail!("the host refused: {}", answer["err"]);
    }
    Ok(&answer["ok"])
}

/// Memory in KiB, passes and lanes of the first slot: its place is fixed by `format.rs`.
fn cost(vault: &[u8]) -> Result<[u32; 3]> {
    let number = |at: usize| -> Result<u32> {
        let bytes = vault.get(at..at + 4).context("the vault is too short")?;
        Ok(u32::from_le_bytes(bytes.try_into()?))
    };
    Ok([number(97 + 21)?, number(97 + 25)?, number(97 + 29)?])
}

/// Milliseconds of one derivation by the crate that the host uses.
fn argon2id([memory, passes, lanes]: [u32; 3]) -> Result<f64> {
    use argon2::{Algorithm, Argon2, Params, Version};
    let params =
        Params::new(memory, passes, lanes, Some(32)).map_err(|e| anyhow::anyhow!("{e}"))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut out = [0; 32];
    let start = Instant::now();
    argon
        .hash_password_into(&[b'p'; 20], &[b's'; 32], &mut out)
        .map_err(|e| anyhow::anyhow!("{e}"))?;
    Ok(ms(start))
}

/// Milliseconds of one derivation by the reference implementation in C, without starting Python.
fn reference([memory, passes, lanes]: [u32; 3]) -> Result<f64> {
    let script = format!(
        "from argon2.low_level import hash_secret_raw as h, Type\nimport time\n\
         f = lambda: h(b'p' * 20, b's' * 32, time_cost={passes}, memory_cost={memory}, parallelism={lanes}, hash_len=32, type=Type.ID)\n\
         t = time.perf_counter(); f(); print((time.perf_counter() - t) * 1000)"
    );
    let output = std::process::Command::new("python3").args(["-c", &script]).output()?;
    let text = String::from_utf8(output.stdout)?;
    text.trim().parse().context("python3 needs argon2-cffi for the reference")
}

/// Milliseconds to write and sync the same bytes, which no save can be without.
fn plain_write(path: &std::path::Path, bytes: &[u8]) -> Result<f64> {
    let start = Instant::now();
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(ms(start))
}

/// Milliseconds of CPU that a process has used (Linux).
fn cpu_ms(pid: u32) -> Result<f64> {
    let mut all = 0.0;
    for task in fs::read_dir(format!("/proc/{pid}/task")).context("no /proc: Linux only")? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        all += text.split(' ').next().context("no schedstat")?.parse::<f64>()? / 1e6;
    }
    Ok(all)
}

/// KiB of memory that a process holds (Linux).
fn resident(pid: u32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
