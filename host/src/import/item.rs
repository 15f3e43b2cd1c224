//! One account as a file states it, and the check that makes it a draft or says why not.
//!
//! Every format fills a [`Raw`]; the rules on secrets, digits, periods and counters are here once.
//!
//! Never here: any format's own fields.

use std::collections::{BTreeMap, BTreeSet};

use shared::Secret;
use shared::protocol::Algorithm;

use super::copies::{fingerprint, is_within, names_and_codes};
use super::format::Format;
use super::{ImportError, Imported, LeftOut, Reason, Warning};
use crate::otp::{Digits, Otp, Period, Seed};
use crate::otpauth;
use crate::picture;
use crate::site;
use crate::stop::Stop;
use crate::vault::entry::{
    Draft, MAX_ICON, MAX_LIST, MAX_NOTE, MAX_SPARE, MAX_SPARES, MAX_TAG, Spare,
};
use crate::visible;

/// Most memory for everything that was found, in bytes. Files can say one long text a million times over.
const MAX_WEIGHT: usize = 64 * 1024 * 1024;
/// One more than an account takes of them, so that it is seen that some were cut: a file can name one group a million times.
pub(super) const MAX_TAGS: usize = MAX_LIST + 1;
/// What an account takes beside its texts.
const WEIGHT: usize = 512;

/// A number as a file states it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Number {
    /// Not there, or `null`, or empty.
    #[default]
    Absent,
    /// A number.
    Is(i64),
    /// Something else.
    Malformed,
}

impl Number {
    /// The number in a text; an empty one is absent.
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim();
        match text.parse() {
            _ if text.is_empty() => Self::Absent,
            Ok(number) => Self::Is(number),
            Err(_) => Self::Malformed,
        }
    }

    /// This, or absent if it is zero: where a format writes 0 for "the default".
    pub(super) fn unless_zero(self) -> Self {
        if self == Self::Is(0) { Self::Absent } else { self }
    }

    /// One more: where a format keeps the last counter that was used.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Is(last) => last.checked_add(1).map_or(Self::Malformed, Self::Is),
            other => other,
        }
    }
}

/// A secret as a file states it.
#[derive(Default)]
pub(super) enum Key {
    /// Text in Base32.
    Base32(Secret),
    /// The bytes.
    Bytes(Vec<u8>),
    /// There, but unreadable.
    Malformed,
    /// Not there.
    #[default]
    Missing,
}

impl Key {
    /// Base32, or missing if the text is blank.
    pub(super) fn base32(text: &str) -> Self {
        if text.trim().is_empty() { Self::Missing } else { Self::Base32(Secret::new(text.into())) }
    }

    /// Bytes, or missing or malformed.
    pub(super) fn bytes(bytes: Option<Vec<u8>>) -> Self {
        match bytes {
            Some(bytes) if bytes.is_empty() => Self::Missing,
            Some(bytes) => Self::Bytes(bytes),
            None => Self::Malformed,
        }
    }

    /// The bytes of a text in hexadecimal.
    pub(super) fn hex(text: &str) -> Self {
        Self::bytes(data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok())
    }

    /// The bytes of a text in Base64, padded or not.
    pub(super) fn base64(text: &str) -> Self {
        Self::bytes(super::text::base64(text))
    }

    fn seed(self) -> Result<Seed, Reason> {
        match self {
            Self::Base32(text) => {
                Seed::from_base32(text.expose()).map_err(|_| Reason::InvalidSecret)
            }
            Self::Bytes(bytes) => Seed::new(bytes).map_err(|_| Reason::InvalidSecret),
            Self::Malformed => Err(Reason::InvalidSecret),
            Self::Missing => Err(Reason::MissingSecret),
        }
    }
}

/// An account as a file states it, unchecked.
#[derive(Default)]
pub(super) struct Raw {
    /// `totp`, `hotp`, `steam`, `motp`, `yandex`, in any letter case; anything else is unsupported.
    pub(super) kind: String,
    pub(super) issuer: String,
    pub(super) label: String,
    /// For `motp`, the bytes of the text that goes into MD5.
    pub(super) key: Key,
    pub(super) algorithm: String,
    pub(super) digits: Number,
    pub(super) period: Number,
    /// The next counter to use.
    pub(super) counter: Number,
    pub(super) pin: Option<String>,
    pub(super) note: String,
    pub(super) tags: Vec<String>,
    pub(super) favourite: bool,
    /// Domains that its codes may go to; only our own export has them.
    pub(super) sites: Vec<String>,
    pub(super) icon: String,
    /// A picture as ours are; our own export's.
    pub(super) picture: String,
    /// Send the form after a fill, on all its sites; our own older exports'.
    pub(super) submit: bool,
    /// Those of its sites on which the form is sent after a fill; our own export's.
    pub(super) sends: Vec<String>,
    /// Codes for when the app is gone, and whether they were used; our own export's.
    pub(super) spares: Vec<(String, bool)>,
}

