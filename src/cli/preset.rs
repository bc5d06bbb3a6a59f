//! `tinbai preset`: the shipped plans of real provinces.

use std::io::Write;
use std::process::ExitCode;

use chrono::NaiveDate;
use rust_i18n::t;

use super::CliError;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{ConfigError, Settings};
use crate::domain::access::Actor;
use crate::domain::years;
use crate::service::rules::presets::{self, ApplyPreset, Outcome, Part, Step};

/// Arguments of `tinbai preset`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Liệt kê các mẫu (all presets)
    List,
    /// Áp dụng một mẫu cho liên đoàn; áp dụng lại không đổi gì (apply one to a federation; again
    /// changes nothing)
    ///
    /// Lập lịch làm việc, chính sách và kế hoạch năm có hiệu lực ngay. Thứ đã có mà khác mẫu thì
    /// được báo ra và giữ nguyên. (What is there already and differs is told and left alone.)
    Apply(Apply),
}

#[derive(Debug, clap::Args)]
struct Apply {
    /// Mã mẫu, xem `tinbai preset list` (its code)
    #[arg(value_name = "NAME")]
    name: String,
    /// Mã đơn vị, phải là liên đoàn (code of the federation)
    #[arg(long, value_name = "CODE")]
    unit: String,
    /// Năm kế hoạch (the plan's year)
    #[arg(long, value_name = "YEAR", value_parser = years::argument::<i32>)]
    year: i32,
    /// Tính các kỳ bắt đầu từ ngày này trở đi và chưa hết, dạng 2026-01-01; thiếu thì từ hôm nay
    /// (counts the periods that begin on or after this date and have not ended; else from today)
    #[arg(long, value_name = "DATE", value_parser = years::argument::<NaiveDate>)]
    from: Option<NaiveDate>,
    /// Chỉ cho biết sẽ làm gì, không ghi (say what would be done, write nothing)
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command. Exit code 1 if something differs from the preset: somebody should look.
///
/// # Errors
/// Faulty settings or arguments, an unusable database.
pub fn run(
    args: &Args,
    settings: impl FnOnce() -> Result<Settings, ConfigError>,
    out: &mut dyn Write,
) -> Result<ExitCode, CliError> {
    match &args.command {
        Command::List => list(out),
        Command::Apply(args) => apply(args, settings()?, out),
    }
}

fn list(out: &mut dyn Write) -> Result<ExitCode, CliError> {
    for preset in presets::list() {
        writeln!(out, "{:<10} {}", preset.code, preset.name)?;
        for rule in preset.plans.iter().flat_map(|plan| &plan.rules) {
            writeln!(out, "           - {}", rule.content.title)?;
        }
        writeln!(out, "           {}", preset.note)?;
        writeln!(out, "           ({})", preset.note_en)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn apply(args: &Apply, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let app = crate::app::open(settings)?;
    let (preset, unit) = (args.name.clone(), args.unit.clone());
    let input = ApplyPreset {
        preset,
        unit,
        year: args.year,
        from: args.from,
    };
    let (actor, now) = (Actor::cli(), SystemClock::new().now());
    let steps = if args.dry_run {
        app.read(&actor, now, |tx| presets::preview(tx, &input))?
    } else {
        app.write(&actor, now, |tx| presets::apply(tx, &input))?
    };
    if args.dry_run {
        writeln!(out, "{}", t!("preset.dry_run", locale = "vi"))?;
    }
    for step in &steps {
        writeln!(out, "{}", line(step))?;
    }
    if steps.iter().all(|step| step.outcome == Outcome::Unchanged) {
        writeln!(out, "{}", t!("preset.nothing", locale = "vi"))?;
    }
    let differs = steps.iter().any(|step| step.outcome == Outcome::Differs);
    Ok(if differs {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

fn line(step: &Step) -> String {
    let part = match step.part {
        Part::Calendar => t!("preset.part.calendar", locale = "vi"),
        Part::Policy => t!("preset.part.policy", locale = "vi"),
        Part::Plan => t!("preset.part.plan", locale = "vi"),
    };
    let (sign, outcome) = match step.outcome {
        Outcome::Created => ('+', t!("preset.outcome.created", locale = "vi")),
        Outcome::Unchanged => ('=', t!("preset.outcome.unchanged", locale = "vi")),
        Outcome::Differs => ('!', t!("preset.outcome.differs", locale = "vi")),
    };
    let name = if step.name.is_empty() {
        String::new()
    } else {
        format!(" {}", step.name)
    };
    let tail = if step.differences.is_empty() {
        String::new()
    } else {
        format!(" ({})", step.differences.join(", "))
    };
    format!("{sign} {part}{name}: {outcome}{tail}")
}
