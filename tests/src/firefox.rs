//! Firefox by WebDriver, and by its chrome context for the browser's own window, where the toolbar button and the popup
//! are.
//!
//! Never here: Chromium; how a session is spoken with (`webdriver`).

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use shared::protocol::FIREFOX_ID;

use crate::browser::{Browser, Kind, PAGE_SIZE};
use crate::desktop::Desktop;
use crate::home::Home;
use crate::wait::{LONG, until};
use crate::webdriver::WebDriver;

/// A running Firefox with the add-on installed.
pub struct Firefox {
    driver: WebDriver,
    desktop: Option<Desktop>,
}

impl Firefox {
    /// Starts it on a display of ours, or, without one, where the person sits. The first of the extensions is ours.
    pub fn start(home: &Home, desktop: Option<Desktop>, extensions: &[&Path]) -> Result<Self> {
        let driver = crate::process::find("geckodriver").context("there is no geckodriver")?;
        let mut command = home.furnish(crate::process::leashed(driver));
        command
            .args(["--host", "127.0.0.1", "--allow-system-access"])
            .arg("--profile-root")
            .arg(home.profile())
            .stdout(fs::File::create(home.path().join("firefox.log"))?)
            .stderr(Stdio::null());
        if let Some(desktop) = &desktop {
            desktop.place(&mut command).env_remove("DBUS_SESSION_BUS_ADDRESS");
        }
        let options = json!({
            "args": ["--width=1200", "--height=850"],
            "prefs": {
                "browser.shell.checkDefaultBrowser": false,
                "browser.aboutwelcome.enabled": false,
                "datareporting.policy.dataSubmissionEnabled": false,
                "extensions.webextensions.warnings-as-errors": false,
                "network.dns.localDomains": "plain.test,other.test",
                "ui.popup.disable_autohide": false,
            },
        });
        let others = json!({
            "browserName": "firefox", "timeouts": {"script": 30_000}, "unhandledPromptBehavior": "dismiss",
        });
        let driver = WebDriver::start(&mut command, options, others)?;
        let firefox = Self { driver, desktop };
        for path in extensions {
            firefox.driver.post("/moz/addon/install", json!({"path": path, "temporary": true}))?;
        }
        let (widget, button) = (widget("browser-action"), widget("BAP"));
        until("the toolbar button", LONG, || {
            // Into the toolbar, as a person would pin it.
            let script = format!(
                "const {{CustomizableUI}} = ChromeUtils.importESModule('moz-src:///browser/components/customizableui/CustomizableUI.sys.mjs'); \
                 if (!CustomizableUI.getWidget('{widget}')) return false; \
                 CustomizableUI.addWidgetToArea('{widget}', CustomizableUI.AREA_NAVBAR); \
                 return !!document.getElementById('{button}');"
            );
            Ok((firefox.chrome(&script)? == json!(true)).then_some(()))
        })?;
        Ok(firefox)
    }

    /// Runs a script, the body of a function, in the browser's own window.
    pub fn chrome(&self, script: &str) -> Result<Value> {
        self.driver.post("/moz/context", json!({"context": "chrome"}))?;
        let answer = self.driver.post("/execute/async", asynchronous(script));
        self.driver.post("/moz/context", json!({"context": "content"}))?;
        settled(answer?)
    }

    /// A picture of the popup's document in a scheme of colours, as PNG.
    pub fn photograph(&mut self, dark: bool) -> Result<Vec<u8>> {
        // The popup goes by the browser's own theme: the person's choice in our settings goes before that.
        let theme = if dark { "dark" } else { "light" };
        let shot = self.chrome(&format!(
            "{POPUP} \
             Services.prefs.setIntPref('ui.prefersReducedMotion', 1); \
             const global = popup.browsingContext.currentWindowGlobal; \
             const actor = global.getActor('MarionetteCommands'); \
             await actor.executeScript('document.documentElement.dataset.theme = `{theme}`; \
               return new Promise(done => requestAnimationFrame(() => \
               requestAnimationFrame(() => done(0))))', [], {{timeout: 20000, async: false}}); \
             const picture = await global.drawSnapshot(null, 1, 'white'); \
             {AS_PNG}"
        ))?;
        let data = shot.as_str().context("no picture")?;
        Ok(data_encoding::BASE64.decode(data.as_bytes())?)
    }
}

/// Firefox's id of the toolbar item (`browser-action`), or of the button inside (`BAP`).
fn widget(part: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    format!("{}-{part}", FIREFOX_ID.to_lowercase().chars().map(plain).collect::<String>())
}

