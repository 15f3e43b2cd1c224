//! Completing an account that is there already: what the vault has empty and a file knows is filled in, and nothing
//! that somebody has written is touched.
//!
//! Never here: which account of the vault an account of a file is (`intake`).

use std::mem;

use shared::protocol::desk::Gap;

use crate::otp::Otp;
use crate::vault::body::Body;
use crate::vault::entry::{Draft, Entry, EntryId, Part};
use crate::vault::stamp::Stamp;

/// What the vault has empty of an account that is there already, and a file knows.
pub(super) fn gaps(entry: &Entry, draft: &Draft) -> Vec<Gap> {
    let pin = |otp: &Otp| match otp {
        Otp::Motp { pin } | Otp::Yandex { pin } => pin.is_some(),
        _ => false,
    };
    let of = [
        (Gap::Issuer, entry.issuer.is_empty() && !draft.issuer.is_empty()),
        (Gap::Label, entry.label.is_empty() && !draft.label.is_empty()),
        (Gap::Pin, !pin(&entry.otp) && pin(&draft.otp)),
        (Gap::Note, entry.note.is_empty() && !draft.note.is_empty()),
        (Gap::Tags, entry.tags.is_empty() && !draft.tags.is_empty()),
        (Gap::Sites, entry.sites.is_empty() && !draft.sites.is_empty()),
        (Gap::Spares, entry.spares.is_empty() && !draft.spares.is_empty()),
        (Gap::Favourite, !entry.favourite && draft.favourite),
        (Gap::Icon, entry.icon.is_empty() && !draft.icon.is_empty()),
        (Gap::Picture, entry.picture.is_empty() && !draft.picture.is_empty()),
    ];
    of.into_iter().filter_map(|(gap, is_one)| is_one.then_some(gap)).collect()
}

/// Fills them in.
pub(super) fn complete(body: &mut Body, id: EntryId, draft: &Draft, gaps: &[Gap], at: Stamp) {
    let entry = body.entries.get_mut(&id).expect("compared under the lock");
    let mut theirs = draft.duplicate();
    for gap in gaps {
        match gap {
            Gap::Favourite => entry.favourite = true,
            Gap::Icon => entry.icon = mem::take(&mut theirs.icon),
            Gap::Issuer => entry.issuer = mem::take(&mut theirs.issuer),
            Gap::Label => entry.label = mem::take(&mut theirs.label),
            Gap::Note => entry.note = mem::take(&mut theirs.note),
            Gap::Picture => entry.picture = mem::take(&mut theirs.picture),
            Gap::Pin => entry.otp = theirs.otp.duplicate(),
            Gap::Sites => entry.sites = mem::take(&mut theirs.sites),
            Gap::Spares => entry.spares = mem::take(&mut theirs.spares),
            Gap::Tags => entry.tags = mem::take(&mut theirs.tags),
        }
        entry.touch(part(*gap), at);
    }
    // Whether a form is sent is said of the sites, and comes with them.
    if gaps.contains(&Gap::Sites) {
        if theirs.submit && !entry.submit {
            entry.submit = true;
            entry.touch(Part::Submit, at);
        }
        if !theirs.sends.is_empty() {
            body.set_sending(id, &theirs.sends, at);
        }
    }
}

fn part(gap: Gap) -> Part {
    match gap {
        Gap::Favourite => Part::Favourite,
        Gap::Icon => Part::Icon,
        Gap::Issuer => Part::Issuer,
        Gap::Label => Part::Label,
        Gap::Note => Part::Note,
        Gap::Picture => Part::Picture,
        Gap::Pin => Part::Otp,
        Gap::Sites => Part::Sites,
        Gap::Spares => Part::Spares,
        Gap::Tags => Part::Tags,
    }
}

#[cfg(test)]
mod tests {
    use shared::Secret;

    use super::*;
    use crate::otpauth;
    use crate::vault::entry::Spare;

    const ID: EntryId = EntryId([7; 16]);

