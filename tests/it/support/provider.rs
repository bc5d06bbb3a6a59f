//! A real OpenID provider (`tests/data/openid/provider.mjs`), one for all tests, and a browser's
//! way through its forms.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use tinbai::config::{OpenIdSettings, Secret};

use super::app::Reply;
use super::at;
use super::browser::{Browser, ORIGIN};

/// What the provider knows us by; needs to be written as forms write it.
pub const SECRET: &str = "only for: tests & 100 %+";

struct Real {
    issuer: String,
    /// Ends when the pipe to it breaks, which is when these tests end, however they do.
    _process: Child,
}

static REAL: OnceLock<Real> = OnceLock::new();

/// The provider's address. It is started by whoever asks first; its clock stands at the instant at
/// which those of tests start.
pub fn issuer() -> &'static str {
    let real = REAL.get_or_init(|| {
        let folder = std::env::var("TINBAI_TEST_OPENID").expect(
            "tests of single sign-on need Node.js: run `bash tests/run.sh`, which installs it",
        );
        let started = (0..3).find_map(|_| start(Path::new(&folder)));
        started.expect("the provider starts")
    });
    &real.issuer
}

/// Starts the provider; `None` if it does not say within a minute where it listens. Then it is ended.
fn start(folder: &Path) -> Option<Real> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/openid/provider.mjs");
    let now = at("2026-11-20T08:00:00+07:00").timestamp_millis();
    let mut process = Command::new("node")
        .args([
            script.as_os_str(),
            folder.as_os_str(),
            now.to_string().as_ref(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let mut output = BufReader::new(process.stdout.take().unwrap());
    let (told, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = output.read_line(&mut line).map(|_| line);
        // it ends with the tests, who may be gone
        let _gone = told.send(read);
    });
    let line = heard.recv_timeout(Duration::from_mins(1));
    let issuer = line.ok().and_then(Result::ok).unwrap_or_default();
    if !issuer.starts_with("http://127.0.0.1:") {
        process.kill().unwrap();
        process.wait().unwrap();
        return None;
    }
    Some(Real {
        issuer: issuer.trim().to_owned(),
        _process: process,
    })
}

/// Settings with a provider.
pub fn settings(issuer: &str) -> OpenIdSettings {
    OpenIdSettings {
        issuer: Some(issuer.to_owned()),
        client_id: Some("tinbai".to_owned()),
        client_secret: Some(Secret::new(SECRET)),
        ..OpenIdSettings::default()
    }
}

/// Presses the button; the address at the provider to which the page leads.
pub fn begin(browser: &Browser, to: &str) -> String {
    let page = browser.form("/dang-nhap/mot-lan", &[("toi", to)]);
    assert_eq!(page.status, 200, "{}", page.text);
    let link = between(&page.text, "<a href=\"http", "\"");
    let address = format!("http{link}").replace("&#38;", "&");
    assert!(
        page.text.contains("http-equiv=\"refresh\""),
        "it moves on without scripts"
    );
    address
}

/// What stands behind `start`, up to `end`.
pub fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("{start} in {text}"));
    rest.split_once(end).unwrap().0
}

/// A parameter of an address.
pub fn parameter(address: &str, name: &str) -> String {
    let query = address.split_once('?').unwrap().1;
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
    pairs
        .into_iter()
        .find(|(own, _)| own == name)
        .unwrap_or_else(|| panic!("{name} in {address}"))
        .1
}

/// What somebody does at the provider.
#[derive(Clone, Copy)]
pub enum There<'a> {
    SignIn(&'a str),
    Cancel,
}

/// Walks through the provider's pages from `address` on; where it sends the browser back to, below
/// our own address.
pub fn walk(address: &str, there: There<'_>) -> String {
    let path = |address: &str| address.strip_prefix(issuer()).unwrap_or(address).to_owned();
    let browser = Browser::at(issuer().trim_start_matches("http://"));
    let mut reply = browser.get(&path(address));
    for _ in 0..12 {
        reply = if (302..=303).contains(&reply.status) {
            let next = reply.header("location");
            if let Some(back) = next.strip_prefix(ORIGIN) {
                return back.to_owned();
            }
            browser.get(&path(next))
        } else {
            answer(&browser, &reply, there, path)
        };
    }
    panic!("no way back from the provider: {}", reply.text);
}

fn answer(
    browser: &Browser,
    page: &Reply,
    there: There<'_>,
    path: impl Fn(&str) -> String,
) -> Reply {
    assert_eq!(page.status, 200, "{}", page.text);
    match there {
        There::SignIn(mail) => {
            let prompt = between(&page.text, "name=\"prompt\" value=\"", "\"");
            let action = path(between(&page.text, "action=\"", "\""));
            browser.form(
                &action,
                &[("prompt", prompt), ("login", mail), ("password", "x")],
            )
        }
        There::Cancel => {
            let (before, _) = page.text.split_once("[ Cancel ]").unwrap();
            browser.get(&path(between(
                before.rsplit_once("<a ").unwrap().1,
                "href=\"",
                "\"",
            )))
        }
    }
}

/// Signs in at the provider and comes back; the reply to that.
pub fn sign_on(browser: &Browser, mail: &str) -> Reply {
    browser.get(&walk(&begin(browser, ""), There::SignIn(mail)))
}
