//! Chromium over the DevTools protocol, which shows every target there is: the tab, the real popup,
//! the service worker.
//!
//! Never here: Firefox.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use shared::protocol::CHROMIUM_ID;
use tungstenite::{Message, WebSocket};

use crate::browser::{Browser, Kind, PAGE_SIZE};
use crate::desktop::Desktop;
use crate::home::Home;
use crate::process::Process;
use crate::wait::{LONG, until};

/// Answers of the browser come within this, or not at all.
const ANSWER: Duration = Duration::from_secs(30);

/// A running Chromium with the extension loaded.
pub struct Chromium {
    line: WebSocket<TcpStream>,
    last: u64,
    /// What the browser said without being asked.
    pub events: Vec<Value>,
    tab: String,
    popup: Option<(String, String)>,
    process: Process,
    desktop: Option<Desktop>,
}

impl Chromium {
    /// Starts it on a display of ours, or, without one, where the person sits. The first of the extensions is ours.
    pub fn start(home: &Home, desktop: Option<Desktop>, extensions: &[&Path]) -> Result<Self> {
        let profile = home.profile();
        let paths: Option<Vec<&str>> = extensions.iter().map(|path| path.to_str()).collect();
        let extension = paths.context("a path that is not text")?.join(",");
        let program = ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(crate::process::find)
            .context("there is no Chromium on this machine")?;
        let mut command = home.command(program);
        command
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("--disable-extensions-except={extension}"))
            .arg(format!("--load-extension={extension}"))
            .arg("--disable-features=DisableLoadExtensionCommandLineSwitch,Translate")
            .arg("--host-resolver-rules=MAP *.test 127.0.0.1")
            .args(["--remote-debugging-port=0", "--no-first-run", "--no-default-browser-check"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ])
            .args(["--password-store=basic", "--use-mock-keychain", "--lang=en-US"])
            .args(["--disable-gpu", "--window-position=0,0", "--window-size=1200,850"])
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(fs::File::create(home.path().join("chromium.log"))?);
        if crate::process::is_root() {
            // Without its sandbox; the second word keeps it from saying so in the picture.
            command.args(["--no-sandbox", "--test-type"]);
        }
        if let Some(desktop) = &desktop {
            desktop.place(&mut command).env_remove("DBUS_SESSION_BUS_ADDRESS");
        }
        let process = Process::start(&mut command)?;
        let address = until("Chromium's debugging port", LONG, || {
            let text = fs::read_to_string(profile.join("DevToolsActivePort"))?;
            Ok(text.split_once('\n').map(|(port, path)| (port.to_owned(), path.trim().to_owned())))
        })?;
        let (port, path) = address;
        let stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.set_nodelay(true)?;
        let (line, _) = tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream)
            .map_err(|error| anyhow::anyhow!("no DevTools connection: {error}"))?;
        let mut chromium = Self {
            line,
            last: 0,
            events: Vec::new(),
            tab: String::new(),
            popup: None,
            process,
            desktop,
        };
        let target = until("a tab", LONG, || chromium.target(|_, kind| kind == "page"))?;
        chromium.tab = chromium.attach(&target)?;
        until("the extension's service worker", LONG, || {
            let ours = format!("chrome-extension://{CHROMIUM_ID}/");
            chromium.target(|url, kind| kind == "service_worker" && url.starts_with(&ours))
        })?;
        Ok(chromium)
    }

    /// Calls a method of the DevTools protocol, in a session or in the browser.
    pub fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Result<Value> {
        self.last += 1;
        let id = self.last;
        let mut call = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            call["sessionId"] = session.into();
        }
        self.line.send(Message::text(call.to_string()))?;
        let deadline = Instant::now() + ANSWER;
        while Instant::now() < deadline {
            let message = match self.line.read() {
                // A signal, of a child that ended for instance, says nothing about the line.
                Err(tungstenite::Error::Io(err)) if err.kind() == ErrorKind::Interrupted => {
                    continue;
                }
                message => message.with_context(|| format!("no answer to {method}"))?,
            };
            let Message::Text(text) = message else { continue };
            let mut answer: Value = serde_json::from_str(&text)?;
            if answer["id"] != id {
                self.events.push(answer);
                continue;
            }
            if !answer["error"].is_null() {
                bail!("{method}: {}", answer["error"]["message"]);
            }
            return Ok(answer["result"].take());
        }
        bail!("no answer to {method}")
    }

    /// Its process, and the group of all that it started.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The session of the tab, for methods that are of this browser only.
    pub fn tab(&self) -> String {
        self.tab.clone()
    }

    /// Id of the first target that `wanted` takes, by URL and type.
    pub fn target(&mut self, wanted: impl Fn(&str, &str) -> bool) -> Result<Option<String>> {
        let targets = self.call(None, "Target.getTargets", json!({}))?;
        let list = targets["targetInfos"].as_array().context("no list of targets")?;
        let found = list.iter().find(|target| {
            wanted(target["url"].as_str().unwrap_or(""), target["type"].as_str().unwrap_or(""))
        });
        Ok(found.and_then(|target| target["targetId"].as_str()).map(str::to_owned))
    }

    /// Attaches to a target; gives back the session.
    pub fn attach(&mut self, target: &str) -> Result<String> {
        let answer =
            self.call(None, "Target.attachToTarget", json!({"targetId": target, "flatten": true}))?;
        Ok(answer["sessionId"].as_str().context("no session")?.to_owned())
    }

    /// Runs JavaScript in a session.
    pub fn run(&mut self, session: &str, script: &str) -> Result<Value> {
        let params = json!({
            "expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let mut answer = self.call(Some(session), "Runtime.evaluate", params)?;
        if !answer["exceptionDetails"].is_null() {
            let text = &answer["exceptionDetails"]["exception"]["description"];
            bail!("the script failed: {text}");
        }
        Ok(answer["result"]["value"].take())
    }

    /// Opens the popup's document in a tab of its own, as a person pops it out. From then on that is
    /// the popup.
    pub fn pop_out(&mut self) -> Result<()> {
        self.close_popup()?;
        let url = format!("chrome-extension://{CHROMIUM_ID}/popup.html");
        let made = self.call(None, "Target.createTarget", json!({"url": url}))?;
        let target = made["targetId"].as_str().context("no target")?.to_owned();
        let session = self.attach(&target)?;
        self.popup = Some((target, session.clone()));
        until("the popup's document", LONG, || {
            Ok((self.run(&session, "document.readyState")? == "complete").then_some(()))
        })
    }

    /// Has the popup's document believe in a scheme of colours, a size, and other wishes of the person.
    pub fn emulate(&mut self, media: &[(&str, &str)], size: Option<(u32, u32)>) -> Result<()> {
        let (_, session) = self.popup.clone().context("the popup is not open")?;
        let features: Vec<Value> =
            media.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.call(Some(&session), "Emulation.setEmulatedMedia", json!({"features": features}))?;
        if let Some((width, height)) = size {
            let metrics =
                json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
            self.call(Some(&session), "Emulation.setDeviceMetricsOverride", metrics)?;
        }
        Ok(())
    }

    /// A picture of the popup's document, as PNG.
    pub fn photograph(&mut self) -> Result<Vec<u8>> {
        let (_, session) = self.popup.clone().context("the popup is not open")?;
        let shot = self.call(Some(&session), "Page.captureScreenshot", json!({"format": "png"}))?;
        let data = shot["data"].as_str().context("no picture")?;
        Ok(data_encoding::BASE64.decode(data.as_bytes())?)
    }

    /// What media the tab's page takes the person for: its scheme of colours.
    pub fn emulate_page(&mut self, media: &[(&str, &str)]) -> Result<()> {
        let tab = self.tab.clone();
        let features: Vec<Value> =
            media.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.call(Some(&tab), "Emulation.setEmulatedMedia", json!({"features": features})).map(drop)
    }

    fn popup_target(&mut self) -> Result<Option<String>> {
        let pages = ["popup", "side"].map(|p| format!("chrome-extension://{CHROMIUM_ID}/{p}.html"));
        self.target(|url, _| pages.iter().any(|page| url.starts_with(page)))
    }
}

impl Browser for Chromium {
    fn kind(&self) -> Kind {
        Kind::Chromium
    }

    fn desktop(&self) -> Option<&Desktop> {
        self.desktop.as_ref()
    }

    fn set_page_width(&mut self, width: Option<u32>) -> Result<()> {
        let tab = self.tab.clone();
        let Some(width) = width else {
            let clear = "Emulation.clearDeviceMetricsOverride";
            return self.call(Some(&tab), clear, json!({})).map(drop);
        };
        let metrics =
            json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        self.call(Some(&tab), "Emulation.setDeviceMetricsOverride", metrics).map(drop)
    }

    fn photograph_page(&mut self) -> Result<Vec<u8>> {
        let tab = self.tab.clone();
        let size = self.page(PAGE_SIZE)?;
        let clip = json!({"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1});
        let how = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let shot = self.call(Some(&tab), "Page.captureScreenshot", how)?;
        let data = shot["data"].as_str().context("no picture")?;
        Ok(data_encoding::BASE64.decode(data.as_bytes())?)
    }

    fn open(&mut self, url: &str) -> Result<()> {
        let tab = self.tab.clone();
        self.call(Some(&tab), "Page.navigate", json!({"url": url}))?;
        let there =
            format!("document.readyState === 'complete' && location.href === {}", json!(url));
        self.wait_page("the page", &there)
    }

    fn go(&mut self, url: &str) -> Result<()> {
        let tab = self.tab.clone();
        self.call(Some(&tab), "Page.navigate", json!({"url": url})).map(drop)
    }

    fn calm(&mut self) -> Result<()> {
        let tab = self.tab.clone();
        self.call(Some(&tab), "Page.enable", json!({}))?;
        let quiet = "window.alert = window.print = () => undefined; window.confirm = () => false; \
             window.prompt = window.open = () => null; \
             addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true);";
        let quiet = json!({"source": quiet});
        self.call(Some(&tab), "Page.addScriptToEvaluateOnNewDocument", quiet).map(drop)
    }

    fn page(&mut self, script: &str) -> Result<Value> {
        let tab = self.tab.clone();
        self.run(&tab, script)
    }

    fn open_popup(&mut self) -> Result<()> {
        self.popup = None;
        self.press("alt+shift+l")?;
        let target = until("the popup", LONG, || self.popup_target())?;
        let session = self.attach(&target)?;
        self.popup = Some((target, session.clone()));
        until("the popup's document", LONG, || {
            Ok((self.run(&session, "document.readyState")? == "complete").then_some(()))
        })
    }

    fn popup(&mut self, script: &str) -> Result<Value> {
        let (_, session) = self.popup.clone().context("the popup is not open")?;
        self.run(&session, script)
    }

    fn catch_popup(&mut self) -> Result<bool> {
        let Some(target) = self.popup_target()? else {
            self.popup = None;
            return Ok(false);
        };
        if self.popup.as_ref().is_none_or(|(known, _)| *known != target) {
            let session = self.attach(&target)?;
            self.popup = Some((target, session));
        }
        Ok(true)
    }

    fn popup_is_open(&mut self) -> bool {
        self.popup_target().is_ok_and(|target| target.is_some())
    }

    fn close_popup(&mut self) -> Result<()> {
        let Some((target, _)) = self.popup.take() else { return Ok(()) };
        // It may be gone already.
        let _ = self.call(None, "Target.closeTarget", json!({"targetId": target}));
        until("the popup to close", LONG, || Ok(self.popup_target()?.is_none().then_some(())))
    }

    fn loads(&mut self) -> Result<Vec<String>> {
        let (_, session) = self.popup.clone().context("the popup is not open")?;
        self.call(Some(&session), "Network.enable", json!({}))?;
        self.events.clear();
        self.call(Some(&session), "Page.reload", json!({}))?;
        until("the popup's screen", LONG, || {
            Ok((!["", "loading"].contains(&self.screen()?.as_str())).then_some(()))
        })?;
        let asked =
            self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        Ok(asked
            .filter_map(|event| event["params"]["request"]["url"].as_str())
            .map(str::to_owned)
            .collect())
    }

    fn tabs(&mut self) -> Result<Vec<String>> {
        let targets = self.call(None, "Target.getTargets", json!({}))?;
        let list = targets["targetInfos"].as_array().context("no list of targets")?;
        let pages = list.iter().filter(|target| target["type"] == "page");
        Ok(pages.filter_map(|page| page["url"].as_str()).map(str::to_owned).collect())
    }

    fn stranger(&mut self) -> Result<String> {
        let ours = format!("chrome-extension://{CHROMIUM_ID}/");
        until("the other extension's service worker", LONG, || {
            let targets = self.call(None, "Target.getTargets", json!({}))?;
            let list = targets["targetInfos"].as_array().context("no list of targets")?;
            let urls = list.iter().filter(|target| target["type"] == "service_worker");
            let mut urls = urls.filter_map(|target| target["url"].as_str());
            let other =
                urls.find(|url| url.starts_with("chrome-extension:") && !url.starts_with(&ours));
            Ok(other.and_then(|url| Some(url.rsplit_once('/')?.0.to_owned() + "/")))
        })
    }

    fn frames(&mut self) -> Result<Vec<String>> {
        let tab = self.tab.clone();
        // A frame of another origin is a target of its own.
        let targets = self.call(None, "Target.getTargets", json!({}))?;
        let list = targets["targetInfos"].as_array().context("no list of targets")?;
        let apart = list.iter().filter(|target| target["type"] == "iframe");
        let mut urls: Vec<String> =
            apart.filter_map(|target| target["url"].as_str().map(str::to_owned)).collect();
        let tree = self.call(Some(&tab), "Page.getFrameTree", json!({}))?;
        let inside = tree["frameTree"]["childFrames"].as_array().into_iter().flatten();
        urls.extend(inside.filter_map(|child| child["frame"]["url"].as_str().map(str::to_owned)));
        Ok(urls)
    }

    fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    fn press(&mut self, keys: &str) -> Result<()> {
        let desktop =
            self.desktop.as_ref().context("the person's own display is not ours to type on")?;
        desktop.focus("chromium")?;
        desktop.press(keys)
    }

    fn context_menu(&mut self, selector: &str, _item: &str) -> Result<()> {
        let (x, y) = self.place(selector)?;
        let tag = format!("document.querySelector({}).localName", json!(selector));
        // Ours is above what is for developers: of a page two items, of a picture one.
        let ups = if self.page(&tag)? == "img" { 2 } else { 3 };
        let desktop = self.desktop.as_ref().context("no display of ours")?;
        desktop.focus("chromium")?;
        desktop.click(3, x, y)?;
        // The menu is the system's, and nothing says that it is there.
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..ups {
            desktop.press("Up")?;
        }
        desktop.press("Return")
    }
}
