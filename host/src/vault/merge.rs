//! Two states of one vault become one.
//!
//! Each register takes the later of its two values; a grave outlives its entry; an HOTP counter never
//! goes back. So the result is the same whatever the order and however often a state is merged:
//! commutative, associative, idempotent. Deletion for good needs a grave: what is only missing on one
//! side is taken from the other.
//!
//! Never here: where the other state comes from.

use std::cmp::Ordering;
use std::collections::{BTreeMap, btree_map};

use serde_json::value::RawValue;

use crate::otp::{Otp, Seed};
use crate::vault::body::Body;
use crate::vault::entry::{Entry, Part, Spare};

/// Merges `other` into `body`.
pub fn merge(body: &mut Body, other: Body) {
    for (id, at) in other.graves {
        let grave = body.graves.entry(id).or_insert(at);
        *grave = at.max(*grave);
    }
    for (id, entry) in other.entries {
        match body.entries.entry(id) {
            btree_map::Entry::Vacant(vacant) => {
                vacant.insert(entry);
            }
            btree_map::Entry::Occupied(mut own) => merge_entry(own.get_mut(), entry),
        }
    }
    // This version cannot tell which is later; any rule will do that both sides share.
    join(&mut body.unread, other.unread, |own, other| own.get().cmp(other.get()));
    body.entries.retain(|id, _| !body.graves.contains_key(id));
    body.unread.retain(|id, _| !body.graves.contains_key(id) && !body.entries.contains_key(id));
    join(&mut body.registers, other.registers, |own, other| {
        (own.at, own.value.get()).cmp(&(other.at, other.value.get()))
    });
    join(&mut body.extra, other.extra, |own, other| own.get().cmp(other.get()));
}

/// Of what both have, the greater.
fn join<K: Ord, V>(
    own: &mut BTreeMap<K, V>,
    other: BTreeMap<K, V>,
    order: impl Fn(&V, &V) -> Ordering,
) {
    for (key, value) in other {
        match own.entry(key) {
            btree_map::Entry::Vacant(vacant) => {
                vacant.insert(value);
            }
            btree_map::Entry::Occupied(mut own) => {
                if order(own.get(), &value).is_lt() {
                    own.insert(value);
                }
            }
        }
    }
}

/// Takes the later value of each part. Equal stamps mean equal values unless somebody forged one; then
/// the greater value, so that both sides still agree.
fn merge_entry(own: &mut Entry, other: Entry) {
    // Both without `..`: a field that is added to an entry and not merged does not compile.
    let Entry {
        id: _,
        otp: own_otp,
        seed: own_seed,
        issuer: own_issuer,
        label: own_label,
        sites: own_sites,
        tags: own_tags,
        note: own_note,
        favourite: own_favourite,
        icon: own_icon,
        picture: own_picture,
        submit: own_submit,
        spares: own_spares,
        trashed: own_trashed,
        born: own_born,
        set: own_set,
        extra: own_extra,
    } = own;
    let Entry {
        id: _,
        otp,
        seed,
        issuer,
        label,
        sites,
        tags,
        note,
        favourite,
        icon,
        picture,
        submit,
        spares,
        trashed,
        born,
        set,
        extra,
    } = other;
    let stamps = |name: &str| {
        let ours = own_set.get(name).copied().unwrap_or(*own_born);
        (ours, set.get(name).copied().unwrap_or(born))
    };
    let order = |part: Part| {
        let (ours, theirs) = stamps(part.name());
        ours.cmp(&theirs)
    };
    // A counter that was used on either side is used: the higher one, unless a person set it.
    let counter = match (&*own_otp, &otp) {
        (Otp::Hotp { counter: a, .. }, Otp::Hotp { counter: b, .. }) => {
            let (ours, theirs) = stamps(Part::Counter.name());
            Some((ours, *a).max((theirs, *b)).1)
        }
        _ => None,
    };
    let tie = parameters(own_otp, own_seed).cmp(&parameters(&otp, &seed));
    if order(Part::Otp).then(tie).is_lt() {
        (*own_otp, *own_seed) = (otp, seed);
    }
    if let (Otp::Hotp { counter: own, .. }, Some(counter)) = (own_otp, counter) {
        *own = counter;
    }
    if order(Part::Spares).then(said(own_spares).cmp(&said(&spares))).is_lt() {
        *own_spares = spares;
    }
    later(own_favourite, favourite, order(Part::Favourite));
    later(own_icon, icon, order(Part::Icon));
    later(own_issuer, issuer, order(Part::Issuer));
    later(own_label, label, order(Part::Label));
    later(own_note, note, order(Part::Note));
    later(own_picture, picture, order(Part::Picture));
    later(own_sites, sites, order(Part::Sites));
    later(own_submit, submit, order(Part::Submit));
    later(own_tags, tags, order(Part::Tags));
    later(own_trashed, trashed, order(Part::Trashed));
    for (name, raw) in extra {
        let (ours, theirs) = stamps(&name);
        let is_later = |own: &RawValue| ours.cmp(&theirs).then(own.get().cmp(raw.get())).is_lt();
        if own_extra.get(&name).is_none_or(|own| is_later(own)) {
            own_extra.insert(name, raw);
        }
    }
    *own_born = born.max(*own_born);
    for (name, at) in set {
        let own = own_set.entry(name).or_insert(at);
        *own = at.max(*own);
    }
}

