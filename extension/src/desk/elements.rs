//! What the desk's pages are made of. Texts become text nodes and never markup.
//!
//! Never here: what stands on a page (`page`).

use web_sys::Element;

use crate::browser;

/// An element with attributes, a text, and what is inside.
pub fn el(tag: &str, attributes: &[(&str, &str)], text: &str, inside: Vec<Element>) -> Element {
    let document = browser::page::document().expect("the desk is a document");
    let element = document.create_element(tag).expect("a name of HTML");
    for (name, value) in attributes {
        let _ = element.set_attribute(name, value);
    }
    if !text.is_empty() {
        element.set_text_content(Some(text));
    }
    for part in inside {
        let _ = element.append_child(&part);
    }
    element
}

/// A remark beside what it is about.
pub fn hint(text: &str) -> Element {
    el("p", &[("class", "hint")], text, vec![])
}

/// The heading of a part.
pub fn title(text: &str) -> Element {
    el("h2", &[], text, vec![])
}

/// A button; `what` is what it does, as `page::listen` knows it.
pub fn button(what: &str, class: &str, text: &str) -> Element {
    el("button", &[("type", "button"), ("data-do", what), ("class", class)], text, vec![])
}

/// A form with its button.
pub fn form(id: &str, mut parts: Vec<Element>, send: &str) -> Element {
    let attributes = [("type", "submit"), ("class", "primary"), ("data-do", "submit")];
    parts.push(el("button", &attributes, send, vec![]));
    el("form", &[("id", id), ("novalidate", "")], "", parts)
}

/// A field with its label; `complete` is its `autocomplete`.
pub fn field(id: &str, label: &str, kind: &str, complete: &str) -> Element {
    let attributes = [
        ("id", id),
        ("type", kind),
        ("autocomplete", complete),
        ("maxlength", "1024"),
        ("spellcheck", "false"),
    ];
    let parts =
        vec![el("label", &[("for", id)], label, vec![]), el("input", &attributes, "", vec![])];
    el("div", &[("class", "field")], "", parts)
}

/// A choice; each option has a value and a text.
pub fn select(id: &str, label: &str, options: &[(&str, String)]) -> Element {
    let options = options
        .iter()
        .map(|(value, text)| el("option", &[("value", value)], text, vec![]))
        .collect();
    let parts =
        vec![el("label", &[("for", id)], label, vec![]), el("select", &[("id", id)], "", options)];
    el("div", &[("class", "field line")], "", parts)
}

/// An element of SVG. `None` outside of a document.
pub fn svg(tag: &str, attributes: &[(&str, &str)], inside: Option<Element>) -> Option<Element> {
    let space = Some("http://www.w3.org/2000/svg");
    let element = browser::page::document()?.create_element_ns(space, tag).ok()?;
    for (name, value) in attributes {
        let _ = element.set_attribute(name, value);
    }
    if let Some(inside) = inside {
        let _ = element.append_child(&inside);
    }
    Some(element)
}
