//! Accounts of people, for administrators and the department.

use actix_web::{delete, get, post, web};
use serde::{Deserialize, Serialize};

use super::{Body, Call, Created, IdempotencyKey, JsonReply, Page, PageParams, Paged, Path, Reply};
use crate::domain::account::{AccountStanding, NewAccount};
use crate::domain::ids::{AccountId, PersonId, SessionId};
use crate::service::accounts::{self, Account, AccountFilter, AccountView, InviteMany, Invited};
use crate::service::{Error, Tx};
use crate::store::views::people::PersonView;
use crate::web::api::sessions::{EndedBody, SessionsBody};

/// Which accounts to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Seen as this.
    #[param(inline)]
    standing: Option<AccountStanding>,
    /// Only those whose person mails do not reach.
    unreachable: bool,
    /// Part of the person's name or of the address, with or without diacritics.
    q: Option<String>,
}

/// Accounts that the caller may manage, newest first.
#[utoipa::path(params(Filter, PageParams), responses((status = 200, body = Page<AccountView>)))]
#[get("/api/v1/accounts")]
async fn list_accounts(call: Call, page: Paged<Filter>) -> JsonReply<Page<AccountView>> {
    let before: Option<AccountId> = page.after()?;
    let filter = AccountFilter {
        standing: page.filter.standing,
        unreachable: page.filter.unreachable,
        search: page.filter.q.clone(),
    };
    let found = call.read(move |tx| accounts::list(tx, &filter)).await?;
    let limit = usize::try_from(page.fetch()).unwrap_or_default();
    let rows = found.accounts.into_iter();
    let rows = rows.filter(|account| before.is_none_or(|before| account.id < before));
    page.page(rows.take(limit).collect(), |account: &AccountView| {
        account.id
    })
    .map(web::Json)
}

/// People in service who have no account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct UninvitedBody {
    /// Those who can be invited, at most 200.
    people: Vec<PersonView>,
    /// Those who have no mail address.
    without_mail: Vec<PersonView>,
    /// How many there are in all.
    total: i64,
}

/// People in service who have no account, whose accounts the caller manages.
#[utoipa::path(responses((status = 200, body = UninvitedBody)))]
#[get("/api/v1/accounts/uninvited")]
async fn list_uninvited(call: Call) -> JsonReply<UninvitedBody> {
    let found = call.read(accounts::uninvited).await?;
    Ok(web::Json(UninvitedBody {
        people: found.people,
        without_mail: found.without_mail,
        total: found.total,
    }))
}

/// What came of inviting several people.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct InvitedBody {
    /// One answer for each.
    people: Vec<InviteAnswer>,
}

/// What came of inviting one of several people.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct InviteAnswer {
    /// The person.
    person_id: PersonId,
    /// Whether they are invited now.
    invited: bool,
    /// Why they are not.
    refused: Option<String>,
}

/// Invite several people at their own addresses; each is answered separately.
#[utoipa::path(request_body = InviteMany, responses((status = 200, body = InvitedBody)))]
#[post("/api/v1/accounts/invite")]
async fn invite_many(call: Call, body: Body<InviteMany>) -> JsonReply<InvitedBody> {
    let (locale, many) = (call.lang().locale(), body.value);
    let all = call
        .write(move |tx| accounts::invite_many(tx, &many))
        .await?;
    let answer = |one: Invited| InviteAnswer {
        person_id: one.person_id,
        invited: one.fault.is_none(),
        refused: one.fault.map(|fault| fault.message(locale)),
    };
    Ok(web::Json(InvitedBody {
        people: all.into_iter().map(answer).collect(),
    }))
}

/// Another address to sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMail {
    /// The address; a link is mailed to it.
    mail: String,
}

/// Change the address to sign in with: a link is mailed to the new one, and the old one is told. An
/// active account signs in with the old one until the link was used.
#[utoipa::path(request_body = NewMail, responses((status = 200, body = AccountView)))]
#[post("/api/v1/accounts/{id}/mail")]
async fn change_account_mail(
    call: Call,
    id: Path<AccountId>,
    body: Body<NewMail>,
) -> JsonReply<AccountView> {
    let mail = body.value.mail;
    change(call, move |tx| accounts::change_mail(tx, *id, &mail)).await
}

/// One account.
#[utoipa::path(responses((status = 200, body = AccountView)))]
#[get("/api/v1/accounts/{id}")]
async fn get_account(call: Call, id: Path<AccountId>) -> JsonReply<AccountView> {
    call.read_json(move |tx| accounts::show(tx, *id)).await
}

/// Invite a person: they are mailed a one-time link to set their password.
#[utoipa::path(
    params(IdempotencyKey), request_body = NewAccount, responses((status = 201, body = AccountView))
)]
#[post("/api/v1/accounts")]
async fn invite(call: Call, body: Body<NewAccount>) -> Reply {
    call.create(body.fingerprint, move |tx| {
        let account = accounts::invite(tx, &body.value)?;
        Ok(Created::unversioned(
            format!("/api/v1/accounts/{}", account.row.id),
            accounts::view(tx, account)?,
        ))
    })
    .await
}

/// Disable an account at once: its sessions end, the person's tokens are revoked, mails to them that
/// have not left are cancelled.
#[utoipa::path(responses((status = 200, body = AccountView)))]
#[post("/api/v1/accounts/{id}/disable")]
async fn disable_account(call: Call, id: Path<AccountId>) -> JsonReply<AccountView> {
    change(call, move |tx| accounts::disable(tx, *id)).await
}

/// Enable a disabled account.
#[utoipa::path(responses((status = 200, body = AccountView)))]
#[post("/api/v1/accounts/{id}/enable")]
async fn enable_account(call: Call, id: Path<AccountId>) -> JsonReply<AccountView> {
    change(call, move |tx| accounts::enable(tx, *id)).await
}

/// Mail the invitation once more. Earlier links are void.
#[utoipa::path(responses((status = 200, body = AccountView)))]
#[post("/api/v1/accounts/{id}/resend-invite")]
async fn resend_invite(call: Call, id: Path<AccountId>) -> JsonReply<AccountView> {
    change(call, move |tx| accounts::resend_invite(tx, *id)).await
}

/// Mail a link for a new password.
#[utoipa::path(responses((status = 200, body = AccountView)))]
#[post("/api/v1/accounts/{id}/reset")]
async fn reset_account(call: Call, id: Path<AccountId>) -> JsonReply<AccountView> {
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
#[utoipa::path(request_body = LostFactor, responses((status = 200, body = AccountView)))]
#[post("/api/v1/accounts/{id}/reset-second-factor")]
async fn reset_second_factor(
    call: Call,
    id: Path<AccountId>,
    body: Body<LostFactor>,
) -> JsonReply<AccountView> {
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
    mut work: impl FnMut(&mut Tx<'_>) -> Result<Account, Error> + Send + 'static,
) -> JsonReply<AccountView> {
    call.write_json(move |tx| {
        let account = work(tx)?;
        accounts::view(tx, account)
    })
    .await
}

resource!["accounts":
    list_accounts, list_uninvited, invite_many, change_account_mail, get_account, invite, disable_account, enable_account, resend_invite,
    reset_account, reset_second_factor, list_account_sessions, end_account_session,
];
