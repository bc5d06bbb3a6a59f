//! Calendar feeds: secret addresses that calendar programs read.

use actix_web::{HttpResponse, delete, get, post, web};
use serde::Deserialize;

use super::{Body, Call, JsonReply, Page, Params, Path, Reply};
use crate::domain::ids::{FeedId, UnitId};
use crate::service::reports::{self, CalendarFeed, IssuedFeed};

/// Whose feeds.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FeedFilter {
    /// Of this unit; one's own if left out.
    unit_id: Option<UnitId>,
}

/// A feed to make.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
struct NewFeed {
    /// Of this unit; one's own if left out.
    unit_id: Option<UnitId>,
}

/// The calendar feeds that work, without their addresses.
#[utoipa::path(params(FeedFilter), responses((status = 200, body = Page<CalendarFeed>)))]
#[get("/api/v1/calendar-feeds")]
async fn list(call: Call, Params(filter): Params<FeedFilter>) -> JsonReply<Page<CalendarFeed>> {
    let found = call.read(move |tx| reports::calendar_feeds(tx, filter.unit_id));
    Ok(web::Json(Page::whole(found.await?)))
}

/// Make a calendar feed. Its address is in the reply, and nowhere else.
///
/// It takes no `Idempotency-Key`: the reply would have to be stored, and the secret with it.
#[utoipa::path(request_body = NewFeed, responses((status = 201, body = IssuedFeed)))]
#[post("/api/v1/calendar-feeds")]
async fn create(call: Call, body: Body<NewFeed>) -> Reply {
    let made = call.write(move |tx| reports::create_feed(tx, body.value.unit_id));
    Ok(HttpResponse::Created().json(made.await?))
}

/// Take a calendar feed back: its address works no more.
#[utoipa::path(responses((status = 200, body = CalendarFeed)))]
#[delete("/api/v1/calendar-feeds/{id}")]
async fn revoke(call: Call, id: Path<FeedId>) -> JsonReply<CalendarFeed> {
    call.write_json(move |tx| reports::revoke_feed(tx, *id))
        .await
}

resource!["reports": list, create, revoke];
