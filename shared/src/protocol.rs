//! The native messaging protocol, version 1: every word that crosses the browser's door.
//!
//! A frame is a length and a JSON object (`host/src/frame.rs`). From the extension comes a [`Call`],
//! `{"v":1,"id":7,"op":"unlock","p":{…}}`; back go a [`Reply`] with the same id,
//! `{"v":1,"id":7,"ok":…}` or `{"v":1,"id":7,"err":{"code":"locked"}}`, and, unasked, an [`Event`],
//! `{"v":1,"ev":{"locked":{"why":"sleep"}}}`. `shared/PROTOCOL.md` is the same for other people.
//!
//! No answer carries a seed as text: [`Response`] is `Clone` and [`Secret`](crate::Secret) is not. `recovery`, `spares` and
//! the desk's `qr` carry a secret on purpose: it is for a person's eyes.
//!
//! Never here: what a request means, and anything that does I/O.

mod account;
pub mod desk;
#[cfg(test)]
mod document;
mod flat;
mod op;
mod refusal;
mod request;
mod response;
#[cfg(test)]
mod told;

pub use account::*;
pub use op::*;
pub use refusal::*;
pub use request::*;
pub use response::*;

/// The version that this build speaks, and the only one so far.
pub const VERSION: u32 = 1;

/// Native messaging name of the host, as in its manifest.
pub const HOST_NAME: &str = "org.countersign.host";
/// Id of the extension in Chromium browsers; it follows from `key` in `manifests/extension.chromium.json`.
pub const CHROMIUM_ID: &str = "chfgglagpoinekghaedojlhflbiidjep";
/// Id of the add-on in Firefox; the same as in `manifests/extension.firefox.json`.
pub const FIREFOX_ID: &str = "countersign@countersign.org";

/// Longest request in bytes.
pub const MAX_REQUEST: usize = 256 * 1024;
/// Longest answer in bytes; a longer list is paged.
pub const MAX_RESPONSE: usize = 256 * 1024;
/// Most account ids in one [`Request::Codes`], most accounts in one page.
pub const MAX_ITEMS: usize = 200;
/// Shortest PIN, in characters.
pub const MIN_PIN: usize = 4;
/// Longest PIN, in characters.
pub const MAX_PIN: usize = 64;
/// Most account ids in one [`Request::Pictures`]: as many as fit into an answer.
pub const MAX_PICTURES: usize = 16;
/// Wrong PINs after which it is forgotten.
pub const PIN_TRIES: u32 = 5;
/// Most user names in one [`FillPage`].
pub const MAX_SEEN: usize = 16;
/// Longest description of a field in [`FillPage`], in bytes.
pub const MAX_FIELD: usize = 1024;
/// Most addresses in one [`Scan`].
pub const MAX_LINKS: usize = 16;
/// Largest `id` of a call: JavaScript's `Number.MAX_SAFE_INTEGER`.
pub const MAX_ID: u64 = (1 << 53) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_has_the_documented_form() {
        let call: Call =
            serde_json::from_str(r#"{"v":1,"id":7,"op":"unlock","p":{"password":"x"}}"#).unwrap();
        assert!(matches!(call.request, Request::Unlock(ref u) if u.password.expose() == "x"));
        let call: Call = serde_json::from_str(r#"{"v":1,"id":8,"op":"lock"}"#).unwrap();
        assert!(matches!(call.request, Request::Lock));
        let reply = Reply::new(Some(7), Err(Refusal::Locked));
        assert_eq!(
            serde_json::to_string(&reply).unwrap(),
            r#"{"v":1,"id":7,"err":{"code":"locked"}}"#
        );
        let reply = Reply::new(Some(7), Ok(Response::Done));
        assert_eq!(serde_json::to_string(&reply).unwrap(), r#"{"v":1,"id":7,"ok":"done"}"#);
        let notice = Notice { v: 1, ev: Event::Locked { why: Why::Sleep } };
        assert_eq!(
            serde_json::to_string(&notice).unwrap(),
            r#"{"v":1,"ev":{"locked":{"why":"sleep"}}}"#
        );
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let text = r#"{"v":1,"id":7,"op":"delete","p":{"id":"00","really":true}}"#;
        assert!(serde_json::from_str::<Call>(text).is_err());
    }
}
