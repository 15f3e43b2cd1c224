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
//!  97  slots            one after the other (`slot`)
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
//! Never here: keys are passed in (`keys`); the bytes of a slot (`slot`); what the JSON says (`body`); the disk (`file`).

use std::cmp::Ordering;

use aes_gcm::aead::AeadInOut;
use byteorder::{ByteOrder, LittleEndian as Le};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::vault::keys::{self, Key, KeyError};
use crate::vault::slot::{Slot, SlotError, SlotType};

/// The layout that this version reads and writes.
pub const MAJOR: u16 = 1;
/// Longest file that is read, in bytes: 10,000 entries take about five million.
pub const MAX_FILE: usize = 16 * 1024 * 1024;
/// Longest header.
const MAX_HEADER: usize = 64 * 1024;
/// Where what changes with each save stands.
const GENERATION: usize = 32;
const BODY_SALT: usize = 64;
/// Bytes before the number of slots: all that [`Header`] has.
pub(super) const START: usize = 96;
/// Bytes before the first slot.
const FIXED: usize = 97;
/// Most slots.
const MAX_SLOTS: usize = 8;
/// The body is padded to a multiple of this.
const PAD: usize = 4096;
const MAC: usize = 32;
const TAG: usize = 16;
const CHECKSUM: usize = 32;

/// What a file is: both have the same layout.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Container {
    /// A backup: a data key of its own, and one slot, the backups password's.
    Backup,
    /// A vault.
    Vault,
}

/// As many first bytes tell what a file is.
pub const MAGIC_LEN: usize = 8;

/// Whether a file that begins so is a vault or a backup.
pub fn is_ours(start: &[u8]) -> bool {
    [Container::Backup, Container::Vault].iter().any(|kind| start.starts_with(&kind.magic()))
}

impl Container {
    /// The first bytes.
    const fn magic(self) -> [u8; 8] {
        match self {
            Self::Backup => *b"OTPBKP01",
            Self::Vault => *b"OTPVLT01",
        }
    }

    /// Whose password opens it.
    const fn password(self) -> SlotType {
        match self {
            Self::Backup => SlotType::Backups,
            Self::Vault => SlotType::Master,
        }
    }
}

/// Why bytes are not a vault, or not one that opens.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FormatError {
    /// The body's tag does not hold under the right key.
    #[error("the vault's body was changed")]
    Body,
    /// The header's MAC does not hold under the right key.
    #[error("the vault's header was changed")]
    Header,
    /// Of the password and its slot.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The checksum holds and the layout does not.
    #[error("the file is not a vault, or was changed by something other than Countersign")]
    Layout,
    /// A newer major version.
    #[error("the vault was made by a newer version of Countersign")]
    Newer,
    /// The checksum does not hold: torn or rotten.
    #[error("the file is damaged: its checksum does not hold")]
    Torn,
}

impl From<SlotError> for FormatError {
    fn from(err: SlotError) -> Self {
        match err {
            SlotError::Key(err) => Self::Key(err),
            SlotError::Layout => Self::Layout,
        }
    }
}

/// One save of a vault, told from every other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Edition {
    /// Counts saves.
    pub generation: u64,
    /// Random for each save.
    pub body_salt: [u8; 32],
}

