//! The outbox: which mails wait, were sent or given up.

use actix_web::{get, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::mail::MailState;
use crate::service::notices::mails;
use crate::service::notices::mails::{Queued, Stats, Whole};
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::page::{Page, PageParams, Paged, Params};
use crate::web::resource::Refused;
use crate::web::time::Instant;

/// A mail in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MailLine {
    /// Its number.
    id: i64,
    /// Where it stands.
    state: MailState,
    /// Which sort of mail: digest, summary…
    kind: String,
    /// The recipient's address.
    to_mail: String,
    /// The recipient's name.
    to_name: String,
    /// The unit that it is about.
    unit_id: Option<i64>,
    /// Its subject.
    subject: String,
    /// Since when it waits or waited.
    queued_at: Instant,
    /// The next try.
    next_at: Option<Instant>,
    /// When it was sent or given up.
    finished_at: Option<Instant>,
    /// Failed tries.
    attempts: i32,
    /// Why the last try failed.
    last_error: Option<String>,
}

/// A mail with its texts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MailBody {
    /// As in lists.
    #[serde(flatten)]
    line: MailLine,
    /// Its Message-ID, the same on every try.
    message_id: Option<String>,
    /// The plain text.
    text: Option<String>,
    /// The HTML.
    html: Option<String>,
    /// Why the row can't be read, if it can't.
    unreadable: Option<String>,
}

/// The outbox in numbers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct MailStats {
    /// Wait for their first try.
    queued: i64,
    /// Wait for another try.
    retry: i64,
    /// May have been taken; wait for their one later try.
    unknown: i64,
    /// Given up.
    dead: i64,
    /// Sent since `since`.
    sent: i64,
    /// From when `sent` counts.
    since: Instant,
    /// Since when the oldest unsent mail waits.
    oldest_queued: Option<Instant>,
}

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
    #[serde(deserialize_with = "crate::domain::years::read")]
    since: Option<DateTime<Utc>>,
}

/// Mails about the caller's part of the tree, the newest first.
#[utoipa::path(
    tag = "mails",
    params(Filter, PageParams),
    responses((status = 200, body = Page<MailLine>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/mails")]
async fn list(call: Call, page: Paged<Filter>) -> Result<web::Json<Page<MailLine>>, Problem> {
    let (state, before, limit) = (page.filter.state, page.after()?, page.fetch());
    let rows = call
        .read(move |tx| mails::list(tx, state, before, limit))
        .await?;
    Ok(web::Json(page.page(
        rows,
        |mail| mail.id,
        MailLine::from,
    )?))
}

/// The outbox in numbers, as far as the caller sees it.
#[utoipa::path(
    tag = "mails",
    params(StatsFilter),
    responses((status = 200, body = MailStats), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/mails/stats")]
async fn stats(
    call: Call,
    Params(filter): Params<StatsFilter>,
) -> Result<web::Json<MailStats>, Problem> {
    let since = filter.since.unwrap_or_else(|| call.now() - A_DAY);
    let stats = call.read(move |tx| mails::stats(tx, since)).await?;
    Ok(web::Json(MailStats::new(&stats, since)))
}

/// Mails sent since then are counted, unless another instant is asked for.
pub(super) const A_DAY: TimeDelta = TimeDelta::days(1);

impl MailStats {
    pub(super) fn new(found: &Stats, since: DateTime<Utc>) -> Self {
        Self {
            queued: found.queued,
            retry: found.retry,
            unknown: found.unknown,
            dead: found.dead,
            sent: found.sent,
            since: Instant(since),
            oldest_queued: found.oldest_queued.map(Instant),
        }
    }
}

/// One mail with its texts, for operators: it holds links that act for its reader.
#[utoipa::path(tag = "mails", responses((status = 200, body = MailBody), (status = "4XX", response = Refused)))]
#[get("/api/v1/mails/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<web::Json<MailBody>, Problem> {
    let id = id.into_inner();
    Ok(web::Json(
        call.read(move |tx| mails::get(tx, id)).await?.into(),
    ))
}

/// Try a mail again that was given up.
#[utoipa::path(tag = "mails", responses((status = 200, body = MailBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/mails/{id}/requeue")]
async fn requeue(call: Call, id: web::Path<i64>) -> Result<web::Json<MailBody>, Problem> {
    let id = id.into_inner();
    Ok(web::Json(
        call.write(move |tx| mails::requeue(tx, id)).await?.into(),
    ))
}

impl From<Queued> for MailLine {
    fn from(mail: Queued) -> Self {
        Self {
            id: mail.id,
            kind: mail.kind,
            to_mail: mail.to_mail,
            to_name: mail.to_name,
            unit_id: mail.unit_id,
            subject: mail.subject,
            queued_at: Instant(mail.queued_at),
            next_at: (!mail.state.is_final()).then_some(Instant(mail.next_at)),
            finished_at: mail.finished_at.map(Instant),
            attempts: mail.attempts,
            last_error: mail.last_error,
            state: mail.state,
        }
    }
}

impl From<Whole> for MailBody {
    fn from(whole: Whole) -> Self {
        let line = MailLine::from(whole.queued);
        match whole.mail {
            Ok(mail) => Self {
                line,
                message_id: Some(mail.message_id),
                text: Some(mail.text),
                html: Some(mail.html),
                unreadable: None,
            },
            Err(cause) => Self {
                line,
                message_id: None,
                text: None,
                html: None,
                unreadable: Some(cause),
            },
        }
    }
}

resource![list, stats, get_one, requeue];
