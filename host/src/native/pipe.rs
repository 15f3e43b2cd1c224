//! The two threads at the pipe, and a call's envelope.
//!
//! Neither holds up the loop: answers that nobody reads lie in a list, and while there are many, nothing more is
//! read. So a browser that does not read cannot keep the keys from being wiped.
//!
//! Never here: how a frame lies in the pipe (`frame`), what a call asks.

use std::io::{Read, Write};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;

use serde::Deserialize;
use shared::protocol::MAX_ID;

use super::{Event, Events, QUEUE};
use crate::frame::{self, FrameError};

/// Calls that may be under way, read and their answers not written yet: more than may wait for what is done beside
/// the loop.
const UNDER_WAY: usize = 4 * QUEUE;

/// What goes to the browser.
pub(super) struct Said {
    pub(super) json: Vec<u8>,
    /// Whether a call has its answer by it; else it is news.
    pub(super) answers: bool,
}

/// What every call has, whatever it asks. Unknown fields of the envelope are ignored.
#[derive(Deserialize)]
pub(super) struct Head {
    #[serde(default)]
    pub(super) v: u32,
    pub(super) id: u64,
    pub(super) op: String,
}

/// The envelope, if there is one to answer to.
pub(super) fn head(frame: &[u8]) -> Option<Head> {
    let head: Head = serde_json::from_slice(frame).ok()?;
    (1..=MAX_ID).contains(&head.id).then_some(head)
}

/// Starts both. Where answers go, and what is dropped when the last of them has been written.
pub(super) fn open(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    events: &Events,
) -> (Sender<Said>, Receiver<()>) {
    let (begun, under_way) = mpsc::sync_channel(UNDER_WAY);
    read_from(input, events.clone(), begun);
    write_to(output, events.clone(), under_way)
}

fn read_from(mut input: impl Read + Send + 'static, events: Events, begun: SyncSender<()>) {
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
            // It waits here for answers to be read; not with the end of the pipe. Before the loop hears of the call:
            // its answer may be written at once.
            let is_counted = last || begun.send(()).is_ok();
            if !is_counted || !events.send(event) || last {
                return;
            }
        }
    });
}

fn write_to(
    mut output: impl Write + Send + 'static,
    events: Events,
    under_way: Receiver<()>,
) -> (Sender<Said>, Receiver<()>) {
    let (answers, outbox) = mpsc::channel::<Said>();
    let (writing, written) = mpsc::channel();
    thread::spawn(move || {
        let _writing = writing;
        for Said { json, answers } in outbox {
            if frame::write(&mut output, &json).is_err() {
                let _ = events.send(Event::End);
                return;
            }
            // The last frame of all is not counted.
            if answers {
                let _ = under_way.try_recv();
            }
        }
    });
    (answers, written)
}
