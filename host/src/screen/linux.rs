//! Linux: `org.freedesktop.portal.Screenshot`, which every desktop with Wayland has.
//!
//! A call that takes a person's time answers with the path of a request, on which a signal says at last what
//! came of it. The path is known before the call (it follows from our name and a token), and the signal is
//! subscribed to before it, so that it can't come too early.
//!
//! The session bus is where `DBUS_SESSION_BUS_ADDRESS` says: whoever sets that for us could only show us a
//! picture, and what is on it is shown to the person before anything is added.
//!
//! Never here: the picture's content.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;
use url::Url;
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, MessageIterator};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zeroize::Zeroizing;

use crate::random;
use crate::stop::Stop;

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PORTAL_PATH: &str = "/org/freedesktop/portal/desktop";
const SCREENSHOT: &str = "org.freedesktop.portal.Screenshot";
const REQUEST: &str = "org.freedesktop.portal.Request";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const DBUS: &str = "org.freedesktop.DBus";
const DBUS_PATH: &str = "/org/freedesktop/DBus";

/// How long a person may take.
const LIMIT: Duration = Duration::from_secs(120);
/// How long the bus, and then the portal itself, may take for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Largest picture, in bytes: three screens of the largest kind, badly compressed.
const MAX_PICTURE: u64 = 64 * 1024 * 1024;
/// How much older than the question a file may seem: file systems count in steps of up to two seconds.
const GRAIN: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub(super) struct Portal {
    /// `None`: where the environment says.
    bus: Option<String>,
}

impl Portal {
    pub(super) fn of_session() -> Self {
        Self { bus: None }
    }

    pub(super) fn at(bus: &str) -> Self {
        Self { bus: Some(bus.to_owned()) }
    }

    /// A portal has this interface only if the desktop has somebody behind it.
    pub(super) fn is_offered(&self) -> bool {
        let version = || -> zbus::Result<u32> {
            let arguments = (SCREENSHOT, "version");
            let connection = self.connect(PATIENCE)?;
            let reply = connection.call_method(
                Some(PORTAL),
                PORTAL_PATH,
                Some(PROPERTIES),
                "Get",
                &arguments,
            )?;
            let value: OwnedValue = reply.body().deserialize()?;
            Ok(u32::try_from(value)?)
        };
        version().is_ok_and(|version| 1 <= version)
    }

    pub(super) fn take(&self, stop: &Stop, asked: SystemTime) -> Option<Zeroizing<Vec<u8>>> {
        let connection = self.connect(LIMIT).ok()?;
        let (say, said) = mpsc::channel();
        let hang_up = say.clone();
        stop.then(move || {
            // Nobody waits any more if this fails.
            let _ = hang_up.send(None);
        });
        let (line, request) = (connection.clone(), Request::new(&connection)?);
        let path = request.path.clone();
        // On a thread of its own: a bus that takes a call and never answers must not keep this one.
        thread::spawn(move || say.send(request.ask(&line).ok()));
        let uri = said.recv_timeout(LIMIT).ok().flatten();
        // The window goes if it is still there; and with our name on the bus, whatever is still done for it.
        let _ = close(&connection, &path);
        let _ = connection.close();
        read(&file_of(&uri?)?, asked)
    }

    /// Connects within [`PATIENCE`]; each call may take `limit`.
    fn connect(&self, limit: Duration) -> zbus::Result<Connection> {
        let bus = self.bus.clone();
        let connect = move || {
            let builder = match &bus {
                Some(address) => Builder::address(address.as_str())?,
                None => Builder::session()?,
            };
            builder.method_timeout(limit).build()
        };
        let (say, said) = mpsc::channel();
        // On a thread of its own, which is left there: of the greeting nothing limits the time, and whoever listens at the
        // bus's address may say nothing.
        thread::spawn(move || say.send(connect()));
        said.recv_timeout(PATIENCE).unwrap_or(Err(zbus::Error::InvalidReply))
    }
}

/// One question.
struct Request {
    /// A part of the path, which nobody else can guess.
    token: String,
    path: String,
}

impl Request {
    fn new(connection: &Connection) -> Option<Self> {
        let token =
            format!("countersign_{}", data_encoding::HEXLOWER.encode(&random::bytes::<8>()));
        let sender = connection.unique_name()?.trim_start_matches(':').replace('.', "_");
        let path = format!("{PORTAL_PATH}/request/{sender}/{token}");
        Some(Self { token, path })
    }

