//! The operations that write, what a vault may be like after one that went wrong, and whether it is.
//!
//! Never here: how an operation goes wrong.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use host::backup::folder::{self, New, Work, Worked};
use host::backup::{self, BackupError};
use host::disk::DiskError;
use host::intake;
use host::vault::Vault;
use host::vault::body::Body;
use host::vault::entry::{Entry, EntryId};
use host::vault::file::{FileError, Store};
use host::vault::format::FormatError;
use host::vault::recovery::RecoveryCode;
use host::vault::stamp::Stamp;
use shared::protocol::Refusal;
use shared::protocol::desk::Choice;
use tempfile::TempDir;

use crate::fixture::{self, MASTER, NOW, SECOND};

/// What writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operation {
    /// A backup beside the vault, in a folder of its own.
    Backup,
    /// A new vault, folder and all.
    Create,
    /// Accounts of another app's export.
    Import,
    /// The master password's slot anew.
    Password,
    /// A save beside so many earlier ones that some are removed.
    Prune,
    /// A recovery code's slot.
    Recovery,
    /// What a backup holds, merged into the vault.
    Restore,
    /// An earlier save in the place of a torn vault.
    Revert,
    /// The master password's slot and the data key anew.
    Rotate,
    /// One more account.
    Save,
}

pub(crate) const ALL: [Operation; 10] = {
    use Operation::{
        Backup, Create, Import, Password, Prune, Recovery, Restore, Revert, Rotate, Save,
    };
    [Backup, Create, Import, Password, Prune, Recovery, Restore, Revert, Rotate, Save]
};

/// What can be seen of a vault.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum State {
    Absent,
    Torn,
    Whole { password: &'static [u8], labels: BTreeSet<String> },
}

/// The vault of a folder.
pub(crate) fn state(folder: &Path) -> Result<State, FileError> {
    let store = fixture::store(folder);
    match store.read() {
        Ok(_) => {}
        Err(FileError::Absent) => return Ok(State::Absent),
        Err(FileError::Format(FormatError::Torn)) => return Ok(State::Torn),
        Err(err) => return Err(err),
    }
    let (vault, password) = fixture::open(&fs::read(store.path()).map_err(DiskError::from)?)?;
    let mut labels: BTreeSet<String> =
        vault.body.entries.values().map(|entry| entry.label.clone()).collect();
    if vault.has_recovery() {
        labels.insert("a recovery code".to_owned());
    }
    // Whatever has a backup's name is one that restores.
    for found in folder::list(&backups(&store)).unwrap_or_default() {
        let file = fs::read(&found.path).map_err(DiskError::from)?;
        let body = backup::open_kept(&file, &vault).map_err(|_| FormatError::Body)?;
        labels.insert(format!("a backup of {}", body.entries.len()));
    }
    Ok(State::Whole { password, labels })
}

/// Where backups go.
fn backups(store: &Store) -> PathBuf {
    store.path().parent().unwrap().with_file_name("backups")
}

fn failed(err: BackupError) -> FileError {
    match err {
        BackupError::Disk(err) | BackupError::Folder(err) => err.into(),
        BackupError::Vault(err) => err,
        BackupError::Format(err) => err.into(),
        _ => FormatError::Body.into(),
    }
}

fn whole(password: &'static [u8], labels: &[&str]) -> State {
    State::Whole { password, labels: labels.iter().map(|label| (*label).to_owned()).collect() }
}

impl Operation {
    pub(crate) fn named(name: &str) -> Self {
        ALL.into_iter().find(|operation| format!("{operation:?}") == name).unwrap()
    }

    /// The vault before it.
    pub(crate) fn before(self) -> State {
        match self {
            Self::Create => State::Absent,
            Self::Revert => State::Torn,
            _ => whole(MASTER, &["a", "b"]),
        }
    }

    /// The vault after it.
    pub(crate) fn after(self) -> State {
        match self {
            Self::Backup => whole(MASTER, &["a", "b", "a backup of 2"]),
            Self::Create => whole(MASTER, &[]),
            Self::Import => whole(MASTER, &["a", "b", "new", "newer"]),
            Self::Password | Self::Rotate => whole(SECOND, &["a", "b"]),
            Self::Recovery => whole(MASTER, &["a", "a recovery code", "b"]),
            Self::Prune | Self::Restore | Self::Save => whole(MASTER, &["a", "b", "new"]),
            Self::Revert => whole(MASTER, &["a"]),
        }
    }

