//! Native messaging host manifests: the text that a browser reads to find and to start this program.
//!
//! Never here: where they lie (`browsers`).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use shared::protocol::{CHROMIUM_ID, FIREFOX_ID, HOST_NAME};

use crate::disk;
use crate::install::browsers::Family;
use crate::install::places::plain;

const CHROMIUM: &str = include_str!("../../../manifests/host.chromium.json");
const FIREFOX: &str = include_str!("../../../manifests/host.firefox.json");
/// Stands in the templates where the path goes.
const PATH: &str = "@PATH@";
/// Longer is none of ours, and not read.
const MAX: u64 = 64 * 1024;

/// A manifest's file name: Chromium wants it to be the host's name.
pub fn file_name() -> String {
    format!("{HOST_NAME}.json")
}

/// The manifest that lets our extension, and nobody else, start `binary`.
///
/// # Errors
///
/// [`ManifestFault::NotText`] or [`ManifestFault::Relative`], of the program's path.
pub fn text(family: Family, binary: &Path) -> Result<String, ManifestFault> {
    let path = binary.to_str().ok_or(ManifestFault::NotText)?;
    if !binary.is_absolute() {
        return Err(ManifestFault::Relative(path.to_owned()));
    }
    let template = match family {
        Family::Chromium => CHROMIUM,
        Family::Firefox => FIREFOX,
    };
    // Quoted as JSON, without the quotation marks that are in the template.
    let quoted = Value::from(path).to_string();
    Ok(template.replace(PATH, &quoted[1..quoted.len() - 1]))
}

/// What is wrong with a manifest, in words that follow "the manifest".
#[derive(Debug, thiserror::Error)]
pub enum ManifestFault {
    /// Somebody else's may.
    #[error("also allows an extension that is not ours: {0}")]
    Foreign(String),
    /// Our extension may not start it.
    #[error("does not allow our extension, {0}")]
    Id(&'static str),
    /// Broken text.
    #[error("is not valid JSON")]
    Json,
    /// Not started by standard input and output.
    #[error("does not say `\"type\": \"stdio\"`")]
    Kind,
    /// No file.
    #[error("is missing")]
    Missing,
    /// Another host's, under our file name.
    #[error("has the name `{0}` instead of `{HOST_NAME}`")]
    Name(String),
    /// Something else than a file.
    #[error("is not a file")]
    NotAFile,
    /// The program's path is no text.
    #[error("cannot hold this program's path, which is not Unicode")]
    NotText,
    /// Names another program.
    #[error("starts another program: {}", .0.display())]
    Path(PathBuf),
    /// Chromium and Firefox (Linux, macOS) want an absolute path.
    #[error("has a path that is not absolute: {0}")]
    Relative(String),
    /// The system refuses.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// Anybody may change it.
    #[error("can be changed by other users (mode {0:o})")]
    Writable(u32),
}

/// Whether there is a manifest of ours: our file name, and not another host's name inside.
pub fn is_ours(manifest: &Path) -> bool {
    match parse(manifest) {
        Ok(value) => value["name"].as_str().is_none_or(|name| name == HOST_NAME),
        Err(ManifestFault::Json) => true,
        Err(_) => false,
    }
}

/// Whether the manifest does what [`text`] would do; the first thing in which it doesn't.
///
/// # Errors
///
/// That thing.
pub fn check(manifest: &Path, family: Family, binary: &Path) -> Result<(), ManifestFault> {
    let value = parse(manifest)?;
    let string = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    if string("name") != HOST_NAME {
        return Err(ManifestFault::Name(string("name")));
    }
    if string("type") != "stdio" {
        return Err(ManifestFault::Kind);
    }
    let path = PathBuf::from(string("path"));
    if !path.is_absolute() {
        return Err(ManifestFault::Relative(string("path")));
    }
    if path != binary && fs::canonicalize(&path).ok().is_none_or(|path| plain(path) != binary) {
        return Err(ManifestFault::Path(path));
    }
    let (list, id, ours) = match family {
        Family::Chromium => {
            ("allowed_origins", CHROMIUM_ID, format!("chrome-extension://{CHROMIUM_ID}/"))
        }
        Family::Firefox => ("allowed_extensions", FIREFOX_ID, FIREFOX_ID.to_owned()),
    };
    let allowed = value[list].as_array().map_or(&[][..], Vec::as_slice);
    if !allowed.iter().any(|entry| entry == ours.as_str()) {
        return Err(ManifestFault::Id(id));
    }
    if let Some(foreign) = allowed.iter().find(|entry| **entry != ours.as_str()) {
        return Err(ManifestFault::Foreign(foreign.to_string()));
    }
    match others_may_write(manifest) {
        Some(mode) => Err(ManifestFault::Writable(mode)),
        None => Ok(()),
    }
}

fn parse(manifest: &Path) -> Result<Value, ManifestFault> {
    let metadata = match fs::metadata(manifest) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ManifestFault::Missing);
        }
        Err(error) => return Err(ManifestFault::Unreadable(error)),
    };
    if !metadata.is_file() {
        return Err(ManifestFault::NotAFile);
    }
    if MAX < metadata.len() {
        return Err(ManifestFault::Json);
    }
    let bytes = fs::read(manifest).map_err(ManifestFault::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| ManifestFault::Json)
}

