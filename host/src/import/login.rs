//! The one-time code of a password manager's item: a URI, or a bare secret that takes its names from the
//! item.
//!
//! Never here: where an item keeps it.

use super::item::{Found, Key, Raw};
use super::{ImportError, uri};

/// A password manager's item, as far as its codes need it. Its password stays where it is.
#[derive(Default)]
pub(super) struct Login<'a> {
    pub(super) title: &'a str,
    pub(super) user: &'a str,
    pub(super) tags: &'a [String],
    pub(super) favourite: bool,
}

impl Login<'_> {
    /// Takes a code: a URI's own names win, the item's fill the gaps.
    pub(super) fn take(&self, value: &str, found: &mut Found) -> Result<(), ImportError> {
        let value = value.trim();
        let raw = match uri::read(value) {
            // `steam://SECRET` has no names at all.
            Some(raw) if raw.label.is_empty() && value.len() < 8 + 64 && is_steam(value) => {
                Raw { issuer: String::new(), ..raw }
            }
            Some(raw) => raw,
            None => Raw::totp("", "", Key::base32(value)),
        };
        found.take(self.name(raw))
    }

    /// Fills the gaps and adds what the item says beside.
    pub(super) fn name(&self, mut raw: Raw) -> Raw {
        if raw.issuer.trim().is_empty() {
            self.title.clone_into(&mut raw.issuer);
        }
        if raw.label.trim().is_empty() {
            self.user.clone_into(&mut raw.label);
        }
        raw.tags.extend_from_slice(self.tags);
        raw.favourite |= self.favourite;
        raw
    }
}

fn is_steam(value: &str) -> bool {
    value.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("steam://"))
}
