//! The browser's end of a native messaging port, in the hands of a test: it can send what no
//! browser would.
//!
//! Never here: the host's own reading of frames.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use shared::protocol::CHROMIUM_ID;

use crate::home::Home;
use crate::wait::until;

/// An answer comes within this; Argon2 on a busy machine included.
const ANSWER: Duration = Duration::from_secs(30);

/// A running host, started as a browser starts it.
pub struct Port {
    child: Child,
    input: Option<ChildStdin>,
    frames: Receiver<Vec<u8>>,
    last: u64,
    /// Every byte that the host ever said, its standard error included at the end.
    pub said: Vec<u8>,
}

impl Port {
    /// As Chromium does.
    pub fn open(home: &Home) -> Result<Self> {
        Self::start(home.command(home.host()).arg(format!("chrome-extension://{CHROMIUM_ID}/")))
    }

    /// With a command line of the test's own.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut output = child.stdout.take().context("no standard output")?;
        let (send, frames) = mpsc::channel();
        thread::spawn(move || {
            let mut header = [0; 4];
            while output.read_exact(&mut header).is_ok() {
                let mut body = vec![0; u32::from_ne_bytes(header) as usize];
                if output.read_exact(&mut body).is_err() || send.send(body).is_err() {
                    break;
                }
            }
        });
        let input = child.stdin.take();
        Ok(Self { child, input, frames, last: 0, said: Vec::new() })
    }

    /// Says hello, and takes the answer.
    pub fn hello(&mut self) -> Result<Value> {
        self.ask(
            "hello",
            json!({"min": 1, "max": 1, "ext_version": "0.0.0", "browser": "chromium"}),
        )
    }

    /// Sends bytes as they are. A host that has hung up is not this function's failure.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        if let Some(input) = &mut self.input {
            let _ = input.write_all(bytes).and_then(|()| input.flush());
        }
    }

    /// Sends a body with its length before it.
    pub fn send(&mut self, body: &[u8]) {
        let length = u32::try_from(body.len()).expect("a test's frame is short");
        self.send_raw(&[&length.to_ne_bytes()[..], body].concat());
    }

    /// The next frame, or why there is none.
    pub fn read(&mut self) -> Result<Value> {
        let body = self.frames.recv_timeout(ANSWER).context("the host says nothing")?;
        self.said.extend(&body);
        self.said.push(b'\n');
        serde_json::from_slice(&body).context("the host does not speak JSON")
    }

    /// The next frame that is not the news that the vault was opened: whoever opened it knows.
    pub fn news(&mut self) -> Result<Value> {
        loop {
            let frame = self.read()?;
            if frame["ev"] != "opened" {
                return Ok(frame);
            }
        }
    }

    /// Sends a request with the next id and gives back the answer to it; events are left out.
    pub fn ask(&mut self, op: &str, params: Value) -> Result<Value> {
        self.last += 1;
        let id = self.last;
        let mut call = json!({"v": 1, "id": id, "op": op});
        if !params.is_null() {
            call["p"] = params;
        }
        self.send(call.to_string().as_bytes());
        loop {
            let answer = self.read()?;
            if answer["id"] == id {
                return Ok(answer);
            }
            if answer["ev"].is_null() {
                bail!("asked {op} with id {id} and got {answer}");
            }
        }
    }

    /// Closes the host's standard input, as a browser closes the port.
    pub fn close(&mut self) {
        self.input = None;
    }

    /// Waits for the host to end.
    pub fn ended(&mut self, limit: Duration) -> Result<ExitStatus> {
        let status = until("the host to end", limit, || Ok(self.child.try_wait()?))?;
        if let Some(mut errors) = self.child.stderr.take() {
            errors.read_to_end(&mut self.said)?;
        }
        while let Ok(body) = self.frames.recv() {
            self.said.extend(&body);
        }
        Ok(status)
    }

    /// Whether the host is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        // Both fail only for what is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
