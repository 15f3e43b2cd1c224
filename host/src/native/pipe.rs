//! The two threads at the pipe, and a call's envelope.
//!
//! Neither holds up the loop: answers that nobody reads lie in a list, and while there are many, nothing more is
//! read. So a browser that does not read cannot keep the keys from being wiped.
//!
//! Never here: how a frame lies in the pipe (`frame`), what a call asks.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
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
    #[serde(default)]
    pub(super) p: Params,
}

/// What a call brings with it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Params {
    /// Nothing, or `null`.
    #[default]
    Absent,
    /// An object without anything in it.
    Empty,
    /// An object, with lists only where lists belong.
    Object,
    /// Something else. serde would take an array for an object whose fields come in their order.
    Other,
}

impl<'de> Deserialize<'de> for Params {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(raw) = Option::<&RawValue>::deserialize(deserializer)? else {
            return Ok(Self::Absent);
        };
        Ok(match raw.get().strip_prefix('{') {
            Some(rest) if rest.trim_start().starts_with('}') => Self::Empty,
            Some(_) if is_of_objects(raw, false, DEPTH) => Self::Object,
            _ => Self::Other,
        })
    }
}

/// Fields that are lists, wherever they are.
const LISTS: [&str; 8] = ["choices", "ids", "links", "seen", "sends", "sites", "spares", "tags"];
/// Most objects and lists within each other that a call has.
const DEPTH: usize = 4;

/// Whether lists are only where lists belong.
fn is_of_objects(raw: &RawValue, is_list: bool, depth: usize) -> bool {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{' | b'[') if depth == 0 => false,
        Some(b'{') => serde_json::from_str::<BTreeMap<String, &RawValue>>(text).is_ok_and(|all| {
            let mut all = all.iter();
            all.all(|(key, value)| is_of_objects(value, LISTS.contains(&key.as_str()), depth - 1))
        }),
        Some(b'[') => {
            is_list
                && serde_json::from_str::<Vec<&RawValue>>(text)
                    .is_ok_and(|all| all.iter().all(|item| is_of_objects(item, false, depth - 1)))
        }
        _ => true,
    }
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
