//! A message bus that is thrown away, and the services that a test wants on it.
//!
//! Never here: the real buses.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail};
use shared::protocol::CHROMIUM_ID;
use tempfile::TempDir;
use tests::home::Home;
use tests::port::Port;
use tests::process::Process;
use tests::skip::skip;
use tests::wait::{LONG, until};
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::export::serde::Serialize;
use zbus::zvariant::{DynamicType, OwnedValue, Value};

const LOGIND: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const POLKIT: &str = "org.freedesktop.PolicyKit1";
const AUTHORITY: &str = "org.freedesktop.PolicyKit1.Authority";
const MOCK: &str = "org.freedesktop.DBus.Mock";

/// Our action, as `install --system` writes it.
pub(crate) const POLICY: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../manifests/org.countersign.policy");
/// polkit for an action that wants somebody to be asked: yes if the template allows it.
pub(crate) const ASKS: &str = "
asks = bool(args[3] & 1)
said = asks and args[1] in self.allowed
ret = dbus.Struct((said, not asks, dbus.Dictionary({}, signature='ss')), signature='bba{ss}')
";
/// The action's name.
pub(crate) const ACTION: &str = "org.countersign.unlock";

/// The session that the tests call their own.
pub(crate) const OURS: &str = "/org/freedesktop/login1/session/c1";
/// Somebody else's.
pub(crate) const FOREIGN: &str = "/org/freedesktop/login1/session/c2";

/// A `dbus-daemon` of its own, with what runs on it.
pub(crate) struct Bus {
    folder: TempDir,
    daemon: Option<Process>,
    mock: Option<Process>,
    polkit: Option<Process>,
}

