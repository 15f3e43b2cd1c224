//! The desktop portal's double: `org.freedesktop.portal.Screenshot` on a bus that is thrown away, with a person who
//! does what the test says. No machine that runs tests has a desktop; the bus, the calls and the signals are real.
//!
//! Never here: what is on a picture.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use zbus::blocking::connection::Builder;
use zbus::message::Header;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const REQUEST: &str = "org.freedesktop.portal.Request";

/// What the person does when the window is there.
pub(crate) enum Does {
    /// Nothing at all.
    Nothing,
    /// Puts it away.
    PutsAway,
    /// Shows something, of which this makes the picture's file. The answer comes before the call's own.
    Shows(Box<dyn Fn() -> PathBuf + Send>),
    /// Nothing; but somebody else on the bus says that it is this file.
    IsForestalled(PathBuf),
}

/// A portal, for as long as it is held.
pub(crate) struct Portal {
    _connection: zbus::blocking::Connection,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// The options of the last question.
    options: HashMap<String, OwnedValue>,
    /// Questions that were taken back.
    closed: usize,
}

impl Portal {
    pub(crate) fn start(bus: &str, does: Does) -> Result<Self> {
        let seen = Arc::<Mutex<Seen>>::default();
        let screenshot =
            Screenshot { bus: bus.to_owned(), does: Mutex::new(does), seen: Arc::clone(&seen) };
        let connection = Builder::address(bus)?.serve_at(PATH, screenshot)?.name(NAME)?.build()?;
        Ok(Self { _connection: connection, seen })
    }

    /// An option of the last question.
    pub(crate) fn option(&self, name: &str) -> Option<OwnedValue> {
        self.seen().options.get(name).and_then(|value| value.try_clone().ok())
    }

    /// Questions that were taken back.
    pub(crate) fn closed(&self) -> usize {
        self.seen().closed
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Screenshot {
    bus: String,
    does: Mutex<Does>,
    seen: Arc<Mutex<Seen>>,
}

#[zbus::interface(name = "org.freedesktop.portal.Screenshot")]
impl Screenshot {
    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        2
    }

    async fn screenshot(
        &self,
        _parent: &str,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &zbus::Connection,
    ) -> zbus::fdo::Result<OwnedObjectPath> {
        let asker = header.sender().ok_or_else(|| zbus::fdo::Error::Failed("who?".into()))?;
        let asker = OwnedUniqueName::from(asker.to_owned());
        let token = options
            .get("handle_token")
            .and_then(|token| String::try_from(token.try_clone().ok()?).ok());
        let sender = asker.trim_start_matches(':').replace('.', "_");
        let path = format!("{PATH}/request/{sender}/{}", token.unwrap_or_default());
        let path = OwnedObjectPath::try_from(path)
            .map_err(|_| zbus::fdo::Error::Failed("a path".into()))?;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).options = options;
        let request = Request { seen: Arc::clone(&self.seen) };
        connection.object_server().at(&path, request).await?;
        let (by, said) = {
            let does = self.does.lock().unwrap_or_else(PoisonError::into_inner);
            match &*does {
                Does::Nothing => return Ok(path),
                Does::PutsAway => (connection.clone(), (1_u32, HashMap::new())),
                Does::Shows(make) => (connection.clone(), (0, named(make()))),
                Does::IsForestalled(file) => {
                    let other = Builder::address(self.bus.as_str())?.build()?;
                    (other.into_inner(), (0, named(file.clone())))
                }
            }
        };
        by.emit_signal(Some(asker.as_str()), &path, REQUEST, "Response", &said).await?;
        Ok(path)
    }
}

fn named(file: PathBuf) -> HashMap<&'static str, Value<'static>> {
    HashMap::from([("uri", Value::from(format!("file://{}", file.display())))])
}

struct Request {
    seen: Arc<Mutex<Seen>>,
}

#[zbus::interface(name = "org.freedesktop.portal.Request")]
impl Request {
    fn close(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).closed += 1;
    }
}
