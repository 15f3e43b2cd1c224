//! An earlier save put over the vault: noticed, read-only, and only then right when it is said to be.
//!
//! Never here: what the popup and the command line say of it.

use std::collections::BTreeSet;
use std::fs;

use host::vault::Vault;
use host::vault::file::FileError;
use shared::protocol::Rollback;

use crate::fixture::{self, MASTER, NOW, derived};

const SAVES: u64 = 7;

fn labels(vault: &Vault) -> BTreeSet<String> {
    vault.body.entries.values().map(|entry| entry.label.clone()).collect()
}

#[test]
fn each_of_the_last_five_saves_is_known_for_an_older_copy_until_it_is_accepted() {
    for back in 1..=5 {
        let folder = fixture::folder();
        let store = fixture::store(folder.path());
        let mut vault = store.create(derived(MASTER), NOW).unwrap();
        for n in 2..=SAVES {
            fixture::add(&store, &mut vault, &format!("of save {n}")).unwrap();
        }
        let found = SAVES - back;
        let older = store.path().with_extension(format!("otv.{found}"));
        let current = fs::read(store.path()).unwrap();
        let older = fs::read(older).unwrap();
        fs::write(store.path(), &older).unwrap();

        let mut vault = fixture::session(&store).unwrap();
        assert_eq!(vault.rollback, Some(Rollback { found, seen: SAVES }));
        let held = labels(&vault);
        assert_eq!(held.len() as u64, found - 1);
        // Nothing is written, whoever asks, and the file stays as it is.
        let refused = fixture::add(&store, &mut vault, "too soon");
        assert!(matches!(refused, Err(FileError::Rollback(Rollback { seen: SAVES, .. }))));
        assert_eq!(fs::read(store.path()).unwrap(), older);
        assert_eq!(labels(&vault), held);
        // The newer one back in its place is no rollback.
        fs::write(store.path(), &current).unwrap();
        assert_eq!(fixture::session(&store).unwrap().rollback, None);

        fs::write(store.path(), &older).unwrap();
        let mut vault = fixture::session(&store).unwrap();
        store.accept_rollback(&mut vault, NOW).unwrap();
        fixture::add(&store, &mut vault, "on the older").unwrap();
        assert!(SAVES < vault.generation(), "it counts on from the highest number seen");
        let again = fixture::session(&store).unwrap();
        assert_eq!(again.rollback, None);
        assert_eq!(labels(&again), &held | &BTreeSet::from(["on the older".to_owned()]));
    }
}
