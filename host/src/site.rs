//! Which pages an account's codes may go to.
//!
//! The browser says where a page comes from, never the page itself; the public suffix list (with its
//! private section: two tenants of github.io are two sites) says where one site ends and another begins.
//! Titles and issuers decide nothing.
//!
//! Never here: accounts; who asks.

use std::net::Ipv4Addr;

use shared::protocol::{Denied, Page, Site};
use unicode_script::{Script, UnicodeScript};
use url::{Host, Url};

/// The domain of a page that a code might go to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Domain {
    /// Exact host, A-labels, lower case, no dot at the end.
    host: String,
    /// Registrable domain, or the exact host where there is none (an address, `localhost`, a public
    /// suffix itself).
    site: String,
}

impl Domain {
    /// Reads a serialised origin (HTML, section 7.1.1).
    ///
    /// # Errors
    ///
    /// [`Denied::NotWeb`] if it is none of a web page, [`Denied::NotSecure`] if it is neither `https` nor of
    /// this machine.
    pub fn of_origin(origin: &str) -> Result<Self, Denied> {
        let url = Url::parse(origin).map_err(|_| Denied::NotWeb)?;
        // "null", a path, a user name: not what a browser calls an origin.
        if url.origin().ascii_serialization() != origin {
            return Err(Denied::NotWeb);
        }
        let (host, local) = match url.host() {
            Some(Host::Domain(name)) => {
                let name = name.strip_suffix('.').unwrap_or(name).to_owned();
                let local = name == "localhost" || name.ends_with(".localhost");
                (name, local)
            }
            Some(Host::Ipv4(address)) => (address.to_string(), address.is_loopback()),
            Some(Host::Ipv6(address)) => (format!("[{address}]"), address.is_loopback()),
            None => return Err(Denied::NotWeb),
        };
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            "http" => return Err(Denied::NotSecure),
            _ => return Err(Denied::NotWeb),
        }
        if !is_whole(&host) {
            return Err(Denied::NotWeb);
        }
        let site = registrable(&host);
        Ok(Self { host, site })
    }

    /// What a link to this page is to.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// Whether it is within one of these sites: the exact host, or the same registrable domain.
    pub fn is_within(&self, sites: &[String]) -> bool {
        self.within(sites).is_some()
    }

    /// The one of these sites that it is within; the exact host before the registrable domain.
    pub fn within<'a>(&self, sites: &'a [String]) -> Option<&'a str> {
        let is = |name: &str| sites.iter().find(|site| *site == name).map(String::as_str);
        is(&self.host).or_else(|| is(&self.site))
    }
}

/// The registrable domain of a host, or the host itself where there is none.
fn registrable(host: &str) -> String {
    if host.parse::<Ipv4Addr>().is_ok() || host.starts_with('[') {
        return host.to_owned();
    }
    psl::domain_str(host).unwrap_or(host).to_owned()
}

/// What a person types or an import brings, as a site: a domain, or a whole `https://` URL of it.
///
/// `None` if no single site owns it: a public suffix like `co.uk`, or no domain at all.
pub fn parse(text: &str) -> Option<String> {
    let text = text.trim();
    let url = match text.split_once("://") {
        Some(("https" | "http", _)) => Url::parse(text).ok()?,
        Some(_) => return None,
        None => Url::parse(&format!("https://{text}")).ok()?,
    };
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let host = match url.host()? {
        Host::Domain(name) => name.strip_suffix('.').unwrap_or(name).to_owned(),
        Host::Ipv4(address) => return Some(address.to_string()),
        Host::Ipv6(address) => return Some(format!("[{address}]")),
    };
    let is_suffix = psl::suffix_str(&host) == Some(&*host) && host.contains('.');
    (is_whole(&host) && !is_suffix).then_some(host)
}

/// Whether every label has something in it: URLs may hold `example..com`, which no name server knows.
fn is_whole(host: &str) -> bool {
    host.split('.').all(|label| !label.is_empty())
}

/// Where the code would go.
///
/// # Errors
///
/// Why no code may go there, whatever the account.
pub fn target(page: &Page) -> Result<Domain, Denied> {
    let document = Domain::of_origin(&page.origin)?;
    let top = Domain::of_origin(&page.top)?;
    if document.site != top.site {
        return Err(Denied::CrossSite { top: top.site, frame: document.site });
    }
    Ok(document)
}

/// What to show of a page before an account is linked to it.
pub fn describe(page: &Page) -> Site {
    match target(page) {
        Ok(domain) => {
            let shown = shown(&domain.site);
            let denied = look_alike(&domain.site);
            Site { domain: domain.site, shown, denied }
        }
        Err(denied) => Site { domain: String::new(), shown: String::new(), denied: Some(denied) },
    }
}

