//! A second process of this executable that performs operations on demand.
//!
//! It is told what to do through a TCP connection (`sendto`, `recvfrom`), so that every file system call it
//! makes is the operation's. Argon2 runs twice, before it says that it is ready; each operation has a thread
//! to itself.
//!
//! Never here: what is done to it.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use host::vault::Vault;
use host::vault::file::{FileError, Store};

use crate::fixture::{self, MASTER, SECOND};
use crate::operation::{ALL, Operation};

const ADDRESS: &str = "COUNTERSIGN_VICTIM";

/// A victim, from outside.
pub(crate) struct Victim {
    child: Child,
    connection: BufReader<TcpStream>,
}

/// What an operation's caller was told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Told {
    /// Nothing: it is dead.
    Dead,
    /// An error, in words.
    Failed(String),
    Ok,
    /// Nothing: it panicked.
    Panicked,
}

/// What came of looking at a file.
#[derive(Debug)]
pub(crate) struct Look {
    /// The error in Rust's words, or `opened`.
    pub(crate) outcome: String,
    pub(crate) took: Duration,
    /// By how much the address space's peak grew: what was allocated, touched or not.
    pub(crate) grown_kib: u64,
}

impl Victim {
    pub(crate) fn spawn() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        // As the host does at its start: a file-size limit is an error, not an end.
        let mut child = Command::new("sh")
            .args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#])
            .arg(env::current_exe().unwrap())
            .args(["--exact", "victim::a_victim_does_what_it_is_told", "--nocapture", "-q"])
            .env(ADDRESS, listener.local_addr().unwrap().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        listener.set_nonblocking(true).unwrap();
        let connection = loop {
            match listener.accept() {
                Ok((connection, _)) => break connection,
                Err(_) => assert_eq!(child.try_wait().unwrap(), None, "the victim did not start"),
            }
            thread::sleep(Duration::from_millis(1));
        };
        connection.set_nonblocking(false).unwrap();
        let mut victim = Self { child, connection: BufReader::new(connection) };
        assert_eq!(victim.line().as_deref(), Some("ready"));
        victim
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Performs an operation on the vault of a folder.
    pub(crate) fn perform(&mut self, operation: Operation, folder: &Path) -> Told {
        self.ask(&format!("{operation:?}"), folder)
    }

    /// Adds the account `after` in the session that an operation has left behind; `None` if it left none.
    pub(crate) fn go_on(&mut self, folder: &Path) -> Option<Told> {
        match self.ask("after", folder) {
            Told::Failed(why) if why == "no session" => None,
            told => Some(told),
        }
    }

    /// Adds `count` accounts named `NAME-0` and so on, one save each; [`Victim::line`] tells of each.
    pub(crate) fn add_many(&mut self, folder: &Path, name: &str, range: Range<usize>) {
        let line = format!("many:{name}:{}:{} {}\n", range.start, range.end, folder.display());
        self.connection.get_mut().write_all(line.as_bytes()).unwrap();
    }

    /// Reads a file and tries the master password on it; nothing else goes on in the process.
    pub(crate) fn look(&mut self, file: &Path) -> Look {
        let line = format!("look {}\n", file.display());
        self.connection.get_mut().write_all(line.as_bytes()).unwrap();
        let line = self.line().expect("a look is survived");
        let [outcome, micros, grown] = line.split('|').collect::<Vec<_>>()[..] else {
            panic!("not a look: {line}")
        };
        Look {
            outcome: outcome.to_owned(),
            took: Duration::from_micros(micros.parse().unwrap()),
            grown_kib: grown.parse().unwrap(),
        }
    }

    fn ask(&mut self, what: &str, folder: &Path) -> Told {
        let line = format!("{what} {}\n", folder.display());
        if self.connection.get_mut().write_all(line.as_bytes()).is_err() {
            return Told::Dead;
        }
        match self.line().as_deref() {
            Some("ok") => Told::Ok,
            Some("panicked") => Told::Panicked,
            Some(line) => Told::Failed(line.to_owned()),
            None => {
                self.child.wait().unwrap();
                Told::Dead
            }
        }
    }

    /// What it says next, unless it is dead.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.connection.read_line(&mut line) {
            Ok(_) if line.ends_with('\n') => Some(line.trim_end().to_owned()),
            _ => None,
        }
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The victim, from inside.
fn serve(address: &str) {
    let mut output = TcpStream::connect(address).unwrap();
    let input = BufReader::new(output.try_clone().unwrap());
    let _ = [MASTER, SECOND].map(fixture::derived);
    let mut say = |line: &str| output.write_all(format!("{line}\n").as_bytes()).unwrap();
    say("ready");
    let mut sessions: HashMap<PathBuf, Vault> = HashMap::new();
    for line in input.lines() {
        let line = line.unwrap();
        let (what, folder) = line.split_once(' ').unwrap();
        let folder = Path::new(folder);
        let told = |done: Result<(), FileError>| match done {
            Ok(()) => "ok".to_owned(),
            Err(err) => format!("{err:?}"),
        };
        if what == "look" {
            let (before, start) = (peak(), Instant::now());
            let store = Store::new(folder);
            let dek = store.read().and_then(|sealed| Ok(sealed.unlock(MASTER)?));
            let took = start.elapsed().as_micros();
            let outcome = dek.map_or_else(|err| format!("{err:?}"), |_| "opened".to_owned());
            say(&format!("{outcome}|{took}|{}", peak() - before));
        } else if what == "after" {
            match sessions.get_mut(folder) {
                Some(vault) => {
                    say(&told(fixture::add(&fixture::store(folder), vault, "after")));
                }
                None => say("no session"),
            }
        } else if let Some(many) = what.strip_prefix("many:") {
            let [name, start, end] = many.split(':').collect::<Vec<_>>()[..] else {
                unreachable!()
            };
            let store = fixture::store(folder);
            let mut vault = fixture::session(&store).unwrap();
            for n in start.parse::<usize>().unwrap()..end.parse().unwrap() {
                let label = format!("{name}-{n}");
                while let Err(err) = fixture::add(&store, &mut vault, &label) {
                    say(&format!("{err:?}"));
                }
                say("ok");
            }
        } else {
            let operation = Operation::named(what);
            let store = fixture::store(folder);
            match thread::spawn(move || operation.perform(&store)).join() {
                Ok((done, vault)) => {
                    sessions.extend(vault.map(|vault| (folder.to_owned(), vault)));
                    say(&told(done));
                }
                Err(_) => say("panicked"),
            }
        }
    }
}

/// Largest address space so far, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_victim_does_what_it_is_told() {
    if let Ok(address) = env::var(ADDRESS) {
        return serve(&address);
    }
    let mut victim = Victim::spawn();
    for operation in ALL {
        let folder = fixture::folder();
        operation.prepare(folder.path());
        assert_eq!(victim.perform(operation, folder.path()), Told::Ok, "{operation:?}");
        operation.check(folder.path(), true).unwrap();
    }
}
