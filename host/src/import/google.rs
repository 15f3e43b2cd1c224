//! Google Authenticator: its QR codes (`otpauth-migration://offline?data=…`, a protobuf message), and the
//! database of a rooted phone.
//!
//! Never here: how a QR code is found in a picture (`picture`).

use percent_encoding::percent_decode_str;

use super::item::{Found, Key, Number, Raw};
use super::sqlite::{Row, Table};
use super::{ImportError, Reason, text};

/// Takes the accounts of one `otpauth-migration:` URI.
pub(super) fn take_uri(uri: &str, found: &mut Found) -> Result<(), ImportError> {
    let (_, query) = uri.trim().split_once('?').ok_or(ImportError::Corrupt)?;
    let data =
        query.split('&').find_map(|pair| pair.strip_prefix("data=")).ok_or(ImportError::Corrupt)?;
    let data = percent_decode_str(data).decode_utf8().map_err(|_| ImportError::Corrupt)?;
    // A plus sign that a form's reader made a blank.
    let payload = text::base64(&data.trim().replace(' ', "+")).ok_or(ImportError::Corrupt)?;
    if payload.is_empty() {
        return Err(ImportError::Corrupt);
    }
    let part = Part::read(&payload).ok_or(ImportError::Corrupt)?;
    if found.part(&payload, part.id, part.size, part.index) {
        for account in part.accounts {
            found.take_once(account_of(account).ok_or(ImportError::Corrupt)?)?;
        }
    }
    Ok(())
}

/// `MigrationPayload`: which part of how many, and the messages of its accounts.
struct Part<'a> {
    accounts: Vec<&'a [u8]>,
    id: i64,
    index: u32,
    size: u32,
}

impl<'a> Part<'a> {
    /// `None` if it is no such message.
    fn read(payload: &'a [u8]) -> Option<Self> {
        let mut accounts = Vec::new();
        let (mut size, mut index, mut id) = (0, 0, 0);
        for field in Fields(payload) {
            match field? {
                (1, Wire::Bytes(account)) => accounts.push(account),
                (3, Wire::Int(value)) => size = int32(value)?,
                (4, Wire::Int(value)) => index = int32(value)?,
                (5, Wire::Int(value)) => id = int32(value)?,
                (1 | 3 | 4 | 5, _) => return None,
                _ => {}
            }
        }
        let size = u32::try_from(size.max(1)).ok()?;
        let index = u32::try_from(index).ok()?;
        Some(Self { accounts, id, index, size })
    }
}

/// `OtpParameters`.
fn account_of(message: &[u8]) -> Option<Raw> {
    let mut raw = Raw::default();
    let (mut algorithm, mut digits, mut kind) = (0, 0, 0);
    for field in Fields(message) {
        match field? {
            (1, Wire::Bytes(secret)) => raw.key = Key::bytes(Some(secret.to_vec())),
            (2, Wire::Bytes(name)) => raw.label = text::decode(name).0.into_owned(),
            (3, Wire::Bytes(issuer)) => raw.issuer = text::decode(issuer).0.into_owned(),
            (4, Wire::Int(value)) => algorithm = value,
            (5, Wire::Int(value)) => digits = value,
            (6, Wire::Int(value)) => kind = value,
            // The last one used: Google's app counts up, then computes.
            (7, Wire::Int(value)) => raw.counter = Number::Is(value.cast_signed()).next(),
            (1..=7, _) => return None,
            _ => {}
        }
    }
    raw.algorithm = match algorithm {
        0 | 1 => "SHA1",
        2 => "SHA256",
        3 => "SHA512",
        4 => "MD5",
        _ => "unknown",
    }
    .into();
    raw.digits = match digits {
        0 | 1 => Number::Is(6),
        2 => Number::Is(8),
        _ => Number::Malformed,
    };
    raw.kind = match kind {
        0 | 2 => "totp",
        1 => "hotp",
        _ => "unknown",
    }
    .into();
    if raw.kind == "hotp" && raw.counter == Number::Absent {
        raw.counter = Number::Is(1);
    }
    Some(raw.without_prefix().split_label())
}

fn int32(value: u64) -> Option<i64> {
    // A negative int32 is written as 64 bits.
    i64::from(i32::try_from(value.cast_signed()).ok()?).into()
}

/// What a field of a protobuf message holds.
enum Wire<'a> {
    Int(u64),
    Bytes(&'a [u8]),
    Other,
}

/// The fields of a protobuf message; `None` where it is damaged, and then no more.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Wire<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let tag = self.varint()?;
        let wire = match tag & 7 {
            0 => Wire::Int(self.varint()?),
            1 => self.bytes(8).map(|_| Wire::Other)?,
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.bytes(length)?)
            }
            5 => self.bytes(4).map(|_| Wire::Other)?,
            _ => return None,
        };
        if tag >> 3 == 0 { None } else { Some((tag >> 3, wire)) }
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

/// The table `accounts` of a rooted phone.
pub(super) fn read_table(accounts: &Table, found: &mut Found) -> Result<(), ImportError> {
    let account = |row: &Row<'_>| {
        let name = row.text("email");
        let name = if name.is_empty() { row.text("original_name") } else { name };
        let issuer = row.text("issuer");
        let kind = match row.number("type") {
            Number::Absent | Number::Is(0) => "totp",
            Number::Is(1) => "hotp",
            _ => "unknown",
        };
        let raw = Raw {
            kind: kind.into(),
            // The last one used, as in the QR codes.
            counter: row.number("counter").next(),
            ..Raw::totp(&issuer, &name, Key::base32(&row.text("secret")))
        };
        raw.without_prefix()
    };
    for row in accounts.rows() {
        let raw = account(&row);
        match row.number("isencrypted") {
            Number::Absent | Number::Is(0) => found.take(raw)?,
            _ => found.skip(&raw.name(), Reason::EncryptedItem)?,
        }
    }
    Ok(())
}
