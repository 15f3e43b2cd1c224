//! Accounts as the tests see them: with the seed, so that their codes can be known.
//!
//! Never here: the host's reading of a key URI.

use anyhow::{Context as _, Result, bail};
use data_encoding::BASE32_NOPAD;

use crate::totp::{self, Algorithm};

/// A TOTP account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Account {
    /// Who issued it.
    pub issuer: String,
    /// Account name.
    pub label: String,
    /// The seed.
    pub seed: Vec<u8>,
    /// Hash function.
    pub algorithm: Algorithm,
    /// Length of the code.
    pub digits: u32,
    /// Seconds.
    pub period: u64,
}

impl Account {
    /// One with the usual parameters.
    pub fn plain(issuer: &str, label: &str, seed: &[u8]) -> Self {
        Self {
            issuer: issuer.into(),
            label: label.into(),
            seed: seed.into(),
            algorithm: Algorithm::Sha1,
            digits: 6,
            period: 30,
        }
    }

    /// `count` accounts of every algorithm, length, period and script; the same ones each time.
    pub fn many(count: usize) -> Vec<Self> {
        const WORDS: [&str; 12] = [
            "Ångström",
            "Київ",
            "東京",
            "القاهرة",
            "שלום",
            "example",
            "a&b=c",
            "ñandú",
            "🔑 keys",
            "100 %",
            "Größe/Maß",
            "ไทย",
        ];
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = move |below: usize| -> usize {
            // xorshift64*: any sequence will do, as long as it is the same.
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
        };
        (0..count)
            .map(|number| {
                let length = [10, 16, 20, 32, 64][random(5)];
                Self {
                    issuer: format!("{} {}", WORDS[random(12)], random(1000)),
                    label: format!("{}{number}@example.com", WORDS[random(12)]),
                    seed: (0..length)
                        .map(|_| u8::try_from(random(256)).expect("below 256"))
                        .collect(),
                    algorithm: [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512][random(3)],
                    digits: [6, 7, 8][random(3)],
                    period: [15, 30, 60, 90][random(4)],
                }
            })
            .collect()
    }

    /// The seed as a person would type it.
    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(&self.seed)
    }

    /// The key URI.
    pub fn uri(&self) -> String {
        format!(
            "otpauth://totp/{}:{}?secret={}&issuer={}&algorithm={}&digits={}&period={}",
            escape(&self.issuer),
            escape(&self.label),
            self.base32(),
            escape(&self.issuer),
            self.algorithm.name(),
            self.digits,
            self.period
        )
    }

    /// Its code at a time in seconds since 1970.
    pub fn code(&self, now: u64) -> String {
        totp::totp(&self.seed, now, self.algorithm, self.digits, self.period)
    }

    /// Whether a login page would take `code` now: this step, the one before or the one after.
    pub fn accepts(&self, code: &str, now: u64) -> bool {
        [now.saturating_sub(self.period), now, now + self.period]
            .iter()
            .any(|time| self.code(*time) == code)
    }

    /// Reads the key URI of a TOTP account, as strictly as a test needs.
    pub fn parse(uri: &str) -> Result<Self> {
        let rest = uri.trim().strip_prefix("otpauth://totp/").context("not a TOTP URI")?;
        let (path, query) = rest.split_once('?').context("a URI without a query")?;
        let path = unescape(path)?;
        let (issuer, label) = path.split_once(':').unwrap_or(("", &path));
        let mut account = Self::plain(issuer.trim(), label.trim(), &[]);
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').context("a parameter without a value")?;
            match name.to_ascii_lowercase().as_str() {
                "secret" => {
                    let text: String = unescape(value)?
                        .to_ascii_uppercase()
                        .chars()
                        .filter(|c| !"= -".contains(*c))
                        .collect();
                    account.seed = BASE32_NOPAD.decode(text.as_bytes())?;
                }
                "issuer" => account.issuer = unescape(&value.replace('+', "%20"))?,
                "digits" => account.digits = value.parse()?,
                "period" => account.period = value.parse()?,
                "algorithm" => {
                    account.algorithm = match value.to_ascii_uppercase().as_str() {
                        "SHA1" => Algorithm::Sha1,
                        "SHA256" => Algorithm::Sha256,
                        "SHA512" => Algorithm::Sha512,
                        other => bail!("no such algorithm: {other}"),
                    }
                }
                _ => {}
            }
        }
        Ok(account)
    }
}

/// Percent-encoding of everything that is not unreserved (RFC 3986, section 2.3).
pub fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// The way back.
pub fn unescape(text: &str) -> Result<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = rest.get(..2).context("a lone percent sign")?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits)?, 16)?);
        rest = &rest[2..];
    }
    Ok(String::from_utf8(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_accounts_are_of_every_kind_and_survive_their_uri() {
        let accounts = Account::many(200);
        for account in &accounts {
            assert_eq!(&Account::parse(&account.uri()).unwrap(), account);
        }
        for digits in 6..=8 {
            for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
                let same = |a: &&Account| a.digits == digits && a.algorithm == algorithm;
                assert!(accounts.iter().any(|account| same(&account)));
            }
        }
    }

    #[test]
    fn a_code_is_accepted_for_three_steps_and_no_longer() {
        let account = Account::plain("a", "b", b"12345678901234567890");
        let code = account.code(59);
        assert!(
            account.accepts(&code, 59) && account.accepts(&code, 89) && account.accepts(&code, 29)
        );
        assert!(!account.accepts(&code, 90));
    }
}
