//! The settings, each applied as soon as it is changed.
//!
//! Never here: what a setting does.

use shared::Secret;
use shared::protocol::{ChangePassword, SetSettings, Settings};
use sycamore::prelude::*;

use super::form::{choice, form, password, submit, switch};
use super::password::{meter, weigh};
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
    let (locking, looks, master) =
        (t("settings_locking"), t("settings_looks"), t("master_password"));
    let theme = choice("theme", t("theme"), themes, theme.name().into(), || {
        send(Msg::Themed(Theme::from_name(&value("#theme"))));
    });
    let (head, alert, change) = (head(t("settings")), alert(model), change(model));
    let locks = part(move || settings.get_clone().map(locks).into());
    let bring = button("desk-import", "item", t("desk_import"), || Msg::Desk("import"));
    let take = button("desk-export", "item", t("desk_export"), || Msg::Desk("export"));
    let backups = button("desk-backups", "item", t("desk_backups"), || Msg::Desk("backups"));
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
                h2 { (master) }
                section(class="card") { (change) }
                section(class="card links") {
                    (bring)
                    (take)
                    (backups)
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
    let clear =
        choice("clipboard", t("clipboard"), clear, now.clipboard_s.to_string(), move || {
            set(SetSettings { clipboard_s: chosen("#clipboard"), ..SetSettings::default() });
        });
    vec![idle, age, sleep, screen, clear].into()
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

fn change(model: Signal<Model>) -> View {
    let (title, rotate) = (t("change_password"), t("rotate"));
    let rotate = switch("rotate", rotate, false, || ());
    let parts = vec![
        password("old-password", t("present_password"), "current-password", || ()),
        password("password", t("new_password"), "new-password", weigh),
        meter(model),
        password("password-again", t("password_again"), "new-password", || ()),
        rotate,
        submit(model, t("change_password")),
    ];
    let inside = parts.into();
    let sent = || {
        let change = ChangePassword {
            old: Secret::new(value("#old-password")),
            new: Secret::new(value("#password")),
            rotate: checked("#rotate"),
        };
        Some(Msg::PasswordChanged(change, Secret::new(value("#password-again"))))
    };
    let form = form(sent, inside);
    view! { details { summary { (title) } (form) } }
}
