//! Emulation scores: schemes by year and category, standings of a category, a unit's score
//! explained.

use actix_web::{get, post, put, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{Body, Call, IfMatch, JsonReply, Page, Params, Path, Reply};
use crate::domain::ids::UnitId;
use crate::domain::score::{ScoreGroup, UnitYear};
use crate::domain::unit::Category;
use crate::service::scores::{
    self, BoardQuery, PresetScheme, PutScheme, Release, SchemeChoice, SchemeOverview, SchemeView,
    ScoreForecast, ScoreMails, ScoreTable, TrialTable, UnitScore, UnitYearScore, YearBoard,
};

/// Which schemes to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SchemeFilter {
    /// Those of this federation.
    unit_id: UnitId,
    /// Of this year.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    year: Option<i32>,
}

/// Which units to score.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BoardFilter {
    /// Those of this federation.
    unit_id: UnitId,
    /// Of this category.
    #[param(inline)]
    category: Category,
    /// As of this instant; now, if left out.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    at: Option<DateTime<Utc>>,
}

/// As of when.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AsOf {
    /// As of this instant; now, if left out.
    #[serde(deserialize_with = "crate::domain::years::read")]
    at: Option<DateTime<Utc>>,
}

/// The year in an address.
#[derive(Debug, Clone, Copy, Deserialize)]
struct YearPart {
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: i32,
}

/// Federation, year and category in an address.
#[derive(Debug, Clone, Copy, Deserialize)]
struct GroupParts {
    unit_id: UnitId,
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: i32,
    category: Category,
}

/// Year and unit in an address.
#[derive(Debug, Clone, Copy, Deserialize)]
struct UnitParts {
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: i32,
    unit_id: UnitId,
}

type GroupPath = Path<GroupParts>;
type UnitPath = Path<UnitParts>;

fn group(path: GroupPath) -> ScoreGroup {
    let GroupParts {
        unit_id,
        year,
        category,
    } = path.into_inner();
    ScoreGroup {
        unit_id,
        year,
        category,
    }
}

fn unit(path: UnitPath) -> UnitYear {
    let UnitParts { year, unit_id } = path.into_inner();
    UnitYear { unit_id, year }
}

/// The schemes that ship, with their formulas in words.
#[utoipa::path(responses((status = 200, body = Page<PresetScheme>)))]
#[get("/api/v1/score-presets")]
async fn list_presets(call: Call) -> JsonReply<Page<PresetScheme>> {
    let locale = call.lang().locale();
    let found = call.read(move |tx| scores::preset_schemes(tx, locale));
    Ok(web::Json(Page::whole(found.await?)))
}

/// The newest version of each scheme of a federation, with its formulas in words.
#[utoipa::path(params(SchemeFilter), responses((status = 200, body = Page<SchemeView>)))]
#[get("/api/v1/score-schemes")]
async fn list_schemes(
    call: Call,
    Params(filter): Params<SchemeFilter>,
) -> JsonReply<Page<SchemeView>> {
    let locale = call.lang().locale();
    let found = call.read(move |tx| scores::list_schemes(tx, filter.unit_id, filter.year, locale));
    Ok(web::Json(Page::whole(found.await?)))
}

/// The newest version of a scheme, with its formulas in words.
#[utoipa::path(
    params(("unit_id" = UnitId, Path), ("year" = i32, Path), ("category" = Category, Path)),
    responses((status = 200, body = SchemeView)),
)]
#[get("/api/v1/score-schemes/{unit_id}/{year}/{category}")]
async fn get_scheme(call: Call, path: GroupPath) -> Reply {
    let (group, locale) = (group(path), call.lang().locale());
    call.show(move |tx| scores::get_scheme(tx, group, locale))
        .await
}

/// A category's scheme of a year with all its versions, that of the year before, and whether it may
/// change.
#[utoipa::path(
    params(("unit_id" = UnitId, Path), ("year" = i32, Path), ("category" = Category, Path)),
    responses((status = 200, body = SchemeOverview)),
)]
#[get("/api/v1/score-schemes/{unit_id}/{year}/{category}/overview")]
async fn scheme_overview(call: Call, path: GroupPath) -> JsonReply<SchemeOverview> {
    let (group, locale) = (group(path), call.lang().locale());
    call.read_json(move |tx| scores::scheme_overview(tx, group, locale))
        .await
}

/// Save a new version of a scheme.
#[utoipa::path(
    params(("unit_id" = UnitId, Path), ("year" = i32, Path), ("category" = Category, Path), ("If-Match" = String, Header, description = "version of the scheme; `\"0\"` if there is none yet")),
    request_body = PutScheme,
    responses((status = 200, body = SchemeView)),
)]
#[put("/api/v1/score-schemes/{unit_id}/{year}/{category}")]
async fn put_scheme(
    call: Call,
    path: GroupPath,
    IfMatch(version): IfMatch,
    body: Body<PutScheme>,
) -> Reply {
    let (group, locale) = (group(path), call.lang().locale());
    call.change(move |tx| {
        let saved = scores::save_scheme(tx, group, &body.value, version)?;
        scores::describe_scheme(tx, saved, locale)
    })
    .await
}

