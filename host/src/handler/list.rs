//! The list of accounts as a client sees it: in order, in pages, without codes; and the accounts' own pictures.
//!
//! Never here: codes (`codes`), changes (`accounts`).

use std::cmp::Reverse;

use shared::protocol::{
    Account, Accounts, Kind, ListAccounts, ListCodes, MAX_ITEMS, MAX_PICTURES, Picture, Pictures,
    Refusal, Response,
};

use crate::handler::accounts::id;
use crate::issuers;
use crate::locks::clock::Readings;
use crate::otp::Otp;
use crate::session::Session;
use crate::site::{self, Domain};
use crate::vault::body::Body;
use crate::vault::entry::{Entry, Part};

/// Most bytes of accounts in one page: a quarter of a frame is left for the rest.
const PAGE_BYTES: usize = 192 * 1024;
/// A seed below this is guessable: 80 bits.
const WEAK_SEED: usize = 10;

/// A page of the list.
pub(super) fn list(
    session: &mut Session,
    list: &ListAccounts,
    now: Readings,
) -> Result<Accounts, Refusal> {
    if MAX_ITEMS < list.limit || list.limit == 0 {
        return Err(Refusal::BadRequest);
    }
    let only = list.only.as_deref().map(id).transpose()?;
    let (_, vault) = session.open(now)?;
    let page = list.page.as_ref();
    let target = page.and_then(|page| site::target(page).ok());
    let is_likely = |entry: &Entry| {
        let known = || issuers::sites_of(&entry.issuer);
        entry.sites.is_empty()
            && target.as_ref().is_some_and(|domain| known().contains(&domain.site()))
    };
    let is_here = |entry: &Entry| {
        target.as_ref().is_some_and(|domain: &Domain| domain.is_within(&entry.sites))
    };
    let wanted = |entry: &&Entry| {
        entry.trashed.is_some() == list.trash && only.is_none_or(|id| id == entry.id)
    };
    let mut entries: Vec<&Entry> = vault.body.entries.values().filter(wanted).collect();
    entries.sort_by_cached_key(|entry| {
        // By what stands first in its row.
        let first = if entry.issuer.is_empty() { &entry.label } else { &entry.issuer };
        let names = (in_order(first), in_order(&entry.label));
        let place = (Reverse(is_here(entry)), Reverse(is_likely(entry)));
        (place, Reverse(entry.favourite), names, entry.id)
    });
    let start = match &list.cursor {
        Some(cursor) => start_of(cursor, vault.generation()).ok_or(Refusal::Conflict)?,
        None => 0,
    };
    let shown = entries.iter().skip(start).take(list.limit).map(|entry| {
        let likely = is_likely(entry);
        Account { likely, ..account(&vault.body, entry, is_here(entry)) }
    });
    let items = page_of(shown);
    let end = start + items.len();
    let next = (end < entries.len()).then(|| format!("{}-{end}", vault.generation()));
    Ok(Accounts { items, next, total: entries.len(), site: page.map(site::describe) })
}

/// As many accounts, from the first, as an answer has room for; one at least.
pub(super) fn page_of(accounts: impl Iterator<Item = Account>) -> Vec<Account> {
    let weight = |account: &Account| serde_json::to_vec(account).map_or(0, |json| json.len());
    let (mut items, mut bytes) = (Vec::new(), 0);
    for mut account in accounts {
        let mut more = weight(&account);
        if PAGE_BYTES < more {
            // No program of ours wrote it. By its names it can be found and deleted.
            let name = |name: &str| name.chars().take(200).collect();
            account = Account {
                issuer: name(&account.issuer),
                label: name(&account.label),
                sites: Vec::new(),
                sends: Vec::new(),
                tags: Vec::new(),
                note: String::new(),
                icon: String::new(),
                ..account
            };
            more = weight(&account);
        }
        bytes += more;
        if PAGE_BYTES < bytes && !items.is_empty() {
            break;
        }
        items.push(account);
    }
    items
}

