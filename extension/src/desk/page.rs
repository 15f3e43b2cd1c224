//! How the desk looks: made of the model, anew where something else is to be seen, so that what was typed stays
//! while only an alert comes or goes.
//!
//! Texts become text nodes and never markup.
//!
//! Never here: what follows from a press.

use shared::Secret;
use shared::protocol::ExportFormat;
use shared::protocol::desk::{Backups, Choice};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, Event};

use super::elements::{button, el, field, form, hint, select, svg, title};
use super::model::{Errand, Model, Msg, Screen, brings, news};
use super::report::{done, import_these, preview};
use super::send;
use crate::browser;
use crate::browser::page::{checked, value};
use crate::text::{counted, t, with};
use crate::words;

/// One choice for all accounts that are at odds with the vault.
const ALL: &str = "#choice-all";

/// Everything on the desk that is pressed or sent says so here.
pub fn listen() {
    browser::page::listen("click", |event| {
        let Some(pressed) = closest(&event, "[data-do]") else { return };
        let what = pressed.get_attribute("data-do").unwrap_or_default();
        match what.as_str() {
            "import" | "export" | "backups" => send(Msg::Show(Errand::from_name(&what))),
            "cancel" => send(Msg::Cancel),
            "take-in" => send(Msg::TakeIn(checked("#deleted"))),
            "back-up" => send(Msg::BackUp),
            "remove-picture" => send(Msg::RemovePicture),
            "screen" => send(Msg::Screen),
            _ => {}
        }
    });
    browser::page::listen("keydown", |event| {
        if event.dyn_ref::<web_sys::KeyboardEvent>().is_some_and(browser::page::is_held) {
            event.prevent_default();
        }
    });
    browser::page::listen("submit", |event| {
        event.prevent_default();
        let Some(form) = closest(&event, "form") else { return };
        let secret = |selector: &str| Secret::new(value(selector));
        send(match form.id().as_str() {
            "unlock" => Msg::Unlock(secret("#password")),
            "read" => Msg::Read(secret("#password")),
            "open-backup" => Msg::OpenBackup(secret("#password")),
            "recreate" => {
                Msg::Recreate(secret("#password"), secret("#new-password"), secret("#again"))
            }
            "show-qr" => Msg::Qr(secret("#master")),
            "set-backups" => Msg::SetBackups(
                secret("#master"),
                value("#folder"),
                secret("#new-password"),
                secret("#again"),
            ),
            _ => {
                let format = format_of(&value("#format"));
                let seals = format.can_be_sealed() && !value("#file-password").is_empty();
                let own = seals.then(|| (secret("#file-password"), secret("#file-again")));
                Msg::Export(secret("#master"), format, own)
            }
        });
    });
    browser::page::listen("change", |event| {
        if let Some(choice) = closest(&event, "[id^=choice-]") {
            chose(&choice.id());
        }
        // Formats without a password of their own don't ask for one.
        if let Some(format) = closest(&event, "#format")
            && let Some(own) = browser::page::element("#own")
        {
            let chosen = format_of(&value(&format!("#{}", format.id())));
            let _ = if chosen.can_be_sealed() {
                own.remove_attribute("hidden")
            } else {
                own.set_attribute("hidden", "")
            };
        }
    });
}

fn closest(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}

/// Something was chosen for one of the accounts that are at odds with the vault, or for all of them; those that are
/// too many to be named here are among all.
fn chose(id: &str) {
    let choices: Vec<String> = (0..)
        .map(|n| format!("#choice-{n}"))
        .take_while(|choice| browser::page::element(choice).is_some())
        .collect();
    let for_all = Some(value(ALL)).filter(|all| id == &ALL[1..] && !all.is_empty());
    match &for_all {
        Some(all) => choices.iter().for_each(|choice| browser::page::set_value(choice, all)),
        None => browser::page::set_value(ALL, ""),
    }
    let choice = |name: &str| match name {
        "keep" => Choice::Keep,
        "replace" => Choice::Replace,
        _ => Choice::Both,
    };
    send(match for_all {
        Some(all) => Msg::ChosenForAll(choice(&all)),
        None => Msg::Chosen(choices.iter().map(|at| choice(&value(at))).collect()),
    });
}

