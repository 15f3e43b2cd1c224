//! Disks that lie: writes that are said to be done and are not, bits that turn over once they are synced.
//!
//! Never here: disks that are honest about it (`errors`).

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::fixture;
use crate::operation::{ALL, state};
use crate::strace::{Injection, Strace, injected};
use crate::victim::{Told, Victim};

#[test]
fn a_write_that_did_not_happen_is_found_out_while_the_old_vault_is_still_there() {
    let mut victim = Victim::spawn();
    let mut count = 0;
    for operation in ALL {
        // All of it, all but a byte, a block less, half, a byte, nothing.
        let len = fixture::vault_bytes().len();
        for claimed in [len, len - 1, len - 512, len / 2, 1, 0] {
            let folder = fixture::folder();
            operation.prepare(folder.path());
            name_this_machine(folder.path());
            let lie = Injection::new("write", &format!("retval={claimed}"), 1);
            let strace = Strace::attach(victim.pid(), &[lie]);
            let told = victim.perform(operation, folder.path());
            assert_eq!(injected(&strace.detach()), 1);
            assert!(matches!(told, Told::Failed(_)), "{operation:?}, {claimed}: {told:?}");
            assert_eq!(state(folder.path()).unwrap(), operation.before());
            operation.check(folder.path(), false).unwrap();
            count += 1;
        }
    }
    println!("{count} writes that did not happen, all found out");
}

/// What was read back comes from the system's cache: a bit that turns over on the medium alone is found at
/// the next start, and the save before it is there.
#[test]
fn a_bit_that_turns_over_after_the_sync_is_found_out_before_the_rename() {
    let mut victim = Victim::spawn();
    let mut count = 0;
    for operation in ALL {
        for part in 0..4 {
            let folder = fixture::folder();
            operation.prepare(folder.path());
            name_this_machine(folder.path());
            let pause = Injection::new("fsync", "delay_exit=100000", 1);
            let strace = Strace::attach(victim.pid(), &[pause]);
            let told = thread::scope(|scope| {
                let flip = scope.spawn(|| flip_when_written(folder.path(), part));
                let told = victim.perform(operation, folder.path());
                flip.join().unwrap();
                told
            });
            strace.detach();
            assert!(matches!(told, Told::Failed(_)), "{operation:?}, {part}: {told:?}");
            assert_eq!(state(folder.path()).unwrap(), operation.before());
            operation.check(folder.path(), false).unwrap();
            count += 1;
        }
    }
    println!("{count} flipped bits, all found out");
}

/// So that the first write is a vault's or a backup's. A lie about this machine's name loses nobody anything: who can't
/// read it again has another one.
fn name_this_machine(folder: &Path) {
    let store = fixture::store(folder);
    fs::create_dir_all(store.path().parent().unwrap()).unwrap();
    store.device_id();
}

/// Waits for the new file to be written (it is being synced then), and flips one of its bits.
fn flip_when_written(folder: &Path, part: u64) {
    let start = Instant::now();
    loop {
        if let Some(path) = new_file(folder) {
            // Written in one go, and held in its sync from then on.
            thread::sleep(Duration::from_millis(20));
            let file = File::options().read(true).write(true).open(path).unwrap();
            let at = file.metadata().unwrap().len() * part / 4;
            let mut byte = [0];
            file.read_exact_at(&mut byte, at).unwrap();
            byte[0] ^= 0x10;
            file.write_all_at(&byte, at).unwrap();
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(5), "no new file was written");
        thread::sleep(Duration::from_millis(1));
    }
}

fn new_file(folder: &Path) -> Option<PathBuf> {
    // A backup is written into a folder of its own.
    let folders =
        ["home", "backups"].into_iter().filter_map(|name| fs::read_dir(folder.join(name)).ok());
    folders.flatten().filter_map(Result::ok).map(|entry| entry.path()).find(|path| {
        let written = fs::metadata(path).is_ok_and(|found| 0 < found.len());
        let name = path.to_string_lossy();
        written && (name.contains(".tmp-") || name.ends_with(".tmp"))
    })
}