    /// A draft with everything that an entry can have beside its names and its secret.
    fn full(word: &str) -> Draft {
        let uri = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXP";
        let mut draft = otpauth::parse(uri).unwrap();
        draft.note = format!("{word} note");
        (draft.icon, draft.picture) = (format!("{word} icon"), format!("{word} picture"));
        (draft.tags, draft.sites) = (vec![format!("{word} tag")], vec![format!("{word}.com")]);
        draft.sends = draft.sites.clone();
        draft.favourite = true;
        draft.spares = vec![Spare { code: Secret::new(format!("{word} spare")), used: true }];
        draft
    }

    fn body_of(draft: Draft) -> Body {
        let mut body = Body::default();
        body.entries.insert(ID, Entry::new(ID, draft, Stamp::default()));
        body
    }

    fn at() -> Stamp {
        "5-0-1".parse().unwrap()
    }

    #[test]
    fn what_is_empty_is_filled_in_and_what_is_not_stays() {
        let forget = |entry: &mut Entry, gap: Gap| match gap {
            Gap::Favourite => entry.favourite = false,
            Gap::Icon => entry.icon.clear(),
            Gap::Issuer => entry.issuer.clear(),
            Gap::Label => entry.label.clear(),
            Gap::Note => entry.note.clear(),
            Gap::Picture => entry.picture.clear(),
            Gap::Pin => {}
            Gap::Sites => entry.sites.clear(),
            Gap::Spares => entry.spares.clear(),
            Gap::Tags => entry.tags.clear(),
        };
        let all = [
            (Gap::Issuer, "GitHub"),
            (Gap::Label, "alice"),
            (Gap::Note, "file note"),
            (Gap::Tags, "file tag"),
            (Gap::Sites, "file.com"),
            (Gap::Spares, "file spare"),
            (Gap::Favourite, "true"),
            (Gap::Icon, "file icon"),
            (Gap::Picture, "file picture"),
        ];
        let file = full("file");
        let text = |body: &Body| serde_json::to_value(&body.entries[&ID]).unwrap();
        for (gap, told) in all {
            let mut body = body_of(full("vault"));
            assert_eq!(gaps(&body.entries[&ID], &file), []);
            forget(body.entries.get_mut(&ID).unwrap(), gap);
            let found = gaps(&body.entries[&ID], &file);
            assert_eq!(found, [gap]);
            let gone = text(&body);
            complete(&mut body, ID, &file, &found, at());
            let (filled, name) = (text(&body), part(gap).name());
            assert!(
                gone.get(name).is_none_or(|it| it == "") && filled[name].to_string().contains(told)
            );
            assert_eq!(body.entries[&ID].stamp(part(gap)), at());
            for (other, value) in gone.as_object().unwrap() {
                assert!(
                    ["set", name].contains(&&**other) || filled[other] == *value,
                    "{name}: {other}"
                );
            }
            assert_eq!(gaps(&body.entries[&ID], &file), [], "once");
        }
        let mut body = body_of(full("vault"));
        all.iter().for_each(|(gap, _)| forget(body.entries.get_mut(&ID).unwrap(), *gap));
        let found = gaps(&body.entries[&ID], &file);
        assert_eq!(found, all.map(|(gap, _)| gap), "in the order in which they are told");
        complete(&mut body, ID, &file, &found, at());
        let entry = &body.entries[&ID];
        assert!(entry.spares[0].used && entry.spares[0].code.expose() == "file spare");
        assert_eq!(body.sending(entry), ["file.com"]);
    }

    #[test]
    fn whether_a_form_is_sent_comes_with_the_sites_and_not_without_them() {
        let older = Draft { submit: true, sends: Vec::new(), ..full("file") };
        for (sites, sends) in [(vec![], true), (vec!["vault.com".to_owned()], false)] {
            let mut body = body_of(Draft { sites, sends: Vec::new(), ..full("vault") });
            let found = gaps(&body.entries[&ID], &older);
            complete(&mut body, ID, &older, &found, at());
            assert_eq!(body.entries[&ID].submit, sends);
        }
    }
}
