//! Who is let in: the command lines that browsers use, and no other.

use std::time::Duration;

use shared::protocol::{CHROMIUM_ID, FIREFOX_ID, HOST_NAME};
use tests::port::Port;

use super::home;

#[test]
fn firefox_is_let_in_by_its_manifest_and_id() {
    let home = home();
    home.register_firefox(home.host()).unwrap();
    let manifest = home.path().join(format!(".mozilla/native-messaging-hosts/{HOST_NAME}.json"));
    let mut port = Port::start(home.command(home.host()).arg(manifest).arg(FIREFOX_ID)).unwrap();
    assert_eq!(port.hello().unwrap()["ok"]["hello"]["v"], 1);
}

#[test]
fn any_other_caller_is_turned_away_before_it_can_speak() {
    let home = home();
    let manifest = format!("/tmp/{HOST_NAME}.json");
    let ours = format!("chrome-extension://{CHROMIUM_ID}/");
    let other = "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/".to_owned();
    let lines: Vec<Vec<String>> = vec![
        vec![other.clone()],
        vec![ours.trim_end_matches('/').into()],
        vec![format!("{ours}x")],
        vec![format!("{ours}popup.html")],
        vec![format!("x{ours}")],
        vec![format!(" {ours}")],
        vec![ours.to_uppercase()],
        vec![ours.replace("chrome-extension", "https")],
        vec![ours.replace("chrome-extension", "moz-extension")],
        vec![format!("chrome-extension://{}/", &CHROMIUM_ID[1..])],
        vec![other, ours.clone()],
        vec![manifest.clone(), "other@countersign.org".into()],
        vec![manifest.clone(), format!("{FIREFOX_ID}x")],
        vec![manifest.clone(), format!("x{FIREFOX_ID}")],
        vec![manifest],
        vec![FIREFOX_ID.into()],
        vec!["/tmp/other.json".into(), FIREFOX_ID.into()],
        vec![format!("/tmp/{HOST_NAME}.json/../other.json"), FIREFOX_ID.into()],
        vec![String::new()],
        vec![],
    ];
    for line in lines {
        let mut port = Port::start(home.command(home.host()).args(&line)).unwrap();
        port.send(br#"{"v":1,"id":1,"op":"hello","p":{"min":1,"max":1,"ext_version":"0","browser":"chromium"}}"#);
        let status = port.ended(Duration::from_secs(10)).unwrap();
        assert_eq!(status.code(), Some(2), "{line:?}");
        let said = String::from_utf8_lossy(&port.said).into_owned();
        assert!(!said.contains("\"v\":1"), "{line:?} had an answer: {said}");
    }
}
