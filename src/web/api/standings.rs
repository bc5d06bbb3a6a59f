//! Who owes what: the table of a year, and what fell due and is still owed.

use actix_web::{get, web};
use chrono::{Datelike as _, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{Call, Instant, JsonReply, Page, PageParams, Paged, Params};
use crate::domain::access::Units;
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::text::local_date;
use crate::service::obligations::standings::{self, LateUnit, UnitLine};
use crate::web::filter::Moment;

/// Whose table.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TableFilter {
    /// The unit; the caller's own and all below it if left out. Who has none must name one.
    unit_id: Option<UnitId>,
    /// With all units below it.
    below: bool,
    /// The plan year; this year if left out.
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: Option<i32>,
}

/// The table of who owes what: for each unit how many obligations of the year stand how, in order
/// of name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Table {
    /// The plan year.
    year: i32,
    /// A line for each unit that owes or owed anything.
    units: Vec<UnitLine>,
}

/// Who owes what: for each unit how many obligations of a year stand how, now.
#[utoipa::path(params(TableFilter), responses((status = 200, body = Table)))]
#[get("/api/v1/standings")]
async fn table(call: Call, Params(filter): Params<TableFilter>) -> JsonReply<Table> {
    let year = filter.year.unwrap_or_else(|| local_date(call.now()).year());
    let home = || call.actor().homes().next();
    let units = match filter.unit_id {
        Some(_) => Units::of(filter.unit_id, filter.below)?,
        None => Units::of(home(), true)?,
    };
    let units = units.ok_or_else(|| Invalid::new("unit_id", "required"))?;
    let units = call
        .read(move |tx| {
            tx.require_known(Some(units))?;
            standings::table(tx, units, year)
        })
        .await?;
    Ok(web::Json(Table { year, units }))
}

/// What fell due when, and of whom.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OverdueFilter {
    /// Of this unit; everybody whom the caller may see if left out.
    unit_id: Option<UnitId>,
    /// With all units below it.
    below: bool,
    /// What fell due at this instant or later, or on this local date or later; a week before `to` if
    /// left out.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    from: Option<Moment>,
    /// What fell due before this instant, or on this local date or earlier; now if left out, and never
    /// later than now.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    to: Option<Moment>,
}

/// What fell due and who still owes of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Overdue {
    /// At or after this instant.
    from: Instant,
    /// Before this instant.
    to: Instant,
    /// Obligations that fell due.
    fell_due: usize,
    /// Units that still owe some of them.
    late_units: usize,
    /// Those units, the ones that owe most first.
    #[serde(flatten)]
    page: Page<LateUnit>,
}

/// Who is late with what fell due, as of now: it has not come, or not enough of it.
#[utoipa::path(params(OverdueFilter, PageParams), responses((status = 200, body = Overdue)))]
#[get("/api/v1/overdue")]
async fn overdue(call: Call, page: Paged<OverdueFilter>) -> JsonReply<Overdue> {
    let filter = page.filter;
    let units = Units::of(filter.unit_id, filter.below)?;
    let to = filter.to.map_or(call.now(), Moment::end).min(call.now());
    let from = filter.from.map_or(to - TimeDelta::weeks(1), Moment::begin);
    if from >= to {
        return Err(Invalid::new("from", "from_to").into());
    }
    let (after, limit) = (page.after()?, page.fetch());
    let found = call.read(move |tx| {
        tx.require_known(units)?;
        let found = standings::overdue(tx, units, &(from..to))?;
        let named = standings::late_units(tx, &found, after, limit)?;
        Ok((found.fell_due, found.units.len(), named))
    });
    let (fell_due, late_units, named) = found.await?;
    let page = page.page(named, |line| (line.late, line.unit.id))?;
    Ok(web::Json(Overdue {
        from: from.into(),
        to: to.into(),
        fell_due,
        late_units,
        page,
    }))
}

resource!["obligations": table, overdue];
