//! `tinbai health`: whether the server of these settings can take requests, for supervisors and
//! containers.

use std::io::Write;
use std::process::ExitCode;

use super::CliError;
use crate::app::ready::{Answer, ask};
use crate::config::Settings;

/// Asks the server at `server.listen`; exit code 1 if it is not ready.
pub fn run(settings: &Settings, out: &mut dyn Write) -> Result<ExitCode, CliError> {
    let at = settings.server.listen;
    match ask(at) {
        Ok(Answer::Ready) => {
            writeln!(out, "Máy chủ ở {at} sẵn sàng (ready)")?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(Answer::NotReady(why)) => Err(CliError::Failed(format!(
            "máy chủ ở {at} chưa sẵn sàng (not ready): {why}"
        ))),
        Ok(Answer::Foreign) => Err(CliError::Failed(format!(
            "chương trình khác trả lời ở {at} (another program answers)"
        ))),
        Err(cause) => Err(CliError::Failed(format!(
            "không có máy chủ ở {at} (no server): {cause}"
        ))),
    }
}
