//! Where the workspace lies, where it is built, and how its commands are called.
//!
//! Never here: what is built.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The workspace as `cargo metadata` tells it; `CARGO_TARGET_DIR` is honoured by that.
pub(crate) struct Workspace {
    /// The folder of the top `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    /// The version that all crates share.
    pub(crate) version: String,
    /// Names of all `[[test]]` targets.
    pub(crate) tests: Vec<String>,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let output = Command::new("cargo")
            .args(["metadata", "--format-version=1", "--no-deps", "--manifest-path"])
            .arg(manifest)
            .output()
            .context("could not start cargo")?;
        if !output.status.success() {
            bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let packages = metadata["packages"].as_array().context("metadata without packages")?;
        let tests = packages
            .iter()
            .flat_map(|package| package["targets"].as_array().into_iter().flatten())
            .filter(|target| target["kind"][0] == "test")
            .filter_map(|target| text(&target["name"]))
            .collect();
        Ok(Self {
            root: text(&metadata["workspace_root"]).context("metadata without a root")?.into(),
            target: text(&metadata["target_directory"])
                .context("metadata without a target")?
                .into(),
            version: packages
                .iter()
                .find(|package| package["name"] == "extension")
                .and_then(|package| text(&package["version"]))
                .context("the workspace has no extension")?,
            tests,
        })
    }

    /// `cargo ARGS…` in the root.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(args).current_dir(&self.root);
        command
    }

    /// Says what is run, runs it, and fails when it does.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        say(command);
        let status =
            command.status().with_context(|| format!("could not start {}", shown(command)))?;
        if !status.success() {
            bail!("{} failed ({status})", shown(command));
        }
        Ok(())
    }
}

/// One line that says which command comes now.
pub(crate) fn say(command: &Command) {
    println!("$ {}", shown(command));
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
