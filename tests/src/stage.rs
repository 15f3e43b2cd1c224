//! Everything that a scenario in a browser needs, set up and taken down: display, home with vault,
//! browser with extension.
//!
//! Never here: what is played on it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::account::Account;
use crate::browser::{Browser, Kind};
use crate::chromium::Chromium;
use crate::desktop::Desktop;
use crate::firefox::Firefox;
use crate::home::Home;

/// The master password of every vault on a stage.
pub const PASSWORD: &str = "a very small lighthouse keeper";

/// A browser and the home that it runs in. The browser goes first.
pub struct Stage {
    /// The browser.
    pub browser: Box<dyn Browser>,
    /// The home.
    pub home: Home,
}

impl Stage {
    /// A browser whose host opens a vault with these accounts.
    pub fn new(kind: Kind, accounts: &[Account]) -> Result<Self> {
        let host = Home::built_host()?;
        let home = Home::with_vault(&host, PASSWORD, accounts)?;
        Self::in_home(kind, home)
    }

    /// A browser in a home that has been furnished already; the host is registered.
    pub fn in_home(kind: Kind, home: Home) -> Result<Self> {
        register(kind, &home, home.host())?;
        Self::unregistered(kind, home)
    }

    /// The same with a shell command that starts the host; the browser's arguments follow it.
    #[cfg(unix)]
    pub fn by(kind: Kind, home: Home, command: &str) -> Result<Self> {
        let script = home.script("by", &format!("{command} '{}' \"$@\"", home.host().display()))?;
        register(kind, &home, &script)?;
        Self::unregistered(kind, home)
    }

    /// The same where nobody has told the browser about the host.
    pub fn unregistered(kind: Kind, home: Home) -> Result<Self> {
        let browser = start(kind, &home, Some(Desktop::start()?), &built_extension(kind))?;
        Ok(Self { browser, home })
    }

    /// A browser that has another extension beside ours.
    pub fn beside(kind: Kind, accounts: &[Account], stranger: &Path) -> Result<Self> {
        let home = Home::with_vault(&Home::built_host()?, PASSWORD, accounts)?;
        register(kind, &home, home.host())?;
        let own = home.path().join("extension");
        copy(&built_extension(kind), &own)?;
        let browser = launch(kind, &home, Some(Desktop::start()?), &[&own, stranger])?;
        Ok(Self { browser, home })
    }

    /// The popup, open and unlocked.
    pub fn unlocked(kind: Kind, accounts: &[Account]) -> Result<Self> {
        let mut stage = Self::new(kind, accounts)?;
        stage.browser.open_popup()?;
        stage.browser.unlock(PASSWORD)?;
        Ok(stage)
    }
}

/// Tells a browser where a host is.
pub fn register(kind: Kind, home: &Home, host: &Path) -> Result<()> {
    match kind {
        Kind::Chromium => home.register_chromium(host),
        Kind::Firefox => home.register_firefox(host),
    }
}

/// Starts a browser with a copy of the extension, so that a build may go on beside it.
pub fn start(
    kind: Kind,
    home: &Home,
    desktop: Option<Desktop>,
    extension: &Path,
) -> Result<Box<dyn Browser>> {
    let own = home.path().join("extension");
    if !extension.join("manifest.json").is_file() {
        bail!("{} is not built: `cargo xtask dist` does it", extension.display());
    }
    copy(extension, &own).context("could not copy the extension")?;
    launch(kind, home, desktop, &[&own])
}

fn launch(
    kind: Kind,
    home: &Home,
    desktop: Option<Desktop>,
    extensions: &[&Path],
) -> Result<Box<dyn Browser>> {
    Ok(match kind {
        Kind::Chromium => Box::new(Chromium::start(home, desktop, extensions)?),
        Kind::Firefox => Box::new(Firefox::start(home, desktop, extensions)?),
    })
}

/// Where `cargo xtask dist` puts the extension.
pub fn built_extension(kind: Kind) -> PathBuf {
    let name = match kind {
        Kind::Chromium => "chromium",
        Kind::Firefox => "firefox",
    };
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist").join(name)
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for item in fs::read_dir(from)? {
        let path = item?.path();
        let target = to.join(path.file_name().context("a file without a name")?);
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, target)?;
        }
    }
    Ok(())
}
