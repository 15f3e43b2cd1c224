//! KeePass databases (KDBX 3.1 and 4): the container, from bytes to the XML inside.
//!
//! ```text
//! 4:   header, SHA-256, HMAC; blocks with an HMAC each -> cipher -> gzip -> inner header, XML
//! 3.1: header; cipher -> 32 known bytes, blocks with a hash each -> gzip -> XML with the header's hash
//! ```
//!
//! Never here: keys (`kdbx_key`), entries (`kdbx_xml`, `kdbx_entry`).

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, KeyInit, KeyIvInit, StreamCipher};
use chacha20::ChaCha20;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use twofish::Twofish;
use zeroize::Zeroizing;

use super::item::Found;
use super::kdbx_key::{self, Kdf};
use super::kdbx_xml::{self, InnerStream};
use super::{Context, ImportError, MAX_MEMBER, WRONG, archive};

pub(super) const MAGIC: &[u8; 8] = b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5";
/// KeePass 1.
pub(super) const MAGIC_1: &[u8; 8] = b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5";

const CORRUPT: ImportError = ImportError::Corrupt;

const AES: [u8; 16] = *b"\x31\xc1\xf2\xe6\xbf\x71\x43\x50\xbe\x58\x05\x21\x6a\xfc\x5a\xff";
const CHACHA20: [u8; 16] = *b"\xd6\x03\x8a\x2b\x8b\x6f\x4c\xb5\xa5\x24\x33\x9a\x31\xdb\xb5\x9a";
const TWOFISH: [u8; 16] = *b"\xad\x68\xf2\x9f\x57\x6f\x4b\xb9\xa3\x6a\xd4\x7a\xf9\x65\x34\x6c";

pub(super) fn read(
    file: &[u8],
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    if file.starts_with(MAGIC_1) {
        return Err(ImportError::UnsupportedVersion);
    }
    let rest = file.strip_prefix(MAGIC).ok_or(CORRUPT)?;
    match *rest.first_chunk::<4>().ok_or(CORRUPT)? {
        [_, _, 3, 0] => read_3(file, context, found),
        [_, _, 4, 0] => read_4(file, context, found),
        _ => Err(ImportError::UnsupportedVersion),
    }
}

/// The fields of the outer header, and where it ends.
#[derive(Default)]
struct Header<'a> {
    cipher: [u8; 16],
    is_compressed: bool,
    master_seed: &'a [u8],
    iv: &'a [u8],
    kdf: Option<Kdf<'a>>,
    transform_seed: &'a [u8],
    rounds: u64,
    stream_key: &'a [u8],
    stream_start: &'a [u8],
    stream: u32,
    end: usize,
}

impl<'a> Header<'a> {
    fn read(file: &'a [u8], is_4: bool) -> Result<Self, ImportError> {
        let mut header = Self::default();
        let mut rest = file.get(12..).ok_or(CORRUPT)?;
        loop {
            let (id, data) = field(&mut rest, is_4)?;
            let number = || Ok(u32::from_le_bytes(data.try_into().map_err(|_| CORRUPT)?));
            match id {
                0 => break,
                2 => header.cipher = data.try_into().map_err(|_| CORRUPT)?,
                3 => {
                    header.is_compressed = match number()? {
                        0 => false,
                        1 => true,
                        _ => return Err(ImportError::UnsupportedVersion),
                    }
                }
                4 => header.master_seed = data,
                5 => header.transform_seed = data,
                6 => header.rounds = u64::from_le_bytes(data.try_into().map_err(|_| CORRUPT)?),
                7 => header.iv = data,
                8 => header.stream_key = data,
                9 => header.stream_start = data,
                10 => header.stream = number()?,
                11 => header.kdf = Some(Kdf::read(data)?),
                _ => {}
            }
        }
        header.end = file.len() - rest.len();
        if header.master_seed.len() != 32 {
            return Err(CORRUPT);
        }
        Ok(header)
    }
}

/// A field: its id, its length in 2 or 4 bytes, its data.
fn field<'a>(rest: &mut &'a [u8], is_wide: bool) -> Result<(u8, &'a [u8]), ImportError> {
    let (&id, after) = rest.split_first().ok_or(CORRUPT)?;
    let (length, after) = if is_wide {
        let (length, after) = after.split_first_chunk::<4>().ok_or(CORRUPT)?;
        (u32::from_le_bytes(*length) as usize, after)
    } else {
        let (length, after) = after.split_first_chunk::<2>().ok_or(CORRUPT)?;
        (usize::from(u16::from_le_bytes(*length)), after)
    };
    let (data, after) = after.split_at_checked(length).ok_or(CORRUPT)?;
    *rest = after;
    Ok((id, data))
}

fn read_4(file: &[u8], context: &Context<'_>, found: &mut Found) -> Result<(), ImportError> {
    let header = Header::read(file, true)?;
    let (head, rest) = file.split_at(header.end);
    let (hash, rest) = rest.split_first_chunk::<32>().ok_or(CORRUPT)?;
    let (mac, blocks) = rest.split_first_chunk::<32>().ok_or(CORRUPT)?;
    if Sha256::digest(head).as_slice() != hash {
        return Err(CORRUPT);
    }
    let kdf = header.kdf.as_ref().ok_or(CORRUPT)?;
    kdf.allow()?;
    let composite = kdbx_key::composite(context)?;
    let transformed = kdf.transform(&composite)?;
    let mut base = Sha512::new();
    base.update(header.master_seed);
    base.update(&transformed[..]);
    base.update([1]);
    let base = Zeroizing::new(<[u8; 64]>::from(base.finalize()));
    if !has_block_mac(&base, u64::MAX, &[head], mac) {
        return Err(WRONG);
    }
    let sealed = blocks_4(blocks, &base)?;
    let payload = open_payload(&header, &transformed, &sealed)?;
    let payload = inflate(&header, payload)?;
    // The inner header, then the XML.
    let mut rest = payload.as_slice();
    let (mut stream, mut key) = (0, &[][..]);
    loop {
        let (id, data) = field(&mut rest, true)?;
        match id {
            0 => break,
            1 => stream = u32::from_le_bytes(data.try_into().map_err(|_| CORRUPT)?),
            2 => key = data,
            _ => {}
        }
    }
    kdbx_xml::read(rest, InnerStream::new(stream, key)?, None, found)
}

