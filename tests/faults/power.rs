//! Power cuts: what a disk holds after each system call of an operation, and nothing else.
//!
//! The vault lies on an ext4 in an image. The victim is stopped after every file system call, and the image
//! is copied as it is: what the file system has not written yet is lost. Each copy is mounted, as after a
//! power cut, and must hold the old vault or the new one; from the moment of the confirmation, the new one.
//! ext4 runs without the option that hides missing syncs (`noauto_da_alloc`).
//!
//! The last two tests are about the harness: a save without one of its syncs must be found out.
//!
//! Never here: other file systems than ext4.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tests::skip::skip;

use crate::fixture;
use crate::kills::calls;
use crate::operation::Operation;
use crate::strace::{Injection, Strace, go_on, is_stopped};
use crate::victim::{Told, Victim};

/// A mounted image; unmounted when it is dropped.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// An empty file system; `None` where only others may mount.
    fn new() -> Option<Self> {
        let folder = fixture::folder();
        fs::create_dir(folder.path().join("mount")).unwrap();
        let image = fs::File::create(folder.path().join("image")).unwrap();
        image.set_len(8 << 20).unwrap();
        let mut mkfs = Command::new("mkfs.ext4");
        mkfs.args(["-q", "-F", "-b", "1024"]).arg(folder.path().join("image"));
        let disk = Self { folder };
        let made = succeeds(&mut mkfs) && disk.mount();
        if !made {
            skip("no ext4 can be mounted from a file here (it takes root and loop devices)");
        }
        made.then_some(disk)
    }

    /// The disk as it would be found if the power went now.
    fn cut(image: &[u8]) -> Self {
        let folder = fixture::folder();
        fs::create_dir(folder.path().join("mount")).unwrap();
        fs::write(folder.path().join("image"), image).unwrap();
        let disk = Self { folder };
        assert!(disk.mount(), "the file system did not survive");
        disk
    }

    fn mount(&self) -> bool {
        let (image, root) = (self.folder.path().join("image"), self.root());
        let mut mount = Command::new("mount");
        mount.args(["-t", "ext4", "-o", "loop,noauto_da_alloc,commit=300"]);
        succeeds(mount.arg(image).arg(root))
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("mount")
    }

    /// What is on the disk and not only in the system's memory.
    fn image(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("image")).unwrap()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        succeeds(Command::new("umount").arg(self.root()));
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// What the cuts of one operation came to.
#[derive(Debug, Default)]
struct Cuts {
    /// Moments at which the image was copied, and different images among them.
    taken: usize,
    different: usize,
    old: usize,
    new: usize,
    bad: Vec<String>,
}

/// Cuts the power after each call of an operation; `None` where that is not possible. Without the sync
/// `skip` (1 is the file's, 2 the folder's), if any.
fn cut_everywhere(operation: Operation, skip: Option<u32>) -> Option<Cuts> {
    let disk = Disk::new()?;
    let root = disk.root();
    operation.prepare(&root);
    // What it begins with is on the disk for good.
    assert!(succeeds(Command::new("sync").arg("-f").arg(&root)));
    let mut calls = calls(operation);
    let mut injections = Vec::new();
    if let Some(n) = skip {
        assert!(calls.remove("fsync").is_some());
        injections.push(Injection::new("fsync", "retval=0", n));
    }
    injections.extend(calls.keys().map(|call| Injection::new(call, "signal=STOP", "1+")));

    let mut victim = Victim::spawn();
    let pid = victim.pid();
    let strace = Strace::attach(pid, &injections);
    let over = AtomicBool::new(false);
    let (told, mut images) = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut images = Vec::new();
            while !over.load(Ordering::Relaxed) {
                if is_stopped(pid) {
                    images.push(disk.image());
                    go_on(pid);
                }
                thread::sleep(Duration::from_micros(200));
            }
            images
        });
        let told = victim.perform(operation, &root);
        over.store(true, Ordering::Relaxed);
        (told, watcher.join().unwrap())
    });
    images.push(disk.image());
    strace.detach();
    assert_eq!(told, Told::Ok);

    let mut cuts = Cuts { taken: images.len(), ..Cuts::default() };
    let last = images.len() - 1;
    let mut seen = BTreeSet::new();
    for (n, image) in images.iter().enumerate() {
        // The last one is from after the confirmation: it is judged more strictly.
        if !seen.insert((n == last, Sha256::digest(image).to_vec())) {
            continue;
        }
        cuts.different += 1;
        match check(operation, image, n == last) {
            Ok(true) => cuts.old += 1,
            Ok(false) => cuts.new += 1,
            Err(what) => cuts.bad.push(what),
        }
    }
    println!(
        "{operation:?}, without sync {skip:?}: {} cuts, {} different disks, {} old, {} new, {} bad",
        cuts.taken,
        cuts.different,
        cuts.old,
        cuts.new,
        cuts.bad.len()
    );
    Some(cuts)
}

/// Whether it is the old vault.
fn check(operation: Operation, image: &[u8], confirmed: bool) -> Result<bool, String> {
    let disk = Disk::cut(image);
    operation.check(Path::new(&disk.root()), confirmed).map(|state| state == operation.before())
}

fn no_cut_loses_anything(operation: Operation) {
    let Some(cuts) = cut_everywhere(operation, None) else { return };
    assert!(cuts.bad.is_empty(), "{}", cuts.bad.join("\n"));
    assert!(20 <= cuts.taken && cuts.old != 0 && cuts.new != 0, "{cuts:?}");
}

#[test]
fn a_power_cut_during_a_creation_leaves_no_vault_or_a_whole_one() {
    no_cut_loses_anything(Operation::Create);
}

#[test]
fn a_power_cut_during_a_backup_leaves_none_or_one_that_restores() {
    no_cut_loses_anything(Operation::Backup);
}

#[test]
fn a_power_cut_during_a_save_leaves_the_old_vault_or_the_new_one() {
    no_cut_loses_anything(Operation::Save);
}

#[test]
fn a_power_cut_during_a_save_that_prunes_leaves_the_old_vault_or_the_new_one() {
    no_cut_loses_anything(Operation::Prune);
}

#[test]
fn a_power_cut_during_a_new_password_leaves_the_old_one_or_the_new_one() {
    no_cut_loses_anything(Operation::Password);
    no_cut_loses_anything(Operation::Rotate);
}

#[test]
fn a_power_cut_during_a_recovery_code_an_import_or_a_restore_leaves_the_old_vault_or_the_new_one() {
    // The same calls as in a save; so by name only.
    if fixture::one_of() != 1 {
        return skip("runs where the suite is named");
    }
    for operation in [Operation::Recovery, Operation::Import, Operation::Restore] {
        no_cut_loses_anything(operation);
    }
}

#[test]
fn a_power_cut_during_a_revert_leaves_the_torn_vault_or_the_earlier_one() {
    no_cut_loses_anything(Operation::Revert);
}

#[test]
fn a_save_that_does_not_sync_its_file_is_found_out() {
    for operation in [Operation::Save, Operation::Rotate] {
        let Some(cuts) = cut_everywhere(operation, Some(1)) else { return };
        assert!(!cuts.bad.is_empty(), "nothing was lost without the file's sync");
        println!("{}", cuts.bad[0]);
    }
}

#[test]
fn a_save_that_does_not_sync_its_folder_is_found_out() {
    for operation in [Operation::Save, Operation::Rotate] {
        let Some(cuts) = cut_everywhere(operation, Some(2)) else { return };
        assert!(!cuts.bad.is_empty(), "nothing was lost without the folder's sync");
        println!("{}", cuts.bad[0]);
    }
}
