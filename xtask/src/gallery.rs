//! `gallery [--as-built] [LANGUAGE…]`: a picture of every screen, out of the real extension with a real host in a real
//! Chromium, and a page that shows them side by side. To be looked at by people.
//!
//! language × number of accounts → one browser; in it: 360 pixels (the toolbar's popup) and 800 (a tab),
//! each screen in light and dark.
//!
//! Never here: a judgement.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tests::account::Account;
use tests::browser::{Browser, Kind};
use tests::chromium::Chromium;
use tests::desktop::Desktop;
use tests::home::Home;
use tests::login_page::LoginPage;
use tests::stage::{PASSWORD, built_extension, copy};
use tests::totp;
use tests::wait::LONG;

use crate::dist;
use crate::tools;
use crate::workspace::Workspace;

/// What is shown without a wish: a language of the Latin script, one with long words, one from right to
/// left, one without blanks, and one that nobody speaks, in which every text is 60 % longer.
const LANGUAGES: [&str; 5] = ["en", "de", "ar", "ja", PSEUDO];
/// The language that nobody speaks.
const PSEUDO: &str = "long";
/// How many accounts.
const COUNTS: [usize; 3] = [0, 3, 300];
/// Chromium does not make a popup higher.
const NARROW: (u32, u32) = (360, 600);
/// A tab, or a window that was popped out.
const WIDE: (u32, u32) = (800, 720);

/// One picture: what is on it, and where it lies.
struct Shot {
    language: String,
    accounts: usize,
    width: u32,
    theme: &'static str,
    screen: String,
    file: String,
}

/// The browser that is photographed, and where the pictures go.
struct Studio<'a> {
    chromium: Chromium,
    folder: &'a Path,
    language: String,
    accounts: usize,
    size: (u32, u32),
    shots: Vec<Shot>,
}

pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    let (options, wanted): (Vec<&str>, Vec<&str>) =
        args.iter().map(String::as_str).partition(|arg| arg.starts_with("--"));

    let mut programs = vec![&tools::CHROMIUM];
    programs.extend(&tools::DESKTOP);
    tools::programs(&programs)?;
    workspace.run(&mut workspace.cargo(&["build", "--package", "host"]))?;
    // A picture of what was changed in the style sheet alone needs no linker.
    if options != ["--as-built"] {
        dist::build(workspace, &workspace.version)?;
    }
    let folder = workspace.target.join("gallery");
    fs::create_dir_all(&folder)?;
    let host =
        workspace.target.join("debug").join(format!("countersign{}", std::env::consts::EXE_SUFFIX));
    let languages: Vec<&str> = if wanted.is_empty() { LANGUAGES.to_vec() } else { wanted };
    let mut shots = Vec::new();
    for language in languages {
        for count in COUNTS {
            shots.extend(with_accounts(&host, &folder, language, count)?);
        }
        shots.extend(in_trouble(&host, &folder, language)?);
    }
    let index = folder.join("index.html");
    fs::write(&index, page(&shots))?;
    println!("{} pictures: {}", shots.len(), index.display());
    Ok(())
}

/// A browser with the extension, in a language.
fn studio<'a>(
    home: &Home,
    folder: &'a Path,
    language: &str,
    accounts: usize,
) -> Result<Studio<'a>> {
    let extension = home.path().join("extension");
    copy(&built_extension(Kind::Chromium), &extension)?;
    if language == PSEUDO {
        let path = extension.join("_locales/en/messages.json");
        fs::write(&path, stretched(&fs::read_to_string(&path)?)?)?;
    }
    Ok(Studio {
        chromium: Chromium::start(home, Some(Desktop::start()?), &extension)?,
        folder,
        language: language.to_owned(),
        accounts,
        size: NARROW,
        shots: Vec::new(),
    })
}

