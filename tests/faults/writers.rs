//! Eight processes that save at once, some of which are killed.
//!
//! Never here: what one process does alone.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::fixture::{self, MASTER, NOW, derived};
use crate::operation::{State, leftovers, state};
use crate::victim::Victim;

const WRITERS: usize = 8;
const SAVES: usize = 100;

/// What became of one writer's saves.
#[derive(Default)]
struct Saves {
    confirmed: BTreeSet<String>,
    /// Under way when their process was killed: they may be there or not.
    open: BTreeSet<String>,
    refused: Vec<String>,
}

#[test]
fn eight_writers_lose_nothing_that_was_confirmed_whoever_is_killed() {
    let folder = fixture::folder();
    let store = fixture::store(folder.path());
    store.create(derived(MASTER), NOW).unwrap();
    let pids: [Mutex<Option<u32>>; WRITERS] = Default::default();
    let confirmed = AtomicUsize::new(0);
    let over = AtomicBool::new(false);
    let saves: Vec<Saves> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| {
                let (folder, pid, confirmed) = (folder.path(), &pids[n], &confirmed);
                scope.spawn(move || write(folder, &format!("writer-{n}"), pid, confirmed))
            })
            .collect();
        scope.spawn(|| kill_now_and_then(&pids, &confirmed, &over));
        let saves: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        // Also where one of them has failed: or nobody hears of it.
        over.store(true, Ordering::Relaxed);
        saves.into_iter().map(|saves| saves.unwrap()).collect()
    });

    let all: BTreeSet<String> = saves.iter().flat_map(|s| s.confirmed.clone()).collect();
    let open: BTreeSet<String> = saves.iter().flat_map(|s| s.open.clone()).collect();
    let refused: Vec<&String> = saves.iter().flat_map(|s| &s.refused).collect();
    let State::Whole { labels, .. } = state(folder.path()).unwrap() else { panic!("no vault") };
    let lost: Vec<_> = all.difference(&labels).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let foreign: Vec<_> =
        labels.iter().filter(|l| !all.contains(*l) && !open.contains(*l)).collect();
    assert!(foreign.is_empty(), "nobody added {foreign:?}");
    assert_eq!(all.len(), WRITERS * SAVES);
    // To be told that others have held the lock for five seconds is all right.
    assert!(refused.iter().all(|why| *why == "Busy"), "{refused:?}");
    println!(
        "{} saves confirmed by {WRITERS} writers, {} kills in the middle, {} entries, {} refusals, \
         0 lost updates",
        all.len(),
        open.len(),
        labels.len(),
        refused.len(),
    );
    assert!(!open.is_empty());
    let mut vault = fixture::session(&store).unwrap();
    fixture::add(&store, &mut vault, "next").unwrap();
    assert_eq!(leftovers(folder.path()), None);
}

/// One writer, again and again until so many of its saves are confirmed.
fn write(folder: &Path, name: &str, pid: &Mutex<Option<u32>>, confirmed: &AtomicUsize) -> Saves {
    let mut saves = Saves::default();
    let mut next = 0;
    while saves.confirmed.len() < SAVES {
        let mut victim = Victim::spawn();
        victim.add_many(folder, name, next..next + SAVES - saves.confirmed.len());
        *pid.lock().unwrap() = Some(victim.pid());
        while saves.confirmed.len() < SAVES {
            match victim.line().as_deref() {
                Some("ok") => {
                    saves.confirmed.insert(format!("{name}-{next}"));
                    confirmed.fetch_add(1, Ordering::Relaxed);
                    next += 1;
                }
                Some(refusal) => saves.refused.push(refusal.to_owned()),
                None => {
                    assert_eq!(*pid.lock().unwrap(), None, "{name} died by itself");
                    saves.open.insert(format!("{name}-{next}"));
                    next += 1;
                    break;
                }
            }
        }
        *pid.lock().unwrap() = None;
    }
    saves
}

/// One of the writers after every eighth save, at any moment of what it does then.
fn kill_now_and_then(
    pids: &[Mutex<Option<u32>>; WRITERS],
    confirmed: &AtomicUsize,
    over: &AtomicBool,
) {
    let mut random = 1_u32;
    let mut due = 8;
    while !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(1));
        if confirmed.load(Ordering::Relaxed) < due {
            continue;
        }
        due += 8;
        // Knuth's generator will do: which writer, and how many milliseconds later.
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        thread::sleep(Duration::from_millis(u64::from(random >> 16) % 16));
        // Held until it is dead: its number must not be somebody else's by then.
        if let Some(pid) = pids[(random >> 24) as usize % WRITERS].lock().unwrap().take() {
            crate::strace::kill(pid);
        }
    }
}
