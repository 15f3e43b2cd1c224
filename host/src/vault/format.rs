//! The vault file, byte by byte. Version 1.0; all numbers little-endian.
//!
//! ```text
//!   0  magic        8   "OTPVLT01"; a backup has "OTPBKP01"
//!   8  major        2   1: another major is another layout; a reader leaves it untouched
//!  10  minor        2   0: a higher minor only adds; a reader keeps what it does not know
//!  12  header_len   4   bytes from 0 to the end of header_mac, at most 65,536
//!  16  vault_id    16   random, for ever the same
//!  32  generation   8   counts saves, from 1
//!  40  device_id   16   who saved; informative
//!  56  saved_at     8   when, seconds since 1970, signed; informative
//!  64  body_salt   32   random for each save
//!  96  n_slots      1   1 to 8
//!  97  slots            one after the other:
//!        0  type          1   1 master password, 4 recovery code, 5 backups password (in backups
//!                           only); others are kept as they are. 2, a PIN, is never in a file
//!        1  flags         1   0
//!        2  len           2   bytes of the slot after this field: 153 for type 1
//!        4  slot_id      16   random
//!       20  kdf           1   1 Argon2id version 0x13; 0 HKDF for keys of full entropy
//!       21  m_cost        4   KiB
//!       25  t_cost        4   passes
//!       29  p_cost        4   lanes
//!       33  salt         32
//!       65  nonce        12
//!       77  commitment   32
//!      109  wrapped      48   the DEK: AES-256-GCM under the KEK; AAD: slot bytes 0 to 109, vault_id
//!      extension        any   what a higher minor adds; kept
//!      header_mac        32   HMAC-SHA-256 over all before it
//!   .  body_len     4
//!   .  body             AES-256-GCM, nonce 0, AAD: bytes 0 to header_len; ciphertext and tag of 16
//!   .  checksum    32   SHA-256 of all before it: tells a torn file from a wrong password
//! ```
//!
//! The body in the clear is `u32 length | JSON | zeros` up to a multiple of 4,096. It is not compressed: a
//! length would tell what is inside.
//!
//! Never here: keys are passed in (`keys`); what the JSON says (`body`); the disk (`file`).

use std::cmp::Ordering;

use aes_gcm::aead::AeadInOut;
use byteorder::{ByteOrder, LittleEndian as Le};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::vault::keys::{self, Binding, Derived, KdfParams, Key, KeyError};

/// The first bytes of a vault.
pub const MAGIC: [u8; 8] = *b"OTPVLT01";
/// The first bytes of a backup, which has the same layout, a data key of its own and one slot of type
/// [`BACKUPS`].
pub const MAGIC_BACKUP: [u8; 8] = *b"OTPBKP01";
/// The layout that this version reads and writes.
pub const MAJOR: u16 = 1;
/// Longest file that is read, in bytes: 10,000 entries take about five million.
pub const MAX_FILE: usize = 16 * 1024 * 1024;
/// Longest header.
const MAX_HEADER: usize = 64 * 1024;
/// Bytes before the first slot.
const FIXED: usize = 97;
/// Bytes of a slot of type 1.
const SLOT: usize = 157;
/// Bytes of a slot before the wrapped key.
const SLOT_AAD: usize = 109;
/// Most slots.
const MAX_SLOTS: usize = 8;
/// The body is padded to a multiple of this.
const PAD: usize = 4096;
const MAC: usize = 32;
const TAG: usize = 16;
const CHECKSUM: usize = 32;

/// Slot type of the master password.
pub const MASTER: u8 = 1;
/// Slot type of a PIN. Such a slot lies in memory only, never in a file: a PIN is soon guessed.
pub const PIN: u8 = 2;
/// Slot type of a recovery code.
pub const RECOVERY: u8 = 4;
/// KDF of a slot: HKDF-Extract, for a secret of full entropy.
const HKDF: u8 = 0;
/// Slot type of the backups password; in backups only.
pub const BACKUPS: u8 = 5;
/// KDF of a slot: Argon2id.
const ARGON2ID: u8 = 1;

