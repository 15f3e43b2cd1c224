//! The files of a folder over HTTP on this machine, for as long as the process lives.
//!
//! Pages are made to log in somewhere, and there is no somewhere: whatever else a page navigates to is
//! answered with 204, upon which a browser stays where it is.
//!
//! Never here: a browser; what is expected of a page.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::account::{escape, unescape};

/// Longest file that is served; a folder of pages has no film.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A folder that is being served.
pub struct Pages {
    address: SocketAddr,
}

impl Pages {
    /// Opens it on a port that is free.
    pub fn serve(folder: &Path) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let folder = folder.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folder = folder.clone();
                // A browser that hangs up early wants nothing more.
                thread::spawn(move || drop(answer(stream, &folder)));
            }
        });
        Ok(Self { address })
    }

    /// Where a file of the folder is. `localhost` counts as secure in every browser.
    pub fn url(&self, name: &str) -> String {
        let parts: Vec<String> = name.split('/').map(escape).collect();
        format!("http://localhost:{}/{}", self.address.port(), parts.join("/"))
    }
}

/// The address of a file, as if another domain had it. `*.localhost` is this machine in every browser and
/// counts as secure, `*.test` is made to be this machine by the tests' browsers and does not.
pub fn at(url: &str, domain: &str) -> String {
    url.replacen("localhost", domain, 1)
}

/// Every HTML file of a folder and the folders in it, by its path with `/`, in order.
pub fn list(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    collect(folder, folder, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<String>) -> Result<()> {
    let items = fs::read_dir(folder).with_context(|| format!("no folder {}", folder.display()))?;
    for item in items {
        let path = item?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            collect(root, &path, found)?;
        } else if is_html(&path) && !hidden {
            let inner = path.strip_prefix(root)?;
            let parts: Option<Vec<&str>> =
                inner.components().map(|part| part.as_os_str().to_str()).collect();
            found.push(parts.context("a file name that is not text")?.join("/"));
        }
    }
    Ok(())
}

fn is_html(path: &Path) -> bool {
    path.extension().is_some_and(|end| {
        ["html", "htm", "xhtml"].iter().any(|html| end.eq_ignore_ascii_case(html))
    })
}

fn answer(mut stream: TcpStream, folder: &Path) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut input = BufReader::new(stream.try_clone()?).take(64 * 1024);
    let mut first = String::new();
    input.read_line(&mut first)?;
    let mut navigates = false;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let line = line.trim().to_ascii_lowercase();
        navigates |=
            line.strip_prefix("sec-fetch-mode:").is_some_and(|mode| mode.trim() == "navigate");
    }
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let file = inside(folder, path);
    let body = match &file {
        Some(file) if method == "GET" && (query.is_empty() || !navigates) => {
            let known =
                fs::metadata(file).is_ok_and(|about| about.is_file() && about.len() <= LARGEST);
            if known { fs::read(file).ok() } else { None }
        }
        _ => None,
    };
    let status = match body {
        Some(_) => "200 OK",
        None if navigates => "204 No Content",
        None => "404 Not Found",
    };
    let kind = file.as_deref().map_or("text/plain", media_type);
    let body = body.unwrap_or_default();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n",
        body.len()
    )?;
    Ok(stream.write_all(&body)?)
}

/// The file that a request means, if that is in the folder.
fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let inner = unescape(path.trim_start_matches('/')).ok()?;
    let plain = Path::new(&inner).components().all(|part| matches!(part, Component::Normal(_)));
    plain.then(|| folder.join(inner))
}

fn media_type(path: &Path) -> &'static str {
    if is_html(path) {
        return match path.extension().and_then(|end| end.to_str()) {
            Some("xhtml") => "application/xhtml+xml",
            _ => "text/html; charset=utf-8",
        };
    }
    match path.extension().and_then(|end| end.to_str()).unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "gif" => "image/gif",
        "jpeg" | "jpg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "wasm" => "application/wasm",
        "webp" => "image/webp",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(url: &str, request: &str) -> String {
        let address = url.trim_start_matches("http://localhost").split('/').next().unwrap();
        let mut stream = TcpStream::connect(format!("127.0.0.1{address}")).unwrap();
        write!(stream, "{request}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn files_are_served_and_nothing_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a b")).unwrap();
        fs::write(folder.path().join("a b/one.html"), "here").unwrap();
        fs::write(folder.path().join("style.css"), "").unwrap();
        assert_eq!(list(folder.path()).unwrap(), ["a b/one.html"]);
        let pages = Pages::serve(folder.path()).unwrap();
        let url = pages.url("a b/one.html");
        assert!(url.ends_with("/a%20b/one.html"), "{url}");
        assert!(ask(&url, "GET /a%20b/one.html HTTP/1.1").ends_with("here"));
        assert!(ask(&url, "GET /style.css HTTP/1.1").contains("text/css"));
        assert!(ask(&url, "GET /../etc/passwd HTTP/1.1").starts_with("HTTP/1.1 404"));
        assert!(ask(&url, "GET /%2e%2e/x HTTP/1.1").starts_with("HTTP/1.1 404"));
        let away = "POST /login HTTP/1.1\r\nSec-Fetch-Mode: navigate";
        assert!(ask(&url, away).starts_with("HTTP/1.1 204"));
        let back = "GET /a%20b/one.html?code=1 HTTP/1.1\r\nSec-Fetch-Mode: navigate";
        assert!(ask(&url, back).starts_with("HTTP/1.1 204"));
    }
}
