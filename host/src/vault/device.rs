//! This machine's name, in a file beside the vault: 16 random bytes, which say who saved, and whose folder for backups
//! is whose.
//!
//! It is written once, and before it is used: were it lost with a note that each save writes anew, or chosen twice by two
//! processes, this machine's backups would end in silence.
//!
//! Never here: what the name is for.

use std::path::Path;

use crate::disk::{self, DiskError};
use crate::random;

/// Bytes of a name.
pub(super) const NAME: usize = 16;

/// The name in the file at `path`. Where there is none, one is put there, by way of `new` if something else lies there:
/// `before`, which this machine may have had when it was kept elsewhere, or a random one. Where it can't be written, it
/// holds for as long as whoever asked keeps it.
pub(super) fn name(path: &Path, new: &Path, before: Option<[u8; NAME]>) -> [u8; NAME] {
    if let Some(name) = read(path) {
        return name;
    }
    let name = before.unwrap_or_else(random::bytes);
    match disk::write_new(path, &name) {
        Ok(()) => name,
        // Another process was faster; or it is what a crash has left.
        Err(DiskError::Exists) => read(path).unwrap_or_else(|| {
            let _ = disk::put(path, new, &name);
            name
        }),
        Err(_) => name,
    }
}

/// A name, where there is one and nothing else.
fn read(path: &Path) -> Option<[u8; NAME]> {
    disk::read_bounded(path, NAME).ok()?.try_into().ok()
}
