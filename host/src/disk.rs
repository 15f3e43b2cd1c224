//! Files on the disk: read one within a limit, write one so that it is whole or not there.
//!
//! Never here: what is in a file, where it lies.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

/// Bytes that are compared at a time.
const CHUNK: usize = 64 * 1024;

/// Why a file could not be read or written. No path: it may hold a person's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", self.about("file"))]
pub enum DiskError {
    /// There is no file to read.
    Absent,
    /// There is a file where a new one was to be.
    Exists,
    /// No room; nothing was written.
    Full,
    /// The system said no.
    Io(ErrorKind),
    /// A folder, a pipe, a device, or a link.
    NotRegular,
    /// More bytes than the limit.
    TooLong,
}

impl DiskError {
    /// The sentence, with the word for what the file is: "vault", "backup".
    pub fn about(self, noun: &str) -> String {
        match self {
            Self::Absent => format!("there is no such {noun}"),
            Self::Exists => format!("there is a {noun} of this name already"),
            Self::Full => format!("the disk is full; the {noun} was not written"),
            Self::Io(kind) => format!("the {noun} could not be read or written: {kind}"),
            Self::NotRegular => format!("the {noun} is not a regular file"),
            Self::TooLong => format!("the file is too long to be a {noun}"),
        }
    }
}

/// What is not there is an error of the system's here: a folder, most often. Only who reads knows it for
/// [`DiskError::Absent`].
impl From<io::Error> for DiskError {
    fn from(err: io::Error) -> Self {
        match err.kind() {
            ErrorKind::AlreadyExists => Self::Exists,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full
            }
            kind => Self::Io(kind),
        }
    }
}

/// For whoever says what the system said.
impl From<DiskError> for io::Error {
    fn from(err: DiskError) -> Self {
        match err {
            DiskError::Absent => ErrorKind::NotFound.into(),
            DiskError::Exists => ErrorKind::AlreadyExists.into(),
            DiskError::Full => ErrorKind::StorageFull.into(),
            DiskError::Io(kind) => kind.into(),
            err @ (DiskError::NotRegular | DiskError::TooLong) => Self::other(err),
        }
    }
}

/// Reads a regular file of at most `max` bytes.
///
/// # Errors
///
/// A [`DiskError`].
pub fn read_bounded(path: &Path, max: usize) -> Result<Vec<u8>, DiskError> {
    let (file, len) = open_regular(path)?;
    let len = usize::try_from(len).ok().filter(|len| *len <= max).ok_or(DiskError::TooLong)?;
    let mut bytes = Vec::with_capacity(len + 1);
    // Somebody may be writing to it.
    file.take(max as u64 + 1).read_to_end(&mut bytes)?;
    if max < bytes.len() { Err(DiskError::TooLong) } else { Ok(bytes) }
}

/// Reads the first bytes of a regular file, at most `most` of them; and how long it is.
///
/// # Errors
///
/// A [`DiskError`].
pub fn read_start(path: &Path, most: usize) -> Result<(Vec<u8>, u64), DiskError> {
    let (file, len) = open_regular(path)?;
    let mut bytes = Vec::with_capacity(most);
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok((bytes, len))
}

/// Opens a file for reading, and says how long it is; a pipe or a device must not make us wait.
fn open_regular(path: &Path) -> Result<(File, u64), DiskError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
        options.custom_flags(i32::try_from(flags.bits()).expect("small flags"));
    }
    let file = options.open(path).map_err(|err| {
        #[cfg(unix)]
        if err.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
            return DiskError::NotRegular;
        }
        match err.kind() {
            ErrorKind::NotFound => DiskError::Absent,
            _ => err.into(),
        }
    })?;
    let about = file.metadata()?;
    if about.is_file() { Ok((file, about.len())) } else { Err(DiskError::NotRegular) }
}

/// Puts `bytes` in the place of whatever lies at `path`, by way of `new` beside it: after a crash there is
/// the one or the other, whole.
///
/// # Errors
///
/// A [`DiskError`]; then `new` is gone. What lies at `path` is as it was, unless it is the folder that could not be
/// synced.
pub fn put(path: &Path, new: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    write_new(new, bytes)?;
    replace(new, path).inspect_err(|_| drop(fs::remove_file(new)))?;
    sync_folder(path)
}

/// The same for a note that may be lost: nobody waits for the disk. What is left of `new` by a crash goes.
///
/// # Errors
///
/// A [`DiskError`]; then `new` is gone, and what lies at `path` is as it was.
pub fn put_note(path: &Path, new: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let _ = fs::remove_file(new);
    let mut file = create_new(new)?;
    let written = file.write_all(bytes).and_then(|()| fs::rename(new, path));
    Ok(written.inspect_err(|_| drop(fs::remove_file(new)))?)
}

/// Writes a file that was not there, for its owner alone; synced, and read back: a disk that lies about a
/// short write is found out here, while whatever `new` is to replace is still there.
///
/// # Errors
///
/// A [`DiskError`]; then nothing of it is left.
pub fn write_new(new: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let mut file = create_new(new)?;
    let written = (|| -> Result<(), DiskError> {
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        if holds(new, bytes)? { Ok(()) } else { Err(DiskError::Io(ErrorKind::Other)) }
    })();
    written.inspect_err(|_| drop(fs::remove_file(new)))
}

