//! Linux: logind on the system bus, the desktops' screen savers on the session bus.
//!
//! One thread for each bus, which only reads: what it wants from logind after the start it asks
//! without waiting, since a reader that waits for an answer while a thousand signals a second stand
//! before it waits for ever.
//!
//! The buses are where `DBUS_SYSTEM_BUS_ADDRESS` and `DBUS_SESSION_BUS_ADDRESS` say, as everywhere.
//! Whoever can set these for us can also start another program in our place. What *opens* something
//! (polkit) must not believe them.
//!
//! Never here: what a lock does, and other people's sessions.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::getuid;
use rustix::time::{ClockId, Timespec, clock_gettime};
use shared::protocol::Why;
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, MessageIterator};
use zbus::export::serde::Serialize;
use zbus::message::Type;
use zbus::zvariant::{DynamicType, OwnedFd, OwnedObjectPath, OwnedValue};
use zbus::{Message, Result};

use super::clock::Readings;
use super::{Bus, Hold, Signal};

const LOGIND: &str = "org.freedesktop.login1";
const LOGIND_PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";
const DBUS: &str = "org.freedesktop.DBus";
const DBUS_PATH: &str = "/org/freedesktop/DBus";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Who says that the screen is locked, and with which word. All but KDE's own carry whether it is;
/// KDE says `ActiveChanged` on freedesktop's interface too, but a moment later.
const SCREEN_SAVERS: [(&str, &str); 6] = [
    ("org.freedesktop.ScreenSaver", "ActiveChanged"),
    ("org.gnome.ScreenSaver", "ActiveChanged"),
    ("org.kde.screensaver", "AboutToLock"),
    ("org.xfce.ScreenSaver", "ActiveChanged"),
    ("org.mate.ScreenSaver", "ActiveChanged"),
    ("org.cinnamon.ScreenSaver", "ActiveChanged"),
];

/// How long an answer may take while a bus is set up.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pauses between attempts to find a bus; the last one again and again.
const PAUSES: [u64; 4] = [1, 2, 5, 30];
/// An inhibitor that was given up is asked for again after so much time awake, whether or not logind
/// said that the computer woke: after hibernation it may not (systemd issue 30666).
const RETAKE: Duration = Duration::from_secs(10);
/// Signals that may wait for the reader.
const QUEUE: usize = 1024;

/// The two threads' ends in the hand of who started them.
pub(super) struct Listener(Vec<Arc<Link>>);

/// One bus, seen from outside its thread.
struct Link {
    bus: Bus,
    state: Mutex<State>,
    /// `stop` was set.
    stopped: Condvar,
}

#[derive(Default)]
struct State {
    stop: bool,
    connection: Option<Connection>,
    inhibitor: Inhibitor,
}

/// logind's delay inhibitor: as long as its file is open, sleep waits.
#[derive(Default)]
struct Inhibitor {
    held: Option<OwnedFd>,
    /// Serial number of the call that asks for one.
    asked: Option<u32>,
    /// When it was given up or asked for.
    since: Option<Instant>,
}

/// What is said of which sender and object.
struct Logind {
    /// Unique name: the system bus lets anybody send signals.
    owner: String,
    session: Option<OwnedObjectPath>,
}

pub(super) fn listen(
    session_id: Option<String>,
    send: impl Fn(Signal) -> bool + Clone + Send + 'static,
) -> Listener {
    let system = Arc::new(Link::new(Bus::System));
    let session = Arc::new(Link::new(Bus::Session));
    let listener = Listener(vec![Arc::clone(&system), Arc::clone(&session)]);
    let sender = send.clone();
    thread::spawn(move || {
        system.run(&sender, |connection| {
            // Everything that arrives from now on.
            let messages = MessageIterator::from(connection.clone());
            let logind = Logind::find(connection, session_id.as_deref())?;
            system.hold(connection);
            let known = logind.session.is_some() || sender(Signal::SessionMissing);
            if known && sender(Signal::BusFound(Bus::System)) {
                system.follow(messages, &sender, |message| logind.read(&system, message));
            }
            Ok(())
        });
    });
    thread::spawn(move || {
        session.run(&send, |connection| {
            // Everything that arrives from now on.
            let messages = MessageIterator::from(connection.clone());
            for (interface, member) in SCREEN_SAVERS {
                subscribe(connection, &format!("interface='{interface}',member='{member}'"))?;
            }
            if send(Signal::BusFound(Bus::Session)) {
                session.follow(messages, &send, |message| {
                    screen_saver(&message).into_iter().collect()
                });
            }
            Ok(())
        });
    });
    listener
}

