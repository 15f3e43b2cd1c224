//! `dist`: the extension, built and packed for each browser.
//!
//! extension ─cargo→ module ─bindgen→ module + JavaScript ─wasm-opt→ smaller ─┐
//! `manifests/extension.json` + overlay ──────────────────────────────────────┼→ `dist/BROWSER`, `.zip`
//! `extension/static` ────────────────────────────────────────────────────────┘
//!
//! Never here: anything about the host.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value};
use wasm_bindgen_cli_support::Bindgen;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::tools;
use crate::workspace::Workspace;

/// Features of the extension's crate, each linked into a module of its own, with what that may weigh gzipped.
const MODULES: [(&str, usize); 4] =
    [("background", 120_000), ("desk", 120_000), ("popup", 120_000), ("side", 150_000)];

/// The browsers that have a package; each has an overlay in `manifests`.
pub(crate) const BROWSERS: [&str; 2] = ["chromium", "firefox"];

/// `dist [--version V]`. Chromium keeps service workers by id and version, so whoever loads many
/// builds into one profile needs many versions.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    match args {
        [] => build(workspace, &workspace.version),
        [option, version] if option == "--version" => build(workspace, version),
        _ => bail!("usage: cargo xtask dist [--version V]"),
    }
}

/// Builds `dist/chromium` and `dist/firefox`, and the package of each.
pub(crate) fn build(workspace: &Workspace, version: &str) -> Result<()> {
    tools::targets(&[tools::WASM])?;
    let bound = workspace.target.join("bindgen");
    clear(&bound)?;
    let mut weights = Vec::new();
    for (name, budget) in MODULES {
        weights.push((name, budget, module(workspace, name, &bound)?));
    }

    let mut files = BTreeMap::new();
    collect(&bound, &bound, &mut files)?;
    let fixed = workspace.root.join("extension/static");
    collect(&fixed, &fixed, &mut files)?;
    files.insert("licences.txt".into(), licences(workspace)?);
    // What is written for those who build it.
    files.retain(|name, _| !name.ends_with(".md"));
    for browser in BROWSERS {
        let mut files = files.clone();
        files.insert("manifest.json".into(), manifest(workspace, browser, version)?);
        if browser == "chromium" {
            // What an organisation may fix. Firefox takes it without one.
            let schema = workspace.root.join("manifests/managed_schema.json");
            files.insert("managed_schema.json".into(), fs::read(schema)?);
        }
        let folder = workspace.root.join("dist").join(browser);
        clear(&folder)?;
        for (name, bytes) in &files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().context("a file without a folder")?)?;
            fs::write(path, bytes)?;
        }
        let package = folder.with_extension("zip");
        fs::write(&package, pack(&files)?)?;
        println!("dist/{browser}: {} files; dist/{browser}.zip", files.len());
    }
    for (name, budget, gzip) in weights {
        if budget < gzip {
            bail!("the module `{name}` weighs {gzip} bytes gzipped; its budget is {budget}");
        }
    }
    Ok(())
}

/// What the extension and the host are made of, and under which licences, as cargo knows it.
fn licences(workspace: &Workspace) -> Result<Vec<u8>> {
    let output = workspace
        .cargo(&["metadata", "--format-version", "1", "--locked"])
        .output()
        .context("cargo does not say what there is")?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let packages = list(&metadata["packages"]);
    let named = |id: &Value| packages.iter().find(|package| package["id"] == *id);
    let nodes = list(&metadata["resolve"]["nodes"]);
    let mut todo: Vec<Value> = packages
        .iter()
        .filter(|package| package["name"] == "host" || package["name"] == "extension")
        .map(|package| package["id"].clone())
        .collect();
    let mut seen: Vec<Value> = todo.clone();
    while let Some(id) = todo.pop() {
        let node =
            nodes.iter().find(|node| node["id"] == id).context("a package without a node")?;
        for dep in list(&node["deps"]) {
            // What only tests or builds are made of is not in what is handed out.
            let used = list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
            if used && !seen.contains(&dep["pkg"]) {
                seen.push(dep["pkg"].clone());
                todo.push(dep["pkg"].clone());
            }
        }
    }
    let mut lines: Vec<String> = seen
        .iter()
        .filter_map(named)
        .filter(|package| !package["source"].is_null())
        .map(|package| {
            let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
            format!(
                "{} {}\n    {}\n    {}\n",
                text("name"),
                text("version"),
                text("license"),
                text("repository")
            )
        })
        .collect();
    if lines.is_empty() {
        bail!("cargo names no package that this is made of");
    }
    lines.sort();
    let head = "Countersign is under MIT OR Apache-2.0. Extension and host are made with these packages:\n\n";
    let pictures = "Pictures of services\n    CC0-1.0\n    https://simpleicons.org\n";
    Ok(format!("{head}{}\n{pictures}", lines.join("\n")).into_bytes())
}