/// Every screen of a vault that opens.
fn with_accounts(host: &Path, folder: &Path, language: &str, count: usize) -> Result<Vec<Shot>> {
    let accounts = accounts(count);
    let home = Home::with_vault(host, PASSWORD, &accounts)?;
    if let Some(first) = accounts.first() {
        home.link(PASSWORD, &first.label, "localhost")?;
    }
    home.register_chromium(home.host())?;
    let login = LoginPage::open(Account::plain("Harbour Light", "keeper", &[7; 20]))?;
    let mut studio = studio(&home, folder, language, count)?;
    studio.chromium.open(&login.single())?;
    studio.chromium.open_popup()?;
    studio.speak()?;
    studio.unlock()?;
    studio.walk()?;
    studio.lock()?;
    studio.size = WIDE;
    studio.chromium.pop_out()?;
    studio.unlock()?;
    studio.walk()?;
    Ok(studio.shots)
}

/// What is shown when there is no vault yet, or something is wrong.
fn in_trouble(host: &Path, folder: &Path, language: &str) -> Result<Vec<Shot>> {
    let home = Home::new(host)?;
    let mut studio = studio(&home, folder, language, 0)?;
    for size in [NARROW, WIDE] {
        studio.size = size;
        studio.trouble(&home)?;
    }
    Ok(studio.shots)
}

