//! `import`: the accounts of a file of otpauth:// lines, all of them in one save or none.
//!
//! Never here: other formats (`import`).

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::json;
use shared::protocol::{Field, Problem};
use zeroize::Zeroizing;

use crate::cli::args::Import;
use crate::cli::open::Open;
use crate::cli::{How, Stop, World, refusal, show};
use crate::otpauth;
use crate::vault::entry::Draft;

/// More bytes are no list of accounts.
const MAX_FILE: usize = 16 * 1024 * 1024;

pub(crate) fn run(world: &mut World<'_>, how: How, import: &Import) -> Result<(), Stop> {
    let mut open = Open::unlock(world, how)?;
    let Found { drafts, left_out } = if import.file == Path::new("-") {
        read(open.world.input)?
    } else {
        let file = File::open(&import.file).map_err(|error| {
            Stop::Failed(format!("{}: {}", import.file.display(), error.kind()))
        })?;
        read(&mut BufReader::new(file))?
    };
    let found = drafts.len();
    let (added, duplicates) = if import.dry_run { (0, 0) } else { open.import(drafts)? };
    if how.json {
        let left_out: Vec<_> =
            left_out.iter().map(|(line, why)| json!({ "line": line, "why": why })).collect();
        let value = json!({
            "found": found, "added": added, "duplicates": duplicates, "left_out": left_out,
        });
        show::json(open.world.output, &value)?;
    } else {
        let verb = if import.dry_run { "would be looked at" } else { "found" };
        writeln!(
            open.world.output,
            "{found} accounts {verb}, {added} added, {duplicates} there already, {} left out",
            left_out.len()
        )?;
        for (line, why) in &left_out {
            writeln!(open.world.errors, "line {line}: {why}")?;
        }
    }
    if found == 0 {
        return Err(Stop::failed("there was no otpauth:// line that could be read"));
    }
    Ok(())
}

/// What a file held: accounts, and which lines were left out for what reason.
#[derive(Default)]
struct Found {
    drafts: Vec<Draft>,
    left_out: Vec<(usize, String)>,
}

/// Empty lines and `#` comments are neither accounts nor left out.
fn read(input: &mut dyn BufRead) -> Result<Found, Stop> {
    let Found { mut drafts, mut left_out } = Found::default();
    let mut total = 0;
    for number in 1.. {
        let mut line = Zeroizing::new(Vec::with_capacity(otpauth::MAX + 2));
        let read = input.read_until(b'\n', &mut line)?;
        total += read;
        if read == 0 {
            break;
        }
        if MAX_FILE < total {
            return Err(Stop::failed("that is too long for a list of accounts"));
        }
        let Ok(text) = std::str::from_utf8(&line) else {
            left_out.push((number, "it is not UTF-8".to_owned()));
            continue;
        };
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match otpauth::parse(text) {
            Ok(draft) => drafts.push(draft),
            Err(invalid) => {
                let refusal = shared::protocol::Refusal::Invalid(invalid);
                let why = match (invalid.field, invalid.problem) {
                    (Field::Uri, Problem::Malformed) => "it is no otpauth:// URI".to_owned(),
                    _ => refusal::sentence(&refusal),
                };
                left_out.push((number, why));
            }
        }
    }
    Ok(Found { drafts, left_out })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_an_account_or_is_told_about_without_its_text() {
        let text = "\u{feff}# mine\n\notpauth://totp/A:a?secret=JBSWY3DP\r\nnonsense\n\
                    otpauth://totp/B:b?secret=SECRET189\notpauth://hotp/C:c?secret=JBSWY3DP";
        let Found { drafts, left_out } = read(&mut text.as_bytes()).unwrap();
        assert_eq!(
            drafts.iter().map(|draft| draft.issuer.as_str()).collect::<Vec<_>>(),
            ["A", "C"]
        );
        assert_eq!(left_out[0], (4, "it is no otpauth:// URI".to_owned()));
        assert_eq!(left_out[1].0, 5);
        assert!(!left_out[1].1.contains("SECRET"));
    }
}
