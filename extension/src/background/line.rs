//! The line to the host: starts it on demand, numbers calls, hands each answer to its asker, starts the
//! host again when it ends. Pure: what happens comes in as [`Heard`], what to do goes out as [`Do`].
//!
//! Never here: the browser, and what accounts or codes are.

use shared::Secret;
use shared::protocol::{
    Event, HOST_NAME, Op, Refusal, Reply, Request, Response, Rules, VERSION, VaultState, Wait,
};

use crate::bridge::{Link, Told};
use crate::browser::port::Said;
use crate::few::Few;
use crate::json;

/// Waits before the host is started again; after the last it is given up until somebody asks.
const BACK_OFF_MS: [u32; 5] = [500, 1_000, 2_000, 5_000, 5_000];
/// Longest wait for a host that was just started, perhaps on a busy computer: as long as a person waits for the truth.
const START_MS: u32 = 9_000;
/// Longest wait for what only reads.
const READ_MS: u32 = 3_000;
/// Longest wait for what derives keys or saves.
const SAVE_MS: u32 = 30_000;
/// Longest wait for what opens other apps' files: they may ask for minutes.
const FILES_MS: u32 = 300_000;
/// Where the system may ask the person, for a minute.
const PERSON_MS: u32 = 65_000;

/// What happens.
#[derive(Debug)]
pub enum Heard {
    /// Somebody asks the host. `request` is a JSON object with `op` and `p`.
    Asked(Asker, Op, Secret),
    /// A person wants to know whether the host is there now.
    Check,
    /// A popup closed.
    Closed(u32),
    /// The port closed; the browser's reason, if it has one.
    Gone(String),
    /// A popup opened.
    Opened(u32),
    /// What an organisation has fixed by the browser's policy, as JSON.
    Ruled(String),
    /// The host said something.
    Said(Said),
    /// Time is up.
    Woke(Alarm),
}

/// Who asks.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Asker {
    /// The background itself.
    House(u32),
    /// A popup, and its number of the question.
    Popup(u32, u32),
}

/// What a clock was set for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Alarm {
    /// The answer to a call.
    Call(u64),
    /// The next start of the host.
    Start,
}

/// What to do about it.
#[derive(Debug)]
pub enum Do {
    /// Hand the house its answer; `None` if there will be none.
    Answer(u32, Option<String>),
    /// Start the host under this name.
    Connect(&'static str),
    /// Close the port.
    Disconnect,
    /// Send to the host.
    Send(Secret),
    /// Show on the toolbar whether the vault is open.
    ShowLock(bool),
    /// Wake in so many milliseconds; `None`: not any more.
    Wake(Alarm, Option<u32>),
    /// Tell a popup; what follows is for it to read.
    Tell(u32, Told, String),
}

/// See the module.
pub struct Line {
    /// How things stand; `None` before anybody asked.
    link: Option<Link>,
    /// The call that says hello, while it is in flight.
    hello: Option<u64>,
    calls: u64,
    starts: usize,
    in_flight: Few<u64, (Asker, Op)>,
    /// Calls that wait for the answer to hello.
    waiting: Vec<(u64, Secret, u32)>,
    popups: Vec<u32>,
    /// The last that was heard of the host is that it did not answer in time.
    mute: bool,
    unlocked: bool,
    /// What an organisation has fixed; empty for nothing, of which the host need not hear.
    rules: String,
    version: String,
    family: &'static str,
}

impl Line {
    /// A line that nobody has used yet.
    pub fn new(version: String, family: &'static str) -> Self {
        Self {
            link: None,
            hello: None,
            calls: 0,
            starts: 0,
            in_flight: Few::new(),
            waiting: Vec::new(),
            popups: Vec::new(),
            mute: false,
            unlocked: false,
            rules: String::new(),
            version,
            family,
        }
    }

    /// Whether the vault is open, as far as the host has said.
    pub fn unlocked(&self) -> bool {
        self.unlocked
    }

