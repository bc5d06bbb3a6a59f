//! `tinbai deliver`: empties the outbox, without server and scheduler.

use std::io::Write;
use std::process::ExitCode;

use rust_i18n::t;

use super::CliError;
use crate::app::delivery::{Mode, deliver};
use crate::config::{ConfigError, Settings};
use crate::telemetry;

/// Arguments of `tinbai deliver`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Tiếp tục gửi thư mới cho đến khi bị dừng (run on until stopped)
    #[arg(long)]
    follow: bool,
}

/// Sends what is due and says what became of it. Exit code 1 if mails are held back or given up:
/// somebody should look.
///
/// # Errors
/// Faulty settings, an unusable database, or a broken delivery.
pub fn run(
    args: &Args,
    settings: impl FnOnce() -> Result<Settings, ConfigError>,
    out: &mut dyn Write,
) -> Result<ExitCode, CliError> {
    let settings = settings()?;
    let _telemetry = telemetry::start(&settings.telemetry);
    let mode = if args.follow {
        Mode::Follow
    } else {
        Mode::Once
    };
    let report = deliver(&settings, mode).map_err(|error| CliError::failed(&error))?;
    writeln!(
        out,
        "{}",
        t!(
            "delivery.report",
            locale = "vi",
            sent = report.sent,
            later = report.retry + report.unknown + report.released,
            dead = report.dead
        )
    )?;
    if let Some(pause) = &report.held_back {
        writeln!(
            out,
            "{}",
            t!("delivery.held_back", locale = "vi", reason = pause.reason)
        )?;
    }
    let fine = report.dead == 0 && report.held_back.is_none();
    Ok(if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
