//! Headers put together by hand: slots of other vaults and other days, and what a slot may cost.
//!
//! Never here: damage by chance (`bytes`).

use std::time::{Duration, Instant};

use host::vault::cost::KdfParams;
use host::vault::format::{self, Container, FormatError, Header};
use host::vault::keys::{Key, KeyError};
use host::vault::slot::{Slot, SlotType};

use crate::fixture::{self, MASTER, NOW, SECOND, derived, repair, unlock};
use crate::victim::Victim;

/// Offset of the first slot, bytes of a slot, and where in it the costs begin.
const SLOTS: usize = 97;
const SLOT: usize = 157;
const COSTS: usize = 21;

/// A file with these slots and everything else as it was; the checksum holds.
fn with_slots(file: &[u8], slots: &[&[u8]]) -> Vec<u8> {
    let own = usize::from(file[96]) * SLOT;
    let mut out = file[..SLOTS].to_vec();
    out[96] = u8::try_from(slots.len()).unwrap();
    slots.iter().for_each(|slot| out.extend(*slot));
    let header_len = u32::try_from(out.len() + 32).unwrap();
    out[12..16].copy_from_slice(&header_len.to_le_bytes());
    out.extend(&file[SLOTS + own..]);
    repair(&mut out);
    out
}

/// Puts another file's header, slots and all, before the body of this one.
fn with_header(file: &[u8], header: &[u8]) -> Vec<u8> {
    let len = |file: &[u8]| u32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
    let mut out = [&header[..len(header)], &file[len(file)..]].concat();
    repair(&mut out);
    out
}

/// Saves of two vaults: before and after a new password, and another one with the same password.
fn saves() -> [Vec<u8>; 4] {
    let folders = [(); 2].map(|()| fixture::folder());
    let [one, other] = [&folders[0], &folders[1]].map(|folder| fixture::store(folder.path()));
    let read = |store: &host::vault::file::Store| std::fs::read(store.path()).unwrap();
    let mut vault = one.create(derived(MASTER), NOW).unwrap();
    fixture::add(&one, &mut vault, "a").unwrap();
    let early = read(&one);
    fixture::add(&one, &mut vault, "b").unwrap();
    let later = read(&one);
    one.update(&mut vault, NOW, |vault, _| {
        vault.set_password(derived(SECOND), false);
        Ok::<_, host::vault::file::FileError>(())
    })
    .unwrap();
    let changed = read(&one);
    other.create(derived(MASTER), NOW).unwrap();
    [early, later, changed, read(&other)]
}

#[test]
fn slots_from_elsewhere_open_nothing() {
    let saves = saves();
    saves.iter().for_each(|file| assert!(fixture::open(file).is_ok()));
    let slot = |file: &[u8]| file[SLOTS..SLOTS + SLOT].to_vec();
    let of_type = |kind: u8| [&[kind], &slot(&saves[0])[1..]].concat();
    // Early and later have the same slot.
    let slots = [slot(&saves[0]), slot(&saves[2]), slot(&saves[3]), of_type(2), of_type(4)];
    let mut files = Vec::new();
    for file in &saves {
        for order in arrangements(slots.len(), 4) {
            let slots: Vec<&[u8]> = order.iter().map(|n| slots[*n].as_slice()).collect();
            files.push(with_slots(file, &slots));
        }
        // The same slot up to eight times, none, and nine.
        for n in [0, 2, 3, 4, 5, 6, 7, 8, 9] {
            files.push(with_slots(file, &vec![slots[0].as_slice(); n]));
        }
        for header in &saves {
            files.push(with_header(file, header));
        }
        // Nine of one vault and a body of the other, fields of the header one by one.
        for from in &saves {
            for range in [8..10, 10..12, 12..16, 16..32, 32..40, 40..56, 56..64, 64..96, 96..97] {
                let mut out = file.clone();
                out[range.clone()].copy_from_slice(&from[range]);
                repair(&mut out);
                files.push(out);
            }
        }
    }
    files.retain(|file| !saves.contains(file));
    files.sort();
    files.dedup();
    let mut counts = std::collections::BTreeMap::<String, u32>::new();
    for file in &files {
        let why = fixture::open(file).expect_err("slots from elsewhere");
        *counts.entry(format!("{why:?}")).or_default() += 1;
    }
    println!("{} arrangements of slots and headers, 0 opens; {counts:?}", files.len());
    assert!(500 <= files.len());
}

