//! Reports as files: the monthly table, the yearly emulation table.

use actix_web::get;
use serde::Deserialize;

use super::{Call, Params, Path, Reply};
use crate::domain::file::FileFormat;
use crate::domain::ids::UnitId;
use crate::domain::period::{Period, PeriodKind, month};
use crate::domain::score::ScoreGroup;
use crate::domain::text::local_date;
use crate::domain::unit::Category;
use crate::service::reports::{self, MonthQuery};
use crate::service::scores::BoardQuery;
use crate::web::error::Problem;
use crate::web::export;

/// Which unit and month.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MonthFilter {
    /// The unit; its own row and those of the units below it.
    unit: UnitId,
    /// The month, `2026-11`; this month if left out.
    #[param(example = "2026-11")]
    month: Option<String>,
}

/// Which scores.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GroupFilter {
    /// The federation.
    unit: UnitId,
    /// The category of the units.
    #[param(inline)]
    category: Category,
}

/// The year in an address.
#[derive(Debug, Clone, Copy, Deserialize)]
struct YearPart {
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: i32,
}

/// The monthly table as an Excel file: units × kinds of work, with how much was owed, how much of it is
/// there and how much came late. A quota stands in the month in which its period ends.
#[utoipa::path(params(MonthFilter), responses((status = 200, body = String,
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
#[get("/api/v1/reports/monthly.xlsx")]
async fn monthly_xlsx(call: Call, Params(filter): Params<MonthFilter>) -> Reply {
    monthly(call, filter, FileFormat::Xlsx).await
}

/// The monthly table as CSV with semicolons.
#[utoipa::path(params(MonthFilter), responses((status = 200, body = String, content_type = "text/csv")))]
#[get("/api/v1/reports/monthly.csv")]
async fn monthly_csv(call: Call, Params(filter): Params<MonthFilter>) -> Reply {
    monthly(call, filter, FileFormat::Csv).await
}

async fn monthly(call: Call, filter: MonthFilter, format: FileFormat) -> Reply {
    let month = match &filter.month {
        Some(named) => month("month", named).map_err(Problem::from)?,
        None => Period::containing(PeriodKind::Month, local_date(call.now())),
    };
    let query = MonthQuery {
        unit_id: filter.unit,
        month,
    };
    let locale = call.lang().locale();
    export::send_whole(&call, move |tx| reports::monthly(tx, query, format, locale)).await
}

/// The yearly emulation table as an Excel file: a sheet for each cluster, and one that explains how
/// each criterion is computed and whether the scores are provisional.
#[utoipa::path(params(("year" = i32, Path), GroupFilter), responses((status = 200, body = String,
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
#[get("/api/v1/reports/emulation/{year}.xlsx")]
async fn emulation_xlsx(
    call: Call,
    year: Path<YearPart>,
    Params(filter): Params<GroupFilter>,
) -> Reply {
    emulation(call, group(year.year, &filter), FileFormat::Xlsx).await
}

/// The yearly emulation table as CSV with semicolons, all clusters in one table.
#[utoipa::path(params(("year" = i32, Path), GroupFilter), responses((status = 200, body = String,
    content_type = "text/csv")))]
#[get("/api/v1/reports/emulation/{year}.csv")]
async fn emulation_csv(
    call: Call,
    year: Path<YearPart>,
    Params(filter): Params<GroupFilter>,
) -> Reply {
    emulation(call, group(year.year, &filter), FileFormat::Csv).await
}

fn group(year: i32, filter: &GroupFilter) -> ScoreGroup {
    ScoreGroup {
        unit_id: filter.unit,
        year,
        category: filter.category,
    }
}

async fn emulation(call: Call, group: ScoreGroup, format: FileFormat) -> Reply {
    let (query, locale) = (BoardQuery { group, at: None }, call.lang().locale());
    export::send_whole(&call, move |tx| {
        reports::emulation(tx, query, format, locale)
    })
    .await
}

resource!["reports": monthly_xlsx, monthly_csv, emulation_xlsx, emulation_csv];
