//! Calendars: office hours and holidays, and what a deadline comes to on them.

use actix_web::{get, post, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Body, Call, Created, IdempotencyKey, IfMatch, Instant, JsonReply, Page, Params, Path, Reply,
};
use crate::domain::calendar::{
    Calendar, CalendarError, CalendarSpec, CutoffDays, CutoffEdge, Explanation, Step, StepKind,
    hours_of, time_of,
};
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::service::Error;
use crate::service::rules::calendars::{self, CalendarVersion, CopyCalendar};
use crate::web::context::Lang;

/// What to ask a calendar: from when, and exactly one of `working_hours`, `clock_hours` and
/// `cutoff`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::IntoParams, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Question {
    /// The instant from which it is counted.
    #[serde(deserialize_with = "crate::domain::years::read")]
    from: DateTime<Utc>,
    /// Hours of office time, `12` or `1.5`.
    working_hours: Option<String>,
    /// Hours by the clock, nights and holidays included.
    clock_hours: Option<String>,
    /// Time of a daily cut-off, `16:00`.
    cutoff: Option<String>,
    /// On which days the cut-off is held.
    #[serde(default)]
    #[param(inline)]
    cutoff_days: CutoffDays,
    /// What falls exactly on the cut-off still belongs to that day.
    #[serde(default)]
    cutoff_inclusive: bool,
}

/// A calendar that is not saved, and a question to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Preview {
    /// What would be written.
    calendar: CalendarSpec,
    /// What to ask.
    question: Question,
}

/// A due instant and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DeadlineBody {
    /// When it is due.
    pub due: Instant,
    /// How it came about, for people.
    pub text: String,
    /// Every span from the beginning to the due instant.
    pub steps: Vec<StepBody>,
}

/// A span within one local date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StepBody {
    /// Its beginning.
    pub from: Instant,
    /// Its end, not included.
    pub to: Instant,
    /// Counted, or skipped and why.
    pub kind: StepKind,
    /// Name of the holiday, day off, worked Saturday or half day.
    pub name: Option<String>,
}

/// What a change of a calendar would do to a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PreviewBody {
    /// As the calendar is now; `null` for a code under which the caller sees none.
    pub before: Option<DeadlineBody>,
    /// As the calendar would be.
    pub after: DeadlineBody,
}

/// The owner of a new calendar.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Owner {
    /// The federation that it is to belong to; may be left out by those who manage only one.
    unit_id: Option<UnitId>,
}

/// The calendars that the caller may use, by code: the shipped ones, and those of federations that
/// the caller may read or is bound by.
#[utoipa::path(responses((status = 200, body = Page<CalendarVersion>)))]
#[get("/api/v1/calendars")]
async fn list(call: Call) -> JsonReply<Page<CalendarVersion>> {
    let all = call.read(calendars::list).await?;
    Ok(web::Json(Page::whole(all)))
}

/// One calendar.
#[utoipa::path(responses((status = 200, body = CalendarVersion)))]
#[get("/api/v1/calendars/{code}")]
async fn get_one(call: Call, code: Path<String>) -> Reply {
    call.show(move |tx| calendars::get(tx, &code)).await
}

/// Enter a calendar of a federation under a new code.
#[utoipa::path(
    params(IdempotencyKey, Owner),
    request_body = CalendarSpec,
    responses((status = 201, body = CalendarVersion)),
)]
#[post("/api/v1/calendars")]
async fn create(call: Call, Params(owner): Params<Owner>, body: Body<CalendarSpec>) -> Reply {
    let spec = body.value;
    call.create(body.fingerprint, move |tx| {
        calendars::create(tx, &spec, owner.unit_id).map(created)
    })
    .await
}

/// Copy a calendar, shipped or not, for a federation that is to change it.
#[utoipa::path(
    params(IdempotencyKey),
    request_body = CopyCalendar,
    responses((status = 201, body = CalendarVersion)),
)]
#[post("/api/v1/calendars/{code}/copy")]
async fn copy(call: Call, code: Path<String>, body: Body<CopyCalendar>) -> Reply {
    let wanted = body.value;
    call.create(body.fingerprint, move |tx| {
        calendars::copy(tx, &code, &wanted).map(created)
    })
    .await
}