/// The mode of a file that other users may change. Always `None` where there are no modes.
pub fn others_may_write(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).ok()?.permissions().mode() & 0o7777;
        // A group is the user's own on most systems; a sticky folder's files are their owners'.
        (mode & 0o1002 == 0o002).then_some(mode)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Puts `text` in the place of `file`: after a crash there is the old file or the new one. Mode 0644;
/// folders that are missing are made with `folders`' mode.
///
/// # Errors
///
/// The system's; then what was there is as it was.
pub fn write(file: &Path, text: &str, folders: u32) -> io::Result<()> {
    let folder = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
    make_folders(folder, folders)?;
    let temporary = folder.join(format!(".{}.{}", file_name(), std::process::id()));
    // Of this process, if it is there: left behind by a kill.
    let _ = fs::remove_file(&temporary);
    disk::write_new(&temporary, text.as_bytes())?;
    let placed = (|| {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&temporary, fs::Permissions::from_mode(0o644))?;
        }
        Ok(disk::replace(&temporary, file)?)
    })();
    placed.inspect_err(|_| drop(fs::remove_file(&temporary)))
}

fn make_folders(folder: &Path, mode: u32) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    #[cfg(not(unix))]
    let _ = mode;
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a/b").join(file_name());
        write(&file, text, 0o700).unwrap();
        (folder, file)
    }

    #[cfg(unix)]
    const BINARY: &str = "/opt/a \"quoted\" \\ place/countersign";
    #[cfg(windows)]
    const BINARY: &str = r"C:\a place\countersign.exe";

    #[test]
    fn what_is_written_is_right() {
        for family in [Family::Chromium, Family::Firefox] {
            let text = text(family, Path::new(BINARY)).unwrap();
            let (folder, file) = written(&text);
            check(&file, family, Path::new(BINARY)).unwrap();
            assert_eq!(parse(&file).unwrap()["path"], BINARY);
            assert!(is_ours(&file));
            assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let right = text(Family::Chromium, Path::new("/bin/countersign")).unwrap();
        let second = ".org.else.host\"".replace(".org", "\"org");
        let rows = [
            ("{".to_owned(), "is not valid JSON"),
            (right.replace(HOST_NAME, "org.else"), "has the name `org.else` instead of"),
            (right.replace("stdio", "pipe"), "does not say `\"type\": \"stdio\"`"),
            (right.replace("/bin/", "bin/"), "has a path that is not absolute: bin/countersign"),
            (right.replace("/bin/", "/old/"), "starts another program: /old/countersign"),
            (right.replace(CHROMIUM_ID, "abc"), "does not allow our extension"),
            (right.replace("[", &format!("[{second}, ")), "also allows an extension that is not"),
        ];
        for (text, words) in rows {
            let (_folder, file) = written(&text);
            let fault = check(&file, Family::Chromium, Path::new("/bin/countersign"));
            let fault = fault.unwrap_err().to_string();
            assert!(fault.starts_with(words), "{fault}");
        }
        let missing = check(Path::new("/nowhere/x"), Family::Firefox, Path::new("/bin/x"));
        assert!(matches!(missing, Err(ManifestFault::Missing)));
        assert!(matches!(
            text(Family::Firefox, Path::new("bin/x")),
            Err(ManifestFault::Relative(_))
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_manifest_that_others_may_change_is_told() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, file) = written(&text(Family::Firefox, Path::new("/bin/x")).unwrap());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        let fault = check(&file, Family::Firefox, Path::new("/bin/x"));
        assert!(matches!(fault, Err(ManifestFault::Writable(0o666))));
    }

    #[test]
    fn another_hosts_manifest_is_not_ours() {
        let (_folder, file) = written(r#"{"name":"org.else.host"}"#);
        assert!(!is_ours(&file));
        let (_folder, file) = written("half a manif");
        assert!(is_ours(&file));
    }
}
