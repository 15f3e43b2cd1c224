//! OpenPGP messages under a password (RFC 9580), as far as exports use them: one password packet, one
//! packet of AES with a modification detection code, compressed or not.
//!
//! Everything else (keys, signatures, other ciphers) is told apart and refused.
//!
//! Never here: keys. A message to a person's key is that person's program's to open.

use aes::cipher::KeyIvInit;
use aes::{Aes128, Aes192, Aes256};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Context, ImportError, MAX_MEMBER, WRONG_OR_DAMAGED, archive, text};

const CORRUPT: ImportError = ImportError::Corrupt;
const UNSUPPORTED: ImportError = ImportError::OpenpgpUnsupported;
/// Most passwords of a message.
const MAX_SESSIONS: usize = 8;
const ARMOR: &str = "-----BEGIN PGP MESSAGE-----";

/// Tags of packets (RFC 9580, section 5).
const PUBLIC_KEY_SESSION: u8 = 1;
const PASSWORD_SESSION: u8 = 3;
const COMPRESSED: u8 = 8;
const LITERAL: u8 = 11;
const SEALED: u8 = 18;

/// Whether bytes begin as a message does.
pub(super) fn is_message(file: &[u8]) -> bool {
    if file.trim_ascii_start().starts_with(ARMOR.as_bytes()) {
        return true;
    }
    match file.first() {
        Some(0x84 | 0x85 | 0x8c | 0xc1 | 0xc3) => {}
        _ => return false,
    }
    // The version and the cipher or key algorithm must make sense: random bytes begin so, too.
    match next_packet(&mut &*file) {
        Ok((PASSWORD_SESSION, body)) => matches!(body[..], [4..=6, 1..=13, ..]) && body.len() < 256,
        Ok((PUBLIC_KEY_SESSION, body)) => matches!(body.first(), Some(3 | 6)) && body.len() < 4096,
        _ => false,
    }
}

/// The content of a message.
pub(super) fn open(file: &[u8], context: &Context<'_>) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let binary;
    let mut rest = file;
    if file.trim_ascii_start().starts_with(ARMOR.as_bytes()) {
        binary = unarmor(&text::decode(file).0).ok_or(CORRUPT)?;
        rest = &binary;
    }
    let mut sessions = Vec::new();
    loop {
        match next_packet(&mut rest)? {
            // One is what programs write. More than are tried are not kept either.
            (PASSWORD_SESSION, body) if sessions.len() < MAX_SESSIONS => sessions.push(body),
            (PASSWORD_SESSION, _) => {}
            (PUBLIC_KEY_SESSION, _) => {}
            (SEALED, _) if sessions.is_empty() => return Err(UNSUPPORTED),
            (SEALED, body) => return open_sealed(&sessions, &body, context),
            _ => return Err(UNSUPPORTED),
        }
    }
}

fn unarmor(text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(ARMOR)?;
    let (body, _) = rest.split_once("-----END")?;
    // Headers, a blank line, Base64, a checksum.
    let lines = body.lines().map(str::trim).filter(|line| !line.contains(": "));
    let base64: String = lines.filter(|line| !line.starts_with('=')).collect();
    text::base64(&base64)
}

/// A packet's tag and body (section 4.2), old and new form, whole or in parts.
fn next_packet(rest: &mut &[u8]) -> Result<(u8, Vec<u8>), ImportError> {
    let (&head, after) = rest.split_first().ok_or(CORRUPT)?;
    *rest = after;
    if head & 0x80 == 0 {
        return Err(CORRUPT);
    }
    if head & 0x40 == 0 {
        let length = match head & 3 {
            3 => rest.len(),
            width => {
                let bytes = split(rest, 1 << width)?;
                bytes.iter().fold(0_usize, |length, &byte| length << 8 | usize::from(byte))
            }
        };
        return Ok((head >> 2 & 0xf, split(rest, length)?.to_vec()));
    }
    let mut body = Vec::new();
    loop {
        let first = split(rest, 1)?[0];
        let (length, is_last) = match first {
            0..=191 => (usize::from(first), true),
            192..=223 => {
                (((usize::from(first) - 192) << 8) + usize::from(split(rest, 1)?[0]) + 192, true)
            }
            224..=254 => (1 << (first & 0x1f), false),
            255 => {
                let bytes = split(rest, 4)?;
                (bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)), true)
            }
        };
        body.extend_from_slice(split(rest, length)?);
        if is_last {
            return Ok((head & 0x3f, body));
        }
    }
}

fn split<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], ImportError> {
    let (bytes, after) = rest.split_at_checked(length).ok_or(CORRUPT)?;
    *rest = after;
    Ok(bytes)
}

fn open_sealed(
    sessions: &[Vec<u8>],
    sealed: &[u8],
    context: &Context<'_>,
) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let Some((1, sealed)) = sealed.split_first().map(|(version, sealed)| (*version, sealed)) else {
        return Err(UNSUPPORTED);
    };
    // What must be readable whatever the password.
    let sessions: Result<Vec<Session<'_>>, ImportError> =
        sessions.iter().map(|body| Session::read(body)).collect();
    let sessions = sessions?;
    let password = context.password()?;
    for session in &sessions {
        let (cipher, key) = session.key(password)?;
        let mut plain = Zeroizing::new(sealed.to_vec());
        if cfb(cipher, &key, &mut plain).is_none() {
            continue;
        }
        // A block of random bytes, its last two again, packets, and the SHA-1 of all that.
        let Some((body, hash)) = plain.split_last_chunk::<20>() else { return Err(CORRUPT) };
        if body.len() < 20 || !bool::from(Sha1::digest(body).as_slice().ct_eq(hash)) {
            continue;
        }
        let packets = body.get(18..body.len() - 2).ok_or(CORRUPT)?;
        return literal(packets, 0);
    }
    Err(WRONG_OR_DAMAGED)
}

