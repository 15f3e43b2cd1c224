//! What lies on the desk of a session: files that were put there, and what came of reading them; and the work
//! on them that takes a password's time.
//!
//! Never here: what the desk is asked for (`handler`).

use std::path::PathBuf;
use std::sync::Arc;

use shared::Secret;
use shared::protocol::desk::{Export, MAX_FILES, MAX_FILES_BYTES, MAX_PIECE, Put, SetBackups};
use shared::protocol::{Page, Refusal};
use zeroize::Zeroizing;

use crate::backup::folder::{self, Found};
use crate::backup::{self, BackupError};
use crate::import::aside::Aside;
use crate::import::{self, ImportError, Imported, Options, Source};
use crate::intake::Verdict;
use crate::picture::{self, PictureError};
use crate::screen::Screen;
use crate::stop::Stop;
use crate::vault::body::Body;
use crate::vault::cost::KdfPolicy;
use crate::vault::entry::{Draft, EntryId};
use crate::vault::format::{FormatError, Sealed};
use crate::vault::keys::{self, Derived};

/// A file's bytes: other apps' seeds, up to [`MAX_FILES_BYTES`] of them. Shared with what reads them, so that each reading
/// costs no copy, and wiped with the last who has them.
pub type Bytes = Arc<Zeroizing<Vec<u8>>>;

/// See the module. It is cleared when the vault locks.
#[derive(Debug, Default)]
pub struct Desk {
    files: Vec<(String, Bytes)>,
    /// What was read or opened last.
    pub pending: Option<Pending>,
    /// Backups of which the first whole one is opened.
    pub tried: Vec<Found>,
    /// Names of those that are newer than the one that is opened, and damaged.
    pub passed_over: Vec<String>,
    /// The picture of a page, as far as it is there.
    picture: Zeroizing<Vec<u8>>,
    /// Accounts that were found on a page, and not yet added; and the page.
    pub found: Option<(Page, Vec<Draft>)>,
    /// Ends the reading that goes on.
    stop: Stop,
    /// This program, where long work is done aside.
    program: Option<PathBuf>,
    /// Counts clearings: what was begun before one is forgotten when it ends.
    round: u64,
    /// What whoever cleared it last calls it.
    number: u32,
}

/// What was read or opened, and may be taken in.
#[derive(Debug)]
pub enum Pending {
    /// Another app's accounts, and what they were to the vault when the person was told.
    Import(Imported, Vec<Verdict>),
    /// A backup.
    Backup(Body),
}

/// Work that takes long. Holds passwords, wiped with it.
#[derive(Debug)]
pub enum Errand {
    /// The master password is asked again.
    Confirm {
        /// The master password.
        password: Secret,
        /// The vault's slots.
        sealed: Sealed,
        /// A backups password to derive as well.
        backups: Option<Secret>,
        /// What it is asked for.
        then: Box<Then>,
    },
    /// Open a backup. Where long work is done comes last, with what ends it.
    Open(Bytes, Secret, Option<Aside>),
    /// Make a picture small, for this account.
    Picture(EntryId, Bytes),
    /// Read files as an import.
    Read {
        /// The files.
        files: Vec<(String, Bytes)>,
        /// Their password.
        password: Option<Secret>,
        /// A KeePass key file.
        key_file: Option<Zeroizing<Vec<u8>>>,
        /// Where long work is done, and what ends it.
        aside: Option<Aside>,
    },
    /// Read a picture of the screen as an import.
    Screen {
        /// Who takes it.
        screen: Screen,
        /// Ends the wait for the person.
        stop: Stop,
        /// When it was asked for, in milliseconds since 1970.
        now_ms: u64,
    },
    /// Look for accounts on a page.
    Scan {
        /// The page.
        page: Page,
        /// Its picture; may be empty.
        picture: Zeroizing<Vec<u8>>,
        /// Addresses that stand on it.
        links: Vec<Secret>,
    },
    /// Open a backup, and derive the master password of a new vault.
    Recreate {
        /// The backup.
        file: Bytes,
        /// The backups password.
        backups: Secret,
        /// The master password to be.
        password: Secret,
        /// Where long work is done, and what ends it.
        aside: Option<Aside>,
    },
}