impl Raw {
    /// TOTP with the defaults.
    pub(super) fn totp(issuer: &str, label: &str, key: Key) -> Self {
        Self {
            kind: "totp".into(),
            issuer: issuer.to_owned(),
            label: label.to_owned(),
            key,
            ..Self::default()
        }
    }

    /// What a person knows it by.
    pub(super) fn name(&self) -> String {
        match (self.issuer.trim(), self.label.trim()) {
            ("", label) => label.to_owned(),
            (issuer, "") => issuer.to_owned(),
            (issuer, label) => format!("{issuer}: {label}"),
        }
    }

    /// Takes the issuer out of a label that repeats it: `Issuer:account`.
    pub(super) fn without_prefix(mut self) -> Self {
        let issuer = self.issuer.trim();
        // An issuer may have a colon in it, and a blank may stand before the one that follows.
        let rest = self.label.trim_start().strip_prefix(issuer);
        if let Some(account) = rest.and_then(|rest| rest.trim_start().strip_prefix(':'))
            && !account.trim().is_empty()
        {
            self.label = account.trim().to_owned();
        }
        self
    }

    /// Takes the issuer out of a label where the format has it nowhere else: `Issuer:account`.
    pub(super) fn split_label(mut self) -> Self {
        if self.issuer.trim().is_empty()
            && let Some((issuer, account)) = self.label.split_once(':')
            && !issuer.trim().is_empty()
            && !account.trim().is_empty()
        {
            (self.issuer, self.label) = (issuer.trim().to_owned(), account.trim().to_owned());
        }
        self
    }

    /// Drops what nobody sees of what is told to a person, and says whether there was any. Of a text that is far longer
    /// than what is taken of it only the beginning is looked at: a file can say one a million times.
    fn uncover(&mut self, shortened: &mut bool) -> bool {
        let mut hid = false;
        let mut uncover = |text: &mut String, most: usize, seen: fn(&str) -> String| {
            let begin = cut(text, 4 * most);
            *shortened |= begin.len() < text.len();
            let seen = seen(begin);
            hid |= seen.trim().len() < begin.trim().len();
            *text = seen;
        };
        for name in [&mut self.issuer, &mut self.label] {
            uncover(name, otpauth::MAX_NAME, visible::line);
        }
        for tag in &mut self.tags {
            uncover(tag, MAX_TAG, visible::line);
        }
        uncover(&mut self.note, MAX_NOTE, visible::note);
        hid
    }

    /// As an account, or why it is none; and whether something of it was cut.
    fn check(self, shortened: &mut bool) -> Result<Draft, LeftOut> {
        let name = self.name();
        let left_out = |reason| LeftOut { name: name.clone(), reason, detail: None };
        let kind = self.kind.trim().to_ascii_lowercase();
        if !matches!(kind.as_str(), "totp" | "hotp" | "steam" | "motp" | "yandex" | "yaotp") {
            let detail = told(&kind);
            return Err(LeftOut { name, reason: Reason::UnsupportedType, detail });
        }
        let mut seed = self.key.seed().map_err(left_out)?;
        let pin = self.pin.filter(|pin| !pin.is_empty()).map(Secret::new);
        let otp = match kind.as_str() {
            "steam" => Otp::Steam,
            "motp" => Otp::Motp { pin },
            "yandex" | "yaotp" => {
                // 26 bytes are the secret and a checksum.
                let bytes = seed.expose();
                if bytes.len() < 16 {
                    return Err(left_out(Reason::InvalidSecret));
                }
                seed =
                    Seed::new(bytes[..16].to_vec()).map_err(|_| left_out(Reason::InvalidSecret))?;
                Otp::Yandex { pin }
            }
            kind => {
                let algorithm = match self.algorithm.trim() {
                    "" => Algorithm::Sha1,
                    text => otpauth::algorithm(text).map_err(|_| LeftOut {
                        detail: told(text),
                        ..left_out(Reason::UnsupportedAlgorithm)
                    })?,
                };
                let digits = digits(self.digits).ok_or(left_out(Reason::InvalidDigits))?;
                if kind == "hotp" {
                    let counter = match self.counter {
                        Number::Absent => 0,
                        // "Never used" in apps that keep the last one.
                        Number::Is(counter) => u64::try_from(counter).unwrap_or(0),
                        Number::Malformed => return Err(left_out(Reason::InvalidCounter)),
                    };
                    Otp::Hotp { algorithm, digits, counter }
                } else {
                    let period = period(self.period).ok_or(left_out(Reason::InvalidPeriod))?;
                    Otp::Totp { algorithm, digits, period }
                }
            }
        };
        let mut within = |text: &str, most| {
            *shortened |= most < text.len();
            cut(text, most).to_owned()
        };
        let issuer = within(self.issuer.trim(), otpauth::MAX_NAME);
        let label = within(self.label.trim(), otpauth::MAX_NAME);
        let mut draft = Draft::new(otp, seed, issuer, label);
        draft.note = within(&self.note, MAX_NOTE);
        draft.favourite = self.favourite;
        draft.icon = cut(&self.icon, MAX_ICON).to_owned();
        // One of another kind is no reason to leave the account out.
        draft.picture = Some(self.picture).filter(|text| picture::is_one(text)).unwrap_or_default();
        draft.submit = self.submit;
        for (code, used) in self.spares.into_iter().filter(|(code, _)| !code.is_empty()) {
            if draft.spares.len() < MAX_SPARES && code.len() <= MAX_SPARE {
                draft.spares.push(Spare { code: Secret::new(code), used });
            } else {
                *shortened = true;
            }
        }
        for domain in self.sites.iter().filter_map(|text| site::parse(text)) {
            if draft.sites.contains(&domain) {
                continue;
            }
            if draft.sites.len() == MAX_LIST {
                *shortened = true;
                break;
            }
            draft.sites.push(domain);
        }
        draft.sends = self.sends;
        draft.sends.retain(|site| draft.sites.contains(site));
        for tag in &self.tags {
            *shortened |= MAX_TAG < tag.trim().len();
            let tag = cut(tag.trim(), MAX_TAG);
            if tag.is_empty() || draft.tags.iter().any(|known| known == tag) {
                continue;
            }
            if draft.tags.len() == MAX_LIST {
                *shortened = true;
                break;
            }
            draft.tags.push(tag.to_owned());
        }
        Ok(draft)
    }
}

