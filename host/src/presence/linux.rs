//! Linux: polkit, which asks for the user's password or, where `pam_fprintd` is set up, a finger.
//!
//! Two questions. The first lets nobody be asked, and must come back as "somebody would have to be": a rule
//! that says yes without asking, and root, to whom all is allowed, prove nobody's presence. The second is
//! the real one.
//!
//! The subject is this process with the time of its start and its user: a process that got its number later
//! is another one.
//!
//! Never here: the action's text (`manifests`).

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::process;

use rustix::process::getuid;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::Value;

use super::{ACTION_FILE, LIMIT, Said};
use crate::stop::Stop;

/// Never `DBUS_SYSTEM_BUS_ADDRESS`: who sets that could answer the question.
const BUS: &str = "unix:path=/run/dbus/system_bus_socket";
const POLKIT: &str = "org.freedesktop.PolicyKit1";
const AUTHORITY: &str = "/org/freedesktop/PolicyKit1/Authority";
const INTERFACE: &str = "org.freedesktop.PolicyKit1.Authority";
const ACTION: &str = "org.countersign.unlock";

/// `CheckAuthorizationFlags`.
const NOBODY_IS_ASKED: u32 = 0;
const SOMEBODY_IS_ASKED: u32 = 1;

#[derive(Clone, Debug)]
pub(super) struct Asker {
    bus: String,
    action: PathBuf,
}

impl Asker {
    pub(super) fn of_system() -> Self {
        Self::at(BUS, Path::new(ACTION_FILE))
    }

    pub(super) fn at(bus: &str, action: &Path) -> Self {
        Self { bus: bus.to_owned(), action: action.to_owned() }
    }

    pub(super) fn is_offered(&self) -> bool {
        let socket = self.bus.strip_prefix("unix:path=");
        let is_socket = |path| fs::metadata(path).is_ok_and(|found| found.file_type().is_socket());
        socket.is_some_and(is_socket) && self.action.is_file()
    }

    pub(super) fn ask(&self, over: &Stop) -> Said {
        if !self.is_offered() {
            return Said::Unable;
        }
        let (Some(started), Ok(connection)) = (started(), self.connect()) else {
            return Said::Unable;
        };
        let id = format!("countersign-{}", process::id());
        let ended = (connection.clone(), id.clone());
        over.then(move || {
            let (connection, id) = ended;
            // The window goes; and with our name on the bus, whatever polkit still does for it.
            let _ = cancel(&connection, &id);
            let _ = connection.close();
        });
        match check(&connection, started, NOBODY_IS_ASKED, "") {
            Ok(Verdict { authorized: false, challenge: true }) => {}
            _ => return Said::Unable,
        }
        match check(&connection, started, SOMEBODY_IS_ASKED, &id) {
            Ok(Verdict { authorized: true, .. }) => Said::Yes,
            Ok(_) => Said::No,
            Err(_) => Said::Unable,
        }
    }

    fn connect(&self) -> zbus::Result<Connection> {
        Builder::address(self.bus.as_str())?.method_timeout(LIMIT).build()
    }
}

/// What polkit says.
struct Verdict {
    authorized: bool,
    /// Somebody would have to be asked.
    challenge: bool,
}

/// `CheckAuthorization`.
fn check(
    connection: &Connection,
    started: u64,
    flags: u32,
    cancellation: &str,
) -> zbus::Result<Verdict> {
    let subject = HashMap::from([
        ("pid", Value::U32(process::id())),
        ("start-time", Value::U64(started)),
        ("uid", Value::I32(getuid().as_raw().cast_signed())),
    ]);
    let details = HashMap::<&str, &str>::new();
    let arguments = (("unix-process", subject), ACTION, details, flags, cancellation);
    let reply = connection.call_method(
        Some(POLKIT),
        AUTHORITY,
        Some(INTERFACE),
        "CheckAuthorization",
        &arguments,
    )?;
    let body = reply.body();
    let (authorized, challenge, _): (bool, bool, HashMap<String, String>) = body.deserialize()?;
    Ok(Verdict { authorized, challenge })
}

/// `CancelCheckAuthorization`, without waiting for the answer.
fn cancel(connection: &Connection, id: &str) -> zbus::Result<()> {
    let call = zbus::Message::method_call(AUTHORITY, "CancelCheckAuthorization")?
        .destination(POLKIT)?
        .interface(INTERFACE)?
        .with_flags(zbus::message::Flags::NoReplyExpected)?
        .build(&(id,))?;
    connection.send(&call)
}

/// When this process began, in clock ticks since the system did: proc(5), `/proc/PID/stat`, field 22.
fn started() -> Option<u64> {
    started_in(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// The name, field 2, may hold anything, parentheses too.
fn started_in(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(22 - 3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_found_behind_any_name() {
        let stat = "17 (a) b) 1 (c) S 1 17 17 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 10 11";
        assert_eq!(started_in(stat), Some(987_654));
        assert_eq!(started_in("17 (a) S 1"), None);
        assert!(0 < started().unwrap());
    }

    #[test]
    fn without_a_bus_or_an_action_nothing_is_offered() {
        let folder = tempfile::tempdir().unwrap();
        let (socket, action) = (folder.path().join("bus"), folder.path().join("action"));
        let address = format!("unix:path={}", socket.display());
        let asker = Asker::at(&address, &action);
        assert!(!asker.is_offered());
        fs::write(&action, "").unwrap();
        fs::write(&socket, "").unwrap();
        assert!(!asker.is_offered());
        fs::remove_file(&socket).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(asker.is_offered());
        assert!(!Asker::at("tcp:host=localhost", &action).is_offered());
    }
}
