//! The recovery code: 128 random bits, as a person writes them down and types them again.
//!
//! ```text
//! 7ZK4-Q0XH-…    seven groups of four in Crockford's Base32: 128 bits of code, 12 bits of checksum
//! ```
//!
//! The checksum is the beginning of SHA-256 over the code: what was misread is noticed before anything is
//! tried. It tells nobody more than the code itself would.
//!
//! Never here: what the code opens.

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::random;

/// Crockford's alphabet: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code, without hyphens.
const LENGTH: usize = 28;
/// Bits of the checksum: 28 characters of 5 bits, less 128.
const CHECK_BITS: u32 = 12;

/// The code, wiped when it is dropped. No `Clone`, no `Debug` of its bits.
pub struct RecoveryCode([u8; 16]);

/// Not a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RecoveryError {
    /// Not of 28 letters and digits of its alphabet.
    #[error("a recovery code has seven groups of four letters and digits")]
    Form,
    /// The checksum does not hold: something was misread or mistyped.
    #[error("the recovery code has a typing error in it")]
    Typo,
}

impl RecoveryCode {
    /// Random, from the operating system.
    pub fn generate() -> Self {
        let mut code = Self([0; 16]);
        random::fill(&mut code.0);
        code
    }

    /// The bits.
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    /// As it is printed.
    pub fn show(&self) -> Zeroizing<String> {
        let (high, low) = self.0.split_at(8);
        let bits = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().expect("8 bytes"));
        let (high, low, check) = (bits(high), bits(low), u64::from(self.checksum()));
        let mut text = Zeroizing::new(String::with_capacity(LENGTH + 6));
        for n in 0..LENGTH {
            if n != 0 && n % 4 == 0 {
                text.push('-');
            }
            // Five bits of 140, the first ones first.
            let at = 5 * (LENGTH - 1 - n);
            let bit = |place: usize| match place {
                0..12 => check >> place & 1,
                12..76 => low >> (place - 12) & 1,
                _ => high >> (place - 76) & 1,
            };
            let value = (0..5).fold(0, |value, n| value | bit(at + n) << n);
            text.push(char::from(ALPHABET[usize::try_from(value).expect("five bits")]));
        }
        text
    }

    /// Reads what a person typed: hyphens and blanks mean nothing, case neither, and what looks like a
    /// one or a zero is one, as Crockford's Base32 says of decoding.
    ///
    /// # Errors
    ///
    /// See [`RecoveryError`].
    pub fn parse(text: &str) -> Result<Self, RecoveryError> {
        let mut code = Self([0; 16]);
        let (mut check, mut length) = (0_u16, 0);
        for letter in text.chars().filter(|letter| !matches!(letter, '-' | ' ')) {
            let letter = match letter.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                letter => letter,
            };
            let value = ALPHABET.iter().position(|known| char::from(*known) == letter);
            let value = value.ok_or(RecoveryError::Form)?;
            for bit in (0..5).rev().map(|n| value >> n & 1 == 1) {
                match length {
                    0..128 => code.0[length / 8] |= u8::from(bit) << (7 - length % 8),
                    128..140 => check = check << 1 | u16::from(bit),
                    _ => return Err(RecoveryError::Form),
                }
                length += 1;
            }
        }
        if length != 5 * LENGTH {
            return Err(RecoveryError::Form);
        }
        if check == code.checksum() { Ok(code) } else { Err(RecoveryError::Typo) }
    }

    fn checksum(&self) -> u16 {
        let hash = Sha256::digest(self.0);
        u16::from_be_bytes([hash[0], hash[1]]) >> (16 - CHECK_BITS)
    }
}

impl Drop for RecoveryCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frozen: on paper somewhere.
    #[test]
    fn a_code_is_written_as_ever() {
        let zero = RecoveryCode([0; 16]);
        // SHA-256 of sixteen zeros begins with 374708ff.
        assert_eq!(*zero.show(), "0000-0000-0000-0000-0000-0000-00VM");
        let all = RecoveryCode([255; 16]);
        assert!(all.show().starts_with("ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-Z"));
    }

    #[test]
    fn what_is_printed_is_read_again() {
        for _ in 0..1_000 {
            let code = RecoveryCode::generate();
            let text = code.show();
            assert_eq!(RecoveryCode::parse(&text).unwrap().expose(), code.expose());
            let sloppy = text.to_lowercase().replace('-', " ").replace('1', "l").replace('0', "o");
            assert_eq!(RecoveryCode::parse(&sloppy).unwrap().expose(), code.expose());
        }
    }

    #[test]
    fn nearly_every_slip_is_noticed() {
        let text = RecoveryCode([7; 16]).show();
        let (mut slips, mut unnoticed) = (0, 0);
        for place in (0..text.len()).filter(|place| text.as_bytes()[*place] != b'-') {
            for letter in ALPHABET {
                let mut slip = text.as_bytes().to_vec();
                slip[place] = *letter;
                let slip = String::from_utf8(slip).unwrap();
                if slip != *text {
                    slips += 1;
                    match RecoveryCode::parse(&slip) {
                        Ok(_) => unnoticed += 1,
                        Err(err) => assert_eq!(err, RecoveryError::Typo),
                    }
                }
            }
        }
        assert_eq!(slips, 28 * 31);
        assert!(unnoticed < 3, "{unnoticed}");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let whole = RecoveryCode([7; 16]).show();
        let (short, long) = (&whole[..whole.len() - 1], format!("{}0", *whole));
        for text in ["", "-", "ABCD", "U000-0000-0000-0000-0000-0000-0000", "ß", short, &long] {
            assert_eq!(RecoveryCode::parse(text).unwrap_err(), RecoveryError::Form, "{text}");
        }
        assert_eq!(format!("{:?}", RecoveryCode([7; 16])), "RecoveryCode");
    }
}
