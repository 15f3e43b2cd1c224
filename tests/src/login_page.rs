//! A web site that asks for a code, and knows by itself which one is right.
//!
//! Never here: the host's idea of a code.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::account::{Account, unescape};
use crate::totp::now;

/// The site, on a port of this machine. It serves for as long as the process lives.
pub struct LoginPage {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl LoginPage {
    /// Opens it. It takes the codes of `account`.
    pub fn open(account: Account) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let (account, log) = (account.clone(), Arc::clone(&log));
                // A browser that hangs up is no failure of the site.
                thread::spawn(move || drop(serve(stream, &account, &log)));
            }
        });
        Ok(Self { port, asked })
    }

    /// The page with one field.
    pub fn single(&self) -> String {
        format!("{}/", self.origin())
    }

    /// The page with a box for each digit.
    pub fn split(&self) -> String {
        format!("{}/split", self.origin())
    }

    /// Its origin. `localhost` counts as secure in every browser.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Every path that was asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no thread panics with the list").clone()
    }
}

fn serve(mut stream: TcpStream, account: &Account, log: &Mutex<Vec<String>>) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut input = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    input.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        input.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse::<usize>()?.min(4096);
        }
    }
    let mut form = vec![0; length];
    input.read_exact(&mut form)?;
    let form = String::from_utf8_lossy(&form).into_owned();
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    log.lock().expect("no thread panics with the list").push(path.clone());

    let body = match path.as_str() {
        "/" => page(SINGLE),
        "/split" => page(&format!("{SPLIT}{}", boxes(account.digits))),
        "/check" => {
            let code: String = form
                .split('&')
                .filter_map(|pair| Some(pair.split_once('=')?.1))
                .filter_map(|value| unescape(value).ok())
                .collect();
            let verdict = if account.accepts(&code, now()) { "accepted" } else { "refused" };
            format!(
                "<!doctype html><meta charset=utf-8><title>{verdict}</title>{STYLE}<main>\
                 <h1 id=verdict data-code=\"{code}\">{verdict}</h1><p><a href=/>Again</a></main>",
                code = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>()
            )
        }
        _ => String::new(),
    };
    let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    Ok(())
}

const STYLE: &str = "<style>body{font:16px system-ui,sans-serif;background:#eef1f5;margin:0}\
    main{max-width:22em;margin:5em auto;padding:2em;background:#fff;border-radius:12px}\
    input{font:inherit;padding:.5em;box-sizing:border-box}button{font:inherit;padding:.5em 1em}\
    #code{width:100%;margin-bottom:1em}.boxes input{width:2.2em;text-align:center}</style>";

const SINGLE: &str = "<label for=code>6-digit code from your authenticator app</label>\
    <input id=code name=code inputmode=numeric autocomplete=one-time-code autofocus>";

const SPLIT: &str = "<p>Enter the code from your authenticator app</p>";

fn boxes(digits: u32) -> String {
    let boxes: String = (1..=digits)
        .map(|n| {
            format!("<input name=d{n} aria-label=\"Digit {n}\" inputmode=numeric maxlength=1>")
        })
        .collect();
    format!("<p class=boxes>{boxes}</p>")
}

fn page(fields: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Sign in</title>{STYLE}<main>\
         <h1>Two-step verification</h1><form method=post action=/check autocomplete=off>{fields}\
         <button id=go>Verify</button></form></main></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(page: &LoginPage, form: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", page.port)).unwrap();
        write!(
            stream,
            "POST /check HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn the_right_code_is_accepted_and_no_other() {
        let account = Account::plain("Example", "me", b"12345678901234567890");
        let page = LoginPage::open(account.clone()).unwrap();
        let code = account.code(now());
        assert!(post(&page, &format!("code={code}")).contains(">accepted<"));
        let boxes: Vec<_> = code.chars().enumerate().map(|(n, c)| format!("d{n}={c}")).collect();
        assert!(post(&page, &boxes.join("&")).contains(">accepted<"));
        let wrong = account.code(now() + 3600);
        assert!(post(&page, &format!("code={wrong}")).contains(">refused<"));
        assert_eq!(page.asked(), ["/check", "/check", "/check"]);
    }
}
