//! Codes from a seed: RFC 4226, RFC 6238, Steam Guard, Mobile-OTP and Yandex.
//!
//! What goes in has been checked: a [`Digits`] or [`Period`] cannot be out of range, so making a code
//! cannot fail. Time and counter are arguments.
//!
//! Never here: where a seed comes from (`otpauth`, `import`) or is kept (`vault`).

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use shared::Secret;
use shared::protocol::{Algorithm, Kind};
use totp_rs::{Algorithm as Hash, Builder};
use zeroize::Zeroizing;

/// Steam's alphabet has no vowels, and none of the digits that look like letters.
const STEAM_DIGITS: u32 = 5;
/// Seconds for which a Mobile-OTP code holds.
const MOTP_PERIOD: u64 = 10;
/// Seconds for which a Yandex code holds.
const YANDEX_PERIOD: u64 = 30;
/// Letters of a Yandex code.
const YANDEX_LETTERS: u32 = 8;

/// What is wrong with a parameter. Its value is not repeated where it could be a seed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OtpError {
    /// Not Base32 (RFC 4648, section 6).
    #[error("the secret is not Base32: it has a character other than A to Z and 2 to 7")]
    Base32,
    /// Not between 1 and 10.
    #[error("a code has 1 to 10 digits, not {0}")]
    Digits(u32),
    /// Not between 1 and 2,147,483 seconds.
    #[error("a period has 1 to 2,147,483 seconds, not {0}")]
    Period(u64),
    /// No bytes at all, or more than 1,024.
    #[error("a seed has 1 to 1,024 bytes")]
    Seed,
}

/// The K of RFC 4226: bytes shared with the service. Wiped when dropped; not `Clone`, silent `Debug`.
pub struct Seed(Zeroizing<Vec<u8>>);

impl Seed {
    /// Most bytes of a seed. The longest HMAC block is 128; real seeds have 10 to 64.
    pub const MAX: usize = 1024;

    /// Takes raw bytes.
    ///
    /// # Errors
    ///
    /// [`OtpError::Seed`] if there are none, or more than [`Seed::MAX`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, OtpError> {
        let bytes = Zeroizing::new(bytes);
        if bytes.is_empty() || Self::MAX < bytes.len() {
            return Err(OtpError::Seed);
        }
        Ok(Self(bytes))
    }

    /// Reads Base32 as people and services write it: either case, blanks, hyphens, padding, and left-over
    /// bits at the end, which are dropped. Nothing is repaired: a 0, 1, 8 or 9 is an error.
    ///
    /// # Errors
    ///
    /// [`OtpError::Base32`] at a character that is none of Base32's, [`OtpError::Seed`] if there are no bytes or too many.
    pub fn from_base32(text: &str) -> Result<Self, OtpError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8 + 1));
        let (mut bits, mut held) = (0_u32, 0_u32);
        for c in text.chars() {
            let value = match c {
                'A'..='Z' => c as u32 - 'A' as u32,
                'a'..='z' => c as u32 - 'a' as u32,
                '2'..='7' => c as u32 - '2' as u32 + 26,
                '-' | '=' => continue,
                c if c.is_whitespace() => continue,
                _ => return Err(OtpError::Base32),
            };
            bits = (bits << 5 | value) & 0xfff;
            held += 5;
            if 8 <= held {
                held -= 8;
                bytes.push(u8::try_from(bits >> held & 0xff).expect("masked to 8 bits"));
            }
        }
        if bytes.is_empty() || Self::MAX < bytes.len() {
            return Err(OtpError::Seed);
        }
        Ok(Self(bytes))
    }

    /// Canonical Base32: upper case, no padding.
    pub fn to_base32(&self) -> Secret {
        Secret::new(data_encoding::BASE32_NOPAD.encode(&self.0))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Another copy, wiped by itself. Spelled out so that each is looked at.
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed")
    }
}

/// Length of a code, 1 to 10.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Digits(u32);

impl Digits {
    /// Six.
    pub const SIX: Self = Self(6);

    /// So many.
    ///
    /// # Errors
    ///
    /// [`OtpError::Digits`] unless 1 to 10: 2^31 has ten digits (RFC 4226, section 5.3).
    pub fn new(count: u32) -> Result<Self, OtpError> {
        match count {
            1..=10 => Ok(Self(count)),
            _ => Err(OtpError::Digits(count)),
        }
    }

    /// The count.
    pub fn count(self) -> u32 {
        self.0
    }
}

/// Seconds for which a TOTP code holds: `X` of RFC 6238, section 4.1.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Period(u32);