impl Studio<'_> {
    fn shoot(&mut self, screen: &str) -> Result<()> {
        for theme in ["light", "dark"] {
            self.chromium.emulate(
                &[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")],
                self.tab(),
            )?;
            // Two frames, so that styles are applied and what came into view has its code.
            self.chromium.popup("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")?;
            let picture = self.chromium.photograph()?;
            let (language, accounts, width) = (self.language.clone(), self.accounts, self.size.0);
            let file = format!("{language}-{accounts}-{width}-{screen}-{theme}.png");
            fs::write(self.folder.join(&file), picture)?;
            self.shots.push(Shot { language, accounts, width, theme, screen: screen.into(), file });
        }
        Ok(())
    }

    /// The size of a tab; the toolbar's popup has its own.
    fn tab(&self) -> Option<(u32, u32)> {
        (self.size == WIDE).then_some(WIDE)
    }

    /// Chooses the language, as the settings do; this browser has only one of its own.
    fn speak(&mut self) -> Result<()> {
        self.chromium.emulate(&[], self.tab())?;
        if self.language != PSEUDO {
            let language = json!(self.language);
            self.chromium.popup(&format!(
                "(localStorage.setItem('language', {language}), document.documentElement.lang = '', location.reload())"
            ))?;
            self.chromium.wait_popup("the language", "document.documentElement.lang !== ''")?;
        }
        Ok(())
    }

    fn there(&mut self, selector: &str) -> Result<bool> {
        let script = format!("!!document.querySelector({})", json!(selector));
        Ok(self.chromium.popup(&script)? == json!(true))
    }

    fn back(&mut self) -> Result<()> {
        self.chromium.click("[data-do=back]")?;
        self.chromium.wait_screen("list", LONG)
    }

    fn unlock(&mut self) -> Result<()> {
        self.chromium.emulate(&[], self.tab())?;
        self.chromium.wait_screen("unlock", LONG)?;
        self.shoot("unlock")?;
        self.chromium.unlock(PASSWORD)?;
        if self.accounts != 0 {
            self.chromium.rows().map(drop)?;
        }
        Ok(())
    }

    fn lock(&mut self) -> Result<()> {
        self.chromium.click("[data-do=lock]")?;
        self.chromium.wait_screen("unlock", LONG)?;
        self.shoot("locked")
    }

    /// Through every screen of an open vault.
    fn walk(&mut self) -> Result<()> {
        self.shoot("list")?;
        if self.accounts != 0 {
            if self.accounts == 3 && self.size == NARROW {
                // The end of a period has a look of its own.
                while totp::now() % 30 < 26 {
                    sleep(Duration::from_millis(200));
                }
                self.shoot("list-last-seconds")?;
            }
            self.chromium.click("[data-account] [data-do=menu]")?;
            self.shoot("menu")?;
            self.chromium.click("#menu [data-do=edit]")?;
            self.chromium.wait_screen("edit", LONG)?;
            self.chromium
                .popup("document.querySelectorAll('details').forEach(d => d.open = true)")?;
            self.shoot("edit")?;
            self.bottom("edit-bottom")?;
            self.back()?;
            self.chromium.enter("#search", "gi")?;
            self.shoot("search")?;
            self.chromium.enter("#search", "nowhere")?;
            self.shoot("search-nothing")?;
            self.chromium.enter("#search", "")?;
            self.chromium.click("[data-account] [data-do=copy]")?;
            self.chromium
                .wait_popup("the toast", "document.querySelector('#toast').textContent !== ''")?;
            sleep(Duration::from_millis(250));
            self.shoot("copied")?;
            self.chromium
                .wait_popup("the toast to go", "!document.querySelector('#toast.shown')")?;
        }
        self.chromium.click("[data-do=add]")?;
        self.chromium.wait_screen("add", LONG)?;
        self.shoot("add")?;
        self.chromium.enter("#secret", "not base 32!")?;
        self.chromium.enter("#issuer", "Harbour Light")?;
        self.chromium.click("[data-do=submit]")?;
        self.chromium
            .wait_popup("a complaint", "!!document.querySelector('[aria-invalid=true]')")?;
        self.shoot("add-wrong")?;
        self.back()?;
        self.chromium.click("[data-do=settings]")?;
        self.chromium.wait_screen("settings", LONG)?;
        self.chromium.wait_popup("the settings", "!!document.querySelector('#idle')")?;
        self.shoot("settings")?;
        self.bottom("settings-bottom")?;
        for screen in ["help", "trash"] {
            self.chromium.click(&format!("[data-do={screen}]"))?;
            self.chromium.wait_screen(screen, LONG)?;
            self.shoot(screen)?;
            self.back()?;
            self.chromium.click("[data-do=settings]")?;
            self.chromium.wait_screen("settings", LONG)?;
        }
        self.back()
    }

    /// The end of what is scrolled.
    fn bottom(&mut self, screen: &str) -> Result<()> {
        self.chromium.popup("document.querySelector('.body').scrollTo(0, 9e9)")?;
        self.shoot(screen)
    }

    fn problem(&mut self, name: &str, screen: &str) -> Result<()> {
        if self.there("[data-do=check]")? {
            self.chromium.click("[data-do=check]")?;
        }
        self.chromium.wait_screen(screen, LONG)?;
        self.shoot(name)
    }

    /// Each thing that can be wrong, made so for real, one after the other.
    fn trouble(&mut self, home: &Home) -> Result<()> {
        let manifests = home.profile().join("NativeMessagingHosts");
        let _ = fs::remove_dir_all(&manifests);
        // The one that still runs does not need a manifest.
        #[cfg(unix)]
        home.kill_hosts();
        if self.size == NARROW {
            self.chromium.open_popup()?;
        } else {
            self.chromium.pop_out()?;
        }
        self.speak()?;
        self.problem("host-missing", "problem:host_missing")?;
        home.register_chromium(home.host())?;
        let vault = home.vault();
        fs::create_dir_all(&vault)?;
        self.problem("unreadable", "problem:unreadable")?;
        fs::remove_dir(&vault)?;
        home.fill_vault(PASSWORD, &[accounts(1)[0].uri()])?;
        let mut bytes = fs::read(&vault)?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&vault, bytes)?;
        self.problem("damaged", "problem:damaged")?;
        for item in fs::read_dir(vault.parent().context("a vault without a folder")?)? {
            fs::remove_file(item?.path())?;
        }
        self.problem("create", "create")?;
        self.chromium.enter("#password", "a very small lighthouse keeper")?;
        self.chromium
            .wait_popup("the meter", "!!document.querySelector('.meter')?.dataset.score")?;
        self.chromium.enter("#password-again", "another")?;
        self.chromium.click("[data-do=submit]")?;
        self.shoot("create-wrong")?;
        Ok(())
    }
}

