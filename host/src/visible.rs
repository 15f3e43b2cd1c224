//! Names and notes as a person sees them: without characters that are not seen, or that turn the letters around
//! them, by which one account could look like another.
//!
//! What is dropped: controls (C0, DEL, C1), marks that turn the direction of writing (UAX #9) and everything else of
//! Unicode that is there without a picture. U+200C and U+200D stay: Persian, Indic scripts and emoji are written
//! with them. So do letters that only look alike: no table of those is complete.
//!
//! Never here: what is in a vault already; that stays as it is.

/// A name or a tag: on one line.
pub fn line(text: &str) -> String {
    let seen = text.chars().filter_map(|c| match c {
        '\n' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if is_hidden(c) => None,
        c => Some(c),
    });
    seen.collect::<String>().trim().to_owned()
}

/// A note: with its lines and tabs.
pub fn note(text: &str) -> String {
    let mut rest = text.chars().peekable();
    let mut seen = String::with_capacity(text.len());
    while let Some(c) = rest.next() {
        let breaks = matches!(c, '\n' | '\t') || c == '\r' && rest.peek() == Some(&'\n');
        match c {
            '\u{2028}' | '\u{2029}' => seen.push('\n'),
            c if breaks || !is_hidden(c) => seen.push(c),
            _ => {}
        }
    }
    seen
}

/// Whether it has no picture of its own, and no business in a name.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_not_kept() {
        let hidden = [0x00..=0x08, 0x0b..=0x1f, 0x7f..=0x9f, 0x200e..=0x200f, 0x202a..=0x202e];
        let more = [0x2066..=0x2069, 0x200b..=0x200b, 0xfeff..=0xfeff, 0xe0001..=0xe007f];
        for c in hidden.into_iter().chain(more).flatten() {
            let c = char::from_u32(c).unwrap();
            assert_eq!(line(&format!("Git{c}Hub")), "GitHub", "{c:?}");
            assert_eq!(note(&format!("a{c}b")), "ab", "{c:?}");
        }
    }

    #[test]
    fn what_is_seen_stays() {
        for text in [
            "Zürich 日本 👩‍💻",
            "می‌خواهم",
            "שלום (alice)",
            "क्‍ष",
            "a  b",
            "e\u{301}",
            "1\u{fe0f}\u{20e3}",
        ] {
            assert_eq!((line(text), note(text)), (text.into(), text.into()));
        }
    }

    #[test]
    fn a_name_is_one_line_and_a_note_has_many() {
        assert_eq!(line("\tGit\nHub\r\n"), "Git Hub");
        assert_eq!(note("a\r\n\tb\rc\u{2028}d"), "a\r\n\tbc\nd");
    }
}
