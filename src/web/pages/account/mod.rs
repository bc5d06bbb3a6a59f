//! The own account: sessions and password.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the page of the account, another password, ending sessions |
//! | `display` | language and colours |
//! | `second_factor` | setting the second factor up and turning it off |

use actix_web::web;
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::call::{PageCall, to};
use super::error::PageError;
use super::form::{Nothing, Sent};
use super::layout::Layout;
use super::notice::Notice;
use super::routes;
use crate::domain::error::Invalid;
use crate::domain::ids::SessionId;
use crate::service::accounts::sign_in::{
    self, CurrentSession, OwnAccount, PasswordChange, SessionView,
};
use crate::service::{App, Error};
use crate::web::body::Form;
use crate::web::call::Reply;
use crate::web::cookies;

use display::Display;

pub(super) mod display;
pub(super) mod second_factor;

#[derive(Template)]
#[template(path = "account/account.html")]
struct Account {
    page: Layout,
    name: String,
    own: OwnAccount,
    sessions: Vec<SessionView>,
    /// The session of this browser.
    current: SessionId,
    display: Display,
}

/// What the form of the password sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Passwords {
    old: String,
    password: String,
    again: String,
}

pub(super) async fn show(call: PageCall) -> Reply {
    account(&call, call.layout(), None).await
}

/// The page, with the form of the display as it was sent, where it comes again.
async fn account(call: &PageCall, page: Layout, sent: Option<Display>) -> Reply {
    let signed = call.signed()?;
    let (name, current) = (signed.person.name.clone(), signed.session.id);
    let (own, sessions) = call
        .read(move |tx| Ok((sign_in::own(tx, &signed)?, sign_in::list(tx)?)))
        .await?;
    let display = sent.unwrap_or_else(|| Display::of(&page));
    page.show(|page| Account {
        page,
        name,
        own,
        sessions,
        current,
        display,
    })
}

pub(super) async fn change_password(call: PageCall, Form(typed): Form<Passwords>) -> Reply {
    match try_password(&call, typed).await {
        Ok(secret) => renewed(&call, Notice::PasswordChanged, &secret),
        Err(error) => {
            let page = call.refused(error)?.comes_back_to(routes::ACCOUNT);
            account(&call, page, None).await
        }
    }
}

/// Sets another password; answers the session's new secret.
async fn try_password(call: &PageCall, typed: Passwords) -> Result<String, PageError> {
    if typed.password != typed.again {
        return Err(Invalid::new("again", "password_differs").into());
    }
    let change = PasswordChange {
        old: typed.old,
        new: typed.password,
    };
    hashing(call, move |app, signed, now| {
        sign_in::change_password(app, signed, &change, now)
    })
    .await
}

pub(super) async fn end_session(
    call: PageCall,
    id: web::Path<SessionId>,
    Sent { form, .. }: Sent<Nothing>,
) -> Reply {
    let id = id.into_inner();
    let ended = call.once(&form, move |tx| {
        sign_in::end(tx, id)?;
        Ok(Notice::SessionEnded.at(routes::ACCOUNT))
    });
    match ended.await {
        // after signing in again: the list says whether it is still there
        Err(PageError::Unsent) => Ok(to(routes::ACCOUNT)),
        done => Ok(done?),
    }
}

pub(super) async fn end_sessions(call: PageCall) -> Reply {
    call.write(sign_in::end_all).await?;
    let mut reply = to(&Notice::SignedOut.at(routes::SIGN_IN));
    cookies::clear_session(&mut reply)?;
    Ok(reply)
}

/// Runs a use case that hashes a password of the signed-in person, within the account's limits.
async fn hashing<T: Send + 'static>(
    call: &PageCall,
    work: impl FnOnce(&App, &CurrentSession, DateTime<Utc>) -> Result<T, Error> + Send + 'static,
) -> Result<T, PageError> {
    let signed = call.signed()?;
    let account = signed.session.account_id.to_string();
    call.state().limits.of_account("own", &account)?;
    let slot = call.hashing_slot().await?;
    call.run(move |app, now| {
        let done = work(app, &signed, now);
        drop(slot);
        done
    })
    .await
}

/// Back to the account, with the session's new secret.
fn renewed(call: &PageCall, notice: Notice, secret: &str) -> Reply {
    let mut reply = to(&notice.at(routes::ACCOUNT));
    let kept = call.signed()?.kept_seconds(call.now());
    cookies::set_session(&mut reply, secret, kept)?;
    Ok(reply)
}
