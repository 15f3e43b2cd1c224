//! Files sealed, opened and spoilt, in memory.
//!
//! Never here: every byte of a real file (the suite `faults`).

use super::*;
use crate::vault::cost::KdfParams;
use crate::vault::keys::Derived;

fn header() -> Header {
    Header {
        minor: 0,
        vault_id: [7; 16],
        generation: 3,
        device_id: [1; 16],
        saved_at: 1_700_000_000,
        body_salt: [9; 32],
    }
}

fn sealed(json: &[u8], extension: &[u8]) -> (Vec<u8>, Key) {
    let dek = Key::generate();
    let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
    let slot = Slot::seal(SlotType::Master, &derived, &[7; 16], &dek);
    (seal(Container::Vault, &header(), &[slot], extension, json, &dek).unwrap(), dek)
}

#[test]
fn what_was_sealed_opens() {
    for json in [&b"{}"[..], &[b'x'; 4092], &[b'x'; 4093]] {
        let (file, _) = sealed(json, b"");
        assert_eq!((file.len() - 97 - 157 - 32 - 4 - 16 - 32) % 4096, 0);
        let parsed = parse(Container::Vault, &file).unwrap();
        assert_eq!(parsed.header, header());
        let dek = parsed.unlock(b"master").unwrap();
        assert_eq!(parsed.open(&dek).unwrap().as_slice(), json);
        let wrong = parsed.unlock(b"Master").unwrap_err();
        assert_eq!(wrong, FormatError::Key(KeyError::Wrong));
    }
}

#[test]
fn a_recovery_code_opens_its_slot_and_no_other() {
    let (code, other) = ([5; 16], [6; 16]);
    let dek = Key::generate();
    let derived = Derived::new(b"master", KdfParams::FLOOR).unwrap();
    let slots = [
        Slot::seal(SlotType::Master, &derived, &[7; 16], &dek),
        Slot::seal_recovery(&code, &[7; 16], &dek),
    ];
    let parsed = parse(
        Container::Vault,
        &seal(Container::Vault, &header(), &slots, b"", b"{}", &dek).unwrap(),
    )
    .unwrap();
    assert!(parsed.has_recovery());
    assert_eq!(parsed.recover(&code).unwrap().expose(), dek.expose());
    assert_eq!(parsed.recover(&other).unwrap_err(), FormatError::Key(KeyError::Wrong));
    assert_eq!(parsed.unlock(b"master").unwrap().expose(), dek.expose());
    // A code is no password, and a vault without such a slot opens for none.
    assert!(parsed.unlock(&code).is_err());
    let (plain, _) = sealed(b"{}", b"");
    let plain = parse(Container::Vault, &plain).unwrap();
    assert!(!plain.has_recovery());
    assert_eq!(plain.recover(&code).unwrap_err(), FormatError::Key(KeyError::Wrong));
}

#[test]
fn a_pins_slot_is_no_master_passwords() {
    let dek = Key::generate();
    let derived = Derived::new(b"2468", KdfParams::FLOOR).unwrap();
    let slot = Slot::seal(SlotType::Pin, &derived, &[7; 16], &dek);
    let file = seal(Container::Vault, &header(), &[slot], b"", b"{}", &dek).unwrap();
    assert_eq!(
        parse(Container::Vault, &file).unwrap().unlock(b"2468").unwrap_err(),
        FormatError::Layout
    );
}

#[test]
fn a_higher_minor_keeps_what_it_added() {
    let (file, dek) = sealed(b"{}", b"something new");
    let parsed = parse(Container::Vault, &file).unwrap();
    assert_eq!(parsed.extension, b"something new");
    let again =
        seal(Container::Vault, &parsed.header, &parsed.slots, &parsed.extension, b"{}", &dek)
            .unwrap();
    assert_eq!(again, file);
}

#[test]
fn another_key_opens_nothing() {
    let (file, _) = sealed(b"{}", b"");
    assert_eq!(
        parse(Container::Vault, &file).unwrap().open(&Key::generate()).unwrap_err(),
        FormatError::Header
    );
}

