//! SQLCipher 3 with its defaults: each page of 1,024 bytes under AES-256-CBC, with an HMAC-SHA-1 of its
//! own.
//!
//! Never here: what is in the database (`sqlite`).

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::kdf::{self, Prf};
use super::{ImportError, WRONG_OR_DAMAGED, sqlite};

pub(super) const PAGE: usize = 1024;
const ROUNDS: u64 = 64_000;
const MAC_ROUNDS: u64 = 2;
const SALT: usize = 16;
/// Ciphertext in a page; then the IV (16), the MAC (20), padding (12).
const DATA: usize = PAGE - 48;

/// The database in plain text.
pub(super) fn open(file: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    if file.is_empty() || !file.len().is_multiple_of(PAGE) {
        return Err(ImportError::Corrupt);
    }
    let salt = &file[..SALT];
    let key = kdf::pbkdf2(Prf::Sha1, password.as_bytes(), salt, ROUNDS)?;
    let mac_salt: Vec<u8> = salt.iter().map(|byte| byte ^ 0x3a).collect();
    let mac_key = kdf::pbkdf2(Prf::Sha1, &key[..], &mac_salt, MAC_ROUNDS)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(file.len()));
    for (number, page) in (1_u32..).zip(file.chunks_exact(PAGE)) {
        // The salt stands where the file's magic was.
        let start = if number == 1 { SALT } else { 0 };
        let mut mac =
            Hmac::<Sha1>::new_from_slice(&mac_key[..]).expect("HMAC takes a key of any length");
        mac.update(&page[start..DATA + 16]);
        mac.update(&number.to_le_bytes());
        if mac.verify_slice(&page[DATA + 16..DATA + 36]).is_err() {
            return Err(if number == 1 { WRONG_OR_DAMAGED } else { ImportError::Corrupt });
        }
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(&key[..], &page[DATA..DATA + 16])
            .expect("a key of 32 bytes and an IV of 16");
        let mut body = Zeroizing::new(page[start..DATA].to_vec());
        let body =
            cipher.decrypt_padded::<NoPadding>(&mut body).map_err(|_| ImportError::Corrupt)?;
        if number == 1 {
            plain.extend_from_slice(sqlite::MAGIC);
        }
        plain.extend_from_slice(body);
        plain.resize(PAGE * number as usize, 0);
    }
    Ok(plain)
}
