//! From a file's password to its key: PBKDF2, scrypt, Argon2, and KeePass' AES, with limits on what a file may ask for.
//!
//! The limits are checked before anything is allocated. Honest exports pass: Ente asks Argon2 for 1 GiB,
//! Bitwarden PBKDF2 for up to 2,000,000 rounds.
//!
//! Never here: what is opened with the key (`cipher`).

use aes::Aes256;
use aes::cipher::{Block, BlockCipherEncrypt, KeyInit};
use argon2::{Algorithm, Params, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{ImportError, aside};
use crate::memory_hard;

const MAX_AES_ROUNDS: u64 = 100_000_000;
const MAX_PBKDF2_ROUNDS: u64 = 10_000_000;
const MAX_ARGON2_KIB: u64 = 2 * 1024 * 1024;
const MAX_ARGON2_LANES: u64 = 64;
const MAX_SCRYPT_BYTES: u64 = 2 * 1024 * 1024 * 1024;
const MAX_SCRYPT_WORK: u64 = 1 << 24;
/// Most memory for a key that is derived in this process, if there is another for it, in KiB.
const LARGE: u32 = 128 * 1024;
/// Longest salt, in bytes: honest ones have 8 to 64.
const MAX_SALT: usize = 1024;

/// Memory times passes that Argon2 may ask for, in KiB.
pub(super) const MAX_ARGON2_WORK: u64 = 16 * 1024 * 1024;
/// The same in a KeePass database, where people choose more passes.
pub(super) const MAX_ARGON2_WORK_KDBX: u64 = 64 * 1024 * 1024;

/// The hash under PBKDF2.
#[derive(Clone, Copy, Deserialize, Serialize)]
pub(super) enum Prf {
    Sha1,
    Sha256,
    Sha512,
}

/// A key of 32 bytes, wiped when dropped.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// PBKDF2 (RFC 8018, section 5.2).
pub(super) fn pbkdf2(
    prf: Prf,
    password: &[u8],
    salt: &[u8],
    rounds: u64,
) -> Result<Key, ImportError> {
    let mut key = Key::default();
    pbkdf2_into(prf, password, salt, rounds, &mut key[..])?;
    Ok(key)
}

/// The same to any length.
pub(super) fn pbkdf2_into(
    prf: Prf,
    password: &[u8],
    salt: &[u8],
    rounds: u64,
    key: &mut [u8],
) -> Result<(), ImportError> {
    allow_pbkdf2(rounds)?;
    allow_salt(salt)?;
    let (password, salt) = (password.to_vec(), salt.to_vec());
    let rounds = u32::try_from(rounds).expect("at most 10,000,000");
    aside::derive(&Work::Pbkdf2 { prf, password, salt, rounds, length: key.len() }, key)
}

/// Whether a salt is one.
pub(super) fn allow_salt(salt: &[u8]) -> Result<(), ImportError> {
    if MAX_SALT < salt.len() { Err(ImportError::Corrupt) } else { Ok(()) }
}

/// Whether PBKDF2 may take so many rounds. Asked before a password is: nobody types one for a file that is
/// refused.
pub(super) fn allow_pbkdf2(rounds: u64) -> Result<(), ImportError> {
    match rounds {
        0 => Err(ImportError::Corrupt),
        1..=MAX_PBKDF2_ROUNDS => Ok(()),
        _ => Err(ImportError::KdfCostTooHigh),
    }
}

/// What a file asks scrypt for.
#[derive(Clone, Copy)]
pub(super) struct ScryptCost {
    log_n: u8,
    r: u32,
    p: u32,
}

impl ScryptCost {
    /// A cost within the limits.
    pub(super) fn new(n: u64, r: u64, p: u64) -> Result<Self, ImportError> {
        if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
            return Err(ImportError::Corrupt);
        }
        let memory = n.checked_mul(r).and_then(|blocks| blocks.checked_mul(128));
        let work = n.checked_mul(r).and_then(|blocks| blocks.checked_mul(p));
        if memory.is_none_or(|memory| MAX_SCRYPT_BYTES < memory)
            || work.is_none_or(|work| MAX_SCRYPT_WORK < work)
        {
            return Err(ImportError::KdfCostTooHigh);
        }
        Ok(Self {
            log_n: u8::try_from(n.ilog2()).expect("at most 63"),
            r: u32::try_from(r).expect("N times r is at most 2^24"),
            p: u32::try_from(p).expect("N times r times p is at most 2^24"),
        })
    }

    /// Checks that several are not too much together: a file may have many slots.
    pub(super) fn allow_all(costs: &[Self]) -> Result<(), ImportError> {
        let work = |cost: &Self| (u64::from(cost.r) * u64::from(cost.p)) << cost.log_n;
        if MAX_SCRYPT_WORK < costs.iter().map(work).sum() {
            return Err(ImportError::KdfCostTooHigh);
        }
        Ok(())
    }
}

