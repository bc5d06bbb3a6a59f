//! `open-periods`: what plans ask for from the periods that begin.

use super::JobRun;
use crate::domain::schedule::JobResult;
use crate::service::obligations::open;
use crate::service::{App, Error};

pub(super) fn run(app: &App, run: &JobRun) -> Result<JobResult, Error> {
    let report = open::run(app, run.now)?;
    if report.periods == 0 {
        return Ok(JobResult::quiet("Không có kỳ nào bắt đầu."));
    }
    let sentence = format!(
        "Đã mở {} kỳ, {} nghĩa vụ mới.",
        report.periods, report.opened
    );
    Ok(JobResult::new(sentence)
        .count("periods", report.periods)
        .count("opened", report.opened))
}
