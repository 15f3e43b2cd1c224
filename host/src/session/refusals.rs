//! What a client is told of what went wrong below: no text, and of a wrong key nothing but that it was wrong.
//!
//! Never here: a refusal that comes of a request's meaning (`handler`).

use shared::protocol::Refusal;

use crate::disk::DiskError;
use crate::vault::file::FileError;
use crate::vault::format::FormatError;
use crate::vault::keys::KeyError;

impl From<FileError> for Refusal {
    fn from(err: FileError) -> Self {
        match err {
            FileError::Absent => Self::NotFound,
            FileError::Busy => Self::Busy,
            FileError::Disk(DiskError::Full) => Self::DiskFull,
            FileError::Disk(DiskError::TooLong) | FileError::TooLarge => Self::TooLarge,
            FileError::Disk(_) => Self::Io,
            FileError::Exists => Self::Exists,
            FileError::Format(err) => err.into(),
            FileError::Replaced => Self::Locked,
            FileError::Rollback(rollback) => Self::Rollback(rollback),
        }
    }
}

impl From<FormatError> for Refusal {
    fn from(err: FormatError) -> Self {
        match err {
            FormatError::Body | FormatError::Header | FormatError::Layout | FormatError::Torn => {
                Self::Corrupt
            }
            FormatError::Key(err) => err.into(),
            FormatError::Newer => Self::NewerFormat,
        }
    }
}

impl From<KeyError> for Refusal {
    fn from(err: KeyError) -> Self {
        match err {
            KeyError::Bounds => Self::KdfBounds,
            KeyError::Damaged => Self::Corrupt,
            KeyError::Memory => Self::Memory,
            KeyError::Taken => Self::SamePassword,
            KeyError::Password | KeyError::Wrong => Self::WrongPassword { retry_ms: 0 },
        }
    }
}
