//! Calendars as people look at them and change them: a month, whom each binds, what a change would
//! do.

use actix_web::{get, post, web};
use serde::Deserialize;

use super::{Body, Call, Created, IdempotencyKey, IfMatch, JsonReply, Page, Path, Reply};
use crate::domain::calendar::{CalendarEdit, YearMonth};
use crate::service::rules::calendars::{
    self, AdoptCalendar, CalendarImpact, CalendarMonth, CalendarUse, CalendarVersion,
};

/// A calendar and a month in an address.
#[derive(Debug, Clone, Deserialize)]
struct Place {
    code: String,
    month: YearMonth,
}

/// The calendars that the caller may use, with whom each binds today and which years it covers.
#[utoipa::path(responses((status = 200, body = Page<CalendarUse>)))]
#[get("/api/v1/calendar-uses")]
async fn uses(call: Call) -> JsonReply<Page<CalendarUse>> {
    let all = call.read(calendars::uses).await?;
    Ok(web::Json(Page::whole(all)))
}

/// A month of a calendar: what each date is, its names and its office hours.
#[utoipa::path(
    params(("code" = String, Path), ("month" = String, Path, description = "`2026-11`")),
    responses((status = 200, body = CalendarMonth)),
)]
#[get("/api/v1/calendars/{code}/months/{month}")]
async fn month(call: Call, place: Path<Place>) -> JsonReply<CalendarMonth> {
    let Place { code, month } = place.into_inner();
    call.read_json(move |tx| calendars::month(tx, &code, month))
        .await
}

/// What would a change of a calendar do? Which open deadlines would move, and who would be told.
/// Nothing is saved.
#[utoipa::path(request_body = CalendarEdit, responses((status = 200, body = CalendarImpact)))]
#[post("/api/v1/calendars/{code}/impact")]
async fn impact(
    call: Call,
    code: Path<String>,
    body: Body<CalendarEdit>,
) -> JsonReply<CalendarImpact> {
    let locale = call.lang().locale();
    call.read_json(move |tx| calendars::impact(tx, &code, &body.value, locale))
        .await
}

/// Change a calendar of a federation: swap two days, add or clear a day off, change office hours from
/// a day on. Open deadlines follow with the next check, and the people concerned get a mail.
#[utoipa::path(
    params(IfMatch),
    request_body = CalendarEdit,
    responses((status = 200, body = CalendarVersion)),
)]
#[post("/api/v1/calendars/{code}/edits")]
async fn edit(
    call: Call,
    code: Path<String>,
    IfMatch(version): IfMatch,
    body: Body<CalendarEdit>,
) -> Reply {
    call.change(move |tx| calendars::edit(tx, &code, &body.value, version))
        .await
}

/// Copy a calendar for a federation and let the copy bind it from today on, if the original did.
#[utoipa::path(
    params(IdempotencyKey),
    request_body = AdoptCalendar,
    responses((status = 201, body = CalendarVersion)),
)]
#[post("/api/v1/calendars/{code}/adopt")]
async fn adopt(call: Call, code: Path<String>, body: Body<AdoptCalendar>) -> Reply {
    let wanted = body.value;
    call.create(body.fingerprint, move |tx| {
        let made = calendars::adopt(tx, &code, wanted)?;
        let location = format!("/api/v1/calendars/{}", made.spec.code);
        Ok(Created::at(location, made))
    })
    .await
}

resource!["calendars": uses, month, impact, edit, adopt];
