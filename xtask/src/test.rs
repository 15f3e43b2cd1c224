//! `test [NAME…]`: the suites, what each needs, and one line at the end: `N passed, N failed`.
//!
//! Never here: a test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::dist;
use crate::lint;
use crate::tools::{self, Program};
use crate::unit;
use crate::workspace::{Workspace, say};

/// A suite: every `[[test]]` target of its name, in whichever crate.
struct Suite {
    name: &'static str,
    /// Programs that its tests call.
    programs: &'static [&'static [Program]],
    /// Whether it loads the extension.
    extension: bool,
    /// Whether it runs only when it is named: minutes long.
    by_name: bool,
}

/// All suites, in the order in which they run. `unit` is everything that no other line names.
const SUITES: &[Suite] = &[
    Suite { name: "unit", programs: &[], extension: false, by_name: false },
    Suite { name: "cli", programs: &[], extension: false, by_name: false },
    Suite { name: "import", programs: &[], extension: false, by_name: false },
    Suite {
        name: "backup",
        programs: &[&[tools::STRACE, tools::PYTHON]],
        extension: false,
        by_name: false,
    },
    Suite { name: "merge", programs: &[], extension: false, by_name: true },
    Suite { name: "protocol", programs: &[], extension: false, by_name: false },
    Suite { name: "fuzz", programs: &[], extension: false, by_name: false },
    Suite { name: "locales", programs: &[], extension: false, by_name: false },
    Suite { name: "qr", programs: &[], extension: false, by_name: false },
    Suite { name: "locks", programs: &[&[tools::DBUS]], extension: false, by_name: false },
    Suite {
        name: "memory",
        programs: &[&[tools::DBUS, tools::GDB, tools::SCRIPT]],
        extension: false,
        by_name: false,
    },
    Suite {
        name: "faults",
        programs: &[&[tools::STRACE, tools::PYTHON]],
        extension: false,
        by_name: false,
    },
    Suite { name: "detect", programs: &[], extension: false, by_name: false },
    Suite { name: "fill", programs: BROWSERS, extension: true, by_name: false },
    Suite {
        name: "widgets",
        programs: &[&[tools::CHROMIUM, tools::FIREFOX, tools::NPM]],
        extension: false,
        by_name: false,
    },
    Suite { name: "lint", programs: &[], extension: true, by_name: false },
    Suite { name: "a11y", programs: BROWSERS, extension: true, by_name: true },
    Suite { name: "policy", programs: BROWSERS, extension: true, by_name: false },
    Suite { name: "chromium", programs: CHROMIUM, extension: true, by_name: false },
    Suite { name: "firefox", programs: FIREFOX, extension: true, by_name: false },
];

/// What a scenario in Chromium needs.
const CHROMIUM: &[&[Program]] =
    &[&tools::DESKTOP, &[tools::CHROMIUM, tools::OATHTOOL, tools::DBUS]];
/// And in Firefox; its driver is a crate.
const FIREFOX: &[&[Program]] = &[&tools::DESKTOP, &[tools::FIREFOX, tools::OATHTOOL, tools::DBUS]];

/// What needs both.
const BROWSERS: &[&[Program]] = &[&tools::DESKTOP, &[tools::CHROMIUM, tools::FIREFOX]];

/// No step takes longer; whatever hangs is killed with all its children.
const LIMIT: Duration = Duration::from_secs(15 * 60);
/// Unless it is to try everything: half an hour on a machine that has something else to do, too.
const WHOLE: Duration = Duration::from_secs(60 * 60);

