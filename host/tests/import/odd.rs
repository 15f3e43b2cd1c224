//! Files as apps and scripts really write them, each with something that the plain case does not have: a
//! field that is missing, a number as a text, a column that nobody announced.
//!
//! Never here: whole files (`fixtures`), files that were damaged (`hostile`).

use std::io::{Cursor, Write as _};

use data_encoding::BASE64;
use host::import;
use serde_json::{Value, json};

use crate::fixtures::{bytes, read};

const SECRET: &str = "JBSWY3DPEHPK3PXP";

/// What an account is, in one line: type, issuer, label, secret, parameters; then what was left out and why.
fn told(file: impl AsRef<[u8]>, name: &str) -> Vec<String> {
    let report = import::report::json(&read(file.as_ref(), name, None), true);
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let line = |entry: &Value, fields: &[&str]| {
        fields.iter().map(|field| text(&entry[*field])).collect::<Vec<_>>().join("|")
    };
    let mut lines = Vec::new();
    for entry in report["entries"].as_array().unwrap() {
        let rest = match entry["type"].as_str().unwrap() {
            "hotp" => ["digits", "counter"],
            _ => ["digits", "period"],
        };
        let names = line(entry, &["type", "issuer", "label", "secret_base32", "algorithm"]);
        lines.push(format!("{names}|{}", line(entry, &rest)));
    }
    for skipped in report["skipped"].as_array().unwrap() {
        lines.push(format!("- {}", line(skipped, &["name", "reason"])));
    }
    if report["outcome"] == "error" {
        lines.push(text(&report["error"]));
    }
    lines
}

fn of_json(file: &Value) -> Vec<String> {
    told(file.to_string(), "a.json")
}

#[test]
fn fields_that_are_missing_have_their_apps_defaults() {
    let twofas = json!({"schemaVersion": 4, "groups": [], "services": [
        {"name": "Renamed", "secret": SECRET, "otp": {"account": "", "label": "", "issuer": "Shop",
            "link": format!("otpauth://totp/Shop:bob?secret={SECRET}&issuer=Shop")}},
        {"name": "Counted", "secret": "hdjdbdkxbshdj", "otp": {"account": "", "digits": 6, "period": 30,
            "counter": 1, "tokenType": "HOTP"}},
        {"name": "Bare", "secret": SECRET},
        {"name": "Other", "secret": SECRET, "otp": {"tokenType": "XOTP"}},
        {"name": "Long", "secret": SECRET, "otp": {"algorithm": "SHA384", "tokenType": "TOTP"}},
    ]});
    assert_eq!(
        of_json(&twofas),
        [
            "totp|Renamed|bob|JBSWY3DPEHPK3PXP|SHA1|6|30",
            "hotp|Counted||HDJDBDKXBSHDI|SHA1|6|1",
            "totp|Bare||JBSWY3DPEHPK3PXP|SHA1|6|30",
            "- Other|unsupported_type",
            "- Long|unsupported_algorithm",
        ]
    );
    let first_andotp = json!([
        {"secret": SECRET, "label": "Shop - bob", "period": 30},
        {"secret": SECRET, "label": "bob", "period": "45", "digits": null},
    ]);
    assert_eq!(
        of_json(&first_andotp),
        ["totp|Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|30", "totp||bob|JBSWY3DPEHPK3PXP|SHA1|6|45"]
    );
    let extension = json!({
        "1": {"hash": "1", "secret": SECRET, "issuer": "Shop"},
        "2": {"hash": "2", "secret": "0189abcdef", "type": "hotp", "counter": 3, "issuer": "Hex::shop.test"},
        "3": {"hash": "3", "secret": format!("blz-{SECRET}"), "type": 1},
    });
    assert_eq!(
        of_json(&extension),
        [
            "totp|Shop||JBSWY3DPEHPK3PXP|SHA1|6|30",
            "hotp|Hex||AGE2XTPP|SHA1|6|3",
            "totp|||JBSWY3DPEHPK3PXP|SHA1|8|30",
        ]
    );
    let ente = "otpauth://totp/:bob?algorithm=SHA1&digits=6&issuer&period=30&secret=jbswy3dpehpk3pxp\n\
                otpauth://yandex/eve?secret=AAAAAAAAAAAAAAAAAAAAAAAAAA&issuer=Yandex&pin=1234\n\
                otpauth://totp/My Shop:bob !#4?issuer=My Shop&secret=JBSWY3DPEHPK3PXP";
    assert_eq!(
        told(ente, "ente.txt"),
        [
            "totp||bob|JBSWY3DPEHPK3PXP|SHA1|6|30",
            "yandex|Yandex|eve|AAAAAAAAAAAAAAAAAAAAAAAAAA|SHA256|8|30",
            "totp|My Shop|bob !#4|JBSWY3DPEHPK3PXP|SHA1|6|30",
        ]
    );
}

