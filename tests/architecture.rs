//! The structure of the crate as a test: which module may use which (the table of
//! `docs/ARCHITECTURE.md`), which crate belongs to which module, where transactions are opened, and
//! what must not appear in the code at all. Test code inside `src/` is not read.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failing test is what a panic is for"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything inside a module may be used.
const ALL: &[&str] = &[];

/// What a module may use of another one: (module, other module, first names of the paths, or
/// [`ALL`]).
const MAY_USE: &[(&str, &str, &[&str])] = &[
    ("telemetry", "config", ALL),
    // what is traced, which costs nothing where nobody exports it
    ("web", "telemetry", &["spans"]),
    ("worker", "telemetry", &["spans"]),
    ("config", "domain", &["error", "text"]),
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
    // The handle, its errors, and the two table families that belong to the worker.
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
            "types",
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
    // Rows and read models are what replies show; see the test about it below.
    ("web", "store", ALL),
    ("web", "service", ALL),
    ("cli", "domain", ALL),
    ("cli", "clock", ALL),
    ("cli", "config", ALL),
    ("cli", "store", ALL),
    ("cli", "service", ALL),
    ("cli", "telemetry", ALL),
    ("cli", "app", ALL),
    (
        "app",
        "domain",
        &["error", "access", "ids", "schedule", "text", "words"],
    ),
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

/// Crates (or modules of `std`) and the only modules that may name them.
const BELONGS_TO: &[(&str, &[&str])] = &[
    ("diesel::", &["store"]),
    ("diesel_migrations::", &["store"]),
    ("crate::on_inner", &["store"]),
    ("lettre::", &["mail"]),
    ("cron::", &["domain"]),
    ("actix_http::", &["web"]),
    ("actix_service::", &["web"]),
    ("actix_web::", &["web", "app"]),
    ("csv::", &["office"]),
    ("flate2::", &["office", "web"]),
    ("tar::", &["office"]),
    ("calamine::", &["office"]),
    ("rust_xlsxwriter::", &["office"]),
    ("docx_rs::", &["office"]),
    ("icalendar::", &["office"]),
    ("argon2::", &["identity"]),
    ("zxcvbn::", &["identity"]),
    ("totp_rs::", &["identity"]),
    ("qrcode::", &["identity"]),
    ("ureq::", &["identity", "telemetry"]),
    ("opentelemetry::", &["telemetry"]),
    ("opentelemetry_otlp::", &["telemetry"]),
    ("opentelemetry_sdk::", &["telemetry"]),
    ("tracing_opentelemetry::", &["telemetry"]),
    ("ring::signature", &["identity"]),
    ("socket2::", &["web"]),
    ("askama::", &["mail", "web"]),
    ("pulldown_cmark::", &["web"]),
];

/// What `domain` may not use: it is pure.
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
    module: String,
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
        let module = path
            .iter()
            .next()
            .unwrap()
            .to_string_lossy()
            .trim_end_matches(".rs")
            .to_owned();
        let code = without_tests(&plain_code(&text));
        File {
            path,
            module,
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

/// Every path behind `crate::` as (line, module, next name), groups in braces taken apart.
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
fn modules_use_only_the_modules_below_them() {
    let files = sources();
    let mut modules: Vec<&str> = files.iter().map(|file| file.module.as_str()).collect();
    modules.dedup();
    let mut faults = Vec::new();
    for file in files
        .iter()
        .filter(|file| !is_test_file(&file.path) && file.module != "lib")
    {
        for (line, module, name) in paths(&file.code) {
            if module == file.module || !modules.contains(&module.as_str()) {
                continue;
            }
            let allowed = MAY_USE
                .iter()
                .find(|(from, to, _)| *from == file.module && *to == module);
            let place = format!("src/{}:{line}", file.path.display());
            match allowed {
                None => faults.push(format!(
                    "{place}: `{}` must not use `{module}`",
                    file.module
                )),
                Some((_, _, names))
                    if !names.is_empty() && !name.is_empty() && !names.contains(&name.as_str()) =>
                {
                    let names = names.join(", ");
                    let own = &file.module;
                    faults.push(format!(
                        "{place}: of `{module}`, `{own}` may use {names}; not `{name}`"
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
fn a_crate_is_named_only_in_its_module() {
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
        for (name, modules) in BELONGS_TO {
            if !modules.contains(&file.module.as_str()) {
                look_for(name, &format!("belongs to {}", modules.join(", ")));
            }
        }
        if file.module == "domain" {
            NOT_IN_DOMAIN
                .iter()
                .for_each(|name| look_for(name, "does not belong in `domain`"));
        }
    }
    fail_with(&faults, "a crate is used outside its module");
}

#[test]
fn every_file_has_module_documentation() {
    let silent = sources()
        .into_iter()
        .filter(|file| !file.text.starts_with("//!"));
    let faults: Vec<String> = silent
        .map(|file| format!("src/{} does not start with //!", file.path.display()))
        .collect();
    fail_with(&faults, "files without module documentation");
}

/// Where transactions are opened: the context of use cases, and the claims and records of the
/// scheduler and of delivery, which are single statements of the worker's own tables.
const OPENS_TRANSACTIONS: &[&str] = &[
    "service/core/",
    "store/",
    "worker/delivery/",
    "worker/runner/",
];

#[test]
fn transactions_are_opened_in_the_core_of_service_only() {
    let mut faults = Vec::new();
    for file in sources().iter().filter(|file| !is_test_file(&file.path)) {
        let path = file.path.to_string_lossy();
        if OPENS_TRANSACTIONS
            .iter()
            .any(|place| path.starts_with(place))
        {
            continue;
        }
        let code: String = file.code.split_whitespace().collect();
        for call in ["store.read(", "store.write(", "store.write_committed("] {
            if code.contains(call) {
                faults.push(format!("src/{path}: `{call}`"));
            }
        }
    }
    fail_with(&faults, "use `App::write` or `App::read` instead");
}

/// SQLite compiles a statement anew each time that its `LIMIT` is bound, and `first` binds one. A row
/// that is found by its key is read with `get_result`.
#[test]
fn rows_are_found_by_their_key_without_a_limit() {
    let mut faults = Vec::new();
    for file in sources().iter().filter(|file| file.module == "store") {
        let code: String = file.code.split_whitespace().collect();
        for (at, _) in code.match_indices(".first(conn)") {
            let before = &code[..at];
            let start = before.rfind([';', '}']).map_or(0, |end| end + 1);
            // a query may be made in one statement and read in the next
            let start = before[..start.saturating_sub(1)]
                .rfind([';', '}'])
                .unwrap_or_default();
            if !before[start..].contains(".order(") {
                faults.push(format!("src/{}: `.first(conn)`", file.path.display()));
            }
        }
    }
    fail_with(&faults, "use `get_result` instead");
}

/// Replies show rows and read models, so `web` and `cli` name their types. They read and write them
/// through use cases: they import no function and no module of functions of the store.
#[test]
fn web_and_cli_name_types_of_the_store_and_call_nothing_in_it() {
    let mut faults = Vec::new();
    for file in sources()
        .iter()
        .filter(|file| ["web", "cli"].contains(&file.module.as_str()))
        .filter(|file| !is_test_file(&file.path))
    {
        let views = ["store::views", "store::types"];
        for (at, prefix) in file.code.match_indices("crate::store") {
            let tail = &file.code[at + "crate::".len()..];
            for path in leaves(tail) {
                let last = path.rsplit("::").next().unwrap_or_default().trim();
                let is_type = last.starts_with(char::is_uppercase);
                if !is_type && !views.iter().any(|view| path.starts_with(view)) {
                    let line = file.code[..at].matches('\n').count() + 1;
                    faults.push(format!(
                        "src/{}:{line}: {prefix}: {path}",
                        file.path.display()
                    ));
                }
            }
        }
    }
    fail_with(&faults, "functions of the store are called by use cases");
}

#[test]
fn service_does_not_pass_rows_on_as_its_own() {
    let mut faults = Vec::new();
    for file in sources().iter().filter(|file| file.module == "service") {
        for line in file.code.lines().map(str::trim) {
            let exported = line.starts_with("pub use") && line.contains("store::");
            if exported && line.contains("Row") {
                faults.push(format!("src/{}: {line}", file.path.display()));
            }
        }
    }
    fail_with(&faults, "rows are named where they live");
}

/// A state, kind, role or cause is compared and written as a value of its type. Its word appears in
/// `domain`, in the database and on the wire.
#[test]
fn no_word_of_the_domain_is_a_string_in_service_or_web() {
    let files = sources();
    let words = domain_words(&files);
    assert!(words.len() > 100, "{words:?}");
    let mut faults = Vec::new();
    for file in files
        .iter()
        .filter(|file| ["service", "web"].contains(&file.module.as_str()))
        .filter(|file| !is_test_file(&file.path))
    {
        for (number, line) in file.text.lines().enumerate() {
            // code of tests is blank here
            if file
                .code
                .lines()
                .nth(number)
                .is_none_or(|code| code.trim().is_empty())
            {
                continue;
            }
            for word in &words {
                let quoted = format!("\"{word}\"");
                let used = [
                    format!("== {quoted}"),
                    format!("!= {quoted}"),
                    format!("{quoted} =>"),
                    format!("{quoted}.to_owned()"),
                    format!("{quoted}.into()"),
                    format!("eq({quoted})"),
                ];
                if used.iter().any(|used| line.contains(used.as_str())) {
                    let path = file.path.display();
                    faults.push(format!("src/{path}:{}: {quoted}", number + 1));
                }
            }
        }
    }
    fail_with(&faults, "a word of the domain is a string");
}

/// The words of all enums of `domain` that are stored as words.
fn domain_words(files: &[File]) -> Vec<String> {
    let mut words = Vec::new();
    for file in files.iter().filter(|file| file.module == "domain") {
        for part in file.text.split("text_enum! {").skip(1) {
            let body = part.split_once(" enum ").map(|(_, named)| named);
            let Some((_, body)) = body.and_then(|named| named.split_once('{')) else {
                continue;
            };
            let body = body.split_once("\n}").map_or(body, |(body, _)| body);
            for line in body.lines().map(str::trim) {
                let name = line.trim_end_matches(',');
                let is_variant =
                    name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric);
                if is_variant {
                    words.push(snake_case(name));
                }
            }
        }
    }
    words.sort();
    words.dedup();
    words
}

fn snake_case(name: &str) -> String {
    let mut word = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            word.push('_');
        }
        word.extend(c.to_lowercase());
    }
    word
}

/// A value that is made once for the whole process outlives the database that it was read from.
/// Types whose dates do not come from outside: what the program stored itself, and worked cases.
const OWN_DATES: &[(&str, &str)] = &[
    ("domain/calendar/explanation.rs", "Amount"),
    ("domain/calendar/explanation.rs", "Explanation"),
    ("domain/calendar/explanation.rs", "Step"),
    ("domain/calendar/explanation.rs", "Warning"),
    ("domain/calendar/vectors.rs", "Question"),
    ("domain/obligation.rs", "Note"),
    ("domain/score/closing.rs", "Decision"),
    ("domain/score/seal.rs", "Sealed"),
    ("domain/score/seal.rs", "SealedScheme"),
];

/// A type that serde reads: its name, and its lines.
fn read_types(text: &str) -> Vec<(String, Vec<&str>)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !(line.starts_with("#[derive(") || line.starts_with("    Deserialize,"))
            || !line.contains("Deserialize")
        {
            continue;
        }
        let head = lines.find(|line| line.contains("struct ") || line.contains("enum "));
        let name = head.and_then(|head| {
            let word = head
                .split(' ')
                .skip_while(|word| !matches!(*word, "struct" | "enum"))
                .nth(1);
            word.map(|word| word.trim_end_matches([';', '{', '(']).to_owned())
        });
        let body = lines
            .by_ref()
            .take_while(|line| !line.starts_with('}'))
            .collect();
        found.extend(name.map(|name| (name, body)));
    }
    found
}

#[test]
fn every_date_from_outside_has_its_years_checked() {
    let (mut faults, mut checked, mut own) = (Vec::new(), 0, BTreeSet::new());
    for file in sources().iter().filter(|file| !is_test_file(&file.path)) {
        let path = file.path.display().to_string();
        for (name, body) in read_types(file.text.split("#[cfg(test)]").next().unwrap()) {
            let mut attributes = String::new();
            for line in body.iter().map(|line| line.trim()) {
                if line.starts_with("///") {
                    attributes.clear();
                }
                let dated = line.ends_with(',')
                    && !line.starts_with('#')
                    && (line.contains("NaiveDate>")
                        || line.contains("NaiveDate,")
                        || line.contains("DateTime<")
                        || line.contains("year: i32")
                        || line.contains("year: Option<i32>"));
                if !dated {
                    attributes.push_str(line);
                    continue;
                }
                if OWN_DATES.contains(&(path.as_str(), name.as_str())) {
                    own.insert((path.clone(), name.clone()));
                } else if attributes.contains("years::read")
                    || attributes.contains("years::present")
                {
                    checked += 1;
                } else {
                    faults.push(format!("{path}: {name}: {line}"));
                }
                attributes.clear();
            }
        }
    }
    assert!(checked > 50, "{checked} dates are checked");
    assert_eq!(
        own.len(),
        OWN_DATES.len(),
        "only {own:?} have dates of their own"
    );
    fail_with(
        &faults,
        "read with `#[serde(deserialize_with = \"…::years::read\")]`",
    );
}

/// The id of a unit cannot be passed for that of a person. Rows that nothing else refers to keep a
/// plain number.
#[test]
fn ids_have_types() {
    const PLAIN: &[(&str, &str)] = &[
        (
            "service/schedule/set_aside.rs",
            "ids of different sorts of rows",
        ),
        ("store/set_aside.rs", "ids of different sorts of rows"),
        ("store/accounts/secrets.rs", "links, found by their hash"),
        ("store/audit.rs", "lines of the audit trail"),
        ("store/calendars.rs", "calendars, found by their code"),
        ("store/items.rs", "steps of an item"),
        (
            "store/obligations/exemptions.rs",
            "exemptions, found by what they excuse",
        ),
        ("store/policies.rs", "policies, found by unit and date"),
        ("service/scores/inputs.rs", "ids of different sorts of rows"),
        ("web/pages/notice.rs", "ids of what a step was done to"),
    ];
    let (mut faults, mut plain) = (Vec::new(), BTreeSet::new());
    for file in sources().iter().filter(|file| !is_test_file(&file.path)) {
        let path = file.path.display().to_string();
        for line in file.code.lines() {
            let typed = |kind: &str| {
                let id = line.contains(&format!("id: {kind}"));
                id || line.contains(&format!("ids: {kind}"))
            };
            let kinds = ["i64", "Option<i64>", "Vec<i64>", "&[i64]", "Path<i64>"];
            if !kinds.iter().any(|kind| typed(kind)) {
                continue;
            }
            if PLAIN.iter().any(|(known, _)| *known == path) {
                plain.insert(path.clone());
            } else {
                faults.push(format!("src/{path}: {}", line.trim()));
            }
        }
    }
    assert_eq!(plain.len(), PLAIN.len(), "only {plain:?} have plain ids");
    fail_with(&faults, "an id is a plain number, see `domain::ids`");
}

#[test]
fn no_state_is_global_but_compiled_expressions_and_tables() {
    const ALLOWED: &[(&str, &str)] = &[
        ("domain/text/mod.rs", "the collation tables of Vietnamese"),
        (
            "identity/hashers.rs",
            "the threads that hash passwords, and their memory",
        ),
        (
            "identity/password.rs",
            "the hash that an unknown account is compared with",
        ),
        ("web/handbook/mod.rs", "the guides, which are compiled in"),
        (
            "worker/boot.rs",
            "the number of this start within the process",
        ),
    ];
    let mut faults = Vec::new();
    for file in sources().iter().filter(|file| !is_test_file(&file.path)) {
        let path = file.path.to_string_lossy().into_owned();
        if ALLOWED.iter().any(|(allowed, _)| *allowed == path) {
            continue;
        }
        for line in file.code.lines() {
            let lazy = ["LazyLock<", "OnceLock<", "thread_local!"]
                .iter()
                .any(|kind| line.contains(kind));
            if line.trim_start().contains("static ") && lazy && !line.contains("Regex") {
                faults.push(format!("src/{path}: {}", line.trim()));
            }
        }
    }
    fail_with(&faults, "a global");
}

/// Every template below `src`.
fn templates() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "html")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Askama escapes what goes into HTML unless it is told not to: then no text that anybody wrote is
/// ever markup (F35).
#[test]
fn no_template_lets_text_through_unescaped() {
    let templates = templates();
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
    // the guides are compiled in, and HTML inside them is text
    let marked = sources().into_iter().filter(|file| {
        file.code.contains("HtmlSafe") && !file.path.ends_with("web/handbook/rendering.rs")
    });
    faults.extend(marked.map(|file| format!("src/{}: HtmlSafe", file.path.display())));
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
        .map(|(line, module, name)| format!("{line} {module} {name}"))
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
