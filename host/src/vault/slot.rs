//! A key slot: one way to the DEK, byte by byte. All numbers little-endian.
//!
//! ```text
//!   0  type          1   1 master password, 4 recovery code, 5 backups password (in backups only);
//!                        others are kept as they are. 2, a PIN, is never in a file
//!   1  flags         1   0
//!   2  len           2   bytes of the slot after this field: 153 for the types above
//!   4  slot_id      16   random
//!  20  kdf           1   1 Argon2id version 0x13; 0 HKDF for keys of full entropy
//!  21  m_cost        4   KiB
//!  25  t_cost        4   passes
//!  29  p_cost        4   lanes
//!  33  salt         32
//!  65  nonce        12
//!  77  commitment   32
//! 109  wrapped      48   the DEK: AES-256-GCM under the KEK; AAD: slot bytes 0 to 109, vault_id
//! ```
//!
//! Never here: what lies around it in a file (`format`), how its keys are derived (`keys`).

use byteorder::{ByteOrder, LittleEndian as Le};

use crate::random;
use crate::vault::cost::KdfParams;
use crate::vault::keys::{self, Binding, Derived, Key, KeyError};

const TYPE: usize = 0;
const LEN: usize = 2;
const ID: usize = 4;
const KDF: usize = 20;
const M_COST: usize = 21;
const T_COST: usize = 25;
const P_COST: usize = 29;
const SALT: usize = 33;
const NONCE: usize = 65;
const COMMITMENT: usize = 77;
const WRAPPED: usize = 109;
/// Bytes of a slot of a type that this version knows.
const SLOT: usize = 157;

/// KDF of a slot: HKDF-Extract, for a secret of full entropy.
const HKDF: u8 = 0;
/// KDF of a slot: Argon2id.
const ARGON2ID: u8 = 1;

/// What opens a slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SlotType {
    /// 1, the master password.
    Master,
    /// 2, a PIN. Such a slot lies in memory only, never in a file: a PIN is soon guessed.
    Pin,
    /// 4, a recovery code.
    Recovery,
    /// 5, the backups password; in backups only.
    Backups,
    /// What a newer version knows.
    Other(u8),
}

impl SlotType {
    fn of(byte: u8) -> Self {
        match byte {
            1 => Self::Master,
            2 => Self::Pin,
            4 => Self::Recovery,
            5 => Self::Backups,
            byte => Self::Other(byte),
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Master => 1,
            Self::Pin => 2,
            Self::Recovery => 4,
            Self::Backups => 5,
            Self::Other(byte) => byte,
        }
    }
}

/// Why a slot does not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SlotError {
    /// Of what opens it.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is not in this version's form, or not of the type that was asked for.
    #[error("the key slot is not in order")]
    Layout,
}

/// A key slot as bytes; types that this version does not know are kept as they are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Slot(Vec<u8>);

impl Slot {
    /// A slot that wraps `dek` under a password that was just derived.
    pub fn seal(of: SlotType, derived: &Derived, vault_id: &[u8; 16], dek: &Key) -> Self {
        let cost = (ARGON2ID, derived.params.costs());
        Self::wrap(of, cost, &derived.prk, derived.salt, vault_id, dek)
    }

    /// A slot of type [`SlotType::Recovery`] for the 128 bits of a printed code.
    pub fn seal_recovery(code: &[u8; 16], vault_id: &[u8; 16], dek: &Key) -> Self {
        let salt = random::bytes();
        let prk = keys::extract_prk(code, &salt);
        Self::wrap(SlotType::Recovery, (HKDF, (0, 0, 0)), &prk, salt, vault_id, dek)
    }

