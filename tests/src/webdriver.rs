//! A session with geckodriver: WebDriver's JSON over HTTP (W3C WebDriver, section 6).
//!
//! Never here: what is asked of the browser.

use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::process::{Process, find};
use crate::wait::{LONG, until};

/// A session of a browser; both end with it.
pub struct WebDriver {
    agent: ureq::Agent,
    /// Of the session.
    url: String,
    driver: Process,
}

impl WebDriver {
    /// Starts the driver by `command`, which has all but its port, and a Firefox with these options of
    /// `moz:firefoxOptions` and these other capabilities.
    ///
    /// # Errors
    ///
    /// One that names what is not on this machine; the driver's own.
    pub fn start(command: &mut Command, mut options: Value, mut others: Value) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let binary = ["firefox-esr", "firefox"].into_iter().find_map(find);
        options["binary"] = json!(binary.context("there is no Firefox on this machine")?);
        let driver = Process::start(command.args(["--port", &port.to_string()]))?;
        until("geckodriver", LONG, || Ok(Some(TcpStream::connect(("127.0.0.1", port))?)))?;
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .build()
            .new_agent();
        let mut this = Self { agent, url: format!("http://127.0.0.1:{port}/session"), driver };
        others["moz:firefoxOptions"] = options;
        let session = this.post("", json!({"capabilities": {"alwaysMatch": others}}))?;
        let id = session["sessionId"].as_str().context("no session")?;
        this.url = format!("{}/{id}", this.url);
        Ok(this)
    }

    /// Whether the driver's process still runs.
    pub fn is_running(&mut self) -> bool {
        self.driver.is_running()
    }

    /// What a command of the session gives back.
    ///
    /// # Errors
    ///
    /// The browser's own, with the command.
    pub fn post(&self, path: &str, body: Value) -> Result<Value> {
        let url = format!("{}{path}", self.url);
        let mut answer: Value = self.agent.post(&url).send_json(body)?.body_mut().read_json()?;
        let value = answer["value"].take();
        if let Some(error) = value["error"].as_str() {
            bail!("{path}: {error}: {}", value["message"].as_str().unwrap_or_default());
        }
        Ok(value)
    }
}

impl Drop for WebDriver {
    fn drop(&mut self) {
        // geckodriver ends Firefox; if it can't, the process group ends with it.
        let _ = self.agent.delete(&self.url).call();
    }
}
