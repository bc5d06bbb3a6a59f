//! `sweep`: due steps of obligations, to the minute, and the digests that follow.

use super::JobRun;
use crate::domain::schedule::JobResult;
use crate::service::notices::sweep;
use crate::service::{App, Error};

pub(super) fn run(app: &App, run: &JobRun) -> Result<JobResult, Error> {
    let report = sweep::run(app, run.due_at, run.now)?;
    if report.is_quiet() {
        return Ok(JobResult::quiet("Không có việc nào đến lúc."));
    }
    let sentence = format!(
        "Đã xem {} nghĩa vụ: {} đổi trạng thái, {} quá hạn; {} lời nhắc mới, {} thư.",
        report.examined, report.changed, report.missed, report.reminders, report.mails
    );
    Ok(JobResult::new(sentence)
        .count("examined", report.examined)
        .count("changed", report.changed)
        .count("missed", report.missed)
        .count("reminders", report.reminders)
        .count("unreachable", report.unreachable)
        .count("set_aside", report.set_aside)
        .count("mails", report.mails))
}