/// What was tried, and how it went.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Tests that count as passed and said that they can't run here, each with the reason.
    pub(crate) skipped: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, names: &[String]) -> Result<()> {
    if let Some(name) = names.iter().find(|name| SUITES.iter().all(|suite| suite.name != *name)) {
        let known: Vec<_> = SUITES.iter().map(|suite| suite.name).collect();
        bail!("there is no suite `{name}`; there are {}", known.join(", "));
    }
    let chosen: Vec<&Suite> = SUITES
        .iter()
        .filter(|suite| {
            names.is_empty() && !suite.by_name || names.iter().any(|name| name == suite.name)
        })
        .collect();
    let programs: Vec<&Program> =
        chosen.iter().flat_map(|suite| suite.programs.iter().copied().flatten()).collect();
    tools::programs(&programs)?;
    // Firefox is driven by a crate.
    if programs.contains(&&tools::FIREFOX) {
        tools::crate_program("geckodriver")?;
    }

    if chosen.iter().any(|suite| suite.name == "a11y") {
        tools::npm(workspace, tools::AXE.0, tools::AXE.1)?;
    }

    let mut all = Count::default();
    // Once for all suites, with one set of features; what follows only runs it.
    all.add(step("build", || {
        check(&mut workspace.cargo(&["build", "--workspace", "--lib", "--bins", "--tests"]))
    }));
    if chosen.iter().any(|suite| suite.extension) {
        all.add(step("dist", || one(dist::build(workspace, &workspace.version))));
    }
    for suite in chosen {
        all.add(step(suite.name, || match suite.name {
            "unit" => unit::run(workspace, &loose(workspace)),
            "lint" => lint::run(workspace),
            // Beside the code, where `unit` runs it; by its name it runs alone.
            "merge" => cargo_test(workspace, &["--lib", "--", "vault::merge::"]),
            "backup" => {
                let mut count = cargo_test(workspace, &["--test", "backup"]);
                count.add(cargo_test(workspace, &["--lib", "--", "backup::"]));
                // Kills and power cuts; the whole of `faults` has more, and runs by its name.
                count.add(cargo_test(workspace, &["--test", "faults", "--", "backup", "restored"]));
                count
            }
            // By its name, every error at every call; else one of eight, within four minutes.
            "faults" if !names.is_empty() => {
                cargo_test_with(workspace, &["--test", "faults"], &[("FAULTS_WHOLE", "1")], WHOLE)
            }
            // By its name, every page in both browsers; else each in one of them.
            "fill" if !names.is_empty() => {
                cargo_test_with(workspace, &["--test", "fill"], &[("FILL_WHOLE", "1")], WHOLE)
            }
            "chromium" | "firefox" => {
                let target = ["--test", suite.name];
                cargo_test_with(workspace, &target, &[("RUST_TEST_THREADS", &browsers())], LIMIT)
            }
            name => cargo_test(workspace, &["--test", name]),
        }));
    }
    for skipped in &all.skipped {
        println!("skipped: {skipped}");
    }
    println!("{} passed, {} failed", all.passed, all.failed);
    if all.failed != 0 {
        bail!("not everything passed");
    }
    Ok(())
}

/// How many browsers at once: three for two cores. With one on each, Chromium's scenarios waited for more than half
/// of their time (302 s instead of 210 s with four).
fn browsers() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    (cores + cores.div_ceil(2)).to_string()
}

/// Test targets that are no suite of their own.
fn loose(workspace: &Workspace) -> Vec<String> {
    let named = |test: &&String| SUITES.iter().any(|suite| suite.name == test.as_str());
    workspace.tests.iter().filter(|test| !named(test)).cloned().collect()
}

fn step(name: &str, work: impl FnOnce() -> Count) -> Count {
    println!("── {name}");
    let start = Instant::now();
    let mut count = work();
    if count == Count::default() {
        println!("{name} ran nothing, which is a failure");
        count.failed = 1;
    }
    let Count { passed, failed, .. } = count;
    println!("── {name}: {passed} passed, {failed} failed, {:.0} s", start.elapsed().as_secs_f64());
    count
}

impl Count {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        for skipped in other.skipped {
            if !self.skipped.contains(&skipped) {
                self.skipped.push(skipped);
            }
        }
    }
}

