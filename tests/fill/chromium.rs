//! A headless Chromium with one page and an isolated world in each of its documents.
//!
//! Never here: the extension.

use std::fs;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::process::{Process, find};
use tests::wait::{LONG, until};
use tungstenite::{Message, WebSocket};

use crate::window::Window;

pub(crate) struct Chromium {
    line: WebSocket<TcpStream>,
    last: u64,
    session: String,
    /// The isolated worlds of the page's documents.
    worlds: Vec<Value>,
    _process: Process,
    _profile: TempDir,
}

impl Chromium {
    pub(crate) fn start() -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let program = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(find);
        let mut command = Command::new(program.context("there is no Chromium on this machine")?);
        command
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"])
            .args(["--remote-debugging-port=0", "--window-size=1280,800", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = Process::start(&mut command)?;
        let (port, path) = until("Chromium's debugging port", LONG, || {
            let text = fs::read_to_string(profile.path().join("DevToolsActivePort"))?;
            Ok(text.split_once('\n').map(|(port, path)| (port.to_owned(), path.trim().to_owned())))
        })?;
        let stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let (line, _) = tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream)
            .map_err(|error| anyhow::anyhow!("no DevTools connection: {error}"))?;
        let session = String::new();
        let worlds = Vec::new();
        let mut chromium =
            Self { line, last: 0, session, worlds, _process: process, _profile: profile };
        let target = chromium.call("Target.createTarget", json!({"url": "about:blank"}))?;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = chromium.call("Target.attachToTarget", attach)?;
        chromium.session = attached["sessionId"].as_str().context("no session")?.to_owned();
        Ok(chromium)
    }

    fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        self.last += 1;
        let mut call = json!({"id": self.last, "method": method, "params": params});
        if !self.session.is_empty() {
            call["sessionId"] = self.session.as_str().into();
        }
        self.line.send(Message::text(call.to_string()))?;
        loop {
            let Message::Text(text) = self.line.read().with_context(|| method.to_owned())? else {
                continue;
            };
            let mut answer: Value = serde_json::from_str(&text)?;
            if answer["id"] == self.last {
                if !answer["error"].is_null() {
                    bail!("{method}: {}", answer["error"]["message"]);
                }
                return Ok(answer["result"].take());
            }
        }
    }
}

impl Window for Chromium {
    fn open(&mut self, url: &str) -> Result<()> {
        self.call("Page.navigate", json!({"url": url}))?;
        let there = format!(
            "document.readyState === 'complete' && location.href === {} && [...document.querySelectorAll('iframe')].every((frame) => !frame.contentDocument || frame.contentDocument.readyState === 'complete')",
            json!(url)
        );
        until("the page", LONG, || {
            let answer = self.call("Runtime.evaluate", json!({"expression": there}))?;
            Ok((answer["result"]["value"] == true).then_some(()))
        })?;
        let tree = self.call("Page.getFrameTree", json!({}))?["frameTree"].take();
        let mut frames = vec![tree["frame"]["id"].clone()];
        let children = tree["childFrames"].as_array().cloned().unwrap_or_default();
        frames.extend(children.iter().map(|child| child["frame"]["id"].clone()));
        self.worlds.clear();
        for frame in frames {
            let world = json!({"frameId": frame, "worldName": "countersign"});
            let world = self.call("Page.createIsolatedWorld", world)?["executionContextId"].take();
            self.worlds.push(world);
        }
        Ok(())
    }

    fn documents(&mut self) -> Result<usize> {
        Ok(self.worlds.len())
    }

    fn evaluate(&mut self, document: usize, expression: &str) -> Result<String> {
        let params = json!({
            "expression": expression, "contextId": self.worlds[document],
            "awaitPromise": true, "returnByValue": true,
        });
        let answer = self.call("Runtime.evaluate", params)?;
        let text = answer["result"]["value"].as_str();
        text.map(str::to_owned)
            .with_context(|| format!("{}", answer["exceptionDetails"]["exception"]["description"]))
    }
}
