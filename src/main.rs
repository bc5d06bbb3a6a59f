//! The binary: everything happens in [`tinbai::cli`], so that tests can reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    tinbai::cli::run()
}
