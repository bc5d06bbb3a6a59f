//! Accounts of people, for administrators and the department.

use actix_web::{delete, get, post, web};
use serde::{Deserialize, Serialize};

use super::{
    All, Body, Call, Created, IdempotencyKey, Instant, JsonReply, Page, PageParams, Paged, Path,
    Reply,
};
use crate::domain::account::{AccountState, NewAccount};
use crate::domain::ids::{AccountId, PersonId, SessionId, UnitId};
use crate::domain::mail::EmailAddress;
use crate::service::accounts::{self, Account};
use crate::service::{Error, Tx};
use crate::web::api::sessions::{EndedBody, SessionsBody};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AccountBody {
    /// Its id.
    pub id: AccountId,
    /// Its person.
    pub person_id: PersonId,
    /// The person's name.
    pub name: String,
    /// The person's unit.
    pub unit_id: UnitId,
    /// The address to sign in with.
    pub mail: EmailAddress,
    /// Its state.
    pub state: AccountState,
    /// Whether signing in takes a second step.
    pub second_factor: bool,
    /// When the password was last set.
    pub password_changed_at: Option<Instant>,
    /// When the person was invited.
    pub created_at: Instant,
}

impl From<Account> for AccountBody {
    fn from(account: Account) -> Self {
        let Account { row, person } = account;
        Self {
            id: row.id,
            person_id: person.id,
            name: person.name,
            unit_id: person.unit_id,
            mail: row.mail,
            state: *row.state,
            second_factor: row.totp_secret.is_some(),
            password_changed_at: row.password_changed_at,
            created_at: row.created_at,
        }
    }
}

/// Accounts that the caller may manage, newest first.
#[utoipa::path(params(PageParams), responses((status = 200, body = Page<AccountBody>)))]
#[get("/api/v1/accounts")]
async fn list_accounts(call: Call, page: Paged<All>) -> JsonReply<Page<AccountBody>> {
    let (before, limit) = (page.after()?, page.fetch());
    let rows = call
        .read(move |tx| accounts::list(tx, before, limit))
        .await?;
    let rows = rows.into_iter().map(AccountBody::from).collect();
    page.page(rows, |account: &AccountBody| account.id)
        .map(web::Json)
}

/// One account.
#[utoipa::path(responses((status = 200, body = AccountBody)))]
#[get("/api/v1/accounts/{id}")]
async fn get_account(call: Call, id: Path<AccountId>) -> JsonReply<AccountBody> {
    let account = call.read(move |tx| accounts::get(tx, *id)).await?;
    Ok(web::Json(account.into()))
}

/// Invite a person: they are mailed a one-time link to set their password.
#[utoipa::path(
    params(IdempotencyKey), request_body = NewAccount, responses((status = 201, body = AccountBody))
)]
#[post("/api/v1/accounts")]
async fn invite(call: Call, body: Body<NewAccount>) -> Reply {
    call.create(body.fingerprint, move |tx| {
        let account = accounts::invite(tx, &body.value)?;
        Ok(Created::unversioned(
            format!("/api/v1/accounts/{}", account.row.id),
            AccountBody::from(account),
        ))
    })
    .await
}

/// Disable an account at once: its sessions end, the person's tokens are revoked, mails to them that
/// have not left are cancelled.
#[utoipa::path(responses((status = 200, body = AccountBody)))]
#[post("/api/v1/accounts/{id}/disable")]
async fn disable_account(call: Call, id: Path<AccountId>) -> JsonReply<AccountBody> {
    change(call, move |tx| accounts::disable(tx, *id)).await
}

/// Enable a disabled account.
#[utoipa::path(responses((status = 200, body = AccountBody)))]
#[post("/api/v1/accounts/{id}/enable")]
async fn enable_account(call: Call, id: Path<AccountId>) -> JsonReply<AccountBody> {
    change(call, move |tx| accounts::enable(tx, *id)).await
}

/// Mail the invitation once more. Earlier links are void.
#[utoipa::path(responses((status = 200, body = AccountBody)))]
#[post("/api/v1/accounts/{id}/resend-invite")]
async fn resend_invite(call: Call, id: Path<AccountId>) -> JsonReply<AccountBody> {
    change(call, move |tx| accounts::resend_invite(tx, *id)).await
}

/// Mail a link for a new password.
#[utoipa::path(responses((status = 200, body = AccountBody)))]
#[post("/api/v1/accounts/{id}/reset")]
async fn reset_account(call: Call, id: Path<AccountId>) -> JsonReply<AccountBody> {
    change(call, move |tx| accounts::reset(tx, *id)).await
}

/// Why a second factor is removed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct LostFactor {
    /// Why; the person is told.
    reason: String,
}

/// Remove the second factor of somebody who lost it: all their sessions end, and they are told by
/// mail. The caller's own can't be removed this way.
#[utoipa::path(request_body = LostFactor, responses((status = 200, body = AccountBody)))]
#[post("/api/v1/accounts/{id}/reset-second-factor")]
async fn reset_second_factor(
    call: Call,
    id: Path<AccountId>,
    body: Body<LostFactor>,
) -> JsonReply<AccountBody> {
    let reason = body.value.reason;
    change(call, move |tx| {
        accounts::reset_second_factor(tx, *id, &reason)
    })
    .await
}

/// The sessions of an account that can be used, newest first.
#[utoipa::path(responses((status = 200, body = SessionsBody)))]
#[get("/api/v1/accounts/{id}/sessions")]
async fn list_account_sessions(call: Call, id: Path<AccountId>) -> JsonReply<SessionsBody> {
    let items = call.read(move |tx| accounts::sessions(tx, *id)).await?;
    Ok(web::Json(SessionsBody { items }))
}

/// End one session of an account.
#[utoipa::path(responses((status = 200, body = EndedBody)))]
#[delete("/api/v1/accounts/{id}/sessions/{session_id}")]
async fn end_account_session(
    call: Call,
    path: Path<(AccountId, SessionId)>,
) -> JsonReply<EndedBody> {
    let (id, session) = path.into_inner();
    call.write(move |tx| accounts::end_session(tx, id, session))
        .await?;
    Ok(web::Json(EndedBody { ended: 1 }))
}

/// Runs a use case that changes an account, and answers the account.
async fn change(
    call: Call,
    work: impl FnMut(&mut Tx<'_>) -> Result<Account, Error> + Send + 'static,
) -> JsonReply<AccountBody> {
    Ok(web::Json(call.write(work).await?.into()))
}

resource!["accounts":
    list_accounts, get_account, invite, disable_account, enable_account, resend_invite,
    reset_account, reset_second_factor, list_account_sessions, end_account_session,
];
