//! `run`: the main job for real. A browser with the extension, the host behind it, a login page that
//! asks for a code.
//!
//! With a display it all stays open for the person to try. Without one it is played to the end, and
//! the last line of the output is one JSON object that says what happened.
//!
//! Never here: how a browser is driven (the crate `tests`).

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tests::account::Account;
use tests::browser::{Browser, Kind, Row};
use tests::desktop::Desktop;
use tests::home::Home;
use tests::login_page::LoginPage;
use tests::stage::{self, PASSWORD};
use tests::wait::LONG;

use crate::dist;
use crate::tools;
use crate::workspace::Workspace;

/// What was asked for on the command line.
struct Wish {
    headless: bool,
    kind: Kind,
    import: Option<PathBuf>,
}

pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    let wish = parse(args)?;
    let uris = match &wish.import {
        Some(file) => read_uris(file)?,
        None => demo().iter().map(Account::uri).collect(),
    };
    // The first one that a login page can ask for.
    let account = uris
        .iter()
        .find_map(|uri| Account::parse(uri).ok())
        .context("the file holds no TOTP account, and the login page asks for one")?;

    browser(wish.kind, wish.headless)?;
    // As for a test: ciphers are optimised there too, and it is built in a third of the time.
    workspace.run(&mut workspace.cargo(&["build", "--package", "host"]))?;
    dist::build(workspace, &workspace.version)?;

    let home = Home::new(&workspace.target.join("debug").join(program()))?;
    home.fill_vault(PASSWORD, &uris)?;
    match wish.kind {
        Kind::Chromium => home.register_chromium(home.host())?,
        Kind::Firefox => home.register_firefox(home.host())?,
    }
    let page = LoginPage::open(account.clone())?;
    let desktop = if wish.headless { Some(Desktop::start()?) } else { None };
    let mut browser = stage::start(wish.kind, &home, desktop, &stage::built_extension(wish.kind))?;
    if wish.headless {
        let shots = workspace.target.join("screenshots");
        let told = play(browser.as_mut(), &page, &account, &uris, &shots)?;
        drop(browser);
        println!("{told}");
        return Ok(());
    }
    browser.open(&page.single())?;
    println!(
        "\nA browser is open with a login page that asks for a code of {0}.\n\
         Click Countersign's button in the toolbar (Alt+Shift+L; Chromium hides it behind the puzzle piece).\n\
         The master password is\n\n    {PASSWORD}\n\n\
         Then open the menu (three dots) of {0} and choose \"Link to localhost and fill\".\n\
         Everything that happens here is thrown away when the browser is closed.",
        name(&account)
    );
    while browser.is_running() {
        sleep(Duration::from_secs(1));
    }
    Ok(())
}

fn parse(args: &[String]) -> Result<Wish> {
    let seen = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let display = !cfg!(target_os = "linux") || seen("DISPLAY") || seen("WAYLAND_DISPLAY");
    let mut wish = Wish { headless: !display, kind: Kind::Chromium, import: None };
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match (arg, if arg == "--headless" { Some("") } else { args.next() }) {
            ("--headless", _) => wish.headless = true,
            ("--browser", Some("chromium")) => wish.kind = Kind::Chromium,
            ("--browser", Some("firefox")) => wish.kind = Kind::Firefox,
            ("--import", Some(file)) => wish.import = Some(file.into()),
            _ => bail!(
                "usage: cargo xtask run [--headless] [--browser chromium|firefox] [--import FILE]"
            ),
        }
    }
    Ok(wish)
}

/// Installs what a browser needs that is driven from here.
pub(crate) fn browser(kind: Kind, headless: bool) -> Result<()> {
    let browser = match kind {
        Kind::Chromium => &tools::CHROMIUM,
        Kind::Firefox => &tools::FIREFOX,
    };
    let mut programs = vec![browser];
    if headless {
        programs.extend(&tools::DESKTOP);
    }
    tools::programs(&programs)?;
    if kind == Kind::Firefox {
        tools::crate_program("geckodriver")?;
    }
    Ok(())
}

