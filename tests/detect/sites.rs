//! Which pages may have a code, row by row: what the browser says of the document and of the tab, what the
//! account is linked to, and the verdict.
//!
//! Never here: how a verdict is said.

use host::site::{look_alike, parse, target};
use shared::protocol::{Denied, Page};

use Verdict::{CrossSite, NotSecure, NotWeb, Other, Yes};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    /// The code may go there.
    Yes,
    /// The page is of another site than the account.
    Other,
    /// The document is of another site than the tab.
    CrossSite,
    /// `http`, and not this machine.
    NotSecure,
    /// Nothing that has a site.
    NotWeb,
}

/// Origin of the document, of the tab, site of the account.
#[rustfmt::skip]
const ROWS: &[(&str, &str, &str, Verdict)] = &[
    ("https://example.com", "https://example.com", "example.com", Yes),
    ("https://www.example.com", "https://www.example.com", "example.com", Yes),
    ("https://a.example.com", "https://a.example.com", "example.com", Yes),
    ("https://a.b.example.com", "https://a.b.example.com", "example.com", Yes),
    ("https://a.b.c.d.example.com", "https://a.b.c.d.example.com", "example.com", Yes),
    ("https://example.com:8443", "https://example.com:8443", "example.com", Yes),
    ("https://login.example.com:444", "https://login.example.com:444", "example.com", Yes),
    ("https://example.com.", "https://example.com.", "example.com", Yes),
    ("https://www.example.com.", "https://www.example.com.", "example.com", Yes),
    ("https://xn--bcher-kva.example.com", "https://xn--bcher-kva.example.com", "example.com", Yes),
    ("https://evil-example.com", "https://evil-example.com", "example.com", Other),
    ("https://notexample.com", "https://notexample.com", "example.com", Other),
    ("https://example.com.evil.org", "https://example.com.evil.org", "example.com", Other),
    ("https://example.com-login.net", "https://example.com-login.net", "example.com", Other),
    ("https://examp1e.com", "https://examp1e.com", "example.com", Other),
    ("https://example.org", "https://example.org", "example.com", Other),
    ("https://example.co", "https://example.co", "example.com", Other),
    ("https://example.com.co", "https://example.com.co", "example.com", Other),
    ("https://example.comm", "https://example.comm", "example.com", Other),
    ("https://exmaple.com", "https://exmaple.com", "example.com", Other),
    ("https://com", "https://com", "example.com", Other),
    ("https://example", "https://example", "example.com", Other),
    ("https://www.example.com.evil.org", "https://www.example.com.evil.org", "example.com", Other),
    ("https://example.evil.com", "https://example.evil.com", "example.com", Other),
    ("https://eexample.com", "https://eexample.com", "example.com", Other),
    ("https://wwwexample.com", "https://wwwexample.com", "example.com", Other),
    ("https://example-com.org", "https://example-com.org", "example.com", Other),
    ("https://com.example", "https://com.example", "example.com", Other),
    ("https://example.net", "https://example.net", "example.com", Other),
    ("https://login.example.com", "https://login.example.com", "login.example.com", Yes),
    ("https://login.example.com:8443", "https://login.example.com:8443", "login.example.com", Yes),
    ("https://www.example.com", "https://www.example.com", "login.example.com", Other),
    ("https://example.com", "https://example.com", "login.example.com", Other),
    ("https://x.login.example.com", "https://x.login.example.com", "login.example.com", Other),
    ("https://xlogin.example.com", "https://xlogin.example.com", "login.example.com", Other),
    ("https://shop.co.uk", "https://shop.co.uk", "shop.co.uk", Yes),
    ("https://www.shop.co.uk", "https://www.shop.co.uk", "shop.co.uk", Yes),
    ("https://other.co.uk", "https://other.co.uk", "shop.co.uk", Other),
    ("https://shop.org.uk", "https://shop.org.uk", "shop.co.uk", Other),
    ("https://co.uk", "https://co.uk", "shop.co.uk", Other),
    ("https://a.com.au", "https://a.com.au", "a.com.au", Yes),
    ("https://b.com.au", "https://b.com.au", "a.com.au", Other),
    ("https://x.co.jp", "https://x.co.jp", "x.co.jp", Yes),
    ("https://y.co.jp", "https://y.co.jp", "x.co.jp", Other),
    ("https://a.b.kawasaki.jp", "https://a.b.kawasaki.jp", "a.b.kawasaki.jp", Yes),
    ("https://c.b.kawasaki.jp", "https://c.b.kawasaki.jp", "a.b.kawasaki.jp", Other),
    ("https://city.kawasaki.jp", "https://city.kawasaki.jp", "city.kawasaki.jp", Yes),
    ("https://bank.com.br", "https://bank.com.br", "bank.com.br", Yes),
    ("https://banco.com.br", "https://banco.com.br", "bank.com.br", Other),
    ("https://www.gov.uk", "https://www.gov.uk", "www.gov.uk", Yes),
    ("https://hmrc.gov.uk", "https://hmrc.gov.uk", "hmrc.gov.uk", Yes),
    ("https://dvla.gov.uk", "https://dvla.gov.uk", "hmrc.gov.uk", Other),
    ("https://alice.github.io", "https://alice.github.io", "alice.github.io", Yes),
    ("https://www.alice.github.io", "https://www.alice.github.io", "alice.github.io", Yes),
    ("https://mallory.github.io", "https://mallory.github.io", "alice.github.io", Other),
    ("https://alice.gitlab.io", "https://alice.gitlab.io", "alice.gitlab.io", Yes),
    ("https://www.alice.gitlab.io", "https://www.alice.gitlab.io", "alice.gitlab.io", Yes),
    ("https://mallory.gitlab.io", "https://mallory.gitlab.io", "alice.gitlab.io", Other),
    ("https://a.blogspot.com", "https://a.blogspot.com", "a.blogspot.com", Yes),
    ("https://www.a.blogspot.com", "https://www.a.blogspot.com", "a.blogspot.com", Yes),
    ("https://b.blogspot.com", "https://b.blogspot.com", "a.blogspot.com", Other),
    ("https://a.pages.dev", "https://a.pages.dev", "a.pages.dev", Yes),
    ("https://www.a.pages.dev", "https://www.a.pages.dev", "a.pages.dev", Yes),
    ("https://b.pages.dev", "https://b.pages.dev", "a.pages.dev", Other),
    ("https://a.vercel.app", "https://a.vercel.app", "a.vercel.app", Yes),
    ("https://www.a.vercel.app", "https://www.a.vercel.app", "a.vercel.app", Yes),
    ("https://b.vercel.app", "https://b.vercel.app", "a.vercel.app", Other),
    ("https://a.netlify.app", "https://a.netlify.app", "a.netlify.app", Yes),
    ("https://www.a.netlify.app", "https://www.a.netlify.app", "a.netlify.app", Yes),
    ("https://b.netlify.app", "https://b.netlify.app", "a.netlify.app", Other),
    ("https://a.herokuapp.com", "https://a.herokuapp.com", "a.herokuapp.com", Yes),
    ("https://www.a.herokuapp.com", "https://www.a.herokuapp.com", "a.herokuapp.com", Yes),
    ("https://b.herokuapp.com", "https://b.herokuapp.com", "a.herokuapp.com", Other),
    ("https://a.web.app", "https://a.web.app", "a.web.app", Yes),
    ("https://www.a.web.app", "https://www.a.web.app", "a.web.app", Yes),
    ("https://b.web.app", "https://b.web.app", "a.web.app", Other),
    ("https://a.workers.dev", "https://a.workers.dev", "a.workers.dev", Yes),
    ("https://www.a.workers.dev", "https://www.a.workers.dev", "a.workers.dev", Yes),
    ("https://b.workers.dev", "https://b.workers.dev", "a.workers.dev", Other),
    ("https://a.azurewebsites.net", "https://a.azurewebsites.net", "a.azurewebsites.net", Yes),
    ("https://www.a.azurewebsites.net", "https://www.a.azurewebsites.net", "a.azurewebsites.net", Yes),
    ("https://b.azurewebsites.net", "https://b.azurewebsites.net", "a.azurewebsites.net", Other),
    ("https://github.io", "https://github.io", "alice.github.io", Other),
    ("https://mallory.github.io", "https://mallory.github.io", "github.io", Other),
    ("http://localhost", "http://localhost", "localhost", Yes),
    ("http://localhost:3000", "http://localhost:3000", "localhost", Yes),
    ("https://localhost", "https://localhost", "localhost", Yes),
    ("http://app.localhost", "http://app.localhost", "app.localhost", Yes),
    ("http://app.localhost", "http://app.localhost", "localhost", Other),
    ("https://intranet", "https://intranet", "intranet", Yes),
    ("https://wiki.intranet", "https://wiki.intranet", "wiki.intranet", Yes),
    ("https://other", "https://other", "intranet", Other),
    ("https://192.0.2.7", "https://192.0.2.7", "192.0.2.7", Yes),
    ("https://192.0.2.7:8443", "https://192.0.2.7:8443", "192.0.2.7", Yes),
    ("https://192.0.2.77", "https://192.0.2.77", "192.0.2.7", Other),
    ("https://2.192.0.2", "https://2.192.0.2", "192.0.2.7", Other),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1", Yes),
    ("http://127.0.0.2", "http://127.0.0.2", "127.0.0.1", Other),
    ("https://[2001:db8::1]", "https://[2001:db8::1]", "[2001:db8::1]", Yes),
    ("https://[2001:db8::2]", "https://[2001:db8::2]", "[2001:db8::1]", Other),
    ("http://[::1]:9000", "http://[::1]:9000", "[::1]", Yes),
    ("https://127.0.0.1.example.com", "https://127.0.0.1.example.com", "127.0.0.1", Other),
    ("https://localhost.example.com", "https://localhost.example.com", "localhost", Other),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example", Yes),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", "bucher.example", Other),
    ("https://xn--pypal-4ve.com", "https://xn--pypal-4ve.com", "paypal.com", Other),
    ("https://xn--80ak6aa92e.com", "https://xn--80ak6aa92e.com", "apple.com", Other),
    ("https://xn--googl-fsa.com", "https://xn--googl-fsa.com", "google.com", Other),
    ("https://paypal.com", "https://paypal.com", "xn--pypal-4ve.com", Other),
    ("http://example.com", "http://example.com", "example.com", NotSecure),
    ("http://www.example.com:8080", "http://www.example.com:8080", "example.com", NotSecure),
    ("http://192.0.2.7", "http://192.0.2.7", "example.com", NotSecure),
    ("http://localhost.example.com", "http://localhost.example.com", "example.com", NotSecure),
    ("http://intranet", "http://intranet", "example.com", NotSecure),
    ("http://[2001:db8::1]", "http://[2001:db8::1]", "example.com", NotSecure),
    ("http://10.0.0.1", "http://10.0.0.1", "example.com", NotSecure),
    ("null", "null", "example.com", NotWeb),
    ("", "", "example.com", NotWeb),
    ("about:blank", "about:blank", "example.com", NotWeb),
    ("about:srcdoc", "about:srcdoc", "example.com", NotWeb),
    ("file://", "file://", "example.com", NotWeb),
    ("data:text/html,x", "data:text/html,x", "example.com", NotWeb),
    ("blob:https://example.com/1", "blob:https://example.com/1", "example.com", NotWeb),
    ("chrome://settings", "chrome://settings", "example.com", NotWeb),
    ("edge://flags", "edge://flags", "example.com", NotWeb),
    ("about:config", "about:config", "example.com", NotWeb),
    ("chrome-extension://chfgglagpoinekghaedojlhflbiidjep", "chrome-extension://chfgglagpoinekghaedojlhflbiidjep", "example.com", NotWeb),
    ("moz-extension://1", "moz-extension://1", "example.com", NotWeb),
    ("ftp://example.com", "ftp://example.com", "example.com", NotWeb),
    ("ws://example.com", "ws://example.com", "example.com", NotWeb),
    ("wss://example.com", "wss://example.com", "example.com", NotWeb),
    ("javascript:alert(1)", "javascript:alert(1)", "example.com", NotWeb),
    ("view-source:https://example.com", "view-source:https://example.com", "example.com", NotWeb),
    ("https://example.com/", "https://example.com/", "example.com", NotWeb),
    ("https://example.com/path", "https://example.com/path", "example.com", NotWeb),
    ("https://user@example.com", "https://user@example.com", "example.com", NotWeb),
    ("https://example.com@evil.org", "https://example.com@evil.org", "example.com", NotWeb),
    ("https://EXAMPLE.com", "https://EXAMPLE.com", "example.com", NotWeb),
    ("https://example.com:443", "https://example.com:443", "example.com", NotWeb),
    ("https://b\u{fc}cher.example", "https://b\u{fc}cher.example", "example.com", NotWeb),
    ("https://", "https://", "example.com", NotWeb),
    ("https://.", "https://.", "example.com", NotWeb),
    ("https://0x7f.1", "https://0x7f.1", "example.com", NotWeb),
    ("https://127.1", "https://127.1", "example.com", NotWeb),
    (" https://example.com", " https://example.com", "example.com", NotWeb),
    ("https://example.com ", "https://example.com ", "example.com", NotWeb),
    ("https:/example.com", "https:/example.com", "example.com", NotWeb),
    ("//example.com", "//example.com", "example.com", NotWeb),
    ("example.com", "example.com", "example.com", NotWeb),
    ("https://exam ple.com", "https://exam ple.com", "example.com", NotWeb),
    ("https://login.example.com", "https://shop.example.com", "example.com", Yes),
    ("https://example.com", "https://example.com:8443", "example.com", Yes),
    ("https://login.example.com", "https://evil.org", "example.com", CrossSite),
    ("https://evil.org", "https://example.com", "example.com", CrossSite),
    ("https://login.example.com", "http://shop.example.com", "example.com", NotSecure),
    ("http://login.example.com", "https://shop.example.com", "example.com", NotSecure),
    ("null", "https://example.com", "example.com", NotWeb),
    ("https://example.com", "null", "example.com", NotWeb),
    ("about:srcdoc", "https://example.com", "example.com", NotWeb),
    ("data:text/html,x", "https://example.com", "example.com", NotWeb),
    ("blob:https://example.com/1", "https://example.com", "example.com", NotWeb),
    ("https://example.com", "https://example.com.evil.org", "example.com", CrossSite),
    ("https://example.com", "https://192.0.2.7", "example.com", CrossSite),
    ("https://example.com", "chrome-extension://chfgglagpoinekghaedojlhflbiidjep", "example.com", NotWeb),
    ("https://a.github.io", "https://b.github.io", "a.github.io", CrossSite),
    ("https://a.co.uk", "https://b.co.uk", "a.co.uk", CrossSite),
];

