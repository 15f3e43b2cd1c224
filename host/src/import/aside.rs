//! A key that takes long, derived by a process of its own: it can be ended at once, with the gigabytes that it
//! holds, where a thread could only be left to itself.
//!
//! The process is this program with one word for its argument. It is told the work on its standard input, and
//! says the key on its standard output. It ends with who started it.
//!
//! Never here: how a key is derived (`kdf`).

use std::cell::RefCell;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use super::ImportError;
use super::kdf::Work;
use crate::stop::Stop;

/// The argument.
pub const WORD: &str = "aside";
/// More than any work takes to say.
const MAX: u64 = 256 * 1024;

/// Where long work is done, and what ends it.
#[derive(Clone, Debug)]
pub struct Aside {
    /// This program.
    pub program: PathBuf,
    /// Ends it.
    pub stop: Stop,
}

thread_local! {
    /// Of the reading that this thread does. The readers are functions of a file and its password, and
    /// need not know that somebody may lose patience.
    static ASIDE: RefCell<Option<Aside>> = const { RefCell::new(None) };
}

/// Has long work of this thread done aside, until `reading` is over.
pub(super) fn with<T>(aside: Option<&Aside>, reading: impl FnOnce() -> T) -> T {
    ASIDE.set(aside.cloned());
    let read = reading();
    ASIDE.set(None);
    read
}

/// Derives a key, aside if that takes long and there is such a place.
pub(super) fn derive(work: &Work, key: &mut [u8]) -> Result<(), ImportError> {
    match ASIDE.with_borrow(Clone::clone) {
        Some(aside) if aside.stop.is_stopped() => Err(ImportError::Stopped),
        // Never here after all, if the program is not there any more or was ended by others: nobody could
        // stop it, and it may have been ended for its memory.
        Some(aside) if work.is_long() => {
            aside.derive(work, key).unwrap_or(Err(ImportError::Stopped))
        }
        _ => work.derive(key),
    }
}

impl Aside {
    /// Argon2id (RFC 9106), version 1.3, of one of our own files, with memory in KiB, passes and lanes. `None` if that
    /// takes neither long nor much memory, and is better done where the key stays.
    ///
    /// # Errors
    ///
    /// [`ImportError::Stopped`]; [`ImportError::KdfCostTooHigh`] where there is not so much memory.
    pub fn argon2id(
        &self,
        password: &[u8],
        salt: &[u8; 32],
        costs: (u32, u32, u32),
    ) -> Option<Result<Zeroizing<[u8; 32]>, ImportError>> {
        let work = Work::argon2id(password, salt, costs);
        let mut key = Zeroizing::new([0; 32]);
        let derived = work.is_long().then(|| with(Some(self), || derive(&work, &mut key[..])))?;
        Some(derived.map(|()| key))
    }

    /// What came of it; `None` if the process did not come to its end.
    fn derive(&self, work: &Work, key: &mut [u8]) -> Option<Result<(), ImportError>> {
        let mut child = Command::new(&self.program)
            .arg(WORD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (mut input, mut output) = (child.stdin.take()?, child.stdout.take()?);
        let child = Arc::new(Mutex::new(child));
        let ended = Arc::clone(&child);
        self.stop.then(move || {
            // It fails for what is over already.
            let _ = ended.lock().unwrap_or_else(PoisonError::into_inner).kill();
        });
        let told = Zeroizing::new(serde_json::to_vec(work).ok()?);
        let asked = input.write_all(&told);
        drop(input);
        let mut verdict = [u8::MAX];
        let said = asked
            .and_then(|()| output.read_exact(&mut verdict))
            .and_then(|()| if verdict == [0] { output.read_exact(key) } else { Ok(()) });
        let _ = child.lock().unwrap_or_else(PoisonError::into_inner).wait();
        // Whoever is stopped from now on is not this one.
        self.stop.then(|| ());
        said.ok()?;
        match verdict {
            [0] => Some(Ok(())),
            [1] => Some(Err(ImportError::KdfCostTooHigh)),
            [2] => Some(Err(ImportError::Corrupt)),
            _ => None,
        }
    }
}

/// The other side: reads the work, and writes what came of it. `None` if it was not told any.
pub fn serve(input: impl Read, mut output: impl Write) -> Option<()> {
    let mut told = Zeroizing::new(Vec::new());
    input.take(MAX).read_to_end(&mut told).ok()?;
    let work: Work = serde_json::from_slice(&told).ok()?;
    let mut key = Zeroizing::new(vec![0; work.length()?]);
    let verdict = match work.derive(&mut key) {
        Ok(()) => 0,
        Err(ImportError::KdfCostTooHigh) => 1,
        Err(_) => 2,
    };
    output.write_all(&[verdict]).ok()?;
    if verdict == 0 {
        output.write_all(&key).ok()?;
    }
    output.flush().ok()
}

#[cfg(test)]
mod tests {
    use super::super::kdf::{self, Prf};
    use super::*;

    #[test]
    fn what_is_derived_aside_is_what_is_derived_here() {
        let key = kdf::pbkdf2(Prf::Sha256, b"password", b"salt", 4096).unwrap();
        let work = Work::Pbkdf2 {
            prf: Prf::Sha256,
            password: b"password".to_vec(),
            salt: b"salt".to_vec(),
            rounds: 4096,
            length: 32,
        };
        let mut said = Vec::new();
        serve(&*serde_json::to_vec(&work).unwrap(), &mut said).unwrap();
        assert_eq!(said[0], 0);
        assert_eq!(said[1..], key[..]);
        assert!(serve(&b"{}"[..], Vec::new()).is_none());
    }

    #[test]
    fn what_was_stopped_derives_nothing_and_what_takes_long_is_never_derived_where_nothing_stops_it()
     {
        let aside = Aside { program: "/nowhere/countersign".into(), stop: Stop::default() };
        let derive =
            |rounds| kdf::pbkdf2(Prf::Sha1, b"password", b"salt", rounds).map(|key| key[0]);
        let (short, long) = (|| derive(1), || derive(2_000_001));
        let here = short();
        assert_eq!(with(Some(&aside), short), here);
        assert_eq!(with(Some(&aside), long), Err(ImportError::Stopped));
        aside.stop.stop();
        assert_eq!(with(Some(&aside), short), Err(ImportError::Stopped));
        assert_eq!(short(), here);
    }
}
