//! What a field and the page around it say, read once, for the rules that judge it.
//!
//! Never here: how much a word counts (rules.rs), which field wins (field.rs).

use super::field::{Document, Input};
use super::fold::{fold, split};
use super::words::{
    Tier, is_beside, is_code, is_elsewhere, is_errand, is_login, is_lost, is_other, is_password,
    is_pin, is_recovery, is_site, says_device, tier,
};

/// What a widget for boxes calls itself, and marks with `one-time-code`, whatever it is used for.
const WIDGET: &str = " input otp ";

/// What is the same for all fields of a document.
pub(super) struct Page<'a> {
    pub(super) document: &'a Document,
    /// What headings and title say of a code.
    pub(super) topic: Tier,
    /// A heading is about recovery codes and none about a second factor.
    pub(super) recovery: bool,
    /// A heading is about something else that is called a code.
    pub(super) other: bool,
    /// A heading is about another device, which shows a code.
    pub(super) device: bool,
    /// A field for a remembered password can be seen.
    pub(super) password: bool,
    /// Fields that are not for a code: with many of them it is a form for something else.
    pub(super) others: usize,
    /// There is one field, and nothing else to type into.
    pub(super) alone: bool,
    /// One of them is for a payment card.
    pub(super) card: bool,
    /// Fields that speak of a PIN. Of two, one is the new one: somebody sets it.
    pub(super) pins: usize,
    /// Headings name something to do, and none of them a code or a login.
    pub(super) errand: bool,
    /// Somebody keeps a site's settings there.
    pub(super) site: bool,
    /// A field for a mail address, and none for a password: where a code is sent to.
    pub(super) mailed: bool,
    /// All headings, folded.
    pub(super) headings: Vec<String>,
    /// The same, one after another.
    pub(super) said: String,
    /// The title, folded.
    pub(super) title: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(document: &'a Document, fields: &[&Input], groups: &[Vec<&Input>]) -> Self {
        let headings: Vec<String> = document.headings.iter().map(|text| fold(text)).collect();
        let title = fold(&document.title);
        // "Lost your two-factor device?" speaks of it and asks for something else.
        let clean = |text: &&String| !is_recovery(text) && !is_lost(text);
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
        let password = fields.iter().any(|field| {
            field.kind == "password"
                && (tier(&own(field)) == Tier::Silent
                    || tier(&own(field)) < Tier::Strong && is_password(&own(field))
                    || field.autocomplete.ends_with("-password"))
        });
        // A field for an address proper takes no code, and so is none of `fields`.
        let mail = |field: &Input| {
            field.kind == "email" && field.visible && !field.readonly && !field.disabled
        };
        Self {
            document,
            topic: topic.unwrap_or_default(),
            recovery,
            other: headings.iter().any(|text| is_elsewhere(text)) && heading < Some(Tier::Strong),
            device: headings.iter().any(|text| says_device(text)) && heading < Some(Tier::Strong),
            password,
            others: others.count(),
            alone: fields.len() == 1,
            card: document.inputs.iter().any(|field| field.autocomplete.contains("cc-")),
            pins: fields.iter().filter(single).filter(|field| is_pin(&own(field))).count(),
            // A page that is called after a second factor is on that errand.
            errand: title_tier < Tier::Strong
                && headings.iter().any(|text| is_errand(text))
                && headings
                    .iter()
                    .all(|text| is_errand(text) || tier(text) == Tier::Silent && !is_login(text)),
            site: headings.iter().chain([&title]).any(|text| is_site(text))
                || document.inputs.iter().any(|field| is_site(&own(field))),
            mailed: !password && document.inputs.iter().any(mail),
            said: headings.concat(),
            headings,
            title,
        }
    }
}

/// One field, with all that is said of it. Texts are folded.
pub(super) struct Reading<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) field: &'a Input,
    /// It is one of several boxes for a digit each.
    pub(super) boxed: bool,
    /// Name and id.
    pub(super) name: String,
    /// Its class, and what its page calls it for tests and widgets.
    pub(super) widget: String,
    /// See [`label`].
    pub(super) label: String,
    /// The label is certainly the field's own.
    pub(super) labelled: bool,
    /// Label and name.
    pub(super) own: String,
    pub(super) autocomplete: String,
    /// It is boxes, or drawn as boxes.
    pub(super) row: bool,
    /// `one-time-code`, from the page and not from a widget that says so of whatever is typed into it.
    pub(super) marked: bool,
    /// The sentences before it.
    pub(super) before: Vec<String>,
    /// What stands before it, its label, and what describes it.
    pub(super) around: String,
    /// The text that follows.
    pub(super) after: String,
    /// What its form's button says, or the next one.
    pub(super) button: String,
    pub(super) by_name: Tier,
    pub(super) by_label: Tier,
    /// What its form is called.
    pub(super) by_form: Tier,
    /// What stands before it and what describes it say.
    pub(super) near: Tier,
    /// What its surroundings say: headings, the text near it, its form.
    pub(super) context: Tier,
}

