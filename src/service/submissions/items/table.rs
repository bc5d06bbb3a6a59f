//! The list of items as people read it, in an order and with a count, and as a file for spreadsheets.

use super::checks::known_kind;
use super::read::{Item, of_rows};
use crate::domain::access::Units;
use crate::domain::text::local_time;
use crate::domain::words::say;
use crate::office::csv_out;
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::kinds::{self, KindRow};
use crate::store::types::At;
use crate::store::views::items::{self as view, ItemFilter, Slice};

/// A part of the list of items, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The items of the part.
    pub items: Vec<Item>,
    /// How many the whole list has.
    pub total: i64,
    /// The names of kinds by their codes.
    pub kinds: Vec<KindRow>,
}

impl Shown {
    /// The name of a kind.
    pub fn kind_name<'s>(&'s self, code: &'s str) -> &'s str {
        let kind = self.kinds.iter().find(|kind| kind.code == code);
        kind.map_or(code, |kind| &kind.name)
    }
}

/// A part of the list of items that the actor may see, in an order, with how many there are.
///
/// # Errors
/// An unknown kind, a unit that the actor can't see.
pub fn shown(tx: &mut Tx<'_>, filter: &ItemFilter, slice: Slice) -> Result<Shown, Error> {
    if let Some(code) = &filter.kind {
        known_kind(tx.conn, code)??;
    }
    let unit = filter.unit_id.map(|unit| Units::of(Some(unit), false));
    if let Some(unit) = unit {
        tx.require_known(unit?)?;
    }
    let scope = tx.scope();
    let rows = view::sorted(tx.conn, &scope, filter, slice)?;
    Ok(Shown {
        items: of_rows(tx.conn, rows)?,
        total: view::count(tx.conn, &scope, filter)?,
        kinds: kinds::list(tx.conn)?,
    })
}

/// A part of the list as a file, and after how many rows the next part begins; `None` behind the
/// last.
pub type FilePart = (Vec<u8>, Option<i64>);

/// The heads of the file's columns.
const HEAD: [&str; 8] = [
    "item.column.title",
    "item.column.unit",
    "item.column.kind",
    "item.column.state",
    "item.column.submitted_at",
    "item.column.arrived_at",
    "item.column.published_at",
    "item.column.url",
];

/// A part of the list as CSV; the first one has the heads of the columns.
///
/// # Errors
/// As [`shown`].
pub fn file_part(
    tx: &mut Tx<'_>,
    filter: &ItemFilter,
    slice: Slice,
    locale: &str,
) -> Result<FilePart, Error> {
    let shown = shown(tx, filter, slice)?;
    let head = HEAD.map(|key| say(locale, key, &[]));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let head = (slice.skip == 0).then_some(head.as_slice());
    let items = shown.items.iter();
    let rows: Vec<[String; 8]> = items.map(|item| row(item, &shown, locale)).collect();
    let bytes = csv_out::write(head, rows.iter().map(<[String; 8]>::as_slice));
    let bytes = bytes.map_err(|error| StoreError::Corrupt(format!("items: {error}")))?;
    let end = slice.skip + i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let is_more = end < shown.total && !rows.is_empty();
    Ok((bytes, is_more.then_some(end)))
}

fn row(item: &Item, shown: &Shown, locale: &str) -> [String; 8] {
    let time = |at: Option<At>| at.map(|at| local_time(*at)).unwrap_or_default();
    [
        item.title.clone(),
        item.unit.name.clone(),
        shown.kind_name(&item.kind).to_owned(),
        say(locale, &format!("item.state.{}", item.state), &[]),
        time(Some(item.submitted_at)),
        time(item.arrived_at),
        time(item.published_at),
        item.url.clone().unwrap_or_default(),
    ]
}
