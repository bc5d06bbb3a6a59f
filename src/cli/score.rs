//! `tinbai score`: emulation scores.

use std::io::Write;
use std::process::ExitCode;

use clap::Subcommand;

use super::CliError;
use crate::config::Settings;
use crate::domain::access::Actor;
use crate::domain::words::say;
use crate::service::scores;

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
        #[arg(value_name = "YEAR")]
        year: i32,
    },
}

/// Runs the command. Exit code 1 if a frozen sheet differs.
///
/// # Errors
/// Faulty settings, an unusable database.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let What::Verify { year } = args.what;
    let app = crate::app::open(settings).map_err(|error| CliError::failed(&error))?;
    let verdicts = scores::verify(&app, &Actor::cli(), year)?;
    let mut faults = 0_usize;
    for verdict in &verdicts {
        let Some(unsound) = verdict.unsound else {
            continue;
        };
        faults += 1;
        let values = [
            ("unit", verdict.unit_name.clone()),
            ("category", verdict.category.clone()),
            ("edition", verdict.edition.to_string()),
            ("sheet", verdict.sheet_id.to_string()),
            (
                "fault",
                say("vi", &format!("score.unsound.{}", unsound.as_str()), &[]),
            ),
        ];
        writeln!(
            out,
            "{}",
            say(
                "vi",
                "score.verify.fault",
                &values.each_ref().map(|(key, value)| (*key, value.as_str()))
            )
        )?;
    }
    let counts = [
        ("year", year.to_string()),
        ("count", verdicts.len().to_string()),
        ("faults", faults.to_string()),
    ];
    writeln!(
        out,
        "{}",
        say(
            "vi",
            "score.verify.sum",
            &counts.each_ref().map(|(key, value)| (*key, value.as_str()))
        )
    )?;
    Ok(if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
