//! Reading the audit trail, on screens and as a file.

use std::collections::HashMap;

use crate::domain::text::local_time;
use crate::office::csv_out;
use crate::service::core::access::{Action, scope_for};
use crate::service::{Error, Tx};
use crate::store::audit::AuditRow;
pub use crate::store::views::trail::TrailFilter;
use crate::store::views::trail::page;
use crate::store::{StoreError, units};

/// Most lines of a file.
const FILE_MAX: i64 = 100_000;

/// The heading of a file.
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

/// The newest lines, at most 100,000, as a file for spreadsheets.
///
/// # Errors
/// As [`list`].
pub fn file(tx: &mut Tx<'_>, filter: &TrailFilter) -> Result<Vec<u8>, Error> {
    let lines = list(tx, filter, FILE_MAX)?;
    let concerned: Vec<i64> = lines.iter().filter_map(|line| line.unit_id).collect();
    let units: HashMap<i64, String> = units::find_many(tx.conn, &concerned)?
        .into_iter()
        .map(|(id, unit)| (id, unit.name))
        .collect();
    let cells: Vec<_> = lines
        .into_iter()
        .map(|line| cells(line, &units).to_vec())
        .collect();
    let written = csv_out::write(&HEADER, cells.iter().map(Vec::as_slice));
    Ok(written.map_err(|error| StoreError::Corrupt(format!("trail: {error}")))?)
}

fn cells(line: AuditRow, units: &HashMap<i64, String>) -> [String; 12] {
    let unit = line.unit_id.and_then(|id| units.get(&id).cloned());
    [
        line.id.to_string(),
        local_time(*line.at),
        line.actor,
        line.action,
        line.entity,
        line.entity_id,
        line.unit_id.map(|id| id.to_string()).unwrap_or_default(),
        unit.unwrap_or_default(),
        line.old.unwrap_or_default(),
        line.new.unwrap_or_default(),
        line.reason.unwrap_or_default(),
        line.request_id.unwrap_or_default(),
    ]
}
