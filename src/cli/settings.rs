//! `tinbai settings`: what is set, and where a fresh settings file comes from.

use std::io::Write;
use std::process::ExitCode;

use super::CliError;
use crate::config::{self, ConfigError, Settings};

/// Arguments of `tinbai settings`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// In tệp mẫu đầy đủ, có chú thích (print the commented sample file instead)
    #[arg(long)]
    sample: bool,
}

/// Prints the settings in force, or the sample file, which needs no valid settings.
pub fn run(
    args: &Args,
    settings: impl FnOnce() -> Result<Settings, ConfigError>,
    out: &mut dyn Write,
) -> Result<ExitCode, CliError> {
    if args.sample {
        out.write_all(config::SAMPLE.as_bytes())?;
    } else {
        let text = toml::to_string(&settings()?).map_err(|error| CliError::failed(&error))?;
        out.write_all(text.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}
