//! A process that keeps a key and is as hardened as the host, or not: for comparison.
//!
//! It is this test once more, told by a variable to be that process.
//!
//! Never here: what others may see of it.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use ::host::harden::{self, LockedKey};
use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;
use tempfile::TempDir;

/// `hardened` or `plain`, and makes of the test such a process.
const KIND: &str = "MEMORY_CHILD";
/// Before everything that it says: the test's frame writes to the same place.
const MARK: &str = "» ";
/// Nobody: who has no rights but over their own.
const NOBODY: &str = "65534";

/// A running one.
pub(crate) struct Keeper {
    child: Child,
    output: BufReader<ChildStdout>,
    /// Where it runs, and where a core would be.
    pub(crate) folder: TempDir,
}

impl Keeper {
    /// Runs as nobody, with cores allowed and file 7 left open by its parent.
    pub(crate) fn start(kind: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777))?;
        // Nobody may not look into the folder where tests are built.
        let program = folder.path().join("keeper");
        fs::copy(std::env::current_exe()?, &program)?;
        let script = "ulimit -c unlimited; exec 7</dev/zero; exec \"$@\"";
        let mut child = as_nobody("sh")
            .args(["-c", script, "sh"])
            .arg(&program)
            .args(["--exact", "the_keeper_as_a_process", "--nocapture"])
            .env(KIND, kind)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut keeper = Self { child, output, folder };
        keeper.said()?;
        Ok(keeper)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it something, and waits for its answer: see [`keep`].
    pub(crate) fn ask(&mut self, what: &str) -> Result<String> {
        self.tell(what)?;
        self.said()
    }

    /// Tells it something that it does not live to answer; returns its end and its standard error.
    pub(crate) fn last_words(mut self, what: &str) -> Result<(ExitStatus, String, TempDir)> {
        self.tell(what)?;
        let status = self.child.wait()?;
        let mut errors = String::new();
        self.child.stderr.take().context("no standard error")?.read_to_string(&mut errors)?;
        let Self { folder, .. } = &mut self;
        let folder = std::mem::replace(folder, tempfile::tempdir()?);
        Ok((status, errors, folder))
    }

    fn tell(&mut self, what: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("no standard input")?;
        writeln!(input, "{what}")?;
        Ok(input.flush()?)
    }

    fn said(&mut self) -> Result<String> {
        let mut line = String::new();
        while self.output.read_line(&mut line)? != 0 {
            if let Some((_, said)) = line.trim_end().split_once(MARK) {
                return Ok(said.to_owned());
            }
            line.clear();
        }
        anyhow::bail!("the keeper has ended")
    }

    /// One field of `/proc/…/status`.
    pub(crate) fn status(&self, field: &str) -> Result<String> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        Ok(line.context("no such field")?.trim().to_owned())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Both fail only for what is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that runs as nobody; for that the tests must be run by root.
pub(crate) fn as_nobody(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--"]);
    command.arg(program.as_ref());
    command
}

/// The process itself. `key HEX` keeps these bytes on a page for keys and their complement in common
/// memory; `wipe` forgets the key; `crash` and `panic TEXT` end it.
pub(crate) fn keep() {
    let Some(kind) = std::env::var_os(KIND) else { return };
    if kind == "hardened" {
        let mut weaknesses = harden::process();
        weaknesses.extend(harden::close_inherited());
        say(&format!("{weaknesses:?}"));
    } else {
        say("[]");
    }
    let mut key = None;
    let mut common = Vec::new();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match word {
            "key" => {
                let new = LockedKey::new(|bytes| {
                    let done = HEXLOWER.decode_mut(rest.as_bytes(), bytes);
                    assert_eq!(done, Ok(32));
                });
                common.extend(new.expose().iter().map(|byte| !byte));
                say(&format!("{:?}", new.kind()));
                key = Some(new);
            }
            "wipe" => {
                key = None;
                say("wiped");
            }
            "crash" => {
                // What a memory fault is to the kernel, without `unsafe`. Rust's own handler takes the first
                // for a passing one.
                let id = std::process::id().to_string();
                for _ in 0..2 {
                    let _ = Command::new("kill").args(["-SEGV", &id]).status();
                }
                std::thread::park();
            }
            "panic" => panic!("{rest}"),
            _ => say("what?"),
        }
    }
    drop((key, common));
}

/// Standard output itself and not `println`, which the test's frame would keep.
fn say(what: &str) {
    let mut output = io::stdout().lock();
    writeln!(output, "\n{MARK}{what}").and_then(|()| output.flush()).expect("somebody listens");
}
