//! A headless Firefox by WebDriver, whose scripts run in a sandbox as an extension's do, but without its clear view: what a
//! page names after the document's own words hides these here.
//!
//! Never here: the add-on.

use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tests::process::{Process, find};
use tests::wait::{LONG, until};

use crate::window::Window;

pub(crate) struct Firefox {
    agent: ureq::Agent,
    session: String,
    _driver: Process,
}

impl Firefox {
    pub(crate) fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let binary = ["firefox-esr", "firefox"].into_iter().find_map(find);
        let binary = binary.context("there is no Firefox on this machine")?;
        let mut command = Command::new(find("geckodriver").context("there is no geckodriver")?);
        command.args(["--port", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = Process::start(&mut command)?;
        until("geckodriver", LONG, || Ok(Some(TcpStream::connect(("127.0.0.1", port))?)))?;
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .build()
            .new_agent();
        let mut firefox =
            Self { agent, session: format!("http://127.0.0.1:{port}/session"), _driver: driver };
        let options =
            json!({"binary": binary, "args": ["-headless", "--width=1280", "--height=900"]});
        let wanted = json!({"capabilities": {"alwaysMatch": {"moz:firefoxOptions": options}}});
        let session = firefox.post("", wanted)?;
        let id = session["sessionId"].as_str().context("no session")?;
        firefox.session = format!("{}/{id}", firefox.session);
        Ok(firefox)
    }

    fn post(&self, path: &str, body: Value) -> Result<Value> {
        let url = format!("{}{path}", self.session);
        let mut answer: Value = self.agent.post(&url).send_json(body)?.body_mut().read_json()?;
        let value = answer["value"].take();
        if let Some(error) = value["error"].as_str() {
            bail!("{path}: {error}: {}", value["message"].as_str().unwrap_or_default());
        }
        Ok(value)
    }

    fn run(&self, expression: &str) -> Result<Value> {
        self.post("/execute/sync", json!({"script": format!("return {expression}"), "args": []}))
    }
}

impl Window for Firefox {
    fn open(&mut self, url: &str) -> Result<()> {
        self.post("/url", json!({"url": url})).map(drop)
    }

    fn documents(&mut self) -> Result<usize> {
        self.post("/frame", json!({"id": null}))?;
        let frames = self.run("window.frames.length")?.as_u64().context("no number of frames")?;
        Ok(1 + usize::try_from(frames)?)
    }

    fn evaluate(&mut self, document: usize, expression: &str) -> Result<String> {
        self.post("/frame", json!({"id": null}))?;
        if let Some(frame) = document.checked_sub(1) {
            self.post("/frame", json!({"id": frame}))?;
        }
        let value = self.run(expression)?;
        value.as_str().map(str::to_owned).context("the script gave no text")
    }
}
