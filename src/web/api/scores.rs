//! Emulation scores: schemes by year and category, standings of a category, a unit's score
//! explained.

use actix_web::{HttpResponse, get, post, put, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::domain::unit::Category;
use crate::service::scores;
use crate::service::scores::{
    PresetScheme, PutScheme, Release, SchemeChoice, SchemeFacts, ScoreForecast, ScoreMails,
    ScoreTable, Slot, TrialTable, UnitScore, Wanted,
};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::{Page, Params};
use crate::web::resource::Refused;

/// Which schemes to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SchemeFilter {
    /// Those of this federation.
    unit_id: i64,
    /// Of this year.
    #[serde(default)]
    year: Option<i32>,
}

/// Which units to score.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BoardFilter {
    /// Those of this federation.
    unit_id: i64,
    /// Of this category.
    #[param(inline)]
    category: Category,
    /// As of this instant; now, if left out.
    #[serde(default)]
    at: Option<DateTime<Utc>>,
}

/// As of when.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AsOf {
    /// As of this instant; now, if left out.
    at: Option<DateTime<Utc>>,
}

type SlotPath = web::Path<(i64, i32, Category)>;

fn slot(path: SlotPath) -> Slot {
    let (unit_id, year, category) = path.into_inner();
    Slot {
        unit_id,
        year,
        category,
    }
}

