//! The Key URI Format, `otpauth://TYPE/LABEL?PARAMETERS`: read as services really write it, written as
//! the format says.
//!
//! Text becomes a checked [`Draft`] or a refusal that names the field; nothing is repaired, because a
//! wrong code locks a person out; but of names only what is seen is kept (`visible`). It is no URL of the WHATWG: `#` is data.
//!
//! Never here: other apps' formats (`import`).

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use shared::Secret;
use shared::protocol::{Algorithm, Field, Invalid, Problem};

use crate::otp::{Digits, Otp, OtpError, Period, Seed};
use crate::vault::entry::{Draft, Entry};
use crate::visible;

/// Longest URI, in bytes: a QR code holds 2,953.
pub const MAX: usize = 8 * 1024;
/// Longest issuer or label, in bytes.
pub const MAX_NAME: usize = 1024;

/// RFC 3986's unreserved characters stay; the rest is percent-encoded.
const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

fn invalid(field: Field, problem: Problem) -> Invalid {
    Invalid { field, problem }
}

/// Reads an `otpauth://` URI, or `steam://SECRET`.
///
/// # Errors
///
/// [`Field::Uri`] if it isn't one (`Malformed`), is too long, or has a type that no code can be made for
/// (`Unsupported`); otherwise the parameter that is wrong.
pub fn parse(uri: &str) -> Result<Draft, Invalid> {
    let uri = uri.trim();
    if MAX < uri.len() {
        return Err(invalid(Field::Uri, Problem::Long));
    }
    let malformed = invalid(Field::Uri, Problem::Malformed);
    let (scheme, rest) = uri.split_once("://").ok_or(malformed)?;
    if scheme.eq_ignore_ascii_case("steam") {
        return Ok(Draft {
            issuer: "Steam".into(),
            ..Draft::new(Otp::Steam, seed(rest)?, String::new(), String::new())
        });
    }
    if !scheme.eq_ignore_ascii_case("otpauth") {
        return Err(malformed);
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    let parameters = Parameters::read(query)?;

    let kind = kind.to_ascii_lowercase();
    let (issuer, label) = names(label, &parameters)?;
    let otp = otp(&kind, &issuer, &parameters)?;
    let secret = parameters.get("secret").ok_or(invalid(Field::Secret, Problem::Empty))?;
    let seed = seed(secret)?;
    let (issuer, label) = (visible::line(&issuer), visible::line(&label));
    for (field, name) in [(Field::Issuer, &issuer), (Field::Label, &label)] {
        if MAX_NAME < name.len() {
            return Err(invalid(field, Problem::Long));
        }
    }
    Ok(Draft::new(otp, seed, issuer, label))
}

/// The seed of a Base32 text.
///
/// # Errors
///
/// [`Invalid`], with what is wrong with the secret.
pub fn seed(text: &str) -> Result<Seed, Invalid> {
    Seed::from_base32(text).map_err(|err| {
        let problem = match err {
            OtpError::Base32 => Problem::Character,
            _ if text.trim().is_empty() => Problem::Empty,
            _ if Seed::MAX < text.len() / 2 => Problem::Long,
            _ => Problem::Empty,
        };
        invalid(Field::Secret, problem)
    })
}

/// Reads an algorithm's name: `SHA1`, `sha-1`, `HmacSHA256`, `Algorithm.SHA512`.
///
/// # Errors
///
/// [`Invalid`] if it is none of the three.
pub fn algorithm(text: &str) -> Result<Algorithm, Invalid> {
    let mut name: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    for prefix in ["ALGORITHM.", "HMAC"] {
        if let Some(rest) = name.strip_prefix(prefix) {
            name = rest.to_owned();
        }
    }
    match name.as_str() {
        "SHA1" => Ok(Algorithm::Sha1),
        "SHA256" => Ok(Algorithm::Sha256),
        "SHA512" => Ok(Algorithm::Sha512),
        _ => Err(invalid(Field::Algorithm, Problem::Unsupported)),
    }
}

/// How codes are made, from the type and the parameters.
fn otp(kind: &str, issuer: &str, parameters: &Parameters) -> Result<Otp, Invalid> {
    let algorithm = match parameters.get("algorithm") {
        Some(text) => algorithm(text)?,
        None => Algorithm::Sha1,
    };
    let number = |name: &str, field: Field| match parameters.get(name) {
        Some(text) => {
            text.trim().parse::<u64>().map(Some).map_err(|_| invalid(field, Problem::Range))
        }
        None => Ok(None),
    };
    let stated = number("digits", Field::Digits)?;
    let digits = match stated {
        Some(count) => u32::try_from(count)
            .ok()
            .and_then(|count| Digits::new(count).ok())
            .ok_or(invalid(Field::Digits, Problem::Range))?,
        None => Digits::SIX,
    };
    let period = match number("period", Field::Period)? {
        Some(seconds) => {
            Period::new(seconds).map_err(|_| invalid(Field::Period, Problem::Range))?
        }
        None => Period::THIRTY,
    };
    let is_steam = kind == "steam"
        || kind == "totp"
            && (parameters.is_steam() || issuer == "Steam" && matches!(stated, None | Some(5)));
    let pin = || parameters.pin().map(Secret::new);
    match kind {
        _ if is_steam => Ok(Otp::Steam),
        "totp" => Ok(Otp::Totp { algorithm, digits, period }),
        "hotp" => {
            let counter = number("counter", Field::Counter)?.unwrap_or(0);
            if i64::try_from(counter).is_err() {
                return Err(invalid(Field::Counter, Problem::Range));
            }
            Ok(Otp::Hotp { algorithm, digits, counter })
        }
        "motp" => Ok(Otp::Motp { pin: pin() }),
        "yaotp" => Ok(Otp::Yandex { pin: pin() }),
        _ => Err(invalid(Field::Uri, Problem::Unsupported)),
    }
}

/// Issuer and account name out of the label and the `issuer` parameter.
pub(crate) fn names(label: &str, parameters: &Parameters) -> Result<(String, String), Invalid> {
    let whole = decode(label, Field::Label)?;
    // The first literal colon separates; an encoded one only where there is no literal one.
    let (prefix, account) = match label.split_once(':') {
        Some((prefix, account)) => (decode(prefix, Field::Issuer)?, decode(account, Field::Label)?),
        None => match whole.split_once(':') {
            Some((prefix, account)) => (prefix.to_owned(), account.to_owned()),
            None => (String::new(), whole.clone()),
        },
    };
    let (prefix, account) = (prefix.trim(), account.trim());
    let mut issuer = parameters.get("issuer").unwrap_or_default().trim().to_owned();
    // `issuer=C++` means what it says if the label says the same.
    if let Some(raw) = parameters.raw("issuer")
        && raw.contains('+')
        && decode(raw, Field::Issuer)?.trim() == prefix
    {
        prefix.clone_into(&mut issuer);
    }
    if issuer.is_empty() {
        return Ok((prefix.to_owned(), account.to_owned()));
    }
    if prefix.is_empty() || prefix == issuer {
        return Ok((issuer, account.to_owned()));
    }
    // An issuer with a colon in it.
    let account =
        whole.trim().strip_prefix(&issuer).and_then(|rest| rest.trim_start().strip_prefix(':'));
    if let Some(account) = account {
        return Ok((issuer, account.trim().to_owned()));
    }
    // Two names for the issuer, e.g. `Contoso:alice` by Microsoft: the whole label is what tells
    // two tenants apart.
    Ok((issuer, whole.trim().to_owned()))
}

fn decode(text: &str, field: Field) -> Result<String, Invalid> {
    percent_decode_str(text)
        .decode_utf8()
        .map(|text| text.into_owned())
        .map_err(|_| invalid(field, Problem::Character))
}

/// The names of parameters that mean something here.
const KNOWN: [&str; 8] =
    ["algorithm", "counter", "digits", "encoder", "issuer", "period", "pin", "secret"];

/// The parameters of a URI: the first of a name counts, an empty one is absent, unknown ones are ignored.
pub(crate) struct Parameters<'a> {
    raw: Vec<(String, &'a str)>,
    decoded: Vec<(String, String)>,
    /// Stratum's mark of Steam's codes under another issuer, which has no value.
    has_steam: bool,
}

impl<'a> Parameters<'a> {
    /// Splits and decodes a query.
    pub(crate) fn read(query: &'a str) -> Result<Self, Invalid> {
        let mut parameters = Self { raw: Vec::new(), decoded: Vec::new(), has_steam: false };
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = name.to_ascii_lowercase();
            parameters.has_steam |= name == "steam" && value.is_empty();
            let is_known = KNOWN.contains(&name.as_str());
            if !is_known || value.is_empty() || parameters.raw(&name).is_some() {
                continue;
            }
            let field = match name.as_str() {
                "issuer" => Field::Issuer,
                "secret" => Field::Secret,
                _ => Field::Uri,
            };
            // A plus sign is a blank, as forms write it.
            let text = decode(&value.replace('+', " "), field)?;
            parameters.raw.push((name.clone(), value));
            parameters.decoded.push((name, text));
        }
        Ok(parameters)
    }

    fn raw(&self, name: &str) -> Option<&'a str> {
        self.raw.iter().find(|(n, _)| n == name).map(|(_, value)| *value)
    }

    /// The value of a parameter, decoded; `None` if it is blank.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.decoded
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.trim().is_empty())
    }

    /// Whether it says that a time's code is one of Steam's: KeePassXC by `encoder=steam`, Stratum by `steam`.
    pub(crate) fn is_steam(&self) -> bool {
        self.has_steam || self.get("encoder").is_some_and(|name| name.eq_ignore_ascii_case("steam"))
    }

    /// The PIN. Aegis writes it in Base32, in which digits never begin with a digit; others as it is.
    pub(crate) fn pin(&self) -> Option<String> {
        let stated = self.get("pin")?;
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let decoded = Seed::from_base32(stated)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes.expose().to_vec()).ok())
            .filter(|text| !digits(stated) && digits(text));
        Some(decoded.unwrap_or_else(|| stated.to_owned()))
    }
}