/// A domain for reading: its U-labels.
pub fn shown(domain: &str) -> String {
    idna::domain_to_unicode(domain).0
}

/// A domain that may be made to look like another: a label that mixes scripts, or one of letters that
/// all look Latin under a Latin suffix. An account is not linked to it.
pub fn look_alike(domain: &str) -> Option<Denied> {
    let shown = shown(domain);
    let is_latin = |c: char| c.script() == Script::Latin;
    let latin_suffix = shown.rsplit('.').next().is_some_and(|suffix| suffix.chars().all(is_latin));
    let deceives = |label: &str| {
        let letters: Vec<char> = label.chars().filter(|c| c.is_alphabetic()).collect();
        let mut scripts: Vec<Script> =
            letters.iter().map(|c| family(c.script())).filter(|s| *s != Script::Common).collect();
        scripts.sort_unstable_by_key(|script| script.full_name());
        scripts.dedup();
        let latin_twins = !letters.is_empty() && letters.iter().all(|c| LATIN_TWINS.contains(*c));
        let guised = letters.iter().any(|c| LATIN_GUISES.contains(*c));
        guised || 1 < scripts.len() || latin_suffix && latin_twins
    };
    shown.split('.').any(deceives).then(|| Denied::LookAlike { domain: domain.to_owned(), shown })
}

/// Cyrillic and Greek letters that are drawn like Latin ones.
const LATIN_TWINS: &str = "асԁеһіјӏорԛѕԝхуъьғвгкмнпτοαρυνικ";

/// Latin letters of phonetic alphabets that are drawn like those of the alphabet, and that no language writes
/// beside them: `pɑypal`. (What some language writes, as `ɔ`, `ɛ`, `ı`, is not among them.)
const LATIN_GUISES: &str = "ɑɡɢɪʟɴʀʏʙʜȷᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜱ";

