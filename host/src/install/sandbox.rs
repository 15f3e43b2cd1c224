//! Browsers in a sandbox (Flatpak, Snap): whether there is one, and whether it can start us.
//!
//! Firefox from Snap can: its sandbox asks the desktop's portal, which reads the manifests outside of the
//! sandbox and asks the person once. The others can't; their sandbox would have to be opened by hand for
//! every program of the browser, which is not ours to do.
//!
//! Never here: anything that changes a sandbox.

use crate::install::browsers::{Browser, Family};
use crate::install::places::{Places, System};

/// A browser's package in a sandbox.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sandbox {
    /// `Flatpak` or `Snap`.
    pub kind: &'static str,
    /// Its name there.
    pub id: &'static str,
    /// Whether the browser in it can start a native messaging host.
    pub can_start: bool,
}

/// The sandboxed packages of a browser that are on this machine.
pub fn of(browser: &'static Browser, places: &Places) -> Vec<Sandbox> {
    if places.system != System::Linux {
        return Vec::new();
    }
    let present = |folders: &[String]| folders.iter().any(|path| places.resolve(path).is_dir());
    let flatpaks = browser.flatpaks.iter().filter(|id| {
        present(&[
            format!("~/.var/app/{id}"),
            format!("$local/flatpak/app/{id}"),
            format!("/var/lib/flatpak/app/{id}"),
        ])
    });
    let snaps = browser
        .snaps
        .iter()
        .filter(|id| present(&[format!("/snap/{id}"), format!("/var/lib/snapd/snap/{id}")]));
    let portal = browser.family == Family::Firefox;
    flatpaks
        .map(|id| Sandbox { kind: "Flatpak", id, can_start: false })
        .chain(snaps.map(|id| Sandbox { kind: "Snap", id, can_start: portal }))
        .collect()
}

impl Sandbox {
    /// One sentence for the person.
    pub fn advice(&self, title: &str) -> String {
        let Self { kind, id, can_start } = self;
        if *can_start {
            return format!(
                "{title} from {kind} asks the desktop's portal: allow the connection when it asks \
                 (Ubuntu 22.04 and later; elsewhere use the package of your distribution)"
            );
        }
        format!(
            "{title} from {kind} ({id}) may not start programs outside of its sandbox: use {title} \
             as a package of your distribution or of its maker"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::fs::create_dir_all;

    use super::*;
    use crate::install::places::places_in;

    #[test]
    fn a_sandbox_is_seen_and_judged() {
        let folder = tempfile::tempdir().unwrap();
        let places = places_in(folder.path(), System::Linux);
        let firefox = Browser::named("firefox").unwrap();
        assert_eq!(of(firefox, &places), []);
        create_dir_all(places.resolve("~/.var/app/org.mozilla.firefox")).unwrap();
        create_dir_all(places.resolve("/snap/firefox")).unwrap();
        let found = of(firefox, &places);
        assert_eq!(found.iter().map(|s| s.can_start).collect::<Vec<_>>(), [false, true]);
        assert!(found[0].advice("Firefox").contains("(org.mozilla.firefox) may not start"));
        assert!(found[1].advice("Firefox").contains("allow the connection when it asks"));
    }
}
