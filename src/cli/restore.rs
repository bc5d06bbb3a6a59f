//! `tinbai restore`: puts a backup into an empty database.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{CliError, table};
use crate::config::Settings;
use crate::service::operation::restore;

/// Arguments of `tinbai restore`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Bản sao lưu (the backup)
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Restores a backup.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let manifest = restore::restore(settings, &args.file)?;
    let (place, at) = (
        settings.database.url.redacted(),
        table::local(manifest.taken_at),
    );
    let (tables, rows) = (manifest.tables.len(), manifest.rows());
    writeln!(
        out,
        "Đã khôi phục vào {place}: {tables} bảng, {rows} dòng, dữ liệu đến {at} (restored)"
    )?;
    Ok(ExitCode::SUCCESS)
}
