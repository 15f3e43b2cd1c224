//! What screens are made of: buttons, icons, and what is said for a moment.
//!
//! Never here: a whole screen, and what follows from a press.

pub mod form;

use sycamore::prelude::*;
use web_sys::MouseEvent;

use crate::text::with;
use crate::words;

/// A message that whoever shows the screen takes in.
pub trait Say {
    /// Has it taken in.
    fn say(self);
}

// Sycamore writes its code anew for each closure that it is given. These four give it always the same
// kind of closure, a boxed one, which makes the module half as large. So a `view!` holds names and not
// calls: a call in brackets would become a closure of its own.

/// What views follow: a value out of the model.
pub fn pick<M, T: PartialEq + 'static>(
    model: Signal<M>,
    pick: impl Fn(&M) -> T + 'static,
) -> ReadSignal<T> {
    fn boxed<M, T: PartialEq + 'static>(
        model: Signal<M>,
        pick: Box<dyn Fn(&M) -> T>,
    ) -> ReadSignal<T> {
        create_selector(move || model.with(&pick))
    }
    boxed(model, Box::new(pick))
}

/// A part of a screen that is made anew when what it is made from changes.
pub fn part(view: impl Fn() -> View + 'static) -> View {
    let view: Box<dyn Fn() -> View> = Box::new(view);
    View::from(view)
}

/// A text that changes.
pub fn text(text: impl Fn() -> String + 'static) -> View {
    let text: Box<dyn Fn() -> String> = Box::new(text);
    View::from(text)
}

/// What a button does.
pub fn press<M: Say>(msg: impl Fn() -> M + 'static) -> Box<dyn FnMut(MouseEvent)> {
    Box::new(move |_| msg().say())
}

/// A button with a text.
pub fn button<M: Say>(
    what: &'static str,
    class: &'static str,
    text: String,
    msg: impl Fn() -> M + 'static,
) -> View {
    let msg = press(msg);
    view! {
        button(class=class, r#type="button", data-do=what, on:click=msg) { (text) }
    }
}

/// A button with an icon.
pub fn tool<M: Say>(
    what: &'static str,
    label: String,
    path: &'static str,
    msg: impl Fn() -> M + 'static,
) -> View {
    let (title, icon, msg) = (label.clone(), icon(path), press(msg));
    view! {
        button(class="icon", r#type="button", data-do=what, aria-label=label, title=title, on:click=msg) { (icon) }
    }
}

/// What went wrong, spoken at once, and what can be pressed about it.
pub fn alert(text: ReadSignal<Option<String>>, remedy: impl Fn() -> View + 'static) -> View {
    let text = part(move || text.get_clone().map(|text| rich(&text, remedy())).into());
    view! { div(class="alert", role="alert") { (text) } }
}

/// A sentence in which some words are bold, and what follows it.
fn rich(text: &str, more: View) -> View {
    let part = |(n, text): (usize, &str)| {
        let text = text.to_owned();
        if n % 2 == 0 {
            View::from(text)
        } else {
            view! { b { (text) } }
        }
    };
    let parts: Vec<View> = text.split(words::BOLD).enumerate().map(part).collect();
    view! { p { (parts) (more) } }
}

/// What to look at before one goes on: a text with bold parts.
pub fn warning(text: &str) -> View {
    let text = rich(text, View::default());
    view! { div(class="banner", role="note") { (text) } }
}

/// What went well. The place is there before the text, so that it is spoken.
pub fn toast(shown: ReadSignal<bool>, inside: View) -> View {
    let class = move || if shown.get() { "shown" } else { "" };
    view! { div(id="toast", role="status", aria-live="polite", class=class) { (inside) } }
}

/// What only those hear who do not see the screen.
pub fn spoken(said: ReadSignal<String>) -> View {
    let said = text(move || said.get_clone());
    view! { div(id="spoken", class="unseen", role="status") { (said) } }
}

/// A picture of one path, in the colour of the text around it.
pub fn icon(path: &'static str) -> View {
    view! {
        svg(class="glyph", "viewBox"="0 0 24 24", width="20", height="20", aria-hidden="true") {
            path(d=path)
        }
    }
}

/// Which step of the way to the first code this is.
pub fn step(number: u8) -> View {
    let text = with("step", &[&number.to_string(), "4"]);
    view! { p(class="step") { (text) } }
}

/// The mark: an open ring and a stroke that leaves it, the challenge and its answer.
pub fn mark() -> View {
    view! { img(class="mark", src="icons/mark.svg", alt="", width="56", height="56") }
}

/// Back.
pub const ARROW: &str = "M15 5l-7 7 7 7";
/// Up.
pub const ARROW_UP: &str = "M12 19V6M6 11.5l6-6 6 6";
/// Down.
pub const ARROW_DOWN: &str = "M12 5v13M6 12.5l6 6 6-6";
/// More.
pub const DOTS: &str = "M12 5.5v.01M12 12v.01M12 18.5v.01";
/// Add.
pub const PLUS: &str = "M12 5v14M5 12h14";
/// Lock.
pub const LOCK: &str = "M7 11V8a5 5 0 0 1 10 0v3M6 11h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z";
/// Settings.
pub const SLIDERS: &str = "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4";
/// Show.
pub const EYE: &str = "M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z";
/// Copy.
pub const SHEETS: &str = "M9 9h10v11H9zM5 15V4h10";
/// Put into the page.
pub const INTO: &str = "M4 12h9M9.5 8.5L13 12l-3.5 3.5M12 5h6a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1h-6";
/// Search.
pub const GLASS: &str = "M11 4.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM16 16l4 4";
/// Next.
pub const TURN: &str = "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4";
