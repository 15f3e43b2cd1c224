//! Every sentence a person reads, by its key in `static/_locales`.
//!
//! Each key stands in the source as `t("key")` or `with("key", …)` and nowhere else, so that a test can
//! lay source and texts beside each other.
//!
//! Never here: which sentence is said when.

/// A text without gaps.
pub fn t(key: &'static str) -> String {
    with(key, &[])
}

/// A text with gaps `$1`, `$2`, …
#[cfg(target_arch = "wasm32")]
pub fn with(key: &'static str, gaps: &[&str]) -> String {
    crate::browser::localised(key, gaps)
}

/// Without a browser there is no language: the key stands for the text.
#[cfg(not(target_arch = "wasm32"))]
pub fn with(key: &'static str, gaps: &[&str]) -> String {
    gaps.iter().fold(key.to_owned(), |text, gap| text + " " + gap)
}

/// In small letters, for comparing. The browser has the tables for it.
#[cfg(target_arch = "wasm32")]
pub fn small(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// The same without a browser.
#[cfg(not(target_arch = "wasm32"))]
pub fn small(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    use serde_json::Value;

    fn files(folder: &Path, kind: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, kind, found);
            } else if path.extension().is_some_and(|e| e == kind) {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }

    /// What follows `mark` up to `end`, wherever `mark` does not continue a longer name.
    fn after<'a>(text: &'a str, mark: &str, end: char, found: &mut BTreeSet<&'a str>) {
        for (at, _) in text.match_indices(mark) {
            let joined =
                text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
            if let (false, Some((key, _))) = (joined, text[at + mark.len()..].split_once(end)) {
                found.insert(key);
            }
        }
    }

    #[test]
    fn every_text_is_there_and_used() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let texts = fs::read_to_string(here.join("static/_locales/en/messages.json")).unwrap();
        let texts: BTreeMap<String, Value> = serde_json::from_str(&texts).unwrap();
        let mut sources = Vec::new();
        files(&here.join("src"), "rs", &mut sources);
        files(&here.join("static"), "js", &mut sources);
        files(&here.join("../manifests"), "json", &mut sources);
        let mut used = BTreeSet::new();
        for source in &sources {
            let source = source.split("#[cfg(test)]").next().unwrap();
            // A call that rustfmt broke over two lines is the same call.
            after(source, "t(\"", '"', &mut used);
            after(source, "with(\"", '"', &mut used);
            after(source, "with(\n", ',', &mut used);
            after(source, "getMessage('", '\'', &mut used);
            after(source, "__MSG_", '_', &mut BTreeSet::new());
            for part in source.split("__MSG_").skip(1) {
                used.insert(part.split("__").next().unwrap());
            }
        }
        let used: BTreeSet<&str> = used
            .into_iter()
            .map(|key| key.trim().trim_matches('"'))
            .filter(|key| *key != "key" && !key.is_empty() && !key.starts_with("@@"))
            .collect();
        let there: BTreeSet<&str> = texts.keys().map(String::as_str).collect();
        assert_eq!(used.difference(&there).collect::<Vec<_>>(), [&""; 0], "missing");
        assert_eq!(there.difference(&used).collect::<Vec<_>>(), [&""; 0], "unused");
        for (key, text) in &texts {
            assert!(text["message"].as_str().is_some_and(|m| !m.is_empty()), "{key} is empty");
        }
    }
}