/// Names that people know, so that pictures and monograms are seen; some are long, in other scripts, or
/// have only a label.
fn accounts(count: usize) -> Vec<Account> {
    const NAMES: [&str; 40] = [
        "GitHub",
        "Google",
        "Deutsche Kreditbank Aktiengesellschaft, Geschäftskunden",
        "Amazon",
        "Microsoft",
        "Discord",
        "Dropbox",
        "Reddit",
        "Fastmail",
        "Proton",
        "東京電力ホールディングス",
        "Cloudflare",
        "Twitch",
        "Slack",
        "Instagram",
        "Facebook",
        "PayPal",
        "Coinbase",
        "Kraken",
        "Binance",
        "بنك الإمارات",
        "Steam",
        "Epic Games",
        "Nintendo",
        "Hetzner",
        "DigitalOcean",
        "npm",
        "PyPI",
        "crates.io",
        "GitLab",
        "Bitbucket",
        "Harbour Light",
        "Example Bank",
        "Night Library",
        "Tide Tables",
        "Wikipedia",
        "Mailchimp",
        "Zoom",
        "LinkedIn",
        "Ubuntu One",
    ];
    (0..count)
        .map(|number| {
            let seed = [u8::try_from(number % 251).expect("below 251").wrapping_mul(37); 20];
            let name = NAMES[number % NAMES.len()];
            let label = match number {
                0 => "keeper@example.com".into(),
                1 => "a.rather.long.name.that.goes.on.and.on@subdomain.of.a.company.example".into(),
                2 => "4711-0815".into(),
                n => format!("person{n}@example.com"),
            };
            let issuer = if number == 17 { "" } else { name };
            let mut account = Account::plain(issuer, &label, &seed);
            if number % 11 == 5 {
                account.digits = 8;
            }
            account
        })
        .collect()
}

/// Texts 60 % longer, with marks at both ends that show when one is cut off.
fn stretched(messages: &str) -> Result<String> {
    let mut messages: BTreeMap<String, Value> = serde_json::from_str(messages)?;
    for (key, text) in &mut messages {
        let was = text["message"].as_str().context("a text without a message")?;
        // Those that the browser reads know a limit.
        if ["description", "language_tag", "name"].contains(&key.as_str()) {
            continue;
        }
        let more = "ēxţŕå ".chars().cycle().take(was.chars().count() * 6 / 10);
        text["message"] = format!("[{was} {}]", more.collect::<String>().trim()).into();
    }
    Ok(serde_json::to_string(&messages)?)
}

/// One page: a line for each screen, a column for each way to look at it.
fn page(shots: &[Shot]) -> String {
    let mut html = String::from(
        "<!doctype html><meta charset=utf-8><title>Countersign: every screen</title><style>\
         body{font:14px system-ui;background:#ddd;margin:16px}figure{display:inline-block;margin:4px;vertical-align:top}\
         figcaption{font-size:12px;padding:2px}img{width:240px;border:1px solid #999;display:block}\
         .w800 img{width:420px}</style>",
    );
    let mut last = String::new();
    let mut sorted: Vec<&Shot> = shots.iter().collect();
    sorted.sort_by_key(|s| (s.screen.clone(), s.width, s.accounts, s.language.clone(), s.theme));
    for shot in sorted {
        if shot.screen != last {
            html += &format!("<h2>{}</h2>", shot.screen);
            last.clone_from(&shot.screen);
        }
        let Shot { language, accounts, width, theme, file, .. } = shot;
        html += &format!(
            "<figure class=w{width}><a href={file}><img loading=lazy src={file}></a>\
             <figcaption>{language}, {accounts} accounts, {theme}</figcaption></figure>"
        );
    }
    html
}