/// Whether a file's bytes are these. They may be secret: no copy of them stays.
fn holds(path: &Path, bytes: &[u8]) -> Result<bool, DiskError> {
    let (mut file, len) = open_regular(path)?;
    if len != bytes.len() as u64 {
        return Ok(false);
    }
    let mut read = Zeroizing::new(vec![0; CHUNK.min(bytes.len())]);
    for expected in bytes.chunks(CHUNK) {
        let read = &mut read[..expected.len()];
        match file.read_exact(read) {
            Ok(()) if read == expected => {}
            Err(err) if err.kind() != ErrorKind::UnexpectedEof => return Err(err.into()),
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// Puts one file in the place of another. On Windows a virus scanner or a sync program may hold it for a
/// moment.
///
/// # Errors
///
/// A [`DiskError`]; then both are as they were.
pub fn replace(from: &Path, to: &Path) -> Result<(), DiskError> {
    let tries = if cfg!(windows) { 10 } else { 1 };
    for _ in 1..tries {
        if fs::rename(from, to).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(200));
    }
    Ok(fs::rename(from, to)?)
}

/// Gives a file a second name: a link, or a copy where the file system has no links.
///
/// # Errors
///
/// A [`DiskError`]; then it has the one name.
pub fn keep(from: &Path, to: &Path) -> Result<(), DiskError> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(err) if err.kind() == ErrorKind::StorageFull => Err(err.into()),
        Err(_) => {
            // What is there already is somebody else's, and stays.
            let mut target = create_new(to)?;
            let copied = (|| {
                io::copy(&mut File::open(from)?, &mut target)?;
                target.sync_all()
            })();
            Ok(copied.inspect_err(|_| drop(fs::remove_file(to)))?)
        }
    }
}

/// Makes the names in the folder of `path` outlast a power cut.
///
/// # Errors
///
/// A [`DiskError`].
#[cfg_attr(
    not(unix),
    expect(clippy::unnecessary_wraps, reason = "fails where there is such a thing")
)]
pub fn sync_folder(path: &Path) -> Result<(), DiskError> {
    // Windows has no such thing; MoveFileEx with WRITE_THROUGH is its word for it.
    #[cfg(unix)]
    File::open(folder_of(path))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The folder that a file lies in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Creates a folder for its owner alone, if it is not there.
///
/// # Errors
///
/// A [`DiskError`].
pub fn create_folder(folder: &Path) -> Result<(), DiskError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    Ok(builder.create(folder)?)
}

/// Opens a file that is there to be locked, and makes it if it is not.
///
/// # Errors
///
/// A [`DiskError`].
pub fn open_lock(path: &Path) -> Result<File, DiskError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    Ok(options.open(path)?)
}

/// Creates a file that was not there, for its owner alone.
///
/// # Errors
///
/// The system's.
pub fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    options.open(path)
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "a user's folder is private there"))]
fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW;
        options.mode(0o600).custom_flags(i32::try_from(flags.bits()).expect("a small flag"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_not_a_byte_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert_eq!(read_bounded(&path, 7), Err(DiskError::Absent));
        fs::write(&path, "1234567").unwrap();
        assert_eq!(read_bounded(&path, 7).unwrap(), b"1234567");
        assert_eq!(read_bounded(&path, 6), Err(DiskError::TooLong));
        assert_eq!(read_start(&path, 3).unwrap(), (b"123".to_vec(), 7));
        assert_eq!(read_start(&path, 8).unwrap(), (b"1234567".to_vec(), 7));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_regular_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let [pipe, link, file] = ["pipe", "link", "file"].map(|name| folder.path().join(name));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        for path in [pipe.as_path(), &link, folder.path()] {
            assert_eq!(read_bounded(path, 7), Err(DiskError::NotRegular), "{path:?}");
        }
    }

    #[test]
    fn what_is_put_is_there_alone_and_what_cannot_be_put_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let [path, new] = ["file", "file-new"].map(|name| folder.path().join(name));
        for put in [put, put_note] {
            for text in [&b"one"[..], b"another", b""] {
                put(&path, &new, text).unwrap();
                assert_eq!(fs::read(&path).unwrap(), text);
            }
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
            assert!(put(&path, &new, b"one").is_err());
            assert!(!new.exists());
            fs::remove_dir(&path).unwrap();
            let gone = folder.path().join("gone/file");
            assert_eq!(put(&gone, &gone, b""), Err(DiskError::Io(ErrorKind::NotFound)));
        }
    }

    #[test]
    fn no_file_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_new(&path, b"one").unwrap();
        assert_eq!(write_new(&path, b"two"), Err(DiskError::Exists));
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[test]
    fn other_bytes_are_told_from_those_that_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let bytes = vec![7; CHUNK + 1];
        fs::write(&path, &bytes).unwrap();
        assert!(holds(&path, &bytes).unwrap());
        for at in [0, CHUNK - 1, CHUNK] {
            let mut other = bytes.clone();
            other[at] = 8;
            assert!(!holds(&path, &other).unwrap(), "{at}");
        }
        assert!(!holds(&path, &bytes[1..]).unwrap());
    }

    #[test]
    fn a_file_without_a_folder_lies_in_this_one() {
        assert_eq!(folder_of(Path::new("file")), Path::new("."));
        assert_eq!(folder_of(Path::new("a/file")), Path::new("a"));
    }

    #[test]
    fn a_sentence_names_what_the_file_is() {
        let rows = [
            (DiskError::Absent, "there is no such backup"),
            (DiskError::Exists, "there is a backup of this name already"),
            (DiskError::Full, "the disk is full; the backup was not written"),
            (
                DiskError::Io(ErrorKind::PermissionDenied),
                "the backup could not be read or written: permission denied",
            ),
            (DiskError::NotRegular, "the backup is not a regular file"),
            (DiskError::TooLong, "the file is too long to be a backup"),
        ];
        for (err, words) in rows {
            assert_eq!(err.about("backup"), words);
            assert_eq!(err.to_string(), words.replace("backup", "file"));
        }
    }
}
