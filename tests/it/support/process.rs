//! `tinbai serve` as a process of its own, on a test's database.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use super::TestDb;

/// The program under test: the one built with the tests, or `TINBAI_TEST_PROGRAM`, such as that of a
/// package.
pub fn program() -> OsString {
    std::env::var_os("TINBAI_TEST_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_tinbai").into())
}

/// A server that runs until it is killed or told to stop, or its test ends.
pub struct Served {
    process: Child,
    pub address: SocketAddr,
    /// The line that it began with.
    pub told: String,
    /// Reads on while the program runs: a full pipe would hold it up.
    log: Option<JoinHandle<String>>,
}

impl Served {
    /// Starts it at the test's instant; logs go to standard error from `debug` on.
    pub fn start(db: &TestDb) -> Self {
        Self::logging(db, "text")
    }

    /// [`Self::start`], with its log in this format.
    pub fn logging(db: &TestDb, format: &str) -> Self {
        Self::run(db, format, Command::new(program()))
    }

    /// [`Self::start`], where the process may open so many files and no more.
    pub fn with_files(db: &TestDb, most: u32) -> Self {
        let mut command = Command::new("sh");
        let limited = format!("ulimit -n {most} && exec \"$0\" \"$@\"");
        command.args(["-c", &limited]).arg(program());
        Self::run(db, "text", command)
    }

    /// [`Self::start`], as this command.
    pub fn by(db: &TestDb, command: Command) -> Self {
        Self::run(db, "text", command)
    }

    fn run(db: &TestDb, format: &str, mut command: Command) -> Self {
        let mut process = command
            .args(["serve", "--at", &db.now().to_rfc3339()])
            .env("TINBAI_DATABASE__URL", db.url())
            .env("TINBAI_SERVER__LISTEN", "127.0.0.1:0")
            .env("TINBAI_WORKER__IN_SERVER", "false")
            .env("TINBAI_MAIL__TRANSPORT", "memory")
            .env("TINBAI_TELEMETRY__FILTER", "debug")
            .env("TINBAI_TELEMETRY__FORMAT", format)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut told)
            .unwrap();
        let address = told
            .split("nghe ở ")
            .nth(1)
            .unwrap()
            .split(')')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let mut errors = process.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            errors.read_to_string(&mut log).unwrap();
            log
        });
        Self {
            process,
            address,
            told,
            log: Some(log),
        }
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Has it stop by itself; everything that it logged.
    pub fn stop(mut self) -> String {
        let told = Command::new("kill")
            .args(["-TERM", &self.process.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success() && self.process.wait().unwrap().success());
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // a test that failed leaves no server behind
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}

/// What a program that ended said.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// Its answer, if it went well.
    #[track_caller]
    pub fn well(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        &self.out
    }

    /// The one line that it complained with, if it ended with that exit code.
    #[track_caller]
    pub fn complaint(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        let lines: Vec<&str> = self.err.lines().collect();
        match lines[..] {
            [line] => line.strip_prefix("tinbai: ").expect("the program's name"),
            _ => panic!("not one line: {self:?}"),
        }
    }
}

/// Runs `tinbai` on that database to its end.
pub fn ended(url: &str, arguments: &[&str]) -> Ended {
    let mut command = Command::new(program());
    command.args(arguments);
    ended_as(url, command)
}

/// Runs a command that starts `tinbai` on that database to its end.
pub fn ended_as(url: &str, mut command: Command) -> Ended {
    let done = command.env("TINBAI_DATABASE__URL", url).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended {
        code: done.status.code(),
        out: text(done.stdout),
        err: text(done.stderr),
    }
}
