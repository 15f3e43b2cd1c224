//! The lock that one browser, or `countersign lock`, wants for all: whoever asks for it and however full the disk is,
//! it reaches them, or says that it does not.
//!
//! Never here: the bus.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::home::Home;
use tests::port::Port;
use tests::skip::skip;

use crate::bus::Bus;
use crate::host::{PASSWORD, expect_lock, home, unlock};

/// As which a program without any rights of its own runs.
const NOBODY: u32 = 65534;
const AS_NOBODY: &[&str] =
    &["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"];

/// A program that nobody may run, too, and a home that is theirs.
fn home_of_nobody() -> (TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("host");
    fs::copy(Home::built_host().unwrap(), &program).unwrap();
    let home = Home::new(&program).unwrap();
    give(home.path());
    (folder, home)
}

fn give(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for item in fs::read_dir(path).unwrap() {
            let item = item.unwrap().path();
            if !item.is_symlink() {
                give(&item);
            }
        }
    }
}

fn lock_by_line(home: &Home, by: &[&str]) -> Output {
    let mut command = match by {
        [] => home.command(home.host()),
        [program, words @ ..] => {
            let mut command = home.command(program);
            command.args(words).arg(home.host());
            command
        }
    };
    command.arg("lock").output().unwrap()
}

fn lock(port: &mut Port) -> Value {
    assert_eq!(port.ask("lock", Value::Null).unwrap()["ok"], "done");
    port.news().unwrap()["ev"].clone()
}

#[test]
fn what_root_locks_locks_the_users_browsers_each_time() {
    let bus = Bus::start().unwrap();
    let (_program, home) = home_of_nobody();
    let mut port = bus.port_by(&home, AS_NOBODY).unwrap();
    let made = port.ask("create", json!({"password": PASSWORD})).unwrap();
    assert_eq!(made["ok"], "done", "{made}");
    let epoch = home.vault().with_file_name("lock.epoch");
    for _ in 0..3 {
        let said = lock_by_line(&home, &[]);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        // Root's file, which the user's host can't read: that it is another one is enough.
        assert_eq!(
            (epoch.metadata().unwrap().uid(), epoch.metadata().unwrap().mode() & 0o777),
            (0, 0o600)
        );
        expect_lock(&mut port, "everywhere");
        unlock(&mut port);
    }
    // It is in nobody's way.
    assert_eq!(lock(&mut port), json!({"locked": {"why": "manual"}}));
    assert_eq!(epoch.metadata().unwrap().uid(), NOBODY);
}

/// A file system in memory below a home, with no room and no place for another file when it is filled.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    /// `None` where only others may mount.
    fn mount(at: &'a Path, options: &str) -> Option<Self> {
        let mut command = Command::new("mount");
        let options = format!("mode=700,{options}");
        let mounted = command.args(["-t", "tmpfs", "-o", &options, "small"]).arg(at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at));
        }
        skip("no tmpfs can be mounted here (it takes root)");
        None
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

/// Takes all that is left.
fn fill(folder: &Path, round: u32) {
    for size in [8192, 1] {
        let name = |n: u32| folder.join(format!("fill-{round}-{size}-{n}"));
        let after = (0..).find(|n| !name(*n).exists()).unwrap();
        let taken = (after..).take_while(|n| fs::write(name(*n), vec![0; size]).is_ok()).count();
        assert!(taken < 10_000, "it has an end");
    }
}

#[test]
fn a_lock_reaches_every_browser_when_the_disk_is_full() {
    let bus = Bus::start().unwrap();
    // Without a free block, and without a free file.
    for options in ["size=256k", "size=8m,nr_inodes=40"] {
        let home = home();
        let data = home.path().join(".local/share");
        let Some(_small) = Small::mount(&data, options) else { return };
        let mut first = bus.port(&home).unwrap();
        first.ask("create", json!({"password": PASSWORD})).unwrap();
        let mut second = bus.port(&home).unwrap();
        unlock(&mut second);
        for round in 0..3 {
            fill(&data, round);
            if round != 0 {
                unlock(&mut first);
                unlock(&mut second);
            }
            assert_eq!(lock(&mut first), json!({"locked": {"why": "manual"}}), "{options} {round}");
            expect_lock(&mut second, "everywhere");
            fill(&data, round);
            unlock(&mut first);
            unlock(&mut second);
            let said = lock_by_line(&home, &[]);
            assert!(said.status.success(), "{options} {round}");
            expect_lock(&mut first, "everywhere");
            expect_lock(&mut second, "everywhere");
        }
    }
}

#[test]
fn a_lock_that_reaches_nobody_else_says_so() {
    let bus = Bus::start().unwrap();
    let (_program, home) = home_of_nobody();
    let mut port = bus.port_by(&home, AS_NOBODY).unwrap();
    port.ask("create", json!({"password": PASSWORD})).unwrap();
    let folder = home.vault().parent().unwrap().to_owned();
    let epoch = folder.join("lock.epoch");
    // Root's, and no other than before to whoever reads it.
    fs::set_permissions(&epoch, Permissions::from_mode(0o644)).unwrap();
    chown(&epoch, Some(0), Some(0)).unwrap();
    chown(&folder, Some(0), Some(0)).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();

    assert_eq!(lock(&mut port), json!({"locked": {"why": "only_here"}}));
    let status = port.ask("status", Value::Null).unwrap();
    assert_eq!(status["ok"]["status"]["vault"], json!({"state": "locked", "why": "only_here"}));
    let said = lock_by_line(&home, AS_NOBODY);
    let words = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(1), "{words}");
    assert!(words.contains("nothing was locked: ") && words.contains("each browser"), "{words}");

    // Where it is told, it is not the end: with the folder back it reaches everybody.
    chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
    unlock(&mut port);
    assert_eq!(lock(&mut port), json!({"locked": {"why": "manual"}}));
    assert!(lock_by_line(&home, AS_NOBODY).status.success());
}