fn verdict(origin: &str, top: &str, site: &str) -> Verdict {
    match target(&Page { origin: origin.to_owned(), top: top.to_owned() }) {
        Ok(domain) if domain.is_within(&[site.to_owned()]) => Yes,
        Ok(_) => Other,
        Err(Denied::CrossSite { .. }) => CrossSite,
        Err(Denied::NotSecure) => NotSecure,
        Err(Denied::NotWeb) => NotWeb,
        Err(other) => panic!("{origin}: {other:?}"),
    }
}

#[test]
fn every_row_has_its_verdict() {
    assert!(120 <= ROWS.len(), "{} rows", ROWS.len());
    let wrong: Vec<_> = ROWS
        .iter()
        .map(|row| (row, verdict(row.0, row.1, row.2)))
        .filter(|(row, found)| row.3 != *found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_suffix_becomes_a_site() {
    for suffix in
        ["com", "co.uk", "github.io", "foo.kawasaki.jp", "gov.uk", "herokuapp.com", "pages.dev"]
    {
        let parsed = parse(suffix);
        // A single label may be a machine's name.
        assert!(parsed.is_none() || !suffix.contains('.'), "{suffix}: {parsed:?}");
    }
}

#[test]
fn domains_that_look_like_others_are_never_linked() {
    for domain in
        ["xn--80ak6aa92e.com", "xn--pypal-4ve.com", "xn--e1awd7f.com", "login.xn--80ak6aa92e.com"]
    {
        assert!(look_alike(domain).is_some(), "{domain}");
    }
    for domain in
        ["example.com", "xn--bcher-kva.example", "xn--80aswg.xn--p1ai", "xn--j1ay.xn--p1ai"]
    {
        assert!(look_alike(domain).is_none(), "{domain}");
    }
}
