//! The import directions between rooms, as a failing test: which room may know which (the table of
//! `docs/ARCHITECTURE.md`), which crate belongs to which room, and that every file says what lives
//! in it. Test code inside `src/` is not looked at.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failing test is what a panic is for"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Everything inside a room may be used.
const ALL: &[&str] = &[];

/// What a room may use of another one: (room, other room, first names of the paths, or [`ALL`]).
const MAY_USE: &[(&str, &str, &[&str])] = &[
    ("telemetry", "config", ALL),
    ("config", "domain", &["error"]),
    ("store", "domain", ALL),
    // The store's options are made from the settings by the composition root and the commands.
    ("store", "config", &["DatabaseSettings", "database"]),
    ("mail", "domain", ALL),
    (
        "mail",
        "config",
        &[
            "MailSettings",
            "SmtpSettings",
            "SmtpTls",
            "MailTransport",
            "DeliverySettings",
            "mail",
        ],
    ),
    ("identity", "domain", ALL),
    ("identity", "config", ALL),
    ("office", "domain", ALL),
    ("office", "config", ALL),
    ("service", "domain", ALL),
    ("service", "clock", ALL),
    ("service", "config", ALL),
    ("service", "store", ALL),
    ("service", "identity", ALL),
    ("service", "office", ALL),
    ("service", "mail", &["render", "templates"]),
    ("worker", "domain", ALL),
    ("worker", "clock", ALL),
    (
        "worker",
        "config",
        &[
            "WorkerSettings",
            "DeliverySettings",
            "MailSettings",
            "Seconds",
            "Days",
            "worker",
            "mail",
        ],
    ),
    // The handle, its errors, and the two table families that are the worker's own.
    (
        "worker",
        "store",
        &[
            "Store",
            "StoreError",
            "TransactionError",
            "Conn",
            "schedule",
            "outbox",
        ],
    ),
    ("worker", "mail", ALL),
    ("worker", "service", ALL),
    ("web", "domain", ALL),
    ("web", "clock", ALL),
    (
        "web",
        "config",
        &[
            "AccountSettings",
            "HttpSettings",
            "Networks",
            "ServerSettings",
            "Seconds",
            "server",
        ],
    ),
    // The handle and its transactions are passed on to services; what is read is read through
    // views.
    // The rows of these families are what the API sends.
    (
        "web",
        "store",
        &[
            "Store",
            "StoreError",
            "Conn",
            "views",
            "kinds",
            "plans",
            "policies",
            "types",
        ],
    ),
    ("web", "service", ALL),
    ("cli", "domain", ALL),
    ("cli", "clock", ALL),
    ("cli", "config", ALL),
    ("cli", "store", &["Store", "StoreError", "StoreOptions"]),
    ("cli", "service", ALL),
    ("cli", "telemetry", ALL),
    ("cli", "app", ALL),
    ("app", "domain", &["error"]),
    ("app", "clock", ALL),
    ("app", "config", ALL),
    ("app", "store", ALL),
    ("app", "mail", ALL),
    ("app", "service", ALL),
    ("app", "worker", ALL),
    ("app", "web", ALL),
    ("demo", "domain", ALL),
    ("demo", "clock", ALL),
    ("demo", "config", ALL),
    ("demo", "store", ALL),
    ("demo", "identity", ALL),
    ("demo", "office", ALL),
    ("demo", "service", ALL),
    ("app", "demo", ALL),
    ("cli", "demo", ALL),
    ("web", "demo", ALL),
    ("main", "cli", ALL),
];

/// Crates (or modules of `std`) and the only rooms that may name them.
const BELONGS_TO: &[(&str, &[&str])] = &[
    ("diesel::", &["store"]),
    ("diesel_migrations::", &["store"]),
    ("crate::on_inner", &["store"]),
    ("lettre::", &["mail"]),
    ("cron::", &["domain"]),
    ("actix_web::", &["web", "app"]),
    ("utoipa_swagger_ui::", &["web"]),
    ("csv::", &["office"]),
    ("calamine::", &["office"]),
    ("rust_xlsxwriter::", &["office"]),
    ("docx_rs::", &["office"]),
    ("icalendar::", &["office"]),
    ("argon2::", &["identity"]),
    ("zxcvbn::", &["identity"]),
    ("totp_rs::", &["identity"]),
    ("qrcode::", &["identity"]),
    ("ureq::", &["identity"]),
    ("ring::signature", &["identity"]),
    ("socket2::", &["web"]),
];

