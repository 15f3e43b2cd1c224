//! The one place with clock, environment, arguments and standard streams. It picks the door: browsers
//! start the host with arguments of their own, whatever else is a person's.
//!
//! Never here: anything that could be tested with these passed in.

use std::alloc::System;
use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal, Write as _};
#[cfg(unix)]
use std::os::fd::AsFd as Stream;
#[cfg(windows)]
use std::os::windows::io::AsHandle as Stream;
use std::path::Path;
use std::process::ExitCode;

use host::cli::{self, World};
use host::harden::{self, Weakness};
use host::import::aside;
use host::install::places::Places;
use host::install::standing;
use host::locks::clock::Readings;
use host::locks::{self, Watch};
use host::native::{self, Event};
use host::presence::Presence;
use host::rules::Organisation;
use host::running::{self, Sign};
use host::screen::Screen;
use host::session::Session;
use host::vault::cost::{KdfParams, KdfPolicy};
use host::vault::file::Store;
use shared::protocol::{CHROMIUM_ID, FIREFOX_ID, HOST_NAME};
use zeroizing_alloc::ZeroAlloc;

/// Wipes everything that is freed, the buffers of libraries too.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Status for wrong usage, and for a caller that is not our extension.
const USAGE: u8 = 2;

/// Who started this process.
#[derive(Debug, Eq, PartialEq)]
enum Door {
    /// This program itself: a key that takes long.
    Aside,
    /// Our extension, through a browser.
    Browser,
    /// Something that looks like a browser's call and is not for our extension.
    Foreign,
    /// A person.
    Person,
}

/// Chromium passes the extension's origin (on Windows also its window), Firefox the manifest's path and
/// the add-on's id. It guards against a wrong registration; it proves nothing about the caller.
fn door(args: &[OsString]) -> Door {
    let text: Vec<&str> = args.iter().map(|arg| arg.to_str().unwrap_or_default()).collect();
    match text[..] {
        [aside::WORD] => Door::Aside,
        [origin, ..] if origin.starts_with("chrome-extension://") => {
            if origin == format!("chrome-extension://{CHROMIUM_ID}/")
                && text[1..].iter().all(|arg| arg.starts_with("--parent-window="))
            {
                Door::Browser
            } else {
                Door::Foreign
            }
        }
        [manifest, id, ..] if manifest.ends_with(".json") && id.contains('@') => {
            let name = Path::new(manifest).file_name().and_then(|name| name.to_str());
            let ours = name == Some(&format!("{HOST_NAME}.json")) && id == FIREFOX_ID;
            if ours && text.len() == 2 { Door::Browser } else { Door::Foreign }
        }
        _ => Door::Person,
    }
}