/// Scripts that one language writes together count as one.
fn family(script: Script) -> Script {
    match script {
        // Japanese and Korean.
        Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo => Script::Han,
        Script::Inherited => Script::Common,
        script => script,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(origin: &str) -> Result<Domain, Denied> {
        Domain::of_origin(origin)
    }

    fn within(origin: &str, site: &str) -> bool {
        domain(origin).unwrap().is_within(&[site.to_owned()])
    }

    #[test]
    fn a_link_is_to_the_registrable_domain_or_to_the_exact_host() {
        for (origin, site) in [
            ("https://www.example.com", "example.com"),
            ("https://x.alice.github.io", "alice.github.io"),
            ("https://a.b.shop.co.uk", "shop.co.uk"),
            ("https://192.0.2.1:8443", "192.0.2.1"),
            ("http://localhost:3000", "localhost"),
        ] {
            assert_eq!(domain(origin).unwrap().site(), site, "{origin}");
        }
    }

    #[test]
    fn a_site_holds_its_subdomains_and_no_lookalikes() {
        let rows = [
            ("https://example.com", "example.com", true),
            ("https://www.example.com", "example.com", true),
            ("https://a.b.c.example.com", "example.com", true),
            ("https://example.com:8443", "example.com", true),
            ("https://example.com.", "example.com", true),
            ("https://evil-example.com", "example.com", false),
            ("https://notexample.com", "example.com", false),
            ("https://example.com.evil.org", "example.com", false),
            ("https://example.org", "example.com", false),
            ("https://example.co", "example.com", false),
            ("https://com", "example.com", false),
            ("https://example.com-login.net", "example.com", false),
            // Two tenants of one suffix are two sites, whoever owns the suffix.
            ("https://alice.github.io", "alice.github.io", true),
            ("https://x.alice.github.io", "alice.github.io", true),
            ("https://mallory.github.io", "alice.github.io", false),
            ("https://github.io", "alice.github.io", false),
            ("https://mallory.github.io", "github.io", false),
            ("https://shop.co.uk", "shop.co.uk", true),
            ("https://other.co.uk", "shop.co.uk", false),
            ("https://other.co.uk", "co.uk", false),
            ("https://a.b.kawasaki.jp", "a.b.kawasaki.jp", true),
            // An exact host is that host.
            ("https://login.example.com", "login.example.com", true),
            ("https://www.example.com", "login.example.com", false),
            ("https://example.com", "login.example.com", false),
            // Names without a suffix, and addresses, are exact.
            ("http://localhost", "localhost", true),
            ("http://localhost:3000", "localhost", true),
            ("https://intranet", "intranet", true),
            ("https://other", "intranet", false),
            ("https://192.0.2.7", "192.0.2.7", true),
            ("https://192.0.2.77", "192.0.2.7", false),
            ("https://10.192.0.2", "192.0.2.7", false),
            ("https://[2001:db8::1]", "[2001:db8::1]", true),
            ("https://[2001:db8::2]", "[2001:db8::1]", false),
            ("https://xn--bcher-kva.example", "xn--bcher-kva.example", true),
            ("https://xn--bcher-kva.example", "bucher.example", false),
        ];
        for (origin, site, expected) in rows {
            assert_eq!(within(origin, site), expected, "{origin} in {site}");
        }
    }

    #[test]
    fn what_is_no_secure_web_page_gets_nothing() {
        let rows = [
            ("http://example.com", Denied::NotSecure),
            ("http://192.0.2.7", Denied::NotSecure),
            ("http://localhost.example.com", Denied::NotSecure),
            ("null", Denied::NotWeb),
            ("", Denied::NotWeb),
            ("about:blank", Denied::NotWeb),
            ("about:srcdoc", Denied::NotWeb),
            ("file://", Denied::NotWeb),
            ("data:text/html,x", Denied::NotWeb),
            ("blob:https://example.com/1", Denied::NotWeb),
            ("chrome://settings", Denied::NotWeb),
            ("chrome-extension://chfgglagpoinekghaedojlhflbiidjep", Denied::NotWeb),
            ("moz-extension://1", Denied::NotWeb),
            ("ftp://example.com", Denied::NotWeb),
            ("ws://example.com", Denied::NotWeb),
            ("javascript:alert(1)", Denied::NotWeb),
            ("https://example.com/", Denied::NotWeb),
            ("https://example.com/path", Denied::NotWeb),
            ("https://user@example.com", Denied::NotWeb),
            ("https://example.com@evil.org", Denied::NotWeb),
            ("https://EXAMPLE.com", Denied::NotWeb),
            ("https://example.com:443", Denied::NotWeb),
            ("https://bücher.example", Denied::NotWeb),
            ("https://", Denied::NotWeb),
            ("https://.", Denied::NotWeb),
            ("https://0x7f.1", Denied::NotWeb),
            (" https://example.com", Denied::NotWeb),
        ];
        for (origin, expected) in rows {
            assert_eq!(domain(origin), Err(expected), "{origin}");
        }
        for origin in ["http://127.0.0.1:80801".replace("80801", "8080"), "http://[::1]".into()] {
            assert!(domain(&origin).is_ok(), "{origin}");
        }
    }

    #[test]
    fn a_frame_of_another_site_gets_nothing() {
        let page = |origin: &str, top: &str| Page { origin: origin.into(), top: top.into() };
        let verdict = |origin, top| target(&page(origin, top)).map(|domain| domain.site);
        let (login, shop) = ("https://login.example.com", "https://shop.example.com");
        assert_eq!(verdict(login, shop), Ok("example.com".into()));
        let cross = Denied::CrossSite { top: "evil.org".into(), frame: "example.com".into() };
        assert_eq!(verdict(login, "https://evil.org"), Err(cross));
        assert_eq!(verdict(login, "http://shop.example.com"), Err(Denied::NotSecure));
        assert_eq!(verdict("null", shop), Err(Denied::NotWeb));
        let cross = Denied::CrossSite { top: "b.github.io".into(), frame: "a.github.io".into() };
        assert_eq!(verdict("https://a.github.io", "https://b.github.io"), Err(cross));
    }

    #[test]
    fn what_a_person_types_becomes_a_site_or_nothing() {
        let rows = [
            ("example.com", Some("example.com")),
            (" Example.COM ", Some("example.com")),
            ("https://login.example.com/2fa?x#y", Some("login.example.com")),
            ("http://localhost:8080", Some("localhost")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("192.0.2.7", Some("192.0.2.7")),
            ("[2001:db8::1]:8443", Some("[2001:db8::1]")),
            ("intranet", Some("intranet")),
            ("co.uk", None),
            ("github.io", None),
            ("", None),
            ("ftp://example.com", None),
            ("user@example.com", None),
            ("exa mple.com", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn domains_that_look_like_others_are_told() {
        // аррӏе.com in Cyrillic, pаypal.com with one Cyrillic letter, pɑypal.com with one of phonetics.
        for domain in ["xn--80ak6aa92e.com", "xn--pypal-4ve.com", "xn--pypal-0jc.com"] {
            assert!(look_alike(domain).is_some(), "{domain} {}", shown(domain));
        }
        for domain in [
            "example.com",
            "xn--bcher-kva.example",
            "xn--80aswg.xn--p1ai",
            "xn--fsqu00a.xn--0zwm56d",
            "xn--eckwd4c7cu47r2wf.jp",
            "xn--j1ay.xn--p1ai",
            "a1-b2.example",
        ] {
            assert_eq!(look_alike(domain), None, "{domain} {}", shown(domain));
        }
    }
}
