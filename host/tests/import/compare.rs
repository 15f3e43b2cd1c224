//! The pack's rules for comparing a report with an expected result: the same as its `compare.py`.
//!
//! Never here: which files are compared.

use serde_json::Value;

/// Reasons that are as good as each other.
const SAME: [&[&str]; 2] = [
    &["invalid_secret", "missing_secret"],
    &["corrupt_item", "invalid_secret", "unsupported_type"],
];

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The values that a field may have: `KEY_any_of`, or the one that is stated.
fn allowed(expected: &Value, key: &str) -> Vec<Value> {
    match list(expected, &format!("{key}_any_of")) {
        [] => vec![expected.get(key).cloned().unwrap_or(Value::Null)],
        any => any.to_vec(),
    }
}

fn sorted(tags: &Value) -> Vec<String> {
    let mut tags: Vec<String> = tags
        .as_array()
        .into_iter()
        .flatten()
        .map(|tag| tag.as_str().unwrap_or_default().to_owned())
        .collect();
    tags.sort();
    tags
}

/// The fields in which an entry differs.
fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let kind = text(expected, "type");
    let same_text = kind == "motp" && text(actual, "secret_text") == text(expected, "secret_text");
    if text(expected, "secret_hex") != text(actual, "secret_hex") && !same_text {
        return vec!["secret".into()];
    }
    let mut out = Vec::new();
    for key in ["type", "issuer", "label", "note"] {
        let matches = allowed(expected, key)
            .iter()
            .any(|value| value.as_str().unwrap_or_default().trim() == text(actual, key).trim());
        if !matches {
            out.push(key.to_owned());
        }
    }
    let mut must = |key: &str, kinds: &[&str]| {
        if kinds.contains(&kind) && !allowed(expected, key).contains(&actual[key]) {
            out.push(key.to_owned());
        }
    };
    must("algorithm", &["totp", "hotp"]);
    must("digits", &["totp", "hotp", "steam"]);
    must("period", &["totp", "steam"]);
    must("counter", &["hotp"]);
    if !text(expected, "pin").is_empty() && text(expected, "pin") != text(actual, "pin") {
        out.push("pin".into());
    }
    if !allowed(expected, "tags").iter().any(|tags| sorted(tags) == sorted(&actual["tags"])) {
        out.push("tags".into());
    }
    let favourite = |value: &Value| value.get("favorite").and_then(Value::as_bool).unwrap_or(false);
    if favourite(expected) != favourite(actual) {
        out.push("favorite".into());
    }
    if actual["counter"] == expected["counter"] {
        for (time, code) in expected["codes"].as_object().into_iter().flatten() {
            let ours = actual["codes"].get(time);
            // Without its PIN an account has no codes.
            if ours.is_some_and(|ours| ours != code) {
                out.push(format!("code at {time}"));
            }
        }
    }
    out
}

/// What differs between a report and an expected result; nothing if they match.
pub(crate) fn compare(expected: &Value, actual: &Value) -> Vec<String> {
    if expected["outcome"] != actual["outcome"] {
        return vec![format!(
            "outcome: expected {} {}, got {} {}",
            expected["outcome"], expected["error"], actual["outcome"], actual["error"]
        )];
    }
    if expected["outcome"] == "error" {
        let any = allowed_errors(expected);
        return if any.contains(&actual["error"]) {
            Vec::new()
        } else {
            vec![format!("error: expected {any:?}, got {}", actual["error"])]
        };
    }
    let mut out = Vec::new();
    let mut left: Vec<&Value> = list(actual, "entries").iter().collect();
    let mut skipped: Vec<&str> =
        list(actual, "skipped").iter().map(|skip| text(skip, "reason")).collect();
    let mut entries: Vec<&Value> = list(expected, "entries").iter().collect();
    entries.sort_by_key(|entry| {
        entry
            .as_object()
            .map_or(0, |fields| fields.keys().filter(|k| k.ends_with("_any_of")).count())
    });
    for entry in entries {
        if let Some(index) = left.iter().position(|other| differences(entry, other).is_empty()) {
            left.remove(index);
            continue;
        }
        if !entry["duplicate_of"].is_null() {
            continue;
        }
        let may_skip = text(entry, "may_skip");
        if let Some(index) = skipped.iter().position(|reason| *reason == may_skip) {
            skipped.remove(index);
            continue;
        }
        let near = left.iter().map(|other| differences(entry, other)).min_by_key(Vec::len);
        out.push(format!("missing {} {}: nearest {near:?}", entry["issuer"], entry["label"]));
    }
    out.extend(
        left.iter().map(|other| format!("unexpected {} {}", other["issuer"], other["label"])),
    );
    for skip in list(expected, "skipped") {
        let reason = text(skip, "reason");
        let same = |other: &str| {
            other == reason
                || SAME.iter().any(|group| group.contains(&reason) && group.contains(&other))
        };
        match skipped.iter().position(|other| same(other)) {
            Some(index) => drop(skipped.remove(index)),
            None => out.push(format!("not reported: {} ({reason})", skip["name"])),
        }
    }
    skipped.retain(|reason| *reason != "duplicate");
    if !skipped.is_empty() {
        out.push(format!("reported, not expected: {skipped:?}"));
    }
    let incomplete = |value: &Value| {
        list(value, "warnings").iter().any(|warning| warning["code"] == "incomplete_batch")
    };
    if incomplete(expected) && !incomplete(actual) {
        out.push("no warning of an incomplete batch".into());
    }
    out
}

fn allowed_errors(expected: &Value) -> Vec<Value> {
    match list(expected, "error_any_of") {
        [] => vec![expected["error"].clone()],
        any => any.to_vec(),
    }
}
