//! The browser's door: the native messaging port from the first frame to the end of the pipe.
//!
//! One loop over a closed list of events. Threads feed it: the pipe's (`pipe`), one that derives a password or does what
//! else takes long (`jobs`), one in the folder of backups (`folder`), the system's listeners. So nothing that takes long,
//! or never ends, keeps the keys from being wiped. When the pipe ends, the browser kills this process two seconds later.
//!
//! Never here: what a request means (`handler`).

mod folder;
mod jobs;
mod pipe;

use std::io::{Read, Write};
use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use serde::Serialize;
use shared::protocol::{MAX_RESPONSE, Notice, Op, Refusal, Reply, Request, VERSION, Why};
use zeroize::Zeroizing;

use crate::backup::folder::Worked;
use crate::frame::FrameError;
use crate::handler::{self, After, Answer};
use crate::locks::clock::Readings;
use crate::locks::{Bus, Signal, Watchers};
use crate::session::{Done, Session};
use crate::vault::file::Hurry;
use folder::{Folder, NotAsked};
use jobs::Jobs;
use pipe::{Head, Params, Said};

/// Calls that may wait for what is done beside the loop.
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
    /// What takes long was done, for the call of this id.
    Done(u64, Box<Done>),
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
#[derive(Clone, Debug)]
pub struct Events {
    to: Sender<Event>,
    hurry: Hurry,
}

impl Events {
    /// Whether anybody is there to hear it. What the system says does not wait for saves that wait for others'.
    pub fn send(&self, event: Event) -> bool {
        let is_signal = matches!(event, Event::Signal(_));
        if is_signal {
            self.hurry.begin();
        }
        self.to.send(event).is_ok()
    }
}

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
    let (to, inbox) = mpsc::channel();
    let events = Events { to, hurry: session.store().hurry().clone() };
    let (answers, written) = pipe::open(input, output, &events);
    let watchers = watch(events.clone());
    let port = Port::new(session, events, answers, watchers);
    // The keys go with the port. What was answered last is still on its way; a browser that does not
    // read does not keep the process for long.
    port.run(&inbox, now);
    let _ = written.recv_timeout(LAST_WORDS);
}

struct Port {
    session: Session,
    answers: Sender<Said>,
    watchers: Option<Watchers>,
    /// Whether `hello` has been answered.
    greeted: bool,
    bad_frames: u32,
    jobs: Jobs,
    folder: Folder,
    /// How often the session had been locked when these calls were last looked at.
    locks: u64,
    /// Buses that were there and are gone.
    lost: Vec<Bus>,
}

impl Port {
    fn new(
        session: Session,
        events: Events,
        answers: Sender<Said>,
        watchers: Option<Watchers>,
    ) -> Self {
        Self {
            session,
            jobs: Jobs::new(events.clone()),
            folder: Folder::new(events),
            answers,
            watchers,
            greeted: false,
            bad_frames: 0,
            locks: 0,
            lost: Vec::new(),
        }
    }

    fn run(mut self, inbox: &Receiver<Event>, now: impl Fn() -> Readings) {
        loop {
            let wait = self.left(now()).unwrap_or(LONG);
            let flow = match inbox.recv_timeout(wait) {
                Ok(Event::Done(id, done)) => {
                    self.done(id, *done, now());
                    Continue(())
                }
                Ok(Event::Folder(thread, worked)) => {
                    self.worked(thread, *worked, now());
                    Continue(())
                }
                Ok(Event::Frame(Ok(frame))) => self.frame(&frame, now()),
                Ok(Event::Frame(Err(err))) => self.bad_pipe(&err),
                Ok(Event::Signal(signal)) => {
                    self.signal(signal);
                    self.session.store().hurry().end();
                    Continue(())
                }
                Ok(Event::End) | Err(RecvTimeoutError::Disconnected) => Break(()),
                Err(RecvTimeoutError::Timeout) => {
                    self.session.look(now());
                    Continue(())
                }
            };
            self.look_after_the_folder(now());
            self.forget_calls_before_a_lock();
            self.jobs.next(&self.session, now());
            self.tell_news();
            // After the answer is on its way. Whether it failed is told to whoever asks about backups.
            if self.folder.is_free()
                && let Some(Ok(work)) = self.session.back_up(now())
            {
                self.folder.begin(work, None, now());
            }
            if flow.is_break() {
                // Nobody is told: the keys go, and what the stack has of them, which dropping the session
                // would leave.
                self.session.lock(Why::Manual);
                return;
            }
        }
    }

    /// How long until something has to be looked at without an event.
    fn left(&self, now: Readings) -> Option<Duration> {
        let lefts =
            [self.session.left(now), self.folder.left(now), self.jobs.left(&self.session, now)];
        lefts.into_iter().flatten().min()
    }

