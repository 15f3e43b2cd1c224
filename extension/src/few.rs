//! A map of a few entries: walking over them is quicker than hashing, and its code is a tenth.
//!
//! Never here: as many entries as there are accounts.

/// See the module.
#[derive(Debug)]
pub struct Few<K, V>(Vec<(K, V)>);

impl<K: Copy + PartialEq, V> Few<K, V> {
    /// An empty one.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Puts an entry in; returns what stood in its place.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = self.remove(key);
        self.0.push((key, value));
        before
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: K) -> Option<V> {
        let at = self.0.iter().position(|(of, _)| *of == key)?;
        Some(self.0.swap_remove(at).1)
    }

    /// An entry.
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.0.iter_mut().find(|(of, _)| *of == key).map(|(_, value)| value)
    }

    /// Keeps only what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        self.0.retain(|(_, value)| keep(value));
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Takes all entries out.
    pub fn drain(&mut self) -> impl Iterator<Item = (K, V)> {
        std::mem::take(&mut self.0).into_iter()
    }
}

#[cfg(test)]
impl<K: Copy + Ord, V> Few<K, V> {
    /// The last key, by its order, with such a value.
    pub fn last(&self, of: impl Fn(&V) -> bool) -> Option<K> {
        self.0.iter().filter(|(_, value)| of(value)).map(|(key, _)| *key).max()
    }
}

impl<K: Copy + PartialEq, V> Default for Few<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn a_key_has_one_value_the_last() {
        let mut few = Few::new();
        assert_eq!(few.insert(1, "a"), None);
        assert_eq!(few.insert(1, "b"), Some("a"));
        few.insert(2, "c");
        assert_eq!(few.remove(1), Some("b"));
        assert_eq!(few.remove(1), None);
        assert_eq!(few.values().collect::<Vec<_>>(), [&"c"]);
    }
}
