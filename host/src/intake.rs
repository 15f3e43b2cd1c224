//! What an import would do to a vault, and doing it: each account is new, there already, or at odds with
//! one that is there; a choice settles each of those; one save takes in all, or nothing.
//!
//! Two accounts are never taken for one because their secrets are equal: whole exports with one secret
//! exist. So the choice that asks nobody adds, and loses nothing. One that is there already may be completed.
//!
//! Never here: how a file is read (`import`), how a person is asked (`cli`, `handler`), what completing is (`completion`).

mod completion;

use std::collections::{BTreeSet, HashMap};

use shared::protocol::Refusal;
use shared::protocol::desk::{Choice, Gap};

use crate::otp::Otp;
use crate::vault::Vault;
use crate::vault::body::Body;
use crate::vault::entry::{Draft, Entry, EntryId, Part};
use crate::vault::file::Store;
use crate::vault::stamp::Stamp;

/// What one account of a file is to the vault.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// There already, and the file knows this of it, which is empty in the vault.
    Completed(EntryId, Vec<Gap>),
    /// Nothing like it is there.
    New,
    /// The same secret and parameters under other names.
    OtherNames(EntryId),
    /// The same names with another secret, or with other parameters.
    OtherSecret(EntryId),
    /// There already: secret, parameters and names.
    Same(EntryId),
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Accounts that are in the vault now and were not.
    pub added: usize,
    /// Accounts that were there already, of which something was empty and is filled in.
    pub completed: usize,
    /// Accounts that were left out by choice.
    pub kept: usize,
    /// Accounts of the vault that have new names or a new secret.
    pub replaced: usize,
    /// Accounts that were there already.
    pub same: usize,
}

/// A verdict for each draft. Each account of the vault answers for one draft at most; those in the trash
/// for none.
pub fn compare(body: &Body, drafts: &[Draft]) -> Vec<Verdict> {
    let mut there: HashMap<(&[u8], &str, &str), Vec<&Entry>> = HashMap::new();
    for entry in body.present() {
        let key = (entry.seed.expose(), entry.issuer.as_str(), entry.label.as_str());
        there.entry(key).or_default().push(entry);
    }
    let mut taken = BTreeSet::new();
    let mut verdicts: Vec<Option<Verdict>> = drafts
        .iter()
        .map(|draft| {
            let key = (draft.seed.expose(), draft.issuer.as_str(), draft.label.as_str());
            let fits = |entry: &Entry| entry.otp.has_codes_of(&draft.otp);
            let entry = take_first(there.get_mut(&key)?, fits)?;
            taken.insert(entry.id);
            Some(filling(entry, draft))
        })
        .collect();
    // Only then those that lack a name or a PIN: one that has all is nearer.
    for (verdict, draft) in verdicts.iter_mut().zip(drafts) {
        let (issuer, label) = (draft.issuer.as_str(), draft.label.as_str());
        let fits = |entry: &Entry| entry.otp.agrees_with(&draft.otp);
        for (issuer, label) in [(issuer, label), ("", label), (issuer, ""), ("", "")] {
            if verdict.is_none()
                && let Some(twins) = there.get_mut(&(draft.seed.expose(), issuer, label))
                && let Some(entry) = take_first(twins, fits)
            {
                taken.insert(entry.id);
                *verdict = Some(filling(entry, draft));
            }
        }
    }
    let mut by_names: HashMap<(&str, &str), Vec<&Entry>> = HashMap::new();
    let mut by_seed: HashMap<&[u8], Vec<&Entry>> = HashMap::new();
    // Backwards, since they are taken from the end: the first is to be the first.
    for entry in
        body.present().filter(|entry| !taken.contains(&entry.id)).collect::<Vec<_>>().iter().rev()
    {
        by_names.entry((&entry.issuer, &entry.label)).or_default().push(entry);
        by_seed.entry(entry.seed.expose()).or_default().push(entry);
    }
    for (verdict, draft) in verdicts.iter_mut().zip(drafts) {
        if verdict.is_some() {
            continue;
        }
        let mut first = |candidates: Option<&mut Vec<&Entry>>, fits: &dyn Fn(&Entry) -> bool| {
            let candidates = candidates?;
            while candidates.last().is_some_and(|entry| taken.contains(&entry.id)) {
                candidates.pop();
            }
            let id = candidates.last().filter(|entry| fits(entry))?.id;
            taken.insert(id);
            Some(id)
        };
        let named = !(draft.issuer.is_empty() && draft.label.is_empty());
        let names = by_names.get_mut(&(draft.issuer.as_str(), draft.label.as_str()));
        *verdict = first(names, &|_| named).map(Verdict::OtherSecret);
        if verdict.is_none() {
            let seeds = by_seed.get_mut(draft.seed.expose());
            *verdict =
                first(seeds, &|entry| entry.otp.has_codes_of(&draft.otp)).map(Verdict::OtherNames);
        }
    }
    verdicts.into_iter().map(|verdict| verdict.unwrap_or(Verdict::New)).collect()
}