fn main() -> ExitCode {
    // First: once the process is closed to others, so is its own entry in /proc.
    let binary = env::current_exe().and_then(|path| path.canonicalize());
    let weaknesses = harden::process();
    let args: Vec<OsString> = env::args_os().collect();
    let Some(places) = binary.ok().and_then(|binary| Places::of_user(binary, variable)) else {
        let _ = writeln!(io::stderr(), "countersign: this user has no home folder: set HOME");
        return ExitCode::from(1);
    };
    match door(args.get(1..).unwrap_or_default()) {
        Door::Browser if !io::stdin().is_terminal() => {
            serve(&places);
            ExitCode::SUCCESS
        }
        Door::Aside if !io::stdin().is_terminal() => {
            die_with_parent();
            let streams = unbuffered(&io::stdin()).ok().zip(unbuffered(&io::stdout()).ok());
            match streams.and_then(|(input, output)| aside::serve(input, output)) {
                Some(()) => ExitCode::SUCCESS,
                None => ExitCode::from(USAGE),
            }
        }
        Door::Aside | Door::Browser | Door::Foreign => ExitCode::from(USAGE),
        Door::Person => person(args, places, weaknesses),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// What a new slot costs: the default, or more where that is fast enough.
fn policy() -> KdfPolicy {
    KdfPolicy { least: KdfParams::DEFAULT, clock: Some(|| Readings::now().mono_ms) }
}

/// The browser's door.
fn serve(places: &Places) {
    harden::close_inherited();
    let session = Session::new(Store::new(&places.vault), policy())
        .with_organisation(Organisation::of_machine(places.rules().as_deref()))
        .with_exports(places.downloads.clone())
        .with_program(places.binary.clone())
        .with_places(places.clone())
        .with_presence(Presence::of_system())
        .with_screen(Screen::of_system());
    let browser = running::starter().and_then(|program| standing::of_program(&program, places));
    // Without it this browser is missing in a list, and nothing else.
    let _sign = Sign::hang(&places.data, browser.map_or("", |browser| browser.name));
    let watch = Watch {
        state_dir: places.data.clone(),
        session_id: variable("XDG_SESSION_ID").and_then(|id| id.into_string().ok()),
    };
    let listen = |events: native::Events| {
        Some(locks::watch(watch, move |signal| events.send(Event::Signal(signal))))
    };
    // A closed pipe is a port that has ended already.
    if let (Ok(input), Ok(output)) = (unbuffered(&io::stdin()), unbuffered(&io::stdout())) {
        native::serve(session, input, output, listen, Readings::now);
    }
}

/// A host that is killed leaves nobody behind who works for it.
fn die_with_parent() {
    #[cfg(target_os = "linux")]
    {
        // Where it is refused, the work ends by itself.
        let _ =
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    }
}

/// A standard stream without the standard library's buffer, which is never freed and so never wiped: it keeps the last
/// frame until a longer one comes, a password for instance, and of what was answered a recovery code.
fn unbuffered(stream: &impl Stream) -> io::Result<File> {
    #[cfg(unix)]
    let stream = stream.as_fd().try_clone_to_owned()?;
    #[cfg(windows)]
    let stream = stream.as_handle().try_clone_to_owned()?;
    Ok(File::from(stream))
}

/// The person's door.
fn person(args: Vec<OsString>, places: Places, weaknesses: Vec<Weakness>) -> ExitCode {
    let stdin = io::stdin();
    let mut world = World {
        places,
        weaknesses,
        policy: policy(),
        now: &Readings::now,
        input_is_terminal: stdin.is_terminal(),
        input: &mut stdin.lock(),
        output_is_terminal: io::stdout().is_terminal(),
        output: &mut io::stdout().lock(),
        errors: &mut io::stderr().lock(),
    };
    ExitCode::from(cli::run(args, &mut world))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_extension_gets_through_the_browsers_door() {
        let ours = format!("chrome-extension://{CHROMIUM_ID}/");
        let manifest = format!("/home/a/.mozilla/native-messaging-hosts/{HOST_NAME}.json");
        let rows: &[(&[&str], Door)] = &[
            (&[&ours], Door::Browser),
            (&[&ours, "--parent-window=0"], Door::Browser),
            (&[&manifest, FIREFOX_ID], Door::Browser),
            (&[&ours, "list"], Door::Foreign),
            (&[&format!("{ours}x")], Door::Foreign),
            (&[ours.trim_end_matches('/')], Door::Foreign),
            (&["chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"], Door::Foreign),
            (&["chrome-extension://"], Door::Foreign),
            (&[&manifest, "other@example.org"], Door::Foreign),
            (&[&manifest, &format!("x{FIREFOX_ID}")], Door::Foreign),
            (&["/tmp/other.json", FIREFOX_ID], Door::Foreign),
            (&[&manifest, FIREFOX_ID, "more"], Door::Foreign),
            (&[], Door::Person),
            (&["list"], Door::Person),
            (&["aside"], Door::Aside),
            (&["aside", "list"], Door::Person),
            (&["code", "https://chrome-extension.example"], Door::Person),
        ];
        for (args, expected) in rows {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            assert_eq!(door(&args), *expected, "{args:?}");
        }
    }
}
