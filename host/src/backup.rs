//! Backups: files that the backups password opens, that no key of the vault opens, and that were proved to
//! restore when they were written.
//!
//! ```text
//! backups password --Argon2id(salt)--> PRK, kept in the sealed body of the vault: no prompt for a backup
//!   PRK wraps a new DEK for each backup file; the file has the vault's layout (`vault::format`)
//! ```
//!
//! The master password opens no backup, since no slot of it is in there, and the backups password opens no
//! vault. Whoever has the vault open can make backups, and read those that were made with the present
//! backups password; older ones keep the password that they were made with.
//!
//! Never here: who may ask (`cli`, `handler`), when one is due (`session`).

pub mod folder;
pub mod note;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use shared::Secret;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::backup::note::Note;
use crate::disk::DiskError;
use crate::import::aside::Aside;
use crate::random;
use crate::vault::Vault;
use crate::vault::body::Body;
use crate::vault::cost::KdfParams;
use crate::vault::entry::Entry;
use crate::vault::file::{FileError, Store};
use crate::vault::format::{self, Container, FormatError, Head, Header, Sealed};
use crate::vault::keys::{self, Derived, Key, KeyError};
use crate::vault::slot::{Slot, SlotError, SlotType};

/// Registers of the body with this beginning are about backups on this vault: they stay out of them.
const REGISTERS: &str = "backup";
/// Most bytes of accounts of kinds that this version does not know: they can be neither seen nor deleted.
const MAX_UNREAD: usize = 1024 * 1024;
/// The register of the derived backups password.
const KEY: &str = "backup_key";

/// Why there is no backup, or why one does not restore.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It was written and read again, and is not what the vault holds.
    #[error("the backup was read again and is not what the vault holds; it was removed")]
    Differs,
    /// The disk, of the backup itself.
    #[error("{}", .0.about("backup"))]
    Disk(DiskError),
    /// The disk, of the folder where they lie.
    #[error("{}", .0.about("folder of backups"))]
    Folder(DiskError),
    /// Its bytes, or its password.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// No folder was chosen on this machine.
    #[error("no folder was chosen for backups on this machine")]
    NoFolder,
    /// No backups password was set.
    #[error("there is no backups password yet")]
    NoPassword,
    /// There is no backup where it was looked for.
    #[error("there is no backup there")]
    None,
    /// The vault could not be read or saved.
    #[error(transparent)]
    Vault(#[from] FileError),
}

impl From<DiskError> for BackupError {
    fn from(err: DiskError) -> Self {
        Self::Disk(err)
    }
}

impl From<KeyError> for BackupError {
    fn from(err: KeyError) -> Self {
        Self::Format(FormatError::Key(err))
    }
}

impl From<SlotError> for BackupError {
    fn from(err: SlotError) -> Self {
        Self::Format(err.into())
    }
}

/// The backups password, derived: what the body keeps of it.
#[derive(Deserialize, Serialize)]
struct Kept {
    salt: String,
    m_kib: u32,
    t: u32,
    p: u32,
    prk: Secret,
}

/// How backups are to be made from now on. What is `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change<'a> {
    /// The backups password that the vault keeps. Backups that are there keep the one that they were made with.
    pub password: Option<&'a Derived>,
    /// Where they go on this machine; empty makes no more of them here.
    pub folder: Option<&'a str>,
}

/// Changes how backups are made, in one save.
///
/// # Errors
///
/// Those of a save. Nothing is changed then.
pub fn change(
    store: &Store,
    vault: &mut Vault,
    now_ms: u64,
    Change { password, folder }: Change<'_>,
) -> Result<(), FileError> {
    let register = folder_register(vault);
    store.update::<_, FileError>(vault, now_ms, |vault, at| {
        if let Some(derived) = password {
            let (m_kib, t, p) = derived.params.costs();
            let (salt, prk) = (BASE64.encode(&derived.salt), BASE64.encode(derived.prk.expose()));
            vault.body.set(KEY, &Kept { salt, m_kib, t, p, prk: Secret::new(prk) }, at);
        }
        if let Some(folder) = folder {
            vault.body.set(&register, &folder, at);
        }
        Ok(())
    })?;
    if password.is_some() {
        Note::change(store, |note| note.typed_at = Some(now_ms / 1_000));
    }
    Ok(())
}

/// Whether a backups password was set.
pub fn has_password(body: &Body) -> bool {
    body.registers.contains_key(KEY)
}

