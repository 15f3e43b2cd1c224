//! `export`: all accounts in a file. The master password is asked for whatever else is open.
//!
//! Never here: what the file looks like (`export`).

use serde_json::json;
use shared::protocol::ExportFormat;
use std::collections::BTreeSet;

use crate::cli::args::Export;
use crate::cli::open::Open;
use crate::cli::{CliError, How, World, ask, show};
use crate::export;

pub(crate) fn run(world: &mut World<'_>, how: How, wanted: &Export) -> Result<(), CliError> {
    let format = ExportFormat::from(wanted.format);
    if wanted.encrypt && !format.can_be_sealed() {
        return Err(CliError::Usage(export::ExportError::NotSealable.to_string()));
    }
    let path = std::path::absolute(&wanted.file)?;
    // Looked at before anybody types a password, and again when it is written.
    if !wanted.force && path.symlink_metadata().is_ok() {
        return Err(export::ExportError::Exists.into());
    }
    let master = Open::before(world, how)?;
    let password = if wanted.encrypt {
        let from_stdin = wanted.file_password_stdin || how.password_stdin;
        Some(ask::chosen_password(world, from_stdin, "password for the file")?)
    } else {
        None
    };
    let (mut open, _) = Open::unlock_after(world, how, master)?;
    let exported = open.with_vault(|_, vault, _| {
        export::write(&vault.body, &BTreeSet::new(), format, password.as_ref())
    })?;
    export::save(&path, &exported.bytes, wanted.force)?;
    let (count, shown) = (exported.count, path.display().to_string());
    if how.json {
        let value = json!({
            "file": shown, "count": count, "encrypted": wanted.encrypt, "left_out": exported.left_out,
        });
        return Ok(show::json(open.world.output, &value)?);
    }
    let accounts = show::counted(count, "account");
    writeln!(open.world.output, "{accounts} written to {}", show::clean(&shown))?;
    for name in &exported.left_out {
        let name = show::clean(name);
        writeln!(open.world.errors, "left out: {name}: this format can't hold it")?;
    }
    let words = if wanted.encrypt {
        "its password is nowhere else: without it nobody can open the file"
    } else {
        "it is not encrypted: anyone who can read it has all your codes; delete it when you no longer need it"
    };
    writeln!(open.world.errors, "countersign: {words}")?;
    Ok(())
}