impl Edition {
    /// Of a file that begins with these bytes, whatever they are.
    pub(super) fn of_start(start: &[u8; START]) -> Self {
        Self {
            generation: Le::read_u64(&start[GENERATION..]),
            body_salt: start[BODY_SALT..].try_into().expect("32 bytes"),
        }
    }
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

impl Header {
    /// Which save it is.
    pub fn edition(&self) -> Edition {
        Edition { generation: self.generation, body_salt: self.body_salt }
    }
}

/// A file taken apart, still sealed.
#[derive(Debug)]
pub struct Sealed {
    container: Container,
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
pub fn parse(container: Container, file: &[u8]) -> Result<Sealed, FormatError> {
    // Checked first, so that whatever became of a file, it is never called a wrong password.
    if file.len() < FIXED + MAC + 4 + TAG + CHECKSUM || MAX_FILE < file.len() {
        return Err(FormatError::Torn);
    }
    let (content, checksum) = file.split_at(file.len() - CHECKSUM);
    if Sha256::digest(content).as_slice() != checksum {
        return Err(FormatError::Torn);
    }
    let Head { header, slots, extension, bytes } = parse_head(container, content, file.len())?;
    let body = content[bytes.len() + 4..].to_vec();
    Ok(Sealed { container, header, slots, extension, header_bytes: bytes, body })
}

/// Takes the beginning of a file of `len` bytes apart: as much of it as the header takes, and the length of
/// the body after it. Whether the checksum holds is not known.
///
/// # Errors
///
/// [`FormatError::Layout`], also if `start` ends too soon or the file is not as long as it says;
/// [`FormatError::Newer`].
pub fn parse_head(container: Container, start: &[u8], len: usize) -> Result<Head, FormatError> {
    use FormatError::{Layout, Newer};

    let (first, _) = start.split_first_chunk::<16>().ok_or(Layout)?;
    if first[..8] != container.magic() {
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
    let start = bytes.first_chunk().expect("a header is longer than its start");
    let Edition { generation, body_salt } = Edition::of_start(start);
    let header = Header {
        minor: Le::read_u16(&bytes[10..]),
        vault_id: array16(16),
        generation,
        device_id: array16(40),
        saved_at: Le::read_i64(&bytes[56..]),
        body_salt,
    };
    let n_slots = usize::from(bytes[START]);
    if !(1..=MAX_SLOTS).contains(&n_slots) {
        return Err(Layout);
    }
    let mut rest = &bytes[FIXED..header_len - MAC];
    let mut slots = Vec::with_capacity(n_slots);
    for _ in 0..n_slots {
        let (slot, after) = Slot::split(rest).ok_or(Layout)?;
        slots.push(slot);
        rest = after;
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
    /// The DEK, for the right password: of a vault the master password, of a backup the backups password.
    /// Takes as long as the KDF, once for each slot of that type.
    ///
    /// # Errors
    ///
    /// [`KeyError::Wrong`] if it opens no slot; another [`FormatError`] if a slot is not in order.
    pub fn unlock(&self, password: &[u8]) -> Result<Key, FormatError> {
        let slots = self.slots.iter().filter(|slot| slot.kind() == self.container.password());
        first_open(Err(SlotError::Layout), slots, |slot| slot.open(password, &self.header.vault_id))
    }

    /// The DEK, for the right recovery code.
    ///
    /// # Errors
    ///
    /// [`KeyError::Wrong`] if it opens no slot or there is none; another [`FormatError`] if a slot is not in
    /// order.
    pub fn recover(&self, code: &[u8; 16]) -> Result<Key, FormatError> {
        let none = Err(SlotError::Key(KeyError::Wrong));
        let slots = self.slots.iter().filter(|slot| slot.kind() == SlotType::Recovery);
        first_open(none, slots, |slot| slot.recover(code, &self.header.vault_id))
    }

    /// Whether a recovery code would open it.
    pub fn has_recovery(&self) -> bool {
        self.slots.iter().any(|slot| slot.kind() == SlotType::Recovery)
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

/// What comes of the first slot that is not of another password; `none` if there is no slot.
fn first_open<'a>(
    none: Result<Key, SlotError>,
    slots: impl Iterator<Item = &'a Slot>,
    open: impl Fn(&Slot) -> Result<Key, SlotError>,
) -> Result<Key, FormatError> {
    let mut result = none;
    for slot in slots {
        result = open(slot);
        if !matches!(result, Err(SlotError::Key(KeyError::Wrong))) {
            break;
        }
    }
    Ok(result?)
}

/// Makes a file. `json` is the body; the salt in `header` must be new for each call.
///
/// # Errors
///
/// [`FormatError::Layout`] if it would be longer than [`MAX_FILE`].
pub fn seal(
    container: Container,
    header: &Header,
    slots: &[Slot],
    extension: &[u8],
    json: &[u8],
    dek: &Key,
) -> Result<Vec<u8>, FormatError> {
    let padded = (4 + json.len()).next_multiple_of(PAD);
    let slots_len: usize = slots.iter().map(|slot| slot.bytes().len()).sum();
    let header_len = FIXED + slots_len + extension.len() + MAC;
    let total = header_len + 4 + padded + TAG + CHECKSUM;
    if MAX_FILE < total || MAX_HEADER < header_len || !(1..=MAX_SLOTS).contains(&slots.len()) {
        return Err(FormatError::Layout);
    }
    let u32 = |n: usize| u32::try_from(n).expect("less than MAX_FILE").to_le_bytes();

    let mut file = Vec::with_capacity(total);
    file.extend(container.magic());
    file.extend(MAJOR.to_le_bytes());
    file.extend(header.minor.to_le_bytes());
    file.extend(u32(header_len));
    file.extend(header.vault_id);
    file.extend(header.generation.to_le_bytes());
    file.extend(header.device_id);
    file.extend(header.saved_at.to_le_bytes());
    file.extend(header.body_salt);
    file.push(u8::try_from(slots.len()).expect("at most 8"));
    slots.iter().for_each(|slot| file.extend(slot.bytes()));
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
mod tests;
