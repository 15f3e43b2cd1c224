//! The browser's door: the native messaging port from the first frame to the end of the pipe.
//!
//! One loop over a closed list of events; four threads feed it (the pipe, a password being derived, the folder
//! of backups, the system's signals) and one writes, so that a browser that does not read cannot keep the keys
//! from being wiped, nor can a disk that does not answer. When the pipe ends, the browser kills this process two seconds later.
//!
//! Never here: what a request means (`handler`).

mod folder;

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::protocol::{MAX_ID, MAX_RESPONSE, Notice, OPS, Refusal, Reply, Request, VERSION, Why};
use zeroize::Zeroizing;

use crate::backup::folder::Worked;
use crate::frame::{self, FrameError};
use crate::handler::{self, After, Answer};
use crate::locks::clock::Readings;
use crate::locks::{Bus, Hold, Signal, Watchers};
use crate::session::{Done, Job, Session};
use folder::{Folder, NotAsked};

/// Answers that may wait for the browser to read them. Then this side waits.
const UNREAD: usize = 64;
/// Passwords that may wait for their turn.
const QUEUE: usize = 32;
/// Unreadable frames in a row after which the port is closed.
const PATIENCE: u32 = 3;
/// How long the last answers may take to be read, once the port has ended.
const LAST_WORDS: Duration = Duration::from_millis(250);
/// How long to wait for an event while nothing has a deadline.
const LONG: Duration = Duration::from_secs(3600);

/// Everything that can happen. No `Debug`: a frame may hold a password.
#[expect(missing_debug_implementations, reason = "a frame may hold a password")]
pub enum Event {
    /// A password was derived, for the call of this id.
    Derived(u64, Box<Done>),
    /// Something was done in the folder of backups, by the thread of this number.
    Folder(u64, Box<Worked>),
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
    folder: Folder,
    /// How often the session had been locked when these calls were last looked at.
    locks: u64,
    /// Buses that were there and are gone.
    lost: Vec<Bus>,
    /// What keeps the computer awake until a password that is being derived is forgotten.
    held: Vec<Hold>,
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
            folder: Folder::new(events.clone()),
            events,
            answers,
            watchers,
            greeted: false,
            bad_frames: 0,
            running: None,
            waiting: VecDeque::new(),
            locks: 0,
            lost: Vec::new(),
            held: Vec::new(),
        }
    }

    fn run(mut self, inbox: &Receiver<Event>, now: impl Fn() -> Readings) {
        loop {
            let wait = self
                .session
                .left(now())
                .unwrap_or(LONG)
                .min(self.folder.left(now()).unwrap_or(LONG));
            let go_on = match inbox.recv_timeout(wait) {
                Ok(Event::Derived(id, done)) => {
                    self.derived(id, *done, now());
                    true
                }
                Ok(Event::Folder(thread, worked)) => {
                    self.worked(thread, *worked, now());
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
            self.look_after_the_folder(now());
            self.forget_calls_before_a_lock();
            self.tell_news();
            // After the answer is on its way. Whether it failed is told to whoever asks about backups.
            if self.folder.is_free()
                && let Some(Ok(work)) = self.session.back_up(now())
            {
                self.folder.begin(work, None, now());
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
            || self.folder.is_asked_by(id);
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
            Answer::Folder(work, after) => match self.folder.ask(id, work, after, now) {
                Ok(()) => {}
                Err(NotAsked::Full) => self.reply(Some(id), Err(Refusal::Busy)),
                Err(NotAsked::Silent(after)) => self.no_answer_from_the_folder(id, &after, now),
            },
        }
    }

    /// Tells whoever waits for a folder that does not answer.
    fn look_after_the_folder(&mut self, now: Readings) {
        if self.folder.has_failed(now) {
            self.session.folder_hangs(now);
        }
        if let Some(calls) = self.folder.overtake(now) {
            // It is not tried again before the other folder is chosen.
            self.session.folder_hangs(now);
            for (id, after) in calls {
                self.no_answer_from_the_folder(id, &after, now);
            }
        }
    }

    fn no_answer_from_the_folder(&mut self, id: u64, after: &After, now: Readings) {
        let answer = handler::no_answer_from_the_folder(&mut self.session, after, now);
        self.reply(Some(id), answer);
    }

    /// Takes up what was done in the folder, and begins the next.
    fn worked(&mut self, thread: u64, worked: Worked, now: Readings) {
        let Some(done) = self.folder.end(thread) else { return };
        if done.hangs {
            self.session.folder_has_answered(&worked);
        }
        match done.call {
            Some((id, after)) => {
                let answer = handler::worked(&mut self.session, worked, after, now);
                self.answer(id, answer, now);
            }
            // Whether it failed is told to whoever asks about backups.
            None => drop(self.session.worked(worked, now)),
        }
        self.folder.next(now);
    }

    /// Whoever asked for the folder before the vault was locked, perhaps with a password, has their answer
    /// now: the folder may never have one.
    fn forget_calls_before_a_lock(&mut self) {
        if std::mem::replace(&mut self.locks, self.session.locks()) == self.session.locks() {
            return;
        }
        for id in self.folder.forget_calls() {
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
mod tests;
