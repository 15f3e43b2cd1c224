//! What helps when something was lost, or may be in other hands: the recovery code, earlier saves, and a
//! lock for all browsers at once.
//!
//! Never here: what a code or a save has to be (`handler`).

use serde_json::json;
use shared::protocol::{Recover, Request, Response, Revert, Unlock, VaultState};

use crate::cli::accounts::surprise;
use crate::cli::args::{RecoveryArgs, RevertArgs};
use crate::cli::open::Open;
use crate::cli::{CliError, How, World, ask, show};
use crate::locks::epoch;
use crate::running;

/// Needs no password: locking takes nothing from anybody.
pub(crate) fn lock(world: &mut World<'_>, how: How) -> Result<(), CliError> {
    let data = &world.places.data;
    let shown = show::clean(&data.display().to_string());
    // Without the folder there is no host of this user that could be open.
    if !data.is_dir() {
        return Err(CliError::Failed(format!(
            "there is no vault of yours at {shown}, so nothing was locked: another user's, or one where XDG_DATA_HOME \
             is another, is locked as that user and with the same XDG_DATA_HOME"
        )));
    }
    epoch::bump(data).map_err(|error| {
        let kind = error.kind();
        CliError::Failed(format!(
            "nothing was locked: {shown} can't be written ({kind}); lock each browser in its own popup, or end it"
        ))
    })?;
    let running = running::all(data).len();
    if how.json {
        return Ok(show::json(world.output, &json!({ "locked": true, "running": running }))?);
    }
    let words = if running == 0 {
        format!(
            "no browser is known to run Countersign with the vault at {shown}; one that does locks within two seconds"
        )
    } else {
        "every browser of yours on this machine locks within two seconds".to_owned()
    };
    writeln!(world.output, "{words}")?;
    Ok(())
}

pub(crate) fn recovery(
    world: &mut World<'_>,
    how: How,
    recovery: &RecoveryArgs,
) -> Result<(), CliError> {
    let mut open = Open::locked(world, how);
    open.look()?;
    let password = ask::password(open.world, how.password_stdin)?;
    let again = password.duplicate();
    open.ask(Request::Unlock(Unlock { password }))?;
    if recovery.remove {
        open.ask(Request::RemoveRecovery(Unlock { password: again }))?;
        if how.json {
            return Ok(show::json(open.world.output, &json!({ "recovery": false }))?);
        }
        writeln!(
            open.world.output,
            "no recovery code opens the vault any more; an earlier one still opens earlier saves"
        )?;
        return Ok(());
    }
    let Response::Recovery(made) = open.ask(Request::MakeRecovery(Unlock { password: again }))?
    else {
        return Err(surprise());
    };
    let output = &mut *open.world.output;
    let shown = if how.json {
        show::json(output, &json!({ "code": made.code }))
    } else {
        writeln!(output, "{}", made.code)
    };
    if let Err(error) = shown.and_then(|()| output.flush()) {
        return Err(CliError::Failed(format!(
            "the recovery code could not be shown ({}) and is lost, and the one before opens the vault no more: \
             make another with `countersign recovery`",
            error.kind()
        )));
    }
    if how.json {
        return Ok(());
    }
    writeln!(
        open.world.errors,
        "Write it down or print it, and keep it where you keep papers: it opens the vault without the \
         master password, and it is shown only now. An earlier code still opens earlier saves, and nothing newer."
    )?;
    Ok(())
}

pub(crate) fn recover(world: &mut World<'_>, how: How) -> Result<(), CliError> {
    let mut open = Open::locked(world, how);
    open.look()?;
    let code = ask::recovery_code(open.world, how.password_stdin)?;
    let new = ask::new_password(open.world, how.password_stdin)?;
    match open.ask(Request::Recover(Recover { code, new })) {
        Ok(_) => {}
        Err(CliError::WrongPassword) => {
            return Err(CliError::failed("this recovery code does not open this vault"));
        }
        Err(stop) => return Err(stop),
    }
    if how.json {
        return Ok(show::json(open.world.output, &json!({ "recovered": true }))?);
    }
    writeln!(
        open.world.output,
        "the vault has a new master password; the recovery code still opens it: if others may have seen \
         it, make a new one with `countersign recovery`"
    )?;
    Ok(())
}

pub(crate) fn accept(world: &mut World<'_>, how: How) -> Result<(), CliError> {
    let mut open = Open::unlock(world, how)?;
    let VaultState::Unlocked { rollback: Some(rollback), .. } = open.state()? else {
        return Err(CliError::failed(
            "this is the newest copy that was seen here: there is nothing to accept",
        ));
    };
    open.ask(Request::AcceptRollback)?;
    if how.json {
        let (found, seen) = (rollback.found, rollback.seen);
        return Ok(show::json(open.world.output, &json!({ "accepted": found, "seen": seen }))?);
    }
    writeln!(
        open.world.output,
        "save {} is now the current one, though {} was seen here",
        rollback.found, rollback.seen
    )?;
    Ok(())
}

pub(crate) fn revert(world: &mut World<'_>, how: How, revert: &RevertArgs) -> Result<(), CliError> {
    let mut open = Open::locked(world, how);
    let VaultState::Damaged { generations } = open.state()? else {
        return Err(CliError::failed("the vault is not damaged: it is left as it is"));
    };
    let newest = generations.first().map(|found| found.generation);
    let Some(generation) = revert.save.or(newest) else {
        return Err(CliError::failed(
            "no earlier save is whole: put a backup in the vault's place; `countersign doctor` says where",
        ));
    };
    if generations.iter().all(|found| found.generation != generation) {
        let whole: Vec<String> =
            generations.iter().map(|found| found.generation.to_string()).collect();
        return Err(CliError::Failed(format!(
            "save {generation} is not there or not whole; these are: {}",
            whole.join(", ")
        )));
    }
    open.ask(Request::Revert(Revert { generation }))?;
    if how.json {
        return Ok(show::json(open.world.output, &json!({ "reverted": generation }))?);
    }
    writeln!(
        open.world.output,
        "save {generation} is now the vault; the damaged file is beside it, under another name"
    )?;
    Ok(())
}
