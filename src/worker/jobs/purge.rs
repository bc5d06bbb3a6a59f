//! `purge`: takes out what is kept no longer than the settings say.

use super::Occasion;
use crate::domain::schedule::JobResult;
use crate::service::schedule::purge;
use crate::service::{App, Error};

pub(super) fn run(app: &App, occasion: &Occasion) -> Result<JobResult, Error> {
    purge::run(app, occasion.now)
}
