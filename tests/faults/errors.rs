//! Every error at every file system call of every operation.
//!
//! Never here: disks that are really full (`full_disk`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::fixture;
use crate::kills::calls;
use crate::operation::{ALL, Operation, State, state};
use crate::strace::{Injection, Strace, injected};
use crate::victim::{Told, Victim};

/// What a disk, a quota, a network file system or a limit may say.
const ERRORS: [&str; 12] = [
    "ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENOLCK", "EBUSY", "EXDEV",
    "EINTR", "EAGAIN",
];
/// Those that do not go away by trying again.
const LASTING: [&str; 3] = ["ENOSPC", "EIO", "EMFILE"];

/// Operations that make different calls.
const DIFFERENT: [Operation; 5] = {
    use Operation::{Backup, Create, Prune, Revert, Rotate};
    [Backup, Create, Prune, Revert, Rotate]
};

/// All calls that an operation makes, but for `close`: whatever it says, Linux has closed the file, which
/// a call that `strace` lets fail has not.
fn file_calls() -> BTreeMap<String, BTreeSet<u32>> {
    let mut all = BTreeMap::<String, BTreeSet<u32>>::new();
    for (call, which) in ALL.into_iter().flat_map(calls) {
        all.entry(call).or_default().extend(which);
    }
    all.remove("close");
    all
}

/// What became of an operation: `told` of it, and then whether its session goes on from there.
fn judge(
    operation: Operation,
    folder: &Path,
    told: &Told,
    victim: &mut Victim,
) -> Result<(), String> {
    let confirmed = *told == Told::Ok;
    if matches!(told, Told::Dead | Told::Panicked) {
        return Err(format!("{operation:?}: {told:?}"));
    }
    let found = state(folder).map_err(|err| format!("{operation:?} left: {err}"))?;
    match victim.go_on(folder) {
        None => {}
        // It says so, and has changed nothing: a person unlocks again.
        Some(Told::Failed(why)) if why == "Replaced" && !confirmed => {
            if state(folder).ok().as_ref() != Some(&found) {
                return Err(format!("{operation:?}: a replaced vault was written"));
            }
        }
        Some(Told::Ok) => {
            let after = state(folder).map_err(|err| format!("{operation:?}, after: {err}"))?;
            let State::Whole { password, mut labels } = found.clone() else {
                return Err(format!("{operation:?} left {found:?}, and a session"));
            };
            labels.insert("after".to_owned());
            if after != (State::Whole { password, labels }) {
                return Err(format!("{operation:?} left {found:?}, its session made {after:?}"));
            }
            let old_or_new =
                found == operation.after() || (!confirmed && found == operation.before());
            return if old_or_new { Ok(()) } else { Err(format!("{operation:?} left {found:?}")) };
        }
        told => return Err(format!("{operation:?}: its session is told {told:?}")),
    }
    operation.check(folder, confirmed).map(drop)
}

/// Lets one call fail in all operations, and those of its name that follow if it is `lasting`; how many
/// calls failed, and what went wrong.
fn fail(
    victim: &mut Victim,
    call: &str,
    error: &str,
    n: u32,
    lasting: bool,
) -> (usize, Vec<String>) {
    // A single error meets the same calls in a new password as in a new data key, and in a save as in one
    // that prunes.
    let operations: &[Operation] = if lasting { &ALL } else { &DIFFERENT };
    let when = if lasting { format!("{n}+") } else { n.to_string() };
    let folders: Vec<_> = operations.iter().map(|_| fixture::folder()).collect();
    let each = || operations.iter().zip(&folders).map(|(op, folder)| (*op, folder.path()));
    each().for_each(|(operation, folder)| operation.prepare(folder));
    let strace =
        Strace::attach(victim.pid(), &[Injection::new(call, &format!("error={error}"), &when)]);
    let told: Vec<_> = each().map(|(op, folder)| victim.perform(op, folder)).collect();
    let failed = injected(&strace.detach());
    let mut bad = Vec::new();
    for ((operation, folder), told) in each().zip(&told) {
        if let Err(what) = judge(operation, folder, told, victim) {
            bad.push(format!("{call} {when} {error}: {what}; told {told:?}"));
        }
    }
    if told.contains(&Told::Dead) {
        *victim = Victim::spawn();
    }
    (failed, bad)
}

fn no_error_loses_anything(errors: &[&str], lasting: bool) {
    let mut victim = Victim::spawn();
    let (mut count, mut bad, mut tried) = (0, Vec::new(), 0_usize);
    for (call, which) in file_calls() {
        for error in errors {
            for n in &which {
                tried += 1;
                if !tried.is_multiple_of(fixture::one_of()) {
                    continue;
                }
                let (failed, wrong) = fail(&mut victim, &call, error, *n, lasting);
                count += failed;
                bad.extend(wrong);
            }
        }
    }
    println!("{count} failed calls, {} bad outcomes", bad.len());
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    assert!(300 / fixture::one_of() < count);
}

#[test]
fn an_error_at_any_file_system_call_loses_nothing_and_is_told() {
    no_error_loses_anything(&ERRORS[..6], false);
}

#[test]
fn another_error_at_any_file_system_call_loses_nothing_and_is_told() {
    no_error_loses_anything(&ERRORS[6..], false);
}

#[test]
fn an_error_that_lasts_loses_nothing_and_is_told() {
    no_error_loses_anything(&LASTING, true);
}
