//! What is tried: each reader of something that others write, with what must hold for it.
//!
//! Never here: how inputs are made.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use data_encoding::BASE32_NOPAD;
use host::backup;
use host::frame;
use host::handler::{self, Answer};
use host::import::{self, Options};
use host::locks::clock::Readings;
use host::otpauth;
use host::session::{Session, Tried};
use host::site::{self, Domain};
use host::vault::Vault;
use host::vault::cost::{KdfParams, KdfPolicy};
use host::vault::entry::{Draft, Entry, EntryId};
use host::vault::file::{FileError, Store};
use host::vault::format::{self, Container};
use host::vault::keys::{Derived, Key};
use host::vault::recovery::RecoveryCode;
use host::vault::stamp::Stamp;
use sha2::{Digest, Sha256};
use shared::protocol::{Call, Page, Refusal, Reply, Request, Response};

use crate::{fuzz, lines};

const REQUESTS: &str = include_str!("corpus/requests/seeds.txt");
const NOW: Readings = Readings { boot_ms: 1_000, mono_ms: 1_000, wall_ms: 1_800_000_000_000 };

/// A pipe that gives as many bytes at once as it likes.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 % 7 + 1;
        let n = self.1.min(buffer.len()).min(self.0.len());
        buffer[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

/// All frames of a pipe, and whether it came to its end in order.
fn frames(mut input: impl Read) -> (Vec<Vec<u8>>, bool) {
    let mut frames = Vec::new();
    loop {
        match frame::read(&mut input) {
            Ok(Some(frame)) => frames.push(frame.to_vec()),
            Ok(None) => return (frames, true),
            Err(_) => return (frames, false),
        }
    }
}

#[test]
fn frames_are_the_same_however_the_pipe_is_cut() {
    let framed = |bodies: &[Vec<u8>]| -> Vec<u8> {
        bodies
            .iter()
            .flat_map(|body| [&u32::try_from(body.len()).unwrap().to_ne_bytes()[..], body].concat())
            .collect()
    };
    let bodies = lines(REQUESTS);
    let corpus: Vec<_> = bodies.chunks(3).map(framed).collect();
    fuzz("frames", &corpus, 40_000, |input| {
        let (whole, ended) = frames(input);
        assert_eq!((&whole, ended), (&frames(Trickle(input, 0)).0, ended));
        // What was read is what was written.
        let again = framed(&whole);
        assert!(input.starts_with(&again));
        ended
    });
}

/// The recovery code of every vault here: it opens without a key derivation.
const CODE: [u8; 16] = [0; 16];

/// A vault of two accounts that opens with a known code, in a folder that is thrown away.
struct Fixture {
    _folder: tempfile::TempDir,
    store: Store,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(&folder.path().join("vault.otv"));
    let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
    let mut vault = store.create(&derived, 0).unwrap();
    let code = RecoveryCode::parse("0000-0000-0000-0000-0000-0000-00VM").unwrap();
    store
        .update::<_, FileError>(&mut vault, 0, |vault, at| {
            for label in ["keeper", "warden"] {
                let uri = format!("otpauth://totp/Harbour:{label}?secret=JBSWY3DPEHPK3PXP");
                vault.add(otpauth::parse(&uri).unwrap(), at);
            }
            vault.set_recovery(Some(&code), &derived);
            Ok(())
        })
        .unwrap();
    Fixture { _folder: folder, store }
}

impl Fixture {
    fn session(&self) -> Session {
        let policy = KdfPolicy { least: KdfParams::FLOOR, clock: None };
        Session::new(self.store.clone(), policy)
    }
}

/// What a host answers at once.
fn answer(session: &mut Session, request: Request) -> Option<Result<Response, Refusal>> {
    match handler::answer(session, request, NOW) {
        Answer::Now(answer) => Some(answer),
        Answer::Later(_) | Answer::Folder(..) => None,
    }
}

#[test]
fn a_locked_host_tells_nothing_whatever_it_is_asked() {
    let fixture = fixture();
    let before = fs::read(fixture.store.path()).unwrap();
    let mut session = fixture.session();
    fuzz("requests to a locked host", &lines(REQUESTS), 20_000, |input| {
        let Ok(call) = serde_json::from_slice::<Call>(input) else { return false };
        if let Some(answer) = answer(&mut session, call.request) {
            let told = serde_json::to_string(&Reply::new(Some(1), answer)).unwrap();
            assert!(!told.contains("keeper") && !told.contains("Harbour"), "{told}");
        }
        true
    });
    assert_eq!(fs::read(fixture.store.path()).unwrap(), before);
}

#[test]
fn an_open_host_answers_whatever_it_is_asked() {
    let fixture = fixture();
    let mut session = fixture.session();
    fuzz("requests to an open host", &lines(REQUESTS), 4_000, |input| {
        let Ok(call) = serde_json::from_slice::<Call>(input) else { return false };
        if !session.is_open(NOW) {
            let sealed = fixture.store.read().unwrap();
            let dek = sealed.recover(&CODE).unwrap();
            session.finish(Tried::Unlock { sealed, outcome: Ok((dek, None)) }, NOW).unwrap();
        }
        if let Some(answer) = answer(&mut session, call.request) {
            let told = serde_json::to_vec(&Reply::new(Some(1), answer)).unwrap();
            let seed = b"JBSWY3DPEHPK3PXP";
            let holds = |text: &[u8]| text.windows(seed.len()).filter(|part| part == seed).count();
            // Whoever writes it into the name as well is told the name.
            assert!(1 < holds(input) || holds(&told) == 0, "a seed was told");
        }
        true
    });
}

#[test]
fn no_changed_vault_opens() {
    let fixture = fixture();
    let whole = fs::read(fixture.store.path()).unwrap();
    assert!(format::parse(Container::Vault, &whole).unwrap().recover(&CODE).is_ok());
    fuzz("vaults", std::slice::from_ref(&whole), 20_000, |input| {
        // The checksum is for the disk's mistakes; here it is repaired.
        let mut file = input.to_vec();
        let Some(end) = file.len().checked_sub(32) else { return false };
        let checksum = Sha256::digest(&file[..end]);
        file[end..].copy_from_slice(&checksum);
        let Ok(sealed) = format::parse(Container::Vault, &file) else { return false };
        let costs: Vec<_> = sealed.slots.iter().map(|slot| slot.params().is_ok()).collect();
        assert!(costs.len() <= 8);
        let recovered = sealed.recover(&CODE);
        let opened = Vault::open(sealed, dek(&whole), [1; 16]);
        assert!(opened.is_err() || file == whole, "a changed vault opens");
        recovered.is_ok() || opened.is_ok()
    });
}

/// The data key of a whole vault.
fn dek(whole: &[u8]) -> Key {
    format::parse(Container::Vault, whole).unwrap().recover(&CODE).unwrap()
}

#[test]
fn a_backup_is_taken_apart_or_refused() {
    let fixture = fixture();
    let mut whole = fs::read(fixture.store.path()).unwrap();
    let mut corpus = vec![whole.clone()];
    whole[..8].copy_from_slice(b"OTPBKP01");
    corpus.push(whole);
    fuzz("backups", &corpus, 20_000, |input| {
        let mut file = input.to_vec();
        let Some(end) = file.len().checked_sub(32) else { return false };
        let checksum = Sha256::digest(&file[..end]);
        file[end..].copy_from_slice(&checksum);
        backup::parse(&file).is_ok()
    });
}

/// What a person sees of an account, and its seed.
fn seen(entry: &Entry) -> (String, String, Vec<u8>, String) {
    let otp = format!("{:?}", entry.otp);
    (entry.issuer.clone(), entry.label.clone(), entry.seed.expose().to_vec(), otp)
}

fn entry(draft: Draft) -> Entry {
    Entry::new(EntryId([1; 16]), draft, Stamp::default())
}

#[test]
fn a_uri_that_is_read_is_written_and_read_again_as_the_same() {
    let corpus = lines(include_str!("corpus/otpauth/seeds.txt"));
    fuzz("otpauth", &corpus, 60_000, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return false };
        let Ok(draft) = otpauth::parse(text) else { return false };
        let first = entry(draft);
        let written = otpauth::format(&first);
        let again = entry(otpauth::parse(written.expose()).expect("what was written is read"));
        assert_eq!(seen(&first), seen(&again));
        true
    });
}

