//! Items as they are read.

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::{Actor, Scope};
use crate::domain::field::Field;
use crate::domain::item::{Channel, ItemState};
use crate::service::core::access;
use crate::service::obligations::standings::Named;
use crate::service::submissions::events::shown;
use crate::service::{App, Error};
use crate::store::items::{self as rows, ItemRow};
use crate::store::views::items::{self as view, ItemFilter};
use crate::store::{Conn, units};

/// An item as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemFacts {
    /// Its number.
    pub id: i64,
    /// The unit that handed it in.
    pub unit: Named,
    /// The unit that it counts for: another one after a merger.
    pub credited_unit: Named,
    /// Code of its kind.
    pub kind: String,
    /// Its headline.
    pub title: String,
    /// The field that it belongs to.
    pub field: Option<Field>,
    /// Where it can be read.
    pub url: Option<String>,
    /// How it came.
    pub channel: Channel,
    /// The people who wrote it.
    pub authors: Vec<Named>,
    /// The event that it reports.
    pub event_id: Option<i64>,
    /// Local date of what it reports.
    pub happened_on: Option<NaiveDate>,
    /// Where it stands.
    pub state: ItemState,
    /// When it was first handed in.
    pub submitted_at: DateTime<FixedOffset>,
    /// When the unit's leader approved it.
    pub approved_at: Option<DateTime<FixedOffset>>,
    /// Who approved it, and answers for its accuracy.
    pub approved_by: Option<String>,
    /// When it reached the editorial board.
    pub arrived_at: Option<DateTime<FixedOffset>>,
    /// When it was published.
    pub published_at: Option<DateTime<FixedOffset>>,
    /// Returned for changes: until when it keeps its arrival.
    pub return_lapses_at: Option<DateTime<FixedOffset>>,
    /// An editor's mark for quality, 1 to 5.
    pub grade: Option<i32>,
    /// Goes up with every step.
    pub version: i32,
}

/// An item with its text, its way and what it counts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemDetail {
    /// The item.
    #[serde(flatten)]
    pub item: ItemFacts,
    /// Its text.
    pub body: Option<String>,
    /// Its way through the app, oldest step first.
    pub steps: Vec<StepFacts>,
    /// What it counts for, as far as the reader may see that.
    pub credits: Vec<WorthFacts>,
}

/// One step of an item's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepFacts {
    /// When.
    pub at: DateTime<FixedOffset>,
    /// What was done: submit, record, approve, publish…
    pub action: String,
    /// The state that followed.
    pub state: ItemState,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
}

/// What an item is worth to an obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorthFacts {
    /// The obligation.
    pub obligation_id: i64,
    /// counted, pending, surplus, carried, late or void.
    pub status: String,
}

/// An item that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(app: &App, actor: &Actor, id: i64) -> Result<ItemDetail, Error> {
    app.store.read(|conn| {
        let scope = access::scope(actor);
        let row = view::find(conn, &scope, id)?.ok_or(Error::not_found("item"))?;
        detail(conn, &scope, &row)
    })
}

/// The next items behind the one with that id, what was handed in last first.
///
/// # Errors
/// Only the database's own.
pub fn list_in(
    conn: &mut Conn,
    scope: &Scope,
    filter: &ItemFilter,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<ItemFacts>, Error> {
    let rows = view::page(conn, scope, filter, after, limit)?;
    all(conn, &rows)
}

pub(crate) fn detail(conn: &mut Conn, scope: &Scope, row: &ItemRow) -> Result<ItemDetail, Error> {
    let item = all(conn, std::slice::from_ref(row))?
        .pop()
        .ok_or(Error::not_found("item"))?;
    let mut steps = Vec::new();
    for step in rows::steps(conn, row.id)? {
        steps.push(StepFacts {
            at: shown(step.at),
            action: step.action,
            state: *step.state,
            actor: step.actor,
            reason: step.reason,
        });
    }
    let credits = view::credits(conn, scope, row.id)?;
    let credits = credits
        .into_iter()
        .map(|(obligation_id, status)| WorthFacts {
            obligation_id,
            status,
        })
        .collect();
    Ok(ItemDetail {
        item,
        body: row.body.clone(),
        steps,
        credits,
    })
}

fn all(conn: &mut Conn, found: &[ItemRow]) -> Result<Vec<ItemFacts>, Error> {
    let mut ids: Vec<i64> = found
        .iter()
        .flat_map(|row| [row.unit_id, row.credited_unit_id])
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let units = units::find_many(conn, &ids)?;
    let unit = |id: i64| Named {
        id,
        name: units
            .get(&id)
            .map(|unit| unit.name.clone())
            .unwrap_or_default(),
    };
    let mut authors = view::authors(conn, &found.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let mut all = Vec::with_capacity(found.len());
    for row in found {
        let by = authors.remove(&row.id).unwrap_or_default();
        all.push(ItemFacts {
            id: row.id,
            unit: unit(row.unit_id),
            credited_unit: unit(row.credited_unit_id),
            kind: row.kind.clone(),
            title: row.title.clone(),
            field: row.field.map(|field| *field),
            url: row.url.clone(),
            channel: *row.channel,
            authors: by
                .into_iter()
                .map(|(id, name)| Named { id, name })
                .collect(),
            event_id: row.event_id,
            happened_on: row.happened_on,
            state: *row.state,
            submitted_at: shown(row.submitted_at),
            approved_at: row.approved_at.map(shown),
            approved_by: row.approved_by.clone(),
            arrived_at: row.arrived_at.map(shown),
            published_at: row.published_at.map(shown),
            return_lapses_at: row.return_lapses_at.map(shown),
            grade: row.grade,
            version: row.version,
        });
    }
    Ok(all)
}
