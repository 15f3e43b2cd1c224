//! Accounts that a page shows: its picture and its `otpauth://` addresses, piece by piece to the host, which
//! alone knows what they say.
//!
//! Never here: what is found in them.

use shared::Secret;
use shared::protocol::desk::MAX_PIECE;
use shared::protocol::{MAX_LINKS, Page, Reply, Request, Response, Scan};

use crate::browser;
use crate::browser::script::Documents;
use crate::browser::tabs::Tab;
use crate::fill::Problem;
use crate::json;

/// A piece of Base64, in characters; whole groups of four.
const PIECE: usize = MAX_PIECE / 3 * 4;

/// A picture on a page.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The tab.
    pub tab: i32,
    /// The document in it.
    pub frame: i32,
    /// Its address.
    pub address: String,
}

/// Looks at the tab, or first at one picture in it; gives back the host's reply to the last piece, if there is one.
///
/// # Errors
///
/// [`Problem::CannotInject`] where the browser shows us neither the page's addresses nor its picture;
/// [`Problem::PageChanged`] if it is not the page in front of the person any more.
pub async fn scan(
    tab: i32,
    picture: Option<Picture>,
    ask: impl AsyncFn(Request) -> Option<String>,
) -> Result<Option<String>, Problem> {
    if let Some(picture) = picture
        && let Some(reply) = scan_picture(&picture, &ask).await
    {
        return Ok(Some(reply));
    }
    let Some(before) = browser::tabs::tab_by_id(tab).await else { return Ok(None) };
    let ran = browser::script::execute(tab, Documents::All, "links", "null").await;
    // A page that can't be photographed may have addresses all the same.
    let photograph = browser::tabs::photograph().await;
    if ran.is_err() && photograph.is_err() {
        return Err(Problem::CannotInject);
    }
    let _ = browser::script::execute(tab, Documents::All, "forget", "null").await;
    // Both take their time, which a page can lengthen, and the photograph is of whatever is in front.
    if browser::tabs::active_tab().await.as_ref() != Some(&before) {
        return Err(Problem::PageChanged);
    }
    let mut links: Vec<String> = ran
        .iter()
        .flatten()
        .filter_map(|ran| json::read::<Vec<String>>(ran.result.as_deref()?).ok())
        .flatten()
        .collect();
    links.truncate(MAX_LINKS);
    Ok(send(&page(before), &Secret::new(photograph.unwrap_or_default()), links, &ask).await)
}

/// A picture's own pixels, of which the page may show only some. `None` if they are kept from us (another
/// site's), or no account is in them: then the page is looked at, as the person sees it.
async fn scan_picture(
    picture: &Picture,
    ask: &impl AsyncFn(Request) -> Option<String>,
) -> Option<String> {
    let page = page(browser::tabs::tab_by_id(picture.tab).await?);
    let frame = || Documents::Frames(vec![picture.frame]);
    let address = json::write(&picture.address).ok()?;
    let ran = browser::script::execute(picture.tab, frame(), "picture", &address)
        .await
        .unwrap_or_default();
    let _ = browser::script::execute(picture.tab, frame(), "forget", "null").await;
    let data: String = json::read(ran.first()?.result.as_deref()?).ok()?;
    let reply = send(&page, &Secret::new(data), Vec::new(), ask).await?;
    let found = json::read::<Reply>(&reply).ok()?.ok?;
    matches!(found, Response::Accounts(accounts) if !accounts.items.is_empty()).then_some(reply)
}

fn page(tab: Tab) -> Page {
    let origin = tab.origin.unwrap_or_default();
    Page { top: origin.clone(), origin }
}

/// Piece by piece.
async fn send(
    page: &Page,
    picture: &Secret,
    mut links: Vec<String>,
    ask: &impl AsyncFn(Request) -> Option<String>,
) -> Option<String> {
    let mut rest = picture.expose();
    let mut first = true;
    loop {
        let (piece, after) = rest.split_at(rest.len().min(PIECE));
        let more = !after.is_empty();
        let of_last = if more { Vec::new() } else { std::mem::take(&mut links) };
        let request = Request::Scan(Scan {
            page: page.clone(),
            data: Secret::new(piece.to_owned()),
            first,
            more,
            links: of_last.into_iter().map(Secret::new).collect(),
        });
        let reply = ask(request).await?;
        let refused = json::read::<Reply>(&reply).is_ok_and(|reply| reply.err.is_some());
        if !more || refused {
            return Some(reply);
        }
        (rest, first) = (after, false);
    }
}

/// The first text that is selected in a document of the tab.
pub async fn selected(tab: i32) -> String {
    let ran =
        browser::script::execute(tab, Documents::All, "selected", "null").await.unwrap_or_default();
    let _ = browser::script::execute(tab, Documents::All, "forget", "null").await;
    ran.iter()
        .filter_map(|ran| json::read::<String>(ran.result.as_deref()?).ok())
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}
