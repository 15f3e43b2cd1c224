//! Android's shared preferences: `<map><string name="…">…</string></map>`.
//!
//! Document types and entities beyond XML's five are refused.
//!
//! Never here: which app's preferences they are (`recognise`).

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{ImportError, text};

/// The strings of a file, in its order.
pub(super) struct Preferences(Vec<(String, String)>);

impl Preferences {
    pub(super) fn read(xml: &str) -> Result<Self, ImportError> {
        let mut reader = Reader::from_str(xml);
        let mut strings = Vec::new();
        let mut open: Option<(String, String)> = None;
        let mut depth = 0_usize;
        loop {
            match reader.read_event().map_err(|_| ImportError::Corrupt)? {
                Event::Start(element) => {
                    depth += 1;
                    if 128 < depth {
                        return Err(ImportError::Corrupt);
                    }
                    if element.name().as_ref() == "string" {
                        // Those in a `<set>` have no name, and nobody asks for them.
                        let name = element
                            .attributes()
                            .filter_map(Result::ok)
                            .find(|attribute| attribute.key.as_ref() == "name");
                        open = name.map(|name| (text::unescape_html(&name.value), String::new()));
                    }
                }
                Event::End(element) => {
                    depth = depth.checked_sub(1).ok_or(ImportError::Corrupt)?;
                    if element.name().as_ref() == "string" {
                        strings.extend(open.take());
                    }
                }
                Event::Text(part) => {
                    if let Some((_, value)) = &mut open {
                        value.push_str(&part);
                    }
                }
                Event::GeneralRef(name) => {
                    if let Some((_, value)) = &mut open {
                        value.push(text::entity(&name).ok_or(ImportError::Corrupt)?);
                    }
                }
                Event::CData(part) => {
                    if let Some((_, value)) = &mut open {
                        value.push_str(&part);
                    }
                }
                Event::DocType(_) => return Err(ImportError::Corrupt),
                Event::Eof if depth == 0 => return Ok(Self(strings)),
                Event::Eof => return Err(ImportError::Corrupt),
                _ => {}
            }
        }
    }

    /// Names and values.
    pub(super) fn strings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of the first string whose name ends so.
    pub(super) fn ending_in(&self, end: &str) -> Option<&str> {
        self.strings().find(|(name, _)| name.ends_with(end)).map(|(_, value)| value)
    }
}
