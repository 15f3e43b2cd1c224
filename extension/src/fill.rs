//! One code into the page: look, choose, ask the host, write.
//!
//! ```text
//! browser::script::execute "describe" ─► field::choose ─► ask(FillPage) ─► browser::script::execute "write"
//!      every document we reach      one target       the host          only that document
//! ```
//!
//! The origin that the host judges is the engine's word, not the page's ([`browser::script::Ran`]). The code is
//! asked for when everything else is settled, and `page.js` checks it all once more before it writes.
//!
//! Never here: which page may have a code (the host), how a page is read (page.js).

pub mod field;
mod fold;
#[cfg(test)]
mod forms;
mod group;
#[cfg(test)]
mod languages;
mod reading;
mod rules;
mod words;

use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use shared::protocol::{Fill, FillPage, MAX_SEEN, Page, Refusal};

use crate::browser;
use crate::browser::script::{Documents, Ran};
use crate::json;
use field::{Choice, Document, Target};

/// Longest that a fill waits by itself for a fresh code, in milliseconds. A used code may take a whole
/// period; that is for the person to know about.
const PATIENCE_MS: u64 = 6_000;

/// How long a page that could not be looked at is left alone before the second and last try.
const AGAIN_MS: u32 = 200;

/// Tabs whose user names are kept in mind.
const TABS: usize = 8;

thread_local! {
    /// User names that stood on the page of a tab at the gesture before, with the page's origin. The page
    /// that asks who one is often comes before the one that asks for the code, and has names that the
    /// second has not; without a gesture on it nothing of it can be known, and nothing is.
    static BEFORE: RefCell<Vec<(i32, String, Vec<String>)>> = const { RefCell::new(Vec::new()) };
}

/// Forgets who one is on which page: the vault is locked.
pub fn forget_names() {
    BEFORE.with_borrow_mut(Vec::clear);
}

/// Which field the person means.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// The one that asks for a code, if that is certain.
    Certain,
    /// The one that was described by [`Problem::Unsure`]: the person said yes.
    Confirmed(Target),
    /// The one that has the focus: the person knows better.
    Focused,
    /// The one that most probably asks for it: the page has just shown the account, and wants its first code.
    First,
}

/// A fill to be made.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The tab. A gesture on it must have opened it to us.
    pub tab: i32,
    /// The account, if the person chose one.
    pub account: Option<String>,
    /// The field.
    pub wanted: Wanted,
    /// Wait here for a code that is not about to expire. A popup says that it waits, and asks again.
    pub waits: bool,
}

/// A fill that was made.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Filled {
    /// The account.
    pub id: String,
    /// Its issuer.
    pub issuer: String,
    /// What the page calls the field.
    pub field: String,
}

/// Why none was made.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// The browser keeps the page from us: its own, a store's, or no gesture opened it.
    CannotInject,
    /// The field can't be seen, or something lies over it.
    Hidden,
    /// No field asks for a code.
    NoField {
        /// Origins of iframes that may have one, but are kept from us.
        frames: Vec<String>,
    },
    /// The page did not take the code, or became another one. It is worth showing: it counts as used, and an
    /// HOTP counter has moved on.
    NotTaken {
        /// The account.
        id: String,
        /// The code.
        code: String,
        /// The page was heard of after it had the code. One that sends itself at once may be gone.
        heard: bool,
    },
    /// The page is not the one any more that was looked at.
    PageChanged,
    /// The host refused.
    Refused(Refusal),
    /// Perhaps this field: ask, and come back with [`Wanted::Confirmed`].
    Unsure(Target),
}

/// What `page.js` says of a write.
#[derive(Debug, Deserialize)]
struct Written {
    /// `filled`, or what was in the way.
    outcome: String,
}

/// What `page.js` is told to write.
#[derive(Debug, Serialize)]
struct Plan<'a> {
    token: &'a str,
    origin: &'a str,
    inputs: &'a [u32],
    code: &'a str,
    submit: bool,
}

/// What `page.js` is told to point out.
#[derive(Debug, Serialize)]
struct Pointed<'a> {
    token: &'a str,
    inputs: &'a [u32],
}

/// Fills. `ask` puts the question to the host, `habits` what it remembers of a page.
pub async fn fill(
    wish: Wish,
    habits: impl AsyncFn(Page) -> Option<String>,
    ask: impl AsyncFn(FillPage) -> Result<Fill, Refusal>,
) -> Result<Filled, Problem> {
    let outcome = attempt(&wish, &habits, &ask).await;
    // Whatever came of it: nothing of ours stays. It would go by itself, but later.
    let _ = browser::script::execute(wish.tab, Documents::All, "forget", "null").await;
    outcome
}

