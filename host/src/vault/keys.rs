//! The key schedule: from a password to the key that seals a save.
//!
//! ```text
//! master password --NFKC--> Argon2id(salt) --> PRK
//!   PRK --HKDF-Expand("otpv1/wrap"   | vault | slot)--> KEK, wraps the DEK (AES-256-GCM)
//!   PRK --HKDF-Expand("otpv1/commit" | vault | slot)--> commitment, compared before the DEK is unwrapped
//! recovery code (128 bits) --HKDF-Extract(salt)--> PRK, and on as above
//! password of an export --NFKC--> Argon2id(salt) --> PRK
//!   PRK --HKDF-Expand("countersign.export.v1/key")--> AES-256-GCM key, random nonce (`export`)
//!   PRK --HKDF-Expand("countersign.export.v1/check")--> commitment, compared before the file is opened
//! DEK
//!   --HKDF-Expand("otpv1/header" | vault)--> HMAC-SHA-256 key of the header
//!   --HKDF-Expand("otpv1/body"   | vault | generation | salt)--> AES-256-GCM key, used once, nonce 0
//!   --HKDF-Expand("otpv1/seen"   | vault)--> HMAC-SHA-256 key of the note of the last generation seen
//! ```
//!
//! The commitment is there because AES-GCM does not commit to its key: without it one crafted slot could
//! open under many passwords. A new body key for each save means that no nonce can come twice, whatever
//! copies of the file are put back.
//!
//! Never here: what a derivation may cost (`cost`), bytes of the file (`format`), the disk (`file`).

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit as _};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use shared::Secret;
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

use crate::harden::LockedKey;
use crate::memory_hard;
use crate::random;
use crate::vault::cost::{self, CostError, KdfParams};

/// Longest password, in bytes of its NFKC form.
pub const MAX_PASSWORD: usize = 1024;

/// Why no key could be derived or unwrapped.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// A cost that is refused before anything is allocated ([`CostError`]).
    #[error("the key derivation's cost is out of bounds")]
    Bounds,
    /// The slot's commitment is right and its tag is not.
    #[error("the key slot is damaged")]
    Damaged,
    /// Not enough memory for the key derivation.
    #[error("not enough memory to derive the key")]
    Memory,
    /// Empty, or longer than [`MAX_PASSWORD`].
    #[error("a password has 1 to {MAX_PASSWORD} bytes")]
    Password,
    /// It opens the backups already, and one password must not open both.
    #[error("this is the backups password")]
    Taken,
    /// The commitment is not this password's.
    #[error("wrong password")]
    Wrong,
}

impl From<CostError> for KeyError {
    fn from(CostError: CostError) -> Self {
        Self::Bounds
    }
}

/// 32 bytes that open something, on a page of their own that is not swapped, dumped or read by others
/// ([`LockedKey`]). Wiped on drop; no `Clone`, no `Debug` of its bytes.
pub struct Key(LockedKey);

impl Key {
    /// Random, from the operating system.
    pub fn generate() -> Self {
        Self::new(|bytes| random::fill(bytes))
    }

    fn new(fill: impl FnOnce(&mut [u8; 32])) -> Self {
        Self(LockedKey::new(fill))
    }

    /// A key that was kept elsewhere: the backups password's, in the body of the vault.
    pub fn of(kept: &[u8; 32]) -> Self {
        Self::new(|bytes| bytes.copy_from_slice(kept))
    }

