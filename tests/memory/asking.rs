//! The command line while it asks a person something: the vault is closed for as long as that takes.
//!
//! Never here: what the browser's host keeps (`host`).

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use data_encoding::BASE32_NOPAD;
use tests::home::Home;
use tests::process::kill;
use tests::wait::LONG;

use crate::derived::{Keys, Needles};
use crate::dump::Dump;

const PASSWORD: &str = "seven dry lanterns hum";
/// Of the account in the vault, and of the one in the file.
const SEEDS: [&[u8; 20]; 2] = [
    b"\x51\xe2\x0d\x9b\x34\xc7\x88\xf6\x1f\x42\xba\x07\x6c\xd9\x93\x2e\xa5\x70\x1b\xc4",
    b"\x8e\x17\xd3\x60\xfb\x29\x4a\xb5\xe8\x0c\x97\x3d\x72\xaf\x16\xd1\x5b\x84\xe0\x3f",
];

/// The program on a terminal of its own.
struct Terminal {
    script: Child,
    keys: ChildStdin,
    said: Receiver<Vec<u8>>,
    text: String,
}

impl Terminal {
    fn of(home: &Home, words: &str) -> Self {
        let line = format!("exec {} {words}", home.host().display());
        let mut command = home.furnish(Command::new("script"));
        command.args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"]);
        let mut script = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let keys = script.stdin.take().unwrap();
        let mut output = script.stdout.take().unwrap();
        let (send, said) = mpsc::channel();
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut piece) {
                // Nobody listens any more if this fails.
                let _ = send.send(piece[..n].to_vec());
            }
        });
        Self { script, keys, said, text: String::new() }
    }

    /// Waits until it says this, and gives back what it has said before that.
    fn until(&mut self, words: &str) -> String {
        let began = Instant::now();
        loop {
            if let Some(at) = self.text.find(words) {
                let rest = self.text.split_off(at + words.len());
                return std::mem::replace(&mut self.text, rest);
            }
            let left = LONG.saturating_sub(began.elapsed());
            let piece = self.said.recv_timeout(left);
            let piece = piece.unwrap_or_else(|_| panic!("no `{words}` after: {}", self.text));
            self.text.push_str(&String::from_utf8_lossy(&piece));
        }
    }

    fn types(&mut self, line: &str) {
        writeln!(self.keys, "{line}").unwrap();
        self.keys.flush().unwrap();
    }

    /// What the program has in memory.
    fn dump(&self) -> Dump {
        let id = self.script.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        let dump = Dump::of(children.trim().parse().unwrap()).unwrap();
        // As a shell does, `script` stands still when its child did.
        kill("CONT", &id.to_string());
        dump
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Both fail only for what is gone already.
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

const BACKUPS: &str = "eight grey bells ring twice";
const NEW: &str = "nine tall reeds sway dimly";

/// What opens or holds the vault of this home, whose account has the secret `n`.
fn needles(home: &Home, n: usize) -> Needles {
    let mut needles: Needles = vec![
        ("the password", PASSWORD.into()),
        ("the vault's seed", SEEDS[n].to_vec()),
        ("the vault's seed in Base32", BASE32_NOPAD.encode(SEEDS[n]).into_bytes()),
    ];
    let keys = Keys::of(&home.vault(), PASSWORD).unwrap();
    needles.extend(keys.needles(&home.vault()).unwrap());
    needles
}

impl Terminal {
    /// While it asks: nothing of the vault is in memory.
    fn has_none_of(&self, needles: &Needles) {
        let dump = self.dump();
        let found: Vec<&str> = needles
            .iter()
            .filter(|(_, needle)| dump.hits(needle) != 0)
            .map(|(name, _)| *name)
            .collect();
        assert_eq!(found, Vec::<&str>::new());
    }
}

fn uri(n: usize, name: &str) -> String {
    let secret = BASE32_NOPAD.encode(SEEDS[n]);
    format!("otpauth://totp/Example:{name}?secret={secret}&issuer=Example")
}

#[test]
fn an_import_that_asks_has_the_vault_closed() {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    home.fill_vault(PASSWORD, &[uri(0, "alice")]).unwrap();
    let file = home.path().join("export.txt");
    fs::write(&file, uri(1, "alice")).unwrap();
    let needles = needles(&home, 0);

    let mut terminal = Terminal::of(&home, &format!("import {}", file.display()));
    // What the file holds is shown and confirmed before there is any key.
    let shown = terminal.until("Import? [Y/n] ");
    assert!(shown.contains("Example") && !shown.contains("Master password"), "{shown}");
    terminal.types("y");
    terminal.until("Master password: ");
    terminal.types(PASSWORD);
    let question = terminal.until("[r]eplace it? [B/k/r] ");
    assert!(question.contains("has another secret than"), "{question}");
    assert_ne!(terminal.dump().hits(SEEDS[1]), 0, "the dump shows what is in memory");
    terminal.has_none_of(&needles);

    terminal.types("r");
    terminal.until("Master password: ");
    terminal.types("somebody else's");
    // A slip does not cost the choices.
    terminal.until("wrong master password");
    terminal.until("Master password: ");
    terminal.types(PASSWORD);
    terminal.until("0 added, 0 already there, 1 replaced");
}

#[test]
fn an_import_without_a_question_about_the_vault_asks_for_its_password_once() {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    home.fill_vault(PASSWORD, &[uri(0, "alice")]).unwrap();
    let file = home.path().join("export.txt");
    fs::write(&file, format!("{}\n{}", uri(0, "alice"), uri(1, "bob"))).unwrap();
    let mut terminal = Terminal::of(&home, &format!("import {}", file.display()));
    terminal.until("Import? [Y/n] ");
    terminal.types("");
    terminal.until("Master password: ");
    terminal.types(PASSWORD);
    let said = terminal.until("1 added, 1 already there");
    assert!(!said.contains("Master password"), "{said}");
}

#[test]
fn a_new_master_password_is_asked_for_while_the_vault_is_closed() {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    home.fill_vault(PASSWORD, &[uri(0, "alice")]).unwrap();
    let needles = needles(&home, 0);
    let mut terminal = Terminal::of(&home, "passwd");
    terminal.until("Master password: ");
    terminal.types("somebody else's");
    // Before anybody thinks of a new one.
    terminal.until("wrong master password");

    let mut terminal = Terminal::of(&home, "passwd");
    terminal.until("Master password: ");
    terminal.types(PASSWORD);
    terminal.until("New master password: ");
    terminal.has_none_of(&needles);
    terminal.types(NEW);
    terminal.until("Repeat it: ");
    terminal.has_none_of(&needles);
    terminal.types(NEW);
    terminal.until("Master password: ");
    terminal.types("somebody else's");
    // A slip does not cost the new one.
    terminal.until("wrong master password");
    terminal.until("Master password: ");
    terminal.types(PASSWORD);
    terminal.until("the master password was changed");
    let listed = home.cli(&["list", "--password-stdin"], &format!("{NEW}\n")).unwrap();
    assert!(listed.status.success());
}

#[test]
fn whatever_else_is_asked_comes_before_the_master_password() {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    home.fill_vault(PASSWORD, &[uri(0, "alice")]).unwrap();
    let secret = BASE32_NOPAD.encode(SEEDS[1]);
    let chosen = ["New backups password: ", "Repeat it: "];
    let sealed = ["New password for the file: ", "Repeat it: "];
    let rows: [(&str, &[&str], &str, &str); 5] = [
        ("add -", &["the otpauth:// URI: "], &uri(1, "bob"), "added: Example"),
        ("add --issuer Bank", &["Secret (Base32): "], &secret, "added: Bank"),
        ("edit bank --secret", &["Secret (Base32): "], "MFRGGZDFMZTWQ2LKMFRGGZDF", "changed: Bank"),
        ("export --format json --encrypt file.json", &sealed, BACKUPS, "3 accounts written"),
        ("backup set-password --folder .", &chosen, BACKUPS, "the backups password was set"),
    ];
    for (words, questions, answer, done) in rows {
        let needles = needles(&home, 0);
        let mut terminal = Terminal::of(&home, words);
        for question in questions {
            let before = terminal.until(question);
            assert!(!before.contains("Master password"), "{words}: {before}");
            terminal.has_none_of(&needles);
            terminal.types(answer);
        }
        terminal.until("Master password: ");
        terminal.types("somebody else's");
        terminal.until("wrong master password");
        terminal.until("Master password: ");
        terminal.types(PASSWORD);
        terminal.until(done);
    }
}

#[test]
fn a_restore_asks_while_the_vault_is_closed() {
    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    home.fill_vault(PASSWORD, &[uri(0, "alice")]).unwrap();
    let backups = home.path().join("backups");
    fs::create_dir(&backups).unwrap();
    let said = |args: &[&str], lines: &[&str]| {
        let said = home.cli(args, &format!("{}\n", lines.join("\n"))).unwrap();
        assert!(said.status.success(), "{args:?}: {}", String::from_utf8_lossy(&said.stderr));
    };
    let folder = backups.to_str().unwrap();
    let set = ["backup", "set-password", "--folder", folder, "--password-stdin"];
    said(&set, &[PASSWORD, BACKUPS]);
    let kept = home.path().join("kept.backup");
    let first = fs::read_dir(&backups).unwrap().next().unwrap().unwrap().path();
    fs::copy(first, &kept).unwrap();
    let secret = BASE32_NOPAD.encode(SEEDS[1]);
    said(&["edit", "alice", "--secret", "--password-stdin"], &[PASSWORD, &secret]);

    // The vault has another secret now than the backup, so that the two are told apart.
    let needles = needles(&home, 1);
    for words in ["verify".to_owned(), format!("restore {}", kept.display())] {
        let mut terminal = Terminal::of(&home, &format!("backup {words}"));
        let before = terminal.until("Backups password: ");
        assert!(!before.contains("Master password"), "{words}: {before}");
        terminal.has_none_of(&needles);
        terminal.types(BACKUPS);
        terminal.until("Master password: ");
        terminal.types(PASSWORD);
        if words == "verify" {
            terminal.until("restores: 1 account");
            continue;
        }
        let shown = terminal.until("Restore? [Y/n] ");
        assert!(shown.contains("in the backup: "), "{shown}");
        assert_ne!(terminal.dump().hits(SEEDS[0]), 0, "the dump shows what is in memory");
        terminal.has_none_of(&needles);
        terminal.types("y");
        terminal.until("Master password: ");
        terminal.types(PASSWORD);
        terminal.until("restored: ");
    }
}
