//! The result of an import as JSON (schema 1), for `--json` and for tests.
//!
//! Never here: a decision. Seeds and PINs only if they were asked for.

use serde_json::{Map, Value, json};
use shared::Secret;
use shared::protocol::Kind;

use super::{ImportError, Imported, LeftOut, Warning};
use crate::otp::{self, Otp};
use crate::otpauth;
use crate::vault::entry::Draft;

/// Seconds for which a revealed report has codes, so that two readers of a file can be compared.
const TIMES: [u64; 2] = [1_111_111_109, 1_700_000_000];

/// A report. `reveal` adds seeds, PINs and codes.
pub fn json(result: &Result<Imported, ImportError>, reveal: bool) -> Value {
    match result {
        Ok(imported) => json!({
            "schema": 1,
            "format": imported.format.name(),
            "outcome": "ok",
            "error": null,
            "count": imported.drafts.len(),
            "entries": imported.drafts.iter().map(|draft| entry(draft, reveal)).collect::<Vec<_>>(),
            "skipped": imported.left_out.iter().map(skipped).collect::<Vec<_>>(),
            "ignored_non_otp": imported.ignored_non_otp,
            "merged_duplicates": imported.merged_duplicates,
            "warnings": imported.warnings.iter().map(warning).collect::<Vec<_>>(),
        }),
        Err(err) => json!({
            "schema": 1,
            "outcome": "error",
            "error": err.code(),
            "message": err.to_string(),
            "count": 0,
            "entries": [],
            "skipped": [],
            "warnings": [],
            "effect": "nothing was imported",
        }),
    }
}

fn skipped(left_out: &LeftOut) -> Value {
    let mut value = json!({
        "name": left_out.name,
        "reason": left_out.reason.code(),
        "sentence": left_out.reason.sentence(),
    });
    if let Some(detail) = &left_out.detail {
        value["detail"] = json!(detail);
    }
    value
}

fn warning(warning: &Warning) -> Value {
    let mut value = json!({ "code": warning.code(), "message": warning.to_string() });
    if let Warning::IncompleteBatch { have, of } = warning {
        value["have"] = json!(have);
        value["of"] = json!(of);
    }
    value
}

fn entry(draft: &Draft, reveal: bool) -> Value {
    let otp = &draft.otp;
    let kind = match otp.kind() {
        Kind::Hotp => "hotp",
        Kind::Motp => "motp",
        Kind::Steam => "steam",
        Kind::Totp => "totp",
        Kind::Yandex => "yandex",
    };
    let counter = if let Otp::Hotp { counter, .. } = otp { Some(*counter) } else { None };
    let mut value = json!({
        "type": kind,
        "issuer": draft.issuer,
        "label": draft.label,
        "algorithm": otpauth::algorithm_name(otp.algorithm()),
        "digits": otp.digits(),
        "period": otp.period(),
        "counter": counter,
        "note": draft.note,
        "tags": draft.tags,
        "favorite": draft.favourite,
    });
    if reveal {
        let fields = value.as_object_mut().expect("it was made as an object");
        reveal_into(fields, draft);
    }
    value
}

fn reveal_into(fields: &mut Map<String, Value>, draft: &Draft) {
    let seed = draft.seed.expose();
    fields.insert("secret_hex".into(), data_encoding::HEXLOWER.encode(seed).into());
    fields.insert("secret_base32".into(), draft.seed.to_base32().expose().into());
    match &draft.otp {
        Otp::Motp { pin } | Otp::Yandex { pin } => {
            fields.insert("pin".into(), pin.as_ref().map(Secret::expose).into());
        }
        _ => {}
    }
    if draft.otp.kind() == Kind::Motp {
        fields.insert("secret_text".into(), String::from_utf8_lossy(seed).into());
    }
    let mut codes = Map::new();
    for time in TIMES {
        if let Some(code) = draft.otp.code_at(&draft.seed, time) {
            codes.insert(time.to_string(), code.into());
        }
    }
    if let Otp::Hotp { algorithm, digits, counter } = &draft.otp {
        let code = otp::hotp(&draft.seed, *counter, *algorithm, *digits);
        codes.insert(format!("counter:{counter}"), code.into());
    }
    fields.insert("codes".into(), codes.into());
}
