//! Rounds of emulation scores: computed, self-assessed, reviewed, published, frozen; and the sheets
//! of their units.
//!
//! Round and sheet each carry their version: a change sends back the one that it is based on.

use actix_web::{get, post, web};
use serde::Deserialize;

use super::{
    All, Body, Call, Created, Edit, IdempotencyKey, IfMatch, JsonReply, Nothing, Page, PageParams,
    Paged, Params, Path, Reply,
};
use crate::domain::ids::{RoundId, SheetId, UnitId};
use crate::domain::score::ScoreGroup;
use crate::service::scores::{
    self, NewAssessment, PublishRound, ReviewMany, SheetQuery, SheetView, UnchangedSheet,
};
use crate::store::scores::RoundRow;

/// Which rounds to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RoundFilter {
    /// Those of this federation.
    unit_id: UnitId,
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
#[utoipa::path(params(RoundFilter), responses((status = 200, body = Page<RoundRow>)))]
#[get("/api/v1/score-rounds")]
async fn list(call: Call, Params(filter): Params<RoundFilter>) -> JsonReply<Page<RoundRow>> {
    let found = call.read(move |tx| scores::list_rounds(tx, filter.unit_id, filter.year));
    Ok(web::Json(Page::whole(found.await?)))
}

/// One round.
#[utoipa::path(responses((status = 200, body = RoundRow)))]
#[get("/api/v1/score-rounds/{id}")]
async fn get_one(call: Call, id: Path<RoundId>) -> Reply {
    call.show(move |tx| scores::get_round(tx, *id)).await
}

/// Begin the scores of a year and category.
#[utoipa::path(
    params(IdempotencyKey), request_body = ScoreGroup, responses((status = 201, body = RoundRow))
)]
#[post("/api/v1/score-rounds")]
async fn begin(call: Call, body: Body<ScoreGroup>) -> Reply {
    let group = body.value;
    call.create(body.fingerprint, move |tx| {
        let round = scores::begin(tx, group)?;
        let location = format!("/api/v1/score-rounds/{}", round.id);
        Ok(Created::at(location, round))
    })
    .await
}

/// Compute the sheets, anew if they were computed before. Assessments and reviews are kept where the
/// scheme and what the sheet is computed from are unchanged.
#[utoipa::path(params(IfMatch), request_body = Nothing, responses((status = 200, body = RoundRow)))]
#[post("/api/v1/score-rounds/{id}/compute")]
async fn compute(call: Call, Edit { id, version, .. }: Edit<Nothing, RoundId>) -> Reply {
    call.change(move |tx| scores::compute(tx, id, version))
        .await
}

/// Publish a round with the decision's number and date.
#[utoipa::path(params(IfMatch), request_body = PublishRound, responses((status = 200, body = RoundRow)))]
#[post("/api/v1/score-rounds/{id}/publish")]
async fn publish(call: Call, Edit { id, version, body }: Edit<PublishRound, RoundId>) -> Reply {
    call.change(move |tx| scores::publish(tx, id, &body, version))
        .await
}

/// Close a published round for good.
#[utoipa::path(params(IfMatch), request_body = Nothing, responses((status = 200, body = RoundRow)))]
#[post("/api/v1/score-rounds/{id}/freeze")]
async fn freeze(call: Call, Edit { id, version, .. }: Edit<Nothing, RoundId>) -> Reply {
    call.change(move |tx| scores::freeze(tx, id, version)).await
}

/// Begin a new edition that replaces a published or frozen one; a frozen one stays as it is.
#[utoipa::path(params(IfMatch), request_body = RoundReason, responses((status = 200, body = RoundRow)))]
#[post("/api/v1/score-rounds/{id}/reopen")]
async fn reopen(call: Call, Edit { id, version, body }: Edit<RoundReason, RoundId>) -> Reply {
    call.change(move |tx| scores::reopen(tx, id, &body.reason, version))
        .await
}

/// The sheets whose unit left every point as it was computed.
#[utoipa::path(responses((status = 200, body = Page<UnchangedSheet>)))]
#[get("/api/v1/score-rounds/{id}/unchanged")]
async fn unchanged(call: Call, id: Path<RoundId>) -> JsonReply<Page<UnchangedSheet>> {
    let found = call.read(move |tx| scores::unchanged_sheets(tx, *id));
    Ok(web::Json(Page::whole(found.await?)))
}

/// Review sheets that change nothing, together; those that change something are left out.
#[utoipa::path(params(IfMatch), request_body = ReviewMany, responses((status = 200, body = RoundRow)))]
#[post("/api/v1/score-rounds/{id}/review-unchanged")]
async fn review_unchanged(
    call: Call,
    Edit { id, version, body }: Edit<ReviewMany, RoundId>,
) -> Reply {
    call.change(move |tx| {
        scores::review_unchanged(tx, id, &body, version)?;
        scores::get_round(tx, id)
    })
    .await
}

/// The sheets of a round that the caller may read.
#[utoipa::path(params(PageParams), responses((status = 200, body = Page<SheetView>)))]
#[get("/api/v1/score-rounds/{id}/sheets")]
async fn list_sheets(
    call: Call,
    id: Path<RoundId>,
    page: Paged<All>,
) -> JsonReply<Page<SheetView>> {
    let locale = call.lang().locale();
    let query = SheetQuery {
        round_id: id.into_inner(),
        after: page.after()?,
        limit: page.fetch(),
    };
    let found = call.read(move |tx| scores::list_sheets(tx, query, locale));
    page.page(found.await?, |sheet| sheet.id).map(web::Json)
}

/// One sheet.
#[utoipa::path(responses((status = 200, body = SheetView)))]
#[get("/api/v1/score-sheets/{id}")]
async fn get_sheet(call: Call, id: Path<SheetId>) -> Reply {
    let (id, locale) = (id.into_inner(), call.lang().locale());
    call.show(move |tx| scores::get_sheet(tx, id, locale)).await
}

/// Record the unit's assessment of itself.
#[utoipa::path(
    params(IfMatch), request_body = NewAssessment, responses((status = 200, body = SheetView))
)]
#[post("/api/v1/score-sheets/{id}/self-assess")]
async fn self_assess(
    call: Call,
    Edit { id, version, body }: Edit<NewAssessment, SheetId>,
) -> Reply {
    let locale = call.lang().locale();
    call.change(move |tx| {
        let sheet = scores::self_assess(tx, id, &body, version)?;
        Ok(sheet.view(locale))
    })
    .await
}

/// Record the department's review of a unit's score.
#[utoipa::path(
    params(IfMatch), request_body = NewAssessment, responses((status = 200, body = SheetView))
)]
#[post("/api/v1/score-sheets/{id}/review")]
async fn review(call: Call, Edit { id, version, body }: Edit<NewAssessment, SheetId>) -> Reply {
    let locale = call.lang().locale();
    call.change(move |tx| {
        let sheet = scores::review(tx, id, &body, version)?;
        Ok(sheet.view(locale))
    })
    .await
}

versioned! {
    RoundRow: version;
    SheetView: version;
}

resource!["score_rounds":
    list, get_one, begin, compute, publish, freeze, reopen, list_sheets, get_sheet, self_assess,
    review, unchanged, review_unchanged,
];
