//! What settings may be, and what an organisation has fixed of them.
//!
//! Two places fix settings: a file of this machine, which only its administrator writes, and the browser's own policy
//! (`storage.managed`), which the extension hands over. The first holds whatever the extension says or keeps to
//! itself; of both the stricter holds. What can't be read counts as the defaults, fixed, with neither PIN nor
//! fingerprint: a typo never relaxes a rule.
//!
//! Never here: what a setting does, and the vault.

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::RangeInclusive;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use shared::protocol::{Field, Invalid, Problem, Refusal, SetSettings, Settings};

use crate::vault::body::MASTER_AGE;

/// Longest file, and longest policy of a browser, in bytes.
pub const MAX_RULES: u64 = 16 * 1024;

/// Whether every number is one that it may be.
///
/// # Errors
///
/// [`Refusal::Invalid`] with the first that is not.
pub fn within_bounds(set: &SetSettings) -> Result<(), Refusal> {
    match out_of_range(set) {
        Some((field, _)) => Err(Refusal::Invalid(Invalid { field, problem: Problem::Range })),
        None => Ok(()),
    }
}

/// The first number that is out of its range, and its name on the wire.
fn out_of_range(set: &SetSettings) -> Option<(Field, &'static str)> {
    // 0 is for never.
    let beyond = |value: Option<u32>, range: RangeInclusive<u32>| {
        value.is_some_and(|value| value != 0 && !range.contains(&value))
    };
    let all = [
        (Field::Idle, "idle_s", beyond(set.idle_s, 30..=86_400)),
        (Field::MaxAge, "max_age_s", beyond(set.max_age_s, 300..=604_800)),
        (
            Field::MasterAge,
            "master_s",
            set.master_s.is_some_and(|seconds| !MASTER_AGE.contains(&seconds)),
        ),
        (Field::Clipboard, "clipboard_s", beyond(set.clipboard_s, 5..=600)),
    ];
    all.into_iter().find(|(.., beyond)| *beyond).map(|(field, name, _)| (field, name))
}

