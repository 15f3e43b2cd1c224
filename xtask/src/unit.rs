//! The suite `unit`: everything that needs no browser and no second process.
//!
//! Format, lints, the floor plan, tests beside the code, what must not be depended upon, licences,
//! the other systems, the documentation's links.
//!
//! Never here: what a lint or a rule of the house says.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};

use crate::test::{Count, cargo_test, check, one};
use crate::tidy;
use crate::tools;
use crate::workspace::Workspace;

/// What a package must not be made of, and the package that proves the name to be spelt right.
const ABSENT: [(&str, &str, &str); 6] = [
    ("extension", "argon2", "host"),
    ("extension", "totp-rs", "host"),
    ("extension", "aes-gcm", "host"),
    ("extension", "hmac", "host"),
    ("extension", "sha2", "host"),
    ("host", "wasm-bindgen", "extension"),
];

/// `tests` are the names of integration tests that are no suite of their own.
pub(crate) fn run(workspace: &Workspace, tests: &[String]) -> Count {
    let mut count = one(prepare(workspace));
    count.add(check(&mut workspace.cargo(&["fmt", "--all", "--check"])));
    count.add(one(tidy::run(workspace)));

    let mut targets = vec!["--lib", "--bins"];
    for test in tests {
        targets.extend(["--test", test]);
    }
    count.add(cargo_test(workspace, &targets));

    for lint in [
        &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"][..],
        &["clippy", "--package", "extension", "--target", tools::WASM, "--", "-D", "warnings"],
    ] {
        count.add(check(&mut workspace.cargo(lint)));
    }
    for (package, name, control) in ABSENT {
        count.add(one(absent(workspace, package, name, control)));
    }
    count.add(deny(workspace));
    for target in tools::FOREIGN {
        let check_only = ["check", "--package", "host", "--package", "shared", "--target", target];
        count.add(check(&mut workspace.cargo(&check_only)));
    }
    let mut doc = workspace.cargo(&["doc", "--workspace", "--no-deps", "--quiet"]);
    count.add(check(doc.env("RUSTDOCFLAGS", "-D rustdoc::broken_intra_doc_links")));
    count
}

fn prepare(workspace: &Workspace) -> Result<()> {
    tools::targets(&[tools::WASM])?;
    tools::targets(&tools::FOREIGN)?;
    tools::crate_program("cargo-deny")?;
    // Of all systems, which the offline check of licences wants to see.
    workspace.run(&mut workspace.cargo(&["fetch", "--quiet"]))
}

/// A misspelt name is absent everywhere, so it has to be present where it belongs.
fn absent(workspace: &Workspace, package: &str, name: &str, control: &str) -> Result<()> {
    if !made_of(workspace, control)?.contains(name) {
        bail!("{control} does not depend on {name}, so its absence from {package} proves nothing");
    }
    if made_of(workspace, package)?.contains(name) {
        bail!("{package} depends on {name}");
    }
    println!("{package} does not depend on {name}; {control} does");
    Ok(())
}

/// Names of all crates that a package is linked from.
fn made_of(workspace: &Workspace, package: &str) -> Result<BTreeSet<String>> {
    let target: &[&str] = if package == "extension" { &["--target", tools::WASM] } else { &[] };
    let output = workspace
        .cargo(&["tree", "--package", package, "--edges", "normal", "--prefix", "none"])
        .args(target)
        .output()?;
    if !output.status.success() {
        bail!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// Licences, bans and sources always; advisories where their database lies on this machine.
fn deny(workspace: &Workspace) -> Count {
    let deny = |what: &[&str]| {
        let mut command = workspace.cargo(&[
            "deny",
            "--offline",
            "--config",
            "deny.toml",
            "check",
            "--hide-inclusion-graph",
        ]);
        check(command.args(what))
    };
    let mut count = deny(&["licenses", "bans", "sources"]);
    let home = std::env::var_os("CARGO_HOME")
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo").into()));
    if home.is_some_and(|home| Path::new(&home).join("advisory-dbs").is_dir()) {
        count.add(deny(&["advisories"]));
    } else {
        println!("no advisory database on this machine: `cargo deny fetch` gets one");
    }
    count
}
