//! `close-periods`: settles what is owed for periods that are over.

use super::Occasion;
use crate::domain::schedule::JobResult;
use crate::service::{Error, House, sweep};

pub(super) fn run(house: &House, occasion: &Occasion) -> Result<JobResult, Error> {
    let report = sweep::close_periods(house, occasion.now)?;
    if report.looked_at == 0 {
        return Ok(JobResult::quiet("Không có kỳ nào cần chốt."));
    }
    let sentence = format!(
        "Đã chốt {} nghĩa vụ hết kỳ, {} không hoàn thành.",
        report.changed, report.missed
    );
    let result = JobResult::new(sentence)
        .count("looked_at", report.looked_at)
        .count("closed", report.changed);
    Ok(result.count("missed", report.missed))
}