/// Writes an entry as a URI that [`parse`] reads back to the same. It holds the seed.
pub fn format(entry: &Entry) -> Secret {
    let kind = match &entry.otp {
        Otp::Hotp { .. } => "hotp",
        Otp::Motp { .. } => "motp",
        Otp::Steam => "steam",
        Otp::Totp { .. } => "totp",
        Otp::Yandex { .. } => "yaotp",
    };
    let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    // With room for everything, so that no smaller buffer with the seed is left behind.
    let mut uri = String::with_capacity(4 * MAX);
    let _ = write!(uri, "otpauth://{kind}/");
    if !entry.issuer.is_empty() {
        let _ = write!(uri, "{}:", encode(&entry.issuer));
    } else if entry.label.contains(':') {
        // Else what stands before the colon would be read as the issuer.
        uri.push(':');
    }
    let _ = write!(uri, "{}?secret={}", encode(&entry.label), entry.seed.to_base32().expose());
    if !entry.issuer.is_empty() {
        let _ = write!(uri, "&issuer={}", encode(&entry.issuer));
    }
    match &entry.otp {
        Otp::Hotp { algorithm, digits, counter } => {
            let _ = write!(
                uri,
                "&algorithm={}&digits={}&counter={counter}",
                algorithm_name(*algorithm),
                digits.count()
            );
        }
        Otp::Totp { algorithm, digits, period } => {
            let _ = write!(
                uri,
                "&algorithm={}&digits={}&period={}",
                algorithm_name(*algorithm),
                digits.count(),
                period.seconds()
            );
        }
        Otp::Motp { pin } | Otp::Yandex { pin } => {
            if let Some(pin) = pin {
                let _ = write!(uri, "&pin={}", encode(pin.expose()));
            }
        }
        Otp::Steam => {}
    }
    Secret::new(uri)
}

