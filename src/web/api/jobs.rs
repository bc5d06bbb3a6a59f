//! Scheduled jobs: when each ran last, how that went, when it runs next.

use actix_web::{HttpResponse, get, patch, post, web};
use serde::{Deserialize, Serialize};

use crate::domain::schedule::{JobResult, RunState};
use crate::service::Error;
use crate::service::notices::mails;
use crate::service::schedule;
use crate::service::schedule::{Change, JobLine, RunLine};
use crate::web::api::mails::{A_DAY, MailStats};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::error::Problem;
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::Params;
use crate::web::resource::Refused;
use crate::web::time::Instant;

/// A job.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct JobBody {
    /// `sweep`; `summary:12` for a federation's own.
    name: String,
    /// The federation, if it is one's own.
    unit_id: Option<i64>,
    /// Its name.
    unit_name: Option<String>,
    /// When it runs: seconds, minutes, hours, days, months, weekdays, in Vietnamese time.
    cron: String,
    /// What missed instants are worth: `coalesce`, `each`, `within:SECONDS`.
    catch_up: String,
    /// Whether it runs at all.
    enabled: bool,
    /// The instant it runs for next; in the past while it is late.
    next_at: Option<Instant>,
    /// After a failure: not tried again before.
    retry_at: Option<Instant>,
    /// Whether it runs at this moment.
    running: bool,
    /// The last line.
    last: Option<RunBody>,
    /// Goes up with every change.
    version: i32,
}

/// A run of a job.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct RunBody {
    /// The instant that it ran for.
    due_at: Instant,
    /// `running`, `done`, `failed` or `skipped`.
    #[schema(value_type = String)]
    state: RunState,
    /// How often it was tried.
    attempts: i32,
    /// When the last attempt began.
    started_at: Instant,
    /// When it ended.
    finished_at: Option<Instant>,
    /// How long it took, in milliseconds.
    duration_ms: Option<i64>,
    /// Seconds from the instant that it ran for to the start.
    late_seconds: i64,
    /// What it found and did.
    result: Option<JobResult>,
    /// Why it failed.
    error: Option<String>,
}

/// Every job.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Jobs {
    /// The jobs, by name.
    items: Vec<JobBody>,
    /// The delivery of mails, which goes on all the time; for those who may see the outbox.
    delivery: Option<MailStats>,
}

/// Runs of a job.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Runs {
    /// The runs, the latest first.
    items: Vec<RunBody>,
}

/// What to change about a job; absent = as it is.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
struct JobPatch {
    /// When it runs, seconds first: `0 0 16 * * *`.
    cron: Option<String>,
    /// Whether it runs at all.
    enabled: Option<bool>,
}

/// How many runs.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RunsFilter {
    /// Most runs to show; 50 if left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// The jobs that the caller may see, and how the delivery of mails stands.
#[utoipa::path(tag = "jobs", responses((status = 200, body = Jobs), (status = "4XX", response = Refused)))]
#[get("/api/v1/jobs")]
async fn list(call: Call) -> Result<web::Json<Jobs>, Problem> {
    let since = call.now() - A_DAY;
    let (jobs, stats) = call
        .ask(move |app, actor| {
            let stats = match mails::stats(app, actor, since) {
                Err(Error::Forbidden) => None,
                stats => Some(stats?),
            };
            Ok((schedule::list(app, actor)?, stats))
        })
        .await?;
    let delivery = stats.map(|stats| MailStats::new(&stats, since));
    Ok(web::Json(Jobs {
        items: jobs.into_iter().map(JobBody::from).collect(),
        delivery,
    }))
}

/// One job.
#[utoipa::path(tag = "jobs", responses((status = 200, body = JobBody), (status = "4XX", response = Refused)))]
#[get("/api/v1/jobs/{name}")]
async fn get_one(call: Call, name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let name = name.into_inner();
    let job = call
        .ask(move |app, actor| schedule::find(app, actor, &name))
        .await?;
    Ok(tagged(job.version, &JobBody::from(job)))
}

/// The latest runs of a job.
#[utoipa::path(
    tag = "jobs",
    params(RunsFilter),
    responses((status = 200, body = Runs), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/jobs/{name}/runs")]
async fn runs(
    call: Call,
    name: web::Path<String>,
    Params(filter): Params<RunsFilter>,
) -> Result<web::Json<Runs>, Problem> {
    let (name, limit) = (name.into_inner(), filter.limit.unwrap_or(50));
    let items = call
        .ask(move |app, actor| schedule::runs(app, actor, &name, limit))
        .await?;
    Ok(web::Json(Runs {
        items: items.into_iter().map(RunBody::from).collect(),
    }))
}

/// Change when a job runs, or whether it does.
#[utoipa::path(
    tag = "jobs",
    params(("If-Match" = String, Header)),
    request_body = JobPatch,
    responses((status = 200, body = JobBody), (status = "4XX", response = Refused)),
)]
#[patch("/api/v1/jobs/{name}")]
async fn change(
    call: Call,
    name: web::Path<String>,
    IfMatch(version): IfMatch,
    body: Body<JobPatch>,
) -> Result<HttpResponse, Problem> {
    let name = name.into_inner();
    let change = Change {
        cron: body.value.cron,
        enabled: body.value.enabled,
        version: Some(version),
    };
    let job = call
        .change(move |app, actor, now| schedule::change(app, actor, &name, &change, now))
        .await?;
    Ok(tagged(job.version, &JobBody::from(job)))
}

/// Let a job run at the scheduler's next look.
#[utoipa::path(tag = "jobs", responses((status = 202, body = JobBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/jobs/{name}/run")]
async fn start(call: Call, name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let name = name.into_inner();
    let job = call
        .change(move |app, actor, now| schedule::run_now(app, actor, &name, now))
        .await?;
    Ok(HttpResponse::Accepted().json(JobBody::from(job)))
}

impl From<JobLine> for JobBody {
    fn from(job: JobLine) -> Self {
        Self {
            name: job.name,
            unit_id: job.unit_id,
            unit_name: job.unit_name,
            cron: job.cron,
            catch_up: job.catch_up,
            enabled: job.enabled,
            next_at: job.next_at.map(Instant),
            retry_at: job.retry_at.map(Instant),
            running: job.running,
            last: job.last.map(RunBody::from),
            version: job.version,
        }
    }
}

impl From<RunLine> for RunBody {
    fn from(line: RunLine) -> Self {
        Self {
            due_at: Instant(line.due_at),
            state: line.state,
            attempts: line.attempts,
            started_at: Instant(line.started_at),
            finished_at: line.finished_at.map(Instant),
            duration_ms: line.duration_ms,
            late_seconds: line.late_seconds,
            result: line.result,
            error: line.error,
        }
    }
}

resource![list, get_one, runs, change, start];