/// The literal data of a message, inflated if it is compressed.
fn literal(mut packets: &[u8], depth: usize) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    loop {
        let (tag, body) = next_packet(&mut packets)?;
        match tag {
            LITERAL => {
                let (_, rest) = body.split_first().ok_or(CORRUPT)?;
                let (&name, rest) = rest.split_first().ok_or(CORRUPT)?;
                // The name, a date of four bytes, the content.
                let content = rest.get(usize::from(name) + 4..).ok_or(CORRUPT)?;
                return Ok(Zeroizing::new(content.to_vec()));
            }
            COMPRESSED if depth < 2 => {
                let (&algorithm, data) = body.split_first().ok_or(CORRUPT)?;
                let inner = match algorithm {
                    0 => Zeroizing::new(data.to_vec()),
                    1 => archive::read_bounded(
                        flate2::bufread::DeflateDecoder::new(data),
                        MAX_MEMBER,
                    )?,
                    2 => {
                        archive::read_bounded(flate2::bufread::ZlibDecoder::new(data), MAX_MEMBER)?
                    }
                    _ => return Err(UNSUPPORTED),
                };
                return literal(&inner, depth + 1);
            }
            // Signatures stand around the data; who made the export is not asked.
            2 | 4 => {}
            _ => return Err(UNSUPPORTED),
        }
    }
}

/// A password packet, version 4 (section 5.3.1).
struct Session<'a> {
    cipher: u8,
    hash: u8,
    salt: &'a [u8],
    count: usize,
    sealed_key: &'a [u8],
}

impl<'a> Session<'a> {
    fn read(body: &'a [u8]) -> Result<Self, ImportError> {
        let [4, cipher, kind, hash, rest @ ..] = body else { return Err(UNSUPPORTED) };
        let (salt, rest) = match kind {
            0 => (&[][..], rest),
            1 | 3 => rest.split_at_checked(8).ok_or(CORRUPT)?,
            _ => return Err(UNSUPPORTED),
        };
        let (count, sealed_key) = match kind {
            3 => {
                let (&coded, rest) = rest.split_first().ok_or(CORRUPT)?;
                // Section 3.7.1.3: at most 65,011,712 bytes, so no limit of our own.
                ((16 + usize::from(coded & 15)) << ((coded >> 4) + 6), rest)
            }
            _ => (0, rest),
        };
        if !matches!(cipher, 7..=9) || !matches!(hash, 2 | 8 | 10) {
            return Err(UNSUPPORTED);
        }
        Ok(Self { cipher: *cipher, hash: *hash, salt, count, sealed_key })
    }

    /// The cipher and the key of the message.
    fn key(&self, password: &str) -> Result<(u8, Zeroizing<Vec<u8>>), ImportError> {
        let mut key = self.derive(password, key_size(self.cipher));
        if self.sealed_key.is_empty() {
            return Ok((self.cipher, key));
        }
        let mut inner = Zeroizing::new(self.sealed_key.to_vec());
        cfb(self.cipher, &key, &mut inner).ok_or(CORRUPT)?;
        let cipher = inner[0];
        // Under a wrong password this is any number: the key then opens nothing.
        if matches!(cipher, 7..=9) && inner.len() == 1 + key_size(cipher) {
            key = Zeroizing::new(inner[1..].to_vec());
            return Ok((cipher, key));
        }
        Err(WRONG_OR_DAMAGED)
    }

    /// String-to-key (section 3.7.1): as many hashes as the key takes, each after one more zero.
    fn derive(&self, password: &str, size: usize) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(Vec::with_capacity(size + 64));
        let mut zeros = 0;
        while key.len() < size {
            match self.hash {
                2 => self.hash::<Sha1>(password, zeros, &mut key),
                8 => self.hash::<Sha256>(password, zeros, &mut key),
                _ => self.hash::<Sha512>(password, zeros, &mut key),
            }
            zeros += 1;
        }
        key.truncate(size);
        key
    }

    fn hash<D: Digest>(&self, password: &str, zeros: usize, key: &mut Vec<u8>) {
        let input = Zeroizing::new([self.salt, password.as_bytes()].concat());
        // Many copies at once: hashing is faster in long pieces.
        let piece = Zeroizing::new(input.repeat((4096 / input.len().max(1)).max(1)));
        let mut hash = D::new();
        hash.update(vec![0; zeros]);
        let mut left = self.count.max(input.len());
        while !piece.is_empty() && piece.len() <= left {
            hash.update(&piece[..]);
            left -= piece.len();
        }
        hash.update(&piece[..left]);
        key.extend_from_slice(&hash.finalize());
    }
}

fn key_size(cipher: u8) -> usize {
    match cipher {
        7 => 16,
        8 => 24,
        _ => 32,
    }
}

/// CFB with an IV of zeros (section 12.9).
fn cfb(cipher: u8, key: &[u8], data: &mut [u8]) -> Option<()> {
    let iv = [0; 16];
    match cipher {
        7 => cfb_mode::BufDecryptor::<Aes128>::new_from_slices(key, &iv).ok()?.decrypt(data),
        8 => cfb_mode::BufDecryptor::<Aes192>::new_from_slices(key, &iv).ok()?.decrypt(data),
        9 => cfb_mode::BufDecryptor::<Aes256>::new_from_slices(key, &iv).ok()?.decrypt(data),
        _ => return None,
    }
    Some(())
}
