//! The outbox: which mails wait, were sent or given up.

use actix_web::{get, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::domain::mail::MailState;
use crate::service::notices::mails;
use crate::service::notices::mails::{Queued, Stats, Whole};
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::page::{Page, PageParams, Paged, Params};
use crate::web::resource::Refused;

/// Which mails to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// In this state.
    #[param(inline)]
    state: Option<MailState>,
}

/// From when to count.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatsFilter {
    /// Count sent mails from this instant on; a day ago if left out.
    since: Option<DateTime<Utc>>,
}

/// Mails about the caller's part of the tree, the newest first.
#[utoipa::path(
    tag = "mails",
    params(Filter, PageParams),
    responses((status = 200, body = Page<Queued>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/mails")]
async fn list(call: Call, page: Paged<Filter>) -> Result<web::Json<Page<Queued>>, Problem> {
    let (state, before, limit) = (page.filter.state, page.after()?, page.fetch());
    let rows = call
        .read(move |tx| mails::list(tx, state, before, limit))
        .await?;
    Ok(web::Json(page.page(rows, |mail| mail.id, |mail| mail)?))
}

/// The outbox in numbers, as far as the caller sees it.
#[utoipa::path(
    tag = "mails",
    params(StatsFilter),
    responses((status = 200, body = Stats), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/mails/stats")]
async fn stats(
    call: Call,
    Params(filter): Params<StatsFilter>,
) -> Result<web::Json<Stats>, Problem> {
    let since = filter.since.unwrap_or_else(|| call.now() - A_DAY);
    let stats = call.read(move |tx| mails::stats(tx, since)).await?;
    Ok(web::Json(stats))
}

/// Mails sent since then are counted, unless another instant is asked for.
pub(super) const A_DAY: TimeDelta = TimeDelta::days(1);

/// One mail with its texts, for operators: it holds links that act for its reader.
#[utoipa::path(tag = "mails", responses((status = 200, body = Whole), (status = "4XX", response = Refused)))]
#[get("/api/v1/mails/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<web::Json<Whole>, Problem> {
    let id = id.into_inner();
    Ok(web::Json(call.read(move |tx| mails::get(tx, id)).await?))
}

/// Try a mail again that was given up.
#[utoipa::path(tag = "mails", responses((status = 200, body = Whole), (status = "4XX", response = Refused)))]
#[post("/api/v1/mails/{id}/requeue")]
async fn requeue(call: Call, id: web::Path<i64>) -> Result<web::Json<Whole>, Problem> {
    let id = id.into_inner();
    Ok(web::Json(
        call.write(move |tx| mails::requeue(tx, id)).await?,
    ))
}

resource![list, stats, get_one, requeue];
