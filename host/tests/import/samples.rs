//! The pack of samples beside the project, if it is there: each against its expected result, with a wrong
//! password, and with none.
//!
//! Never here: files of our own (`fixtures`).

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use host::import::{self, ImportError, Imported, Options, Source};
use serde_json::Value;
use shared::Secret;

use crate::compare::compare;

fn pack() -> Option<PathBuf> {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/import");
    pack.join("expected").is_dir().then_some(pack)
}

/// Says what does not run, past the captured output of a test: `cargo xtask test` tells it again at the end.
fn skip(why: &str) {
    let _ = writeln!(io::stdout(), "skipped: every_sample_comes_in_as_expected: {why}");
}

/// The file, or the files of a folder, that an expected result is of.
fn files(pack: &Path, expected: &Value) -> Vec<(String, Vec<u8>)> {
    let file = expected["file"].as_str().unwrap();
    let path = pack.join("samples").join(file);
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(path).unwrap())
    };
    match expected["files"].as_array() {
        Some(names) => names.iter().map(|name| read(path.join(name.as_str().unwrap()))).collect(),
        None => vec![read(path)],
    }
}

fn import(
    files: &[(String, Vec<u8>)],
    password: Option<&str>,
    key_file: Option<&[u8]>,
) -> Result<Imported, ImportError> {
    let password = password.map(|password| Secret::new(password.into()));
    let sources: Vec<Source<'_>> =
        files.iter().map(|(name, bytes)| Source { name: Some(name), bytes }).collect();
    let options = Options { password: password.as_ref(), key_file, ..Options::default() };
    import::read_all(&sources, &options)
}

#[test]
fn every_sample_comes_in_as_expected() {
    let Some(pack) = pack() else {
        skip("there is no pack beside the project");
        return;
    };
    let reports = Path::new(env!("CARGO_TARGET_TMPDIR")).join("import-reports");
    fs::create_dir_all(&reports).unwrap();
    let mut names: Vec<PathBuf> = fs::read_dir(pack.join("expected"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    names.sort();
    // The time goes into the files' own password hashes. Two at a time, since some take a gigabyte.
    let queue = Mutex::new(names.iter());
    let (passed, failures) = (Mutex::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let Some(path) = queue.lock().unwrap().next() else { return };
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let expected: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            // 43 million rounds of AES in unoptimised code take minutes; `cargo test --release` has them.
            if cfg!(debug_assertions) && name.contains("slow") {
                skip(&format!("{name} takes minutes in a debug build"));
                continue;
            }
            let failed = check(&pack, &expected, &reports.join(&name));
            if failed.is_empty() {
                *passed.lock().unwrap() += 1;
            }
            let told = failed.into_iter().map(|failure| format!("{name}: {failure}"));
            failures.lock().unwrap().extend(told);
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    println!("{} of {} samples", passed.into_inner().unwrap(), names.len());
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// All that is wrong with one sample's import.
fn check(pack: &Path, expected: &Value, report_to: &Path) -> Vec<String> {
    let files = files(pack, expected);
    let key_file =
        expected["keyfile"].as_str().map(|name| fs::read(pack.join("samples").join(name)).unwrap());
    let started = Instant::now();
    let result = import(&files, expected["password"].as_str(), key_file.as_deref());
    let took = started.elapsed().as_secs();
    let report = import::report::json(&result, true);
    fs::write(report_to, serde_json::to_vec_pretty(&report).unwrap()).unwrap();
    let mut failures = compare(expected, &report);
    if expected["max_seconds"].as_u64().is_some_and(|most| most < took) {
        failures.push(format!("took {took} s"));
    }
    if let Some(format) = expected["format"].as_str() {
        let ours = report["format"].as_str().unwrap_or(format);
        // The same list of URIs, or the same picture of them, by its app's name.
        let same = [("otpauth-qr", "google-migration-qr"), ("otpauth-uri-list", "ente")];
        if ours != format && !same.contains(&(ours, format)) {
            failures.push(format!("recognised as {ours}, not {format}"));
        }
    }
    let mut must_fail = |key: &str, password: Option<&str>| {
        if let Some(expected) = expected[key].as_str() {
            let code = import(&files, password, None).err().map_or("none", ImportError::code);
            if code != expected {
                failures.push(format!("{key}: {code}"));
            }
        }
    };
    must_fail("no_password_error", None);
    must_fail("wrong_password_error", Some("certainly not this"));
    failures
}
