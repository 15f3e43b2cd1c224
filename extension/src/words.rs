//! What a person reads for what the protocol says: one sentence for each refusal.
//!
//! Never here: what is done about it.

use shared::protocol::{
    Account, Denied, Field, Hint, Invalid, Kind, Problem, Refusal, Strength, Why,
};

use crate::fill::Problem as Unfilled;
use crate::text::{soon, t, with};

/// Sites of an issuer that are named; one of many countries has twenty.
const SITES: usize = 3;

/// How an account is called in a sentence.
pub fn name(account: &Account) -> String {
    match (account.issuer.as_str(), account.label.as_str()) {
        ("", label) => label.to_owned(),
        (issuer, _) => issuer.to_owned(),
    }
}

/// How an account is called where another of the same issuer must not be meant.
pub fn called(account: &Account) -> String {
    match (account.issuer.as_str(), account.label.as_str()) {
        ("", _) | (_, "") => name(account),
        (issuer, label) => format!("{issuer} ({label})"),
    }
}

/// A kind of account.
pub fn kind(kind: Kind) -> String {
    match kind {
        Kind::Totp => t("kind_totp"),
        Kind::Hotp => t("kind_hotp"),
        Kind::Steam => t("kind_steam"),
        Kind::Motp => t("kind_motp"),
        Kind::Yandex => t("kind_yandex"),
    }
}

/// Why a request was refused.
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::BadFrame | Refusal::BadRequest | Refusal::Internal | Refusal::TooLarge => {
            t("refused_internal")
        }
        Refusal::Busy => t("refused_busy"),
        Refusal::Conflict | Refusal::Exists => t("refused_conflict"),
        Refusal::Corrupt => t("refused_corrupt"),
        Refusal::Denied(why) => denied(why),
        Refusal::DiskFull => t("refused_disk_full"),
        Refusal::Duplicate(_) => t("refused_duplicate"),
        Refusal::Invalid(wrong) => invalid(*wrong),
        Refusal::Io => t("refused_io"),
        Refusal::KdfBounds => t("refused_kdf_bounds"),
        Refusal::Locked => t("refused_locked"),
        Refusal::Managed => t("managed"),
        Refusal::Memory => t("refused_memory"),
        Refusal::NeedsMaster => t("needs_master"),
        Refusal::NewerFormat => t("problem_newer"),
        Refusal::NoBiometrics => t("no_biometrics"),
        Refusal::NoPin => t("pin_forgotten"),
        Refusal::NotFound => t("refused_not_found"),
        Refusal::Rollback(_) => t("rollback"),
        Refusal::SamePassword => t("refused_same_password"),
        Refusal::Timeout => t("refused_timeout"),
        Refusal::Unconfirmed => t("unconfirmed"),
        Refusal::UnknownOp | Refusal::Version { .. } => t("refused_unknown_op"),
        Refusal::Wait { ms, used } => {
            let then = soon(u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX));
            if *used { with("wait_used", &[&then]) } else { with("wait_expiring", &[&then]) }
        }
        Refusal::WeakPassword(_) => t("refused_weak_password"),
        Refusal::WrongPassword { .. } => t("wrong_password"),
        Refusal::WrongPin { left } => with("wrong_pin", &[&left.to_string()]),
    }
}

/// Why no code goes to a page.
pub fn denied(denied: &Denied) -> String {
    match denied {
        Denied::CrossSite { top, frame } => {
            with("denied_cross_site", &[&apart(frame, top), &apart(top, frame)])
        }
        Denied::Choose { .. } => t("denied_choose"),
        Denied::LookAlike { domain, shown } => with("denied_look_alike", &[shown, domain]),
        Denied::NoSite { domain } => with("denied_no_site", &[domain]),
        Denied::NoAccount { domain } | Denied::Suggest { domain, .. } => {
            with("denied_no_account", &[domain])
        }
        Denied::NotSecure => t("denied_not_secure"),
        Denied::NotWeb => t("denied_not_web"),
        Denied::OtherSite { domain, sites } => {
            let first = sites.first().map_or("", String::as_str);
            let own: Vec<String> = sites.iter().map(|site| apart(site, domain)).collect();
            with("denied_other_site", &[&own.join(", "), &apart(domain, first)])
        }
    }
}

/// What a person must see: it stands between two of these, and is drawn bold.
pub const BOLD: char = '\u{2}';

/// A name that runs as its own letters do, and turns nothing around it; the same in `words.js`.
pub fn isolated(name: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    format!("\u{2068}{}\u{2069}", name.replace(turns, ""))
}

