//! The system shows the host what is on the screen: a portal's double (`portal`) on a real bus.
//!
//! Never here: a browser; `scenarios/screen.rs` has one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use ::host::screen::Screen;
use ::host::stop::Stop;
use qrcodegen::{QrCode, QrCodeEcc};
use serde_json::{Value, json};
use shared::protocol::CHROMIUM_ID;
use tests::account::Account;
use tests::home::Home;
use tests::port::Port;
use tests::stage::PASSWORD;
use tests::wait::{LONG, until};

use crate::bus::Bus;
use crate::portal::{Does, Portal};

/// A PNG (ISO/IEC 15948) of grey pixels, compressed by nobody.
fn png(width: usize, pixels: &[u8]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            let step = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1));
            (0..8).fold(crc ^ u32::from(*byte), step)
        })
    };
    let adler = |bytes: &[u8]| {
        let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
            let a = (a + u32::from(*byte)) % 65_521;
            (a, (b + a) % 65_521)
        });
        (b << 16) | a
    };
    let size = |n: usize| u32::try_from(n).unwrap().to_be_bytes();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8], data: &[u8]| {
        let whole = [name, data].concat();
        file.extend(size(data.len()));
        file.extend(&whole);
        file.extend(crc(&whole).to_be_bytes());
    };
    let rows: Vec<u8> = pixels.chunks(width).flat_map(|row| [&[0], row].concat()).collect();
    let mut data = vec![0x78, 0x01];
    let blocks = rows.chunks(65_535).count();
    for (n, block) in rows.chunks(65_535).enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        data.push(u8::from(n + 1 == blocks));
        data.extend(length.to_le_bytes());
        data.extend((!length).to_le_bytes());
        data.extend(block);
    }
    data.extend(adler(&rows).to_be_bytes());
    let head = [&size(width)[..], &size(pixels.len() / width), &[8, 0, 0, 0, 0]].concat();
    chunk(b"IHDR", &head);
    chunk(b"IDAT", &data);
    chunk(b"IEND", b"");
    file
}

/// A picture with a QR code in it.
fn picture(text: &str) -> Vec<u8> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
    let (scale, side) = (4, (code.size() + 8) * 4);
    let dark = |x, y| code.get_module(x / scale - 4, y / scale - 4);
    let pixel = |at| if dark(at % side, at / side) { 0 } else { 255 };
    png(usize::try_from(side).unwrap(), &(0..side * side).map(pixel).collect::<Vec<u8>>())
}

fn now_ms() -> u64 {
    tests::totp::now() * 1000
}

fn account() -> Account {
    Account::plain("Harbour Light", "keeper", b"12345678901234567890")
}

/// A person who shows a window with this account's code.
fn shows(file: PathBuf) -> Does {
    Does::Shows(Box::new(move || {
        fs::write(&file, picture(&account().uri())).unwrap();
        file.clone()
    }))
}