impl<'a> Reading<'a> {
    pub(super) fn new(page: &'a Page<'a>, field: &'a Input, boxed: bool) -> Self {
        let form = field.form.and_then(|at| page.document.forms.get(at));
        let name = fold(&format!("{} {}", split(&field.name), split(&field.id)));
        let (label, labelled) = label(field, &page.headings);
        let autocomplete = field.autocomplete.to_ascii_lowercase();
        let row = boxed || 4 <= field.drawn;
        // What a page calls a field for its own tests is a name, too. A widget's maker names it for all pages.
        let data = split(&field.data);
        let made = row && data.contains(WIDGET);
        let by_data = if made { Tier::Silent } else { tier(&data) };
        let by_data = if by_data == Tier::Strong { by_data } else { Tier::Silent };
        let hint = fold(&field.hint);
        let before = sentences(&field.before);
        let near = near(&before, &hint);
        let after = match tier(&fold(head(&field.after, 160))) {
            // Below a field stand the other ways to log in.
            Tier::Strong if !is_recovery(&fold(&field.after)) => Tier::Strong,
            _ => Tier::Silent,
        };
        let by_form = form.map_or(Tier::Silent, |form| tier(&split(&form.words)));
        Self {
            page,
            field,
            boxed,
            by_name: tier(&name).max(by_data),
            by_label: tier(&label),
            by_form,
            widget: if row { String::new() } else { format!("{}{data}", split(&field.class)) },
            own: format!("{label}{name}"),
            marked: autocomplete.contains("one-time-code") && !made,
            row,
            autocomplete,
            near,
            context: page.topic.max(near).max(after).max(by_form.min(Tier::Medium)),
            around: format!("{}{label}{hint}", before.concat()),
            after: fold(head(&field.after, 120)),
            button: fold(form.map_or(&field.button, |form| &form.button)),
            before,
            name,
            label,
            labelled,
        }
    }

    /// What its own words say.
    pub(super) fn word(&self) -> Tier {
        self.by_name.max(self.by_label)
    }

    /// It says itself that it is for a code of a second factor.
    pub(super) fn is_strong(&self) -> bool {
        self.word() == Tier::Strong || self.marked
    }

    /// Its own words say no more than "code".
    pub(super) fn is_weak(&self) -> bool {
        self.word() < Tier::Medium
    }
}

/// What the sentences before a field, and its hint, say of a code.
fn near(before: &[String], hint: &str) -> Tier {
    // "Enter your invitation code. Afterwards we ask for two-factor authentication": where a sentence says
    // which other code is wanted, one that speaks of no code is about something else.
    let asks_other =
        before.iter().any(|text| is_other(text) && is_code(text) && tier(text) < Tier::Strong);
    before
        .iter()
        .map(String::as_str)
        .chain([hint])
        .filter(|text| !asks_other || is_code(text))
        .map(|text| if is_recovery(text) || is_lost(text) { Tier::Silent } else { tier(text) })
        .max()
        .unwrap_or_default()
}

/// The field's own words, for counting the others.
pub(super) fn own(field: &Input) -> String {
    format!("{}{}{}", split(&field.name), split(&field.id), label(field, &[]).0)
}

/// The field's label, and whether it is certainly its own. A field without one has what stands before it,
/// or after it. A heading names the page.
fn label(field: &Input, headings: &[String]) -> (String, bool) {
    let own = [&field.label, &field.placeholder, &field.title].map(|text| read(text));
    if own.iter().any(|text| text.chars().any(char::is_alphabetic)) {
        return (own.concat(), true);
    }
    if field.before.trim().is_empty() {
        return (fold(head(&field.after, 60)), false);
    }
    // What stands right before it, in few words, names it.
    let closest = field.before.lines().rfind(|line| line.chars().any(char::is_alphabetic));
    if let Some(text) = closest.filter(|line| line.chars().count() < 40).map(fold)
        && (is_recovery(&text)
            || tier(&text) < Tier::Medium
                && (is_beside(&text) && !headings.contains(&text)
                    || is_other(&text)
                    || is_password(&text)))
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

/// A label, folded. One that is a name of the program's ("totpKey") falls apart as a name does.
fn read(label: &str) -> String {
    if label.trim().chars().all(char::is_alphabetic) { split(label) } else { fold(label) }
}

/// The sentences of a text, folded.
fn sentences(text: &str) -> Vec<String> {
    parted(text).map(fold).collect()
}

/// The sentences of a text, as they stand there.
pub(super) fn parted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['.', '!', '?', '|', '。', '！', '？', '\n', '।', '؟'])
}

/// The last `most` characters.
pub(super) fn tail(text: &str, most: usize) -> &str {
    let skip = text.chars().count().saturating_sub(most);
    text.char_indices().nth(skip).map_or("", |(at, _)| &text[at..])
}

/// The first `most` characters.
fn head(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at])
}
