//! The browser's door: the native messaging port from the first frame to the end of the pipe.
//!
//! One loop over a closed list of events; four threads feed it (the pipe, a password being derived, the folder
//! of backups, the system's signals) and one writes, so that a browser that does not read cannot keep the keys
//! from being wiped, nor can a disk that does not answer. When the pipe ends, the browser kills this process two seconds later.
//!
//! Never here: what a request means (`handler`).

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::protocol::{MAX_ID, MAX_RESPONSE, Notice, OPS, Refusal, Reply, Request, VERSION, Why};
use zeroize::Zeroizing;

use crate::backup::folder::{Work, Worked};
use crate::frame::{self, FrameError};
use crate::handler::{self, After, Answer};
use crate::locks::clock::Readings;
use crate::locks::{Bus, Hold, Signal, Watchers};
use crate::session::{Done, Job, Session};

/// Answers that may wait for the browser to read them. Then this side waits.
const UNREAD: usize = 64;
/// Passwords that may wait for their turn.
const QUEUE: usize = 32;
/// Unreadable frames in a row after which the port is closed.
const PATIENCE: u32 = 3;
/// How long the last answers may take to be read, once the port has ended.
const LAST_WORDS: Duration = Duration::from_millis(250);
/// How long a folder may take until whoever asks for it is told that it does not answer, in milliseconds.
const SLOW: u64 = 10_000;
/// How long until what is done there has failed, as far as anybody is told, in milliseconds: a share that is gone. Disks
/// that sleep take a quarter of it.
const HANGS: u64 = 60_000;
/// How long to wait for an event while nothing has a deadline.
const LONG: Duration = Duration::from_secs(3600);

/// Everything that can happen. No `Debug`: a frame may hold a password.
#[expect(missing_debug_implementations, reason = "a frame may hold a password")]
pub enum Event {
    /// A password was derived, for the call of this id.
    Derived(u64, Box<Done>),
    /// Something was done in the folder of backups.
    Folder(Box<Worked>),
    /// The pipe has ended, or can't be written to.
    End,
    /// A frame, or what was wrong with it.
    Frame(Result<Zeroizing<Vec<u8>>, FrameError>),
    /// The system.
    Signal(Signal),
}

/// A way for others to say what happened.
pub type Events = Sender<Event>;

/// Serves one port until it ends; then the keys are gone.
///
/// `watch` starts the listeners; `now` reads the clocks.
pub fn serve(
    session: Session,
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    watch: impl FnOnce(Events) -> Option<Watchers>,
    now: impl Fn() -> Readings,
) {
    let (events, inbox) = mpsc::channel();
    let (answers, written) = write_to(output, events.clone());
    read_from(input, events.clone());
    let watchers = watch(events.clone());
    let port = Port::new(session, events, answers, watchers);
    // The keys go with the port. What was answered last is still on its way; a browser that does not
    // read does not keep the process for long.
    port.run(&inbox, now);
    let _ = written.recv_timeout(LAST_WORDS);
}

struct Port {
    session: Session,
    events: Events,
    answers: SyncSender<Vec<u8>>,
    watchers: Option<Watchers>,
    /// Whether `hello` has been answered.
    greeted: bool,
    bad_frames: u32,
    /// The call whose password is being derived, and how often the session had been locked then.
    running: Option<(u64, u64)>,
    /// Those that wait for it, and how often the session had been locked when each was asked.
    waiting: VecDeque<(u64, u64, Job)>,
    /// What is done in the folder of backups. No lock and no password waits for it: it may never end.
    in_folder: Option<InFolder>,
    /// Calls that wait for that.
    to_folder: VecDeque<(u64, Work, After)>,
    /// How often the session had been locked when these calls were last looked at.
    locks: u64,
    /// Buses that were there and are gone.
    lost: Vec<Bus>,
    /// What keeps the computer awake until a password that is being derived is forgotten.
    held: Vec<Hold>,
}

