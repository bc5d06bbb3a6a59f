//! Reading the audit trail, on screens and as a file.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use super::trail_names::TrailNames;
use crate::domain::access::shown_actor;
use crate::domain::ids::{AccountId, EventId, ItemId, PersonId, UnitId};
use crate::domain::trail::Entity;
use crate::service::core::access::{Action, scope_for};
use crate::service::reports::{Cell, Head, Part};
use crate::service::{Error, Tx};
use crate::store::audit::{AuditRow, newest_of};
pub use crate::store::views::trail::TrailFilter;
use crate::store::views::trail::page;
use crate::store::{accounts, events, items, people, units};

/// Lines of a part of a file.
const PART: i64 = 1_000;

/// The title of a file, and its columns.
const TITLE: &str = "Nhật ký";
const HEADER: [&str; 12] = [
    "Số",
    "Lúc",
    "Người thực hiện",
    "Việc",
    "Đối tượng",
    "Mã đối tượng",
    "Mã đơn vị",
    "Đơn vị",
    "Trước",
    "Sau",
    "Lý do",
    "Yêu cầu",
];

/// The next lines, newest first.
///
/// # Errors
/// [`Error::Forbidden`] for an actor that may read no trail; `not_found` on `unit_id` for a unit
/// that the actor may not see.
pub fn list(tx: &mut Tx<'_>, filter: &TrailFilter, limit: i64) -> Result<Vec<AuditRow>, Error> {
    tx.require_by_any_role(Action::ReadTrail)?;
    tx.require_known(filter.units)?;
    if let Some(units) = filter.units {
        tx.require_named(Action::ReadTrail, units.unit_id, "unit_id")?;
    }
    let scope = scope_for(tx.actor, Action::ReadTrail);
    Ok(page(tx.conn, &scope, filter, limit)?)
}

/// A line as people read it, with the names of what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailView {
    /// The line.
    pub row: AuditRow,
    /// The name of the unit that it concerns.
    pub unit_name: Option<String>,
    /// What the thing is called that it is about.
    pub name: Option<String>,
    /// What the things are called that its values name.
    pub names: Arc<TrailNames>,
}

/// [`list`], with names.
///
/// # Errors
/// As [`list`].
pub fn views(tx: &mut Tx<'_>, filter: &TrailFilter, limit: i64) -> Result<Vec<TrailView>, Error> {
    let rows = list(tx, filter, limit)?;
    let units: Vec<UnitId> = rows.iter().filter_map(|row| row.unit_id).collect();
    let units = units::find_many(tx.conn, &units)?;
    let names = Arc::new(TrailNames::of(tx, &rows)?);
    let mut things = things(tx, &rows)?;
    let view = |row: AuditRow| TrailView {
        unit_name: row
            .unit_id
            .and_then(|id| units.get(&id).map(|unit| unit.name.clone())),
        name: things.remove(&row.id),
        names: names.clone(),
        row,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// What the things are called that lines are about, by the ids of the lines.
fn things(tx: &mut Tx<'_>, rows: &[AuditRow]) -> Result<HashMap<i64, String>, Error> {
    let accounts = accounts::names(tx.conn, &ids(rows, Entity::Account, AccountId))?;
    let people = people::find_many(tx.conn, &ids(rows, Entity::Person, PersonId))?;
    let units = units::find_many(tx.conn, &ids(rows, Entity::Unit, UnitId))?;
    let events = events::find_many(tx.conn, &ids(rows, Entity::Event, EventId))?;
    let items = items::find_many(tx.conn, &ids(rows, Entity::Item, ItemId))?;
    let name = |row: &AuditRow| {
        let id = row.entity_id.parse::<i64>().ok();
        let stored = match (row.entity.parse(), id) {
            (Ok(Entity::Account), Some(id)) => accounts.get(&AccountId(id)).cloned(),
            (Ok(Entity::Person), Some(id)) => people.get(&PersonId(id)).map(|one| one.name.clone()),
            (Ok(Entity::Unit), Some(id)) => units.get(&UnitId(id)).map(|one| one.name.clone()),
            (Ok(Entity::Event), Some(id)) => events.get(&EventId(id)).map(|one| one.title.clone()),
            (Ok(Entity::Item), Some(id)) => items.get(&ItemId(id)).map(|one| one.title.clone()),
            _ => None,
        };
        stored.or_else(|| written_name(row))
    };
    let named = rows.iter().filter_map(|row| Some((row.id, name(row)?)));
    Ok(named.collect())
}

/// The ids of the things of a sort that lines are about.
fn ids<T>(rows: &[AuditRow], entity: Entity, id: impl Fn(i64) -> T) -> Vec<T> {
    let of = rows.iter().filter(|row| row.entity == entity.as_str());
    let read = of.filter_map(|row| row.entity_id.parse().ok());
    read.map(id).collect()
}

/// The name of a plan, a scheme or a token, as the line itself has it.
fn written_name(row: &AuditRow) -> Option<String> {
    let written = row.new.as_deref().or(row.old.as_deref())?;
    let written: serde_json::Value = serde_json::from_str(written).ok()?;
    let name = ["title", "name"].iter().find_map(|key| written.get(key));
    name?.as_str().map(str::to_owned)
}

/// Who saved a thing last, and when: for a conflict. The caller may see the thing.
pub fn saved_last(
    tx: &mut Tx<'_>,
    entity: Entity,
    id: impl Display,
) -> Result<Option<(String, DateTime<Utc>)>, Error> {
    let line = newest_of(tx.conn, entity, &id.to_string())?;
    Ok(line.map(|line| (shown_actor(&line.actor).to_owned(), *line.at)))
}

/// The next part of the lines for a file, newest first: those with ids below `before`, or the first
/// ones.
///
/// # Errors
/// As [`list`].
pub fn file_part(
    tx: &mut Tx<'_>,
    filter: &TrailFilter,
    before: Option<i64>,
) -> Result<Part<i64>, Error> {
    let filter = TrailFilter {
        before,
        ..filter.clone()
    };
    let lines = list(tx, &filter, PART)?;
    let full = i64::try_from(lines.len()).is_ok_and(|read| read == PART);
    let next = lines.last().filter(|_| full).map(|line| line.id);
    let concerned: Vec<UnitId> = lines.iter().filter_map(|line| line.unit_id).collect();
    let units: HashMap<UnitId, String> = units::find_many(tx.conn, &concerned)?
        .into_iter()
        .map(|(id, unit)| (id, unit.name))
        .collect();
    Ok(Part {
        head: Head {
            title: TITLE.to_owned(),
            columns: HEADER.map(str::to_owned).to_vec(),
        },
        rows: lines.into_iter().map(|line| cells(line, &units)).collect(),
        next,
    })
}

fn cells(line: AuditRow, units: &HashMap<UnitId, String>) -> Vec<Cell> {
    vec![
        line.id.into(),
        (*line.at).into(),
        shown_actor(&line.actor).into(),
        line.action.into(),
        line.entity.into(),
        line.entity_id.into(),
        Cell::of(line.unit_id.map(|id| id.0)),
        Cell::of(line.unit_id.and_then(|id| units.get(&id))),
        Cell::of(line.old),
        Cell::of(line.new),
        Cell::of(line.reason),
        Cell::of(line.request_id),
    ]
}
