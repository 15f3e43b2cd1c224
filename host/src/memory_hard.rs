//! Argon2 (RFC 9106) on memory that is asked for politely, on all cores, and with nothing left behind.
//!
//! Its lanes are made to be filled side by side: then the same cost for a thief is a shorter wait for the
//! person. The threads live as long as one derivation, so that a host that is idle has none.
//!
//! Never here: which costs are allowed, and what the derived bytes open.

use std::num::NonZero;
use std::thread;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use rayon::{ThreadPool, ThreadPoolBuilder};
use zeroize::Zeroize as _;

/// Stack of a thread that a derivation may have left key material on, in bytes.
const STACK: usize = 64 * 1024;

/// Why nothing was derived.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Failed {
    /// The salt or the password has a length that Argon2 does not take.
    #[error("the password or the salt is too short or too long")]
    Input,
    /// There is no such memory.
    #[error("not enough memory to derive the key")]
    Memory,
}

/// Fills `out` from the password. Takes as long as `params` say: not for the thread that answers a person.
///
/// The crate leaves its memory as it is; here it is wiped, and so are the stacks of the threads that
/// worked on it.
///
/// # Errors
///
/// The crate's: there is not so much memory, or a length is none that Argon2 allows.
pub fn argon2(
    (algorithm, version): (Algorithm, Version),
    params: Params,
    password: &[u8],
    salt: &[u8],
    out: &mut [u8],
) -> Result<(), Failed> {
    let mut memory: Vec<Block> = Vec::new();
    // Where there is no such memory, that is an answer, not an abort.
    memory.try_reserve_exact(params.block_count()).map_err(|_| Failed::Memory)?;
    memory.resize_with(params.block_count(), Block::default);
    let threads = threads(params.p_cost())?;
    let argon = Argon2::new(algorithm, version, params);
    let derived =
        threads.install(|| argon.hash_password_into_with_memory(password, salt, out, &mut memory));
    memory.iter_mut().for_each(Block::zeroize);
    threads.broadcast(|_| zeroize::zeroize_stack::<STACK>());
    derived.map_err(|_| Failed::Input)
}

/// One thread for each lane, but no more than there are cores; where the system grants none, the caller's
/// own has to do.
fn threads(lanes: u32) -> Result<ThreadPool, Failed> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let lanes = usize::try_from(lanes).unwrap_or(cores);
    ThreadPoolBuilder::new()
        .num_threads(lanes.min(cores))
        .build()
        .or_else(|_| ThreadPoolBuilder::new().num_threads(1).use_current_thread().build())
        .map_err(|_| Failed::Memory)
}