/// That an account's issuer is known to be used elsewhere than on this domain, for [`BOLD`] to be drawn; `None`
/// where nothing is known, or it is here. Anyone can write an issuer's name over a page of their own.
pub fn elsewhere(account: &Account, domain: &str) -> Option<String> {
    let known = &account.suggest;
    if known.iter().any(|site| site == domain) {
        return None;
    }
    let here = apart(domain, known.first()?);
    let more = SITES < known.len();
    let known = known.iter().take(SITES).map(|site| apart(site, domain));
    let known: Vec<String> = known.chain(more.then(|| "…".into())).collect();
    Some(with("offer_elsewhere", &[&name(account), &known.join(", "), &here]))
}

/// A domain, with what tells it from another one between [`BOLD`]: a few letters where they are much alike,
/// else all labels that are not the same.
pub fn apart(domain: &str, other: &str) -> String {
    let same = |(a, b): &(char, char)| a == b;
    let ends = domain.chars().rev().zip(other.chars().rev()).take_while(same).count();
    let least = domain.chars().count().min(other.chars().count());
    let begins = domain.chars().zip(other.chars()).take_while(same).count().min(least - ends);
    let (mut begins, mut ends) = (begins, domain.chars().count() - ends);
    let chars = |from: usize, to: usize| domain.chars().skip(from).take(to.saturating_sub(from));
    if chars(begins, ends).any(|c| c == '.') {
        // Labels, and no halves of them.
        let label = chars(0, begins).collect::<Vec<_>>().iter().rposition(|c| *c == '.');
        begins = label.map_or(0, |dot| dot + 1);
    }
    if (begins + domain.chars().count() - ends) * 2 < domain.chars().count() {
        begins = 0;
        let at = |n: usize| domain.char_indices().nth(n).map_or(domain.len(), |(at, _)| at);
        // On to the next dot; without one, all of it.
        let rest = &domain[at(ends)..];
        ends =
            rest.find('.').map_or(domain.chars().count(), |dot| ends + rest[..dot].chars().count());
    }
    let mut said = String::new();
    for (n, c) in domain.chars().enumerate() {
        said.extend((n == begins && begins < ends).then_some(BOLD));
        said.push(c);
        said.extend((n + 1 == ends && begins < ends).then_some(BOLD));
    }
    said
}

/// Why no code was filled.
pub fn unfilled(why: &Unfilled) -> String {
    match why {
        Unfilled::CannotInject => t("unfilled_closed"),
        Unfilled::Hidden => t("unfilled_hidden"),
        Unfilled::NoField { frames } if frames.is_empty() => t("unfilled_no_field"),
        Unfilled::NoField { frames } => {
            let bare = |origin: &String| origin.split("//").last().unwrap_or_default().to_owned();
            let domains: Vec<String> = frames.iter().map(bare).collect();
            with("unfilled_kept", &[&domains.join(", ")])
        }
        Unfilled::NotTaken { code, heard: true, .. } => with("unfilled_not_taken", &[code]),
        Unfilled::NotTaken { code, heard: false, .. } => with("unfilled_unheard", &[code]),
        Unfilled::PageChanged => t("unfilled_changed"),
        Unfilled::Refused(why) => refusal(why),
        Unfilled::Unsure(_) => t("unfilled_unsure"),
    }
}

/// Why the vault was locked.
pub fn why(why: Why) -> String {
    match why {
        Why::BusLost => t("why_bus_lost"),
        Why::Clock => t("why_clock"),
        Why::Everywhere => t("why_everywhere"),
        Why::Idle => t("why_idle"),
        Why::Manual => t("why_manual"),
        Why::MasterAge => t("why_master_age"),
        Why::MaxAge => t("why_max_age"),
        Why::OnlyHere => t("why_only_here"),
        Why::PasswordChanged => t("why_password_changed"),
        Why::ScreenLock => t("why_screen_lock"),
        Why::Sleep => t("why_sleep"),
        Why::VaultReplaced => t("why_vault_replaced"),
    }
}

/// How strong a password is, and what would make it stronger.
pub fn strength(strength: &Strength) -> String {
    match (strength.hint, strength.score) {
        (Some(Hint::Common), _) => t("hint_common"),
        (Some(Hint::Date), _) => t("hint_date"),
        (Some(Hint::Keyboard), _) => t("hint_keyboard"),
        (Some(Hint::Long), _) => t("hint_long"),
        (Some(Hint::Name), _) => t("hint_name"),
        (Some(Hint::Repeat), _) => t("hint_repeat"),
        (Some(Hint::Sequence), _) => t("hint_sequence"),
        (Some(Hint::Short), _) => t("hint_short"),
        (None, 0 | 1) => t("strength_weak"),
        (None, 2) => t("strength_fair"),
        (None, 3) => t("strength_good"),
        (None, _) => t("strength_strong"),
    }
}

