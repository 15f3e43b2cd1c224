//! Which input of a page wants the code: a pure function over descriptions of inputs.
//!
//! Boxes are grouped first. Every candidate then collects evidence from separate sources: its own name, its
//! own label, its format, the page around it. What a field's own words exclude stays excluded, whatever
//! the page says; what neighbours say only ever lowers. At most one candidate of a page wins.
//!
//! Never here: the page, the browser, a code.

use serde::{Deserialize, Serialize};
use shared::protocol::MAX_FIELD;

use super::group::groups;
use super::words::{
    Tier, asks, fold, is_about, is_beside, is_code, is_edit, is_elsewhere, is_image, is_lost,
    is_naming, is_never, is_once, is_other, is_password, is_pin, is_read, is_recovery, is_seed,
    is_send, is_sent, is_set, is_setting, is_user, split, tier,
};

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
const SURE: i32 = 50;
/// From here on it is worth asking.
const UNSURE: i32 = 30;

/// The field for a code among all documents of a tab.
pub fn choose(documents: &[Document]) -> Choice {
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
    match best {
        None => Choice::None,
        Some((SURE.., target)) if !tied => Choice::Sure(target),
        Some((_, target)) => Choice::Unsure(target),
    }
}

/// The input that has the focus, if a code can be typed into it: for "fill the focused field", when the
/// person knows better.
pub fn focused(documents: &[Document]) -> Option<Target> {
    documents.iter().filter(|document| is_shown(document, documents)).find_map(|document| {
        let fields: Vec<&Input> = document.inputs.iter().filter(|input| is_open(input)).collect();
        let field = fields.iter().find(|field| field.focused)?;
        let group = groups(&fields).into_iter().find(|group| group[0].index == field.index);
        Some(target(document, &group.unwrap_or_else(|| vec![field])))
    })
}

/// What stays the same of a field, or of boxes, from one visit to the next; for knowing it again.
pub fn signature(documents: &[Document], target: &Target) -> Option<String> {
    let document = documents.iter().find(|document| document.frame == target.frame)?;
    let index = target.inputs.first()?;
    let first = document.inputs.iter().find(|input| input.index == *index)?;
    let Input { kind, name, id, autocomplete, label, placeholder, .. } = first;
    let count = target.inputs.len();
    let signature = [kind, name, id, autocomplete, label, placeholder].map(String::as_str);
    let signature = format!("{count}\0{}", signature.join("\0"));
    // As much as the host takes, by bytes.
    let starts = signature.char_indices().map(|(at, c)| at + c.len_utf8());
    let most = starts.take_while(|end| *end <= MAX_FIELD).last().unwrap_or_default();
    Some(signature[..most].to_owned())
}