    /// Where the picture is.
    fn ask(&self, connection: &Connection) -> zbus::Result<String> {
        // Everything that arrives from now on.
        let messages = MessageIterator::from(connection.clone());
        let rule =
            format!("type='signal',sender='{PORTAL}',interface='{REQUEST}',member='Response'");
        connection.call_method(Some(DBUS), DBUS_PATH, Some(DBUS), "AddMatch", &(rule,))?;
        let options = HashMap::from([
            ("handle_token", Value::from(self.token.as_str())),
            ("interactive", Value::from(true)),
            ("modal", Value::from(false)),
        ]);
        let reply = connection.call_method(
            Some(PORTAL),
            PORTAL_PATH,
            Some(SCREENSHOT),
            "Screenshot",
            &("", options),
        )?;
        // Portals before 0.9 chose the path themselves.
        let chosen: OwnedObjectPath = reply.body().deserialize()?;
        let portal = reply.header().sender().map(ToString::to_string);
        for message in messages {
            let message = message?;
            let header = message.header();
            let path = header.path().map(|path| path.as_str());
            // Rules are filters and no proof.
            let is_ours = header.member().is_some_and(|member| member == "Response")
                && header.interface().is_some_and(|interface| interface == REQUEST)
                && header.sender().map(ToString::to_string) == portal
                && (path == Some(&self.path) || path == Some(chosen.as_str()));
            if !is_ours {
                continue;
            }
            let body = message.body();
            let (response, mut results): (u32, HashMap<String, OwnedValue>) = body.deserialize()?;
            // 1: put away, 2: ended in another way.
            let uri = results.remove("uri").filter(|_| response == 0);
            return Ok(String::try_from(uri.ok_or(zbus::Error::InvalidReply)?)?);
        }
        Err(zbus::Error::InvalidReply)
    }
}

/// `Close`, without waiting for the answer.
fn close(connection: &Connection, path: &str) -> zbus::Result<()> {
    let call = zbus::Message::method_call(path, "Close")?
        .destination(PORTAL)?
        .interface(REQUEST)?
        .with_flags(zbus::message::Flags::NoReplyExpected)?
        .build(&())?;
    connection.send(&call)
}

/// The file that an address names on this machine.
fn file_of(uri: &str) -> Option<PathBuf> {
    let url = Url::parse(uri).ok().filter(|url| url.scheme() == "file")?;
    url.to_file_path().ok()
}

/// Reads the picture and takes it away. Only what is a PNG, and was written since it was asked for, is taken
/// for one: whatever the portal names by mistake stays where it is.
fn read(path: &Path, asked: SystemTime) -> Option<Zeroizing<Vec<u8>>> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).ok()?;
    let mut file = File::options().read(true).custom_flags(flags).open(path).ok()?;
    let about = file.metadata().ok()?;
    let is_new =
        about.modified().is_ok_and(|at| asked.checked_sub(GRAIN).is_none_or(|it| it <= at));
    if !about.is_file() || !is_new || MAX_PICTURE < about.len() {
        return None;
    }
    // Room for everything at once: growing would leave copies behind.
    let mut picture = Zeroizing::new(Vec::with_capacity(usize::try_from(about.len()).ok()? + 1));
    (&mut file).take(MAX_PICTURE).read_to_end(&mut picture).ok()?;
    if !picture.starts_with(b"\x89PNG\r\n\x1a\n") {
        return None;
    }
    // In a folder that is read-only it stays, and the picture is good all the same.
    let _ = fs::remove_file(path);
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand so on";

    #[test]
    fn only_a_new_picture_is_read_and_it_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a picture.png");
        fs::write(&path, "").unwrap();
        let asked = fs::metadata(&path).unwrap().modified().unwrap();
        let put = |bytes: &[u8]| fs::write(&path, bytes).unwrap();
        put(PNG);
        assert_eq!(read(&path, asked).unwrap().as_slice(), PNG);
        assert!(!path.exists());
        put(b"dear diary");
        assert!(read(&path, asked).is_none() && path.exists(), "no picture");
        put(PNG);
        let later = asked + Duration::from_secs(60);
        assert!(read(&path, later).is_none() && path.exists(), "it was there before");
        let link = folder.path().join("link.png");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(read(&link, asked).is_none() && path.exists(), "a link");
        assert!(read(folder.path(), asked).is_none(), "a folder");
        let huge = File::create(folder.path().join("huge.png")).unwrap();
        huge.set_len(MAX_PICTURE + 1).unwrap();
        assert!(read(&folder.path().join("huge.png"), asked).is_none());
    }

    #[test]
    fn only_files_of_this_machine_are_named() {
        let path = |uri| file_of(uri);
        assert_eq!(path("file:///tmp/a%20b.png"), Some(PathBuf::from("/tmp/a b.png")));
        for uri in ["file://elsewhere/tmp/a.png", "https://a.example/a.png", "/tmp/a.png", ""] {
            assert_eq!(path(uri), None, "{uri}");
        }
    }

    #[test]
    fn without_a_bus_nothing_is_offered_and_nothing_taken() {
        let portal = Portal::at("unix:path=/nowhere/bus");
        assert!(!portal.is_offered());
        assert!(portal.take(&Stop::default(), SystemTime::UNIX_EPOCH).is_none());
    }
}
