//! A page to print and to lock away: each account with its QR code and its Key URI.
//!
//! Names come from elsewhere and are escaped; the page loads nothing and runs nothing.
//!
//! Never here: what a URI says (`otpauth`).

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};
use shared::protocol::Kind;
use zeroize::Zeroizing;

use crate::otpauth;
use crate::vault::entry::Entry;

/// The light border that readers need, in modules (ISO/IEC 18004, section 6.3.8).
const QUIET: usize = 4;

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Countersign: accounts</title>
<style>
body { color: #000; background: #fff; font: 14px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 50em; padding: 0 1em }
section { break-inside: avoid; border-top: 1px solid #999; padding: 1em 0; overflow: hidden }
svg { float: left; width: 42mm; height: 42mm; margin-right: 1.5em }
h2 { font-size: 1.1em; margin: 0 0 .5em }
code { font-size: .8em; overflow-wrap: anywhere }
</style>
<h1>Countersign: accounts</h1>
<p>Whoever has this page has the second factor of every account on it. Print it, lock it away, and delete the file.
Other authenticators can scan these codes; where only some can, it says so.</p>
";

/// The page. What is too long for a QR code is named in `without_qr`, too.
pub(super) fn write(entries: &[&Entry], without_qr: &mut Vec<String>) -> Zeroizing<Vec<u8>> {
    // With room for everything, so that no smaller buffer with seeds is left behind.
    let mut page = Zeroizing::new(String::with_capacity(HEAD.len() + entries.len() * 16 * 1024));
    page.push_str(HEAD);
    let top = page.len();
    for entry in entries {
        let uri = otpauth::format(entry);
        page.push_str("<section>\n");
        let is_drawn = draw(&mut page, uri.expose());
        let _ = writeln!(page, "<h2>{}</h2>", escaped(&entry.name()));
        if let Some(whose) = few_know(entry.otp.kind()) {
            let _ = writeln!(page, "<p>Few other authenticators know accounts of {whose}.</p>");
        }
        if !is_drawn {
            without_qr.push(entry.name());
            page.push_str("<p>Too long for a QR code: this address is pasted, or typed.</p>\n");
        }
        let _ = writeln!(page, "<code>{}</code>\n</section>", escaped(uri.expose()));
    }
    page.push_str("</html>\n");
    if !without_qr.is_empty() {
        let names: Vec<String> = without_qr.iter().map(|name| escaped(name)).collect();
        let names = names.join(", ");
        let notice = format!("<p>Without a QR code, since it would be too long: {names}</p>\n");
        let mut whole = Zeroizing::new(String::with_capacity(page.len() + notice.len()));
        whole.extend([&page[..top], &notice, &page[top..]]);
        page = whole;
    }
    Zeroizing::new(std::mem::take(&mut *page).into_bytes())
}

/// Whose kind of account it is, where not every authenticator has it.
fn few_know(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Motp => Some("Mobile-OTP"),
        Kind::Steam => Some("Steam"),
        Kind::Yandex => Some("Yandex"),
        Kind::Hotp | Kind::Totp => None,
    }
}

/// The QR code as a picture; nothing, and `false`, for what is too long for one.
fn draw(page: &mut String, text: &str) -> bool {
    let Some((whole, path)) = path(text) else { return false };
    let _ = writeln!(
        page,
        "<svg viewBox=\"0 0 {whole} {whole}\" role=\"img\" aria-label=\"QR\" shape-rendering=\"crispEdges\"><path d=\"{}\"/></svg>",
        *path
    );
    true
}

/// A QR code as one path, and how wide it is with its border.
pub(super) fn path(text: &str) -> Option<(usize, Zeroizing<String>)> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    // A module takes 15 bytes at most, and half of them are dark, more or less.
    let mut path = Zeroizing::new(String::with_capacity(code.size * code.size * 15));
    for y in 0..code.size {
        for x in 0..code.size {
            if code[y][x].value() {
                let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
    }
    Some((code.size + 2 * QUIET, path))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