/// scrypt (RFC 7914).
pub(super) fn scrypt(password: &[u8], salt: &[u8], cost: ScryptCost) -> Result<Key, ImportError> {
    let ScryptCost { log_n, r, p } = cost;
    allow_salt(salt)?;
    let (password, salt) = (password.to_vec(), salt.to_vec());
    let mut key = Key::default();
    aside::derive(&Work::Scrypt { password, salt, log_n, r, p }, &mut key[..])?;
    Ok(key)
}

/// What a file asks Argon2 for.
#[derive(Clone, Copy)]
pub(super) struct Argon2Cost {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) m_kib: u64,
    pub(super) t: u64,
    pub(super) p: u64,
    /// Most of memory times passes, in KiB.
    pub(super) max_work: u64,
}

impl Argon2Cost {
    /// Argon2id of version 1.3, as all but KeePass have it.
    pub(super) fn id(m_kib: u64, t: u64, p: u64) -> Self {
        Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            m_kib,
            t,
            p,
            max_work: MAX_ARGON2_WORK,
        }
    }

    /// This, if it is within the limits. Asked before a password is.
    pub(super) fn allowed(self) -> Result<Self, ImportError> {
        if MAX_ARGON2_KIB < self.m_kib
            || MAX_ARGON2_LANES < self.p
            || self.m_kib.checked_mul(self.t).is_none_or(|work| self.max_work < work)
        {
            return Err(ImportError::KdfCostTooHigh);
        }
        Ok(self)
    }
}

/// Argon2 (RFC 9106).
pub(super) fn argon2(password: &[u8], salt: &[u8], cost: Argon2Cost) -> Result<Key, ImportError> {
    let cost = cost.allowed()?;
    allow_salt(salt)?;
    let number = |number: u64| u32::try_from(number).map_err(|_| ImportError::KdfCostTooHigh);
    let costs = (number(cost.m_kib)?, number(cost.t)?, number(cost.p)?);
    let work = Work::Argon2 {
        algorithm: cost.algorithm.as_str().to_owned(),
        version: cost.version.into(),
        password: password.to_vec(),
        salt: salt.to_vec(),
        costs,
    };
    let mut key = Key::default();
    aside::derive(&work, &mut key[..])?;
    Ok(key)
}

/// Whether KeePass' older way may take so many rounds.
pub(super) fn allow_aes(rounds: u64) -> Result<(), ImportError> {
    if MAX_AES_ROUNDS < rounds { Err(ImportError::KdfCostTooHigh) } else { Ok(()) }
}

/// KeePass' older way: both halves of a key, encrypted again and again, and hashed.
pub(super) fn aes(seed: &[u8], composite: &Key, rounds: u64) -> Result<Key, ImportError> {
    allow_aes(rounds)?;
    allow_salt(seed)?;
    let work = Work::Aes { seed: seed.to_vec(), composite: composite.to_vec(), rounds };
    let mut key = Key::default();
    aside::derive(&work, &mut key[..])?;
    Ok(key)
}

