//! `cargo xtask VERB`: the only tool a contributor calls.
fn main() {}
