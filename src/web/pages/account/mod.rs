//! The own account: sessions and password.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the page of the account, another password, ending sessions |
//! | `second_factor` | setting the second factor up and turning it off |

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::call::{PageCall, to};
use super::error::PageError;
use super::layout::Layout;
use super::notice::Notice;
use super::routes;
use crate::domain::error::Invalid;
use crate::service::accounts::sign_in;
use crate::service::accounts::sign_in::{Listed, Own, Signed};
use crate::service::{App, Error};
use crate::web::body::Form;
use crate::web::cookies;
use crate::web::error::Problem;

pub(super) mod second_factor;

#[derive(Template)]
#[template(path = "account/account.html")]
struct Account {
    page: Layout,
    name: String,
    own: Own,
    sessions: Vec<Listed>,
    /// The session of this browser.
    current: i64,
}

/// What the form of the password sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Passwords {
    old: String,
    password: String,
    again: String,
}

pub(super) async fn show(call: PageCall) -> Result<HttpResponse, Problem> {
    account(&call, call.layout()).await
}

async fn account(call: &PageCall, page: Layout) -> Result<HttpResponse, Problem> {
    let signed = call.signed()?;
    let (name, current) = (signed.person.name.clone(), signed.session.id);
    let read = move |app: &App, now| {
        let own = sign_in::own(app, &signed)?;
        Ok((own, sign_in::list(app, &signed.actor, now)?))
    };
    let (own, sessions) = call.run(read).await?;
    page.show(|page| Account {
        page,
        name,
        own,
        sessions,
        current,
    })
}

pub(super) async fn change_password(
    call: PageCall,
    Form(typed): Form<Passwords>,
) -> Result<HttpResponse, Problem> {
    match try_password(&call, typed).await {
        Ok(secret) => renewed(Notice::PasswordChanged, &secret),
        Err(error) => {
            let page = call.refused(error)?.comes_back_to(routes::ACCOUNT);
            account(&call, page).await
        }
    }
}

/// Sets another password; answers the session's new secret.
async fn try_password(call: &PageCall, typed: Passwords) -> Result<String, PageError> {
    if typed.password != typed.again {
        return Err(Invalid::new("again", "password_differs").into());
    }
    hashing(call, move |app, signed, now| {
        sign_in::change_password(app, signed, (&typed.old, &typed.password), now)
    })
    .await
}

pub(super) async fn end_session(
    call: PageCall,
    id: web::Path<i64>,
) -> Result<HttpResponse, Problem> {
    let (signed, id) = (call.signed()?, id.into_inner());
    call.run(move |app, now| sign_in::end(app, &signed.actor, id, now))
        .await?;
    Ok(to(&Notice::SessionEnded.at(routes::ACCOUNT)))
}

pub(super) async fn end_sessions(call: PageCall) -> Result<HttpResponse, Problem> {
    let signed = call.signed()?;
    call.run(move |app, now| sign_in::end_all(app, &signed.actor, now))
        .await?;
    let mut reply = to(&Notice::SignedOut.at(routes::SIGN_IN));
    cookies::clear_session(&mut reply)?;
    Ok(reply)
}

/// Runs a use case that hashes a password of the own account, within the account's budget and in
/// turn.
async fn hashing<T: Send + 'static>(
    call: &PageCall,
    work: impl FnOnce(&App, &Signed, DateTime<Utc>) -> Result<T, Error> + Send + 'static,
) -> Result<T, PageError> {
    let signed = call.signed()?;
    let account = signed.session.account_id.to_string();
    call.state().limits.of_account("own", &account)?;
    let turn = call.hashing_turn().await?;
    call.run(move |app, now| {
        let done = work(app, &signed, now);
        drop(turn);
        done
    })
    .await
}

/// Back to the account, with the session's new secret.
fn renewed(notice: Notice, secret: &str) -> Result<HttpResponse, Problem> {
    let mut reply = to(&notice.at(routes::ACCOUNT));
    cookies::set_session(&mut reply, secret)?;
    Ok(reply)
}