impl Period {
    /// The default of RFC 6238.
    pub const THIRTY: Self = Self(30);

    /// So many seconds.
    ///
    /// # Errors
    ///
    /// [`OtpError::Period`] unless 1 to 2,147,483: the longest whose milliseconds fit 31 bits.
    pub fn new(seconds: u64) -> Result<Self, OtpError> {
        match u32::try_from(seconds) {
            Ok(seconds @ 1..=2_147_483) => Ok(Self(seconds)),
            _ => Err(OtpError::Period(seconds)),
        }
    }

    /// The seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

/// How codes are made from a seed.
#[derive(Debug)]
pub enum Otp {
    /// RFC 4226.
    Hotp {
        /// Hash function: SHA-1, SHA-256 or SHA-512.
        algorithm: Algorithm,
        /// Length of the code.
        digits: Digits,
        /// The next counter to use.
        counter: u64,
    },
    /// Mobile-OTP. The seed's bytes are the text that goes into MD5.
    Motp {
        /// Appended to the text; `None` if the account came without it and no code can be made.
        pin: Option<Secret>,
    },
    /// Steam Guard: RFC 6238 with SHA-1 and 30 s, five characters of an alphabet of its own.
    Steam,
    /// RFC 6238.
    Totp {
        /// Hash function: SHA-1, SHA-256 or SHA-512.
        algorithm: Algorithm,
        /// Length of the code.
        digits: Digits,
        /// Seconds for which a code holds.
        period: Period,
    },
    /// Yandex. The seed is 16 bytes, or 26 with a checksum.
    Yandex {
        /// `None` if the account came without it and no code can be made.
        pin: Option<Secret>,
    },
}

impl Otp {
    /// TOTP with the defaults of the Key URI Format: SHA-1, 6 digits, 30 s.
    pub fn totp() -> Self {
        Self::Totp { algorithm: Algorithm::Sha1, digits: Digits::SIX, period: Period::THIRTY }
    }

    /// Another copy, PIN included. Spelled out so that each is looked at.
    pub fn duplicate(&self) -> Self {
        let copy = |pin: &Option<Secret>| pin.as_ref().map(Secret::duplicate);
        match self {
            Self::Hotp { algorithm, digits, counter } => {
                Self::Hotp { algorithm: *algorithm, digits: *digits, counter: *counter }
            }
            Self::Motp { pin } => Self::Motp { pin: copy(pin) },
            Self::Steam => Self::Steam,
            Self::Totp { algorithm, digits, period } => {
                Self::Totp { algorithm: *algorithm, digits: *digits, period: *period }
            }
            Self::Yandex { pin } => Self::Yandex { pin: copy(pin) },
        }
    }

    /// Whether two accounts of one seed have the same codes. How far a counter has come is no difference.
    pub fn has_codes_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Motp { pin: a }, Self::Motp { pin: b })
            | (Self::Yandex { pin: a }, Self::Yandex { pin: b }) => {
                a.as_ref().map(Secret::expose) == b.as_ref().map(Secret::expose)
            }
            (a, b) => {
                (a.kind(), a.algorithm(), a.digits(), a.period())
                    == (b.kind(), b.algorithm(), b.digits(), b.period())
            }
        }
    }

    /// The same, where a PIN that only one of the two has is no difference: a file may lack it, or know it.
    pub fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Motp { pin: a }, Self::Motp { pin: b })
            | (Self::Yandex { pin: a }, Self::Yandex { pin: b })
                if a.is_none() || b.is_none() =>
            {
                true
            }
            _ => self.has_codes_of(other),
        }
    }

    /// The kind, for a person.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Hotp { .. } => Kind::Hotp,
            Self::Motp { .. } => Kind::Motp,
            Self::Steam => Kind::Steam,
            Self::Totp { .. } => Kind::Totp,
            Self::Yandex { .. } => Kind::Yandex,
        }
    }

    /// Hash function.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Hotp { algorithm, .. } | Self::Totp { algorithm, .. } => *algorithm,
            Self::Motp { .. } => Algorithm::Md5,
            Self::Steam => Algorithm::Sha1,
            Self::Yandex { .. } => Algorithm::Sha256,
        }
    }

    /// Characters of a code.
    pub fn digits(&self) -> u32 {
        match self {
            Self::Hotp { digits, .. } | Self::Totp { digits, .. } => digits.count(),
            Self::Motp { .. } => 6,
            Self::Steam => STEAM_DIGITS,
            Self::Yandex { .. } => YANDEX_LETTERS,
        }
    }

    /// Seconds for which a code holds; `None` for HOTP, whose codes hold until they are used.
    pub fn period(&self) -> Option<u64> {
        match self {
            Self::Hotp { .. } => None,
            Self::Motp { .. } => Some(MOTP_PERIOD),
            Self::Steam => Some(u64::from(Period::THIRTY.seconds())),
            Self::Totp { period, .. } => Some(u64::from(period.seconds())),
            Self::Yandex { .. } => Some(YANDEX_PERIOD),
        }
    }

    /// The code of the second `unix`; `None` for HOTP and where the PIN is missing.
    pub fn code_at(&self, seed: &Seed, unix: u64) -> Option<String> {
        match self {
            Self::Hotp { .. } => None,
            Self::Motp { pin } => pin.as_ref().map(|pin| motp(seed, pin, unix)),
            Self::Steam => Some(steam(seed, unix)),
            Self::Totp { algorithm, digits, period } => {
                Some(totp(seed, unix, *algorithm, *period, *digits))
            }
            Self::Yandex { pin } => pin.as_ref().map(|pin| yandex(seed, pin, unix)),
        }
    }
}