impl Bus {
    /// A bus on which nobody is.
    pub(crate) fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut bus = Self { folder, daemon: None, mock: None, polkit: None };
        bus.restart()?;
        Ok(bus)
    }

    /// A bus with logind, which has a session `c1` of this user and a session `c2` of another.
    pub(crate) fn with_logind() -> Result<Self> {
        let mut bus = Self::start()?;
        bus.start_logind()?;
        Ok(bus)
    }

    /// The beginning of a command line that puts a program into a file system of its own, in which this bus is the
    /// system's and polkit knows our action. `None` where only others may mount. What `folder` holds is used up.
    pub(crate) fn as_systems(&self, folder: &TempDir) -> Option<Vec<String>> {
        const SCRIPT: &str = r#"set -e
            mkdir -p "$1/upper/polkit-1/actions" "$1/work"
            cp "$2" "$1/upper/polkit-1/actions/org.countersign.policy"
            mount -t overlay overlay -o "lowerdir=/usr/share,upperdir=$1/upper,workdir=$1/work" /usr/share
            mount -t tmpfs none /run
            mkdir /run/dbus
            ln -s "$3" /run/dbus/system_bus_socket
            shift 3
            exec "$@""#;
        let socket = self.folder.path().join("bus");
        let by = |folder: &TempDir| {
            let mut by =
                ["unshare", "--mount", "sh", "-c", SCRIPT, "sh"].map(str::to_owned).to_vec();
            let more = [folder.path(), POLICY.as_ref(), &socket];
            by.extend(more.map(|path| path.display().to_string()));
            by
        };
        // A folder for the trial, which leaves its own behind.
        let trial = by(&tempfile::tempdir().ok()?);
        let tried = Command::new(&trial[0]).args(&trial[1..]).arg("true").output();
        if tried.is_ok_and(|output| output.status.success()) {
            return Some(by(folder));
        }
        skip("no file system can be mounted here (it takes root)");
        None
    }

    /// Where it is, as the environment says it.
    pub(crate) fn address(&self) -> String {
        format!("unix:path={}", self.folder.path().join("bus").display())
    }

    /// Ends it, and everything on it.
    pub(crate) fn kill(&mut self) {
        self.mock = None;
        self.polkit = None;
        self.daemon = None;
    }

    /// Starts it at its old address.
    pub(crate) fn restart(&mut self) -> Result<()> {
        let socket = self.folder.path().join("bus");
        // There is none yet, or it is the last one's.
        let _ = fs::remove_file(&socket);
        let address = format!("--address={}", self.address());
        self.daemon = Some(Process::start(
            Command::new("dbus-daemon")
                .args(["--session", "--nofork", "--nopidfile", &address])
                // Root's says that it may not raise a limit, and goes on.
                .stderr(Stdio::null()),
        )?);
        until("the bus", LONG, || Ok(socket.exists().then_some(())))
    }

    pub(crate) fn start_logind(&mut self) -> Result<()> {
        self.mock = Some(Process::start(
            Command::new(dbusmock()?)
                .args(["-m", "dbusmock", "--system", "--template", "logind"])
                .env("DBUS_SYSTEM_BUS_ADDRESS", self.address())
                .stdout(Stdio::null()),
        )?);
        let uid = rustix::process::getuid().as_raw();
        until("logind", LONG, || {
            self.manager(MOCK, "AddSession", &("c1", "seat0", uid, "somebody", true)).map(Some)
        })?;
        self.manager(MOCK, "AddSession", &("c2", "seat1", uid + 1, "another", true))
    }

    /// polkit, with what `CheckAuthorization` does, in Python; as the template has it for an empty text.
    pub(crate) fn start_polkit(&mut self, check: &str) -> Result<()> {
        if self.polkit.is_none() {
            self.polkit = Some(Process::start(
                Command::new(dbusmock()?)
                    .args(["-m", "dbusmock", "--system", "--template", "polkitd"])
                    .env("DBUS_SYSTEM_BUS_ADDRESS", self.address())
                    .stdout(Stdio::null()),
            )?);
            until("polkit", LONG, || self.polkit_allows(&[]).map(Some))?;
            let cancel = (AUTHORITY, "CancelCheckAuthorization", "s", "", "");
            self.polkit(MOCK, "AddMethod", &cancel)?;
        }
        if check.is_empty() {
            return Ok(());
        }
        let method = (AUTHORITY, "CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", check);
        self.polkit(MOCK, "AddMethod", &method).map(drop)
    }

    /// What polkit allows, if somebody is asked.
    pub(crate) fn polkit_allows(&self, actions: &[&str]) -> Result<()> {
        self.polkit(MOCK, "SetAllowed", &(actions,)).map(drop)
    }

    /// The arguments of all calls of a method so far.
    pub(crate) fn polkit_calls(&self, method: &str) -> Result<Vec<Vec<OwnedValue>>> {
        let reply = self.polkit(MOCK, "GetMethodCalls", &(method,))?;
        let calls: Vec<(u64, Vec<OwnedValue>)> = reply.body().deserialize()?;
        Ok(calls.into_iter().map(|(_, arguments)| arguments).collect())
    }

    fn polkit<A: Serialize + DynamicType>(
        &self,
        interface: &str,
        method: &str,
        arguments: &A,
    ) -> Result<zbus::Message> {
        let path = "/org/freedesktop/PolicyKit1/Authority";
        Ok(self.connect()?.call_method(Some(POLKIT), path, Some(interface), method, arguments)?)
    }

    pub(crate) fn connect(&self) -> Result<Connection> {
        Ok(Builder::address(self.address().as_str())?.build()?)
    }

    /// Calls something of logind's.
    pub(crate) fn call<A: Serialize + DynamicType>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        arguments: &A,
    ) -> Result<()> {
        self.connect()?.call_method(Some(LOGIND), path, Some(interface), method, arguments)?;
        Ok(())
    }

    /// Calls something of its manager's.
    pub(crate) fn manager<A: Serialize + DynamicType>(
        &self,
        interface: &str,
        method: &str,
        arguments: &A,
    ) -> Result<()> {
        self.call("/org/freedesktop/login1", interface, method, arguments)
    }

    /// `PrepareForSleep`: the computer goes to sleep, or woke.
    pub(crate) fn sleep(&self, begins: bool) -> Result<()> {
        let arguments = vec![Value::from(begins)];
        self.manager(MOCK, "EmitSignal", &(MANAGER, "PrepareForSleep", "b", arguments))
    }

    /// Says something in a session's name.
    pub(crate) fn session<A: Serialize + DynamicType>(
        &self,
        path: &str,
        method: &str,
        arguments: &A,
    ) -> Result<()> {
        self.call(path, "org.freedesktop.login1.Session", method, arguments)
    }

    /// A session comes to the front or goes to the back.
    pub(crate) fn set_active(&self, path: &str, active: bool) -> Result<()> {
        let properties = std::collections::HashMap::from([("Active", Value::from(active))]);
        self.call(path, MOCK, "UpdateProperties", &("org.freedesktop.login1.Session", properties))
    }

    /// Gives logind's manager a method that returns a path.
    pub(crate) fn answer(&self, method: &str, takes: &str, path: &str) -> Result<()> {
        let code = format!("ret = dbus.ObjectPath('{path}')");
        self.manager(MOCK, "AddMethod", &(MANAGER, method, takes, "o", code))
    }

    /// A host as a browser starts it, in our session on this bus and without a session bus.
    pub(crate) fn port(&self, home: &Home) -> Result<Port> {
        self.port_by(home, &[])
    }

    /// The same, started by another program: its name and arguments.
    pub(crate) fn port_by(&self, home: &Home, by: &[&str]) -> Result<Port> {
        let mut command = match by {
            [] => home.command(home.host()),
            [program, arguments @ ..] => {
                let mut command = home.command(program);
                command.args(arguments).arg(home.host());
                command
            }
        };
        command
            .arg(format!("chrome-extension://{CHROMIUM_ID}/"))
            .env("DBUS_SYSTEM_BUS_ADDRESS", self.address())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
            .env("XDG_SESSION_ID", "c1");
        let mut port = Port::start(&mut command)?;
        port.hello()?;
        Ok(port)
    }

    /// How many delay inhibitors are held.
    pub(crate) fn inhibitors(&self) -> Result<usize> {
        type List = Vec<(String, String, String, String, u32, u32)>;
        let reply = self.connect()?.call_method(
            Some(LOGIND),
            "/org/freedesktop/login1",
            Some(MANAGER),
            "ListInhibitors",
            &(),
        )?;
        let list: List = reply.body().deserialize()?;
        let ours = |(what, who, _, mode, ..): &&(String, String, String, String, u32, u32)| {
            what == "sleep" && who == "Countersign" && mode == "delay"
        };
        Ok(list.iter().filter(ours).count())
    }

    /// Waits until so many are.
    pub(crate) fn expect_inhibitors(&self, wanted: usize) -> Result<()> {
        until(&format!("{wanted} inhibitors"), LONG, || {
            Ok((self.inhibitors()? == wanted).then_some(()))
        })
    }
}

