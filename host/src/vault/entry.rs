//! Entries: accounts as the vault keeps them, with their seeds, and their form in the body.
//!
//! An entry is a row of registers: each field knows when it was last set, so that two states of a vault
//! can be merged (`merge`). Fields that this version does not know are kept and written back.
//!
//! Never here: how the body is sealed (`format`), who may see an entry.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use shared::Secret;
use shared::protocol::{Algorithm, Kind};

use crate::otp::{Digits, Otp, Period, Seed};
use crate::vault::stamp::Stamp;

/// An account that is about to become an entry: typed, scanned or imported, and checked.
#[derive(Debug)]
pub struct Draft {
    /// How codes are made.
    pub otp: Otp,
    /// The seed.
    pub seed: Seed,
    /// Who issued it.
    pub issuer: String,
    /// Account name.
    pub label: String,
    /// Registrable domains or exact hosts.
    pub sites: Vec<String>,
    /// Tags (other apps' groups and categories).
    pub tags: Vec<String>,
    /// Note.
    pub note: String,
    /// Stands at the top.
    pub favourite: bool,
    /// Name of an icon, or empty.
    pub icon: String,
    /// A picture of the person's own: a small PNG in Base64, or empty.
    pub picture: String,
    /// Send the form after a fill, on all its sites: what older exports say.
    pub submit: bool,
    /// Sites on which the form is sent after a fill.
    pub sends: Vec<String>,
    /// Codes that the site gave for when the app is gone.
    pub spares: Vec<Spare>,
}

/// Longest note, in bytes.
pub const MAX_NOTE: usize = 16 * 1024;
/// Most tags of an account, and most sites.
pub const MAX_LIST: usize = 64;
/// Longest tag, in bytes.
pub const MAX_TAG: usize = 128;
/// Longest site, in bytes: a domain as it is written (RFC 1035, section 2.3.4).
pub const MAX_SITE: usize = 253;
/// Longest name of an icon, in bytes.
pub const MAX_ICON: usize = 128;
/// Most spare codes of an account.
pub const MAX_SPARES: usize = 64;
/// Longest of them, in bytes.
pub const MAX_SPARE: usize = 128;

/// A code that a site takes once in the place of an app's: what it calls a recovery or backup code.
#[derive(Debug, Deserialize, Serialize)]
pub struct Spare {
    /// As the site wrote it.
    pub code: Secret,
    /// It was used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub used: bool,
}

/// What a person calls an account: `GitHub (alice)`.
pub fn display_name(issuer: &str, label: &str) -> String {
    match (issuer, label) {
        ("", label) => label.to_owned(),
        (issuer, "") => issuer.to_owned(),
        (issuer, label) => format!("{issuer} ({label})"),
    }
}

impl Draft {
    /// A draft with these and nothing else.
    pub fn new(otp: Otp, seed: Seed, issuer: String, label: String) -> Self {
        Self {
            otp,
            seed,
            issuer,
            label,
            sites: Vec::new(),
            tags: Vec::new(),
            note: String::new(),
            favourite: false,
            icon: String::new(),
            picture: String::new(),
            submit: false,
            sends: Vec::new(),
            spares: Vec::new(),
        }
    }

    /// One more of it, wiped by itself: for whoever may have to take it in a second time.
    pub fn duplicate(&self) -> Self {
        let spare = |it: &Spare| Spare { code: it.code.duplicate(), used: it.used };
        Self {
            otp: self.otp.duplicate(),
            seed: self.seed.duplicate(),
            issuer: self.issuer.clone(),
            label: self.label.clone(),
            sites: self.sites.clone(),
            tags: self.tags.clone(),
            note: self.note.clone(),
            favourite: self.favourite,
            icon: self.icon.clone(),
            picture: self.picture.clone(),
            submit: self.submit,
            sends: self.sends.clone(),
            spares: self.spares.iter().map(spare).collect(),
        }
    }
}

/// An entry's name for ever: 16 random bytes, 32 hex digits.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EntryId(pub [u8; 16]);

/// The text is not 32 lower-case hex digits.
#[derive(Debug, thiserror::Error)]
#[error("not an entry id")]
pub struct NotAnId;

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl FromStr for EntryId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(|_| NotAnId)?;
        bytes.try_into().map(Self).map_err(|_| NotAnId)
    }
}

