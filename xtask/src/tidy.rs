//! `tidy`: the floor plan, and the rules of the house that a compiler does not know.
//!
//! A table for each crate says which room lies on which floor; an import goes down, and never up.
//! The other rules: every file says in its first line what lives there, no file has a name that
//! holds anything, and some words stay out.
//!
//! Never here: a rule that clippy has.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;

/// The host's rooms from the attic to the cellar. `room/*` are the rooms inside one, which may name
/// each other; a room that is listed by itself has its own floor. What is inside a room may name
/// what the room itself defines: its error, its types. ARCHITECTURE.md says what each room holds, in this order.
const HOST: &[&str] = &[
    "main",
    "lib",
    "native",
    "native/*",
    "cli",
    "cli/*",
    "doctor",
    "doctor/*",
    "frame",
    "handler",
    "session",
    "session/job",
    "session/desk",
    "session/refusals",
    "install",
    "install/*",
    "locks",
    "locks/*",
    "presence",
    "presence/*",
    "screen",
    "screen/*",
    "rules",
    "running",
    "backup",
    "backup/*",
    "intake",
    "intake/*",
    "export",
    "export/*",
    "import",
    "import/*",
    "picture",
    "otpauth",
    "issuers",
    "site",
    "strength",
    "vault",
    "vault/file",
    "vault/format",
    "vault/slot",
    "vault/seen",
    "vault/device",
    "vault/export",
    "vault/keys",
    "vault/cost",
    "vault/merge",
    "vault/body",
    "vault/entry",
    "vault/recovery",
    "vault/stamp",
    "vault/*",
    "otp",
    "visible",
    "calendar",
    "retention",
    "disk",
    "stop",
    "memory_hard",
    "harden",
    "random",
];

/// The extension's.
const EXTENSION: &[&str] = &[
    "lib",
    "background",
    "popup",
    "popup/view",
    "popup/view/*",
    "popup/*",
    "side",
    "side/view",
    "side/view/*",
    "side/*",
    "desk",
    "desk/page",
    "desk/*",
    "parts",
    "parts/*",
    "words",
    "call",
    "bridge",
    "fill",
    "fill/*",
    "text",
    "browser",
    "browser/*",
    "json",
    "few",
];

/// Names under which anything could be kept.
const NAMELESS: &[&str] =
    &["common", "helper", "helpers", "manager", "misc", "mod", "service", "types", "util", "utils"];

/// Words that stay out, put together here so that this file may hold them.
const FORBIDDEN: &[&str] = &[
    concat!("to", "do!("),
    concat!("dbg", "!("),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("#[ig", "nore"),
];

/// What is text of ours.
const TEXT: &[&str] = &["rs", "js", "html", "css", "toml", "md", "json", "py", "sh"];

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&workspace.root)
        .output()
        .context("tidy asks git which files there are")?;
    let listed = String::from_utf8(listed.stdout)?;
    let mut complaints = Vec::new();
    let mut seen = 0;
    for path in listed.split_terminator('\0') {
        let is_text = path.rsplit_once('.').is_some_and(|(_, end)| TEXT.contains(&end));
        // A file that git knows and that is gone is somebody's work in progress.
        let Ok(bytes) = fs::read(workspace.root.join(path)) else { continue };
        if !is_text {
            continue;
        }
        seen += 1;
        inspect(path, &String::from_utf8_lossy(&bytes), &mut complaints);
    }
    if seen == 0 {
        bail!("git lists no file of ours");
    }
    if complaints.is_empty() {
        println!("tidy: {seen} files in order");
        return Ok(());
    }
    bail!("not tidy:\n  {}", complaints.join("\n  "))
}

/// Everything that is wrong with one file.
fn inspect(path: &str, text: &str, complaints: &mut Vec<String>) {
    for word in FORBIDDEN {
        if let Some(line) = text.lines().position(|line| line.contains(word)) {
            complaints.push(format!("{path}:{} holds `{word}`", line + 1));
        }
    }
    let Some(module) = path.strip_suffix(".rs") else { return };
    if !text.starts_with("//!") {
        complaints.push(format!("{path} does not begin with what lives there (`//! …`)"));
    }
    let name = module.rsplit('/').next().unwrap_or(module);
    if NAMELESS.contains(&name) {
        complaints.push(format!("{path}: `{name}` is a name for anything"));
    }
    for (source, floors) in [("host/src/", HOST), ("extension/src/", EXTENSION)] {
        if let Some(room) = module.strip_prefix(source) {
            climb(path, room, text, floors, complaints);
        }
    }
}

