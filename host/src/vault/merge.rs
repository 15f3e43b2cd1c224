//! Two states of one vault become one.
//!
//! Each register takes the later of its two values; a grave outlives its entry; an HOTP counter never
//! goes back. So the result is the same whatever the order and however often a state is merged:
//! commutative, associative, idempotent. Deletion for good needs a grave: what is only missing on one
//! side is taken from the other.
//!
//! Never here: where the other state comes from.

use std::collections::btree_map::Entry as Slot;

use crate::otp::Otp;
use crate::vault::body::Body;
use crate::vault::entry::Entry;

/// Merges `other` into `body`.
pub fn merge(body: &mut Body, other: Body) {
    for (id, at) in other.graves {
        let grave = body.graves.entry(id).or_insert(at);
        *grave = at.max(*grave);
    }
    for (id, entry) in other.entries {
        match body.entries.entry(id) {
            Slot::Vacant(vacant) => {
                vacant.insert(entry);
            }
            Slot::Occupied(mut own) => merge_entry(own.get_mut(), entry),
        }
    }
    for (id, raw) in other.unread {
        match body.unread.entry(id) {
            Slot::Vacant(vacant) => {
                vacant.insert(raw);
            }
            // This version cannot tell which is later; any rule will do that both sides share.
            Slot::Occupied(mut own) if own.get().get() < raw.get() => {
                own.insert(raw);
            }
            Slot::Occupied(_) => {}
        }
    }
    body.entries.retain(|id, _| !body.graves.contains_key(id));
    body.unread.retain(|id, _| !body.graves.contains_key(id) && !body.entries.contains_key(id));
    for (name, register) in other.registers {
        match body.registers.entry(name) {
            Slot::Vacant(vacant) => {
                vacant.insert(register);
            }
            Slot::Occupied(mut own) => {
                let (a, b) = (own.get(), &register);
                if (a.at, a.value.get()) < (b.at, b.value.get()) {
                    own.insert(register);
                }
            }
        }
    }
    for (name, raw) in other.extra {
        match body.extra.entry(name) {
            Slot::Vacant(vacant) => {
                vacant.insert(raw);
            }
            Slot::Occupied(mut own) if own.get().get() < raw.get() => {
                own.insert(raw);
            }
            Slot::Occupied(_) => {}
        }
    }
}

/// Takes the later value of each field. Equal stamps mean equal values unless somebody forged one; then
/// the greater value, so that both sides still agree.
fn merge_entry(own: &mut Entry, other: Entry) {
    let later = |field: &str, tie: bool, own: &Entry| {
        let (a, b) = (own.stamp(field), other.stamp(field));
        a < b || a == b && tie
    };
    // A counter that was used on either side is used: the higher one, unless a person set it.
    if let (Otp::Hotp { counter: a, .. }, Otp::Hotp { counter: b, .. }) = (&own.otp, &other.otp) {
        let ours = (own.stamp("counter"), *a);
        let theirs = (other.stamp("counter"), *b);
        let counter = ours.max(theirs).1;
        let otp = later("otp", parameters(own) < parameters(&other), own);
        let mut chosen = if otp { &other } else { &*own }.otp.duplicate();
        if let Otp::Hotp { counter: value, .. } = &mut chosen {
            *value = counter;
        }
        if otp {
            own.seed = other.seed.duplicate();
        }
        own.otp = chosen;
    } else if later("otp", parameters(own) < parameters(&other), own) {
        own.otp = other.otp.duplicate();
        own.seed = other.seed.duplicate();
    }
    let issuer = later("issuer", own.issuer < other.issuer, own);
    let label = later("label", own.label < other.label, own);
    let sites = later("sites", own.sites < other.sites, own);
    let tags = later("tags", own.tags < other.tags, own);
    let note = later("note", own.note < other.note, own);
    let favourite = later("favourite", !own.favourite & other.favourite, own);
    let icon = later("icon", own.icon < other.icon, own);
    let picture = later("picture", own.picture < other.picture, own);
    let submit = later("submit", !own.submit & other.submit, own);
    let spares = later("spares", said(own) < said(&other), own);
    let trashed = later("trashed", own.trashed < other.trashed, own);
    let mut extra = Vec::new();
    for (name, raw) in &other.extra {
        let take = match own.extra.get(name) {
            Some(mine) => later(name, mine.get() < raw.get(), own),
            None => true,
        };
        if take {
            extra.push((name.clone(), raw.clone()));
        }
    }
    if issuer {
        own.issuer = other.issuer;
    }
    if label {
        own.label = other.label;
    }
    if sites {
        own.sites = other.sites;
    }
    if tags {
        own.tags = other.tags;
    }
    if note {
        own.note = other.note;
    }
    if favourite {
        own.favourite = other.favourite;
    }
    if icon {
        own.icon = other.icon;
    }
    if picture {
        own.picture = other.picture;
    }
    if submit {
        own.submit = other.submit;
    }
    if spares {
        own.spares = other.spares;
    }
    if trashed {
        own.trashed = other.trashed;
    }
    own.extra.extend(extra);
    own.born = own.born.max(other.born);
    for (field, at) in other.set {
        let mine = own.set.entry(field).or_insert(at);
        *mine = at.max(*mine);
    }
}

/// What the spare codes say, for a tie.
fn said(entry: &Entry) -> Vec<(&str, bool)> {
    entry.spares.iter().map(|spare| (spare.code.expose(), spare.used)).collect()
}