/// Why bytes are not a vault, or not one that opens.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FormatError {
    /// The checksum does not hold: torn or rotten.
    #[error("the file is damaged: its checksum does not hold")]
    Torn,
    /// The checksum holds and the layout does not.
    #[error("the file is not a vault, or was changed by something other than Countersign")]
    Layout,
    /// A newer major version.
    #[error("the vault was made by a newer version of Countersign")]
    Newer,
    /// The header's MAC does not hold under the right key.
    #[error("the vault's header was changed")]
    Header,
    /// The body's tag does not hold under the right key.
    #[error("the vault's body was changed")]
    Body,
    /// Of the password and its slot.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What stands before the slots.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// Of the layout; 1.
    pub minor: u16,
    /// Random, for ever the same.
    pub vault_id: [u8; 16],
    /// Counts saves.
    pub generation: u64,
    /// Who saved.
    pub device_id: [u8; 16],
    /// When, in seconds since 1970.
    pub saved_at: i64,
    /// Random for each save.
    pub body_salt: [u8; 32],
}

/// A key slot as bytes; types that this version does not know are kept as they are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Slot(Vec<u8>);

impl Slot {
    /// A slot of type [`MASTER`] that wraps `dek` under a password that was just derived.
    pub fn seal(derived: &Derived, vault_id: &[u8; 16], dek: &Key) -> Self {
        Self::seal_as(MASTER, derived, vault_id, dek)
    }

    /// A slot of another type that is opened by a password.
    pub fn seal_as(kind: u8, derived: &Derived, vault_id: &[u8; 16], dek: &Key) -> Self {
        let cost = (ARGON2ID, derived.params.costs());
        Self::wrap(kind, cost, &derived.prk, derived.salt, vault_id, dek)
    }

    /// A slot of type [`RECOVERY`] for the 128 bits of a printed code.
    pub fn seal_recovery(code: &[u8; 16], vault_id: &[u8; 16], dek: &Key) -> Self {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).expect("the operating system has randomness");
        let prk = keys::extract_prk(code, &salt);
        Self::wrap(RECOVERY, (HKDF, (0, 0, 0)), &prk, salt, vault_id, dek)
    }

    fn wrap(
        kind: u8,
        (kdf, (m_cost, t_cost, p_cost)): (u8, (u32, u32, u32)),
        prk: &Key,
        salt: [u8; 32],
        vault_id: &[u8; 16],
        dek: &Key,
    ) -> Self {
        let (mut slot_id, mut nonce) = ([0; 16], [0; 12]);
        for bytes in [slot_id.as_mut_slice(), &mut nonce] {
            getrandom::fill(bytes).expect("the operating system has randomness");
        }
        let mut bytes = Vec::with_capacity(SLOT);
        bytes.extend([kind, 0]);
        bytes.extend(u16::try_from(SLOT - 4).expect("153").to_le_bytes());
        bytes.extend(slot_id);
        bytes.push(kdf);
        for cost in [m_cost, t_cost, p_cost] {
            bytes.extend(cost.to_le_bytes());
        }
        bytes.extend(salt);
        bytes.extend(nonce);
        bytes.extend(keys::derive_commitment(prk, vault_id, &slot_id));
        let binding = Binding { vault: vault_id, slot: &slot_id, bytes: &bytes };
        let wrapped = keys::wrap(prk, dek, &nonce, &binding);
        bytes.extend(wrapped);
        Self(bytes)
    }

    /// Its type.
    pub fn kind(&self) -> u8 {
        self.0[0]
    }

    /// Its cost, if it is a password's.
    ///
    /// # Errors
    ///
    /// [`FormatError::Layout`] if it is none; [`KeyError::Bounds`].
    pub fn params(&self) -> Result<KdfParams, FormatError> {
        if !matches!(self.kind(), MASTER | PIN | BACKUPS)
            || self.0.len() != SLOT
            || self.0[20] != ARGON2ID
        {
            return Err(FormatError::Layout);
        }
        let cost = |at: usize| Le::read_u32(&self.0[at..]);
        Ok(KdfParams::new(cost(21), cost(25), cost(29))?)
    }

    /// What its password is derived with.
    ///
    /// # Errors
    ///
    /// Those of [`params`](Self::params).
    pub fn salt(&self) -> Result<[u8; 32], FormatError> {
        self.params()?;
        Ok(self.array(33))
    }

    /// The DEK, for the right password. Takes as long as the KDF.
    ///
    /// # Errors
    ///
    /// [`FormatError::Layout`], or a [`KeyError`].
    pub fn open(&self, password: &[u8], vault_id: &[u8; 16]) -> Result<Key, FormatError> {
        let params = self.params()?;
        let prk = keys::derive_prk(password, &self.array(33), params)?;
        self.unwrap(&prk, vault_id)
    }

    /// The DEK, for the right recovery code.
    ///
    /// # Errors
    ///
    /// [`FormatError::Layout`] if it is not a recovery code's; [`KeyError::Wrong`], [`KeyError::Damaged`].
    pub fn recover(&self, code: &[u8; 16], vault_id: &[u8; 16]) -> Result<Key, FormatError> {
        let ours = self.kind() == RECOVERY && self.0.len() == SLOT && self.0[20] == HKDF;
        // The costs mean nothing here; what means nothing is zero.
        if !ours || self.0[21..33] != [0; 12] {
            return Err(FormatError::Layout);
        }
        self.unwrap(&keys::extract_prk(code, &self.array(33)), vault_id)
    }

    /// The DEK, for a password that was derived with this slot's salt.
    ///
    /// # Errors
    ///
    /// [`FormatError::Layout`], or a [`KeyError`].
    pub fn open_derived(&self, prk: &Key, vault_id: &[u8; 16]) -> Result<Key, FormatError> {
        self.params()?;
        self.unwrap(prk, vault_id)
    }

    fn unwrap(&self, prk: &Key, vault_id: &[u8; 16]) -> Result<Key, FormatError> {
        let slot_id = self.array(4);
        let binding = Binding { vault: vault_id, slot: &slot_id, bytes: &self.0[..SLOT_AAD] };
        let wrapped = self.0[SLOT_AAD..].try_into().map_err(|_| FormatError::Layout)?;
        Ok(keys::unwrap(prk, &wrapped, &self.array(65), &self.array(77), &binding)?)
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0[at..at + N].try_into().expect("params() has checked the length")
    }
}

