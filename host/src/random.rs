//! Bytes that nobody can foresee, from the operating system.
//!
//! Never here: a generator of our own, what the bytes are for.

/// `N` of them: for ids, salts and nonces. A key is made where it stays (by [`fill`]), so that no copy is left.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// Fills all of it.
///
/// # Panics
///
/// Where the operating system has no randomness: nothing that this program does would be safe there.
pub fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system has randomness");
}