/// What a file calls something that no account has here, if it is as short as such names are: a seed may stand in any place
/// of a URI, and is longer.
fn told(name: &str) -> Option<String> {
    (1..=10).contains(&name.len()).then(|| name.to_owned())
}

/// The beginning of a text, of at most so many bytes.
pub(super) fn cut(text: &str, max: usize) -> &str {
    let ends = (0..=max.min(text.len())).rev();
    &text[..ends.into_iter().find(|&at| text.is_char_boundary(at)).unwrap_or_default()]
}

fn digits(stated: Number) -> Option<Digits> {
    match stated {
        Number::Absent => Some(Digits::SIX),
        Number::Is(count) => Digits::new(u32::try_from(count).ok()?).ok(),
        Number::Malformed => None,
    }
}

fn period(stated: Number) -> Option<Period> {
    match stated {
        Number::Absent => Some(Period::THIRTY),
        Number::Is(seconds) => Period::new(u64::try_from(seconds).ok()?).ok(),
        Number::Malformed => None,
    }
}

/// What has been found so far.
#[derive(Default)]
pub(super) struct Found {
    drafts: Vec<Draft>,
    left_out: Vec<LeftOut>,
    warnings: Vec<Warning>,
    ignored: usize,
    merged: usize,
    /// Parts of Google's exports: by their id and how many there are, which are here.
    batches: BTreeMap<(i64, u32), BTreeSet<u32>>,
    /// The parts themselves, so that one that was scanned twice counts once.
    parts: BTreeSet<Vec<u8>>,
    /// Drafts of which an exact copy is not counted twice, as text that holds the seed.
    seen: BTreeSet<Vec<u8>>,
    /// Drafts of the files that are read, by their names and their codes, as text that holds the seed.
    files: BTreeMap<Vec<u8>, Vec<usize>>,
    /// Where those of the file that is being read begin.
    begin: usize,
    /// What all this takes in memory, roughly.
    weight: usize,
    /// Ends the reading.
    stop: Option<Stop>,
}

impl Found {
    /// Nothing yet, by a reading that may be stopped.
    pub(super) fn new(stop: Option<Stop>) -> Self {
        Self { stop, ..Self::default() }
    }

    /// An account: a draft, or left out. An error ends the reading: there is more than anyone has, or it was stopped.
    pub(super) fn take(&mut self, raw: Raw) -> Result<(), ImportError> {
        self.take_unless(raw, |_, _| false)
    }

    /// The same, where an exact copy is counted once: lists of URIs, which people paste twice.
    pub(super) fn take_once(&mut self, raw: Raw) -> Result<(), ImportError> {
        self.take_unless(raw, |found, draft| !found.seen.insert(fingerprint(draft)))
    }

