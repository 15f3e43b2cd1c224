//! `cargo xtask VERB`: the only tool a contributor calls. One file per verb.
//!
//! Never here: what a verb does.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what a verb prints is for a person")]
#![allow(clippy::disallowed_methods, reason = "a tool of the house reads clock and environment")]

mod bench;
mod dist;
mod fill;
mod gallery;
mod icons;
mod install;
mod lint;
mod mutants;
mod run;
mod test;
mod tidy;
mod tools;
mod unit;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

const USAGE: &str = "\
cargo xtask VERB
  run [--headless] [--browser chromium|firefox] [--import FILE]
                          try it, or let it be tried, in a browser with a login page
  install                 build for daily use, and tell the browsers
  dist [--version V]      build and pack the extension for both browsers into dist/
  gallery [--as-built] [--browser chromium|firefox] [LANGUAGE…]
                          a picture of every screen, and a page that shows them
          [--accounts 0|3|300]… [--width 360|800]… [--theme light|dark]… [--screen NAME]…
                          of these alone; a screen by its name or how that begins
  icons                   make the services' pictures anew out of simple-icons
  test [NAME…]            run every suite, or those named
  fill DIR [--browser chromium|firefox] [--json]
                          fill every HTML page of a folder by the shortcut; which inputs got the code
  bench [host] [saves] [popup [--beside DIR [--storage FILE]]] [fill] [scroll]
                          what must be quick, against something measured in the same minute; the popup also
                          beside that of another extension, unpacked, with FILE {\"local\": {}, \"sync\": {}} stored
  mutants [FILE…] [--shard K/N] [--iterate]
                          which changes to the code would no test notice?
  tidy                    check the floor plan and the house rules
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match call(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn call(args: &[String]) -> Result<()> {
    let Some((verb, rest)) = args.split_first() else { bail!("what should be done?\n{USAGE}") };
    if args.iter().any(|arg| arg == "--help" || arg == "-h") || verb == "help" {
        print!("{USAGE}");
        return Ok(());
    }
    let workspace = Workspace::find()?;
    match verb.as_str() {
        "run" => run::run(&workspace, rest),
        "install" => install::run(&workspace, rest),
        "icons" => icons::run(&workspace),
        "gallery" => gallery::run(&workspace, rest),
        "dist" => dist::run(&workspace, rest),
        "test" => test::run(&workspace, rest),
        "fill" => fill::run(&workspace, rest),
        "mutants" => mutants::run(&workspace, rest),
        "bench" => bench::run(&workspace, rest),
        "tidy" => tidy::run(&workspace),
        _ => bail!("there is no verb `{verb}`\n{USAGE}"),
    }
}