#[test]
fn a_bad_number_is_left_out_and_never_replaced() {
    let entry = |name: &str, digits: u32, period: u32| {
        json!({"type": "totp", "name": name, "issuer": "Shop",
            "info": {"secret": SECRET, "algo": "SHA1", "digits": digits, "period": period}})
    };
    let aegis = json!({"version": 1, "header": {"slots": null, "params": null},
        "db": {"version": 3, "entries": [entry("a", 0, 30), entry("b", 6, 0), entry("c", 11, 30)]}});
    assert_eq!(
        of_json(&aegis),
        ["- Shop: a|invalid_digits", "- Shop: b|invalid_period", "- Shop: c|invalid_digits"]
    );
}

#[test]
fn a_script_that_writes_parts_and_addresses_is_read_by_its_addresses() {
    let list = json!([
        {"name": "bob", "secret": SECRET, "issuer": "Shop", "type": "totp", "counter": null,
            "url": format!("otpauth://totp/bob?secret={SECRET}&issuer=Shop")},
        {"name": "eve", "secret": SECRET, "issuer": "", "type": "hotp", "counter": 4,
            "url": format!("otpauth://hotp/eve?secret={SECRET}&counter=4")},
    ]);
    let expected =
        ["totp|Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|30", "hotp||eve|JBSWY3DPEHPK3PXP|SHA1|6|4"];
    assert_eq!(of_json(&list), expected);
    let table = format!(
        "name,secret,issuer,type,counter,url\n\
         bob,{SECRET},Shop,totp,,otpauth://totp/bob?secret={SECRET}&issuer=Shop\n\
         eve,{SECRET},,hotp,4,otpauth://hotp/eve?secret={SECRET}&counter=4\n"
    );
    assert_eq!(told(table, "a.csv"), expected);
    // Without addresses, the parts have to do.
    let list = json!([{"name": "Shop:bob", "secret": SECRET, "type": "hotp", "counter": 4}]);
    assert_eq!(of_json(&list), ["hotp|Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|4"]);
}

#[test]
fn tables_that_nobody_announced() {
    let keeper = format!(
        "\"Folder\",\"Git\",\"bob\",\"pw\",\"https://x\",\"a note,\nin lines\",\"\",\"TFC:Keeper\",\
         \"otpauth://totp/My Shop:bob?secret={SECRET}&issuer=My Shop\"\r\n"
    );
    assert_eq!(told(keeper, "a.csv"), ["totp|My Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|30"]);
    let keepass = format!("Title,User Name,TimeOtp-Secret-Base32,Group\nShop,bob,{SECRET},OTP\n");
    assert_eq!(told(keepass, "a.csv"), ["totp|Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|30"]);
    let counted =
        format!("Title,User Name,HmacOtp-Secret-Base32,HmacOtp-Counter\nShop,bob,{SECRET},7\n");
    assert_eq!(told(counted, "a.csv"), ["hotp|Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|7"]);
    // The older column is empty, the newer one is not.
    let both =
        format!("title,username,otpSecret,otpUrl\nShop,bob,,otpauth://totp/?secret={SECRET}\n");
    assert_eq!(told(both, "a.csv"), ["totp|Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|30"]);
}