/// The settings by their names on the wire, each with whether it is among these.
fn named(set: &SetSettings) -> [(&'static str, bool); 8] {
    [
        ("idle_s", set.idle_s.is_some()),
        ("max_age_s", set.max_age_s.is_some()),
        ("on_sleep", set.on_sleep.is_some()),
        ("on_screen_lock", set.on_screen_lock.is_some()),
        ("on_clock", set.on_clock.is_some()),
        ("master_s", set.master_s.is_some()),
        ("clipboard_s", set.clipboard_s.is_some()),
        ("biometrics", set.biometrics.is_some()),
    ]
}

/// Whether this leaves a vault open, or a PIN or the system's word for the person good, where it was not before.
pub fn loosens(now: &Settings, set: &SetSettings) -> bool {
    // 0 is for never.
    let longer =
        |now: u32, set: Option<u32>| set.is_some_and(|set| now != 0 && (set == 0 || now < set));
    let off = |now: bool, set: Option<bool>| now && set == Some(false);
    longer(now.idle_s, set.idle_s)
        || longer(now.max_age_s, set.max_age_s)
        || longer(now.master_s, set.master_s)
        || off(now.on_sleep, set.on_sleep)
        || off(now.on_screen_lock, set.on_screen_lock)
        || off(now.on_clock, set.on_clock)
        || (!now.biometrics && set.biometrics == Some(true))
}

/// What is wrong with an organisation's rules.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// Not JSON, an unknown name, or a value of another kind. The parser's words name the line.
    #[error("is not in its form: {0}")]
    Form(#[from] serde_json::Error),
    /// It fixes looks, which a browser's policy alone does.
    #[error("fixes looks, which only the policy of a browser can")]
    Looks,
    /// A number out of its range.
    #[error("has a number that is out of its range: {0}")]
    Range(&'static str),
    /// Longer than [`MAX_RULES`].
    #[error("is longer than {MAX_RULES} bytes")]
    TooLarge,
    /// The file is there and can't be read.
    #[error("can't be read: {0}")]
    Unreadable(#[from] io::Error),
}

/// What one place fixes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    idle_s: Option<u32>,
    max_age_s: Option<u32>,
    on_sleep: Option<bool>,
    on_screen_lock: Option<bool>,
    on_clock: Option<bool>,
    master_s: Option<u32>,
    clipboard_s: Option<u32>,
    /// `false` forbids it; `true` leaves it to the person.
    biometrics: Option<bool>,
    /// The same of the PIN.
    pin: Option<bool>,
    // Fixed by the extension itself, in a browser's policy beside the others.
    theme: Option<IgnoredAny>,
    density: Option<IgnoredAny>,
    codes: Option<IgnoredAny>,
    order: Option<IgnoredAny>,
    language: Option<IgnoredAny>,
}

impl Rules {
    /// Reads the policy of a browser.
    ///
    /// # Errors
    ///
    /// A [`RulesError`] that says what is wrong.
    pub fn read(json: &str) -> Result<Self, RulesError> {
        if MAX_RULES < json.len() as u64 {
            return Err(RulesError::TooLarge);
        }
        // A list would be taken for the fields in their order.
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json)?;
        let rules: Self = serde_json::from_str(json)?;
        match out_of_range(&rules.set()) {
            Some((_, name)) => Err(RulesError::Range(name)),
            None => Ok(rules),
        }
    }

    /// Reads the machine's file. Without one nothing is fixed.
    ///
    /// # Errors
    ///
    /// A [`RulesError`] that says what is wrong.
    pub fn of_machine(file: &Path) -> Result<Self, RulesError> {
        let file = match File::open(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            file => file?,
        };
        let mut text = String::new();
        file.take(MAX_RULES + 1).read_to_string(&mut text)?;
        let rules = Self::read(&text)?;
        let looks = [&rules.theme, &rules.density, &rules.codes, &rules.order, &rules.language];
        if looks.iter().any(|look| look.is_some()) {
            return Err(RulesError::Looks);
        }
        Ok(rules)
    }

    /// What holds where rules can't be read.
    fn of_default() -> Self {
        let default = Settings::default();
        Self {
            idle_s: Some(default.idle_s),
            max_age_s: Some(default.max_age_s),
            on_sleep: Some(default.on_sleep),
            on_screen_lock: Some(default.on_screen_lock),
            on_clock: Some(default.on_clock),
            master_s: Some(default.master_s),
            clipboard_s: Some(default.clipboard_s),
            biometrics: Some(false),
            pin: Some(false),
            ..Self::default()
        }
    }

    /// The stricter of both, one by one.
    fn and(&self, other: &Self) -> Self {
        // The shorter time; 0 is none at all.
        let time = |a: Option<u32>, b: Option<u32>| match (a, b) {
            (Some(0), some @ Some(_)) | (some @ Some(_), Some(0)) => some,
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let locks = |a: Option<bool>, b: Option<bool>| match (a, b) {
            (Some(a), Some(b)) => Some(a || b),
            (a, b) => a.or(b),
        };
        let opens = |a: Option<bool>, b: Option<bool>| match (a, b) {
            (Some(a), Some(b)) => Some(a && b),
            (a, b) => a.or(b),
        };
        Self {
            idle_s: time(self.idle_s, other.idle_s),
            max_age_s: time(self.max_age_s, other.max_age_s),
            on_sleep: locks(self.on_sleep, other.on_sleep),
            on_screen_lock: locks(self.on_screen_lock, other.on_screen_lock),
            on_clock: locks(self.on_clock, other.on_clock),
            master_s: time(self.master_s, other.master_s),
            clipboard_s: time(self.clipboard_s, other.clipboard_s),
            biometrics: opens(self.biometrics, other.biometrics),
            pin: opens(self.pin, other.pin),
            ..Self::default()
        }
    }

    /// The settings among them. Biometrics are turned on by the person alone.
    fn set(&self) -> SetSettings {
        SetSettings {
            idle_s: self.idle_s,
            max_age_s: self.max_age_s,
            on_sleep: self.on_sleep,
            on_screen_lock: self.on_screen_lock,
            on_clock: self.on_clock,
            master_s: self.master_s,
            clipboard_s: self.clipboard_s,
            biometrics: self.biometrics.filter(|allowed| !allowed),
        }
    }

    /// Names of what is fixed, as on the wire.
    pub fn names(&self) -> Vec<String> {
        let all = named(&self.set()).into_iter().chain([("pin", self.pin == Some(false))]);
        all.filter(|(_, fixed)| *fixed).map(|(name, _)| name.to_owned()).collect()
    }
}

/// What an organisation fixes, by both ways.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    machine: Rules,
    /// What holds: the stricter of both.
    both: Rules,
    /// One of them could not be read.
    faulty: [bool; 2],
}

impl Organisation {
    /// With the machine's file as it is now; `None` where a system has no place for one.
    pub fn of_machine(file: Option<&Path>) -> Self {
        let read = file.map_or_else(|| Ok(Rules::default()), Rules::of_machine);
        let faulty = [read.is_err(), false];
        let machine = read.unwrap_or_else(|_| Rules::of_default());
        Self { both: machine.clone(), machine, faulty }
    }

    /// The policy of the browser, as JSON, in the place of what it was.
    ///
    /// # Errors
    ///
    /// A [`RulesError`]; the defaults are fixed then.
    pub fn set_browser(&mut self, json: &str) -> Result<(), RulesError> {
        let (rules, outcome) = match Rules::read(json) {
            Ok(rules) => (rules, Ok(())),
            Err(error) => (Rules::of_default(), Err(error)),
        };
        self.faulty[1] = outcome.is_err();
        self.both = self.machine.and(&rules);
        outcome
    }

    /// The settings that hold, of what the person chose.
    pub fn overrule(&self, settings: Settings) -> Settings {
        let set = self.both.set();
        Settings {
            idle_s: set.idle_s.unwrap_or(settings.idle_s),
            max_age_s: set.max_age_s.unwrap_or(settings.max_age_s),
            on_sleep: set.on_sleep.unwrap_or(settings.on_sleep),
            on_screen_lock: set.on_screen_lock.unwrap_or(settings.on_screen_lock),
            on_clock: set.on_clock.unwrap_or(settings.on_clock),
            master_s: set.master_s.unwrap_or(settings.master_s),
            clipboard_s: set.clipboard_s.unwrap_or(settings.clipboard_s),
            biometrics: set.biometrics.unwrap_or(settings.biometrics),
            fixed: self.both.names(),
            faulty: self.faulty.contains(&true),
        }
    }

    /// Whether something is to be set that is fixed.
    pub fn fixes(&self, set: &SetSettings) -> bool {
        let fixed = named(&self.both.set());
        named(set).into_iter().zip(fixed).any(|((_, set), (_, fixed))| set && fixed)
    }

    /// Whether a PIN may open the vault.
    pub fn allows_pin(&self) -> bool {
        self.both.pin != Some(false)
    }

    /// Whether the person may, as the system knows them.
    pub fn allows_biometrics(&self) -> bool {
        self.both.biometrics != Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation(machine: &str, browser: &str) -> Organisation {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("policy.json");
        if !machine.is_empty() {
            std::fs::write(&file, machine).unwrap();
        }
        let mut organisation = Organisation::of_machine(Some(&file));
        if !browser.is_empty() {
            let _ = organisation.set_browser(browser);
        }
        organisation
    }

    #[test]
    fn a_longer_time_and_less_that_locks_is_looser() {
        let now = Settings { idle_s: 300, max_age_s: 0, on_clock: false, ..Settings::default() };
        let none = SetSettings::default;
        let rows = [
            (SetSettings { idle_s: Some(301), ..none() }, true),
            (SetSettings { idle_s: Some(0), ..none() }, true),
            (SetSettings { idle_s: Some(300), ..none() }, false),
            (SetSettings { idle_s: Some(60), ..none() }, false),
            (SetSettings { max_age_s: Some(0), ..none() }, false),
            (SetSettings { max_age_s: Some(604_800), ..none() }, false),
            (SetSettings { master_s: Some(now.master_s + 1), ..none() }, true),
            (SetSettings { master_s: Some(now.master_s - 1), ..none() }, false),
            (SetSettings { on_sleep: Some(false), ..none() }, true),
            (SetSettings { on_screen_lock: Some(false), ..none() }, true),
            (SetSettings { on_sleep: Some(true), ..none() }, false),
            (SetSettings { on_clock: Some(false), ..none() }, false),
            (SetSettings { biometrics: Some(true), ..none() }, true),
            (SetSettings { biometrics: Some(false), ..none() }, false),
            (SetSettings { clipboard_s: Some(0), ..none() }, false),
            (SetSettings { idle_s: Some(60), on_sleep: Some(false), ..none() }, true),
        ];
        for (set, looser) in rows {
            assert_eq!(loosens(&now, &set), looser, "{set:?}");
        }
        let clock = SetSettings { on_clock: Some(false), ..none() };
        assert!(loosens(&Settings::default(), &clock));
    }

    #[test]
    fn without_rules_everything_is_the_persons() {
        let chosen = Settings { idle_s: 0, biometrics: true, ..Settings::default() };
        let none = organisation("", "{}");
        assert_eq!(none.overrule(chosen.clone()), chosen);
        assert!(none.allows_pin());
        assert!(!none.fixes(&SetSettings { idle_s: Some(60), ..SetSettings::default() }));
    }

    #[test]
    fn of_two_rules_the_stricter_holds_wherever_it_comes_from() {
        for (a, b) in
            [(r#"{"idle_s":60}"#, r#"{"idle_s":600}"#), (r#"{"idle_s":0}"#, r#"{"idle_s":60}"#)]
        {
            for (machine, browser) in [(a, b), (b, a)] {
                let settings = organisation(machine, browser).overrule(Settings::default());
                assert_eq!((settings.idle_s, settings.fixed), (60, vec!["idle_s".to_owned()]));
            }
        }
        let both =
            organisation(r#"{"on_sleep":false,"pin":true}"#, r#"{"on_sleep":true,"pin":false}"#);
        assert!(both.overrule(Settings::default()).on_sleep);
        assert!(!both.allows_pin());
    }

    #[test]
    fn a_fingerprint_is_forbidden_and_never_turned_on_for_anybody() {
        let on = Settings { biometrics: true, ..Settings::default() };
        let off = Settings::default();
        assert!(!organisation(r#"{"biometrics":false}"#, "").overrule(on.clone()).biometrics);
        assert!(!organisation(r#"{"biometrics":true}"#, "").overrule(off).biometrics);
        assert_eq!(organisation(r#"{"biometrics":true}"#, "").overrule(on.clone()), on);
    }

    #[test]
    fn a_rule_with_a_fault_never_loosens_anything() {
        let loose = Settings {
            idle_s: 0,
            max_age_s: 0,
            on_sleep: false,
            biometrics: true,
            ..Settings::default()
        };
        for fault in [
            "{",
            "[]",
            r#"{"idle":60}"#,
            r#"{"idle_s":"60"}"#,
            r#"{"idle_s":7}"#,
            r#"{"master_s":0}"#,
            r#"{"idle_s":-1}"#,
            &format!("{{{}}}", " ".repeat(20_000)),
        ] {
            for organisation in [organisation(fault, ""), organisation("", fault)] {
                let settings = organisation.overrule(loose.clone());
                assert!(settings.faulty && !settings.biometrics, "{fault}");
                assert_eq!((settings.idle_s, settings.on_sleep), (900, true), "{fault}");
                assert_eq!(settings.fixed.len(), 9, "{fault}");
                assert!(!organisation.allows_pin());
            }
        }
        // One that is put right holds again.
        let mut again = organisation("", "{");
        again.set_browser("{}").unwrap();
        assert_eq!(again.overrule(loose.clone()), loose);
    }

    #[test]
    fn looks_are_the_browsers_to_fix() {
        let theme = r#"{"theme":"dark","order":"name"}"#;
        assert!(!organisation("", theme).overrule(Settings::default()).faulty);
        assert!(organisation(theme, "").overrule(Settings::default()).faulty);
    }

    /// What Chromium offers an administrator is what is understood here, all of it.
    #[test]
    fn the_schema_has_every_rule() {
        let schema = include_str!("../../manifests/managed_schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        let rules = schema["properties"].as_object().unwrap();
        assert_eq!(rules.len(), 14);
        for (name, rule) in rules {
            let value = match rule["type"].as_str().unwrap() {
                "integer" => rule["maximum"].clone(),
                "boolean" => false.into(),
                _ => rule["enum"][0].clone(),
            };
            let json = serde_json::json!({ name.as_str(): value }).to_string();
            let rules = Rules::read(&json).unwrap();
            let is_look = rule["type"] == "string";
            assert_eq!(rules.names().contains(name), !is_look, "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let said = |text: &str| Rules::read(text).unwrap_err().to_string();
        assert!(said("{\n\"idle\":1}").contains("unknown field `idle`"));
        assert!(said("{\n\"idle\":1}").contains("line 2"));
        assert_eq!(said(r#"{"idle_s":7}"#), "has a number that is out of its range: idle_s");
        assert_eq!(said(&" ".repeat(17_000)), "is longer than 16384 bytes");
        let folder = tempfile::tempdir().unwrap();
        let said = Rules::of_machine(folder.path()).unwrap_err().to_string();
        assert!(said.starts_with("can't be read: "), "{said}");
        let file = folder.path().join("a");
        std::fs::write(&file, r#"{"theme":"dark"}"#).unwrap();
        let said = Rules::of_machine(&file).unwrap_err().to_string();
        assert_eq!(said, "fixes looks, which only the policy of a browser can");
    }
}
