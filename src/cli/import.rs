//! `tinbai import`: whole files into the database.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;

use super::CliError;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::domain::access::Actor;
use crate::domain::years;
use crate::service::units::import::{self, Imported};

/// Arguments of `tinbai import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Nhập cây đơn vị từ tệp CSV; có lỗi thì không ghi gì (units from a CSV file; nothing is
    /// written if a line is wrong)
    ///
    /// Dòng đầu phải là: code,name,category,parent_code,cluster,founded_on,ended_on,mail. Mã đã có
    /// thì được cập nhật theo tệp; đơn vị đã kết thúc không sống lại khi cột ended_on trống. (Known
    /// codes are updated; an empty ended_on never revives a unit.)
    Units {
        /// Tệp CSV, UTF-8, phân cách bằng dấu phẩy hoặc chấm phẩy (file)
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Chỉ kiểm tra, không ghi (check only, write nothing)
        #[arg(long)]
        dry_run: bool,
        /// Tính chỉ tiêu từ ngày này, kể cả các kỳ đã qua; mặc định: từ lúc nhập (the units owe from
        /// this day on, also for periods that are over; default: from when they are entered)
        #[arg(long, value_name = "DATE", value_parser = years::argument::<NaiveDate>)]
        counts_from: Option<NaiveDate>,
    },
}

/// Runs the command.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let Command::Units {
        file,
        dry_run,
        counts_from,
    } = &args.command;
    let bytes = std::fs::read(file)
        .map_err(|cause| CliError::Usage(format!("{}: {cause}", file.display())))?;
    let app = crate::app::open(settings)?;
    let (actor, now) = (Actor::cli(), SystemClock::new().now());
    let imported = if *dry_run {
        app.read(&actor, now, |tx| import::dry_run(tx, &bytes, *counts_from))?
    } else {
        app.write(&actor, now, |tx| import::units(tx, &bytes, *counts_from))?
    };
    print(&imported, *dry_run, out)?;
    Ok(ExitCode::SUCCESS)
}

fn print(imported: &Imported, dry_run: bool, out: &mut dyn Write) -> Result<(), CliError> {
    for (sign, codes) in [('+', &imported.new), ('~', &imported.changed)] {
        for code in codes {
            writeln!(out, "{sign} {code}")?;
        }
    }
    if dry_run {
        writeln!(out, "Chạy thử, chưa ghi gì (dry run, nothing written):")?;
    }
    let (new, changed, unchanged) = (
        imported.new.len(),
        imported.changed.len(),
        imported.unchanged,
    );
    writeln!(
        out,
        "{new} mới, {changed} thay đổi, {unchanged} giữ nguyên ({new} new, {changed} changed, {unchanged} unchanged)"
    )?;
    Ok(())
}
