//! How each browser of this machine stands to this program: whether it knows it, and could start it.
//!
//! Never here: repairing (`install`), and why exactly it does not (`doctor`).

use std::path::Path;

use shared::protocol::Standing;

use crate::install::browsers::{BROWSERS, Browser};
use crate::install::manifest::ManifestFault;
use crate::install::places::Places;
use crate::install::{check, is_found, sandbox, spots};

/// `None` for a browser that is not here.
pub fn of(browser: &'static Browser, places: &Places) -> Option<Standing> {
    let sandboxes = sandbox::of(browser, places);
    let usable = sandboxes.iter().any(|sandbox| sandbox.can_start);
    if !is_found(browser, places) && !usable {
        return (!sandboxes.is_empty()).then_some(Standing::Sandboxed);
    }
    let judge = |system: bool| {
        let spots = spots(browser, places, system).into_iter();
        spots.map(|spot| check(&spot, browser.family, places)).collect::<Vec<_>>()
    };
    let is_wrong = |verdict: &Result<(), ManifestFault>| {
        !matches!(verdict, Ok(()) | Err(ManifestFault::Missing))
    };
    let (user, system) = (judge(false), judge(true));
    Some(if user.iter().any(is_wrong) {
        Standing::Wrong
    } else if matches!(user.first(), Some(Ok(()))) || system.iter().any(Result::is_ok) {
        // A folder that the browser does not read may lack it, the user's first one may not.
        Standing::Registered
    } else if system.iter().any(is_wrong) {
        Standing::Wrong
    } else {
        Standing::Missing
    })
}

/// The browser whose program this is, by the program's own name.
pub fn of_program(program: &Path, places: &Places) -> Option<&'static Browser> {
    let name = program.file_name()?.to_str()?;
    BROWSERS.iter().find(|browser| {
        let programs = browser.spots(places.system).programs;
        programs.iter().any(|known| known.rsplit('/').next() == Some(name))
    })
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, write};

    use super::*;
    use crate::install::places::{System, places_in};
    use crate::install::{Scope, install};

    #[test]
    fn a_browser_is_missing_then_registered_then_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let places = places_in(folder.path(), System::Linux);
        let chromium = Browser::named("chromium").unwrap();
        assert_eq!(of(chromium, &places), None);
        create_dir_all(places.resolve("/var/lib/flatpak/app/org.chromium.Chromium")).unwrap();
        assert_eq!(of(chromium, &places), Some(Standing::Sandboxed));
        create_dir_all(places.resolve("$config/chromium/Default")).unwrap();
        assert_eq!(of(chromium, &places), Some(Standing::Missing));
        install(&places, &Scope::default());
        assert_eq!(of(chromium, &places), Some(Standing::Registered));
        let file = "$config/chromium/NativeMessagingHosts/org.countersign.host.json";
        write(places.resolve(file), "{").unwrap();
        assert_eq!(of(chromium, &places), Some(Standing::Wrong));
        std::fs::remove_file(places.resolve(file)).unwrap();
        install(&places, &Scope { system: true, ..Scope::default() });
        assert_eq!(of(chromium, &places), Some(Standing::Registered));
    }

    #[test]
    fn a_program_is_known_by_its_name() {
        let places = places_in(Path::new("/t"), System::Linux);
        for (program, browser) in [
            ("/usr/lib/chromium/chromium", Some("chromium")),
            ("/opt/google/chrome/chrome", Some("chrome")),
            ("/opt/microsoft/msedge/msedge", Some("edge")),
            ("/opt/vivaldi/vivaldi-bin", Some("vivaldi")),
            ("/usr/lib/firefox-esr/firefox-esr", Some("firefox")),
            ("/usr/lib/librewolf/librewolf", Some("librewolf")),
            ("/usr/bin/bash", None),
            ("/", None),
        ] {
            let found = of_program(Path::new(program), &places).map(|browser| browser.name);
            assert_eq!(found, browser, "{program}");
        }
    }
}