/// What the desk is for, once the master password was right.
#[derive(Debug)]
pub enum Then {
    /// Write a file.
    Export(Export),
    /// Draw an account.
    Qr(EntryId),
    /// Change how backups are made.
    SetBackups(SetBackups),
}

/// What came of it.
#[derive(Debug)]
pub enum Came {
    /// Whether it was the master password of this vault; the derived backups password; and what it was asked for.
    Confirmed(Sealed, Result<Option<Derived>, FormatError>, Box<Then>),
    /// An account's picture, small.
    Pictured(EntryId, Result<String, PictureError>),
    /// No picture of the screen was taken.
    NoPicture,
    /// A backup, and its content.
    Opened(Bytes, Result<Body, BackupError>),
    /// Accounts on a page.
    Scanned(Page, Vec<Draft>),
    /// Accounts.
    Read(Result<Imported, ImportError>),
    /// A backup's content, and the key of a new vault's slot.
    Recreated(Result<(Body, Derived), BackupError>),
}

impl Errand {
    /// Does it.
    pub fn run(self, policy: KdfPolicy) -> Came {
        match self {
            Self::Confirm { password, sealed, backups, then } => {
                let confirmed = (|| {
                    sealed.unlock(&keys::normalise(password.expose())?)?;
                    Ok(match backups {
                        Some(backups) => {
                            let backups = keys::normalise(backups.expose())?;
                            Some(Derived::new(&backups, policy.choose())?)
                        }
                        None => None,
                    })
                })();
                Came::Confirmed(sealed, confirmed, then)
            }
            Self::Open(file, password, aside) => {
                let opened = backup::open(&file, &password, aside.as_ref());
                Came::Opened(file, opened)
            }
            Self::Picture(id, file) => Came::Pictured(id, picture::shrink(&file)),
            Self::Read { files, password, key_file, aside } => {
                let sources: Vec<Source<'_>> =
                    files.iter().map(|(name, bytes)| Source { name: Some(name), bytes }).collect();
                let options = Options {
                    format: None,
                    password: password.as_ref(),
                    key_file: key_file.as_ref().map(|bytes| bytes.as_slice()),
                    aside: aside.as_ref(),
                };
                Came::Read(import::read_all(&sources, &options))
            }
            Self::Screen { screen, stop, now_ms } => match screen.take(&stop, now_ms) {
                Some(picture) => Came::Read(import::read(&picture, None, &Options::default())),
                None => Came::NoPicture,
            },
            Self::Scan { page, picture, links } => Came::Scanned(page, scan(&picture, &links)),
            Self::Recreate { file, backups, password, aside } => Came::Recreated((|| {
                let body = backup::open(&file, &backups, aside.as_ref())?;
                let password = keys::normalise(password.expose())?;
                Ok((body, Derived::new(&password, policy.choose())?))
            })()),
        }
    }
}

/// The bytes of a piece of a file.
///
/// # Errors
///
/// [`Refusal::TooLarge`], or [`Refusal::BadRequest`] if it is not Base64.
pub fn piece(data: &Secret) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    if MAX_PIECE < data.expose().len() / 4 * 3 {
        return Err(Refusal::TooLarge);
    }
    let bytes = data_encoding::BASE64.decode(data.expose().as_bytes());
    bytes.map(Zeroizing::new).map_err(|_| Refusal::BadRequest)
}

/// Every account in a picture and in addresses, each once. What is neither is no mistake: a page has
/// pictures of other things.
fn scan(picture: &[u8], links: &[Secret]) -> Vec<Draft> {
    let texts = links.iter().map(|link| link.expose().as_bytes());
    let options = Options::default();
    let mut found: Vec<Draft> = Vec::new();
    for file in [picture].into_iter().chain(texts).filter(|file| !file.is_empty()) {
        let Ok(read) = import::read(file, None, &options) else { continue };
        for draft in read.drafts {
            let same = |other: &Draft| {
                other.seed.expose() == draft.seed.expose()
                    && (&other.issuer, &other.label) == (&draft.issuer, &draft.label)
                    && other.otp.has_codes_of(&draft.otp)
            };
            if !found.iter().any(same) {
                found.push(draft);
            }
        }
    }
    found
}

