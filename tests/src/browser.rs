//! What a person does with a browser, in the words of both: open a page, click the toolbar button,
//! look at what is there. On top of it what a person does with our popup.
//!
//! Never here: a protocol of one browser.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::desktop::Desktop;
use crate::wait::{LONG, until};

/// The browsers there are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Chromium, and what is made of it.
    Chromium,
    /// Firefox.
    Firefox,
}

/// A row of the popup's list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// The account's id.
    pub id: String,
    /// Its issuer, as shown.
    pub issuer: String,
    /// Its name, as shown.
    pub label: String,
    /// Its code, without blanks; empty if none is shown.
    pub code: String,
    /// When it was read, in seconds since 1970.
    pub at: u64,
}

/// A running browser with our extension in it.
pub trait Browser {
    /// Which one.
    fn kind(&self) -> Kind;

    /// The display that it is on, if that is ours.
    fn desktop(&self) -> Option<&Desktop>;

    /// Loads a page in the tab.
    fn open(&mut self, url: &str) -> Result<()>;

    /// Sets out for a page in the tab, and waits for nothing.
    fn go(&mut self, url: &str) -> Result<()>;

    /// Keeps every page from now on from asking the person something in a window of its own.
    fn calm(&mut self) -> Result<()>;

    /// Runs JavaScript, an expression, in the tab's page, and gives back its value.
    fn page(&mut self, script: &str) -> Result<Value>;

    /// Clicks the button in the toolbar (or presses its keys), and waits until the popup is there.
    fn open_popup(&mut self) -> Result<()>;

    /// Makes the page in the tab so wide, or as wide as its window again.
    fn set_page_width(&mut self, width: Option<u32>) -> Result<()>;

    /// A picture of the page in the tab from its top to its end, as PNG.
    fn photograph_page(&mut self) -> Result<Vec<u8>>;

    /// Runs JavaScript, an expression, in the popup's document.
    fn popup(&mut self, script: &str) -> Result<Value>;

    /// Takes hold of a popup that opened by itself. Whether there is one.
    fn catch_popup(&mut self) -> Result<bool>;

    /// Whether the popup is on screen.
    fn popup_is_open(&mut self) -> bool;

    /// Closes the popup as a click elsewhere would.
    fn close_popup(&mut self) -> Result<()>;

    /// Loads the popup's document anew, and gives back every URL that it asked for.
    fn loads(&mut self) -> Result<Vec<String>>;

    /// Addresses of all tabs.
    fn tabs(&mut self) -> Result<Vec<String>>;

    /// Where the files of the extension are that was loaded beside ours.
    fn stranger(&mut self) -> Result<String>;

    /// What the frames of the tab's page really show.
    fn frames(&mut self) -> Result<Vec<String>>;

    /// Whether the browser itself is still there.
    fn is_running(&mut self) -> bool;

    /// Presses keys, e.g. `alt+shift+o`, with the focus where a person would have it.
    fn press(&mut self, keys: &str) -> Result<()>;

    /// Opens the context menu on an element of the page, with the mouse, and chooses an item of ours.
    fn context_menu(&mut self, selector: &str, item: &str) -> Result<()>;

    /// Where on the screen the middle of an element of the page is.
    fn place(&mut self, selector: &str) -> Result<(i64, i64)> {
        let place = self.page(&middle(selector))?;
        Ok(serde_json::from_value(place)?)
    }

    /// Where on the screen the middle of an element of the popup is.
    fn popup_place(&mut self, selector: &str) -> Result<(i64, i64)> {
        let place = self.popup(&middle(selector))?;
        Ok(serde_json::from_value(place)?)
    }

    /// Sees to it that keys go to the popup, as they do after a click on the button with a real mouse.
    fn focus_popup(&mut self) -> Result<()> {
        Ok(())
    }

    /// Which screen the popup shows, with the kind of problem if it is that: `problem:host_missing`.
    fn screen(&mut self) -> Result<String> {
        let shown = self.popup(
            "(() => { const m = document.querySelector('main[data-screen]'); \
             return m ? m.dataset.screen + (m.dataset.problem ? ':' + m.dataset.problem : '') : ''; })()",
        )?;
        Ok(shown.as_str().unwrap_or_default().to_owned())
    }

    /// Waits for a screen.
    fn wait_screen(&mut self, wanted: &str, limit: Duration) -> Result<()> {
        let mut last = String::new();
        until("the popup's screen", limit, || {
            last = self.screen()?;
            Ok((last == wanted).then_some(()))
        })
        .with_context(|| format!("the popup shows `{last}` instead of `{wanted}`"))
    }

