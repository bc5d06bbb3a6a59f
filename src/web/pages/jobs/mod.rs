//! The scheduled jobs: what each does, when, how it went, and running it now.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the list and one job |
//! | `times` | when a job runs: in words, and as the fields of a form |

mod times;

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::error::PageError;
use super::form::{Field, Form, Sent};
use super::layout::Layout;
use super::list::Choice;
use super::notice::Notice;
use super::routes;
use crate::domain::schedule::RunState;
use crate::service::core::access::Action;
use crate::service::schedule::{self, Change, JobLine, JobRights, RunLine};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use times::Times;

/// So many runs are shown of a job.
const RUNS: u32 = 50;

/// What was typed: another day, another time of day.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    ngay: String,
    gio: String,
}

const FIELDS: &[Field] = &[
    Field::new("ngay", "pages.jobs.day", &["day"]),
    Field::new("gio", "pages.jobs.time", &["cron"]),
];

/// A job with what the reader may do about it.
struct Line {
    job: JobLine,
    may: JobRights,
}

#[derive(Template)]
#[template(path = "jobs/list.html")]
struct List {
    page: Layout,
    lines: Vec<Line>,
    sees_mails: bool,
    sees_trail: bool,
}

#[derive(Template)]
#[template(path = "jobs/one.html")]
struct One {
    page: Layout,
    line: Line,
    runs: Vec<RunLine>,
    typed: Typed,
    days: Vec<Choice>,
    has_time: bool,
}

pub(super) async fn list(call: PageCall) -> Reply {
    let read = call.read(|tx| {
        let mut lines = Vec::new();
        for job in schedule::list(tx)? {
            let may = schedule::rights(tx, &job)?;
            lines.push(Line { job, may });
        }
        if lines.is_empty() {
            return Err(Error::Forbidden);
        }
        let sees = |action| tx.require_by_any_role(action).is_ok();
        Ok((lines, sees(Action::ManageRules), sees(Action::ReadTrail)))
    });
    let (lines, sees_mails, sees_trail) = read.await?;
    call.layout().wide().show(|page| List {
        page,
        lines,
        sees_mails,
        sees_trail,
    })
}

pub(super) async fn show(call: PageCall, name: Path<String>) -> Reply {
    shown(&call, call.layout(), (name.into_inner(), None)).await
}

async fn shown(call: &PageCall, page: Layout, (name, typed): (String, Option<Typed>)) -> Reply {
    let read = call.read(move |tx| {
        let job = schedule::find(tx, &name)?;
        let may = schedule::rights(tx, &job)?;
        Ok((schedule::runs(tx, &name, RUNS)?, Line { job, may }))
    });
    let (runs, line) = read.await?;
    let times = Times::of(&line.job.cron);
    let now = Typed {
        ngay: times.day(),
        gio: times.time(),
    };
    let days = times.choices(&page);
    let above = page.say("pages.jobs.title");
    let page = page
        .wide()
        .edits(line.job.version)
        .below(above, routes::JOBS);
    page.show(|page| One {
        page,
        line,
        runs,
        typed: typed.unwrap_or(now),
        days,
        has_time: times != Times::EveryMinute,
    })
}

/// Runs the job on another day or at another time, as often as before.
pub(super) async fn change(call: PageCall, name: Path<String>, sent: Sent<Typed>) -> Reply {
    let name = name.into_inner();
    match try_change(&call, &name, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => again(&call, name, (error, &sent.form, sent.typed.clone())).await,
    }
}

async fn try_change(
    call: &PageCall,
    name: &str,
    sent: &Sent<Typed>,
) -> Result<HttpResponse, PageError> {
    sent.form.sent()?;
    let version = sent.form.version()?;
    let (name, typed) = (name.to_owned(), sent.typed.clone());
    let work = move |tx: &mut Tx<'_>| {
        let times = Times::of(&schedule::find(tx, &name)?.cron);
        // a check of every minute has no hour, and no form that asks for one
        if times == Times::EveryMinute {
            return Err(Error::Forbidden);
        }
        let change = Change {
            cron: Some(times.line(&typed.ngay, &typed.gio)?),
            enabled: None,
            version: Some(version),
        };
        schedule::change(tx, &name, &change)?;
        Ok(Notice::JobChanged.at(&routes::of(routes::JOB, &name)))
    };
    call.once(&sent.form, work).await
}

/// Runs the job now, pauses it, or resumes it.
pub(super) async fn step(call: PageCall, path: Path<(String, String)>, sent: Sent<Typed>) -> Reply {
    let (name, step) = path.into_inner();
    let enabled = match step.as_str() {
        "chay" => None,
        "tam-dung" => Some(false),
        "tiep-tuc" => Some(true),
        _ => return Err(Problem::new(Kind::NotFound)),
    };
    let own = name.clone();
    let work = move |tx: &mut Tx<'_>| {
        let address = routes::of(routes::JOB, &own);
        let Some(enabled) = enabled else {
            schedule::run_now(tx, &own)?;
            return Ok(Notice::JobRuns.at(&address));
        };
        let change = Change {
            enabled: Some(enabled),
            ..Change::default()
        };
        schedule::change(tx, &own, &change)?;
        Ok(Notice::JobChanged.at(&address))
    };
    match call.once(&sent.form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => again(&call, name, (error, &sent.form, sent.typed)).await,
    }
}

async fn again(
    call: &PageCall,
    name: String,
    (error, form, typed): (PageError, &Form, Typed),
) -> Reply {
    let page = call.again(error, form, FIELDS)?;
    let page = page.comes_back_to(routes::of(routes::JOB, &name));
    let typed = Some(typed).filter(|typed| !typed.gio.is_empty());
    shown(call, page, (name, typed)).await
}

/// The word of a job in the keys of its sentences.
fn word(job: &JobLine) -> String {
    schedule::kind_of(&job.name).replace('-', "_")
}

/// What a job is called.
fn name(page: &Layout, job: &JobLine) -> String {
    page.say(format!("pages.system.job.{}", word(job)))
}

/// What a job does.
fn does(page: &Layout, job: &JobLine) -> String {
    page.say(format!("pages.jobs.does.{}", word(job)))
}

/// When a job runs.
fn times(page: &Layout, job: &JobLine) -> String {
    times::words(page, &job.cron)
}

/// When a job runs next.
fn next(page: &Layout, job: &JobLine) -> String {
    match (job.running, job.enabled, &job.next_at) {
        (true, ..) => page.say("pages.system.running"),
        (_, false, _) => page.say("pages.jobs.paused"),
        (_, _, Some(at)) => page.time(at),
        _ => "–".to_owned(),
    }
}
