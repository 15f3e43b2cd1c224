//! Accounts: the list, their codes, and changes to them.
//!
//! Never here: which page a code may go to (`fill`).

use std::cmp::Reverse;

use shared::Secret;
use shared::protocol::{
    Account, Accounts, AddAccount, Algorithm, ById, Code, Codes, EditAccount, Field, Invalid,
    KeptSpare, Kind, ListAccounts, ListCodes, MAX_ITEMS, MAX_PICTURES, MAX_PIN, Manual, Page,
    Picture, Pictures, Problem, Refusal, Response, Spare, Spares,
};

use crate::handler::none;
use crate::intake;
use crate::issuers;
use crate::locks::clock::Readings;
use crate::otp::{Digits, Otp, Period, hotp};
use crate::otpauth;
use crate::session::{Session, wall};
use crate::site::{self, Domain};
use crate::vault::Vault;
use crate::vault::body::Body;
use crate::vault::entry::{
    self, Draft, Entry, EntryId, MAX_ICON, MAX_LIST, MAX_NOTE, MAX_SITE, MAX_TAG, Part,
};
use crate::visible;

/// Most bytes of accounts in one page: a quarter of a frame is left for the rest.
const PAGE_BYTES: usize = 192 * 1024;
/// Fewest digits that somebody means; imports may bring fewer.
const FEWEST_DIGITS: u32 = 5;
/// A seed below this is guessable: 80 bits.
const WEAK_SEED: usize = 10;

/// A page of the list.
pub(super) fn list(
    session: &mut Session,
    list: &ListAccounts,
    now: Readings,
) -> Result<Response, Refusal> {
    if MAX_ITEMS < list.limit || list.limit == 0 {
        return Err(Refusal::BadRequest);
    }
    let only = list.only.as_ref().map(|id| id.parse::<EntryId>()).transpose();
    let only = only.map_err(|_| Refusal::BadRequest)?;
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
    Ok(Response::Accounts(Accounts {
        items,
        next,
        total: entries.len(),
        site: page.map(site::describe),
    }))
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
    for id in &list.ids {
        let id: EntryId = id.parse().map_err(|_| Refusal::BadRequest)?;
        let entry = vault.entry(id).filter(|entry| !entry.picture.is_empty());
        items.extend(entry.map(|entry| Picture { id: id.to_string(), png: entry.picture.clone() }));
    }
    Ok(Response::Pictures(Pictures { items }))
}

/// A picture in the place of the one before; empty for none.
pub(super) fn set_picture(
    session: &mut Session,
    id: EntryId,
    picture: &str,
    now: Readings,
) -> Result<Response, Refusal> {
    let (store, vault) = session.open(now)?;
    store.update::<_, Refusal>(vault, wall(now), |vault, at| {
        let entry = vault.body.entries.get_mut(&id).ok_or(Refusal::NotFound)?;
        picture.clone_into(&mut entry.picture);
        entry.touch(Part::Picture, at);
        Ok(())
    })?;
    Ok(Response::Done)
}

/// Codes of the named accounts.
pub(super) fn codes(
    session: &mut Session,
    list: &ListCodes,
    now: Readings,
) -> Result<Response, Refusal> {
    if MAX_ITEMS < list.ids.len() {
        return Err(Refusal::BadRequest);
    }
    let (_, vault) = session.open(now)?;
    let mut codes = none();
    for text in &list.ids {
        let id: EntryId = text.parse().map_err(|_| Refusal::BadRequest)?;
        codes.items.extend(vault.entry(id).and_then(|entry| code(entry, now)));
    }
    Ok(Response::Codes(codes))
}

/// The present code and the next one; none for HOTP, and where a PIN is missing.
fn code(entry: &Entry, now: Readings) -> Option<Code> {
    let period_ms = entry.otp.period()? * 1000;
    let left_ms = period_ms - wall(now) % period_ms;
    let unix = wall(now) / 1000;
    Some(Code {
        id: entry.id.to_string(),
        code: entry.otp.code_at(&entry.seed, unix)?,
        next: entry.otp.code_at(&entry.seed, unix + period_ms / 1000),
        left_ms: Some(left_ms),
        period_ms: Some(period_ms),
    })
}

/// The next HOTP code: the counter is on the disk before the code leaves.
pub(super) fn next_code(
    session: &mut Session,
    by: &ById,
    now: Readings,
) -> Result<Response, Refusal> {
    let id = id(by)?;
    let (store, vault) = session.open(now)?;
    let code = store.update::<_, Refusal>(vault, wall(now), |vault, _| advance(vault, id))?;
    let id = by.id.clone();
    let code = Code { id, code, next: None, left_ms: None, period_ms: None };
    Ok(Response::Codes(Codes { items: vec![code] }))
}

