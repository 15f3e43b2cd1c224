//! The body of a vault: its entries, the graves of those that were deleted for good, and its settings.
//!
//! Everything in it is a register with a stamp, so that any two states of one vault merge into one, in
//! any order and as often as one likes, and nothing that was confirmed is lost (`merge`).
//!
//! Never here: how it is sealed (`format`).

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use shared::protocol::{SetSettings, Settings};
use zeroize::Zeroizing;

use crate::vault::entry::{Entry, EntryId, Part};
use crate::vault::stamp::Stamp;

/// Registers that say of a site whether the form is sent there after a fill.
const SEND: &str = "send:";
/// Before an id whose account comes back under another one.
const RETURNED: &[u8] = b"countersign returned";
/// Most of them.
const MAX_SENDING: usize = 1024;
/// Seconds after which the master password may be asked again at the earliest, and must be at the latest. Anything else
/// was not set by a person, and none at all would lock each vault that is opened at once.
pub const MASTER_AGE: std::ops::RangeInclusive<u32> = 86_400..=90 * 86_400;

/// What the sealed JSON says.
#[derive(Default)]
pub struct Body {
    /// The accounts, those in the trash included.
    pub entries: BTreeMap<EntryId, Entry>,
    /// Entries that this version cannot read (a newer version's kinds), kept as they are.
    pub unread: BTreeMap<EntryId, Box<RawValue>>,
    /// Entries that were deleted for good, and when: they do not come back by a merge.
    pub graves: BTreeMap<EntryId, Stamp>,
    /// Settings and what else is one value, by name.
    pub registers: BTreeMap<String, Register>,
    /// Parts of a newer version, untouched.
    pub extra: BTreeMap<String, Box<RawValue>>,
}

/// A value that knows when it was set.
#[derive(Deserialize, Serialize)]
pub struct Register {
    /// Any JSON.
    pub value: Box<RawValue>,
    /// When it was set.
    pub at: Stamp,
}

/// How much there is. Registers hold a password's key, and what is not read may hold seeds.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("entries", &self.entries.len())
            .field("unread", &self.unread.len())
            .field("graves", &self.graves.len())
            .field("registers", &self.registers.keys())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Register").field("at", &self.at).finish_non_exhaustive()
    }
}

/// The JSON is not a body. Never says what stands in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the vault's content is not in the form of this version")]
pub struct BodyError;

#[derive(Serialize)]
struct Out<'a> {
    entries: Entries<'a>,
    graves: &'a BTreeMap<EntryId, Stamp>,
    registers: &'a BTreeMap<String, Register>,
    #[serde(flatten)]
    extra: &'a BTreeMap<String, Box<RawValue>>,
}

struct Entries<'a>(&'a Body);

impl Serialize for Entries<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut seq = serializer.serialize_seq(None)?;
        for entry in self.0.entries.values() {
            seq.serialize_element(entry)?;
        }
        for entry in self.0.unread.values() {
            seq.serialize_element(entry)?;
        }
        seq.end()
    }
}

impl Body {
    /// Reads the JSON.
    ///
    /// # Errors
    ///
    /// [`BodyError`] if it is not a body, or holds an entry without an id.
    pub fn read(json: &[u8]) -> Result<Self, BodyError> {
        let mut parts: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(json).map_err(|_| BodyError)?;
        let mut body = Self {
            graves: take(&mut parts, "graves")?,
            registers: take(&mut parts, "registers")?,
            ..Self::default()
        };
        for raw in take::<Vec<Box<RawValue>>>(&mut parts, "entries")? {
            match serde_json::from_str::<Entry>(raw.get()) {
                Ok(entry) => {
                    body.entries.insert(entry.id, entry);
                }
                Err(_) => {
                    #[derive(Deserialize)]
                    struct Named {
                        id: EntryId,
                    }
                    let Named { id } = serde_json::from_str(raw.get()).map_err(|_| BodyError)?;
                    body.unread.insert(id, raw);
                }
            }
        }
        body.extra = parts;
        Ok(body)
    }

    /// The JSON. It holds the seeds.
    pub fn write(&self) -> Zeroizing<Vec<u8>> {
        // Room for everything at once: growing would leave copies behind.
        let pictures: usize = self.entries.values().map(|entry| entry.picture.len()).sum();
        let room = 1024 + self.entries.len() * 768 + pictures;
        let mut json = Zeroizing::new(Vec::with_capacity(room));
        let out = Out {
            entries: Entries(self),
            graves: &self.graves,
            registers: &self.registers,
            extra: &self.extra,
        };
        serde_json::to_writer(&mut *json, &out).expect("maps with text keys, written to memory");
        json
    }

