//! SQLite's write-ahead log: what was committed and is not yet in the database (file format, section 4).
//!
//! Never here: the rollback journal, and the shared-memory index, which repeats what the log says.

use zeroize::Zeroizing;

use super::{ImportError, Source, is_database};

/// The log's header, and that of each frame.
const HEADER: usize = 32;
const FRAME: usize = 24;
/// The two kinds of a log: which way round its checksums read the bytes is all in which they differ.
const LITTLE_ENDIAN: u32 = 0x377f_0682;
const BIG_ENDIAN: u32 = 0x377f_0683;
const VERSION: u32 = 3_007_000;
const CORRUPT: ImportError = ImportError::Corrupt;

/// Whether a name is of what SQLite keeps beside a database.
pub(super) fn is_companion(name: Option<&str>) -> bool {
    name.is_some_and(|name| ["-wal", "-shm", "-journal"].iter().any(|end| name.ends_with(end)))
}

/// A database as SQLite would see it with the log that was picked along with it. `None` of any other file, and if
/// nothing is in the log that is not in the database.
///
/// # Errors
///
/// [`ImportError::Corrupt`] if what has the log's name is no log of this database.
pub(super) fn applied(
    source: &Source<'_>,
    sources: &[Source<'_>],
) -> Result<Option<Zeroizing<Vec<u8>>>, ImportError> {
    let is_its_log = |other: &&Source<'_>| {
        let names = source.name.zip(other.name);
        names.is_some_and(|(name, other)| other.strip_suffix("-wal") == Some(name))
    };
    match sources.iter().find(is_its_log) {
        Some(log) if is_database(source.bytes) && !log.bytes.is_empty() => {
            apply(source.bytes, log.bytes)
        }
        _ => Ok(None),
    }
}

fn apply(database: &[u8], log: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, ImportError> {
    let header = log.get(..HEADER).ok_or(CORRUPT)?;
    let number = |bytes: &[u8], at: usize| {
        u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes of a header"))
    };
    let order = match number(header, 0) {
        LITTLE_ENDIAN => u32::from_le_bytes,
        BIG_ENDIAN => u32::from_be_bytes,
        _ => return Err(CORRUPT),
    };
    let size = number(header, 8) as usize;
    let is_size = (512..=65_536).contains(&size) && size.is_power_of_two();
    let mut sum = checksum([0, 0], &header[..24], order);
    if number(header, 4) != VERSION || !is_size || sum != [number(header, 24), number(header, 28)] {
        return Err(CORRUPT);
    }
    // The database says 1 for 65,536.
    let stated = u16::try_from(size).unwrap_or(1).to_be_bytes();
    if database.get(16..18) != Some(&stated) {
        return Err(CORRUPT);
    }
    // What follows the last frame that is whole, and of this log's time, is left over from an earlier one; and
    // what follows the last commit never came to be.
    let frames: Vec<_> = log[HEADER..]
        .chunks_exact(FRAME + size)
        .map(|frame| frame.split_at(FRAME))
        .take_while(|(head, page)| {
            sum = checksum(checksum(sum, &head[..8], order), page, order);
            head[8..16] == header[16..24] && sum == [number(head, 16), number(head, 20)]
        })
        .collect();
    // A commit says how many pages the database has by it.
    let Some(last) = frames.iter().rposition(|(head, _)| number(head, 4) != 0) else {
        return Ok(None);
    };
    let length = (number(frames[last].0, 4) as usize).saturating_mul(size);
    // Each page of it is in one of the two.
    if database.len() + frames.len() * size < length {
        return Err(CORRUPT);
    }
    // With room for everything, so that no smaller buffer is left behind.
    let mut merged = Zeroizing::new(Vec::with_capacity(database.len().max(length)));
    merged.extend_from_slice(database);
    merged.resize(length, 0);
    for (head, page) in &frames[..=last] {
        let start = (number(head, 0) as usize).checked_sub(1).ok_or(CORRUPT)?.saturating_mul(size);
        // Beyond the end lies a page that the database has given up since.
        if let Some(place) = merged.get_mut(start..start.saturating_add(size)) {
            place.copy_from_slice(page);
        }
    }
    Ok(Some(merged))
}

/// Goes on with a checksum over pairs of words (section 4.2).
fn checksum(sum: [u32; 2], bytes: &[u8], order: fn([u8; 4]) -> u32) -> [u32; 2] {
    let mut words = bytes.as_chunks().0.iter().map(|&word| order(word));
    let [mut first, mut second] = sum;
    while let (Some(one), Some(other)) = (words.next(), words.next()) {
        first = first.wrapping_add(one).wrapping_add(second);
        second = second.wrapping_add(other).wrapping_add(first);
    }
    [first, second]
}
