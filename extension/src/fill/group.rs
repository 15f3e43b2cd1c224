//! Boxes that belong together: one digit each, in one row, of one size.
//!
//! Never here: words; whether the boxes want a code is for field.rs to say.

use super::field::Input;

/// Fewest and most boxes of one code. Codes of three digits do not exist, of eleven neither.
const BOXES: std::ops::RangeInclusive<usize> = 4..=10;
/// Wider than this (in CSS pixels) is not a box for a digit.
const WIDEST: f64 = 110.0;
/// … unless it takes a single character: boxes without a style are as wide as any other input.
const WIDEST_OF_ONE: f64 = 260.0;
/// Farther apart than this the boxes do not belong together; a dash after the third fits in.
const FARTHEST: f64 = 64.0;

/// Runs of boxes among `fields`, which are the visible inputs of a document in document order.
///
/// A run that is not a group is left out whole: its members are judged one by one.
pub(crate) fn groups<'a>(fields: &[&'a Input]) -> Vec<Vec<&'a Input>> {
    let mut found = Vec::new();
    let mut run: Vec<&Input> = Vec::new();
    for &field in fields {
        if let Some(last) = run.last()
            && !follows(&run, last, field)
        {
            close(&mut found, &mut run);
        }
        run.push(field);
    }
    close(&mut found, &mut run);
    found
}

fn close<'a>(found: &mut Vec<Vec<&'a Input>>, run: &mut Vec<&'a Input>) {
    let run = std::mem::take(run);
    if BOXES.contains(&run.len()) && run.iter().all(|field| holds_digit(field, run.len())) {
        found.push(run);
    }
}

/// Whether `field` continues the row that ends with `last`, in the row's direction.
fn follows(run: &[&Input], last: &Input, field: &Input) -> bool {
    let step = field.x - last.x;
    let gap = step.abs() - last.width;
    let turns = run.len() > 1 && (run[1].x - run[0].x) * step < 0.0;
    (field.y - last.y).abs() <= last.height / 2.0
        && (field.width - last.width).abs() <= 4.0
        && (field.height - last.height).abs() <= 4.0
        && last.width <= if field.max_length == 1 { WIDEST_OF_ONE } else { WIDEST }
        && (-6.0..=FARTHEST).contains(&gap)
        && !turns
        && field.kind == last.kind
        && (run.len() < 2 || field.max_length == last.max_length)
}

/// Whether the box takes one digit: no limit, or one digit, or (to take a paste) the whole code.
fn holds_digit(field: &Input, boxes: usize) -> bool {
    match field.max_length {
        ..=0 | 1 => true,
        // Some widgets let the second digit in to see that it was typed.
        2 => 5 <= boxes,
        n => usize::try_from(n).is_ok_and(|n| n == boxes),
    }
}