/// The code of an HOTP account's counter, which is then one higher.
pub(super) fn advance(vault: &mut Vault, id: EntryId) -> Result<String, Refusal> {
    let entry = present(vault, id)?;
    match &mut entry.otp {
        Otp::Hotp { algorithm, digits, counter } => {
            let code = hotp(&entry.seed, *counter, *algorithm, *digits);
            let next = counter.checked_add(1).filter(|next| i64::try_from(*next).is_ok());
            *counter = next.ok_or(invalid(Field::Counter, Problem::Range))?;
            Ok(code)
        }
        _ => Err(Refusal::BadRequest),
    }
}

/// Adds an account.
pub(super) fn add(
    session: &mut Session,
    add: AddAccount,
    now: Readings,
) -> Result<Response, Refusal> {
    let mut draft = match (add.uri, add.manual) {
        (Some(uri), None) => otpauth::parse(uri.expose()).map_err(Refusal::Invalid)?,
        (None, Some(manual)) => by_hand(manual)?,
        _ => return Err(Refusal::BadRequest),
    };
    if draft.otp.digits() < FEWEST_DIGITS {
        return Err(invalid(Field::Digits, Problem::Range));
    }
    if let Some(domain) = add.page.as_ref().and_then(linkable) {
        draft.sites.push(domain);
    }
    let (store, vault) = session.open(now)?;
    let account = store.update::<_, Refusal>(vault, wall(now), |vault, at| {
        if !add.again
            && let Some(twin) = intake::twin(&vault.body, &draft)
        {
            return Err(Refusal::Duplicate(ById { id: twin.to_string() }));
        }
        let id = vault.add(draft, at);
        Ok(account(&vault.body, &vault.body.entries[&id], false))
    })?;
    Ok(Response::Account(account))
}

/// The site of a page that an account may be linked to.
pub(super) fn linkable(page: &Page) -> Option<String> {
    let site = site::describe(page);
    site.denied.is_none().then_some(site.domain)
}

/// What was typed, checked.
fn by_hand(manual: Manual) -> Result<Draft, Refusal> {
    let Manual { kind, issuer, label, secret, algorithm, digits, period, counter } = manual;
    let unexpected = |field| Err(invalid(field, Problem::Unexpected));
    if counter.is_some() && kind != Kind::Hotp {
        return unexpected(Field::Counter);
    }
    if period.is_some() && kind != Kind::Totp {
        return unexpected(Field::Period);
    }
    let free = matches!(kind, Kind::Hotp | Kind::Totp);
    if digits.is_some_and(|digits| !free && digits != 5) {
        return unexpected(Field::Digits);
    }
    let algorithm = algorithm.unwrap_or_default();
    if free && algorithm == Algorithm::Md5 {
        // Mobile-OTP's alone: nobody could read such an account again.
        return Err(invalid(Field::Algorithm, Problem::Unsupported));
    }
    let digits = checked_digits(digits.unwrap_or(6))?;
    let otp = match kind {
        Kind::Hotp => {
            Otp::Hotp { algorithm, digits, counter: checked_counter(counter.unwrap_or(0))? }
        }
        Kind::Totp => {
            Otp::Totp { algorithm, digits, period: checked_period(period.unwrap_or(30))? }
        }
        Kind::Steam => Otp::Steam,
        // They come by import, with their PIN.
        Kind::Motp | Kind::Yandex => return Err(invalid(Field::Uri, Problem::Unsupported)),
    };
    let seed = otpauth::seed(secret.expose()).map_err(Refusal::Invalid)?;
    let mut draft = Draft::new(otp, seed, String::new(), String::new());
    draft.issuer = name(Field::Issuer, &issuer)?;
    draft.label = name(Field::Label, &label)?;
    if draft.issuer.is_empty() && draft.label.is_empty() {
        return Err(invalid(Field::Issuer, Problem::Empty));
    }
    Ok(draft)
}

/// What an account's site gave for when the app is gone.
pub(super) fn spares(session: &mut Session, by: &ById, now: Readings) -> Result<Response, Refusal> {
    let id = id(by)?;
    let (_, vault) = session.open(now)?;
    let entry = vault.entry(id).ok_or(Refusal::NotFound)?;
    let item = |it: &entry::Spare| Spare { code: it.code.expose().to_owned(), used: it.used };
    Ok(Response::Spares(Spares { items: entry.spares.iter().map(item).collect() }))
}

