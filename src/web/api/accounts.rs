//! Accounts of people, for administrators and the department.

use actix_web::{HttpResponse, delete, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::Actor;
use crate::domain::account::{AccountState, NewAccount};
use crate::service::accounts;
use crate::service::accounts::Account;
use crate::service::{App, Error};
use crate::store::StoreError;
use crate::web::api::sessions::{EndedBody, SessionsBody};
use crate::web::body::Body;
use crate::web::call::{Call, Created};
use crate::web::error::Problem;
use crate::web::page::{All, Page, PageParams, Paged};
use crate::web::resource::Refused;
use crate::web::time::Instant;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AccountBody {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub person_id: i64,
    /// Their name.
    pub name: String,
    /// Their unit.
    pub unit_id: i64,
    /// The address to sign in with.
    pub mail: String,
    /// Where it stands.
    pub state: AccountState,
    /// Whether signing in takes a second step.
    pub second_factor: bool,
    /// When the password was set last.
    pub password_changed_at: Option<Instant>,
    /// When the person was invited.
    pub created_at: Instant,
}

/// Accounts that the caller may manage, newest first.
#[utoipa::path(
    tag = "accounts",
    params(PageParams),
    responses((status = 200, body = Page<AccountBody>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/accounts")]
async fn list_accounts(
    call: Call,
    page: Paged<All>,
) -> Result<web::Json<Page<AccountBody>>, Problem> {
    let (before, limit) = (page.after()?, page.fetch());
    let rows = call
        .change(move |app, actor, now| {
            let rows = accounts::list(app, actor, before, limit, now)?;
            Ok(rows
                .into_iter()
                .map(AccountBody::new)
                .collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    Ok(web::Json(page.page(rows, |row| row.id, |row| row)?))
}

/// One account.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountBody), (status = "4XX", response = Refused)))]
#[get("/api/v1/accounts/{id}")]
async fn get_account(call: Call, id: web::Path<i64>) -> Result<web::Json<AccountBody>, Problem> {
    let id = id.into_inner();
    Ok(web::Json(
        call.change(move |app, actor, now| {
            Ok(AccountBody::new(accounts::get(app, actor, id, now)?)?)
        })
        .await?,
    ))
}

/// Invite a person: they are mailed a one-time link to set their password.
#[utoipa::path(
    tag = "accounts",
    request_body = NewAccount,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names a request that may be repeated")),
    responses((status = 201, body = AccountBody), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/accounts")]
async fn invite(call: Call, body: Body<NewAccount>) -> Result<HttpResponse, Problem> {
    call.create_with(body.fingerprint, move |app, conn, actor, now| {
        let account = accounts::invite_in(conn, app, actor, &body.value, now)?;
        let location = format!("/api/v1/accounts/{}", account.row.id);
        Ok(Created {
            body: AccountBody::new(account)?,
            location,
            version: None,
        })
    })
    .await
}

/// Shut a person out at once: sessions and tokens end, mails to them that wait are given up.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/accounts/{id}/disable")]
async fn disable_account(
    call: Call,
    id: web::Path<i64>,
) -> Result<web::Json<AccountBody>, Problem> {
    let id = id.into_inner();
    step(call, move |app, actor, now| {
        accounts::disable(app, actor, id, now)
    })
    .await
}

/// Let a person in again.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/accounts/{id}/enable")]
async fn enable_account(call: Call, id: web::Path<i64>) -> Result<web::Json<AccountBody>, Problem> {
    let id = id.into_inner();
    step(call, move |app, actor, now| {
        accounts::enable(app, actor, id, now)
    })
    .await
}

/// Mail the invitation once more; the link before is void.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/accounts/{id}/resend-invite")]
async fn resend_invite(call: Call, id: web::Path<i64>) -> Result<web::Json<AccountBody>, Problem> {
    let id = id.into_inner();
    step(call, move |app, actor, now| {
        accounts::resend_invite(app, actor, id, now)
    })
    .await
}

/// Mail a link for a new password.
#[utoipa::path(tag = "accounts", responses((status = 200, body = AccountBody), (status = "4XX", response = Refused)))]
#[post("/api/v1/accounts/{id}/reset")]
async fn reset_account(call: Call, id: web::Path<i64>) -> Result<web::Json<AccountBody>, Problem> {
    let id = id.into_inner();
    step(call, move |app, actor, now| {
        accounts::reset(app, actor, id, now)
    })
    .await
}

/// Why a second factor is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct LostFactor {
    /// Why; the person is told.
    reason: String,
}

/// Take somebody's lost second factor away: all their sessions end, and they are told by mail.
/// Nobody does so to the own one.
#[utoipa::path(
    tag = "accounts",
    request_body = LostFactor,
    responses((status = 200, body = AccountBody), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/accounts/{id}/reset-second-factor")]
async fn reset_second_factor(
    call: Call,
    id: web::Path<i64>,
    body: Body<LostFactor>,
) -> Result<web::Json<AccountBody>, Problem> {
    let id = id.into_inner();
    let reason = body.value.reason;
    step(call, move |app, actor, now| {
        accounts::reset_second_factor(app, actor, id, &reason, now)
    })
    .await
}

/// The sessions of an account that are alive, newest first.
#[utoipa::path(tag = "accounts", responses((status = 200, body = SessionsBody), (status = "4XX", response = Refused)))]
#[get("/api/v1/accounts/{id}/sessions")]
async fn list_account_sessions(
    call: Call,
    id: web::Path<i64>,
) -> Result<web::Json<SessionsBody>, Problem> {
    let id = id.into_inner();
    let rows = call
        .change(move |app, actor, now| accounts::sessions_of(app, actor, id, now))
        .await?;
    Ok(web::Json(SessionsBody::new(rows)))
}

/// End one session of an account.
#[utoipa::path(tag = "accounts", responses((status = 200, body = EndedBody), (status = "4XX", response = Refused)))]
#[delete("/api/v1/accounts/{id}/sessions/{session_id}")]
async fn end_account_session(
    call: Call,
    path: web::Path<(i64, i64)>,
) -> Result<web::Json<EndedBody>, Problem> {
    let ids = path.into_inner();
    call.change(move |app, actor, now| accounts::end_session(app, actor, ids, now))
        .await?;
    Ok(web::Json(EndedBody { ended: 1 }))
}

async fn step(
    call: Call,
    work: impl FnOnce(&App, &Actor, DateTime<Utc>) -> Result<Account, Error> + Send + 'static,
) -> Result<web::Json<AccountBody>, Problem> {
    let done = call
        .change(move |app, actor, now| Ok(AccountBody::new(work(app, actor, now)?)?))
        .await?;
    Ok(web::Json(done))
}

impl AccountBody {
    fn new(account: Account) -> Result<Self, StoreError> {
        let Account { row, person, state } = account;
        Ok(Self {
            id: row.id,
            person_id: person.id,
            name: person.name,
            unit_id: person.unit_id,
            mail: row.mail,
            state,
            second_factor: row.totp_secret.is_some(),
            password_changed_at: row.password_changed_at.map(Instant::stored).transpose()?,
            created_at: Instant::stored(row.created_at)?,
        })
    }
}

resource![
    list_accounts,
    get_account,
    invite,
    disable_account,
    enable_account,
    resend_invite,
    reset_account,
    reset_second_factor,
    list_account_sessions,
    end_account_session,
];