async fn attempt(
    wish: &Wish,
    habits: &impl AsyncFn(Page) -> Option<String>,
    ask: &impl AsyncFn(FillPage) -> Result<Fill, Refusal>,
) -> Result<Filled, Problem> {
    loop {
        let documents = look(wish.tab).await?;
        let top = documents.iter().find(|document| document.top).ok_or(Problem::PageChanged)?;
        let seen = names(wish.tab, top);
        let known = match wish.wanted {
            Wanted::Certain => known(&documents, top, habits).await,
            _ => None,
        };
        let target = match known {
            Some(target) => target,
            None => settle(&documents, &wish.wanted)?,
        };
        let document = documents.iter().find(|document| document.frame == target.frame);
        let document = document.ok_or(Problem::PageChanged)?;
        let page = Page { origin: document.origin.clone(), top: top.origin.clone() };
        let field = match wish.wanted {
            Wanted::Certain | Wanted::First => None,
            Wanted::Confirmed(_) | Wanted::Focused => field::signature(&documents, &target),
        };
        match ask(FillPage { id: wish.account.clone(), page, seen, field }).await {
            Ok(fill) => return put(wish, document, target, fill).await,
            Err(Refusal::Wait { ms, .. }) if wish.waits && ms <= PATIENCE_MS => {
                // Meanwhile the page may become another: look again.
                browser::time::sleep(u32::try_from(ms).unwrap_or(u32::MAX)).await;
            }
            Err(refusal) => return Err(Problem::Refused(refusal)),
        }
    }
}

/// Shows the person which field is meant: a frame around it for a moment, if it is still the one.
pub async fn point(tab: i32, target: &Target) {
    let Ok(documents) = look(tab).await else { return };
    let same = settle(&documents, &Wanted::Confirmed(target.clone()));
    let document = documents.iter().find(|document| document.frame == target.frame);
    if let (Ok(target), Some(document)) = (same, document) {
        let plan = Pointed { token: &document.token, inputs: &target.inputs };
        let plan = json::write(&plan).expect("numbers and text");
        let frame = Documents::Frames(vec![target.frame]);
        let _ = browser::script::execute(tab, frame, "show", &plan).await;
    }
    let _ = browser::script::execute(tab, Documents::All, "forget", "null").await;
}

/// The field that the person pointed out on an earlier visit, if the vault remembers one and it is there.
async fn known(
    documents: &[Document],
    top: &Document,
    habits: &impl AsyncFn(Page) -> Option<String>,
) -> Option<Target> {
    for (at, document) in documents.iter().enumerate() {
        let origin = &*document.origin;
        if documents[..at].iter().any(|before| before.origin == origin) {
            continue;
        }
        let page = Page { origin: origin.to_owned(), top: top.origin.clone() };
        let Some(signature) = habits(page).await else { continue };
        let is_it = |at: &str, it: &str| at == origin && it == signature;
        if let Some(target) = field::known(documents, is_it) {
            return Some(target);
        }
    }
    None
}

/// User names that stand on the page, and those of the tab's gesture before on the same origin.
fn names(tab: i32, top: &Document) -> Vec<String> {
    BEFORE.with_borrow_mut(|tabs| {
        let before = tabs.iter().position(|(at, origin, _)| *at == tab && *origin == top.origin);
        let before = before.map(|at| tabs.remove(at).2).unwrap_or_default();
        tabs.retain(|(at, ..)| *at != tab);
        tabs.push((tab, top.origin.clone(), top.names.clone()));
        if TABS < tabs.len() {
            tabs.remove(0);
        }
        let mut names = top.names.clone();
        names.extend(before);
        names.truncate(MAX_SEEN);
        names
    })
}

/// Has every document of the tab described that the gesture opened to us.
async fn look(tab: i32) -> Result<Vec<Document>, Problem> {
    let mut ran = browser::script::execute(tab, Documents::All, "describe", "null").await;
    if ran.is_err() {
        // A page that has just taken another's place is not open to us for a moment.
        browser::time::sleep(AGAIN_MS).await;
        ran = browser::script::execute(tab, Documents::All, "describe", "null").await;
    }
    let documents: Vec<Document> =
        ran.map_err(|_| Problem::CannotInject)?.iter().filter_map(read).collect();
    if documents.is_empty() { Err(Problem::CannotInject) } else { Ok(documents) }
}

