//! Pages with `otpauth://` addresses in them: Stratum's HTML export, Aegis', Ente's.
//!
//! Never here: the QR codes in such pages; the same accounts stand beside them as text.

use super::item::Found;
use super::{ImportError, text, uri};

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
    uri::take_all_within(&text::unescape_html(page), found)
}
