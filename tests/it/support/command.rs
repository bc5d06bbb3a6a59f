//! A command line run in this process.

use std::process::ExitCode;

/// What a command answered.
pub struct Answer {
    pub code: ExitCode,
    pub out: String,
    pub err: String,
}

/// Runs `tinbai` with these arguments.
pub fn tinbai(arguments: &[&str]) -> Answer {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let words = std::iter::once("tinbai").chain(arguments.iter().copied());
    let code = tinbai::cli::run_with(words, &mut out, &mut err);
    Answer {
        code,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}
