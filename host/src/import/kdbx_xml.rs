//! The XML inside a KeePass database: groups, entries and their strings, with the protected ones opened.
//!
//! Read as a stream: protected values are under one key stream, in the order of the document.
//!
//! Never here: which strings are codes (`kdbx_entry`).

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use salsa20::Salsa20;
use sha2::{Digest, Sha256, Sha512};

use super::item::Found;
use super::kdbx_entry::{self, Entry};
use super::{ImportError, item, text};

const CORRUPT: ImportError = ImportError::Corrupt;
/// Longest name of a group, in bytes.
const MAX_NAME: usize = 1024;
/// Deepest XML: groups nest one level each.
const MAX_DEPTH: usize = 256;

/// What protected values are under.
pub(super) enum InnerStream {
    ChaCha20(Box<ChaCha20>),
    None,
    Salsa20(Box<Salsa20>),
}

impl InnerStream {
    pub(super) fn new(id: u32, key: &[u8]) -> Result<Self, ImportError> {
        match id {
            0 => Ok(Self::None),
            2 => {
                let nonce = b"\xe8\x30\x09\x4b\x97\x20\x5d\x2a";
                let stream = Salsa20::new_from_slices(&Sha256::digest(key), nonce);
                Ok(Self::Salsa20(Box::new(stream.map_err(|_| CORRUPT)?)))
            }
            3 => {
                let hash = Sha512::digest(key);
                let stream = ChaCha20::new_from_slices(&hash[..32], &hash[32..44]);
                Ok(Self::ChaCha20(Box::new(stream.map_err(|_| CORRUPT)?)))
            }
            _ => Err(ImportError::UnsupportedVersion),
        }
    }

    fn open(&mut self, value: &str) -> Result<String, ImportError> {
        String::from_utf8(self.bytes(value)?).map_err(|_| CORRUPT)
    }

    /// Goes past a value that nobody asks for.
    fn skip(&mut self, value: &str) -> Result<(), ImportError> {
        self.bytes(value).map(|_| ())
    }

    fn bytes(&mut self, value: &str) -> Result<Vec<u8>, ImportError> {
        let mut bytes = text::base64(value).ok_or(CORRUPT)?;
        let result = match self {
            Self::ChaCha20(stream) => stream.try_apply_keystream(&mut bytes),
            Self::None => Ok(()),
            Self::Salsa20(stream) => stream.try_apply_keystream(&mut bytes),
        };
        result.map_err(|_| CORRUPT)?;
        Ok(bytes)
    }
}

/// Where the reader is.
#[derive(Default)]
struct State {
    /// Names of the open elements.
    path: Vec<String>,
    /// Names and ids of the open groups.
    groups: Vec<(String, String)>,
    /// The open entries: one, and one more inside its history.
    entries: Vec<Entry>,
    key: String,
    text: String,
    is_protected: bool,
    recycle_bin: String,
}

/// An export that is this XML as it is: nothing in it is sealed.
pub(super) fn read_export(xml: &str, found: &mut Found) -> Result<(), ImportError> {
    read(xml.as_bytes(), InnerStream::None, None, found)
}

/// Whether a text is such an export.
pub(super) fn is_export(text: &str) -> bool {
    let start = &text.as_bytes()[..text.len().min(2048)];
    start.windows(12).any(|window| window == b"<KeePassFile")
}

pub(super) fn read(
    xml: &[u8],
    mut stream: InnerStream,
    header_hash: Option<&[u8]>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let mut reader = Reader::from_str(std::str::from_utf8(xml).map_err(|_| CORRUPT)?);
    let mut state = State::default();
    let mut is_done = false;
    loop {
        match reader.read_event().map_err(|_| CORRUPT)? {
            Event::Start(element) => state.open(&element)?,
            Event::Empty(element) => {
                state.open(&element)?;
                state.close(&mut stream, header_hash, found)?;
            }
            Event::End(_) => {
                state.close(&mut stream, header_hash, found)?;
                is_done |= state.path.is_empty();
            }
            Event::Text(part) => state.text.push_str(&part),
            Event::CData(part) => state.text.push_str(&part),
            Event::GeneralRef(name) => {
                state.text.push(text::entity(&name).ok_or(CORRUPT)?);
            }
            Event::DocType(_) => return Err(CORRUPT),
            Event::Eof if is_done => return Ok(()),
            Event::Eof => return Err(CORRUPT),
            _ => {}
        }
    }
}

impl State {
    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), ImportError> {
        if MAX_DEPTH < self.path.len() {
            return Err(CORRUPT);
        }
        let name = element.name().as_ref().to_owned();
        match name.as_str() {
            "Group" => self.groups.push(Default::default()),
            "Entry" => self.entries.push(Entry::default()),
            "Binary" | "Value" => {
                self.is_protected = element.attributes().filter_map(Result::ok).any(|attribute| {
                    attribute.key.as_ref() == "Protected"
                        && attribute.value.eq_ignore_ascii_case("true")
                });
            }
            _ => {}
        }
        self.text.clear();
        self.path.push(name);
        Ok(())
    }

    fn close(
        &mut self,
        stream: &mut InnerStream,
        header_hash: Option<&[u8]>,
        found: &mut Found,
    ) -> Result<(), ImportError> {
        let name = self.path.pop().ok_or(CORRUPT)?;
        let parent = self.path.last().map_or("", String::as_str);
        let value = std::mem::take(&mut self.text);
        match (parent, name.as_str()) {
            ("Meta", "RecycleBinUUID") => self.recycle_bin = value,
            // Version 3 has no other seal on its header.
            ("Meta", "HeaderHash") => {
                let stated = text::base64(&value).unwrap_or_default();
                if header_hash.is_some_and(|hash| !stated.is_empty() && stated != hash) {
                    return Err(CORRUPT);
                }
            }
            ("Group", "Name") => {
                if let Some(group) = self.groups.last_mut() {
                    // It is copied to each account in it.
                    group.0 = item::cut(&value, MAX_NAME).to_owned();
                }
            }
            ("Group", "UUID") => {
                if let Some(group) = self.groups.last_mut() {
                    group.1 = value;
                }
            }
            ("String", "Key") => self.key = value,
            (_, "Value") => {
                let is_protected = std::mem::take(&mut self.is_protected);
                let value = if is_protected { stream.open(&value)? } else { value };
                if let (Some(entry), "String") = (self.entries.last_mut(), parent) {
                    entry.add(std::mem::take(&mut self.key), value);
                }
            }
            // Attachments of version 3 may be protected, too: all share one key stream.
            (_, "Binary") if std::mem::take(&mut self.is_protected) => stream.skip(&value)?,
            (_, "Entry") => {
                let entry = self.entries.pop().ok_or(CORRUPT)?;
                // An entry inside another is its history.
                if self.entries.is_empty() {
                    self.take(&entry, found)?;
                }
            }
            (_, "Group") => {
                self.groups.pop().ok_or(CORRUPT)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn take(&self, entry: &Entry, found: &mut Found) -> Result<(), ImportError> {
        // The first group is the database itself.
        let tags: Vec<String> = self.groups.iter().skip(1).map(|(name, _)| name.clone()).collect();
        let is_trashed = !self.recycle_bin.is_empty()
            && self.groups.iter().any(|(_, id)| *id == self.recycle_bin);
        kdbx_entry::take(entry, &tags, is_trashed, found)
    }
}