    fn wrap(
        of: SlotType,
        (kdf, (m_cost, t_cost, p_cost)): (u8, (u32, u32, u32)),
        prk: &Key,
        salt: [u8; 32],
        vault_id: &[u8; 16],
        dek: &Key,
    ) -> Self {
        let (slot_id, nonce) = (random::bytes(), random::bytes());
        let mut bytes = Vec::with_capacity(SLOT);
        bytes.extend([of.byte(), 0]);
        bytes.extend(u16::try_from(SLOT - ID).expect("153").to_le_bytes());
        bytes.extend(slot_id);
        bytes.push(kdf);
        for cost in [m_cost, t_cost, p_cost] {
            bytes.extend(cost.to_le_bytes());
        }
        bytes.extend(salt);
        bytes.extend(nonce);
        bytes.extend(keys::derive_commitment(prk, vault_id, &slot_id));
        let binding = Binding { vault: vault_id, slot: &slot_id, bytes: &bytes };
        let wrapped = keys::wrap(prk, dek, &nonce, &binding);
        bytes.extend(wrapped);
        Self(bytes)
    }

    /// The slot at the beginning of `bytes`, whatever its type, and what comes after it. `None` if it ends
    /// too soon.
    pub(super) fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let len = Le::read_u16(bytes.get(LEN..ID)?);
        let (slot, rest) = bytes.split_at_checked(ID + usize::from(len))?;
        Some((Self(slot.to_vec()), rest))
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its type.
    pub fn kind(&self) -> SlotType {
        SlotType::of(self.0[TYPE])
    }

    /// Its cost, if it is a password's.
    ///
    /// # Errors
    ///
    /// [`SlotError::Layout`] if it is none; [`KeyError::Bounds`].
    pub fn params(&self) -> Result<KdfParams, SlotError> {
        let is_passwords =
            matches!(self.kind(), SlotType::Master | SlotType::Pin | SlotType::Backups);
        if !is_passwords || self.0.len() != SLOT || self.0[KDF] != ARGON2ID {
            return Err(SlotError::Layout);
        }
        let cost = |at: usize| Le::read_u32(&self.0[at..]);
        Ok(KdfParams::new(cost(M_COST), cost(T_COST), cost(P_COST)).map_err(KeyError::from)?)
    }

    /// What its password is derived with.
    ///
    /// # Errors
    ///
    /// Those of [`params`](Self::params).
    pub fn salt(&self) -> Result<[u8; 32], SlotError> {
        self.params()?;
        Ok(self.array(SALT))
    }

    /// The DEK, for the right password. Takes as long as the KDF.
    ///
    /// # Errors
    ///
    /// [`SlotError::Layout`], or a [`KeyError`].
    pub fn open(&self, password: &[u8], vault_id: &[u8; 16]) -> Result<Key, SlotError> {
        let params = self.params()?;
        let prk = keys::derive_prk(password, &self.array(SALT), params)?;
        self.unwrap(&prk, vault_id)
    }

    /// The DEK, for the right recovery code.
    ///
    /// # Errors
    ///
    /// [`SlotError::Layout`] if it is not a recovery code's; [`KeyError::Wrong`], [`KeyError::Damaged`].
    pub fn recover(&self, code: &[u8; 16], vault_id: &[u8; 16]) -> Result<Key, SlotError> {
        let is_codes = self.kind() == SlotType::Recovery;
        // The costs mean nothing here; what means nothing is zero.
        if !is_codes
            || self.0.len() != SLOT
            || self.0[KDF] != HKDF
            || self.0[M_COST..SALT] != [0; 12]
        {
            return Err(SlotError::Layout);
        }
        self.unwrap(&keys::extract_prk(code, &self.array(SALT)), vault_id)
    }

    /// The DEK, for a password that was derived with this slot's salt.
    ///
    /// # Errors
    ///
    /// [`SlotError::Layout`], or a [`KeyError`].
    pub fn open_derived(&self, prk: &Key, vault_id: &[u8; 16]) -> Result<Key, SlotError> {
        self.params()?;
        self.unwrap(prk, vault_id)
    }

