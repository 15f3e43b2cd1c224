//! A vault cut anywhere, with any bit flipped, with any block in the wrong place, and things that are no
//! vault at all.
//!
//! Never here: slots that were put together by hand (`slots`).

use std::fs::{self, File};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

use host::backup;
use host::vault::file::FileError;
use host::vault::format::{self, Container, FormatError};

use crate::fixture::{self, MASTER, NOW, SECOND, repair, vault_bytes};
use crate::victim::{Look, Victim};

/// Why a file does not open with the master password. The host's own way, but for Argon2's memory.
fn refusal(file: &[u8]) -> Option<FormatError> {
    fixture::open(file).err()
}

#[test]
fn a_vault_cut_at_any_byte_is_torn_and_never_a_wrong_password() {
    let folder = fixture::folder();
    let store = fixture::store(folder.path());
    let mut vault = store.create(fixture::derived(MASTER), NOW).unwrap();
    fixture::add(&store, &mut vault, "a").unwrap();
    let len = fs::metadata(store.path()).unwrap().len();
    let file = File::options().write(true).open(store.path()).unwrap();
    for cut in (0..len).rev() {
        file.set_len(cut).unwrap();
        let found = store.read();
        assert!(matches!(found, Err(FileError::Format(FormatError::Torn))), "at {cut}: {found:?}");
        if cut % 512 == 0 {
            let whole: Vec<_> = store.generations().iter().map(|found| found.generation).collect();
            assert_eq!(whole, [1], "at {cut}");
        }
    }
    println!("{len} cuts, all torn");
    store.revert(1, NOW).unwrap();
    assert!(store.read().is_ok());
}

