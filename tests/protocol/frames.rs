//! Lengths and bodies: what is read, what is refused, and what ends the port.

use std::thread;
use std::time::Duration;

use serde_json::json;
use shared::protocol::MAX_REQUEST;
use tests::port::Port;

use super::{greeted, home, refusal, unlocked};

/// A port that is closed ends the host within this.
const END: Duration = Duration::from_secs(10);

/// `{"v":1,…}` with blanks up to a length.
fn padded(length: usize) -> Vec<u8> {
    let mut body = br#"{"v":1,"id":77,"op":"status"}"#.to_vec();
    body.resize(length, b' ');
    body
}

#[test]
fn a_length_of_nothing_or_of_too_much_is_refused_before_it_is_read() {
    let limit = u32::try_from(MAX_REQUEST).unwrap();
    for length in [0, limit + 1, 1 << 24, u32::MAX / 2, u32::MAX] {
        let home = home();
        let mut port = greeted(&home);
        port.send_raw(&length.to_ne_bytes());
        // The body does not come, and is not waited for.
        let reply = port.read().unwrap_or_else(|error| panic!("length {length}: {error:#}"));
        assert!(["too_large", "bad_frame"].contains(&refusal(&reply)), "{length}: {reply}");
        if length != 0 {
            port.ended(END).unwrap();
        }
    }
}

#[test]
fn the_longest_request_is_read() {
    let home = home();
    let mut port = greeted(&home);
    for length in [30, 4096, MAX_REQUEST - 1, MAX_REQUEST] {
        port.send(&padded(length));
        let reply = port.read().unwrap();
        assert!(reply["id"] == 77 || refusal(&reply) == "too_large", "{length}: {reply}");
        assert!(port.ask("status", json!(null)).unwrap()["ok"]["status"].is_object());
    }
}

#[test]
fn a_frame_that_is_cut_short_ends_the_host_quietly() {
    let body = padded(60);
    let length = 60_u32.to_ne_bytes();
    let whole = [&length[..], &body].concat();
    let home = home();
    for cut in [1, 2, 3, 4, 5, 30, 63] {
        let mut port = greeted(&home);
        port.send_raw(&whole[..cut]);
        port.close();
        let status = port.ended(END).unwrap();
        assert_eq!(status.code(), Some(0), "cut after {cut} bytes");
    }
}

#[test]
fn a_frame_may_come_byte_by_byte() {
    let home = home();
    let mut port = greeted(&home);
    let body = padded(40);
    for byte in [&40_u32.to_ne_bytes()[..], &body].concat() {
        port.send_raw(&[byte]);
    }
    assert!(port.read().unwrap()["ok"]["status"].is_object());
}

#[test]
fn a_thousand_frames_at_once_have_a_thousand_answers() {
    let home = home();
    let mut port = greeted(&home);
    let mut bytes = Vec::new();
    for id in 1000..2000 {
        let body = json!({"v": 1, "id": id, "op": "status"}).to_string();
        bytes.extend(u32::try_from(body.len()).unwrap().to_ne_bytes());
        bytes.extend(body.as_bytes());
    }
    port.send_raw(&bytes);
    let mut ids: Vec<u64> = (0..1000)
        .map(|_| {
            let reply = port.read().unwrap();
            assert!(!reply["ok"].is_null() || refusal(&reply) == "busy", "{reply}");
            reply["id"].as_u64().unwrap()
        })
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (1000..2000).collect::<Vec<_>>());
}