/// A key to derive, within the limits above. The buffers are wiped as everything is that this program frees.
#[derive(Deserialize, Serialize)]
pub(super) enum Work {
    Aes {
        seed: Vec<u8>,
        composite: Vec<u8>,
        rounds: u64,
    },
    Argon2 {
        algorithm: String,
        version: u32,
        password: Vec<u8>,
        salt: Vec<u8>,
        costs: (u32, u32, u32),
    },
    Pbkdf2 {
        prf: Prf,
        password: Vec<u8>,
        salt: Vec<u8>,
        rounds: u32,
        length: usize,
    },
    Scrypt {
        password: Vec<u8>,
        salt: Vec<u8>,
        log_n: u8,
        r: u32,
        p: u32,
    },
}

impl Work {
    /// Argon2id, version 1.3.
    pub(super) fn argon2id(password: &[u8], salt: &[u8], costs: (u32, u32, u32)) -> Self {
        Self::Argon2 {
            algorithm: Algorithm::Argon2id.as_str().to_owned(),
            version: Version::V0x13.into(),
            password: password.to_vec(),
            salt: salt.to_vec(),
            costs,
        }
    }

    /// Whether somebody may lose patience, a second and more; or it takes more memory than a program should have
    /// that runs as long as a browser does: [`LARGE`].
    pub(super) fn is_long(&self) -> bool {
        match self {
            Self::Aes { rounds, .. } => 5_000_000 < *rounds,
            Self::Argon2 { costs: (m, t, _), .. } => {
                LARGE < *m || 1024 * 1024 < u64::from(*m) * u64::from(*t)
            }
            Self::Pbkdf2 { rounds, .. } => 2_000_000 < *rounds,
            Self::Scrypt { log_n, r, p, .. } => {
                let blocks = u64::from(*r).saturating_mul(1 << (*log_n).min(40));
                u64::from(LARGE) < blocks.saturating_mul(128) / 1024
                    || 1 << 21 < blocks.saturating_mul(u64::from(*p))
            }
        }
    }

    /// Bytes of the key; `None` if that is no key's.
    pub(super) fn length(&self) -> Option<usize> {
        match self {
            Self::Pbkdf2 { length, .. } => (1..=1024).contains(length).then_some(*length),
            _ => Some(32),
        }
    }

