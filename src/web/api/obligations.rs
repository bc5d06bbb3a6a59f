//! Obligations: what is owed, how it stands and why; exemptions and extensions.

use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    All, Body, Call, Created, Edit, IdempotencyKey, IfMatch, JsonReply, Page, PageParams, Paged,
    Path, Reply,
};
use crate::domain::access::Units;
use crate::domain::error::Invalid;
use crate::domain::ids::{EventId, ExtensionId, ObligationId, PersonId, UnitId};
use crate::domain::obligation::{ExtensionState, ObligationKind, State};
use crate::domain::period::Period;
use crate::service::obligations::ahead::{self, Exempted, NewExemptions};
use crate::service::obligations::decide::{self, Decision};
use crate::service::obligations::exemptions;
use crate::service::obligations::standings::{
    self, AskedExtension, ObligationDetail, ObligationView,
};
use crate::store::views::obligations::ObligationFilter;
use crate::web::filter::Moment;

/// Which obligations to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Of this unit.
    unit_id: Option<UnitId>,
    /// With all units below it.
    below: bool,
    /// Of this person.
    person_id: Option<PersonId>,
    /// Of this event.
    event_id: Option<EventId>,
    /// Of this kind.
    #[param(inline)]
    kind: Option<ObligationKind>,
    /// In this state.
    #[param(inline)]
    state: Option<State>,
    /// Of this plan year.
    #[serde(deserialize_with = "crate::domain::years::read")]
    year: Option<i32>,
    /// Of this period: `2026-M11`, `2026-Q4`, `2026`.
    period: Option<String>,
    /// Due at this instant or later, or on this local date or later.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    from: Option<Moment>,
    /// Due before this instant, or on this local date or earlier.
    #[serde(deserialize_with = "crate::domain::years::read")]
    #[param(value_type = Option<String>, example = "2026-11-20")]
    to: Option<Moment>,
}

impl Filter {
    /// What is asked for, without the page.
    fn checked(&self) -> Result<(Option<Units>, ObligationFilter), Invalid> {
        let malformed = |key: &&String| Period::of_key(key).is_none();
        if let Some(key) = self.period.as_ref().filter(malformed) {
            return Err(Invalid::new("period", "period_key").with("value", key.escape_debug()));
        }
        let units = Units::of(self.unit_id, self.below)?;
        let filter = ObligationFilter {
            below: units.and_then(Units::subtree),
            unit_id: units.and_then(Units::alone),
            person_id: self.person_id,
            event_id: self.event_id,
            kinds: self.kind.into_iter().collect(),
            states: self.state.into_iter().collect(),
            year: self.year,
            period_key: self.period.clone(),
            due_from: self.from.map(Moment::begin),
            due_before: self.to.map(Moment::end),
            ..ObligationFilter::default()
        };
        Ok((units, filter))
    }
}

/// Obligations that the caller may see, in order of their due instant, with their standing now.
#[utoipa::path(params(Filter, PageParams), responses((status = 200, body = Page<ObligationView>)))]
#[get("/api/v1/obligations")]
async fn list(call: Call, page: Paged<Filter>) -> JsonReply<Page<ObligationView>> {
    let (units, filter) = page.filter.checked()?;
    let filter = ObligationFilter {
        after: page.after()?,
        ..filter
    };
    let (limit, locale) = (page.fetch(), call.lang().locale());
    let rows = call
        .read(move |tx| {
            tx.require_known(units)?;
            standings::list(tx, &filter, limit, locale)
        })
        .await?;
    let key = |row: &ObligationView| (row.due_at.to_utc(), row.id);
    page.page(rows, key).map(web::Json)
}

/// One obligation with its explanation, the items that credit it, reminders, extensions and
/// exemption.
#[utoipa::path(responses((status = 200, body = ObligationDetail)))]
#[get("/api/v1/obligations/{id}")]
async fn get_one(call: Call, id: Path<ObligationId>) -> Reply {
    let locale = call.lang().locale();
    call.show(move |tx| standings::show(tx, *id, locale)).await
}

/// A reason.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// Why; kept in the audit trail.
    reason: String,
}

/// Excuse a unit or person from this obligation.
#[utoipa::path(params(IfMatch), request_body = Reason, responses((status = 200, body = ObligationDetail)))]
#[post("/api/v1/obligations/{id}/exempt")]
async fn exempt(call: Call, Edit { id, version, body }: Edit<Reason, ObligationId>) -> Reply {
    let locale = call.lang().locale();
    call.change(move |tx| {
        standings::require_version(tx, id, version)?;
        exemptions::exempt(tx, id, &body.reason)?;
        standings::show_decided(tx, id, locale)
    })
    .await
}

/// The periods for which somebody is excused now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ExemptedPeriods {
    /// One for each period that was named.
    periods: Vec<Exempted>,
}

/// Excuse a unit or person from a rule for one or several periods, also ahead of them.
#[utoipa::path(params(IdempotencyKey), request_body = NewExemptions, responses((status = 201, body = ExemptedPeriods)))]
#[post("/api/v1/exemptions")]
async fn exempt_periods(call: Call, body: Body<NewExemptions>) -> Reply {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let periods = ahead::exempt_periods(tx, &new)?;
        let location = "/api/v1/obligations?state=exempt".to_owned();
        Ok(Created::unversioned(location, ExemptedPeriods { periods }))
    })
    .await
}

