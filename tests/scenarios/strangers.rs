//! Another extension in the same browser, and a web page, reach neither our host nor our pages.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use shared::protocol::{CHROMIUM_ID, FIREFOX_ID, HOST_NAME};
use tempfile::TempDir;

use tests::account::Account;
use tests::browser::{Browser, Kind};
use tests::login_page::LoginPage;
use tests::stage::Stage;
use tests::wait::{LONG, until};

use crate::KIND;

/// Its id in Firefox; Chromium makes one of the folder.
const STRANGER: &str = "stranger@example.org";

/// An extension that may speak to native hosts, as any may that asks for it.
fn stranger(folder: &Path) {
    let background = match KIND {
        Kind::Chromium => json!({"service_worker": "nothing.js"}),
        Kind::Firefox => json!({"scripts": ["nothing.js"]}),
    };
    let manifest = json!({
        "manifest_version": 3, "name": "Stranger", "version": "1.0",
        "permissions": ["nativeMessaging"], "background": background,
        "browser_specific_settings": {"gecko": {"id": STRANGER}},
    });
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    fs::write(folder.join("nothing.js"), "").unwrap();
    fs::write(folder.join("page.html"), "<!doctype html><title>Stranger</title><body></body>")
        .unwrap();
}

fn account() -> Account {
    Account::plain("Harbour Light", "keeper", b"12345678901234567890")
}

/// Says hello on a port, and gives back what came of it.
fn hello(browser: &mut dyn Browser, port: &str) -> String {
    let script = format!(
        "new Promise(done => {{ const api = globalThis.browser ?? chrome; let port; \
           try {{ port = {port}; }} catch (error) {{ return done('refused: ' + error.message); }} \
           port.onMessage.addListener(message => done('answered: ' + JSON.stringify(message))); \
           port.onDisconnect.addListener(port => \
             done('refused: ' + ((port.error ?? api.runtime.lastError)?.message ?? ''))); \
           port.postMessage({{v: 1, id: 1, op: 'hello', p: {{min: 1, max: 1, ext_version: '1.0.0', browser: 'x'}}}}); \
           setTimeout(done, 8000, 'silence'); }})"
    );
    browser.page(&script).unwrap().as_str().unwrap().to_owned()
}

/// Adds a frame to the page, and gives back what it really shows.
fn frame(browser: &mut dyn Browser, url: &str) -> Vec<String> {
    let script = format!(
        "new Promise(done => {{ const frame = document.createElement('iframe'); frame.src = {}; \
           const settled = () => setTimeout(done, 500, true); frame.onload = settled; frame.onerror = settled; \
           setTimeout(done, 3000, true); document.body.replaceChildren(frame); }})",
        json!(url)
    );
    browser.page(&script).unwrap();
    browser.frames().unwrap()
}

/// Where our own files are, as only our own pages know in Firefox.
fn own(browser: &mut dyn Browser) -> String {
    browser.open_popup().unwrap();
    let own = browser.popup("location.origin + '/'").unwrap().as_str().unwrap().to_owned();
    browser.wait_screen("unlock", LONG).unwrap();
    browser.close_popup().unwrap();
    own
}

#[test]
fn another_extension_reaches_neither_the_host_nor_ours() {
    let folder = TempDir::new().unwrap();
    stranger(folder.path());
    let mut stage = Stage::beside(KIND, &[account()], folder.path()).unwrap();
    let browser = stage.browser.as_mut();
    let own = own(browser);
    let theirs = browser.stranger().unwrap();
    browser.open(&format!("{theirs}page.html")).unwrap();

    // The browser knows who may call the host.
    let native = format!("api.runtime.connectNative('{HOST_NAME}')");
    let wanted = match KIND {
        Kind::Chromium => "forbidden",
        Kind::Firefox => "No such native application",
    };
    let said = hello(browser, &native);
    assert!(said.starts_with("refused") && said.contains(wanted), "{said}");

    // Ours listens to nobody from outside; its background is awake, it has just had the popup.
    let id = match KIND {
        Kind::Chromium => CHROMIUM_ID,
        Kind::Firefox => FIREFOX_ID,
    };
    let said = hello(browser, &format!("api.runtime.connect('{id}', {{name: 'popup'}})"));
    assert!(said.starts_with("refused"), "{said}");
    let sent = browser
        .page(&format!(
            "(globalThis.browser ?? chrome).runtime.sendMessage('{id}', {{op: 'list'}}) \
               .then(answer => 'answered: ' + JSON.stringify(answer ?? null), error => 'refused')"
        ))
        .unwrap();
    assert_eq!(sent, "refused");

    // Its own page may be framed, ours not: no list of ours lies under anybody's glass.
    let page = format!("{theirs}page.html?framed");
    assert!(frame(browser, &page).contains(&page), "a frame that shows nothing proves nothing");
    for name in ["popup.html", "side.html", "desk.html"] {
        let page = format!("{own}{name}");
        assert!(!frame(browser, &page).contains(&page), "{name} is framed");
    }
    let read = |url: &str| format!("fetch({}).then(() => true, () => false)", json!(url));
    assert_eq!(browser.page(&read("nothing.js")).unwrap(), json!(true));
    assert_eq!(browser.page(&read(&format!("{own}popup.html"))).unwrap(), json!(false));

    // Whoever can write manifests lets the stranger through the browser. The host itself turns it away.
    let (manifest, list, who) = match KIND {
        Kind::Chromium => {
            (stage.home.profile().join("NativeMessagingHosts"), "allowed_origins", theirs.clone())
        }
        Kind::Firefox => (
            stage.home.path().join(".mozilla/native-messaging-hosts"),
            "allowed_extensions",
            STRANGER.to_owned(),
        ),
    };
    let manifest = manifest.join(format!("{HOST_NAME}.json"));
    let mut text: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    text[list].as_array_mut().unwrap().push(who.into());
    fs::write(&manifest, text.to_string()).unwrap();
    let mut said = String::new();
    until("the browser to have read the manifest", LONG, || {
        said = hello(stage.browser.as_mut(), &native);
        Ok((!said.contains(wanted)).then_some(()))
    })
    .unwrap();
    assert!(said.starts_with("refused"), "{said}");
}

#[test]
fn a_page_finds_nothing_of_ours() {
    let page = LoginPage::open(account()).unwrap();
    let mut stage = Stage::new(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    let own = own(browser);
    browser.open(&page.single()).unwrap();
    for name in ["popup.html", "page.js", "icons/mark.svg"] {
        let url = json!(format!("{own}{name}"));
        let found = browser
            .page(&format!(
                "(async () => {{ const tried = [fetch({url}).then(() => 'fetch', () => '')]; \
                   for (const tag of ['img', 'script']) tried.push(new Promise(done => {{ \
                     const e = document.createElement(tag); e.onload = () => done(tag); \
                     e.onerror = () => done(''); e.src = {url}; document.body.append(e); }})); \
                   return (await Promise.all(tried)).join(''); }})()"
            ))
            .unwrap();
        assert_eq!(found, "", "{name}");
    }
    let page = format!("{own}popup.html");
    assert!(!frame(browser, &page).contains(&page), "the popup is framed");
    // An id from the shop is known to everybody; nobody is let in by it.
    let open = browser.page("typeof globalThis.chrome?.runtime?.connect").unwrap();
    assert_eq!(open, "undefined");
}