#[test]
fn any_flipped_bit_is_a_torn_vault() {
    let whole = vault_bytes();
    let mut file = whole.clone();
    for bit in 0..8 * file.len() {
        file[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            format::parse(Container::Vault, &file).unwrap_err(),
            FormatError::Torn,
            "bit {bit}"
        );
        file[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(format::parse(Container::Vault, &file).is_ok() && file == whole);
    println!("{} flips, all torn", 8 * file.len());
}

#[test]
fn any_flipped_bit_under_a_repaired_checksum_opens_nothing() {
    let whole = vault_bytes();
    assert_eq!(refusal(&whole), None);
    let content = whole.len() - 32;
    let mut counts = std::collections::BTreeMap::<String, u32>::new();
    let mut slowest = Duration::ZERO;
    for bit in 0..8 * content {
        let mut file = whole.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        repair(&mut file);
        let start = Instant::now();
        let why = refusal(&file).unwrap_or_else(|| panic!("bit {bit} of byte {} opens", bit / 8));
        slowest = slowest.max(start.elapsed());
        assert_ne!(why, FormatError::Torn);
        *counts.entry(format!("{why:?}")).or_default() += 1;
    }
    // Each by its own seal: the header's is not left to the body's.
    let body = content - (97 + 157 + 32) - 4;
    assert_eq!(counts["Body"] as usize, 8 * body);
    assert!(counts.contains_key("Header"), "{counts:?}");
    println!("{} flips, 0 opens; slowest {slowest:?}; {counts:?}", 8 * content);
    // The dearest cost within the bounds takes 7 s on an idle machine; this one may be busy.
    assert!(slowest < Duration::from_secs(60), "{slowest:?}");
}

#[test]
fn a_backup_with_any_byte_missing_or_any_bit_flipped_restores_nothing() {
    let folder = fixture::folder();
    let store = fixture::store(folder.path());
    let mut vault = store.create(fixture::derived(MASTER), NOW).unwrap();
    fixture::add(&store, &mut vault, "a").unwrap();
    backup::change(
        &store,
        &mut vault,
        NOW,
        backup::Change { password: Some(fixture::derived(SECOND)), folder: None },
    )
    .unwrap();
    let whole = backup::seal(&vault, NOW).unwrap();
    let torn = |file: &[u8]| matches!(backup::parse(file), Err(FormatError::Torn));
    assert!(backup::prove(&whole, &vault).is_ok());
    for cut in 0..whole.len() {
        assert!(torn(&whole[..cut]), "at {cut}");
    }
    let content = 8 * (whole.len() - 32);
    let mut repaired = 0;
    for bit in 0..8 * whole.len() {
        let mut file = whole.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        assert!(torn(&file), "bit {bit}");
        // Each bit of header and slot; of the sealed body, whose bits are alike, one in nine.
        if bit < 8 * 512 || (bit < content && bit % 9 == 0) {
            repair(&mut file);
            repaired += 1;
            let opened = backup::open_kept(&file, &vault);
            assert!(opened.is_err(), "bit {bit} of byte {} restores", bit / 8);
        }
    }
    println!(
        "{} cuts, {} flips, {repaired} repaired: nothing restores",
        whole.len(),
        8 * whole.len()
    );

    // A vault is no backup, and a backup no vault, whoever renames them.
    let live = fs::read(store.path()).unwrap();
    assert!(backup::parse(&live).is_err() && format::parse(Container::Vault, &whole).is_err());
    // Blocks of two backups of the same vault and password do not go together.
    let other = backup::seal(&vault, NOW).unwrap();
    for at in (0..content / 8).step_by(512) {
        for mut file in
            [[&whole[..at], &other[at..]].concat(), [&other[..at], &whole[at..]].concat()]
        {
            if file == whole || file == other {
                continue;
            }
            repair(&mut file);
            assert!(backup::open_kept(&file, &vault).is_err(), "joined at {at}");
        }
    }
}

#[test]
fn a_block_in_the_wrong_place_opens_nothing() {
    const BLOCK: usize = 512;
    let folder = fixture::folder();
    let store = fixture::store(folder.path());
    let mut vault = store.create(fixture::derived(MASTER), NOW).unwrap();
    for n in 0..20 {
        fixture::add(&store, &mut vault, &format!("account {n}")).unwrap();
    }
    let whole = fs::read(store.path()).unwrap();
    let blocks = whole.len() / BLOCK;
    let range = |n: usize| n * BLOCK..(n + 1) * BLOCK;
    let mut count = 0;
    let mut try_it = |mut file: Vec<u8>| {
        if file == whole {
            return;
        }
        assert_eq!(format::parse(Container::Vault, &file).unwrap_err(), FormatError::Torn);
        repair(&mut file);
        assert!(refusal(&file).is_some(), "a file of {} bytes opens", file.len());
        count += 2;
    };
    for a in 0..blocks {
        let mut file = whole.clone();
        file[range(a)].fill(0);
        try_it(file);
        let mut file = whole.clone();
        file.drain(range(a));
        try_it(file);
        for b in 0..blocks {
            let mut file = whole.clone();
            file.copy_within(range(a), b * BLOCK);
            try_it(file);
            if a < b {
                let mut file = whole.clone();
                let (left, right) = file.split_at_mut(b * BLOCK);
                left[range(a)].swap_with_slice(&mut right[..BLOCK]);
                try_it(file);
            }
        }
    }
    try_it([whole.as_slice(), &whole].concat());
    try_it([whole.as_slice(), &[0; BLOCK]].concat());
    try_it([&[0; BLOCK], whole.as_slice()].concat());
    println!("{count} files with misplaced blocks, 0 opens");
    assert!(200 <= count);
}

#[test]
fn what_is_no_vault_at_all_is_refused_at_once_and_without_memory() {
    let folder = fixture::folder();
    let path = |name: &str| folder.path().join(name);
    let sized = |name: &str, len: u64| File::create(path(name)).unwrap().set_len(len).unwrap();
    for (name, len) in [("empty", 0), ("one", 1), ("seven", 7), ("zeros", 1 << 20)] {
        sized(name, len);
    }
    sized("longest", 16 << 20);
    sized("too long", (16 << 20) + 1);
    sized("sparse", 4 << 30);
    fs::create_dir(path("folder")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap();
    assert!(made.success());
    let _listener = UnixListener::bind(path("socket")).unwrap();
    fs::write(path("vault"), vault_bytes()).unwrap();
    for (from, to) in [("nowhere", "dangling"), ("loop", "loop"), ("pipe", "link to a pipe")] {
        std::os::unix::fs::symlink(path(from), path(to)).unwrap();
    }
    std::os::unix::fs::symlink(path("vault"), path("link to a vault")).unwrap();
    fs::write(path("a program"), fs::read("/bin/true").unwrap()).unwrap();

    let mut victim = Victim::spawn();
    let (mut count, mut most) = (0, 0);
    let mut outcome = |path: &Path| {
        let Look { outcome, took, grown_kib } = victim.look(path);
        assert!(took < Duration::from_secs(2), "{}: {took:?}", path.display());
        (count, most) = (count + 1, grown_kib.max(most));
        outcome
    };
    for name in ["empty", "one", "seven", "zeros", "longest", "a program"] {
        assert_eq!(outcome(&path(name)), "Format(Torn)", "{name}");
    }
    for name in ["too long", "sparse"] {
        assert_eq!(outcome(&path(name)), "Disk(TooLong)", "{name}");
    }
    for name in ["folder", "pipe", "socket", "loop", "dangling", "link to a pipe"] {
        let found = outcome(&path(name));
        assert!(found.starts_with("Disk("), "{name}: {found}");
    }
    for device in ["/dev/null", "/dev/zero", "/dev/random", "/dev/full", "/proc/self/mem"] {
        assert_ne!(outcome(Path::new(device)), "opened");
    }
    assert_eq!(outcome(&path("nowhere")), "Absent");
    assert_eq!(outcome(&path("link to a vault")), "opened");
    println!("{count} looks, {most} KiB more at the peak");
    assert!(most < 64 * 1024);
}
