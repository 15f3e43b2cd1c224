//! How the tagged enums of the protocol are read: as one flat object, whose fields then find their
//! places. What is written is serde's own.
//!
//! serde's own way of reading them keeps a copy of the object until it has seen the tag, and brings a
//! second reader for what it copied; in the extension that made a quarter of the module.
//!
//! Never here: a form that the derived writer does not write.

use serde::Deserialize;

use super::{
    ById, Denied, Field, Generation, Hint, Invalid, Problem, Refusal, Rollback, Strength,
    VaultState, Why,
};

/// The tag is unknown, or a field that belongs to it is not there.
const UNKNOWN: &str = "unknown tag, or a field is missing";

/// [`VaultState`] as it lies on the wire.
#[derive(Deserialize)]
pub(super) struct FlatVaultState {
    state: String,
    #[serde(default)]
    why: Option<Why>,
    #[serde(default)]
    generations: Option<Vec<Generation>>,
    #[serde(default)]
    count: Option<usize>,
    #[serde(default)]
    rollback: Option<Rollback>,
}

impl TryFrom<FlatVaultState> for VaultState {
    type Error = &'static str;

    fn try_from(flat: FlatVaultState) -> Result<Self, Self::Error> {
        Ok(match flat.state.as_str() {
            "absent" => Self::Absent,
            "damaged" => Self::Damaged { generations: flat.generations.ok_or(UNKNOWN)? },
            "locked" => Self::Locked { why: flat.why },
            "newer" => Self::Newer,
            "unlocked" => {
                Self::Unlocked { count: flat.count.ok_or(UNKNOWN)?, rollback: flat.rollback }
            }
            "unreadable" => Self::Unreadable,
            _ => return Err(UNKNOWN),
        })
    }
}

/// [`Denied`] as it lies on the wire, and the data of every other refusal: no two of them use a name
/// for different things.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FlatData {
    why: Option<String>,
    top: Option<String>,
    frame: Option<String>,
    domain: Option<String>,
    shown: Option<String>,
    ids: Option<Vec<String>>,
    sites: Option<Vec<String>>,
    id: Option<String>,
    field: Option<Field>,
    problem: Option<Problem>,
    found: Option<u64>,
    seen: Option<u64>,
    min: Option<u32>,
    max: Option<u32>,
    ms: Option<u64>,
    used: Option<bool>,
    retry_ms: Option<u64>,
    left: Option<u32>,
    score: Option<u8>,
    accepted: Option<bool>,
    hint: Option<Hint>,
}

impl TryFrom<FlatData> for Denied {
    type Error = &'static str;

    fn try_from(flat: FlatData) -> Result<Self, Self::Error> {
        let domain = flat.domain.ok_or(UNKNOWN);
        Ok(match flat.why.as_deref() {
            Some("cross_site") => {
                Self::CrossSite { top: flat.top.ok_or(UNKNOWN)?, frame: flat.frame.ok_or(UNKNOWN)? }
            }
            Some("choose") => Self::Choose { ids: flat.ids.ok_or(UNKNOWN)? },
            Some("look_alike") => {
                Self::LookAlike { domain: domain?, shown: flat.shown.ok_or(UNKNOWN)? }
            }
            Some("no_site") => Self::NoSite { domain: domain? },
            Some("no_account") => Self::NoAccount { domain: domain? },
            Some("not_secure") => Self::NotSecure,
            Some("not_web") => Self::NotWeb,
            Some("other_site") => {
                Self::OtherSite { domain: domain?, sites: flat.sites.ok_or(UNKNOWN)? }
            }
            Some("suggest") => Self::Suggest { domain: domain?, ids: flat.ids.ok_or(UNKNOWN)? },
            _ => return Err(UNKNOWN),
        })
    }
}

/// [`Refusal`] as it lies on the wire.
#[derive(Deserialize)]
pub(super) struct FlatRefusal {
    code: String,
    #[serde(default)]
    data: FlatData,
}

impl TryFrom<FlatRefusal> for Refusal {
    type Error = &'static str;

