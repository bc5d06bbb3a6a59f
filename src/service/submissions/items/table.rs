//! The list of items as people read it, in an order and with a count, and as a file for spreadsheets.

use super::checks::known_kind;
use super::read::{Item, of_rows};
use crate::domain::access::Units;
use crate::domain::ids::EventId;
use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::service::reports::{Cell, Head, Part};
use crate::service::{Error, Tx};
use crate::store::events::{self, EventRow};
use crate::store::items::ItemRow;
use crate::store::kinds::{self, KindRow};
use crate::store::types::At;
use crate::store::views::items::{self as view, Behind, ItemFilter, Slice};

/// A part of the list of items, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The items of the part.
    pub items: Vec<Item>,
    /// How many the whole list has.
    pub total: i64,
    /// How many of them come before the part.
    pub before: i64,
    /// Where the next part begins; `None` behind the last one.
    pub next: Option<Behind>,
    /// The names of kinds by their codes.
    pub kinds: Vec<KindRow>,
}

impl Shown {
    /// The name of a kind.
    pub fn kind_name<'s>(&'s self, code: &'s str) -> &'s str {
        kind_name(&self.kinds, code)
    }
}

/// A part of the list of items that the actor may see, in an order, with how many there are.
///
/// # Errors
/// An unknown kind, a unit that the actor can't see.
pub fn shown(tx: &mut Tx<'_>, filter: &ItemFilter, slice: &Slice) -> Result<Shown, Error> {
    let (rows, next) = part(tx, filter, slice)?;
    let scope = tx.scope();
    let total = view::count(tx.conn, &scope, filter)?;
    Ok(Shown {
        items: of_rows(tx.conn, rows)?,
        total,
        before: view::before(tx.conn, &scope, filter, (slice, total))?,
        next,
        kinds: kinds::list(tx.conn)?,
    })
}

/// The rows of a part of the list, and where the next one begins.
fn part(
    tx: &mut Tx<'_>,
    filter: &ItemFilter,
    slice: &Slice,
) -> Result<(Vec<ItemRow>, Option<Behind>), Error> {
    if let Some(code) = &filter.kind {
        known_kind(tx.conn, code)??;
    }
    let unit = filter.unit_id.map(|unit| Units::of(Some(unit), false));
    if let Some(unit) = unit {
        tx.require_known(unit?)?;
    }
    // one row more says whether there is a next part
    let more = Slice {
        limit: slice.limit + 1,
        ..slice.clone()
    };
    let mut rows = view::page(tx.conn, &tx.scope(), filter, &more)?;
    let limit = usize::try_from(slice.limit).unwrap_or(usize::MAX);
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| is_more);
    let next = last.map(|row| slice.behind(row));
    Ok((rows, next))
}

/// The heads of the file's columns.
const HEAD: [&str; 12] = [
    "item.column.title",
    "item.column.unit",
    "item.column.kind",
    "item.column.state",
    "item.column.submitted_at",
    "item.column.arrived_at",
    "item.column.published_at",
    "item.column.url",
    "item.column.field",
    "item.column.authors",
    "item.column.event",
    "item.column.grade",
];

/// A part of the list for a file.
///
/// # Errors
/// As [`shown`].
pub fn file_part(
    tx: &mut Tx<'_>,
    filter: &ItemFilter,
    slice: &Slice,
    locale: &str,
) -> Result<Part<Behind>, Error> {
    let (rows, next) = part(tx, filter, slice)?;
    let named: Vec<EventId> = rows.iter().filter_map(|row| row.event_id).collect();
    let events = events::find_many(tx.conn, &named)?;
    let (items, kinds) = (of_rows(tx.conn, rows)?, kinds::list(tx.conn)?);
    let row = |item: &Item| {
        let event = item.event_id.and_then(|id| events.get(&id));
        let mut cells = row(item, &kinds, locale);
        cells.extend(more(item, event, locale));
        cells
    };
    Ok(Part {
        head: Head {
            title: say(locale, "item.file_title", &[]),
            columns: HEAD.map(|key| say(locale, key, &[])).to_vec(),
        },
        rows: items.iter().map(row).collect(),
        next,
    })
}

/// The name of a kind.
fn kind_name<'k>(kinds: &'k [KindRow], code: &'k str) -> &'k str {
    let kind = kinds.iter().find(|kind| kind.code == code);
    kind.map_or(code, |kind| &kind.name)
}

fn row(item: &Item, kinds: &[KindRow], locale: &str) -> Vec<Cell> {
    let time = |at: Option<At>| Cell::of(at.map(|at| *at));
    vec![
        item.title.as_str().into(),
        item.unit.name.as_str().into(),
        kind_name(kinds, &item.kind).into(),
        say(locale, &format!("item.state.{}", item.state), &[]).into(),
        time(Some(item.submitted_at)),
        time(item.arrived_at),
        time(item.published_at),
        Cell::of(item.url.clone()),
    ]
}

/// The cells behind those of the page: what an import needs to enter the item elsewhere.
fn more(item: &Item, event: Option<&EventRow>, locale: &str) -> [Cell; 4] {
    let field = item
        .field
        .map(|field| say(locale, &format!("field.{}", *field), &[]));
    let authors: Vec<&str> = item.authors.iter().map(|one| one.name.as_str()).collect();
    // several events may have one title
    let event = event.map(|event| format!("{} ({})", event.title, local_time(*event.starts_at)));
    [
        Cell::of(field),
        Cell::of((!authors.is_empty()).then(|| authors.join("; "))),
        Cell::of(event),
        Cell::of(item.grade),
    ]
}
