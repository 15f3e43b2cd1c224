//! A sealed export: under a password of its own, and no key of the vault (the schedule is in `keys`).
//!
//! Never here: what is in it, and the file around it (`export::json`).

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit as _};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::random;
use crate::vault::keys::{Key, KeyError};

/// What a sealed export is bound to.
const EXPORT: &[u8] = b"countersign.export.v1";

/// A sealed export: what stands in its file beside the cost and the salt (`export/json.rs`).
#[derive(Debug)]
pub struct SealedExport {
    /// Of AES-256-GCM.
    pub nonce: [u8; 12],
    /// Tells a wrong password from a damaged file.
    pub check: [u8; 32],
    /// Ciphertext and tag.
    pub sealed: Vec<u8>,
}

/// Seals an export with a password of its own, derived with a new salt.
pub fn seal_export(prk: &Key, plain: &[u8]) -> SealedExport {
    let nonce: [u8; 12] = random::bytes();
    let mut sealed = plain.to_vec();
    let tag = cipher(prk)
        .encrypt_inout_detached(&nonce.into(), EXPORT, sealed.as_mut_slice().into())
        .expect("an export is within GCM's limit");
    sealed.extend(tag);
    SealedExport { nonce, check: commitment(prk), sealed }
}

/// Opens an export.
///
/// # Errors
///
/// [`KeyError::Wrong`] if it is another password's, [`KeyError::Damaged`] if the tag does not hold.
pub fn open_export(prk: &Key, export: SealedExport) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if !bool::from(commitment(prk).ct_eq(&export.check)) {
        return Err(KeyError::Wrong);
    }
    let mut plain = Zeroizing::new(export.sealed);
    let at = plain.len().checked_sub(16).ok_or(KeyError::Damaged)?;
    let tag: [u8; 16] = plain[at..].try_into().expect("16 bytes");
    plain.truncate(at);
    cipher(prk)
        .decrypt_inout_detached(
            &export.nonce.into(),
            EXPORT,
            plain.as_mut_slice().into(),
            (&tag).into(),
        )
        .map_err(|_| KeyError::Damaged)?;
    Ok(plain)
}

fn cipher(prk: &Key) -> Aes256Gcm {
    Aes256Gcm::new(prk.expand(&[EXPORT, b"/key"]).expose().into())
}

fn commitment(prk: &Key) -> [u8; 32] {
    *prk.expand(&[EXPORT, b"/check"]).expose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_opens_with_its_own_key_and_no_other() {
        let prk = Key::generate();
        let seal = || seal_export(&prk, b"seeds");
        assert_eq!(*open_export(&prk, seal()).unwrap(), b"seeds");
        assert_eq!(open_export(&Key::generate(), seal()).unwrap_err(), KeyError::Wrong);
        for spoil in [
            |export: &mut SealedExport| export.nonce[0] ^= 1,
            |export: &mut SealedExport| export.sealed[0] ^= 1,
            |export: &mut SealedExport| export.sealed.truncate(15),
        ] {
            let mut export = seal();
            spoil(&mut export);
            assert_eq!(open_export(&prk, export).unwrap_err(), KeyError::Damaged);
        }
    }
}
