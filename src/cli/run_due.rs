//! `tinbai run-due`: what is due at an instant is run once, or, as a rehearsal, shown.

use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, FixedOffset};

use super::{CliError, table};
use crate::app::{self, scheduler};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::demo;
use crate::domain::years;
use crate::telemetry;

/// Arguments of `tinbai run-due`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Coi như đang là thời điểm này, ví dụ 2026-11-24T16:00:00+07:00; sau giờ thật thì cần
    /// --dry-run hoặc dữ liệu trình diễn (as of this instant; ahead of the real time only with
    /// --dry-run or on a demonstration database)
    #[arg(long, value_name = "INSTANT", value_parser = years::instant)]
    at: Option<DateTime<FixedOffset>>,
    /// Chạy thử: làm thật rồi hoàn tác, không ghi và không gửi gì (a rehearsal: nothing is kept or
    /// sent)
    #[arg(long)]
    dry_run: bool,
    /// In JSON (answer in JSON)
    #[arg(long)]
    json: bool,
}

/// Runs or rehearses what is due; exit code 1 if a job failed.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let _telemetry = telemetry::start(&settings.telemetry);
    let app = app::open(settings).map_err(|error| CliError::failed(&error))?;
    let real_now = SystemClock::new().now();
    let at = args.at.map_or(real_now, |at| at.to_utc());
    let report = if args.dry_run {
        scheduler::rehearse_due(&app, at)?
    } else {
        demo::allow_clock(&app, at, real_now)?;
        scheduler::run_due(&app, at)?
    };
    if args.json {
        let text =
            serde_json::to_string_pretty(&report).map_err(|error| CliError::failed(&error))?;
        writeln!(out, "{text}")?;
    } else {
        tell(&report, out)?;
    }
    Ok(if report.has_failures() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn tell(report: &scheduler::DueReport, out: &mut dyn Write) -> Result<(), CliError> {
    let at = table::local(report.at);
    if report.runs.is_empty() {
        writeln!(out, "Không có việc nào đến hạn lúc {at}.")?;
        return Ok(());
    }
    let how = if report.dry_run {
        " (chạy thử, không ghi gì)"
    } else {
        ""
    };
    writeln!(out, "Việc đến hạn lúc {at}{how}:")?;
    let rows: Vec<[String; 6]> = report
        .runs
        .iter()
        .map(|run| {
            let said = run
                .result
                .as_ref()
                .map(|result| result.sentence.clone())
                .or_else(|| run.error.clone());
            let late = if run.late_seconds < 60 {
                String::new()
            } else {
                table::span(run.late_seconds * 1_000)
            };
            let state = super::state_in_words(run.state).to_owned();
            let took = table::span(run.duration_ms);
            [
                run.job.clone(),
                table::local(run.due_at),
                late,
                state,
                took,
                said.unwrap_or_default(),
            ]
        })
        .collect();
    table::write(
        out,
        ["Việc", "Hạn", "Trễ", "Kết quả", "Mất", "Ghi chú"],
        &rows,
    )?;
    if !report.mails.is_empty() {
        let what = if report.dry_run {
            "Thư sẽ gửi"
        } else {
            "Thư đã xếp vào hộp gửi"
        };
        writeln!(out, "\n{what}:")?;
        for mail in &report.mails {
            writeln!(
                out,
                "  {} <{}>: {}",
                mail.to_name, mail.to_mail, mail.subject
            )?;
        }
    }
    Ok(())
}
