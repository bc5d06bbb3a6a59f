//! `close-periods`: settles what is owed for periods that are over.

use super::JobRun;
use crate::domain::schedule::JobResult;
use crate::service::notices::sweep;
use crate::service::{App, Error};

pub(super) fn run(app: &App, run: &JobRun) -> Result<JobResult, Error> {
    let report = sweep::close_periods(app, run.now)?;
    if report.examined == 0 {
        return Ok(JobResult::quiet("Không có kỳ nào cần chốt."));
    }
    let sentence = format!(
        "Đã chốt {} nghĩa vụ hết kỳ, {} không hoàn thành.",
        report.changed, report.missed
    );
    let result = JobResult::new(sentence)
        .count("examined", report.examined)
        .count("closed", report.changed);
    Ok(result.count("missed", report.missed))
}
