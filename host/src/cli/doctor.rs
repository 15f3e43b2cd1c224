//! `doctor`: a line for each step, and what to do about the first that fails.
//!
//! Never here: what is looked at (`doctor`).

use serde_json::json;

use crate::cli::{CliError, How, World, show};
use crate::doctor::{self, Health};
use crate::session::wall;

pub(crate) fn run(world: &mut World<'_>, how: How) -> Result<(), CliError> {
    let checks = doctor::examine(&world.places, &world.weaknesses, wall((world.now)()));
    let well = doctor::is_well(&checks);
    if how.json {
        let value = json!({
            "ok": well,
            "version": env!("CARGO_PKG_VERSION"),
            "home": world.places.home.to_string_lossy(),
            "vault": world.places.vault.to_string_lossy(),
            "checks": checks,
        });
        show::json(world.output, &value)?;
    } else {
        for check in &checks {
            let mark = match check.health {
                Health::Good => '✓',
                Health::Bad => '✗',
                Health::Unknown => '–',
            };
            writeln!(world.output, "{mark} {}", show::clean(&check.finding))?;
            if let Some(remedy) = &check.remedy {
                writeln!(world.output, "    {}", show::clean(remedy))?;
            }
        }
        let first = checks.iter().find(|check| check.health == Health::Bad);
        match first {
            None => writeln!(world.output, "Everything that could be looked at is in order.")?,
            Some(check) => {
                let remedy = check.remedy.as_deref().unwrap_or(&check.finding);
                writeln!(world.output, "First of all: {}", show::clean(remedy))?;
            }
        }
    }
    if well { Ok(()) } else { Err(CliError::Said) }
}
