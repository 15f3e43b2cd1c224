//! What others can see of the host's memory: dumps, debuggers, cores, panics. To be run by root, who can
//! see most, and who alone can be somebody else.
//!
//! Never here: what was in the memory of a browser.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test has a clock and an environment")]

mod asking;
#[expect(dead_code, reason = "`locks` asks more of it")]
#[path = "../locks/bus.rs"]
mod bus;
mod child;
mod derived;
mod dump;
mod host;

use std::fs;
use std::process::Command;

use crate::child::{Keeper, as_nobody};
use crate::dump::Dump;

/// A key that is nowhere else, not even in this program: each byte is the one before times 5 plus 77.
fn key() -> Vec<u8> {
    (0..32)
        .scan(193_u8, |byte, _| {
            *byte = byte.wrapping_mul(5).wrapping_add(77);
            Some(*byte)
        })
        .collect()
}

fn complement() -> Vec<u8> {
    key().iter().map(|byte| !byte).collect()
}

/// The command that gives the keeper its key.
fn keep() -> String {
    format!("key {}", data_encoding::HEXLOWER.encode(&key()))
}

/// What a program says, on either stream.
fn said(command: &mut Command) -> String {
    let output = command.output().expect("it is installed");
    [output.stdout, output.stderr].iter().map(|text| String::from_utf8_lossy(text)).collect()
}

/// Whether this system lets a process look into another of the same user at all: then the comparison
/// with a process that is not hardened means something.
fn same_user_may_look() -> bool {
    fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope")
        .map_or(true, |scope| scope.trim() == "0")
}

/// Not a test of its own: with a variable set it is the process that the others look at.
#[test]
fn the_keeper_as_a_process() {
    child::keep();
}

#[test]
fn root_finds_common_memory_and_no_key_after_the_wipe() {
    let mut keeper = Keeper::start("hardened").unwrap();
    let kind = keeper.ask(&keep()).unwrap();
    // gdb's way and ours must agree, or one of the two leaves something out.
    for before in [Dump::of(keeper.id()).unwrap(), Dump::by_gdb(keeper.id()).unwrap()] {
        assert_ne!(before.hits(&complement()), 0, "the dump shows what is in memory");
        match kind.as_str() {
            "Secret" => assert_eq!(before.hits(&key()), 0, "not even root sees this page"),
            "Locked" => assert_ne!(before.hits(&key()), 0, "root sees it, and so does this test"),
            kind => panic!("the key lies on a page of kind {kind}"),
        }
    }
    assert_eq!(keeper.ask("wipe").unwrap(), "wiped");
    let after = Dump::of(keeper.id()).unwrap();
    assert_ne!(after.hits(&complement()), 0);
    assert_eq!(after.hits(&key()), 0);
}

#[test]
fn the_same_user_can_neither_read_nor_trace_it() {
    let mut keeper = Keeper::start("hardened").unwrap();
    keeper.ask(&keep()).unwrap();
    let plain = Keeper::start("plain").unwrap();
    for file in ["mem", "environ", "maps"] {
        let open = |id: u32| {
            let mut command = as_nobody("sh");
            command.args(["-c", &format!("exec 3</proc/{id}/{file} && head -c 1 <&3 >/dev/null")]);
            said(&mut command)
        };
        assert!(open(keeper.id()).contains("Permission denied"), "{file}");
        let compared = open(plain.id());
        assert!(
            !same_user_may_look() || !compared.contains("Permission denied"),
            "{file}: {compared}"
        );
    }
    let attach = |id: u32| {
        said(
            as_nobody("gdb").args(["-nx", "-batch", "-p", &id.to_string()]).env("HOME", "/nowhere"),
        )
    };
    assert!(attach(keeper.id()).contains("Operation not permitted"));
    assert!(!same_user_may_look() || !attach(plain.id()).contains("Operation not permitted"));
}

#[test]
fn a_crash_leaves_no_core() {
    let cores = |kind: &str| {
        let mut keeper = Keeper::start(kind).unwrap();
        keeper.ask(&keep()).unwrap();
        let (status, _, folder) = keeper.last_words("crash").unwrap();
        assert!(!status.success());
        fs::read_dir(folder.path())
            .unwrap()
            .filter(|entry| {
                entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("core")
            })
            .count()
    };
    assert_eq!(cores("hardened"), 0);
    // Where cores go to a file beside the program, one that is not hardened does leave one.
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    if pattern.trim() == "core" {
        assert_eq!(cores("plain"), 1);
    }
}

#[test]
fn a_panic_says_where_and_not_what() {
    let words = "correct horse battery staple";
    let (_, errors, _) =
        Keeper::start("hardened").unwrap().last_words(&format!("panic {words}")).unwrap();
    assert!(errors.contains("countersign: internal error (child.rs:"), "{errors}");
    assert!(!errors.contains(words));
    let (_, errors, _) =
        Keeper::start("plain").unwrap().last_words(&format!("panic {words}")).unwrap();
    assert!(errors.contains(words), "without the hook it would say it");
}

#[test]
fn it_starts_with_nothing_open_and_lets_nobody_read_its_files() {
    let open = |keeper: &Keeper| fs::exists(format!("/proc/{}/fd/7", keeper.id())).unwrap();
    let keeper = Keeper::start("hardened").unwrap();
    let plain = Keeper::start("plain").unwrap();
    assert!(open(&plain) && !open(&keeper));
    assert_eq!(keeper.status("Umask").unwrap(), "0077");
    // Signal 25 (SIGXFSZ) is bit 24; signal 13 (SIGPIPE) is bit 12.
    let ignored = u64::from_str_radix(&keeper.status("SigIgn").unwrap(), 16).unwrap();
    assert_eq!(ignored & (1 << 24 | 1 << 12), 1 << 24 | 1 << 12);
    let limits = fs::read_to_string(format!("/proc/{}/limits", keeper.id())).unwrap();
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(cores.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
}

#[test]
fn the_needles_are_written_as_windows_writes_them() {
    assert_eq!(dump::utf16("aé"), [0x61, 0, 0xe9, 0]);
}
