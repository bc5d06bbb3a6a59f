//! The days off of a calendar in a year as a file for spreadsheets, as `tinbai import holidays` reads it.

use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::words::{capitalised, say};
use crate::domain::years;
use crate::service::reports::Cell;
use crate::service::rules::calendars;
use crate::service::{Error, Tx};
use crate::web::error::Problem;
use crate::web::pages::list::Query;
use crate::web::pages::list_file::{ListFile, Rows};

/// The calendar and the year that the address names.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct DaysOff {
    lich: String,
    nam: i32,
}

impl ListFile for DaysOff {
    const NAME: &'static str = "ngay-nghi";
    const TITLE: &'static str = "pages.file.days_off";
    const COLUMNS: &'static [&'static str] = &[
        "pages.file.date",
        "pages.file.day_name",
        "pages.file.calendar",
        "pages.file.day_kind",
    ];
    /// The days off of a year are whole.
    type Behind = ();

    fn asked(query: &Query) -> Result<Self, Problem> {
        let asked: Self = query.read()?;
        if asked.lich.is_empty() {
            return Err(Invalid::new("lich", "required").into());
        }
        years::check("nam", asked.nam)?;
        Ok(asked)
    }

    fn part(
        &self,
        tx: &mut Tx<'_>,
        _behind: Option<()>,
        locale: &'static str,
    ) -> Result<Rows<()>, Error> {
        let days = calendars::days_off(tx, &self.lich, self.nam)?;
        let row = |day: calendars::MonthDay| {
            let kind = format!("pages.calendars.kind.{}", day.kind);
            vec![
                day.date.into(),
                Cell::of(day.name),
                self.lich.as_str().into(),
                capitalised(&say(locale, &kind, &[])).into(),
            ]
        };
        Ok((days.into_iter().map(row).collect(), None))
    }
}
