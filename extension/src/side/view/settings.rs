//! The settings, each applied as soon as it is changed.
//!
//! Never here: what a setting does.

use shared::protocol::{Offers, SetSettings, Settings};
use sycamore::prelude::*;

use super::help::shortcuts;
use super::{alert, head};
use crate::browser;
use crate::browser::page::{checked, value};
use crate::parts::form::{choice, switch};
use crate::parts::{button, part, pick};
use crate::side::model::{Model, Msg, Screen};
use crate::side::send;
use crate::text::{lasting, t};

/// Each language by its own name, by the name of its folder.
const LANGUAGES: [(&str, &str); 17] = [
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt_BR", "Português (Brasil)"),
    ("tr", "Türkçe"),
    ("ru", "Русский"),
    ("uk", "Українська"),
    ("he", "עברית"),
    ("ar", "العربية"),
    ("ko", "한국어"),
    ("ja", "日本語"),
    ("zh_CN", "简体中文"),
    ("zh_TW", "繁體中文"),
];

/// The screen.
pub fn view(model: Signal<Model>) -> View {
    let settings = pick(model, |m| m.settings.clone());
    let appearance = looks();
    let (locking, looks, shortcut) = (t("settings_locking"), t("settings_looks"), t("help"));
    let (head, alert, accounts) = (head(t("settings")), alert(model), t("accounts"));
    let passwords = button("passwords", "item", t("passwords"), || Msg::Show(Screen::Passwords));
    let faulty = pick(model, |m| m.settings.as_ref().is_some_and(|s| s.faulty));
    let faulty = part(move || {
        let faulty = faulty.get().then(|| t("managed_faulty"));
        View::from(faulty.map(|said| view! { p(class="banner") { (said) } }))
    });
    let offers = pick(model, |m| m.offers);
    let lost = part(move || {
        let lost = offers.get().bus_lost.then(|| t("unheard_lost"));
        View::from(lost.map(|said| view! { p(class="banner", id="unheard-lost") { (said) } }))
    });
    let locks = part(move || settings.get_clone().map(|now| locks(&now, offers.get())).into());
    let bring = button("desk-import", "item", t("desk_import"), || Msg::Desk("import".into()));
    let take = button("desk-export", "item", t("desk_export"), || Msg::Desk("export".into()));
    let backups = button("desk-backups", "item", t("desk_backups"), || Msg::Desk("backups".into()));
    // Where another order is fixed, one by hand would show nowhere.
    let by_hand = !browser::page::is_fixed("order") || browser::page::look("order") == "hand";
    let arrange = || button("arrange", "item", t("order_arrange"), || Msg::Show(Screen::Arrange));
    let arrange = View::from(by_hand.then(arrange));
    let several =
        button("several", "item", t("several"), || Msg::Show(Screen::Several(String::new())));
    let trash = button("trash", "item", t("trash"), || Msg::Show(Screen::Trash));
    let keys = shortcuts(model);
    let change = button("change-shortcuts", "item", t("shortcuts_change"), || Msg::ChangeShortcuts);
    let browsers = button("browsers", "item", t("browsers"), || Msg::Show(Screen::Browsers));
    let help = button("help", "item", t("help_all"), || Msg::Show(Screen::Help));
    let about = button("about", "item", t("about"), || Msg::Show(Screen::About));
    let lock = button("lock", "item", t("lock_now"), || Msg::Lock);
    view! {
        main(data-screen="settings") {
            (head)
            div(class="body") {
                (alert)
                (faulty)
                (lost)
                h2 { (locking) }
                section(class="card") { (locks) }
                section(class="card links") {
                    (passwords)
                    (lock)
                }
                h2 { (accounts) }
                section(class="card links") {
                    (bring)
                    (take)
                    (backups)
                    (several)
                    (arrange)
                    (trash)
                }
                h2 { (looks) }
                section(class="card") {
                    (appearance)
                }
                h2 { (shortcut) }
                section(class="card") {
                    dl(class="keys") { (keys) }
                }
                section(class="card links") {
                    (change)
                    (help)
                }
                section(class="card links") {
                    (browsers)
                    (about)
                }
            }
        }
    }
}