/// The schemes that ship, with their formulas in words.
#[utoipa::path(
    tag = "scores",
    responses((status = 200, body = Page<PresetScheme>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/score-presets")]
async fn list_presets(call: Call) -> Result<web::Json<Page<PresetScheme>>, Problem> {
    let locale = call.lang().locale();
    Ok(web::Json(Page::whole(
        call.ask(move |app, _| scores::preset_schemes(app, locale))
            .await?,
    )))
}

/// The newest version of each scheme of a federation, with its formulas in words.
#[utoipa::path(
    tag = "scores",
    params(SchemeFilter),
    responses((status = 200, body = Page<SchemeFacts>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/score-schemes")]
async fn list_schemes(
    call: Call,
    Params(filter): Params<SchemeFilter>,
) -> Result<web::Json<Page<SchemeFacts>>, Problem> {
    let locale = call.lang().locale();
    let found =
        call.ask(move |app, actor| scores::list(app, actor, filter.unit_id, filter.year, locale));
    Ok(web::Json(Page::whole(found.await?)))
}

/// The newest version of a scheme, with its formulas in words.
#[utoipa::path(
    tag = "scores",
    params(("unit_id" = i64, Path), ("year" = i32, Path), ("category" = Category, Path)),
    responses((status = 200, body = SchemeFacts), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/score-schemes/{unit_id}/{year}/{category}")]
async fn get_scheme(call: Call, path: SlotPath) -> Result<HttpResponse, Problem> {
    let (slot, locale) = (slot(path), call.lang().locale());
    let found = call
        .ask(move |app, actor| scores::get(app, actor, slot, locale))
        .await?;
    Ok(tagged(found.version, &found))
}

/// Save a new version of a scheme.
#[utoipa::path(
    tag = "scores",
    params(
        ("unit_id" = i64, Path), ("year" = i32, Path), ("category" = Category, Path),
        ("If-Match" = String, Header, description = "version of the scheme; `\"0\"` if there is none yet"),
    ),
    request_body = PutScheme,
    responses((status = 200, body = SchemeFacts), (status = "4XX", response = Refused)),
)]
#[put("/api/v1/score-schemes/{unit_id}/{year}/{category}")]
async fn put_scheme(
    call: Call,
    path: SlotPath,
    IfMatch(version): IfMatch,
    body: Body<PutScheme>,
) -> Result<HttpResponse, Problem> {
    let (slot, locale) = (slot(path), call.lang().locale());
    let saved = call
        .change(move |app, actor, now| {
            scores::put(app, actor, slot, &body.value, version, (now, locale))
        })
        .await?;
    Ok(tagged(saved.version, &saved))
}

/// What another scheme would do to totals and ranks; nothing is stored.
#[utoipa::path(
    tag = "scores",
    params(("unit_id" = i64, Path), ("year" = i32, Path), ("category" = Category, Path), AsOf),
    request_body = SchemeChoice,
    responses((status = 200, body = TrialTable), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-schemes/{unit_id}/{year}/{category}/trial")]
async fn try_scheme(
    call: Call,
    path: SlotPath,
    Params(as_of): Params<AsOf>,
    body: Body<SchemeChoice>,
) -> Result<web::Json<TrialTable>, Problem> {
    let wanted = Wanted {
        slot: slot(path),
        at: as_of.at,
    };
    let done =
        call.change(move |app, actor, now| scores::trial(app, actor, wanted, &body.value, now));
    Ok(web::Json(done.await?))
}

/// Release the provisional standings as of the end of a half-year: mails to leaders about their own
/// unit, the table to the department.
#[utoipa::path(
    tag = "scores",
    params(("unit_id" = i64, Path), ("year" = i32, Path), ("category" = Category, Path)),
    request_body = Release,
    responses((status = 200, body = ScoreMails), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-schemes/{unit_id}/{year}/{category}/release")]
async fn release(
    call: Call,
    path: SlotPath,
    body: Body<Release>,
) -> Result<web::Json<ScoreMails>, Problem> {
    let slot = slot(path);
    Ok(web::Json(
        call.change(move |app, actor, now| scores::release(app, actor, slot, body.value, now))
            .await?,
    ))
}

/// Scores and ranks of a category.
#[utoipa::path(
    tag = "scores",
    params(("year" = i32, Path), BoardFilter),
    responses((status = 200, body = ScoreTable), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/scores/{year}")]
async fn table(
    call: Call,
    year: web::Path<i32>,
    Params(filter): Params<BoardFilter>,
) -> Result<web::Json<ScoreTable>, Problem> {
    let slot = Slot {
        unit_id: filter.unit_id,
        year: year.into_inner(),
        category: filter.category,
    };
    let wanted = Wanted {
        slot,
        at: filter.at,
    };
    Ok(web::Json(
        call.change(move |app, actor, now| scores::table(app, actor, wanted, now))
            .await?,
    ))
}

/// A unit's score: total, band, rank, and each criterion with its formula filled in, down to
/// obligations and items.
#[utoipa::path(
    tag = "scores",
    params(("year" = i32, Path), ("unit_id" = i64, Path), AsOf),
    responses((status = 200, body = UnitScore), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/scores/{year}/{unit_id}")]
async fn of_unit(
    call: Call,
    path: web::Path<(i32, i64)>,
    Params(as_of): Params<AsOf>,
) -> Result<web::Json<UnitScore>, Problem> {
    let ((year, unit_id), locale) = (path.into_inner(), call.lang().locale());
    let done = call.change(move |app, actor, now| {
        scores::of_unit(app, actor, (unit_id, year), as_of.at, (now, locale))
    });
    Ok(web::Json(done.await?))
}

/// What today's pace will make of a unit's open quotas and score, and what it still needs for a
/// better band.
#[utoipa::path(
    tag = "scores",
    params(("year" = i32, Path), ("unit_id" = i64, Path)),
    responses((status = 200, body = ScoreForecast), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/scores/{year}/{unit_id}/forecast")]
async fn forecast(
    call: Call,
    path: web::Path<(i32, i64)>,
) -> Result<web::Json<ScoreForecast>, Problem> {
    let ((year, unit_id), locale) = (path.into_inner(), call.lang().locale());
    let done = call
        .change(move |app, actor, now| scores::outlook(app, actor, (unit_id, year), (now, locale)));
    Ok(web::Json(done.await?))
}

/// Mails a unit's own score, published or provisional, to its leaders; at most once a day.
#[utoipa::path(
    tag = "scores",
    params(("year" = i32, Path), ("unit_id" = i64, Path)),
    responses((status = 200, body = ScoreMails), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/scores/{year}/{unit_id}/mail")]
async fn mail(call: Call, path: web::Path<(i32, i64)>) -> Result<web::Json<ScoreMails>, Problem> {
    let (year, unit_id) = path.into_inner();
    Ok(web::Json(
        call.change(move |app, actor, now| scores::request(app, actor, (unit_id, year), now))
            .await?,
    ))
}

resource![
    list_presets,
    list_schemes,
    get_scheme,
    put_scheme,
    try_scheme,
    release,
    table,
    of_unit,
    forecast,
    mail
];
