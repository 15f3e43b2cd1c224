//! This machine's name, in a file beside the vault: 16 random bytes, which say who saved, and whose folder for backups
//! is whose.
//!
//! It is written once, and before it is used: were it lost with a note that each save writes anew, or chosen twice by two
//! processes, this machine's backups would end in silence.
//!
//! Never here: what the name is for.

use std::fs;
use std::path::Path;

use crate::disk;
use crate::random;

/// Bytes of a name.
pub(super) const NAME: usize = 16;

/// The name in the file at `path`. Where there is none, one is put there: `before`, which this machine may have had when
/// it was kept elsewhere, or a random one. Where it can't be written, it holds for as long as whoever asked keeps it.
///
/// `new` is a name beside it that no other process uses.
pub(super) fn name(path: &Path, new: &Path, before: Option<[u8; NAME]>) -> [u8; NAME] {
    if let Some(name) = read(path) {
        return name;
    }
    let name = before.unwrap_or_else(random::bytes);
    if disk::write_new(new, &name).is_err() {
        return name;
    }
    // It is there whole or not at all, and of several processes one is first.
    if fs::hard_link(new, path).is_err() && read(path).is_none() {
        // What lies there is no name, or the file system has no links.
        let _ = disk::replace(new, path);
    }
    let _ = fs::remove_file(new);
    read(path).unwrap_or(name)
}

/// A name, where there is one and nothing else.
fn read(path: &Path) -> Option<[u8; NAME]> {
    disk::read_bounded(path, NAME).ok()?.try_into().ok()
}