/// What a thread does in the folder.
struct InFolder {
    /// The call that it is done for, if it still is for one.
    call: Option<(u64, After)>,
    /// When it began, in `boot_ms`.
    since: u64,
    /// It is noted that it has failed.
    hangs: bool,
}

/// Whether to go on.
type GoOn = bool;

impl Port {
    fn new(
        session: Session,
        events: Events,
        answers: SyncSender<Vec<u8>>,
        watchers: Option<Watchers>,
    ) -> Self {
        Self {
            session,
            events,
            answers,
            watchers,
            greeted: false,
            bad_frames: 0,
            running: None,
            waiting: VecDeque::new(),
            in_folder: None,
            to_folder: VecDeque::new(),
            locks: 0,
            lost: Vec::new(),
            held: Vec::new(),
        }
    }

    fn run(mut self, inbox: &Receiver<Event>, now: impl Fn() -> Readings) {
        loop {
            let wait = self.session.left(now()).unwrap_or(LONG).min(self.until_it_hangs(now()));
            let go_on = match inbox.recv_timeout(wait) {
                Ok(Event::Derived(id, done)) => {
                    self.derived(id, *done, now());
                    true
                }
                Ok(Event::Folder(worked)) => {
                    self.worked(*worked, now());
                    true
                }
                Ok(Event::Frame(Ok(frame))) => self.frame(&frame, now()),
                Ok(Event::Frame(Err(err))) => self.bad_pipe(&err),
                Ok(Event::Signal(signal)) => {
                    self.signal(signal);
                    true
                }
                Ok(Event::End) | Err(RecvTimeoutError::Disconnected) => false,
                Err(RecvTimeoutError::Timeout) => {
                    self.session.check(now());
                    true
                }
            };
            self.note_what_hangs(now());
            self.forget_calls_before_a_lock();
            self.tell_news();
            // After the answer is on its way. Whether it failed is told to whoever asks about backups.
            if self.in_folder.is_none()
                && let Some(Ok(work)) = self.session.back_up(now())
            {
                self.begin_in_folder(work, None, now());
            }
            if !go_on {
                // Nobody is told: the keys go, and what the stack has of them, which dropping the session
                // would leave.
                self.session.lock(Why::Manual);
                return;
            }
        }
    }

    /// One frame, and its answer if that can be given at once.
    fn frame(&mut self, frame: &[u8], now: Readings) -> GoOn {
        let Some((id, head)) = head(frame) else {
            self.bad_frames += 1;
            self.reply(None, Err(Refusal::BadFrame));
            return self.bad_frames < PATIENCE;
        };
        self.bad_frames = 0;
        let in_flight = self.running.is_some_and(|(running, _)| running == id)
            || self.waiting.iter().any(|(waiting, ..)| *waiting == id)
            || self.in_folder.iter().flat_map(|work| &work.call).any(|(asking, _)| *asking == id)
            || self.to_folder.iter().any(|(waiting, ..)| *waiting == id);
        let refusal = if in_flight {
            Some(Refusal::BadRequest)
        } else if !OPS.contains(&&*head.op) {
            Some(Refusal::UnknownOp)
        } else if head.op != "hello" && head.v != VERSION {
            Some(Refusal::Version { min: VERSION, max: VERSION })
        } else if head.op != "hello" && !self.greeted {
            Some(Refusal::BadRequest)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.reply(Some(id), Err(refusal));
            return true;
        }
        let Ok(request) = serde_json::from_slice::<Request>(frame) else {
            self.reply(Some(id), Err(Refusal::BadRequest));
            return true;
        };
        let (is_hello, is_lock) =
            (matches!(request, Request::Hello(_)), matches!(request, Request::Lock));
        let answer = handler::answer(&mut self.session, request, now);
        self.greeted |= is_hello && matches!(answer, Answer::Now(Ok(_)));
        self.answer(id, answer, now);
        if is_lock && let Some(watchers) = &self.watchers {
            // One lock reaches every host of this user. If it can't be written, the others have
            // their own triggers.
            let _ = watchers.lock_everywhere();
        }
        true
    }

