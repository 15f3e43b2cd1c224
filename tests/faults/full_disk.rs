//! Disks that are really full, or read-only; and a limit on the size of a file.
//!
//! Never here: errors that are made up (`errors`).

use std::path::Path;
use std::process::Command;

use tests::small_disk::SmallDisk;

use crate::fixture;
use crate::operation::{ALL, Operation, leftovers, state};
use crate::victim::{Told, Victim};

/// An operation that had no room: told so, and all as before; or done.
fn judge(operation: Operation, folder: &Path, told: &Told, full: &[&str]) -> bool {
    match told {
        Told::Ok => true,
        Told::Failed(why) => {
            assert!(full.contains(&why.as_str()), "{operation:?}: {why}");
            assert_eq!(state(folder).unwrap(), operation.before(), "{operation:?}");
            assert_eq!(leftovers(folder), None, "{operation:?}");
            false
        }
        told => panic!("{operation:?}: {told:?}"),
    }
}

/// Performs every operation under a limit, and again without it. How many were refused.
fn with_limit(
    memory: &SmallDisk,
    victim: &mut Victim,
    limit: impl Fn(&Path),
    lift: impl Fn(),
    full: &[&str],
) -> [u32; 2] {
    let (mut done, mut refused) = (0, 0);
    for operation in ALL {
        let folder = tempfile::tempdir_in(memory.path()).unwrap();
        operation.prepare(folder.path());
        limit(folder.path());
        let told = victim.perform(operation, folder.path());
        let ok = judge(operation, folder.path(), &told, full);
        lift();
        if !ok && let Some(told) = victim.go_on(folder.path()) {
            assert_eq!(told, Told::Ok, "{operation:?}, once there is room");
            done += 1;
            refused += 1;
            continue;
        }
        operation.check(folder.path(), ok).unwrap();
        *if ok { &mut done } else { &mut refused } += 1;
    }
    [done, refused]
}

#[test]
fn a_full_disk_is_told_and_leaves_the_old_vault() {
    let Some(memory) = SmallDisk::mount() else { return };
    let mut victim = Victim::spawn();
    let (mut count, mut refused) = (0, 0);
    // Room for nothing, for a part of the new file, for all of it.
    for room in (0..=64).step_by(4) {
        let limit = |_: &Path| assert!(memory.leave(room));
        let lift = || assert!(memory.remount("size=8m"));
        let found = with_limit(&memory, &mut victim, limit, lift, &["Disk(Full)"]);
        (count, refused) = (count + ALL.len(), refused + found[1]);
    }
    println!("{count} operations in 0 to 64 KiB of room: {refused} refused, 0 lost");
    assert!(40 <= count && refused != 0 && (refused as usize) < count);
}

#[test]
fn a_disk_without_inodes_is_told_and_leaves_the_old_vault() {
    let Some(memory) = SmallDisk::mount() else { return };
    let mut victim = Victim::spawn();
    let (mut count, mut refused) = (0, 0);
    for free in 0..4 {
        let limit = |_: &Path| {
            let output =
                Command::new("df").arg("--output=iused").arg(memory.path()).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let used: u64 = text.lines().nth(1).unwrap().trim().parse().unwrap();
            assert!(memory.remount(&format!("nr_inodes={}", used + free)));
        };
        let lift = || assert!(memory.remount("nr_inodes=10000"));
        let found = with_limit(&memory, &mut victim, limit, lift, &["Disk(Full)"]);
        (count, refused) = (count + ALL.len(), refused + found[1]);
    }
    println!("{count} operations with 0 to 3 inodes: {refused} refused, 0 lost");
    assert!(refused != 0);
}

#[test]
fn a_read_only_disk_is_told_and_leaves_the_old_vault() {
    let Some(memory) = SmallDisk::mount() else { return };
    let mut victim = Victim::spawn();
    let limit = |_: &Path| assert!(memory.remount("ro"));
    let lift = || assert!(memory.remount("rw"));
    // An import is refused in the words of the wire, which have no kinds of `io`.
    let refusals = ["Disk(Io(ReadOnlyFilesystem))", "Disk(Io(Other))"];
    let found = with_limit(&memory, &mut victim, limit, lift, &refusals);
    println!("{} operations on a read-only disk, all refused, 0 lost", found[1]);
    assert_eq!(found[1] as usize, ALL.len());
}

#[test]
fn a_limit_on_file_sizes_is_told_and_leaves_the_old_vault() {
    let mut victim = Victim::spawn();
    let pid = victim.pid().to_string();
    let limit = |bytes: &str| {
        let limited = Command::new("prlimit")
            .args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")])
            .status()
            .expect("this suite needs prlimit, of util-linux");
        assert!(limited.success());
    };
    let len = fixture::vault_bytes().len();
    let (mut count, mut refused) = (0, 0);
    for part in 0..=16 {
        for operation in ALL {
            let folder = fixture::folder();
            operation.prepare(folder.path());
            limit(&(len * part / 8).to_string());
            let told = victim.perform(operation, folder.path());
            limit("unlimited");
            let ok = judge(operation, folder.path(), &told, &["Disk(Full)"]);
            operation.check(folder.path(), ok).unwrap();
            count += 1;
            refused += u32::from(!ok);
        }
    }
    println!("{count} operations with files of at most 0 to {} bytes: {refused} refused", 2 * len);
    assert!(40 <= count && refused != 0);
}
