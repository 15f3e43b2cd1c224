//! What a popup and the background say to each other, as text through a `runtime` port: a line of
//! JSON, and for what passes to and from the host the JSON of that as a second line, as it came.
//!
//! Never here: the host's words (`shared::protocol`), and who does what about them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::protocol::Event;

use crate::fill::field::Target;
use crate::fill::{Filled, Problem, Wanted};
use crate::json::{self, Malformed};

/// Name of the port.
pub const NAME: &str = "popup";

/// A message and what follows it. JSON has no line break outside of its strings, and there escapes it.
pub fn write(message: &impl Serialize, follows: &str) -> String {
    let mut text = json::write(message).unwrap_or_default();
    if !follows.is_empty() {
        text.push('\n');
        text.push_str(follows);
    }
    text
}

/// Takes apart what [`write()`] made.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<(T, &str), Malformed> {
    let (message, follows) = text.split_once('\n').unwrap_or((text, ""));
    Ok((json::read(message)?, follows))
}

/// What a popup says.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Look again for the host, after the person did something about it.
    Check,
    /// A code was copied: empty the clipboard later if it is still there.
    Copied {
        /// The code.
        text: String,
        /// Seconds until then.
        after_s: u32,
    },
    /// Put a code into a tab.
    Fill {
        /// Number of the question.
        n: u32,
        /// The tab.
        tab: i32,
        /// The account, if the person chose one.
        account: Option<String>,
        /// The field.
        wanted: Wanted,
    },
    /// Look for accounts on the page of a tab; the host's reply to `scan` is the answer.
    Scan {
        /// Number of the question.
        n: u32,
        /// The tab.
        tab: i32,
        /// Look at the picture first on which the context menu was opened.
        #[serde(default)]
        picture: bool,
    },
    /// What is selected on the page of a tab.
    Selected {
        /// The tab.
        tab: i32,
    },
    /// Show the person which field is meant.
    Point {
        /// The tab.
        tab: i32,
        /// The field.
        target: Target,
    },
    /// A call to the host.
    Host {
        /// Number of the question, of this popup.
        n: u32,
        /// The request's name. The request follows, with `op` and `p`, without envelope.
        op: String,
    },
}

/// What the background says.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The host's reply to a question follows: `shared::protocol::Reply`.
    Answer {
        /// Number of the question.
        n: u32,
    },
    /// The host said something unasked.
    Event(Event),
    /// What became of a fill, or why a page could not be looked at.
    Filled {
        /// Number of the question; 0 for a shortcut or the context menu, which opened this popup.
        n: u32,
        /// What was filled, or why nothing was.
        outcome: Result<Filled, Problem>,
    },
    /// The context menu wants this screen of the side page, as soon as the vault is open.
    Go(String),
    /// How things stand with the host.
    Link(Link),
    /// What is selected on the page.
    Selected(String),
    /// A question will not be answered: the host is gone, or took too long.
    Lost {
        /// Number of the question.
        n: u32,
    },
}

/// How things stand with the host.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// It was started, or will be again soon.
    Connecting,
    /// It speaks only newer versions of the protocol.
    ExtensionTooOld,
    /// It is there, but its manifest does not name this extension.
    Forbidden,
    /// It speaks only older versions.
    HostTooOld,
    /// The browser knows no such host, or can't start it.
    Missing,
    /// It does not answer, or ends again and again.
    Silent,
    /// It answers.
    Up {
        /// Its version.
        host_version: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_popup_says_is_written_as_serde_json_writes_it() {
        let target = Target { frame: -1, inputs: vec![0, 7, u32::MAX], label: "\"\u{1}\n".into() };
        let (account, wanted) = (Some("\\".to_owned()), Wanted::Confirmed(target.clone()));
        for ask in [
            Ask::Check,
            Ask::Copied { text: "123456".into(), after_s: 30 },
            Ask::Fill { n: 1, tab: 2, account: None, wanted: Wanted::Focused },
            Ask::Fill { n: 1, tab: 2, account, wanted },
            Ask::Point { tab: i32::MIN, target },
            Ask::Scan { n: 3, tab: 4, picture: true },
            Ask::Host { n: u32::MAX, op: "lock".into() },
        ] {
            let text = serde_json::to_string(&ask).unwrap();
            assert_eq!(write(&ask, ""), text);
            assert_eq!(write(&ask, "{}"), format!("{text}\n{{}}"));
        }
    }
}