/// Gives a picture back as PNG in Base64.
const AS_PNG: &str = "const canvas = document.createElementNS('http://www.w3.org/1999/xhtml', 'canvas'); \
     [canvas.width, canvas.height] = [picture.width, picture.height]; \
     canvas.getContext('2d').drawImage(picture, 0, 0); \
     return canvas.toDataURL('image/png').split(',')[1];";

/// A function body that may await, and whose failure is told apart from its value.
fn asynchronous(body: &str) -> Value {
    json!({"args": [], "script": format!(
        "const done = arguments[arguments.length - 1]; (async () => {{ {body} }})()\
         .then(value => done({{value: value === undefined ? null : value}}), error => done({{failed: String(error)}}));"
    )})
}

fn settled(mut answer: Value) -> Result<Value> {
    if let Some(error) = answer["failed"].as_str() {
        bail!("the script failed: {error}");
    }
    Ok(answer["value"].take())
}

/// The browser element of the popup, in the browser's own window.
const POPUP: &str = "const popup = [...document.querySelectorAll('browser.webextension-popup-browser')]\
    .find(b => b.currentURI?.spec.startsWith('moz-extension:') && !b.closest('[hidden]') \
      && b.closest('panel')?.state === 'open');";

impl Browser for Firefox {
    fn kind(&self) -> Kind {
        Kind::Firefox
    }

    fn set_page_width(&mut self, width: Option<u32>) -> Result<()> {
        let width = width.map(|width| format!("{width}px")).unwrap_or_default();
        self.chrome(&format!(
            "const style = gBrowser.selectedBrowser.style; \
             [style.minWidth, style.maxWidth] = ['{width}', '{width}'];"
        ))?;
        self.page("new Promise(done => requestAnimationFrame(() => done(0)))").map(drop)
    }

    fn photograph_page(&mut self) -> Result<Vec<u8>> {
        let size = self.page(PAGE_SIZE)?;
        let shot = self.chrome(&format!(
            "const global = gBrowser.selectedBrowser.browsingContext.currentWindowGlobal; \
             const picture = await global.drawSnapshot(new DOMRect(0, 0, ...{size}), 1, 'white'); \
             {AS_PNG}"
        ))?;
        let data = shot.as_str().context("no picture")?;
        Ok(data_encoding::BASE64.decode(data.as_bytes())?)
    }

    fn desktop(&self) -> Option<&Desktop> {
        self.desktop.as_ref()
    }

    fn open(&mut self, url: &str) -> Result<()> {
        self.driver.post("/url", json!({"url": url})).map(drop)
    }

    fn go(&mut self, url: &str) -> Result<()> {
        // A page that never stops loading is a page all the same: what waits for it is the caller.
        self.driver.post("/timeouts", json!({"pageLoad": 8_000}))?;
        match self.driver.post("/url", json!({"url": url})) {
            Err(error) if error.to_string().contains("timeout") => Ok(()),
            answer => answer.map(drop),
        }
    }

    fn calm(&mut self) -> Result<()> {
        // Said when the session began: WebDriver dismisses what a page asks.
        Ok(())
    }

    fn page(&mut self, script: &str) -> Result<Value> {
        settled(self.driver.post("/execute/async", asynchronous(&format!("return ({script});")))?)
    }

    fn open_popup(&mut self) -> Result<()> {
        // A real click of WebDriver on the real button, so that the add-on gets its active tab.
        self.driver.post("/moz/context", json!({"context": "chrome"}))?;
        let found = self.driver.post(
            "/element",
            json!({"using": "css selector", "value": format!("#{}", widget("BAP"))}),
        );
        let clicked = found.and_then(|element| {
            let id = element
                .as_object()
                .and_then(|object| object.values().next())
                .and_then(Value::as_str)
                .context("no toolbar button")?
                .to_owned();
            self.driver.post(&format!("/element/{id}/click"), json!({}))
        });
        self.driver.post("/moz/context", json!({"context": "content"}))?;
        clicked?;
        until("the popup", LONG, || Ok(self.popup_is_open().then_some(())))?;
        until("the popup's document", LONG, || {
            Ok((self.popup("document.readyState")? == "complete").then_some(()))
        })
    }

    fn popup(&mut self, script: &str) -> Result<Value> {
        let script = json!(format!("return ({script});"));
        self.chrome(&format!(
            "{POPUP} if (!popup) throw new Error('the popup is not open'); \
             const actor = popup.browsingContext.currentWindowGlobal.getActor('MarionetteCommands'); \
             return await actor.executeScript({script}, [], {{timeout: 20000, async: false}});"
        ))
    }

