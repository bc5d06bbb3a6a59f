//! `tinbai admin`: creates the first administrator, and removes the second factor of the only one who
//! lost it. No password is typed here: the command prints a one-time link.

use std::io::Write;
use std::process::ExitCode;

use clap::Subcommand;

use super::CliError;
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::domain::access::Actor;
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
    /// Tên liên đoàn, khi dữ liệu còn trống: liên đoàn được lập cùng lúc (name of the federation to
    /// found in an empty database)
    #[arg(long, value_name = "NAME", conflicts_with = "unit")]
    federation: Option<String>,
    /// Mã của liên đoàn được lập, như trong danh sách đơn vị sẽ nhập; thiếu thì lấy từ tên (its code, as in the
    /// list of units to import; without it, made of the name)
    #[arg(long, value_name = "CODE", requires = "federation")]
    code: Option<String>,
    /// Thêm một người nữa dù đã có quản trị viên (although there is one already)
    #[arg(long)]
    another: bool,
}

/// Creates an administrator, or removes a second factor.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let app = app::open(settings).map_err(|error| CliError::failed(&error))?;
    let (actor, now) = (Actor::cli(), SystemClock::new().now());
    match &args.what {
        What::Create(args) => {
            let new = args.to_admin();
            let link = app.write(&actor, now, |tx| create_admin(tx, &new))?;
            writeln!(
                out,
                "Hãy mở liên kết này để đặt mật khẩu (một lần, trong 7 ngày; open it to set the password):"
            )?;
            // alone on its line, for scripts
            writeln!(out, "{link}")?;
        }
        What::ResetSecondFactor(args) => {
            let account = app.write(&actor, now, |tx| {
                reset_second_factor_of(tx, &args.mail, &args.reason)
            })?;
            writeln!(
                out,
                "Đã gỡ bước xác minh thứ hai của {}; mọi phiên đăng nhập đã kết thúc.",
                account.row.mail
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Create {
    fn to_admin(&self) -> NewAdmin {
        NewAdmin {
            name: self.name.clone(),
            mail: self.mail.clone(),
            unit: self.unit.clone(),
            federation: self.federation.clone(),
            code: self.code.clone(),
            another: self.another,
        }
    }
}
