//! `fill DIR`: every page of a folder of HTML files, filled by the real gesture in a real browser.
//!
//! Progress goes to standard error. Standard output has one JSON document and nothing else:
//!
//! ```text
//! { "browser": "chromium",
//!   "pages": [ { "page": "login/totp.html", "filled": [[0, 2]], "outcome": "filled" }, … ] }
//! ```
//!
//! `filled` lists every input that received the code or a digit of it as `[document, index]`; see
//! [`tests::gesture::Tried`] for how they are counted. Without `--json` there is a line for each page.
//!
//! Never here: how a page is tried (the crate `tests`), what is right for a page.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tests::browser::Kind;
use tests::gesture::{self, Tried};
use tests::stage::built_extension;

use crate::dist;
use crate::run;
use crate::workspace::Workspace;

const USAGE: &str = "usage: cargo xtask fill DIR [--browser chromium|firefox] [--json]";

struct Wish {
    folder: PathBuf,
    kind: Kind,
    json: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    let wish = parse(args)?;
    run::browser(wish.kind, true)?;
    // What a build prints belongs to standard error here.
    let mut build = workspace.cargo(&["build", "--quiet", "--package", "host"]);
    if !build.stdout(Stdio::null()).status().context("could not start cargo")?.success() {
        bail!("the host does not build");
    }
    quietly(workspace)?;
    let host = workspace.target.join("debug").join(run::program());
    let extension = built_extension(wish.kind);
    let tried = gesture::try_all(wish.kind, &wish.folder, &host, &extension, |at, of, tried| {
        eprintln!("{at}/{of} {}", line(tried));
    })?;
    let browser = match wish.kind {
        Kind::Chromium => "chromium",
        Kind::Firefox => "firefox",
    };
    if wish.json {
        println!("{}", json!({"browser": browser, "pages": tried}));
    } else {
        let filled = tried.iter().filter(|tried| !tried.filled.is_empty()).count();
        println!("{browser}: {filled} of {} pages filled", tried.len());
    }
    Ok(())
}

fn line(tried: &Tried) -> String {
    let places: Vec<String> =
        tried.filled.iter().map(|[document, index]| format!("{document}.{index}")).collect();
    let why = tried.error.as_deref().unwrap_or(&tried.said);
    format!("{} {}: {} {why}", tried.page, tried.outcome, places.join(" ")).trim_end().to_owned()
}

/// Builds the extension by a process of its own, whose output is for standard error.
fn quietly(workspace: &Workspace) -> Result<()> {
    let this = std::env::current_exe()?;
    let built = Command::new(this).arg("dist").current_dir(&workspace.root).output()?;
    if !built.status.success() {
        eprint!("{}", String::from_utf8_lossy(&built.stdout));
        eprint!("{}", String::from_utf8_lossy(&built.stderr));
        bail!("the extension does not build");
    }
    for browser in dist::BROWSERS {
        eprintln!("dist/{browser} is built");
    }
    Ok(())
}

fn parse(args: &[String]) -> Result<Wish> {
    let (mut folder, mut kind, mut json) = (None, Kind::Chromium, false);
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "--json" => json = true,
            "--browser" => {
                kind = match args.next() {
                    Some("chromium") => Kind::Chromium,
                    Some("firefox") => Kind::Firefox,
                    _ => bail!(USAGE),
                }
            }
            path if !path.starts_with('-') && folder.is_none() => folder = Some(path.into()),
            _ => bail!(USAGE),
        }
    }
    let folder: PathBuf = folder.context(USAGE)?;
    if !folder.is_dir() {
        bail!("there is no folder {}", folder.display());
    }
    Ok(Wish { folder, kind, json })
}