    /// The accounts that are not in the trash.
    pub fn present(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().filter(|entry| entry.trashed.is_none())
    }

    /// The id under which an account comes back, or has come back, that was deleted for good: the same on each machine,
    /// so that it comes back once.
    pub fn returned(&self, id: EntryId) -> EntryId {
        let mut id = id;
        while self.graves.contains_key(&id) {
            let hash = Sha256::new().chain_update(RETURNED).chain_update(id.0).finalize();
            id.0.copy_from_slice(&hash[..16]);
        }
        id
    }

    /// The latest stamp in it: where a clock has to go on from.
    pub fn latest(&self) -> Stamp {
        let entries = self.entries.values().map(Entry::modified);
        let registers = self.registers.values().map(|register| register.at);
        let graves = self.graves.values().copied();
        entries.chain(registers).chain(graves).max().unwrap_or_default()
    }

    /// Puts stamps that are later than `latest_ms` there: nobody's clock shall have been set to the end of time by a file,
    /// after which no change would be later.
    pub fn not_after(&mut self, latest_ms: u64) {
        let entries = self.entries.values_mut();
        let stamps = entries.flat_map(|entry| entry.set.values_mut().chain([&mut entry.born]));
        let registers = self.registers.values_mut().map(|register| &mut register.at);
        for stamp in stamps.chain(registers).chain(self.graves.values_mut()) {
            if latest_ms < stamp.ms {
                (stamp.ms, stamp.n) = (latest_ms, 0);
            }
        }
    }

    /// A register's value, if it is there and of this type.
    pub fn register<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.registers.get(name)?.value.get()).ok()
    }

    /// Sets a register.
    pub fn set<T: Serialize>(&mut self, name: &str, value: &T, at: Stamp) {
        let value = serde_json::value::to_raw_value(value).expect("a value that has a JSON form");
        self.registers.insert(name.to_owned(), Register { value, at });
    }

    /// Takes away the oldest registers whose names begin so, until there are not more than `most`. They may
    /// come back by a merge; they are conveniences, and their number is bounded on each side.
    pub fn keep_latest(&mut self, begins: &str, most: usize) {
        let of = |(name, _): &(&String, &Register)| name.starts_with(begins);
        let mut ages: Vec<(Stamp, String)> =
            self.registers.iter().filter(of).map(|(name, it)| (it.at, name.clone())).collect();
        ages.sort();
        let over = ages.len().saturating_sub(most);
        for (_, name) in ages.into_iter().take(over) {
            self.registers.remove(&name);
        }
    }

    /// Whether the form is sent after a fill on one of an account's sites. Before this was said of sites it was
    /// said of accounts, and what was said then holds until something is said of the site.
    pub fn sends(&self, entry: &Entry, site: &str) -> bool {
        self.register(&format!("{SEND}{site}")).unwrap_or(entry.submit)
    }

    /// Those of an account's sites on which the form is sent after a fill.
    pub fn sending(&self, entry: &Entry) -> Vec<String> {
        entry.sites.iter().filter(|site| self.sends(entry, site)).cloned().collect()
    }

    /// Has forms be sent on these sites, and not on the account's others.
    pub fn set_sending(&mut self, id: EntryId, wanted: &[String], at: Stamp) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        // From now on it is said of sites: one that is linked later begins without.
        if std::mem::take(&mut entry.submit) {
            entry.touch(Part::Submit, at);
        }
        let others: Vec<String> =
            entry.sites.iter().filter(|site| !wanted.contains(site)).cloned().collect();
        for (sites, on) in [(wanted, true), (&others[..], false)] {
            for site in sites {
                let name = format!("{SEND}{site}");
                if self.register(&name).unwrap_or(false) != on {
                    self.set(&name, &on, at);
                }
            }
        }
        self.keep_latest(SEND, MAX_SENDING);
    }

    /// The settings: the defaults, and what was set.
    pub fn settings(&self) -> Settings {
        let default = Settings::default();
        Settings {
            idle_s: self.register("idle_s").unwrap_or(default.idle_s),
            max_age_s: self.register("max_age_s").unwrap_or(default.max_age_s),
            on_sleep: self.register("on_sleep").unwrap_or(default.on_sleep),
            on_screen_lock: self.register("on_screen_lock").unwrap_or(default.on_screen_lock),
            on_clock: self.register("on_clock").unwrap_or(default.on_clock),
            master_s: self
                .register("master_s")
                .filter(|seconds| MASTER_AGE.contains(seconds))
                .unwrap_or(default.master_s),
            clipboard_s: self.register("clipboard_s").unwrap_or(default.clipboard_s),
            biometrics: self.register("biometrics").unwrap_or(default.biometrics),
            ..default
        }
    }

    /// Sets those that are there.
    pub fn set_settings(&mut self, set: &SetSettings, at: Stamp) {
        // Taken apart, so that the compiler asks for one that is added.
        let SetSettings {
            idle_s,
            max_age_s,
            on_sleep,
            on_screen_lock,
            on_clock,
            master_s,
            clipboard_s,
            biometrics,
        } = *set;
        for (name, value) in [
            ("idle_s", idle_s),
            ("max_age_s", max_age_s),
            ("master_s", master_s),
            ("clipboard_s", clipboard_s),
        ] {
            if let Some(value) = value {
                self.set(name, &value, at);
            }
        }
        for (name, value) in [
            ("on_sleep", on_sleep),
            ("on_screen_lock", on_screen_lock),
            ("on_clock", on_clock),
            ("biometrics", biometrics),
        ] {
            if let Some(value) = value {
                self.set(name, &value, at);
            }
        }
    }
}

