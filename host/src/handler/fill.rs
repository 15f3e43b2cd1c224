//! A code for a page: whether it may go there, whose it is, and whether it is fresh.
//!
//! Never here: which sites belong together (`site`).

use shared::protocol::{
    Denied, Fill, FillPage, Habits, LinkSite, MAX_FIELD, MAX_ITEMS, MAX_SEEN, Page, Refusal,
    Response,
};

use crate::handler::accounts::{id, present};
use crate::handler::codes::advance;
use crate::handler::list::account;
use crate::issuers;
use crate::locks::clock::Readings;
use crate::session::{Session, wall};
use crate::site::{self, Domain};
use crate::vault::Vault;
use crate::vault::entry::{Entry, EntryId, Part};

/// A code with less left (in ms) would expire on the way to the server.
const FRESH_MS: u64 = 4_000;

/// Origins whose field is remembered, at most.
const MAX_FIELDS: usize = 256;
/// Registers of the vault: which field the person pointed out on pages of an origin, …
const FIELD: &str = "field:";
/// … and which of several accounts was used on a site last.
const LAST: &str = "last:";

/// What the vault remembers of a page.
pub(super) fn habits(
    session: &mut Session,
    page: &Page,
    now: Readings,
) -> Result<Response, Refusal> {
    let (_, vault) = session.open(now)?;
    site::target(page).map_err(Refusal::Denied)?;
    Ok(Response::Habits(Habits { field: vault.body.register(&format!("{FIELD}{}", page.origin)) }))
}

/// Keeps in mind what the person did: a field that was pointed out, the account that was taken of several.
/// Nothing is saved that is known already.
fn learn(
    session: &mut Session,
    request: &FillPage,
    last: Option<(&str, EntryId)>,
    now: Readings,
) -> Result<(), Refusal> {
    let (store, vault) = session.open(now)?;
    let field = request.field.as_ref().filter(|field| field.len() <= MAX_FIELD);
    let field = field.map(|field| (format!("{FIELD}{}", request.page.origin), field.clone()));
    let last = last.map(|(site, id)| (format!("{LAST}{site}"), id.to_string()));
    let news: Vec<(String, String)> = [field, last]
        .into_iter()
        .flatten()
        .filter(|(name, value)| vault.body.register::<String>(name).as_ref() != Some(value))
        .collect();
    if news.is_empty() {
        return Ok(());
    }
    let saved = store.update::<_, Refusal>(vault, wall(now), |vault, at| {
        for (name, value) in &news {
            vault.body.set(name, value, at);
        }
        vault.body.keep_latest(FIELD, MAX_FIELDS);
        vault.body.keep_latest(LAST, MAX_FIELDS);
        Ok(())
    });
    match saved {
        // An older copy is read-only, a disk may be full: no reason to withhold a code.
        Err(Refusal::Locked) => Err(Refusal::Locked),
        _ => Ok(()),
    }
}

/// A code for a page.
pub(super) fn fill(
    session: &mut Session,
    request: &FillPage,
    now: Readings,
) -> Result<Response, Refusal> {
    let chosen = request.id.as_deref().map(id).transpose()?;
    let (_, vault) = session.open(now)?;
    let domain = site::target(&request.page).map_err(Refusal::Denied)?;
    let site = domain.site().to_owned();
    let (id, several) = choose(vault, request, chosen, &domain)?;
    let entry = vault.entry(id).ok_or(Refusal::NotFound)?;
    let issuer = entry.issuer.clone();
    let submit = domain.within(&entry.sites).is_some_and(|site| vault.body.sends(entry, site));
    let last = several.then_some((site.as_str(), id));
    let Some(period) = entry.otp.period() else {
        learn(session, request, last, now)?;
        return fill_hotp(session, id, issuer, submit, now);
    };
    let (unix, period_ms) = (wall(now) / 1000, period * 1000);
    let left_ms = period_ms - wall(now) % period_ms;
    let window = unix / period;
    let code = entry.otp.code_at(&entry.seed, unix).ok_or(Refusal::NotFound)?;
    if session.was_used(id, &site, window) {
        return Err(Refusal::Wait { ms: left_ms, used: true });
    }
    // A period as short as the margin would never be fresh.
    if left_ms < FRESH_MS && FRESH_MS < period_ms {
        return Err(Refusal::Wait { ms: left_ms, used: false });
    }
    learn(session, request, last, now)?;
    session.note_used(id, &site, window);
    Ok(Response::Fill(Fill { id: id.to_string(), issuer, code, left_ms: Some(left_ms), submit }))
}

