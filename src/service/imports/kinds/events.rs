//! Events, each with its deadlines. An event is known by its unit, its title and its start.

use chrono::{DateTime, Utc};

use super::super::Part;
use super::super::outcome::Done;
use super::super::reading::{Moment, Reading, Words, minute};
use super::super::rows::{RowKind, Seen};
use super::super::unit_names::UnitNames;
use super::{STATE, Sort};
use crate::domain::error::Invalid;
use crate::domain::event::{EventPatch, EventType, NewEvent};
use crate::domain::ids::UnitId;
use crate::domain::import::{Entity, Made};
use crate::domain::text::{fold, local};
use crate::office::ics_in::ReadEvent;
use crate::office::sheet_in::{Cell, Column, Line, Row, Sheet, Value};
use crate::service::core::access::Action;
use crate::service::submissions::events::{self, Event};
use crate::service::{Error, Tx};
use crate::store::events::{self as stored, EventRow};

pub(super) const SORT: Sort = Sort {
    choices: &[("types", || super::names(TYPES))],
    needs: Action::ActForUnit,
    ..Sort::of::<Events>(&["su kien", "events"], COLUMNS)
};

const COLUMNS: &[Column] = &[
    Column {
        key: "unit",
        name: "Đơn vị",
        synonyms: &["ma don vi", "ten don vi", "unit code"],
        required: true,
        example: "LĐLĐ huyện Ba Tri",
    },
    Column {
        key: "title",
        name: "Tên sự kiện",
        synonyms: &[
            "su kien",
            "noi dung",
            "tieu de",
            "event",
            "name of the event",
        ],
        required: true,
        example: "Hội nghị sơ kết phong trào thi đua",
    },
    Column {
        key: "starts_at",
        name: "Bắt đầu",
        synonyms: &["ngay", "thoi gian", "ngay bat dau", "start", "starts"],
        required: true,
        example: "20/11/2026 14:00",
    },
    Column {
        key: "ends_at",
        name: "Kết thúc",
        synonyms: &["ngay ket thuc", "end", "ends"],
        required: false,
        example: "20/11/2026 16:00",
    },
    Column {
        key: "place",
        name: "Địa điểm",
        synonyms: &["noi to chuc"],
        required: false,
        example: "Hội trường",
    },
    Column {
        key: "types",
        name: "Loại",
        synonyms: &["loai su kien", "type"],
        required: false,
        example: "thường",
    },
    STATE,
];

const TYPES: &Words<EventType> = &[
    (EventType::Ordinary, &["thường", "ordinary"]),
    (EventType::Topical, &["thời sự", "topical"]),
    (EventType::Question, &["câu hỏi", "question"]),
];

/// Whether an event was cancelled, by its state as lists write it.
const STATES: &Words<bool> = &[(true, &["đã hủy", "cancelled"])];

/// Events of units.
struct Events;

/// What a row says.
struct Read {
    new: NewEvent,
    starts: Moment,
    ends: Option<Moment>,
    cancelled: bool,
}

/// What the rows of a sheet name.
struct Known {
    units: UnitNames,
    seen: Seen<(UnitId, String, DateTime<Utc>)>,
}

impl RowKind for Events {
    type Known = Known;
    type Row = Read;

    fn known(tx: &mut Tx<'_>, _: &Part) -> Result<Known, Error> {
        Ok(Known {
            units: UnitNames::read(tx)?,
            seen: Seen::new(Entity::Event),
        })
    }

    fn read(_: &mut Tx<'_>, line: Line<'_>, known: &mut Known) -> Result<Read, Error> {
        read(line, known)
    }

    fn warnings(row: &Read) -> Vec<Invalid> {
        let cancelled = || Invalid::new("state", "import_event_cancelled");
        row.cancelled.then(cancelled).into_iter().collect()
    }

    fn enter(tx: &mut Tx<'_>, number: u32, row: Read, _: &mut Known) -> Result<Done, Error> {
        match row.cancelled {
            true => Ok(Done::Unchanged),
            false => enter(tx, number, &row),
        }
    }
}