/// A check that is no cargo test counts as one.
pub(crate) fn one(result: Result<()>) -> Count {
    match result {
        Ok(()) => Count { passed: 1, ..Count::default() },
        Err(error) => {
            println!("FAILED: {error:#}");
            Count { failed: 1, ..Count::default() }
        }
    }
}

/// A command that must succeed.
pub(crate) fn check(command: &mut Command) -> Count {
    one(watched(command, LIMIT, |_| ()))
}

/// `cargo test` of the whole workspace, narrowed to some targets; the sum of its result lines.
pub(crate) fn cargo_test(workspace: &Workspace, targets: &[&str]) -> Count {
    cargo_test_with(workspace, targets, &[], LIMIT)
}

/// The same, with variables for the tests.
fn cargo_test_with(
    workspace: &Workspace,
    targets: &[&str],
    variables: &[(&str, &str)],
    limit: Duration,
) -> Count {
    let mut command = workspace.cargo(&["test", "--workspace", "--no-fail-fast"]);
    command.args(targets).env("CARGO_TERM_COLOR", "never").envs(variables.iter().copied());
    let mut count = Count::default();
    let result = watched(&mut command, limit, |line| {
        if let Some(part) = counted(line) {
            count.add(part);
        }
    });
    if let Err(error) = result {
        println!("FAILED: {error:#}");
        // A crash or a compiler's error shows in no result line.
        count.failed = count.failed.max(1);
    }
    count
}

/// The numbers of a line like `test result: ok. 3 passed; 0 failed; 0 ignored; …`, or what a test said that can't
/// run here (`tests::skip`): on one thread, that stands behind `test NAME ... `.
fn counted(line: &str) -> Option<Count> {
    if let Some((before, skipped)) = line.split_once("skipped: ")
        && (before.is_empty() || before.starts_with("test "))
    {
        return Some(Count { skipped: vec![skipped.to_owned()], ..Count::default() });
    }
    let numbers = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let number = |part: Option<&str>| part?.split_whitespace().next()?.parse().ok();
    let mut parts = numbers.split("; ");
    let (passed, failed) = (number(parts.next())?, number(parts.next())?);
    Some(Count { passed, failed, ..Count::default() })
}

/// Runs a command in a process group of its own, repeats and reports every line of its output, and
/// ends the whole group when its time is up.
fn watched(command: &mut Command, limit: Duration, mut line: impl FnMut(&str)) -> Result<()> {
    say(command);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("could not start it")?;
    let output = child.stdout.take().context("no standard output")?;
    let (send, lines) = mpsc::channel();
    thread::spawn(move || {
        for text in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            if send.send(String::from_utf8_lossy(&text).into_owned()).is_err() {
                break;
            }
        }
    });
    let deadline = Instant::now() + limit;
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(text) => {
                println!("{text}");
                line(&text);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child);
                bail!("stopped after {} minutes", limit.as_secs() / 60);
            }
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("it failed ({status})");
    }
    Ok(())
}

fn end(child: &mut Child) {
    let group = format!("-{}", child.id());
    // The result is nobody's news: it is over either way.
    let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_result_line_are_read() {
        let line =
            "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        let count = counted(line).unwrap();
        assert_eq!((count.passed, count.failed), (12, 3));
        assert_eq!(counted("test frame::tests::a_name ... ok"), None);
    }

    #[test]
    fn what_was_skipped_is_told_once() {
        let mut all = Count::default();
        for line in ["skipped: a: no root", "test a ... skipped: a: no root", "skipped: b: no root"]
        {
            all.add(counted(line).unwrap());
        }
        assert_eq!(all.skipped, ["a: no root", "b: no root"]);
        assert_eq!(counted("left: skipped: x"), None);
    }

    #[test]
    fn a_command_that_fails_counts_as_one_failure() {
        assert_eq!(check(&mut Command::new("false")).failed, 1);
        assert_eq!(check(&mut Command::new("true")), Count { passed: 1, ..Count::default() });
    }

    #[test]
    fn a_step_without_a_result_fails() {
        assert_eq!(step("empty", Count::default).failed, 1);
    }
}
