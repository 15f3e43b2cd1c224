//! `install` and `uninstall`: what was done for each browser, and where the vault lies.
//!
//! Never here: how it is done (`install`).

use std::path::Path;

use serde_json::json;

use crate::cli::args::Register;
use crate::cli::{CliError, How, World, show};
use crate::install::browsers::Browser;
use crate::install::places::Places;
use crate::install::program::{self, For};
use crate::install::{self, Line, Outcome, Scope, polkit};

pub(crate) fn install(
    world: &mut World<'_>,
    how: How,
    register: &Register,
) -> Result<(), CliError> {
    let (places, scope) = scope(world, register);
    let whose = if scope.system { For::All } else { For::Oneself };
    if let Some(loose) = program::loose(&places.binary, whose) {
        // On some systems others than root may write there, too.
        let usual = Path::new("/usr/local/bin/countersign");
        let safe = if usual.starts_with(&loose.spot) {
            "/opt/countersign/countersign"
        } else {
            "/usr/local/bin/countersign"
        };
        let (loose, binary) = (show::clean(&loose.to_string()), shown(&places.binary));
        return Err(CliError::Failed(match whose {
            For::All => format!(
                "{loose}: nothing was registered, for every user of this machine would start it; first copy it \
                 to where only root may write, for instance `sudo install -D -m 755 {binary} \
                 {safe}`, and run that one: `sudo {safe} install --system`"
            ),
            For::Oneself => {
                format!(
                    "{loose}: nothing was registered; first `chmod go-w` that, or move {binary} elsewhere"
                )
            }
        }));
    }
    let lines = install::install(&places, &scope);
    let action = if scope.system { polkit::install(&places, scope.all) } else { None };
    report(world, how, &places, &lines, action.as_ref())?;
    if lines.iter().chain(&action).any(|line| line.outcome == Outcome::Failed) {
        return Err(CliError::Said);
    }
    let done = [Outcome::Written, Outcome::Repaired, Outcome::Right];
    if !lines.iter().any(|line| done.contains(&line.outcome)) {
        return Err(CliError::failed(
            "no browser was found that could use this program: name yours with --browser, or take --all",
        ));
    }
    if !how.json {
        writeln!(world.output, "Browsers start {}", shown(&places.binary))?;
        writeln!(
            world.output,
            "Now add the extension to the browser; `countersign doctor` checks."
        )?;
    }
    Ok(())
}

pub(crate) fn uninstall(
    world: &mut World<'_>,
    how: How,
    register: &Register,
) -> Result<(), CliError> {
    let (places, scope) = scope(world, register);
    let lines = install::uninstall(&places, &scope);
    let action = if scope.system { polkit::uninstall(&places) } else { None };
    report(world, how, &places, &lines, action.as_ref())?;
    if !how.json {
        if lines.is_empty() && action.is_none() {
            writeln!(world.output, "Nothing was registered.")?;
        }
        let vault = shown(&places.vault);
        match std::fs::symlink_metadata(&places.vault) {
            Ok(_) => writeln!(world.output, "The vault was not touched; it lies at {vault}")?,
            Err(_) => writeln!(world.output, "There is no vault at {vault}")?,
        }
    }
    match lines.iter().chain(&action).any(|line| line.outcome == Outcome::Failed) {
        true => Err(CliError::Said),
        false => Ok(()),
    }
}

fn scope(world: &World<'_>, register: &Register) -> (Places, Scope) {
    let mut places = world.places.clone();
    if let Some(root) = &register.root {
        places.root.clone_from(root);
    }
    let browsers = register.browser.iter().filter_map(|name| Browser::named(name)).collect();
    (places, Scope { system: register.system, all: register.all, browsers })
}

fn report(
    world: &mut World<'_>,
    how: How,
    places: &Places,
    lines: &[Line],
    action: Option<&Line>,
) -> Result<(), CliError> {
    if how.json {
        let vault = places.vault.to_string_lossy();
        let binary = places.binary.to_string_lossy();
        let value =
            json!({ "browsers": lines, "polkit": action, "binary": binary, "vault": vault });
        return Ok(show::json(world.output, &value)?);
    }
    let absent = |line: &&Line| line.outcome == Outcome::NotFound;
    let mut rows = Vec::new();
    for line in lines.iter().chain(action).filter(|line| !absent(line)) {
        let place = line.manifest.as_ref().map(|spot| show::clean(&spot.to_string()));
        rows.push(vec![
            line.title.to_owned(),
            words(line.outcome).to_owned(),
            place.unwrap_or_default(),
        ]);
    }
    show::table(world.output, &rows)?;
    let mut notes: Vec<String> = lines
        .iter()
        .chain(action)
        .filter_map(|line| Some(format!("{}: {}", line.title, line.note.as_ref()?)))
        .collect();
    notes.dedup();
    for note in notes {
        writeln!(world.output, "  {}", show::clean(&note))?;
    }
    let missing: Vec<&str> = lines.iter().filter(absent).map(|line| line.title).collect();
    if !missing.is_empty() {
        writeln!(world.output, "Not on this machine: {}", missing.join(", "))?;
    }
    Ok(())
}

fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Absent => "nothing there",
        Outcome::Failed => "FAILED",
        Outcome::Foreign => "left alone: another program's",
        Outcome::NotFound => "not found",
        Outcome::Removed => "removed",
        Outcome::Repaired => "repaired",
        Outcome::Right => "already right",
        Outcome::Sandboxed => "not possible",
        Outcome::Written => "written",
    }
}

fn shown(path: &Path) -> String {
    show::clean(&path.to_string_lossy())
}