fn take_first<'a>(twins: &mut Vec<&'a Entry>, fits: impl Fn(&Entry) -> bool) -> Option<&'a Entry> {
    Some(twins.remove(twins.iter().position(|entry| fits(entry))?))
}

fn filling(entry: &Entry, draft: &Draft) -> Verdict {
    match completion::gaps(entry, draft) {
        gaps if gaps.is_empty() => Verdict::Same(entry.id),
        gaps => Verdict::Completed(entry.id, gaps),
    }
}

/// The account that is the same already: its secret, its names, and how it makes codes.
pub fn twin(body: &Body, draft: &Draft) -> Option<EntryId> {
    let is_it = |entry: &&Entry| {
        entry.seed.expose() == draft.seed.expose()
            && (&entry.issuer, &entry.label) == (&draft.issuer, &draft.label)
            && entry.otp.has_codes_of(&draft.otp)
    };
    body.present().find(is_it).map(|entry| entry.id)
}

/// Takes drafts in, in one save; without a save if there is nothing to change. `expected` is what
/// [`compare`] said when the person chose, `choices` has one item for each draft.
///
/// # Errors
///
/// [`Refusal::Conflict`] if the vault has changed since then; or those of a save. Nothing is changed then.
pub fn take_in(
    store: &Store,
    vault: &mut Vault,
    now_ms: u64,
    drafts: &[Draft],
    expected: &[Verdict],
    choices: &[Choice],
) -> Result<Counts, Refusal> {
    store.refresh(vault)?;
    let idle = |(verdict, choice): (&Verdict, &Choice)| match verdict {
        Verdict::Completed(..) | Verdict::New => false,
        // Its counter may have to go up.
        Verdict::Same(id) => !matches!(vault.body.entries[id].otp, Otp::Hotp { .. }),
        Verdict::OtherNames(_) | Verdict::OtherSecret(_) => *choice == Choice::Keep,
    };
    if compare(&vault.body, drafts) != expected || choices.len() != drafts.len() {
        return Err(Refusal::Conflict);
    }
    if expected.iter().zip(choices).all(idle) {
        let mut counts = Counts::default();
        for verdict in expected {
            match verdict {
                Verdict::Same(_) => counts.same += 1,
                _ => counts.kept += 1,
            }
        }
        return Ok(counts);
    }
    store.update::<_, Refusal>(vault, now_ms, |vault, at| {
        // Another process may have saved between the look above and the lock.
        if compare(&vault.body, drafts) != expected {
            return Err(Refusal::Conflict);
        }
        let mut counts = Counts::default();
        for ((draft, verdict), choice) in drafts.iter().zip(expected).zip(choices) {
            settle(vault, draft, verdict, *choice, at, &mut counts);
        }
        Ok(counts)
    })
}

