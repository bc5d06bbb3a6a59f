//! The outbox: which mails wait, were sent or given up.

mod bodies;

use actix_web::{get, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::{Call, JsonReply, Page, PageParams, Paged, Params, Path};
use crate::domain::mail::MailState;
use crate::service::notices::mails::{self};

pub(super) use bodies::MailStats;
use bodies::{MailBody, MailLine};

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
#[utoipa::path(params(Filter, PageParams), responses((status = 200, body = Page<MailLine>)))]
#[get("/api/v1/mails")]
async fn list(call: Call, page: Paged<Filter>) -> JsonReply<Page<MailLine>> {
    let (state, before, limit) = (page.filter.state, page.after()?, page.fetch());
    let rows = call
        .read(move |tx| mails::list(tx, state, before, limit))
        .await?;
    let rows = rows.into_iter().map(MailLine::from).collect();
    page.page(rows, |mail: &MailLine| mail.id).map(web::Json)
}

/// The outbox in numbers, as far as the caller sees it.
#[utoipa::path(params(StatsFilter), responses((status = 200, body = MailStats)))]
#[get("/api/v1/mails/stats")]
async fn stats(call: Call, Params(filter): Params<StatsFilter>) -> JsonReply<MailStats> {
    let since = filter.since.unwrap_or_else(|| call.now() - A_DAY);
    let stats = call.read(move |tx| mails::stats(tx, since)).await?;
    Ok(web::Json(MailStats::new(&stats, since)))
}

/// Mails sent since then are counted, unless another instant is asked for.
pub(super) const A_DAY: TimeDelta = TimeDelta::days(1);

/// One mail with its texts, for operators: it holds links that act for its reader.
#[utoipa::path(responses((status = 200, body = MailBody)))]
#[get("/api/v1/mails/{id}")]
async fn get_one(call: Call, id: Path<i64>) -> JsonReply<MailBody> {
    Ok(web::Json(
        call.read(move |tx| mails::get(tx, *id)).await?.into(),
    ))
}

/// Try a mail again that was given up.
#[utoipa::path(responses((status = 200, body = MailBody)))]
#[post("/api/v1/mails/{id}/requeue")]
async fn requeue(call: Call, id: Path<i64>) -> JsonReply<MailBody> {
    Ok(web::Json(
        call.write(move |tx| mails::requeue(tx, *id)).await?.into(),
    ))
}

resource!["mails": list, stats, get_one, requeue];
