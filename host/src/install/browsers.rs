//! The browsers that we know, and where each looks for native messaging hosts. Data only.
//!
//! Sources: Chrome's, Edge's and Mozilla's documentation of native messaging; for the others what
//! KeePassXC and browserpass write. Gecko's folder is compiled in as `~/.mozilla`, so Zen and Waterfox read
//! it whatever their own is called (zen-browser/desktop#10622), and Firefox reads it although its profiles
//! have moved to `~/.config/mozilla` with version 147 (bugzilla 2005167). Brave and Opera have read Chrome's
//! folders at times, so both are written.
//!
//! Never here: anything that looks at a disk.

use serde::Serialize;

use crate::install::places::System;

/// The two forms of a manifest.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// `allowed_origins`.
    Chromium,
    /// `allowed_extensions`.
    Firefox,
}

/// A browser.
#[derive(Debug)]
pub struct Browser {
    /// For `--browser` and JSON.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// Which manifest it wants.
    pub family: Family,
    /// Flatpak ids.
    pub flatpaks: &'static [&'static str],
    /// Snap names.
    pub snaps: &'static [&'static str],
    linux: Spots,
    macos: Spots,
    windows: Spots,
}

/// Where a browser's things lie on one system. Paths are read by `Places::resolve`.
#[derive(Debug)]
pub struct Spots {
    /// Folders that are there once the browser has run. On Linux and macOS a Chromium browser reads
    /// `NativeMessagingHosts` in each of them.
    pub profiles: &'static [&'static str],
    /// Folders with a user's manifests besides those; on Windows registry keys.
    pub hosts: &'static [&'static str],
    /// Folders with the manifests of all users; on Windows the keys of `hosts` are used.
    pub system: &'static [&'static str],
    /// Programs by which it is found before it has run.
    pub programs: &'static [&'static str],
}

impl Browser {
    /// Where its things lie.
    pub fn spots(&self, system: System) -> &Spots {
        match system {
            System::Linux => &self.linux,
            System::MacOs => &self.macos,
            System::Windows => &self.windows,
        }
    }

    /// The browser of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        BROWSERS.iter().find(|browser| browser.name.eq_ignore_ascii_case(name))
    }
}

const MOZILLA: &[&str] = &["/usr/lib/mozilla/native-messaging-hosts"];
const MOZILLA_MAC: &[&str] = &["/Library/Application Support/Mozilla/NativeMessagingHosts"];
const MOZILLA_KEY: &[&str] = &[r"Software\Mozilla\NativeMessagingHosts"];

