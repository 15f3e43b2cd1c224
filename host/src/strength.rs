//! How strong a password is (zxcvbn), and whether it may become the master password.
//!
//! Never here: anything that keeps it.

use shared::Secret;
use shared::protocol::{Hint, Refusal, Strength};
use zxcvbn::feedback::Warning;

use crate::vault::keys::MAX_PASSWORD;

/// Fewest characters (SP 800-63B asks for 8 where there is more than the password, 15 where not).
const FEWEST: usize = 8;
/// Least score: guessable in 10^8 tries or more, at 4 tries a second and core.
const LEAST: u8 = 3;
/// What one would try first.
const OWN_WORDS: &[&str] = &["countersign", "authenticator", "2fa", "totp", "vault"];

/// Rates a password. Takes a few milliseconds.
pub fn of(password: &Secret) -> Strength {
    let text = password.expose();
    let chars = text.chars().count();
    let estimate = zxcvbn::zxcvbn(text, OWN_WORDS);
    let score = u8::from(estimate.score());
    let long = MAX_PASSWORD < text.len();
    let accepted = FEWEST <= chars && !long && LEAST <= score;
    let hint = if long {
        Some(Hint::Long)
    } else if chars < FEWEST {
        Some(Hint::Short)
    } else {
        let warning = estimate.feedback().and_then(|feedback| feedback.warning());
        // Words like ours come without a warning; a refusal without a reason helps nobody.
        warning.map(hint).or((!accepted).then_some(Hint::Common))
    };
    Strength { score, accepted, hint }
}

/// Whether a password may be one that opens something.
///
/// # Errors
///
/// [`Refusal::WeakPassword`], with what is wrong with it.
pub fn accept(password: &Secret) -> Result<(), Refusal> {
    let strength = of(password);
    if strength.accepted { Ok(()) } else { Err(Refusal::WeakPassword(strength)) }
}

fn hint(warning: Warning) -> Hint {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess
        | Warning::ShortKeyboardPatternsAreEasyToGuess => Hint::Keyboard,
        Warning::RepeatsLikeAaaAreEasyToGuess
        | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => Hint::Repeat,
        Warning::SequencesLikeAbcAreEasyToGuess => Hint::Sequence,
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => Hint::Date,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => Hint::Name,
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword
        | Warning::AWordByItselfIsEasyToGuess => Hint::Common,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessable_passwords_are_refused_with_a_reason() {
        let rate = |text: &str| of(&Secret::new(text.into()));
        let rows = [
            ("", Hint::Short),
            ("x7$Kq", Hint::Short),
            ("password", Hint::Common),
            ("countersign", Hint::Common),
            ("qwertyuiop", Hint::Common),
            ("aaaaaaaaaaaa", Hint::Repeat),
        ];
        for (text, hint) in rows {
            let strength = rate(text);
            assert!(!strength.accepted, "{text}");
            assert_eq!(strength.hint, Some(hint), "{text}");
        }
        assert_eq!(rate(&"aB3$".repeat(300)).hint, Some(Hint::Long));
        // A row of keys that is too long for zxcvbn's numbers.
        let row = format!("another small lig{}ouse", "hth".repeat(40));
        assert!(rate(&row).accepted, "{row}");
        for text in ["correct horse battery staple", "Ub7!mqzR2pXw", "日本語のパスワードです"]
        {
            assert!(rate(text).accepted, "{text} {:?}", rate(text));
        }
    }
}
