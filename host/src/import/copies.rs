//! Which accounts are copies of each other: inside a list of addresses, and across several files.
//!
//! Never here: what an account is to the vault (`intake`).

use shared::Secret;

use crate::otp::Otp;
use crate::vault::entry::{Draft, Spare};

/// What makes two accounts of two files one: the names, the seed, and how codes are made of it, but for a PIN that one
/// of them may lack.
pub(super) fn names_and_codes(draft: &Draft) -> Vec<u8> {
    let (otp, seed) = (&draft.otp, draft.seed.expose());
    let codes = (otp.kind(), otp.algorithm(), otp.digits(), otp.period());
    format!("{:?}", (codes, &draft.issuer, &draft.label, seed)).into_bytes()
}

/// Whether `draft` says nothing that `other`, of the same names and codes, does not say as well.
pub(super) fn is_within(draft: &Draft, other: &Draft) -> bool {
    let text = |ours: &str, theirs: &str| ours.is_empty() || ours == theirs;
    let list = |ours: &[String], theirs: &[String]| ours.is_empty() || ours == theirs;
    let pin = |otp: &Otp| match otp {
        Otp::Motp { pin } | Otp::Yandex { pin } => pin.is_some(),
        _ => false,
    };
    let same_spares = || {
        let of = |a: &Spare, b: &Spare| (a.code.expose(), a.used) == (b.code.expose(), b.used);
        draft.spares.len() == other.spares.len()
            && draft.spares.iter().zip(&other.spares).all(|(a, b)| of(a, b))
    };
    text(&draft.note, &other.note)
        && text(&draft.icon, &other.icon)
        && text(&draft.picture, &other.picture)
        && list(&draft.tags, &other.tags)
        && list(&draft.sites, &other.sites)
        && list(&draft.sends, &other.sends)
        && (!draft.favourite || other.favourite)
        && (!draft.submit || other.submit)
        && draft.otp.agrees_with(&other.otp)
        && (!pin(&draft.otp) || pin(&other.otp))
        && (draft.spares.is_empty() || same_spares())
}

/// All fields of a draft, so that only exact copies are equal.
pub(super) fn fingerprint(draft: &Draft) -> Vec<u8> {
    let otp = &draft.otp;
    let counter = if let Otp::Hotp { counter, .. } = otp { Some(counter) } else { None };
    let pin = match otp {
        Otp::Motp { pin } | Otp::Yandex { pin } => pin.as_ref().map(Secret::expose),
        _ => None,
    };
    let spares = draft.spares.iter().map(|spare| (spare.code.expose(), spare.used));
    let spares: Vec<(&str, bool)> = spares.collect();
    let text = format!(
        "{:?}",
        (
            otp.kind(),
            otp.algorithm(),
            otp.digits(),
            otp.period(),
            counter,
            pin,
            &draft.issuer,
            &draft.label,
            &draft.note,
            &draft.tags,
            (draft.favourite, &draft.sites, &draft.icon, draft.submit, &draft.sends, spares),
            draft.seed.expose(),
        )
    );
    text.into_bytes()
}
