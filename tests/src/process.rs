//! A child that goes when its owner goes, and takes its own children along.
//!
//! Never here: what is started.

use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result};

/// A running program in a process group of its own. Dropping it ends the group.
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts it without input; where its output goes is the caller's choice.
    pub fn start(command: &mut Command) -> Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let program = command.get_program().to_owned();
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start {}", program.display()))?;
        Ok(Self { child })
    }

    /// What it writes, if that was piped.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Whether it is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for what is gone already.
        kill("KILL", &format!("-{}", self.child.id()));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command whose process ends even when its owner is killed without a chance to say so. A display
/// that ends so takes along all that is on it.
pub fn leashed(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let Some(setpriv) = find("setpriv") else { return Command::new(program) };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "KILL"]).arg(program);
    command
}

/// Sends a signal to a process, or to a group with `-` before its number.
pub fn kill(signal: &str, target: &str) {
    let _ = Command::new("kill")
        .args([&format!("-{signal}"), "--", target])
        .stderr(Stdio::null())
        .status();
}

/// The processes that were started as `program`, by `/proc`. A hardened one hides its program, and
/// not its command line.
#[cfg(unix)]
pub fn running(program: &std::path::Path) -> Vec<u32> {
    use std::os::unix::ffi::OsStrExt as _;
    let Ok(list) = std::fs::read_dir("/proc") else { return Vec::new() };
    list.filter_map(|item| item.ok()?.file_name().to_str()?.parse().ok())
        .filter(|id| {
            let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).next() == Some(program.as_os_str().as_bytes())
        })
        .collect()
}

/// Whether this is the system's own user, to whom Chromium refuses its sandbox.
pub fn is_root() -> bool {
    #[cfg(target_os = "linux")]
    {
        std::fs::metadata("/proc/self")
            .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// Where a program lies.
pub fn find(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let home = std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".cargo/bin"));
    std::env::split_paths(&path)
        .chain(home)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