/// The event of a row, and when it starts.
fn read(line: Line<'_>, known: &mut Known) -> Result<Read, Error> {
    let mut read = Reading::of(line);
    let named = read.text("unit");
    let unit_id = read.take(known.units.find(&named, "unit"));
    let title = read.required("title");
    let starts = read.required_moment("starts_at");
    let ends = read.moment("ends_at");
    let place = read.optional("place");
    let types = read.words("types", TYPES);
    let cancelled = read.one_of("state", STATES);
    if let (Some(unit), Some(starts), false) = (unit_id, starts, cancelled) {
        let key = (unit, fold(&title), minute(starts.instant()));
        read.take(known.seen.once(key, line.number(), "title"));
    }
    read.finish()?;
    let (Some(unit_id), Some(starts)) = (unit_id, starts) else {
        return Err(Invalid::new("", "required").into());
    };
    let mut new = NewEvent {
        unit_id,
        title,
        place,
        types,
        starts_at: None,
        ends_at: None,
        starts_on: None,
        ends_on: None,
    };
    match starts.time {
        Some(_) => {
            new.starts_at = Some(starts.instant());
            new.ends_at = ends.map(Moment::end);
        }
        None => {
            new.starts_on = Some(starts.date);
            new.ends_on = ends.map(|ends| ends.date);
        }
    }
    Ok(Read {
        new,
        starts,
        ends,
        cancelled,
    })
}

fn enter(tx: &mut Tx<'_>, number: u32, row: &Read) -> Result<Done, Error> {
    let Some(known) = known(tx, &row.new, row.starts)? else {
        let event = events::register(tx, &row.new)?;
        return Ok(Done::Created(made(number, event)));
    };
    let (_, mut text) = row.new.clone().split();
    let before = known.text();
    keep_seconds(&mut text.starts_at, before.starts_at);
    keep_seconds(&mut text.ends_at, before.ends_at);
    // a sheet shows an end at midnight as a date alone
    let shown_as = |at: DateTime<Utc>| {
        row.ends
            .is_some_and(|end| end.time.is_none() && end.instant() == at)
    };
    if text.ends_at.is_some() && before.ends_at.is_some_and(shown_as) {
        text.ends_at = before.ends_at;
    }
    let (wanted, before) = (text.clone().checked(tx.now)?, before.checked(tx.now)?);
    if wanted == before {
        return Ok(Done::Unchanged);
    }
    let patch = EventPatch {
        title: Some(text.title),
        place: Some(text.place),
        types: Some(wanted.types),
        starts_at: text.starts_at,
        ends_at: text.ends_at,
        starts_on: text.starts_on,
        ends_on: text.ends_on,
    };
    let event = events::change(tx, known.id, &patch, known.version)?;
    Ok(Done::Changed(made(number, event)))
}

/// Takes the stored instant for one of a file that is the same minute.
fn keep_seconds(read: &mut Option<DateTime<Utc>>, stored: Option<DateTime<Utc>>) {
    if read.is_some() && read.map(minute) == stored.map(minute) {
        *read = stored;
    }
}

fn made(row: u32, event: Event) -> Made {
    Made {
        row,
        entity: Entity::Event,
        id: event.id.to_string(),
        name: event.title,
        version: event.version,
    }
}

/// The stored event that a row means, unless it was cancelled.
fn known(tx: &mut Tx<'_>, new: &NewEvent, starts: Moment) -> Result<Option<EventRow>, Error> {
    let same = stored::starting_within(tx.conn, new.unit_id, minute(starts.instant()))?;
    let title = fold(&new.title);
    Ok(same.into_iter().find(|event| event.title_folded == title))
}

/// Events of a calendar file as a sheet, below the header of the template. A calendar names no unit:
/// all of them are of the one given.
pub(in crate::service::imports) fn sheet_of(events: &[ReadEvent], unit: &str) -> Sheet {
    let header = COLUMNS.iter().map(|column| column.name.to_owned());
    let mut rows = vec![texts(1, header.collect())];
    rows.extend((2..).zip(events).map(|(number, event)| {
        let end = Some(event.ends_at).filter(|end| *end > event.starts_at);
        let cells = [
            unit.to_owned(),
            event.title.clone(),
            written(event.starts_at, event.date_only),
            end.map(|end| written(end, event.date_only))
                .unwrap_or_default(),
            event.place.clone().unwrap_or_default(),
        ];
        texts(number, cells.to_vec())
    }));
    Sheet {
        name: String::new(),
        rows,
    }
}

/// A row of texts, without empty ones.
fn texts(number: u32, texts: Vec<String>) -> Row {
    let cells = (0..).zip(texts).filter(|(_, text)| !text.is_empty());
    let cell = |(column, text): (u16, String)| Cell {
        column,
        value: Value::Text(text.into()),
    };
    Row {
        number,
        cells: cells.map(cell).collect(),
    }
}

/// An instant as a cell has it; a time of day is one also at midnight.
fn written(at: DateTime<Utc>, date_only: bool) -> String {
    let form = if date_only {
        "%d/%m/%Y"
    } else {
        "%d/%m/%Y %H:%M"
    };
    local(at).format(form).to_string()
}