/// All ordered choices of 1 to `most` among `n`.
fn arrangements(n: usize, most: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    let mut last: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..most {
        last = last
            .iter()
            .flat_map(|chosen| {
                let free = (0..n).filter(|next| !chosen.contains(next));
                free.map(|next| [chosen.as_slice(), &[next]].concat()).collect::<Vec<_>>()
            })
            .collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// The suite's `unlock`, which remembers what Argon2 gave, and the host's own say the same.
#[test]
fn the_remembering_unlock_is_the_hosts() {
    let whole = fixture::vault_bytes();
    let mut files = vec![whole.clone()];
    // Every fourth byte of the slot, and a few around it.
    for at in (80..SLOTS + SLOT + 40).step_by(4) {
        let mut file = whole.clone();
        file[at] ^= 1;
        repair(&mut file);
        files.push(file);
    }
    for file in &files {
        let Ok(sealed) = format::parse(Container::Vault, file) else { continue };
        for password in [MASTER, SECOND] {
            let ours = unlock(file, &sealed, password).map(|dek| *dek.expose());
            let theirs = sealed.unlock(password).map(|dek| *dek.expose());
            assert_eq!(ours, theirs);
        }
    }
    println!("{} files, the same verdicts", files.len());
}

#[test]
fn a_cost_out_of_bounds_is_refused_before_anything_is_allocated() {
    const M: [u32; 9] = [0, 1, 19_455, 19_456, 65_536, 1_048_576, 1_048_577, 1 << 31, u32::MAX];
    const T: [u32; 7] = [0, 1, 2, 3, 16, 17, u32::MAX];
    const P: [u32; 7] = [0, 1, 4, 16, 17, 1 << 24, u32::MAX];
    let whole = fixture::vault_bytes();
    let folder = fixture::folder();
    let path = folder.path().join("vault.otv");
    let mut victim = Victim::spawn();
    let (mut refused, mut within, mut slowest) = (0, 0, Duration::ZERO);
    for m in M {
        for t in T {
            for p in P {
                let mut file = whole.clone();
                for (n, cost) in [m, t, p].into_iter().enumerate() {
                    let at = SLOTS + COSTS + 4 * n;
                    file[at..at + 4].copy_from_slice(&cost.to_le_bytes());
                }
                repair(&mut file);
                if KdfParams::new(m, t, p).is_ok() {
                    // They are tried elsewhere; the dearest take seven seconds.
                    within += 1;
                    assert!((19_456..=1_048_576).contains(&m) && (1..=16).contains(&t));
                    assert!((1..=16).contains(&p) && u64::from(m) * u64::from(t) <= 4_194_304);
                    continue;
                }
                std::fs::write(&path, &file).unwrap();
                let look = victim.look(&path);
                assert_eq!(look.outcome, "Format(Key(Bounds))", "{m} {t} {p}");
                assert!(look.grown_kib < 1024, "{m} {t} {p}: {look:?}");
                slowest = slowest.max(look.took);
                refused += 1;
            }
        }
    }
    println!("{refused} costs refused, the slowest in {slowest:?}; {within} within the bounds");
    assert!(60 <= refused && slowest < Duration::from_millis(50));
}

#[test]
fn another_cost_within_the_bounds_is_a_wrong_password() {
    let header = Header {
        minor: 0,
        vault_id: [7; 16],
        generation: 1,
        device_id: [0; 16],
        saved_at: 0,
        body_salt: [0; 32],
    };
    let dek = Key::generate();
    let slot = Slot::seal(SlotType::Master, derived(MASTER), &[7; 16], &dek);
    let whole = format::seal(Container::Vault, &header, &[slot], b"", b"{}", &dek).unwrap();
    for (m, t, p) in [(65_536, 3, 4), (19_456, 3, 1), (19_456, 2, 2), (19_457, 2, 1)] {
        let mut file = whole.clone();
        for (n, cost) in [m, t, p].into_iter().enumerate() {
            let at = SLOTS + COSTS + 4 * n;
            file[at..at + 4].copy_from_slice(&u32::to_le_bytes(cost));
        }
        repair(&mut file);
        let start = Instant::now();
        let found = format::parse(Container::Vault, &file).unwrap().unlock(MASTER).unwrap_err();
        assert_eq!(found, FormatError::Key(KeyError::Wrong), "{m} {t} {p}");
        assert!(start.elapsed() < Duration::from_secs(7));
    }
    assert!(format::parse(Container::Vault, &whole).unwrap().unlock(MASTER).is_ok());
}
