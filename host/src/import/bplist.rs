//! Apple's binary property lists, and the object graphs that NSKeyedArchiver puts into them.
//!
//! Objects stay in their table and refer to each other by number, so no nesting has to be followed and no
//! cycle can be entered.
//!
//! Never here: classes; only dictionaries, arrays, numbers, texts and bytes are looked at.

use super::text;

pub(super) const MAGIC: &[u8; 8] = b"bplist00";
/// Most objects: an account takes a dozen.
const MAX_OBJECTS: usize = 1_000_000;
/// Most fields of an object that are looked at: many references to one large object are no way to keep
/// a reader busy for ever.
const MAX_FIELDS: usize = 64;

enum Object {
    Array(Vec<usize>),
    Data(Vec<u8>),
    Dict(Vec<(usize, usize)>),
    Int(i64),
    Other,
    Real(f64),
    Text(String),
    Uid(usize),
}

/// The objects of an archive.
pub(super) struct Archive {
    /// The table of the property list.
    table: Vec<Object>,
    /// `$objects`: where the archive's objects are in the table.
    objects: Vec<usize>,
    root: usize,
}

impl Archive {
    /// Reads a property list that is an archive.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (table, top) = read_table(bytes)?;
        let mut archive = Self { table, objects: Vec::new(), root: top };
        let objects = archive.key(top, "$objects")?;
        if let Object::Array(objects) = archive.table.get(objects)? {
            archive.objects.clone_from(objects);
        }
        let top = archive.key(top, "$top")?;
        archive.root = archive.resolve(archive.key(top, "root")?);
        Some(archive)
    }

    pub(super) fn root(&self) -> usize {
        self.root
    }

    /// A field of a dictionary or of an object, resolved.
    pub(super) fn field(&self, object: usize, name: &str) -> Option<usize> {
        let keys = self.key(object, "NS.keys").and_then(|keys| self.array(keys));
        if let Some(keys) = keys {
            let values = self.array(self.key(object, "NS.objects")?)?;
            let index = keys.iter().take(MAX_FIELDS).position(|&key| {
                matches!(self.table.get(self.resolve(key)), Some(Object::Text(text)) if text == name)
            })?;
            return values.get(index).map(|&value| self.resolve(value));
        }
        self.key(object, name).map(|value| self.resolve(value))
    }

    /// The elements of an array, resolved.
    pub(super) fn elements(&self, object: usize) -> Vec<usize> {
        let array = self
            .array(object)
            .or_else(|| self.array(self.key(object, "NS.objects")?))
            .unwrap_or_default();
        array.iter().map(|&element| self.resolve(element)).collect()
    }

    pub(super) fn text(&self, object: usize) -> Option<&str> {
        match self.table.get(object)? {
            Object::Text(text) if text == "$null" => None,
            Object::Text(text) => Some(text),
            Object::Dict(_) => match self.table.get(self.key(object, "NS.string")?)? {
                Object::Text(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn data(&self, object: usize) -> Option<&[u8]> {
        match self.table.get(object)? {
            Object::Data(data) => Some(data),
            Object::Dict(_) => match self.table.get(self.key(object, "NS.data")?)? {
                Object::Data(data) => Some(data),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn int(&self, object: usize) -> Option<i64> {
        match self.table.get(object)? {
            Object::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// A number with a fraction, e.g. a version.
    pub(super) fn real(&self, object: usize) -> Option<f64> {
        match self.table.get(object)? {
            #[expect(clippy::cast_precision_loss, reason = "a version is a small number")]
            Object::Int(int) => Some(*int as f64),
            Object::Real(real) => Some(*real),
            _ => None,
        }
    }

    fn array(&self, object: usize) -> Option<&[usize]> {
        match self.table.get(object)? {
            Object::Array(array) => Some(array),
            _ => None,
        }
    }

    /// A key of a plain dictionary of the property list.
    fn key(&self, object: usize, name: &str) -> Option<usize> {
        let Object::Dict(pairs) = self.table.get(object)? else { return None };
        let is_name =
            |key: usize| matches!(self.table.get(key), Some(Object::Text(text)) if text == name);
        pairs.iter().take(MAX_FIELDS).find(|(key, _)| is_name(*key)).map(|(_, value)| *value)
    }

    fn resolve(&self, object: usize) -> usize {
        match self.table.get(object) {
            Some(Object::Uid(uid)) => self.objects.get(*uid).copied().unwrap_or(usize::MAX),
            _ => object,
        }
    }
}

/// The table of objects, and which is the top one.
fn read_table(bytes: &[u8]) -> Option<(Vec<Object>, usize)> {
    bytes.strip_prefix(MAGIC)?;
    let (body, trailer) = bytes.split_last_chunk::<32>()?;
    let (offset_size, ref_size) = (usize::from(trailer[6]), usize::from(trailer[7]));
    let count = big_endian(&trailer[8..16])?;
    let top = big_endian(&trailer[16..24])?;
    let offsets = body.get(big_endian(&trailer[24..32])?..)?;
    let sizes = 1..=8;
    if !sizes.contains(&offset_size) || !sizes.contains(&ref_size) || MAX_OBJECTS < count {
        return None;
    }
    let offsets = offsets.get(..count.checked_mul(offset_size)?)?;
    // What all arrays refer to together cannot be more than their bytes, unless they overlap.
    let mut budget = body.len();
    let table: Option<Vec<Object>> = offsets
        .chunks_exact(offset_size)
        .map(|offset| object(body, big_endian(offset)?, ref_size, &mut budget))
        .collect();
    Some((table?, top))
}

fn object(body: &[u8], offset: usize, ref_size: usize, budget: &mut usize) -> Option<Object> {
    let (&marker, rest) = body.get(offset..)?.split_first()?;
    let low = usize::from(marker & 0xf);
    // Lengths from 15 on follow as an integer object.
    let sized = || -> Option<(usize, &[u8])> {
        if low < 15 {
            return Some((low, rest));
        }
        let (&size, rest) = rest.split_first()?;
        let width = 1_usize << (size & 0xf).min(4);
        Some((big_endian(rest.get(..width)?)?, rest.get(width..)?))
    };
    let mut spend = |count: usize| -> Option<usize> {
        *budget = budget.checked_sub(count)?;
        Some(count)
    };
    let refs = |bytes: &[u8], count: usize| -> Option<Vec<usize>> {
        bytes.get(..count.checked_mul(ref_size)?)?.chunks_exact(ref_size).map(big_endian).collect()
    };
    Some(match marker >> 4 {
        0x1 => {
            let bytes = rest.get(..1 << low.min(4))?;
            // Eight bytes are signed; sixteen are a long number that nobody has.
            match bytes.len() {
                8 => Object::Int(i64::from_be_bytes(bytes.try_into().ok()?)),
                16 => Object::Int(i64::from_be_bytes(bytes[8..].try_into().ok()?)),
                _ => Object::Int(i64::try_from(big_endian(bytes)?).ok()?),
            }
        }
        0x2 if low == 2 => Object::Real(f64::from(f32::from_be_bytes(*rest.first_chunk()?))),
        0x2 => Object::Real(f64::from_be_bytes(*rest.first_chunk()?)),
        0x4 => {
            let (count, rest) = sized()?;
            Object::Data(rest.get(..spend(count)?)?.to_vec())
        }
        0x5 => {
            let (count, rest) = sized()?;
            Object::Text(text::decode(rest.get(..spend(count)?)?).0.into_owned())
        }
        0x6 => {
            let (count, rest) = sized()?;
            let bytes = rest.get(..spend(count.checked_mul(2)?)?)?;
            let units = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect::<Vec<_>>();
            Object::Text(String::from_utf16(&units).ok()?)
        }
        0x8 => Object::Uid(big_endian(rest.get(..=low)?)?),
        0xa => {
            let (count, rest) = sized()?;
            Object::Array(refs(rest, spend(count)?)?)
        }
        0xd => {
            let (count, rest) = sized()?;
            let keys = refs(rest, spend(count)?)?;
            let values = refs(rest.get(count * ref_size..)?, count)?;
            Object::Dict(keys.into_iter().zip(values).collect())
        }
        _ => Object::Other,
    })
}

fn big_endian(bytes: &[u8]) -> Option<usize> {
    bytes
        .iter()
        .try_fold(0_usize, |value, &byte| value.checked_mul(256)?.checked_add(usize::from(byte)))
}