/// What another scheme would do to totals and ranks; nothing is stored.
#[utoipa::path(
    params(("unit_id" = UnitId, Path), ("year" = i32, Path), ("category" = Category, Path), AsOf),
    request_body = SchemeChoice,
    responses((status = 200, body = TrialTable)),
)]
#[post("/api/v1/score-schemes/{unit_id}/{year}/{category}/trial")]
async fn try_scheme(
    call: Call,
    path: GroupPath,
    Params(as_of): Params<AsOf>,
    body: Body<SchemeChoice>,
) -> JsonReply<TrialTable> {
    let query = BoardQuery {
        group: group(path),
        at: as_of.at,
    };
    call.read_json(move |tx| scores::try_scheme(tx, query, &body.value))
        .await
}

/// Release the provisional standings as of the end of a half-year: mails to leaders about their own
/// unit, the table to the department.
#[utoipa::path(
    params(("unit_id" = UnitId, Path), ("year" = i32, Path), ("category" = Category, Path)),
    request_body = Release,
    responses((status = 200, body = ScoreMails)),
)]
#[post("/api/v1/score-schemes/{unit_id}/{year}/{category}/release")]
async fn release(call: Call, path: GroupPath, body: Body<Release>) -> JsonReply<ScoreMails> {
    let group = group(path);
    call.write_json(move |tx| scores::release_standings(tx, group, body.value))
        .await
}

/// Scores and ranks of a category.
#[utoipa::path(params(("year" = i32, Path), BoardFilter), responses((status = 200, body = ScoreTable)))]
#[get("/api/v1/scores/{year}")]
async fn table(
    call: Call,
    path: Path<YearPart>,
    Params(filter): Params<BoardFilter>,
) -> JsonReply<ScoreTable> {
    let group = ScoreGroup {
        unit_id: filter.unit_id,
        year: path.year,
        category: filter.category,
    };
    let query = BoardQuery {
        group,
        at: filter.at,
    };
    call.read_json(move |tx| scores::table(tx, query)).await
}

/// A unit's score: total, band, rank, and each criterion with its formula filled in, down to
/// obligations and items.
#[utoipa::path(
    params(("year" = i32, Path), ("unit_id" = UnitId, Path), AsOf),
    responses((status = 200, body = UnitScore)),
)]
#[get("/api/v1/scores/{year}/{unit_id}")]
async fn of_unit(call: Call, path: UnitPath, Params(as_of): Params<AsOf>) -> JsonReply<UnitScore> {
    let (unit, locale) = (unit(path), call.lang().locale());
    call.read_json(move |tx| scores::unit_score(tx, unit, as_of.at, locale))
        .await
}

/// What becomes of a unit's open quotas and score at today's pace, and what it still needs for a
/// better band.
#[utoipa::path(
    params(("year" = i32, Path), ("unit_id" = UnitId, Path)),
    responses((status = 200, body = ScoreForecast)),
)]
#[get("/api/v1/scores/{year}/{unit_id}/forecast")]
async fn forecast(call: Call, path: UnitPath) -> JsonReply<ScoreForecast> {
    let (unit, locale) = (unit(path), call.lang().locale());
    call.read_json(move |tx| scores::forecast(tx, unit, locale))
        .await
}

/// Mail a unit's own score, published or provisional, to its leaders; at most once a day.
#[utoipa::path(
    params(("year" = i32, Path), ("unit_id" = UnitId, Path)),
    responses((status = 200, body = ScoreMails)),
)]
#[post("/api/v1/scores/{year}/{unit_id}/mail")]
async fn mail(call: Call, path: UnitPath) -> JsonReply<ScoreMails> {
    let unit = unit(path);
    call.write_json(move |tx| scores::mail_unit_score(tx, unit))
        .await
}

/// The scores of a category's year with its round and the year before.
#[utoipa::path(
    params(("unit_id" = UnitId, Path), ("year" = i32, Path), ("category" = Category, Path)),
    responses((status = 200, body = YearBoard)),
)]
#[get("/api/v1/score-schemes/{unit_id}/{year}/{category}/board")]
async fn board(call: Call, path: GroupPath) -> JsonReply<YearBoard> {
    let group = group(path);
    call.read_json(move |tx| scores::year_board(tx, group))
        .await
}

/// A unit's year: its score, its forecast, the year before, and its sheet with the marks that people gave.
#[utoipa::path(
    params(("year" = i32, Path), ("unit_id" = UnitId, Path)),
    responses((status = 200, body = UnitYearScore)),
)]
#[get("/api/v1/scores/{year}/{unit_id}/year")]
async fn unit_year(call: Call, path: UnitPath) -> JsonReply<UnitYearScore> {
    let (unit, locale) = (unit(path), call.lang().locale());
    call.read_json(move |tx| scores::unit_year(tx, unit, locale))
        .await
}

versioned! {
    SchemeView: version;
}

resource!["scores":
    list_presets, list_schemes, get_scheme, scheme_overview, put_scheme, try_scheme, release, table, of_unit,
    forecast, mail, board, unit_year,
];
