//! What a key means on which screen.
//!
//! Never here: what is then done.

use super::model::{Model, Msg, Screen};

/// A key as the browser names it, and where it was pressed.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// `KeyboardEvent.key`.
    pub name: &'a str,
    /// Control, or Command on a Mac.
    pub control: bool,
    /// In a field that takes text.
    pub typing: bool,
    /// In the search box.
    pub searching: bool,
    /// On a button or link, where Enter and Space have their own meaning.
    pub button: bool,
}

/// What to do about a key; `None` leaves it to the browser.
pub fn pressed(model: &Model, key: Key<'_>) -> Option<Msg> {
    if key.name == "Escape" {
        return Some(Msg::Escape);
    }
    if model.screen != Screen::List {
        return None;
    }
    let sheet = model.under_a_sheet();
    match key.name {
        // Its buttons are few, and have their own meaning for Enter.
        _ if sheet && !matches!(key.name, "ArrowDown" | "ArrowUp" | "Home" | "End") => None,
        "ArrowDown" => Some(Msg::Moved(1)),
        "ArrowUp" => Some(Msg::Moved(-1)),
        "PageDown" => Some(Msg::Moved(8)),
        "PageUp" => Some(Msg::Moved(-8)),
        "Home" if !key.typing => Some(Msg::Moved(i32::MIN)),
        "End" if !key.typing => Some(Msg::Moved(i32::MAX)),
        "Enter" if key.control => Some(Msg::Fill(None)),
        "Enter" if !key.button => Some(Msg::Copy(None)),
        // As in many lists; in a field it is a letter like any other.
        "/" if !key.typing => Some(Msg::Dismiss),
        "?" if !key.searching || model.query.is_empty() => Some(Msg::Go("help".into())),
        _ => None,
    }
}

/// Whether a key that nothing else wants starts a search.
pub fn starts_search(model: &Model, key: Key<'_>) -> bool {
    let one = key.name.chars().count() == 1 && key.name != " ";
    model.screen == Screen::List && !model.under_a_sheet() && one && !key.control && !key.typing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key<'_> {
        Key { name, control: false, typing: false, searching: false, button: false }
    }

    #[test]
    fn enter_copies_and_with_control_fills() {
        let model = Model { screen: Screen::List, ..Model::default() };
        assert!(matches!(pressed(&model, key("Enter")), Some(Msg::Copy(None))));
        let control = Key { control: true, button: true, ..key("Enter") };
        assert!(matches!(pressed(&model, control), Some(Msg::Fill(None))));
        assert!(pressed(&model, Key { button: true, ..key("Enter") }).is_none());
        assert!(matches!(pressed(&model, key("/")), Some(Msg::Dismiss)));
        assert!(pressed(&model, Key { typing: true, searching: true, ..key("/") }).is_none());
    }

    #[test]
    fn arrows_go_through_a_sheet_and_nothing_under_it_hears_a_key() {
        let menu = Some("1".to_owned());
        let model = Model { screen: Screen::List, menu, ..Model::default() };
        let moves = |name| match pressed(&model, Key { button: true, ..key(name) }) {
            Some(Msg::Moved(steps)) => Some(steps),
            None => None,
            Some(other) => panic!("{other:?}"),
        };
        let (first, last) = (Some(i32::MIN), Some(i32::MAX));
        let names = ["ArrowDown", "ArrowUp", "Home", "End", "PageDown", "Enter", "/", "?"];
        let moved = [Some(1), Some(-1), first, last, None, None, None, None];
        assert_eq!(names.map(moves), moved);
    }

    #[test]
    fn a_letter_anywhere_starts_a_search_but_not_in_a_form() {
        let mut model = Model { screen: Screen::List, ..Model::default() };
        assert!(starts_search(&model, key("g")));
        assert!(!starts_search(&model, key("Tab")));
        assert!(!starts_search(&model, Key { control: true, ..key("c") }));
        model.screen = Screen::Unlock;
        assert!(!starts_search(&model, key("g")));
    }
}
