//! Pages from a folder, over HTTP on this machine, and what is expected of each.
//!
//! Never here: a browser.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// What the detector must say.
pub(crate) enum Expected {
    /// Not sure of any field.
    Nothing,
    /// Sure of these, in this document.
    Fields(usize, Vec<String>),
}

/// Pages of a folder, served for as long as the process lives.
pub(crate) struct Pages(SocketAddr);

impl Pages {
    pub(crate) fn serve(folder: &Path) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let folder = folder.to_owned();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 4096];
                let Ok(read) = stream.read(&mut request) else { continue };
                let request = String::from_utf8_lossy(&request[..read]);
                let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
                let (status, body) = match fs::read(folder.join(path)) {
                    Ok(body) if !path.contains("..") => ("200 OK", body),
                    _ => ("404 Not Found", Vec::new()),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                // A browser that hangs up early wants nothing more.
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
            }
        });
        Ok(Self(address))
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.0)
    }
}

/// Our own pages: each says in its second line what is expected.
pub(crate) fn ours(folder: &Path) -> Result<Vec<(String, Expected)>> {
    let mut list = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let text = fs::read_to_string(&path)?;
        let line = text.lines().nth(1).and_then(|line| line.strip_prefix("<!-- expect: "));
        let expected = line.and_then(|line| line.strip_suffix(" -->"));
        let expected = expected.with_context(|| format!("{} expects nothing", path.display()))?;
        let name =
            path.file_name().and_then(|name| name.to_str()).context("a name that is not text")?;
        list.push((
            name.to_owned(),
            match expected.strip_prefix("frame ") {
                Some(selector) => Expected::Fields(1, vec![selector.to_owned()]),
                None if expected == "none" => Expected::Nothing,
                None => Expected::Fields(0, vec![expected.to_owned()]),
            },
        ));
    }
    list.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(list)
}

#[derive(Deserialize)]
struct Label {
    page: String,
    kind: String,
    selectors: Vec<String>,
}

/// Forms with labels. Codes by message and by e-mail look like ours; whether they are filled is the
/// host's business, so nothing is expected of them.
pub(crate) fn corpus(folder: &Path) -> Result<Vec<(String, Expected)>> {
    let labels: Vec<Label> = serde_json::from_slice(&fs::read(folder.join("labels.json"))?)?;
    let list = labels.into_iter().filter(|label| label.kind != "sms").map(|label| {
        let expected = match label.kind.as_str() {
            "neg" => Expected::Nothing,
            _ => Expected::Fields(0, label.selectors),
        };
        (label.page, expected)
    });
    Ok(list.collect())
}
