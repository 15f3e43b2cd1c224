//! Source and texts beside each other: no key is missing or unused in any language, every gap is kept,
//! and each language has the forms that its numbers want.
//!
//! Never here: whether a text is well said.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The languages by the names of their folders, each with the forms of its numbers (CLDR, "cardinal").
const LANGUAGES: &[(&str, &[&str])] = &[
    ("ar", &["few", "many", "one", "other", "two", "zero"]),
    ("de", &["one", "other"]),
    ("en", &["one", "other"]),
    ("es", &["many", "one", "other"]),
    ("fr", &["many", "one", "other"]),
    ("he", &["one", "other", "two"]),
    ("it", &["many", "one", "other"]),
    ("ja", &["other"]),
    ("ko", &["other"]),
    ("nl", &["one", "other"]),
    ("pl", &["few", "many", "one", "other"]),
    ("pt_BR", &["many", "one", "other"]),
    ("ru", &["few", "many", "one", "other"]),
    ("tr", &["one", "other"]),
    ("uk", &["few", "many", "one", "other"]),
    ("zh_CN", &["other"]),
    ("zh_TW", &["other"]),
];
/// Forms that stand for one number alone, so that it may be said in words.
const SINGLE: &[&str] = &["one", "two", "zero"];

/// A language, and whether a letter is its own.
type Script = (&'static str, fn(char) -> bool);

type Texts = BTreeMap<String, String>;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn texts(language: &str) -> Texts {
    let path = here().join("static/_locales").join(language).join("messages.json");
    let file = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let texts: BTreeMap<String, Value> = serde_json::from_str(&file).unwrap();
    // Of a key that is there twice, as two merged branches may leave it, the reader takes the last.
    assert_eq!(file.matches("\": {").count(), texts.len(), "a key is there twice in {language}");
    let message = |text: &Value| text["message"].as_str().unwrap().to_owned();
    texts.iter().map(|(key, text)| (key.clone(), message(text))).collect()
}

fn files(folder: &Path, kind: &str, found: &mut Vec<String>) {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, kind, found);
        } else if path.extension().is_some_and(|e| e == kind) && !path.ends_with("tests.rs") {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// The string after each `mark`, wherever `mark` does not continue a longer name.
fn named<'a>(text: &'a str, mark: &str, quote: char, found: &mut BTreeSet<&'a str>) {
    for (at, _) in text.match_indices(mark) {
        let joined =
            text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        // A call that was broken over two lines is the same call.
        let rest = text[at + mark.len()..].trim_start();
        let key = rest.strip_prefix(quote).and_then(|rest| rest.split_once(quote));
        if let (false, Some((key, _))) = (joined, key) {
            found.insert(key);
        }
    }
}

/// Every key that the source names: plain ones, and those that go with a number.
fn used(sources: &[String]) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let (mut plain, mut counted) = (BTreeSet::new(), BTreeSet::new());
    for source in sources {
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        named(source, "t(", '"', &mut plain);
        named(source, "with(", '"', &mut plain);
        named(source, "counted(", '"', &mut counted);
        named(source, "getMessage(", '\'', &mut plain);
        named(source, "say(", '\'', &mut plain);
        for part in source.split("__MSG_").skip(1) {
            plain.insert(part.split("__").next().unwrap());
        }
    }
    plain.retain(|key| !key.starts_with("@@") && !key.contains('{'));
    (plain, counted)
}

fn sources() -> Vec<String> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(here().join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, "rs", &mut sources);
        } else {
            sources.push(fs::read_to_string(path).unwrap());
        }
    }
    files(&here().join("static"), "js", &mut sources);
    files(&here().join("../manifests"), "json", &mut sources);
    // Comments explain with examples.
    let code = |source: String| {
        let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    };
    sources.into_iter().map(code).collect()
}

/// Gaps of a text, `$1` to `$9`, each once.
fn gaps(text: &str) -> BTreeSet<char> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices('$') {
        found.extend(text[at + 1..].chars().next());
    }
    found
}