    /// Takes in what happened and says what to do.
    pub fn hear(&mut self, heard: Heard) -> Vec<Do> {
        let mut todo = Vec::new();
        match heard {
            Heard::Asked(asker, op, request) => self.call(asker, op, request, &mut todo),
            Heard::Check => {
                self.starts = 0;
                if self.is_stuck() {
                    todo.push(Do::Disconnect);
                    self.link = None;
                    self.show_lock(false, &mut todo);
                    self.lose_all(&mut todo);
                }
                self.start(&mut todo);
            }
            Heard::Closed(popup) => {
                self.popups.retain(|of| *of != popup);
                // What it only wanted to know is of no use any more. What may be saved is: the others hear of it, and
                // the host is not ended over it.
                self.in_flight.retain(|(asker, op)| {
                    let saves = op.changes() || matches!(op.wait(), Wait::Person | Wait::Save);
                    saves || !matches!(asker, Asker::Popup(of, _) if *of == popup)
                });
            }
            Heard::Gone(reason) => self.gone(&reason, &mut todo),
            Heard::Opened(popup) => {
                self.popups.push(popup);
                self.start(&mut todo);
                if let Some(link @ Link::Up { .. }) = &self.link {
                    todo.push(Do::Tell(popup, Told::Link(link.clone()), String::new()));
                }
            }
            Heard::Ruled(rules) => {
                let nothing = self.rules.is_empty() && rules == "{}";
                if !nothing && self.rules != rules {
                    self.rules = rules;
                    if self.hello.is_none() && matches!(self.link, Some(Link::Up { .. })) {
                        self.send_rules(&mut todo);
                    }
                }
            }
            Heard::Said(text) => self.said(text, &mut todo),
            Heard::Woke(Alarm::Start) => self.connect(&mut todo),
            Heard::Woke(Alarm::Call(id)) if self.hello == Some(id) => {
                // It is there and says nothing: another one would not either.
                todo.push(Do::Disconnect);
                self.down(Link::Silent, &mut todo);
            }
            Heard::Woke(Alarm::Call(id)) => {
                self.mute = true;
                if let Some((asker, _)) = self.in_flight.remove(id) {
                    todo.push(lost(asker));
                }
            }
        }
        todo
    }

    /// Whether the host is up and has let a question run out of time since it last said something. Not while it may be
    /// saving, or waiting for the person: that has a longer time of its own.
    fn is_stuck(&self) -> bool {
        let waits = self.in_flight.values().any(|(_, op)| op.wait() != Wait::Read);
        self.mute && !waits && matches!(self.link, Some(Link::Up { .. }))
    }

    /// Starts the host unless it runs or is about to.
    fn start(&mut self, todo: &mut Vec<Do>) {
        if !matches!(self.link, Some(Link::Up { .. } | Link::Connecting)) {
            self.starts = 0;
            self.connect(todo);
        }
    }

    fn connect(&mut self, todo: &mut Vec<Do>) {
        self.tell(Link::Connecting, todo);
        self.calls += 1;
        self.hello = Some(self.calls);
        let hello = format!(
            r#"{{"v":{VERSION},"id":{},"op":"hello","p":{{"min":{VERSION},"max":{VERSION},"ext_version":"{}","browser":"{}"}}}}"#,
            self.calls, self.version, self.family
        );
        todo.push(Do::Wake(Alarm::Call(self.calls), Some(START_MS)));
        todo.push(Do::Connect(HOST_NAME));
        todo.push(Do::Send(Secret::new(hello)));
    }

