//! `tinbai serve`: the server with its API, the scheduler and the delivery of mails, until SIGTERM or SIGINT.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};

use super::CliError;
use crate::app::{self, delivery, server};
use crate::clock::{Clock as _, SharedClock, SystemClock};
use crate::config::Settings;
use crate::service::demonstration;
use crate::telemetry;

/// Arguments of `tinbai serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Cho đồng hồ chạy từ thời điểm này, ví dụ 2026-11-20T15:20:00+07:00; chỉ dữ liệu trình diễn mới được chạy trước giờ thật
    /// (start the clock at this instant; ahead of the real time only on a demonstration database)
    #[arg(long, value_name = "INSTANT")]
    at: Option<DateTime<FixedOffset>>,
}

/// Serves until the process is asked to end.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    telemetry::start(&settings.telemetry);
    let house = app::open(settings).map_err(|error| CliError::failed(&error))?;
    if let Some(at) = args.at {
        demonstration::allow_clock(&house, at.to_utc(), SystemClock::new().now())?;
    }
    let clock = args.at.map_or_else(SystemClock::new, |at| SystemClock::starting_at(at.to_utc()));
    let clock: SharedClock = Arc::new(clock);
    let delivery = delivery::delivery(house.store.clone(), &house.settings, clock.clone());
    let delivery = delivery.map_err(|error| CliError::failed(&error))?;
    let running = server::start(house, clock, Some(delivery)).map_err(|error| CliError::failed(&error))?;
    let address = running.address();
    writeln!(out, "Máy chủ chạy tại http://{address}, tài liệu API tại http://{address}/api/docs/; dừng bằng Ctrl-C.")?;
    out.flush()?;
    running.until_signal().map_err(|error| CliError::failed(&error))?;
    Ok(ExitCode::SUCCESS)
}
