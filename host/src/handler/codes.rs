//! Codes for those who ask, and an HOTP counter that is saved before its code is.
//!
//! Never here: which page a code may go to (`fill`), how a code comes of a seed (`otp`).

use shared::protocol::{
    ById, Code, Codes, Field, ListCodes, MAX_ITEMS, Problem, Refusal, Response,
};

use crate::handler::accounts::{id, invalid, present};
use crate::locks::clock::Readings;
use crate::otp::{Otp, hotp};
use crate::session::{Session, wall};
use crate::vault::Vault;
use crate::vault::entry::{Entry, EntryId};

/// Codes of the named accounts.
pub(super) fn codes(
    session: &mut Session,
    list: &ListCodes,
    now: Readings,
) -> Result<Codes, Refusal> {
    if MAX_ITEMS < list.ids.len() {
        return Err(Refusal::BadRequest);
    }
    let (_, vault) = session.open(now)?;
    let mut items = Vec::new();
    for text in &list.ids {
        items.extend(vault.entry(id(text)?).and_then(|entry| code(entry, now)));
    }
    Ok(Codes { items })
}

/// The present code and the next one; none for HOTP, and where a PIN is missing.
fn code(entry: &Entry, now: Readings) -> Option<Code> {
    let period_ms = entry.otp.period()? * 1000;
    let left_ms = period_ms - wall(now) % period_ms;
    let unix = wall(now) / 1000;
    Some(Code {
        id: entry.id.to_string(),
        code: entry.otp.code_at(&entry.seed, unix)?,
        next: entry.otp.code_at(&entry.seed, unix + period_ms / 1000),
        left_ms: Some(left_ms),
        period_ms: Some(period_ms),
    })
}

/// The next HOTP code: the counter is on the disk before the code leaves.
pub(super) fn next_code(
    session: &mut Session,
    by: &ById,
    now: Readings,
) -> Result<Response, Refusal> {
    let id = id(&by.id)?;
    let (store, vault) = session.open(now)?;
    let code = store.update::<_, Refusal>(vault, wall(now), |vault, _| advance(vault, id))?;
    let id = by.id.clone();
    let code = Code { id, code, next: None, left_ms: None, period_ms: None };
    Ok(Response::Codes(Codes { items: vec![code] }))
}

/// The code of an HOTP account's counter, which is then one higher.
pub(super) fn advance(vault: &mut Vault, id: EntryId) -> Result<String, Refusal> {
    let entry = present(vault, id)?;
    match &mut entry.otp {
        Otp::Hotp { algorithm, digits, counter } => {
            let code = hotp(&entry.seed, *counter, *algorithm, *digits);
            let next = counter.checked_add(1).filter(|next| i64::try_from(*next).is_ok());
            *counter = next.ok_or(invalid(Field::Counter, Problem::Range))?;
            Ok(code)
        }
        _ => Err(Refusal::BadRequest),
    }
}