/// Grows as a vector does, but wipes the buffer that became too small.
fn extend(bytes: &mut Zeroizing<Vec<u8>>, piece: &[u8]) {
    let length = bytes.len() + piece.len();
    if bytes.capacity() < length {
        let mut larger = Zeroizing::new(Vec::with_capacity(length.max(2 * bytes.capacity())));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(piece);
}

impl Desk {
    /// Takes a piece of a page's picture; with the last one gives it away whole.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadRequest`] if it is not Base64, [`Refusal::TooLarge`].
    pub fn piece(
        &mut self,
        first: bool,
        more: bool,
        data: &Secret,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
        if first {
            self.picture = Zeroizing::default();
            self.found = None;
        }
        let piece = piece(data)?;
        if MAX_FILES_BYTES < self.picture.len() + piece.len() {
            self.picture = Zeroizing::default();
            return Err(Refusal::TooLarge);
        }
        self.picture.extend_from_slice(&piece);
        Ok((!more).then(|| std::mem::take(&mut self.picture)))
    }

    /// Adds a piece to the last file, or begins the next one.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadRequest`] if it is neither, does not begin where the one before it has ended, or is not Base64;
    /// [`Refusal::TooLarge`].
    pub fn put(&mut self, put: Put) -> Result<(), Refusal> {
        let Put { file, at, name, data, .. } = put;
        if 1024 < name.len() {
            return Err(Refusal::TooLarge);
        }
        let piece = piece(&data)?;
        let held: usize = self.files.iter().map(|(_, bytes)| bytes.len()).sum();
        if MAX_FILES_BYTES < held + piece.len() {
            return Err(Refusal::TooLarge);
        }
        self.pending = None;
        if file == self.files.len() && at == 0 {
            if MAX_FILES <= file {
                return Err(Refusal::TooLarge);
            }
            self.files.push((name, Arc::new(piece)));
            return Ok(());
        }
        let is_last = file + 1 == self.files.len();
        let last = self.files.last_mut().filter(|(_, bytes)| is_last && bytes.len() == at);
        let (_, bytes) = last.ok_or(Refusal::BadRequest)?;
        // What is read at this moment goes on with what was there when it began.
        extend(Arc::make_mut(bytes), &piece);
        Ok(())
    }

    /// Notes which of those that were tried was whole.
    pub fn taken(&mut self, file: &[u8]) {
        let tried = std::mem::take(&mut self.tried);
        let taken = backup::parse(file).map(|sealed| sealed.header);
        self.passed_over =
            taken.map(|taken| folder::passed_over(&tried, &taken)).unwrap_or_default();
    }

    /// Has keys that take long derived by this program in another process.
    pub(super) fn set_program(&mut self, program: PathBuf) {
        self.program = Some(program);
    }

    /// Where the next reading does its long work.
    pub fn aside(&self) -> Option<Aside> {
        let program = self.program.clone()?;
        Some(Aside { program, stop: self.stop.clone() })
    }

    /// Has this done when what goes on is to end.
    pub(super) fn ends(&mut self, then: impl FnOnce() + Send + 'static) {
        self.stop.then(then);
    }

    /// Forgets everything, and ends what goes on.
    pub fn clear(&mut self) {
        self.stop.stop();
        self.stop = Stop::default();
        self.files.clear();
        self.pending = None;
        self.tried.clear();
        self.passed_over.clear();
        self.picture = Zeroizing::default();
        self.found = None;
        self.round += 1;
        self.number = 0;
    }

    /// The same, for whoever calls it by this number.
    pub fn clear_under(&mut self, number: u32) {
        self.clear();
        self.number = number;
    }

    /// Whether what lies here was put here under this number: otherwise it is not what the person has seen.
    pub fn is_under(&self, number: u32) -> bool {
        self.number == number
    }

    /// Which clearing this is after.
    pub fn round(&self) -> u64 {
        self.round
    }

    /// The files, to be read; they stay, since a person may mistype their password.
    pub fn files(&self) -> Vec<(String, Bytes)> {
        self.files.clone()
    }

    /// The only file, or the last.
    pub fn last(&self) -> Option<Bytes> {
        self.files.last().map(|(_, bytes)| bytes.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many bytes in Base64.
    fn data(len: usize) -> Secret {
        Secret::new(data_encoding::BASE64.encode(&vec![7; len]))
    }

    fn piece_at(file: usize, at: usize, len: usize) -> Put {
        Put { desk: 0, file, at, name: "a".into(), data: data(len) }
    }

    /// The piece that comes next.
    fn put(desk: &mut Desk, file: usize, len: usize) -> Result<(), Refusal> {
        let at = desk.files.get(file).map_or(0, |(_, bytes)| bytes.len());
        desk.put(piece_at(file, at, len))
    }

    #[test]
    fn a_file_comes_in_pieces_and_the_next_one_after_it() {
        let mut desk = Desk::default();
        assert!(desk.last().is_none());
        assert_eq!(put(&mut desk, 1, 1), Err(Refusal::BadRequest), "nothing is before it");
        for (file, len) in [(0, 3), (0, 4), (1, 5), (1, 0), (2, 1)] {
            assert_eq!(put(&mut desk, file, len), Ok(()), "{file}");
        }
        assert_eq!(put(&mut desk, 1, 1), Err(Refusal::BadRequest), "another came after it");
        assert_eq!(put(&mut desk, 4, 1), Err(Refusal::BadRequest), "one is left out");
        let no_base64 = Put { data: Secret::new("?".into()), ..piece_at(2, 1, 0) };
        assert_eq!(desk.put(no_base64), Err(Refusal::BadRequest));
        // One got lost, came twice, or is of another file.
        for (file, at) in [(2, 0), (2, 2), (3, 1)] {
            assert_eq!(desk.put(piece_at(file, at, 1)), Err(Refusal::BadRequest), "{file} {at}");
        }
        let lengths: Vec<usize> = desk.files().iter().map(|(_, bytes)| bytes.len()).collect();
        assert_eq!(lengths, [7, 5, 1]);
        // A reading that goes on is of what was there, and none costs a copy.
        let read = desk.files();
        assert!(Arc::ptr_eq(&read[2].1, &desk.files()[2].1));
        assert_eq!(put(&mut desk, 2, 2), Ok(()));
        assert_eq!((read[2].1.len(), desk.last().unwrap().len()), (1, 3));
    }

    #[test]
    fn the_desk_is_as_large_as_it_says_and_no_larger() {
        let mut desk = Desk::default();
        assert_eq!(put(&mut desk, 0, MAX_PIECE), Ok(()));
        assert_eq!(put(&mut desk, 0, MAX_PIECE + 3), Err(Refusal::TooLarge));
        let named = |file, len| Put { name: "n".repeat(len), ..piece_at(file, 0, 1) };
        assert_eq!(desk.put(named(1, 1024)), Ok(()));
        assert_eq!(desk.put(named(2, 1025)), Err(Refusal::TooLarge));
        let mut held = MAX_PIECE + 1;
        while held < MAX_FILES_BYTES {
            let piece = MAX_PIECE.min(MAX_FILES_BYTES - held);
            assert_eq!(put(&mut desk, 1, piece), Ok(()), "{held}");
            held += piece;
        }
        assert_eq!(put(&mut desk, 1, 1), Err(Refusal::TooLarge));
        assert_eq!(put(&mut desk, 2, 1), Err(Refusal::TooLarge));
        assert_eq!(put(&mut desk, 2, 0), Ok(()));
        desk.clear();
        for file in 0..MAX_FILES {
            assert_eq!(put(&mut desk, file, 1), Ok(()), "{file}");
        }
        assert_eq!(put(&mut desk, MAX_FILES, 1), Err(Refusal::TooLarge));
    }

    #[test]
    fn a_picture_is_whole_with_its_last_piece_and_as_large_as_files_may_be() {
        let mut desk = Desk::default();
        let mut piece = |first, more, len| {
            let whole = desk.piece(first, more, &data(len));
            whole.map(|picture| picture.map(|picture| picture.len()))
        };
        assert_eq!(piece(true, true, 3), Ok(None));
        assert_eq!(piece(false, true, 4), Ok(None));
        assert_eq!(piece(false, false, 5), Ok(Some(12)));
        assert_eq!(piece(false, false, 0), Ok(Some(0)), "it was given away");
        assert_eq!(piece(true, true, 3), Ok(None));
        assert_eq!(piece(true, false, 4), Ok(Some(4)), "another one begins");
        assert_eq!(piece(true, true, MAX_PIECE + 3), Err(Refusal::TooLarge));
        let mut held = 0;
        while held < MAX_FILES_BYTES {
            let len = MAX_PIECE.min(MAX_FILES_BYTES - held);
            assert_eq!(piece(false, true, len), Ok(None), "{held}");
            held += len;
        }
        assert_eq!(piece(false, true, 1), Err(Refusal::TooLarge));
        assert_eq!(piece(false, false, 1), Ok(Some(1)), "what was too large is gone");
        let secret = Secret::new("?".into());
        assert_eq!(desk.piece(true, false, &secret).err(), Some(Refusal::BadRequest));
    }

    #[test]
    fn whatever_was_on_the_desk_is_gone_once_it_is_cleared() {
        let mut desk = Desk::default();
        assert!(desk.aside().is_none(), "without a program nothing is done aside");
        desk.set_program("countersign".into());
        let (ended, heard) = std::sync::mpsc::channel();
        desk.ends(move || ended.send(()).unwrap());
        put(&mut desk, 0, 3).unwrap();
        desk.piece(true, true, &data(3)).unwrap();
        desk.pending = Some(Pending::Backup(Body::default()));
        let found = scan(b"", &[Secret::new("otpauth://totp/a?secret=MFRGGZDF".into())]);
        assert_eq!(found.len(), 1);
        let page = Page { origin: String::new(), top: String::new() };
        desk.found = Some((page, found));
        let before = desk.round();
        assert!(heard.try_recv().is_err());
        desk.clear();
        assert!(heard.try_recv().is_ok(), "what goes on ends");
        assert_eq!(desk.round(), before + 1);
        desk.clear_under(7);
        assert!(desk.is_under(7) && !desk.is_under(0));
        desk.clear();
        assert!(!desk.is_under(7), "a lock takes it from whoever had it");
        assert!(desk.files().is_empty() && desk.pending.is_none() && desk.found.is_none());
        assert_eq!(desk.piece(false, false, &data(1)).unwrap().unwrap().len(), 1);
        assert!(desk.aside().is_some(), "the program stays");
        // Whatever is put there makes what was read before another thing.
        desk.pending = Some(Pending::Backup(Body::default()));
        put(&mut desk, 0, 1).unwrap();
        assert!(desk.pending.is_none());
    }

    #[test]
    fn on_a_page_each_account_is_found_once() {
        let link = |text: &str| Secret::new(format!("otpauth://totp/{text}"));
        let links = [
            link("A:a?secret=MFRGGZDF"),
            link("A:a?secret=MFRGGZDF"),
            link("A:b?secret=MFRGGZDF"),
            link("B:a?secret=MFRGGZDF"),
            link("A:a?secret=NFRGGZDF"),
            Secret::new("https://example.com".into()),
            Secret::new(String::new()),
        ];
        let found = scan(b"no picture", &links);
        let names: Vec<_> = found.iter().map(|it| (&*it.issuer, &*it.label)).collect();
        assert_eq!(names, [("A", "a"), ("A", "b"), ("B", "a"), ("A", "a")]);
    }
}