/// Changes an account.
pub(super) fn edit(
    session: &mut Session,
    edit: EditAccount,
    now: Readings,
) -> Result<Response, Refusal> {
    let id = id(&ById { id: edit.id.clone() })?;
    let (store, vault) = session.open(now)?;
    let account = store.update::<_, Refusal>(vault, wall(now), |vault, at| {
        let entry = present(vault, id)?;
        let mut set = Vec::new();
        if let Some(issuer) = &edit.issuer {
            entry.issuer = name(Field::Issuer, issuer)?;
            set.push(Part::Issuer);
        }
        if let Some(label) = &edit.label {
            entry.label = name(Field::Label, label)?;
            set.push(Part::Label);
        }
        if entry.issuer.is_empty() && entry.label.is_empty() {
            return Err(invalid(Field::Issuer, Problem::Empty));
        }
        if let Some(sites) = &edit.sites {
            entry.sites = sites_of(sites)?;
            set.push(Part::Sites);
        }
        if let Some(tags) = &edit.tags {
            let tags = tags.iter().map(|tag| visible::line(tag)).filter(|tag| !tag.is_empty());
            entry.tags = list_of(Field::Tag, tags.collect(), MAX_TAG)?;
            set.push(Part::Tags);
        }
        if let Some(note) = &edit.note {
            entry.note = bounded(Field::Note, &visible::note(note), MAX_NOTE)?;
            set.push(Part::Note);
        }
        if let Some(favourite) = edit.favourite {
            entry.favourite = favourite;
            set.push(Part::Favourite);
        }
        if let Some(icon) = &edit.icon {
            entry.icon = bounded(Field::Icon, icon, MAX_ICON)?;
            set.push(Part::Icon);
        }
        if let Some(spares) = &edit.spares {
            entry.spares = kept(spares)?;
            set.push(Part::Spares);
        }
        edit_otp(entry, &edit, &mut set)?;
        for part in set {
            entry.touch(part, at);
        }
        if let Some(sends) = &edit.sends {
            vault.body.set_sending(id, &sites_of(sends)?, at);
        }
        Ok(account(&vault.body, &vault.body.entries[&id], false))
    })?;
    Ok(Response::Account(account))
}

/// Codes for when the app is gone, each once and within their limits.
fn kept(spares: &[KeptSpare]) -> Result<Vec<entry::Spare>, Refusal> {
    let mut kept: Vec<entry::Spare> = Vec::new();
    for KeptSpare { code, used } in spares {
        let code = code.expose().trim();
        if entry::MAX_SPARE < code.len() {
            return Err(invalid(Field::Spare, Problem::Long));
        }
        if !code.is_empty() && kept.iter().all(|other| other.code.expose() != code) {
            kept.push(entry::Spare { code: Secret::new(code.to_owned()), used: *used });
        }
    }
    if entry::MAX_SPARES < kept.len() {
        return Err(invalid(Field::Spare, Problem::Long));
    }
    Ok(kept)
}

/// Changes how an account's codes are made.
fn edit_otp(entry: &mut Entry, edit: &EditAccount, set: &mut Vec<Part>) -> Result<(), Refusal> {
    if let Some(secret) = &edit.secret {
        entry.seed = otpauth::seed(secret.expose()).map_err(Refusal::Invalid)?;
        set.push(Part::Otp);
    }
    let unexpected = |field| Err(invalid(field, Problem::Unexpected));
    if let Some(new) = &edit.pin {
        let problem = match new.expose().chars().count() {
            0 => Some(Problem::Empty),
            1..=MAX_PIN => None,
            _ => Some(Problem::Long),
        };
        match (&mut entry.otp, problem) {
            (Otp::Motp { pin } | Otp::Yandex { pin }, None) => {
                *pin = Some(Secret::new(new.expose().to_owned()));
            }
            (Otp::Motp { .. } | Otp::Yandex { .. }, Some(problem)) => {
                return Err(invalid(Field::Pin, problem));
            }
            _ => return unexpected(Field::Pin),
        }
        set.push(Part::Otp);
    }
    if let Some(new) = edit.algorithm {
        match &mut entry.otp {
            Otp::Hotp { algorithm, .. } | Otp::Totp { algorithm, .. } if new != Algorithm::Md5 => {
                *algorithm = new;
            }
            otp if otp.algorithm() == new => {}
            _ => return unexpected(Field::Algorithm),
        }
        set.push(Part::Otp);
    }
    if let Some(new) = edit.digits {
        match &mut entry.otp {
            Otp::Hotp { digits, .. } | Otp::Totp { digits, .. } => *digits = checked_digits(new)?,
            otp if otp.digits() == new => {}
            _ => return unexpected(Field::Digits),
        }
        set.push(Part::Otp);
    }
    if let Some(new) = edit.period {
        match &mut entry.otp {
            Otp::Totp { period, .. } => *period = checked_period(new)?,
            otp if otp.period() == Some(u64::from(new)) => {}
            _ => return unexpected(Field::Period),
        }
        set.push(Part::Otp);
    }
    if let Some(new) = edit.counter {
        match &mut entry.otp {
            Otp::Hotp { counter, .. } => *counter = checked_counter(new)?,
            _ => return unexpected(Field::Counter),
        }
        set.push(Part::Counter);
    }
    Ok(())
}

