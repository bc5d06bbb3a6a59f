//! `tinbai admin`: the first administrator, and the second factor that the only one has lost. No
//! password is typed here: the command answers a one-time link.

use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::CliError;
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::domain::access::Actor;
use crate::service::App;
use crate::service::accounts::{NewAdmin, create_admin, reset_second_factor_of};

/// Arguments of `tinbai admin`.
#[derive(Debug, clap::Args)]
#[command(disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tạo quản trị viên đầu tiên và in liên kết đặt mật khẩu, dùng một lần (make one; prints a
    /// one-time link)
    Create(Create),
    /// Gỡ bước xác minh thứ hai của người đã mất thiết bị (take a lost second factor away)
    ResetSecondFactor(ResetSecondFactor),
}

#[derive(Debug, clap::Args)]
struct ResetSecondFactor {
    /// Địa chỉ thư người ấy dùng để đăng nhập (the mail that they sign in with)
    mail: String,
    /// Lý do, ghi vào nhật ký và thư báo (why; for the trail and for the mail that tells them)
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "Người dùng báo mất thiết bị xác minh"
    )]
    reason: String,
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Địa chỉ thư dùng để đăng nhập (the mail to sign in with)
    #[arg(long)]
    mail: String,
    /// Họ và tên (full name)
    #[arg(long)]
    name: String,
    /// Mã đơn vị; thiếu thì liên đoàn duy nhất (code of the unit; without it, the only federation)
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Thêm một người nữa dù đã có quản trị viên (although there is one already)
    #[arg(long)]
    another: bool,
}

/// Makes an administrator, or takes somebody's second factor away.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let app = app::open(settings).map_err(|error| CliError::failed(&error))?;
    let now = SystemClock::new().now();
    match &args.what {
        What::Create(args) => create(args, &app, now, out)?,
        What::ResetSecondFactor(args) => {
            let account =
                reset_second_factor_of(&app, &Actor::cli(), &args.mail, &args.reason, now)?;
            writeln!(
                out,
                "Đã gỡ bước xác minh thứ hai của {}; mọi phiên đăng nhập đã kết thúc.",
                account.row.mail
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn create(
    args: &Create,
    app: &App,
    now: DateTime<Utc>,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let new = NewAdmin {
        name: args.name.clone(),
        mail: args.mail.clone(),
        unit: args.unit.clone(),
        another: args.another,
    };
    let link = create_admin(app, &new, now)?;
    writeln!(
        out,
        "Hãy mở liên kết này để đặt mật khẩu (một lần, trong 7 ngày; open it to set the password):"
    )?;
    // alone on its line, for scripts
    writeln!(out, "{link}")?;
    Ok(())
}