fn created(calendar: CalendarVersion) -> Created<CalendarVersion> {
    let location = format!("/api/v1/calendars/{}", calendar.spec.code);
    Created::at(location, calendar)
}

/// Replace what is written in a calendar of a federation. Open deadlines that were counted on it are
/// counted again, and the people concerned get a mail. Shipped calendars are copied instead.
#[utoipa::path(
    params(IfMatch),
    request_body = CalendarSpec,
    responses((status = 200, body = CalendarVersion)),
)]
#[put("/api/v1/calendars/{code}")]
async fn replace(
    call: Call,
    code: Path<String>,
    IfMatch(version): IfMatch,
    body: Body<CalendarSpec>,
) -> Reply {
    call.change(move |tx| calendars::replace(tx, &code, &body.value, version))
        .await
}

/// When is something due on this calendar, and why?
#[utoipa::path(params(Question), responses((status = 200, body = DeadlineBody)))]
#[get("/api/v1/calendars/{code}/deadline")]
async fn deadline(
    call: Call,
    code: Path<String>,
    Params(question): Params<Question>,
) -> JsonReply<DeadlineBody> {
    let lang = call.lang();
    call.read_json(move |tx| {
        calendars::get(tx, &code)?;
        let (calendar, _) = tx.lookups.calendar(tx.conn, &code)?;
        Ok(question.answer(&calendar, lang)?)
    })
    .await
}

/// What would a changed calendar do to a deadline? Nothing is saved.
#[utoipa::path(request_body = Preview, responses((status = 200, body = PreviewBody)))]
#[post("/api/v1/calendars/preview")]
async fn preview(call: Call, body: Body<Preview>) -> JsonReply<PreviewBody> {
    let lang = call.lang();
    call.read_json(move |tx| {
        let Preview { calendar, question } = body.value;
        let changed = Calendar::compile(&calendar).map_err(|faults| within(faults, "calendar"))?;
        let after = question
            .answer(&changed, lang)
            .map_err(|fault| within(vec![fault], "question"))?;
        let before = match calendars::get(tx, &calendar.code) {
            Ok(_) => {
                let (known, _) = tx.lookups.calendar(tx.conn, &calendar.code)?;
                Some(question.answer(&known, lang)?)
            }
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(PreviewBody { before, after })
    })
    .await
}

fn within(faults: Vec<Invalid>, outer: &str) -> Vec<Invalid> {
    faults
        .into_iter()
        .map(|fault| fault.within(outer))
        .collect()
}

impl Question {
    fn answer(&self, calendar: &Calendar, lang: Lang) -> Result<DeadlineBody, Invalid> {
        let named = |field: &'static str| move |error: CalendarError| error.at_field(field);
        let explanation = match (&self.working_hours, &self.clock_hours, &self.cutoff) {
            (Some(hours), None, None) => {
                let work = hours_of("working_hours", hours)?;
                calendar
                    .explain_add(self.from, work)
                    .map_err(named("working_hours"))?
            }
            (None, Some(hours), None) => {
                let time = hours_of("clock_hours", hours)?;
                calendar
                    .explain_clock(self.from, time)
                    .map_err(named("clock_hours"))?
            }
            (None, None, Some(time)) => {
                let edge = CutoffEdge::of(self.cutoff_inclusive);
                let time = time_of("cutoff", time)?;
                calendar
                    .explain_cutoff(self.from, time, self.cutoff_days, edge)
                    .map_err(named("from"))?
            }
            _ => return Err(Invalid::new("", "deadline_question")),
        };
        Ok(DeadlineBody::new(explanation, lang))
    }
}

impl DeadlineBody {
    fn new(explanation: Explanation, lang: Lang) -> Self {
        let step = |step: &Step| StepBody {
            from: step.from.into(),
            to: step.to.into(),
            kind: step.kind,
            name: step
                .name
                .as_ref()
                .map(|name| name.get(lang.locale()).to_owned()),
        };
        Self {
            due: explanation.due.into(),
            text: explanation.to_text(lang.locale()),
            steps: explanation.steps.iter().map(step).collect(),
        }
    }
}

versioned! {
    CalendarVersion: version;
}

resource!["calendars": list, create, preview, get_one, copy, replace, deadline];
