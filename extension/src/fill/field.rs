//! Which input of a page wants the code: a pure function over descriptions of inputs.
//!
//! Boxes are grouped first. Every candidate then collects evidence from separate sources: its own name, its
//! own label, its format, the page around it. What a field's own words exclude stays excluded, whatever
//! the page says; what neighbours say only ever lowers. At most one candidate of a page wins.
//!
//! Never here: the page, the browser, a code.

use serde::{Deserialize, Serialize};
use shared::protocol::MAX_FIELD;

use super::fold::split;
use super::group::groups;
use super::reading::{Page, tail};
use super::rules::{score, score_group};
use super::words::{Tier, tier};

/// One document of a tab, as page.js describes it. Nothing in it is a value that somebody typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Document {
    /// The browser's number of the document's frame; 0 is the tab's own.
    pub frame: i32,
    /// Its origin, as the isolated world reads it.
    pub origin: String,
    /// Whether it is the tab's own document.
    pub top: bool,
    /// Whether the person can see it: iframes may be transparent, covered or off the screen. `None` when
    /// the documents above are of another origin, so that only they can tell; see [`Document::frames`].
    pub shown: Option<bool>,
    /// Names this description, so that a later write means the same elements.
    pub token: String,
    /// User names that stand on it.
    pub names: Vec<String>,
    /// Title.
    pub title: String,
    /// Visible headings.
    pub headings: Vec<String>,
    /// Language.
    pub lang: String,
    /// The forms that inputs belong to.
    pub forms: Vec<Form>,
    /// All inputs, in document order through shadow roots.
    pub inputs: Vec<Input>,
    /// The iframes in it.
    pub frames: Vec<Frame>,
}

/// An iframe, as the document around it sees it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Frame {
    /// Origin of its address.
    pub origin: String,
    /// Whether the person can see it.
    pub shown: bool,
}

/// What a form says of itself.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Form {
    /// Id, name, class, last parts of the action.
    pub words: String,
    /// What its submit button says.
    pub button: String,
}

/// One `<input>`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Input {
    /// Position among all inputs of the document.
    pub index: u32,
    /// The `type` property: what the browser makes of the attribute.
    pub kind: String,
    /// The attributes of the same names.
    pub name: String,
    /// `id`.
    pub id: String,
    /// `class`.
    pub class: String,
    /// `autocomplete`, as it is written.
    pub autocomplete: String,
    /// `inputmode`.
    pub input_mode: String,
    /// `maxlength`; -1 without.
    pub max_length: i32,
    /// `pattern`.
    pub pattern: String,
    /// `placeholder`.
    pub placeholder: String,
    /// `title`.
    pub title: String,
    /// Text of all its labels, by every mechanism of HTML and ARIA.
    pub label: String,
    /// What `aria-describedby` refers to.
    pub hint: String,
    /// `data-*` attributes that name it for tests or widgets.
    pub data: String,
    /// Text before it.
    pub before: String,
    /// Text after it.
    pub after: String,
    /// Attributes of images beside it.
    pub images: String,
    /// A picture of the size of a few letters is right beside it, above or below.
    pub pictured: bool,
    /// Place in its document, in CSS pixels.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Whether the person can see it.
    pub visible: bool,
    /// Whether something else lies over it.
    pub covered: bool,
    /// Number of drawn boxes behind it, if it is invisible.
    pub drawn: u32,
    /// `readonly`.
    pub readonly: bool,
    /// `disabled`.
    pub disabled: bool,
    /// Whether it holds something already.
    pub filled: bool,
    /// Whether it has the focus.
    pub focused: bool,
    /// Whether it is in a search form.
    pub search: bool,
    /// Whether it has no attribute that an input for people has.
    pub bare: bool,
    /// Position of its form in [`Document::forms`].
    pub form: Option<usize>,
    /// Without a form: what the next button says.
    pub button: String,
}

/// Where a code goes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Target {
    /// The document's frame.
    pub frame: i32,
    /// The inputs that take it, in order: one, or one per digit.
    pub inputs: Vec<u32>,
    /// What the page calls it, for asking "this field?".
    pub label: String,
}

