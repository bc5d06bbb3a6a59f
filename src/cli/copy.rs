//! `tinbai copy`: moves everything to another database.

use std::io::Write;
use std::process::ExitCode;

use super::{CliError, table};
use crate::app::copy;
use crate::config::Settings;
use crate::config::secret::DatabaseUrl;

/// Arguments of `tinbai copy`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Cơ sở dữ liệu trống để chép vào: postgres://… hoặc sqlite:TỆP; mật khẩu nên để trong biến
    /// TINBAI_COPY_TO (the empty database to copy into; better by TINBAI_COPY_TO if it has a
    /// password)
    #[arg(
        long,
        value_name = "URL",
        env = "TINBAI_COPY_TO",
        hide_env_values = true
    )]
    to: String,
}

/// Copies the database; stop the service first.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let to = DatabaseUrl::new(&args.to);
    let copied = copy::copy(settings, to.clone())?;
    let rows: Vec<[String; 3]> = copied
        .iter()
        .map(|(table, sum)| [table.clone(), sum.rows.to_string(), sum.hex()])
        .collect();
    table::write(out, ["Bảng", "Số dòng", "SHA-256"], &rows)?;
    writeln!(
        out,
        "Đã chép sang {to}; hãy đặt database.url thành địa chỉ đó (copied; let database.url name it)"
    )?;
    Ok(ExitCode::SUCCESS)
}
