//! From a password and a key file to a KeePass database's key.
//!
//! Never here: what the key opens (`kdbx`); challenge and response with hardware keys.

use argon2::{Algorithm, Version};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::kdf::{self, Argon2Cost, Key};
use super::{Context, ImportError, text};

const CORRUPT: ImportError = ImportError::Corrupt;
/// Most entries of a dictionary; of what programs write it has seven at most.
const MAX_FIELDS: usize = 64;

const AES: [u8; 16] = *b"\xc9\xd9\xf3\x9a\x62\x8a\x44\x60\xbf\x74\x0d\x08\xc1\x8a\x4f\xea";
const AES_4: [u8; 16] = *b"\x7c\x02\xbb\x82\x79\xa7\x4a\xc0\x92\x7d\x11\x4a\x00\x64\x82\x38";
const ARGON2D: [u8; 16] = *b"\xef\x63\x6d\xdf\x8c\x29\x44\x4b\x91\xf7\xa9\xa4\x03\xe3\x0a\x0c";
const ARGON2ID: [u8; 16] = *b"\x9e\x29\x8b\x19\x56\xdb\x47\x73\xb2\x3d\xfc\x3e\xc6\xf0\xa1\xe6";

/// How a database slows down guessing.
pub(super) enum Kdf<'a> {
    Aes { seed: &'a [u8], rounds: u64 },
    Argon2 { salt: &'a [u8], cost: Argon2Cost },
}

impl<'a> Kdf<'a> {
    /// Out of a KDBX 4 header's dictionary.
    pub(super) fn read(dictionary: &'a [u8]) -> Result<Self, ImportError> {
        let mut fields: Vec<(&[u8], &[u8])> = Vec::new();
        let (version, mut rest) = dictionary.split_first_chunk::<2>().ok_or(CORRUPT)?;
        if version[1] != 1 {
            return Err(ImportError::UnsupportedVersion);
        }
        loop {
            let (&kind, after) = rest.split_first().ok_or(CORRUPT)?;
            if kind == 0 {
                break;
            }
            let (name, after) = sized(after)?;
            let (value, after) = sized(after)?;
            if fields.len() == MAX_FIELDS {
                return Err(CORRUPT);
            }
            fields.push((name, value));
            rest = after;
        }
        let value =
            |name: &[u8]| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
        let number = |name: &[u8]| match value(name).ok_or(CORRUPT)? {
            bytes if bytes.len() <= 8 => {
                Ok(bytes.iter().rev().fold(0_u64, |number, &byte| number << 8 | u64::from(byte)))
            }
            _ => Err(CORRUPT),
        };
        let salt = value(b"S").ok_or(CORRUPT)?;
        let algorithm = match <[u8; 16]>::try_from(value(b"$UUID").ok_or(CORRUPT)?) {
            Ok(AES | AES_4) => return Ok(Self::Aes { seed: salt, rounds: number(b"R")? }),
            Ok(ARGON2D) => Algorithm::Argon2d,
            Ok(ARGON2ID) => Algorithm::Argon2id,
            _ => return Err(ImportError::UnsupportedVersion),
        };
        let version = match number(b"V")? {
            0x10 => Version::V0x10,
            0x13 => Version::V0x13,
            _ => return Err(ImportError::UnsupportedVersion),
        };
        // A secret or further data: no program writes them.
        if value(b"K").or(value(b"A")).is_some_and(|data| !data.is_empty()) {
            return Err(ImportError::UnsupportedVersion);
        }
        let cost = Argon2Cost {
            algorithm,
            version,
            m_kib: number(b"M")? / 1024,
            t: number(b"I")?,
            p: number(b"P")?,
            max_work: kdf::MAX_ARGON2_WORK_KDBX,
        };
        Ok(Self::Argon2 { salt, cost })
    }

    /// Whether its cost is within the limits. Asked before a password is.
    pub(super) fn allow(&self) -> Result<(), ImportError> {
        match *self {
            Self::Argon2 { salt, cost } => kdf::allow_salt(salt).and(cost.allowed().map(|_| ())),
            Self::Aes { rounds, .. } => kdf::allow_aes(rounds),
        }
    }

    /// The composite key, slowed down.
    pub(super) fn transform(&self, composite: &Key) -> Result<Key, ImportError> {
        match *self {
            Self::Argon2 { salt, cost } => kdf::argon2(&composite[..], salt, cost),
            Self::Aes { seed, rounds } => kdf::aes(seed, composite, rounds),
        }
    }
}

fn sized(bytes: &[u8]) -> Result<(&[u8], &[u8]), ImportError> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(CORRUPT)?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(CORRUPT)
}

