//! `install`: for daily use. The host among the user's programs, known to the browsers; the
//! extension unpacked in the user's data folder; and what only the person can do, said.
//!
//! Never here: where browsers look for hosts (the host's own `install` knows).

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use tests::stage;

use crate::dist::{self, BROWSERS};
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    if !args.is_empty() {
        bail!("usage: cargo xtask install");
    }
    workspace.run(&mut workspace.cargo(&["build", "--release", "--package", "host"]))?;
    dist::build(workspace, &workspace.version)?;

    let (programs, data) = folders()?;
    fs::create_dir_all(&programs)?;
    let program = if cfg!(windows) { "countersign.exe" } else { "countersign" };
    let installed = programs.join(program);
    // Renamed into place: the old one may be running.
    let fresh = programs.join(format!(".{program}.new"));
    fs::copy(workspace.target.join("release").join(program), &fresh)
        .with_context(|| format!("could not write to {}", programs.display()))?;
    fs::rename(&fresh, &installed)?;
    println!("program: {}", installed.display());

    let extension = data.join("extension");
    for browser in BROWSERS {
        let target = extension.join(browser);
        if target.is_dir() {
            fs::remove_dir_all(&target)?;
        }
        stage::copy(&workspace.root.join("dist").join(browser), &target)?;
    }
    workspace.run(Command::new(&installed).arg("install"))?;

    println!(
        "\nOne step is left to you, once in each browser:\n\
         - Chrome, Chromium, Edge, Brave, Vivaldi, Opera: open chrome://extensions, switch on\n  \
           \"Developer mode\", choose \"Load unpacked\" and take\n  {}\n\
         - Firefox and its relatives: open about:debugging#/runtime/this-firefox, choose\n  \
           \"Load Temporary Add-on\" and take\n  {}\n  \
           (until the browser is closed: Firefox keeps only add-ons that Mozilla has signed)\n\
         Then click Countersign's button in the toolbar (Chromium hides it behind the puzzle piece).",
        extension.join("chromium").display(),
        extension.join("firefox/manifest.json").display()
    );
    Ok(())
}

/// Where this user's programs lie, and our data.
fn folders() -> Result<(PathBuf, PathBuf)> {
    let variable =
        |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        let data = variable("LOCALAPPDATA").context("LOCALAPPDATA is not set")?.join("Countersign");
        return Ok((data.join("bin"), data));
    }
    let home = variable("HOME").context("HOME is not set")?;
    let data = if cfg!(target_os = "macos") {
        home.join("Library/Application Support/Countersign")
    } else {
        let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
        data.unwrap_or_else(|| home.join(".local/share")).join("countersign")
    };
    Ok((home.join(".local/bin"), data))
}
