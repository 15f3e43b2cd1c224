//! Microsoft Authenticator: the table `accounts` of a rooted Android phone.
//!
//! Never here: work accounts' push, which has no codes.

use super::item::{Found, Key, Number, Raw};
use super::sqlite::Table;
use super::{ImportError, Reason};

pub(super) fn read_table(accounts: &Table, found: &mut Found) -> Result<(), ImportError> {
    for row in accounts.rows() {
        let (issuer, label) = (row.text("name"), row.text("username"));
        let secret = row.text("oath_secret_key");
        let raw = match row.number("account_type") {
            Number::Is(0) => Raw::totp(&issuer, &label, Key::base32(&secret)),
            // A personal Microsoft account.
            Number::Is(1) => {
                let key =
                    if secret.trim().is_empty() { Key::Missing } else { Key::base64(&secret) };
                Raw { digits: Number::Is(8), ..Raw::totp(&issuer, &label, key) }
            }
            _ => {
                found.skip(
                    &Raw::totp(&issuer, &label, Key::Missing).name(),
                    Reason::UnsupportedType,
                )?;
                continue;
            }
        };
        found.take(raw)?;
    }
    Ok(())
}
