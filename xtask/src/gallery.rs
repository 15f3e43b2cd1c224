//! `gallery [--as-built] [--browser firefox] [LANGUAGE…]`: a picture of every screen, out of the real extension with a
//! real host in a real Chromium, or of every screen of the popup in Firefox, and a page that shows them side by side.
//! To be looked at by people.
//!
//! language × number of accounts → one browser; in it: 360 pixels (the toolbar's popup) and 800 (a tab),
//! each screen in light and dark. `--accounts`, `--width`, `--theme` and `--screen` leave the others out.
//!
//! Never here: a judgement.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tests::account::Account;
use tests::browser::{Browser, Kind};
use tests::chromium::Chromium;
use tests::desktop::Desktop;
use tests::firefox::Firefox;
use tests::home::Home;
use tests::login_page::LoginPage;
use tests::stage::{PASSWORD, built_extension, copy};
use tests::tour;

use crate::dist;
use crate::run;
use crate::tools;
use crate::workspace::Workspace;

/// What is shown without a wish: a language of the Latin script, one with long words, one from right to
/// left, one without blanks, and one that nobody speaks, in which every text is 60 % longer.
const LANGUAGES: [&str; 5] = ["en", "de", "ar", "ja", PSEUDO];
/// The language that nobody speaks.
const PSEUDO: &str = "long";
/// The wishes for less than everything.
const SCREEN: &str = "--screen";
const FLAGS: [&str; 4] = ["--accounts", "--width", "--theme", SCREEN];
/// How many accounts.
const COUNTS: [usize; 3] = [0, 3, 300];
/// Chromium does not make a popup higher.
const NARROW: (u32, u32) = (360, 600);
/// A tab, or a window that was popped out.
const WIDE: (u32, u32) = (800, 720);

/// What the pictures are to be of: flag and value. What has no wish is not narrowed down.
#[derive(Default)]
struct Wishes<'a>(Vec<(&'a str, &'a str)>);

impl Wishes<'_> {
    /// Whether this is among what was wished for. Of a screen the beginning is enough: `desk`.
    fn take(&self, flag: &str, value: &str) -> bool {
        let mut wishes = self.0.iter().filter(|(of, _)| *of == flag).peekable();
        wishes.peek().is_none()
            || wishes.any(|(_, wish)| value == *wish || flag == SCREEN && value.starts_with(wish))
    }
}

/// One picture: what is on it, and where it lies.
struct Shot {
    language: String,
    accounts: usize,
    width: u32,
    theme: &'static str,
    screen: String,
    file: String,
}

/// Where the pictures of one browser go, and what they are of.
struct Camera<'a> {
    folder: &'a Path,
    wishes: &'a Wishes<'a>,
    language: &'a str,
    accounts: usize,
    size: (u32, u32),
    shots: Vec<Shot>,
}

pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    let (mut as_built, mut kind, mut wanted) = (false, Kind::Chromium, Vec::new());
    let mut wishes = Wishes::default();
    let locales = workspace.root.join("extension/static/_locales");
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "--as-built" => as_built = true,
            "--browser" => {
                kind = match args.next() {
                    Some("chromium") => Kind::Chromium,
                    Some("firefox") => Kind::Firefox,
                    _ => bail!("--browser chromium|firefox"),
                }
            }
            flag if FLAGS.contains(&flag) => {
                wishes.0.push((flag, args.next().with_context(|| format!("{flag} of what?"))?));
            }
            language if language == PSEUDO || locales.join(language).is_dir() => {
                wanted.push(language);
            }
            other => bail!("there is no language `{other}`"),
        }
    }
    run::browser(kind, true)?;
    tools::letters()?;
    workspace.run(&mut workspace.cargo(&["build", "--package", "host"]))?;
    // A picture of what was changed in the style sheet alone needs no linker.
    if !as_built {
        dist::build(workspace, &workspace.version)?;
    }
    let folder = workspace.target.join("gallery");
    fs::create_dir_all(&folder)?;
    let host =
        workspace.target.join("debug").join(format!("countersign{}", std::env::consts::EXE_SUFFIX));
    let languages: Vec<&str> = if wanted.is_empty() { LANGUAGES.to_vec() } else { wanted };
    let mut shots = Vec::new();
    for language in languages {
        let camera = |accounts| Camera {
            folder: &folder,
            wishes: &wishes,
            language,
            accounts,
            size: NARROW,
            shots: Vec::new(),
        };
        let counts = COUNTS.iter().filter(|count| wishes.take("--accounts", &count.to_string()));
        for count in counts {
            shots.extend(match kind {
                Kind::Chromium => with_accounts(&host, camera(*count))?,
                Kind::Firefox => in_firefox(&host, camera(*count))?,
            });
        }
        if kind == Kind::Chromium && wishes.take("--accounts", "0") {
            shots.extend(in_trouble(&host, camera(0))?);
        }
    }
    if shots.is_empty() {
        bail!("no picture is of that");
    }
    let index = folder.join("index.html");
    fs::write(&index, page(&shots))?;
    println!("{} pictures: {}", shots.len(), index.display());
    Ok(())
}

/// A copy of the extension that speaks the language.
fn extension(home: &Home, kind: Kind, language: &str) -> Result<PathBuf> {
    let extension = home.path().join("extension");
    copy(&built_extension(kind), &extension)?;
    if language == PSEUDO {
        let path = extension.join("_locales/en/messages.json");
        fs::write(&path, stretched(&fs::read_to_string(&path)?)?)?;
    }
    Ok(extension)
}

/// A browser with the extension.
fn browser(home: &Home, language: &str) -> Result<Chromium> {
    let extension = extension(home, Kind::Chromium, language)?;
    Chromium::start(home, Some(Desktop::start()?), &[&extension])
}

/// A vault with so many accounts, the first of which is of the page's site.
fn home(host: &Path, count: usize) -> Result<Home> {
    let accounts = accounts(count);
    let home = Home::with_vault(host, PASSWORD, &accounts)?;
    if let Some(first) = accounts.first() {
        home.link(PASSWORD, &first.label, "localhost")?;
    }
    Ok(home)
}

/// Every screen of the popup in Firefox, which makes it as large as it likes.
fn in_firefox(host: &Path, camera: Camera<'_>) -> Result<Vec<Shot>> {
    let (language, count) = (camera.language, camera.accounts);
    let home = home(host, count)?;
    home.register_firefox(home.host())?;
    let login = LoginPage::open(Account::plain("Harbour Light", "keeper", &[7; 20]))?;
    let extension = extension(&home, Kind::Firefox, language)?;
    let mut firefox = Firefox::start(&home, Some(Desktop::start()?), &[&extension])?;
    firefox.open(&login.single())?;
    firefox.open_popup()?;
    if language != PSEUDO {
        tour::speak(&mut firefox, language)?;
    }
    let language = format!("firefox-{language}");
    let mut camera = Camera { language: &language, ..camera };
    tour::opened(&mut firefox, count != 0, &mut |firefox, screen| {
        for theme in camera.themes(screen) {
            let picture = firefox.photograph(theme == "dark")?;
            camera.keep(screen, theme, &picture)?;
        }
        Ok(())
    })?;
    Ok(camera.shots)
}

