//! Obligations: what is owed, how it stands and why; exemptions and extensions.

use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::error::Invalid;
use crate::domain::obligation::{ExtensionState, ObligationKind, State};
use crate::service::obligations::decide;
use crate::service::obligations::decide::Decision;
use crate::service::obligations::standings;
use crate::service::obligations::standings::{AskedExtension, ObligationDetail, ObligationView};
use crate::store::views::obligations::ObligationFilter;
use crate::web::body::Body;
use crate::web::call::{Call, Created};
use crate::web::error::Problem;
use crate::web::etag::tagged;
use crate::web::page::{All, Page, PageParams, Paged};
use crate::web::resource::Refused;

/// Which obligations to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Of this unit.
    unit_id: Option<i64>,
    /// Of this unit and all below it.
    below: Option<i64>,
    /// Of this person.
    person_id: Option<i64>,
    /// Of this event.
    event_id: Option<i64>,
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
    /// Due at or after this instant.
    #[serde(deserialize_with = "crate::domain::years::read")]
    due_from: Option<DateTime<Utc>>,
    /// Due before this instant.
    #[serde(deserialize_with = "crate::domain::years::read")]
    due_before: Option<DateTime<Utc>>,
}

impl From<&Filter> for ObligationFilter {
    fn from(filter: &Filter) -> Self {
        Self {
            below: filter.below,
            unit_id: filter.unit_id,
            person_id: filter.person_id,
            event_id: filter.event_id,
            kinds: filter.kind.into_iter().collect(),
            states: filter.state.into_iter().collect(),
            year: filter.year,
            period_key: filter.period.clone(),
            due_from: filter.due_from,
            due_before: filter.due_before,
            after: None,
        }
    }
}

/// Obligations that the caller may see, in order of their due instant, with their standing now.
#[utoipa::path(
    tag = "obligations",
    params(Filter, PageParams),
    responses((status = 200, body = Page<ObligationView>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/obligations")]
async fn list(call: Call, page: Paged<Filter>) -> Result<web::Json<Page<ObligationView>>, Problem> {
    let filter = ObligationFilter {
        after: page.after()?,
        ..ObligationFilter::from(&page.filter)
    };
    let (limit, locale) = (page.fetch(), call.lang().locale());
    let rows = call
        .read(move |tx| standings::list(tx, &filter, limit, locale))
        .await?;
    let key = |row: &ObligationView| (row.due_at.to_utc(), row.id);
    Ok(web::Json(page.page(rows, key, |row| row)?))
}

/// One obligation with its explanation, the items that credit it, reminders, extensions and
/// exemption.
#[utoipa::path(
    tag = "obligations",
    responses((status = 200, body = ObligationDetail), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/obligations/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let locale = call.lang().locale();
    let found = call.read(move |tx| standings::show(tx, id, locale)).await?;
    Ok(tagged(found.obligation.version, &found))
}

/// A reason.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// Why; kept in the audit trail.
    reason: String,
}

/// Excuse a unit or person from this obligation.
#[utoipa::path(
    tag = "obligations",
    request_body = Reason,
    responses((status = 200, body = ObligationDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/obligations/{id}/exempt")]
async fn exempt(
    call: Call,
    id: web::Path<i64>,
    body: Body<Reason>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let locale = call.lang().locale();
    let after = call
        .write(move |tx| {
            decide::exempt(tx, id, &body.value.reason)?;
            standings::show_decided(tx, id, locale)
        })
        .await?;
    Ok(tagged(after.obligation.version, &after))
}

/// Take the exemption back: it is owed again, with the same due instant.
#[utoipa::path(
    tag = "obligations",
    request_body = Reason,
    responses((status = 200, body = ObligationDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/obligations/{id}/revoke-exemption")]
async fn revoke_exemption(
    call: Call,
    id: web::Path<i64>,
    body: Body<Reason>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let locale = call.lang().locale();
    let after = call
        .write(move |tx| {
            decide::revoke_exemption(tx, id, &body.value.reason)?;
            standings::show_decided(tx, id, locale)
        })
        .await?;
    Ok(tagged(after.obligation.version, &after))
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
    id: i64,
    /// The obligation.
    obligation_id: i64,
    /// Its state: asked.
    #[schema(value_type = String)]
    state: ExtensionState,
}

/// Ask for more time; the department decides.
#[utoipa::path(
    tag = "obligations",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = MoreTime,
    responses((status = 201, body = Asked), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/obligations/{id}/extensions")]
async fn ask_extension(
    call: Call,
    id: web::Path<i64>,
    body: Body<MoreTime>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let MoreTime { until, reason } = body.value;
    call.create(body.fingerprint, move |tx| {
        let asked = decide::ask_extension(tx, id, until, &reason)?;
        let body = Asked {
            id: asked.id,
            obligation_id: id,
            state: asked.state.0,
        };
        Ok(Created {
            body,
            location: format!("/api/v1/obligations/{id}"),
            version: None,
        })
    })
    .await
}

/// Extensions that wait for a decision, oldest first.
#[utoipa::path(
    tag = "obligations",
    operation_id = "list_asked_extensions",
    params(PageParams),
    responses((status = 200, body = Page<AskedExtension>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/extensions")]
async fn asked_extensions(
    call: Call,
    page: Paged<All>,
) -> Result<web::Json<Page<AskedExtension>>, Problem> {
    let (after, limit, locale) = (page.after()?, page.fetch(), call.lang().locale());
    let rows = call
        .read(move |tx| standings::asked_extensions(tx, after, limit, locale))
        .await?;
    Ok(web::Json(page.page(
        rows,
        |row| row.extension.id,
        |row| row,
    )?))
}

/// Give more time without being asked.
#[utoipa::path(
    tag = "obligations",
    request_body = MoreTime,
    responses((status = 200, body = ObligationDetail), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/obligations/{id}/extend")]
async fn extend(
    call: Call,
    id: web::Path<i64>,
    body: Body<MoreTime>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let locale = call.lang().locale();
    let MoreTime { until, reason } = body.value;
    let after = call
        .write(move |tx| {
            decide::grant_extension(tx, id, until, &reason)?;
            standings::show_decided(tx, id, locale)
        })
        .await?;
    Ok(tagged(after.obligation.version, &after))
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

/// Decide an extension that was asked for. The due instant never moves earlier.
#[utoipa::path(
    tag = "obligations",
    request_body = Verdict,
    responses((status = 204), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/extensions/{id}/decide")]
async fn decide_extension(
    call: Call,
    id: web::Path<i64>,
    body: Body<Verdict>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let decision = body.value.checked()?;
    call.write(move |tx| decide::decide_extension(tx, id, &decision))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

resource![
    list,
    get_one,
    exempt,
    revoke_exemption,
    ask_extension,
    asked_extensions,
    extend,
    decide_extension
];