/// Sleep included, sleep excluded, and the one that a person can set.
pub(super) fn readings() -> Readings {
    let ms = |time: Timespec| time.tv_sec * 1_000 + time.tv_nsec / 1_000_000;
    let since_start = |clock| u64::try_from(ms(clock_gettime(clock))).unwrap_or_default();
    Readings {
        boot_ms: since_start(ClockId::Boottime),
        mono_ms: since_start(ClockId::Monotonic),
        wall_ms: ms(clock_gettime(ClockId::Realtime)),
    }
}

impl Listener {
    /// Asks again for an inhibitor that should have come back by now.
    pub(super) fn tick(&self) {
        for link in &self.0 {
            let mut state = link.state();
            let late = state.inhibitor.held.is_none()
                && state.inhibitor.since.is_some_and(|since| RETAKE < since.elapsed());
            if late {
                state.ask();
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for link in &self.0 {
            let mut state = link.state();
            state.stop = true;
            state.inhibitor = Inhibitor::default();
            let connection = state.connection.take();
            drop(state);
            link.stopped.notify_all();
            if let Some(connection) = connection {
                // It ends the reader's iteration; an error says that it has ended.
                let _ = connection.close();
            }
        }
    }
}

impl Link {
    fn new(bus: Bus) -> Self {
        Self { bus, state: Mutex::default(), stopped: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds the bus, follows it as long as it is there, tells of its end, and looks for it again.
    fn run(
        &self,
        send: &(impl Fn(Signal) -> bool + Clone + Send),
        serve: impl Fn(&Connection) -> Result<()>,
    ) {
        // Whether it was told that the bus was not found, or that it is gone.
        let told = Arc::new(AtomicBool::new(false));
        let mut pauses = 0;
        loop {
            // Not found and lost at once are told apart by whether `serve` came to its end.
            let (sender, is_told) = (send.clone(), Arc::clone(&told));
            let silent = move || {
                // If nobody listens, this is seen at the next try.
                let _ =
                    is_told.swap(true, Ordering::SeqCst) || sender(Signal::BusMissing(self.bus));
            };
            let news = match self.connect(silent).and_then(|connection| serve(&connection)) {
                Ok(()) => {
                    pauses = 0;
                    Some(Signal::BusLost(self.bus))
                }
                Err(_) if told.load(Ordering::SeqCst) => None,
                Err(_) => Some(Signal::BusMissing(self.bus)),
            };
            told.store(true, Ordering::SeqCst);
            let mut state = self.state();
            state.connection = None;
            state.inhibitor = Inhibitor::default();
            if state.stop {
                return;
            }
            drop(state);
            if news.is_some_and(|news| !send(news)) {
                return;
            }
            let pause = Duration::from_secs(PAUSES[pauses]);
            pauses = (pauses + 1).min(PAUSES.len() - 1);
            let waited = self.stopped.wait_timeout_while(self.state(), pause, |state| !state.stop);
            if waited.unwrap_or_else(PoisonError::into_inner).0.stop {
                return;
            }
        }
    }

    /// Connects. Of the greeting nothing limits the time, and whoever listens at the bus's address may say nothing: then
    /// `silent` is done, once, and it is waited on.
    fn connect(&self, silent: impl FnOnce() + Send) -> Result<Connection> {
        let builder = match self.bus {
            Bus::Session => Builder::session()?,
            Bus::System => Builder::system()?,
        };
        let builder = builder.method_timeout(PATIENCE).max_queued(QUEUE);
        let (ends, ended) = mpsc::channel::<()>();
        let connection = thread::scope(|scope| {
            scope.spawn(move || {
                if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    silent();
                }
            });
            let connection = builder.build();
            drop(ends);
            connection
        })?;
        self.state().connection = Some(connection.clone());
        Ok(connection)
    }

    /// Takes the first inhibitor, waiting for it. Where there is none it is asked for again later, and
    /// the net under it is the clocks.
    fn hold(&self, connection: &Connection) {
        let reply =
            connection.call_method(Some(LOGIND), LOGIND_PATH, Some(MANAGER), "Inhibit", &INHIBIT);
        let mut state = self.state();
        state.inhibitor.held = reply.and_then(|reply| reply.body().deserialize()).ok();
        state.inhibitor.since = Some(Instant::now());
    }

    /// Passes on what `read` makes of each message, until the bus is lost or nobody listens.
    fn follow(
        &self,
        messages: MessageIterator,
        send: &impl Fn(Signal) -> bool,
        read: impl Fn(Message) -> Vec<Signal>,
    ) {
        for message in messages.map_while(Result::ok) {
            for signal in read(message) {
                if matches!(signal, Signal::BusLost(_)) || !send(signal) {
                    return;
                }
            }
        }
    }
}

/// what, who, why, mode
const INHIBIT: (&str, &str, &str, &str) =
    ("sleep", "Countersign", "Forgets the keys before the computer sleeps", "delay");

impl State {
    /// Asks for an inhibitor; the answer comes among the messages.
    fn ask(&mut self) {
        self.inhibitor.since = Some(Instant::now());
        let Some(connection) = &self.connection else { return };
        let call = Message::method_call(LOGIND_PATH, "Inhibit")
            .and_then(|call| call.destination(LOGIND))
            .and_then(|call| call.interface(MANAGER))
            .and_then(|call| call.build(&INHIBIT));
        let Ok(call) = call else { return };
        self.inhibitor.asked = Some(call.primary_header().serial_num().get());
        // If it does not arrive, the bus is lost, or the next tick asks again.
        let _ = connection.send(&call);
    }
}

impl Logind {
    fn find(connection: &Connection, session_id: Option<&str>) -> Result<Self> {
        subscribe(
            connection,
            &format!("sender='{DBUS}',member='NameOwnerChanged',arg0='{LOGIND}'"),
        )?;
        // A call starts logind where it is started on demand, which asking for its name does not.
        let by_pid = manager(connection, "GetSessionByPID", &(process::id(),));
        let owner = connection
            .call_method(Some(DBUS), DBUS_PATH, Some(DBUS), "GetNameOwner", &(LOGIND,))?
            .body()
            .deserialize()?;
        let by_id = session_id
            .and_then(|id| manager(connection, "GetSession", &(id,)).ok())
            .filter(|session| user_of(connection, session) == Some(getuid().as_raw()));
        let session = by_id.or(by_pid.ok()).or_else(|| display(connection));

        for member in ["PrepareForSleep", "SessionRemoved"] {
            subscribe(
                connection,
                &format!("sender='{LOGIND}',interface='{MANAGER}',member='{member}'"),
            )?;
        }
        if let Some(path) = &session {
            for (interface, member) in [(SESSION, "Lock"), (PROPERTIES, "PropertiesChanged")] {
                subscribe(
                    connection,
                    &format!(
                        "sender='{LOGIND}',path='{path}',interface='{interface}',member='{member}'"
                    ),
                )?;
            }
        }
        Ok(Self { owner, session })
    }

    /// What a message means. Rules are filters and no proof: whoever can talk to us can send us
    /// anything, so the sender is looked at, too.
    fn read(&self, link: &Link, message: Message) -> Vec<Signal> {
        let header = message.header();
        let (Some(sender), body) = (header.sender(), message.body()) else { return Vec::new() };
        if let Some(serial) = header.reply_serial() {
            let mut state = link.state();
            if state.inhibitor.asked == Some(serial.get()) && sender.as_str() == self.owner {
                state.inhibitor.asked = None;
                // An error is answered with patience: the next tick asks again.
                state.inhibitor.held = body.deserialize().ok();
            }
            return Vec::new();
        }
        if message.message_type() != Type::Signal {
            return Vec::new();
        }
        let interface = header.interface().map_or("", |name| name.as_str());
        let member = header.member().map_or("", |name| name.as_str());
        if sender.as_str() == DBUS && member == "NameOwnerChanged" {
            let gone =
                body.deserialize::<(&str, &str, &str)>().is_ok_and(|(name, ..)| name == LOGIND);
            return if gone { vec![Signal::BusLost(Bus::System)] } else { Vec::new() };
        }
        if sender.as_str() != self.owner {
            return Vec::new();
        }
        let ours = |path: Option<&str>| {
            path.is_some() && path == self.session.as_ref().map(|session| session.as_str())
        };
        let screen_lock = || vec![Signal::Lock { why: Why::ScreenLock, hold: None }];
        match (interface, member) {
            (MANAGER, "PrepareForSleep") => match body.deserialize::<bool>() {
                Ok(false) => {
                    link.state().ask();
                    vec![Signal::Wake]
                }
                // What can't be read is taken for the worse.
                Ok(true) | Err(_) => {
                    let mut state = link.state();
                    state.inhibitor.since = Some(Instant::now());
                    let hold =
                        state.inhibitor.held.take().map(|file| Hold::new(move || drop(file)));
                    vec![Signal::Lock { why: Why::Sleep, hold }]
                }
            },
            (MANAGER, "SessionRemoved") => {
                let removed = body.deserialize::<(String, OwnedObjectPath)>();
                let ours = removed.is_ok_and(|(_, path)| ours(Some(path.as_str())));
                if ours { screen_lock() } else { Vec::new() }
            }
            (SESSION, "Lock") if ours(header.path().map(|path| path.as_str())) => screen_lock(),
            (PROPERTIES, "PropertiesChanged") if ours(header.path().map(|path| path.as_str())) => {
                if locks(&message) {
                    screen_lock()
                } else {
                    Vec::new()
                }
            }
            _ => Vec::new(),
        }
    }
}

/// Whether a session's changed properties say that nobody sits before it: locked, or another session
/// in front. A property that changed to nobody says what counts as well.
fn locks(message: &Message) -> bool {
    type Changed = (String, std::collections::HashMap<String, OwnedValue>, Vec<String>);
    let Ok((interface, changed, invalidated)) = message.body().deserialize::<Changed>() else {
        return true;
    };
    let turned = |name: &str, to: bool| {
        invalidated.iter().any(|invalid| invalid == name)
            || changed.get(name).is_some_and(|value| bool::try_from(value).ok() != Some(!to))
    };
    interface == SESSION && (turned("LockedHint", true) || turned("Active", false))
}

/// What a screen saver's signal means.
fn screen_saver(message: &Message) -> Option<Signal> {
    let header = message.header();
    let (interface, member) = (header.interface()?, header.member()?);
    let known = SCREEN_SAVERS.contains(&(interface.as_str(), member.as_str()));
    // Without an argument, or with one that can't be read, it is taken for a lock.
    let off = message.body().deserialize::<bool>().is_ok_and(|active| !active);
    (known && message.message_type() == Type::Signal && !off)
        .then_some(Signal::Lock { why: Why::ScreenLock, hold: None })
}

fn subscribe(connection: &Connection, rule: &str) -> Result<()> {
    let rule = format!("type='signal',{rule}");
    connection.call_method(Some(DBUS), DBUS_PATH, Some(DBUS), "AddMatch", &(rule,))?;
    Ok(())
}

/// Asks logind for an object.
fn manager<A: Serialize + DynamicType>(
    connection: &Connection,
    method: &str,
    arguments: &A,
) -> Result<OwnedObjectPath> {
    connection
        .call_method(Some(LOGIND), LOGIND_PATH, Some(MANAGER), method, arguments)?
        .body()
        .deserialize()
}

/// A property that is an id and an object.
fn property<I>(
    connection: &Connection,
    path: &str,
    interface: &str,
    name: &str,
) -> Option<(I, OwnedObjectPath)>
where
    (I, OwnedObjectPath): TryFrom<OwnedValue>,
{
    let reply = connection
        .call_method(Some(LOGIND), path, Some(PROPERTIES), "Get", &(interface, name))
        .ok()?;
    reply.body().deserialize::<OwnedValue>().ok()?.try_into().ok()
}

/// Whose session it is.
fn user_of(connection: &Connection, session: &OwnedObjectPath) -> Option<u32> {
    property(connection, session.as_str(), SESSION, "User").map(|(uid, _)| uid)
}

/// The user's graphical session: programs that systemd starts for the user belong to none.
fn display(connection: &Connection) -> Option<OwnedObjectPath> {
    let user = manager(connection, "GetUser", &(getuid().as_raw(),)).ok()?;
    property::<String>(connection, user.as_str(), "org.freedesktop.login1.User", "Display")
        // logind's way to say that there is none.
        .filter(|(id, _)| !id.is_empty())
        .map(|(_, session)| session)
}