#[test]
fn a_newer_major_is_told_apart_from_damage() {
    let (mut file, _) = sealed(b"{}", b"");
    file[8] = 2;
    assert_eq!(parse(Container::Vault, &file).unwrap_err(), FormatError::Torn);
    repair(&mut file);
    assert_eq!(parse(Container::Vault, &file).unwrap_err(), FormatError::Newer);
    // There was none before this one.
    file[8] = 0;
    repair(&mut file);
    assert_eq!(parse(Container::Vault, &file).unwrap_err(), FormatError::Layout);
}

/// Makes the checksum hold again.
fn repair(file: &mut [u8]) {
    let end = file.len() - 32;
    let checksum = Sha256::digest(&file[..end]);
    file[end..].copy_from_slice(&checksum);
}

/// A slot of a type that nobody knows, with so many bytes in all.
fn foreign(len: u16) -> Slot {
    let mut bytes = vec![0; usize::from(len)];
    bytes[0] = 9;
    bytes[2..4].copy_from_slice(&(len - 4).to_le_bytes());
    Slot::split(&bytes).unwrap().0
}

#[test]
fn a_file_has_16_mib_at_most_and_no_less_than_its_frame() {
    let dek = Key::generate();
    // One slot of 4 bytes, and a body of 4,095 blocks: what is left for the header is 4,044 bytes.
    let json = vec![b'x'; 4095 * 4096 - 4];
    let filled = |extension: usize| {
        seal(Container::Vault, &header(), &[foreign(4)], &vec![b'e'; extension], &json, &dek)
    };
    let extension = 4096 - (97 + 4 + 32) - 4 - 16 - 32;
    let mut file = filled(extension).unwrap();
    assert_eq!(file.len(), MAX_FILE);
    assert_eq!(*parse(Container::Vault, &file).unwrap().open(&dek).unwrap(), json);
    assert_eq!(filled(extension + 1).unwrap_err(), FormatError::Layout);
    file.push(0);
    repair(&mut file);
    assert_eq!(parse(Container::Vault, &file).unwrap_err(), FormatError::Torn);

    // Header, MAC, length, tag and checksum; a byte fewer is no file at all, whatever stands in it.
    for (len, refusal) in [(180, FormatError::Torn), (181, FormatError::Layout)] {
        let mut file = vec![0; len];
        repair(&mut file);
        assert_eq!(parse(Container::Vault, &file).unwrap_err(), refusal, "{len}");
    }
    for len in [0, 1, 31, 32] {
        assert_eq!(parse(Container::Vault, &vec![0; len]).unwrap_err(), FormatError::Torn, "{len}");
    }
}

#[test]
fn a_header_has_64_kib_at_most_and_1_to_8_slots() {
    let dek = Key::generate();
    let sealed = |slots: &[Slot], extension: usize| {
        seal(Container::Vault, &header(), slots, &vec![b'e'; extension], b"{}", &dek)
    };
    let room = 65_536 - 97 - 4 - 32;
    let parsed = parse(Container::Vault, &sealed(&[foreign(4)], room).unwrap()).unwrap();
    assert_eq!(parsed.extension.len(), room);
    assert_eq!(sealed(&[foreign(4)], room + 1).unwrap_err(), FormatError::Layout);
    for (n, fits) in [(0, false), (1, true), (8, true), (9, false)] {
        assert_eq!(sealed(&vec![foreign(7); n], 0).is_ok(), fits, "{n}");
    }
    let mut file = sealed(&vec![foreign(7); 8], 0).unwrap();
    assert_eq!(parse(Container::Vault, &file).unwrap().slots, vec![foreign(7); 8]);
    // What a count claims must be there, and no slot ends beyond the header.
    for n in [0, 9] {
        file[96] = n;
        repair(&mut file);
        assert_eq!(parse(Container::Vault, &file).unwrap_err(), FormatError::Layout, "{n} slots");
    }
    for (len, fits) in [(3, true), (4, false), (u16::MAX, false)] {
        let mut file = sealed(&[foreign(7)], 0).unwrap();
        file[99..101].copy_from_slice(&len.to_le_bytes());
        repair(&mut file);
        assert_eq!(parse(Container::Vault, &file).is_ok(), fits, "a slot of {len} more bytes");
    }
}