/// Refuses a password that is to open a vault and opens its backups already: one must never open both. Takes as long as
/// Argon2id, where the vault keeps a backups password.
///
/// # Errors
///
/// [`KeyError::Taken`], or why it can't be told.
pub fn refuse_taken(sealed: &Sealed, dek: &Key, password: &[u8]) -> Result<(), FormatError> {
    let body = Body::read(&sealed.open(dek)?).map_err(|_| FormatError::Body)?;
    let Some(BackupsKey(kept)) = BackupsKey::of(&body) else { return Ok(()) };
    let prk = keys::derive_prk(password, &kept.salt, kept.params)?;
    let taken = bool::from(prk.expose().ct_eq(kept.prk.expose()));
    if taken { Err(KeyError::Taken.into()) } else { Ok(()) }
}

/// The backups password that the vault keeps.
struct BackupsKey(Derived);

impl BackupsKey {
    fn of(body: &Body) -> Option<Self> {
        let kept: Kept = body.register(KEY)?;
        let prk = Zeroizing::new(BASE64.decode(kept.prk.expose().as_bytes()).ok()?);
        let prk: &[u8; 32] = prk.as_slice().try_into().ok()?;
        Some(Self(Derived {
            prk: Key::of(prk),
            salt: BASE64.decode(kept.salt.as_bytes()).ok()?.try_into().ok()?,
            params: KdfParams::new(kept.m_kib, kept.t, kept.p).ok()?,
        }))
    }

    /// The data key of a backup with this slot and others.
    fn open(&self, slots: &[Slot], vault_id: &[u8; 16]) -> Result<Key, SlotError> {
        let slot = slots.first().ok_or(SlotError::Layout)?;
        slot.open_derived(&self.0.prk, vault_id)
    }

    /// Whether this header is as who has this password has written it.
    fn has_sealed(&self, head: &Head) -> bool {
        self.open(&head.slots, &head.header.vault_id).is_ok_and(|dek| head.is_sealed_by(&dek))
    }
}

/// The folder for this machine's backups.
pub fn folder_of(vault: &Vault) -> Option<std::path::PathBuf> {
    vault
        .body
        .register::<String>(&folder_register(vault))
        .filter(|path| !path.is_empty())
        .map(Into::into)
}

/// Each machine has its own folder; the name of the register says whose.
fn folder_register(vault: &Vault) -> String {
    format!("{REGISTERS}_folder_{}", data_encoding::HEXLOWER.encode(&vault.device_id()[..8]))
}

/// The bytes of a backup of the vault as it is.
///
/// # Errors
///
/// [`BackupError::NoPassword`], or [`BackupError::Format`] if it would be too long.
pub fn seal(vault: &Vault, now_ms: u64) -> Result<Vec<u8>, BackupError> {
    let BackupsKey(derived) = BackupsKey::of(&vault.body).ok_or(BackupError::NoPassword)?;
    let mut body = copy(&vault.body)?;
    body.registers.retain(|name, _| !name.starts_with(REGISTERS));
    let dek = Key::generate();
    let header = Header {
        minor: 0,
        vault_id: *vault.id(),
        generation: vault.generation(),
        device_id: vault.device_id(),
        saved_at: i64::try_from(now_ms / 1000).unwrap_or(i64::MAX),
        body_salt: random::bytes(),
    };
    let slot = Slot::seal(SlotType::Backups, &derived, &header.vault_id, &dek);
    Ok(format::seal(Container::Backup, &header, &[slot], &[], &body.write(), &dek)?)
}

/// Opens a backup's bytes with the key that the vault keeps, and compares it with the vault entry by entry.
///
/// # Errors
///
/// [`BackupError::Differs`], or why it does not open.
pub fn prove(file: &[u8], vault: &Vault) -> Result<(), BackupError> {
    let (body, live) = (open_kept(file, vault)?, &vault.body);
    let same = body.entries.len() == live.entries.len()
        && body
            .entries
            .iter()
            .zip(&live.entries)
            .all(|((a, one), (b, two))| a == b && text(one) == text(two))
        && body.unread.len() == live.unread.len()
        && body
            .unread
            .iter()
            .zip(&live.unread)
            .all(|((a, one), (b, two))| a == b && one.get() == two.get())
        && body.graves == live.graves;
    if same { Ok(()) } else { Err(BackupError::Differs) }
}

/// Opens a backup with the backups password that the vault keeps.
///
/// # Errors
///
/// [`BackupError::NoPassword`], or why it does not open.
pub fn open_kept(file: &[u8], vault: &Vault) -> Result<Body, BackupError> {
    let key = BackupsKey::of(&vault.body).ok_or(BackupError::NoPassword)?;
    let sealed = parse(file)?;
    let dek = key.open(&sealed.slots, &sealed.header.vault_id)?;
    Ok(Body::read(&sealed.open(&dek)?).map_err(|_| FormatError::Body)?)
}

