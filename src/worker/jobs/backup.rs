//! `backup`: writes a backup into the folder of the settings, and deletes the old ones.

use super::JobRun;
use crate::domain::schedule::JobResult;
use crate::service::operation::backup;
use crate::service::{App, Error};

pub(super) fn run(app: &App, run: &JobRun) -> Result<JobResult, Error> {
    if app.settings.backup.directory.is_none() {
        return Ok(JobResult::new(
            "Chưa đặt backup.directory nên không sao lưu.",
        ));
    }
    if app.store.is_rehearsal() {
        return Ok(JobResult::quiet("Chạy thử: không sao lưu."));
    }
    let taken = backup::take(app, run.now)?;
    let rows = taken.manifest.rows();
    let sentence = format!("Đã sao lưu {rows} dòng, xóa {} bản cũ.", taken.deleted);
    let bytes = i64::try_from(taken.bytes).unwrap_or(i64::MAX);
    let result = JobResult::new(sentence).count("rows", rows);
    Ok(result.count("bytes", bytes))
}