/// What `otp` stands for, for a tie: compared, never shown.
fn parameters(entry: &Entry) -> (u8, &[u8], u64, u64, Option<&str>) {
    let seed = entry.seed.expose();
    let algorithm = entry.otp.algorithm() as u64;
    match &entry.otp {
        Otp::Hotp { digits, .. } => (0, seed, algorithm, u64::from(digits.count()), None),
        Otp::Motp { pin } => (1, seed, 0, 0, pin.as_ref().map(|pin| pin.expose())),
        Otp::Steam => (2, seed, 0, 0, None),
        Otp::Totp { digits, period, .. } => {
            (3, seed, algorithm, u64::from(period.seconds()) << 8 | u64::from(digits.count()), None)
        }
        Otp::Yandex { pin } => (4, seed, 0, 0, pin.as_ref().map(|pin| pin.expose())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::otp::{Digits, Seed};
    use crate::vault::entry::{Draft, EntryId};
    use crate::vault::stamp::{Clock, Stamp};
    use shared::protocol::Algorithm;

    /// What a device can do, and to which account.
    #[derive(Clone, Debug)]
    enum Op {
        Add(u8),
        Rename(u8, u8),
        Use(u8),
        SetCounter(u8, u8),
        Trash(u8),
        Purge(u8),
        Setting(u8),
        Sync(usize, usize),
    }

    fn op() -> impl Strategy<Value = (usize, Op)> {
        let op = prop_oneof![
            any::<u8>().prop_map(|n| Op::Add(n % 6)),
            any::<(u8, u8)>().prop_map(|(n, name)| Op::Rename(n % 6, name)),
            any::<u8>().prop_map(|n| Op::Use(n % 6)),
            any::<(u8, u8)>().prop_map(|(n, value)| Op::SetCounter(n % 6, value)),
            any::<u8>().prop_map(|n| Op::Trash(n % 6)),
            any::<u8>().prop_map(|n| Op::Purge(n % 6)),
            any::<u8>().prop_map(Op::Setting),
            (0..3_usize, 0..3_usize).prop_map(|(a, b)| Op::Sync(a, b)),
        ];
        (0..3_usize, op)
    }

    fn copy(body: &Body) -> Body {
        Body::read(&body.write()).unwrap()
    }

    fn joined(a: &Body, b: &Body) -> Body {
        let mut body = copy(a);
        merge(&mut body, copy(b));
        body
    }

    fn text(body: &Body) -> String {
        String::from_utf8(body.write().to_vec()).unwrap()
    }

    /// Three devices, each with its clock; the wall clocks disagree.
    fn play(ops: &[(usize, Op)]) -> [Body; 3] {
        let mut devices: [(Body, Clock); 3] =
            [1, 2, 3].map(|device| (Body::default(), Clock::new(device)));
        for (step, (device, op)) in (0_u64..).zip(ops) {
            let wall = 1000 + step * [3, 5, 2][*device];
            if let Op::Sync(from, to) = op {
                let other = copy(&devices[*from].0);
                devices[*to].1.observe(other.latest());
                merge(&mut devices[*to].0, other);
                continue;
            }
            let (body, clock) = &mut devices[*device];
            apply(body, clock.tick(wall), op);
        }
        devices.map(|(body, _)| body)
    }

    fn apply(body: &mut Body, at: Stamp, op: &Op) {
        let entry = |body: &mut Body, n: u8, change: &dyn Fn(&mut Entry)| {
            if let Some(entry) = body.entries.get_mut(&EntryId([n; 16])) {
                change(entry);
            }
        };
        match op {
            // An id is random: no two devices make the same. Device and number stand for that here.
            Op::Add(n) => {
                let id = EntryId([*n; 16]);
                if u32::from(*n) % 3 + 1 != at.device || body.graves.contains_key(&id) {
                    return;
                }
                body.entries.entry(id).or_insert_with(|| {
                    let otp =
                        Otp::Hotp { algorithm: Algorithm::Sha1, digits: Digits::SIX, counter: 0 };
                    let seed = Seed::new(vec![*n; 10]).unwrap();
                    Entry::new(id, Draft::new(otp, seed, "i".into(), "l".into()), at)
                });
            }
            Op::Rename(n, name) => entry(body, *n, &|entry| {
                entry.label = name.to_string();
                entry.touch("label", at);
            }),
            Op::Use(n) => entry(body, *n, &|entry| {
                if let Otp::Hotp { counter, .. } = &mut entry.otp {
                    *counter += 1;
                }
            }),
            Op::SetCounter(n, value) => entry(body, *n, &|entry| {
                if let Otp::Hotp { counter, .. } = &mut entry.otp {
                    *counter = u64::from(*value);
                }
                entry.touch("counter", at);
            }),
            Op::Trash(n) => entry(body, *n, &|entry| {
                entry.trashed = Some(at.seconds());
                entry.touch("trashed", at);
            }),
            Op::Purge(n) => {
                let id = EntryId([*n; 16]);
                if body.entries.remove(&id).is_some() {
                    body.graves.insert(id, at);
                }
            }
            Op::Setting(value) => body.set("idle_s", value, at),
            Op::Sync(..) => unreachable!("played above"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn merging_is_commutative_associative_and_idempotent(
            ops in proptest::collection::vec(op(), 0..40)
        ) {
            let [a, b, c] = play(&ops);
            prop_assert_eq!(text(&joined(&a, &b)), text(&joined(&b, &a)));
            let left = joined(&joined(&a, &b), &c);
            prop_assert_eq!(text(&left), text(&joined(&a, &joined(&b, &c))));
            prop_assert_eq!(text(&joined(&left, &a)), text(&left));
            prop_assert_eq!(text(&joined(&a, &a)), text(&a));
            // Nothing disappears without a grave.
            let all: BTreeMap<_, _> =
                [&a, &b, &c].into_iter().flat_map(|body| &body.entries).collect();
            for id in all.keys() {
                prop_assert!(left.entries.contains_key(id) || left.graves.contains_key(id));
            }
        }
    }
}