/// A Python that has python-dbusmock; made beside the tests when it is missing.
fn dbusmock() -> Result<&'static Path> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| install().map_err(|error| format!("{error:#}")));
    python.as_deref().map_err(|error| anyhow::anyhow!("no python-dbusmock: {error}"))
}

fn install() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let target = test.ancestors().nth(3).context("a test without a target folder")?;
    let folder = target.join("python-dbusmock");
    fs::create_dir_all(&folder)?;
    let python = folder.join("bin/python");
    // Two suites may want it at once.
    let lock = File::create(folder.join("lock"))?;
    lock.lock()?;
    let there = || {
        Command::new(&python)
            .args(["-c", "import dbusmock"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if there() {
        return Ok(python);
    }
    let run = |command: &mut Command| {
        let output = command.output()?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    };
    // The system's own Python: its bindings to D-Bus and GLib can't be built everywhere.
    run(Command::new("/usr/bin/python3")
        .args(["-m", "venv", "--system-site-packages"])
        .arg(&folder))?;
    run(Command::new(folder.join("bin/pip")).args([
        "install",
        "--quiet",
        "--no-deps",
        "python-dbusmock==0.38.1",
    ]))?;
    if !there() {
        bail!("please install the Debian packages python3-dbus, python3-gi and python3-venv");
    }
    Ok(python)
}
