//! Forms of real projects, as another collector than ours described them. They lie beside the project on
//! some machines and never inside.
//!
//! Our own collector sees more than is written there (pictures, hints, lines), so this asks for less than
//! the suite `fill` does.
//!
//! Never here: a browser.

use std::fs;
use std::path::Path;

use extension::fill::field::{Choice, Document, Form, Input, choose};
use serde_json::Value;
use tests::skip::skip;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn input(from: &Value) -> Input {
    let number = |name: &str| from[name].as_f64().unwrap_or_default();
    let flag = |name: &str| from[name] == true;
    let data = from["data"].as_object().into_iter().flatten();
    let named = ["type", "name", "id", "ac", "im", "pat", "aria", "lby", "ph"];
    Input {
        index: u32::try_from(from["i"].as_u64().unwrap_or_default()).unwrap_or_default(),
        kind: text(&from["type"]),
        name: text(&from["name"]),
        id: text(&from["id"]),
        class: text(&from["cls"]),
        autocomplete: text(&from["ac"]),
        input_mode: text(&from["im"]),
        max_length: i32::try_from(from["ml"].as_i64().unwrap_or(-1)).unwrap_or(-1),
        pattern: text(&from["pat"]),
        placeholder: text(&from["ph"]),
        title: text(&from["title"]),
        label: format!("{} {} {}", text(&from["label"]), text(&from["lby"]), text(&from["aria"])),
        hint: text(&from["dby"]),
        data: data.map(|(name, value)| format!("{name} {} ", text(value))).collect(),
        before: text(&from["before"]),
        after: text(&from["after"]),
        x: number("x"),
        y: number("y"),
        width: number("w"),
        height: number("h"),
        visible: flag("vis"),
        covered: flag("cov"),
        readonly: flag("ro"),
        disabled: flag("dis"),
        filled: flag("filled"),
        focused: flag("focus"),
        search: flag("search"),
        bare: named.iter().all(|name| {
            *name == "type" && from["typeAttr"].is_null() || text(&from[*name]).is_empty()
        }),
        form: from["form"].as_u64().and_then(|at| usize::try_from(at).ok()),
        ..Input::default()
    }
}

fn document(frame: usize, from: &Value) -> Document {
    let forms = from["forms"].as_array().into_iter().flatten().map(|form| Form {
        words: ["id", "name", "cls"].map(|name| text(&form[name])).join(" "),
        button: text(&form["btn"]),
    });
    Document {
        frame: i32::try_from(frame).unwrap_or_default(),
        top: frame == 0,
        shown: Some(true),
        title: text(&from["page"]["title"]),
        headings: text(&from["page"]["heads"]).split('|').map(str::to_owned).collect(),
        lang: text(&from["page"]["lang"]),
        forms: forms.collect(),
        inputs: from["inputs"].as_array().into_iter().flatten().map(input).collect(),
        ..Document::default()
    }
}

#[test]
fn forms_of_real_projects_are_told_from_look_alikes() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/otp-forms/descriptors.json");
    let Ok(bytes) = fs::read(&path) else {
        skip("there are no forms beside the project");
        return;
    };
    let pages: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let (mut right, mut wanted, mut taken, mut others) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for page in &pages {
        let frames = page["frames"].as_array().unwrap();
        let documents: Vec<Document> =
            frames.iter().enumerate().map(|(at, frame)| document(at, frame)).collect();
        let found: Vec<[u64; 2]> = match choose(&documents) {
            Choice::Sure(target) => {
                let frame = u64::try_from(target.frame).unwrap();
                target.inputs.iter().map(|index| [frame, u64::from(*index)]).collect()
            }
            _ => Vec::new(),
        };
        let expected: Vec<[u64; 2]> = serde_json::from_value(page["expected"].clone()).unwrap();
        match page["kind"].as_str().unwrap() {
            "neg" => {
                others += 1;
                taken += usize::from(!found.is_empty());
                if !found.is_empty() {
                    wrong.push(text(&page["page"]));
                }
            }
            "pos" => {
                wanted += 1;
                right += usize::from(found == expected);
                if found != expected {
                    wrong.push(text(&page["page"]));
                }
            }
            _ => {}
        }
    }
    println!("{right} of {wanted} filled right, {taken} of {others} look-alikes filled: {wrong:?}");
    assert!(100 * right >= 93 * wanted, "{right} of {wanted}: {wrong:?}");
    assert!(50 * taken <= 2 * others, "{taken} of {others}: {wrong:?}");
}