    fn call(&mut self, asker: Asker, op: Op, request: Secret, todo: &mut Vec<Do>) {
        self.start(todo);
        self.calls += 1;
        let id = self.calls;
        let wait = match op.wait() {
            Wait::Files => FILES_MS,
            Wait::Person => PERSON_MS,
            Wait::Read => READ_MS,
            Wait::Save => SAVE_MS,
        };
        self.in_flight.insert(id, (asker, op));
        // The envelope and the request are one flat object.
        let body = request.expose().strip_prefix('{').unwrap_or_default();
        let call = Secret::new(format!(r#"{{"v":{VERSION},"id":{id},{body}"#));
        if self.hello.is_none() && matches!(self.link, Some(Link::Up { .. })) {
            todo.push(Do::Send(call));
            todo.push(Do::Wake(Alarm::Call(id), Some(wait)));
        } else {
            // Its time begins when it is sent.
            self.waiting.push((id, call, wait));
        }
    }

    /// Nobody waits for the answer: what the host can't read fixes the defaults.
    fn send_rules(&mut self, todo: &mut Vec<Do>) {
        self.calls += 1;
        let p = Rules { json: self.rules.clone() };
        let request = json::write(&Request::Rules(p)).unwrap_or_default();
        let body = request.strip_prefix('{').unwrap_or_default();
        let call = format!(r#"{{"v":{VERSION},"id":{},{body}"#, self.calls);
        todo.push(Do::Send(Secret::new(call)));
    }

    fn said(&mut self, said: Said, todo: &mut Vec<Do>) {
        self.mute = false;
        if let Some(event) = said.event {
            // An event that this version does not know is none.
            let Ok(event) = json::read::<Event>(&event) else { return };
            match event {
                Event::Changed => {}
                Event::Locked { .. } => self.show_lock(false, todo),
                // The pages hear of it from the answer that it was opened with.
                Event::Opened => return self.show_lock(true, todo),
            }
            for popup in &self.popups {
                todo.push(Do::Tell(*popup, Told::Event(event.clone()), String::new()));
            }
            return;
        }
        // What can't be read belongs to nobody; the call it should have answered runs out of time.
        let Some(id) = said.id else { return };
        todo.push(Do::Wake(Alarm::Call(id), None));
        if self.hello == Some(id) {
            self.hello = None;
            return self.welcomed(&said.text, todo);
        }
        self.starts = 0;
        let Some((asker, op)) = self.in_flight.remove(id) else { return };
        if said.refusal.is_none() {
            if op == Op::Lock {
                self.show_lock(false, todo);
            }
            for popup in self.popups.iter().filter(|_| op.changes()) {
                if !matches!(asker, Asker::Popup(of, _) if of == *popup) {
                    todo.push(Do::Tell(*popup, Told::Event(Event::Changed), String::new()));
                }
            }
        } else if said.refusal.as_deref() == Some("locked") {
            self.show_lock(false, todo);
        }
        todo.push(match asker {
            Asker::House(n) => Do::Answer(n, Some(said.text)),
            Asker::Popup(popup, n) => Do::Tell(popup, Told::Answer { n }, said.text),
        });
    }

    fn welcomed(&mut self, text: &str, todo: &mut Vec<Do>) {
        let reply = json::read::<Reply>(text).ok();
        match reply.map(|r| (r.ok, r.err)) {
            Some((Some(Response::Hello(welcome)), _)) if welcome.v == VERSION => {
                let open = matches!(welcome.status.vault, VaultState::Unlocked { .. });
                self.show_lock(open, todo);
                self.tell(Link::Up { host_version: welcome.host_version }, todo);
                // Before anything that they are about.
                if !self.rules.is_empty() {
                    self.send_rules(todo);
                }
                for (id, call, wait) in self.waiting.drain(..) {
                    todo.push(Do::Send(call));
                    todo.push(Do::Wake(Alarm::Call(id), Some(wait)));
                }
            }
            Some((_, Some(Refusal::Version { max, .. }))) => {
                todo.push(Do::Disconnect);
                let old = if max < VERSION { Link::HostTooOld } else { Link::ExtensionTooOld };
                self.down(old, todo);
            }
            _ => {
                todo.push(Do::Disconnect);
                self.down(Link::Silent, todo);
            }
        }
    }

    fn gone(&mut self, reason: &str, todo: &mut Vec<Do>) {
        if let Some(hello) = self.hello.take() {
            todo.push(Do::Wake(Alarm::Call(hello), None));
        }
        // Chromium's words, then Firefox's: for a manifest that is not there, and for a program.
        let missing = ["host not found", "Failed to start", "No such native", "does not exist"];
        if missing.iter().any(|words| reason.contains(words)) {
            return self.down(Link::Missing, todo);
        }
        if reason.contains("forbidden") {
            return self.down(Link::Forbidden, todo);
        }
        self.show_lock(false, todo);
        self.lose_all(todo);
        if self.popups.is_empty() {
            self.link = None;
            return;
        }
        match BACK_OFF_MS.get(self.starts) {
            Some(wait) => {
                self.starts += 1;
                self.tell(Link::Connecting, todo);
                todo.push(Do::Wake(Alarm::Start, Some(*wait)));
            }
            None => self.down(Link::Silent, todo),
        }
    }

    fn down(&mut self, link: Link, todo: &mut Vec<Do>) {
        self.hello = None;
        self.show_lock(false, todo);
        self.tell(link, todo);
        self.lose_all(todo);
    }

    fn lose_all(&mut self, todo: &mut Vec<Do>) {
        self.waiting.clear();
        for (id, (asker, _)) in self.in_flight.drain() {
            todo.push(Do::Wake(Alarm::Call(id), None));
            todo.push(lost(asker));
        }
    }

    fn tell(&mut self, link: Link, todo: &mut Vec<Do>) {
        for popup in &self.popups {
            todo.push(Do::Tell(*popup, Told::Link(link.clone()), String::new()));
        }
        self.link = Some(link);
    }

    fn show_lock(&mut self, unlocked: bool, todo: &mut Vec<Do>) {
        if self.unlocked != unlocked {
            self.unlocked = unlocked;
            todo.push(Do::ShowLock(!unlocked));
        }
    }
}

fn lost(asker: Asker) -> Do {
    match asker {
        Asker::House(n) => Do::Answer(n, None),
        Asker::Popup(popup, n) => Do::Tell(popup, Told::Lost { n }, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &str = r#"{"v":1,"id":1,"ok":{"hello":{"v":1,"host_version":"0.1.0",
        "status":{"vault":{"state":"locked","why":null}}}}}"#;

    fn line() -> Line {
        Line::new("0.1.0".into(), "chromium")
    }

    /// As the browser takes a message apart.
    fn said(text: &str) -> Said {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        Said {
            id: value["id"].as_u64(),
            refusal: value["err"]["code"].as_str().map(str::to_owned),
            event: value.get("ev").map(serde_json::Value::to_string),
            text: text.to_owned(),
        }
    }

    fn sent(todo: &[Do]) -> Vec<String> {
        let sent = todo.iter().filter_map(|d| match d {
            Do::Send(call) => Some(call.expose().to_owned()),
            _ => None,
        });
        sent.collect()
    }

    fn told(todo: &[Do]) -> Vec<String> {
        let told = todo.iter().filter_map(|d| match d {
            Do::Tell(popup, told, follows) => {
                Some(format!("{popup} {}{follows}", serde_json::to_string(told).unwrap()))
            }
            _ => None,
        });
        told.collect()
    }

    fn ask(line: &mut Line, n: u32) -> Vec<Do> {
        let request = Secret::new(r#"{"op":"status"}"#.into());
        line.hear(Heard::Asked(Asker::Popup(1, n), Op::Status, request))
    }

    #[test]
    fn what_an_organisation_fixes_the_host_hears_before_anything_that_it_is_about() {
        let mut line = line();
        assert!(line.hear(Heard::Ruled("{}".into())).is_empty(), "nothing is fixed");
        line.hear(Heard::Ruled(r#"{"idle_s":60}"#.into()));
        line.hear(Heard::Opened(1));
        ask(&mut line, 1);
        let calls = sent(&line.hear(Heard::Said(said(HELLO))));
        let rules: serde_json::Value = serde_json::from_str(&calls[0]).unwrap();
        assert_eq!(
            (&rules["op"], &rules["p"]["json"]),
            (&"rules".into(), &r#"{"idle_s":60}"#.into())
        );
        assert!(calls[1].contains("status"), "{calls:?}");
        // The same again is no news; what is fixed no longer is.
        assert!(line.hear(Heard::Ruled(r#"{"idle_s":60}"#.into())).is_empty());
        assert!(sent(&line.hear(Heard::Ruled("{}".into())))[0].contains(r#""json":"{}""#));
    }

    #[test]
    fn hello_comes_first_and_calls_wait_for_its_answer() {
        let mut line = line();
        let first = sent(&line.hear(Heard::Opened(1)));
        assert!(first[0].contains(r#""op":"hello""#));
        assert!(serde_json::from_str::<serde_json::Value>(&first[0]).is_ok());
        assert!(sent(&ask(&mut line, 5)).is_empty());
        let todo = line.hear(Heard::Said(said(HELLO)));
        assert_eq!(sent(&todo), [r#"{"v":1,"id":2,"op":"status"}"#]);
        let reply = r#"{"v":1,"id":2,"ok":{"status":{}}}"#;
        let todo = line.hear(Heard::Said(said(reply)));
        assert_eq!(told(&todo), [format!(r#"1 {{"answer":{{"n":5}}}}{reply}"#)]);
    }

    #[test]
    fn a_missing_host_is_told_from_one_that_crashed() {
        for (reason, link) in [
            ("Specified native messaging host not found.", "missing"),
            ("Access to the specified native messaging host is forbidden.", "forbidden"),
            ("No such native application org.countersign.host", "missing"),
            ("Native host has exited.", "connecting"),
            ("", "connecting"),
        ] {
            let mut line = line();
            line.hear(Heard::Opened(1));
            let todo = line.hear(Heard::Gone(reason.into()));
            assert_eq!(told(&todo), [format!(r#"1 {{"link":"{link}"}}"#)], "{reason}");
        }
    }

    #[test]
    fn a_host_that_ends_again_and_again_is_given_up() {
        let mut line = line();
        line.hear(Heard::Opened(1));
        for _ in BACK_OFF_MS {
            let todo = line.hear(Heard::Gone(String::new()));
            assert!(todo.iter().any(|d| matches!(d, Do::Wake(Alarm::Start, Some(_)))));
            line.hear(Heard::Woke(Alarm::Start));
        }
        let todo = line.hear(Heard::Gone(String::new()));
        assert_eq!(told(&todo), [r#"1 {"link":"silent"}"#]);
        assert!(!sent(&line.hear(Heard::Check)).is_empty());
    }

    #[test]
    fn a_host_that_says_nothing_is_told_after_one_wait() {
        let mut line = line();
        let todo = line.hear(Heard::Opened(1));
        let wait = |d: &Do| matches!(d, Do::Wake(Alarm::Call(1), Some(START_MS)));
        assert!(todo.iter().any(wait), "{todo:?}");
        ask(&mut line, 7);
        let todo = line.hear(Heard::Woke(Alarm::Call(1)));
        assert!(matches!(todo[0], Do::Disconnect));
        assert_eq!(told(&todo), [r#"1 {"link":"silent"}"#, r#"1 {"lost":{"n":7}}"#]);
        // What is tried again is tried at once.
        assert!(sent(&line.hear(Heard::Check))[0].contains(r#""op":"hello""#));
    }

    #[test]
    fn a_host_that_hangs_later_is_ended_when_a_person_asks_for_it_and_not_while_it_saves() {
        let mut line = line();
        line.hear(Heard::Opened(1));
        line.hear(Heard::Said(said(HELLO)));
        // It answers: nothing is ended.
        assert!(line.hear(Heard::Check).is_empty());
        ask(&mut line, 7);
        line.hear(Heard::Woke(Alarm::Call(2)));
        let save = Secret::new(r#"{"op":"delete","p":{"id":"x"}}"#.into());
        line.hear(Heard::Asked(Asker::Popup(1, 8), Op::Delete, save));
        assert!(line.hear(Heard::Check).is_empty(), "it may be saving");
        line.hear(Heard::Closed(1));
        line.hear(Heard::Opened(2));
        assert!(line.hear(Heard::Check).is_empty(), "whoever asked for it may be gone");
        let todo = line.hear(Heard::Said(said(r#"{"v":1,"id":3,"ok":"done"}"#)));
        assert!(told(&todo).contains(&r#"2 {"event":"changed"}"#.to_owned()), "{todo:?}");
        assert!(line.hear(Heard::Check).is_empty(), "it is there after all");
        ask(&mut line, 9);
        line.hear(Heard::Woke(Alarm::Call(4)));
        ask(&mut line, 10);
        let todo = line.hear(Heard::Check);
        assert!(matches!(todo[0], Do::Disconnect), "{todo:?}");
        assert_eq!(told(&todo), [r#"1 {"lost":{"n":10}}"#, r#"2 {"link":"connecting"}"#]);
        assert!(sent(&todo)[0].contains(r#""op":"hello""#));
    }

    #[test]
    fn questions_in_flight_are_lost_with_the_host() {
        let mut line = line();
        line.hear(Heard::Opened(1));
        line.hear(Heard::Said(said(HELLO)));
        ask(&mut line, 7);
        let todo = line.hear(Heard::Gone("Native host has exited.".into()));
        assert!(told(&todo).contains(&r#"1 {"lost":{"n":7}}"#.to_owned()));
    }

    #[test]
    fn the_toolbar_follows_the_lock() {
        let mut line = line();
        line.hear(Heard::Opened(1));
        line.hear(Heard::Said(said(HELLO)));
        // However it was opened.
        let todo = line.hear(Heard::Said(said(r#"{"v":1,"ev":"opened"}"#)));
        assert!(matches!(todo[..], [Do::ShowLock(false)]), "{todo:?}");
        assert!(line.unlocked());
        let todo = line.hear(Heard::Said(said(r#"{"v":1,"ev":{"locked":{"why":"sleep"}}}"#)));
        assert!(todo.iter().any(|d| matches!(d, Do::ShowLock(true))));
        assert_eq!(told(&todo), [r#"1 {"event":{"locked":{"why":"sleep"}}}"#]);
    }

    #[test]
    fn the_other_pages_hear_of_what_one_of_them_changed() {
        let mut line = line();
        line.hear(Heard::Opened(1));
        line.hear(Heard::Opened(2));
        line.hear(Heard::Said(said(HELLO)));
        for (id, op) in (2..).zip(Op::ALL) {
            let request = Secret::new(format!(r#"{{"op":"{}"}}"#, op.name()));
            line.hear(Heard::Asked(Asker::Popup(1, 1), op, request));
            let todo = line.hear(Heard::Said(said(&format!(r#"{{"v":1,"id":{id},"ok":"done"}}"#))));
            let others = told(&todo).contains(&r#"2 {"event":"changed"}"#.to_owned());
            assert_eq!(others, op.changes(), "{op:?}");
            assert!(!told(&todo).contains(&r#"1 {"event":"changed"}"#.to_owned()), "{op:?}");
        }
    }

    #[test]
    fn versions_say_which_side_is_too_old() {
        for (max, link) in [(0, "host_too_old"), (9, "extension_too_old")] {
            let mut line = line();
            line.hear(Heard::Opened(1));
            let reply = format!(
                r#"{{"v":1,"id":1,"err":{{"code":"version","data":{{"min":{max},"max":{max}}}}}}}"#
            );
            let todo = line.hear(Heard::Said(said(&reply)));
            assert_eq!(told(&todo), [format!(r#"1 {{"link":"{link}"}}"#)]);
        }
    }
}