#[test]
fn what_the_person_shows_is_read_once_and_its_file_is_gone() {
    let (bus, folder) = (Bus::start().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("Screenshot.png");
    let portal = Portal::start(&bus.address(), shows(file.clone())).unwrap();
    let screen = Screen::at(&bus.address());
    assert!(screen.is_offered());
    let taken = screen.take(&Stop::default(), now_ms()).unwrap();
    assert_eq!(*taken, picture(&account().uri()));
    assert!(!file.exists(), "a picture of a seed does not stay");
    assert!(bool::try_from(portal.option("interactive").unwrap()).unwrap(), "the person chooses");
}

#[test]
fn what_is_put_away_is_no_picture() {
    let bus = Bus::start().unwrap();
    let _portal = Portal::start(&bus.address(), Does::PutsAway).unwrap();
    assert!(Screen::at(&bus.address()).take(&Stop::default(), now_ms()).is_none());
}

#[test]
fn a_person_who_never_answers_is_not_waited_for_once_it_is_stopped() {
    let bus = Bus::start().unwrap();
    let portal = Portal::start(&bus.address(), Does::Nothing).unwrap();
    let (screen, stop) = (Screen::at(&bus.address()), Stop::default());
    let wire = stop.clone();
    let start = Instant::now();
    let waits = thread::spawn(move || screen.take(&stop, now_ms()));
    until("the question", LONG, || Ok(portal.option("handle_token").map(drop))).unwrap();
    thread::sleep(Duration::from_millis(200));
    assert!(!waits.is_finished());
    wire.stop();
    assert!(waits.join().unwrap().is_none());
    assert!(start.elapsed() < Duration::from_secs(10));
    until("the window to be taken back", LONG, || Ok((portal.closed() == 1).then_some(())))
        .unwrap();
}

#[test]
fn somebody_elses_word_is_not_the_portals() {
    let (bus, folder) = (Bus::start().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("forged.png");
    fs::write(&file, picture(&account().uri())).unwrap();
    let portal = Portal::start(&bus.address(), Does::IsForestalled(file.clone())).unwrap();
    let (screen, stop) = (Screen::at(&bus.address()), Stop::default());
    let wire = stop.clone();
    let waits = thread::spawn(move || screen.take(&stop, now_ms()));
    until("the question", LONG, || Ok(portal.option("handle_token").map(drop))).unwrap();
    thread::sleep(Duration::from_millis(500));
    assert!(!waits.is_finished() && file.exists());
    wire.stop();
    assert!(waits.join().unwrap().is_none());
    assert!(file.exists());
}

#[test]
fn where_nobody_takes_pictures_nothing_is_offered() {
    let bus = Bus::start().unwrap();
    let start = Instant::now();
    let screen = Screen::at(&bus.address());
    assert!(!screen.is_offered());
    assert!(screen.take(&Stop::default(), now_ms()).is_none());
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// A host with this session bus, its vault open.
fn host(home: &Home, bus: &Bus) -> Port {
    let mut command = home.command(home.host());
    command
        .arg(format!("chrome-extension://{CHROMIUM_ID}/"))
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
        .env("DBUS_SESSION_BUS_ADDRESS", bus.address());
    let mut port = Port::start(&mut command).unwrap();
    port.hello().unwrap();
    assert_eq!(port.ask("unlock", json!({"password": PASSWORD})).unwrap()["ok"], "done");
    port
}

fn home() -> Home {
    let another = Account::plain("Another", "one", b"09876543210987654321");
    Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &[another]).unwrap()
}

#[test]
fn the_host_offers_it_and_takes_in_what_was_shown() {
    let (bus, folder, home) = (Bus::start().unwrap(), tempfile::tempdir().unwrap(), home());
    let mut port = host(&home, &bus);
    // What else it offers is the machine's.
    let offers = |port: &mut Port| {
        port.ask("offers", Value::Null).unwrap()["ok"]["offers"]["screen"].clone()
    };
    assert_eq!(offers(&mut port), json!(false));
    let none = port.ask("desk", json!({"screen": {}})).unwrap();
    assert_eq!(none["ok"]["desk"]["unfit"]["why"], "no_picture");
    let file = folder.path().join("Screenshot.png");
    let _portal = Portal::start(&bus.address(), shows(file.clone())).unwrap();
    assert_eq!(offers(&mut port), json!(true));
    let read = port.ask("desk", json!({"screen": {}})).unwrap();
    let new = json!([{"of": "new", "n": 1}]);
    assert_eq!(read["ok"]["desk"]["report"]["counts"], new, "{read}");
    assert!(!file.exists());
    let done = port.ask("desk", json!({"take_in": {}})).unwrap();
    assert_eq!(done["ok"]["desk"]["report"]["counts"], json!([{"of": "added", "n": 1}]), "{done}");
    port.ask("lock", Value::Null).unwrap();
    for op in [("offers", Value::Null), ("desk", json!({"screen": {}}))] {
        assert_eq!(port.ask(op.0, op.1).unwrap()["err"]["code"], "locked");
    }
}

/// A call whose answer takes a person's time.
const SLOW: u64 = 900;

fn send(port: &mut Port) {
    let call = json!({"v": 1, "id": SLOW, "op": "desk", "p": {"screen": {}}});
    port.send(call.to_string().as_bytes());
}

/// Why it was refused at last.
fn refused(port: &mut Port) -> String {
    loop {
        let answer = port.read().unwrap();
        if answer["id"] == SLOW {
            return answer["err"]["code"].as_str().unwrap_or_default().to_owned();
        }
    }
}

#[test]
fn a_person_who_takes_their_time_keeps_nobody_from_anything() {
    let (bus, home) = (Bus::start().unwrap(), home());
    let portal = Portal::start(&bus.address(), Does::Nothing).unwrap();
    let mut port = host(&home, &bus);
    send(&mut port);
    until("the question", LONG, || Ok(portal.option("handle_token").map(drop))).unwrap();
    let (first, start) = (portal.option("handle_token"), Instant::now());
    assert!(port.ask("accounts", json!({"limit": 1})).unwrap()["ok"].is_object());
    // Nor does a question that another page has to ask take the window away.
    port.send(json!({"v": 1, "id": SLOW + 1, "op": "offers"}).to_string().as_bytes());
    assert!(port.ask("accounts", json!({"limit": 1})).unwrap()["ok"].is_object());
    thread::sleep(Duration::from_millis(300));
    assert_eq!(portal.closed(), 0);
    // "Cancel": the window goes, and what was asked is answered.
    port.ask("desk", json!({"clear": {}})).unwrap();
    assert_eq!(refused(&mut port), "conflict");
    // What waited for its turn is answered then.
    while port.read().unwrap()["id"] != SLOW + 1 {}
    until("the window to be taken back", LONG, || Ok((portal.closed() == 1).then_some(())))
        .unwrap();
    // And a lock ends it, too: the next password is taken at once.
    send(&mut port);
    let other = |portal: &Portal| portal.option("handle_token") != first;
    until("another question", LONG, || Ok(other(&portal).then_some(()))).unwrap();
    port.ask("lock", Value::Null).unwrap();
    assert_eq!(refused(&mut port), "locked");
    assert_eq!(port.ask("unlock", json!({"password": PASSWORD})).unwrap()["ok"], "done");
    assert!(start.elapsed() < Duration::from_secs(30), "not when the person's time is up");
}
