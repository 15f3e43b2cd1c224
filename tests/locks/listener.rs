//! The listeners in a process of their own, whose environment names the buses; and its end of the pipe.
//!
//! The process is this test once more, told by a variable to be the listener.
//!
//! Never here: what the listeners should hear.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use ::host::locks::{Signal, Watch, Watchers, watch};
use anyhow::{Context as _, Result, bail};
use tests::wait::LONG;

/// Names the state directory, and makes of the test a listener.
const STATE: &str = "LOCKS_LISTENER";
/// Before everything that the listener says: the test's frame writes to the same place.
const MARK: &str = "» ";

/// A running listener.
pub(crate) struct Listener {
    child: Child,
    said: Receiver<String>,
}

/// What a listener is started with.
#[derive(Default)]
pub(crate) struct Start<'a> {
    pub(crate) system: Option<&'a str>,
    pub(crate) session: Option<&'a str>,
    pub(crate) session_id: Option<&'a str>,
    pub(crate) state: Option<&'a Path>,
}

impl Start<'_> {
    pub(crate) fn listen(&self) -> Result<Listener> {
        let nowhere = Path::new("/nowhere");
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["--exact", "the_listener_as_a_process", "--nocapture"])
            .env(STATE, self.state.unwrap_or(nowhere))
            .env("DBUS_SYSTEM_BUS_ADDRESS", self.system.unwrap_or("unix:path=/nowhere"))
            .env("DBUS_SESSION_BUS_ADDRESS", self.session.unwrap_or("unix:path=/nowhere"))
            .env_remove("XDG_SESSION_ID");
        if let Some(id) = self.session_id {
            command.env("XDG_SESSION_ID", id);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(child.stdout.take().context("no standard output")?);
        let (sender, said) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let Some((_, said)) = line.split_once(MARK) else { continue };
                if sender.send(said.to_owned()).is_err() {
                    break;
                }
            }
        });
        Ok(Listener { child, said })
    }
}

impl Listener {
    /// What it says next.
    pub(crate) fn next(&self) -> Result<String> {
        self.said.recv_timeout(LONG).context("the listener says nothing")
    }

    /// Waits for these, in any order: the two buses know nothing of one another.
    pub(crate) fn expect(&self, wanted: &[&str]) -> Result<()> {
        let mut wanted = wanted.to_vec();
        while !wanted.is_empty() {
            let said = self.next()?;
            let Some(place) = wanted.iter().position(|wanted| *wanted == said) else {
                bail!("it said `{said}`, and not one of {wanted:?}");
            };
            wanted.remove(place);
        }
        Ok(())
    }

    /// Says nothing for a moment. It is a proof only together with something that is said after it.
    pub(crate) fn is_silent(&self, limit: Duration) -> bool {
        self.said.recv_timeout(limit).is_err()
    }

    /// Tells it something: see [`listen`].
    pub(crate) fn tell(&mut self, what: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("no standard input")?;
        writeln!(input, "{what}")?;
        Ok(input.flush()?)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Both fail only for what is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process itself: says what it hears, and does as it is told: `wiped` ends the oldest hold,
/// `everywhere` locks the others, `stop` ends the listeners.
pub(crate) fn listen() {
    let Some(state) = std::env::var_os(STATE) else { return };
    let (hold, held) = mpsc::channel();
    let session_id = std::env::var("XDG_SESSION_ID").ok();
    let what = Watch { state_dir: state.into(), session_id };
    let watchers = watch(what, move |signal| {
        let text = match &signal {
            Signal::Lock { why, hold } => {
                format!("lock {why:?}{}", if hold.is_some() { " held" } else { "" })
            }
            other => format!("{other:?}"),
        };
        if let Signal::Lock { hold: Some(inhibitor), .. } = signal {
            let _ = hold.send(inhibitor);
        }
        say(&text)
    });
    let mut watchers = Some(watchers);
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        match line.as_str() {
            "wiped" => drop(held.recv()),
            "everywhere" => {
                let done = watchers.as_ref().map(Watchers::lock_everywhere);
                say(if matches!(done, Some(Ok(()))) { "told" } else { "not told" });
            }
            "stop" => watchers = None,
            _ => (),
        }
    }
}

/// Standard output itself and not `println`, which the test's frame would keep.
fn say(what: &str) -> bool {
    let mut output = io::stdout().lock();
    writeln!(output, "\n{MARK}{what}").and_then(|()| output.flush()).is_ok()
}