    /// Fills an empty folder with what it begins with.
    pub(crate) fn prepare(self, folder: &Path) {
        static SAVED: LazyLock<TempDir> = LazyLock::new(|| {
            let folder = fixture::folder();
            let store = fixture::store(folder.path());
            let mut vault = store.create(fixture::derived(MASTER), NOW).unwrap();
            fixture::add(&store, &mut vault, "a").unwrap();
            fixture::add(&store, &mut vault, "b").unwrap();
            folder
        });
        if self == Self::Create {
            return;
        }
        let (from, home) = (SAVED.path().join("home"), folder.join("home"));
        fs::create_dir(&home).unwrap();
        for entry in fs::read_dir(&from).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), home.join(entry.file_name())).unwrap();
        }
        if self == Self::Backup {
            let store = fixture::store(folder);
            let mut vault = fixture::session(&store).unwrap();
            let derived = fixture::derived(SECOND);
            backup::change(
                &store,
                &mut vault,
                NOW,
                backup::Change { password: Some(derived), folder: None },
            )
            .unwrap();
            fs::create_dir(backups(&store)).unwrap();
        }
        if self == Self::Prune {
            // Of today, each ten minutes older: all but the last five go.
            for n in 10..19 {
                let path = home.join(format!("vault.otv.{n}"));
                fs::copy(from.join("vault.otv.2"), &path).unwrap();
                let written = UNIX_EPOCH + Duration::from_secs(NOW / 1000 - (n - 9) * 600);
                File::options().append(true).open(&path).unwrap().set_modified(written).unwrap();
            }
        }
        if self == Self::Revert {
            let file = File::options().write(true).open(home.join("vault.otv")).unwrap();
            file.set_len(2000).unwrap();
        }
    }

    /// Performs it. The session that is left, if any, is as the disk is, however it went.
    pub(crate) fn perform(self, store: &Store) -> (Result<(), FileError>, Option<Vault>) {
        match self {
            Self::Create => match store.create(fixture::derived(MASTER), NOW) {
                Ok(vault) => (Ok(()), Some(vault)),
                Err(err) => (Err(err), None),
            },
            Self::Revert => (store.revert(2, NOW), None),
            Self::Backup => {
                let done = fixture::session(store).and_then(|vault| {
                    let new = New::of(&vault, backups(store), NOW).map_err(failed)?;
                    let Worked::Written { saved_at, came, .. } = Work::Write(new).run() else {
                        unreachable!("what was written was written")
                    };
                    let (path, found) = came.map_err(failed)?;
                    let own = folder::own(found, &vault, saved_at);
                    let stale = folder::stale(&own, &path, saved_at);
                    Work::Remove(backups(store), stale).run();
                    Ok(())
                });
                (done, None)
            }
            Self::Import
            | Self::Password
            | Self::Prune
            | Self::Recovery
            | Self::Restore
            | Self::Rotate
            | Self::Save => {
                let mut vault = match fixture::session(store) {
                    Ok(vault) => vault,
                    Err(err) => return (Err(err), None),
                };
                let done = if matches!(self, Self::Prune | Self::Save) {
                    fixture::add(store, &mut vault, "new")
                } else if self == Self::Import {
                    let drafts = vec![fixture::draft("new"), fixture::draft("newer")];
                    let verdicts = intake::compare(&vault.body, &drafts);
                    let both = [Choice::Both; 2];
                    intake::take_in(store, &mut vault, NOW, &drafts, &verdicts, &both)
                        .map(drop)
                        .map_err(|refusal| match refusal {
                            Refusal::DiskFull => DiskError::Full.into(),
                            Refusal::Busy => FileError::Busy,
                            _ => DiskError::Io(std::io::ErrorKind::Other).into(),
                        })
                } else if self == Self::Recovery {
                    let code = RecoveryCode::generate();
                    store.update(&mut vault, NOW, |vault, _| {
                        vault.set_recovery(Some(&code), fixture::derived(MASTER));
                        Ok(())
                    })
                } else if self == Self::Restore {
                    let mut backup = Body::default();
                    let id = EntryId([7; 16]);
                    let entry = Entry::new(id, fixture::draft("new"), Stamp::default());
                    backup.entries.insert(id, entry);
                    store.update(&mut vault, NOW, |vault, at| {
                        vault.restore(backup, false, at);
                        Ok(())
                    })
                } else {
                    store.update(&mut vault, NOW, |vault, _| {
                        vault.set_password(fixture::derived(SECOND), self == Self::Rotate);
                        Ok(())
                    })
                };
                (done, Some(vault))
            }
        }
    }

    /// After something went wrong: the vault is as before or as after, and as after if that was
    /// confirmed; the next save works, and nothing half-written stays.
    pub(crate) fn check(self, folder: &Path, confirmed: bool) -> Result<State, String> {
        let found = state(folder).map_err(|err| format!("{self:?} left: {err}"))?;
        if found != self.after() && (confirmed || found != self.before()) {
            return Err(format!("{self:?} (confirmed: {confirmed}) left {found:?}"));
        }
        self.save_once_more(folder, found.clone()).map_err(|err| format!("{self:?}: {err}"))?;
        Ok(found)
    }

    fn save_once_more(self, folder: &Path, found: State) -> Result<(), String> {
        let store = fixture::store(folder);
        let text = |err: FileError| format!("the next save: {err} ({err:?})");
        let expected = match found {
            State::Absent => {
                store.create(fixture::derived(MASTER), NOW).map_err(text)?;
                self.after()
            }
            State::Torn => {
                store.revert(2, NOW).map_err(text)?;
                self.after()
            }
            found @ State::Whole { .. } => found,
        };
        let mut vault = fixture::session(&store).map_err(text)?;
        store.accept_rollback(&mut vault, NOW).map_err(text)?;
        fixture::add(&store, &mut vault, "next").map_err(text)?;
        let State::Whole { password, mut labels } = expected else { unreachable!("just made") };
        labels.insert("next".to_owned());
        let expected = State::Whole { password, labels };
        match state(folder) {
            Ok(found) if found == expected => {}
            found => return Err(format!("after the next save: {found:?}")),
        }
        match leftovers(folder) {
            None => Ok(()),
            Some(name) => Err(format!("{name} is left")),
        }
    }
}

/// A file that no save leaves behind.
pub(crate) fn leftovers(folder: &Path) -> Option<String> {
    fs::read_dir(folder.join("home"))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .find(|name| name.contains(".tmp-") || name.contains("-new"))
}