#[test]
fn an_address_in_a_sentence_ends_where_it_does() {
    let text = format!(
        "Keep otpauth://totp/A:b?secret={SECRET}, and (otpauth://totp/C:d?issuer=C,D&secret={SECRET})."
    );
    let expected =
        ["totp|A|b|JBSWY3DPEHPK3PXP|SHA1|6|30", "totp|C,D|C:d|JBSWY3DPEHPK3PXP|SHA1|6|30"];
    assert_eq!(told(text, "a.txt"), expected);
}

#[test]
fn pages_with_nothing_but_pictures_are_read_by_those() {
    let qr = BASE64.encode(&bytes("otpauth-qr.png"));
    // Android breaks Base64 into lines; an icon is no QR code.
    let broken = qr.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap());
    let broken = broken.collect::<Vec<_>>().join("\n");
    let page = format!(
        "<html><body><img src=\"data:image/svg+xml;base64,PHN2Zy8+\"><table><tr><td>Shop</td>\
         <td class='qr'><img src=\"data:image/png;base64,{broken}\"/></td></tr></table></body></html>"
    );
    let expected = told(bytes("otpauth-qr.png"), "a.png");
    assert_eq!(expected.len(), 1);
    assert_eq!(told(page, "a.html"), expected);
    let page = "<!DOCTYPE html><html><img src=\"data:image/png;base64,iVBORw0KGgo=\"></html>";
    assert_eq!(told(page, "a.html"), ["unrecognised_format"]);
}

#[test]
fn a_keepass_database_as_xml() {
    let string = |key: &str, value: &str| {
        format!("<String><Key>{key}</Key><Value ProtectInMemory=\"True\">{value}</Value></String>")
    };
    let file = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<KeePassFile><Meta>\
         <RecycleBinUUID>bin</RecycleBinUUID></Meta><Root><Group><UUID>root</UUID><Name>Mine</Name>\
         <Entry>{}{}{}</Entry><Group><UUID>bin</UUID><Name>Bin</Name><Entry>{}{}</Entry></Group>\
         </Group></Root></KeePassFile>",
        string("Title", "Shop &amp; Co"),
        string("UserName", "bob"),
        string("otp", &format!("key={SECRET}&amp;size=8&amp;step=60&amp;otpHashMode=Sha256")),
        string("Title", "Old"),
        string("TimeOtp-Secret-Base32", SECRET),
    );
    assert_eq!(
        told(file, "a.xml"),
        ["totp|Shop & Co|bob|JBSWY3DPEHPK3PXP|SHA256|8|60", "- Old|trashed"]
    );
}

#[test]
fn names_and_notes_without_end_are_cut_where_typed_ones_would_be() {
    let long = "ä".repeat(100_000);
    let tags: Vec<String> = (0..1000).map(|n| format!("{n}{long}")).collect();
    let aegis = json!({"version": 1, "header": {"slots": null, "params": null}, "db": {"version": 3,
        "entries": [{"type": "totp", "name": long, "issuer": long, "note": long, "groups": ["0", "1"],
            "info": {"secret": SECRET}}],
        "groups": [{"uuid": "0", "name": tags[0]}, {"uuid": "1", "name": tags[1]}]}});
    let imported = read(aegis.to_string().as_bytes(), "a.json", None).unwrap();
    let draft = &imported.drafts[0];
    assert_eq!((draft.issuer.len(), draft.label.len(), draft.note.len()), (1024, 1024, 16 * 1024));
    assert_eq!(draft.tags.iter().map(String::len).collect::<Vec<_>>(), [127, 127]);
}

