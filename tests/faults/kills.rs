//! A kill at every file system call of every operation.
//!
//! A kill at any other call leaves the disk as a kill at the next one of these does.
//!
//! Never here: what else may happen to a call (`errors`).

use std::collections::BTreeMap;

use crate::fixture;
use crate::operation::Operation;
use crate::strace::{Injection, Strace};
use crate::victim::{Told, Victim};

/// Calls that have nothing to do with files: memory, threads, signals, clocks, the control connection,
/// randomness (without it the host ends, by design).
const NOT_FILES: &[&str] = &[
    "brk",
    "clock_nanosleep",
    "clone3",
    "exit",
    "futex",
    "getpid",
    "getrandom",
    "gettid",
    "madvise",
    "mlock",
    "mlock2",
    "mmap",
    "mprotect",
    "mremap",
    "munlock",
    "munmap",
    "prctl",
    "recvfrom",
    "restart_syscall",
    "rseq",
    "rt_sigprocmask",
    "sched_getaffinity",
    "sched_yield",
    "sendto",
    "set_robust_list",
    "sigaltstack",
];
/// Files that no vault is made of: what keeps the keys' pages, and what says whether they are safe there.
const NOT_OURS: &[&str] = &["secretmem", "/proc/", "/sys/"];

/// The file system calls that an operation makes: which name, and which of that name.
pub(crate) fn calls(operation: Operation) -> BTreeMap<String, Vec<u32>> {
    let (mut victim, folder) = (Victim::spawn(), fixture::folder());
    operation.prepare(folder.path());
    let strace = Strace::attach(victim.pid(), &[]);
    assert_eq!(victim.perform(operation, folder.path()), Told::Ok);
    let mut counts = BTreeMap::<String, u32>::new();
    let mut calls = BTreeMap::<String, Vec<u32>>::new();
    for line in strace.detach() {
        // `PID name(arguments) = result`; the second half of a call that another thread's cut in two
        // begins with `<`.
        let Some((_, line)) = line.split_once(' ') else { continue };
        let Some((name, _)) = line.trim_start().split_once('(') else { continue };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') || NOT_FILES.contains(&name)
        {
            continue;
        }
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        if !NOT_OURS.iter().any(|part| line.contains(part)) {
            calls.entry(name.to_owned()).or_default().push(*count);
        }
    }
    calls
}

fn every_kill_leaves_the_old_vault_or_the_new_one(operation: Operation) {
    let (mut old, mut new) = (0, 0);
    for (call, which) in calls(operation) {
        for n in which {
            let (mut victim, folder) = (Victim::spawn(), fixture::folder());
            operation.prepare(folder.path());
            let strace = Strace::attach(victim.pid(), &[Injection::new(&call, "signal=KILL", n)]);
            let told = victim.perform(operation, folder.path());
            strace.detach();
            assert_eq!(told, Told::Dead, "killed at {call} {n}");
            let state = operation.check(folder.path(), false);
            let state = state.unwrap_or_else(|err| panic!("killed at {call} {n}: {err}"));
            *if state == operation.before() { &mut old } else { &mut new } += 1;
        }
    }
    println!("{operation:?}: {} kills, {old} old, {new} new, 0 lost", old + new);
    assert!(20 <= old + new && old != 0 && new != 0);
}

#[test]
fn a_kill_at_any_file_system_call_of_a_creation_leaves_no_vault_or_a_whole_one() {
    every_kill_leaves_the_old_vault_or_the_new_one(Operation::Create);
}

#[test]
fn a_kill_at_any_file_system_call_of_a_save_leaves_the_old_vault_or_the_new_one() {
    every_kill_leaves_the_old_vault_or_the_new_one(Operation::Save);
}

#[test]
fn a_kill_at_any_file_system_call_of_a_save_that_prunes_leaves_the_old_vault_or_the_new_one() {
    every_kill_leaves_the_old_vault_or_the_new_one(Operation::Prune);
}

#[test]
fn a_kill_at_any_file_system_call_of_a_new_password_leaves_the_old_one_or_the_new_one() {
    every_kill_leaves_the_old_vault_or_the_new_one(Operation::Password);
}

#[test]
fn a_kill_at_any_file_system_call_of_a_new_data_key_leaves_the_old_vault_or_the_new_one() {
    every_kill_leaves_the_old_vault_or_the_new_one(Operation::Rotate);
}

#[test]
fn a_kill_at_any_file_system_call_of_a_revert_leaves_the_torn_vault_or_the_earlier_one() {
    every_kill_leaves_the_old_vault_or_the_new_one(Operation::Revert);
}

#[test]
fn a_kill_at_any_file_system_call_of_a_recovery_code_leaves_the_old_slots_or_the_new_ones() {
    every_kill_leaves_the_old_vault_or_the_new_one(Operation::Recovery);
}

#[test]
fn a_kill_at_any_file_system_call_of_a_backup_leaves_none_or_one_that_restores() {
    every_kill_leaves_the_old_vault_or_the_new_one(Operation::Backup);
}

#[test]
fn a_kill_at_any_file_system_call_of_an_import_leaves_the_old_vault_or_the_new_one() {
    every_kill_leaves_the_old_vault_or_the_new_one(Operation::Import);
}

#[test]
fn a_kill_at_any_file_system_call_of_a_restored_backup_leaves_the_old_vault_or_the_new_one() {
    every_kill_leaves_the_old_vault_or_the_new_one(Operation::Restore);
}
