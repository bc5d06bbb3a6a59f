//! `tinbai backup`: a backup of the database, while others use it.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{CliError, table};
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::service::App;
use crate::service::operation::backup;

/// Arguments of `tinbai backup`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Tệp chưa có; thiếu thì ghi vào backup.directory và xóa bản quá cũ (a new file; default: into
    /// backup.directory, where old backups are deleted)
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Takes a backup. The schema is backed up as it is: an upgrade begins with a backup.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let app = App::new(app::existing_store(&settings)?, settings);
    let now = SystemClock::new().now();
    let taken = match &args.file {
        Some(file) => backup::take_to(&app, now, file)?,
        None => backup::take(&app, now)?,
    };
    let (file, at) = (taken.file.display(), table::local(taken.manifest.taken_at));
    let (size, rows) = (table::size(taken.bytes), taken.manifest.rows());
    writeln!(
        out,
        "Đã sao lưu vào {file} ({size}, {rows} dòng), dữ liệu đến {at}; xóa {} bản cũ (backed up)",
        taken.deleted
    )?;
    Ok(ExitCode::SUCCESS)
}
