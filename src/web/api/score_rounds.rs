//! Rounds of emulation scores: computed, self-assessed, reviewed, published, frozen; and the sheets
//! of their units.
//!
//! Round and sheet each carry their version: a change sends back the one that it is based on.

use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;

use crate::domain::score::ScoreGroup;
use crate::service::scores;
use crate::service::scores::{NewAssessment, PublishRound, SheetQuery, SheetView};
use crate::store::scores::RoundRow;
use crate::web::body::{Body, Nothing};
use crate::web::call::{Call, Created};
use crate::web::error::Problem;
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::{All, Page, PageParams, Paged, Params};
use crate::web::resource::Refused;

/// Which rounds to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RoundFilter {
    /// Those of this federation.
    unit_id: i64,
    /// Of this year.
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: i32,
}

/// A reason.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RoundReason {
    /// Why; kept in the audit trail.
    reason: String,
}

/// The rounds of a federation's year, newest edition first within a category.
#[utoipa::path(
    tag = "score_rounds",
    params(RoundFilter),
    responses((status = 200, body = Page<RoundRow>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/score-rounds")]
async fn list(
    call: Call,
    Params(filter): Params<RoundFilter>,
) -> Result<web::Json<Page<RoundRow>>, Problem> {
    let found = call.read(move |tx| scores::list_rounds(tx, filter.unit_id, filter.year));
    Ok(web::Json(Page::whole(found.await?)))
}

/// One round.
#[utoipa::path(tag = "score_rounds", responses((status = 200, body = RoundRow), (status = "4XX", response = Refused)))]
#[get("/api/v1/score-rounds/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let round = call.read(move |tx| scores::get_round(tx, id)).await?;
    Ok(tagged(round.version, &round))
}

/// Begin the scores of a year and category.
#[utoipa::path(
    tag = "score_rounds",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = ScoreGroup,
    responses((status = 201, body = RoundRow), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-rounds")]
async fn begin(call: Call, body: Body<ScoreGroup>) -> Result<HttpResponse, Problem> {
    let group = body.value;
    call.create(body.fingerprint, move |tx| {
        let round = scores::begin(tx, group)?;
        let location = format!("/api/v1/score-rounds/{}", round.id);
        Ok(Created::at(location, round.version, round))
    })
    .await
}

/// Compute the sheets, anew if they were computed before. Assessments and reviews are kept where the
/// scheme and what the sheet is computed from are unchanged.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = Nothing,
    responses((status = 200, body = RoundRow), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-rounds/{id}/compute")]
async fn compute(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let done = call.write(move |tx| scores::compute(tx, id, version));
    let round = done.await?;
    Ok(tagged(round.version, &round))
}

/// Publish a round with the decision's number and date.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = PublishRound,
    responses((status = 200, body = RoundRow), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-rounds/{id}/publish")]
async fn publish(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<PublishRound>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let done = call.write(move |tx| scores::publish(tx, id, &body.value, version));
    let round = done.await?;
    Ok(tagged(round.version, &round))
}

/// Close a published round for good.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = Nothing,
    responses((status = 200, body = RoundRow), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-rounds/{id}/freeze")]
async fn freeze(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let done = call.write(move |tx| scores::freeze(tx, id, version));
    let round = done.await?;
    Ok(tagged(round.version, &round))
}

/// Begin a new edition that replaces a published or frozen one; a frozen one stays as it is.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = RoundReason,
    responses((status = 200, body = RoundRow), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-rounds/{id}/reopen")]
async fn reopen(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<RoundReason>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let done = call.write(move |tx| scores::reopen(tx, id, &body.value.reason, version));
    let round = done.await?;
    Ok(tagged(round.version, &round))
}

/// The sheets of a round that the caller may read.
#[utoipa::path(
    tag = "score_rounds",
    params(PageParams),
    responses((status = 200, body = Page<SheetView>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/score-rounds/{id}/sheets")]
async fn list_sheets(
    call: Call,
    id: web::Path<i64>,
    page: Paged<All>,
) -> Result<web::Json<Page<SheetView>>, Problem> {
    let locale = call.lang().locale();
    let query = SheetQuery {
        round_id: id.into_inner(),
        after: page.after()?,
        limit: page.fetch(),
    };
    let found = call.read(move |tx| scores::list_sheets(tx, query, locale));
    let page = page.page(found.await?, |sheet| sheet.id, |sheet| sheet)?;
    Ok(web::Json(page))
}

/// One sheet.
#[utoipa::path(tag = "score_rounds", responses((status = 200, body = SheetView), (status = "4XX", response = Refused)))]
#[get("/api/v1/score-sheets/{id}")]
async fn get_sheet(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let (id, locale) = (id.into_inner(), call.lang().locale());
    let found = call.read(move |tx| scores::get_sheet(tx, id, locale));
    let sheet = found.await?;
    Ok(tagged(sheet.version, &sheet))
}

/// Record the unit's assessment of itself.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = NewAssessment,
    responses((status = 200, body = SheetView), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-sheets/{id}/self-assess")]
async fn self_assess(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<NewAssessment>,
) -> Result<HttpResponse, Problem> {
    let (id, locale) = (id.into_inner(), call.lang().locale());
    let done = call.write(move |tx| {
        let sheet = scores::self_assess(tx, id, &body.value, version)?;
        Ok(sheet.view(locale))
    });
    let sheet = done.await?;
    Ok(tagged(sheet.version, &sheet))
}

/// Record the department's review of a unit's score.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = NewAssessment,
    responses((status = 200, body = SheetView), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-sheets/{id}/review")]
async fn review(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<NewAssessment>,
) -> Result<HttpResponse, Problem> {
    let (id, locale) = (id.into_inner(), call.lang().locale());
    let done = call.write(move |tx| {
        let sheet = scores::review(tx, id, &body.value, version)?;
        Ok(sheet.view(locale))
    });
    let sheet = done.await?;
    Ok(tagged(sheet.version, &sheet))
}

resource![
    list,
    get_one,
    begin,
    compute,
    publish,
    freeze,
    reopen,
    list_sheets,
    get_sheet,
    self_assess,
    review
];
