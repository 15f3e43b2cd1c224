//! [`Secret`]: text that is not copied, printed or left behind.
//!
//! Never here: what the text is a secret of.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A password, a PIN or a seed in text form, wiped when it is dropped.
///
/// It has no `Clone`, so nothing that must be cloneable (each [`Response`], each event) can carry
/// one: the compiler is the lock. It has no `Display`, and its `Debug` is silent.
///
/// [`Response`]: crate::protocol::Response
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes the text over; the caller's buffer becomes this one.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The only way in, so that `grep expose` finds every reader.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Another copy, wiped by itself. Spelled out so that each is looked at.
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", Secret::new("correct horse".into())), "Secret");
    }
}