    /// Sends an answer, or begins what has to be done first.
    fn answer(&mut self, id: u64, answer: Answer, now: Readings) {
        match answer {
            Answer::Now(answer) => self.reply(Some(id), answer),
            Answer::Later(_) if QUEUE <= self.waiting.len() => {
                self.reply(Some(id), Err(Refusal::Busy));
            }
            Answer::Later(job) => {
                self.waiting.push_back((id, self.session.locks(), *job));
                self.next_job(now);
            }
            Answer::Folder(work, after) => match &self.in_folder {
                None => self.begin_in_folder(work, Some((id, after)), now),
                Some(before) if SLOW <= now.boot_ms.saturating_sub(before.since) => {
                    let is_look = matches!((&work, &after), (Work::Look(_), After::Tell));
                    let session = &mut self.session;
                    let answer = handler::no_answer_from_the_folder(session, is_look, now);
                    self.reply(Some(id), answer);
                }
                Some(_) if QUEUE <= self.to_folder.len() => {
                    self.reply(Some(id), Err(Refusal::Busy));
                }
                Some(_) => self.to_folder.push_back((id, work, after)),
            },
        }
    }

    /// Does something in the folder of backups. The thread has no key and no password.
    fn begin_in_folder(&mut self, work: Work, call: Option<(u64, After)>, now: Readings) {
        self.in_folder = Some(InFolder { call, since: now.boot_ms, hangs: false });
        let events = self.events.clone();
        thread::spawn(move || {
            // Nobody is there any more if this fails.
            let _ = events.send(Event::Folder(Box::new(work.run())));
        });
    }

    /// How long until what is done in the folder counts as failed; [`LONG`] if nothing is, or it does already.
    fn until_it_hangs(&self, now: Readings) -> Duration {
        match &self.in_folder {
            Some(InFolder { since, hangs: false, .. }) => {
                Duration::from_millis((since + HANGS).saturating_sub(now.boot_ms))
            }
            _ => LONG,
        }
    }

    /// Notes that no backup comes to be: the thread may never say so.
    fn note_what_hangs(&mut self, now: Readings) {
        if let Some(work) = &mut self.in_folder
            && !work.hangs
            && HANGS <= now.boot_ms.saturating_sub(work.since)
        {
            work.hangs = true;
            self.session.folder_hangs(now);
        }
    }

    /// Takes up what was done there, and begins the next.
    fn worked(&mut self, worked: Worked, now: Readings) {
        let work = self.in_folder.take();
        if work.as_ref().is_some_and(|work| work.hangs) {
            self.session.folder_has_answered(&worked);
        }
        match work.and_then(|work| work.call) {
            Some((id, after)) => {
                let answer = handler::worked(&mut self.session, worked, after, now);
                self.answer(id, answer, now);
            }
            // Whether it failed is told to whoever asks about backups.
            None => drop(self.session.worked(worked, now)),
        }
        if self.in_folder.is_none()
            && let Some((id, work, after)) = self.to_folder.pop_front()
        {
            self.begin_in_folder(work, Some((id, after)), now);
        }
    }

    /// Whoever asked for the folder before the vault was locked, perhaps with a password, has their answer
    /// now: the folder may never have one.
    fn forget_calls_before_a_lock(&mut self) {
        if std::mem::replace(&mut self.locks, self.session.locks()) == self.session.locks() {
            return;
        }
        let asking = self.in_folder.as_mut().and_then(|work| work.call.take());
        let waiting = std::mem::take(&mut self.to_folder).into_iter().map(|(id, ..)| id);
        for id in asking.into_iter().map(|(id, _)| id).chain(waiting) {
            self.reply(Some(id), Err(Refusal::Locked));
        }
    }