/// Shows the model.
pub fn show(model: &mut Model) {
    let Some(desk) = browser::page::element("#desk") else { return };
    let stage = format!("{:?}-{:?}-{}", model.screen, model.errand, model.drawn);
    if desk.get_attribute("data-stage").as_deref() != Some(&stage) {
        let _ = desk.set_attribute("data-stage", &stage);
        desk.set_text_content(None);
        let main = screen(model);
        let _ = desk.append_child(&main);
    }
    say("#alert", "", model.alert.as_deref().unwrap_or_default());
    let news = news(model).map(|exported| {
        let count = with("desk_exported", &[&exported.count.to_string()]);
        format!("{count}\n{}", words::isolated(&exported.file))
    });
    say("#news", "banner news", &news.unwrap_or_default());
    if let (Errand::Import, Some(report)) = (model.errand, &model.report)
        && let Some(button) = browser::page::element("[data-do=take-in]")
    {
        button.set_text_content(Some(&import_these(brings(report, &model.choices))));
    }
    if let Some(main) = browser::page::element("main") {
        let _ = main.set_attribute("aria-busy", if model.busy { "true" } else { "false" });
    }
}

/// A text in a place that is read aloud when it changes.
fn say(place: &str, class: &str, text: &str) {
    if let Some(place) = browser::page::element(place)
        && place.text_content().unwrap_or_default() != text
    {
        place.set_text_content(None);
        if !text.is_empty() {
            let _ = place.append_child(&el("p", &[("class", class)], text, vec![]));
        }
    }
}

fn screen(model: &Model) -> Element {
    let news = el("div", &[("id", "news"), ("role", "status")], "", vec![]);
    let alert = el("div", &[("id", "alert"), ("class", "alert"), ("role", "alert")], "", vec![]);
    let (name, mut parts) = match model.screen {
        Screen::Loading => ("loading", vec![hint(&t("loading"))]),
        Screen::Trouble => ("trouble", vec![hint(&t("desk_trouble"))]),
        Screen::Locked => ("locked", locked()),
        Screen::Fresh => ("fresh", fresh(model)),
        Screen::Open => match model.errand {
            Errand::Import => ("import", import(model)),
            Errand::Export => ("export", export(model)),
            Errand::Backups => ("backups", backups(model)),
            Errand::Picture => ("picture", picture(model)),
            Errand::Qr => ("qr", qr(model)),
        },
    };
    let mut inside = vec![el(
        "header",
        &[("class", "head")],
        "",
        vec![el("h1", &[("tabindex", "-1")], &t("desk"), vec![])],
    )];
    if model.screen == Screen::Open {
        inside.push(errands(model.errand));
    }
    parts.splice(0..0, [news, alert]);
    inside.push(el("div", &[("class", "body")], "", parts));
    el("main", &[("data-screen", name)], "", inside)
}

fn errands(now: Errand) -> Element {
    let tabs = [
        (Errand::Import, t("desk_import")),
        (Errand::Export, t("desk_export")),
        (Errand::Backups, t("desk_backups")),
    ];
    let tabs = tabs.map(|(errand, text)| {
        let current = if errand == now { "page" } else { "false" };
        let attributes =
            [("type", "button"), ("data-do", errand.name()), ("aria-current", current)];
        el("button", &attributes, &text, vec![])
    });
    el("nav", &[("class", "errands")], "", tabs.into())
}

/// Where files are picked or dropped.
fn picker(model: &Model, text: &str, many: bool) -> Element {
    let mut attributes = vec![("id", "file"), ("type", "file")];
    if many {
        attributes.push(("multiple", ""));
    }
    let mut inside = vec![el("input", &attributes, "", vec![]), el("span", &[], text, vec![])];
    if !model.files.is_empty() {
        inside.push(el("strong", &[("id", "files")], &model.files.join(", "), vec![]));
    }
    el("label", &[("class", "drop"), ("for", "file")], "", inside)
}

fn locked() -> Vec<Element> {
    let password = field("password", &t("master_password"), "password", "current-password");
    vec![hint(&t("desk_locked")), form("unlock", vec![password], &t("unlock"))]
}

