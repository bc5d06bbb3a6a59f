//! The `sqlite3` command-line tool: it makes the database of the bench, and it is the bar.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// As the product sets its connections.
const SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                        PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536; \
                        PRAGMA mmap_size = 268435456;";

/// Runs statements; answers what the tool printed.
pub fn run(file: &Path, sql: &str) -> String {
    let mut tool = Command::new("sqlite3")
        .arg("-bail")
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the sqlite3 command-line tool (Debian: apt-get install sqlite3)");
    let mut input = tool.stdin.take().expect("its standard input");
    input
        .write_all(format!(".output /dev/null\n{SETTINGS}\n.output stdout\n{sql}\n").as_bytes())
        .expect("statements taken");
    drop(input);
    let ended = tool.wait_with_output().expect("its end");
    assert!(ended.status.success(), "sqlite3: {}", ended.status);
    String::from_utf8(ended.stdout).expect("text")
}