/// All of them, in the order in which they are spoken of.
pub static BROWSERS: &[Browser] = &[
    Browser {
        name: "chrome",
        title: "Google Chrome",
        family: Family::Chromium,
        flatpaks: &["com.google.Chrome", "com.google.ChromeDev"],
        snaps: &[],
        linux: Spots {
            profiles: &[
                "$config/google-chrome",
                "$config/google-chrome-beta",
                "$config/google-chrome-unstable",
            ],
            hosts: &[],
            system: &["/etc/opt/chrome/native-messaging-hosts"],
            programs: &["google-chrome", "google-chrome-stable", "/opt/google/chrome/chrome"],
        },
        macos: Spots {
            profiles: &["$config/Google/Chrome", "$config/Google/Chrome Beta"],
            hosts: &[],
            system: &["/Library/Google/Chrome/NativeMessagingHosts"],
            programs: &["/Applications/Google Chrome.app", "~/Applications/Google Chrome.app"],
        },
        windows: Spots {
            profiles: &["$local/Google/Chrome/User Data"],
            hosts: &[r"Software\Google\Chrome\NativeMessagingHosts"],
            system: &[],
            programs: &["$local/Google/Chrome/Application/chrome.exe"],
        },
    },
    Browser {
        name: "chromium",
        title: "Chromium",
        family: Family::Chromium,
        flatpaks: &["org.chromium.Chromium", "io.github.ungoogled_software.ungoogled_chromium"],
        snaps: &["chromium"],
        linux: Spots {
            profiles: &["$config/chromium"],
            hosts: &[],
            system: &["/etc/chromium/native-messaging-hosts"],
            programs: &["chromium", "chromium-browser", "ungoogled-chromium"],
        },
        macos: Spots {
            profiles: &["$config/Chromium"],
            hosts: &[],
            system: &["/Library/Application Support/Chromium/NativeMessagingHosts"],
            programs: &["/Applications/Chromium.app"],
        },
        windows: Spots {
            profiles: &["$local/Chromium/User Data"],
            hosts: &[r"Software\Chromium\NativeMessagingHosts"],
            system: &[],
            programs: &["$local/Chromium/Application/chrome.exe"],
        },
    },
    Browser {
        name: "edge",
        title: "Microsoft Edge",
        family: Family::Chromium,
        flatpaks: &["com.microsoft.Edge"],
        snaps: &[],
        linux: Spots {
            profiles: &[
                "$config/microsoft-edge",
                "$config/microsoft-edge-beta",
                "$config/microsoft-edge-dev",
            ],
            hosts: &[],
            system: &["/etc/opt/edge/native-messaging-hosts"],
            programs: &["microsoft-edge", "microsoft-edge-stable", "/opt/microsoft/msedge/msedge"],
        },
        macos: Spots {
            profiles: &["$config/Microsoft Edge", "$config/Microsoft Edge Beta"],
            hosts: &[],
            system: &["/Library/Microsoft/Edge/NativeMessagingHosts"],
            programs: &["/Applications/Microsoft Edge.app"],
        },
        windows: Spots {
            profiles: &["$local/Microsoft/Edge/User Data"],
            hosts: &[r"Software\Microsoft\Edge\NativeMessagingHosts"],
            system: &[],
            programs: &[],
        },
    },
    Browser {
        name: "brave",
        title: "Brave",
        family: Family::Chromium,
        flatpaks: &["com.brave.Browser"],
        snaps: &["brave"],
        linux: Spots {
            profiles: &[
                "$config/BraveSoftware/Brave-Browser",
                "$config/BraveSoftware/Brave-Browser-Beta",
                "$config/BraveSoftware/Brave-Browser-Nightly",
            ],
            hosts: &[],
            system: &[
                "/etc/opt/chrome/native-messaging-hosts",
                "/etc/chromium/native-messaging-hosts",
            ],
            programs: &["brave-browser", "brave", "/opt/brave.com/brave/brave-browser"],
        },
        macos: Spots {
            profiles: &["$config/BraveSoftware/Brave-Browser"],
            hosts: &["$config/Google/Chrome/NativeMessagingHosts"],
            system: &["/Library/Google/Chrome/NativeMessagingHosts"],
            programs: &["/Applications/Brave Browser.app"],
        },
        windows: Spots {
            profiles: &["$local/BraveSoftware/Brave-Browser/User Data"],
            hosts: &[
                r"Software\BraveSoftware\Brave-Browser\NativeMessagingHosts",
                r"Software\Google\Chrome\NativeMessagingHosts",
            ],
            system: &[],
            programs: &[],
        },
    },
    Browser {
        name: "vivaldi",
        title: "Vivaldi",
        family: Family::Chromium,
        flatpaks: &["com.vivaldi.Vivaldi"],
        snaps: &["vivaldi"],
        linux: Spots {
            profiles: &["$config/vivaldi", "$config/vivaldi-snapshot"],
            hosts: &[],
            system: &[
                "/etc/chromium/native-messaging-hosts",
                "/etc/opt/vivaldi/native-messaging-hosts",
            ],
            programs: &["vivaldi", "vivaldi-stable", "/opt/vivaldi/vivaldi-bin"],
        },
        macos: Spots {
            profiles: &["$config/Vivaldi"],
            hosts: &[],
            system: &["/Library/Application Support/Vivaldi/NativeMessagingHosts"],
            programs: &["/Applications/Vivaldi.app"],
        },
        windows: Spots {
            profiles: &["$local/Vivaldi/User Data"],
            hosts: &[
                r"Software\Vivaldi\NativeMessagingHosts",
                r"Software\Google\Chrome\NativeMessagingHosts",
            ],
            system: &[],
            programs: &[],
        },
    },
    Browser {
        name: "opera",
        title: "Opera",
        family: Family::Chromium,
        flatpaks: &["com.opera.Opera"],
        snaps: &["opera"],
        linux: Spots {
            profiles: &["$config/opera", "$config/opera-beta", "$config/opera-developer"],
            hosts: &["$config/google-chrome/NativeMessagingHosts"],
            system: &["/etc/opt/chrome/native-messaging-hosts"],
            programs: &["opera", "opera-stable"],
        },
        macos: Spots {
            profiles: &["$config/com.operasoftware.Opera"],
            hosts: &["$config/Google/Chrome/NativeMessagingHosts"],
            system: &["/Library/Google/Chrome/NativeMessagingHosts"],
            programs: &["/Applications/Opera.app"],
        },
        windows: Spots {
            profiles: &["$config/Opera Software/Opera Stable"],
            hosts: &[r"Software\Google\Chrome\NativeMessagingHosts"],
            system: &[],
            programs: &[],
        },
    },
    Browser {
        name: "firefox",
        title: "Firefox",
        family: Family::Firefox,
        flatpaks: &["org.mozilla.firefox"],
        snaps: &["firefox"],
        linux: Spots {
            profiles: &["~/.mozilla/firefox", "$config/mozilla/firefox"],
            hosts: &["~/.mozilla/native-messaging-hosts"],
            system: MOZILLA,
            programs: &["firefox", "firefox-esr"],
        },
        macos: Spots {
            profiles: &["$config/Firefox"],
            hosts: &["$config/Mozilla/NativeMessagingHosts"],
            system: MOZILLA_MAC,
            programs: &["/Applications/Firefox.app"],
        },
        windows: Spots {
            profiles: &["$config/Mozilla/Firefox"],
            hosts: MOZILLA_KEY,
            system: &[],
            programs: &[],
        },
    },
    Browser {
        name: "librewolf",
        title: "LibreWolf",
        family: Family::Firefox,
        flatpaks: &["io.gitlab.librewolf-community"],
        snaps: &[],
        linux: Spots {
            profiles: &["~/.librewolf", "$config/librewolf"],
            hosts: &["~/.librewolf/native-messaging-hosts", "~/.mozilla/native-messaging-hosts"],
            system: &[
                "/usr/lib/librewolf/native-messaging-hosts",
                "/usr/lib/mozilla/native-messaging-hosts",
            ],
            programs: &["librewolf"],
        },
        macos: Spots {
            profiles: &["$config/librewolf", "$config/LibreWolf"],
            hosts: &[
                "$config/LibreWolf/NativeMessagingHosts",
                "$config/Mozilla/NativeMessagingHosts",
            ],
            system: MOZILLA_MAC,
            programs: &["/Applications/LibreWolf.app"],
        },
        windows: Spots {
            profiles: &["$config/librewolf"],
            hosts: &[
                r"Software\LibreWolf\NativeMessagingHosts",
                r"Software\Mozilla\NativeMessagingHosts",
            ],
            system: &[],
            programs: &[],
        },
    },
    Browser {
        name: "zen",
        title: "Zen",
        family: Family::Firefox,
        flatpaks: &["app.zen_browser.zen", "io.github.zen_browser.zen"],
        snaps: &[],
        linux: Spots {
            profiles: &["~/.zen", "$config/zen"],
            hosts: &["~/.mozilla/native-messaging-hosts", "~/.zen/native-messaging-hosts"],
            system: MOZILLA,
            programs: &["zen-browser", "zen", "/opt/zen-browser-bin/zen-bin"],
        },
        macos: Spots {
            profiles: &["$config/zen"],
            hosts: &["$config/Mozilla/NativeMessagingHosts"],
            system: MOZILLA_MAC,
            programs: &["/Applications/Zen.app", "/Applications/Zen Browser.app"],
        },
        windows: Spots {
            profiles: &["$config/zen"],
            hosts: MOZILLA_KEY,
            system: &[],
            programs: &[],
        },
    },
    Browser {
        name: "waterfox",
        title: "Waterfox",
        family: Family::Firefox,
        flatpaks: &["net.waterfox.waterfox"],
        snaps: &[],
        linux: Spots {
            profiles: &["~/.waterfox", "$config/waterfox"],
            hosts: &["~/.mozilla/native-messaging-hosts", "~/.waterfox/native-messaging-hosts"],
            system: MOZILLA,
            programs: &["waterfox", "waterfox-g"],
        },
        macos: Spots {
            profiles: &["$config/Waterfox"],
            hosts: &["$config/Mozilla/NativeMessagingHosts"],
            system: MOZILLA_MAC,
            programs: &["/Applications/Waterfox.app"],
        },
        windows: Spots {
            profiles: &["$config/Waterfox"],
            hosts: MOZILLA_KEY,
            system: &[],
            programs: &[],
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_browser_has_somewhere_to_be_found_and_somewhere_to_write() {
        for browser in BROWSERS {
            assert_eq!(Browser::named(browser.name).unwrap().title, browser.title);
            for system in [System::Linux, System::MacOs, System::Windows] {
                let spots = browser.spots(system);
                let name = browser.name;
                assert!(!spots.profiles.is_empty(), "{name} on {system:?}");
                assert_eq!(spots.system.is_empty(), system == System::Windows, "{name}");
                let derived = browser.family == Family::Chromium && system != System::Windows;
                assert!(derived || !spots.hosts.is_empty(), "{name} on {system:?}");
            }
        }
    }
}
