//! A page's end of the line to the background. Popup, side page and desk hold it alike.
//!
//! Never here: what is said on it (`bridge`), and what a page makes of what it hears.

use std::cell::RefCell;

use crate::bridge::{self, Ask, NAME, Told};
use crate::browser::port::{JsPort, Port};

thread_local! {
    static BACKGROUND: RefCell<Option<Port>> = const { RefCell::new(None) };
}

/// What a page does about the line.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The background said something; what follows is the host's reply.
    pub told: fn(Told, String),
    /// The background was ended, by an update or by the browser, and has just been called again.
    pub again: fn(),
}

impl Page {
    fn said(self) -> impl FnMut(String) {
        move |text| {
            if let Ok((told, follows)) = bridge::read::<Told>(&text) {
                (self.told)(told, follows.to_owned());
            }
        }
    }

    fn closed(self) -> impl FnMut(String) {
        move |_| {
            connect(self);
            (self.again)();
        }
    }
}

/// Calls the background, and again whenever the line breaks: it starts when it is called.
pub fn connect(page: Page) {
    BACKGROUND.set(Port::background(NAME, page.said(), page.closed()).ok());
}

/// Goes on with a line that the doorstep opened.
pub fn take_over(port: JsPort, page: Page) {
    BACKGROUND.set(Some(Port::taken_over(port, page.said(), page.closed())));
}

/// Says something.
pub fn say(ask: &Ask, follows: &str) {
    let text = bridge::write(ask, follows);
    BACKGROUND.with_borrow(|port| {
        // A port that has just closed says so through its listener.
        let _ = port.as_ref().map(|port| port.post(&text));
    });
}
