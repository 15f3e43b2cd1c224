//! Whether `PROTOCOL.md` has every word of the wire: the names come from the types themselves, as serde reads them.
//!
//! Never here: what the words mean.

use std::collections::BTreeSet;

use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

use super::*;

const DOCUMENT: &str = include_str!("../../PROTOCOL.md");

/// Is asked by a type for what it is made of, notes the names, and has nothing to give.
struct Ask<'a>(&'a mut Vec<&'static str>);

impl<'de> Deserializer<'de> for Ask<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("nothing"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0.extend(fields);
        Err(Error::custom("nothing"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0.extend(variants);
        Err(Error::custom("nothing"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// A type's name in the document, and its names on the wire.
fn of<'de, T: Deserialize<'de>>(name: &'static str) -> (&'static str, Vec<&'static str>) {
    let mut names = Vec::new();
    assert!(T::deserialize(Ask(&mut names)).is_err());
    assert!(!names.is_empty(), "{name} has no names");
    (name, names)
}

/// Tags that `flat` reads by hand, between two lines of it.
fn tags(from: &str) -> Vec<&'static str> {
    let (_, rest) = include_str!("flat.rs").split_once(from).expect("it is in there");
    let (rest, _) = rest.split_once("_ => return Err(UNKNOWN)").expect("so ends each");
    let tag = |line: &'static str| {
        let line = line.trim_start();
        let rest = line.strip_prefix("Some(").unwrap_or(line).strip_prefix('"')?;
        let (tag, rest) = rest.split_once('"')?;
        rest.trim_start_matches(')').starts_with(" =>").then_some(tag)
    };
    rest.lines().filter_map(tag).collect()
}

/// Every form and every list of values, in the order of the document.
fn forms() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        of::<Manual>("manual"),
        of::<EditAccount>("edit"),
        of::<KeptSpare>("item of spares"),
        of::<SetSettings>("set_settings"),
        of::<AddAccount>("add"),
        of::<ListAccounts>("accounts, asked"),
        of::<Open>("opening, asked"),
        of::<FillPage>("fill, asked"),
        of::<Scan>("scan"),
        of::<LinkSite>("link"),
        of::<Hello>("hello, asked"),
        of::<Page>("page"),
        of::<Account>("account"),
        of::<Site>("site"),
        of::<Accounts>("accounts"),
        of::<Opening>("opening"),
        of::<Status>("status"),
        of::<Settings>("settings"),
        of::<Offers>("offers"),
        of::<KnownBrowser>("item of browsers"),
        of::<Code>("item of codes"),
        of::<Fill>("fill"),
        of::<Habits>("habits"),
        of::<Strength>("strength"),
        of::<Welcome>("hello"),
        of::<Picture>("item of pictures"),
        of::<Generation>("item of generations"),
        of::<desk::Desk>("p of desk"),
        of::<desk::Put>("put"),
        of::<desk::Under>("clear, screen"),
        of::<desk::ReadFiles>("read"),
        of::<desk::OpenBackup>("open_backup"),
        of::<desk::Export>("export"),
        of::<desk::AskQr>("qr, asked"),
        of::<desk::SetPicture>("set_picture"),
        of::<desk::SetBackups>("set_backups"),
        of::<desk::TakeIn>("take_in"),
        of::<desk::Recreate>("recreate"),
        of::<desk::Told>("answer of desk"),
        of::<desk::Report>("report"),
        of::<desk::Count>("item of counts"),
        of::<desk::Item>("item of items"),
        of::<desk::Exported>("exported"),
        of::<desk::Qr>("qr"),
        of::<desk::Backups>("backups"),
        of::<desk::Choice>("values of choices"),
        of::<desk::Of>("values of of"),
        of::<desk::Warning>("values of warnings"),
        of::<desk::Unfit>("values of why of unfit"),
        of::<Kind>("values of kind"),
        of::<Algorithm>("values of algorithm"),
        of::<ExportFormat>("values of format"),
        of::<Standing>("values of standing"),
        of::<Biometrics>("values of biometrics"),
        of::<Hint>("values of hint"),
        of::<Why>("values of why of locked"),
        of::<Field>("values of field of invalid"),
        of::<Problem>("values of problem of invalid"),
        ("values of code", tags("match flat.code.as_str()")),
        ("values of why of denied", tags("match flat.why.as_deref()")),
        ("values of state", tags("match flat.state.as_str()")),
        of::<Denied>("data of refusals"),
        // The desk and the side page read these by themselves.
        ("answers", [of::<Response>("answers").1, vec!["browsers", "desk"]].concat()),
        of::<Event>("events"),
    ]
}

/// The words in code of a row's second cell, by its first.
fn row(document: &str, name: &str) -> Option<BTreeSet<String>> {
    let start = format!("| {name} | ");
    let line = document.lines().find_map(|line| line.strip_prefix(&start))?;
    let cell = line.split('|').next()?;
    Some(cell.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

/// What the document lacks, as the rows that it should have.
fn missing(document: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for (name, names) in forms() {
        let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        if row(document, name).as_ref() != Some(&names) {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            missing.push(format!("| {name} | {} |", names.join(", ")));
        }
    }
    let (_, requests) = document.split_once("## Requests").expect("a heading");
    let firsts = requests.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let firsts: BTreeSet<&str> = firsts.flat_map(|cell| cell.split('`')).collect();
    let ops = Op::ALL.into_iter().map(Op::name).filter(|op| !firsts.contains(op));
    missing.extend(ops.map(|op| format!("the operation {op}")));
    missing
}

#[test]
fn every_word_of_the_wire_stands_in_the_document() {
    let missing = missing(DOCUMENT);
    assert!(missing.is_empty(), "PROTOCOL.md lacks, or has otherwise:\n{}", missing.join("\n"));
}

#[test]
fn no_word_can_be_taken_out_of_the_document_unnoticed() {
    assert_eq!(missing(DOCUMENT), Vec::<String>::new(), "or it says nothing of what is taken out");
    let (before, tables) = DOCUMENT.split_once("## Every name").expect("a heading");
    for (at, _) in tables.match_indices('`').step_by(2) {
        let (start, rest) = tables.split_at(at);
        let (_, rest) = rest[1..].split_once('`').expect("it ends");
        let without = format!("{before}## Every name{start}{rest}");
        assert_ne!(missing(&without), Vec::<String>::new(), "{:?}", tables[at..].lines().next());
    }
    for op in Op::ALL {
        let without = before.replace(&format!("`{}`", op.name()), "");
        let without = format!("{without}## Every name{tables}");
        assert_ne!(missing(&without), Vec::<String>::new(), "{}", op.name());
    }
}
