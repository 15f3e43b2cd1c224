//! Countersign's own export, plain and sealed. The form is described where it is written: `export/json.rs`.
//!
//! Never here: backups, which are merged and not imported (`backup`).

use serde_json::Value;

use super::item::{Found, Key, Raw};
use super::{Context, ImportError, Reason, WRONG, json, text};
use crate::vault::cost::KdfParams;
use crate::vault::export::{SealedExport, open_export};
use crate::vault::keys;

pub(super) fn read(
    file: &Value,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    if json::cost(file, "version")? != 1 {
        return Err(ImportError::UnsupportedVersion);
    }
    match file.get("sealed") {
        None => read_entries(file, found),
        Some(_) => {
            let plain = open(file, context)?;
            read_entries(&json::parse_bytes(&plain, ImportError::Corrupt)?, found)
        }
    }
}

fn open(file: &Value, context: &Context<'_>) -> Result<zeroize::Zeroizing<Vec<u8>>, ImportError> {
    let kdf = file.get("kdf").unwrap_or(&Value::Null);
    if json::text(kdf, "name") != "argon2id" {
        return Err(ImportError::UnsupportedVersion);
    }
    let cost =
        |name| u32::try_from(json::cost(kdf, name)?).map_err(|_| ImportError::KdfCostTooHigh);
    let params = KdfParams::new(cost("m_kib")?, cost("t")?, cost("p")?)
        .map_err(|_| ImportError::KdfCostTooHigh)?;
    let bytes = |value: &Value, name| {
        text::base64(json::required(value, name)?).ok_or(ImportError::Corrupt)
    };
    let salt = bytes(kdf, "salt")?.try_into().map_err(|_| ImportError::Corrupt)?;
    let sealed = SealedExport {
        nonce: bytes(file, "nonce")?.try_into().map_err(|_| ImportError::Corrupt)?,
        check: bytes(file, "check")?.try_into().map_err(|_| ImportError::Corrupt)?,
        sealed: bytes(file, "sealed")?,
    };
    let password = keys::normalise(context.password()?).map_err(|_| WRONG)?;
    let prk =
        keys::derive_prk(&password, &salt, params).map_err(|_| ImportError::KdfCostTooHigh)?;
    open_export(&prk, sealed).map_err(|err| match err {
        keys::KeyError::Wrong => WRONG,
        _ => ImportError::Corrupt,
    })
}

fn read_entries(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let entries = file.get("entries").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    let texts = |entry: &Value, name| -> Vec<String> {
        json::list(entry, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    for entry in entries {
        let raw = Raw {
            kind: json::text(entry, "kind"),
            issuer: json::text(entry, "issuer"),
            label: json::text(entry, "label"),
            key: Key::base32(&json::text(entry, "secret")),
            algorithm: json::text(entry, "algorithm"),
            digits: json::number(entry, "digits"),
            period: json::number(entry, "period"),
            counter: json::number(entry, "counter"),
            pin: Some(json::text(entry, "pin")),
            note: json::text(entry, "note"),
            tags: texts(entry, "tags"),
            favourite: json::flag(entry, "favourite"),
            sites: texts(entry, "sites"),
            icon: json::text(entry, "icon"),
            picture: json::text(entry, "picture"),
            submit: json::flag(entry, "submit"),
            sends: texts(entry, "sends"),
            spares: json::list(entry, "spares")
                .iter()
                .map(|spare| (json::text(spare, "code"), json::flag(spare, "used")))
                .collect(),
        };
        if entry.get("trashed").is_some() {
            found.skip(&raw.name(), Reason::Trashed)?;
        } else {
            found.take(raw)?;
        }
    }
    Ok(())
}