/// A vault file taken apart, still sealed.
#[derive(Debug)]
pub struct Sealed {
    /// What stands before the slots.
    pub header: Header,
    /// The slots.
    pub slots: Vec<Slot>,
    /// What a higher minor added to the header.
    pub extension: Vec<u8>,
    /// All bytes of the header, with its MAC.
    header_bytes: Vec<u8>,
    /// Ciphertext and tag.
    body: Vec<u8>,
}

/// The beginning of a file taken apart: all but the body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// What stands before the slots.
    pub header: Header,
    /// The slots.
    pub slots: Vec<Slot>,
    extension: Vec<u8>,
    /// All bytes of the header, with its MAC.
    bytes: Vec<u8>,
}

/// Takes a file apart. Needs no key and allocates no more than the file's size.
///
/// # Errors
///
/// [`FormatError::Torn`], [`FormatError::Layout`] or [`FormatError::Newer`].
pub fn parse(file: &[u8]) -> Result<Sealed, FormatError> {
    parse_as(&MAGIC, file)
}

/// The same for a file with these first bytes.
///
/// # Errors
///
/// Those of [`parse`].
pub fn parse_as(magic: &[u8; 8], file: &[u8]) -> Result<Sealed, FormatError> {
    // Checked first, so that whatever became of a file, it is never called a wrong password.
    if file.len() < FIXED + MAC + 4 + TAG + CHECKSUM || MAX_FILE < file.len() {
        return Err(FormatError::Torn);
    }
    let (content, checksum) = file.split_at(file.len() - CHECKSUM);
    if Sha256::digest(content).as_slice() != checksum {
        return Err(FormatError::Torn);
    }
    let Head { header, slots, extension, bytes } = parse_head_as(magic, content, file.len())?;
    let body = content[bytes.len() + 4..].to_vec();
    Ok(Sealed { header, slots, extension, header_bytes: bytes, body })
}

