//! What other apps seal with: AES-256-GCM and AES-256-CBC, opened or refused.
//!
//! Lengths are checked here, because the crates panic on wrong ones.
//!
//! Never here: where a key comes from (`kdf`).

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use hmac::{Hmac, Mac};
use zeroize::Zeroizing;

/// AES-256-GCM with a nonce of 12 bytes and the tag at the end. `None` if it does not open.
pub(super) fn open_gcm(
    key: &[u8],
    nonce: &[u8],
    sealed: &[u8],
    aad: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let nonce: [u8; 12] = nonce.try_into().ok()?;
    let cipher = Aes256Gcm::new_from_slice(key).ok()?;
    cipher.decrypt(&nonce.into(), Payload { msg: sealed, aad }).ok().map(Zeroizing::new)
}

/// AES-256-CBC with PKCS #7 padding. `None` if the padding is wrong.
pub(super) fn open_cbc(key: &[u8], iv: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key, iv).ok()?;
    cipher.decrypt_padded_vec::<Pkcs7>(sealed).ok().map(Zeroizing::new)
}

/// Whether `tag` is the HMAC of `data` under `key`, in constant time.
pub(super) fn has_hmac_sha256(key: &[u8], data: &[&[u8]], tag: &[u8]) -> bool {
    let mut mac =
        Hmac::<sha2::Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in data {
        mac.update(part);
    }
    mac.verify_slice(tag).is_ok()
}