#[test]
fn a_beginning_is_read_as_soon_as_the_header_is_there() {
    let (file, dek) = sealed(b"{}", b"");
    let header_len = 97 + 157 + 32;
    let head = |start: usize, len| parse_head(Container::Vault, &file[..start], len);
    let whole = head(header_len + 4, file.len()).unwrap();
    assert!(whole.is_sealed_by(&dek) && !whole.is_sealed_by(&Key::generate()));
    for start in [0, 8, 15, 16, 97, 132, header_len, header_len + 3] {
        assert_eq!(head(start, file.len()).unwrap_err(), FormatError::Layout, "{start}");
    }
    for len in [0, header_len, file.len() - 1, file.len() + 1] {
        assert_eq!(head(file.len(), len).unwrap_err(), FormatError::Layout, "{len}");
    }
}

#[test]
fn a_body_is_a_tag_at_least() {
    let (file, dek) = sealed(b"{}", b"");
    let header_len = 97 + 157 + 32;
    for (len, refusal) in [(15_u32, None), (16, Some(FormatError::Body))] {
        let mut cut = file[..header_len].to_vec();
        cut.extend(len.to_le_bytes());
        cut.extend(vec![0; len as usize + 32]);
        repair(&mut cut);
        match refusal {
            None => assert_eq!(parse(Container::Vault, &cut).unwrap_err(), FormatError::Layout),
            Some(refusal) => {
                assert_eq!(parse(Container::Vault, &cut).unwrap().open(&dek).unwrap_err(), refusal);
            }
        }
    }
}

/// What whoever has the data key sealed, by hand: `inside` is the body in the clear.
fn sealed_by_hand(inside: &[u8]) -> (Vec<u8>, Key) {
    let (mut file, dek) = sealed(b"{}", b"");
    file.truncate(97 + 157 + 32);
    let Header { vault_id, generation, body_salt, .. } = header();
    let mut body = inside.to_vec();
    let tag = keys::body_cipher(&dek, &vault_id, generation, &body_salt)
        .encrypt_inout_detached(&[0; 12].into(), &file, body.as_mut_slice().into())
        .unwrap();
    file.extend(u32::try_from(body.len() + 16).unwrap().to_le_bytes());
    file.extend(body);
    file.extend(tag);
    file.extend([0; 32]);
    repair(&mut file);
    (file, dek)
}

#[test]
fn a_body_that_claims_more_than_it_holds_is_none_though_its_tag_holds() {
    let rows: [(&[u8], Option<&[u8]>); 7] = [
        (b"", None),
        (b"\0\0\0", None),
        (b"\0\0\0\0", Some(b"")),
        (b"\x01\0\0\0", None),
        (b"\x02\0\0\0{}", Some(b"{}")),
        (b"\x02\0\0\0{}zeros", Some(b"{}")),
        (b"\xff\xff\xff\xff{}", None),
    ];
    for (inside, json) in rows {
        let (file, dek) = sealed_by_hand(inside);
        let opened = parse(Container::Vault, &file).unwrap().open(&dek);
        match json {
            Some(json) => assert_eq!(*opened.unwrap(), json),
            None => assert_eq!(opened.unwrap_err(), FormatError::Body, "{inside:?}"),
        }
    }
}

#[test]
fn each_slot_of_a_kind_is_tried_until_one_opens() {
    let dek = Key::generate();
    let slot = |password: &[u8]| {
        Slot::seal(
            SlotType::Master,
            &Derived::new(password, KdfParams::FLOOR).unwrap(),
            &[7; 16],
            &dek,
        )
    };
    let code = |code: u8| Slot::seal_recovery(&[code; 16], &[7; 16], &dek);
    let slots = [slot(b"first"), code(1), slot(b"second"), code(2)];
    let parsed = parse(
        Container::Vault,
        &seal(Container::Vault, &header(), &slots, b"", b"{}", &dek).unwrap(),
    )
    .unwrap();
    for password in [b"first".as_slice(), b"second"] {
        assert_eq!(parsed.unlock(password).unwrap().expose(), dek.expose());
    }
    assert_eq!(parsed.unlock(b"third").unwrap_err(), FormatError::Key(KeyError::Wrong));
    for code in [1, 2] {
        assert_eq!(parsed.recover(&[code; 16]).unwrap().expose(), dek.expose());
    }
    assert_eq!(parsed.recover(&[3; 16]).unwrap_err(), FormatError::Key(KeyError::Wrong));
}