    fn try_from(flat: FlatRefusal) -> Result<Self, Self::Error> {
        let data = flat.data;
        Ok(match flat.code.as_str() {
            "bad_frame" => Self::BadFrame,
            "bad_request" => Self::BadRequest,
            "busy" => Self::Busy,
            "conflict" => Self::Conflict,
            "corrupt" => Self::Corrupt,
            "denied" => Self::Denied(Denied::try_from(data)?),
            "disk_full" => Self::DiskFull,
            "duplicate" => Self::Duplicate(ById { id: data.id.ok_or(UNKNOWN)? }),
            "exists" => Self::Exists,
            "invalid" => Self::Invalid(Invalid {
                field: data.field.ok_or(UNKNOWN)?,
                problem: data.problem.ok_or(UNKNOWN)?,
            }),
            "internal" => Self::Internal,
            "io" => Self::Io,
            "kdf_bounds" => Self::KdfBounds,
            "locked" => Self::Locked,
            "managed" => Self::Managed,
            "memory" => Self::Memory,
            "needs_master" => Self::NeedsMaster,
            "newer_format" => Self::NewerFormat,
            "no_biometrics" => Self::NoBiometrics,
            "no_pin" => Self::NoPin,
            "not_found" => Self::NotFound,
            "rollback" => Self::Rollback(Rollback {
                found: data.found.ok_or(UNKNOWN)?,
                seen: data.seen.ok_or(UNKNOWN)?,
            }),
            "same_password" => Self::SamePassword,
            "too_large" => Self::TooLarge,
            "timeout" => Self::Timeout,
            "unconfirmed" => Self::Unconfirmed,
            "unknown_op" => Self::UnknownOp,
            "version" => {
                Self::Version { min: data.min.ok_or(UNKNOWN)?, max: data.max.ok_or(UNKNOWN)? }
            }
            "wait" => Self::Wait { ms: data.ms.ok_or(UNKNOWN)?, used: data.used.ok_or(UNKNOWN)? },
            "weak_password" => Self::WeakPassword(Strength {
                score: data.score.ok_or(UNKNOWN)?,
                accepted: data.accepted.ok_or(UNKNOWN)?,
                hint: data.hint,
            }),
            "wrong_password" => Self::WrongPassword { retry_ms: data.retry_ms.ok_or(UNKNOWN)? },
            "wrong_pin" => Self::WrongPin { left: data.left.ok_or(UNKNOWN)? },
            _ => return Err(UNKNOWN),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::protocol::document::tags;

    fn returns<T>(values: &[T])
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        for value in values {
            let text = serde_json::to_string(value).unwrap();
            assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value, "{text}");
        }
    }

    fn denials() -> Vec<Denied> {
        let (domain, shown) = (String::from("a.example"), String::from("b.example"));
        vec![
            Denied::CrossSite { top: domain.clone(), frame: shown.clone() },
            Denied::Choose { ids: vec!["1".into(), "2".into()] },
            Denied::LookAlike { domain: domain.clone(), shown: shown.clone() },
            Denied::NoSite { domain: domain.clone() },
            Denied::NoAccount { domain: domain.clone() },
            Denied::NotSecure,
            Denied::NotWeb,
            Denied::OtherSite { domain: domain.clone(), sites: vec![shown] },
            Denied::Suggest { domain, ids: vec!["1".into()] },
        ]
    }

    #[test]
    fn every_state_of_a_vault_is_read_as_it_was_written() {
        returns(&[
            VaultState::Absent,
            VaultState::Damaged { generations: vec![Generation { generation: 3, saved_at: -1 }] },
            VaultState::Locked { why: None },
            VaultState::Locked { why: Some(Why::Sleep) },
            VaultState::Newer,
            VaultState::Unlocked { count: 0, rollback: None },
            VaultState::Unlocked { count: 7, rollback: Some(Rollback { found: 1, seen: 2 }) },
            VaultState::Unreadable,
        ]);
    }

    #[test]
    fn every_refusal_is_read_as_it_was_written() {
        returns(&denials());
        let strength = Strength { score: 1, accepted: false, hint: Some(Hint::Short) };
        let mut refusals: Vec<Refusal> = denials().into_iter().map(Refusal::Denied).collect();
        refusals.extend([
            Refusal::BadFrame,
            Refusal::BadRequest,
            Refusal::Busy,
            Refusal::Conflict,
            Refusal::Corrupt,
            Refusal::DiskFull,
            Refusal::Exists,
            Refusal::Duplicate(ById { id: "0".into() }),
            Refusal::Invalid(Invalid { field: Field::Secret, problem: Problem::Empty }),
            Refusal::Internal,
            Refusal::Io,
            Refusal::KdfBounds,
            Refusal::Locked,
            Refusal::Managed,
            Refusal::Memory,
            Refusal::NeedsMaster,
            Refusal::NewerFormat,
            Refusal::NoBiometrics,
            Refusal::NoPin,
            Refusal::NotFound,
            Refusal::Rollback(Rollback { found: 1, seen: 2 }),
            Refusal::SamePassword,
            Refusal::TooLarge,
            Refusal::Timeout,
            Refusal::Unconfirmed,
            Refusal::UnknownOp,
            Refusal::Version { min: 1, max: 2 },
            Refusal::Wait { ms: 1, used: true },
            Refusal::WeakPassword(strength),
            Refusal::WrongPassword { retry_ms: 0 },
            Refusal::WrongPin { left: 4 },
        ]);
        returns(&refusals);
        let code = |refusal: &Refusal| {
            serde_json::to_value(refusal).unwrap()["code"].as_str().unwrap().to_owned()
        };
        let codes: BTreeSet<String> = refusals.iter().map(code).collect();
        let read = tags("match flat.code.as_str()").into_iter().map(str::to_owned);
        assert_eq!(codes, read.collect(), "each that is read is among those that are written");
    }

    #[test]
    fn what_is_not_on_the_list_is_refused() {
        for text in [
            r#"{"code":"gone"}"#,
            r#"{"code":"wait","data":{"ms":1}}"#,
            r#"{"code":"denied","data":{"why":"because"}}"#,
            r#"{}"#,
        ] {
            assert!(serde_json::from_str::<Refusal>(text).is_err(), "{text}");
        }
    }
}