    /// Another copy, wiped by itself.
    pub(crate) fn duplicate(&self) -> Self {
        Self::new(|bytes| bytes.copy_from_slice(self.expose()))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// `HKDF-Expand(self, info)` of RFC 5869, section 2.3: this key is the PRK.
    pub(super) fn expand(&self, info: &[&[u8]]) -> Self {
        Self::new(|out| {
            Hkdf::<Sha256>::from_prk(self.expose())
                .expect("32 bytes are as long as the hash")
                .expand_multi_info(info, out)
                .expect("32 bytes are within 255 hashes");
        })
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// A password as bytes: NFKC, then UTF-8 (SP 800-63B, section 3.1.1.2). Nothing is trimmed or folded.
///
/// # Errors
///
/// [`KeyError::Password`] if it is empty or longer than [`MAX_PASSWORD`].
pub fn normalise(password: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    // NFKC may lengthen; a text of four times the limit cannot come out within it.
    if password.is_empty() || 4 * MAX_PASSWORD < password.len() {
        return Err(KeyError::Password);
    }
    // With room for the longest expansion of a character (18), so that no buffer is left behind.
    let mut text = Zeroizing::new(String::with_capacity(password.len() * 18));
    text.extend(password.nfkc());
    if MAX_PASSWORD < text.len() {
        return Err(KeyError::Password);
    }
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

/// Whether two passwords open the same, however each was typed: `é` may be one character or two.
pub fn are_same(one: &Secret, other: &Secret) -> bool {
    match (normalise(one.expose()), normalise(other.expose())) {
        (Ok(one), Ok(other)) => bool::from(one.ct_eq(&other)),
        _ => false,
    }
}

/// Argon2id (RFC 9106), version 0x13, 32 bytes out. Takes 0.3 s at the default: not for the thread that
/// answers the browser.
///
/// Nothing of it is left in memory ([`memory_hard`]) but the key.
///
/// # Errors
///
/// [`KeyError::Memory`] if this computer has not so much of it now.
pub fn derive_prk(password: &[u8], salt: &[u8; 32], params: KdfParams) -> Result<Key, KeyError> {
    let prk = LockedKey::try_new(|prk| {
        memory_hard::argon2(cost::KIND, params.argon2(), password, salt, prk)
    });
    prk.map(Key).map_err(|_| KeyError::Memory)
}

/// `HKDF-Extract(salt, secret)` of RFC 5869, section 2.2: for a secret that nobody can guess, and so needs
/// no Argon2.
pub fn extract_prk(secret: &[u8; 16], salt: &[u8; 32]) -> Key {
    Key::new(|prk| {
        let (mut extracted, _) = Hkdf::<Sha256>::extract(Some(salt), secret);
        prk.copy_from_slice(&extracted);
        extracted.as_mut_slice().zeroize();
    })
}

/// A password that was derived with a new salt: what a slot is written with.
#[derive(Debug)]
pub struct Derived {
    /// Argon2id's output.
    pub prk: Key,
    /// Random.
    pub salt: [u8; 32],
    /// What it cost.
    pub params: KdfParams,
}

impl Derived {
    /// Derives, with a new salt; takes as long as [`derive_prk`].
    ///
    /// # Errors
    ///
    /// Those of [`derive_prk`].
    pub fn new(password: &[u8], params: KdfParams) -> Result<Self, KeyError> {
        let salt = random::bytes();
        Ok(Self { prk: derive_prk(password, &salt, params)?, salt, params })
    }
}

/// What a wrap is bound to.
#[derive(Clone, Copy)]
pub struct Binding<'a> {
    /// The vault's id.
    pub vault: &'a [u8; 16],
    /// The slot's id.
    pub slot: &'a [u8; 16],
    /// Every byte of the slot before the wrapped key.
    pub bytes: &'a [u8],
}

impl Binding<'_> {
    fn kek(&self, prk: &Key) -> Key {
        prk.expand(&[b"otpv1/wrap", self.vault, self.slot])
    }

    fn aad(&self) -> Vec<u8> {
        [self.bytes, self.vault.as_slice()].concat()
    }
}

/// A PRK's commitment for a slot.
pub fn derive_commitment(prk: &Key, vault: &[u8; 16], slot: &[u8; 16]) -> [u8; 32] {
    *prk.expand(&[b"otpv1/commit", vault, slot]).expose()
}

/// Wraps the DEK: 32 bytes and a tag of 16.
pub fn wrap(prk: &Key, dek: &Key, nonce: &[u8; 12], binding: &Binding) -> [u8; 48] {
    let cipher = Aes256Gcm::new(binding.kek(prk).expose().into());
    let mut buffer = Zeroizing::new(*dek.expose());
    let tag = cipher
        .encrypt_inout_detached(nonce.into(), &binding.aad(), buffer.as_mut_slice().into())
        .expect("32 bytes are within GCM's limit");
    let mut wrapped = [0; 48];
    wrapped[..32].copy_from_slice(buffer.as_slice());
    wrapped[32..].copy_from_slice(&tag);
    wrapped
}

/// Unwraps the DEK.
///
/// # Errors
///
/// [`KeyError::Wrong`] if the commitment is another password's, [`KeyError::Damaged`] if it is this one's and the tag
/// does not hold.
pub fn unwrap(
    prk: &Key,
    wrapped: &[u8; 48],
    nonce: &[u8; 12],
    commitment: &[u8; 32],
    binding: &Binding,
) -> Result<Key, KeyError> {
    let own = derive_commitment(prk, binding.vault, binding.slot);
    if !bool::from(own.ct_eq(commitment)) {
        return Err(KeyError::Wrong);
    }
    let cipher = Aes256Gcm::new(binding.kek(prk).expose().into());
    let tag: [u8; 16] = wrapped[32..].try_into().expect("48 bytes");
    let dek = LockedKey::try_new(|dek| {
        dek.copy_from_slice(&wrapped[..32]);
        let buffer = dek.as_mut_slice().into();
        cipher.decrypt_inout_detached(nonce.into(), &binding.aad(), buffer, (&tag).into())
    });
    dek.map(Key).map_err(|_| KeyError::Damaged)
}

/// The MAC over the header.
pub fn header_mac(dek: &Key, vault: &[u8; 16], header: &[u8]) -> [u8; 32] {
    mac(&dek.expand(&[b"otpv1/header", vault]), header)
}

/// The MAC over the note of the last generation that this machine saw.
pub fn seen_mac(dek: &Key, vault: &[u8; 16], note: &[u8]) -> [u8; 32] {
    mac(&dek.expand(&[b"otpv1/seen", vault]), note)
}

fn mac(key: &Key, bytes: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.expose())
        .expect("HMAC takes a key of any length");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

/// The cipher of one save.
pub fn body_cipher(dek: &Key, vault: &[u8; 16], generation: u64, salt: &[u8; 32]) -> Aes256Gcm {
    let key = dek.expand(&[b"otpv1/body", vault, &generation.to_le_bytes(), salt]);
    Aes256Gcm::new(key.expose().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argon2id_of_the_reference_implementation() {
        // Made with libargon2 20190702 (argon2-cffi): our salts have 32 bytes, its own vectors 8.
        let params = KdfParams::new(65_536, 2, 1).unwrap();
        let prk = derive_prk(b"password", b"somesaltsomesaltsomesaltsomesalt", params).unwrap();
        assert_eq!(
            data_encoding::HEXLOWER.encode(prk.expose()),
            "d02e95ebe4890faf31a7b8988486f0588b0ac46212bb1c9486885c7ea9d7ad1a"
        );
    }

    #[test]
    fn a_recovery_codes_key_is_hkdfs() {
        // HKDF-Extract is HMAC with the salt as key: RFC 5869, section 2.2.
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&[3; 32]).unwrap();
        mac.update(&[9; 16]);
        assert_eq!(
            extract_prk(&[9; 16], &[3; 32]).expose().as_slice(),
            mac.finalize().into_bytes().as_slice()
        );
    }

    /// Frozen: whoever changes one of these locks people out.
    #[test]
    fn passwords_are_encoded_as_ever() {
        let bytes = |text: &str| normalise(text).unwrap().to_vec();
        assert_eq!(bytes(" pass word "), b" pass word ");
        assert_eq!(bytes("PassWord"), b"PassWord");
        // NFC and NFD of "Zürich" are one password; so are the ligature and its letters.
        assert_eq!(bytes("Z\u{fc}rich"), "Z\u{fc}rich".as_bytes());
        assert_eq!(bytes("Zu\u{308}rich"), "Z\u{fc}rich".as_bytes());
        assert_eq!(bytes("\u{fb01}n"), b"fin");
        assert_eq!(bytes("\u{1f511}\u{fe0f}"), "\u{1f511}\u{fe0f}".as_bytes());
        assert_eq!(
            bytes("\u{5e9}\u{5dc}\u{5d5}\u{5dd}"),
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}".as_bytes()
        );
        assert_eq!(bytes("\u{212b}"), "\u{c5}".as_bytes());
        assert_eq!(bytes(&"x".repeat(1024)).len(), 1024);
        assert_eq!(normalise(&"x".repeat(1025)).unwrap_err(), KeyError::Password);
        assert_eq!(normalise("").unwrap_err(), KeyError::Password);
        // One character, 33 bytes in NFKC: still no longer than it may be.
        assert_eq!(normalise(&"\u{fdfa}".repeat(32)).unwrap_err(), KeyError::Password);
        // It is the NFKC form that counts, which may be a quarter as long and no shorter.
        assert_eq!(bytes(&"\u{1d400}".repeat(1024)), "A".repeat(1024).as_bytes());
        assert_eq!(normalise(&"\u{1d400}".repeat(1025)).unwrap_err(), KeyError::Password);
    }

    #[test]
    fn a_wrap_opens_with_its_own_key_and_no_other() {
        let (vault, slot, nonce) = ([1; 16], [2; 16], [3; 12]);
        let binding = Binding { vault: &vault, slot: &slot, bytes: b"slot" };
        let (prk, dek) = (Key::generate(), Key::generate());
        let commitment = derive_commitment(&prk, &vault, &slot);
        let wrapped = wrap(&prk, &dek, &nonce, &binding);
        let open = |prk: &Key, wrapped: &[u8; 48], binding: &Binding| {
            unwrap(prk, wrapped, &nonce, &commitment, binding).map(|dek| *dek.expose())
        };
        assert_eq!(open(&prk, &wrapped, &binding), Ok(*dek.expose()));
        assert_eq!(open(&Key::generate(), &wrapped, &binding), Err(KeyError::Wrong));
        let mut broken = wrapped;
        broken[47] ^= 1;
        assert_eq!(open(&prk, &broken, &binding), Err(KeyError::Damaged));
        let other = Binding { bytes: b"slat", ..binding };
        assert_eq!(open(&prk, &wrapped, &other), Err(KeyError::Damaged));
        let other = Binding { vault: &[9; 16], ..binding };
        assert_eq!(open(&prk, &wrapped, &other), Err(KeyError::Wrong));
    }

    #[test]
    fn hkdf_expand_of_rfc_5869_a_1() {
        let prk = data_encoding::HEXLOWER
            .decode(b"077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
            .unwrap();
        let key = Key::new(|bytes| bytes.copy_from_slice(&prk));
        let okm = key.expand(&[&[0xf0, 0xf1, 0xf2, 0xf3, 0xf4], &[0xf5, 0xf6, 0xf7, 0xf8, 0xf9]]);
        assert_eq!(
            data_encoding::HEXLOWER.encode(okm.expose()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        );
    }

    /// NIST's GCM test case 14 (McGrew and Viega): AES-256, zero key, zero nonce, one zero block.
    #[test]
    fn aes_256_gcm_of_the_gcm_specification() {
        let cipher = Aes256Gcm::new(&[0; 32].into());
        let mut block = [0_u8; 16];
        let tag = cipher
            .encrypt_inout_detached(&[0; 12].into(), &[], block.as_mut_slice().into())
            .unwrap();
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        assert_eq!(hex(&block), "cea7403d4d606b6e074ec5d3baf39d18");
        assert_eq!(hex(&tag), "d0d1c8a799996bf0265b98b5d48ab919");
    }
}
