//! What a file would bring, with the choices, and what it has brought.
//!
//! Never here: what is picked and read (`page`).

use shared::protocol::desk::{Count, Item, Of, Report};
use web_sys::Element;

use super::elements::{button, el, select, title};
use super::model::count;
use super::words;
use crate::browser;
use crate::text::{counted, t, with};

/// What would be done, and the choices. `go` is on the button.
pub fn preview(report: &Report, go: &str) -> Vec<Element> {
    let heading = match report.saved_at {
        Some(at) => {
            let date = browser::language::date(i64::try_from(at).unwrap_or(i64::MAX));
            with("desk_backup_of", &[&date])
        }
        None => with("desk_found", &[&report.source]),
    };
    let heading = el("h2", &[("id", "report"), ("tabindex", "-1")], &heading, vec![]);
    let mut parts = vec![heading];
    if !report.damaged.is_empty() {
        let text = with("warning_damaged", &[&report.damaged.join(", ")]);
        parts.push(el("p", &[("class", "banner")], &text, vec![]));
    }
    parts.extend(counts(report));
    for warning in &report.warnings {
        parts.push(el("p", &[("class", "banner")], &words::warning(*warning), vec![]));
    }
    let at_odds = |item: &&Item| matches!(item.of, Of::OtherNames | Of::OtherSecret);
    let mut n = 0;
    let items: Vec<Element> = report
        .items
        .iter()
        .filter(at_odds)
        .map(|item| {
            let id = format!("choice-{n}");
            n += 1;
            let line = match item.of {
                Of::OtherNames => with("desk_other_names", &[&item.name, &item.there]),
                _ => with("desk_other_secret", &[&item.name]),
            };
            let options = [
                ("both", t("choice_both")),
                ("keep", t("choice_keep")),
                ("replace", t("choice_replace")),
            ];
            el("li", &[], "", vec![select(&id, &line, &options)])
        })
        .collect();
    if !items.is_empty() {
        parts.push(title(&t("desk_at_odds")));
        if 1 < items.len() {
            let options = [
                ("", t("choice_each")),
                ("both", t("choice_both")),
                ("keep", t("choice_keep")),
                ("replace", t("choice_replace")),
            ];
            let all = select("choice-all", &t("choice_all"), &options);
            parts.push(el("div", &[("class", "card items")], "", vec![all]));
        }
        parts.push(el("ul", &[("class", "card items")], "", items));
    }
    parts.extend(named(report, Of::LeftOut, &t("desk_left_out")));
    parts.extend(named(report, Of::Completed, &t("desk_completed")));
    if 0 < count(report, Of::Gone) {
        let switch =
            [("id", "deleted"), ("type", "checkbox"), ("role", "switch"), ("class", "switch")];
        let inside = vec![
            el("label", &[("for", "deleted")], &t("desk_bring_back"), vec![]),
            el("input", &switch, "", vec![]),
        ];
        parts.push(el("div", &[("class", "field line")], "", inside));
    }
    if brings_something(report) {
        parts.push(button("take-in", "primary", go));
        parts.push(button("cancel", "plain", &t("cancel")));
    } else {
        let status = [("class", "hint"), ("role", "status")];
        parts.push(el("p", &status, &t("desk_all_there"), vec![]));
        parts.push(button("cancel", "primary", &t("back")));
    }
    parts
}

/// What an import's button says: how many accounts it would bring.
pub fn import_these(brings: usize) -> String {
    match u32::try_from(brings) {
        Ok(0) | Err(_) => t("desk_import_these"),
        Ok(n) => counted("import_accounts", n, &[]),
    }
}

/// Whether the vault would be another one afterwards.
fn brings_something(report: &Report) -> bool {
    report.counts.iter().any(|count| match count.of {
        Of::Kept | Of::LeftOut | Of::Older | Of::Same | Of::WithoutCode => false,
        Of::Added
        | Of::Changed
        | Of::Completed
        | Of::Deleted
        | Of::Gone
        | Of::New
        | Of::OtherNames
        | Of::OtherSecret
        | Of::Replaced => 0 < count.n,
    })
}

/// How many of what; nothing of an empty file.
fn counts(report: &Report) -> Option<Element> {
    let line = |count: &Count| el("li", &[], &words::count(count.of, count.n), vec![]);
    let lines: Vec<Element> = report.counts.iter().map(line).collect();
    (!lines.is_empty()).then(|| el("ul", &[("class", "card counts")], "", lines))
}

/// Accounts by name, each with what there is to say of it, under a heading; nothing where there are none.
fn named(report: &Report, of: Of, heading: &str) -> Vec<Element> {
    let line = |item: &Item| {
        let name = if item.name.is_empty() { t("desk_unnamed") } else { item.name.clone() };
        let said = match of {
            Of::Completed => words::gaps(&item.fills),
            _ => words::left_out(&item.why),
        };
        let name = el("span", &[("dir", "auto")], &name, vec![]);
        el("li", &[], "", vec![name, el("span", &[("class", "hint")], &said, vec![])])
    };
    let lines: Vec<Element> = report.items.iter().filter(|item| item.of == of).map(line).collect();
    if lines.is_empty() {
        return lines;
    }
    vec![title(heading), el("ul", &[("class", "card items")], "", lines)]
}

/// What was done; `on` leads on.
pub fn done(report: &Report, on: Element) -> Vec<Element> {
    let heading = el("h2", &[("id", "report"), ("tabindex", "-1")], &t("desk_done"), vec![]);
    let mut parts = vec![heading];
    parts.extend(counts(report));
    parts.extend(named(report, Of::Completed, &t("desk_completed")));
    parts.push(on);
    parts
}
