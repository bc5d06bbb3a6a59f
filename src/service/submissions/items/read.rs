//! Items as they are read.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::{Scope, shown_actor};
use crate::domain::field::Field;
use crate::domain::ids::{EventId, ItemId, PersonId, UnitId};
use crate::domain::item::{Channel, ItemState};
use crate::service::obligations::standings::Named;
use crate::service::submissions::items::checks::known_kind;
use crate::service::{Error, Tx};
use crate::store::items::{self as rows, ItemRow, ItemStepRow};
use crate::store::types::{At, Word};
use crate::store::views::items::{self as view, ItemCredit, ItemFilter, Slice};
use crate::store::{Conn, units};

/// An item as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ItemFacts)]
pub struct Item {
    /// Its number.
    pub id: ItemId,
    /// The unit that handed it in.
    pub unit: Named<UnitId>,
    /// The unit that it counts for: another one after a merger.
    pub credited_unit: Named<UnitId>,
    /// Code of its kind.
    pub kind: String,
    /// Its headline.
    pub title: String,
    /// The field that it belongs to.
    #[schema(value_type = Option<Field>)]
    pub field: Option<Word<Field>>,
    /// Where it can be read.
    pub url: Option<String>,
    /// How it came.
    pub channel: Channel,
    /// The people who wrote it.
    pub authors: Vec<Named<PersonId>>,
    /// The event that it reports.
    pub event_id: Option<EventId>,
    /// Local date of what it reports.
    pub happened_on: Option<NaiveDate>,
    /// Where it stands.
    pub state: ItemState,
    /// When it was first handed in.
    #[schema(value_type = DateTime<Utc>)]
    pub submitted_at: At,
    /// When the unit's leader approved it.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub approved_at: Option<At>,
    /// Who approved it, and answers for its accuracy.
    pub approved_by: Option<String>,
    /// When it reached the editorial board.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub arrived_at: Option<At>,
    /// When it was published.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub published_at: Option<At>,
    /// Returned for changes: until when it keeps its arrival.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub return_lapses_at: Option<At>,
    /// An editor's mark for quality, 1 to 5.
    pub grade: Option<i32>,
    /// The editor who works on it.
    pub reviewer: Option<String>,
    /// Since when.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub in_review_at: Option<At>,
    /// Goes up with every step.
    pub version: i32,
}

/// An item with its text, its steps and what it counts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemDetail {
    /// The item.
    #[serde(flatten)]
    pub item: Item,
    /// Its text.
    pub body: Option<String>,
    /// The steps that it went through, oldest first.
    pub steps: Vec<ItemStepRow>,
    /// What it counts for, as far as the reader may see that.
    pub credits: Vec<ItemCredit>,
}

/// An item that the actor may see.
pub fn get(tx: &mut Tx<'_>, id: ItemId) -> Result<ItemDetail, Error> {
    let scope = tx.scope();
    let row = view::find(tx.conn, &scope, id)?.ok_or(Error::not_found("item"))?;
    detail(tx, row)
}

/// A part of the list of items.
///
/// # Errors
/// An unknown kind.
pub fn list(
    conn: &mut Conn,
    scope: &Scope,
    filter: &ItemFilter,
    slice: &Slice,
) -> Result<Vec<Item>, Error> {
    if let Some(code) = &filter.kind {
        known_kind(conn, code)??;
    }
    let rows = view::page(conn, scope, filter, slice)?;
    of_rows(conn, rows)
}

/// The item of a row, as the actor sees it.
pub(in crate::service) fn detail(tx: &mut Tx<'_>, mut row: ItemRow) -> Result<ItemDetail, Error> {
    let (id, body, scope) = (row.id, row.body.take(), tx.scope());
    let item = of_rows(tx.conn, vec![row])?.pop();
    Ok(ItemDetail {
        item: item.ok_or(Error::not_found("item"))?,
        body,
        steps: rows::steps(tx.conn, id)?,
        credits: view::credits(tx.conn, &scope, id)?,
    })
}

pub(super) fn of_rows(conn: &mut Conn, rows: Vec<ItemRow>) -> Result<Vec<Item>, Error> {
    let mut owners: Vec<UnitId> = rows
        .iter()
        .flat_map(|row| [row.unit_id, row.credited_unit_id])
        .collect();
    owners.sort_unstable();
    owners.dedup();
    let units: HashMap<UnitId, String> = units::find_many(conn, &owners)?
        .into_iter()
        .map(|(id, unit)| (id, unit.name))
        .collect();
    let unit = |id: UnitId| Named {
        id,
        name: units.get(&id).cloned().unwrap_or_default(),
    };
    let ids: Vec<ItemId> = rows.iter().map(|row| row.id).collect();
    let mut authors = view::authors(conn, &ids)?;
    let item = |row: ItemRow| Item {
        state: row.shown_state(),
        id: row.id,
        unit: unit(row.unit_id),
        credited_unit: unit(row.credited_unit_id),
        authors: authors
            .remove(&row.id)
            .unwrap_or_default()
            .into_iter()
            .map(|(id, name)| Named { id, name })
            .collect(),
        kind: row.kind,
        title: row.title,
        field: row.field,
        url: row.url,
        channel: *row.channel,
        event_id: row.event_id,
        happened_on: row.happened_on,
        submitted_at: row.submitted_at,
        approved_at: row.approved_at,
        approved_by: row
            .approved_by
            .as_deref()
            .map(shown_actor)
            .map(str::to_owned),
        arrived_at: row.arrived_at,
        published_at: row.published_at,
        return_lapses_at: row.return_lapses_at,
        grade: row.grade,
        reviewer: row.reviewer.as_deref().map(shown_actor).map(str::to_owned),
        in_review_at: row.in_review_at,
        version: row.version,
    };
    Ok(rows.into_iter().map(item).collect())
}
