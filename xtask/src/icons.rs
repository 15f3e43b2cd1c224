//! `icons`: the style sheet that draws the services' pictures, made from `extension/services.txt` and the
//! package simple-icons (CC0 1.0). What it makes lies in the repository, so that building needs no network.
//!
//! A row says who issued its account (`data-service`, small letters and digits only). The sheet gives a row
//! that it knows a picture and colours; the rest keep their monogram. No script runs, and nothing waits: the
//! popup asks for the sheet after its first paint.
//!
//! Never here: a mark that its owner wants out of such collections (simple-icons has taken them out), and a
//! picture by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::tools;
use crate::workspace::Workspace;

/// Names that services go by and that the package does not know.
const ALSO: &[(&str, &str)] = &[
    ("battlenet", "battledotnet"),
    ("gog", "gogdotcom"),
    ("googlemail", "gmail"),
    ("huggingfaceco", "huggingface"),
    ("npmjs", "npm"),
    ("ovhcloud", "ovh"),
    ("steamguard", "steam"),
    ("steampowered", "steam"),
    ("tutanota", "tuta"),
    ("twitterx", "x"),
    ("twitter", "x"),
    ("vkontakte", "vk"),
];
/// Ends that a name may have, where it is too short to be looked for as a beginning.
const ENDS: &[&str] = &["", "app", "com", "io", "me", "net", "org"];
/// Shorter names begin other words.
const LONG: usize = 6;

/// One service's picture.
struct Service {
    path: String,
    tile: String,
    ink: &'static str,
    names: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let package = tools::npm(workspace, tools::ICONS.0, tools::ICONS.1)?;
    let list = fs::read_to_string(workspace.root.join("extension/services.txt"))?;
    let known: Vec<Value> =
        serde_json::from_str(&fs::read_to_string(package.join("data/simple-icons.json"))?)?;
    let known: BTreeMap<&str, &Value> =
        known.iter().filter_map(|one| Some((one["slug"].as_str()?, one))).collect();
    let mut services = Vec::new();
    for slug in list.lines() {
        let about = known.get(slug).with_context(|| format!("the package has no `{slug}`"))?;
        let picture = fs::read_to_string(package.join("icons").join(format!("{slug}.svg")))?;
        services.push(service(slug, about, &picture)?);
    }
    // A longer name says more: "googlecloud" is looked at after "google", and wins.
    services.sort_by_key(|service| service.names.iter().map(String::len).min());
    let count = services.len();
    let path = workspace.root.join("extension/static/icons/services.css");
    fs::write(&path, sheet(&services)?)?;
    println!("{}: {count} services, {} bytes", path.display(), fs::metadata(&path)?.len());
    Ok(())
}

fn service(slug: &str, about: &Value, picture: &str) -> Result<Service> {
    let path = picture.split(" d=\"").nth(1).and_then(|rest| rest.split('"').next());
    let path = path.with_context(|| format!("`{slug}` has no path"))?;
    if picture.matches("<path").count() != 1 || path.contains(['\\', '\'']) {
        bail!("`{slug}` is drawn in another way than the others");
    }
    let hex = about["hex"].as_str().context("a service without a colour")?;
    let mut names = vec![plain(slug)];
    names.extend(about["title"].as_str().map(plain));
    let aka = about["aliases"]["aka"].as_array().into_iter().flatten();
    names.extend(aka.filter_map(Value::as_str).map(plain));
    names.extend(ALSO.iter().filter(|(_, of)| *of == slug).map(|(name, _)| (*name).to_owned()));
    names.retain(|name| !name.is_empty());
    names.sort();
    names.dedup();
    Ok(Service { path: path.into(), tile: hex.to_lowercase(), ink: ink(hex)?, names })
}

/// The name as a row says it.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// White, or black where white would not be seen: a contrast below 2.4 by WCAG's formula.
fn ink(hex: &str) -> Result<&'static str> {
    let mut luminance = 0.0;
    for (at, weight) in [(0, 0.2126), (2, 0.7152), (4, 0.0722)] {
        let part = hex.get(at..at + 2).context("a colour of other than six digits")?;
        let part = f64::from(u8::from_str_radix(part, 16)?) / 255.0;
        let linear =
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
        luminance += weight * linear;
    }
    Ok(if 1.05 / (luminance + 0.05) < 2.4 { "000" } else { "fff" })
}

fn sheet(services: &[Service]) -> Result<String> {
    let mut sheet = String::from(
        "/* Made by `cargo xtask icons` out of simple-icons (CC0 1.0). The marks belong to their owners and\n \
         * stand here only to name them. */\n",
    );
    for service in services {
        let mut selectors = Vec::new();
        for name in &service.names {
            if name.len() < LONG {
                selectors.extend(ENDS.iter().map(|end| format!("[data-service=\"{name}{end}\"]")));
            } else {
                selectors.push(format!("[data-service^=\"{name}\"]"));
            }
        }
        let Service { path, tile, ink, .. } = service;
        writeln!(
            sheet,
            "{}{{--tile:#{tile};--ink:#{ink};--letter:transparent;--d:path(\"{path}\")}}",
            selectors.join(",")
        )?;
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_a_row_says() {
        assert_eq!(plain("Battle.net"), "battlenet");
        assert_eq!(plain("GOG.com"), "gogcom");
    }

    #[test]
    fn ink_is_seen_on_its_tile() {
        assert_eq!(ink("FFFC00").unwrap(), "000");
        assert_eq!(ink("181717").unwrap(), "fff");
        assert!(ink("18").is_err());
    }

    #[test]
    fn a_short_name_is_no_beginning_of_another() {
        let picture = "<svg><path d=\"M0 0\"/></svg>";
        let about = serde_json::json!({"title": "X", "hex": "000000"});
        let sheet = sheet(&[service("x", &about, picture).unwrap()]).unwrap();
        assert!(sheet.contains("[data-service=\"xcom\"]") && !sheet.contains("^=\"x"), "{sheet}");
    }
}
