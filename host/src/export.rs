//! What leaves the vault: the accounts as a file that other programs, or people, can read.
//!
//! Every one of these files holds all seeds. Two formats can be sealed with a password of the file's own.
//! Whoever calls this has asked for the master password again.
//!
//! Never here: who may ask (`cli`, `handler`), other apps' files on their way in (`import`).

mod aegis;
mod html;
mod json;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use shared::Secret;
use shared::protocol::ExportFormat;
use shared::protocol::desk::Qr;
use zeroize::Zeroizing;

use crate::disk::{self, DiskError};
use crate::otpauth;
use crate::vault::body::Body;
use crate::vault::entry::{Entry, EntryId};
use crate::vault::format;
use crate::vault::keys::KeyError;

/// Why nothing was exported. No path: it may hold a person's name.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The disk said no; there is no new file.
    #[error(transparent)]
    Disk(DiskError),
    /// A file of this name is there.
    #[error("there is a file of this name already")]
    Exists,
    /// The password of the file is empty or endless, or there is not enough memory to derive it.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A vault or a backup is in that place, which no export may take.
    #[error("this is a vault or a backup: choose another name")]
    Ours,
    /// This format has no sealed form.
    #[error("this format can't be encrypted: choose json or aegis")]
    NotSealable,
}

impl From<DiskError> for ExportError {
    fn from(err: DiskError) -> Self {
        match err {
            DiskError::Exists => Self::Exists,
            err => Self::Disk(err),
        }
    }
}

/// A file, not on the disk yet.
#[derive(Debug)]
pub struct Exported {
    /// Its bytes. They hold the seeds.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Accounts that are in it.
    pub count: usize,
    /// Names of accounts that this format has no form for.
    pub left_out: Vec<String>,
    /// Of a page: names of accounts that are too long for a QR code, and stand on it as text alone.
    pub without_qr: Vec<String>,
}

/// Accounts in the order in which a person reads them.
fn sorted<'a>(body: &'a Body, only: &BTreeSet<EntryId>) -> Vec<&'a Entry> {
    let wanted = |entry: &&Entry| only.is_empty() || only.contains(&entry.id);
    let mut entries: Vec<&Entry> = body.present().filter(wanted).collect();
    entries.sort_by_cached_key(|entry| {
        (entry.issuer.to_lowercase(), entry.label.to_lowercase(), entry.id)
    });
    entries
}

/// The accounts as a file; sealed if there is a password, which takes as long as its hash.
///
/// `only` names those that are wanted; empty for all. What is in the trash comes along only with all, in Countersign's
/// own format.
///
/// # Errors
///
/// [`ExportError::NotSealable`], or [`ExportError::Key`].
pub fn write(
    body: &Body,
    only: &BTreeSet<EntryId>,
    format: ExportFormat,
    password: Option<&Secret>,
) -> Result<Exported, ExportError> {
    let entries = sorted(body, only);
    let (mut left_out, mut without_qr) = (Vec::new(), Vec::new());
    let bytes = match (format, password) {
        (ExportFormat::Html | ExportFormat::Otpauth, Some(_)) => {
            return Err(ExportError::NotSealable);
        }
        (ExportFormat::Otpauth, None) => uris(&entries),
        (ExportFormat::Html, None) => html::write(&entries, &mut without_qr),
        (ExportFormat::Aegis, password) => aegis::write(&entries, password, &mut left_out)?,
        (ExportFormat::Json, password) => {
            let trash = body.entries.values();
            let trash = trash.filter(|entry| only.is_empty() && entry.trashed.is_some());
            let entries: Vec<&Entry> = entries.iter().copied().chain(trash).collect();
            json::write(body, &entries, password)?
        }
    };
    Ok(Exported { bytes, count: entries.len() - left_out.len(), left_out, without_qr })
}

/// A list of Key URIs, one in a line.
fn uris(entries: &[&Entry]) -> Zeroizing<Vec<u8>> {
    let uris: Vec<Secret> = entries.iter().map(|entry| otpauth::format(entry)).collect();
    let length: usize = uris.iter().map(|uri| uri.expose().len() + 1).sum();
    let mut text = Zeroizing::new(String::with_capacity(length));
    for uri in &uris {
        let _ = writeln!(text, "{}", uri.expose());
    }
    Zeroizing::new(std::mem::take(&mut *text).into_bytes())
}