/// The imports of one room that go up the stairs.
fn climb(path: &str, room: &str, text: &str, floors: &[&str], complaints: &mut Vec<String>) {
    let Some(from) = floor(room, floors) else {
        complaints.push(format!("{path} has no floor: add `{room}` to xtask/src/tidy.rs"));
        return;
    };
    // A test may look at its room from above.
    if room.ends_with("/tests") || room.contains("/tests/") {
        return;
    }
    for import in imports(room, text) {
        // `crate::vault::keys::Kek` names the room `vault/keys`, `crate::vault::Vault` the room `vault`.
        let Some(to) = floor(&import, floors) else { continue };
        let own = floors[to] == room || room.starts_with(&format!("{}/", floors[to]));
        let siblings = to == from && floors[from].ends_with("/*");
        if to <= from && !own && !siblings {
            complaints.push(format!(
                "{path} imports `{}`, which is not below it",
                import.replace('/', "::")
            ));
        }
    }
}

/// The floor of the room that a path names: its own, else that of `parent/*`, else that of the
/// longest part of the path that has one.
fn floor(path: &str, floors: &[&str]) -> Option<usize> {
    let mut path = path;
    loop {
        if let Some(floor) = floors.iter().position(|name| *name == path) {
            return Some(floor);
        }
        let (parent, name) = path.rsplit_once('/')?;
        // Rooms are written small; `popup::Model` is a thing inside `popup`.
        let is_room = name.starts_with(|first: char| first.is_ascii_lowercase());
        let inside = format!("{parent}/*");
        if is_room && let Some(floor) = floors.iter().position(|name| *name == inside) {
            return Some(floor);
        }
        path = parent;
    }
}

/// All paths of this crate that a file names, with `/` between the parts.
fn imports(room: &str, text: &str) -> Vec<String> {
    let parent = room.rsplit_once('/').map_or("", |(parent, _)| parent);
    let mut paths = Vec::new();
    // What lies inside this file, tests above all, calls it `super`.
    let own = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    for (text, word, prefix) in [(text, "crate::", ""), (own, "super::", parent)] {
        for line in statements(text) {
            for (at, _) in line.match_indices(word) {
                let before = line[..at].chars().next_back();
                if before.is_some_and(|before| {
                    before.is_alphanumeric() || before == '_' || before == ':'
                }) {
                    continue;
                }
                tree(&line[at + word.len()..], prefix, &mut paths);
            }
        }
    }
    paths
}

/// The code without comments, in pieces that end where an import does.
fn statements(text: &str) -> Vec<String> {
    let code: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
    code.join(" ").split(';').map(str::to_owned).collect()
}

