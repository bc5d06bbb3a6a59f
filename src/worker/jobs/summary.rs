//! `summary`: the department's summary of the daily check, one row for each federation.

use super::JobRun;
use crate::domain::schedule::JobResult;
use crate::service::notices::summary;
use crate::service::{App, Error};

pub(super) fn run(app: &App, run: &JobRun) -> Result<JobResult, Error> {
    let federation = run.unit_id.ok_or(Error::not_found("unit"))?;
    let report = summary::run(app, federation, run.due_at, run.now)?;
    if report.day_off {
        return Ok(JobResult::new(
            "Ngày nghỉ: để sang bản tổng hợp của ngày làm việc kế tiếp.",
        ));
    }
    let sentence = format!(
        "{} tin, bài đến, {} việc quá hạn, {} việc còn nợ; {} thư.",
        report.arrived, report.missed, report.owed, report.mails
    );
    Ok(JobResult::new(sentence)
        .count("arrived", report.arrived)
        .count("missed", report.missed)
        .count("owed", report.owed)
        .count("mails", report.mails))
}
