//! The days from `tu` to `den` by which a list is filtered, as they were typed.

use chrono::{DateTime, Utc};

use super::layout::Layout;
use super::list::{Active, Query};
use super::typed;
use crate::domain::text::local_midnight;
use crate::web::error::Problem;

/// The parameters of the first and of the last day.
const FIRST: &str = "tu";
const LAST: &str = "den";

/// The days of a filter, both included; an empty text stands for no limit.
pub(super) struct DayRange {
    /// The first day, as it was typed.
    pub first: String,
    /// The last day, as it was typed.
    pub last: String,
}

/// The midnight at which the first day begins, and the one at which the last day ends.
type Limits = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

impl DayRange {
    /// The days that the address of a list names.
    pub(super) fn of(query: &Query) -> Self {
        Self {
            first: query.get(FIRST).to_owned(),
            last: query.get(LAST).to_owned(),
        }
    }

    /// The limits as instants.
    ///
    /// # Errors
    /// 400 on `tu` or `den` for a text that is no date.
    pub(super) fn instants(&self) -> Result<Limits, Problem> {
        let first = typed::optional_date(FIRST, &self.first)?;
        let last = typed::optional_date(LAST, &self.last)?;
        let end = last.map(|on| local_midnight(on.succ_opt().unwrap_or(on)));
        Ok((first.map(local_midnight), end))
    }

    /// What the filter says, with the way to take each day away.
    pub(super) fn active(&self, page: &Layout, query: &Query) -> Vec<Active> {
        let days = [
            (FIRST, &self.first, "pages.layout.from_day"),
            (LAST, &self.last, "pages.layout.until_day"),
        ];
        let typed = days.into_iter().filter(|(_, day, _)| !day.is_empty());
        typed
            .map(|(name, day, key)| query.active(name, "", page.say_with(key, "on", day)))
            .collect()
    }
}