/// A name as it is put in order: small, and numbers by their value, so that 7 comes before 69.
fn in_order(name: &str) -> String {
    let name = name.to_lowercase();
    let (mut key, mut rest) = (String::with_capacity(name.len() + 2), name.as_str());
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = &rest[at..];
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let digits = number[..end].trim_start_matches('0');
        key.push_str(&rest[..at]);
        // Where digits stand among letters, and then the longer number after the shorter.
        key.push('0');
        key.push(u32::try_from(digits.len()).ok().and_then(char::from_u32).unwrap_or(char::MAX));
        key.push_str(digits);
        rest = &number[end..];
    }
    key + rest
}

/// Where a page begins; `None` if the list has changed since.
fn start_of(cursor: &str, generation: u64) -> Option<usize> {
    let (of, start) = cursor.split_once('-')?;
    (of.parse() == Ok(generation)).then(|| start.parse().ok())?
}

/// An account as a person sees it.
pub(super) fn account(body: &Body, entry: &Entry, here: bool) -> Account {
    let counter = match entry.otp {
        Otp::Hotp { counter, .. } => Some(counter),
        _ => None,
    };
    Account {
        id: entry.id.to_string(),
        kind: entry.otp.kind(),
        issuer: entry.issuer.clone(),
        label: entry.label.clone(),
        algorithm: entry.otp.algorithm(),
        digits: entry.otp.digits(),
        period: entry.otp.period().and_then(|seconds| u32::try_from(seconds).ok()),
        counter,
        sites: entry.sites.clone(),
        tags: entry.tags.clone(),
        note: entry.note.clone(),
        favourite: entry.favourite,
        icon: entry.icon.clone(),
        // Another one has another key.
        picture: if entry.picture.is_empty() {
            String::new()
        } else {
            entry.stamp(Part::Picture).to_string()
        },
        here,
        likely: false,
        suggest: if entry.sites.is_empty() {
            issuers::sites_of(&entry.issuer).into_iter().map(str::to_owned).collect()
        } else {
            Vec::new()
        },
        sends: body.sending(entry),
        weak: entry.seed.expose().len() < WEAK_SEED && entry.otp.kind() != Kind::Motp,
        created: entry.born.seconds(),
        modified: entry.modified().seconds(),
        trashed: entry.trashed,
    }
}

/// Pictures of the named accounts.
pub(super) fn pictures(
    session: &mut Session,
    list: &ListCodes,
    now: Readings,
) -> Result<Response, Refusal> {
    if MAX_PICTURES < list.ids.len() {
        return Err(Refusal::BadRequest);
    }
    let (_, vault) = session.open(now)?;
    let mut items = Vec::new();
    for text in &list.ids {
        let entry = vault.entry(id(text)?).filter(|entry| !entry.picture.is_empty());
        items.extend(entry.map(|entry| Picture { id: text.clone(), png: entry.picture.clone() }));
    }
    Ok(Response::Pictures(Pictures { items }))
}

#[cfg(test)]
mod tests {
    use shared::protocol::Account;

    use super::{PAGE_BYTES, in_order, page_of};

    #[test]
    fn an_answer_has_room_for_what_it_holds_whatever_a_vault_holds() {
        let account = |note: usize| -> Account {
            let json = format!(
                r#"{{"id":"a","kind":"totp","issuer":"I","label":"l","algorithm":"SHA1","digits":6,"period":30,
                "note":"{}","created":0,"modified":0}}"#,
                "n".repeat(note)
            );
            serde_json::from_str(&json).unwrap()
        };
        // One that no program of ours can have written comes by its name.
        let items = page_of([account(PAGE_BYTES), account(1)].into_iter());
        assert_eq!((items[0].note.len(), items[1].note.len()), (0, 1));
        assert_eq!(items[0].issuer, "I");
        let items = page_of((0..100).map(|_| account(16 * 1024)));
        assert_eq!(items.len(), 11);
        assert!(serde_json::to_vec(&items).unwrap().len() < PAGE_BYTES + 100);
    }

    #[test]
    fn numbers_in_names_go_by_their_value_and_letters_by_the_alphabet() {
        let names = [
            "",
            "Bank 7",
            "bank 007a",
            "Bank 69",
            "Bank 1000",
            "Bank of A",
            "Bank-9",
            "é",
            "字 2",
            "字 10",
        ];
        for pair in names.windows(2) {
            assert!(in_order(pair[0]) < in_order(pair[1]), "{pair:?}");
        }
        assert_eq!(in_order("Port 080"), in_order("PORT 80"));
    }
}
