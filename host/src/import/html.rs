//! Pages with accounts in them: our own, Stratum's HTML export, Aegis', Ente's, Raivo's. What stands there as text is
//! read; only a page without any has its QR codes looked at.
//!
//! Never here: how a QR code is found in a picture (`picture`).

use super::item::Found;
use super::{ImportError, picture, text, uri};

/// How the title of our own page (`export`) begins.
pub(super) const OUR_TITLE: &str = "<title>Countersign: accounts";

/// Most pictures of a page, each of which takes a moment.
const MAX_PICTURES: usize = 1_000;

/// Stratum's list: one address in each `<code>`.
pub(super) fn read(page: &str, found: &mut Found) -> Result<(), ImportError> {
    let mut any = false;
    for part in page.split("<code>").skip(1) {
        let code = part.split("</code>").next().unwrap_or_default();
        let code = text::unescape_html(code);
        if uri::is_uri(&code) {
            any = true;
            uri::take(&code, found)?;
        }
    }
    if any {
        return Ok(());
    }
    match uri::take_all_within(&text::unescape_html(page), found) {
        Err(ImportError::UnrecognisedFormat) => read_pictures(page, found),
        other => other,
    }
}

/// `<img src="data:image/png;base64,…">`.
fn read_pictures(page: &str, found: &mut Found) -> Result<(), ImportError> {
    let pictures = page.split("data:image/").skip(1).filter_map(|part| {
        let (_, data) = part.split_once("base64,").filter(|(kind, _)| kind.len() < 32)?;
        let data = data.split(['"', '\'', ')', '>']).next().unwrap_or_default();
        text::base64(data)
    });
    for (count, file) in pictures.enumerate() {
        if count == MAX_PICTURES {
            return Err(ImportError::TooLarge);
        }
        for code in picture::codes_of_page(&file).iter().filter(|code| uri::is_uri(code)) {
            uri::take(code, found)?;
        }
    }
    if found.is_empty() { Err(ImportError::UnrecognisedFormat) } else { Ok(()) }
}