/// Takes the beginning of a file of `len` bytes apart: as much of it as the header takes, and the length of
/// the body after it. Whether the checksum holds is not known.
///
/// # Errors
///
/// [`FormatError::Layout`], also if `start` ends too soon or the file is not as long as it says;
/// [`FormatError::Newer`].
pub fn parse_head_as(magic: &[u8; 8], start: &[u8], len: usize) -> Result<Head, FormatError> {
    use FormatError::{Layout, Newer};

    let (first, _) = start.split_first_chunk::<16>().ok_or(Layout)?;
    if first[..8] != *magic {
        return Err(Layout);
    }
    match Le::read_u16(&first[8..]).cmp(&MAJOR) {
        Ordering::Equal => {}
        Ordering::Greater => return Err(Newer),
        Ordering::Less => return Err(Layout),
    }
    let header_len = Le::read_u32(&first[12..]) as usize;
    if !(FIXED + MAC..=MAX_HEADER).contains(&header_len) || start.len() < header_len + 4 {
        return Err(Layout);
    }
    let (bytes, rest) = start.split_at(header_len);
    let body_len = Le::read_u32(rest) as usize;
    if body_len < TAG || Some(body_len) != len.checked_sub(header_len + 4 + CHECKSUM) {
        return Err(Layout);
    }

    let array16 = |at: usize| bytes[at..at + 16].try_into().expect("16 bytes");
    let header = Header {
        minor: Le::read_u16(&bytes[10..]),
        vault_id: array16(16),
        generation: Le::read_u64(&bytes[32..]),
        device_id: array16(40),
        saved_at: Le::read_i64(&bytes[56..]),
        body_salt: bytes[64..96].try_into().expect("32 bytes"),
    };
    let n_slots = usize::from(bytes[96]);
    if !(1..=MAX_SLOTS).contains(&n_slots) {
        return Err(Layout);
    }
    let mut rest = &bytes[FIXED..header_len - MAC];
    let mut slots = Vec::with_capacity(n_slots);
    for _ in 0..n_slots {
        if rest.len() < 4 {
            return Err(Layout);
        }
        let len = 4 + usize::from(Le::read_u16(&rest[2..]));
        if rest.len() < len {
            return Err(Layout);
        }
        slots.push(Slot(rest[..len].to_vec()));
        rest = &rest[len..];
    }
    Ok(Head { header, slots, extension: rest.to_vec(), bytes: bytes.to_vec() })
}

impl Head {
    /// Whether it was written by somebody who has `dek`, and not changed since.
    pub fn is_sealed_by(&self, dek: &Key) -> bool {
        is_sealed_by(&self.bytes, &self.header.vault_id, dek)
    }
}

/// Whether the MAC at the end of a header's bytes holds.
fn is_sealed_by(header: &[u8], vault_id: &[u8; 16], dek: &Key) -> bool {
    let (header, mac) = header.split_at(header.len() - MAC);
    keys::header_mac(dek, vault_id, header).as_slice().ct_eq(mac).into()
}

impl Sealed {
    /// The DEK, for the right master password. Takes as long as the KDF, once for each slot of that type.
    ///
    /// # Errors
    ///
    /// [`KeyError::Wrong`] if it opens no slot; another [`FormatError`] if a slot is not in order.
    pub fn unlock(&self, password: &[u8]) -> Result<Key, FormatError> {
        self.unlock_as(MASTER, password)
    }

    /// The same for slots of another type.
    ///
    /// # Errors
    ///
    /// Those of [`Sealed::unlock`].
    pub fn unlock_as(&self, kind: u8, password: &[u8]) -> Result<Key, FormatError> {
        let mut result = Err(FormatError::Layout);
        for slot in self.slots.iter().filter(|slot| slot.kind() == kind) {
            result = slot.open(password, &self.header.vault_id);
            if !matches!(result, Err(FormatError::Key(KeyError::Wrong))) {
                break;
            }
        }
        result
    }

    /// The DEK, for the right recovery code.
    ///
    /// # Errors
    ///
    /// [`KeyError::Wrong`] if it opens no slot or there is none; another [`FormatError`] if a slot is not in
    /// order.
    pub fn recover(&self, code: &[u8; 16]) -> Result<Key, FormatError> {
        let mut result = Err(FormatError::Key(KeyError::Wrong));
        for slot in self.slots.iter().filter(|slot| slot.kind() == RECOVERY) {
            result = slot.recover(code, &self.header.vault_id);
            if !matches!(result, Err(FormatError::Key(KeyError::Wrong))) {
                break;
            }
        }
        result
    }

    /// Whether a recovery code would open it.
    pub fn has_recovery(&self) -> bool {
        self.slots.iter().any(|slot| slot.kind() == RECOVERY)
    }