    fn catch_popup(&mut self) -> Result<bool> {
        Ok(self.popup_is_open())
    }

    fn focus_popup(&mut self) -> Result<()> {
        let desktop = self.desktop.as_ref().context("no display of ours")?;
        desktop.focus("firefox")?;
        self.chrome(&format!("{POPUP} popup?.focus();")).map(drop)
    }

    fn popup_is_open(&mut self) -> bool {
        self.chrome(&format!("{POPUP} return !!popup;")).is_ok_and(|open| open == json!(true))
    }

    fn close_popup(&mut self) -> Result<()> {
        self.chrome(&format!("{POPUP} popup?.closest('panel').hidePopup();"))?;
        until("the popup to close", LONG, || Ok((!self.popup_is_open()).then_some(())))
    }

    fn loads(&mut self) -> Result<Vec<String>> {
        // What goes through the network is seen where every tab's requests pass; what comes out of the
        // add-on's own package does not, and is asked of the document.
        self.chrome(
            "window.countersignSeen = []; const watch = { observe(channel) { \
               channel.QueryInterface(Ci.nsIHttpChannel); \
               window.countersignSeen.push([channel.loadInfo.triggeringPrincipal.origin, channel.URI.spec]); } }; \
             Services.obs.addObserver(watch, 'http-on-modify-request');",
        )?;
        self.popup("(location.reload(), true)")?;
        until("the popup's screen", LONG, || {
            Ok((!["", "loading"].contains(&self.screen()?.as_str())).then_some(()))
        })?;
        // Without this request of the page among them, the watch would have been blind.
        self.page("fetch('/control').then(() => true)")?;
        let seen: Vec<(String, String)> =
            serde_json::from_value(self.chrome("return [...window.countersignSeen];")?)?;
        if !seen.iter().any(|(_, url)| url.ends_with("/control")) {
            bail!("requests are not seen: {seen:?}");
        }
        let own = self.popup("location.origin")?;
        let own_links =
            "[...document.querySelectorAll('link, script, img')].map(e => e.href || e.src)";
        let mut urls: Vec<String> = serde_json::from_value(self.popup(own_links)?)?;
        urls.extend(seen.into_iter().filter(|(who, _)| own == who.as_str()).map(|(_, url)| url));
        Ok(urls)
    }

    fn tabs(&mut self) -> Result<Vec<String>> {
        let tabs = self.chrome("return [...gBrowser.browsers].map(b => b.currentURI.spec);")?;
        Ok(serde_json::from_value(tabs)?)
    }

    fn stranger(&mut self) -> Result<String> {
        let url = self.chrome(&format!(
            "const policy = WebExtensionPolicy.getActiveExtensions() \
               .find(p => p.temporarilyInstalled && p.id !== '{FIREFOX_ID}'); return policy?.getURL('');"
        ))?;
        Ok(url.as_str().context("there is no other extension")?.to_owned())
    }

    fn frames(&mut self) -> Result<Vec<String>> {
        let urls = self.chrome(
            "return gBrowser.selectedBrowser.browsingContext.children \
               .map(child => child.currentWindowGlobal?.documentURI.spec ?? '');",
        )?;
        Ok(serde_json::from_value(urls)?)
    }

    fn is_running(&mut self) -> bool {
        self.driver.is_running() && self.chrome("return true;").is_ok()
    }

    fn press(&mut self, keys: &str) -> Result<()> {
        // A popup that is open has the keyboard, and the window behind it would not take it.
        let over = self.popup_is_open();
        let desktop =
            self.desktop.as_ref().context("the person's own display is not ours to type on")?;
        if !over {
            desktop.focus("firefox")?;
        }
        desktop.press(keys)
    }

    fn context_menu(&mut self, selector: &str, item: &str) -> Result<()> {
        let (x, y) = self.place(selector)?;
        let desktop = self.desktop.as_ref().context("no display of ours")?;
        desktop.focus("firefox")?;
        desktop.click(3, x, y)?;
        let item = json!(item);
        until("the item in the menu", LONG, || {
            let chosen = self.chrome(&format!(
                "const menu = document.getElementById('contentAreaContextMenu'); \
                 if (menu.state !== 'open') return false; \
                 const found = [...menu.querySelectorAll('menuitem')].find(i => i.label === {item}); \
                 if (!found) throw new Error('there is no such item'); \
                 menu.activateItem(found); return true;"
            ))?;
            Ok((chosen == json!(true)).then_some(()))
        })
    }
}
