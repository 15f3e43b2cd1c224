//! Passwords and secrets: from the terminal without echo, or line by line from standard input.
//!
//! Never here: what they open.

use std::io::{BufRead, Read as _};

use shared::Secret;
use zeroize::Zeroizing;

use crate::cli::{CliError, World};
use crate::strength;

/// Longest line of standard input that is read.
const MAX_LINE: usize = 64 * 1024;

/// The master password.
pub(crate) fn password(world: &mut World<'_>, from_stdin: bool) -> Result<Secret, CliError> {
    if from_stdin {
        return line(world.input, "the master password");
    }
    prompt("Master password: ")
}

/// A master password to be: typed twice on a terminal.
pub(crate) fn new_password(world: &mut World<'_>, from_stdin: bool) -> Result<Secret, CliError> {
    if from_stdin {
        return line(world.input, "the new master password");
    }
    let password = prompt("New master password: ")?;
    repeat(&password)?;
    Ok(password)
}

/// The password of somebody else's file.
pub(crate) fn file_password(world: &mut World<'_>, from_stdin: bool) -> Result<Secret, CliError> {
    if from_stdin {
        return line(world.input, "the file's password");
    }
    prompt("Password of the file: ")
}

/// A password to be, of something else than the vault (`what`: "backups password"): typed twice on a terminal.
pub(crate) fn chosen_password(
    world: &mut World<'_>,
    from_stdin: bool,
    what: &str,
) -> Result<Secret, CliError> {
    let password = if from_stdin {
        line(world.input, &format!("the {what}"))?
    } else {
        let password = prompt(&format!("New {what}: "))?;
        repeat(&password)?;
        password
    };
    strength::accept(&password)?;
    Ok(password)
}

/// The same password once more.
fn repeat(password: &Secret) -> Result<(), CliError> {
    if prompt("Repeat it: ")?.expose() != password.expose() {
        return Err(CliError::failed("the two passwords differ: nothing was changed"));
    }
    Ok(())
}

/// The backups password.
pub(crate) fn backups_password(
    world: &mut World<'_>,
    from_stdin: bool,
) -> Result<Secret, CliError> {
    if from_stdin {
        return line(world.input, "the backups password");
    }
    prompt("Backups password: ")
}

/// A letter out of `letters`, the first one for an empty line. For a person at a terminal.
pub(crate) fn letter(
    world: &mut World<'_>,
    words: &str,
    letters: &[char],
) -> Result<char, CliError> {
    for _ in 0..3 {
        write!(world.errors, "{words}")?;
        world.errors.flush()?;
        let answer = line(world.input, "an answer")?;
        let answer = answer.expose().trim().to_lowercase();
        match answer.chars().next() {
            None => return Ok(letters[0]),
            Some(letter) if letters.contains(&letter) => return Ok(letter),
            Some(_) => {}
        }
    }
    Err(CliError::failed("no answer that is offered was given: nothing was changed"))
}

/// A recovery code, as it was printed.
pub(crate) fn recovery_code(world: &mut World<'_>, from_stdin: bool) -> Result<Secret, CliError> {
    if from_stdin {
        return line(world.input, "the recovery code");
    }
    prompt("Recovery code: ")
}

/// An account's secret, or a whole URI.
pub(crate) fn secret(world: &mut World<'_>, what: &str) -> Result<Secret, CliError> {
    if world.input_is_terminal {
        return prompt(&format!("{what}: "));
    }
    line(world.input, what)
}

fn prompt(words: &str) -> Result<Secret, CliError> {
    let typed = rpassword::prompt_password(words).map_err(|error| {
        CliError::failed(match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "nothing was typed: nothing was changed",
            _ => {
                "there is no terminal to ask on: give the master password with --password-stdin, and \
                 what else is asked on the lines after it"
            }
        })
    })?;
    Ok(Secret::new(typed))
}

/// The next line, without its end, and nothing else taken away.
fn line(input: &mut dyn BufRead, what: &str) -> Result<Secret, CliError> {
    // With room for everything, so that no smaller buffer with the secret is left behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_LINE + 1));
    input.take(MAX_LINE as u64).read_until(b'\n', &mut bytes)?;
    let stripped = bytes.strip_suffix(b"\n");
    if stripped.is_none() && bytes.len() == MAX_LINE {
        return Err(CliError::failed(format!("{what}: that line of standard input is too long")));
    }
    let text = stripped.unwrap_or(&bytes);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    if bytes.is_empty() {
        return Err(CliError::failed(format!("standard input ended before {what}")));
    }
    match std::str::from_utf8(text) {
        Ok(text) => Ok(Secret::new(text.to_owned())),
        Err(_) => Err(CliError::failed(format!("{what} is not UTF-8"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_as_it_is() {
        let mut input: &[u8] = b" a b \r\nsecond\nno end";
        assert_eq!(line(&mut input, "x").unwrap().expose(), " a b ");
        assert_eq!(line(&mut input, "x").unwrap().expose(), "second");
        assert_eq!(line(&mut input, "x").unwrap().expose(), "no end");
        assert!(
            matches!(line(&mut input, "x"), Err(CliError::Failed(words)) if words.contains("ended"))
        );
        let mut input: &[u8] = b"\n";
        assert_eq!(line(&mut input, "x").unwrap().expose(), "");
        let mut input: &[u8] = b"\xff\n";
        assert!(
            matches!(line(&mut input, "x"), Err(CliError::Failed(words)) if words == "x is not UTF-8")
        );
        let long = vec![b'a'; 70_000];
        assert!(line(&mut &long[..], "x").is_err());
    }
}
