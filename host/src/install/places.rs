//! Where things lie for this user on this system, so that everything else takes them as arguments.
//!
//! Never here: which browser reads which folder (`browsers`).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs, UserDirs};

use crate::install::registry;

/// The systems that the tables know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum System {
    /// Linux, and whatever else follows the XDG base directories.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl System {
    /// The system that this program was built for.
    pub const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Linux
    };
}

/// Where things lie. `main` fills it once; tests make their own.
#[derive(Clone, Debug)]
pub struct Places {
    /// Which tables hold.
    pub system: System,
    /// The top of the file system; another folder for packagers and tests.
    pub root: PathBuf,
    /// The user's home.
    pub home: PathBuf,
    /// Where a person looks for what a browser has brought; their home if there is no such folder.
    pub downloads: PathBuf,
    /// `$XDG_CONFIG_HOME`, `~/Library/Application Support` or `%APPDATA%`.
    pub config: PathBuf,
    /// `$XDG_DATA_HOME`, `~/Library/Application Support` or `%LOCALAPPDATA%`.
    pub local: PathBuf,
    /// Our own folder in it.
    pub data: PathBuf,
    /// The vault's file.
    pub vault: PathBuf,
    /// This program, absolute and without symbolic links.
    pub binary: PathBuf,
    /// Folders of `PATH`.
    pub path: Vec<PathBuf>,
    /// Address of the session bus, if any.
    pub session_bus: Option<String>,
    /// Address of the system bus.
    pub system_bus: String,
    /// The sandbox in which this process itself runs, if it says so.
    pub sandbox: Option<String>,
}

/// Name of the vault's file in [`Places::data`].
pub const VAULT: &str = "vault.otv";

impl Places {
    /// The places of this process. `None` if there is no home folder.
    pub fn of_user(binary: PathBuf, env: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let base = BaseDirs::new()?;
        let data = ProjectDirs::from("", "", "Countersign")?.data_local_dir().to_path_buf();
        let text = |name: &str| env(name).and_then(|value| value.into_string().ok());
        let runtime =
            base.runtime_dir().map(|folder| format!("unix:path={}/bus", folder.display()));
        Some(Self {
            system: System::HERE,
            root: PathBuf::from("/"),
            home: base.home_dir().to_path_buf(),
            downloads: UserDirs::new()
                .and_then(|dirs| {
                    dirs.download_dir().filter(|path| path.is_dir()).map(Path::to_owned)
                })
                .unwrap_or_else(|| base.home_dir().to_path_buf()),
            config: base.config_dir().to_path_buf(),
            local: base.data_local_dir().to_path_buf(),
            vault: data.join(VAULT),
            data,
            binary: plain(binary),
            path: env("PATH").map_or(Vec::new(), |path| std::env::split_paths(&path).collect()),
            session_bus: text("DBUS_SESSION_BUS_ADDRESS").or(runtime),
            system_bus: text("DBUS_SYSTEM_BUS_ADDRESS")
                .unwrap_or("unix:path=/run/dbus/system_bus_socket".into()),
            sandbox: text("FLATPAK_ID")
                .map(|id| format!("Flatpak {id}"))
                .or(text("SNAP_NAME").map(|name| format!("Snap {name}"))),
        })
    }

    /// A path of the tables: `~/…`, `$config/…`, `$local/…` or `/…`.
    pub fn resolve(&self, spot: &str) -> PathBuf {
        let (base, rest) = spot.split_once('/').unwrap_or((spot, ""));
        let base: &Path = match base {
            "~" => &self.home,
            "$config" => &self.config,
            "$local" => &self.local,
            _ => &self.root,
        };
        base.join(rest)
    }

    /// The file with what the machine's administrator has fixed. On Windows a key of the registry names it, which
    /// only an administrator writes; where none does there is no file.
    pub fn rules(&self) -> Option<PathBuf> {
        match self.system {
            System::Linux => Some(self.resolve("/etc/countersign/policy.json")),
            System::MacOs => {
                Some(self.resolve("/Library/Application Support/Countersign/policy.json"))
            }
            System::Windows => registry::read(r"Software\Policies\Countersign", true).ok(),
        }
    }

    /// Whether one of these programs is in `PATH`, or, written `/…` or `~/…`, is there.
    pub fn has_program(&self, names: &[&str]) -> bool {
        names.iter().any(|name| {
            if name.contains('/') {
                return self.resolve(name).exists();
            }
            self.path.iter().any(|folder| folder.join(name).is_file())
        })
    }
}

/// A path as other programs take it: Windows' canonical form, `\\?\C:\…`, is not understood by
/// `cmd.exe`, through which browsers start a host.
pub fn plain(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(rest) => match rest.strip_prefix(r"UNC\") {
            Some(share) => PathBuf::from(format!(r"\\{share}")),
            None => PathBuf::from(rest),
        },
        None => path,
    }
}

#[cfg(test)]
pub(crate) fn places_in(folder: &Path, system: System) -> Places {
    let home = folder.join("home");
    let (config, local) = match system {
        System::Linux => (home.join(".config"), home.join(".local/share")),
        System::MacOs => {
            let support = home.join("Library/Application Support");
            (support.clone(), support)
        }
        System::Windows => (home.join("AppData/Roaming"), home.join("AppData/Local")),
    };
    Places {
        system,
        root: folder.join("top"),
        data: local.join("countersign"),
        vault: local.join("countersign").join(VAULT),
        downloads: home.join("Downloads"),
        home,
        config,
        local,
        binary: folder.join("bin/countersign"),
        path: vec![folder.join("bin")],
        session_bus: None,
        system_bus: format!("unix:path={}/bus", folder.display()),
        sandbox: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_others_read_it() {
        for (path, shown) in [
            (r"\\?\C:\a b\c.exe", r"C:\a b\c.exe"),
            (r"\\?\UNC\server\share\c.exe", r"\\server\share\c.exe"),
            ("/usr/bin/c", "/usr/bin/c"),
        ] {
            assert_eq!(plain(path.into()).to_str(), Some(shown));
        }
    }

    #[test]
    fn a_spot_of_the_tables_becomes_a_path() {
        let places = places_in(Path::new("/t"), System::Linux);
        let path = |spot: &str| places.resolve(spot).to_string_lossy().into_owned();
        assert_eq!(path("~/.mozilla"), "/t/home/.mozilla");
        assert_eq!(path("$config/chromium"), "/t/home/.config/chromium");
        assert_eq!(path("$local/x"), "/t/home/.local/share/x");
        assert_eq!(path("/etc/chromium"), "/t/top/etc/chromium");
    }
}