/// Links one module with its JavaScript into `bound`; what it weighs gzipped.
fn module(workspace: &Workspace, name: &str, bound: &Path) -> Result<usize> {
    // Where this machine keeps its sources is nobody's business, and would make other bytes elsewhere.
    let sources = tools::cargo_home().map(|home| (home.join("registry/src"), "crates"));
    let flags: Vec<String> = [Some((workspace.root.clone(), ".")), sources]
        .into_iter()
        .flatten()
        .map(|(folder, shown)| format!("--remap-path-prefix={}={shown}", folder.display()))
        .collect();
    workspace.run(
        workspace
            .cargo(&["build", "--package", "extension", "--profile", "wasm", "--target"])
            .args([tools::WASM, "--no-default-features", "--features", name])
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")),
    )?;
    let stem = format!("countersign_{name}");
    Bindgen::new()
        .input_path(workspace.target.join(tools::WASM).join("wasm/extension.wasm"))
        .web(true)?
        .typescript(false)
        .omit_default_module_path(false)
        // The optimiser sorts by names, and then leaves them out.
        .remove_name_section(false)
        .remove_producers_section(true)
        .out_name(&stem)
        .generate(bound)?;
    let module = bound.join(format!("{stem}_bg.wasm"));
    optimise(workspace, &module)?;
    let gzip = gzip_size(&fs::read(&module)?)?;
    println!("{stem}_bg.wasm: {} bytes, {gzip} gzipped", fs::metadata(&module)?.len());
    Ok(gzip)
}

/// Without the optimiser the module is larger, and does the same.
fn optimise(workspace: &Workspace, module: &Path) -> Result<()> {
    let mut command = match tools::wasm_opt(workspace) {
        Ok(command) => command,
        Err(why) => {
            println!("going on without wasm-opt, so the module is larger: {why:#}");
            return Ok(());
        }
    };
    // What rustc switches on by default for this target; bindgen drops the section that says so.
    command.args([
        // Larger than with -Oz as it lies on the disk, a twelfth smaller gzipped.
        "-O1",
        // Instances of one generic function beside each other: gzip finds what they share.
        "--reorder-functions-by-name",
        "--enable-bulk-memory",
        "--enable-bulk-memory-opt",
        "--enable-multivalue",
        "--enable-mutable-globals",
        "--enable-nontrapping-float-to-int",
        "--enable-reference-types",
        "--enable-sign-ext",
        "-o",
    ]);
    workspace.run(command.arg(module).arg(module))
}

fn manifest(workspace: &Workspace, browser: &str, version: &str) -> Result<Vec<u8>> {
    let read = |name: &str| -> Result<Value> {
        let path = workspace.root.join("manifests").join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
    };
    let mut manifest = read("extension.json")?;
    merge(&mut manifest, read(&format!("extension.{browser}.json"))?);
    let object = manifest.as_object_mut().context("the manifest is not an object")?;
    object.insert("version".into(), version.into());
    let mut text = serde_json::to_vec_pretty(&manifest)?;
    text.push(b'\n');
    Ok(text)
}

/// Objects are merged, anything else is replaced; `null` takes a key away (RFC 7396).
fn merge(base: &mut Value, overlay: Value) {
    let Value::Object(overlay) = overlay else {
        *base = overlay;
        return;
    };
    if !base.is_object() {
        *base = Value::Object(Map::new());
    }
    let object = base.as_object_mut().expect("made an object above");
    for (key, value) in overlay {
        if value.is_null() {
            object.remove(&key);
        } else {
            merge(object.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// All files under `folder`, by their path relative to `root` with forward slashes.
fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    for item in fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))? {
        let path = item?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
            continue;
        }
        let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        if files.insert(name.clone(), fs::read(&path)?).is_some() {
            bail!("{name} comes from two places");
        }
    }
    Ok(())
}

/// The same bytes for the same files: sorted, dated 1980, one mode.
fn pack(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        package.start_file(name.as_str(), options)?;
        package.write_all(bytes)?;
    }
    Ok(package.finish()?.into_inner())
}

fn gzip_size(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn clear(folder: &PathBuf) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_overlay_adds_replaces_and_takes_away() {
        let mut base = json!({"a": {"b": 1, "c": 2}, "d": [1], "e": 0});
        merge(&mut base, json!({"a": {"b": 3, "f": 4}, "d": [2], "e": null}));
        assert_eq!(base, json!({"a": {"b": 3, "c": 2, "f": 4}, "d": [2]}));
    }

    #[test]
    fn the_same_files_make_the_same_package() {
        let files = BTreeMap::from([("b".to_owned(), vec![1; 99]), ("a".to_owned(), vec![2])]);
        let package = pack(&files).unwrap();
        assert_eq!(package, pack(&files).unwrap());
        let mut archive = zip::ZipArchive::new(Cursor::new(package)).unwrap();
        assert_eq!(archive.by_index(0).unwrap().name().unwrap(), "a");
        assert_eq!(archive.by_index(1).unwrap().last_modified().unwrap().year(), 1980);
    }
}
