//! Step three: start this program the way a browser does, and see it answer.
//!
//! Never here: anything but a greeting. The vault stays locked.

use std::ffi::OsString;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use shared::protocol::{CHROMIUM_ID, FIREFOX_ID, VERSION};

use crate::doctor::Check;
use crate::frame;
use crate::install::browsers::{BROWSERS, Browser, Family};
use crate::install::places::{Places, System};
use crate::install::{is_found, manifest, spots};

/// A popup waits for 3 s; a machine that is busy with something else is not ill.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn examine(places: &Places) -> Vec<Check> {
    let mut checks = Vec::new();
    for (family, name) in [(Family::Chromium, "chromium"), (Family::Firefox, "firefox")] {
        let here =
            |browser: &&'static Browser| browser.family == family && is_found(browser, places);
        let Some(browser) = BROWSERS.iter().find(here) else { continue };
        let title = match family {
            Family::Chromium => "Chromium browsers",
            Family::Firefox => "Firefox browsers",
        };
        checks.push(match greet(places, browser, name) {
            Ok(version) if version == env!("CARGO_PKG_VERSION") => {
                Check::good("start", format!("started as {title} do, it answers"))
            }
            Ok(version) => Check::bad(
                "start",
                format!("started as {title} do, version {version} answers"),
                "install Countersign again, then run its `install`",
            ),
            Err(why) => Check::bad(
                "start",
                format!("started as {title} do, it {why}"),
                "run `countersign doctor` in a terminal; if this stays, please report it with that line",
            ),
        });
    }
    checks
}

/// The version that answers a greeting.
fn greet(places: &Places, browser: &'static Browser, name: &str) -> Result<String, String> {
    let mut child = Command::new(&places.binary)
        .args(arguments(places, browser))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("does not start: {error}"))?;
    let answer = converse(&mut child, name);
    // It ends by itself when its input does; if not, it is ended.
    drop(child.stdin.take());
    if answer.is_err() {
        let _ = child.kill();
    }
    let _ = child.wait();
    let answer = answer?;
    match answer["ok"]["hello"]["host_version"].as_str() {
        Some(version) => Ok(version.to_owned()),
        None => Err("answers the greeting with something else".to_owned()),
    }
}

/// What browsers pass: Chromium the origin of the extension, Firefox the manifest and the add-on's id.
fn arguments(places: &Places, browser: &'static Browser) -> Vec<OsString> {
    match browser.family {
        Family::Chromium => {
            let origin = format!("chrome-extension://{CHROMIUM_ID}/").into();
            match places.system {
                System::Windows => vec![origin, "--parent-window=0".into()],
                _ => vec![origin],
            }
        }
        Family::Firefox => {
            let spot = spots(browser, places, false).into_iter().next();
            let file = spot.map_or(manifest::file_name().into(), |spot| spot.file);
            vec![file.into(), FIREFOX_ID.into()]
        }
    }
}

fn converse(child: &mut Child, browser: &str) -> Result<Value, String> {
    let (Some(input), Some(mut output)) = (child.stdin.as_mut(), child.stdout.take()) else {
        return Err("has no pipes".to_owned());
    };
    let hello = json!({ "v": VERSION, "id": 1, "op": "hello", "p": {
        "min": VERSION, "max": VERSION,
        "ext_version": env!("CARGO_PKG_VERSION"), "browser": browser,
    }})
    .to_string();
    frame::write(input, hello.as_bytes()).map_err(|error| format!("ends at once: {error}"))?;

    let (sender, answers) = mpsc::channel();
    thread::spawn(move || {
        // Nobody listens after the timeout.
        let _ = sender.send(frame::read(&mut output));
    });
    match answers.recv_timeout(PATIENCE) {
        Ok(Ok(Some(answer))) => {
            serde_json::from_slice(&answer).map_err(|_| "does not answer JSON".to_owned())
        }
        Ok(_) => Err("ends without an answer".to_owned()),
        Err(_) => Err(format!("does not answer within {} s", PATIENCE.as_secs())),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, set_permissions, write};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::install::places::places_in;

    fn with_program(script: &str) -> Vec<Check> {
        let folder = tempfile::tempdir().unwrap();
        let places = places_in(folder.path(), System::Linux);
        create_dir_all(places.resolve("$config/chromium/Default")).unwrap();
        create_dir_all(places.binary.parent().unwrap()).unwrap();
        write(&places.binary, format!("#!/bin/sh\n{script}\n")).unwrap();
        set_permissions(&places.binary, std::fs::Permissions::from_mode(0o755)).unwrap();
        examine(&places)
    }

    #[test]
    fn what_the_program_does_instead_of_answering_is_told() {
        let told = |script: &str| with_program(script)[0].finding.clone();
        let ends = told("exit 2");
        assert!(ends.contains("ends without an answer") || ends.contains("ends at once"), "{ends}");
        assert!(
            told("head -c 9 >/dev/null; printf '\\002\\000\\000\\000{}'")
                .ends_with("something else")
        );
        assert!(told("exec /nowhere/at/all").contains("it ends"));
    }
}
