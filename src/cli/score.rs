//! `tinbai score`: emulation scores.

use std::io::Write;
use std::process::ExitCode;

use clap::Subcommand;

use super::CliError;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::domain::access::Actor;
use crate::domain::score::SealFault;
use crate::domain::words::say;
use crate::domain::years;
use crate::service::scores::{self, SealCheck};

/// Arguments of `tinbai score`.
#[derive(Debug, clap::Args)]
#[command(disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum What {
    /// Kiểm tra bảng điểm đã khóa của một năm: mã băm và điểm tính lại (are a year's frozen sheets
    /// what they were)
    Verify {
        /// Năm (the year)
        #[arg(value_name = "YEAR", value_parser = years::argument::<i32>)]
        year: i32,
    },
}

/// Runs the command. Exit code 1 if a frozen sheet has changed.
///
/// # Errors
/// Faulty settings, an unusable database.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let What::Verify { year } = args.what;
    let app = crate::app::open(settings).map_err(|error| CliError::failed(&error))?;
    let now = SystemClock::new().now();
    let checks = app.read(&Actor::cli(), now, |tx| scores::verify(tx, year))?;
    let mut faults = 0_usize;
    for check in &checks {
        if let Some(fault) = check.fault {
            faults += 1;
            writeln!(out, "{}", fault_text(check, fault))?;
        }
    }
    let values = [
        ("year", &*year.to_string()),
        ("count", &checks.len().to_string()),
        ("faults", &faults.to_string()),
    ];
    writeln!(out, "{}", say("vi", "score.verify.sum", &values))?;
    Ok(ExitCode::from(u8::from(faults > 0)))
}

fn fault_text(check: &SealCheck, fault: SealFault) -> String {
    let values = [
        ("unit", check.unit_name.as_str()),
        ("category", check.category.as_str()),
        ("edition", &check.edition.to_string()),
        ("sheet", &check.sheet_id.to_string()),
        ("fault", &say("vi", &format!("score.unsound.{fault}"), &[])),
    ];
    say("vi", "score.verify.fault", &values)
}