/// Take the exemption back: it is owed again, with the same due instant.
#[utoipa::path(params(IfMatch), request_body = Reason, responses((status = 200, body = ObligationDetail)))]
#[post("/api/v1/obligations/{id}/revoke-exemption")]
async fn revoke_exemption(
    call: Call,
    Edit { id, version, body }: Edit<Reason, ObligationId>,
) -> Reply {
    let locale = call.lang().locale();
    call.change(move |tx| {
        standings::require_version(tx, id, version)?;
        exemptions::revoke_exemption(tx, id, &body.reason)?;
        standings::show_decided(tx, id, locale)
    })
    .await
}

/// More time, asked for or given.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MoreTime {
    /// Until when, with offset; later than the due instant.
    #[serde(deserialize_with = "crate::domain::years::read")]
    until: DateTime<Utc>,
    /// Why.
    reason: String,
}

/// An extension that was asked for.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
struct Asked {
    /// Its number, for the decision.
    id: ExtensionId,
    /// The obligation.
    obligation_id: ObligationId,
    /// Its state: asked.
    #[schema(value_type = String)]
    state: ExtensionState,
}

/// Ask for more time; the department decides.
#[utoipa::path(params(IdempotencyKey), request_body = MoreTime, responses((status = 201, body = Asked)))]
#[post("/api/v1/obligations/{id}/extensions")]
async fn ask_extension(call: Call, id: Path<ObligationId>, body: Body<MoreTime>) -> Reply {
    let id = id.into_inner();
    let MoreTime { until, reason } = body.value;
    call.create(body.fingerprint, move |tx| {
        let asked = decide::ask_extension(tx, id, until, &reason)?;
        let body = Asked {
            id: asked.id,
            obligation_id: id,
            state: asked.state.0,
        };
        Ok(Created::unversioned(
            format!("/api/v1/obligations/{id}"),
            body,
        ))
    })
    .await
}

/// Extensions that wait for a decision, oldest first.
#[utoipa::path(
    operation_id = "list_asked_extensions",
    params(PageParams),
    responses((status = 200, body = Page<AskedExtension>)),
)]
#[get("/api/v1/extensions")]
async fn asked_extensions(call: Call, page: Paged<All>) -> JsonReply<Page<AskedExtension>> {
    let (after, limit, locale) = (page.after()?, page.fetch(), call.lang().locale());
    let rows = call
        .read(move |tx| standings::asked_extensions(tx, after, limit, locale))
        .await?;
    page.page(rows, |row| row.extension.id).map(web::Json)
}

/// Give more time without being asked.
#[utoipa::path(params(IfMatch), request_body = MoreTime, responses((status = 200, body = ObligationDetail)))]
#[post("/api/v1/obligations/{id}/extend")]
async fn extend(call: Call, Edit { id, version, body }: Edit<MoreTime, ObligationId>) -> Reply {
    let locale = call.lang().locale();
    call.change(move |tx| {
        standings::require_version(tx, id, version)?;
        decide::grant_extension(tx, id, body.until, &body.reason)?;
        standings::show_decided(tx, id, locale)
    })
    .await
}

/// A decision on an extension.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Verdict {
    /// The decision itself.
    decision: Ruling,
    /// Another instant than was asked for; only if more time is granted.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    until: Option<DateTime<Utc>>,
    /// Why; needed to refuse it.
    #[serde(default)]
    reason: Option<String>,
}

/// More time or not.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Ruling {
    /// More time, by default as much as was asked for.
    Grant,
    /// No more time.
    Refuse,
}

impl Verdict {
    fn checked(self) -> Result<Decision, Invalid> {
        let Self {
            decision,
            until,
            reason,
        } = self;
        match (decision, until) {
            (Ruling::Grant, until) => Ok(Decision::Grant { until, reason }),
            (Ruling::Refuse, None) => Ok(Decision::Refuse {
                reason: reason.unwrap_or_default(),
            }),
            (Ruling::Refuse, Some(_)) => {
                Err(Invalid::new("until", "json_unknown_field").with("names", "decision, reason"))
            }
        }
    }
}

/// Decide an extension that was asked for; `If-Match` is the version of its obligation. The due
/// instant never moves earlier.
#[utoipa::path(params(IfMatch), request_body = Verdict, responses((status = 204)))]
#[post("/api/v1/extensions/{id}/decide")]
async fn decide_extension(
    call: Call,
    Edit { id, version, body }: Edit<Verdict, ExtensionId>,
) -> Reply {
    let decision = body.checked()?;
    call.write(move |tx| {
        standings::require_version_of_asked(tx, id, version)?;
        decide::decide_extension(tx, id, &decision)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

versioned! {
    ObligationDetail: obligation.version;
}

resource!["obligations":
    list, get_one, exempt, exempt_periods, revoke_exemption, ask_extension, asked_extensions, extend,
    decide_extension,
];
