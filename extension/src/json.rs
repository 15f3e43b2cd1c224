//! JSON into types, the small way; `write` goes the other one.
//!
//! The browser's own `JSON.parse` reads the text, and what it made becomes a tree, once for all types;
//! from the tree each type is read by its own `Deserialize`. Read straight from the text, each type would bring along a parser of its own
//! and words for all that can be wrong with it: that made the module twice as large. Nobody would
//! read the words: what does not have its form is refused as a whole.
//!
//! Never here: what is read.

mod write;

use std::fmt;

use serde::de::{
    self, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::StrDeserializer,
};

pub use write::write;

/// The text is not JSON, or does not have the form of the type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Malformed;

/// Reads a value.
pub fn read<T: de::DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    T::deserialize(tree(text)?)
}

#[cfg(target_arch = "wasm32")]
fn tree(text: &str) -> Result<Tree, Malformed> {
    grow(&js_sys::JSON::parse(text).map_err(|_| Malformed)?, DEPTH)
}

/// Lists within lists; nothing that is spoken here goes half as deep.
#[cfg(target_arch = "wasm32")]
const DEPTH: u32 = 32;

#[cfg(target_arch = "wasm32")]
fn grow(value: &wasm_bindgen::JsValue, depth: u32) -> Result<Tree, Malformed> {
    let depth = depth.checked_sub(1).ok_or(Malformed)?;
    if let Some(text) = value.as_string() {
        return Ok(Tree::Text(text));
    }
    if let Some(number) = value.as_f64() {
        return Ok(Tree::number(number));
    }
    if let Some(yes) = value.as_bool() {
        return Ok(Tree::Bool(yes));
    }
    if value.is_null() {
        return Ok(Tree::Nothing);
    }
    let items = |array: &js_sys::Array| {
        array.iter().map(|item| grow(&item, depth)).collect::<Result<Vec<_>, _>>()
    };
    let object: &js_sys::Object = wasm_bindgen::JsCast::unchecked_ref(value);
    if js_sys::Array::is_array(value) {
        return items(wasm_bindgen::JsCast::unchecked_ref(value)).map(Tree::List);
    }
    let keys = js_sys::Object::keys(object);
    let keys = keys.iter().map(|key| key.as_string().unwrap_or_default());
    Ok(Tree::Object(keys.zip(items(&js_sys::Object::values(object))?).collect()))
}

/// Without a browser: in the tests beside the code.
#[cfg(not(target_arch = "wasm32"))]
fn tree(text: &str) -> Result<Tree, Malformed> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|_| Malformed)?;
    Ok(grow(value))
}

#[cfg(not(target_arch = "wasm32"))]
fn grow(value: serde_json::Value) -> Tree {
    use serde_json::Value;
    match value {
        Value::Null => Tree::Nothing,
        Value::Bool(yes) => Tree::Bool(yes),
        Value::Number(number) => Tree::number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => Tree::Text(text),
        Value::Array(items) => Tree::List(items.into_iter().map(grow).collect()),
        Value::Object(object) => {
            Tree::Object(object.into_iter().map(|(key, value)| (key, grow(value))).collect())
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed JSON")
    }
}

impl std::error::Error for Malformed {}

impl de::Error for Malformed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// A JSON value.
enum Tree {
    Nothing,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// JavaScript has one kind of number; whole ones up to 2⁵³ are exact.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within 2⁵³, and whole"
    )]
    fn number(number: f64) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let whole = number as i64;
        if number.abs() >= EXACT || whole as f64 != number {
            Self::Float(number)
        } else if whole < 0 {
            Self::Signed(whole)
        } else {
            Self::Unsigned(whole as u64)
        }
    }
}

