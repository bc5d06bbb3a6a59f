//! `tinbai import`: whole files into the database.

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};

use super::CliError;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::domain::access::Actor;
use crate::domain::years;
use crate::service::imports::{self, ImportKind, ImportReport, Made, Options};

/// Arguments of `tinbai import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Tệp chứa gì: units (đơn vị), people (người), items (tin, bài), events (sự kiện), holidays (ngày
    /// nghỉ), targets (chỉ tiêu), legacy (tệp nhiều trang: đơn vị, người, sự
    /// kiện, tin bài của những năm cũ)
    #[arg(value_name = "KIND", value_parser = kind)]
    kind: ImportKind,
    /// Tệp .xlsx, .ods hoặc .csv; sự kiện cũng đọc từ tệp lịch .ics (the file)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Chỉ kiểm tra, không ghi (check only, write nothing)
    #[arg(long)]
    dry_run: bool,
    /// Tên trang tính; mặc định: trang mang tên của loại, nếu không thì trang đầu (the sheet)
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Tiêu đề nào là cột nào, ví dụ "Mã số=code"; dùng được nhiều lần (which header names which
    /// column)
    #[arg(long, value_name = "HEADER=COLUMN")]
    map: Vec<String>,
    /// Đơn vị của các sự kiện trong tệp lịch .ics: mã hoặc tên (the unit of the events of a calendar
    /// file)
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Tính chỉ tiêu của đơn vị từ ngày này, kể cả các kỳ đã qua; mặc định: từ lúc nhập (the units
    /// owe from this day on, also for periods that are over; default: from when they are entered)
    #[arg(long, value_name = "DATE", value_parser = years::argument::<NaiveDate>)]
    counts_from: Option<NaiveDate>,
}

fn kind(word: &str) -> Result<ImportKind, String> {
    ImportKind::parse(word).ok_or_else(|| {
        let words = ImportKind::ALL.iter().map(|kind| kind.as_str());
        words.collect::<Vec<_>>().join(", ")
    })
}

/// Runs the command.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let bytes = std::fs::read(&args.file)
        .map_err(|cause| CliError::Usage(format!("{}: {cause}", args.file.display())))?;
    let options = Options {
        sheet: args.sheet.clone(),
        map: imports::mapping(args.map.iter().map(String::as_str))?,
        counts_from: args.counts_from,
        unit: args.unit.clone(),
        within: None,
        name: args
            .file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    };
    let app = crate::app::open(settings)?;
    let (actor, now) = (Actor::cli(), SystemClock::new().now());
    let mut file = imports::read(args.kind, &bytes, &options)?;
    let bar = bar(file.rows());
    if let Some(bar) = bar.clone() {
        file = file.with_progress(move |rows| bar.set_position(rows as u64));
    }
    let report = app.write(&actor, now, |tx| match args.dry_run {
        true => imports::check(tx, &file),
        false => imports::apply(tx, &file),
    });
    bar.inspect(ProgressBar::finish_and_clear);
    print(&report?, out)
}

/// How often the bar is drawn anew.
const TICK: Duration = Duration::from_millis(250);

/// How many of the rows have been looked at, if standard error is a terminal.
fn bar(rows: usize) -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let style =
        ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} dòng (rows), {elapsed}");
    let bar = ProgressBar::new(rows as u64);
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    // the time goes on also where many rows are looked at together
    bar.enable_steady_tick(TICK);
    Some(bar)
}

fn print(report: &ImportReport, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    for sheet in &report.hidden_sheets {
        writeln!(out, "Trang ẩn, không đọc (hidden sheet, not read): {sheet}")?;
    }
    if !report.errors.is_empty() || report.sheets.iter().any(|sheet| !sheet.lacking.is_empty()) {
        return Err(report.refusal().into());
    }
    for warning in &report.warnings.rows {
        let (place, message) = (warning.place(), &warning.message);
        writeln!(out, "Không nhập (not entered) {place}: {message}")?;
    }
    for (sign, made) in [('+', &report.created), ('~', &report.changed)] {
        for Made { id, name, .. } in &made.rows {
            writeln!(out, "{sign} {id} {name}")?;
        }
        let more = made.total - made.rows.len();
        if more > 0 {
            writeln!(out, "{sign} … {more}")?;
        }
    }
    if report.dry_run {
        writeln!(out, "Chạy thử, chưa ghi gì (dry run, nothing written):")?;
    }
    let (new, changed, unchanged) = (report.created.total, report.changed.total, report.unchanged);
    writeln!(
        out,
        "{new} mới, {changed} thay đổi, {unchanged} giữ nguyên ({new} new, {changed} changed, {unchanged} unchanged)"
    )?;
    Ok(ExitCode::SUCCESS)
}
