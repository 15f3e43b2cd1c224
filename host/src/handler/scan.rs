//! Accounts that a page shows: looked for, shown to the person, and added with the page's site linked.
//!
//! Never here: what a picture or an address says (`import`).

use shared::protocol::{Account, Accounts, MAX_ITEMS, MAX_LINKS, Page, Refusal, Response, Scan};

use crate::handler::Answer;
use crate::handler::accounts::linkable;
use crate::handler::list::{account, page_of};
use crate::intake;
use crate::issuers;
use crate::locks::clock::Readings;
use crate::session::desk::Errand;
use crate::session::{Session, wall};
use crate::site;
use crate::vault::entry::{Draft, Entry, EntryId, Part};
use crate::vault::stamp::Stamp;

/// Takes a piece of the picture, and after the last begins to look.
pub(super) fn scan(session: &mut Session, scan: Scan, now: Readings) -> Result<Answer, Refusal> {
    if !session.is_open(now) {
        return Err(Refusal::Locked);
    }
    if MAX_LINKS < scan.links.len() {
        return Err(Refusal::BadRequest);
    }
    let Some(picture) = session.desk().piece(scan.first, scan.more, &scan.data)? else {
        return Ok(Response::Done.into());
    };
    let round = session.desk().round();
    let errand = Errand::Scan { page: scan.page, picture, links: scan.links };
    Ok(session.begin_desk(errand, round).into())
}

/// Shows what was found. The seeds stay here.
pub(super) fn scanned(
    session: &mut Session,
    mut found: Vec<Draft>,
    page: Page,
    now: Readings,
) -> Result<Response, Refusal> {
    found.truncate(MAX_ITEMS);
    let (_, vault) = session.open(now)?;
    let show = |draft: &Draft| {
        let copy = Draft::new(
            draft.otp.duplicate(),
            draft.seed.duplicate(),
            draft.issuer.clone(),
            draft.label.clone(),
        );
        let entry = Entry::new(EntryId([0; 16]), copy, Stamp::default());
        let there = intake::twin(&vault.body, draft).is_some();
        Account { id: String::new(), ..account(&vault.body, &entry, there) }
    };
    let items = page_of(found.iter().map(show));
    let total = items.len();
    // What is not shown is not added.
    found.truncate(total);
    let site = Some(site::describe(&page));
    session.desk().found = Some((page, found));
    Ok(Response::Accounts(Accounts { items, next: None, total, site }))
}

/// Adds what was shown of this page, in one save, and links to it what may belong there.
pub(super) fn enrol(
    session: &mut Session,
    page: &Page,
    now: Readings,
) -> Result<Response, Refusal> {
    session.open(now)?;
    // What another page showed since is not what the person saw.
    let found = session.desk().found.take_if(|(of, found)| of == page && !found.is_empty());
    let found = found.ok_or(Refusal::Conflict)?;
    let added = add(session, &found, now);
    // The disk is full, say: once there is room, the same is asked for again.
    if !matches!(added, Ok(_) | Err(Refusal::Conflict | Refusal::Locked)) {
        session.desk().found = Some(found);
    }
    added
}

fn add(
    session: &mut Session,
    (page, found): &(Page, Vec<Draft>),
    now: Readings,
) -> Result<Response, Refusal> {
    let site = linkable(page);
    let (store, vault) = session.open(now)?;
    let items = store.update::<_, Refusal>(vault, wall(now), |vault, at| {
        let mut items = Vec::new();
        for draft in found {
            let twin = intake::twin(&vault.body, draft);
            let id = twin.unwrap_or_else(|| vault.add(draft.duplicate(), at));
            let entry = vault.body.entries.get_mut(&id).ok_or(Refusal::NotFound)?;
            // The page says whose account it is. Where that issuer is known to be elsewhere, the link is a
            // question of its own.
            let known = issuers::sites_of(&entry.issuer);
            let belongs = |site: &String| known.is_empty() || known.contains(&site.as_str());
            if let Some(site) =
                site.as_ref().filter(|site| belongs(site) && !entry.sites.contains(site))
            {
                entry.sites.push(site.clone());
                entry.touch(Part::Sites, at);
            }
            let linked = site.as_ref().is_some_and(|site| entry.sites.contains(site));
            items.push(account(&vault.body, &vault.body.entries[&id], linked));
        }
        Ok(items)
    })?;
    let total = items.len();
    Ok(Response::Accounts(Accounts { items, next: None, total, site: None }))
}
