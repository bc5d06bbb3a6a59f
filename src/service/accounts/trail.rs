//! Reading the audit trail, on screens and as a file.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::access::Actor;
use crate::domain::text::local_time;
use crate::office::csv_out;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::{App, Error};
use crate::store::types::{from_json, instant};
pub use crate::store::views::trail::TrailFilter;
use crate::store::views::trail::{self as view, TrailRow};
use crate::store::{Conn, StoreError, units};

/// Most lines of a file.
const FILE_MAX: i64 = 100_000;

/// A line of the trail.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrailLine {
    /// Its number; later lines have higher ones.
    pub id: i64,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    pub at: DateTime<Utc>,
    /// Who: `person:12 (Tên)`, `token:7 (Tên)`, `cli`, `system`.
    pub actor: String,
    /// The person, where it was one.
    pub person_id: Option<i64>,
    /// What was done, a verb.
    pub action: String,
    /// To what kind of thing.
    pub entity: String,
    /// To which one.
    pub entity_id: String,
    /// The unit that it concerns.
    pub unit_id: Option<i64>,
    /// The value before.
    #[schema(value_type = Option<Object>)]
    pub old: Option<Value>,
    /// The value after.
    #[schema(value_type = Option<Object>)]
    pub new: Option<Value>,
    /// Why, where a reason was asked for.
    pub reason: Option<String>,
    /// The request that it was part of.
    pub request_id: Option<String>,
}

fn rfc3339<S: serde::Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    crate::domain::text::rfc3339(*at).serialize(to)
}

/// The next lines behind the one with the id `before`, newest first.
///
/// # Errors
/// [`Error::Forbidden`] for who reads no trail; [`Error::NotFound`] for a unit that the actor may
/// not see.
pub fn list(
    app: &App,
    actor: &Actor,
    filter: &TrailFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<TrailLine>, Error> {
    app.store.read(|conn| {
        let rows = rows(conn, actor, filter, before, limit)?;
        Ok(rows.into_iter().map(line).collect::<Result<_, _>>()?)
    })
}

/// The newest lines, at most 100,000, as a file for spreadsheets.
///
/// # Errors
/// As [`list`].
pub fn file(app: &App, actor: &Actor, filter: &TrailFilter) -> Result<Vec<u8>, Error> {
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
    let cells = app.store.read(|conn| {
        let rows = rows(conn, actor, filter, None, FILE_MAX)?;
        let concerned: Vec<i64> = rows.iter().filter_map(|row| row.unit_id).collect();
        let units = units::find_many(conn, &concerned)?;
        rows.into_iter()
            .map(|row| {
                let unit = row
                    .unit_id
                    .and_then(|id| units.get(&id))
                    .map(|unit| unit.name.clone());
                Ok(vec![
                    row.id.to_string(),
                    local_time(instant(row.at)?),
                    row.actor,
                    row.action,
                    row.entity,
                    row.entity_id,
                    row.unit_id.map(|id| id.to_string()).unwrap_or_default(),
                    unit.unwrap_or_default(),
                    row.old.unwrap_or_default(),
                    row.new.unwrap_or_default(),
                    row.reason.unwrap_or_default(),
                    row.request_id.unwrap_or_default(),
                ])
            })
            .collect::<Result<Vec<_>, Error>>()
    })?;
    let written = csv_out::write(&HEADER, cells.iter().map(Vec::as_slice));
    Ok(written.map_err(|error| StoreError::Corrupt(format!("trail: {error}")))?)
}

fn rows(
    conn: &mut Conn,
    actor: &Actor,
    filter: &TrailFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<TrailRow>, Error> {
    access::require_by_any_role(actor, Action::ReadTrail)?;
    if let Some(unit) = filter.below {
        access::require(conn, actor, Action::ReadTrail, unit)?;
    }
    Ok(view::page(
        conn,
        &access::scope_for(actor, Action::ReadTrail),
        filter,
        before,
        limit,
    )?)
}

fn line(row: TrailRow) -> Result<TrailLine, StoreError> {
    let value = |text: Option<String>| text.map(|text| from_json("audit", &text)).transpose();
    Ok(TrailLine {
        id: row.id,
        at: instant(row.at)?,
        actor: row.actor,
        person_id: row.person_id,
        action: row.action,
        entity: row.entity,
        entity_id: row.entity_id,
        unit_id: row.unit_id,
        old: value(row.old)?,
        new: value(row.new)?,
        reason: row.reason,
        request_id: row.request_id,
    })
}
