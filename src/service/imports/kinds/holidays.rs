//! Days off of a calendar.

use chrono::NaiveDate;

use super::super::Part;
use super::super::outcome::Done;
use super::super::reading::Reading;
use super::super::rows::{RowKind, Seen};
use super::Sort;
use crate::domain::calendar::{Calendar, CalendarEdit, NewDayOff};
use crate::domain::error::Invalid;
use crate::domain::import::{Entity, Made};
use crate::domain::text::fold;
use crate::office::sheet_in::{Column, Line};
use crate::service::core::access::Action;
use crate::service::rules::calendars;
use crate::service::{Error, Tx};

pub(super) const SORT: Sort = Sort {
    needs: Action::ManageRules,
    ..Sort::of::<Holidays>(&["ngay nghi", "ngay le", "holidays"], COLUMNS)
};

const COLUMNS: &[Column] = &[
    Column {
        key: "date",
        name: "Ngày",
        synonyms: &["ngay nghi"],
        required: true,
        example: "24/11/2026",
    },
    Column {
        key: "name",
        name: "Tên",
        synonyms: &["ten ngay nghi", "ly do", "noi dung", "holiday"],
        required: true,
        example: "Ngày Văn hóa Việt Nam",
    },
    Column {
        key: "calendar",
        name: "Lịch",
        synonyms: &["ma lich"],
        required: false,
        example: "",
    },
    Column {
        key: "source",
        name: "Văn bản",
        synonyms: &["can cu", "nguon"],
        required: false,
        example: "",
    },
];

/// Days off.
struct Holidays;

/// What the rows of a sheet name.
struct Known {
    /// The calendar of rows that name none.
    own: Result<String, Invalid>,
    seen: Seen<(String, NaiveDate)>,
}

/// What a row says.
struct DayOff {
    calendar: String,
    new: NewDayOff,
}

impl RowKind for Holidays {
    type Known = Known;
    type Row = DayOff;

    fn known(tx: &mut Tx<'_>, _: &Part) -> Result<Known, Error> {
        Ok(Known {
            own: own_calendar(tx)?,
            seen: Seen::new(Entity::Holiday),
        })
    }

    fn read(_: &mut Tx<'_>, line: Line<'_>, known: &mut Known) -> Result<DayOff, Error> {
        let mut read = Reading::of(line);
        let date = read.required_moment("date").map(|moment| moment.date);
        let name = read.required("name");
        let (calendar, source) = (read.optional("calendar"), read.optional("source"));
        let calendar = read.take(calendar.map_or_else(|| known.own.clone(), Ok));
        if let (Some(date), Some(calendar)) = (date, &calendar) {
            let day = (calendar.clone(), date);
            read.take(known.seen.once(day, line.number(), "date"));
        }
        read.finish()?;
        let (Some(date), Some(calendar)) = (date, calendar) else {
            return Err(Invalid::new("date", "required").into());
        };
        Ok(DayOff {
            calendar,
            new: NewDayOff { date, name, source },
        })
    }

    fn enter(tx: &mut Tx<'_>, number: u32, row: DayOff, _: &mut Known) -> Result<Done, Error> {
        enter(tx, number, row)
    }
}

fn enter(tx: &mut Tx<'_>, number: u32, row: DayOff) -> Result<Done, Error> {
    let DayOff {
        calendar: code,
        new,
    } = row;
    let unknown = |error| match error {
        Error::NotFound { .. } => Invalid::new("calendar", "not_found")
            .with("value", code.escape_debug())
            .into(),
        error => error,
    };
    let calendar = calendars::get(tx, &code).map_err(unknown)?;
    let day = Calendar::compile(&calendar.spec)?.day(new.date);
    let same = |known: &String| fold(known) == fold(&new.name);
    if day.kind.is_named_off() && day.name.as_ref().is_some_and(same) {
        return Ok(Done::Unchanged);
    }
    let (date, name) = (new.date, new.name.clone());
    let edit = CalendarEdit::AddDayOff(new);
    calendars::edit(tx, &code, &edit, calendar.version)?;
    Ok(Done::Created(Made {
        row: number,
        entity: Entity::Holiday,
        id: format!("{code} {date}"),
        name,
        version: 0,
    }))
}

/// The one calendar that the actor may change, where there is only one.
fn own_calendar(tx: &mut Tx<'_>) -> Result<Result<String, Invalid>, Error> {
    let all = calendars::list(tx)?;
    let own: Vec<String> = (all.into_iter())
        .filter(|calendar| calendar.unit_id.is_some())
        .map(|calendar| calendar.spec.code)
        .collect();
    Ok(match own.as_slice() {
        [one] => Ok(one.clone()),
        several => {
            let fault = Invalid::new("calendar", "import_calendar");
            Err(fault.with("codes", several.join(", ")))
        }
    })
}