#[test]
fn addresses_as_their_apps_write_them() {
    // Stratum marks Steam's codes under another name; Aegis has nothing between two of its slashes.
    let list = format!(
        "otpauth://totp/Games%3Aeve?secret={SECRET}&issuer=Games&steam\n\
         otpauth://totp/Games%3Abob?secret={SECRET}&issuer=Games&steam=no\n\
         motp:/Old%3Abob?secret=e3152afee62599c8&issuer=Old\n\
         otpauth://totp/A%3AB%3Aeve?secret={SECRET}&issuer=A%3AB\n\
         otpauth://totp/A:B:bob?secret={SECRET}&issuer=A:B\n"
    );
    assert_eq!(
        told(list, "a.txt"),
        [
            "steam|Games|eve|JBSWY3DPEHPK3PXP|SHA1|5|30",
            "totp|Games|bob|JBSWY3DPEHPK3PXP|SHA1|6|30",
            "motp|Old|bob|MUZTCNJSMFTGKZJWGI2TSOLDHA|MD5|6|10",
            "totp|A:B|eve|JBSWY3DPEHPK3PXP|SHA1|6|30",
            "totp|A:B|bob|JBSWY3DPEHPK3PXP|SHA1|6|30",
        ]
    );
    let secret = "LA2V6KMCGYMWWVEW64RNP3JA3I";
    // Digits, and what Aegis makes of them.
    for pin in ["7586", "G42TQNQ", "g42tqnq%3D"] {
        let uri = format!("otpauth://yaotp/eve?secret={secret}&pin={pin}");
        let report = import::report::json(&read(uri.as_bytes(), "a.txt", None), true);
        assert_eq!(report["entries"][0]["pin"], "7586", "{pin}");
    }
}

#[test]
fn what_an_app_itself_takes_for_a_default() {
    let aegis = json!({"version": 1, "header": {"slots": null, "params": null}, "db": {"version": 3,
        "entries": [{"type": "totp", "name": "bob", "issuer": "Shop",
            "info": {"secret": SECRET, "algo": "MD5", "digits": 6, "period": 30}}]}});
    assert_eq!(of_json(&aegis), ["totp|Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|30"]);
    // A set of strings between an app's strings.
    let preferences = format!(
        "<map><set name=\"seen\"><string>a</string></set><string name=\"x\">otpauth://totp/Shop:bob?secret={SECRET}\
         </string></map>"
    );
    assert_eq!(told(preferences, "a.xml"), ["totp|Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|30"]);
    let enpass = json!({"items": [{"title": "Old", "template_type": "login.default", "trashed": 1_700_000_000,
        "fields": [{"type": "totp", "value": SECRET, "deleted": 0}]}]});
    assert_eq!(of_json(&enpass), ["- Old|trashed"]);
}

#[test]
fn tables_of_other_countries_and_folders_with_commas() {
    for delimiter in [",", ";", "\t"] {
        let table = ["Title", "URL", "Username", "Password", "Notes", "OTPAuth"].join(delimiter);
        let row = ["Shop", "", "bob", "pw", "", SECRET].join(delimiter);
        let expected = ["totp|Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|30"];
        assert_eq!(told(format!("{table}\r\n{row}\r\n"), "a.csv"), expected, "{delimiter:?}");
    }
    let tags =
        |table: String| read(table.as_bytes(), "a.csv", None).unwrap().drafts[0].tags.clone();
    let folder = format!("folder,name,login_totp\n\"Home, garden; more\",Shop,{SECRET}\n");
    assert_eq!(tags(folder), ["Home, garden; more"]);
    let collections = format!("collections,name,login_totp\n\"Home,Garden\",Shop,{SECRET}\n");
    assert_eq!(tags(collections), ["Home", "Garden"]);
}

