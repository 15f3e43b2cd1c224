//! What the types of the wire tell of themselves, as serde reads them: names, types, what may be left out.
//!
//! Never here: the document.

use std::cell::RefCell;
use std::iter;

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// A form, or a list of values, as a type tells of itself.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Its name in Rust.
    pub(super) name: &'static str,
    /// Fields, or values.
    pub(super) names: Vec<&'static str>,
}

/// Is asked by a type for what it is made of, notes it, and has nothing to give.
struct Ask<'a>(&'a mut Told);

impl<'de> Deserializer<'de> for Ask<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("nothing"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = Told { name, names: fields.to_vec() };
        Err(Error::custom("nothing"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = Told { name, names: variants.to_vec() };
        Err(Error::custom("nothing"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// Is asked by a form for one of its fields, and by that for its value, of which it notes the type: `[text]`.
#[derive(Clone, Copy)]
struct Typed<'a> {
    /// The field; none: it is asked for the value.
    field: Option<&'static str>,
    told: &'a RefCell<String>,
}

impl Typed<'_> {
    fn note<T>(self, word: &str) -> Result<T, Error> {
        self.told.borrow_mut().push_str(word);
        Err(Error::custom("nothing"))
    }
}

impl IntoDeserializer<'_> for Typed<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! noted {
    ($word:literal: $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            self.note($word)
        })*
    };
}

impl<'de> Deserializer<'de> for Typed<'_> {
    type Error = Error;

    noted!("bool": deserialize_bool);
    noted!("number": deserialize_u8 deserialize_u32 deserialize_u64 deserialize_i64);
    noted!("text": deserialize_string);
    noted!("unknown": deserialize_any);

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.told.borrow_mut().push('[');
        let read = visitor.visit_seq(SeqDeserializer::new(iter::once(self)));
        self.told.borrow_mut().push(']');
        read
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.field {
            Some(field) => {
                let value = Self { field: None, ..self };
                visitor.visit_map(MapDeserializer::new(iter::once((field, value))))
            }
            None => self.note(name),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.note(name)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u16 u128 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct map identifier ignored_any
    }
}

/// Gives the least that a type takes; of a form all fields but this one.
struct Least(&'static str);

impl IntoDeserializer<'_> for Least {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! given {
    ($($method:ident: $visit:ident($($value:expr)?),)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit($($value)?)
        })*
    };
}

impl<'de> Deserializer<'de> for Least {
    type Error = Error;

    given! {
        deserialize_any: visit_unit(),
        deserialize_bool: visit_bool(false),
        deserialize_u8: visit_u8(0),
        deserialize_u32: visit_u32(0),
        deserialize_u64: visit_u64(0),
        deserialize_i64: visit_i64(0),
        // A text that no type refuses: the state of a vault is one.
        deserialize_string: visit_str("absent"),
        deserialize_option: visit_none(),
        deserialize_seq: visit_seq(SeqDeserializer::new(iter::empty::<bool>())),
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let given = fields.iter().filter(|field| **field != self.0);
        visitor.visit_map(MapDeserializer::new(given.map(|field| (*field, Least("")))))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        variants[0].into_deserializer().deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u16 u128 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct map identifier ignored_any
    }
}

/// What a form or a list of values tells.
pub(super) fn told<T: DeserializeOwned>() -> Told {
    let mut told = Told::default();
    assert!(T::deserialize(Ask(&mut told)).is_err());
    assert!(!told.names.is_empty(), "it has no names");
    told
}

/// The type of a form's field, by its name in Rust: `[Account]`, and with a question mark if it may be left out.
pub(super) fn typed<T: DeserializeOwned>(field: &'static str) -> String {
    let told = RefCell::default();
    assert!(T::deserialize(Typed { field: Some(field), told: &told }).is_err());
    assert!(T::deserialize(Least("")).is_ok(), "with all its fields");
    let sign = if T::deserialize(Least(field)).is_ok() { "?" } else { "" };
    told.into_inner() + sign
}
