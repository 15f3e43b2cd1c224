//! `mutants [FILE…]`: which changes to the code would no test notice? cargo-mutants makes each, and runs the tests.
//!
//! All of them take a night; `--shard K/N` tries one part of them, `--iterate` what was not noticed the last time.
//!
//! Never here: with which tests they are tried, and what is left out (`.cargo/mutants.toml`).

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::tools;
use crate::workspace::{Workspace, say};

/// Where the keys are, what opens and closes the vault, and which page a code may go to.
const ROOMS: &[&str] = &[
    "host/src/locks.rs",
    "host/src/locks/*.rs",
    "host/src/session.rs",
    "host/src/session/*.rs",
    "host/src/site.rs",
    "host/src/vault.rs",
    "host/src/vault/*.rs",
];
/// At least so many of a hundred must be noticed.
const NOTICED: u64 = 90;

pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    tools::crate_program("cargo-mutants")?;
    // It works in a copy; what is built there is kept, and so is the list for `--iterate`.
    let folder = workspace.target.join("mutants");
    std::fs::create_dir_all(&folder)?;
    let mut command = workspace.cargo(&["mutants", "--no-shuffle", "--output"]);
    command.arg(&folder).env("CARGO_TARGET_DIR", folder.join("target"));
    let (files, options): (Vec<&str>, Vec<&str>) =
        args.iter().map(String::as_str).partition(|arg| arg.ends_with(".rs"));
    for file in if files.is_empty() { ROOMS } else { &files } {
        command.args(["--file", file]);
    }
    command.args(options);
    say(&command);
    let status = command.status().context("could not start cargo mutants")?;
    // 2: some were not noticed; 3: some never came to an end.
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        bail!("cargo mutants failed ({status})");
    }
    let outcomes = std::fs::read(folder.join("mutants.out/outcomes.json"))?;
    let (noticed, all) = noticed(&serde_json::from_slice(&outcomes)?)?;
    println!("{noticed} of {all} noticed");
    if noticed * 100 < all * NOTICED {
        bail!("less than {NOTICED} of 100 were noticed");
    }
    Ok(())
}

/// How many of those that compile were noticed; and how many there were. What never ends is noticed.
fn noticed(outcomes: &Value) -> Result<(u64, u64)> {
    let count = |name: &str| outcomes[name].as_u64().with_context(|| format!("no `{name}`"));
    let noticed = count("caught")? + count("timeout")?;
    Ok((noticed, noticed + count("missed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_noticed_and_what_does_not_compile_is_none() {
        let text = r#"{"total_mutants":18,"missed":2,"caught":7,"timeout":1,"unviable":8}"#;
        assert_eq!(noticed(&serde_json::from_str(text).unwrap()).unwrap(), (8, 10));
        assert!(noticed(&Value::Null).is_err());
    }
}
