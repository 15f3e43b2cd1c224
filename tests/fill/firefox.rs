//! A headless Firefox by WebDriver, whose scripts run in a sandbox as an extension's do, but without its clear view: what a
//! page names after the document's own words hides these here.
//!
//! Never here: the add-on.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tests::process::find;
use tests::webdriver::WebDriver;

use crate::window::Window;

pub(crate) struct Firefox(WebDriver);

impl Firefox {
    pub(crate) fn start() -> Result<Self> {
        let driver = find("geckodriver").context("there is no geckodriver")?;
        let mut command = Command::new(driver);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let options = json!({"args": ["-headless", "--width=1280", "--height=900"]});
        Ok(Self(WebDriver::start(&mut command, options, json!({}))?))
    }

    fn run(&self, expression: &str) -> Result<Value> {
        self.0.post("/execute/sync", json!({"script": format!("return {expression}"), "args": []}))
    }
}

impl Window for Firefox {
    fn open(&mut self, url: &str) -> Result<()> {
        self.0.post("/url", json!({"url": url})).map(drop)
    }

    fn documents(&mut self) -> Result<usize> {
        self.0.post("/frame", json!({"id": null}))?;
        let frames = self.run("window.frames.length")?.as_u64().context("no number of frames")?;
        Ok(1 + usize::try_from(frames)?)
    }

    fn evaluate(&mut self, document: usize, expression: &str) -> Result<String> {
        self.0.post("/frame", json!({"id": null}))?;
        if let Some(frame) = document.checked_sub(1) {
            self.0.post("/frame", json!({"id": frame}))?;
        }
        let value = self.run(expression)?;
        value.as_str().map(str::to_owned).context("the script gave no text")
    }
}
