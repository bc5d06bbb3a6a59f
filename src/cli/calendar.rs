//! `tinbai calendar`: worked cases of working time, checked against the arithmetic.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{CliError, Lang};
use crate::domain::calendar::vectors::{Case, VectorFile};
use crate::domain::error::Invalid;

/// Arguments of `tinbai calendar`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Đối chiếu các ví dụ tính giờ làm việc trong một tệp JSON (check worked cases of working
    /// time)
    Verify {
        /// Tệp JSON có danh sách "cases" (file of cases)
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Ngôn ngữ của lời giải thích (language of explanations)
        #[arg(long, default_value = "vi")]
        lang: Lang,
    },
}

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    match &args.command {
        Command::Verify { file, lang } => verify(file, lang.locale(), out),
    }
}

/// Prints every case that differs, then the count; exit code 1 if any differs.
fn verify(path: &Path, locale: &str, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let file = read(path)?;
    let (mut passed, mut failed) = (0_u32, 0_u32);
    for case in &file.cases {
        let difference = case
            .check(locale)
            .map_err(|faults| broken(path, case, &faults, locale))?;
        let Some(difference) = difference else {
            passed += 1;
            continue;
        };
        failed += 1;
        writeln!(out, "{}: {}", case.id, case.note)?;
        writeln!(out, "  expected {}", difference.expected)?;
        writeln!(out, "  got      {}", difference.got)?;
        for line in difference.explanation.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    writeln!(out, "{passed} passed, {failed} failed")?;
    Ok(ExitCode::from(u8::from(failed > 0)))
}

fn read(path: &Path) -> Result<VectorFile, CliError> {
    let text = super::read_text(path)?;
    serde_json::from_str(&text)
        .map_err(|cause| CliError::Usage(format!("{}: {cause}", path.display())))
}

/// A case that asks nothing that can be answered: the file is wrong, not the arithmetic.
fn broken(path: &Path, case: &Case, faults: &[Invalid], locale: &str) -> CliError {
    let faults: Vec<String> = faults
        .iter()
        .map(|fault| format!("{}: {}: {}", case.id, fault.field, fault.message(locale)))
        .collect();
    CliError::Usage(format!("{}: {}", path.display(), faults.join("\n       ")))
}
