//! `test lint`: what the shop for Firefox's add-ons would say to the package: no error, no warning.
//!
//! Never here: the packing (`dist`).

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::test::{Count, one};
use crate::tools::{self, LINTER};
use crate::workspace::{Workspace, say};

/// The package of Firefox. Chromium's shop has no such program, and what differs are lines of the manifest.
pub(crate) fn run(workspace: &Workspace) -> Count {
    one(lint(workspace, "firefox"))
}

fn lint(workspace: &Workspace, browser: &str) -> Result<()> {
    let linter = tools::npm(workspace, LINTER.0, LINTER.1)?;
    let mut command = Command::new("node");
    command
        .arg(linter.join("bin/addons-linter"))
        .args(["--output", "json"])
        .arg(workspace.root.join("dist").join(browser));
    say(&command);
    let output = command.output()?;
    let told: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the linter says: {}", String::from_utf8_lossy(&output.stderr)))?;
    let lines: Vec<String> = ["errors", "warnings"]
        .iter()
        .flat_map(|kind| told[kind].as_array().into_iter().flatten())
        .map(|one| format!("{}: {} ({})", one["code"], one["message"], one["file"]))
        .collect();
    if !lines.is_empty() {
        bail!("dist/{browser}:\n  {}", lines.join("\n  "));
    }
    // A linter that looked at nothing finds nothing.
    if told["metadata"]["totalScannedFileSize"].as_u64().unwrap_or_default() == 0 {
        bail!("the linter looked at no file of dist/{browser}");
    }
    println!("dist/{browser}: no error, no warning");
    Ok(())
}
