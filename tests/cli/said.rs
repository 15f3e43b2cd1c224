//! What the program said, and how it ended.
//!
//! Never here: what it should have said.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tests::home::Home;

/// The master password of every vault here.
pub(crate) const PASSWORD: &str = "slow otters count nine bridges";
/// RFC 6238's seed, `12345678901234567890`.
pub(crate) const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Output of one call.
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        let said = Self {
            status: output.status.code().expect("it ends by itself"),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        for needle in [PASSWORD, SECRET] {
            assert!(!said.out.contains(needle) && !said.err.contains(needle), "a secret was told");
        }
        said
    }

    /// It must have done what was asked.
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.status, 0, "{}{}", self.out, self.err);
        self
    }

    /// It must have refused with this status and these words.
    pub(crate) fn refused(self, status: i32, words: &str) -> Self {
        assert_eq!(self.status, status, "{}{}", self.out, self.err);
        assert!(self.err.contains(words), "{}", self.err);
        self
    }

    /// The JSON that it printed.
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.done().out).expect("it printed JSON")
    }
}

/// A home without a vault.
pub(crate) fn home() -> Home {
    Home::new(&Home::built_host().expect("a place for the program")).expect("a home")
}

/// A home with an empty vault, and one with these accounts.
pub(crate) fn home_with(uris: &[&str]) -> Home {
    let home = home();
    let uris: Vec<String> = uris.iter().map(|uri| (*uri).to_owned()).collect();
    home.fill_vault(PASSWORD, &uris).expect("a vault");
    home
}

/// Says `words` to the program, the password and further lines on standard input.
pub(crate) fn say(home: &Home, words: &[&str], lines: &[&str]) -> Said {
    let mut args = vec!["--password-stdin"];
    args.extend(words);
    let mut input = format!("{PASSWORD}\n");
    for line in lines {
        input.push_str(line);
        input.push('\n');
    }
    Said::new(home.cli(&args, &input).expect("it starts"))
}

/// The same, without a password, and with nothing in `PATH`.
#[allow(dead_code, reason = "not every suite that says something says this")]
pub(crate) fn bare(home: &Home, words: &[&str]) -> Said {
    Said::new(command(home).args(words).stdin(Stdio::null()).output().expect("it starts"))
}

/// The program, and nothing in `PATH`.
pub(crate) fn command(home: &Home) -> Command {
    let mut command = home.command(home.host());
    command.env("PATH", home.path().join("bin"));
    command
}

/// Says `words`, and all of standard input as given.
pub(crate) fn with_input(home: &Home, words: &[&str], input: &str) -> Said {
    let mut child = command(home)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // It may have ended before it reads.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    Said::new(child.wait_with_output().expect("it ends"))
}
