//! Whether `PROTOCOL.md` has every word of the wire, with its type, as the types themselves tell (`told`).
//!
//! Never here: what the words mean.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::flat::{FlatData, FlatVaultState};
use super::told::{told, typed};
use super::*;

const DOCUMENT: &str = include_str!("../../PROTOCOL.md");

/// A list of values: its name in Rust and in the document, and what may stand there.
struct Values(&'static str, &'static str, Vec<&'static str>);

fn values<T: DeserializeOwned>(name: &'static str) -> Values {
    let told = told::<T>();
    Values(told.name, name, told.names)
}

/// A form: its name in Rust and in the document, and its fields with their types in Rust.
struct Form(&'static str, &'static str, Vec<(&'static str, String)>);

fn form<T: DeserializeOwned>(name: &'static str) -> Form {
    let told = told::<T>();
    let fields = told.names.into_iter().map(|field| (field, typed::<T>(field)));
    Form(told.name, name, fields.collect())
}

/// Tags that `flat` reads by hand, between two lines of it.
pub(super) fn tags(from: &str) -> Vec<&'static str> {
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

/// Every form, in the order of the document.
fn forms() -> Vec<Form> {
    vec![
        form::<Hello>("hello, asked"),
        form::<NewPassword>("create, strength"),
        form::<Unlock>("unlock, make_recovery, remove_recovery"),
        form::<SetPin>("set_pin"),
        form::<UnlockPin>("unlock_pin"),
        form::<Recover>("recover"),
        form::<ChangePassword>("password"),
        form::<Revert>("revert"),
        form::<Open>("opening, asked"),
        form::<ListAccounts>("accounts, asked"),
        form::<ListCodes>("codes, pictures, asked"),
        form::<ById>("delete, next_code, purge, restore, spares"),
        form::<AddAccount>("add"),
        form::<Manual>("manual"),
        form::<EditAccount>("edit"),
        form::<LinkSite>("link"),
        form::<FillPage>("fill, asked"),
        form::<Page>("page"),
        form::<Scan>("scan"),
        form::<SetSettings>("set_settings"),
        form::<Rules>("rules"),
        form::<Welcome>("hello"),
        form::<Status>("status"),
        form::<FlatVaultState>("vault"),
        form::<Generation>("generation"),
        form::<Rollback>("rollback"),
        form::<Strength>("strength"),
        form::<Recovery>("recovery"),
        form::<Opening>("opening"),
        form::<Accounts>("accounts"),
        form::<Account>("account"),
        form::<Site>("site"),
        form::<Codes>("codes"),
        form::<Code>("code"),
        form::<Pictures>("pictures"),
        form::<Picture>("picture"),
        form::<Spares>("spares"),
        form::<Spare>("spare"),
        form::<KeptSpare>("spare"),
        form::<Fill>("fill"),
        form::<Habits>("habits"),
        form::<Browsers>("browsers"),
        form::<KnownBrowser>("browser"),
        form::<Offers>("offers"),
        form::<Settings>("settings"),
        form::<desk::Put>("put"),
        form::<desk::Clear>("clear"),
        form::<desk::Under>("screen"),
        form::<desk::ReadFiles>("read"),
        form::<desk::TakeIn>("take_in"),
        form::<desk::OpenBackup>("open_backup"),
        form::<desk::Recreate>("recreate"),
        form::<desk::SetBackups>("set_backups"),
        form::<desk::Export>("export"),
        form::<desk::AskQr>("qr, asked"),
        form::<desk::SetPicture>("set_picture"),
        form::<desk::Report>("report"),
        form::<desk::Count>("count"),
        form::<desk::Item>("item"),
        form::<desk::Exported>("exported"),
        form::<desk::Qr>("qr"),
        form::<desk::Backups>("backups"),
        form::<FlatData>("data of refusals"),
    ]
}

/// Every list of values, in the order of the document.
fn lists() -> Vec<Values> {
    vec![
        values::<desk::Desk>("p of desk"),
        values::<desk::Told>("answer of desk"),
        // The desk and the side page read these by themselves.
        Values("", "answers", [told::<Response>().names, vec!["browsers", "desk"]].concat()),
        values::<Event>("events"),
        values::<Kind>("kind"),
        values::<Algorithm>("algorithm"),
        values::<Biometrics>("biometrics"),
        values::<Hint>("hint"),
        values::<Standing>("standing"),
        values::<desk::Choice>("choice"),
        values::<desk::Of>("of"),
        values::<desk::Gap>("gap"),
        values::<desk::Warning>("warning"),
        values::<ExportFormat>("format"),
        values::<desk::Unfit>("why of unfit"),
        values::<Why>("why of locked"),
        Values("", "code of refusals", tags("match flat.code.as_str()")),
        Values("", "why of denied", tags("match flat.why.as_deref()")),
        values::<Field>("field of invalid"),
        values::<Problem>("problem of invalid"),
        Values("", "state of vault", tags("match flat.state.as_str()")),
    ]
}

/// The lines that the document should have: of each form a line for each field, of each list one.
fn lines() -> Vec<Vec<String>> {
    let (forms, lists) = (forms(), lists());
    let known = forms.iter().map(|Form(rust, name, _)| (*rust, *name));
    let known: BTreeMap<&str, &str> =
        known.chain(lists.iter().map(|Values(rust, name, _)| (*rust, *name))).collect();
    let kind = |rust: &str| {
        let bare = rust.trim_matches(['[', ']', '?']);
        rust.replace(bare, known.get(bare).unwrap_or(&bare))
    };
    let mut lines = Vec::new();
    for Form(_, name, fields) in &forms {
        let line = |(field, rust): &(&str, String)| {
            vec![format!("**{name}**"), format!("`{field}`"), kind(rust)]
        };
        lines.extend(fields.iter().map(line));
    }
    for Values(_, name, values) in &lists {
        let mut values = values.clone();
        values.sort_unstable();
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        lines.push(vec![format!("*{name}*"), values.join(", ")]);
    }
    lines
}

/// The document's own lines in the same form. A line without a first cell belongs to the form above.
fn written(document: &str) -> Vec<Vec<String>> {
    let (_, tables) = document.split_once("## Every name").expect("a heading");
    let mut form = String::new();
    let mut written = Vec::new();
    for line in tables.lines().filter_map(|line| line.strip_prefix('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if !cells[0].is_empty() {
            cells[0].clone_into(&mut form);
        }
        if form.starts_with("**") {
            written.push([&*form, cells[1], cells[2]].map(str::to_owned).to_vec());
        } else if form.starts_with('*') {
            let mut values: Vec<&str> = cells[1].split('`').skip(1).step_by(2).collect();
            values.sort_unstable();
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            written.push(vec![form.clone(), values.join(", ")]);
        }
    }
    written
}

/// What the document lacks, as the lines that it should have, and what it has too much.
fn missing(document: &str, wanted: &[Vec<String>]) -> Vec<String> {
    let written = written(document);
    let shown = |line: &Vec<String>| format!("| {} |", line.join(" | "));
    let mut missing: Vec<String> =
        wanted.iter().filter(|line| !written.contains(line)).map(shown).collect();
    let extra = written.iter().filter(|line| !wanted.contains(line));
    missing.extend(extra.map(|line| format!("not {}", shown(line))));
    let (_, requests) = document.split_once("## Requests").expect("a heading");
    let firsts = requests.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let firsts: BTreeSet<&str> = firsts.flat_map(|cell| cell.split('`')).collect();
    let ops = Op::ALL.into_iter().map(Op::name).filter(|op| !firsts.contains(op));
    missing.extend(ops.map(|op| format!("the operation {op}")));
    missing
}

#[test]
fn every_word_of_the_wire_stands_in_the_document_with_its_type() {
    let missing = missing(DOCUMENT, &lines());
    assert!(missing.is_empty(), "PROTOCOL.md lacks, or has otherwise:\n{}", missing.join("\n"));
}

#[test]
fn no_word_can_be_taken_out_of_the_document_unnoticed() {
    let wanted = lines();
    let missing = |document: &str| missing(document, &wanted);
    assert_eq!(missing(DOCUMENT), Vec::<String>::new(), "or it says nothing of what is taken out");
    let (before, tables) = DOCUMENT.split_once("## Every name").expect("a heading");
    let lines: Vec<&str> = tables.lines().collect();
    let (mut noticed, mut is_form) = (0, false);
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').collect();
        if !cells[1].trim().is_empty() {
            is_form = cells[1].contains("**");
        }
        let mut without = vec![cells[2].to_owned()];
        without.extend(cells[2].match_indices('`').step_by(2).map(|(start, _)| {
            let (_, rest) = cells[2][start + 1..].split_once('`').expect("it ends");
            cells[2][..start].to_owned() + rest
        }));
        let of_type = is_form.then(|| (3, String::from(" bytes "))).into_iter();
        for (cell, new) in without.into_iter().skip(1).map(|new| (2, new)).chain(of_type) {
            let mut cells = cells.clone();
            cells[cell] = &new;
            let (mut lines, line) = (lines.clone(), cells.join("|"));
            lines[at] = &line;
            let changed = format!("{before}## Every name{}", lines.join("\n"));
            assert_ne!(missing(&changed), Vec::<String>::new(), "{line}");
            noticed += 1;
        }
    }
    assert!(500 < noticed, "{noticed}");
    for op in Op::ALL {
        let without = before.replace(&format!("`{}`", op.name()), "");
        let without = format!("{without}## Every name{tables}");
        assert_ne!(missing(&without), Vec::<String>::new(), "{}", op.name());
    }
}