/// Whether a backup is under the backups password that the vault keeps, and not under an earlier one or
/// another vault's.
pub fn is_under_present(file: &[u8], vault: &Vault) -> bool {
    let head = format::parse_head(Container::Backup, file, file.len());
    head.ok().zip(BackupsKey::of(&vault.body)).is_some_and(|(head, key)| key.has_sealed(&head))
}

/// Takes a backup's bytes apart.
///
/// # Errors
///
/// Those of [`format::parse`].
pub fn parse(file: &[u8]) -> Result<Sealed, FormatError> {
    format::parse(Container::Backup, file)
}

/// Opens a backup with the backups password. Takes as long as Argon2id, once: a backup has one slot for it, and
/// whoever put more of them in wants somebody to wait.
///
/// With `aside`, what takes long or much memory is done there, and ends when it is stopped.
///
/// Only accounts come out of it. Whoever hands somebody a backup and its password shall not decide when his vault locks,
/// what fills his forms, or whether a fingerprint opens it.
///
/// # Errors
///
/// [`BackupError::Format`]: not a backup, damaged, or the wrong password; or more of what this version can't read than
/// anybody's accounts are.
pub fn open(file: &[u8], password: &Secret, aside: Option<&Aside>) -> Result<Body, BackupError> {
    let sealed = parse(file)?;
    let slot = sealed.slots.iter().find(|slot| slot.kind() == SlotType::Backups);
    let slot = slot.ok_or(FormatError::Layout)?;
    let (password, id) = (keys::normalise(password.expose())?, &sealed.header.vault_id);
    let (salt, costs) = (slot.salt()?, slot.params()?.costs());
    let dek = match aside.and_then(|aside| aside.argon2id(&password, &salt, costs)) {
        None => slot.open(&password, id)?,
        Some(Ok(prk)) => slot.open_derived(&Key::of(&prk), id)?,
        // Stopped, which nobody hears of; or this machine has not so much memory now.
        Some(Err(_)) => return Err(KeyError::Memory.into()),
    };
    let mut body = Body::read(&sealed.open(&dek)?).map_err(|_| FormatError::Body)?;
    body.registers.clear();
    body.extra.clear();
    if MAX_UNREAD < body.unread.values().map(|entry| entry.get().len()).sum() {
        return Err(FormatError::Body.into());
    }
    Ok(body)
}

/// What restoring a backup would do to a vault.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Preview {
    /// Accounts that would be added.
    pub new: usize,
    /// Accounts of which the backup knows something later.
    pub changed: usize,
    /// Accounts that are the same.
    pub same: usize,
    /// Accounts of which the vault knows something later, and stays as it is.
    pub older: usize,
    /// Accounts of the vault that were deleted for good when the backup was made.
    pub deleted: usize,
    /// Accounts of the backup that were deleted for good here since.
    pub gone: usize,
}

/// Compares a backup with a vault.
///
/// # Errors
///
/// [`FormatError::Body`] if the backup's content is not in order.
pub fn preview(live: &Body, backup: &Body) -> Result<Preview, FormatError> {
    let mut merged = copy(live)?;
    crate::vault::merge::merge(&mut merged, copy(backup)?);
    let mut preview = Preview::default();
    for (id, theirs) in &backup.entries {
        let count = match (live.entries.get(id), merged.entries.get(id)) {
            (None, _) if live.graves.contains_key(id) => {
                // It may have been brought back already.
                let back = live.entries.contains_key(&live.returned(*id));
                if back { &mut preview.same } else { &mut preview.gone }
            }
            (None, _) => &mut preview.new,
            (Some(_), None) => &mut preview.deleted,
            (Some(ours), Some(after)) => {
                let ours = text(ours);
                if text(after) != ours {
                    &mut preview.changed
                } else if text(theirs) == ours {
                    &mut preview.same
                } else {
                    &mut preview.older
                }
            }
        };
        *count += 1;
    }
    let lost = |id| !merged.entries.contains_key(id) && !backup.entries.contains_key(id);
    preview.deleted += live.entries.keys().filter(|id| lost(id)).count();
    Ok(preview)
}

/// One more of it.
///
/// # Errors
///
/// [`FormatError::Body`] if it can't be read again.
pub fn copy(body: &Body) -> Result<Body, FormatError> {
    Body::read(&body.write()).map_err(|_| FormatError::Body)
}

/// All of an entry, its seed too.
fn text(entry: &Entry) -> Zeroizing<String> {
    Zeroizing::new(serde_json::to_string(entry).expect("an entry has a JSON form"))
}

#[cfg(test)]
mod tests;
