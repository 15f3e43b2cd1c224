//! A display that nobody looks at: Xvfb with a window manager, hands by xdotool, eyes by ImageMagick.
//!
//! Never here: which browser is on it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context as _, Result, bail};

use crate::process::{Process, leashed};
use crate::wait::{LONG, until};

/// An X server of our own. Everything on it ends with it.
pub struct Desktop {
    display: String,
    _manager: Process,
    _server: Process,
}

impl Desktop {
    /// Starts a server on a free display and a window manager, without which nothing has the focus.
    pub fn start() -> Result<Self> {
        let mut server = Process::start(
            leashed("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "1280x900x24"])
                .args(["-nolisten", "tcp", "-noreset"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let output = server.output().context("Xvfb has no output")?;
        let (send, number) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            // Whoever waits sees the closed channel.
            if BufReader::new(output).read_line(&mut line).is_ok() {
                let _ = send.send(line);
            }
        });
        let number = number.recv_timeout(LONG).context("Xvfb does not say its display")?;
        let display = format!(":{}", number.trim());
        let manager = Process::start(
            Command::new("openbox")
                .env("DISPLAY", &display)
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        let desktop = Self { display, _manager: manager, _server: server };
        until("the window manager", LONG, || {
            // Only a window manager can say how many desktops there are.
            desktop.tool("xdotool", &["get_num_desktops"]).map(Some)
        })?;
        Ok(desktop)
    }

    /// Makes a program appear here.
    pub fn place<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("DISPLAY", &self.display).env_remove("WAYLAND_DISPLAY").env_remove("XAUTHORITY")
    }

    /// Brings the largest window of the browser to the front and gives it the focus.
    pub fn focus(&self, class: &str) -> Result<()> {
        until("the browser's window", LONG, || {
            self.tool(
                "xdotool",
                &["search", "--onlyvisible", "--class", class, "windowactivate", "--sync"],
            )
            .map(Some)
        })?;
        Ok(())
    }

    /// Presses keys, e.g. `alt+shift+l`.
    pub fn press(&self, keys: &str) -> Result<()> {
        self.tool("xdotool", &["key", "--clearmodifiers", keys]).map(drop)
    }

    /// Holds a key down until what it does when it is held has happened often enough.
    pub fn hold(&self, key: &str) -> Result<()> {
        self.tool("xdotool", &["keydown", key, "sleep", "1.5", "keyup", key]).map(drop)
    }

    /// Drags with the mouse from one place on the screen to another, in steps, as a hand does.
    pub fn drag(&self, from: (i64, i64), to: (i64, i64)) -> Result<()> {
        const STEPS: i64 = 8;
        let mut words: Vec<String> = Vec::new();
        let mut say = |text: &str| words.extend(text.split(' ').map(str::to_owned));
        say(&format!("mousemove --sync {} {} sleep 0.2 mousedown 1 sleep 0.2", from.0, from.1));
        for step in 1..=STEPS {
            let on = |from: i64, to: i64| from + (to - from) * step / STEPS;
            say(&format!("mousemove {} {} sleep 0.1", on(from.0, to.0), on(from.1, to.1)));
        }
        say("sleep 0.5 mouseup 1");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.tool("xdotool", &words).map(drop)
    }

    /// Its name, as the environment says it.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Clicks with a button of the mouse (3 is the right one) at a place on the screen.
    pub fn click(&self, button: u8, x: i64, y: i64) -> Result<()> {
        // `--sync` waits until the mouse has moved: a quarter of a minute where it is there already.
        let (beside, button, x, y) =
            ((x + 1).to_string(), button.to_string(), x.to_string(), y.to_string());
        let there = ["mousemove", &beside, &y, "mousemove", "--sync", &x, &y, "click", &button];
        self.tool("xdotool", &there).map(drop)
    }

    /// Types a text into whatever has the focus.
    pub fn write(&self, text: &str) -> Result<()> {
        self.tool("xdotool", &["type", "--clearmodifiers", "--delay", "15", text]).map(drop)
    }

    /// A picture of the whole screen, as a person would see it.
    pub fn picture(&self, path: &Path) -> Result<()> {
        let path = path.to_str().context("a path that is not text")?;
        self.tool("import", &["-window", "root", path]).map(drop)
    }

    fn tool(&self, program: &str, args: &[&str]) -> Result<String> {
        // xdotool waits for ever for a window that does not want the focus.
        let mut command = Command::new("timeout");
        let output = self.place(command.arg("20").arg(program).args(args)).output()?;
        if !output.status.success() {
            bail!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