/// Takes the other side's value if it is the later one, by the order of their stamps; of two as late the
/// greater.
fn later<T: Ord>(own: &mut T, other: T, order: Ordering) {
    if order.then_with(|| T::cmp(own, &other)).is_lt() {
        *own = other;
    }
}

/// What the spare codes say, for a tie.
fn said(spares: &[Spare]) -> Vec<(&str, bool)> {
    spares.iter().map(|spare| (spare.code.expose(), spare.used)).collect()
}

/// What `otp` stands for, for a tie: compared, never shown.
fn parameters(otp: &Otp, seed: &Seed) -> impl Ord {
    let (kind, period, digits, pin) = match otp {
        Otp::Hotp { digits, .. } => (0, 0, digits.count(), None),
        Otp::Motp { pin } => (1, 0, 0, pin.as_ref()),
        Otp::Steam => (2, 0, 0, None),
        Otp::Totp { digits, period, .. } => (3, period.seconds(), digits.count(), None),
        Otp::Yandex { pin } => (4, 0, 0, pin.as_ref()),
    };
    let pin = pin.map(|pin| pin.expose());
    (kind, seed.expose(), otp.algorithm(), period, digits, pin)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use shared::Secret;
    use shared::protocol::Algorithm;

    use crate::otp::{Digits, Period};
    use crate::vault::entry::{Draft, EntryId};
    use crate::vault::stamp::{Clock, Stamp};

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
                entry.touch(Part::Label, at);
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
                entry.touch(Part::Counter, at);
            }),
            Op::Trash(n) => entry(body, *n, &|entry| {
                entry.trashed = Some(at.seconds());
                entry.touch(Part::Trashed, at);
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

    const BORN: Stamp = Stamp { ms: 5, n: 0, device: 1 };
    const LATER: Stamp = Stamp { ms: 6, n: 0, device: 1 };

    /// A body with one account.
    fn one(change: impl FnOnce(&mut Entry)) -> Body {
        let seed = Seed::new(vec![1; 10]).unwrap();
        let draft = Draft::new(Otp::totp(), seed, "i".into(), "l".into());
        let mut entry = Entry::new(EntryId([1; 16]), draft, BORN);
        change(&mut entry);
        let mut body = Body::default();
        body.entries.insert(entry.id, entry);
        body
    }

    /// A field's name, and what gives it a value, the lesser and the greater.
    type Field = (&'static str, fn(&mut Entry, bool));

    const FIELDS: [Field; 16] = [
        ("issuer", |entry, greater| entry.issuer = if greater { "z" } else { "a" }.into()),
        ("label", |entry, greater| entry.label = if greater { "z" } else { "a" }.into()),
        ("sites", |entry, greater| entry.sites = vec![if greater { "z" } else { "a" }.into()]),
        ("tags", |entry, greater| entry.tags = vec![if greater { "z" } else { "a" }.into()]),
        ("note", |entry, greater| entry.note = if greater { "z" } else { "a" }.into()),
        ("favourite", |entry, greater| entry.favourite = greater),
        ("icon", |entry, greater| entry.icon = if greater { "z" } else { "a" }.into()),
        ("picture", |entry, greater| entry.picture = if greater { "z" } else { "a" }.into()),
        ("submit", |entry, greater| entry.submit = greater),
        ("spares", |entry, greater| {
            entry.spares = vec![Spare { code: Secret::new("a".into()), used: greater }];
        }),
        ("trashed", |entry, greater| entry.trashed = greater.then_some(7)),
        ("otp", |entry, greater| entry.seed = Seed::new(vec![u8::from(greater); 10]).unwrap()),
        ("otp", |entry, greater| {
            entry.otp = if greater { Otp::totp() } else { Otp::Steam };
        }),
        ("otp", |entry, greater| {
            let (digits, algorithm) = (Digits::SIX, Algorithm::Sha1);
            let period = Period::new(if greater { 60 } else { 30 }).unwrap();
            entry.otp = Otp::Totp { algorithm, digits, period };
        }),
        ("otp", |entry, greater| {
            let pin = Some(Secret::new(if greater { "2" } else { "1" }.into()));
            entry.otp = Otp::Yandex { pin };
        }),
        ("colour", |entry, greater| {
            let raw = serde_json::value::to_raw_value(&greater).unwrap();
            entry.extra.insert("colour".into(), raw);
        }),
    ];

    #[test]
    fn of_two_values_the_later_one_is_taken_and_of_two_as_late_the_greater() {
        for (n, (field, set)) in FIELDS.into_iter().enumerate() {
            let of = |greater: bool, at: Stamp| {
                one(|entry| {
                    set(entry, greater);
                    entry.set.insert(field.to_owned(), at);
                })
            };
            let both = |a: &Body, b: &Body, wins: &Body| {
                assert_eq!(text(&joined(a, b)), text(wins), "{field} {n}");
                assert_eq!(text(&joined(b, a)), text(wins), "{field} {n}, the other way");
            };
            let (less, greater) = (of(false, BORN), of(true, BORN));
            both(&less, &greater, &greater);
            let less = of(false, LATER);
            both(&less, &greater, &less);
        }
    }

    #[test]
    fn a_counter_that_one_side_set_holds_and_one_that_both_used_is_the_higher() {
        let of = |counter, set: Option<Stamp>| {
            one(|entry| {
                let (digits, algorithm) = (Digits::SIX, Algorithm::Sha1);
                entry.otp = Otp::Hotp { algorithm, digits, counter };
                if let Some(at) = set {
                    entry.touch(Part::Counter, at);
                }
            })
        };
        let both = |a: &Body, b: &Body, expected: u64| {
            for body in [joined(a, b), joined(b, a)] {
                let Otp::Hotp { counter, .. } = body.entries[&EntryId([1; 16])].otp else {
                    panic!()
                };
                assert_eq!(counter, expected);
            }
        };
        both(&of(3, None), &of(7, None), 7);
        both(&of(3, Some(LATER)), &of(7, None), 3);
        // Where the parameters were changed on one side, the count still goes on from where both were.
        let mut longer = of(3, None);
        for entry in longer.entries.values_mut() {
            let (digits, algorithm) = (Digits::new(8).unwrap(), Algorithm::Sha1);
            entry.otp = Otp::Hotp { algorithm, digits, counter: 3 };
            entry.touch(Part::Otp, LATER);
        }
        both(&longer, &of(7, None), 7);
        let otp = &joined(&of(7, None), &longer).entries[&EntryId([1; 16])].otp;
        assert!(matches!(otp, Otp::Hotp { digits, .. } if digits.count() == 8));
    }

    #[test]
    fn what_this_version_cannot_read_is_one_on_both_sides_and_its_grave_holds() {
        let body = |json: &str| Body::read(json.as_bytes()).unwrap();
        let id = "00000000000000000000000000000001";
        let unread = |n: u8| format!(r#"{{"id":"{id}","kind":"passkey","n":{n}}}"#);
        let of = |n| body(&format!(r#"{{"entries":[{}],"moon":{n}}}"#, unread(n)));
        for merged in [joined(&of(1), &of(2)), joined(&of(2), &of(1))] {
            assert_eq!(text(&merged), text(&of(2)));
        }
        let other = r#"{"registers":{"sun":{"value":1,"at":"1-0-0"}}}"#;
        assert_eq!(joined(&of(1), &body(other)).unread.len(), 1);
        assert_eq!(joined(&body(other), &of(1)).unread.len(), 1);
        let grave = body(&format!(r#"{{"graves":{{"{id}":"1-0-0"}}}}"#));
        assert!(joined(&of(1), &grave).unread.is_empty());
        assert!(joined(&grave, &of(1)).unread.is_empty());
        // A side that can read it has it in its own form.
        let mut read = one(|_| ());
        let mut entry = read.entries.pop_first().unwrap().1;
        entry.id = id.parse().unwrap();
        read.entries.insert(entry.id, entry);
        for merged in [joined(&of(1), &read), joined(&read, &of(1))] {
            assert_eq!((merged.entries.len(), merged.unread.len()), (1, 0));
        }
    }

    #[test]
    fn a_setting_is_the_later_one_and_of_two_as_late_the_greater() {
        let of = |value: u8, at: Stamp| {
            let mut body = Body::default();
            body.set("idle_s", &value, at);
            body
        };
        let both = |a: &Body, b: &Body, wins: &Body| {
            assert_eq!(text(&joined(a, b)), text(wins));
            assert_eq!(text(&joined(b, a)), text(wins));
        };
        both(&of(1, BORN), &of(2, BORN), &of(2, BORN));
        both(&of(1, LATER), &of(2, BORN), &of(1, LATER));
    }
}
