//! A person's home that is thrown away: a vault, and the host registered for one browser.
//!
//! Never here: the real home.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use shared::protocol::{CHROMIUM_ID, FIREFOX_ID, HOST_NAME};
use tempfile::TempDir;

use crate::account::Account;

/// Folders of a user who has just been made.
pub struct Home {
    folder: TempDir,
    host: PathBuf,
    /// What its programs see in `/etc` besides what is there.
    etc: Option<PathBuf>,
}

impl Home {
    /// A home for whoever uses `host`, the program.
    pub fn new(host: &Path) -> Result<Self> {
        if !host.is_file() {
            bail!("{} is not built: `cargo xtask test` does it", host.display());
        }
        let folder = tempfile::Builder::new().prefix("countersign-").tempdir()?;
        for name in [".config", ".local/share", ".cache", ".local/state", "profile"] {
            fs::create_dir_all(folder.path().join(name))?;
        }
        // Under a name of its own, so that its processes are known from those of other tests.
        let own = folder.path().join("countersign");
        let host = host.canonicalize()?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(host, &own)?;
        #[cfg(not(unix))]
        fs::copy(host, &own)?;
        Ok(Self { host: own, folder, etc: None })
    }

    /// The host beside the tests that run now: `target/debug/countersign`.
    pub fn built_host() -> Result<PathBuf> {
        let test = std::env::current_exe()?;
        let folder = test.parent().and_then(Path::parent).context("a test without a folder")?;
        Ok(folder.join("countersign"))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The host's program.
    pub fn host(&self) -> &Path {
        &self.host
    }

    /// A browser's profile.
    pub fn profile(&self) -> PathBuf {
        self.path().join("profile")
    }

    /// Where the host looks for the vault if nobody says otherwise.
    pub fn vault(&self) -> PathBuf {
        self.path().join(".local/share/countersign/vault.otv")
    }

    /// A program of this home's person.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        self.furnish(Command::new(program))
    }

    /// Has the programs of this home, and nobody else, see one more file below `/etc`.
    pub fn add_to_etc(&mut self, name: &str, text: &str) -> Result<()> {
        let etc = self.path().join("etc");
        let file = etc.join(name);
        fs::create_dir_all(file.parent().context("a file without a folder")?)?;
        self.etc = Some(etc);
        Ok(fs::write(file, text)?)
    }

    /// Puts a command into this home.
    pub fn furnish(&self, mut command: Command) -> Command {
        if let Some(etc) = &self.etc {
            command = within(etc, &command);
        }
        command
            .env("HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path().join(".config"))
            .env("XDG_DATA_HOME", self.path().join(".local/share"))
            .env("XDG_CACHE_HOME", self.path().join(".cache"))
            .env("XDG_STATE_HOME", self.path().join(".local/state"))
            .current_dir(self.path());
        command
    }

    /// Calls the host's command line with this home's vault. `input` is its standard input.
    pub fn cli(&self, args: &[&str], input: &str) -> Result<Output> {
        let mut command = self.command(&self.host);
        command.arg("--vault").arg(self.vault()).args(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        // A host that refuses before it reads closes the pipe; its status says why.
        let _ = child.stdin.take().context("no standard input")?.write_all(input.as_bytes());
        Ok(child.wait_with_output()?)
    }

    /// Makes a vault with these key URIs in it.
    pub fn fill_vault(&self, password: &str, uris: &[String]) -> Result<()> {
        let parent = self.vault();
        fs::create_dir_all(parent.parent().context("a vault without a folder")?)?;
        let line = format!("{password}\n");
        self.must(&["init", "--password-stdin"], &line)?;
        if uris.is_empty() {
            return Ok(());
        }
        let list = self.path().join("accounts.txt");
        fs::write(&list, uris.join("\n") + "\n")?;
        let path = list.to_str().context("a path that is not text")?;
        self.must(&["import", path, "--password-stdin"], &line)?;
        Ok(fs::remove_file(list)?)
    }

    /// A vault with accounts, in the short form of most tests.
    pub fn with_vault(host: &Path, password: &str, accounts: &[Account]) -> Result<Self> {
        let home = Self::new(host)?;
        home.fill_vault(password, &accounts.iter().map(Account::uri).collect::<Vec<_>>())?;
        Ok(home)
    }

    /// Links accounts to a site, by the command line.
    pub fn link(&self, password: &str, query: &str, sites: &str) -> Result<()> {
        self.must(&["edit", query, "--sites", sites, "--password-stdin"], &format!("{password}\n"))
    }

    /// Ends every host that runs from this home, as the system would if it were short of memory.
    #[cfg(unix)]
    pub fn kill_hosts(&self) -> usize {
        self.signal("KILL").len()
    }

    /// Has every host that runs from this home hang: it is there, and does nothing any more. Their numbers.
    #[cfg(unix)]
    pub fn stop_hosts(&self) -> Vec<u32> {
        self.signal("STOP")
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) -> Vec<u32> {
        let running = crate::process::running(&self.host);
        for id in &running {
            crate::process::kill(signal, &id.to_string());
        }
        running
    }

    fn must(&self, args: &[&str], input: &str) -> Result<()> {
        let output = self.cli(args, input)?;
        if !output.status.success() {
            bail!(
                "countersign {} failed ({}): {}",
                args.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    }

    /// A shell script of this home's, as a program.
    #[cfg(unix)]
    pub fn script(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n"))?;
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Ok(path)
    }

    /// Tells Chromium, in this home's profile only, where a host is.
    pub fn register_chromium(&self, host: &Path) -> Result<()> {
        let origin = format!("chrome-extension://{CHROMIUM_ID}/");
        self.register(
            &self.profile().join("NativeMessagingHosts"),
            host,
            "allowed_origins",
            &origin,
        )
    }

    /// Tells Firefox the same, in this home.
    pub fn register_firefox(&self, host: &Path) -> Result<()> {
        let folder = self.path().join(".mozilla/native-messaging-hosts");
        self.register(&folder, host, "allowed_extensions", FIREFOX_ID)
    }

    fn register(&self, folder: &Path, host: &Path, allowed: &str, who: &str) -> Result<()> {
        fs::create_dir_all(folder)?;
        let manifest = json!({
            "name": HOST_NAME,
            "description": "Countersign, for a test",
            "path": host,
            "type": "stdio",
            allowed: [who],
        });
        let path = folder.join(format!("{HOST_NAME}.json"));
        Ok(fs::write(path, serde_json::to_vec_pretty(&manifest)?)?)
    }
}

/// Starts it with an `/etc` of its own, in a mount namespace: where nobody may make one, the program fails.
fn within(etc: &Path, command: &Command) -> Command {
    let mount = format!("mount -t overlay overlay -o lowerdir={}:/etc /etc", etc.display());
    let mut outer = Command::new("unshare");
    if crate::process::is_root() {
        outer.arg("--mount");
    } else {
        outer.args(["--mount", "--user", "--map-current-user", "--keep-caps"]);
    }
    outer.args(["sh", "-c", &format!("{mount} && exec \"$@\""), "sh"]);
    outer.arg(command.get_program()).args(command.get_args());
    outer
}
