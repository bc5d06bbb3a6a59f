//! `purge`: takes out what is kept no longer than the settings say.

use super::Occasion;
use crate::domain::schedule::JobResult;
use crate::service::{Error, House, purge};

pub(super) fn run(house: &House, occasion: &Occasion) -> Result<JobResult, Error> {
    purge::run(house, occasion.now)
}
