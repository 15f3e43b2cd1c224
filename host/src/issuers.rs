//! Where the accounts of well-known issuers log in: `issuers.txt`, written from public facts.
//!
//! It only ever suggests. A link is made when the person confirms it, and no code goes to a site because
//! of this table: an issuer's name is a text that anyone may put into a QR code.
//!
//! Never here: whether a code may go somewhere (`site`).

/// `name, other name: site other-site`; names in small letters and digits only, as [`plain`] makes them.
const TABLE: &str = include_str!("issuers.txt");

/// Sites where accounts of this issuer are known to log in; none for an issuer that is not in the table.
pub fn sites_of(issuer: &str) -> Vec<&'static str> {
    let name = plain(issuer);
    // `github.com` is as good a name as `GitHub`.
    let ends = ["", "com", "org", "net"];
    let is_it = |known: &str| ends.iter().any(|end| name.strip_suffix(end) == Some(known));
    rows()
        .find(|(names, _)| !name.is_empty() && names.split(", ").any(is_it))
        .map(|(_, sites)| sites.split(' ').collect())
        .unwrap_or_default()
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter_map(|line| line.split_once(": "))
}

/// Small letters and digits.
fn plain(issuer: &str) -> String {
    issuer.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::site::{self, Domain};

    #[test]
    fn the_table_is_in_order_and_each_site_is_one() {
        let names: Vec<&str> = rows().flat_map(|(names, _)| names.split(", ")).collect();
        assert!(200 <= rows().count(), "{}", rows().count());
        assert_eq!(rows().count(), TABLE.lines().count(), "each line has names and sites");
        let once: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(once.len(), names.len(), "each name stands once");
        for name in names {
            assert_eq!(plain(name), name);
        }
        let is_site = |known: &&str| {
            let domain = Domain::of_origin(&format!("https://{known}"));
            site::parse(known).as_deref() == Some(known)
                && domain.is_ok_and(|domain| domain.site() == *known)
        };
        let sites = rows().flat_map(|(_, sites)| sites.split(' '));
        let parts: Vec<&str> = sites.filter(|known| !is_site(known)).collect();
        assert!(parts.is_empty(), "whole sites, not parts of one: {parts:?}");
    }

    #[test]
    fn an_issuer_is_known_by_its_names() {
        assert_eq!(sites_of("GitHub"), ["github.com"]);
        assert_eq!(sites_of("github.com"), ["github.com"]);
        assert_eq!(sites_of("Hugging Face"), ["huggingface.co"]);
        assert_eq!(sites_of("Twitter / X"), [] as [&str; 0]);
        assert_eq!(sites_of("Amazon Web Services")[1], "signin.aws");
        for unknown in ["", "!", "Mole & Sons", "GitHub of evil", "com"] {
            assert!(sites_of(unknown).is_empty(), "{unknown}");
        }
    }
}
