//! Drafts as they are read, and who sees them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::{Actor, Role};
use crate::domain::ids::{DraftId, EventId, PersonId, UnitId};
use crate::service::obligations::standings::Named;
use crate::service::{Error, Rows, Tx};
use crate::store::drafts::{self as store, DraftRow};
use crate::store::types::At;
use crate::store::units;

/// A draft as its author and the leaders of its unit see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DraftFacts)]
pub struct Draft {
    /// Its number.
    pub id: DraftId,
    /// The unit that it is to be handed in for.
    pub unit: Named<UnitId>,
    /// Who writes it.
    pub author: Named<PersonId>,
    /// Code of its kind.
    pub kind: Option<String>,
    /// Its headline; may be empty.
    pub title: String,
    /// Where it can be read.
    pub url: Option<String>,
    /// Its text.
    pub body: Option<String>,
    /// The event that it reports.
    pub event_id: Option<EventId>,
    /// When it was saved last.
    #[schema(value_type = DateTime<Utc>)]
    pub updated_at: At,
    /// Goes up with every change.
    pub version: i32,
}

/// The most drafts that are listed.
const MOST: i64 = 100;

/// A draft that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(tx: &mut Tx<'_>, id: DraftId) -> Result<Draft, Error> {
    let row = seen(tx, id)?;
    of_row(tx, row)
}

/// The drafts that the actor may see, what was saved last first, and how many there are.
pub fn list(tx: &mut Tx<'_>) -> Result<Rows<Draft>, Error> {
    let author = tx.actor.person_id.unwrap_or(PersonId::NONE);
    let led: Vec<UnitId> = led_by(tx.actor).collect();
    let rows = store::list(tx.conn, author, &led, MOST)?;
    let drafts = of_rows(tx, rows)?;
    Rows::of(drafts, MOST, || store::count(tx.conn, author, &led)).map_err(Error::from)
}

/// The units that the actor leads.
fn led_by(actor: &Actor) -> impl Iterator<Item = UnitId> {
    let leads = actor
        .grants
        .iter()
        .filter(|grant| grant.role == Role::Leader);
    leads.filter_map(|grant| grant.unit_id)
}

/// A draft that the actor may see: the own one, or one of a unit that the actor leads.
fn seen(tx: &mut Tx<'_>, id: DraftId) -> Result<DraftRow, Error> {
    let row = store::find(tx.conn, id)?.ok_or(Error::not_found("draft"))?;
    let is_own = tx.actor.person_id == Some(row.person_id);
    let is_led = led_by(tx.actor).any(|unit| unit == row.unit_id);
    match is_own || is_led {
        true => Ok(row),
        false => Err(Error::not_found("draft")),
    }
}

/// A draft that the actor may see, of this version.
pub(super) fn current(tx: &mut Tx<'_>, id: DraftId, version: i32) -> Result<DraftRow, Error> {
    let row = seen(tx, id)?;
    tx.require_current(row.version, version)?;
    Ok(row)
}

pub(super) fn of_row(tx: &mut Tx<'_>, row: DraftRow) -> Result<Draft, Error> {
    let draft = of_rows(tx, vec![row])?.pop();
    draft.ok_or(Error::not_found("draft"))
}

fn of_rows(tx: &mut Tx<'_>, rows: Vec<DraftRow>) -> Result<Vec<Draft>, Error> {
    let owners: Vec<UnitId> = rows.iter().map(|row| row.unit_id).collect();
    let authors: Vec<PersonId> = rows.iter().map(|row| row.person_id).collect();
    let units = units::find_many(tx.conn, &owners)?;
    let names = store::authors(tx.conn, &authors)?;
    let draft = |row: DraftRow| Draft {
        id: row.id,
        unit: Named {
            id: row.unit_id,
            name: units
                .get(&row.unit_id)
                .map(|unit| unit.name.clone())
                .unwrap_or_default(),
        },
        author: Named {
            id: row.person_id,
            name: names.get(&row.person_id).cloned().unwrap_or_default(),
        },
        kind: row.kind,
        title: row.title,
        url: row.url,
        body: row.body,
        event_id: row.event_id,
        updated_at: row.updated_at,
        version: row.version,
    };
    Ok(rows.into_iter().map(draft).collect())
}
