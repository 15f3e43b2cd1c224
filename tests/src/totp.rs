//! A second opinion: HOTP (RFC 4226) and TOTP (RFC 6238), without a line of the host's.
//!
//! Never here: anything from the host.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// The hash functions of RFC 6238, section 1.2.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Algorithm {
    /// HMAC-SHA-1.
    #[default]
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

impl Algorithm {
    /// As in a key URI, and as `oathtool --totp=` wants it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    fn mac(self, seed: &[u8], message: &[u8]) -> Vec<u8> {
        const ANY: &str = "HMAC takes a key of any length";
        match self {
            Self::Sha1 => Hmac::<Sha1>::new_from_slice(seed)
                .expect(ANY)
                .chain_update(message)
                .finalize()
                .into_bytes()
                .to_vec(),
            Self::Sha256 => Hmac::<Sha256>::new_from_slice(seed)
                .expect(ANY)
                .chain_update(message)
                .finalize()
                .into_bytes()
                .to_vec(),
            Self::Sha512 => Hmac::<Sha512>::new_from_slice(seed)
                .expect(ANY)
                .chain_update(message)
                .finalize()
                .into_bytes()
                .to_vec(),
        }
    }
}

/// RFC 4226, section 5.3, with the MAC of RFC 6238.
pub fn hotp(seed: &[u8], counter: u64, algorithm: Algorithm, digits: u32) -> String {
    let mac = algorithm.mac(seed, &counter.to_be_bytes());
    let offset = usize::from(mac[mac.len() - 1] & 15);
    let word = u32::from_be_bytes([mac[offset], mac[offset + 1], mac[offset + 2], mac[offset + 3]]);
    let number = u64::from(word & 0x7fff_ffff) % 10_u64.pow(digits);
    format!("{number:0width$}", width = digits as usize)
}

/// RFC 6238, section 4.2, with T0 = 0.
pub fn totp(seed: &[u8], now: u64, algorithm: Algorithm, digits: u32, period: u64) -> String {
    hotp(seed, now / period, algorithm, digits)
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B; the seeds are as long as the hash.
    #[test]
    fn the_vectors_of_rfc_6238() {
        let seed = |length: usize| b"1234567890".repeat(7)[..length].to_vec();
        for (now, sha1, sha256, sha512) in [
            (59, "94287082", "46119246", "90693936"),
            (1_111_111_109, "07081804", "68084774", "25091201"),
            (20_000_000_000, "65353130", "77737706", "47863826"),
        ] {
            assert_eq!(totp(&seed(20), now, Algorithm::Sha1, 8, 30), sha1);
            assert_eq!(totp(&seed(32), now, Algorithm::Sha256, 8, 30), sha256);
            assert_eq!(totp(&seed(64), now, Algorithm::Sha512, 8, 30), sha512);
        }
    }
}
