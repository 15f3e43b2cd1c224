//! The browsers of this machine: which know this program, and which have it running now.
//!
//! Never here: what is wrong in particular (`doctor`).

use shared::protocol::{Browsers, KnownBrowser, Refusal, Response, Standing};

use crate::install::browsers::BROWSERS;
use crate::install::standing;
use crate::locks::clock::Readings;
use crate::running;
use crate::session::Session;

/// Those that are here, in the order in which they are spoken of; then those that run and are not known.
pub(super) fn browsers(session: &mut Session, now: Readings) -> Result<Response, Refusal> {
    session.open(now)?;
    let Some(places) = session.places() else { return Err(Refusal::NotFound) };
    let running = running::all(&places.data);
    let own =
        |name: &str| running.iter().any(|one| one.id == std::process::id() && one.browser == name);
    let connected = |name: &str| running.iter().any(|one| one.browser == name);
    let mut items: Vec<KnownBrowser> = BROWSERS
        .iter()
        .filter_map(|browser| {
            // One that runs is here, wherever it was installed.
            let standing = standing::of(browser, places)
                .or(connected(browser.name).then_some(Standing::Registered))?;
            Some(KnownBrowser {
                name: browser.name.to_owned(),
                title: browser.title.to_owned(),
                standing,
                connected: connected(browser.name),
                this: own(browser.name),
            })
        })
        .collect();
    let known = |name: &str| BROWSERS.iter().any(|browser| browser.name == name);
    for other in running.iter().filter(|one| !known(&one.browser)) {
        items.push(KnownBrowser {
            name: String::new(),
            title: String::new(),
            standing: Standing::Registered,
            connected: true,
            this: other.id == std::process::id(),
        });
    }
    Ok(Response::Browsers(Browsers { items }))
}