    /// Derives it here.
    pub(super) fn derive(&self, key: &mut [u8]) -> Result<(), ImportError> {
        let corrupt = ImportError::Corrupt;
        match self {
            Self::Aes { seed, composite, rounds } => {
                let cipher = Aes256::new_from_slice(seed).map_err(|_| corrupt)?;
                let halves =
                    composite.split_at_checked(16).filter(|(_, second)| second.len() == 16);
                let (first, second) = halves.ok_or(corrupt)?;
                let mut blocks = [Block::<Aes256>::default(), Block::<Aes256>::default()];
                blocks[0].copy_from_slice(first);
                blocks[1].copy_from_slice(second);
                for _ in 0..*rounds {
                    cipher.encrypt_blocks(&mut blocks);
                }
                let hash = Sha256::new().chain_update(blocks[0]).chain_update(blocks[1]).finalize();
                key.copy_from_slice(&hash);
                Ok(())
            }
            Self::Argon2 { algorithm, version, password, salt, costs: (m, t, p) } => {
                let algorithm = Algorithm::new(algorithm).map_err(|_| corrupt)?;
                let version = Version::try_from(*version).map_err(|_| corrupt)?;
                let params = Params::new(*m, *t, *p, Some(32)).map_err(|_| corrupt)?;
                memory_hard::argon2((algorithm, version), params, password, salt, key).map_err(
                    |failed| match failed {
                        memory_hard::Failed::Input => corrupt,
                        memory_hard::Failed::Memory => ImportError::KdfCostTooHigh,
                    },
                )
            }
            Self::Pbkdf2 { prf, password, salt, rounds, .. } => {
                match prf {
                    Prf::Sha1 => pbkdf2::pbkdf2_hmac::<sha1::Sha1>(password, salt, *rounds, key),
                    Prf::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, *rounds, key),
                    Prf::Sha512 => {
                        pbkdf2::pbkdf2_hmac::<sha2::Sha512>(password, salt, *rounds, key)
                    }
                }
                Ok(())
            }
            Self::Scrypt { password, salt, log_n, r, p } => {
                let params = scrypt::Params::new(*log_n, *r, *p).map_err(|_| corrupt)?;
                scrypt::scrypt(password, salt, &params, key).map_err(|_| corrupt)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_or_much_memory_is_not_for_this_process() {
        let argon2 = |m, t| Work::Argon2 {
            algorithm: "argon2id".into(),
            version: 0x13,
            password: Vec::new(),
            salt: Vec::new(),
            costs: (m, t, 4),
        };
        let scrypt =
            |log_n, r, p| Work::Scrypt { password: Vec::new(), salt: Vec::new(), log_n, r, p };
        for (work, aside) in [
            // Our own default, and what a fast machine makes of it.
            (argon2(64 * 1024, 3), false),
            (argon2(128 * 1024, 8), false),
            (argon2(256 * 1024, 3), true),
            (argon2(128 * 1024 + 1, 1), true),
            (argon2(64 * 1024, 17), true),
            // Aegis.
            (scrypt(15, 8, 1), false),
            (scrypt(17, 8, 1), false),
            (scrypt(18, 8, 1), true),
            (scrypt(15, 8, 16), true),
        ] {
            assert_eq!(work.is_long(), aside);
        }
    }

    #[test]
    fn a_file_may_not_ask_for_everything() {
        let err = |result: Result<Key, ImportError>| result.err().map(ImportError::code);
        let high = Some("kdf_cost_too_high");
        assert_eq!(err(pbkdf2(Prf::Sha1, b"", b"", 10_000_001)), high);
        assert_eq!(err(pbkdf2(Prf::Sha1, b"", b"", 0)), Some("corrupt"));
        let scrypt = |n, r, p| ScryptCost::new(n, r, p).err().map(ImportError::code);
        assert_eq!(scrypt(1 << 22, 8, 1), high);
        assert_eq!(scrypt(1 << 63, u64::MAX, 1), high);
        assert_eq!(scrypt(1 << 15, 8, 1024), high);
        assert_eq!(scrypt(3, 8, 1), Some("corrupt"));
        let slot = ScryptCost::new(1 << 20, 8, 1).unwrap();
        assert!(ScryptCost::allow_all(&[slot; 2]).is_ok());
        assert_eq!(ScryptCost::allow_all(&[slot; 3]), Err(ImportError::KdfCostTooHigh));
        assert_eq!(err(argon2(b"", b"saltsalt", Argon2Cost::id(4 << 20, 1, 1))), high);
        assert_eq!(err(argon2(b"", b"saltsalt", Argon2Cost::id(1 << 20, 17, 1))), high);
        assert_eq!(err(argon2(b"", b"saltsalt", Argon2Cost::id(64, u64::MAX, 1))), high);
        assert_eq!(err(argon2(b"", b"saltsalt", Argon2Cost::id(1024, 1, 65))), high);
        assert_eq!(err(argon2(b"", b"salt", Argon2Cost::id(64, 1, 1))), Some("corrupt"));
        assert_eq!(err(argon2(b"", b"saltsalt", Argon2Cost::id(64, 1, 1))), None);
        let cost = ScryptCost::new(2, 1, 1).unwrap();
        for (length, expected) in [(1024, None), (1025, Some("corrupt"))] {
            let salt = vec![7; length];
            assert_eq!(err(argon2(b"", &salt, Argon2Cost::id(64, 1, 1))), expected);
            assert_eq!(err(pbkdf2(Prf::Sha1, b"", &salt, 1)), expected);
            assert_eq!(err(super::scrypt(b"", &salt, cost)), expected);
        }
    }
}
