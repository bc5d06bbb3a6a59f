//! `tinbai worker`: the scheduler without the server, until SIGTERM or SIGINT.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};

use super::CliError;
use crate::app::{self, scheduler};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::demo;
use crate::domain::years;
use crate::telemetry;

/// Arguments of `tinbai worker`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Cho đồng hồ chạy từ thời điểm này, ví dụ 2026-11-24T15:55:00+07:00; chỉ dữ liệu trình diễn
    /// mới được chạy trước giờ thật (start the clock at this instant; ahead of the real time only
    /// on a demonstration database)
    #[arg(long, value_name = "INSTANT", value_parser = years::instant)]
    at: Option<DateTime<FixedOffset>>,
}

/// Works until the process is asked to end.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let _telemetry = telemetry::start(&settings.telemetry);
    let app = app::open(settings).map_err(|error| CliError::failed(&error))?;
    if let Some(at) = args.at {
        demo::allow_clock(&app, at.to_utc(), SystemClock::new().now())?;
    }
    let clock = args
        .at
        .map_or_else(SystemClock::new, |at| SystemClock::starting_at(at.to_utc()));
    app::runtime()?.block_on(async {
        let asked_to_end = app::signal()?;
        writeln!(out, "Bộ lịch đang chạy; dừng bằng Ctrl-C.")?;
        out.flush()?;
        scheduler::work(app, Arc::new(clock), asked_to_end)
            .await
            .map_err(|error| CliError::failed(&error))?;
        Ok(ExitCode::SUCCESS)
    })
}