/// What is known about the page's field for a code.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// No field for a code.
    None,
    /// Certainly this one: it may be filled at once.
    Sure(Target),
    /// Perhaps this one: ask first.
    Unsure(Target),
}

/// From here on a field is filled without asking.
pub(super) const SURE: i32 = 50;
/// From here on it is worth asking.
const UNSURE: i32 = 30;

/// The field for a code among all documents of a tab.
pub fn choose(documents: &[Document]) -> Choice {
    match best(documents) {
        (None, _) => Choice::None,
        (Some((SURE.., target)), false) => Choice::Sure(target),
        (Some((_, target)), _) => Choice::Unsure(target),
    }
}

/// Whether two fields look as if they wanted the code, and one as much as the other.
pub fn is_tied(documents: &[Document]) -> bool {
    best(documents).1
}

/// The candidate with the most evidence and its score, and whether another one has as much.
fn best(documents: &[Document]) -> (Option<(i32, Target)>, bool) {
    let mut best: Option<(i32, Target)> = None;
    let mut tied = false;
    for document in documents.iter().filter(|document| is_shown(document, documents)) {
        for (score, target) in candidates(document) {
            match &best {
                _ if score < UNSURE => {}
                Some((most, _)) if score < *most => {}
                // The first of equals is the one that a person comes to first. But two equal fields
                // are seldom both for the code.
                Some((most, _)) if score == *most => tied = true,
                _ => (best, tied) = (Some((score, target)), false),
            }
        }
    }
    (best, tied)
}

/// The input that has the focus, if a code can be typed into it: for "fill the focused field", when the
/// person knows better.
pub fn focused(documents: &[Document]) -> Option<Target> {
    documents.iter().filter(|document| is_shown(document, documents)).find_map(|document| {
        let fields: Vec<&Input> = document.inputs.iter().filter(|input| input.is_open()).collect();
        let field = fields.iter().find(|field| field.focused)?;
        let group = groups(&fields).into_iter().find(|group| group[0].index == field.index);
        Some(target(document, &group.unwrap_or_else(|| vec![field])))
    })
}

/// What stays the same of a field, or of boxes, from one visit to the next; for knowing it again. `None` of one field
/// without a word of its own: any other could be taken for it.
pub fn signature(documents: &[Document], target: &Target) -> Option<String> {
    let document = documents.iter().find(|document| document.frame == target.frame)?;
    let index = target.inputs.first()?;
    let first = document.inputs.iter().find(|input| input.index == *index)?;
    let Input { kind, name, id, autocomplete, label, placeholder, .. } = first;
    let count = target.inputs.len();
    let words = [name, id, autocomplete, label, placeholder];
    if count == 1 && words.iter().all(|word| word.is_empty()) {
        return None;
    }
    let signature = [kind, name, id, autocomplete, label, placeholder].map(String::as_str);
    let signature = format!("{count}\0{}", signature.join("\0"));
    // As much as the host takes, by bytes.
    let starts = signature.char_indices().map(|(at, c)| at + c.len_utf8());
    let most = starts.take_while(|end| *end <= MAX_FIELD).last().unwrap_or_default();
    Some(signature[..most].to_owned())
}

/// The field that was pointed out earlier on pages of this origin, if it is there and open, and no other is like it.
pub fn known(documents: &[Document], is_known: impl Fn(&str, &str) -> bool) -> Option<Target> {
    let shown = documents.iter().filter(|document| is_shown(document, documents));
    let mut known = shown.flat_map(|document| {
        let fields: Vec<&Input> = document.inputs.iter().filter(|input| input.is_open()).collect();
        let alone = fields.iter().map(|field| vec![*field]);
        let targets =
            groups(&fields).into_iter().chain(alone).map(|inputs| target(document, &inputs));
        let is_it = |target: &Target| {
            signature(documents, target).is_some_and(|known| is_known(&document.origin, &known))
        };
        targets.filter(is_it).collect::<Vec<_>>()
    });
    known.next().filter(|_| known.next().is_none())
}