    /// Waits until an expression is true in the popup.
    fn wait_popup(&mut self, what: &str, script: &str) -> Result<()> {
        until(what, LONG, || Ok((self.popup(script)? == json!(true)).then_some(())))
    }

    /// Waits until an expression is true in the page.
    fn wait_page(&mut self, what: &str, script: &str) -> Result<()> {
        until(what, LONG, || Ok((self.page(script)? == json!(true)).then_some(())))
    }

    /// Puts a text into a field of the popup, as typing would.
    fn enter(&mut self, selector: &str, text: &str) -> Result<()> {
        let (selector, text) = (json!(selector), json!(text));
        let done = self.popup(&format!(
            "(() => {{ const f = document.querySelector({selector}); if (!f) return false; f.focus(); \
             f.value = {text}; f.dispatchEvent(new Event('input', {{bubbles: true}})); \
             f.dispatchEvent(new Event('change', {{bubbles: true}})); return true; }})()"
        ))?;
        if done != json!(true) {
            bail!("the popup has no {selector}");
        }
        Ok(())
    }

    /// Clicks something in the popup.
    fn click(&mut self, selector: &str) -> Result<()> {
        let script = format!(
            "(() => {{ const e = document.querySelector({}); if (!e) return false; e.click(); return true; }})()",
            json!(selector)
        );
        until(&format!("{selector} in the popup"), LONG, || {
            Ok((self.popup(&script)? == json!(true)).then_some(()))
        })
    }

    /// Hands the desk a file, as the browser's dialogue would.
    fn pick(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let then = "const f = document.querySelector('#file'); f.files = d.files; \
            f.dispatchEvent(new Event('change', {bubbles: true}));";
        self.page(&with_file(name, bytes, then)).map(drop)
    }

    /// Drags a file over the desk and lets it go there.
    fn let_go(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let then = "const to = document.querySelector('.drop'); \
            for (const of of ['dragenter', 'dragover', 'drop']) to.dispatchEvent(new DragEvent(of, \
              {bubbles: true, cancelable: true, dataTransfer: d}));";
        self.page(&with_file(name, bytes, then)).map(drop)
    }

    /// Unlocks the vault in the popup that is open.
    fn unlock(&mut self, password: &str) -> Result<()> {
        self.wait_screen("unlock", LONG)?;
        self.enter("#password", password)?;
        self.click("[data-do=submit]")?;
        self.wait_screen("list", LONG)
    }

    /// All rows of the list, whether in view or not, each with its code as shown.
    fn rows(&mut self) -> Result<Vec<Row>> {
        let mut rows: Vec<Row> = Vec::new();
        self.popup(&scroll(false))?;
        loop {
            // The codes of rows that have just come into view are asked for then.
            let seen = self.in_view()?;
            for row in seen["rows"].as_array().into_iter().flatten() {
                let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
                if rows.iter().all(|known| known.id != text("id")) {
                    rows.push(Row {
                        id: text("id"),
                        issuer: text("issuer"),
                        label: text("label"),
                        code: text("code"),
                        at: row["at"].as_u64().unwrap_or_default(),
                    });
                }
            }
            if self.popup(&scroll(true))? != json!(true) {
                self.popup(&scroll(false))?;
                return Ok(rows);
            }
        }
    }

    /// What is in view, once it has settled.
    fn in_view(&mut self) -> Result<Value> {
        until("the codes of the rows in view", LONG, || {
            let seen = self.popup(ROWS)?;
            let settled = seen["settled"] == json!(true);
            Ok(settled.then_some(seen))
        })
    }

    /// Scrolls until an account's row is in view.
    fn show(&mut self, id: &str) -> Result<()> {
        let there = format!("!!document.querySelector('[data-account=\"{id}\"]')");
        self.popup(&scroll(false))?;
        loop {
            self.in_view()?;
            if self.popup(&there)? == json!(true) {
                return Ok(());
            }
            if self.popup(&scroll(true))? != json!(true) {
                bail!("the list has no account {id}");
            }
        }
    }

