//! Types into JSON, the small way.
//!
//! `serde_json` writes each field of each type by code of its own; here a field is its name and then its value, which
//! is a third of that. What is written is the same, letter by letter.
//!
//! Never here: numbers with a fraction, and bytes. Nothing that is said has them.

use std::fmt;

use serde::ser::{
    self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    Serializer,
};

use super::Malformed;

/// Writes a value.
///
/// # Errors
///
/// It has no form in JSON, or is somebody else's to say.
pub fn write(value: &(impl Serialize + ?Sized)) -> Result<String, Malformed> {
    let mut text = String::new();
    value.serialize(To(&mut text))?;
    Ok(text)
}

impl ser::Error for Malformed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Where the text goes.
struct To<'a>(&'a mut String);

impl To<'_> {
    fn quoted(self, text: &str) {
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.0.extend(['\\', c]),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                '\u{8}' => self.0.push_str("\\b"),
                '\u{c}' => self.0.push_str("\\f"),
                '\0'..'\u{20}' => {
                    let hex = |n: u32| char::from_digit(n, 16).unwrap_or_default();
                    let c = u32::from(c);
                    self.0.push_str("\\u00");
                    self.0.extend([hex(c >> 4), hex(c & 15)]);
                }
                c => self.0.push(c),
            }
        }
        self.0.push('"');
    }
}

/// A list or an object that is begun.
struct Inside<'a> {
    text: &'a mut String,
    close: &'static str,
}

impl<'a> Inside<'a> {
    fn begin(text: &'a mut String, open: &str, close: &'static str) -> Self {
        text.push_str(open);
        Self { text, close }
    }

    /// The object that is all of another one, whose only name is `variant`.
    fn variant(text: &'a mut String, variant: &str, open: &str, close: &'static str) -> Self {
        text.push('{');
        To(text).quoted(variant);
        text.push(':');
        Self::begin(text, open, close)
    }

    /// A comma, but not before the first.
    fn next(&mut self) {
        if !self.text.ends_with(['{', '[']) {
            self.text.push(',');
        }
    }

    fn key(&mut self, name: &str) {
        self.next();
        To(self.text).quoted(name);
        self.text.push(':');
    }

    fn close(self) {
        self.text.push_str(self.close);
    }
}

impl<'a> Serializer for To<'a> {
    type Ok = ();
    type Error = Malformed;
    type SerializeSeq = Inside<'a>;
    type SerializeTuple = ser::Impossible<(), Malformed>;
    type SerializeTupleStruct = ser::Impossible<(), Malformed>;
    type SerializeTupleVariant = ser::Impossible<(), Malformed>;
    type SerializeMap = Inside<'a>;
    type SerializeStruct = Inside<'a>;
    type SerializeStructVariant = Inside<'a>;

    fn serialize_bool(self, value: bool) -> Result<(), Malformed> {
        self.0.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Malformed> {
        if value < 0 {
            self.0.push('-');
        }
        self.serialize_u64(value.unsigned_abs())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Malformed> {
        self.0.push_str(&value.to_string());
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Malformed> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Malformed> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Malformed> {
        self.serialize_i64(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Malformed> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Malformed> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Malformed> {
        self.serialize_u64(value.into())
    }

    fn serialize_f32(self, _: f32) -> Result<(), Malformed> {
        Err(Malformed)
    }

    fn serialize_f64(self, _: f64) -> Result<(), Malformed> {
        Err(Malformed)
    }

    fn serialize_char(self, _: char) -> Result<(), Malformed> {
        Err(Malformed)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Malformed> {
        Err(Malformed)
    }

    fn serialize_str(self, value: &str) -> Result<(), Malformed> {
        self.quoted(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Malformed> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Malformed> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Malformed> {
        self.0.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Malformed> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Malformed> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Malformed> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Malformed> {
        let inside = Inside::variant(self.0, variant, "", "}");
        value.serialize(To(inside.text))?;
        inside.close();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'a>, Malformed> {
        Ok(Inside::begin(self.0, "[", "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Malformed> {
        Err(Malformed)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Malformed> {
        Err(Malformed)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Malformed> {
        Err(Malformed)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'a>, Malformed> {
        Ok(Inside::begin(self.0, "{", "}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Malformed> {
        Ok(Inside::begin(self.0, "{", "}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, Malformed> {
        Ok(Inside::variant(self.0, variant, "{", "}}"))
    }
}

impl SerializeSeq for Inside<'_> {
    type Ok = ();
    type Error = Malformed;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Malformed> {
        self.next();
        value.serialize(To(self.text))
    }

    fn end(self) -> Result<(), Malformed> {
        self.close();
        Ok(())
    }
}

impl SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Malformed;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Malformed> {
        self.next();
        key.serialize(To(self.text))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Malformed> {
        self.text.push(':');
        value.serialize(To(self.text))
    }

    fn end(self) -> Result<(), Malformed> {
        self.close();
        Ok(())
    }
}

impl SerializeStruct for Inside<'_> {
    type Ok = ();
    type Error = Malformed;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Malformed> {
        self.key(name);
        value.serialize(To(self.text))
    }

    fn end(self) -> Result<(), Malformed> {
        self.close();
        Ok(())
    }
}

impl SerializeStructVariant for Inside<'_> {
    type Ok = ();
    type Error = Malformed;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Malformed> {
        SerializeStruct::serialize_field(self, name, value)
    }

    fn end(self) -> Result<(), Malformed> {
        self.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use shared::Secret;
    use shared::protocol::{
        AddAccount, ById, EditAccount, KeptSpare, Kind, ListAccounts, Manual, Page, Request, Scan,
        Unlock,
    };

    use super::*;

    fn same(value: &impl Serialize) {
        assert_eq!(write(value).unwrap(), serde_json::to_string(value).unwrap());
    }

    #[test]
    fn what_is_said_is_written_as_serde_json_writes_it() {
        let every: String =
            ('\0'..'\u{180}').chain("\u{2028}\u{2068}日本\u{10ffff}".chars()).collect();
        same(&every);
        let page = || Page { top: "https://a.example".into(), origin: "null".into() };
        let secret = || Secret::new(every.clone());
        let manual = Manual {
            kind: Kind::Hotp,
            issuer: every.clone(),
            label: String::new(),
            secret: secret(),
            algorithm: None,
            digits: Some(6),
            period: None,
            counter: Some(u64::MAX),
        };
        let edit = EditAccount {
            favourite: Some(false),
            tags: Some(vec![]),
            sites: Some(vec!["a".into(), "b".into()]),
            spares: Some(vec![KeptSpare { code: secret(), used: true }]),
            ..EditAccount::default()
        };
        let scan = Scan {
            page: page(),
            data: secret(),
            first: true,
            more: false,
            links: vec![secret(), secret()],
        };
        for request in [
            Request::Lock,
            Request::Delete(ById { id: every.clone() }),
            Request::Unlock(Unlock { password: secret() }),
            Request::Accounts(ListAccounts { page: Some(page()), ..ListAccounts::default() }),
            Request::Add(AddAccount { uri: None, manual: Some(manual), page: None, again: false }),
            Request::Edit(Box::new(edit)),
            Request::Scan(scan),
        ] {
            same(&request);
        }
        same(&vec![i64::MIN, -1, 0, i64::MAX]);
        same(&Vec::<Option<bool>>::new());
        same(&vec![vec![Some(true), None], vec![]]);
        same(&std::collections::BTreeMap::from([("a", 1), ("\"", 2)]));
    }

    #[test]
    fn what_has_no_form_is_refused() {
        assert_eq!(write(&1.5), Err(Malformed));
    }
}
