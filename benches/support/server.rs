//! The program itself, serving a database of a bench.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::support::folder;

/// A server; it ends with this value.
pub struct Server {
    /// Its process.
    pub process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Kept open: what the server prints later must not fail.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Serves `file`, its clock started at `at` if that is given.
    pub fn start(file: &Path, at: Option<&str>) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tinbai"));
        program.arg("serve");
        if let Some(at) = at {
            program.args(["--at", at]);
        }
        program
            .current_dir(folder())
            .env("TINBAI_DATABASE__URL", format!("sqlite:{}", file.display()))
            .env("TINBAI_SERVER__LISTEN", "127.0.0.1:0")
            .env("TINBAI_WORKER__IN_SERVER", "false")
            .env("TINBAI_ACCOUNTS__SIGN_IN_BURST", "10000")
            .env("TINBAI_ACCOUNTS__SIGN_IN_PER_MINUTE", "10000");
        Self::of(program)
    }

    /// Starts a program whose first line names its address in brackets after "nghe ở ".
    pub fn of(mut program: Command) -> Self {
        let mut process = program
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        output.read_line(&mut line).expect("its first line");
        let address = line
            .split("nghe ở ")
            .nth(1)
            .and_then(|rest| rest.split(')').next())
            .map(str::parse);
        Self {
            process,
            address: address.expect("an address").expect("an address"),
            _output: output,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("its end");
        self.process.wait().expect("its end");
    }
}