    /// The body's JSON.
    ///
    /// # Errors
    ///
    /// [`FormatError::Header`] or [`FormatError::Body`] if a tag does not hold under `dek`.
    pub fn open(&self, dek: &Key) -> Result<Zeroizing<Vec<u8>>, FormatError> {
        let Header { vault_id, generation, body_salt, .. } = &self.header;
        if !is_sealed_by(&self.header_bytes, vault_id, dek) {
            return Err(FormatError::Header);
        }
        let (ciphertext, tag) = self.body.split_at(self.body.len() - TAG);
        let mut body = Zeroizing::new(ciphertext.to_vec());
        let tag: [u8; TAG] = tag.try_into().expect("split there");
        keys::body_cipher(dek, vault_id, *generation, body_salt)
            .decrypt_inout_detached(
                &[0; 12].into(),
                &self.header_bytes,
                body.as_mut_slice().into(),
                (&tag).into(),
            )
            .map_err(|_| FormatError::Body)?;
        let (len, json) = body.split_first_chunk::<4>().ok_or(FormatError::Body)?;
        let len = u32::from_le_bytes(*len) as usize;
        if json.len() < len {
            return Err(FormatError::Body);
        }
        body.drain(..4);
        body.truncate(len);
        Ok(body)
    }
}

/// Makes the file of a save. `json` is the body; the salt in `header` must be new for each call.
///
/// # Errors
///
/// [`FormatError::Layout`] if it would be longer than [`MAX_FILE`].
pub fn seal(
    header: &Header,
    slots: &[Slot],
    extension: &[u8],
    json: &[u8],
    dek: &Key,
) -> Result<Vec<u8>, FormatError> {
    seal_as(&MAGIC, header, slots, extension, json, dek)
}

