//! Reading the audit trail, on screens and as a file.

use std::collections::HashMap;
use std::fmt::Display;

use chrono::{DateTime, Utc};

use crate::domain::access::shown_actor;
use crate::domain::ids::{AccountId, PersonId, UnitId};
use crate::domain::trail::Entity;
use crate::service::core::access::{Action, scope_for};
use crate::service::reports::{Cell, Head, Part};
use crate::service::{Error, Tx};
use crate::store::audit::{AuditRow, newest_of};
pub use crate::store::views::trail::TrailFilter;
use crate::store::views::trail::page;
use crate::store::{accounts, people, units};

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
    /// What the person, the unit or the person of the account is called that it is about.
    pub name: Option<String>,
}

/// [`list`], with names.
///
/// # Errors
/// As [`list`].
pub fn views(tx: &mut Tx<'_>, filter: &TrailFilter, limit: i64) -> Result<Vec<TrailView>, Error> {
    let rows = list(tx, filter, limit)?;
    let units: Vec<UnitId> = rows.iter().filter_map(|row| row.unit_id).collect();
    let units = units::find_many(tx.conn, &units)?;
    let of = |row: &AuditRow, entity: Entity| {
        let is_it = row.entity == entity.as_str();
        is_it.then(|| row.entity_id.parse::<i64>().ok()).flatten()
    };
    let ids: Vec<PersonId> = rows
        .iter()
        .filter_map(|row| of(row, Entity::Person).map(PersonId))
        .collect();
    let people = people::find_many(tx.conn, &ids)?;
    let ids: Vec<UnitId> = rows
        .iter()
        .filter_map(|row| of(row, Entity::Unit).map(UnitId))
        .collect();
    let named = units::find_many(tx.conn, &ids)?;
    let ids: Vec<AccountId> = rows
        .iter()
        .filter_map(|row| of(row, Entity::Account).map(AccountId))
        .collect();
    let accounts = accounts::names(tx.conn, &ids)?;
    let view = |row: AuditRow| {
        let account = of(&row, Entity::Account).and_then(|id| accounts.get(&AccountId(id)));
        let person = of(&row, Entity::Person).and_then(|id| people.get(&PersonId(id)));
        let unit = of(&row, Entity::Unit).and_then(|id| named.get(&UnitId(id)));
        let name = person.map(|person| person.name.clone());
        TrailView {
            unit_name: row
                .unit_id
                .and_then(|id| units.get(&id).map(|unit| unit.name.clone())),
            name: name
                .or_else(|| unit.map(|unit| unit.name.clone()))
                .or_else(|| account.cloned()),
            row,
        }
    };
    Ok(rows.into_iter().map(view).collect())
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
