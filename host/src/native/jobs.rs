//! What is worked on beside the loop, a password being derived for instance: one call at a time, each when it is due.
//!
//! A guess that has to wait for the wrong ones before it waits here and not on a thread, so that a lock takes it, and
//! the password in it, at once.
//!
//! Never here: what a job is (`session::job`), what its end means (`handler`).

use std::collections::VecDeque;
use std::thread;
use std::time::Duration;

use super::{Event, Events, QUEUE};
use crate::locks::Hold;
use crate::locks::clock::Readings;
use crate::session::{Job, Session};

/// The thread, and who waits for it.
pub(super) struct Jobs {
    events: Events,
    /// The call that is worked for.
    running: Option<Call>,
    waiting: VecDeque<(Call, Job)>,
    /// What keeps the computer awake until a password that is being derived is forgotten.
    held: Vec<Hold>,
}

/// A call, and how often the session had been locked when it came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Call {
    id: u64,
    locks: u64,
}

impl Jobs {
    pub(super) fn new(events: Events) -> Self {
        Self { events, running: None, waiting: VecDeque::new(), held: Vec::new() }
    }

    /// Whether a call is not answered yet.
    pub(super) fn is_asked_by(&self, id: u64) -> bool {
        let waiting = self.waiting.iter().map(|(call, _)| call);
        self.running.iter().chain(waiting).any(|call| call.id == id)
    }

    /// Whether there is anything.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    /// Has it done for a call, which came when the session had been locked so often. Whether there was room.
    pub(super) fn ask(&mut self, id: u64, locks: u64, job: Job) -> bool {
        let has_room = self.waiting.len() < QUEUE;
        if has_room {
            self.waiting.push_back((Call { id, locks }, job));
        }
        has_room
    }

    /// Begins the next, if it is due.
    pub(super) fn next(&mut self, session: &Session, now: Readings) {
        if self.left(session, now) != Some(Duration::ZERO) {
            return;
        }
        let Some((call, job)) = self.waiting.pop_front() else { return };
        self.running = Some(call);
        let events = self.events.clone();
        thread::spawn(move || {
            // Nobody is there any more if this fails.
            let _ = events.send(Event::Done(call.id, Box::new(job.run())));
        });
    }

    /// How long until the next is due; `None` if there is none, or one is worked on.
    pub(super) fn left(&self, session: &Session, now: Readings) -> Option<Duration> {
        let (_, job) = self.waiting.front().filter(|_| self.running.is_none())?;
        Some(Duration::from_millis(session.wait(job, now)))
    }

    /// A call's job is done. Whether it may be taken up: what was begun before a lock opens nothing any more. What came of
    /// it is to be forgotten before [`Jobs::release`].
    pub(super) fn end(&mut self, id: u64, locks: u64) -> bool {
        self.running.take() == Some(Call { id, locks })
    }

    /// Keeps the computer awake until what is worked on has been forgotten.
    pub(super) fn hold(&mut self, hold: Option<Hold>) {
        if self.running.is_some() {
            self.held.extend(hold);
        }
    }

    /// Lets the computer sleep.
    pub(super) fn release(&mut self) {
        self.held.clear();
    }

    /// Drops the jobs of calls that came before a lock. These calls.
    pub(super) fn forget(&mut self, locks: u64) -> Vec<u64> {
        let forgotten = |call: Call| (call.locks != locks).then_some(call.id);
        let ids = self.waiting.iter().filter_map(|(call, _)| forgotten(*call)).collect();
        self.waiting.retain(|(call, _)| call.locks == locks);
        ids
    }
}