    fn take_unless(
        &mut self,
        mut raw: Raw,
        is_copy: impl Fn(&mut Self, &Draft) -> bool,
    ) -> Result<(), ImportError> {
        let mut shortened = false;
        if raw.uncover(&mut shortened) {
            self.warn(Warning::Hidden);
        }
        match raw.check(&mut shortened) {
            Ok(draft) if is_copy(self, &draft) => self.skip_copy(&draft),
            Ok(draft) => {
                let texts = [&draft.issuer, &draft.label, &draft.note];
                let texts = texts.into_iter().chain(&draft.tags).map(String::len).sum::<usize>();
                self.weight += WEIGHT + texts + draft.seed.expose().len();
                if shortened {
                    self.warn(Warning::Shortened);
                }
                if matches!(draft.otp, Otp::Motp { pin: None } | Otp::Yandex { pin: None }) {
                    self.warn(Warning::MissingPin);
                }
                self.drafts.push(draft);
                self.go_on()
            }
            Err(left_out) => self.leave_out(left_out),
        }
    }

    /// The end of one of several files: what one of the others has as well counts once, since who exports from two apps,
    /// or twice from one, has most accounts in both. Within one file copies are what its format says that they are.
    pub(super) fn end_file(&mut self) -> Result<(), ImportError> {
        let fresh = self.drafts.split_off(self.begin);
        let mut taken = BTreeSet::new();
        for draft in fresh {
            let key = names_and_codes(&draft);
            let at = self.files.get(&key).into_iter().flatten().copied().find(|&at| {
                let other = &self.drafts[at];
                at < self.begin
                    && !taken.contains(&at)
                    && (is_within(&draft, other) || is_within(other, &draft))
            });
            let Some(at) = at else {
                self.files.entry(key).or_default().push(self.drafts.len());
                self.drafts.push(draft);
                continue;
            };
            taken.insert(at);
            self.skip_copy(&draft)?;
            let counter = |otp: &Otp| match otp {
                Otp::Hotp { counter, .. } => *counter,
                _ => 0,
            };
            let used = counter(&draft.otp).max(counter(&self.drafts[at].otp));
            if is_within(&self.drafts[at], &draft) {
                self.drafts[at] = draft;
            }
            if let Otp::Hotp { counter, .. } = &mut self.drafts[at].otp {
                *counter = used;
            }
        }
        self.begin = self.drafts.len();
        Ok(())
    }

    fn skip_copy(&mut self, draft: &Draft) -> Result<(), ImportError> {
        self.merged += 1;
        let name = if draft.issuer.is_empty() { &draft.label } else { &draft.issuer };
        self.skip(name, Reason::Duplicate)
    }

    /// An account that is left out. Errors as of [`Self::take`].
    pub(super) fn skip(&mut self, name: &str, reason: Reason) -> Result<(), ImportError> {
        self.leave_out(LeftOut { name: name.trim().to_owned(), reason, detail: None })
    }

    fn leave_out(&mut self, mut left_out: LeftOut) -> Result<(), ImportError> {
        left_out.name = cut(&visible::line(&left_out.name), otpauth::MAX_NAME).to_owned();
        self.weight += WEIGHT + left_out.name.len();
        self.left_out.push(left_out);
        self.go_on()
    }

    fn go_on(&self) -> Result<(), ImportError> {
        if self.stop.as_ref().is_some_and(Stop::is_stopped) {
            return Err(ImportError::Stopped);
        }
        if MAX_WEIGHT < self.weight { Err(ImportError::TooLarge) } else { Ok(()) }
    }

    /// An item without a one-time code.
    pub(super) fn ignore(&mut self) {
        self.ignored += 1;
    }

    pub(super) fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Nothing was found at all, not even something to leave out.
    pub(super) fn is_empty(&self) -> bool {
        self.drafts.is_empty() && self.left_out.is_empty() && self.ignored == 0
    }

    /// Notes a part of a Google export. `false` if it was here before.
    pub(super) fn part(&mut self, payload: &[u8], id: i64, size: u32, index: u32) -> bool {
        self.batches.entry((id, size)).or_default().insert(index);
        self.parts.insert(payload.to_vec())
    }

    pub(super) fn finish(mut self, format: Format) -> Imported {
        for ((_, of), have) in std::mem::take(&mut self.batches) {
            if (have.len() as u64) < u64::from(of) {
                self.warn(Warning::IncompleteBatch { have: have.into_iter().collect(), of });
            }
        }
        for seen in self.seen.into_iter().chain(self.parts).chain(self.files.into_keys()) {
            drop(zeroize::Zeroizing::new(seen));
        }
        Imported {
            format,
            drafts: self.drafts,
            left_out: self.left_out,
            warnings: self.warnings,
            ignored_non_otp: self.ignored,
            merged_duplicates: self.merged,
        }
    }
}
