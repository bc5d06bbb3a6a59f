//! The outbox: which mails wait, were sent or given up.

use actix_web::{get, post, web};
use chrono::TimeDelta;
use serde::Deserialize;

use super::{Call, JsonReply, Page, PageParams, Paged, Params, Path};
use crate::domain::ids::MailId;
use crate::domain::mail::MailState;
use crate::service::notices::mails::{self, MailFilter, Queued, Stats, Whole};
use crate::web::filter::Moment;

/// Mails sent since then are counted, unless another instant is asked for.
pub(super) const A_DAY: TimeDelta = TimeDelta::days(1);

/// Which mails to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// In this state.
    #[param(inline)]
    state: Option<MailState>,
    /// Neither sent nor given up.
    waiting: bool,
    /// Of this sort: digest, summary…
    kind: Option<String>,
    /// Part of the recipient's address or name or of the subject, as written.
    q: Option<String>,
}

/// From when to count.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatsFilter {
    /// Count mails sent at this instant or later, or on this local date or later; the last day if
    /// left out.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    from: Option<Moment>,
}

/// Mails about the caller's part of the tree, the newest first.
#[utoipa::path(params(Filter, PageParams), responses((status = 200, body = Page<Queued>)))]
#[get("/api/v1/mails")]
async fn list(call: Call, page: Paged<Filter>) -> JsonReply<Page<Queued>> {
    let (before, limit) = (page.after()?, page.fetch());
    let filter = MailFilter {
        state: page.filter.state,
        waiting: page.filter.waiting,
        kind: page.filter.kind.clone(),
        search: page.filter.q.clone(),
        ..MailFilter::default()
    };
    let rows = call
        .read(move |tx| mails::list(tx, &filter, before, limit))
        .await?;
    page.page(rows, |mail: &Queued| mail.id).map(web::Json)
}

/// The outbox in numbers, as far as the caller sees it.
#[utoipa::path(params(StatsFilter), responses((status = 200, body = Stats)))]
#[get("/api/v1/mails/stats")]
async fn stats(call: Call, Params(filter): Params<StatsFilter>) -> JsonReply<Stats> {
    let since = filter.from.map_or(call.now() - A_DAY, Moment::begin);
    call.read_json(move |tx| mails::stats(tx, since)).await
}

/// One mail with its texts, for operators: it holds links that act for its reader.
#[utoipa::path(responses((status = 200, body = Whole)))]
#[get("/api/v1/mails/{id}")]
async fn get_one(call: Call, id: Path<MailId>) -> JsonReply<Whole> {
    call.read_json(move |tx| mails::get(tx, *id)).await
}

/// Try a mail again that was given up.
#[utoipa::path(responses((status = 200, body = Whole)))]
#[post("/api/v1/mails/{id}/requeue")]
async fn requeue(call: Call, id: Path<MailId>) -> JsonReply<Whole> {
    call.write_json(move |tx| mails::requeue(tx, *id)).await
}

resource!["mails": list, stats, get_one, requeue];
