//! Vaults to break, and keys that are derived only once.
//!
//! [`unlock`] is the host's `Sealed::unlock` with a memory: Argon2 runs once for each password, salt and
//! cost, so that a hundred thousand files can be tried. `slots` compares it with the original.
//!
//! Never here: what is done to a vault (`operation`).

use std::collections::HashMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use host::disk::DiskError;
use host::otp::{Otp, Seed};
use host::vault::Vault;
use host::vault::cost::KdfParams;
use host::vault::entry::Draft;
use host::vault::file::{FileError, Store};
use host::vault::format::{self, Container, FormatError, Sealed};
use host::vault::keys::{self, Binding, Derived, Key, KeyError};
use host::vault::slot::{Slot, SlotType};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// The master password of every vault here, until it is changed to [`SECOND`].
pub(crate) const MASTER: &[u8] = b"master";
pub(crate) const SECOND: &[u8] = b"second";
/// When everything happens, in milliseconds since 1970.
pub(crate) const NOW: u64 = 1_800_000_000_000;

type Derivation = (Vec<u8>, [u8; 32], (u32, u32, u32));

/// One of so many errors is tried, unless the suite is called by its name: all of them take ten minutes.
pub(crate) fn one_of() -> usize {
    if std::env::var_os("FAULTS_WHOLE").is_some() { 1 } else { 8 }
}

/// What a slot is written with. The salt is the password's, so that no check has to derive again.
pub(crate) fn derived(password: &[u8]) -> &'static Derived {
    static OF_MASTER: LazyLock<Derived> = LazyLock::new(|| derive(MASTER));
    static OF_SECOND: LazyLock<Derived> = LazyLock::new(|| derive(SECOND));
    if password == MASTER { &OF_MASTER } else { &OF_SECOND }
}

fn derive(password: &[u8]) -> Derived {
    let (salt, params) = (salt(password), KdfParams::FLOOR);
    Derived { prk: keys::derive_prk(password, &salt, params).unwrap(), salt, params }
}

fn salt(password: &[u8]) -> [u8; 32] {
    let mut salt = [0; 32];
    salt[..password.len()].copy_from_slice(password);
    salt
}

/// `Sealed::unlock`, but for the memory.
pub(crate) fn unlock(file: &[u8], sealed: &Sealed, password: &[u8]) -> Result<Key, FormatError> {
    let mut rest = &file[97..];
    let mut result = Err(FormatError::Layout);
    for slot in &sealed.slots {
        let (bytes, more) = rest.split_at(4 + usize::from(u16::from_le_bytes([rest[2], rest[3]])));
        rest = more;
        if slot.kind() == SlotType::Master {
            result = open_slot(slot, bytes, &sealed.header.vault_id, password);
            if !matches!(result, Err(FormatError::Key(KeyError::Wrong))) {
                break;
            }
        }
    }
    result
}

/// `Slot::open`, but for the memory.
fn open_slot(
    slot: &Slot,
    bytes: &[u8],
    vault: &[u8; 16],
    password: &[u8],
) -> Result<Key, FormatError> {
    fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
        bytes[at..at + N].try_into().unwrap()
    }
    let params = slot.params()?;
    let prk = remembered(password, array(bytes, 33), params)?;
    let slot_id = array(bytes, 4);
    let binding = Binding { vault, slot: &slot_id, bytes: &bytes[..109] };
    let (nonce, commitment, wrapped) = (array(bytes, 65), array(bytes, 77), array(bytes, 109));
    Ok(keys::unwrap(prk, &wrapped, &nonce, &commitment, &binding)?)
}

fn remembered(
    password: &[u8],
    salt: [u8; 32],
    params: KdfParams,
) -> Result<&'static Key, KeyError> {
    static KNOWN: LazyLock<Mutex<HashMap<Derivation, &Key>>> = LazyLock::new(Mutex::default);
    if [MASTER, SECOND].contains(&password)
        && (salt, params) == (self::salt(password), KdfParams::FLOOR)
    {
        return Ok(&derived(password).prk);
    }
    let derivation = (password.to_vec(), salt, params.costs());
    if let Some(prk) = KNOWN.lock().unwrap().get(&derivation) {
        return Ok(prk);
    }
    let prk = Box::leak(Box::new(keys::derive_prk(password, &salt, params)?));
    KNOWN.lock().unwrap().insert(derivation, prk);
    Ok(prk)
}

/// Opens a file's bytes with either password, body and all.
pub(crate) fn open(file: &[u8]) -> Result<(Vault, &'static [u8]), FormatError> {
    let mut result = Err(FormatError::Layout);
    for password in [MASTER, SECOND] {
        let sealed = format::parse(Container::Vault, file)?;
        result = unlock(file, &sealed, password)
            .and_then(|dek| Vault::open(sealed, dek, [9; 16]))
            .map(|vault| (vault, password));
        if !matches!(result, Err(FormatError::Key(KeyError::Wrong))) {
            break;
        }
    }
    result
}

/// Opens what lies at a store's path, as a session does.
pub(crate) fn session(store: &Store) -> Result<Vault, FileError> {
    let sealed = store.read()?;
    let file = std::fs::read(store.path()).map_err(DiskError::from)?;
    let dek = match unlock(&file, &sealed, MASTER) {
        Err(FormatError::Key(KeyError::Wrong)) => unlock(&file, &sealed, SECOND),
        result => result,
    }?;
    Ok(store.open(sealed, dek)?)
}

/// An account of this name.
pub(crate) fn draft(label: &str) -> Draft {
    let seed = Seed::new(b"12345678901234567890".to_vec()).unwrap();
    Draft::new(Otp::totp(), seed, "Example".into(), label.into())
}

/// Adds it.
pub(crate) fn add(store: &Store, vault: &mut Vault, label: &str) -> Result<(), FileError> {
    store.update(vault, NOW, |vault, at| {
        vault.add(draft(label), at);
        Ok(())
    })
}

/// The store in a folder of the suite's.
pub(crate) fn store(folder: &Path) -> Store {
    Store::new(&folder.join("home").join("vault.otv"))
}

/// A folder in memory where there is one: what a disk does to a save is `power`'s matter.
pub(crate) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// A vault of two accounts, `a` and `b`, as bytes.
pub(crate) fn vault_bytes() -> Vec<u8> {
    let folder = folder();
    let store = store(folder.path());
    let mut vault = store.create(derived(MASTER), NOW).unwrap();
    add(&store, &mut vault, "a").unwrap();
    add(&store, &mut vault, "b").unwrap();
    std::fs::read(store.path()).unwrap()
}

/// Makes the checksum right again.
pub(crate) fn repair(file: &mut [u8]) {
    let end = file.len() - 32;
    let checksum = Sha256::digest(&file[..end]);
    file[end..].copy_from_slice(&checksum);
}