#[test]
fn archives_with_attachments_beside_the_accounts() {
    let zip = |members: &[(&str, &str)]| {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let expected = ["totp|Shop|bob|JBSWY3DPEHPK3PXP|SHA1|6|30"];
    let bitwarden = json!({"encrypted": false, "items": [{"name": "Shop", "type": 1,
        "login": {"username": "bob", "totp": SECRET}}]});
    let file = zip(&[("attachments/1/notes.txt", "hello"), ("data.json", &bitwarden.to_string())]);
    assert_eq!(told(file, "a.zip"), expected);
    let table = format!("username,title,otpUrl\nbob,Shop,{SECRET}\n");
    let file = zip(&[("credentials.csv", &table), ("securenotes.csv", "title,note\n")]);
    assert_eq!(told(file, "a.zip"), expected);
    // The first field of a user name may be another one's, and empty.
    let item = json!({"overview": {"title": "Shop"}, "details": {
        "loginFields": [{"designation": "username", "value": ""}, {"designation": "username", "value": "bob"}],
        "sections": [{"fields": [{"value": {"totp": SECRET}}]}]}});
    let file = json!({"accounts": [{"vaults": [{"items": [item]}]}]});
    assert_eq!(told(zip(&[("export.data", &file.to_string())]), "a.1pux"), expected);
}

#[test]
fn codes_in_fields_of_a_persons_own() {
    let field = |name: &str| {
        let uri = format!("otpauth://totp/{name}:bob?secret={SECRET}");
        json!({"fieldName": "2FA", "type": "totp", "data": {"totpUri": uri}})
    };
    let item = |content: Value| json!({"state": 1, "data": {"metadata": {"name": "Item"}, "content": content}});
    let section = |name: &str| json!([{"sectionName": "S", "sectionFields": [field(name)]}]);
    // As it is in the archive; it says of itself that it is not encrypted, or that it was.
    for encrypted in [false, true] {
        let pass = json!({"encrypted": encrypted, "version": "1.30.0", "vaults": {"v": {"items": [
            item(json!({"sections": section("A")})),
            item(json!({"extraSections": section("B"), "extraWorkDetails": [field("C")]})),
        ]}}});
        assert_eq!(
            of_json(&pass),
            ["A", "C", "B"].map(|name| format!("totp|{name}|bob|JBSWY3DPEHPK3PXP|SHA1|6|30"))
        );
    }
}

#[test]
fn one_code_that_a_keepass_entry_has_in_two_ways() {
    let string = |(key, value): &(&str, &str)| {
        format!("<String><Key>{key}</Key><Value>{value}</Value></String>")
    };
    let entry = |strings: &[(&str, &str)]| {
        let strings = strings.iter().map(string).collect::<String>();
        let file = format!(
            "<KeePassFile><Root><Group><Entry><String><Key>Title</Key><Value>Shop</Value></String>{strings}</Entry>\
             </Group></Root></KeePassFile>"
        );
        told(file, "a.xml")
    };
    let six = "totp|Shop||JBSWY3DPEHPK3PXP|SHA1|6|30";
    let eight = "totp|Shop||JBSWY3DPEHPK3PXP|SHA1|8|30";
    let uri = format!("otpauth://totp/?secret={SECRET}&amp;period=30");
    let hex = "48656c6c6f21deadbeef";
    let (otp, seed) = (("otp", uri.as_str()), ("TOTP Seed", SECRET));
    assert_eq!(
        entry(&[otp, seed, ("TimeOtp-Secret-Hex", hex), ("TimeOtp-Algorithm", "HMAC-SHA-1")]),
        [six]
    );
    assert_eq!(entry(&[otp, seed, ("TOTP Settings", "30;8")]), [six, eight]);
    let counted = "hotp|Shop||JBSWY3DPEHPK3PXP|SHA1|6|5";
    assert_eq!(
        entry(&[otp, ("HmacOtp-Secret-Base32", SECRET), ("HmacOtp-Counter", "5")]),
        [six, counted]
    );
    let key = format!("Key={SECRET}&amp;Type=Hotp&amp;Counter=5");
    assert_eq!(entry(&[("otp", &key)]), [counted]);
}