/// Reads `a::b`, `a::{b, c::d}` at the beginning of `text`, and gives back what comes after it.
fn tree<'a>(text: &'a str, prefix: &str, paths: &mut Vec<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = tree(rest, prefix, paths).trim_start();
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
            if let Some(rest) = rest.trim_start().strip_prefix('}') {
                return rest;
            }
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let path = match (prefix, name) {
        ("", name) => name.to_owned(),
        (prefix, "" | "self") => prefix.to_owned(),
        (prefix, name) => format!("{prefix}/{name}"),
    };
    match rest.strip_prefix("::") {
        Some(rest) if !rest.starts_with('<') => tree(rest, &path, paths),
        _ => {
            if !path.is_empty() {
                paths.push(path);
            }
            rest
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> String {
        let mut complaints = Vec::new();
        inspect(path, text, &mut complaints);
        complaints.join("; ")
    }

    #[test]
    fn the_map_of_the_host_has_the_order_of_the_floors() {
        let map = include_str!("../../ARCHITECTURE.md");
        let (_, map) = map.split_once("## The host,").expect("a map of the host");
        let (map, _) = map.split_once("\n## ").expect("more after it");
        let rows = map.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next());
        let rooms = HOST.iter().copied().filter(|room| *room != "lib" && !room.contains('/'));
        assert_eq!(rows.collect::<Vec<_>>(), rooms.collect::<Vec<_>>());
    }

    #[test]
    fn each_crate_lists_its_rooms_from_the_top_floor_down() {
        let crates = [
            (include_str!("../../host/src/lib.rs"), HOST),
            (include_str!("../../extension/src/lib.rs"), EXTENSION),
        ];
        for (text, floors) in crates {
            let rooms =
                text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
            let below = floors
                .iter()
                .copied()
                .filter(|room| !["main", "lib"].contains(room) && !room.contains('/'));
            assert_eq!(rooms.collect::<Vec<_>>(), below.collect::<Vec<_>>());
        }
    }

    #[test]
    fn imports_go_down() {
        let up = "//! x\nuse crate::native::serve;\n";
        assert!(complaints("host/src/vault/keys.rs", up).contains("imports `native::serve`"));
        let down = "//! x\nuse crate::vault::keys::Kek;\nfn f() { crate::otp::totp() }\n";
        assert_eq!(complaints("host/src/session.rs", down), "");
        let from_a_path = "//! x\nfn f() -> crate::session::Session { todo }\n";
        assert!(complaints("host/src/otp.rs", from_a_path).contains("session"));
    }

    #[test]
    fn imports_in_braces_are_seen() {
        let text = "//! x\nuse crate::{otp::{self, Code}, vault::{Vault, file::Disk}, cli};\n";
        assert_eq!(
            imports("session", text),
            ["otp", "otp/Code", "vault/Vault", "vault/file/Disk", "cli"]
        );
        assert!(complaints("host/src/session.rs", text).contains("`cli`"));
    }

    #[test]
    fn imports_by_super_are_seen() {
        let text =
            "//! x\nuse super::merge::join;\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\n";
        assert_eq!(imports("vault/entry", text), ["vault/merge/join"]);
        assert!(complaints("host/src/vault/entry.rs", text).contains("vault::merge::join"));
    }

    #[test]
    fn comments_import_nothing() {
        let text = "//! See [`crate::cli`].\n/// And crate::native.\nfn f() {}\n";
        assert_eq!(complaints("host/src/otp.rs", text), "");
    }

    #[test]
    fn rooms_inside_a_room_may_name_each_other_and_what_the_room_defines() {
        let sibling = "//! x\nuse crate::cli::prompt::ask;\nuse super::Args;\n";
        assert_eq!(complaints("host/src/cli/add.rs", sibling), "");
        let strict = "//! x\nuse super::file::Disk;\n";
        assert!(complaints("host/src/vault/keys.rs", strict).contains("vault::file"));
        let above = "//! x\nuse crate::native::serve;\n";
        assert!(complaints("host/src/cli/add.rs", above).contains("native::serve"));
    }

    #[test]
    fn a_test_may_look_from_above() {
        let text = "//! x\nuse crate::handler::answer;\n";
        assert_eq!(complaints("host/src/session/tests.rs", text), "");
        assert_eq!(complaints("host/src/session/tests/pin.rs", text), "");
        assert!(complaints("host/src/session.rs", text).contains("handler"));
    }

    #[test]
    fn every_room_has_a_floor() {
        assert!(complaints("host/src/attic.rs", "//! x\n").contains("no floor"));
        assert_eq!(complaints("host/src/import/aegis.rs", "//! x\n"), "");
    }

    #[test]
    fn every_file_says_what_lives_there() {
        assert!(complaints("shared/src/secret.rs", "use std::fmt;\n").contains("does not begin"));
    }

    #[test]
    fn no_file_is_a_drawer() {
        assert!(complaints("shared/src/util.rs", "//! x\n").contains("a name for anything"));
    }

    #[test]
    fn forbidden_words_are_found_with_their_line() {
        for word in FORBIDDEN {
            let text = format!("# x\n{word}\n");
            assert!(complaints("README.md", &text).contains("README.md:2"), "{word}");
        }
    }
}
