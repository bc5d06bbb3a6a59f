//! Days off of a calendar.

use super::super::Part;
use super::super::outcome::{Done, Outcome};
use super::super::reading::Reading;
use super::Sort;
use crate::domain::calendar::{Calendar, CalendarEdit, NewDayOff};
use crate::domain::error::Invalid;
use crate::domain::import::{Entity, Made};
use crate::domain::text::fold;
use crate::office::sheet_in::{Column, Line};
use crate::service::rules::calendars;
use crate::service::{Error, Tx};

pub(super) const SORT: Sort = Sort {
    sheets: &["ngay nghi", "ngay le", "holidays"],
    columns: COLUMNS,
    choices: &[],
    enter,
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
        example: "ben-tre-tinh",
    },
    Column {
        key: "source",
        name: "Văn bản",
        synonyms: &["can cu", "nguon"],
        required: false,
        example: "",
    },
];

fn enter(tx: &mut Tx<'_>, part: &Part, outcome: &mut Outcome) -> Result<(), Error> {
    for line in part.table.lines().filter(|line| !line.is_blank()) {
        outcome.row(tx, line.number(), |tx| row(tx, line))?;
    }
    Ok(())
}

fn row(tx: &mut Tx<'_>, line: Line<'_>) -> Result<Done, Error> {
    let mut read = Reading::of(line);
    let date = read.required_moment("date").map(|moment| moment.date);
    let name = read.required("name");
    let (calendar, source) = (read.optional("calendar"), read.optional("source"));
    read.finish()?;
    let Some(date) = date else {
        return Ok(Done::Unchanged);
    };
    let code = match calendar {
        Some(code) => code,
        None => own_calendar(tx)?,
    };
    let unknown = |error| match error {
        Error::NotFound { .. } => Invalid::new("calendar", "not_found")
            .with("value", code.escape_debug())
            .into(),
        error => error,
    };
    let calendar = calendars::get(tx, &code).map_err(unknown)?;
    let day = Calendar::compile(&calendar.spec)?.day(date);
    let same = |known: &String| fold(known) == fold(&name);
    if day.kind.is_named_off() && day.name.as_ref().is_some_and(same) {
        return Ok(Done::Unchanged);
    }
    let edit = CalendarEdit::AddDayOff(NewDayOff {
        date,
        name: name.clone(),
        source,
    });
    calendars::edit(tx, &code, &edit, calendar.version)?;
    Ok(Done::Created(Made {
        row: line.number(),
        entity: Entity::Holiday,
        id: format!("{code} {date}"),
        name,
        version: 0,
    }))
}

/// The one calendar that the actor may change, where there is only one.
fn own_calendar(tx: &mut Tx<'_>) -> Result<String, Error> {
    let all = calendars::list(tx)?;
    let own: Vec<String> = (all.into_iter())
        .filter(|calendar| calendar.unit_id.is_some())
        .map(|calendar| calendar.spec.code)
        .collect();
    match own.as_slice() {
        [one] => Ok(one.clone()),
        several => {
            let fault = Invalid::new("calendar", "import_calendar");
            Err(fault.with("codes", several.join(", ")).into())
        }
    }
}