fn read(ran: &Ran) -> Option<Document> {
    let mut document: Document = json::read(ran.result.as_deref()?).ok()?;
    document.frame = ran.frame_id;
    document.top = ran.frame_id == 0;
    document.origin.clone_from(&ran.origin);
    // A sandboxed document has an origin that belongs to nobody.
    (document.origin != "null").then_some(document)
}

fn settle(documents: &[Document], wanted: &Wanted) -> Result<Target, Problem> {
    match (wanted, field::choose(documents)) {
        (Wanted::Focused, _) => field::focused(documents).ok_or_else(|| none(documents)),
        (Wanted::Certain | Wanted::First, Choice::Sure(target)) => Ok(target),
        (Wanted::First, Choice::Unsure(target)) if !field::is_tied(documents) => Ok(target),
        (Wanted::Certain | Wanted::First, Choice::Unsure(target)) => Err(Problem::Unsure(target)),
        (Wanted::Confirmed(said), Choice::Sure(found) | Choice::Unsure(found))
            if *said == found =>
        {
            Ok(found)
        }
        (Wanted::Confirmed(_), _) => Err(Problem::PageChanged),
        (Wanted::Certain | Wanted::First, Choice::None) => Err(none(documents)),
    }
}

fn none(documents: &[Document]) -> Problem {
    // One that asks for a code and can't be seen; a field with the cursor is the better offer.
    if field::focused(documents).is_none() && field::is_hidden(documents) {
        return Problem::Hidden;
    }
    let kept = |origin: &&String| {
        !origin.is_empty()
            && *origin != "null"
            && !documents.iter().any(|document| document.origin == **origin)
    };
    let frames = documents.iter().flat_map(|document| &document.frames);
    let frames = frames.filter(|frame| frame.shown).map(|frame| &frame.origin).filter(kept);
    Problem::NoField { frames: frames.cloned().collect() }
}