/// The account that is meant, and whether the person chose it of several.
fn choose(
    vault: &Vault,
    request: &FillPage,
    chosen: Option<EntryId>,
    domain: &Domain,
) -> Result<(EntryId, bool), Refusal> {
    let site = domain.site();
    let of_site: Vec<&Entry> =
        vault.body.present().filter(|entry| domain.is_within(&entry.sites)).collect();
    let several = 1 < of_site.len();
    if let Some(id) = chosen {
        let entry = vault.entry(id).ok_or(Refusal::NotFound)?;
        let denied = if entry.sites.is_empty() {
            site::look_alike(site).unwrap_or_else(|| Denied::NoSite { domain: site.to_owned() })
        } else if !domain.is_within(&entry.sites) {
            Denied::OtherSite { domain: site.to_owned(), sites: entry.sites.clone() }
        } else {
            return Ok((id, several));
        };
        return Err(Refusal::Denied(denied));
    }
    // Who it is may stand on the page: then nobody has to be asked.
    let is_seen = |entry: &&Entry| {
        let name = entry.label.to_lowercase();
        request.seen.iter().take(MAX_SEEN).any(|seen| seen.trim().to_lowercase() == name)
    };
    let named: Vec<&Entry> = of_site.iter().copied().filter(is_seen).collect();
    match (&named[..], &of_site[..]) {
        // The page's choice, not the person's.
        ([entry], _) | (_, [entry]) => Ok((entry.id, false)),
        (_, []) => Err(Refusal::Denied(none_of(vault, site.to_owned()))),
        (_, several) => {
            // The one that was used here last is the likeliest.
            let last: Option<String> = vault.body.register(&format!("{LAST}{site}"));
            let mut ids: Vec<String> = several.iter().map(|entry| entry.id.to_string()).collect();
            ids.sort_by_key(|id| last.as_ref() != Some(id));
            Err(Refusal::Denied(Denied::Choose { ids }))
        }
    }
}

/// No account belongs to the site; perhaps one that has no site yet does.
fn none_of(vault: &Vault, domain: String) -> Denied {
    if let Some(denied) = site::look_alike(&domain) {
        return denied;
    }
    let is_likely = |entry: &&Entry| {
        entry.sites.is_empty() && issuers::sites_of(&entry.issuer).contains(&domain.as_str())
    };
    let likely = vault.body.present().filter(is_likely);
    let ids: Vec<String> = likely.map(|entry| entry.id.to_string()).take(MAX_ITEMS).collect();
    if ids.is_empty() { Denied::NoAccount { domain } } else { Denied::Suggest { domain, ids } }
}

/// An HOTP code: its counter is on the disk before it leaves.
fn fill_hotp(
    session: &mut Session,
    id: EntryId,
    issuer: String,
    submit: bool,
    now: Readings,
) -> Result<Response, Refusal> {
    let (store, vault) = session.open(now)?;
    let code = store.update::<_, Refusal>(vault, wall(now), |vault, _| advance(vault, id))?;
    Ok(Response::Fill(Fill { id: id.to_string(), issuer, code, left_ms: None, submit }))
}

/// Links an account to the site of a page. The person was shown the domain; if the host finds another
/// one, the page has changed meanwhile.
pub(super) fn link(
    session: &mut Session,
    link: &LinkSite,
    now: Readings,
) -> Result<Response, Refusal> {
    let id = id(&link.id)?;
    let (store, vault) = session.open(now)?;
    let site = site::describe(&link.page);
    if let Some(denied) = site.denied {
        return Err(Refusal::Denied(denied));
    }
    if site.domain != link.domain {
        return Err(Refusal::Conflict);
    }
    let account = store.update::<_, Refusal>(vault, wall(now), |vault, at| {
        let entry = present(vault, id)?;
        if !entry.sites.contains(&site.domain) {
            entry.sites.push(site.domain);
            entry.touch(Part::Sites, at);
        }
        Ok(account(&vault.body, &vault.body.entries[&id], true))
    })?;
    Ok(Response::Account(account))
}
