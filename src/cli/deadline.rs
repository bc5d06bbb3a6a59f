//! `tinbai deadline`: when something is due, and why. A calculator: it reads a calendar, never the
//! database.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};
use clap::ValueEnum;

use super::{CliError, Lang};
use crate::domain::calendar::{
    Calendar, CalendarError, CalendarSpec, CutoffDays, CutoffEdge, Explanation, hours_of, shipped,
    time_of,
};
use crate::domain::error::Invalid;
use crate::domain::years;

/// Arguments of `tinbai deadline`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("amount").required(true))]
pub struct Args {
    /// Mã lịch đi kèm, hoặc tệp JSON của lịch (code of a shipped calendar, or a calendar file)
    #[arg(long, value_name = "ID|FILE", default_value = shipped::DEFAULT)]
    calendar: String,
    /// Tính từ lúc nào: 2026-11-20T15:00+07:00, hoặc giờ địa phương 2026-11-20T15:00 (from when)
    #[arg(long, value_name = "INSTANT")]
    from: String,
    /// Số giờ làm việc, ví dụ 12 hoặc 1.5 (hours of office time)
    #[arg(long, value_name = "H", group = "amount", allow_hyphen_values = true)]
    working_hours: Option<String>,
    /// Số giờ liên tục, kể cả đêm và ngày nghỉ (hours by the clock)
    #[arg(long, value_name = "H", group = "amount", allow_hyphen_values = true)]
    clock_hours: Option<String>,
    /// Giờ chốt trong ngày, ví dụ 16:00 (daily cut-off)
    #[arg(long, value_name = "HH:MM", group = "amount")]
    cutoff: Option<String>,
    /// Chốt vào ngày làm việc hay mọi ngày (days of the cut-off)
    #[arg(long, value_name = "DAYS", default_value = "working", conflicts_with_all = ["working_hours", "clock_hours"])]
    cutoff_days: DaysArg,
    /// Đúng giờ chốt vẫn tính trong ngày (the cut-off itself still belongs to the day)
    #[arg(long, conflicts_with_all = ["working_hours", "clock_hours"])]
    cutoff_inclusive: bool,
    /// Ngôn ngữ của lời giải thích (language of the explanation)
    #[arg(long, default_value = "vi")]
    lang: Lang,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DaysArg {
    /// Ngày làm việc (working days)
    Working,
    /// Mọi ngày (every day)
    Every,
}

/// Prints the due instant (RFC 3339, on the calendar's clock), then its reasons.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let calendar = calendar(&args.calendar)?;
    let from = instant(&calendar, &args.from)?;
    let explanation = explain(&calendar, from, args)?;
    writeln!(
        out,
        "{}",
        explanation
            .due
            .with_timezone(&explanation.zone)
            .to_rfc3339()
    )?;
    writeln!(out, "{}", explanation.to_text(args.lang.locale()))?;
    Ok(ExitCode::SUCCESS)
}

fn explain(calendar: &Calendar, from: DateTime<Utc>, args: &Args) -> Result<Explanation, Invalid> {
    let named = |field: &'static str| move |error: CalendarError| error.at_field(field);
    if let Some(hours) = &args.working_hours {
        let work = hours_of("--working-hours", hours)?;
        return calendar
            .explain_add(from, work)
            .map_err(named("--working-hours"));
    }
    if let Some(hours) = &args.clock_hours {
        let time = hours_of("--clock-hours", hours)?;
        return calendar
            .explain_clock(from, time)
            .map_err(named("--clock-hours"));
    }
    let text = args.cutoff.as_deref().unwrap_or_default();
    let days = match args.cutoff_days {
        DaysArg::Working => CutoffDays::Working,
        DaysArg::Every => CutoffDays::Every,
    };
    let edge = CutoffEdge::of(args.cutoff_inclusive);
    calendar
        .explain_cutoff(from, time_of("--cutoff", text)?, days, edge)
        .map_err(named("--from"))
}

/// A shipped calendar, or one in a file.
fn calendar(name: &str) -> Result<Calendar, CliError> {
    let spec = match shipped::calendar(name) {
        Some(spec) => spec,
        None if Path::new(name).exists() => {
            let text = super::read_text(Path::new(name))?;
            serde_json::from_str::<CalendarSpec>(&text)
                .map_err(|cause| CliError::Usage(format!("{name}: {cause}")))?
        }
        None => {
            let codes = shipped::codes().collect::<Vec<_>>().join(", ");
            return Err(Invalid::new("--calendar", "calendar_unknown")
                .with("value", name)
                .with("codes", codes)
                .into());
        }
    };
    let within = |faults: Vec<Invalid>| {
        faults
            .into_iter()
            .map(|fault| fault.within(name))
            .collect::<Vec<_>>()
    };
    Ok(Calendar::compile(&spec).map_err(within)?)
}

fn instant(calendar: &Calendar, text: &str) -> Result<DateTime<Utc>, Invalid> {
    years::check("--from", read(calendar, text)?)
}

/// With its offset, or as the calendar's own clock shows it.
fn read(calendar: &Calendar, text: &str) -> Result<DateTime<Utc>, Invalid> {
    let zoned = ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M%:z"];
    if let Ok(at) = DateTime::<FixedOffset>::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    if let Some(at) = zoned
        .iter()
        .find_map(|format| DateTime::parse_from_str(text, format).ok())
    {
        return Ok(at.to_utc());
    }
    let local = [
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%d/%m/%Y %H:%M",
    ];
    let local = local
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let local = local
        .ok_or_else(|| Invalid::new("--from", "instant").with("value", text.escape_debug()))?;
    Ok(calendar.at_time(local.date(), local.time()))
}
