//! Scheduled jobs: when each ran last, how that went, when it runs next.

use actix_web::{HttpResponse, get, patch, post, web};
use serde::{Deserialize, Serialize};

use super::{Body, Call, IfMatch, JsonReply, Params, Path, Reply};
use crate::service::Error;
use crate::service::notices::mails::{self, Stats};
use crate::service::schedule::set_aside::{self, SetAsideRow};
use crate::service::schedule::{self, Change, JobLine, RunLine};
use crate::web::api::mails::A_DAY;

/// Every job.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Jobs {
    /// The jobs, by name.
    items: Vec<JobLine>,
    /// The delivery of mails, which goes on all the time; for those who may see the outbox.
    delivery: Option<Stats>,
    /// Rows that no job can judge; for those who operate the installation.
    set_aside: Option<Vec<SetAsideRow>>,
}

/// Runs of a job.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Runs {
    /// The runs, the latest first.
    items: Vec<RunLine>,
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
#[utoipa::path(responses((status = 200, body = Jobs)))]
#[get("/api/v1/jobs")]
async fn list(call: Call) -> JsonReply<Jobs> {
    let since = call.now() - A_DAY;
    let jobs = call.read(move |tx| {
        Ok(Jobs {
            items: schedule::list(tx)?,
            delivery: if_allowed(mails::stats(tx, since))?,
            set_aside: if_allowed(set_aside::list(tx))?,
        })
    });
    Ok(web::Json(jobs.await?))
}

fn if_allowed<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Err(Error::Forbidden) => Ok(None),
        found => found.map(Some),
    }
}

/// One job.
#[utoipa::path(responses((status = 200, body = JobLine)))]
#[get("/api/v1/jobs/{name}")]
async fn get_one(call: Call, name: Path<String>) -> Reply {
    let name = name.into_inner();
    call.show(move |tx| schedule::find(tx, &name)).await
}

/// The latest runs of a job.
#[utoipa::path(params(RunsFilter), responses((status = 200, body = Runs)))]
#[get("/api/v1/jobs/{name}/runs")]
async fn runs(
    call: Call,
    name: Path<String>,
    Params(filter): Params<RunsFilter>,
) -> JsonReply<Runs> {
    let (name, limit) = (name.into_inner(), filter.limit.unwrap_or(50));
    let items = call
        .read(move |tx| schedule::runs(tx, &name, limit))
        .await?;
    Ok(web::Json(Runs { items }))
}

/// Change when a job runs, or whether it does.
#[utoipa::path(params(IfMatch), request_body = JobPatch, responses((status = 200, body = JobLine)))]
#[patch("/api/v1/jobs/{name}")]
async fn change(
    call: Call,
    name: Path<String>,
    IfMatch(version): IfMatch,
    body: Body<JobPatch>,
) -> Reply {
    let name = name.into_inner();
    let change = Change {
        cron: body.value.cron,
        enabled: body.value.enabled,
        version: Some(version),
    };
    call.change(move |tx| schedule::change(tx, &name, &change))
        .await
}

/// Let a job run at the scheduler's next look.
#[utoipa::path(responses((status = 202, body = JobLine)))]
#[post("/api/v1/jobs/{name}/run")]
async fn start(call: Call, name: Path<String>) -> Reply {
    let name = name.into_inner();
    let job = call.write(move |tx| schedule::run_now(tx, &name)).await?;
    Ok(HttpResponse::Accepted().json(job))
}

versioned! {
    JobLine: version;
}

resource!["jobs": list, get_one, runs, change, start];