impl Serialize for EntryId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntryId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// What of an entry has a stamp of its own. Fields that this version does not know have theirs by their
/// names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The counter of an HOTP entry, when a person set it.
    Counter,
    /// [`Entry::favourite`].
    Favourite,
    /// [`Entry::icon`].
    Icon,
    /// [`Entry::issuer`].
    Issuer,
    /// [`Entry::label`].
    Label,
    /// [`Entry::note`].
    Note,
    /// [`Entry::otp`] but for its counter, and [`Entry::seed`].
    Otp,
    /// [`Entry::picture`].
    Picture,
    /// [`Entry::sites`].
    Sites,
    /// [`Entry::spares`].
    Spares,
    /// [`Entry::submit`].
    Submit,
    /// [`Entry::tags`].
    Tags,
    /// [`Entry::trashed`].
    Trashed,
}

impl Part {
    /// Its name in the body.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Favourite => "favourite",
            Self::Icon => "icon",
            Self::Issuer => "issuer",
            Self::Label => "label",
            Self::Note => "note",
            Self::Otp => "otp",
            Self::Picture => "picture",
            Self::Sites => "sites",
            Self::Spares => "spares",
            Self::Submit => "submit",
            Self::Tags => "tags",
            Self::Trashed => "trashed",
        }
    }
}

/// An account as the vault keeps it.
pub struct Entry {
    /// Its name for ever.
    pub id: EntryId,
    /// How codes are made.
    pub otp: Otp,
    /// The seed.
    pub seed: Seed,
    /// Who issued it.
    pub issuer: String,
    /// Account name.
    pub label: String,
    /// Registrable domains or exact hosts, A-labels.
    pub sites: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Note.
    pub note: String,
    /// Stands at the top.
    pub favourite: bool,
    /// Name of an icon, or empty.
    pub icon: String,
    /// A picture of the person's own: a small PNG in Base64, or empty.
    pub picture: String,
    /// Send the form after a fill on sites of which nothing else is said ([`Body::sends`](super::body::Body::sends)).
    pub submit: bool,
    /// Codes that the site gave for when the app is gone.
    pub spares: Vec<Spare>,
    /// Since when it is in the trash, in seconds since 1970.
    pub trashed: Option<u64>,
    /// When it was added.
    pub born: Stamp,
    /// When which [`Part`] was last set, by its name, if after `born`; those of a newer version too.
    pub set: BTreeMap<String, Stamp>,
    /// Fields of a newer version, untouched.
    pub extra: BTreeMap<String, Box<RawValue>>,
}