/// Every screen of a vault that opens.
fn with_accounts(host: &Path, mut camera: Camera<'_>) -> Result<Vec<Shot>> {
    let (language, count) = (camera.language, camera.accounts);
    let home = home(host, count)?;
    home.register_chromium(home.host())?;
    let login = LoginPage::open(Account::plain("Harbour Light", "keeper", &[7; 20]))?;
    let mut chromium = browser(&home, language)?;
    chromium.open(&login.single())?;
    for size in camera.sizes() {
        camera.size = size;
        camera.open(&mut chromium)?;
        tour::opened(&mut chromium, count != 0, &mut |chromium, screen| {
            let late = !camera.themes("list-last-seconds").is_empty();
            if late && (count, size, screen) == (3, NARROW, "list") {
                tour::last_seconds();
                camera.shoot(chromium, "list-last-seconds")?;
            }
            camera.shoot(chromium, screen)
        })?;
    }
    if camera.sizes().contains(&WIDE) {
        chromium.close_popup()?;
        camera.size = NARROW;
        camera.open(&mut chromium)?;
        tour::unlocked_by_master(&mut chromium)?;
        camera.size = WIDE;
        tour::desk(&mut chromium, &home, &mut |chromium, screen| {
            camera.shoot_page(chromium, screen)
        })?;
    }
    Ok(camera.shots)
}

/// What is shown when there is no vault yet, or something is wrong.
fn in_trouble(host: &Path, mut camera: Camera<'_>) -> Result<Vec<Shot>> {
    let home = Home::new(host)?;
    let mut chromium = browser(&home, camera.language)?;
    for size in camera.sizes() {
        camera.size = size;
        // It is there after the first round.
        let _ = fs::remove_dir_all(home.profile().join("NativeMessagingHosts"));
        #[cfg(unix)]
        home.kill_hosts();
        camera.open(&mut chromium)?;
        tour::troubled(&mut chromium, &home, &mut |chromium, screen| {
            camera.shoot(chromium, screen)
        })?;
    }
    Ok(camera.shots)
}

impl Camera<'_> {
    /// The sizes that are wanted.
    fn sizes(&self) -> Vec<(u32, u32)> {
        let mut sizes = vec![NARROW, WIDE];
        sizes.retain(|(width, _)| self.wishes.take("--width", &width.to_string()));
        sizes
    }

    /// The themes in which this screen is wanted.
    fn themes(&self, screen: &str) -> Vec<&'static str> {
        let mut themes = vec!["light", "dark"];
        themes
            .retain(|theme| self.wishes.take(SCREEN, screen) && self.wishes.take("--theme", theme));
        themes
    }

    /// Opens the popup in this size and language.
    fn open(&self, chromium: &mut Chromium) -> Result<()> {
        if self.size == NARROW {
            chromium.open_popup()?;
        } else {
            chromium.pop_out()?;
        }
        chromium.emulate(&[], self.tab())?;
        if self.language == PSEUDO { Ok(()) } else { tour::speak(chromium, self.language) }
    }

    fn shoot(&mut self, chromium: &mut Chromium, screen: &str) -> Result<()> {
        for theme in self.themes(screen) {
            let media = [("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")];
            chromium.emulate(&media, self.tab())?;
            // Two frames, so that styles are applied and what came into view has its code.
            chromium.popup(
                "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))",
            )?;
            let picture = chromium.photograph()?;
            self.keep(screen, theme, &picture)?;
        }
        Ok(())
    }

    /// The page in the tab, as large as the window has it.
    fn shoot_page(&mut self, chromium: &mut Chromium, screen: &str) -> Result<()> {
        for theme in self.themes(screen) {
            let media = [("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")];
            chromium.emulate_page(&media)?;
            let picture = chromium.photograph_page()?;
            self.keep(screen, theme, &picture)?;
        }
        Ok(())
    }

    fn keep(&mut self, screen: &str, theme: &'static str, picture: &[u8]) -> Result<()> {
        let (language, accounts, width) = (self.language.to_owned(), self.accounts, self.size.0);
        let file = format!("{language}-{accounts}-{width}-{screen}-{theme}.png");
        fs::write(self.folder.join(&file), picture)?;
        self.shots.push(Shot { language, accounts, width, theme, screen: screen.into(), file });
        Ok(())
    }

    /// The size of a tab; the toolbar's popup has its own.
    fn tab(&self) -> Option<(u32, u32)> {
        (self.size == WIDE).then_some(WIDE)
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