/// The same with other first bytes.
///
/// # Errors
///
/// Those of [`seal`].
pub fn seal_as(
    magic: &[u8; 8],
    header: &Header,
    slots: &[Slot],
    extension: &[u8],
    json: &[u8],
    dek: &Key,
) -> Result<Vec<u8>, FormatError> {
    let padded = (4 + json.len()).next_multiple_of(PAD);
    let slots_len: usize = slots.iter().map(|slot| slot.0.len()).sum();
    let header_len = FIXED + slots_len + extension.len() + MAC;
    let total = header_len + 4 + padded + TAG + CHECKSUM;
    if MAX_FILE < total || MAX_HEADER < header_len || !(1..=MAX_SLOTS).contains(&slots.len()) {
        return Err(FormatError::Layout);
    }
    let u32 = |n: usize| u32::try_from(n).expect("less than MAX_FILE").to_le_bytes();

    let mut file = Vec::with_capacity(total);
    file.extend(magic);
    file.extend(MAJOR.to_le_bytes());
    file.extend(header.minor.to_le_bytes());
    file.extend(u32(header_len));
    file.extend(header.vault_id);
    file.extend(header.generation.to_le_bytes());
    file.extend(header.device_id);
    file.extend(header.saved_at.to_le_bytes());
    file.extend(header.body_salt);
    file.push(u8::try_from(slots.len()).expect("at most 8"));
    slots.iter().for_each(|slot| file.extend(&slot.0));
    file.extend(extension);
    file.extend(keys::header_mac(dek, &header.vault_id, &file));

    let mut body = Zeroizing::new(vec![0; padded]);
    body[..4].copy_from_slice(&u32(json.len()));
    body[4..4 + json.len()].copy_from_slice(json);
    let tag = keys::body_cipher(dek, &header.vault_id, header.generation, &header.body_salt)
        .encrypt_inout_detached(&[0; 12].into(), &file, body.as_mut_slice().into())
        .expect("16 MiB are within GCM's limit");
    file.extend(u32(padded + TAG));
    file.extend(body.as_slice());
    file.extend(tag.as_slice());
    file.extend(Sha256::digest(&file));
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            minor: 0,
            vault_id: [7; 16],
            generation: 3,
            device_id: [1; 16],
            saved_at: 1_700_000_000,
            body_salt: [9; 32],
        }
    }

    fn sealed(json: &[u8], extension: &[u8]) -> (Vec<u8>, Key) {
        let dek = Key::generate();
        let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
        let slot = Slot::seal(&derived, &[7; 16], &dek);
        (seal(&header(), &[slot], extension, json, &dek).unwrap(), dek)
    }

    #[test]
    fn what_was_sealed_opens() {
        for json in [&b"{}"[..], &[b'x'; 4092], &[b'x'; 4093]] {
            let (file, _) = sealed(json, b"");
            assert_eq!((file.len() - 97 - 157 - 32 - 4 - 16 - 32) % 4096, 0);
            let parsed = parse(&file).unwrap();
            assert_eq!(parsed.header, header());
            let dek = parsed.unlock(b"master").unwrap();
            assert_eq!(parsed.open(&dek).unwrap().as_slice(), json);
            let wrong = parsed.unlock(b"Master").unwrap_err();
            assert_eq!(wrong, FormatError::Key(KeyError::Wrong));
        }
    }

    #[test]
    fn a_recovery_code_opens_its_slot_and_no_other() {
        let (code, other) = ([5; 16], [6; 16]);
        let dek = Key::generate();
        let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
        let slots =
            [Slot::seal(&derived, &[7; 16], &dek), Slot::seal_recovery(&code, &[7; 16], &dek)];
        let parsed = parse(&seal(&header(), &slots, b"", b"{}", &dek).unwrap()).unwrap();
        assert!(parsed.has_recovery());
        assert_eq!(parsed.recover(&code).unwrap().expose(), dek.expose());
        assert_eq!(parsed.recover(&other).unwrap_err(), FormatError::Key(KeyError::Wrong));
        assert_eq!(parsed.unlock(b"master").unwrap().expose(), dek.expose());
        // A code is no password, and a vault without such a slot opens for none.
        assert!(parsed.unlock(&code).is_err());
        let (plain, _) = sealed(b"{}", b"");
        let plain = parse(&plain).unwrap();
        assert!(!plain.has_recovery());
        assert_eq!(plain.recover(&code).unwrap_err(), FormatError::Key(KeyError::Wrong));
        // Costs that nobody reads are no place for what nobody looks at.
        let mut slot = Slot::seal_recovery(&code, &[7; 16], &dek);
        slot.0[21] = 1;
        assert_eq!(slot.recover(&code, &[7; 16]).unwrap_err(), FormatError::Layout);
    }

    #[test]
    fn a_pins_slot_opens_with_it_and_is_no_master_passwords() {
        let dek = Key::generate();
        let derived = Derived::new(b"2468", KdfParams::FLOOR).unwrap();
        let slot = Slot::seal_as(PIN, &derived, &[7; 16], &dek);
        assert_eq!(slot.open(b"2468", &[7; 16]).unwrap().expose(), dek.expose());
        assert_eq!(slot.open(b"2469", &[7; 16]).unwrap_err(), FormatError::Key(KeyError::Wrong));
        let file = seal(&header(), &[slot], b"", b"{}", &dek).unwrap();
        assert_eq!(parse(&file).unwrap().unlock(b"2468").unwrap_err(), FormatError::Layout);
    }

    #[test]
    fn a_higher_minor_keeps_what_it_added() {
        let (file, dek) = sealed(b"{}", b"something new");
        let parsed = parse(&file).unwrap();
        assert_eq!(parsed.extension, b"something new");
        let again = seal(&parsed.header, &parsed.slots, &parsed.extension, b"{}", &dek).unwrap();
        assert_eq!(again, file);
    }

    #[test]
    fn another_key_opens_nothing() {
        let (file, _) = sealed(b"{}", b"");
        assert_eq!(parse(&file).unwrap().open(&Key::generate()).unwrap_err(), FormatError::Header);
    }

    #[test]
    fn a_newer_major_is_told_apart_from_damage() {
        let (mut file, _) = sealed(b"{}", b"");
        file[8] = 2;
        assert_eq!(parse(&file).unwrap_err(), FormatError::Torn);
        repair(&mut file);
        assert_eq!(parse(&file).unwrap_err(), FormatError::Newer);
        // There was none before this one.
        file[8] = 0;
        repair(&mut file);
        assert_eq!(parse(&file).unwrap_err(), FormatError::Layout);
    }

    /// Makes the checksum hold again.
    fn repair(file: &mut [u8]) {
        let end = file.len() - 32;
        let checksum = Sha256::digest(&file[..end]);
        file[end..].copy_from_slice(&checksum);
    }

    /// A slot of a type that nobody knows, with so many bytes in all.
    fn foreign(len: u16) -> Slot {
        let mut bytes = vec![0; usize::from(len)];
        bytes[0] = 9;
        bytes[2..4].copy_from_slice(&(len - 4).to_le_bytes());
        Slot(bytes)
    }

    #[test]
    fn a_file_has_16_mib_at_most_and_no_less_than_its_frame() {
        let dek = Key::generate();
        // One slot of 4 bytes, and a body of 4,095 blocks: what is left for the header is 4,044 bytes.
        let json = vec![b'x'; 4095 * 4096 - 4];
        let filled =
            |extension: usize| seal(&header(), &[foreign(4)], &vec![b'e'; extension], &json, &dek);
        let extension = 4096 - (97 + 4 + 32) - 4 - 16 - 32;
        let mut file = filled(extension).unwrap();
        assert_eq!(file.len(), MAX_FILE);
        assert_eq!(*parse(&file).unwrap().open(&dek).unwrap(), json);
        assert_eq!(filled(extension + 1).unwrap_err(), FormatError::Layout);
        file.push(0);
        repair(&mut file);
        assert_eq!(parse(&file).unwrap_err(), FormatError::Torn);

        // Header, MAC, length, tag and checksum; a byte fewer is no file at all, whatever stands in it.
        for (len, refusal) in [(180, FormatError::Torn), (181, FormatError::Layout)] {
            let mut file = vec![0; len];
            repair(&mut file);
            assert_eq!(parse(&file).unwrap_err(), refusal, "{len}");
        }
        for len in [0, 1, 31, 32] {
            assert_eq!(parse(&vec![0; len]).unwrap_err(), FormatError::Torn, "{len}");
        }
    }

    #[test]
    fn a_header_has_64_kib_at_most_and_1_to_8_slots() {
        let dek = Key::generate();
        let sealed = |slots: &[Slot], extension: usize| {
            seal(&header(), slots, &vec![b'e'; extension], b"{}", &dek)
        };
        let room = 65_536 - 97 - 4 - 32;
        let parsed = parse(&sealed(&[foreign(4)], room).unwrap()).unwrap();
        assert_eq!(parsed.extension.len(), room);
        assert_eq!(sealed(&[foreign(4)], room + 1).unwrap_err(), FormatError::Layout);
        for (n, fits) in [(0, false), (1, true), (8, true), (9, false)] {
            assert_eq!(sealed(&vec![foreign(7); n], 0).is_ok(), fits, "{n}");
        }
        let mut file = sealed(&vec![foreign(7); 8], 0).unwrap();
        assert_eq!(parse(&file).unwrap().slots, vec![foreign(7); 8]);
        // What a count claims must be there, and no slot ends beyond the header.
        for n in [0, 9] {
            file[96] = n;
            repair(&mut file);
            assert_eq!(parse(&file).unwrap_err(), FormatError::Layout, "{n} slots");
        }
        for (len, fits) in [(3, true), (4, false), (u16::MAX, false)] {
            let mut file = sealed(&[foreign(7)], 0).unwrap();
            file[99..101].copy_from_slice(&len.to_le_bytes());
            repair(&mut file);
            assert_eq!(parse(&file).is_ok(), fits, "a slot of {len} more bytes");
        }
    }

    #[test]
    fn a_beginning_is_read_as_soon_as_the_header_is_there() {
        let (file, dek) = sealed(b"{}", b"");
        let header_len = 97 + 157 + 32;
        let head = |start: usize, len| parse_head_as(&MAGIC, &file[..start], len);
        let whole = head(header_len + 4, file.len()).unwrap();
        assert!(whole.is_sealed_by(&dek) && !whole.is_sealed_by(&Key::generate()));
        for start in [0, 8, 15, 16, 97, 132, header_len, header_len + 3] {
            assert_eq!(head(start, file.len()).unwrap_err(), FormatError::Layout, "{start}");
        }
        for len in [0, header_len, file.len() - 1, file.len() + 1] {
            assert_eq!(head(file.len(), len).unwrap_err(), FormatError::Layout, "{len}");
        }
    }

    #[test]
    fn a_body_is_a_tag_at_least() {
        let (file, dek) = sealed(b"{}", b"");
        let header_len = 97 + 157 + 32;
        for (len, refusal) in [(15_u32, None), (16, Some(FormatError::Body))] {
            let mut cut = file[..header_len].to_vec();
            cut.extend(len.to_le_bytes());
            cut.extend(vec![0; len as usize + 32]);
            repair(&mut cut);
            match refusal {
                None => assert_eq!(parse(&cut).unwrap_err(), FormatError::Layout),
                Some(refusal) => {
                    assert_eq!(parse(&cut).unwrap().open(&dek).unwrap_err(), refusal);
                }
            }
        }
    }

    /// What whoever has the data key sealed, by hand: `inside` is the body in the clear.
    fn sealed_by_hand(inside: &[u8]) -> (Vec<u8>, Key) {
        let (mut file, dek) = sealed(b"{}", b"");
        file.truncate(97 + 157 + 32);
        let Header { vault_id, generation, body_salt, .. } = header();
        let mut body = inside.to_vec();
        let tag = keys::body_cipher(&dek, &vault_id, generation, &body_salt)
            .encrypt_inout_detached(&[0; 12].into(), &file, body.as_mut_slice().into())
            .unwrap();
        file.extend(u32::try_from(body.len() + 16).unwrap().to_le_bytes());
        file.extend(body);
        file.extend(tag);
        file.extend([0; 32]);
        repair(&mut file);
        (file, dek)
    }

    #[test]
    fn a_body_that_claims_more_than_it_holds_is_none_though_its_tag_holds() {
        let rows: [(&[u8], Option<&[u8]>); 7] = [
            (b"", None),
            (b"\0\0\0", None),
            (b"\0\0\0\0", Some(b"")),
            (b"\x01\0\0\0", None),
            (b"\x02\0\0\0{}", Some(b"{}")),
            (b"\x02\0\0\0{}zeros", Some(b"{}")),
            (b"\xff\xff\xff\xff{}", None),
        ];
        for (inside, json) in rows {
            let (file, dek) = sealed_by_hand(inside);
            let opened = parse(&file).unwrap().open(&dek);
            match json {
                Some(json) => assert_eq!(*opened.unwrap(), json),
                None => assert_eq!(opened.unwrap_err(), FormatError::Body, "{inside:?}"),
            }
        }
    }

    #[test]
    fn only_a_whole_slot_of_its_kind_is_tried() {
        let dek = Key::generate();
        let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
        let master = Slot::seal(&derived, &[7; 16], &dek);
        let code = Slot::seal_recovery(&[5; 16], &[7; 16], &dek);
        let with = |slot: &Slot, at: usize, byte: u8| {
            let mut slot = slot.clone();
            slot.0[at] = byte;
            slot
        };
        let cut = |slot: &Slot, len: usize| {
            let mut slot = slot.clone();
            slot.0.resize(len, 0);
            slot
        };
        let no_password = [
            with(&master, 0, 9),
            with(&master, 20, 0),
            cut(&master, 156),
            cut(&master, 158),
            cut(&master, 21),
            code.clone(),
        ];
        for slot in no_password {
            assert_eq!(slot.params().unwrap_err(), FormatError::Layout);
            assert_eq!(slot.open(b"master", &[7; 16]).unwrap_err(), FormatError::Layout);
            let derived = slot.open_derived(&derived.prk, &[7; 16]);
            assert_eq!(derived.unwrap_err(), FormatError::Layout);
        }
        let no_code = [
            with(&code, 0, 9),
            with(&code, 20, 1),
            cut(&code, 156),
            cut(&code, 158),
            cut(&code, 21),
            with(&master, 20, 0),
            master.clone(),
        ];
        for slot in no_code {
            assert_eq!(slot.recover(&[5; 16], &[7; 16]).unwrap_err(), FormatError::Layout);
        }
    }

    #[test]
    fn each_slot_of_a_kind_is_tried_until_one_opens() {
        let dek = Key::generate();
        let slot = |password: &[u8]| {
            Slot::seal(&Derived::new(password, KdfParams::FLOOR).unwrap(), &[7; 16], &dek)
        };
        let code = |code: u8| Slot::seal_recovery(&[code; 16], &[7; 16], &dek);
        let slots = [slot(b"first"), code(1), slot(b"second"), code(2)];
        let parsed = parse(&seal(&header(), &slots, b"", b"{}", &dek).unwrap()).unwrap();
        for password in [b"first".as_slice(), b"second"] {
            assert_eq!(parsed.unlock(password).unwrap().expose(), dek.expose());
        }
        assert_eq!(parsed.unlock(b"third").unwrap_err(), FormatError::Key(KeyError::Wrong));
        for code in [1, 2] {
            assert_eq!(parsed.recover(&[code; 16]).unwrap().expose(), dek.expose());
        }
        assert_eq!(parsed.recover(&[3; 16]).unwrap_err(), FormatError::Key(KeyError::Wrong));
    }
}