/// One account for the camera of another authenticator; `None` if it is too long for one code.
pub fn qr(entry: &Entry) -> Option<Qr> {
    let (size, path) = html::path(otpauth::format(entry).expose())?;
    Some(Qr { name: entry.name(), size, path: path.to_string() })
}

/// Writes a file that was not there, for its owner alone; `replace` puts it in the place of one that was.
///
/// # Errors
///
/// [`ExportError::Disk`], [`ExportError::Exists`] or [`ExportError::Ours`]; then nothing of it is left on the disk.
pub fn save(path: &Path, bytes: &[u8], replace: bool) -> Result<(), ExportError> {
    if !replace {
        return Ok(disk::write_new(path, bytes)?);
    }
    if is_ours(path) {
        return Err(ExportError::Ours);
    }
    let mut new = path.file_name().unwrap_or_default().to_owned();
    new.push(format!(".{}", std::process::id()));
    let new = path.with_file_name(new);
    disk::write_new(&new, bytes)?;
    disk::replace(&new, path).inspect_err(|_| drop(fs::remove_file(&new)))?;
    // It is there, whatever is said now; to say that it is not would leave it lying about.
    let _ = disk::sync_folder(path);
    Ok(())
}

/// Whether a vault or a backup lies there, by its first bytes: no export takes its place, whatever a person says.
pub fn is_ours(path: &Path) -> bool {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    disk::read_start(&path, format::MAGIC_LEN).is_ok_and(|(start, _)| format::is_ours(&start))
}

