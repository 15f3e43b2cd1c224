//! The Windows registry, as far as native messaging hosts are registered there. On other systems nothing
//! is, and asking is an error.
//!
//! Never here: which keys.

use std::io;
use std::path::{Path, PathBuf};

/// The manifest that a key names.
///
/// # Errors
///
/// The system's; where there is no registry, that there is no such key.
pub fn read(key: &str, system: bool) -> io::Result<PathBuf> {
    #[cfg(windows)]
    {
        let value: String = root(system).open_subkey(key)?.get_value("")?;
        Ok(value.into())
    }
    #[cfg(not(windows))]
    Err(nowhere(key, system))
}

/// Makes a key that names a manifest.
///
/// # Errors
///
/// The same.
pub fn write(key: &str, system: bool, manifest: &Path) -> io::Result<()> {
    #[cfg(windows)]
    {
        root(system).create_subkey(key)?.0.set_value("", &manifest.as_os_str())
    }
    #[cfg(not(windows))]
    {
        let _ = manifest;
        Err(nowhere(key, system))
    }
}

/// Removes a key.
///
/// # Errors
///
/// The same.
pub fn remove(key: &str, system: bool) -> io::Result<()> {
    #[cfg(windows)]
    {
        root(system).delete_subkey_all(key)
    }
    #[cfg(not(windows))]
    Err(nowhere(key, system))
}

#[cfg(windows)]
fn root(system: bool) -> winreg::RegKey {
    use winreg::enums::{HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE};
    winreg::RegKey::predef(if system { HKEY_LOCAL_MACHINE } else { HKEY_CURRENT_USER })
}

#[cfg(not(windows))]
fn nowhere(key: &str, system: bool) -> io::Error {
    let root = if system { "HKLM" } else { "HKCU" };
    io::Error::new(io::ErrorKind::Unsupported, format!(r"no registry here for {root}\{key}"))
}