/// Writes the code into the one document that has the field.
async fn put(
    wish: &Wish,
    document: &Document,
    target: Target,
    fill: Fill,
) -> Result<Filled, Problem> {
    let Fill { id, issuer, code, submit, .. } = fill;
    let plan = Plan {
        token: &document.token,
        origin: &document.origin,
        inputs: &target.inputs,
        code: &code,
        submit,
    };
    let plan = json::write(&plan).expect("numbers and text");
    let frame = Documents::Frames(vec![target.frame]);
    let ran = browser::script::execute(wish.tab, frame, "write", &plan).await.unwrap_or_default();
    let written = ran
        .iter()
        .find(|ran| ran.frame_id == target.frame && ran.origin == document.origin)
        .and_then(|ran| json::read::<Written>(ran.result.as_deref()?).ok());
    // Whatever else came of it, the code has left the host and counts as used.
    match written {
        Some(written) if written.outcome == "filled" => {
            Ok(Filled { id, issuer, field: target.label })
        }
        written => Err(Problem::NotTaken { id, code, heard: written.is_some() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(frame_id: i32, origin: &str, result: &str) -> Ran {
        Ran { frame_id, origin: origin.to_owned(), result: Some(result.to_owned()) }
    }

    #[test]
    fn what_a_document_says_of_its_origin_does_not_count() {
        let said = r#"{"origin":"https://bank.example","frame":0,"top":true}"#;
        let document = read(&ran(3, "https://evil.example", said)).unwrap();
        assert_eq!((document.frame, document.top), (3, false));
        assert_eq!(document.origin, "https://evil.example");
        assert!(read(&ran(3, "null", said)).is_none(), "a sandboxed one has none");
    }

    #[test]
    fn a_page_that_has_just_shown_the_account_is_not_asked_about_its_field() {
        let said = r#"{"inputs":[{"index":4,"kind":"text","name":"code7","label":"Access code",
            "visible":true,"maxLength":-1,"width":200,"height":20}]}"#;
        let documents = [read(&ran(0, "https://shop.example", said)).unwrap()];
        assert!(matches!(settle(&documents, &Wanted::Certain), Err(Problem::Unsure(_))));
        assert_eq!(settle(&documents, &Wanted::First).unwrap().inputs, [4]);
        let twice = said.replace("]}", ",{\"index\":5,\"kind\":\"text\",\"name\":\"code8\",\"label\":\"Access code\",\"visible\":true,\"maxLength\":-1,\"width\":200,\"height\":20}]}");
        let documents = [read(&ran(0, "https://shop.example", &twice)).unwrap()];
        assert!(settle(&documents, &Wanted::First).is_err(), "either may be it");
    }

    #[test]
    fn frames_that_are_kept_from_us_are_named() {
        let said = r#"{"frames":[{"origin":"https://sso.example","shown":true},
            {"origin":"https://ads.example","shown":false}]}"#;
        let documents = [read(&ran(0, "https://shop.example", said)).unwrap()];
        assert_eq!(
            settle(&documents, &Wanted::Certain),
            Err(Problem::NoField { frames: vec!["https://sso.example".to_owned()] })
        );
    }

    #[test]
    fn a_field_that_cannot_be_seen_is_said_to_be() {
        let said = r#"{"inputs":[{"index":0,"kind":"text","name":"otp","label":"Authenticator code",
            "visible":true,"covered":true,"maxLength":6,"width":200,"height":20}]}"#;
        let documents = [read(&ran(0, "https://shop.example", said)).unwrap()];
        assert_eq!(settle(&documents, &Wanted::Certain), Err(Problem::Hidden));
        let named = said.replace("otp", "coupon").replace("Authenticator", "Coupon");
        let documents = [read(&ran(0, "https://shop.example", &named)).unwrap()];
        assert_eq!(settle(&documents, &Wanted::Certain), Err(Problem::NoField { frames: vec![] }));
    }

    #[test]
    fn a_field_that_was_pointed_out_is_known_again_there_and_nowhere_else() {
        let said = r#"{"inputs":[{"index":4,"kind":"text","name":"code7","label":"Access code",
            "visible":true,"maxLength":-1,"width":200,"height":20}]}"#;
        let documents = [read(&ran(0, "https://shop.example", said)).unwrap()];
        let Err(Problem::Unsure(target)) = settle(&documents, &Wanted::Certain) else {
            panic!("an access code may be anything")
        };
        let signature = field::signature(&documents, &target).unwrap();
        let is_it = |at: &str, it: &str| at == "https://shop.example" && it == signature;
        assert_eq!(field::known(&documents, is_it), Some(target.clone()));
        let elsewhere = [read(&ran(0, "https://other.example", said)).unwrap()];
        assert_eq!(field::known(&elsewhere, is_it), None);
        let renamed = said.replace("code7", "code8");
        let renamed = [read(&ran(0, "https://shop.example", &renamed)).unwrap()];
        assert_eq!(field::known(&renamed, is_it), None);
        let one = &said[said.find('[').unwrap() + 1..said.len() - 2];
        let twice =
            format!(r#"{{"inputs":[{one},{}]}}"#, one.replace("\"index\":4", "\"index\":5"));
        let twice = [read(&ran(0, "https://shop.example", &twice)).unwrap()];
        assert_eq!(field::known(&twice, is_it), None, "either may be it");
        let nameless = said.replace("code7", "").replace("Access code", "");
        let nameless = [read(&ran(0, "https://shop.example", &nameless)).unwrap()];
        let target = Target { frame: 0, inputs: vec![4], ..target };
        assert_eq!(field::signature(&nameless, &target), None, "any other would be the same");
    }

    #[test]
    fn names_of_the_page_before_count_in_the_same_tab_and_on_the_same_origin_only() {
        let page = |origin: &str, names: &[&str]| Document {
            origin: origin.to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Document::default()
        };
        assert_eq!(names(1, &page("https://a.example", &["me@a.example"])), ["me@a.example"]);
        assert!(names(2, &page("https://a.example", &[])).is_empty(), "another tab");
        assert_eq!(names(1, &page("https://a.example", &["x"])), ["x", "me@a.example"]);
        assert!(names(1, &page("https://b.example", &[])).is_empty(), "another site");
        assert!(names(1, &page("https://a.example", &[])).is_empty(), "and back");
    }

    #[test]
    fn a_confirmed_field_must_still_be_the_one() {
        let said = r#"{"inputs":[{"index":4,"kind":"text","name":"code","label":"Access code",
            "visible":true,"maxLength":-1,"width":200,"height":20}]}"#;
        let documents = [read(&ran(0, "https://shop.example", said)).unwrap()];
        let Err(Problem::Unsure(target)) = settle(&documents, &Wanted::Certain) else {
            panic!("an access code may be anything")
        };
        assert_eq!(target.label, "Access code");
        assert_eq!(settle(&documents, &Wanted::Confirmed(target.clone())), Ok(target.clone()));
        let other = Target { inputs: vec![5], ..target };
        assert_eq!(settle(&documents, &Wanted::Confirmed(other)), Err(Problem::PageChanged));
    }
}
