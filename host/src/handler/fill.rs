//! A code for a page: whether it may go there, whose it is, and whether it is fresh.
//!
//! Never here: which sites belong together (`site`).

use shared::protocol::{ById, Denied, Fill, FillPage, LinkSite, MAX_SEEN, Refusal, Response};

use crate::handler::accounts::{account, advance, id, present};
use crate::locks::clock::Readings;
use crate::session::{Session, wall};
use crate::site;
use crate::vault::entry::{Entry, EntryId};

/// A code with less left (in ms) would expire on the way to the server.
const FRESH_MS: u64 = 4_000;

/// A code for a page.
pub(super) fn fill(
    session: &mut Session,
    request: &FillPage,
    now: Readings,
) -> Result<Response, Refusal> {
    let chosen = request.id.as_ref().map(|id| self::id(&ById { id: id.clone() })).transpose()?;
    let (_, vault) = session.open(now)?;
    let domain = site::target(&request.page).map_err(Refusal::Denied)?;
    let site = domain.site().to_owned();
    let id = match chosen {
        Some(id) => {
            let entry = vault.entry(id).ok_or(Refusal::NotFound)?;
            if entry.sites.is_empty() {
                return Err(Refusal::Denied(match site::look_alike(&site) {
                    Some(denied) => denied,
                    None => Denied::NoSite { domain: site },
                }));
            }
            if !domain.is_within(&entry.sites) {
                let sites = entry.sites.clone();
                return Err(Refusal::Denied(Denied::OtherSite { domain: site, sites }));
            }
            id
        }
        None => {
            let belongs =
                |entry: &&Entry| entry.trashed.is_none() && domain.is_within(&entry.sites);
            let of_site: Vec<&Entry> = vault.body.entries.values().filter(belongs).collect();
            // Who it is may stand on the page: then nobody has to be asked.
            let is_seen = |entry: &&&Entry| {
                let name = entry.label.to_lowercase();
                request.seen.iter().take(MAX_SEEN).any(|seen| seen.trim().to_lowercase() == name)
            };
            let named: Vec<EntryId> =
                of_site.iter().filter(is_seen).map(|entry| entry.id).collect();
            let mut ids: Vec<EntryId> = of_site.iter().map(|entry| entry.id).collect();
            if named.len() == 1 {
                ids = named;
            }
            match ids[..] {
                [] => return Err(Refusal::Denied(Denied::NoAccount { domain: site })),
                [id] => id,
                _ => {
                    // The one that was used here last is the likeliest.
                    ids.sort_by_key(|id| std::cmp::Reverse(session.last_used(*id, &site)));
                    let ids = ids.iter().map(ToString::to_string).collect();
                    return Err(Refusal::Denied(Denied::Choose { ids }));
                }
            }
        }
    };

    let entry = vault.entry(id).ok_or(Refusal::NotFound)?;
    let issuer = entry.issuer.clone();
    let Some(period) = entry.otp.period() else {
        return fill_hotp(session, id, &site, issuer, now);
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
    session.note_used(id, &site, window);
    Ok(Response::Fill(Fill { id: id.to_string(), issuer, code, left_ms: Some(left_ms) }))
}

/// An HOTP code: its counter is on the disk before it leaves.
fn fill_hotp(
    session: &mut Session,
    id: EntryId,
    site: &str,
    issuer: String,
    now: Readings,
) -> Result<Response, Refusal> {
    let (store, vault) = session.open(now)?;
    let code = store.update::<_, Refusal>(vault, wall(now), |vault, _| advance(vault, id))?;
    // A counter has no window, but the account was used here.
    session.note_used(id, site, 0);
    Ok(Response::Fill(Fill { id: id.to_string(), issuer, code, left_ms: None }))
}

/// Links an account to the site of a page. The person was shown the domain; if the host finds another
/// one, the page has changed meanwhile.
pub(super) fn link(
    session: &mut Session,
    link: &LinkSite,
    now: Readings,
) -> Result<Response, Refusal> {
    let id = id(&ById { id: link.id.clone() })?;
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
            entry.touch("sites", at);
        }
        Ok(account(entry, true))
    })?;
    Ok(Response::Account(account))
}
