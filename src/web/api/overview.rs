//! What people look at first: the day, the map, how the year of a unit goes.

use actix_web::get;
use chrono::Datelike as _;
use serde::Deserialize;

use super::{Call, JsonReply, Params, Path};
use crate::domain::ids::UnitId;
use crate::domain::obligation::Standing;
use crate::domain::period::PeriodKind;
use crate::domain::score::UnitYear;
use crate::domain::text::local_date;
use crate::domain::unit::Category;
use crate::service::overview::{self, MapQuery, Part, Reminded, Today, UnitMap, UnitSheet};
use crate::store::views::map::MapFilter;

/// The day: what is due by the next cut-off and who owes it, what is overdue, what events ask for,
/// what is at risk this month, what arrived today, requests that wait, and what is sent next.
#[utoipa::path(responses((status = 200, body = Today)))]
#[get("/api/v1/today")]
async fn today(call: Call) -> JsonReply<Today> {
    let locale = call.lang().locale();
    call.read_json(move |tx| overview::today(tx, locale)).await
}

/// Which part of the map.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// The plan year; this year if left out.
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: Option<i32>,
    /// What a column is: `month` if left out.
    #[param(inline)]
    period: Option<PeriodKind>,
    /// Units of this category.
    #[param(inline)]
    category: Option<Category>,
    /// Units of this emulation cluster; empty: of none.
    cluster: Option<String>,
    /// Part of the unit's name, with or without diacritics, or of its code.
    q: Option<String>,
    /// Units with a period that stands so.
    #[param(inline)]
    standing: Option<Standing>,
    /// The number of the page of 100 units, from 1. The first page of more than 200 units, of which
    /// nothing narrows the choice, has a row a cluster.
    page: Option<usize>,
}

/// The map: units × periods of a year, with how their quotas stand. A quota stands in the column in
/// which its period ends.
#[utoipa::path(params(Filter), responses((status = 200, body = UnitMap)))]
#[get("/api/v1/map")]
async fn map(call: Call, Params(filter): Params<Filter>) -> JsonReply<UnitMap> {
    let query = MapQuery {
        units: MapFilter {
            year: filter.year.unwrap_or_else(|| local_date(call.now()).year()),
            category: filter.category,
            cluster: filter.cluster,
            search: filter.q.filter(|search| !search.is_empty()),
        },
        period: filter.period.unwrap_or(PeriodKind::Month),
        standings: filter.standing.into_iter().collect(),
        part: Part::Page(filter.page.unwrap_or(1).saturating_sub(1)),
    };
    call.read_json(move |tx| overview::map(tx, &query)).await
}

/// Which year of a unit.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct YearFilter {
    /// The plan year; this year if left out.
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: Option<i32>,
}

/// How the year of a unit goes: what it owes, its months, its pace with a forecast, its score.
#[utoipa::path(params(YearFilter), responses((status = 200, body = UnitSheet)))]
#[get("/api/v1/units/{id}/year")]
async fn year(
    call: Call,
    id: Path<UnitId>,
    Params(filter): Params<YearFilter>,
) -> JsonReply<UnitSheet> {
    let year = filter.year.unwrap_or_else(|| local_date(call.now()).year());
    let (of, locale) = (UnitYear { unit_id: *id, year }, call.lang().locale());
    call.read_json(move |tx| overview::unit(tx, of, locale))
        .await
}

/// The last 100 reminders of what a unit owes or owed, the last first.
#[utoipa::path(responses((status = 200, body = Vec<Reminded>)))]
#[get("/api/v1/units/{id}/reminders")]
async fn reminders(call: Call, id: Path<UnitId>) -> JsonReply<Vec<Reminded>> {
    let locale = call.lang().locale();
    call.read_json(move |tx| Ok(overview::reminded(tx, *id, locale)?.rows))
        .await
}

resource!["overview": today, map, year, reminders];
