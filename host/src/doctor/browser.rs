//! Step two: each browser on this machine, and whether it would find this program.
//!
//! Never here: starting anything.

use std::fs;

use serde_json::Value;
use shared::protocol::HOST_NAME;

use crate::doctor::{Check, Health};
use crate::install::browsers::{Browser, Family};
use crate::install::manifest::ManifestFault;
use crate::install::places::{Places, System};
use crate::install::{self, Spot, sandbox};

/// Nothing if the browser is not here; otherwise the first step that fails, or that none does.
pub(super) fn examine(browser: &'static Browser, places: &Places) -> Vec<Check> {
    let mut checks = Vec::new();
    let sandboxes = sandbox::of(browser, places);
    let usable = sandboxes.iter().any(|sandbox| sandbox.can_start);
    if install::is_found(browser, places) || usable {
        checks.push(policy(browser, places).unwrap_or_else(|| manifests(browser, places)));
    }
    for sandbox in sandboxes {
        let verdict =
            if sandbox.can_start || !checks.is_empty() { Health::Unknown } else { Health::Bad };
        let finding = format!("{} is here from {} ({})", browser.title, sandbox.kind, sandbox.id);
        let remedy = Some(sandbox.advice(browser.title));
        checks.push(Check { remedy, ..Check::new("sandbox", verdict, finding) });
    }
    for check in &mut checks {
        check.browser = Some(browser.name);
    }
    checks
}

/// The user's manifests come before the machine's; all of those that a browser may read must be right.
fn manifests(browser: &'static Browser, places: &Places) -> Check {
    let title = browser.title;
    let remedy = format!("countersign install --browser {}", browser.name);
    let judge = |system: bool| -> Vec<(Spot, Result<(), ManifestFault>)> {
        let spots = install::spots(browser, places, system);
        let judged = spots.into_iter().map(|spot| {
            let verdict = install::check(&spot, browser.family, places);
            (spot, verdict)
        });
        judged.collect()
    };
    let (user, system) = (judge(false), judge(true));
    let is_missing = |fault: &ManifestFault| matches!(fault, ManifestFault::Missing);
    for (spot, verdict) in &user {
        match verdict {
            Err(fault) if !is_missing(fault) => {
                let finding = format!("{title}: the manifest {fault} ({spot})");
                return Check::bad("manifest", finding, remedy);
            }
            _ => {}
        }
    }
    // A folder that the browser does not read may lack it, the first one may not.
    if let Some((spot, Ok(()))) = user.first() {
        return Check::good("manifest", format!("{title}: {spot}"));
    }
    for (spot, verdict) in &system {
        match verdict {
            Ok(()) => return Check::good("manifest", format!("{title}: {spot}")),
            Err(fault) if !is_missing(fault) => {
                let finding = format!("{title}: the manifest {fault} ({spot})");
                return Check::bad("manifest", finding, format!("{remedy} --system"));
            }
            Err(_) => {}
        }
    }
    let Some((spot, _)) = user.first() else {
        return Check::unknown("manifest", format!("{title}: it is not known where it looks"));
    };
    Check::bad("manifest", format!("{title}: the manifest is missing ({spot})"), remedy)
}

/// An administrator may forbid native hosts; the browser then says just that there is none.
fn policy(browser: &'static Browser, places: &Places) -> Option<Check> {
    if places.system != System::Linux || browser.family != Family::Chromium {
        return None;
    }
    for folder in browser.spots(places.system).system {
        let top = folder.strip_suffix("/native-messaging-hosts")?;
        let managed = fs::read_dir(places.resolve(&format!("{top}/policies/managed"))).ok();
        for file in managed.into_iter().flatten().flatten() {
            let path = file.path();
            let Ok(text) = fs::read(&path) else { continue };
            let Ok(rules) = serde_json::from_slice::<Value>(&text) else { continue };
            let title = browser.title;
            if forbids(&rules) {
                let finding = format!(
                    "{title}: the policy `NativeMessagingBlocklist` in {} forbids it",
                    path.display()
                );
                let remedy = format!("ask the administrator of this machine to allow {HOST_NAME}");
                return Some(Check::bad("policy", finding, remedy));
            }
            let for_all = || {
                let spots = install::spots(browser, places, true);
                spots.iter().any(|spot| install::check(spot, browser.family, places).is_ok())
            };
            if rules["NativeMessagingUserLevelHosts"] == false && !for_all() {
                let finding = format!(
                    "{title}: the policy `NativeMessagingUserLevelHosts` in {} has it look for hosts \
                     of all users only",
                    path.display()
                );
                let remedy = format!("countersign install --system --browser {}", browser.name);
                return Some(Check::bad("policy", finding, remedy));
            }
        }
    }
    None
}