    /// Takes up what came of a password, and begins the next.
    fn derived(&mut self, id: u64, done: Done, now: Readings) {
        // A lock came while it was derived: it opens nothing any more.
        let void = self.running.take() != Some((id, self.session.locks()));
        let answer = if void {
            drop(done);
            Answer::Now(Err(Refusal::Locked))
        } else {
            handler::finish(&mut self.session, done, now)
        };
        self.held.clear();
        self.answer(id, answer, now);
        self.next_job(now);
    }

    /// Starts the next password, one at a time.
    fn next_job(&mut self, now: Readings) {
        if self.running.is_some() {
            return;
        }
        let (id, job) = loop {
            let Some((id, locks, job)) = self.waiting.pop_front() else { return };
            if locks == self.session.locks() {
                break (id, job);
            }
            // Whoever locked after this was asked wants it locked.
            self.reply(Some(id), Err(Refusal::Locked));
        };
        self.running = Some((id, self.session.locks()));
        let wait = Duration::from_millis(self.session.wait(&job, now));
        let events = self.events.clone();
        thread::spawn(move || {
            thread::sleep(wait);
            // Nobody is there any more if this fails.
            let _ = events.send(Event::Derived(id, Box::new(job.run())));
        });
    }

    /// The system says something: wipe first, then let it go on, then tell the browser.
    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Lock { why, hold } => {
                if self.running.is_some() {
                    // What the settings want is not known yet. It must not open after this, and the
                    // computer not sleep with the password in memory.
                    self.session.lock(why);
                    self.held.extend(hold);
                    for (id, _, job) in std::mem::take(&mut self.waiting) {
                        drop(job);
                        self.reply(Some(id), Err(Refusal::Locked));
                    }
                } else {
                    if self.session.wants(why) {
                        self.session.lock(why);
                    }
                    drop(hold);
                }
            }
            // Whoever is still open has missed the news of the sleep.
            Signal::Wake if self.session.wants(Why::Sleep) => self.session.lock(Why::Sleep),
            Signal::BusLost(bus) => {
                self.session.lock(Why::BusLost);
                self.lost.push(bus);
                self.session.set_deaf(true);
            }
            Signal::BusFound(bus) => {
                self.lost.retain(|lost| *lost != bus);
                self.session.set_deaf(!self.lost.is_empty());
            }
            Signal::BusMissing(_) | Signal::SessionMissing | Signal::Wake => {}
        }
    }

    /// The frame's length was wrong: what follows in the pipe cannot be told apart any more.
    fn bad_pipe(&mut self, err: &FrameError) -> GoOn {
        match err {
            FrameError::TooLong { .. } => self.reply(None, Err(Refusal::TooLarge)),
            FrameError::Empty => {
                self.bad_frames += 1;
                self.reply(None, Err(Refusal::BadFrame));
                return self.bad_frames < PATIENCE;
            }
            FrameError::Io(_) => {}
        }
        false
    }

    fn reply(&self, id: Option<u64>, answer: Result<shared::protocol::Response, Refusal>) {
        let json = json(&Reply::new(id, answer));
        // A browser takes no more; that is this answer's end, and not the host's.
        let fits = json.len() <= MAX_RESPONSE;
        self.send(if fits { json } else { self::json(&Reply::new(id, Err(Refusal::TooLarge))) });
    }

    fn tell_news(&mut self) {
        for ev in self.session.take_news() {
            self.send(json(&Notice { v: VERSION, ev }));
        }
    }

    fn send(&self, json: Vec<u8>) {
        // Fails when the pipe has ended, of which the loop hears by itself.
        let _ = self.answers.send(json);
    }
}

fn json(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message).expect("protocol types have a JSON form")
}

/// What every call has, whatever it asks. Unknown fields of the envelope are ignored.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    v: u32,
    id: u64,
    op: String,
}

/// The envelope, if there is one to answer to.
fn head(frame: &[u8]) -> Option<(u64, Head)> {
    let head: Head = serde_json::from_slice(frame).ok()?;
    (1..=MAX_ID).contains(&head.id).then_some((head.id, head))
}