fn has_block_mac(base: &[u8; 64], index: u64, data: &[&[u8]], mac: &[u8; 32]) -> bool {
    let mut key = Sha512::new();
    key.update(index.to_le_bytes());
    key.update(base);
    let key = Zeroizing::new(<[u8; 64]>::from(key.finalize()));
    let mut hmac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key[..])
        .expect("HMAC takes a key of any length");
    for part in data {
        hmac.update(part);
    }
    hmac.verify_slice(mac).is_ok()
}

/// Blocks: an HMAC, a length, data; the last is empty.
fn blocks_4(mut rest: &[u8], base: &[u8; 64]) -> Result<Vec<u8>, ImportError> {
    let mut sealed = Vec::with_capacity(rest.len());
    for index in 0_u64.. {
        let (mac, after) = rest.split_first_chunk::<32>().ok_or(CORRUPT)?;
        let (length, after) = after.split_first_chunk::<4>().ok_or(CORRUPT)?;
        let size = u32::from_le_bytes(*length) as usize;
        let (data, after) = after.split_at_checked(size).ok_or(CORRUPT)?;
        if !has_block_mac(base, index, &[&index.to_le_bytes(), length, data], mac) {
            return Err(CORRUPT);
        }
        if data.is_empty() {
            break;
        }
        sealed.extend_from_slice(data);
        rest = after;
    }
    Ok(sealed)
}

fn read_3(file: &[u8], context: &Context<'_>, found: &mut Found) -> Result<(), ImportError> {
    let header = Header::read(file, false)?;
    let (head, sealed) = file.split_at(header.end);
    if header.stream_start.len() != 32 || sealed.len() < 32 {
        return Err(CORRUPT);
    }
    let kdf = Kdf::Aes { seed: header.transform_seed, rounds: header.rounds };
    kdf.allow()?;
    let composite = kdbx_key::composite(context)?;
    let transformed = kdf.transform(&composite)?;
    let payload = open_payload(&header, &transformed, sealed)?;
    let (start, blocks) = payload.split_at_checked(32).ok_or(CORRUPT)?;
    if !bool::from(start.ct_eq(header.stream_start)) {
        return Err(WRONG);
    }
    let payload = inflate(&header, blocks_3(blocks)?)?;
    let stream = InnerStream::new(header.stream, header.stream_key)?;
    kdbx_xml::read(&payload, stream, Some(&Sha256::digest(head)), found)
}

/// Blocks: a number, a hash, a length, data; the last is empty, and padding follows.
fn blocks_3(mut rest: &[u8]) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let mut payload = Zeroizing::new(Vec::with_capacity(rest.len()));
    for index in 0_u32.. {
        let (number, after) = rest.split_first_chunk::<4>().ok_or(CORRUPT)?;
        let (hash, after) = after.split_first_chunk::<32>().ok_or(CORRUPT)?;
        let (length, after) = after.split_first_chunk::<4>().ok_or(CORRUPT)?;
        let size = u32::from_le_bytes(*length) as usize;
        let (data, after) = after.split_at_checked(size).ok_or(CORRUPT)?;
        if u32::from_le_bytes(*number) != index {
            return Err(CORRUPT);
        }
        if data.is_empty() {
            break;
        }
        if Sha256::digest(data).as_slice() != hash {
            return Err(CORRUPT);
        }
        payload.extend_from_slice(data);
        rest = after;
    }
    Ok(payload)
}

/// The payload in plain text, padding and all: each version's blocks say where it ends.
fn open_payload(
    header: &Header<'_>,
    transformed: &[u8; 32],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let mut key = Sha256::new();
    key.update(header.master_seed);
    key.update(transformed);
    let key = Zeroizing::new(<[u8; 32]>::from(key.finalize()));
    let mut plain = Zeroizing::new(sealed.to_vec());
    if header.cipher == CHACHA20 {
        let mut stream = ChaCha20::new_from_slices(&key[..], header.iv).map_err(|_| CORRUPT)?;
        stream.apply_keystream(&mut plain);
        return Ok(plain);
    }
    if header.iv.len() != 16 || !plain.len().is_multiple_of(16) {
        return Err(CORRUPT);
    }
    let opened = match header.cipher {
        AES => cbc::Decryptor::<Aes256>::new_from_slices(&key[..], header.iv)
            .map_err(|_| CORRUPT)?
            .decrypt_padded::<NoPadding>(&mut plain)
            .is_ok(),
        TWOFISH => cbc::Decryptor::<Twofish>::new_from_slices(&key[..], header.iv)
            .map_err(|_| CORRUPT)?
            .decrypt_padded::<NoPadding>(&mut plain)
            .is_ok(),
        _ => return Err(ImportError::UnsupportedVersion),
    };
    if opened { Ok(plain) } else { Err(CORRUPT) }
}

fn inflate(
    header: &Header<'_>,
    payload: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    if !header.is_compressed {
        return Ok(payload);
    }
    // What follows the end of the stream is padding of the cipher.
    archive::read_bounded(flate2::bufread::GzDecoder::new(payload.as_slice()), MAX_MEMBER)
}