fn settle(
    vault: &mut Vault,
    draft: &Draft,
    verdict: &Verdict,
    choice: Choice,
    at: Stamp,
    counts: &mut Counts,
) {
    let id = match (verdict, choice) {
        (Verdict::New, _) | (Verdict::OtherNames(_) | Verdict::OtherSecret(_), Choice::Both) => {
            vault.add(draft.duplicate(), at);
            counts.added += 1;
            return;
        }
        (Verdict::OtherNames(_) | Verdict::OtherSecret(_), Choice::Keep) => {
            counts.kept += 1;
            return;
        }
        (
            Verdict::Completed(id, _)
            | Verdict::OtherNames(id)
            | Verdict::OtherSecret(id)
            | Verdict::Same(id),
            _,
        ) => id,
    };
    match verdict {
        Verdict::Completed(_, gaps) => {
            counts.completed += 1;
            completion::complete(&mut vault.body, *id, draft, gaps, at);
        }
        Verdict::Same(_) => counts.same += 1,
        _ => counts.replaced += 1,
    }
    let entry = vault.body.entries.get_mut(id).expect("compared under the lock");
    match verdict {
        Verdict::Completed(..) | Verdict::Same(_) => {
            // A counter that was used there is used.
            if let (Otp::Hotp { counter, .. }, Otp::Hotp { counter: theirs, .. }) =
                (&mut entry.otp, &draft.otp)
                && *counter < *theirs
            {
                *counter = *theirs;
                entry.touch(Part::Counter, at);
            }
        }
        Verdict::OtherNames(_) => {
            entry.issuer.clone_from(&draft.issuer);
            entry.label.clone_from(&draft.label);
            entry.touch(Part::Issuer, at);
            entry.touch(Part::Label, at);
        }
        Verdict::New | Verdict::OtherSecret(_) => {
            (entry.otp, entry.seed) = (draft.otp.duplicate(), draft.seed.duplicate());
            entry.touch(Part::Otp, at);
            entry.touch(Part::Counter, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::Seed;
    use crate::otpauth;
    use crate::vault::cost::KdfParams;
    use crate::vault::keys::Derived;

    fn draft(uri: &str) -> Draft {
        otpauth::parse(uri).unwrap()
    }

    fn vault_of(uris: &[&str]) -> (tempfile::TempDir, Store, Vault) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(&folder.path().join("vault.otv"));
        let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
        let mut vault = store.create(&derived, 0).unwrap();
        let drafts: Vec<Draft> = uris.iter().map(|uri| draft(uri)).collect();
        let verdicts = vec![Verdict::New; drafts.len()];
        let choices = vec![Choice::Both; drafts.len()];
        take_in(&store, &mut vault, 0, &drafts, &verdicts, &choices).unwrap();
        (folder, store, vault)
    }

    const A: &str = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXP";
    const A_RENAMED: &str = "otpauth://totp/GitHub:alicia?secret=JBSWY3DPEHPK3PXP";
    const A_OTHER: &str = "otpauth://totp/GitHub:alice?secret=GEZDGNBVGY3TQOJQ";
    const A_EIGHT: &str = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXP&digits=8";
    const B: &str = "otpauth://hotp/Bank:bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=5";
    const B_LATER: &str =
        "otpauth://hotp/Bank:bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=9";

    fn kinds(vault: &Vault, uris: &[&str]) -> Vec<&'static str> {
        let drafts: Vec<Draft> = uris.iter().map(|uri| draft(uri)).collect();
        compare(&vault.body, &drafts)
            .iter()
            .map(|verdict| match verdict {
                Verdict::Completed(..) => "completed",
                Verdict::New => "new",
                Verdict::OtherNames(_) => "names",
                Verdict::OtherSecret(_) => "secret",
                Verdict::Same(_) => "same",
            })
            .collect()
    }

    #[test]
    fn accounts_are_new_the_same_or_at_odds() {
        let (_folder, _store, vault) = vault_of(&[A, B]);
        assert_eq!(kinds(&vault, &[A, B_LATER]), ["same", "same"]);
        assert_eq!(kinds(&vault, &[A_RENAMED]), ["names"]);
        assert_eq!(kinds(&vault, &[A_OTHER]), ["secret"]);
        assert_eq!(kinds(&vault, &[A_EIGHT]), ["secret"]);
        // Each account of the vault answers once: the second copy is another account.
        assert_eq!(kinds(&vault, &[A, A]), ["same", "new"]);
        assert_eq!(kinds(&vault, &[A_RENAMED, A]), ["new", "same"]);
    }

    #[test]
    fn an_export_with_one_secret_stays_as_many_accounts() {
        let uris =
            ["a", "b", "c"].map(|name| format!("otpauth://totp/X:{name}?secret=JBSWY3DPEHPK3PXP"));
        let uris: Vec<&str> = uris.iter().map(String::as_str).collect();
        let (_folder, _store, vault) = vault_of(&uris);
        assert_eq!(vault.body.entries.len(), 3);
        assert_eq!(kinds(&vault, &uris), ["same"; 3]);
    }

    #[test]
    fn a_choice_settles_each_conflict() {
        for (choice, expected) in [
            (Choice::Both, (2, "alice", 1, 0, 0)),
            (Choice::Keep, (1, "alice", 0, 1, 0)),
            (Choice::Replace, (1, "alicia", 0, 0, 1)),
        ] {
            let (_folder, store, mut vault) = vault_of(&[A]);
            let drafts = vec![draft(A_RENAMED)];
            let verdicts = compare(&vault.body, &drafts);
            let counts = take_in(&store, &mut vault, 0, &drafts, &verdicts, &[choice]).unwrap();
            let first = vault.body.entries.values().map(|entry| entry.label.as_str()).min();
            assert_eq!(
                (
                    vault.body.entries.len(),
                    first.unwrap(),
                    counts.added,
                    counts.kept,
                    counts.replaced
                ),
                expected
            );
        }
        let (_folder, store, mut vault) = vault_of(&[A]);
        let drafts = vec![draft(A_OTHER)];
        let verdicts = compare(&vault.body, &drafts);
        take_in(&store, &mut vault, 0, &drafts, &verdicts, &[Choice::Replace]).unwrap();
        let seed = Seed::from_base32("GEZDGNBVGY3TQOJQ").unwrap();
        let entry = vault.body.entries.values().next().unwrap();
        assert_eq!(entry.seed.expose(), seed.expose());
    }

    #[test]
    fn what_is_there_already_costs_no_save_and_a_counter_only_goes_up() {
        let (_folder, store, mut vault) = vault_of(&[A]);
        let before = vault.generation();
        let drafts = vec![draft(A)];
        let verdicts = compare(&vault.body, &drafts);
        let counts = take_in(&store, &mut vault, 0, &drafts, &verdicts, &[Choice::Both]).unwrap();
        assert_eq!((counts.same, vault.generation()), (1, before));

        for (there, comes, after) in [(B, B_LATER, 9), (B_LATER, B, 9)] {
            let (_folder, store, mut vault) = vault_of(&[there]);
            let drafts = vec![draft(comes)];
            let verdicts = compare(&vault.body, &drafts);
            take_in(&store, &mut vault, 0, &drafts, &verdicts, &[Choice::Both]).unwrap();
            let entry = vault.body.entries.values().next().unwrap();
            assert!(matches!(entry.otp, Otp::Hotp { counter, .. } if counter == after));
        }
    }

    /// What the vault has after this file came in, with what was counted.
    fn after(vault: &mut Vault, store: &Store, drafts: &[Draft]) -> Counts {
        let verdicts = compare(&vault.body, drafts);
        let choices = vec![Choice::Both; drafts.len()];
        take_in(store, vault, 0, drafts, &verdicts, &choices).unwrap()
    }

    #[test]
    fn an_account_is_completed_once_and_as_it_was_told() {
        let (_folder, store, mut vault) = vault_of(&[A]);
        let noted = |note: &str| Draft { note: note.into(), ..draft(A) };
        let id = *vault.body.entries.keys().next().unwrap();
        assert_eq!(
            compare(&vault.body, &[noted("first")]),
            [Verdict::Completed(id, vec![Gap::Note])]
        );
        let counts = after(&mut vault, &store, &[noted("first")]);
        assert_eq!(counts, Counts { completed: 1, ..Counts::default() });
        let before = vault.generation();
        // Nothing is empty any more: the other file's words change nothing, and there is no save.
        let counts = after(&mut vault, &store, &[noted("second")]);
        assert_eq!((counts, vault.generation()), (Counts { same: 1, ..Counts::default() }, before));
        assert_eq!(vault.body.entries[&id].note, "first");
        // Somebody else has filled in one of two: the person was told of both.
        let both = Draft { tags: vec!["work".into()], ..noted("third") };
        let told = [Verdict::Completed(id, vec![Gap::Note, Gap::Tags])];
        let refused = take_in(&store, &mut vault, 0, &[both], &told, &[Choice::Both]);
        assert_eq!(refused, Err(Refusal::Conflict));
    }

    #[test]
    fn names_and_pins_that_are_missing_are_filled_in() {
        const BARE: &str = "otpauth://totp/alice?secret=JBSWY3DPEHPK3PXP";
        const NAMED: &str = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXP";
        let (_folder, store, mut vault) = vault_of(&[BARE]);
        assert_eq!(kinds(&vault, &[NAMED, BARE]), ["new", "same"], "the nearer one has it");
        assert_eq!(kinds(&vault, &[A_EIGHT]), ["new"], "other parameters");
        assert_eq!(kinds(&vault, &[A_OTHER]), ["new"], "another secret");
        assert_eq!(after(&mut vault, &store, &[draft(NAMED)]).completed, 1);
        let entry = vault.body.entries.values().next().unwrap();
        assert_eq!((&*entry.issuer, &*entry.label), ("GitHub", "alice"));
        // The other way round the file knows less, and whether it is the same is the person's choice.
        assert_eq!(kinds(&vault, &[BARE]), ["names"]);

        const LACKS: &str = "otpauth://yaotp/Yandex:y?secret=LA2V6KMCGYMWWVEW64RNP3JA3I";
        let knows = |pin: &str| format!("{LACKS}&pin={pin}");
        let (_folder, store, mut vault) = vault_of(&[LACKS]);
        assert_eq!(after(&mut vault, &store, &[draft(&knows("7586"))]).completed, 1);
        let entry = vault.body.entries.values().next().unwrap();
        assert!(entry.otp.has_codes_of(&draft(&knows("7586")).otp));
        assert_eq!(kinds(&vault, &[LACKS, &knows("7586")]), ["new", "same"]);
        assert_eq!(kinds(&vault, &[LACKS]), ["same"]);
        assert_eq!(kinds(&vault, &[&knows("1111")]), ["secret"]);
    }

    #[test]
    fn a_vault_that_changed_after_the_choice_takes_nothing() {
        let (_folder, store, mut vault) = vault_of(&[A]);
        let stale = vec![Verdict::New];
        let refused = take_in(&store, &mut vault, 0, &[draft(A)], &stale, &[Choice::Both]);
        assert!(matches!(refused, Err(Refusal::Conflict)));
        assert_eq!(vault.body.entries.len(), 1);
    }
}