/// What the pure room may not touch.
const NOT_IN_DOMAIN: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "tokio::",
    "tracing::",
];

struct File {
    /// Relative to `src`.
    path: PathBuf,
    room: String,
    text: String,
    /// The text without comments, strings and test code, lines kept.
    code: String,
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(&root).unwrap().to_owned();
        let room = path
            .iter()
            .next()
            .unwrap()
            .to_string_lossy()
            .trim_end_matches(".rs")
            .to_owned();
        let code = without_tests(&plain_code(&text));
        File {
            path,
            room,
            text,
            code,
        }
    };
    found.into_iter().map(read).collect()
}

/// Blanks out comments, strings and characters, so that what is left is code. Lines stay where they
/// are.
fn plain_code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut i = 0;
    let blank = |code: &mut String, c: char| code.push(if c == '\n' { '\n' } else { ' ' });
    while i < chars.len() {
        let rest = &chars[i..];
        let raw_hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
        let after_word = i > 0 && (chars[i - 1].is_alphanumeric() || chars[i - 1] == '_');
        let length = if rest.starts_with(&['/', '/']) {
            rest.iter().take_while(|c| **c != '\n').count()
        } else if rest.starts_with(&['/', '*']) {
            rest.windows(2)
                .position(|two| two == ['*', '/'])
                .map_or(rest.len(), |end| end + 2)
        } else if rest[0] == 'r' && !after_word && rest.get(1 + raw_hashes) == Some(&'"') {
            let end: Vec<char> = std::iter::once('"')
                .chain(std::iter::repeat_n('#', raw_hashes))
                .collect();
            let start = 2 + raw_hashes;
            rest[start..]
                .windows(end.len())
                .position(|w| w == end)
                .map_or(rest.len(), |at| start + at + end.len())
        } else if rest[0] == '"' {
            let mut end = 1;
            while end < rest.len() && rest[end] != '"' {
                end += if rest[end] == '\\' { 2 } else { 1 };
            }
            (end + 1).min(rest.len())
        } else if rest[0] == '\'' && rest.get(1) == Some(&'\\') {
            rest.iter()
                .skip(3)
                .position(|c| *c == '\'')
                .map_or(1, |at| at + 4)
        } else if rest[0] == '\'' && rest.get(2) == Some(&'\'') {
            3
        } else {
            0
        };
        if length == 0 {
            code.push(chars[i]);
            i += 1;
        } else {
            rest[..length].iter().for_each(|c| blank(&mut code, *c));
            i += length;
        }
    }
    code
}

/// Blanks out every item behind `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut left = code.to_owned();
    while let Some(start) = left.find("#[cfg(test)]") {
        let tail = &left[start..];
        let open = tail.find('{').unwrap_or(tail.len());
        let end = match tail.find(';') {
            Some(semicolon) if semicolon < open => semicolon + 1,
            _ => {
                let mut depth = 0;
                let close = tail
                    .char_indices()
                    .skip_while(|(at, _)| *at < open)
                    .find(|(_, c)| {
                        depth += match c {
                            '{' => 1,
                            '}' => -1,
                            _ => 0,
                        };
                        depth == 0
                    });
                close.map_or(tail.len(), |(at, _)| at + 1)
            }
        };
        let blank: String = tail[..end]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        left.replace_range(start..start + end, &blank);
    }
    left
}

/// Test modules in files of their own.
fn is_test_file(path: &Path) -> bool {
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    name == "tests" || name.ends_with("_tests") || path.iter().any(|part| part == "tests")
}

