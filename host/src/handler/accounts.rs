//! Accounts that are added and changed, go to the trash and come back, with the checks of what a person typed.
//!
//! Never here: how they are shown (`list`), their codes (`codes`).

use shared::Secret;
use shared::protocol::{
    AddAccount, Algorithm, ById, EditAccount, Field, Invalid, KeptSpare, Kind, MAX_PIN, Manual,
    Page, Problem, Refusal, Response, Spare, Spares,
};

use crate::handler::list::account;
use crate::intake;
use crate::locks::clock::Readings;
use crate::otp::{Digits, Otp, Period};
use crate::otpauth;
use crate::session::{Session, wall};
use crate::site;
use crate::vault::Vault;
use crate::vault::entry::{
    self, Draft, Entry, EntryId, MAX_ICON, MAX_LIST, MAX_NOTE, MAX_SITE, MAX_TAG, Part,
};
use crate::visible;

/// Fewest digits that somebody means; imports may bring fewer.
const FEWEST_DIGITS: u32 = 5;

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
    let id = id(&by.id)?;
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
    let id = id(&edit.id)?;
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
        // Of one that came without names, the rest can be changed.
        let names = edit.issuer.is_some() || edit.label.is_some();
        if names && entry.issuer.is_empty() && entry.label.is_empty() {
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
                *pin = Some(new.duplicate());
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
    let id = id(&by.id)?;
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
    let id = id(&by.id)?;
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
    let id = id(&by.id)?;
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
pub(super) fn id(text: &str) -> Result<EntryId, Refusal> {
    text.parse().map_err(|_| Refusal::BadRequest)
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