/// Whether a field would be chosen if it were not hidden or covered.
pub fn is_hidden(documents: &[Document]) -> bool {
    let seen = |input: &Input| Input { visible: true, covered: false, ..input.clone() };
    let shown = documents.iter().map(|document| Document {
        shown: Some(true),
        inputs: document.inputs.iter().map(seen).collect(),
        ..document.clone()
    });
    matches!(choose(&shown.collect::<Vec<_>>()), Choice::Sure(_))
}

/// A frame of another origin cannot look out: the top document must show all its frames of that origin.
fn is_shown(document: &Document, documents: &[Document]) -> bool {
    document.top
        || document.shown.unwrap_or_else(|| {
            let mut frames = documents
                .iter()
                .filter(|top| top.top)
                .flat_map(|top| &top.frames)
                .filter(|frame| frame.origin == document.origin)
                .peekable();
            frames.peek().is_some() && frames.all(|frame| frame.shown)
        })
}

impl Input {
    /// Whether a code could be typed into it.
    pub(super) fn is_open(&self) -> bool {
        self.takes_text() && self.visible && !self.covered
    }

    fn takes_text(&self) -> bool {
        matches!(self.kind.as_str(), "text" | "tel" | "number" | "password")
            && !self.readonly
            && !self.disabled
            && !self.search
    }
}

/// Every candidate of a document with its score.
fn candidates(document: &Document) -> Vec<(i32, Target)> {
    let fields: Vec<&Input> = document.inputs.iter().filter(|input| input.is_open()).collect();
    let mut groups = groups(&fields);
    let page = Page::new(document, &fields, &groups);
    // Boxes without any attribute are drawn for one real input that nobody sees.
    let hidden: Vec<&Input> = document
        .inputs
        .iter()
        .filter(|input| {
            input.takes_text()
                && (4..=10).contains(&input.drawn)
                && (input.autocomplete.contains("one-time-code")
                    || tier(&split(&input.name)) == Tier::Strong
                    || i64::from(input.max_length) == i64::from(input.drawn))
        })
        .collect();
    if !hidden.is_empty() {
        groups.retain(|group| !group.iter().all(|input| input.bare));
    }
    let mut found: Vec<(i32, Target)> = Vec::new();
    for group in &groups {
        found.push((score_group(&page, group, groups.len()), target(document, group)));
    }
    for field in &fields {
        let boxed = groups.iter().flatten().any(|input| input.index == field.index);
        if !boxed && (!field.bare || hidden.is_empty()) {
            found.push((score(&page, field), target(document, &[field])));
        }
    }
    if !found.iter().any(|(score, _)| UNSURE <= *score) {
        found.extend(hidden.iter().map(|field| (score(&page, field), target(document, &[field]))));
    }
    found
}