/// Unlock, look, fill, be let in; then everything that was seen.
fn play(
    browser: &mut dyn Browser,
    page: &LoginPage,
    account: &Account,
    uris: &[String],
    shots: &Path,
) -> Result<Value> {
    fs::create_dir_all(shots)?;
    let kind = match browser.kind() {
        Kind::Chromium => "chromium",
        Kind::Firefox => "firefox",
    };
    let mut taken = Vec::new();
    let mut shoot = |browser: &dyn Browser, what: &str| -> Result<()> {
        let path = shots.join(format!("{kind}-{what}.png"));
        browser.desktop().context("no display of ours")?.picture(&path)?;
        println!("{what}: {}", path.display());
        taken.push(path);
        Ok(())
    };

    browser.open(&page.single())?;
    browser.open_popup()?;
    browser.wait_screen("unlock", LONG)?;
    shoot(browser, "unlock")?;
    browser.unlock(PASSWORD)?;
    let rows = browser.rows()?;
    shoot(browser, "unlocked")?;
    if rows.len() != uris.len() {
        bail!("the vault was given {} accounts, the popup shows {}", uris.len(), rows.len());
    }
    let wanted = rows
        .iter()
        .find(|row| is_of(row, account))
        .with_context(|| format!("the popup shows no account {}", name(account)))?;
    browser.fill(&wanted.id)?;
    browser.wait_page("a code in the page", "document.querySelector('#code')?.value.length > 0")?;
    shoot(browser, "filled")?;
    let code = browser.page("document.querySelector('#code').value")?;
    browser.page("(document.querySelector('#go').click(), true)")?;
    browser.wait_page("the page's verdict", "!!document.querySelector('#verdict')")?;
    let verdict = browser.page("document.querySelector('#verdict').textContent")?;
    shoot(browser, "verdict")?;
    if verdict != "accepted" {
        bail!("the page does not accept the code {code}");
    }

    // Last of all, so that whoever checks them has the freshest.
    browser.open_popup()?;
    browser.wait_screen("list", LONG)?;
    let codes: Vec<Value> = browser
        .rows()?
        .iter()
        .filter(|row| !row.code.is_empty())
        .map(
            |row| json!({"issuer": row.issuer, "label": row.label, "code": row.code, "at": row.at}),
        )
        .collect();
    Ok(json!({
        "browser": kind,
        "codes": codes,
        "filled": {"url": page.single(), "code": code, "accepted": true},
        "screenshots": taken,
    }))
}

fn is_of(row: &Row, account: &Account) -> bool {
    // An account without an issuer shows its label in the first line.
    let first = if account.issuer.is_empty() { &account.label } else { &account.issuer };
    let second = if account.issuer.is_empty() { "" } else { &account.label };
    row.issuer == *first && row.label == second
}

fn name(account: &Account) -> String {
    match account.issuer.as_str() {
        "" => account.label.clone(),
        issuer => format!("{issuer} ({})", account.label),
    }
}

fn read_uris(file: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(file).with_context(|| format!("no {}", file.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with("otpauth://"));
    Ok(lines.map(str::to_owned).collect())
}

/// Accounts that nobody has.
fn demo() -> Vec<Account> {
    [
        ("Harbour Light", "keeper@example.com"),
        ("Example Bank", "4711-0815"),
        ("Git Forge", "lighthouse"),
        ("Mail", "keeper@example.org"),
        ("Night Library", "reader 12"),
        ("Seaweed Cloud", "root@seaweed.example"),
        ("Tide Tables", "öre@example.net"),
    ]
    .iter()
    .zip(1_u8..)
    .map(|((issuer, label), number)| Account::plain(issuer, label, &[number.wrapping_mul(37); 20]))
    .collect()
}

/// Name of the host's program.
pub(crate) fn program() -> &'static str {
    if cfg!(windows) { "countersign.exe" } else { "countersign" }
}