    /// One frame, and its answer if that can be given at once.
    fn frame(&mut self, frame: &[u8], now: Readings) -> ControlFlow<()> {
        let Some(Head { v, id, op, p }) = pipe::head(frame) else {
            return self.bad_frame();
        };
        self.bad_frames = 0;
        let in_flight = self.jobs.is_asked_by(id) || self.folder.is_asked_by(id);
        let known = Op::of_name(&op);
        let (is_hello, is_lock) = (known == Some(Op::Hello), known == Some(Op::Lock));
        let refusal = if in_flight {
            Some(Refusal::BadRequest)
        } else if known.is_none() {
            Some(Refusal::UnknownOp)
        } else if !is_hello && v != VERSION {
            Some(Refusal::Version { min: VERSION, max: VERSION })
        } else if !is_hello && !self.greeted {
            Some(Refusal::BadRequest)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.reply(Some(id), Err(refusal));
            return Continue(());
        }
        let request = match p {
            Params::Other => None,
            _ => serde_json::from_slice::<Request>(frame).ok(),
        };
        // An operation without parameters is content with `{}` as with none.
        let without = || serde_json::from_value(serde_json::json!({ "op": op })).ok();
        let request = request.or_else(|| (p == Params::Empty).then(without)?);
        let Some(request) = request else {
            self.reply(Some(id), Err(Refusal::BadRequest));
            return Continue(());
        };
        let answer = handler::answer(&mut self.session, request, now);
        self.greeted |= is_hello && matches!(answer, Answer::Now(Ok(_)));
        self.answer(id, answer, now);
        // One lock reaches every host of this user.
        if is_lock && self.watchers.as_ref().is_some_and(|all| all.lock_everywhere().is_err()) {
            self.session.locked_only_here();
        }
        Continue(())
    }

    /// A browser does not send such frames: whoever goes on with them is none.
    fn bad_frame(&mut self) -> ControlFlow<()> {
        self.bad_frames += 1;
        self.reply(None, Err(Refusal::BadFrame));
        if self.bad_frames < PATIENCE { Continue(()) } else { Break(()) }
    }

    /// Sends an answer, or begins what has to be done first.
    fn answer(&mut self, id: u64, answer: Answer, now: Readings) {
        match answer {
            Answer::Now(answer) => self.reply(Some(id), answer),
            Answer::Later(job) => {
                if !self.jobs.ask(id, self.session.locks(), *job) {
                    self.reply(Some(id), Err(Refusal::Busy));
                }
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
        let mut calls = self.folder.unanswered(now);
        if let Some(refused) = self.folder.overtake(now) {
            // It is not tried again before the other folder is chosen.
            self.session.folder_hangs(now);
            calls.extend(refused);
        }
        for (id, after) in calls {
            self.no_answer_from_the_folder(id, &after, now);
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

    /// Whoever asked for something that takes long before the vault was locked, perhaps with a password, has their
    /// answer now: the folder may never have one, and of a password nothing is kept.
    fn forget_calls_before_a_lock(&mut self) {
        let locks = self.session.locks();
        if std::mem::replace(&mut self.locks, locks) == locks {
            return;
        }
        for id in self.jobs.forget(locks).into_iter().chain(self.folder.forget_calls()) {
            self.reply(Some(id), Err(Refusal::Locked));
        }
    }

    /// Takes up what was done beside the loop.
    fn done(&mut self, id: u64, done: Done, now: Readings) {
        let answer = if self.jobs.end(id, self.session.locks()) {
            handler::finish(&mut self.session, done, now)
        } else {
            drop(done);
            Answer::Now(Err(Refusal::Locked))
        };
        self.jobs.release();
        self.answer(id, answer, now);
    }

    /// The system says something: wipe first, then let it go on, then tell the browser.
    fn signal(&mut self, signal: Signal) {
        self.session.hear(&signal);
        match signal {
            Signal::Lock { why, hold } => {
                // What the settings of a vault want that is being opened is not known yet. It must not open after
                // this, and the computer not sleep with the password in memory.
                let may_open = !self.session.is_unlocked() && !self.jobs.is_empty();
                if may_open || self.session.wants(why) {
                    self.session.lock(why);
                }
                self.forget_calls_before_a_lock();
                self.jobs.hold(hold);
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
    fn bad_pipe(&mut self, err: &FrameError) -> ControlFlow<()> {
        match err {
            FrameError::TooLong { .. } => self.reply(None, Err(Refusal::TooLarge)),
            FrameError::Empty => return self.bad_frame(),
            FrameError::Io(_) => {}
        }
        Break(())
    }

    fn reply(&self, id: Option<u64>, answer: Result<shared::protocol::Response, Refusal>) {
        let json = json(&Reply::new(id, answer));
        // A browser takes no more; that is this answer's end, and not the host's.
        let fits = json.len() <= MAX_RESPONSE;
        let json = if fits { json } else { self::json(&Reply::new(id, Err(Refusal::TooLarge))) };
        self.send(Said { json, answers: true });
    }

    fn tell_news(&mut self) {
        for ev in self.session.take_news() {
            self.send(Said { json: json(&Notice { v: VERSION, ev }), answers: false });
        }
    }

    fn send(&self, said: Said) {
        // Fails when the pipe has ended, of which the loop hears by itself.
        let _ = self.answers.send(said);
    }
}

/// A message's bytes.
fn json(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message).expect("protocol types have a JSON form")
}

#[cfg(test)]
mod tests;