/// `HOTP(K,C)` of RFC 4226, section 5.
pub fn hotp(seed: &Seed, counter: u64, algorithm: Algorithm, digits: Digits) -> String {
    let hash = match algorithm {
        // No constructor of `Otp` lets MD5 in here; SHA-1 is what such an account would have meant.
        Algorithm::Md5 | Algorithm::Sha1 => Hash::SHA1,
        Algorithm::Sha256 => Hash::SHA256,
        Algorithm::Sha512 => Hash::SHA512,
    };
    // A step of one second makes TOTP's time HOTP's counter (RFC 6238, section 4.2). "Noncompliant"
    // because real seeds have 80 bits, where the RFC asks for 128.
    let generator = Builder::new()
        .with_algorithm(hash)
        .with_step_duration(1)
        .with_secret(seed.expose().to_vec())
        .build_noncompliant();
    let mac = Zeroizing::new(generator.sign(counter).as_ref().to_vec());
    let value = truncate(&mac);
    let modulus = 10_u64.pow(digits.count());
    let width = digits.count() as usize;
    format!("{:0width$}", u64::from(value) % modulus)
}

/// `DT`, the dynamic truncation of RFC 4226, section 5.3. totp-rs has it too, but in 32 bits, where ten
/// digits overflow.
fn truncate(mac: &[u8]) -> u32 {
    let offset = usize::from(mac.last().expect("an HMAC has 20 bytes or more") & 0xf);
    let bytes = mac[offset..offset + 4].try_into().expect("offset is at most 15, a MAC 20 or more");
    u32::from_be_bytes(bytes) & 0x7fff_ffff
}

/// `TOTP = HOTP(K, T)` of RFC 6238, section 4.2, with T0 = 0.
pub fn totp(
    seed: &Seed,
    unix: u64,
    algorithm: Algorithm,
    period: Period,
    digits: Digits,
) -> String {
    hotp(seed, unix / u64::from(period.seconds()), algorithm, digits)
}

/// Steam Guard.
fn steam(seed: &Seed, unix: u64) -> String {
    Builder::new_steam()
        .with_secret(seed.expose().to_vec())
        .build_noncompliant()
        .generate(unix)
        .to_string()
}

/// Mobile-OTP: the first six hex digits of MD5(time / 10 ‖ secret ‖ PIN).
fn motp(seed: &Seed, pin: &Secret, unix: u64) -> String {
    let mut hash = md5::Md5::new();
    hash.update((unix / MOTP_PERIOD).to_string());
    hash.update(seed.expose());
    hash.update(pin.expose());
    let mut hex = data_encoding::HEXLOWER.encode(&hash.finalize());
    hex.truncate(6);
    hex
}

