//! OTP Auth (iOS): an archive under a key that everyone knows, with another one inside under the password.
//!
//! Never here: Apple's formats (`bplist`).

use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::bplist::{self, Archive};
use super::item::{Found, Key, Number, Raw};
use super::{Context, ImportError, WRONG_OR_DAMAGED, cipher, item, kdf};
use crate::otpauth;

/// What the outer keys are the SHA-256 of: a backup, one account.
const OUTER: [&str; 2] = ["Authenticator", "OTPAuth"];
const ROUNDS: u64 = 10_000;

/// Whether bytes open under one of the keys that everyone knows.
pub(super) fn is_sealed(file: &[u8]) -> bool {
    // The first two blocks are enough to see.
    16 < file.len()
        && file.len().is_multiple_of(16)
        && OUTER.iter().any(|name| {
            let mut start = [0_u8; 16];
            first_block(name, file, &mut start);
            start.starts_with(bplist::MAGIC)
        })
}

fn first_block(name: &str, file: &[u8], block: &mut [u8; 16]) {
    use aes::cipher::{BlockCipherDecrypt, KeyInit};
    block.copy_from_slice(&file[..16]);
    let cipher = aes::Aes256::new(&Sha256::digest(name));
    cipher.decrypt_block(block.into());
}

pub(super) fn read(
    file: &[u8],
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let corrupt = ImportError::Corrupt;
    let outer = OUTER
        .iter()
        .filter_map(|name| cipher::open_cbc(&Sha256::digest(name), &[0; 16], file))
        .find(|outer| outer.starts_with(bplist::MAGIC))
        .ok_or(corrupt)?;
    let outer = Archive::read(&outer).ok_or(corrupt)?;
    let inner = open(&outer, context)?;
    let inner = Archive::read(&inner).ok_or(WRONG_OR_DAMAGED)?;
    let root = inner.root();
    match inner.field(root, "Folders") {
        Some(folders) => {
            for folder in inner.elements(folders) {
                let name = text(&inner, folder, "name");
                let accounts = inner.field(folder, "accounts").ok_or(corrupt)?;
                for account in inner.elements(accounts) {
                    take(&inner, account, &name, found)?;
                }
            }
        }
        None if inner.field(root, "secret").is_some() => take(&inner, root, "", found)?,
        None => return Err(WRONG_OR_DAMAGED),
    }
    Ok(())
}

fn open(outer: &Archive, context: &Context<'_>) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let corrupt = ImportError::Corrupt;
    let field = |name| outer.field(outer.root(), name);
    let sealed = field("WrappedData").or_else(|| field("Data")).and_then(|data| outer.data(data));
    let sealed = sealed.ok_or(corrupt)?;
    // The newest versions are 1.1 of a backup and 1.2 of an account.
    let version = field("Version").and_then(|version| outer.real(version)).ok_or(corrupt)?;
    if !(1.0..1.25).contains(&version) {
        return Err(ImportError::UnsupportedVersion);
    }
    let text_or_data = |name| {
        let object = field(name)?;
        outer.text(object).map(str::as_bytes).or_else(|| outer.data(object))
    };
    if let (Some(salt), Some(iv)) = (text_or_data("Salt"), text_or_data("IV")) {
        if sealed.is_empty() || !sealed.len().is_multiple_of(16) {
            return Err(corrupt);
        }
        let mut hash = Sha256::new();
        hash.update(salt);
        hash.update(b"-");
        hash.update(context.password()?);
        let key = Zeroizing::new(<[u8; 32]>::from(hash.finalize()));
        let iv = Sha1::digest(iv);
        return cipher::open_cbc(&key[..], &iv[..16], sealed).ok_or(WRONG_OR_DAMAGED);
    }
    open_rncryptor(sealed, context)
}

/// RNCryptor, version 3, with a password.
fn open_rncryptor(sealed: &[u8], context: &Context<'_>) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let corrupt = ImportError::Corrupt;
    let (body, mac) = sealed.split_last_chunk::<32>().ok_or(corrupt)?;
    let (header, text) = body.split_first_chunk::<34>().ok_or(corrupt)?;
    if header[..2] != [3, 1] || text.is_empty() || !text.len().is_multiple_of(16) {
        return Err(corrupt);
    }
    let password = context.password()?.as_bytes();
    let mac_key = kdf::pbkdf2(kdf::Prf::Sha1, password, &header[10..18], ROUNDS)?;
    if !cipher::has_hmac_sha256(&mac_key[..], &[body], mac) {
        return Err(WRONG_OR_DAMAGED);
    }
    let key = kdf::pbkdf2(kdf::Prf::Sha1, password, &header[2..10], ROUNDS)?;
    cipher::open_cbc(&key[..], &header[18..], text).ok_or(WRONG_OR_DAMAGED)
}

fn text(archive: &Archive, object: usize, name: &str) -> String {
    let text = archive.field(object, name).and_then(|text| archive.text(text)).unwrap_or_default();
    // Many accounts may share one text.
    item::cut(text, 2 * otpauth::MAX_NAME).to_owned()
}

fn take(
    archive: &Archive,
    account: usize,
    folder: &str,
    found: &mut Found,
) -> Result<(), ImportError> {
    let number = |name| match archive.field(account, name) {
        Some(object) => archive.int(object).map_or(Number::Absent, Number::Is),
        None => Number::Absent,
    };
    let secret = archive.field(account, "secret").and_then(|secret| archive.data(secret));
    found.take(Raw {
        kind: match number("type") {
            Number::Is(1) => "hotp",
            Number::Is(2) => "totp",
            _ => "unknown",
        }
        .into(),
        issuer: text(archive, account, "issuer"),
        label: text(archive, account, "label"),
        key: secret.map_or(Key::Missing, |secret| Key::bytes(Some(secret.to_vec()))),
        algorithm: match number("algorithm") {
            Number::Absent | Number::Is(0 | 1) => "SHA1",
            Number::Is(2) => "SHA256",
            Number::Is(3) => "SHA512",
            Number::Is(4) => "MD5",
            _ => "unknown",
        }
        .into(),
        digits: number("digits").unless_zero(),
        period: number("period").unless_zero(),
        counter: number("counter"),
        // The folder that everyone has.
        tags: if folder == "Accounts" { Vec::new() } else { vec![folder.to_owned()] },
        ..Raw::default()
    })
}