/// SHA-256 of what was given: the password's SHA-256, the key file's key.
pub(super) fn composite(context: &Context<'_>) -> Result<Key, ImportError> {
    let mut hash = Sha256::new();
    let key_file = context.options.key_file;
    // A key file may stand alone; nothing at all may not.
    if context.options.password.is_some() || key_file.is_none() {
        hash.update(Sha256::digest(context.password()?));
    }
    if let Some(key_file) = key_file {
        hash.update(key_of_file(key_file)?);
    }
    Ok(Zeroizing::new(hash.finalize().into()))
}

/// A key file: XML, 32 bytes, 64 hexadecimal digits, or any other file, which is hashed.
fn key_of_file(file: &[u8]) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    if let Ok(text) = std::str::from_utf8(file)
        && (text.contains("<KeyFile>") || text.contains("<KeyFile "))
    {
        return key_of_xml(text).ok_or(CORRUPT);
    }
    if file.len() == 32 {
        return Ok(Zeroizing::new(file.to_vec()));
    }
    let hex = (file.len() == 64).then(|| text::hex(&String::from_utf8_lossy(file))).flatten();
    Ok(Zeroizing::new(hex.unwrap_or_else(|| Sha256::digest(file).to_vec())))
}

/// `<Data>`: Base64 in version 1, hexadecimal with a checksum in version 2.
fn key_of_xml(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}"))?;
        let (attributes, rest) = rest.split_once('>')?;
        Some((attributes, rest.split_once("</")?.0))
    };
    let (_, version) = element("Version")?;
    let (attributes, data) = element("Data")?;
    let data: String = data.chars().filter(|c| !c.is_whitespace()).collect();
    if !version.trim().starts_with('2') {
        return text::base64(&data).filter(|key| key.len() == 32).map(Zeroizing::new);
    }
    let key = text::hex(&data)?;
    let hash = attributes.split('"').nth(1).and_then(text::hex);
    match hash {
        Some(hash) if Sha256::digest(&key)[..hash.len().min(32)] != hash[..] => None,
        _ => Some(Zeroizing::new(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_in_its_forms() {
        let key = [7_u8; 32];
        let base64 = data_encoding::BASE64.encode(&key);
        let hex = data_encoding::HEXUPPER.encode(&key);
        let check = data_encoding::HEXUPPER.encode(&Sha256::digest(key)[..4]);
        let xml = |start: &str, version: &str, data: &str| {
            format!(
                "\u{feff}<?xml version=\"1.0\"?>\r\n<KeyFile{start}><Meta><Version>{version}</Version></Meta>\
                 <Key>{data}</Key></KeyFile>"
            )
        };
        let two = format!("<Data Hash=\"{check}\">\n {} {}\n</Data>", &hex[..32], &hex[32..]);
        for file in [
            xml("", "1.00", &format!("<Data>{base64}</Data>")),
            xml(" xmlns:xsi=\"x\"", "1.00", &format!("<Data>{base64}</Data>")),
            xml("", "2.0", &two),
            xml(" a=\"b\"", "2.0", &format!("<Data>{hex}</Data>")),
            hex.clone(),
            hex.to_ascii_lowercase(),
        ] {
            assert_eq!(key_of_file(file.as_bytes()).unwrap()[..], key, "{file}");
        }
        assert_eq!(key_of_file(&key).unwrap()[..], key);
        let hashed = format!("{hex}\n");
        assert_eq!(key_of_file(hashed.as_bytes()).unwrap()[..], Sha256::digest(&hashed)[..]);
        let wrong = xml("", "2.0", &two.replace(&check, "00000000"));
        assert_eq!(key_of_file(wrong.as_bytes()), Err(CORRUPT));
    }
}
