//! Ente Auth: a list of URIs (`uri` reads those), sealed with libsodium's secretstream under Argon2id.
//!
//! ```text
//! password --Argon2id--> key --HChaCha20(header[..16])--> subkey
//! chunk = XChaCha20 of one byte in a block of its own, then the text; Poly1305 over both and the lengths
//! ```
//!
//! Never here: secretstreams of more than one chunk; Ente writes one.

use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use chacha20::{ChaCha20, R20, hchacha};
use poly1305::Poly1305;
use poly1305::universal_hash::KeyInit;
use serde_json::Value;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::item::Found;
use super::kdf::Argon2Cost;
use super::{Context, ImportError, WRONG_OR_DAMAGED, json, kdf, text, uri};

pub(super) fn read_sealed(
    file: &Value,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    if json::cost(file, "version")? != 1 {
        return Err(ImportError::UnsupportedVersion);
    }
    let params = file.get("kdfParams").ok_or(ImportError::Corrupt)?;
    let base64 =
        |value: &Value, key| text::base64(json::required(value, key)?).ok_or(ImportError::Corrupt);
    let salt = base64(params, "salt")?;
    let header: [u8; 24] =
        base64(file, "encryptionNonce")?.try_into().map_err(|_| ImportError::Corrupt)?;
    let sealed = base64(file, "encryptedData")?;
    let (memory, passes) = (json::cost(params, "memLimit")?, json::cost(params, "opsLimit")?);
    let cost = Argon2Cost::id(memory / 1024, passes, 1).allowed()?;
    let password = context.password()?;
    let key = kdf::argon2(password.as_bytes(), &salt, cost)?;
    let list = open(&key, &header, &sealed).ok_or(WRONG_OR_DAMAGED)?;
    let list = std::str::from_utf8(&list).map_err(|_| WRONG_OR_DAMAGED)?;
    if list.trim().is_empty() {
        return Ok(());
    }
    uri::read_list(list, found)
}

/// `crypto_secretstream_xchacha20poly1305_pull` of one chunk without additional data.
fn open(key: &kdf::Key, header: &[u8; 24], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    /// Where the block of the tag byte and that of the text start.
    const BLOCK: usize = 64;
    let (tag, rest) = sealed.split_first()?;
    let (text, mac) = rest.split_last_chunk::<16>()?;
    let subkey = hchacha::<R20>(
        (&**key).into(),
        header.first_chunk::<16>().expect("24 bytes have 16").into(),
    );
    // A counter of 32 bits from 1, then the rest of the header.
    let mut nonce = [0_u8; 12];
    nonce[0] = 1;
    nonce[4..].copy_from_slice(&header[16..]);
    let mut stream = ChaCha20::new(&subkey, &nonce.into());

    let mut one_time = Zeroizing::new([0_u8; BLOCK]);
    stream.apply_keystream(&mut one_time[..]);
    let mut block = Zeroizing::new([0_u8; BLOCK]);
    block[0] = *tag;
    stream.apply_keystream(&mut block[..]);
    // The block as it was sent: its first byte is the ciphertext of the tag.
    block[0] = *tag;
    let poly = Poly1305::new(one_time.first_chunk::<32>().expect("64 bytes have 32").into());
    let mut data = Zeroizing::new(Vec::with_capacity(BLOCK + text.len() + 32));
    data.extend_from_slice(&block[..]);
    data.extend_from_slice(text);
    // libsodium's own padding: of a length that is counted wrongly, and kept for ever.
    let padding = 16_usize.wrapping_sub(BLOCK).wrapping_add(text.len()) & 15;
    data.extend_from_slice(&[0; 16][..padding]);
    data.extend_from_slice(&0_u64.to_le_bytes());
    data.extend_from_slice(&((BLOCK + text.len()) as u64).to_le_bytes());
    let expected = poly.compute_unpadded(&data);
    if !bool::from(expected.as_slice().ct_eq(mac)) {
        return None;
    }
    let mut plain = Zeroizing::new(text.to_vec());
    stream.seek(2 * BLOCK as u64);
    stream.apply_keystream(&mut plain);
    Some(plain)
}

/// The JSON of the raw export: `{items: [{rawData, display}]}`.
pub(super) fn read_items(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    for item in json::list(file, "items") {
        let data = json::text(item, "rawData");
        match (uri::read(&data), item.get("display")) {
            (Some(raw), Some(display @ Value::Object(_))) => {
                uri::take_displayed(raw, display, found)?;
            }
            (Some(_), _) => uri::take(&data, found)?,
            (None, _) => found.skip("", super::Reason::NotAnOtpUri)?,
        }
    }
    Ok(())
}
