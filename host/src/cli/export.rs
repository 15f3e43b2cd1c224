//! `export`: all accounts in a file. The master password is asked for whatever else is open.
//!
//! Never here: what the file looks like (`export`).

use serde_json::json;
use shared::protocol::ExportFormat;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cli::args::Export;
use crate::cli::open::Open;
use crate::cli::{CliError, How, World, ask, show};
use crate::export;

pub(crate) fn run(world: &mut World<'_>, how: How, wanted: &Export) -> Result<(), CliError> {
    let format = ExportFormat::from(wanted.format);
    if wanted.encrypt && !format.can_be_sealed() {
        return Err(CliError::Usage(export::ExportError::NotSealable.to_string()));
    }
    let to_output = wanted.file == Path::new("-");
    if to_output && how.json {
        let words =
            "with --json and `-` both the report and the export would go to standard output";
        return Err(CliError::Usage(words.to_owned()));
    }
    let path = std::path::absolute(&wanted.file)?;
    // Looked at before anybody types a password, and again when it is written.
    if !to_output && (is_the_vaults(&world.places.vault, &path) || export::is_ours(&path)) {
        return Err(export::ExportError::Ours.into());
    }
    if !to_output && !wanted.force && path.symlink_metadata().is_ok() {
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
    if to_output {
        // Whoever reads the pipe may take their time.
        open.close();
        world.output.write_all(&exported.bytes)?;
        world.output.flush()?;
        return left_out(world, &exported);
    }
    export::save(&path, &exported.bytes, wanted.force)?;
    let (count, shown) = (exported.count, path.display().to_string());
    if how.json {
        let value = json!({
            "file": shown, "count": count, "encrypted": wanted.encrypt, "left_out": exported.left_out,
            "without_qr": exported.without_qr,
        });
        return Ok(show::json(open.world.output, &value)?);
    }
    let accounts = show::counted(count, "account");
    writeln!(open.world.output, "{accounts} written to {}", show::clean(&shown))?;
    left_out(open.world, &exported)?;
    let words = if wanted.encrypt {
        "its password is nowhere else: without it nobody can open the file"
    } else {
        "it is not encrypted: anyone who can read it has all your codes; delete it when you no longer need it"
    };
    writeln!(open.world.errors, "countersign: {words}")?;
    Ok(())
}

fn left_out(world: &mut World<'_>, exported: &export::Exported) -> Result<(), CliError> {
    let short = |name: &str| show::clean(name).chars().take(80).collect::<String>();
    for name in &exported.left_out {
        writeln!(world.errors, "left out: {}: this format can't hold it", short(name))?;
    }
    for name in &exported.without_qr {
        let words = "it is too long for one; its address is on the page as text";
        writeln!(world.errors, "without a QR code: {}: {words}", short(name))?;
    }
    Ok(())
}

/// Whether it is the vault, or what lies beside it under its name: earlier saves, its lock. The vault may be damaged, so
/// that its first bytes say nothing.
fn is_the_vaults(vault: &Path, target: &Path) -> bool {
    let whole = |path: &Path| {
        let in_folder = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
        path.canonicalize().ok().or_else(in_folder).unwrap_or_else(|| path.to_owned())
    };
    let (vault, target): (PathBuf, PathBuf) = (whole(vault), whole(target));
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = target.parent() == vault.parent()
        && name(&target).starts_with(&format!("{}.", name(&vault)));
    beside || target == vault
}
