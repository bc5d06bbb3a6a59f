//! Rounds of emulation scores: computed, self-assessed, reviewed, published, frozen; and the sheets
//! of their units.
//!
//! Round and sheet each carry their version: whoever acts sends back the one they saw.

use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;

use crate::service::scores;
use crate::service::scores::{NewRound, PublishRound, RoundFacts, Say, SheetFacts};
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
    responses((status = 200, body = Page<RoundFacts>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/score-rounds")]
async fn list(
    call: Call,
    Params(filter): Params<RoundFilter>,
) -> Result<web::Json<Page<RoundFacts>>, Problem> {
    let found = call.ask(move |app, actor| scores::rounds(app, actor, filter.unit_id, filter.year));
    Ok(web::Json(Page::whole(found.await?)))
}

/// One round.
#[utoipa::path(tag = "score_rounds", responses((status = 200, body = RoundFacts), (status = "4XX", response = Refused)))]
#[get("/api/v1/score-rounds/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    Ok(shown(
        &call
            .ask(move |app, actor| scores::round(app, actor, id))
            .await?,
    ))
}

/// Begin the scores of a year and category.
#[utoipa::path(
    tag = "score_rounds",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewRound,
    responses((status = 201, body = RoundFacts), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-rounds")]
async fn begin(call: Call, body: Body<NewRound>) -> Result<HttpResponse, Problem> {
    let new = body.value;
    call.create_with(body.fingerprint, move |_, conn, actor, now| {
        let round = scores::begin_in(conn, actor, new, now)?;
        Ok(Created::at(
            format!("/api/v1/score-rounds/{}", round.id),
            round.version,
            round,
        ))
    })
    .await
}

/// Compute the sheets, anew if they were computed before; what was said stays where nothing changed
/// under it.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = Nothing,
    responses((status = 200, body = RoundFacts), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-rounds/{id}/compute")]
async fn compute(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    Ok(shown(
        &call
            .change(move |app, actor, now| scores::compute(app, actor, id, version, now))
            .await?,
    ))
}

/// Publish a round with the decision's number and date.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = PublishRound,
    responses((status = 200, body = RoundFacts), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-rounds/{id}/publish")]
async fn publish(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<PublishRound>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let done = call
        .change(move |app, actor, now| scores::publish(app, actor, id, &body.value, version, now));
    Ok(shown(&done.await?))
}

/// Close a published round for good.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = Nothing,
    responses((status = 200, body = RoundFacts), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-rounds/{id}/freeze")]
async fn freeze(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    Ok(shown(
        &call
            .change(move |app, actor, now| scores::freeze(app, actor, id, version, now))
            .await?,
    ))
}

/// Begin a new edition in the place of a published or frozen one; a frozen one stays as it is.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = RoundReason,
    responses((status = 200, body = RoundFacts), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-rounds/{id}/reopen")]
async fn reopen(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<RoundReason>,
) -> Result<HttpResponse, Problem> {
    let (id, reason) = (id.into_inner(), body.value.reason);
    let done =
        call.change(move |app, actor, now| scores::reopen(app, actor, id, &reason, version, now));
    Ok(shown(&done.await?))
}

/// The sheets of a round that the caller may read.
#[utoipa::path(
    tag = "score_rounds",
    params(PageParams),
    responses((status = 200, body = Page<SheetFacts>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/score-rounds/{id}/sheets")]
async fn list_sheets(
    call: Call,
    id: web::Path<i64>,
    page: Paged<All>,
) -> Result<web::Json<Page<SheetFacts>>, Problem> {
    let (id, locale, asked) = (
        id.into_inner(),
        call.lang().locale(),
        (page.after()?, page.fetch()),
    );
    let found = call
        .ask(move |app, actor| scores::sheets(app, actor, id, asked, locale))
        .await?;
    Ok(web::Json(page.page(
        found,
        |sheet| sheet.id,
        |sheet| sheet,
    )?))
}

/// One sheet.
#[utoipa::path(tag = "score_rounds", responses((status = 200, body = SheetFacts), (status = "4XX", response = Refused)))]
#[get("/api/v1/score-sheets/{id}")]
async fn get_sheet(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let (id, locale) = (id.into_inner(), call.lang().locale());
    let found = call
        .ask(move |app, actor| scores::sheet(app, actor, id, locale))
        .await?;
    Ok(tagged(found.version, &found))
}

/// Say what the unit thinks of its score.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = Say,
    responses((status = 200, body = SheetFacts), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-sheets/{id}/self-assess")]
async fn self_assess(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<Say>,
) -> Result<HttpResponse, Problem> {
    let (id, locale) = (id.into_inner(), call.lang().locale());
    let done = call.change(move |app, actor, now| {
        scores::self_assess(app, actor, id, &body.value, version, (now, locale))
    });
    let sheet = done.await?;
    Ok(tagged(sheet.version, &sheet))
}

/// Decide on a unit's score.
#[utoipa::path(
    tag = "score_rounds",
    params(("If-Match" = String, Header)),
    request_body = Say,
    responses((status = 200, body = SheetFacts), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/score-sheets/{id}/review")]
async fn review(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<Say>,
) -> Result<HttpResponse, Problem> {
    let (id, locale) = (id.into_inner(), call.lang().locale());
    let done = call.change(move |app, actor, now| {
        scores::review(app, actor, id, &body.value, version, (now, locale))
    });
    let sheet = done.await?;
    Ok(tagged(sheet.version, &sheet))
}

fn shown(round: &RoundFacts) -> HttpResponse {
    tagged(round.version, round)
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