/// The field that was pointed out earlier on pages of this origin, if it is there and open.
pub fn known(documents: &[Document], is_known: impl Fn(&str, &str) -> bool) -> Option<Target> {
    documents.iter().filter(|document| is_shown(document, documents)).find_map(|document| {
        let fields: Vec<&Input> = document.inputs.iter().filter(|input| is_open(input)).collect();
        let groups = groups(&fields);
        let alone = fields.iter().map(|field| vec![*field]);
        groups.iter().cloned().chain(alone).map(|inputs| target(document, &inputs)).find(|target| {
            signature(documents, target).is_some_and(|known| is_known(&document.origin, &known))
        })
    })
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

/// Whether a code could be typed into it.
fn is_open(input: &Input) -> bool {
    takes_text(input) && input.visible && !input.covered
}

fn takes_text(input: &Input) -> bool {
    matches!(input.kind.as_str(), "text" | "tel" | "number" | "password")
        && !input.readonly
        && !input.disabled
        && !input.search
}

/// Every candidate of a document with its score.
fn candidates(document: &Document) -> Vec<(i32, Target)> {
    let fields: Vec<&Input> = document.inputs.iter().filter(|input| is_open(input)).collect();
    let mut groups = groups(&fields);
    let page = Page::new(document, &fields, &groups);
    // Boxes without any attribute are drawn for one real input that nobody sees.
    let hidden: Vec<&Input> = document
        .inputs
        .iter()
        .filter(|input| {
            takes_text(input)
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
        found.push((page.score_group(group, groups.len()), target(document, group)));
    }
    for field in &fields {
        let boxed = groups.iter().flatten().any(|input| input.index == field.index);
        if !boxed && (!field.bare || hidden.is_empty()) {
            found.push((page.score(field), target(document, &[field])));
        }
    }
    if !found.iter().any(|(score, _)| UNSURE <= *score) {
        found.extend(hidden.iter().map(|field| (page.score(field), target(document, &[field]))));
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

/// The last `most` characters.
fn tail(text: &str, most: usize) -> &str {
    let skip = text.chars().count().saturating_sub(most);
    text.char_indices().nth(skip).map_or("", |(at, _)| &text[at..])
}

/// The first `most` characters.
fn head(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at])
}

/// What is the same for all fields of a document.
struct Page<'a> {
    document: &'a Document,
    /// What headings and title say of a code.
    topic: Tier,
    /// A heading is about recovery codes and none about a second factor.
    recovery: bool,
    /// A heading is about something else that is called a code.
    other: bool,
    /// A field for a remembered password can be seen.
    password: bool,
    /// Fields that are not for a code: with many of them it is a form for something else.
    others: usize,
    /// There is one field, and nothing else to type into.
    alone: bool,
    /// One of them is for a payment card.
    card: bool,
    /// Fields that speak of a PIN. Of two, one is the new one: somebody sets it.
    pins: usize,
}

impl<'a> Page<'a> {
    fn new(document: &'a Document, fields: &[&Input], groups: &[Vec<&Input>]) -> Self {
        let headings: Vec<String> = document.headings.iter().map(|text| fold(text)).collect();
        let title = fold(&document.title);
        let clean = |text: &&String| !is_recovery(text);
        let heading = headings.iter().filter(clean).map(|text| tier(text)).max();
        // A title may be the product's name, and some products are called after what they do.
        let title_tier = if is_recovery(&title) { Tier::Silent } else { tier(&title) };
        let topic = heading.max(Some(title_tier.min(Tier::Medium)));
        let recovery =
            headings.iter().chain([&title]).any(|text| is_recovery(text) || is_lost(text))
                && heading < Some(Tier::Medium);
        let single =
            |field: &&&Input| !groups.iter().flatten().any(|box_| box_.index == field.index);
        let others = fields.iter().filter(single).filter(|field| tier(&own(field)) == Tier::Silent);
        Self {
            document,
            topic: topic.unwrap_or_default(),
            recovery,
            other: headings.iter().any(|text| is_elsewhere(text)) && heading < Some(Tier::Strong),
            password: fields.iter().any(|field| {
                field.kind == "password"
                    && (tier(&own(field)) == Tier::Silent
                        || tier(&own(field)) < Tier::Strong && is_password(&own(field))
                        || field.autocomplete.ends_with("-password"))
            }),
            others: others.count(),
            alone: fields.len() == 1,
            card: document.inputs.iter().any(|field| field.autocomplete.contains("cc-")),
            pins: fields.iter().filter(single).filter(|field| is_pin(&own(field))).count(),
        }
    }

    /// Six boxes are one code; what they are for is written on the first, or above.
    fn score_group(&self, group: &[&Input], groups: usize) -> i32 {
        let marked =
            group.iter().map(|input| self.score_own(input, true)).max().unwrap_or(i32::MIN);
        if group.iter().any(|input| self.score_own(input, true) <= VETO) {
            return VETO;
        }
        let shape = match group.len() {
            6 => 30,
            8 => 25,
            5 | 7 => 10,
            // No app's code has four digits; a PIN has.
            _ => -20,
        };
        // A second row is "and once more": somebody sets a PIN.
        let score = marked + shape - if 1 < groups { 40 } else { 0 };
        if group.len() < 5 { score.min(SURE - 1) } else { score }
    }

    /// Whether its form has a field that no login has.
    fn is_edited(&self, field: &Input) -> bool {
        self.document.inputs.iter().any(|input| {
            let own = own(input);
            input.form == field.form
                && input.index != field.index
                && is_open(input)
                && input.kind != "password"
                && !input.autocomplete.contains("username")
                && tier(&own) == Tier::Silent
                && !is_user(&own)
        })
    }

    fn score(&self, field: &Input) -> i32 {
        self.score_own(field, false)
    }

    fn score_own(&self, field: &Input, boxed: bool) -> i32 {
        let name = fold(&format!("{} {}", split(&field.name), split(&field.id)));
        let widget = fold(&format!("{} {}", split(&field.class), split(&field.data)));
        let (label, labelled) = label(field);
        let hint = fold(&field.hint);
        let form = field.form.and_then(|at| self.document.forms.get(at));
        let form = form.map_or_else(String::new, |form| split(&form.words));

        let marked = field.autocomplete.to_lowercase().contains("one-time-code");
        // What a page calls a field for its own tests is a name, too.
        let by_data = tier(&split(&field.data));
        let by_name = tier(&name).max(if by_data == Tier::Strong { by_data } else { Tier::Silent });
        let by_label = tier(&label);
        let before = sentences(&field.before);
        // "Enter your invitation code. Afterwards we ask for two-factor authentication": where a sentence says
        // which other code is wanted, one that speaks of no code is about something else.
        let asks_other =
            before.iter().any(|text| is_other(text) && is_code(text) && tier(text) < Tier::Strong);
        let near = before
            .iter()
            .chain([&hint])
            .filter(|text| !asks_other || is_code(text))
            .map(|text| if is_recovery(text) { Tier::Silent } else { tier(text) })
            .max()
            .unwrap_or_default();
        let after = match tier(&fold(head(&field.after, 160))) {
            // Below a field stand the other ways to log in.
            Tier::Strong if !is_recovery(&fold(&field.after)) => Tier::Strong,
            _ => Tier::Silent,
        };
        let context = self.topic.max(near).max(after).max(tier(&form).min(Tier::Medium));

        // What the field's own words exclude.
        let own = format!("{label}{name}");
        let autocomplete = field.autocomplete.to_lowercase();
        if is_recovery(&label)
            || is_never(&own)
            || !labelled
                && before.iter().rfind(|text| text.len() > 2).is_some_and(|text| is_never(text))
            || is_recovery(&name) && by_label < Tier::Medium
            || is_other(&label) && by_label < Tier::Strong
            || is_other(&name) && by_name < Tier::Strong && by_label < Tier::Strong
            || is_beside(&label) && labelled && by_label < Tier::Medium
            || (is_about(&split(&field.name)) || is_about(&split(&field.id)))
                && (by_label < Tier::Medium || is_setting(&label) || !is_code(&label))
            || labelled && (is_naming(&label) || is_set(&fold(&field.label)) || is_seed(&label))
            || is_question(&field.label) && by_label < Tier::Medium && !is_code(&label)
            || 1 < self.pins && is_pin(&own) && by_name.max(by_label) < Tier::Strong
            || is_image(&fold(&field.images)) && by_label < Tier::Strong
            || ["cc-", "postal", "bday", "address", "organization", "url"]
                .iter()
                .any(|token| autocomplete.contains(token))
                && by_name.max(by_label) < Tier::Strong
            || ["tel", "email", "name"].iter().any(|token| autocomplete.contains(token))
                && by_name.max(by_label) < Tier::Medium
        {
            return VETO;
        }
        let scratch = (!labelled || by_label == Tier::Silent)
            && before.iter().any(|text| is_recovery(text))
            && !before.iter().any(|text| asks(text));
        if scratch
            || near < Tier::Medium && before.iter().any(|text| is_recovery(text))
            || self.recovery && by_label < Tier::Strong && near < Tier::Strong
        {
            return VETO;
        }
        let said = self.document.headings.iter().map(|text| fold(text)).collect::<String>();
        let around = format!("{}{label}{hint}", before.concat());
        if by_name.max(by_label).max(context) < Tier::Strong && !marked {
            let after = fold(head(&field.after, 120));
            if [&around, &after, &said].into_iter().any(|text| is_read(text)) {
                return VETO;
            }
        }
        let button = field.form.and_then(|at| self.document.forms.get(at));
        if button.is_some_and(|form| is_send(&fold(&form.button)))
            && by_name.max(by_label.min(if labelled { Tier::Strong } else { Tier::Weak }))
                < Tier::Strong
            && !marked
        {
            return VETO;
        }
        // A code that a password manager must not keep is typed into a password field now and then.
        let strong = by_name.max(by_label) == Tier::Strong || marked;
        if field.kind == "password" {
            let once = by_label == Tier::Strong || by_name == Tier::Strong && !is_password(&own);
            let kept = is_password(&own) && (by_label < Tier::Strong || !is_once(&own));
            // Some pages write `new-password` to keep password managers away.
            let claimed =
                autocomplete == "current-password" || autocomplete == "new-password" && !once;
            // "Verification code:", as a terminal asks for it, and nothing else to type into.
            let asked = self.alone
                && labelled
                && by_label == Tier::Medium
                && !is_pin(&own)
                // What is confirmed in secret, or passes by itself, is remembered.
                && !["confirm", "passcode"].iter().any(|word| label.contains(word))
                && !is_other(&own);
            if claimed
                || kept
                || !(once
                    || marked
                    || asked
                    || context == Tier::Strong && Tier::Weak <= by_name.max(by_label))
            {
                return VETO;
            }
        } else if is_password(&label) && by_label < Tier::Strong {
            return VETO;
        }
        let weak = by_name.max(by_label) < Tier::Medium;
        if self.password && !strong && weak && !boxed {
            return VETO;
        }

        // As much as a field may have that is not certain. Boxes get their shape's share on top.
        let doubt = if boxed { SURE - 31 } else { SURE - 1 };
        let mut score = 0;
        if marked {
            score += 50;
        }
        score += match by_name {
            Tier::Strong => 50,
            Tier::Medium => 40,
            Tier::Weak => 20,
            Tier::Silent => 0,
        };
        score += match by_label {
            Tier::Strong => 50,
            Tier::Medium => 40,
            Tier::Weak => 20,
            Tier::Silent => 0,
        };
        if tier(&widget) == Tier::Strong {
            score += 30;
        }
        let format = format_of(field, boxed);
        // Nothing else on the page could take the code that it speaks of.
        let only = self.alone && context == Tier::Strong && !is_beside(&own) && !self.other;
        // The page may be about a second factor and the field about something else: without a word of
        // its own, and without the form of a code, it is not the one.
        if only {
            score += 20;
        }
        if 0 < score || boxed || 20 <= format || field.focused && self.others == 0 {
            score += match context {
                Tier::Strong => 35,
                Tier::Medium => 20,
                Tier::Weak => 5,
                Tier::Silent => 0,
            };
        }
        score += format;
        if field.focused {
            score += 5;
        }
        if by_label == Tier::Medium && !self.card && self.others < 2 {
            score += 10;
        }
        // Speaking of an app, of a device, of a cart: the page knows best what its code is.
        if self.other && by_name < Tier::Strong {
            score = score.min(doubt);
        }
        // No app's code is as short as that.
        if !boxed && (1..=4).contains(&field.max_length) {
            score = score.min(doubt);
        }
        // "Name, confirmation code, Save": where something is kept, its code is one of its properties.
        if !strong
            && context < Tier::Strong
            && !boxed
            && (self.is_edited(field) || button.is_some_and(|form| is_edit(&fold(&form.button))))
        {
            score = score.min(doubt);
        }
        // Six boxes for digits, and not a word of what they are: a meter has them, too.
        if boxed && !marked && by_name.max(by_label).max(context) < Tier::Medium {
            score = score.min(doubt);
        }
        // "Choose a PIN", in boxes.
        if boxed && !strong && context < Tier::Strong && is_pin(&format!("{around}{said}")) {
            score = score.min(doubt);
        }
        if !strong {
            if field.pictured && context < Tier::Strong {
                score = score.min(doubt) - 15;
            }
            // A bare "code" proves nothing: it takes the page's word for what code.
            // Beside a password it is a picture's as often as an app's.
            if weak && context < Tier::Medium && !boxed || self.password && !boxed {
                score = score.min(doubt);
            }
            // Nor does it where there is something else to type into, and the page speaks of any code.
            if weak && context < Tier::Strong && 0 < self.others && !boxed {
                score = score.min(doubt);
            }
            // Nobody has typed a code before it was asked for.
            if field.filled {
                score = score.min(doubt);
            }
            let other = before.iter().any(|text| is_other(text)) && near < Tier::Strong;
            if self.other {
                score = score.min(doubt);
            }
            if self.other || self.card || other {
                score -= 30;
            }
            if is_pin(&own) && weak && context < Tier::Medium {
                score -= 25;
            }
            score -= i32::try_from(self.others.min(4)).unwrap_or(4) * 5;
        }
        // What is there already is seldom a code.
        if field.filled {
            score -= 15;
        }
        // By message: the same form, but not our code, unless the page also speaks of an app.
        if (is_sent(&around) || is_sent(&said))
            && by_name.max(by_label).max(near).max(self.topic) < Tier::Strong
        {
            score = score.min(doubt);
        }
        score
    }
}

/// What no evidence outweighs.
const VETO: i32 = -1000;

/// The field's own words, for counting the others.
fn own(field: &Input) -> String {
    format!("{}{}{}", split(&field.name), split(&field.id), label(field).0)
}

/// The field's label, and whether it is certainly its own. A field without one has what stands before it,
/// or after it.
fn label(field: &Input) -> (String, bool) {
    let own = [&field.label, &field.placeholder, &field.title].map(|text| fold(text));
    if own.iter().any(|text| text.chars().any(char::is_alphabetic)) {
        return (own.concat(), true);
    }
    if field.before.trim().is_empty() {
        return (fold(head(&field.after, 60)), false);
    }
    // What stands right before it, in few words, names it.
    let closest = field.before.lines().rfind(|line| line.chars().any(char::is_alphabetic));
    if let Some(text) = closest.filter(|line| line.chars().count() < 40).map(fold)
        && (is_beside(&text) || is_other(&text) || is_password(&text))
        && tier(&text) < Tier::Medium
    {
        return (text, true);
    }
    // The sentence that asks for a code; the last one may be about what to do without it.
    let sentences = sentences(tail(&field.before, 300));
    let asks = sentences.iter().filter(|text| !is_recovery(text)).max_by_key(|text| tier(text));
    let asks = asks.filter(|text| Tier::Medium <= tier(text));
    (
        asks.or(sentences.iter().rfind(|text| !text.trim().is_empty()))
            .cloned()
            .unwrap_or_default(),
        false,
    )
}

/// "What is your mother's name?": a label that asks something of the person.
fn is_question(label: &str) -> bool {
    label.trim_end_matches([' ', '*', ':']).ends_with(['?', '？', '؟'])
}

/// The sentences of a text, folded.
fn sentences(text: &str) -> Vec<String> {
    text.split(['.', '!', '?', '|', '。', '！', '？', '\n', '।', '؟']).map(fold).collect()
}

/// How much a field looks as if it took six digits, or eight.
fn format_of(field: &Input, boxed: bool) -> i32 {
    let mut score = 0;
    if matches!(field.input_mode.as_str(), "numeric" | "decimal" | "tel")
        || matches!(field.kind.as_str(), "tel" | "number")
        || field.pattern.contains("\\d")
        || field.pattern.contains("[0-9]")
    {
        score += 10;
    }
    if boxed {
        return score;
    }
    score += match field.max_length {
        6..=8 => 20,
        1..=5 => -30,
        // A name, a sentence.
        31.. => -10,
        _ => 0,
    };
    if ["{6}", "{6,", "\\d6", "{8}", "{6 "].iter().any(|count| field.pattern.contains(count)) {
        score += 20;
    }
    if is_sample(&field.placeholder) {
        score += 20;
    }
    score
}

/// `123456`, `000 000`, `XXXXXX`, `______`, `• • • • • •`.
fn is_sample(placeholder: &str) -> bool {
    let signs: Vec<char> =
        placeholder.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    matches!(signs.len(), 6..=8)
        && (signs.iter().all(char::is_ascii_digit) || signs.iter().all(|c| *c == signs[0]))
}

#[cfg(test)]
mod tests {
    use super::super::forms::{CODES, Field, OTHERS};
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

    #[test]
    fn every_language_asks_for_the_code_and_is_understood() {
        let mut missed = Vec::new();
        for (lang, heading, label, ..) in LANGUAGES {
            let pages = [(*heading, *label, ""), ("", *label, "code"), (*heading, "", "code")];
            for (heading, label, name) in pages {
                if !is_sure(page(heading, vec![input(label, name)])) {
                    missed.push((lang, heading, label));
                }
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
        let taken: Vec<_> =
            OTHERS.iter().filter(|field| is_sure(form(field))).map(|f| describe(&f)).collect();
        assert!(taken.is_empty(), "taken: {taken:#?}");
    }
}