/// A name in `folder` that no file has.
pub fn free_name(folder: &Path, stem: &str, format: ExportFormat) -> PathBuf {
    let ending = match format {
        ExportFormat::Aegis | ExportFormat::Json => "json",
        ExportFormat::Html => "html",
        ExportFormat::Otpauth => "txt",
    };
    let mut path = folder.join(format!("{stem}.{ending}"));
    let mut n = 1;
    while fs::symlink_metadata(&path).is_ok() {
        n += 1;
        path = folder.join(format!("{stem}-{n}.{ending}"));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{self, Options};
    use crate::vault::entry::{Draft, EntryId, Spare};
    use crate::vault::stamp::Stamp;

    /// One of each kind, with names that need care.
    fn body() -> Body {
        let uris = [
            "otpauth://totp/GitHub:alice%40example.com?secret=JBSWY3DPEHPK3PXP",
            "otpauth://totp/C%2B%2B%3A%20%26%20co:a%3Ab?secret=JBSWY3DPEHPK3PX&digits=8&period=60&algorithm=SHA512",
            "otpauth://totp/:a%3Ab?secret=AE",
            "otpauth://totp/%3Cb%3E%22%27%26:%E6%97%A5%E6%9C%AC?secret=JBSWY3DPEHPK3PXP",
            "otpauth://hotp/Bank:x?secret=JBSWY3DPEHPK3PXP&counter=9007199254740993&algorithm=SHA256",
            "otpauth://steam/Steam:gamer?secret=JBSWY3DPEHPK3PXP",
            "otpauth://motp/Motp:m?secret=MUZTCNJSMFTGKZJWGI2TSOLDHA&pin=1234",
            "otpauth://yaotp/Yandex:y?secret=LA2V6KMCGYMWWVEW64RNP3JA3I&pin=7586",
        ];
        let mut body = Body::default();
        for (n, uri) in (0_u8..).zip(uris) {
            let mut draft = otpauth::parse(uri).unwrap();
            if n == 0 {
                draft.tags = vec!["work".into(), "a, b".into()];
                draft.note = "line\nline <i>".into();
                draft.favourite = true;
                draft.sites = vec!["github.com".into()];
                draft.sends = vec!["github.com".into()];
                let code = Secret::new("abcd-1234".into());
                draft.spares = vec![Spare { code, used: true }];
            }
            let (id, sends) = (EntryId([n; 16]), std::mem::take(&mut draft.sends));
            body.entries.insert(id, Entry::new(id, draft, Stamp::default()));
            body.set_sending(id, &sends, Stamp::default());
        }
        body
    }

    fn draft_as_text(draft: &Draft, whole: bool) -> String {
        let mut bare = Draft::new(
            draft.otp.duplicate(),
            draft.seed.duplicate(),
            draft.issuer.clone(),
            draft.label.clone(),
        );
        if whole {
            bare.tags.clone_from(&draft.tags);
            bare.note.clone_from(&draft.note);
            bare.favourite = draft.favourite;
        }
        serde_json::to_string(&Entry::new(EntryId([0; 16]), bare, Stamp::default())).unwrap()
    }

    fn drafts(body: &Body) -> Vec<Draft> {
        body.entries
            .values()
            .map(|entry| Draft {
                sites: entry.sites.clone(),
                tags: entry.tags.clone(),
                note: entry.note.clone(),
                favourite: entry.favourite,
                icon: entry.icon.clone(),
                picture: entry.picture.clone(),
                sends: body.sending(entry),
                spares: Vec::new(),
                ..Draft::new(
                    entry.otp.duplicate(),
                    entry.seed.duplicate(),
                    entry.issuer.clone(),
                    entry.label.clone(),
                )
            })
            .collect()
    }

    #[test]
    fn what_goes_out_comes_in_the_same() {
        let body = body();
        let password = Secret::new("a file of its own".into());
        for (format, sealed) in [
            (ExportFormat::Otpauth, false),
            (ExportFormat::Html, false),
            (ExportFormat::Aegis, false),
            (ExportFormat::Aegis, true),
            (ExportFormat::Json, false),
            (ExportFormat::Json, true),
        ] {
            let exported =
                write(&body, &BTreeSet::new(), format, sealed.then_some(&password)).unwrap();
            assert_eq!((exported.count, exported.left_out.len()), (8, 0));
            let text = String::from_utf8_lossy(&exported.bytes);
            assert_eq!(sealed, !text.contains("JBSWY3DPEHPK3PXP"), "{format:?}");
            let options = Options { password: sealed.then_some(&password), ..Options::default() };
            let imported = import::read(&exported.bytes, None, &options).unwrap();
            assert!(imported.left_out.is_empty(), "{format:?}: {:?}", imported.left_out);
            let whole = matches!(format, ExportFormat::Aegis | ExportFormat::Json);
            let told = |drafts: &[Draft]| {
                let mut told: Vec<String> =
                    drafts.iter().map(|draft| draft_as_text(draft, whole)).collect();
                told.sort();
                told
            };
            assert_eq!(told(&imported.drafts), told(&drafts(&body)), "{format:?}");
            if sealed {
                let wrong = Secret::new("another".into());
                let options = Options { password: Some(&wrong), ..Options::default() };
                let err = import::read(&exported.bytes, None, &options).unwrap_err();
                assert_eq!(err.to_string(), "wrong password for this file");
            }
        }
    }

    #[test]
    fn only_those_that_are_wanted_go_out() {
        let mut body = body();
        let only: BTreeSet<EntryId> = body.entries.keys().copied().take(2).collect();
        // What is in the trash is nobody's choice.
        let other = *body.entries.keys().next_back().unwrap();
        body.entries.get_mut(&other).unwrap().trashed = Some(1);
        for format in [ExportFormat::Json, ExportFormat::Otpauth, ExportFormat::Html] {
            let exported = write(&body, &only, format, None).unwrap();
            assert_eq!(exported.count, 2);
            let imported = import::read(&exported.bytes, None, &Options::default()).unwrap();
            assert_eq!((imported.drafts.len(), imported.left_out.len()), (2, 0), "{format:?}");
        }
    }

    #[test]
    fn only_our_own_format_takes_sites_and_the_trash_along() {
        let mut body = body();
        let mark = include_bytes!("../../extension/static/icons/unlocked-128.png");
        let picture = crate::picture::shrink(mark).unwrap();
        body.entries.values_mut().next().unwrap().picture.clone_from(&picture);
        // Somebody else's file may hold anything.
        body.entries.values_mut().next_back().unwrap().picture = "no picture".into();
        let exported = write(&body, &BTreeSet::new(), ExportFormat::Json, None).unwrap();
        let imported = import::read(&exported.bytes, None, &Options::default()).unwrap();
        let pictures: Vec<&str> = imported
            .drafts
            .iter()
            .map(|draft| draft.picture.as_str())
            .filter(|picture| !picture.is_empty())
            .collect();
        assert_eq!(pictures, [picture]);
        let sites: Vec<_> = imported.drafts.iter().flat_map(|draft| &draft.sites).collect();
        assert_eq!(sites, ["github.com"]);
        let spares: Vec<_> = imported.drafts.iter().flat_map(|draft| &draft.spares).collect();
        assert!(matches!(spares[..], [spare] if spare.used && spare.code.expose() == "abcd-1234"));
        assert!(imported.drafts.iter().any(|draft| draft.sends == ["github.com"]));
        body.entries.get_mut(&EntryId([0; 16])).unwrap().trashed = Some(1);
        for format in [ExportFormat::Json, ExportFormat::Otpauth] {
            let exported = write(&body, &BTreeSet::new(), format, None).unwrap();
            let imported = import::read(&exported.bytes, None, &Options::default()).unwrap();
            assert_eq!(imported.drafts.len(), 7);
            let ours = format == ExportFormat::Json;
            assert_eq!(imported.left_out.len(), usize::from(ours), "{format:?}");
        }
    }

    #[test]
    fn what_has_no_form_is_named() {
        let mut body = Body::default();
        let id = EntryId([1; 16]);
        let draft = otpauth::parse("otpauth://motp/Motp:m?secret=JBSWY3DPEHPK3PXP&pin=1").unwrap();
        body.entries.insert(id, Entry::new(id, draft, Stamp::default()));
        let exported = write(&body, &BTreeSet::new(), ExportFormat::Aegis, None).unwrap();
        assert_eq!(
            (exported.count, exported.left_out.as_slice()),
            (0, &["Motp (m)".to_owned()][..])
        );
        let refused =
            write(&body, &BTreeSet::new(), ExportFormat::Html, Some(&Secret::new("x".into())));
        assert!(matches!(refused, Err(ExportError::NotSealable)));
    }

    #[test]
    fn what_is_too_long_for_a_qr_code_is_named_and_comes_back_all_the_same() {
        let mut body = body();
        let id = EntryId([9; 16]);
        let name = "n".repeat(1024);
        let draft =
            otpauth::parse("otpauth://totp/Long:l?secret=JBSWY3DPEHPK3PXPJBSWY3DP").unwrap();
        let mut entry = Entry::new(id, draft, Stamp::default());
        assert!(qr(&entry).is_some());
        (entry.issuer, entry.label) = (name.clone(), name.clone());
        assert!(qr(&entry).is_none());
        let named = entry.name();
        body.entries.insert(id, entry);
        let exported = write(&body, &BTreeSet::new(), ExportFormat::Html, None).unwrap();
        assert_eq!((exported.count, &exported.without_qr[..]), (9, &[named.clone()][..]));
        let page = String::from_utf8_lossy(&exported.bytes);
        assert_eq!(page.matches("<svg").count(), 8);
        let (top, _) = page.split_once("<section>").unwrap();
        assert!(top.contains(&named), "it is named where the page begins");
        // Of what not every authenticator reads the page says so.
        for kind in ["Steam", "Mobile-OTP", "Yandex"] {
            assert_eq!(page.matches(&format!("know accounts of {kind}")).count(), 1, "{kind}");
        }
        assert!(!page.contains("Any authenticator"));
        let imported = import::read(&exported.bytes, None, &Options::default()).unwrap();
        assert_eq!((imported.drafts.len(), imported.left_out.len()), (9, 0));
        assert_eq!(imported.format.name(), "countersign-html");
        assert_eq!(imported.format.brand(), "Countersign");
        assert!(imported.drafts.iter().any(|draft| draft.label == name));
        let other = write(&self::body(), &BTreeSet::new(), ExportFormat::Html, None).unwrap();
        assert!(!String::from_utf8_lossy(&other.bytes).contains("too long"));
    }

    #[test]
    fn no_vault_and_no_backup_is_written_over_whoever_asks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        for (first, ours) in [
            (&b"OTPVLT01 and more"[..], true),
            (b"OTPBKP01", true),
            (b"OTPBKP0", false),
            (b"", false),
        ] {
            fs::write(&path, first).unwrap();
            assert_eq!(is_ours(&path), ours);
            let saved = save(&path, b"seeds", true);
            assert_eq!(matches!(saved, Err(ExportError::Ours)), ours);
            assert_eq!(fs::read(&path).unwrap(), if ours { first } else { b"seeds" });
        }
        assert!(!is_ours(&folder.path().join("b.txt")));
    }

    #[test]
    fn no_file_is_written_over_unless_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        save(&path, b"one", false).unwrap();
        assert!(matches!(save(&path, b"two", false), Err(ExportError::Exists)));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        save(&path, b"two", true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let next = free_name(folder.path(), "a", ExportFormat::Otpauth);
        assert_eq!(next, folder.path().join("a-2.txt"));
    }
}