fn fresh(model: &Model) -> Vec<Element> {
    let parts = vec![
        field("password", &t("backups_password"), "password", "off"),
        field("new-password", &t("desk_new_master"), "password", "new-password"),
        field("again", &t("password_again"), "password", "new-password"),
        hint(&t("create_no_way_back")),
    ];
    vec![
        title(&t("i_have_a_backup")),
        hint(&t("desk_fresh")),
        picker(model, &t("desk_drop_backup"), false),
        form("recreate", parts, &t("desk_restore")),
    ]
}

fn import(model: &Model) -> Vec<Element> {
    match &model.report {
        Some(report) if model.done => done(report, button("import", "plain", &t("desk_more"))),
        Some(report) => preview(report, &import_these(brings(report, &model.choices))),
        None => {
            let mut parts =
                vec![hint(&t("desk_import_hint")), picker(model, &t("desk_drop"), true)];
            if model.offers.screen && !model.busy {
                parts.push(button("screen", "plain", &t("screen_read")));
            }
            if model.asks_password {
                let password = field("password", &t("desk_file_password"), "password", "off");
                let mut inside = vec![password];
                if model.files.iter().any(|name| name.to_lowercase().ends_with(".kdbx")) {
                    inside.push(field("key-file", &t("desk_key_file"), "file", "off"));
                }
                parts.push(form("read", inside, &t("desk_open")));
            }
            if !model.files.is_empty() {
                parts.extend(reading(model));
            }
            parts
        }
    }
}

/// What is said while files are read, and the way out.
fn reading(model: &Model) -> [Element; 3] {
    let waits = [("class", "hint busy"), ("role", "status")];
    let text = if model.shoots { t("screen_waits") } else { t("desk_reading") };
    [
        el("p", &waits, &text, vec![]),
        el("progress", &[("class", "busy")], "", vec![]),
        button("cancel", "plain", &t("cancel")),
    ]
}

fn format_of(name: &str) -> ExportFormat {
    match name {
        "aegis" => ExportFormat::Aegis,
        "html" => ExportFormat::Html,
        "otpauth" => ExportFormat::Otpauth,
        _ => ExportFormat::Json,
    }
}

fn export(model: &Model) -> Vec<Element> {
    if let Some(exported) = &model.exported {
        let said = with("desk_exported", &[&exported.count.to_string()]);
        let mut parts = vec![
            el("h2", &[("id", "report"), ("tabindex", "-1")], &said, vec![]),
            el("p", &[("class", "card path"), ("id", "path")], &exported.file, vec![]),
        ];
        let warning = if exported.encrypted { t("desk_encrypted") } else { t("desk_readable") };
        parts.push(el("p", &[("class", "banner")], &warning, vec![]));
        for name in &exported.left_out {
            parts.push(hint(&with("desk_no_form", &[name])));
        }
        for name in &exported.without_qr {
            parts.push(hint(&with("desk_no_qr", &[name])));
        }
        parts.push(button("export", "plain", &t("desk_more_export")));
        return parts;
    }
    let formats = [
        ("json", t("format_json")),
        ("aegis", t("format_aegis")),
        ("otpauth", t("format_otpauth")),
        ("html", t("format_html")),
    ];
    let own = vec![
        field("file-password", &t("desk_own_password"), "password", "new-password"),
        field("file-again", &t("password_again"), "password", "new-password"),
        hint(&t("desk_own_hint")),
    ];
    let parts = vec![
        select("format", &t("desk_format"), &formats),
        el("div", &[("id", "own")], "", own),
        field("master", &t("master_password"), "password", "current-password"),
    ];
    let what = match model.chosen.len() {
        0 => t("desk_export_hint"),
        n => with("desk_export_chosen", &[&n.to_string()]),
    };
    vec![hint(&what), form("export-form", parts, &t("desk_export_go"))]
}

/// A picture of one's own for an account.
fn picture(model: &Model) -> Vec<Element> {
    let mut parts = vec![title(&t("picture"))];
    if !model.picture.is_empty() {
        let src = format!("data:image/png;base64,{}", model.picture);
        parts.push(el("img", &[("id", "own"), ("src", &src), ("alt", &t("picture"))], "", vec![]));
    }
    if model.done {
        parts.push(el("p", &[("class", "hint"), ("role", "status")], &t("saved"), vec![]));
    }
    parts.extend([hint(&t("picture_hint")), picker(model, &t("picture_drop"), false)]);
    if !model.picture.is_empty() {
        parts.push(button("remove-picture", "plain danger", &t("picture_remove")));
    }
    parts
}