impl<'de> de::Deserializer<'de> for Tree {
    type Error = Malformed;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self {
            Self::Nothing => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Signed(value) => visitor.visit_i64(value),
            Self::Unsigned(value) => visitor.visit_u64(value),
            Self::Float(value) => visitor.visit_f64(value),
            Self::Text(value) => visitor.visit_string(value),
            Self::List(list) => visitor.visit_seq(Items(list.into_iter())),
            Self::Object(object) => visitor.visit_map(Entries::new(object)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self {
            Self::Bool(value) => visitor.visit_bool(value),
            _ => Err(Malformed),
        }
    }

    // Whole numbers are asked for by size; each type checks its own.
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self {
            Self::Signed(value) => visitor.visit_i64(value),
            Self::Unsigned(value) => visitor.visit_u64(value),
            _ => Err(Malformed),
        }
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self {
            Self::Float(value) => visitor.visit_f64(value),
            whole => whole.deserialize_i64(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self {
            Self::Text(value) => visitor.visit_string(value),
            _ => Err(Malformed),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self {
            Self::Text(value) => visitor.visit_str(&value),
            _ => Err(Malformed),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self {
            Self::Nothing => visitor.visit_none(),
            some => visitor.visit_some(some),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self {
            Self::List(list) => visitor.visit_seq(Items(list.into_iter())),
            _ => Err(Malformed),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self {
            Self::Object(object) => visitor.visit_map(Entries::new(object)),
            _ => Err(Malformed),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        match self {
            Self::Object(object) => visitor.visit_seq(Fields { object, names: names.iter() }),
            _ => Err(Malformed),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        match self {
            Self::Text(name) => visitor.visit_enum(Variant { name, value: None }),
            Self::Object(object) => {
                let [(name, value)] =
                    <[(String, Self); 1]>::try_from(object).map_err(|_| Malformed)?;
                visitor.visit_enum(Variant { name, value: Some(value) })
            }
            _ => Err(Malformed),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct
    }
}

struct Items(std::vec::IntoIter<Tree>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Malformed;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Malformed> {
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }
}

/// An object as the sequence of a struct's fields. A derived `visit_seq` is half as large as
/// `visit_map`, and takes `None` for a field that is not there: its default, or an error.
struct Fields {
    object: Vec<(String, Tree)>,
    names: std::slice::Iter<'static, &'static str>,
}

impl<'de> SeqAccess<'de> for Fields {
    type Error = Malformed;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Malformed> {
        self.next().map(|field| seed.deserialize(field)).transpose()
    }
}

impl Fields {
    /// Not generic, so it is there once.
    fn next(&mut self) -> Option<Tree> {
        let name = self.names.next()?;
        let at = self.object.iter().position(|(key, _)| key == name)?;
        Some(self.object.swap_remove(at).1)
    }
}

struct Entries {
    rest: std::vec::IntoIter<(String, Tree)>,
    value: Tree,
}

impl Entries {
    fn new(object: Vec<(String, Tree)>) -> Self {
        Self { rest: object.into_iter(), value: Tree::Nothing }
    }
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Malformed;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Malformed> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(StrDeserializer::new(&key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Malformed> {
        seed.deserialize(std::mem::replace(&mut self.value, Tree::Nothing))
    }
}

struct Variant {
    name: String,
    value: Option<Tree>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Malformed;
    type Variant = Content;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Content), Malformed> {
        Ok((seed.deserialize(StrDeserializer::new(&self.name))?, Content(self.value)))
    }
}

struct Content(Option<Tree>);

impl<'de> VariantAccess<'de> for Content {
    type Error = Malformed;

    fn unit_variant(self) -> Result<(), Malformed> {
        self.0.map_or(Ok(()), |_| Err(Malformed))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Malformed> {
        seed.deserialize(self.0.ok_or(Malformed)?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Malformed> {
        de::Deserializer::deserialize_seq(self.0.ok_or(Malformed)?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        de::Deserializer::deserialize_struct(self.0.ok_or(Malformed)?, "", names, visitor)
    }
}

#[cfg(test)]
mod tests {
    use shared::protocol::Reply;

    use super::*;

    /// One reply of each kind that has a form of its own.
    const REPLIES: &[&str] = &[
        r#"{"v":1,"id":7,"ok":"done"}"#,
        r#"{"v":1,"id":null,"err":{"code":"bad_frame"}}"#,
        r#"{"v":1,"id":1,"ok":{"hello":{"v":1,"host_version":"0.1.0",
            "status":{"vault":{"state":"locked","why":"sleep"},"retry_ms":12}}}}"#,
        r#"{"v":1,"id":1,"ok":{"status":{"vault":{"state":"damaged","generations":[
            {"generation":3,"saved_at":-1}]},"more":[1.5,{"x":null}]}}}"#,
        r#"{"v":1,"id":1,"ok":{"status":{"vault":{"state":"unlocked","count":2,
            "rollback":{"found":1,"seen":2}}}}}"#,
        r#"{"v":1,"id":1,"ok":{"codes":{"items":[{"id":"a","code":"1","left_ms":9}]}}}"#,
        r#"{"v":1,"id":1,"ok":{"account":{"id":"a","kind":"hotp","issuer":"\u00e9\n","label":"b",
            "algorithm":"SHA256","digits":6,"counter":9007199254740991,"created":0,"modified":1}}}"#,
        r#"{"v":1,"id":1,"err":{"code":"denied","data":{"why":"cross_site","top":"a","frame":"b"}}}"#,
        r#"{"v":1,"id":1,"err":{"data":{"why":"choose","ids":["a"]},"code":"denied"}}"#,
        r#"{"v":1,"id":1,"err":{"code":"invalid","data":{"field":"secret","problem":"empty"}}}"#,
        r#"{"v":1,"id":1,"err":{"code":"wait","data":{"ms":5,"used":true}}}"#,
    ];

    #[test]
    fn a_reply_is_read_as_serde_json_reads_it() {
        for text in REPLIES {
            let straight: Reply = serde_json::from_str(text).unwrap();
            assert_eq!(read::<Reply>(text), Ok(straight), "{text}");
        }
    }

    #[test]
    fn what_does_not_have_its_form_is_refused() {
        for text in ["", "{", "[]", r#"{"v":"1","id":7}"#, r#"{"v":1,"id":7,"ok":"gone"}"#] {
            assert_eq!(read::<Reply>(text), Err(Malformed), "{text}");
        }
        assert_eq!(read::<u8>("256"), Err(Malformed));
        assert_eq!(read::<Vec<f64>>("[1, 2.5]"), Ok(vec![1.0, 2.5]));
    }
}
