//! What must be on the machine besides Rust: how to see that it is missing, and how to get it.
//!
//! Nothing is installed that is there already, and every step is announced with a line. Where a
//! step is not possible the error says what to do by hand.
//!
//! Never here: what the tools are used for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// WebAssembly, which the extension is made of.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";
/// The systems for which the host is checked without being run.
pub(crate) const FOREIGN: [&str; 2] = ["x86_64-pc-windows-gnu", "aarch64-apple-darwin"];
/// The optimiser that is known to write modules that run; Debian's 108 is not.
const BINARYEN: &str = "132.0.0";

/// The judge of what people can use who do not see or use no mouse.
pub(crate) const AXE: (&str, &str) = ("axe-core", "4.14.1");
/// What the shop for Firefox's add-ons runs over each of them, and `web-ext lint` as well.
pub(crate) const LINTER: (&str, &str) = ("addons-linter", "10.13.0");

/// Pictures of services, under CC0 1.0.
pub(crate) const ICONS: (&str, &str) = ("simple-icons", "16.37.0");

/// A program out of a Debian package, under the names it may have.
#[derive(PartialEq)]
pub(crate) struct Program(&'static [&'static str], &'static str);

pub(crate) const CHROMIUM: Program =
    Program(&["chromium", "chromium-browser", "google-chrome"], "chromium");
pub(crate) const FIREFOX: Program = Program(&["firefox-esr", "firefox"], "firefox-esr");
pub(crate) const XVFB: Program = Program(&["Xvfb"], "xvfb");
pub(crate) const OPENBOX: Program = Program(&["openbox"], "openbox");
pub(crate) const XDOTOOL: Program = Program(&["xdotool"], "xdotool");
pub(crate) const IMPORT: Program = Program(&["import"], "imagemagick");
/// Letters of Chinese, Japanese and Korean: no program.
const LETTERS: Program = Program(&[], "fonts-noto-cjk");
pub(crate) const OATHTOOL: Program = Program(&["oathtool"], "oathtool");
pub(crate) const STRACE: Program = Program(&["strace"], "strace");
pub(crate) const SCRIPT: Program = Program(&["script"], "bsdutils");
pub(crate) const GDB: Program = Program(&["gdb"], "gdb");
pub(crate) const PYTHON: Program = Program(&["python3"], "python3-venv");
pub(crate) const NPM: Program = Program(&["npm"], "npm");
pub(crate) const DBUS: Program = Program(&["dbus-daemon"], "dbus-daemon");

/// Everything for a browser on a display that nobody looks at.
pub(crate) const DESKTOP: [Program; 4] = [XVFB, OPENBOX, XDOTOOL, IMPORT];

/// Where a program lies: the first of `PATH` and cargo's own folder that has it.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(cargo_home().map(|folder| folder.join("bin")))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Cargo's own folder.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))
}

/// Installs the Debian packages of those programs that are missing.
pub(crate) fn programs(wanted: &[&Program]) -> Result<()> {
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|Program(names, _)| !names.iter().any(|name| find(name).is_some()))
        .map(|Program(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let by_hand = format!("please install by hand what these Debian packages hold: {packages}");
    if find("apt-get").is_none() {
        bail!("not on this machine, and there is no apt-get: {by_hand}");
    }
    let root = quiet(Command::new("id").arg("-u"))?.trim() == "0";
    let sudo = !root && works(Command::new("sudo").args(["-n", "true"]));
    if !root && !sudo {
        bail!("not on this machine, and apt-get needs root: {by_hand}");
    }
    eprintln!("installing Debian packages: {packages}");
    let apt = |args: &[&str]| {
        let mut command = Command::new(if sudo { "sudo" } else { "apt-get" });
        if sudo {
            command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").args(args).stdout(Stdio::null());
        works(&mut command)
    };
    // A failing update is not the end: the lists may be good enough.
    apt(&["update", "-qq"]);
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(&missing);
    if !apt(&install) {
        bail!("apt-get could not install them: {by_hand}");
    }
    Ok(())
}

/// Sees to it that a picture of Japanese is not one of boxes, where the system can say that it would be.
pub(crate) fn letters() -> Result<()> {
    let there = quiet(Command::new("fc-list").arg(":lang=ja"));
    if there.is_ok_and(|list| list.is_empty()) { programs(&[&LETTERS]) } else { Ok(()) }
}

/// Installs standard libraries of other targets, where they are missing.
pub(crate) fn targets(wanted: &[&str]) -> Result<()> {
    for target in wanted {
        let libdir =
            quiet(Command::new("rustc").args(["--print=target-libdir", "--target", target]))?;
        if Path::new(libdir.trim()).is_dir() {
            continue;
        }
        eprintln!("installing Rust's standard library for {target}");
        if !works(Command::new("rustup").args(["target", "add", target])) {
            bail!(
                "rustup could not add {target}: install Rust with rustup, or add the target by hand"
            );
        }
    }
    Ok(())
}

/// Installs a program that comes as a crate, where it is missing.
pub(crate) fn crate_program(name: &str) -> Result<PathBuf> {
    if let Some(path) = find(name) {
        return Ok(path);
    }
    eprintln!("installing {name} (cargo install, some minutes)");
    if !works(Command::new("cargo").args(["install", "--quiet", "--locked", name])) {
        bail!("`cargo install --locked {name}` failed; its error is above");
    }
    find(name).with_context(|| format!("{name} was installed, but is not in PATH"))
}

/// A package of npm in one fixed version, kept apart from everything else; its folder.
pub(crate) fn npm(workspace: &Workspace, name: &str, version: &str) -> Result<PathBuf> {
    let root = workspace.target.join("npm");
    let folder = root.join("node_modules").join(name);
    let there = std::fs::read_to_string(folder.join("package.json")).unwrap_or_default();
    if there.contains(&format!("\"version\": \"{version}\"")) {
        return Ok(folder);
    }
    if find("npm").is_none() || find("node").is_none() {
        bail!("npm is not on this machine");
    }
    eprintln!("installing {name} {version} (npm) into {}", root.display());
    std::fs::create_dir_all(&root)?;
    // With `--no-save` npm would take away what an earlier call brought.
    let install = Command::new("npm")
        .args(["install", "--silent", "--save-exact", "--no-audit", "--no-fund", "--prefix"])
        .arg(&root)
        .arg(format!("{name}@{version}"))
        .status();
    if !install.is_ok_and(|status| status.success()) || !folder.is_dir() {
        bail!("npm could not install {name} {version}");
    }
    Ok(folder)
}

/// The command that optimises a module, or why there is none. Nothing depends on it but size.
pub(crate) fn wasm_opt(workspace: &Workspace) -> Result<Command> {
    let mut command = Command::new("node");
    command.arg(npm(workspace, "binaryen", BINARYEN)?.join("bin/wasm-opt"));
    Ok(command)
}

fn works(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

fn quiet(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