    /// Clicks Fill for an account, and confirms the link to the page's site if that is asked.
    fn fill(&mut self, id: &str) -> Result<()> {
        self.show(id)?;
        let button = format!("[data-account=\"{id}\"] [data-do=fill]");
        if self.popup(&format!("!!document.querySelector({})", json!(button)))? == json!(true) {
            self.click(&button)?;
        } else {
            // An account of another site, or of none: its menu offers the link, as soon as the popup
            // knows which page it stands over.
            until("the link in the menu", LONG, || {
                self.click(&format!("[data-account=\"{id}\"] [data-do=menu]"))?;
                self.wait_popup("the menu", "!!document.querySelector('#menu')")?;
                if self.popup("!!document.querySelector('#menu [data-do=link]')")? == json!(true) {
                    self.click("#menu [data-do=link]")?;
                    return Ok(Some(()));
                }
                self.click("#menu [data-do=cancel]")?;
                Ok(None)
            })?;
        }
        let mut linked = false;
        // The popup closes when the code is in the page; or it asks for the link first.
        until("the code to go out", LONG, || {
            if !self.popup_is_open() {
                return Ok(Some(()));
            }
            if !linked
                && self.popup("!!document.querySelector('#offer [data-do=link]')")? == json!(true)
            {
                self.click("#offer [data-do=link]")?;
                linked = true;
            }
            Ok(None)
        })
        .with_context(|| format!("the popup says: {}", self.said()))
    }

    /// What the popup says to the person just now: its toast and its alerts.
    fn said(&mut self) -> String {
        self.popup(
            "[...document.querySelectorAll('#toast, [role=alert], [role=dialog] p')].map(e => e.textContent.trim()).join(' | ')",
        )
        .map_or_else(|error| format!("{error:#}"), |text| text.as_str().unwrap_or("").to_owned())
    }
}

/// How wide and high a picture of a page is: long lists need not be there to their end.
pub const PAGE_SIZE: &str = "[innerWidth, Math.min(document.documentElement.scrollHeight, 2400)]";

/// A script that has a file on its way, as `d`.
fn with_file(name: &str, bytes: &[u8], then: &str) -> String {
    format!(
        "(() => {{ const d = new DataTransfer(); \
         d.items.add(new File([new Uint8Array({})], {})); {then} return true; }})()",
        json!(bytes),
        json!(name)
    )
}

/// Goes to the top of the list, or on by less than a page; true if that moved it.
fn scroll(on: bool) -> String {
    format!(
        "(() => {{ let e = document.querySelector('[data-account]'); \
           while (e && !(e.scrollHeight > e.clientHeight + 1 \
             && ['auto', 'scroll'].includes(getComputedStyle(e).overflowY))) e = e.parentElement; \
           const list = e ?? document.scrollingElement; const was = list.scrollTop; \
           list.scrollTop = {on} ? was + Math.max(40, list.clientHeight * 0.7) : 0; \
           return list.scrollTop !== was; }})()"
    )
}

/// What is in view, in one look; settled when rows fill the view (the list makes them when it hears that it was
/// scrolled) and each has its code, or none to have.
const ROWS: &str = "(() => { const rows = [...document.querySelectorAll('[data-account]')]; \
    const high = innerHeight; let settled = !document.querySelector('#list [aria-busy=true]'); const at = Math.floor(Date.now() / 1000); \
    const seen = []; let above = high, below = 0; for (const r of rows) { const b = r.getBoundingClientRect(); \
      if (b.bottom < 0 || b.top > high) continue; \
      above = Math.min(above, b.top); below = Math.max(below, b.bottom); \
      const text = c => (r.querySelector(c)?.textContent ?? '').trim(); \
      const code = text('.code').replace(/\\s/g, ''); \
      const counts = !!r.querySelector('[data-do=\"next-code\"]'); \
      const ready = /^[0-9A-Za-z]+$/.test(code); \
      if (!ready && !counts) { settled = false; continue; } \
      seen.push({id: r.dataset.account, issuer: text('.issuer'), label: text('.label'), \
        code: ready ? code : '', at}); } \
    const all = document.querySelector('#list ul')?.getBoundingClientRect(); \
    const box = document.querySelector('#list')?.getBoundingClientRect(); \
    if (rows.length && (above > Math.max(all.top, box.top) + 120 \
      || below < Math.min(all.bottom, box.bottom, high) - 80)) settled = false; \
    return {settled, rows: seen}; })()";

/// Where on the screen the middle of an element is, as its document says it.
fn middle(selector: &str) -> String {
    format!(
        "(() => {{ const b = document.querySelector({}).getBoundingClientRect(); \
         const side = (outerWidth - innerWidth) / 2; \
         const left = globalThis.mozInnerScreenX ?? screenX + side; \
         const top = globalThis.mozInnerScreenY ?? screenY + outerHeight - innerHeight - side; \
         return [Math.round(left + b.left + b.width / 2), Math.round(top + b.top + b.height / 2)]; }})()",
        json!(selector)
    )
}
