//! Text on its way to a person or to a program: foreign words without what would steer a terminal.
//!
//! Never here: what is said.

use std::io::{self, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

/// Characters that a terminal obeys instead of showing: controls (C0, DEL, C1), and those that turn the
/// direction of writing.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Foreign text for a terminal: on one line, and shown rather than obeyed.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// `1 account`, `2 accounts`.
pub(crate) fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Columns as wide as their widest cell; the last is not padded.
pub(crate) fn table(output: &mut dyn Write, rows: &[Vec<String>]) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - cell.width() + 2));
        }
        writeln!(output, "{}", line.trim_end())?;
    }
    Ok(())
}

/// One JSON value on a line. What would steer a terminal is escaped, so nothing is lost.
pub(crate) fn json(output: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string(value).map_err(io::Error::other)?;
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if steers(c) {
            line.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    output.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_steered() {
        assert_eq!(
            clean("a\u{1b}[2Jb\n\u{9b}c\u{202e}d"),
            "a\u{fffd}[2Jb\u{fffd}\u{fffd}c\u{fffd}d"
        );
        assert_eq!(clean("Zürich 日本 👩‍💻"), "Zürich 日本 👩‍💻");
    }

    #[test]
    fn json_loses_nothing() {
        let mut line = Vec::new();
        json(&mut line, &"a\u{1b}\u{9b}\u{202e}\"").unwrap();
        assert_eq!(line, b"\"a\\u001b\\u009b\\u202e\\\"\"\n");
        let back: String = serde_json::from_slice(&line).unwrap();
        assert_eq!(back, "a\u{1b}\u{9b}\u{202e}\"");
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let mut text = Vec::new();
        table(&mut text, &[row(["日本", "x"]), row(["abcde", ""]), row(["é", "z"])]).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "日本   x\nabcde\né      z\n");
    }
}