/// What only concerns this popup's looks. The first of each is what nobody chose.
fn looks() -> View {
    let languages = LANGUAGES.iter().map(|(tag, name)| (*tag, (*name).to_owned()));
    let own = [("", t("language_system"))].into_iter().chain(languages);
    let theme =
        [("system", t("theme_system")), ("light", t("theme_light")), ("dark", t("theme_dark"))];
    vec![
        look("theme", t("theme"), &theme),
        look(
            "density",
            t("density"),
            &[("roomy", t("density_roomy")), ("compact", t("density_compact"))],
        ),
        look("codes", t("codes"), &[("shown", t("codes_shown")), ("hidden", t("codes_hidden"))]),
        look(
            "order",
            t("order"),
            &[("name", t("order_name")), ("used", t("order_used")), ("hand", t("order_hand"))],
        ),
        look("language", t("language"), &own.collect::<Vec<_>>()),
    ]
    .into()
}

fn look(name: &'static str, label: String, options: &[(&str, String)]) -> View {
    let options = options.iter().map(|(value, text)| ((*value).to_owned(), text.clone())).collect();
    let fixed = browser::page::is_fixed(name).then(|| t("managed"));
    choice(name, label, options, browser::page::look(name), fixed, move || {
        send(Msg::Looked(name, value(&format!("#{name}"))));
    })
}

fn locks(now: &Settings, offers: Offers) -> View {
    let fixed = |name: &str| now.fixed.iter().any(|fixed| fixed == name).then(|| t("managed"));
    let idle = times(&[60, 300, 900, 1_800, 3_600, 14_400], now.idle_s);
    let age = times(&[3_600, 14_400, 43_200, 86_400, 604_800], now.max_age_s);
    let clear = times(&[10, 20, 30, 60, 120], now.clipboard_s);
    let chosen = |id: &str| value(id).parse().ok();
    let set = |change: SetSettings| send(Msg::Set(change));
    let idle =
        choice("idle", t("idle"), idle, now.idle_s.to_string(), fixed("idle_s"), move || {
            set(SetSettings { idle_s: chosen("#idle"), ..SetSettings::default() });
        });
    let age = choice(
        "max-age",
        t("max_age"),
        age,
        now.max_age_s.to_string(),
        fixed("max_age_s"),
        move || {
            set(SetSettings { max_age_s: chosen("#max-age"), ..SetSettings::default() });
        },
    );
    let sleep = switch("on-sleep", t("on_sleep"), now.on_sleep, fixed("on_sleep"), move || {
        set(SetSettings { on_sleep: Some(checked("#on-sleep")), ..SetSettings::default() });
    });
    let screen = switch(
        "on-screen-lock",
        t("on_screen_lock"),
        now.on_screen_lock,
        fixed("on_screen_lock"),
        move || {
            let on = Some(checked("#on-screen-lock"));
            set(SetSettings { on_screen_lock: on, ..SetSettings::default() });
        },
    );
    let clock = switch("on-clock", t("on_clock"), now.on_clock, fixed("on_clock"), move || {
        set(SetSettings { on_clock: Some(checked("#on-clock")), ..SetSettings::default() });
    });
    let (at, why) = (now.clipboard_s.to_string(), fixed("clipboard_s"));
    let clear = choice("clipboard", t("clipboard"), clear, at, why, move || {
        set(SetSettings { clipboard_s: chosen("#clipboard"), ..SetSettings::default() });
    });
    let hint = |id: &'static str, said: Option<String>| {
        View::from(said.map(|said| view! { p(class="hint", id=id) { (said) } }))
    };
    let no_sleep = hint("unheard-sleep", offers.sleep_unheard.then(|| t("unheard_sleep")));
    let no_screen = hint("unheard-screen", offers.screen_unheard.then(|| t("unheard_screen")));
    vec![idle, age, sleep, no_sleep, screen, no_screen, clock, clear].into()
}

/// Choices of a time in seconds, with "never", and with the present one if it is none of the usual.
fn times(usual: &[u32], now: u32) -> Vec<(String, String)> {
    let mut times: Vec<u32> = usual.to_vec();
    if now != 0 && !times.contains(&now) {
        times.push(now);
        times.sort_unstable();
    }
    let never = (String::from("0"), t("never"));
    times.into_iter().map(|s| (s.to_string(), lasting(s))).chain([never]).collect()
}
