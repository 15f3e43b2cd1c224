//! `strace`, attached to a victim: it kills it at a system call, or lets the call fail.
//!
//! It counts the calls of each thread by itself, and a victim performs each operation on a new thread: the
//! first call is the operation's first.
//!
//! Never here: what the victim does.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A tracer at work.
pub(crate) struct Strace {
    child: Child,
    log: PathBuf,
    /// Kept open: it still says that it detaches.
    _stderr: BufReader<ChildStderr>,
    _folder: TempDir,
}

/// What happens to a call.
#[derive(Clone, Debug)]
pub(crate) struct Injection {
    /// Name of the call.
    pub(crate) call: String,
    /// As in `strace`'s manual: `signal=KILL`, `error=EIO`, `retval=0`.
    pub(crate) what: String,
    /// Which, from 1; `2+` is all from the second.
    pub(crate) when: String,
}

impl Injection {
    pub(crate) fn new(call: &str, what: &str, when: impl ToString) -> Self {
        Self { call: call.to_owned(), what: what.to_owned(), when: when.to_string() }
    }
}

impl Strace {
    /// Attaches to all threads, present and future. Without injections it only notes the calls.
    pub(crate) fn attach(pid: u32, injections: &[Injection]) -> Self {
        Self::attach_with(pid, injections, &[])
    }

    /// The same, of calls that have to do with one path alone.
    pub(crate) fn attach_at(pid: u32, path: &Path, injections: &[Injection]) -> Self {
        Self::attach_with(pid, injections, &["-P".as_ref(), path.as_os_str()])
    }

    fn attach_with(pid: u32, injections: &[Injection], options: &[&OsStr]) -> Self {
        let folder = crate::fixture::folder();
        let log = folder.path().join("log");
        let mut command = Command::new("strace");
        command
            .args(["-f", "-e", "signal=none", "-p", &pid.to_string(), "-o"])
            .arg(&log)
            .args(options);
        let calls: Vec<_> = injections.iter().map(|injection| injection.call.as_str()).collect();
        if calls.is_empty() {
            // Which files the descriptors are.
            command.arg("-y");
        } else {
            command.args(["-e", &format!("trace={}", calls.join(","))]);
        }
        for Injection { call, what, when } in injections {
            command.args(["-e", &format!("inject={call}:{what}:when={when}")]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("this suite needs strace: apt-get install strace");
        let mut said = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        while !said.contains("attached") {
            let len = stderr.read_line(&mut said).unwrap();
            assert_ne!(len, 0, "strace could not attach: {said}");
        }
        Self { child, log, _stderr: stderr, _folder: folder }
    }

    /// Lets go. The log's lines.
    pub(crate) fn detach(mut self) -> Vec<String> {
        let pid = Pid::from_child(&self.child);
        if self.child.try_wait().unwrap().is_none() {
            kill_process(pid, Signal::INT).unwrap();
        }
        self.child.wait().unwrap();
        let log = fs::read_to_string(&self.log).unwrap();
        log.lines().map(str::to_owned).collect()
    }
}

/// How many calls of a log were interfered with.
pub(crate) fn injected(log: &[String]) -> usize {
    log.iter().filter(|line| line.contains("(INJECTED")).count()
}

/// Ends a process as a crash would.
pub(crate) fn kill(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

/// Whether a process stands still, with all its threads.
pub(crate) fn is_stopped(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let state = status.lines().find_map(|line| line.strip_prefix("State:"));
    state.is_some_and(|state| state.trim_start().starts_with(['T', 't']))
}

/// Lets it go on.
pub(crate) fn go_on(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, Signal::CONT).unwrap();
}
