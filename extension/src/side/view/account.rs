//! The forms for an account: a new one, and one that is there.
//!
//! Never here: what is right and wrong in a field, beyond what is no number at all.

use shared::Secret;
use shared::protocol::{
    Account, AddAccount, Algorithm, EditAccount, Field, Invalid, KeptSpare, Kind, Manual, Problem,
    Spare,
};
use sycamore::prelude::*;

use super::{alert, head, invalid, submit};
use crate::browser::page::{checked, value};
use crate::parts::form::{Input, choice, field, form, switch};
use crate::parts::{button, part, pick, text};
use crate::side::model::{Model, Msg, Screen};
use crate::text::{t, with};
use crate::words;

/// The form for a new account.
pub fn add(model: Signal<Model>) -> View {
    let duplicate = pick(model, |m| m.duplicate);
    let kinds =
        [Kind::Totp, Kind::Hotp, Kind::Steam].map(|k| (kind_name(k).into(), words::kind(k)));
    let site = pick(model, |m| m.site.clone().filter(|s| s.denied.is_none()));
    let link = part(move || {
        let site = site.get_clone();
        site.map(|site| switch("link", with("add_link", &[&site.shown]), false, None, || ())).into()
    });
    let invalid = invalid(model);
    let wrong = pick(model, |m| m.invalid.filter(|i| i.field == Field::Uri));
    let (uri, hint, manual, or) =
        (t("field_uri"), t("field_uri_hint"), t("add_manual"), t("advanced"));
    let said = text(move || wrong.get().map(words::invalid).unwrap_or_default());
    let issuer = field(invalid, Field::Issuer, Input::Text, t("field_issuer"), String::new());
    let label = field(invalid, Field::Label, Input::Text, t("field_label"), String::new());
    // On the site it stands in full beside this, to be compared with.
    let secret = field(invalid, Field::Secret, Input::Text, t("field_secret"), String::new());
    let (numbers, alert) = (numbers(invalid, None), alert(model));
    let submit = submit(model, t("add"));
    let again = part(move || {
        let again = duplicate
            .get()
            .then(|| button("again", "plain", t("add_again"), move || read_add(model, true)));
        again.into()
    });
    let kind = choice("kind", t("field_kind"), kinds.to_vec(), "totp".into(), None, || ());
    let inside = view! {
        div(class="field") {
            label(r#for="uri") { (uri) }
            textarea(id="uri", rows="2", autocomplete="off", "spellcheck"="false", placeholder="otpauth://totp/…",
                aria-describedby="uri-wrong", aria-invalid=move || wrong.get().map(|_| "true"))
            p(id="uri-wrong", class="wrong") { (said) }
            p(class="hint") { (hint) }
        }
        h2(class="divider") { (manual) }
        (issuer)
        (label)
        (secret)
        details {
            summary { (or) }
            (kind)
            (numbers)
        }
        (link)
        (alert)
        (submit)
        (again)
    };
    let form = form(move || read_add(model, false), inside);
    let head = head(t("add_title"));
    let scan = || Msg::Show(Screen::Scan { picture: false });
    let scan = button("scan", "plain wide", t("scan"), scan);
    let file = button("desk-import", "plain wide", t("add_file"), || Msg::Desk("import".into()));
    let offered = pick(model, |m| m.offers.screen);
    // A popup closes when the system's window comes up: the desk stays.
    let screen = part(move || {
        let read =
            || button("screen", "plain wide", t("screen_read"), || Msg::Desk("screen".into()));
        offered.get().then(read).into()
    });
    view! {
        main(data-screen="add") {
            (head)
            div(class="body") { (scan) (screen) (file) (form) }
        }
    }
}

/// The form for an account that is there.
pub fn edit(model: Signal<Model>) -> View {
    let inside = match model.with_untracked(|m| m.account.clone()) {
        Some(account) => edit_form(model, account),
        // It is gone, and this says so.
        None => alert(model),
    };
    let head = head(t("edit"));
    view! {
        main(data-screen="edit") {
            (head)
            div(class="body") { (inside) }
        }
    }
}

fn edit_form(model: Signal<Model>, account: Account) -> View {
    let invalid = invalid(model);
    let read = account.clone();
    let (sites, tags, note) = (t("field_sites"), t("field_tags"), t("field_note"));
    let (advanced, new_secret) = (t("advanced"), t("field_new_secret"));
    let weak = account.weak.then(|| {
        let text = t("weak_seed");
        view! { p(class="banner", role="note") { (text) } }
    });
    let body = account.note.clone();
    let issuer =
        field(invalid, Field::Issuer, Input::Text, t("field_issuer"), account.issuer.clone());
    let label = field(invalid, Field::Label, Input::Text, t("field_label"), account.label.clone());
    let sites = field(invalid, Field::Site, Input::Text, sites, account.sites.join(", "));
    let tags = field(invalid, Field::Tag, Input::Text, tags, account.tags.join(", "));
    let star = switch("favourite", t("favourite"), account.favourite, None, || ());
    let sends = sends(&account);
    let numbers = has_numbers(account.kind).then(|| numbers(invalid, Some(&account)));
    let pin = matches!(account.kind, Kind::Motp | Kind::Yandex)
        .then(|| field(invalid, Field::Pin, Input::Password, t("field_new_pin"), String::new()));
    let secret = field(invalid, Field::Secret, Input::Password, new_secret, String::new());
    let spares = spares(model);
    let (alert, submit) = (alert(model), submit(model, t("save")));
    let id = account.id.clone();
    let of = account.id.clone();
    let picture =
        button("desk-picture", "plain", t("picture"), move || Msg::Desk(format!("picture/{of}")));
    let show = button("desk-qr", "plain", t("qr_show"), move || Msg::Desk(format!("qr/{id}")));
    let delete = button("delete", "plain danger", t("delete"), || Msg::Delete);
    let inside = view! {
        (weak)
        (issuer)
        (label)
        (sites)
        (tags)
        div(class="field") {
            label(r#for="note") { (note) }
            textarea(id="note", rows="2", autocomplete="off", "spellcheck"="false", prop:value=body)
        }
        (star)
        (sends)
        (spares)
        details {
            summary { (advanced) }
            (numbers)
            (pin)
            (secret)
        }
        (alert)
        (submit)
        (picture)
        (show)
        (delete)
    };
    form(move || read_edit(model, &read), inside)
}

/// The account's sites, each with its tick: whether the form is sent there after a fill.
fn sends(account: &Account) -> Option<View> {
    let rows: Vec<View> = account
        .sites
        .iter()
        .enumerate()
        .map(|(n, site)| {
            let (id, name, on) = (format!("send-{n}"), site.clone(), account.sends.contains(site));
            let of = id.clone();
            view! {
                li(class="field line") {
                    label(r#for=of, dir="ltr") { (name) }
                    input(id=id, class="switch", r#type="checkbox", role="switch", checked=on)
                }
            }
        })
        .collect();
    let title = t("field_submit");
    (!rows.is_empty()).then(|| {
        view! {
            fieldset(id="sends") {
                legend { (title) }
                ul(class="founds") { (rows) }
            }
        }
    })
}

/// The codes of the account's site for when the app is gone, each with its tick; and room for more.
fn spares(model: Signal<Model>) -> View {
    let there = model.with_untracked(|m| m.spares.clone());
    let rows: Vec<View> = there
        .into_iter()
        .enumerate()
        .map(|(n, spare)| {
            let id = format!("spare-{n}");
            let (of, code) = (id.clone(), spare.code);
            view! {
                li(class="field line spare") {
                    label(r#for=of, dir="ltr") { (code) }
                    input(id=id, class="mark", r#type="checkbox", checked=spare.used)
                }
            }
        })
        .collect();
    let (title, hint, more) = (t("spares"), t("spares_hint"), t("spares_more"));
    let take = button("select", "plain", t("spares_take"), || Msg::Select);
    view! {
        details {
            summary { (title) }
            ul(class="founds") { (rows) }
            div(class="field") {
                label(r#for="new-spares") { (more) }
                textarea(id="new-spares", rows="3", autocomplete="off", "spellcheck"="false", dir="ltr")
                p(class="hint") { (hint) }
            }
            (take)
        }
    }
}

/// The list as it is ticked, and what was added to it; `None` if it stays.
fn read_spares(model: Signal<Model>) -> Option<Vec<KeptSpare>> {
    let there = model.with_untracked(|m| m.spares.clone());
    let ticked =
        |(n, spare): (usize, &Spare)| (spare.code.clone(), checked(&format!("#spare-{n}")));
    let mut now: Vec<(String, bool)> = there.iter().enumerate().map(ticked).collect();
    let more = value("#new-spares");
    now.extend(
        more.lines().map(unnumbered).filter(|code| !code.is_empty()).map(|code| (code, false)),
    );
    let same = now.len() == there.len()
        && now.iter().zip(&there).all(|((_, used), spare)| *used == spare.used);
    let keep = |(code, used)| KeptSpare { code: Secret::new(code), used };
    (!same).then(|| now.into_iter().map(keep).collect())
}

/// A line of a list without its number or bullet: "3. abcd-efgh".
fn unnumbered(line: &str) -> String {
    let line = line.trim().trim_start_matches(['•', '*', '-', ' ', '\t']);
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = line.len() - rest.len();
    let after = rest.strip_prefix(['.', ')']).filter(|_| (1..=2).contains(&number));
    after.map_or(line, str::trim_start).trim_end().to_owned()
}

/// Algorithm, digits, period, counter: as they are, or empty for the kind's own.
fn numbers(invalid: ReadSignal<Option<Invalid>>, account: Option<&Account>) -> View {
    let kind = account.map(|a| a.kind);
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    let algorithms = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512]
        .map(|a| (algorithm_name(a).to_owned(), algorithm_name(a).to_owned()));
    let now = algorithm_name(account.map(|a| a.algorithm).unwrap_or_default()).to_owned();
    let period = account.and_then(|a| a.period).map(u64::from);
    let algorithm =
        choice("algorithm", t("field_algorithm"), algorithms.to_vec(), now, None, || ());
    let by_time = (kind != Some(Kind::Hotp))
        .then(|| field(invalid, Field::Period, Input::Number, t("field_period"), number(period)));
    let counter = account.and_then(|a| a.counter);
    let by_count = matches!(kind, None | Some(Kind::Hotp)).then(|| {
        field(invalid, Field::Counter, Input::Number, t("field_counter"), number(counter))
    });
    let digits = number(account.map(|a| a.digits.into()));
    let digits = field(invalid, Field::Digits, Input::Number, t("field_digits"), digits);
    view! {
        (algorithm)
        (digits)
        (by_time)
        (by_count)
    }
}

fn read_add(model: Signal<Model>, again: bool) -> Msg {
    let origin = model.with_untracked(|m| m.tab.as_ref().and_then(|t| t.origin.clone()));
    let page = origin
        .filter(|_| checked("#link"))
        .map(|origin| shared::protocol::Page { top: origin.clone(), origin });
    let uri = value("#uri").trim().to_owned();
    if !uri.is_empty() {
        return Msg::Added(AddAccount { uri: Some(Secret::new(uri)), manual: None, page, again });
    }
    let kind = kind_named(&value("#kind"));
    match read_manual(kind) {
        Ok(manual) => Msg::Added(AddAccount { uri: None, manual: Some(manual), page, again }),
        Err(invalid) => Msg::Blamed(invalid),
    }
}

fn read_manual(kind: Kind) -> Result<Manual, Invalid> {
    let algorithm = algorithm_named(&value("#algorithm"));
    // What this kind has not is out of sight, and may have been typed before.
    let of = |id, has: bool| if has { value(id) } else { String::new() };
    Ok(Manual {
        kind,
        issuer: value("#issuer").trim().to_owned(),
        label: value("#label").trim().to_owned(),
        secret: Secret::new(value("#secret")),
        algorithm: (kind != Kind::Steam).then_some(algorithm),
        digits: number(Field::Digits, &of("#digits", kind != Kind::Steam))?,
        period: number(Field::Period, &of("#period", kind == Kind::Totp))?,
        counter: number(Field::Counter, &of("#counter", kind == Kind::Hotp))?,
    })
}

fn read_edit(model: Signal<Model>, account: &Account) -> Msg {
    read_changes(account)
        .map(|edit| EditAccount { spares: read_spares(model), ..edit })
        .map_or_else(Msg::Blamed, |edit| Msg::Edited(Box::new(edit)))
}

/// Only what differs: what stays is not said.
fn read_changes(account: &Account) -> Result<EditAccount, Invalid> {
    let list = |id| listed(&value(id));
    let (sites, tags): (Vec<String>, Option<Vec<String>>) =
        (list("#sites"), changed_tags(&value("#tags"), &account.tags));
    let ticked = |(n, site): (usize, &String)| checked(&format!("#send-{n}")).then(|| site.clone());
    let sends: Vec<String> = account.sites.iter().enumerate().filter_map(ticked).collect();
    let secret = value("#secret");
    let text = |id: &str, was: &str| Some(value(id).trim().to_owned()).filter(|now| now != was);
    Ok(EditAccount {
        id: account.id.clone(),
        issuer: text("#issuer", &account.issuer),
        label: text("#label", &account.label),
        sites: Some(sites).filter(|now| *now != account.sites),
        tags,
        note: text("#note", &account.note),
        favourite: Some(checked("#favourite")).filter(|now| *now != account.favourite),
        icon: None,
        spares: None,
        pin: Some(value("#pin")).filter(|pin| !pin.is_empty()).map(Secret::new),
        sends: Some(sends).filter(|now| *now != account.sends),
        secret: Some(secret).filter(|s| !s.is_empty()).map(Secret::new),
        algorithm: Some(algorithm_named(&value("#algorithm")))
            .filter(|now| *now != account.algorithm && has_numbers(account.kind)),
        digits: number(Field::Digits, &value("#digits"))?.filter(|now| *now != account.digits),
        period: number(Field::Period, &value("#period"))?
            .filter(|now| Some(*now) != account.period),
        counter: number(Field::Counter, &value("#counter"))?
            .filter(|now| Some(*now) != account.counter),
    })
}

/// Whether an account of this kind has an algorithm, digits and the like of its own: the other kinds have fixed ones.
fn has_numbers(kind: Kind) -> bool {
    matches!(kind, Kind::Hotp | Kind::Totp)
}

fn listed(text: &str) -> Vec<String> {
    text.split(',').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect()
}

/// The tags as they were typed; `None` if nobody typed there. A tag from elsewhere may have a comma in it, and stays
/// one tag until then.
fn changed_tags(text: &str, was: &[String]) -> Option<Vec<String>> {
    (text.trim() != was.join(", ").trim()).then(|| listed(text)).filter(|now| *now != was)
}

/// Reads a number; nothing typed is no number. What range is right, the host knows.
fn number<N: std::str::FromStr>(field: Field, text: &str) -> Result<Option<N>, Invalid> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Invalid { field, problem: Problem::Character }),
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Hotp => "hotp",
        Kind::Steam => "steam",
        _ => "totp",
    }
}

fn kind_named(name: &str) -> Kind {
    match name {
        "hotp" => Kind::Hotp,
        "steam" => Kind::Steam,
        _ => Kind::Totp,
    }
}

fn algorithm_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Sha1 => "SHA-1",
        Algorithm::Sha256 => "SHA-256",
        Algorithm::Sha512 => "SHA-512",
        Algorithm::Md5 => "MD5",
    }
}

fn algorithm_named(name: &str) -> Algorithm {
    match name {
        "SHA-256" => Algorithm::Sha256,
        "SHA-512" => Algorithm::Sha512,
        _ => Algorithm::Sha1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_or_refused_and_never_repaired() {
        assert_eq!(number::<u32>(Field::Digits, " 8 "), Ok(Some(8)));
        assert_eq!(number::<u32>(Field::Digits, ""), Ok(None));
        for text in ["8x", "-1", "1e3", "99999999999"] {
            let refused = Invalid { field: Field::Digits, problem: Problem::Character };
            assert_eq!(number::<u32>(Field::Digits, text), Err(refused), "{text}");
        }
    }

    #[test]
    fn a_list_is_read_without_its_numbers() {
        for (line, code) in [
            (" 1. abcd-efgh ", "abcd-efgh"),
            ("10) 12345 67890", "12345 67890"),
            ("• 4071-9635", "4071-9635"),
            ("123456.78", "123456.78"),
            ("", ""),
        ] {
            assert_eq!(unnumbered(line), code);
        }
    }

    #[test]
    fn tags_are_sent_only_if_somebody_typed_there() {
        let was = ["work, home".to_owned(), "b".to_owned()];
        for (text, now) in [
            ("work, home, b", None),
            (" work, home, b ", None),
            ("work, home, b, c", Some(&["work", "home", "b", "c"][..])),
            ("", Some(&[])),
        ] {
            let now = now.map(|now| now.iter().map(|tag| (*tag).to_owned()).collect());
            assert_eq!(changed_tags(text, &was), now, "{text}");
        }
        assert_eq!(changed_tags("b,", &was[1..]), None, "the same list");
    }

    #[test]
    fn only_where_an_account_has_numbers_of_its_own_are_they_sent() {
        let kinds = [Kind::Totp, Kind::Hotp, Kind::Steam, Kind::Motp, Kind::Yandex];
        assert_eq!(kinds.map(has_numbers), [true, true, false, false, false]);
    }

    #[test]
    fn names_in_the_form_come_back_as_what_they_were() {
        for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
            assert_eq!(algorithm_named(algorithm_name(algorithm)), algorithm);
        }
        for kind in [Kind::Totp, Kind::Hotp, Kind::Steam] {
            assert_eq!(kind_named(kind_name(kind)), kind);
        }
    }
}