fn target(document: &Document, inputs: &[&Input]) -> Target {
    let first = inputs[0];
    let label = [&first.label, &first.placeholder, &first.before, &first.name, &first.id]
        .into_iter()
        .find(|text| !text.trim().is_empty())
        .map(|text| tail(text, 80).trim().to_owned());
    Target {
        frame: document.frame,
        inputs: inputs.iter().map(|input| input.index).collect(),
        label: label.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::forms::{ASKED, CODES, Field, OTHERS};
    use super::super::languages::LANGUAGES;
    use super::*;

    fn input(label: &str, name: &str) -> Input {
        Input {
            kind: "text".to_owned(),
            name: name.to_owned(),
            label: label.to_owned(),
            max_length: -1,
            width: 200.0,
            height: 24.0,
            visible: true,
            ..Input::default()
        }
    }

    fn page(heading: &str, inputs: Vec<Input>) -> Document {
        let inputs = inputs
            .into_iter()
            .enumerate()
            .map(|(index, input)| Input { index: u32::try_from(index).unwrap(), ..input });
        Document {
            top: true,
            headings: vec![heading.to_owned()],
            inputs: inputs.collect(),
            ..Document::default()
        }
    }

    fn is_sure(document: Document) -> bool {
        matches!(choose(&[document]), Choice::Sure(_))
    }

    fn is_asked(document: Document) -> bool {
        matches!(choose(&[document]), Choice::Unsure(_))
    }

    #[test]
    fn every_language_asks_for_the_code_and_is_understood() {
        let mut missed = Vec::new();
        for (lang, heading, label, ..) in LANGUAGES {
            for (label, name) in [(*label, ""), ("", "code")] {
                if !is_sure(page(heading, vec![input(label, name)])) {
                    missed.push((lang, *heading, label));
                }
            }
            // Of which factor it is, the label does not say.
            if !is_asked(page("", vec![input(label, "code")])) {
                missed.push((lang, "", *label));
            }
        }
        assert!(missed.is_empty(), "{missed:?}");
    }

    #[test]
    fn no_language_gives_the_code_to_something_else() {
        let mut taken = Vec::new();
        for (lang, heading, _, recovery, others) in LANGUAGES {
            if is_sure(page(heading, vec![input(recovery, "code")])) {
                taken.push((lang, *recovery));
            }
            for other in *others {
                let plain = input(other, "code");
                let tempting = Input { focused: true, max_length: 6, ..input(other, "code") };
                if is_sure(page("", vec![plain])) || is_sure(page("", vec![tempting])) {
                    taken.push((lang, *other));
                }
            }
        }
        assert!(taken.is_empty(), "{taken:?}");
    }

    #[test]
    fn a_widget_for_boxes_says_nothing_of_what_is_typed_there() {
        let drawn = |label| Input {
            drawn: 6,
            data: "slot input-otp input-otp true".to_owned(),
            autocomplete: "one-time-code".to_owned(),
            input_mode: "numeric".to_owned(),
            max_length: 6,
            ..input(label, "")
        };
        assert!(is_sure(page("Two-step verification", vec![drawn("")])));
        assert!(is_sure(page("Log in", vec![drawn("Authenticator code")])));
        assert!(!is_sure(page("Make a profile", vec![drawn("6-digit PIN")])));
        assert!(!is_sure(page("Log in", vec![drawn("")])));
        let marked = |label| Input { data: String::new(), ..drawn(label) };
        assert!(is_asked(page("Log in", vec![marked("")])), "codes by mail are marked, too");
        assert!(is_sure(page("Log in", vec![marked("Security code")])), "the page itself says so");
        let last = || page("One last step", vec![marked("Security code")]);
        assert!(is_asked(last()), "a step of what?");
        let form = Form { words: "LoginForm".to_owned(), ..Form::default() };
        assert!(is_sure(Document { forms: vec![form], ..last() }), "the form's name says so");
    }

    #[test]
    fn what_a_field_takes_and_is_sent_as_is_heard() {
        let with =
            |pattern: &str| Input { pattern: pattern.to_owned(), ..input("Security code", "c") };
        assert!(is_sure(page("Log in", vec![with("[0-9]{6}")])));
        assert!(!is_sure(page("Log in", vec![with("[0-9]{3}")])), "a card's");
        let named = |name| Input { id: "otp-input".to_owned(), ..input("How much", name) };
        assert!(is_sure(page("", vec![named("otp")])));
        assert!(!is_sure(page("", vec![named("amount")])), "a piece of another form");
    }

    fn form(field: &Field) -> Document {
        let Field(heading, before, label, placeholder, name, autocomplete, kind, max_length) =
            *field;
        let input = Input {
            before: before.to_owned(),
            placeholder: placeholder.to_owned(),
            autocomplete: autocomplete.to_owned(),
            kind: kind.to_owned(),
            max_length,
            ..input(label, name)
        };
        page(heading, vec![input])
    }

    #[test]
    fn forms_as_sites_write_them() {
        let describe = |field: &&Field| (field.0, field.2, field.3, field.4);
        let missed: Vec<_> =
            CODES.iter().filter(|field| !is_sure(form(field))).map(|f| describe(&f)).collect();
        assert!(missed.is_empty(), "missed: {missed:#?}");
        let certain: Vec<_> =
            ASKED.iter().filter(|field| !is_asked(form(field))).map(|f| describe(&f)).collect();
        assert!(certain.is_empty(), "not asked about: {certain:#?}");
        let taken: Vec<_> =
            OTHERS.iter().filter(|field| is_sure(form(field))).map(|f| describe(&f)).collect();
        assert!(taken.is_empty(), "taken: {taken:#?}");
    }
}