/// The algorithm's name in the Key URI Format.
pub fn algorithm_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Md5 => "MD5",
        Algorithm::Sha1 => "SHA1",
        Algorithm::Sha256 => "SHA256",
        Algorithm::Sha512 => "SHA512",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str) -> (String, String, Otp) {
        let draft = parse(uri).unwrap();
        (draft.issuer, draft.label, draft.otp)
    }

    fn refused(uri: &str) -> (Field, Problem) {
        let Err(Invalid { field, problem }) = parse(uri) else { panic!("accepted {uri}") };
        (field, problem)
    }

    #[test]
    fn the_example_of_the_format() {
        let draft = parse(
            "otpauth://totp/ACME%20Co:john.doe@email.com?secret=HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ\
             &issuer=ACME%20Co&algorithm=SHA1&digits=6&period=30",
        )
        .unwrap();
        assert_eq!(draft.issuer, "ACME Co");
        assert_eq!(draft.label, "john.doe@email.com");
        assert_eq!(draft.seed.to_base32().expose(), "HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ");
    }

    #[test]
    fn names_as_services_write_them() {
        let name = |uri: &str| {
            let (issuer, label, _) = read(uri);
            (issuer, label)
        };
        let own = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let s = "secret=JBSWY3DP";
        assert_eq!(name(&format!("otpauth://totp/a?{s}")), own("", "a"));
        assert_eq!(name(&format!("otpauth://totp/A%3Ab?{s}")), own("A", "b"));
        assert_eq!(name(&format!("OTPAUTH://TOTP/A:%20b?{s}")), own("A", "b"));
        assert_eq!(name(&format!("otpauth://totp/?{s}&issuer=A")), own("A", ""));
        let aws = format!("otpauth://totp/AWS:arn:aws:iam::1:mfa/root?{s}");
        assert_eq!(name(&aws), own("AWS", "arn:aws:iam::1:mfa/root"));
        let two = format!("otpauth://totp/Contoso:alice?{s}&issuer=Microsoft");
        assert_eq!(name(&two), own("Microsoft", "Contoso:alice"));
        let plus = format!("otpauth://totp/C++:a?{s}&issuer=C++");
        assert_eq!(name(&plus), own("C++", "a"));
        assert_eq!(name(&format!("otpauth://totp/a?{s}&issuer=My+Co")), own("My Co", "a"));
        let hash = format!("otpauth://totp/M:a_b%23EXT#EXT#@x?{s}");
        assert_eq!(name(&hash), own("M", "a_b#EXT#EXT#@x"));
    }

    #[test]
    fn kinds_and_parameters() {
        let otp = |tail: &str| read(&format!("otpauth://{tail}")).2;
        assert!(matches!(
            otp("totp/a?secret=AAAA&algorithm=hmac-sha256&digits=8&period=60&digits=7"),
            Otp::Totp { algorithm: Algorithm::Sha256, digits, period }
                if digits.count() == 8 && period.seconds() == 60
        ));
        assert!(matches!(otp("hotp/a?secret=AAAA"), Otp::Hotp { counter: 0, .. }));
        assert!(matches!(otp("hotp/a?secret=AAAA&counter=9"), Otp::Hotp { counter: 9, .. }));
        assert!(matches!(otp("totp/Steam:a?secret=AAAA"), Otp::Steam));
        assert!(matches!(otp("totp/Steam:a?secret=AAAA&digits=6"), Otp::Totp { .. }));
        assert!(matches!(otp("totp/a?secret=AAAA&encoder=steam"), Otp::Steam));
        assert!(matches!(parse("steam://JBSWY3DP").unwrap().otp, Otp::Steam));
    }

    #[test]
    fn what_is_wrong_is_named() {
        use Field::{Algorithm, Counter, Digits, Period, Secret, Uri};
        use Problem::{Character, Empty, Malformed, Range, Unsupported};
        let rows = [
            ("https://example.com", (Uri, Malformed)),
            ("otpauth:totp/a?secret=AAAA", (Uri, Malformed)),
            ("otpauth://push/a?secret=AAAA", (Uri, Unsupported)),
            ("otpauth://totp/a", (Secret, Empty)),
            ("otpauth://totp/a?secret=", (Secret, Empty)),
            ("otpauth://totp/a?secret=0189", (Secret, Character)),
            ("otpauth://totp/a?secret=AAAA&digits=0", (Digits, Range)),
            ("otpauth://totp/a?secret=AAAA&digits=11", (Digits, Range)),
            ("otpauth://totp/a?secret=AAAA&digits=six", (Digits, Range)),
            ("otpauth://totp/a?secret=AAAA&period=0", (Period, Range)),
            ("otpauth://totp/a?secret=AAAA&period=-30", (Period, Range)),
            ("otpauth://totp/a?secret=AAAA&algorithm=MD5", (Algorithm, Unsupported)),
            ("otpauth://hotp/a?secret=AAAA&counter=9223372036854775808", (Counter, Range)),
        ];
        for (uri, expected) in rows {
            assert_eq!(refused(uri), expected, "{uri}");
        }
        assert_eq!(refused(&format!("otpauth://totp/{}", "a".repeat(MAX))).1, Problem::Long);
    }
}