fn take<T: DeserializeOwned + Default>(
    parts: &mut BTreeMap<String, Box<RawValue>>,
    name: &str,
) -> Result<T, BodyError> {
    match parts.remove(name) {
        Some(raw) => serde_json::from_str(raw.get()).map_err(|_| BodyError),
        None => Ok(T::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::{Otp, Seed};
    use crate::vault::entry::Draft;

    #[test]
    fn what_a_debugger_is_shown_holds_no_secret() {
        let seed = Seed::new(b"12345678901234567890".to_vec()).unwrap();
        let draft = Draft::new(Otp::totp(), seed, "Example".into(), "a".into());
        let id = EntryId([1; 16]);
        let mut body = Body::default();
        let mut entry = Entry::new(id, draft, Stamp::default());
        let unknown = || RawValue::from_string(r#""canary""#.to_owned()).unwrap();
        entry.extra.insert("newer".into(), unknown());
        body.entries.insert(id, entry);
        body.unread.insert(EntryId([2; 16]), unknown());
        body.extra.insert("newest".into(), unknown());
        body.set("backup_key", &"canary", Stamp::default());
        let shown = format!("{body:?} {:?} {:?}", body.entries, body.registers);
        assert!(!shown.contains("canary") && !shown.contains("1234567890"), "{shown}");
        assert!(shown.contains("backup_key"), "{shown}");
    }

    #[test]
    fn what_a_newer_version_wrote_is_kept_byte_for_byte() {
        let json = r#"{"entries":[{"id":"00000000000000000000000000000001","kind":"passkey","n":1.0}],"graves":{},"registers":{"idle_s":{"value":60,"at":"1-0-0"},"moon":{"value":{ "phase" : 1e1 },"at":"2-0-0"}},"stars":[ 1.50 ]}"#;
        let body = Body::read(json.as_bytes()).unwrap();
        assert_eq!(body.settings().idle_s, 60);
        assert_eq!(body.latest().ms, 2);
        assert_eq!(std::str::from_utf8(&body.write()).unwrap(), json);
    }

    #[test]
    fn each_setting_is_what_was_set_and_else_the_default() {
        let mut body = Body::default();
        assert_eq!(body.settings(), Settings::default());
        let at = |ms| Stamp { ms, n: 0, device: 1 };
        let set = SetSettings {
            idle_s: Some(7),
            max_age_s: Some(8),
            on_sleep: Some(false),
            on_screen_lock: Some(false),
            on_clock: Some(false),
            master_s: Some(90 * 86_400),
            clipboard_s: Some(9),
            biometrics: Some(true),
        };
        body.set_settings(&set, at(1));
        let is_set = Settings {
            idle_s: 7,
            max_age_s: 8,
            on_sleep: false,
            on_screen_lock: false,
            on_clock: false,
            master_s: 90 * 86_400,
            clipboard_s: 9,
            biometrics: true,
            ..Settings::default()
        };
        assert_eq!(body.settings(), is_set);
        // Under these names in every vault that was saved before.
        let names: Vec<&str> = body.registers.keys().map(String::as_str).collect();
        let all =
            "biometrics clipboard_s idle_s master_s max_age_s on_clock on_screen_lock on_sleep";
        assert_eq!(names.join(" "), all);
        let one = SetSettings { idle_s: Some(60), ..SetSettings::default() };
        body.set_settings(&one, at(2));
        assert_eq!(body.settings(), Settings { idle_s: 60, ..is_set });
        assert_eq!(body.registers["on_sleep"].at, at(1), "what is not set keeps its stamp");
    }

    #[test]
    fn a_stamp_of_the_future_is_put_back_to_the_latest_moment_and_no_other_is() {
        let stamps = ["9-1-1", "a-1-1", "b-1-1"];
        for (place, form) in [
            ("graves", r#"{"graves":{"00000000000000000000000000000001":"?"}}"#),
            ("registers", r#"{"registers":{"idle_s":{"value":60,"at":"?"}}}"#),
        ] {
            for (before, after) in stamps.into_iter().zip(["9-1-1", "a-1-1", "a-0-1"]) {
                let mut body = Body::read(form.replace('?', before).as_bytes()).unwrap();
                body.not_after(10);
                assert_eq!(body.latest(), after.parse().unwrap(), "{place} {before}");
            }
        }
        let seed = Seed::new(b"12345678901234567890".to_vec()).unwrap();
        let draft = Draft::new(Otp::totp(), seed, "Mole".into(), "a".into());
        let (id, at) = (EntryId([1; 16]), |ms| Stamp { ms, n: 1, device: 1 });
        let mut body = Body::default();
        body.entries.insert(id, Entry::new(id, draft, at(11)));
        body.entries.get_mut(&id).unwrap().touch(Part::Label, at(12));
        assert_eq!(body.latest(), at(12));
        body.not_after(10);
        assert_eq!(body.latest(), Stamp { ms: 10, n: 0, device: 1 });
        assert_eq!(body.entries[&id].stamp(Part::Issuer), Stamp { ms: 10, n: 0, device: 1 });
    }

    #[test]
    fn a_master_age_that_nobody_can_have_set_is_none() {
        let mut body = Body::default();
        let at = Stamp { ms: 1, n: 0, device: 1 };
        for (set, holds) in [
            (86_400, true),
            (86_399, false),
            (90 * 86_400, true),
            (90 * 86_400 + 1, false),
            (0, false),
            (u32::MAX, false),
        ] {
            body.set("master_s", &set, at);
            assert_eq!(body.settings().master_s == set, holds, "{set}");
        }
    }

    #[test]
    fn of_registers_that_come_one_by_site_the_latest_are_kept() {
        let mut body = Body::default();
        let at = |ms| Stamp { ms, n: 0, device: 1 };
        body.set("idle_s", &60, at(0));
        for (name, ms) in [("field:a", 3), ("field:b", 1), ("field:c", 2)] {
            body.set(name, &1, at(ms));
        }
        body.keep_latest("field:", 2);
        let names: Vec<_> = body.registers.keys().map(String::as_str).collect();
        assert_eq!(names, ["field:a", "field:c", "idle_s"]);
    }

    #[test]
    fn what_was_said_of_an_account_holds_until_something_is_said_of_its_sites() {
        let seed = Seed::new(b"12345678901234567890".to_vec()).unwrap();
        let mut draft = Draft::new(Otp::totp(), seed, "Mole".into(), "a".into());
        draft.sites = vec!["mole.example".into(), "vole.example".into()];
        draft.submit = true;
        let (id, at) = (EntryId([1; 16]), |ms| Stamp { ms, n: 0, device: 1 });
        let mut body = Body::default();
        body.entries.insert(id, Entry::new(id, draft, at(1)));
        let sending = |body: &Body| body.sending(&body.entries[&id]).join(" ");
        assert_eq!(sending(&body), "mole.example vole.example");
        body.set_sending(id, &["vole.example".into()], at(2));
        assert_eq!(sending(&body), "vole.example");
        body.entries.get_mut(&id).unwrap().sites.push("toad.example".into());
        assert_eq!(sending(&body), "vole.example", "a site that is linked later begins without");
        let mut read = Body::read(&body.write()).unwrap();
        assert_eq!(sending(&read), "vole.example");
        read.set_sending(id, &[], at(3));
        assert_eq!(sending(&read), "");
    }

    #[test]
    fn something_else_is_refused() {
        for json in ["", "[]", "{", r#"{"entries":[{}]}"#, r#"{"entries":7}"#] {
            assert_eq!(Body::read(json.as_bytes()).unwrap_err(), BodyError, "{json}");
        }
        assert!(Body::read(b"{}").unwrap().entries.is_empty());
    }
}