fn read_from(mut input: impl Read + Send + 'static, events: Events) {
    thread::spawn(move || {
        loop {
            let event = match frame::read(&mut input) {
                Ok(Some(frame)) => Event::Frame(Ok(frame)),
                Ok(None) => Event::End,
                Err(err) => Event::Frame(Err(err)),
            };
            let last = matches!(
                event,
                Event::End | Event::Frame(Err(FrameError::Io(_) | FrameError::TooLong { .. }))
            );
            if events.send(event).is_err() || last {
                return;
            }
        }
    });
}

/// Where answers go, and what is dropped when the last of them has been written.
fn write_to(
    mut output: impl Write + Send + 'static,
    events: Events,
) -> (SyncSender<Vec<u8>>, Receiver<()>) {
    let (answers, outbox) = mpsc::sync_channel::<Vec<u8>>(UNREAD);
    let (writing, written) = mpsc::channel();
    thread::spawn(move || {
        let _writing = writing;
        for answer in outbox {
            if frame::write(&mut output, &answer).is_err() {
                let _ = events.send(Event::End);
                return;
            }
        }
    });
    (answers, written)
}

#[cfg(test)]
mod tests {
    use shared::Secret;

    use super::*;
    use crate::session::desk::Then;
    use crate::vault::file::Store;
    use crate::vault::keys::{Derived, KdfParams, KdfPolicy};

    const NOW: Readings = Readings { boot_ms: 0, mono_ms: 0, wall_ms: 0 };