fn forbids(rules: &Value) -> bool {
    let holds = |list: &str, wanted: &str| {
        rules[list].as_array().is_some_and(|list| list.iter().any(|entry| entry == wanted))
    };
    !holds("NativeMessagingAllowlist", HOST_NAME)
        && (holds("NativeMessagingBlocklist", "*") || holds("NativeMessagingBlocklist", HOST_NAME))
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, remove_dir_all, remove_file, write};

    use serde_json::json;

    use super::*;
    use crate::install::Scope;
    use crate::install::places::places_in;

    fn chromium(places: &Places) -> Vec<(Health, String)> {
        let checks = examine(Browser::named("chromium").unwrap(), places);
        checks.into_iter().map(|check| (check.health, check.finding)).collect()
    }

    #[test]
    fn the_first_step_that_fails_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let places = places_in(folder.path(), System::Linux);
        assert_eq!(chromium(&places), []);
        create_dir_all(places.resolve("$config/chromium/Default")).unwrap();
        assert!(chromium(&places)[0].1.starts_with("Chromium: the manifest is missing ("));
        install::install(&places, &Scope::default());
        assert_eq!(chromium(&places)[0].0, Health::Good);

        let manifest =
            places.resolve("$config/chromium/NativeMessagingHosts/org.countersign.host.json");
        write(&manifest, "{").unwrap();
        assert!(chromium(&places)[0].1.starts_with("Chromium: the manifest is not valid JSON"));
        remove_file(&manifest).unwrap();
        install::install(&places, &Scope { system: true, ..Scope::default() });
        assert_eq!(chromium(&places)[0].0, Health::Good);

        create_dir_all(places.resolve("/etc/chromium/policies/managed")).unwrap();
        let rules = places.resolve("/etc/chromium/policies/managed/a.json");
        write(&rules, json!({ "NativeMessagingBlocklist": ["*"] }).to_string()).unwrap();
        assert!(chromium(&places)[0].1.contains("`NativeMessagingBlocklist`"));

        write(&rules, json!({ "NativeMessagingUserLevelHosts": false }).to_string()).unwrap();
        assert_eq!(chromium(&places)[0].0, Health::Good);
        remove_dir_all(places.resolve("/etc/chromium/native-messaging-hosts")).unwrap();
        install::install(&places, &Scope::default());
        assert!(chromium(&places)[0].1.contains("`NativeMessagingUserLevelHosts`"));
    }

    #[test]
    fn a_browser_that_is_only_in_a_sandbox_is_a_failure_with_advice() {
        let folder = tempfile::tempdir().unwrap();
        let places = places_in(folder.path(), System::Linux);
        create_dir_all(places.resolve("/var/lib/flatpak/app/org.chromium.Chromium")).unwrap();
        let checks = examine(Browser::named("chromium").unwrap(), &places);
        assert_eq!((checks.len(), checks[0].health), (1, Health::Bad));
        assert_eq!(checks[0].browser, Some("chromium"));
        assert!(checks[0].remedy.as_deref().unwrap().contains("as a package"));
    }

    #[test]
    fn a_policy_that_allows_us_is_no_obstacle() {
        let block = json!({ "NativeMessagingBlocklist": ["*"] });
        assert!(forbids(&block));
        let mut both = block;
        both["NativeMessagingAllowlist"] = json!([HOST_NAME]);
        assert!(!forbids(&both));
        assert!(!forbids(&json!({ "NativeMessagingBlocklist": ["org.else"] })));
    }
}
