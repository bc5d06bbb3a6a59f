//! `open-periods`: what plans ask for from the periods that begin.

use super::JobRun;
use crate::domain::schedule::JobResult;
use crate::service::obligations::open;
use crate::service::{App, Error};

pub(super) fn run(app: &App, run: &JobRun) -> Result<JobResult, Error> {
    let report = open::run(app, run.now)?;
    if report.periods == 0 && report.opened + report.frozen == 0 {
        return Ok(JobResult::quiet("Không có kỳ nào bắt đầu."));
    }
    let mut sentence = format!(
        "Đã mở {} kỳ, {} nghĩa vụ mới.",
        report.periods, report.opened
    );
    if report.frozen > 0 {
        let left_out = format!(" Để ngoài {} việc của năm đã khóa điểm.", report.frozen);
        sentence.push_str(&left_out);
    }
    Ok(JobResult::new(sentence)
        .count("periods", report.periods)
        .count("opened", report.opened)
        .count("frozen", report.frozen))
}
