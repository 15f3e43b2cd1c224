//! What somebody who knows the password and has the file can derive: it must be found nowhere.
//!
//! Never here: the host's key schedule, where it can be said once more.

use std::fs;
use std::path::Path;

use ::host::vault::cost::KdfParams;
use ::host::vault::format::{self, Container, Sealed};
use ::host::vault::keys;
use anyhow::{Result, anyhow};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use hmac::{Hmac, KeyInit as _, Mac as _};

/// With a name for each.
pub(crate) type Needles = Vec<(&'static str, Vec<u8>)>;

/// Where the first slot begins.
const SLOT: usize = 97;

/// What stays the same from save to save.
pub(crate) struct Keys {
    prk: [u8; 32],
    dek: [u8; 32],
    blocks: Needles,
}

impl Keys {
    /// Takes two derivations.
    pub(crate) fn of(vault: &Path, password: &str) -> Result<Self> {
        let file = fs::read(vault)?;
        let sealed: Sealed = format::parse(Container::Vault, &file)?;
        let salt: [u8; 32] = file[SLOT..][33..65].try_into()?;
        let params = sealed.slots[0].params()?;
        let prk = *keys::derive_prk(password.as_bytes(), &salt, params)?.expose();
        let dek = *sealed.unlock(password.as_bytes())?.expose();
        Ok(Self { prk, dek, blocks: argon2_blocks(password, &salt, params)? })
    }

    /// With the keys of the save that lies there now.
    pub(crate) fn needles(&self, vault: &Path) -> Result<Needles> {
        let file = fs::read(vault)?;
        let (id, slot_id) = (&file[16..32], &file[SLOT..][4..20]);
        let body: [&[u8]; 4] = [b"otpv1/body", id, &file[32..40], &file[64..96]];
        let mut needles = vec![
            ("the PRK", self.prk.to_vec()),
            ("the KEK", expand(&self.prk, &[b"otpv1/wrap", id, slot_id])),
            ("the DEK", self.dek.to_vec()),
            ("the body's key", expand(&self.dek, &body)),
            ("the header's key", expand(&self.dek, &[b"otpv1/header", id])),
        ];
        needles.extend(self.blocks.iter().cloned());
        Ok(needles)
    }
}

/// Argon2's last blocks, each of which is as good as its output; as much of them as is unmistakable.
fn argon2_blocks(password: &str, salt: &[u8; 32], params: KdfParams) -> Result<Needles> {
    let (m, t, p) = params.costs();
    let params = Params::new(m, t, p, Some(32)).map_err(|err| anyhow!("{err}"))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut blocks = vec![Block::default(); argon.params().block_count()];
    argon.fill_memory(password.as_bytes(), salt, &mut blocks).map_err(|err| anyhow!("{err}"))?;
    let lane = blocks.len() / p as usize;
    let lasts: Vec<&[u64]> =
        blocks.chunks(lane).filter_map(|lane| Some(lane.last()?.as_ref())).collect();
    // RFC 9106, section 3.2, step 7.
    let last =
        (0..8).map(|n| lasts.iter().fold(0, |sum, words| sum ^ words[n])).collect::<Vec<_>>();
    let bytes = |words: &[u64]| words[..8].iter().flat_map(|word| word.to_ne_bytes()).collect();
    Ok(vec![
        ("Argon2's final block", bytes(&last)),
        ("the first lane's last block", bytes(lasts[0])),
    ])
}

/// `HKDF-Expand(prk, info)` of RFC 5869, section 2.3, as long as one hash.
fn expand(prk: &[u8], info: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(prk).expect("a key of any length");
    info.iter().for_each(|part| mac.update(part));
    mac.update(&[1]);
    mac.finalize().into_bytes().to_vec()
}
