//! `weekly-digest`, `monthly-table`, `half-year-report`: reports by mail, each with one row for each
//! federation.

use super::JobRun;
use crate::domain::schedule::JobResult;
use crate::service::reports::{Sent, send_half_year, send_monthly, send_weekly};
use crate::service::{App, Error};

pub(super) fn weekly(app: &App, run: &JobRun) -> Result<JobResult, Error> {
    let federation = run.unit_id.ok_or(Error::not_found("unit"))?;
    Ok(told(send_weekly(app, federation, run.due_at, run.now)?))
}

pub(super) fn monthly(app: &App, run: &JobRun) -> Result<JobResult, Error> {
    let federation = run.unit_id.ok_or(Error::not_found("unit"))?;
    Ok(told(send_monthly(app, federation, run.due_at, run.now)?))
}

pub(super) fn half_year(app: &App, run: &JobRun) -> Result<JobResult, Error> {
    let federation = run.unit_id.ok_or(Error::not_found("unit"))?;
    Ok(told(send_half_year(app, federation, run.due_at, run.now)?))
}

fn told(sent: Sent) -> JobResult {
    let sentence = match sent.is_empty {
        true => "Không có gì để báo cáo.".to_owned(),
        false => format!("{} thư.", sent.mails),
    };
    JobResult::new(sentence).count("mails", sent.mails)
}
