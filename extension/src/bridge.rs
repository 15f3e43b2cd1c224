//! What a popup and the background say to each other, as JSON text through a `runtime` port.
//!
//! The host's answers pass as they came: only the popup that asked reads them.
//!
//! Never here: the host's words (`shared::protocol`), and who does what about them.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::protocol::Event;

use crate::fill::{Filled, Problem, Wanted};

/// Name of the port.
pub const NAME: &str = "popup";

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
    /// A call to the host.
    Host {
        /// Number of the question, of this popup.
        n: u32,
        /// The request's name.
        op: String,
        /// The request with `op` and `p`, without envelope.
        request: Box<RawValue>,
    },
}

/// What the background says.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The host's reply to a question.
    Answer {
        /// Number of the question.
        n: u32,
        /// `shared::protocol::Reply`.
        reply: Box<RawValue>,
    },
    /// The host said something unasked.
    Event(Event),
    /// What became of a fill.
    Filled {
        /// Number of the question; 0 for a shortcut or the context menu, which opened this popup.
        n: u32,
        /// What was filled, or why nothing was.
        outcome: Result<Filled, Problem>,
    },
    /// How things stand with the host.
    Link(Link),
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
