//! Who owes what: the table of a year, and what fell due and is still owed.

use actix_web::{get, web};
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Call, Instant, JsonReply, Page, PageParams, Paged, Params};
use crate::domain::error::Invalid;
use crate::domain::text::local_date;
use crate::service::obligations::standings::{self, LateUnit, UnitLine};

/// Whose table.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TableFilter {
    /// The unit at the top of the table; the caller's own if left out. Who has none must name one.
    below: Option<i64>,
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
    let root = filter
        .below
        .or_else(|| call.actor().homes().next())
        .ok_or_else(|| Invalid::new("below", "required"))?;
    let units = call
        .read(move |tx| standings::table(tx, root, year))
        .await?;
    Ok(web::Json(Table { year, units }))
}

/// What fell due when, and of whom.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OverdueFilter {
    /// Of this unit and all below it; everybody whom the caller may see if left out.
    below: Option<i64>,
    /// What fell due at or after this instant; a week before `until` if left out.
    #[serde(deserialize_with = "crate::domain::years::read")]
    since: Option<DateTime<Utc>>,
    /// What fell due before this instant; now if left out, and never later than now.
    #[serde(deserialize_with = "crate::domain::years::read")]
    until: Option<DateTime<Utc>>,
}

/// What fell due and who still owes of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Overdue {
    /// At or after this instant.
    since: Instant,
    /// Before this instant.
    until: Instant,
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
    let until = filter.until.unwrap_or_else(|| call.now()).min(call.now());
    let since = filter.since.unwrap_or(until - TimeDelta::weeks(1));
    if since >= until {
        return Err(Invalid::new("since", "since_until").into());
    }
    let (after, limit) = (page.after()?, page.fetch());
    let found = call.read(move |tx| {
        let found = standings::overdue(tx, filter.below, &(since..until))?;
        let named = standings::late_units(tx, &found, after, limit)?;
        Ok((found.fell_due, found.units.len(), named))
    });
    let (fell_due, late_units, named) = found.await?;
    let page = page.page(named, |line| (line.late, line.unit.id))?;
    Ok(web::Json(Overdue {
        since: since.into(),
        until: until.into(),
        fell_due,
        late_units,
        page,
    }))
}

resource!["obligations": table, overdue];