    #[test]
    fn a_folder_that_does_not_answer_for_a_minute_has_failed_until_it_answers() {
        use crate::backup::note::Note;
        use crate::backup::{self, BackupError};
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(&folder.path().join("vault.otv"));
        let derived = || Derived::new(b"master", KdfParams::FLOOR).unwrap();
        let mut vault = store.create(&derived(), 0).unwrap();
        backup::set_password(&store, &mut vault, 0, &derived()).unwrap();
        let share = folder.path().join("share");
        std::fs::create_dir(&share).unwrap();
        backup::set_folder(&store, &mut vault, 0, share.to_str()).unwrap();
        let sealed = store.read().unwrap();
        let outcome = Ok((sealed.unlock(b"master").unwrap(), None));
        let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
        let mut session = Session::new(store.clone(), policy);
        session.finish(Done::Unlock { sealed, outcome }, NOW).unwrap();
        let (events, _inbox) = mpsc::channel();
        let (answers, outbox) = mpsc::sync_channel(UNREAD);
        let mut port = Port::new(session, events, answers, None);
        port.greeted = true;
        let at =
            |ms: u64| Readings { boot_ms: ms, mono_ms: ms, wall_ms: i64::try_from(ms).unwrap() };
        let failed_at = || Note::read(&store).failed_at;
        // The state of a port whose thread hangs, on work that nobody asked for.
        let hung = || Some(InFolder { call: None, since: 0, hangs: false });
        port.in_folder = hung();
        assert_eq!(port.until_it_hangs(at(20_000)), Duration::from_secs(40));
        port.note_what_hangs(at(59_999));
        assert_eq!(failed_at(), None);
        port.note_what_hangs(at(60_000));
        assert_eq!((failed_at(), port.until_it_hangs(at(60_000))), (Some(60), LONG));
        port.note_what_hangs(at(70_000));
        assert_eq!(failed_at(), Some(60), "it is noted once");
        // Whoever asks is told so, and has not to wait.
        port.frame(br#"{"v":1,"id":9,"op":"desk","p":{"backups":{}}}"#, at(70_000));
        let said = String::from_utf8(outbox.try_recv().unwrap()).unwrap();
        assert!(said.contains(r#""failed_at":60"#), "{said}");
        // It was only slow.
        port.worked(Worked::Looked(Ok(Vec::new())), at(80_000));
        assert_eq!(failed_at(), None);
        // It ends, and has failed all the same.
        port.in_folder = hung();
        port.note_what_hangs(at(90_000));
        port.worked(Worked::Looked(Err(BackupError::None)), at(91_000));
        assert_eq!(failed_at(), Some(90));
    }

    #[test]
    fn of_passwords_that_come_all_at_once_each_waits_for_those_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(&folder.path().join("vault.otv"));
        store.create(&Derived::new(b"master", KdfParams::FLOOR).unwrap(), 0).unwrap();
        let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
        let (events, inbox) = mpsc::channel();
        let (answers, outbox) = mpsc::sync_channel(UNREAD);
        let mut port = Port::new(Session::new(store, policy), events, answers, None);
        port.greeted = true;
        let began = std::time::Instant::now();
        let now = || {
            let ms = u64::try_from(began.elapsed().as_millis()).unwrap();
            Readings { boot_ms: ms, mono_ms: ms, wall_ms: 0 }
        };
        for id in 1..=4 {
            let frame =
                format!(r#"{{"v":1,"id":{id},"op":"unlock","p":{{"password":"guess {id}"}}}}"#);
            assert!(port.frame(frame.as_bytes(), now()));
        }
        for (id, retry) in [(1, 250), (2, 500), (3, 1_000), (4, 2_000)] {
            let next = inbox.recv_timeout(Duration::from_secs(60)).unwrap();
            let Event::Derived(_, done) = next else { panic!() };
            port.derived(id, *done, now());
            let answer = String::from_utf8(outbox.try_recv().unwrap()).unwrap();
            let own = answer.contains(&format!(r#""id":{id}"#));
            assert!(own && answer.contains(&format!(r#""retry_ms":{retry}"#)), "{answer}");
        }
        assert!(250 + 500 + 1_000 <= now().boot_ms, "the guesses did not wait: {:?}", now());
    }

    #[test]
    fn who_asked_for_a_folder_that_never_answers_has_an_answer_when_the_vault_locks() {
        let folder = tempfile::tempdir().unwrap();
        let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
        let session = Session::new(Store::new(&folder.path().join("vault.otv")), policy);
        let (events, _inbox) = mpsc::channel();
        let (answers, outbox) = mpsc::sync_channel(UNREAD);
        let mut port = Port::new(session, events, answers, None);
        port.greeted = true;
        let said = |outbox: &Receiver<Vec<u8>>| -> Vec<String> {
            outbox.try_iter().map(|answer| String::from_utf8(answer).unwrap()).collect()
        };
        // The state of a port whose thread hangs: nothing ever comes of it.
        let after = After::Find(Secret::new("password".into()), Then::Show { round: 0 });
        port.in_folder = Some(InFolder { call: Some((5, after)), since: 0, hangs: false });
        let look = || Answer::Folder(Work::Look(folder.path().into()), After::Tell);
        port.answer(6, look(), NOW);
        port.forget_calls_before_a_lock();
        assert!(said(&outbox).is_empty());
        // One number is one call, also while it waits for a disk.
        port.frame(br#"{"v":1,"id":6,"op":"status"}"#, NOW);
        assert!(said(&outbox)[0].contains("bad_request"));

        assert!(port.frame(br#"{"v":1,"id":7,"op":"lock"}"#, NOW));
        port.forget_calls_before_a_lock();
        let answers = said(&outbox);
        assert_eq!(answers.len(), 3, "{answers:?}");
        assert!(answers[0].contains(r#""id":7"#) && answers[0].contains("ok"), "{answers:?}");
        for (answer, id) in answers[1..].iter().zip([5, 6]) {
            assert!(answer.contains(&format!(r#""id":{id}"#)) && answer.contains("locked"));
        }
        // The password is gone; the thread is all that is left, and has none.
        assert!(port.in_folder.as_ref().unwrap().call.is_none() && port.to_folder.is_empty());
        // Nobody waits for it for ever.
        port.answer(8, look(), Readings { boot_ms: SLOW, ..NOW });
        assert!(said(&outbox)[0].contains("folder"));
    }
}
