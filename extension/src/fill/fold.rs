//! A page's words brought into one form, so that a table of them need not know how each is written.
//!
//! Never here: what a word means (`words`).

/// Lower case, without accents, words parted by single blanks, a blank at both ends.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 2);
    folded.push(' ');
    for c in text.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some("") => {}
            Some(letters) => folded.push_str(letters),
            // Chinese and Japanese part no words; a blank stands beside a digit for looks ("2 段階").
            None if is_ideograph(c) => {
                let mut ends = folded.chars().rev();
                if ends.next() == Some(' ')
                    && ends.next().is_some_and(|c| is_ideograph(c) || c.is_numeric())
                {
                    folded.pop();
                }
                folded.push(c);
            }
            // Vowel signs and viramas of the Indic scripts and Thai are part of the word.
            None if c.is_alphanumeric() || ('\u{900}'..='\u{e7f}').contains(&c) => folded.push(c),
            // The one sign that means "or" in labels.
            None if c == '/' => folded.push_str(" / "),
            None if folded.ends_with(' ') => {}
            None => folded.push(' '),
        }
    }
    if !folded.ends_with(' ') {
        folded.push(' ');
    }
    folded
}

/// Kana and Han.
pub(crate) fn is_ideograph(c: char) -> bool {
    ('\u{3040}'..='\u{9fff}').contains(&c)
}

/// What a letter is without its accent; `""` drops it, `None` leaves it to the caller.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'a'..='z' | '0'..='9' => return None,
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' => "a",
        'æ' => "ae",
        'ç' | 'ć'..='č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē'..='ě' | 'ẹ'..='ệ' => "e",
        'ĝ'..='ģ' => "g",
        'ì'..='ï' | 'ĩ'..='į' | 'ı' | 'ỉ'..='ị' => "i",
        'ķ' => "k",
        'ĺ'..='ł' => "l",
        'ñ' | 'ń'..='ň' => "n",
        'ò'..='ö' | 'ø' | 'ō'..='ő' | 'ơ' | 'ọ'..='ợ' => "o",
        'œ' => "oe",
        'ŕ'..='ř' => "r",
        'ś'..='š' | 'ș' => "s",
        'ß' => "ss",
        'ţ'..='ť' | 'ț' => "t",
        'ù'..='ü' | 'ũ'..='ų' | 'ư' | 'ụ'..='ự' => "u",
        'ý' | 'ÿ' | 'ỳ'..='ỹ' => "y",
        'ź'..='ž' => "z",
        'ά' => "α",
        'έ' => "ε",
        'ή' => "η",
        'ί' | 'ϊ' | 'ΐ' => "ι",
        'ό' => "ο",
        'ύ' | 'ϋ' | 'ΰ' => "υ",
        'ώ' => "ω",
        'ς' => "σ",
        'ё' => "е",
        'أ' | 'إ' | 'آ' => "ا",
        'ة' => "ه",
        // Persian and Arabic write the same letter with two code points.
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        '０'..='９' => {
            ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"][(c as usize - '０' as usize) % 10]
        }
        // Combining accents, Arabic vowels, soft hyphen, zero-width joiners.
        '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | '\u{ad}' | '\u{200b}'..='\u{200d}' => "",
        _ => return None,
    })
}

/// The words of a name or id: parted at signs, at `camelCase`, before a number at the end.
pub(crate) fn split(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut text = String::with_capacity(name.len() + 8);
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| chars[i]);
        let after = chars.get(i + 1);
        let hump = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase()
                    || b.is_numeric()
                    || b.is_uppercase() && after.is_some_and(|a| a.is_lowercase())
            });
        let tail = c.is_numeric()
            && before.is_some_and(char::is_alphabetic)
            && chars[i..].iter().all(|c| c.is_numeric());
        if hump || tail {
            text.push(' ');
        }
        text.push(c);
    }
    fold(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_signs_fold_away() {
        assert_eq!(fold("  Código-de  VERIFICACIÓN: "), " codigo de verificacion ");
        assert_eq!(fold("Mã xác thực (OTP)"), " ma xac thuc otp ");
        assert_eq!(fold("İki Adımlı"), " iki adimli ");
        assert_eq!(fold("６桁のコード"), " 6桁のコード ");
        assert_eq!(fold("सत्यापन कोड"), " सत्यापन कोड ");
        assert_eq!(fold(""), " ");
    }

    #[test]
    fn names_fall_apart_at_their_seams() {
        assert_eq!(split("user[otp_attempt]"), " user otp attempt ");
        assert_eq!(split("2faCodeInput"), " 2fa code input ");
        assert_eq!(split("wpOATHToken"), " wp oath token ");
        assert_eq!(split("otp-code-0"), " otp code 0 ");
        assert_eq!(split("totp1"), " totp 1 ");
    }
}