#[test]
fn every_language_is_there_and_no_other() {
    let mut there: Vec<String> = fs::read_dir(here().join("static/_locales"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, LANGUAGES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn no_key_is_missing_or_unused_in_any_language() {
    let sources = sources();
    let (plain, counted) = used(&sources);
    assert!(100 < plain.len(), "the source is read");
    for (language, forms) in LANGUAGES {
        let mut wanted: BTreeSet<String> = plain.iter().map(|key| (*key).to_owned()).collect();
        for key in &counted {
            wanted.extend(forms.iter().map(|form| format!("{key}_{form}")));
        }
        let there: BTreeSet<String> = texts(language).into_keys().collect();
        let none: Vec<&String> = Vec::new();
        let missing = wanted.difference(&there);
        assert_eq!(missing.collect::<Vec<_>>(), none, "missing in {language}");
        assert_eq!(there.difference(&wanted).collect::<Vec<_>>(), none, "unused in {language}");
    }
}

#[test]
fn every_gap_is_kept() {
    let english = texts("en");
    let sources = sources();
    let (_, counted) = used(&sources);
    for (language, _) in LANGUAGES {
        for (key, text) in texts(language) {
            let form = key.rsplit_once('_').filter(|(stem, _)| counted.contains(stem));
            let like = form.map_or(key.clone(), |(stem, _)| format!("{stem}_other"));
            let mut wanted = gaps(&english[&like]);
            let mut there = gaps(&text);
            if form.is_some_and(|(_, form)| SINGLE.contains(&form)) {
                wanted.remove(&'1');
                there.remove(&'1');
            }
            assert_eq!(there, wanted, "{language}: {key}: {text}");
            assert!(there.iter().all(char::is_ascii_digit), "{language}: {key}: {text}");
        }
    }
}

#[test]
fn every_text_is_translated_and_whole() {
    let english = texts("en");
    let full_stop = |text: &str| text.ends_with(['.', '。', '…', ':', '：', '?', '？', '؟']);
    for (language, _) in LANGUAGES {
        let texts = texts(language);
        assert_eq!(texts["language_tag"], language.replace('_', "-"));
        // What the shops of the browsers take.
        assert!(texts["name"].chars().count() <= 45, "{language}: {}", texts["name"]);
        assert!(
            texts["description"].chars().count() <= 132,
            "{language}: {}",
            texts["description"]
        );
        for (key, text) in &texts {
            assert!(!text.is_empty() && text.trim() == text, "{language}: {key}");
            let Some(said) = english.get(key).filter(|_| *language != "en") else { continue };
            let words = said.split_whitespace().count();
            assert!(words < 4 || said != text, "{language}: {key} is in English");
            assert_eq!(full_stop(said), full_stop(text), "{language}: {key}: {text}");
        }
    }
}

/// A file that was mixed up with another would be noticed by nobody who can't read it.
#[test]
fn every_language_is_written_in_its_own_letters() {
    let scripts: [Script; 8] = [
        ("ar", |c| ('\u{600}'..='\u{6ff}').contains(&c)),
        ("he", |c| ('\u{590}'..='\u{5ff}').contains(&c)),
        ("ja", |c| {
            ('\u{3040}'..='\u{30ff}').contains(&c) || ('\u{4e00}'..='\u{9fff}').contains(&c)
        }),
        ("ko", |c| {
            ('\u{3130}'..='\u{318f}').contains(&c) || ('\u{ac00}'..='\u{d7af}').contains(&c)
        }),
        ("ru", |c| ('\u{400}'..='\u{4ff}').contains(&c) && !"іїєґІЇЄҐ".contains(c)),
        ("uk", |c| ('\u{400}'..='\u{4ff}').contains(&c) && !"ыэъёЫЭЪЁ".contains(c)),
        ("zh_CN", |c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
        ("zh_TW", |c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
    ];
    for (language, own) in scripts {
        for (key, text) in texts(language) {
            let letters: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
            let foreign = letters.iter().filter(|c| !c.is_ascii() && !own(**c)).count();
            assert_eq!(foreign, 0, "{language}: {key}: {text}");
            // Names of standards, products and keys stay in Latin letters.
            let said = ["language_tag", "name"].contains(&key.as_str())
                || letters.iter().any(|c| own(*c))
                || key.starts_with("kind_")
                || key.starts_with("key_")
                || letters.len() < 3;
            assert!(said, "{language}: {key}: {text}");
        }
    }
}
