//! `tinbai admin`: the first administrator. No password is typed here: the command answers a one-time link.

use std::io::Write;
use std::process::ExitCode;

use clap::Subcommand;

use super::CliError;
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Settings;
use crate::service::accounts::{NewAdmin, create_admin};

/// Arguments of `tinbai admin`.
#[derive(Debug, clap::Args)]
#[command(disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tạo quản trị viên đầu tiên và in liên kết đặt mật khẩu, dùng một lần (make one; prints a one-time link)
    Create(Create),
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

/// Makes an administrator.
pub fn run(args: &Args, settings: Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let What::Create(args) = &args.what;
    let house = app::open(settings).map_err(|error| CliError::failed(&error))?;
    let new =
        NewAdmin { name: args.name.clone(), mail: args.mail.clone(), unit: args.unit.clone(), another: args.another };
    let link = create_admin(&house, &new, SystemClock::new().now())?;
    writeln!(out, "Hãy mở liên kết này để đặt mật khẩu (một lần, trong 7 ngày; open it to set the password):")?;
    // alone on its line, for scripts
    writeln!(out, "{link}")?;
    Ok(ExitCode::SUCCESS)
}