/// One account for another authenticator's camera.
fn qr(model: &Model) -> Vec<Element> {
    let Some(qr) = &model.qr else {
        let master = field("master", &t("master_password"), "password", "current-password");
        return vec![hint(&t("qr_hint")), form("show-qr", vec![master], &t("qr_show"))];
    };
    let mut parts =
        vec![el("h2", &[("id", "report"), ("tabindex", "-1"), ("dir", "auto")], &qr.name, vec![])];
    let whole = format!("0 0 {0} {0}", qr.size);
    let attributes =
        [("viewBox", &*whole), ("role", "img"), ("aria-label", &qr.name), ("class", "qr")];
    parts.extend(svg("svg", &attributes, svg("path", &[("d", &qr.path)], None)));
    parts.push(el("p", &[("class", "banner")], &t("qr_warning"), vec![]));
    parts
}

fn backups(model: &Model) -> Vec<Element> {
    if let Some(report) = &model.report {
        return if model.done {
            done(report, button("backups", "plain", &t("back")))
        } else {
            preview(report, &t("desk_restore"))
        };
    }
    let Some(now) = &model.backups else { return vec![hint(&t("loading"))] };
    let mut parts = vec![hint(&t("desk_backups_hint"))];
    parts.extend(state(now));
    if now.has_password && !now.folder.is_empty() {
        parts.push(button("back-up", "primary", &t("desk_back_up")));
    }
    let (heading, about) = if now.has_password {
        (t("desk_change_backups"), t("desk_backups_password_hint"))
    } else {
        (t("desk_set_up"), t("desk_backups_first_hint"))
    };
    let folder = field("folder", &t("desk_folder"), "text", "off");
    if let Ok(Some(input)) = folder.query_selector("input") {
        let _ = input.set_attribute("value", &now.folder);
        let _ = input.set_attribute("placeholder", &t("desk_folder_example"));
    }
    let set = vec![
        folder,
        field("new-password", &t("backups_password"), "password", "new-password"),
        field("again", &t("password_again"), "password", "new-password"),
        hint(&about),
        field("master", &t("master_password"), "password", "current-password"),
    ];
    let set = form("set-backups", set, &t("save"));
    if now.has_password {
        parts.push(el("details", &[], "", vec![el("summary", &[], &heading, vec![]), set]));
    } else {
        parts.extend([title(&heading), set]);
    }
    let restore = vec![
        hint(&t("desk_restore_hint")),
        picker(model, &t("desk_drop_backup"), false),
        form(
            "open-backup",
            vec![field("password", &t("backups_password"), "password", "off")],
            &t("desk_open"),
        ),
    ];
    let mut restore_parts = vec![el("summary", &[], &t("desk_restore_title"), vec![])];
    restore_parts.extend(restore);
    if !model.files.is_empty() {
        restore_parts.extend(reading(model));
    }
    let opens = [("open", "")];
    let attributes = if now.remind || !model.files.is_empty() { &opens[..] } else { &opens[..0] };
    parts.push(el("details", attributes, "", restore_parts));
    parts
}

/// How things stand, in words.
fn state(now: &Backups) -> Vec<Element> {
    let date = |seconds: u64| browser::language::date(i64::try_from(seconds).unwrap_or(i64::MAX));
    let mut lines = Vec::new();
    if !now.folder.is_empty() {
        let count = u32::try_from(now.count).unwrap_or(u32::MAX);
        lines.push(counted("backups_in", count, &[&now.folder]));
    }
    if let Some(newest) = now.newest {
        lines.push(with("backups_newest", &[&date(newest)]));
    }
    if let Some(proven) = now.proven_at {
        lines.push(with("backups_proven", &[&date(proven)]));
    }
    let mut parts = Vec::new();
    if !lines.is_empty() {
        let lines = lines.iter().map(|line| el("li", &[], line, vec![])).collect();
        parts.push(el("ul", &[("class", "card counts"), ("id", "state")], "", lines));
    }
    if let Some(failed) = now.failed_at {
        let text = with("backups_failed", &[&date(failed)]);
        parts.push(el("p", &[("class", "banner")], &text, vec![]));
    }
    if now.remind {
        parts.push(el("p", &[("class", "banner")], &t("backups_remind"), vec![]));
    }
    parts
}
