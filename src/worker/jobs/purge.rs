//! `purge`: takes out what is kept no longer than the settings say.

use super::JobRun;
use crate::domain::schedule::JobResult;
use crate::service::schedule::purge;
use crate::service::{App, Error};

pub(super) fn run(app: &App, run: &JobRun) -> Result<JobResult, Error> {
    purge::run(app, run.now)
}