#[test]
fn base32_is_read_as_everybody_else_reads_it() {
    let corpus = lines(include_str!("corpus/base32/seeds.txt"));
    fuzz("base32", &corpus, 60_000, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return false };
        let Ok(seed) = otpauth::seed(text) else { return false };
        let plain: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '='))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        // Fewer than eight bits at the end mean nothing; a strict reader wants them to be zero, or none.
        let bytes = seed.expose();
        let whole = bytes.len() * 8 / 5;
        let ours = BASE32_NOPAD.encode(bytes);
        assert!((plain.len() * 5).saturating_sub(bytes.len() * 8) < 8, "{plain}: {ours}");
        assert_eq!(plain[..whole], ours[..whole]);
        true
    });
}

#[test]
fn a_site_belongs_to_itself_and_is_read_as_it_was_written() {
    let corpus = lines(include_str!("corpus/origins/seeds.txt"));
    fuzz("sites", &corpus, 60_000, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return false };
        if let Some(site) = site::parse(text) {
            assert_eq!(site::parse(&site).as_deref(), Some(site.as_str()), "parsed twice");
            let _ = (site::shown(&site), site::look_alike(&site));
        }
        let page = Page { origin: text.to_owned(), top: text.to_owned() };
        let described = site::describe(&page);
        let Ok(domain) = Domain::of_origin(text) else {
            assert!(described.denied.is_some());
            return false;
        };
        let own = vec![domain.site().to_owned()];
        assert!(domain.is_within(&own));
        assert!(!domain.is_within(&[]) && !domain.is_within(&[format!("x{}", own[0])]));
        let other = Page { origin: text.to_owned(), top: "https://other.invalid".to_owned() };
        assert!(site::target(&other).is_err() || own[0] == "other.invalid");
        true
    });
}

#[test]
fn a_recovery_code_is_read_as_it_is_printed() {
    let corpus = lines(include_str!("corpus/recovery/seeds.txt"));
    fuzz("recovery codes", &corpus, 60_000, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return false };
        let Ok(code) = RecoveryCode::parse(text) else { return false };
        assert_eq!(RecoveryCode::parse(&code.show()).unwrap().expose(), code.expose());
        true
    });
}

#[test]
fn no_export_of_another_app_breaks_its_reader() {
    // The importers' own files, one for each format; without a password, so that none is hashed.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/tests/import/files");
    let mut corpus: Vec<Vec<u8>> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        // Pictures take a decoder of others some time.
        .filter(|file| file.len() < 64 * 1024 && !file.starts_with(b"\x89PNG"))
        .collect();
    corpus.sort();
    assert!(20 < corpus.len());
    let options = Options::default();
    fuzz("exports", &corpus, 6_000, |input| import::read(input, None, &options).is_ok());
}
