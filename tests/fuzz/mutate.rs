//! Changes inputs at random, and always in the same way for the same seed.
//!
//! Never here: what an input means.

/// Pieces that readers look for.
const WORDS: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"-1",
    b"1e309",
    b"0.5",
    b"18446744073709551616",
    b"9007199254740992",
    b"%",
    b"%00",
    b"%ff",
    b"&",
    b"=",
    b"secret=",
    b"digits=",
    b"period=0",
    b"counter=",
    b"://",
    b"@",
    b".",
    b"..",
    b"xn--",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
    b"\xef\xbf\xbd",
    b"\xe2\x80\xae",
    b"\x7f",
    b" ",
    b"\n",
    b"PK\x03\x04",
    b"<!--",
    b"]]>",
    b"&amp;",
    b"SQLite format 3\0",
    b"bplist00",
    b"AAAAAAAA",
    b"========",
];
/// Longest input that is made.
const LONGEST: usize = 64 * 1024;

/// A stream of changed inputs.
pub(crate) struct Mutator<'a> {
    state: u64,
    corpus: &'a [Vec<u8>],
}

impl<'a> Mutator<'a> {
    pub(crate) fn new(seed: u64, corpus: &'a [Vec<u8>]) -> Self {
        // Zero is where xorshift stays.
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, corpus }
    }

    /// Marsaglia's xorshift64*.
    fn random(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.random() >> 33).expect("31 bits") % end.max(1)
    }

    /// One of the corpus, changed once to eight times.
    pub(crate) fn next_input(&mut self) -> Vec<u8> {
        let first = self.below(self.corpus.len());
        let mut input = self.corpus[first].clone();
        for _ in 0..=self.below(8) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let to = at + self.below((input.len() - at).min(64) + 1);
        match self.below(9) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = [0, 1, 0x7f, 0x80, 0xff][self.below(5)],
            2 => input.insert(at, self.random().to_le_bytes()[3]),
            3 => drop(input.drain(at..to)),
            4 => {
                let piece = input[at..to].to_vec();
                let times = 1 + self.below(16);
                input.splice(at..at, piece.repeat(times));
            }
            5 => drop(input.splice(at..at, WORDS[self.below(WORDS.len())].iter().copied())),
            6 => drop(input.splice(at..to, WORDS[self.below(WORDS.len())].iter().copied())),
            7 => {
                let other = &self.corpus[self.below(self.corpus.len())];
                let from = other.len().min(at);
                input.truncate(at);
                input.extend(&other[from..]);
            }
            _ => input.truncate(at),
        }
    }
}

#[test]
fn the_same_seed_makes_the_same_inputs() {
    let corpus = [b"one two".to_vec(), b"three".to_vec()];
    let made = |seed| {
        let mut mutator = Mutator::new(seed, &corpus);
        (0..100).map(|_| mutator.next_input()).collect::<Vec<_>>()
    };
    assert_eq!(made(7), made(7));
    assert_ne!(made(7), made(8));
    assert!(made(7).iter().any(|input| !corpus.contains(input)));
}
