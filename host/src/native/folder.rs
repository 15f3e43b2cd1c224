//! What is done in the folder of backups, beside the loop, one thing at a time.
//!
//! Its disk may never answer, so no lock and no password waits for it, and the thread has neither. A thread that has
//! not answered for long is left to itself when somebody wants another folder: a share that is gone can be replaced.
//!
//! Never here: what is done there (`backup::folder`), what its end means (`handler`).

use std::collections::VecDeque;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::{Event, Events, QUEUE};
use crate::backup::folder::Work;
use crate::handler::After;
use crate::locks::clock::Readings;

/// How long a folder may take until whoever asks for it is told that it does not answer, in milliseconds.
const SLOW: u64 = 20_000;
/// How long until what is done there has failed, as far as anybody is told, in milliseconds: a share that is gone. Disks
/// that sleep take a quarter of it.
const HANGS: u64 = 60_000;
/// Most threads that wait for disks that do not answer.
const LEFT: u64 = 4;

/// The folder's thread, and who waits for it.
pub(super) struct Folder {
    events: Events,
    doing: Option<Doing>,
    /// Calls that wait for that.
    waiting: VecDeque<(u64, Work, After)>,
    /// Threads that were begun, each with its number.
    begun: u64,
    /// Threads that ended.
    ended: u64,
}

/// What a thread does.
pub(super) struct Doing {
    /// The call that it is done for, if it still is for one.
    pub(super) call: Option<(u64, After)>,
    /// It was told that it has failed.
    pub(super) hangs: bool,
    thread: u64,
    /// The folder.
    place: PathBuf,
    /// When it began, in `boot_ms`.
    since: u64,
}

/// Why nothing is done.
pub(super) enum NotAsked {
    /// The folder has not answered for long.
    Silent(After),
    /// Too many wait.
    Full,
}

impl Folder {
    pub(super) fn new(events: Events) -> Self {
        Self { events, doing: None, waiting: VecDeque::new(), begun: 0, ended: 0 }
    }

    /// Whether nothing is done there.
    pub(super) fn is_free(&self) -> bool {
        self.doing.is_none()
    }

    /// Whether a call is not answered yet.
    pub(super) fn is_asked_by(&self, id: u64) -> bool {
        self.doing.iter().flat_map(|doing| &doing.call).any(|(asking, _)| *asking == id)
            || self.waiting.iter().any(|(waiting, ..)| *waiting == id)
    }

    /// Does it now, or after what is done now.
    ///
    /// # Errors
    ///
    /// [`NotAsked`].
    pub(super) fn ask(
        &mut self,
        id: u64,
        work: Work,
        after: After,
        now: Readings,
    ) -> Result<(), NotAsked> {
        match &self.doing {
            None => self.begin(work, Some((id, after)), now),
            Some(doing) if doing.is_slow(now) && doing.place == work.place() => {
                return Err(NotAsked::Silent(after));
            }
            Some(_) if QUEUE <= self.waiting.len() => return Err(NotAsked::Full),
            Some(_) => self.waiting.push_back((id, work, after)),
        }
        Ok(())
    }

    /// Does it now. Nothing else may be done.
    pub(super) fn begin(&mut self, work: Work, call: Option<(u64, After)>, now: Readings) {
        self.begun += 1;
        let thread = self.begun;
        let place = work.place().to_owned();
        self.doing = Some(Doing { thread, place, call, since: now.boot_ms, hangs: false });
        let events = self.events.clone();
        thread::spawn(move || {
            // Nobody is there any more if this fails.
            let _ = events.send(Event::Folder(thread, Box::new(work.run())));
        });
    }

    /// A thread has ended. What it did, unless it was left to itself.
    pub(super) fn end(&mut self, thread: u64) -> Option<Doing> {
        self.ended += 1;
        self.doing.take_if(|doing| doing.thread == thread)
    }

    /// Begins what has waited for what ended.
    pub(super) fn next(&mut self, now: Readings) {
        if self.doing.is_none()
            && let Some((id, work, after)) = self.waiting.pop_front()
        {
            self.begin(work, Some((id, after)), now);
        }
    }

    /// How long until [`Folder::unanswered`], [`Folder::overtake`] or [`Folder::has_failed`] may have something to do.
    pub(super) fn left(&self, now: Readings) -> Option<Duration> {
        let doing = self.doing.as_ref()?;
        let slow = (doing.call.is_some() || !self.waiting.is_empty()).then_some(SLOW);
        let ms = slow.or((!doing.hangs).then_some(HANGS))?;
        Some(Duration::from_millis((doing.since + ms).saturating_sub(now.boot_ms)))
    }

    /// The calls that have waited long enough for the folder. What is done there goes on without them.
    pub(super) fn unanswered(&mut self, now: Readings) -> Vec<(u64, After)> {
        let Some(doing) = self.doing.as_mut().filter(|doing| doing.is_slow(now)) else {
            return Vec::new();
        };
        let (going, waiting): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(_, work, _)| work.place() == doing.place);
        self.waiting = waiting;
        let going = going.into_iter().map(|(id, _, after)| (id, after));
        doing.call.take().into_iter().chain(going).collect()
    }

    /// Leaves what is slow to itself if somebody waits for another folder, and begins that. If so, the calls to which
    /// no folder gives an answer, because no thread more may be left.
    pub(super) fn overtake(&mut self, now: Readings) -> Option<Vec<(u64, After)>> {
        if !self.waits_elsewhere() || !self.doing.as_ref()?.is_slow(now) {
            return None;
        }
        if self.begun - self.ended < LEFT {
            self.doing = None;
            self.next(now);
            return Some(Vec::new());
        }
        let going = std::mem::take(&mut self.waiting).into_iter();
        Some(going.map(|(id, _, after)| (id, after)).collect())
    }

    /// Whether what is done counts as failed, said once.
    pub(super) fn has_failed(&mut self, now: Readings) -> bool {
        self.doing.as_mut().is_some_and(|doing| {
            let hangs = HANGS <= now.boot_ms.saturating_sub(doing.since);
            hangs && !std::mem::replace(&mut doing.hangs, true)
        })
    }

    /// The calls that are to be answered otherwise. What is done goes on without them.
    pub(super) fn forget_calls(&mut self) -> Vec<u64> {
        let asking = self.doing.as_mut().and_then(|doing| doing.call.take());
        let waiting = std::mem::take(&mut self.waiting).into_iter().map(|(id, ..)| id);
        asking.into_iter().map(|(id, _)| id).chain(waiting).collect()
    }

    /// As if a thread hung there since the beginning of time. Its number.
    #[cfg(test)]
    pub(super) fn hang(&mut self, place: &std::path::Path, call: Option<(u64, After)>) -> u64 {
        self.begun += 1;
        let (thread, place) = (self.begun, place.to_owned());
        self.doing = Some(Doing { thread, place, call, since: 0, hangs: false });
        thread
    }

    fn waits_elsewhere(&self) -> bool {
        let Some(doing) = &self.doing else { return false };
        self.waiting.iter().any(|(_, work, _)| work.place() != doing.place)
    }
}

impl Doing {
    fn is_slow(&self, now: Readings) -> bool {
        SLOW <= now.boot_ms.saturating_sub(self.since)
    }
}
