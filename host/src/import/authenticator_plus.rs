//! Authenticator Plus: the table `accounts` of its encrypted database.
//!
//! Never here: its zip, which holds a list of URIs (`archive`).

use super::item::{Found, Key, Number, Raw};
use super::sqlite::Database;
use super::{Context, ImportError, WRONG_OR_DAMAGED, sqlcipher};

pub(super) fn read(
    file: &[u8],
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let plain = sqlcipher::open(file, context.password()?)?;
    let database = Database::open(&plain).map_err(|_| WRONG_OR_DAMAGED)?;
    let accounts = database.table("accounts")?.ok_or(ImportError::Corrupt)?;
    for row in accounts.rows() {
        let secret = row.text("secret");
        let category = row.text("category");
        let kind = row.number("type");
        let is_battle_net = kind == Number::Is(2);
        let label = row.text("email");
        let label = if label.is_empty() { row.text("original_name") } else { label };
        let raw = Raw {
            kind: match kind {
                Number::Absent | Number::Is(0 | 2) => "totp",
                Number::Is(1) => "hotp",
                _ => "unknown",
            }
            .into(),
            digits: if is_battle_net { Number::Is(8) } else { Number::Absent },
            // The last one used.
            counter: row.number("counter").next(),
            tags: if category == "All Accounts" { Vec::new() } else { vec![category] },
            ..Raw::totp(
                &row.text("issuer"),
                &label,
                match secret.trim() {
                    "" => Key::Missing,
                    _ if is_battle_net => Key::hex(&secret),
                    _ => Key::base32(&secret),
                },
            )
        };
        found.take(raw.without_prefix())?;
    }
    Ok(())
}
