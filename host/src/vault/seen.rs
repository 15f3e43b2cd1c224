//! The note of the last save seen, beside the vault: an older copy in the vault's place is known by it.
//!
//! ```text
//!   0  device_id   16  this machine's name (`device`)
//!  16  generation   8  the highest seen, little-endian
//!  24  mac         32  HMAC-SHA-256 over the bytes before it, under a key of the vault's DEK
//! ```
//!
//! Never here: what is done about an older copy (`file`).

use std::path::Path;

use byteorder::{ByteOrder as _, LittleEndian as Le};
use subtle::ConstantTimeEq as _;

use crate::disk::{self, DiskError};
use crate::vault::device::NAME;
use crate::vault::keys::{self, Key};

const ID: usize = NAME;
/// Where the MAC begins.
const MAC: usize = 24;
/// Bytes of a note.
const NOTE: usize = 56;
/// Highest generation that a note is believed that was not written under the vault's own key: counting on
/// from there, nobody comes to the end of the numbers.
const MAX_UNPROVEN: u64 = 1 << 48;

/// The name in a note: this machine's, from before it had a file of its own.
pub(super) fn device_id(path: &Path) -> Option<[u8; ID]> {
    disk::read_start(path, ID).ok()?.0.try_into().ok()
}

/// The highest generation that this machine has seen; 0 without a note, as on a new one. What was noted
/// under another data key counts, too: from before the key was replaced, a save is an older copy as any
/// other. Replaced on another machine, it has a higher number than the note.
pub(super) fn highest(path: &Path, dek: &Key, vault_id: &[u8; 16]) -> u64 {
    read(path, dek, vault_id)
        .filter(|(seen, proven)| *proven || *seen <= MAX_UNPROVEN)
        .map_or(0, |(seen, _)| seen)
}

/// Notes that `generation` was seen, by way of `new`, unless a higher one is noted.
///
/// # Errors
///
/// A [`DiskError`]: then a later rollback is not noticed, and nothing is lost.
pub(super) fn write(
    path: &Path,
    new: &Path,
    device_id: &[u8; 16],
    generation: u64,
    dek: &Key,
    vault_id: &[u8; 16],
) -> Result<(), DiskError> {
    // Not what was noted under another key: it may have been another vault's.
    let before =
        read(path, dek, vault_id).filter(|(_, proven)| *proven).map_or(0, |(seen, _)| seen);
    let mut note = Vec::with_capacity(NOTE);
    note.extend(device_id);
    note.extend(before.max(generation).to_le_bytes());
    note.extend(keys::seen_mac(dek, vault_id, &note));
    disk::put_note(path, new, &note)
}

/// The generation in the note, and whether it was noted under this data key.
fn read(path: &Path, dek: &Key, vault_id: &[u8; 16]) -> Option<(u64, bool)> {
    let note = disk::read_bounded(path, NOTE).ok().filter(|note| note.len() == NOTE)?;
    let mac = keys::seen_mac(dek, vault_id, &note[..MAC]);
    let proven = bool::from(mac.as_slice().ct_eq(&note[MAC..]));
    Some((Le::read_u64(&note[ID..]), proven))
}