/// The input that a field is typed into.
pub fn input(field: Field) -> &'static str {
    match field {
        Field::Algorithm => "#algorithm",
        Field::Clipboard => "#clipboard",
        Field::Counter => "#counter",
        Field::Digits => "#digits",
        Field::Icon | Field::Label => "#label",
        Field::Idle => "#idle",
        Field::Issuer => "#issuer",
        Field::MasterAge => "#master-age",
        Field::MaxAge => "#max-age",
        Field::Note => "#note",
        Field::Period => "#period",
        Field::Pin => "#pin",
        Field::Recovery => "#recovery-code",
        Field::Secret => "#secret",
        Field::Site => "#sites",
        Field::Spare => "#new-spares",
        Field::Tag => "#tags",
        Field::Uri => "#uri",
    }
}

/// What is wrong with what was typed.
pub fn invalid(invalid: Invalid) -> String {
    match (invalid.field, invalid.problem) {
        (Field::Secret, Problem::Character) => t("invalid_secret_character"),
        (Field::Secret, Problem::Empty) => t("invalid_secret_empty"),
        (Field::Issuer | Field::Label, Problem::Empty) => t("invalid_name_empty"),
        (Field::Digits, _) => t("invalid_digits"),
        (Field::Period, Problem::Range | Problem::Character) => t("invalid_period"),
        (Field::Counter, Problem::Range | Problem::Character) => t("invalid_counter"),
        (Field::Uri, Problem::Malformed) => t("invalid_uri"),
        (Field::Uri, Problem::Empty) => t("invalid_uri_empty"),
        (Field::Site, Problem::Malformed) => t("invalid_site"),
        (Field::Pin, _) => t("invalid_pin"),
        (Field::Recovery, Problem::Typo) => t("invalid_code_typo"),
        (Field::Recovery, _) => t("invalid_code"),
        (_, Problem::Character | Problem::Malformed | Problem::Typo) => t("invalid_character"),
        (_, Problem::Empty) => t("invalid_empty"),
        (_, Problem::Long) => t("invalid_long"),
        (_, Problem::Range | Problem::Short) => t("invalid_range"),
        (_, Problem::Unexpected) => t("invalid_unexpected"),
        (_, Problem::Unsupported) => t("invalid_unsupported"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_two_domains_apart_is_marked() {
        let rows = [
            ("github.com", "githuh.com", "githu[b].com"),
            ("githuh.com", "github.com", "githu[h].com"),
            ("example.com", "example.com.evil.org", "example.com"),
            ("example.com.evil.org", "example.com", "[example.com.evil.org]"),
            ("github.com", "githuh.localhost", "[github.com]"),
            ("example.com", "examplle.com", "example.com"),
            ("examplle.com", "example.com", "examp[l]le.com"),
            ("bank.com", "evil-shop.com", "[bank].com"),
            ("a.example", "b.example", "[a].example"),
            ("example.com", "example.org", "example.[com]"),
            ("bücher.example", "bucher.example", "b[ü]cher.example"),
            ("localhost", "", "[localhost]"),
        ];
        for (domain, other, said) in rows {
            let marked = apart(domain, other);
            let mut opens = false;
            let shown: String = marked
                .chars()
                .map(|c| {
                    if c == BOLD {
                        opens = !opens;
                        if opens { '[' } else { ']' }
                    } else {
                        c
                    }
                })
                .collect();
            assert_eq!(shown, said, "{domain} beside {other}");
        }
    }

    #[test]
    fn of_an_issuer_with_many_sites_the_first_are_named() {
        let json = r#"{"id":"1","kind":"totp","issuer":"Shop","label":"","algorithm":"SHA1","digits":6,"period":30,
            "created":0,"modified":0}"#;
        let mut account: Account = serde_json::from_str(json).unwrap();
        let named = |account: &Account| {
            let said = elsewhere(account, "localhost")?.replace(BOLD, "");
            said.split_once("shop.example").map(|(_, rest)| rest.to_owned())
        };
        account.suggest = ["shop.example", "b.example", "c.example"].map(str::to_owned).into();
        assert_eq!(named(&account).unwrap(), ", b.example, c.example localhost");
        account.suggest.push("d.example".into());
        assert_eq!(named(&account).unwrap(), ", b.example, c.example, … localhost");
        assert_eq!(elsewhere(&account, "d.example"), None, "which is its own all the same");
    }
}
