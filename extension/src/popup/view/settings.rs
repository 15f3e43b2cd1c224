//! The settings, each applied as soon as it is changed.
//!
//! Never here: what a setting does.

use shared::protocol::{SetSettings, Settings};
use sycamore::prelude::*;

use super::form::{choice, switch};
use super::{alert, button, head, part, pick};
use crate::bridge::Link;
use crate::browser::{self, checked, value};
use crate::popup::model::{Model, Msg, Screen, Theme};
use crate::popup::send;
use crate::text::{t, with};

/// The screen.
pub fn view(model: Signal<Model>) -> View {
    let settings = pick(model, |m| m.settings.clone());
    let theme = model.with_untracked(|m| m.theme);
    let themes = [Theme::System, Theme::Light, Theme::Dark];
    let names = [t("theme_system"), t("theme_light"), t("theme_dark")];
    let themes = themes.map(|t| t.name().to_owned()).into_iter().zip(names).collect();
    let host = model.with_untracked(|m| match &m.link {
        Some(Link::Up { host_version }) => host_version.clone(),
        _ => String::new(),
    });
    let versions = with("versions", &[&browser::version(), &host]);
    let (locking, looks) = (t("settings_locking"), t("settings_looks"));
    let theme = choice("theme", t("theme"), themes, theme.name().into(), || {
        send(Msg::Themed(Theme::from_name(&value("#theme"))));
    });
    let (head, alert) = (head(t("settings")), alert(model));
    let passwords = button("passwords", "item", t("passwords"), || Msg::Show(Screen::Passwords));
    let locks = part(move || settings.get_clone().map(locks).into());
    let trash = button("trash", "item", t("trash"), || Msg::Show(Screen::Trash));
    let help = button("help", "item", t("help"), || Msg::Show(Screen::Help));
    let lock = button("lock", "item", t("lock_now"), || Msg::Lock);
    view! {
        main(data-screen="settings") {
            (head)
            div(class="body") {
                (alert)
                h2 { (locking) }
                section(class="card") { (locks) }
                h2 { (looks) }
                section(class="card") {
                    (theme)
                }
                section(class="card links") {
                    (passwords)
                    (trash)
                    (help)
                    (lock)
                }
                p(class="hint versions") { (versions) }
            }
        }
    }
}

fn locks(now: Settings) -> View {
    let minutes = |m: u32| with("minutes", &[&m.to_string()]);
    let hours = |h: u32| with("hours", &[&h.to_string()]);
    let seconds = |s: u32| with("seconds", &[&s.to_string()]);
    let idle = [60, 300, 900, 1_800, 3_600, 14_400];
    let idle =
        times(&idle, now.idle_s, &|s| if s < 3_600 { minutes(s / 60) } else { hours(s / 3_600) });
    let age = [3_600, 14_400, 43_200, 86_400, 604_800];
    let age =
        times(&age, now.max_age_s, &|s| if s < 3_600 { minutes(s / 60) } else { hours(s / 3_600) });
    let clear = times(&[10, 20, 30, 60, 120], now.clipboard_s, &seconds);
    let chosen = |id: &str| value(id).parse().ok();
    let set = |change: SetSettings| send(Msg::Set(change));
    let idle = choice("idle", t("idle"), idle, now.idle_s.to_string(), move || {
        set(SetSettings { idle_s: chosen("#idle"), ..SetSettings::default() });
    });
    let age = choice("max-age", t("max_age"), age, now.max_age_s.to_string(), move || {
        set(SetSettings { max_age_s: chosen("#max-age"), ..SetSettings::default() });
    });
    let sleep = switch("on-sleep", t("on_sleep"), now.on_sleep, move || {
        set(SetSettings { on_sleep: Some(checked("#on-sleep")), ..SetSettings::default() });
    });
    let screen = switch("on-screen-lock", t("on_screen_lock"), now.on_screen_lock, move || {
        let on = Some(checked("#on-screen-lock"));
        set(SetSettings { on_screen_lock: on, ..SetSettings::default() });
    });
    let clock = switch("on-clock", t("on_clock"), now.on_clock, move || {
        set(SetSettings { on_clock: Some(checked("#on-clock")), ..SetSettings::default() });
    });
    let clear =
        choice("clipboard", t("clipboard"), clear, now.clipboard_s.to_string(), move || {
            set(SetSettings { clipboard_s: chosen("#clipboard"), ..SetSettings::default() });
        });
    vec![idle, age, sleep, screen, clock, clear].into()
}

/// Choices of a time in seconds, with "never", and with the present one if it is none of the usual.
fn times(usual: &[u32], now: u32, name: &dyn Fn(u32) -> String) -> Vec<(String, String)> {
    let mut times: Vec<u32> = usual.to_vec();
    if now != 0 && !times.contains(&now) {
        times.push(now);
        times.sort_unstable();
    }
    let never = (String::from("0"), t("never"));
    times.into_iter().map(|s| (s.to_string(), name(s))).chain([never]).collect()
}