/// Moves an account to the trash.
pub(super) fn delete(session: &mut Session, by: &ById, now: Readings) -> Result<Response, Refusal> {
    let id = id(by)?;
    let (store, vault) = session.open(now)?;
    store.update::<_, Refusal>(vault, wall(now), |vault, at| {
        let entry = present(vault, id)?;
        entry.trashed = Some(at.seconds());
        entry.touch(Part::Trashed, at);
        Ok(Response::Done)
    })
}

/// Takes an account out of the trash.
pub(super) fn restore(
    session: &mut Session,
    by: &ById,
    now: Readings,
) -> Result<Response, Refusal> {
    let id = id(by)?;
    let (store, vault) = session.open(now)?;
    let account = store.update::<_, Refusal>(vault, wall(now), |vault, at| {
        let entry = vault.body.entries.get_mut(&id).ok_or(Refusal::NotFound)?;
        entry.trashed = None;
        entry.touch(Part::Trashed, at);
        Ok(account(&vault.body, &vault.body.entries[&id], false))
    })?;
    Ok(Response::Account(account))
}

/// Deletes an account in the trash for good.
pub(super) fn purge(session: &mut Session, by: &ById, now: Readings) -> Result<Response, Refusal> {
    let id = id(by)?;
    let (store, vault) = session.open(now)?;
    store.update::<_, Refusal>(vault, wall(now), |vault, at| {
        let entry = vault.body.entries.get(&id).filter(|entry| entry.trashed.is_some());
        entry.ok_or(Refusal::NotFound)?;
        vault.body.entries.remove(&id);
        vault.body.graves.insert(id, at);
        Ok(Response::Done)
    })
}

/// An id out of a request.
pub(super) fn id(by: &ById) -> Result<EntryId, Refusal> {
    by.id.parse().map_err(|_| Refusal::BadRequest)
}

/// An entry that is not in the trash, to be changed.
pub(super) fn present(vault: &mut Vault, id: EntryId) -> Result<&mut Entry, Refusal> {
    let entry = vault.body.entries.get_mut(&id).filter(|entry| entry.trashed.is_none());
    entry.ok_or(Refusal::NotFound)
}

pub(super) fn invalid(field: Field, problem: Problem) -> Refusal {
    Refusal::Invalid(Invalid { field, problem })
}

fn checked_digits(count: u32) -> Result<Digits, Refusal> {
    let digits = Digits::new(count).ok().filter(|digits| FEWEST_DIGITS <= digits.count());
    digits.ok_or(invalid(Field::Digits, Problem::Range))
}

fn checked_period(seconds: u32) -> Result<Period, Refusal> {
    Period::new(u64::from(seconds)).map_err(|_| invalid(Field::Period, Problem::Range))
}

fn checked_counter(counter: u64) -> Result<u64, Refusal> {
    let within = i64::try_from(counter).is_ok();
    if within { Ok(counter) } else { Err(invalid(Field::Counter, Problem::Range)) }
}

fn name(field: Field, text: &str) -> Result<String, Refusal> {
    bounded(field, &visible::line(text), otpauth::MAX_NAME)
}

fn bounded(field: Field, text: &str, max: usize) -> Result<String, Refusal> {
    if max < text.len() { Err(invalid(field, Problem::Long)) } else { Ok(text.to_owned()) }
}

/// Sites as a person typed them.
fn sites_of(texts: &[String]) -> Result<Vec<String>, Refusal> {
    let read = |text: &String| site::parse(text).ok_or(invalid(Field::Site, Problem::Malformed));
    list_of(Field::Site, texts.iter().map(read).collect::<Result<_, _>>()?, MAX_SITE)
}

/// Each item once; at most [`MAX_LIST`], none longer than `longest` bytes.
fn list_of(field: Field, mut list: Vec<String>, longest: usize) -> Result<Vec<String>, Refusal> {
    let mut seen = std::collections::BTreeSet::new();
    list.retain(|item| seen.insert(item.clone()));
    let fits = list.len() <= MAX_LIST && list.iter().all(|item| item.len() <= longest);
    if fits { Ok(list) } else { Err(invalid(field, Problem::Long)) }
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
