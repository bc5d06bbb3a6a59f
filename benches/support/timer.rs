//! What the `sqlite3` command-line tool takes, and which one it is.

use std::path::Path;
use std::process::Command;

use super::cli::run;

/// The seconds that the tool's own timer shows for `sql`, after `before` has been run untimed.
pub fn time(file: &Path, before: &str, sql: &str) -> f64 {
    let printed = run(file, &format!("{before}\n.timer on\n{sql}"));
    let real = |line: &str| {
        line.strip_prefix("Run Time: real ")?
            .split(' ')
            .next()?
            .parse::<f64>()
            .ok()
    };
    printed.lines().filter_map(real).sum()
}

/// The tool's version.
pub fn version() -> String {
    let told = Command::new("sqlite3")
        .arg("--version")
        .output()
        .expect("the sqlite3 command-line tool")
        .stdout;
    String::from_utf8_lossy(&told)
        .chars()
        .take_while(|c| *c != ' ')
        .collect()
}
