//! Zips, told apart by the names inside; and reading no more than a bound of anything that inflates.
//!
//! Names are only compared, never used as paths.
//!
//! Never here: what the members say.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use zeroize::Zeroizing;
use zip::ZipArchive;
use zip::result::ZipError;

use super::format::Format;
use super::item::Found;
use super::{Context, ImportError, MAX_MEMBER, WRONG, WRONG_OR_DAMAGED};
use super::{bitwarden, json, onepassword, openpgp, proton, raivo, table, text, uri};

/// More members than an export has.
const MAX_MEMBERS: usize = 100_000;

/// Which export a zip is, by its members.
pub(super) fn recognise(file: &[u8]) -> Result<Format, ImportError> {
    let zip = open(file)?;
    let names = names(&zip);
    let has = |test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
    if has(&|name| name == "export.data") {
        return Ok(Format::Onepux);
    }
    if has(&is_proton) {
        return Ok(Format::ProtonPass);
    }
    if has(&|name| name.ends_with("raivo-otp-export.json")) {
        return Ok(Format::Raivo);
    }
    // Beside it there are attachments, whatever their names.
    if has(&|name| name == "data.json") {
        return Ok(Format::Bitwarden);
    }
    if has(&|name| name == "credentials.csv") {
        return Ok(Format::DashlaneCsv);
    }
    if has(&|name| name == "Accounts.txt") {
        return Ok(Format::AuthenticatorPlus);
    }
    if has(&|name| has_end(name, ".txt")) {
        return Ok(Format::Winauth);
    }
    Err(ImportError::NoAccountsFile)
}

fn is_proton(name: &str) -> bool {
    name.ends_with("/data.json") || name.ends_with("/data.pgp")
}

fn has_end(name: &str, end: &str) -> bool {
    name.len()
        .checked_sub(end.len())
        .and_then(|at| name.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

pub(super) fn read(
    file: &[u8],
    format: Format,
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let json_of = |test: &dyn Fn(&str) -> bool| {
        let (_, member) = member(file, test, context)?;
        json::parse(&text::decode(&member).0)
    };
    match format {
        Format::Bitwarden => {
            bitwarden::read(&json_of(&|name| name == "data.json")?, context, found)
        }
        Format::DashlaneCsv => {
            let (_, table) = member(file, &|name| name == "credentials.csv", context)?;
            table::read(&text::decode(&table).0, found)
        }
        Format::Onepux => onepassword::read(&json_of(&|name| name == "export.data")?, found),
        Format::Raivo => {
            raivo::read(&json_of(&|name| name.ends_with("raivo-otp-export.json"))?, found)
        }
        Format::ProtonPass => {
            let (name, data) = member(file, &is_proton, context)?;
            let data = if name.ends_with(".pgp") { openpgp::open(&data, context)? } else { data };
            proton::read_pass(&json::parse(&text::decode(&data).0)?, found)
        }
        Format::AuthenticatorPlus => {
            let (_, list) = member(file, &|name| name == "Accounts.txt", context)?;
            uri::read_list(&text::decode(&list).0, found)
        }
        _ => {
            // Beside a list there may be a text that explains it.
            let mut any = false;
            for name in names(&open(file)?).iter().filter(|name| has_end(name, ".txt")).take(16) {
                let (_, list) = member(file, &|other| other == name, context)?;
                let list = text::decode(&list).0;
                if uri::is_list(&list) {
                    any = true;
                    uri::read_list(&list, found)?;
                }
            }
            if any { Ok(()) } else { Err(ImportError::UnrecognisedFormat) }
        }
    }
}

fn open(file: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, ImportError> {
    // Counted before a list of them is made, which takes ten times what it takes in the file.
    let is_member = |window: &&[u8]| *window == b"PK\x01\x02";
    if MAX_MEMBERS < file.windows(4).filter(is_member).count() {
        return Err(ImportError::TooLarge);
    }
    let zip = ZipArchive::new(Cursor::new(file)).map_err(|_| ImportError::Corrupt)?;
    if MAX_MEMBERS < zip.len() { Err(ImportError::TooLarge) } else { Ok(zip) }
}

fn names(zip: &ZipArchive<Cursor<&[u8]>>) -> Vec<String> {
    zip.file_names().filter_map(Result::ok).map(Cow::into_owned).collect()
}

/// The first member whose name passes: its name and its content.
fn member(
    file: &[u8],
    test: &dyn Fn(&str) -> bool,
    context: &Context<'_>,
) -> Result<(String, Zeroizing<Vec<u8>>), ImportError> {
    let mut zip = open(file)?;
    let name = names(&zip).into_iter().find(|name| test(name));
    let name = name.ok_or(ImportError::NoAccountsFile)?;
    let index = zip.index_for_name(&name).ok_or(ImportError::Corrupt)?;
    let is_encrypted = zip.by_index_raw(index).map_err(|_| ImportError::Corrupt)?.encrypted();
    if !is_encrypted {
        let member = zip.by_index(index).map_err(unreadable)?;
        return Ok((name, read_bounded(member, MAX_MEMBER)?));
    }
    let password = context.password()?;
    let member = match zip.by_index_decrypt(index, password.as_bytes()) {
        Ok(member) => member,
        Err(ZipError::InvalidPassword) => return Err(WRONG),
        Err(err) => return Err(unreadable(err)),
    };
    match read_bounded(member, MAX_MEMBER) {
        // The verifier has 8 or 16 bits: some wrong passwords pass it.
        Err(ImportError::Corrupt) => Err(WRONG_OR_DAMAGED),
        Err(err) => Err(err),
        Ok(content) => Ok((name, content)),
    }
}

/// A way to compress that no export uses is no damage.
fn unreadable(err: ZipError) -> ImportError {
    match err {
        ZipError::UnsupportedArchive(_) => ImportError::UnsupportedVersion,
        _ => ImportError::Corrupt,
    }
}

/// Everything of a reader up to a bound, counted while it is read: a header's claim is not trusted.
pub(super) fn read_bounded(
    reader: impl Read,
    max: usize,
) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let mut content = Zeroizing::new(Vec::new());
    let mut bounded = reader.take(max as u64 + 1);
    bounded.read_to_end(&mut content).map_err(|_| ImportError::Corrupt)?;
    if max < content.len() { Err(ImportError::TooLarge) } else { Ok(content) }
}
