//! Everything that root can read of a process, and what is in it.
//!
//! Never here: whether it may be.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::FileExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use anyhow::{Context as _, Result, bail};
use memchr::memmem;
use tests::process::kill;
use tests::wait::LONG;

/// Read at once, so that a page that nobody may read costs no more than this.
const STEP: usize = 64 * 1024;
const PAGE: usize = 4096;

/// What was in memory, mapping by mapping.
pub(crate) struct Dump(Vec<Vec<u8>>);

impl Dump {
    /// Takes one, by `/proc`, of what the process may write to: what comes from a file that nobody
    /// changed is no secret. The process goes on.
    pub(crate) fn of(id: u32) -> Result<Self> {
        kill("STOP", &id.to_string());
        let dump = Self::read(id);
        kill("CONT", &id.to_string());
        dump
    }

    /// As [`of`](Self::of), of a process that stands still already.
    fn read(id: u32) -> Result<Self> {
        let maps = fs::read_to_string(format!("/proc/{id}/maps"))?;
        let memory = File::open(format!("/proc/{id}/mem"))?;
        let mut parts = Vec::new();
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (Some(range), Some(rights)) = (words.next(), words.next()) else { continue };
            if !rights.starts_with("rw") {
                continue;
            }
            let (start, end) = range.split_once('-').context("a mapping without an end")?;
            let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16));
            let (start, mut at) = (start?, 0);
            let mut bytes = vec![0; usize::try_from(end? - start)?];
            while at < bytes.len() {
                let to = bytes.len().min(at + STEP);
                if memory.read_exact_at(&mut bytes[at..to], start + at as u64).is_err() {
                    // Page by page: one that the kernel has no map of (memfd_secret) reads as an error.
                    for page in bytes[at..to].chunks_mut(PAGE) {
                        if memory.read_exact_at(page, start + at as u64).is_err() {
                            page.fill(0);
                        }
                        at += page.len();
                    }
                }
                at = to;
            }
            parts.push(bytes);
        }
        Ok(Self(parts))
    }

    /// The same in gdb's way: a core, with the parts that cores usually leave out.
    pub(crate) fn by_gdb(id: u32) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("core");
        let output = Command::new("gdb")
            .args(["-nx", "-batch", "-p", &id.to_string()])
            .args(["-ex", "set use-coredump-filter off"])
            .args(["-ex", "set dump-excluded-mappings on"])
            .arg("-ex")
            .arg(format!("generate-core-file {}", file.display()))
            .output()?;
        if !file.exists() {
            bail!("gdb made no core: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(Self(vec![fs::read(file)?]))
    }

    /// How often it holds these bytes.
    pub(crate) fn hits(&self, needle: &[u8]) -> usize {
        let needle = memmem::Finder::new(needle);
        self.0.iter().map(|part| needle.find_iter(part).count()).sum()
    }
}

/// gdb, waiting for the very end of a process: when it asks the kernel to end it.
pub(crate) struct Deathbed {
    id: u32,
    gdb: Child,
    orders: ChildStdin,
    said: Receiver<String>,
}

impl Deathbed {
    pub(crate) fn of(id: u32) -> Result<Self> {
        let mut gdb = Command::new("gdb")
            .args(["-nx", "-q", "-p", &id.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut orders = gdb.stdin.take().context("no standard input")?;
        let output = BufReader::new(gdb.stdout.take().context("no standard output")?);
        let (send, said) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        writeln!(
            orders,
            "set pagination off\nset confirm off\ncatch syscall exit_group\ncontinue"
        )?;
        orders.flush()?;
        let bed = Self { id, gdb, orders, said };
        bed.wait_for("Continuing")?;
        Ok(bed)
    }

    /// Everything that was in memory then.
    pub(crate) fn dump(mut self) -> Result<Dump> {
        self.wait_for("call to syscall exit_group")?;
        let dump = Dump::read(self.id);
        writeln!(self.orders, "detach\nquit")?;
        self.orders.flush()?;
        self.gdb.wait()?;
        dump
    }

    fn wait_for(&self, words: &str) -> Result<()> {
        loop {
            let line = self.said.recv_timeout(LONG).with_context(|| format!("no `{words}`"))?;
            if line.contains(words) {
                return Ok(());
            }
        }
    }
}

impl Drop for Deathbed {
    fn drop(&mut self) {
        // Both fail only for what is gone already.
        let _ = self.gdb.kill();
        let _ = self.gdb.wait();
    }
}

/// A text as Windows and JavaScript write it.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