    fn unwrap(&self, prk: &Key, vault_id: &[u8; 16]) -> Result<Key, SlotError> {
        let slot_id = self.array(ID);
        let binding = Binding { vault: vault_id, slot: &slot_id, bytes: &self.0[..WRAPPED] };
        let wrapped = self.0[WRAPPED..].try_into().map_err(|_| SlotError::Layout)?;
        let (nonce, commitment) = (self.array(NONCE), self.array(COMMITMENT));
        Ok(keys::unwrap(prk, &wrapped, &nonce, &commitment, &binding)?)
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0[at..at + N].try_into().expect("the length was checked")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_slot_of_its_kind_is_tried() {
        let dek = Key::generate();
        let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
        let master = Slot::seal(SlotType::Master, &derived, &[7; 16], &dek);
        let code = Slot::seal_recovery(&[5; 16], &[7; 16], &dek);
        let with = |slot: &Slot, at: usize, byte: u8| {
            let mut slot = slot.clone();
            slot.0[at] = byte;
            slot
        };
        let cut = |slot: &Slot, len: usize| {
            let mut slot = slot.clone();
            slot.0.resize(len, 0);
            slot
        };
        let no_password = [
            with(&master, 0, 9),
            with(&master, 20, 0),
            cut(&master, 156),
            cut(&master, 158),
            cut(&master, 21),
            code.clone(),
        ];
        for slot in no_password {
            assert_eq!(slot.params().unwrap_err(), SlotError::Layout);
            assert_eq!(slot.open(b"master", &[7; 16]).unwrap_err(), SlotError::Layout);
            let derived = slot.open_derived(&derived.prk, &[7; 16]);
            assert_eq!(derived.unwrap_err(), SlotError::Layout);
        }
        let no_code = [
            with(&code, 0, 9),
            with(&code, 20, 1),
            cut(&code, 156),
            cut(&code, 158),
            cut(&code, 21),
            with(&master, 20, 0),
            master.clone(),
        ];
        for slot in no_code {
            assert_eq!(slot.recover(&[5; 16], &[7; 16]).unwrap_err(), SlotError::Layout);
        }
    }

    #[test]
    fn a_pins_slot_opens_with_it() {
        let dek = Key::generate();
        let derived = Derived::new(b"2468", KdfParams::FLOOR).unwrap();
        let slot = Slot::seal(SlotType::Pin, &derived, &[7; 16], &dek);
        assert_eq!(slot.open(b"2468", &[7; 16]).unwrap().expose(), dek.expose());
        assert_eq!(slot.open(b"2469", &[7; 16]).unwrap_err(), SlotError::Key(KeyError::Wrong));
    }

    #[test]
    fn costs_that_nobody_reads_are_no_place_for_what_nobody_looks_at() {
        let (dek, code) = (Key::generate(), [5; 16]);
        let mut slot = Slot::seal_recovery(&code, &[7; 16], &dek);
        assert!(slot.recover(&code, &[7; 16]).is_ok());
        slot.0[M_COST] = 1;
        assert_eq!(slot.recover(&code, &[7; 16]).unwrap_err(), SlotError::Layout);
    }

    #[test]
    fn a_type_has_its_number_for_ever_and_what_is_not_known_is_kept() {
        let known = [
            (1, SlotType::Master),
            (2, SlotType::Pin),
            (4, SlotType::Recovery),
            (5, SlotType::Backups),
        ];
        for byte in 0..=255 {
            let of = SlotType::of(byte);
            assert_eq!(of.byte(), byte);
            match known.iter().find(|(known, _)| *known == byte) {
                Some((_, known)) => assert_eq!(of, *known),
                None => assert_eq!(of, SlotType::Other(byte)),
            }
        }
    }

    #[test]
    fn a_slot_ends_where_it_says() {
        let bytes = [9, 0, 2, 0, b'a', b'b', b'c'];
        let (slot, rest) = Slot::split(&bytes).unwrap();
        assert_eq!(
            (slot.bytes(), rest, slot.kind()),
            (&bytes[..6], &bytes[6..], SlotType::Other(9))
        );
        for len in 0..6 {
            assert_eq!(Slot::split(&bytes[..len]), None, "{len}");
        }
    }
}
