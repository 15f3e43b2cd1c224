//! What is expected of each page.
//!
//! Never here: a browser, how pages are served.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// What the detector must say.
pub(crate) enum Expected {
    /// Not sure of any field.
    Nothing,
    /// Sure of these, in this document.
    Fields(usize, Vec<String>),
}

/// Our own pages: each says in its second line what is expected.
pub(crate) fn ours(folder: &Path) -> Result<Vec<(String, Expected)>> {
    let mut list = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let text = fs::read_to_string(&path)?;
        let line = text.lines().nth(1).and_then(|line| line.strip_prefix("<!-- expect: "));
        let expected = line.and_then(|line| line.strip_suffix(" -->"));
        let expected = expected.with_context(|| format!("{} expects nothing", path.display()))?;
        let name =
            path.file_name().and_then(|name| name.to_str()).context("a name that is not text")?;
        list.push((
            name.to_owned(),
            match expected.strip_prefix("frame ") {
                Some(selector) => Expected::Fields(1, vec![selector.to_owned()]),
                None if expected == "none" => Expected::Nothing,
                None => Expected::Fields(0, vec![expected.to_owned()]),
            },
        ));
    }
    list.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(list)
}

#[derive(Deserialize)]
struct Label {
    page: String,
    kind: String,
    selectors: Vec<String>,
}

/// Forms with labels. Codes by message and by e-mail look like ours; whether they are filled is the
/// host's business, so nothing is expected of them.
pub(crate) fn corpus(folder: &Path) -> Result<Vec<(String, Expected)>> {
    let labels: Vec<Label> = serde_json::from_slice(&fs::read(folder.join("labels.json"))?)?;
    let list = labels.into_iter().filter(|label| label.kind != "sms").map(|label| {
        let expected = match label.kind.as_str() {
            "neg" => Expected::Nothing,
            _ => Expected::Fields(0, label.selectors),
        };
        (label.page, expected)
    });
    Ok(list.collect())
}
