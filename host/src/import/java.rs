//! A `HashMap<String, String>` as Java serializes it, and nothing else that Java can serialize.
//!
//! Never here: classes. A deserializer that makes objects by name is how other programs were taken over.

use std::collections::BTreeMap;

/// First bytes of any Java serialization.
pub(super) const MAGIC: &[u8; 4] = b"\xac\xed\0\x05";

/// An object of a new class: `java.util.HashMap`, its version, that it writes itself.
const HASH_MAP: &[u8] = b"\x73\x72\0\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03";
/// Its fields and their values' bytes: `threshold` came with Android 7.
const FIELDS: [(&[u8], usize); 2] = [
    (b"\0\x02F\0\x0aloadFactorI\0\x09threshold\x78\x70", 8),
    (b"\0\x01F\0\x0aloadFactor\x78\x70", 4),
];

/// Most bytes of all strings together: a reference of five bytes may mean a string of a million.
const MAX_STRINGS: usize = 64 * 1024 * 1024;

/// Reads the map. `None` for anything else. The stated size is not trusted: pairs are read until the end
/// mark, and then counted.
pub(super) fn read_map(file: &[u8]) -> Option<BTreeMap<String, String>> {
    let rest = file.strip_prefix(MAGIC)?.strip_prefix(HASH_MAP)?;
    let rest =
        FIELDS.iter().find_map(|(fields, values)| rest.strip_prefix(*fields)?.get(*values..))?;
    // A block of 8 bytes: capacity and size.
    let rest = rest.strip_prefix(b"\x77\x08")?;
    let (block, rest) = rest.split_first_chunk::<8>()?;
    let size = u32::from_be_bytes(*block.last_chunk::<4>()?);
    let mut reader = Reader { rest, strings: Vec::new(), budget: MAX_STRINGS };
    let mut map = BTreeMap::new();
    loop {
        if reader.rest == b"\x78" {
            break;
        }
        let key = reader.string()?;
        let value = reader.string()?;
        map.insert(key, value);
    }
    (u64::from(size) == map.len() as u64).then_some(map)
}

struct Reader<'a> {
    rest: &'a [u8],
    /// What a reference may refer to, in the order of writing.
    strings: Vec<&'a [u8]>,
    /// Bytes that strings may still take.
    budget: usize,
}

impl<'a> Reader<'a> {
    fn string(&mut self) -> Option<String> {
        let (&mark, rest) = self.rest.split_first()?;
        let bytes = match mark {
            0x74 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                self.take(rest, u64::from(u16::from_be_bytes(*length)))?
            }
            0x7c => {
                let (length, rest) = rest.split_first_chunk::<8>()?;
                self.take(rest, u64::from_be_bytes(*length))?
            }
            0x71 => {
                let (handle, rest) = rest.split_first_chunk::<4>()?;
                self.rest = rest;
                // Handles count from 0x7e0000; the class and the map have the first two.
                let index = u32::from_be_bytes(*handle).checked_sub(0x7e_0002)?;
                self.strings.get(usize::try_from(index).ok()?).copied()?
            }
            _ => return None,
        };
        self.budget = self.budget.checked_sub(bytes.len())?;
        modified_utf_8(bytes)
    }

    fn take(&mut self, rest: &'a [u8], length: u64) -> Option<&'a [u8]> {
        let (bytes, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        self.strings.push(bytes);
        Some(bytes)
    }
}

/// Java's own UTF-8: NUL has two bytes, and what is beyond 16 bits is two surrogates of three bytes.
fn modified_utf_8(bytes: &[u8]) -> Option<String> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let tail = |byte: u8| (byte & 0xc0 == 0x80).then_some(u16::from(byte & 0x3f));
    while let Some((&first, after)) = rest.split_first() {
        let first_bits = u16::from(first);
        let (unit, length) = match first {
            0x01..=0x7f => (first_bits, 0),
            0xc0..=0xdf => (first_bits << 6 & 0x7c0 | tail(*after.first()?)?, 1),
            0xe0..=0xef => {
                let middle = tail(*after.first()?)? << 6;
                (first_bits << 12 | middle | tail(*after.get(1)?)?, 2)
            }
            _ => return None,
        };
        units.push(unit);
        rest = &after[length..];
    }
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javas_utf_8_is_its_own() {
        assert_eq!(modified_utf_8(b"a\xc0\x80\xc3\xa4\xe2\x82\xac").unwrap(), "a\0ä€");
        assert_eq!(modified_utf_8(b"\xed\xa0\xbd\xed\xb8\x80").unwrap(), "😀");
        for wrong in
            [&b"\xc3"[..], b"\xe2\x82", b"\xed\xa0\xbd", b"\xf0\x9f\x98\x80", b"\0", b"\xc3a"]
        {
            assert_eq!(modified_utf_8(wrong), None);
        }
    }

    #[test]
    fn nothing_but_a_map_of_strings() {
        let (fields, values) = FIELDS[0];
        let block = b"\x77\x08\0\0\0\x10\0\0\0\x01";
        let head = [&MAGIC[..], HASH_MAP, fields, &vec![0; values], block].concat();
        let file = [&head[..], b"\x74\0\x01a\x71\0\x7e\0\x02\x78"].concat();
        assert_eq!(read_map(&file).unwrap().get("a").unwrap(), "a");
        let wrong: [&[u8]; 5] = [
            b"\x78",
            b"\x74\0\x01a\x74\0\x02b\x78",
            b"\x74\0\x01a\x71\0\x7e\0\x05\x78",
            b"\x73",
            b"",
        ];
        for body in wrong {
            assert_eq!(read_map(&[&head[..], body].concat()), None);
        }
        // A long string, again and again.
        let mut file = [&head[..], b"\x74\xff\xff", &[b'a'; 0xffff]].concat();
        file.extend(b"\x71\0\x7e\0\x02".repeat(2 * 2000 + 1));
        assert_eq!(read_map(&[&file[..], b"\x78"].concat()), None);
    }
}