/// Every path behind `crate::` as (line, room, next name), groups in braces taken apart.
fn paths(code: &str) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    for (at, prefix) in code
        .match_indices("crate::")
        .chain(code.match_indices("tinbai::"))
    {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        for path in leaves(&code[at + prefix.len()..]) {
            let mut names = path.split("::").map(str::to_owned);
            found.push((
                line,
                names.next().unwrap_or_default(),
                names.next().unwrap_or_default(),
            ));
        }
    }
    found
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`; reads to the end of the path.
fn leaves(text: &str) -> Vec<String> {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .unwrap_or(text.len());
    let (head, tail) = text.split_at(end);
    if !tail.starts_with('{') || !(head.is_empty() || head.ends_with("::")) {
        return vec![head.to_owned()];
    }
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in tail.chars() {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        match c {
            '}' if depth == 0 => break,
            '{' if depth == 1 => {}
            ',' if depth == 1 => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    let inner = parts
        .iter()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty());
    inner
        .flat_map(leaves)
        .map(|leaf| format!("{head}{leaf}"))
        .collect()
}

fn fail_with(faults: &[String], what: &str) {
    assert!(faults.is_empty(), "{what}:\n  {}\n", faults.join("\n  "));
}

#[test]
fn rooms_know_only_the_rooms_below_them() {
    let files = sources();
    let mut rooms: Vec<&str> = files.iter().map(|file| file.room.as_str()).collect();
    rooms.dedup();
    let mut faults = Vec::new();
    for file in files
        .iter()
        .filter(|file| !is_test_file(&file.path) && file.room != "lib")
    {
        for (line, room, name) in paths(&file.code) {
            if room == file.room || !rooms.contains(&room.as_str()) {
                continue;
            }
            let allowed = MAY_USE
                .iter()
                .find(|(from, to, _)| *from == file.room && *to == room);
            let place = format!("src/{}:{line}", file.path.display());
            match allowed {
                None => faults.push(format!("{place}: `{}` must not know `{room}`", file.room)),
                Some((_, _, names))
                    if !names.is_empty() && !name.is_empty() && !names.contains(&name.as_str()) =>
                {
                    let names = names.join(", ");
                    let own = &file.room;
                    faults.push(format!(
                        "{place}: of `{room}`, `{own}` may use {names}; not `{name}`"
                    ));
                }
                Some(_) => {}
            }
        }
    }
    fail_with(
        &faults,
        "import directions (docs/ARCHITECTURE.md) are broken",
    );
}

#[test]
fn a_crate_is_named_only_in_its_room() {
    let mut faults = Vec::new();
    for file in sources().iter().filter(|file| !is_test_file(&file.path)) {
        let mut look_for = |name: &str, why: &str| {
            for (at, _) in file.code.match_indices(name) {
                if !file.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    let line = file.code[..at].matches('\n').count() + 1;
                    faults.push(format!(
                        "src/{}:{line}: `{name}` {why}",
                        file.path.display()
                    ));
                }
            }
        };
        for (name, rooms) in BELONGS_TO {
            if !rooms.contains(&file.room.as_str()) {
                look_for(name, &format!("belongs to {}", rooms.join(", ")));
            }
        }
        if file.room == "domain" {
            NOT_IN_DOMAIN
                .iter()
                .for_each(|name| look_for(name, "does not belong in the pure room"));
        }
    }
    fail_with(&faults, "a crate is used outside its room");
}

#[test]
fn every_file_says_what_lives_in_it() {
    let silent = sources()
        .into_iter()
        .filter(|file| !file.text.starts_with("//!"));
    let faults: Vec<String> = silent
        .map(|file| format!("src/{} does not start with //!", file.path.display()))
        .collect();
    fail_with(&faults, "files without a word about themselves");
}

/// Askama escapes what goes into HTML unless it is told not to: then no text that anybody wrote is
/// ever markup (F35).
#[test]
fn no_template_lets_text_through_unescaped() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let templates: Vec<PathBuf> = ["mail/templates", "web/templates"]
        .iter()
        .flat_map(|folder| {
            fs::read_dir(root.join(folder))
                .unwrap()
                .map(|entry| entry.unwrap().path())
        })
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "html")
        })
        .collect();
    assert!(templates.len() > 10, "{templates:?}");
    let mut faults = Vec::new();
    for path in templates {
        let text: String = fs::read_to_string(&path)
            .unwrap()
            .split_whitespace()
            .collect();
        for word in ["|safe", "|escape(", "autoescape", "<script>", "javascript:"] {
            if text.contains(word) {
                faults.push(format!("{}: {word}", path.display()));
            }
        }
    }
    let told = sources()
        .into_iter()
        .filter(|file| file.text.contains("escape = \"none\""));
    faults.extend(told.map(|file| format!("src/{}: escape", file.path.display())));
    fail_with(&faults, "text goes into HTML as it is");
}

#[test]
fn grouped_imports_are_taken_apart() {
    let code = without_tests(&plain_code(
        "use crate::{clock::Clock, store::{self, views::{a, b}}};\n// crate::web\nlet s = \"crate::mail\"; crate::web::x();\n\
         #[cfg(test)]\nmod tests { use crate::cli::run; }\n",
    ));
    let found: Vec<String> = paths(&code)
        .into_iter()
        .map(|(line, room, name)| format!("{line} {room} {name}"))
        .collect();
    assert_eq!(
        found,
        [
            "1 clock Clock",
            "1 store self",
            "1 store views",
            "1 store views",
            "3 web x"
        ]
    );
}