#[test]
fn what_is_not_json_is_refused_and_the_next_frame_is_answered() {
    let deep = format!("{}{}", "[".repeat(129), "]".repeat(129));
    let bodies: Vec<Vec<u8>> = vec![
        b"x".to_vec(),
        b"{".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"7".to_vec(),
        b"{}".to_vec(),
        b"\"status\"".to_vec(),
        b"{\"v\":1,\"id\":5,\"op\":\"status\"".to_vec(),
        b"{\"v\":1,\"id\":5,\"op\":\"status\"}{}".to_vec(),
        b"{\"v\":1,\"id\":5,\"op\":\"status\"}\0".to_vec(),
        b"{'v':1,'id':5,'op':'status'}".to_vec(),
        b"{\"v\":1,\"id\":5,\"op\":\"stat\xff\xfeus\"}".to_vec(),
        b"{\"v\":1,\"id\":5,\"op\":\"unlock\",\"p\":{\"password\":\"\xed\xa0\x80\"}}".to_vec(),
        b"{\"v\":1,\"id\":5,\"op\":\"unlock\",\"p\":{\"password\":\"\\ud800\"}}".to_vec(),
        b"{\"v\":1,\"id\":5,\"op\":\"unlock\",\"p\":{\"password\":\"\\udc00\\ud800\"}}".to_vec(),
        b"{\"v\":1,\"id\":5,\"id\":6,\"op\":\"status\"}".to_vec(),
        b"{\"v\":1,\"id\":5,\"op\":\"status\",\"op\":\"lock\"}".to_vec(),
        b"{\"v\":1,\"id\":5,\"op\":\"unlock\",\"p\":{\"password\":\"a\",\"password\":\"b\"}}"
            .to_vec(),
        format!("{{\"v\":1,\"id\":5,\"op\":\"status\",\"p\":{deep}}}").into_bytes(),
        format!("{{\"v\":1,\"id\":5,\"op\":\"codes\",\"p\":{{\"ids\":{deep}}}}}").into_bytes(),
        deep.into_bytes(),
    ];
    let home = home();
    let mut port = greeted(&home);
    for body in bodies {
        let text = String::from_utf8_lossy(&body).into_owned();
        port.send(&body);
        let reply = port.read().unwrap_or_else(|error| panic!("{text}: {error:#}"));
        let code = refusal(&reply);
        assert!(["bad_frame", "bad_request"].contains(&code), "{text}: {reply}");
        let status = port.ask("status", json!(null)).unwrap();
        assert!(status["ok"]["status"].is_object(), "after {text}: {status}");
    }
}

#[test]
fn three_bad_frames_in_a_row_close_the_port() {
    let home = home();
    let mut port = greeted(&home);
    for _ in 0..3 {
        port.send(b"x");
        assert_eq!(refusal(&port.read().unwrap()), "bad_frame");
    }
    port.ended(END).unwrap();
    let mut other = greeted(&home);
    for _ in 0..4 {
        other.send(b"x");
        assert_eq!(refusal(&other.read().unwrap()), "bad_frame");
        // One good frame in between, and the row begins anew.
        assert!(other.ask("status", json!(null)).unwrap()["err"].is_null());
    }
}

#[test]
fn the_end_of_input_ends_the_host_even_while_it_thinks() {
    let home = home();
    for _ in 0..10 {
        let mut port: Port = greeted(&home);
        port.send(
            json!({"v": 1, "id": 9, "op": "unlock", "p": {"password": "no"}})
                .to_string()
                .as_bytes(),
        );
        port.close();
        port.ended(END).unwrap();
    }
}

#[test]
fn a_port_that_closes_in_the_middle_of_a_save_leaves_the_vault_as_before_or_after_it() {
    let home = home();
    let mut told = Vec::new();
    for round in 0..20 {
        let (mut port, _) = unlocked(&home);
        let label = format!("round {round}");
        let account = json!({"kind": "totp", "issuer": "", "label": label, "secret": "JBSWY3DPEHPK3PXPJBSWY3DP"});
        let add =
            json!({"v": 1, "id": 9_000, "op": "add", "p": {"manual": account, "again": true}});
        port.send(add.to_string().as_bytes());
        // From before the request is read until after the file is in its place.
        thread::sleep(Duration::from_micros(600 * round));
        port.close();
        port.ended(END).unwrap();
        if String::from_utf8_lossy(&port.said).contains(r#""id":9000,"ok""#) {
            told.push(label);
        }
    }
    let (mut port, _) = unlocked(&home);
    let list = port.ask("accounts", json!({"limit": 100})).unwrap();
    let items = list["ok"]["accounts"]["items"].as_array().unwrap();
    let mut labels: Vec<&str> = items.iter().filter_map(|item| item["label"].as_str()).collect();
    for label in &told {
        assert!(labels.contains(&label.as_str()), "{label} was told and is lost");
    }
    let count = labels.len();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), count, "something was saved twice");
    assert!(!told.is_empty() && told.len() <= count, "{told:?}");
}