/// Its id alone: what a newer version wrote into it may be a secret, and a note may hold one.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Entry {
    /// What a person calls it.
    pub fn name(&self) -> String {
        display_name(&self.issuer, &self.label)
    }

    /// An entry out of a draft. What that says of sites is the body's ([`super::Vault::add`]).
    pub fn new(id: EntryId, draft: Draft, born: Stamp) -> Self {
        let Draft {
            otp,
            seed,
            issuer,
            label,
            sites,
            tags,
            note,
            favourite,
            icon,
            picture,
            submit,
            sends: _,
            spares,
        } = draft;
        let (set, extra) = (BTreeMap::new(), BTreeMap::new());
        let trashed = None;
        Self {
            id,
            otp,
            seed,
            issuer,
            label,
            sites,
            tags,
            note,
            favourite,
            icon,
            picture,
            submit,
            spares,
            trashed,
            born,
            set,
            extra,
        }
    }

    /// When a part was last set.
    pub fn stamp(&self, part: Part) -> Stamp {
        self.set.get(part.name()).copied().unwrap_or(self.born)
    }

    /// Notes that a part was set.
    pub fn touch(&mut self, part: Part, stamp: Stamp) {
        self.set.insert(part.name().to_owned(), stamp);
    }

    /// The last change of any field.
    pub fn modified(&self) -> Stamp {
        self.set.values().copied().max().unwrap_or(self.born).max(self.born)
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("born", &self.born)?;
        if !self.set.is_empty() {
            map.serialize_entry("set", &self.set)?;
        }
        map.serialize_entry("kind", &self.otp.kind())?;
        map.serialize_entry("seed", &self.seed.to_base32())?;
        match &self.otp {
            Otp::Hotp { algorithm, digits, counter } => {
                map.serialize_entry("algorithm", algorithm)?;
                map.serialize_entry("digits", &digits.count())?;
                map.serialize_entry("counter", counter)?;
            }
            Otp::Totp { algorithm, digits, period } => {
                map.serialize_entry("algorithm", algorithm)?;
                map.serialize_entry("digits", &digits.count())?;
                map.serialize_entry("period", &period.seconds())?;
            }
            Otp::Motp { pin } | Otp::Yandex { pin } => map.serialize_entry("pin", pin)?,
            Otp::Steam => {}
        }
        map.serialize_entry("issuer", &self.issuer)?;
        map.serialize_entry("label", &self.label)?;
        if !self.sites.is_empty() {
            map.serialize_entry("sites", &self.sites)?;
        }
        if !self.tags.is_empty() {
            map.serialize_entry("tags", &self.tags)?;
        }
        if !self.note.is_empty() {
            map.serialize_entry("note", &self.note)?;
        }
        if self.favourite {
            map.serialize_entry("favourite", &true)?;
        }
        if !self.icon.is_empty() {
            map.serialize_entry("icon", &self.icon)?;
        }
        if !self.picture.is_empty() {
            map.serialize_entry("picture", &self.picture)?;
        }
        if self.submit {
            map.serialize_entry("submit", &true)?;
        }
        if !self.spares.is_empty() {
            map.serialize_entry("spares", &self.spares)?;
        }
        if let Some(trashed) = self.trashed {
            map.serialize_entry("trashed", &trashed)?;
        }
        for (name, value) in &self.extra {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// An entry's JSON object, as far as it has not been read yet.
type Fields = BTreeMap<String, Box<RawValue>>;

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_fields(Fields::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// An entry of the body is not in this version's form. Says which field, never its value.
#[derive(Debug, thiserror::Error)]
#[error("an entry's `{0}` is missing or malformed")]
pub struct EntryError(pub &'static str);

impl Entry {
    /// An entry out of its JSON object; what it does not know goes to [`Entry::extra`].
    ///
    /// # Errors
    ///
    /// [`EntryError`] with the name of the field.
    pub fn from_fields(mut fields: Fields) -> Result<Self, EntryError> {
        let fields = &mut fields;
        let digits = |fields: &mut _| {
            Digits::new(required(fields, "digits")?).map_err(|_| EntryError("digits"))
        };
        let hash = |fields: &mut _| match required(fields, "algorithm")? {
            Algorithm::Md5 => Err(EntryError("algorithm")),
            algorithm => Ok(algorithm),
        };
        let otp = match required::<Kind>(fields, "kind")? {
            Kind::Hotp => Otp::Hotp {
                algorithm: hash(fields)?,
                digits: digits(fields)?,
                counter: required(fields, "counter")?,
            },
            Kind::Motp => Otp::Motp { pin: optional::<Option<Secret>>(fields, "pin")?.flatten() },
            Kind::Steam => Otp::Steam,
            Kind::Totp => Otp::Totp {
                algorithm: hash(fields)?,
                digits: digits(fields)?,
                period: Period::new(required(fields, "period")?)
                    .map_err(|_| EntryError("period"))?,
            },
            Kind::Yandex => {
                Otp::Yandex { pin: optional::<Option<Secret>>(fields, "pin")?.flatten() }
            }
        };
        let seed: Secret = required(fields, "seed")?;
        Ok(Self {
            id: required(fields, "id")?,
            otp,
            seed: Seed::from_base32(seed.expose()).map_err(|_| EntryError("seed"))?,
            issuer: required(fields, "issuer")?,
            label: required(fields, "label")?,
            sites: optional(fields, "sites")?.unwrap_or_default(),
            tags: optional(fields, "tags")?.unwrap_or_default(),
            note: optional(fields, "note")?.unwrap_or_default(),
            favourite: optional(fields, "favourite")?.unwrap_or_default(),
            icon: optional(fields, "icon")?.unwrap_or_default(),
            picture: optional(fields, "picture")?.unwrap_or_default(),
            submit: optional(fields, "submit")?.unwrap_or_default(),
            spares: optional(fields, "spares")?.unwrap_or_default(),
            trashed: optional(fields, "trashed")?,
            born: required(fields, "born")?,
            set: optional(fields, "set")?.unwrap_or_default(),
            extra: std::mem::take(fields),
        })
    }
}

fn optional<T: DeserializeOwned>(
    fields: &mut Fields,
    name: &'static str,
) -> Result<Option<T>, EntryError> {
    match fields.remove(name) {
        Some(value) => serde_json::from_str(value.get()).map(Some).map_err(|_| EntryError(name)),
        None => Ok(None),
    }
}

fn required<T: DeserializeOwned>(fields: &mut Fields, name: &'static str) -> Result<T, EntryError> {
    optional(fields, name)?.ok_or(EntryError(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let seed = Seed::new(b"12345678901234567890".to_vec()).unwrap();
        let draft = Draft::new(Otp::totp(), seed, "Example".into(), "ä".into());
        Entry::new(EntryId([0xab; 16]), draft, Stamp { ms: 1, n: 0, device: 2 })
    }

    #[test]
    fn an_entry_reads_back() {
        let text = serde_json::to_string(&entry()).unwrap();
        assert_eq!(
            text,
            r#"{"id":"abababababababababababababababab","born":"1-0-2","kind":"totp","seed":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ","algorithm":"SHA1","digits":6,"period":30,"issuer":"Example","label":"ä"}"#
        );
        let back: Entry = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }

    #[test]
    fn fields_of_a_newer_version_are_kept_byte_for_byte() {
        let text = serde_json::to_string(&entry()).unwrap();
        let newer = text.replace(r#","label""#, r#","colour":{ "r":1.50e+1,"g":[ ] },"label""#);
        let back: Entry = serde_json::from_str(&newer).unwrap();
        let again = serde_json::to_string(&back).unwrap();
        assert!(again.contains(r#""colour":{ "r":1.50e+1,"g":[ ] }"#), "{again}");
    }

    #[test]
    fn spare_codes_and_their_ticks_read_back() {
        let mut entry = entry();
        entry.submit = true;
        let spare = |code: &str, used| Spare { code: Secret::new(code.into()), used };
        entry.spares = vec![spare("abcd-1234", false), spare("efgh-5678", true)];
        let text = serde_json::to_string(&entry).unwrap();
        let form =
            r#","submit":true,"spares":[{"code":"abcd-1234"},{"code":"efgh-5678","used":true}]"#;
        assert!(text.contains(form), "{text}");
        let back: Entry = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        assert!(!format!("{back:?}").contains("abcd"), "they are secrets");
    }

    #[test]
    fn every_kind_and_every_field_reads_back() {
        let secret = |text: &str| Some(Secret::new(text.into()));
        let (digits, algorithm) = (Digits::new(8).unwrap(), Algorithm::Sha512);
        for otp in [
            Otp::Hotp { algorithm, digits, counter: 7 },
            Otp::Totp { algorithm, digits, period: Period::new(60).unwrap() },
            Otp::Motp { pin: secret("1234") },
            Otp::Motp { pin: None },
            Otp::Yandex { pin: secret("5678") },
            Otp::Steam,
        ] {
            let mut entry = entry();
            entry.otp = otp;
            entry.sites = vec!["example.com".into()];
            entry.tags = vec!["work".into()];
            (entry.note, entry.icon, entry.picture) = ("n".into(), "i".into(), "p".into());
            (entry.favourite, entry.trashed) = (true, Some(9));
            entry.touch(Part::Note, Stamp { ms: 3, n: 0, device: 2 });
            let text = serde_json::to_string(&entry).unwrap();
            let back: Entry = serde_json::from_str(&text).unwrap();
            assert!(back.extra.is_empty(), "{text}");
            assert_eq!(format!("{:?}", back.otp.kind()), format!("{:?}", entry.otp.kind()));
            assert_eq!((back.sites.len(), back.tags.len()), (1, 1));
            assert_eq!((&*back.note, &*back.icon, &*back.picture), ("n", "i", "p"));
            assert_eq!((back.favourite, back.trashed), (true, Some(9)));
            assert_eq!((back.modified().ms, back.stamp(Part::Label).ms), (3, 1));
            assert_eq!(serde_json::to_string(&back).unwrap(), text);
        }
        // Such a hash is Mobile-OTP's alone.
        let text = serde_json::to_string(&entry()).unwrap().replace("SHA1", "MD5");
        let err = serde_json::from_str::<Entry>(&text).unwrap_err().to_string();
        assert!(err.contains("`algorithm`"), "{err}");
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_named_without_its_value() {
        let text = serde_json::to_string(&entry()).unwrap();
        let broken = text.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "1891");
        let err = serde_json::from_str::<Entry>(&broken).unwrap_err().to_string();
        assert!(err.contains("`seed`") && !err.contains("1891"), "{err}");
    }
}
