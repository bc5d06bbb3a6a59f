//! `tinbai man`: the manual pages and the completions of shells, made from the commands themselves,
//! for packages.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, CliError};

/// Arguments of `tinbai man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Thư mục để ghi (folder to write into)
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Writes a page for each command, and the completions.
pub fn run(args: &Args) -> Result<ExitCode, CliError> {
    std::fs::create_dir_all(&args.out)?;
    let mut command = Cli::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command.clone(), &args.out)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command, "tinbai", &args.out)?;
    }
    Ok(ExitCode::SUCCESS)
}