/// Yandex: HMAC-SHA-256 under SHA-256(PIN ‖ secret), eight letters.
fn yandex(seed: &Seed, pin: &Secret, unix: u64) -> String {
    let secret = &seed.expose()[..seed.expose().len().min(16)];
    let mut hash = Sha256::new();
    hash.update(pin.expose());
    hash.update(secret);
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(hash.finalize().into());
    // Their key is a number's bytes: a leading zero gets lost.
    let key = if key[0] == 0 { &key[1..] } else { &key[..] };
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(&(unix / YANDEX_PERIOD).to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let offset = usize::from(mac[31] & 0xf);
    let bytes = mac[offset..offset + 8].try_into().expect("offset is at most 15, the MAC 32");
    let mut value = (u64::from_be_bytes(bytes) & (u64::MAX >> 1)) % 26_u64.pow(YANDEX_LETTERS);
    let mut letters = vec!['a'; YANDEX_LETTERS as usize];
    for letter in letters.iter_mut().rev() {
        *letter = char::from(b'a' + u8::try_from(value % 26).expect("a remainder of 26"));
        value /= 26;
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(bytes: &[u8]) -> Seed {
        Seed::new(bytes.to_vec()).unwrap()
    }

    #[test]
    fn rfc_4226_appendix_d() {
        let seed = seed(b"12345678901234567890");
        let values = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (counter, value) in (0..).zip(values) {
            assert_eq!(hotp(&seed, counter, Algorithm::Sha1, Digits::SIX), value);
        }
        // The table of truncated values, in decimal: ten digits do not overflow.
        let ten = Digits::new(10).unwrap();
        let values = ["1284755224", "1094287082", "0137359152", "1726969429", "1640338314"];
        for (counter, value) in (0..).zip(values) {
            assert_eq!(hotp(&seed, counter, Algorithm::Sha1, ten), value);
        }
    }

    #[test]
    fn rfc_6238_appendix_b() {
        // The seeds of the reference implementation: the appendix names only the first.
        let digits = "1234567890".repeat(7);
        let seeds = [
            (Algorithm::Sha1, seed(&digits.as_bytes()[..20])),
            (Algorithm::Sha256, seed(&digits.as_bytes()[..32])),
            (Algorithm::Sha512, seed(&digits.as_bytes()[..64])),
        ];
        let rows: [(u64, [&str; 3]); 6] = [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (1_111_111_111, ["14050471", "67062674", "99943326"]),
            (1_234_567_890, ["89005924", "91819424", "93441116"]),
            (2_000_000_000, ["69279037", "90698825", "38618901"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ];
        let eight = Digits::new(8).unwrap();
        for (unix, codes) in rows {
            for ((algorithm, seed), code) in seeds.iter().zip(codes) {
                assert_eq!(totp(seed, unix, *algorithm, Period::THIRTY, eight), code);
            }
        }
    }

    #[test]
    fn steam_vectors() {
        let seed = Seed::from_base32("63BEDWCQZKTQWPESARIERL5DTTQFCJTK").unwrap();
        assert_eq!(Otp::Steam.code_at(&seed, 1_511_200_518).unwrap(), "FR8RV");
        assert_eq!(Otp::Steam.digits(), 5);
    }

    #[test]
    fn motp_and_yandex_vectors() {
        let pin = || Some(Secret::new("1234".into()));
        let otp = Otp::Motp { pin: pin() };
        assert_eq!(otp.code_at(&seed(b"e3152afee62599c8"), 165_892_298).unwrap(), "e7d8b6");
        assert_eq!(Otp::Motp { pin: None }.code_at(&seed(b"e3"), 0), None);

        let seed = Seed::from_base32("LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI").unwrap();
        let otp = Otp::Yandex { pin: Some(Secret::new("7586".into())) };
        assert_eq!(otp.code_at(&seed, 1_581_064_020).unwrap(), "oactmacq");
    }

    #[test]
    fn base32_is_read_as_people_write_it_and_never_repaired() {
        let bytes = |text: &str| Seed::from_base32(text).map(|seed| seed.expose().to_vec());
        assert_eq!(bytes("JBSWY3DP").unwrap(), b"Hello");
        assert_eq!(bytes("jbsw y3dp").unwrap(), b"Hello");
        assert_eq!(bytes("JBSW-Y3DP======").unwrap(), b"Hello");
        assert_eq!(bytes("JBSWY3D").unwrap(), b"Hell");
        for wrong in ["JBSWY3D0", "JBSWY3D1", "JBSWY3D8", "JBSWY3DÄ", "otpauth://"] {
            assert_eq!(bytes(wrong), Err(OtpError::Base32), "{wrong}");
        }
        assert_eq!(bytes(""), Err(OtpError::Seed));
        assert_eq!(bytes("A"), Err(OtpError::Seed));
        assert_eq!(bytes(&"A".repeat(1640)), Err(OtpError::Seed));
        assert_eq!(bytes(&"A".repeat(1639)).unwrap().len(), 1024);
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        assert_eq!(Digits::new(0), Err(OtpError::Digits(0)));
        assert_eq!(Digits::new(11), Err(OtpError::Digits(11)));
        assert_eq!(Period::new(0), Err(OtpError::Period(0)));
        assert_eq!(Period::new(2_147_484), Err(OtpError::Period(2_147_484)));
    }
}
