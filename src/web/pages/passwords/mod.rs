//! First and new passwords by one-time links, and asking for one. Looking at a link changes
//! nothing.
//!
//! | file | what is in it |
//! |---|---|
//! | here | where a link leads: the form of a password |
//! | `forgotten` | asking for a link |

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::error::PageError;
use super::layout::Layout;
use super::{message, routes, sign_in};
use crate::domain::account::LinkPurpose;
use crate::domain::error::Invalid;
use crate::service::accounts::{self, LinkOwner, NewPassword};
use crate::web::body::Form;
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};

pub(super) mod forgotten;

#[derive(Template)]
#[template(path = "passwords/new_password.html")]
struct NewPasswordForm {
    page: Layout,
    title: &'static str,
    shown: LinkOwner,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    password: String,
    again: String,
}

/// A one-time link.
#[derive(Clone)]
struct Link {
    purpose: LinkPurpose,
    token: String,
}

impl Link {
    fn new(purpose: LinkPurpose, token: web::Path<String>) -> Self {
        Self {
            purpose,
            token: token.into_inner(),
        }
    }

    /// The address that it was opened at.
    fn address(&self) -> String {
        let route = match self.purpose {
            LinkPurpose::Invite => routes::INVITED,
            LinkPurpose::Reset => routes::RESET,
        };
        route.replace("{token}", &self.token)
    }
}

pub(super) async fn show_invited(call: PageCall, token: web::Path<String>) -> Reply {
    form(&call, call.layout(), Link::new(LinkPurpose::Invite, token)).await
}

pub(super) async fn set_invited(
    call: PageCall,
    token: web::Path<String>,
    Form(typed): Form<Typed>,
) -> Reply {
    set(&call, Link::new(LinkPurpose::Invite, token), typed).await
}

pub(super) async fn show_reset(call: PageCall, token: web::Path<String>) -> Reply {
    form(&call, call.layout(), Link::new(LinkPurpose::Reset, token)).await
}

pub(super) async fn set_reset(
    call: PageCall,
    token: web::Path<String>,
    Form(typed): Form<Typed>,
) -> Reply {
    set(&call, Link::new(LinkPurpose::Reset, token), typed).await
}

async fn form(call: &PageCall, page: Layout, link: Link) -> Reply {
    let title = match link.purpose {
        LinkPurpose::Invite => "pages.new_password.first",
        LinkPurpose::Reset => "pages.new_password.new",
    };
    let address = link.address();
    let page = page.comes_back_to(&address);
    let found = call.read(move |tx| accounts::link_owner(tx, link.purpose, &link.token));
    match found.await {
        Ok(shown) => page.show(|page| NewPasswordForm { page, title, shown }),
        Err(error) => useless(call, &address, error),
    }
}

async fn set(call: &PageCall, link: Link, typed: Typed) -> Reply {
    match try_to_set(call, link.clone(), typed).await {
        // the session of this browser is another person's, or has just been ended
        Ok(shown) => {
            let reply = sign_in::after_password(call, shown.mail.to_string())?;
            sign_in::signed_out(call, reply).await
        }
        Err(error) if error.kind() == Kind::Invalid => form(call, call.refused(error)?, link).await,
        Err(error) => useless(call, &link.address(), error),
    }
}

/// Sets the password; answers whose it is.
async fn try_to_set(call: &PageCall, link: Link, typed: Typed) -> Result<LinkOwner, PageError> {
    if typed.password != typed.again {
        return Err(Invalid::new("again", "password_differs").into());
    }
    let slot = call.hashing_slot().await?;
    let visitor = call.client().visitor();
    let new = NewPassword {
        purpose: link.purpose,
        link: link.token,
        password: typed.password,
    };
    call.run(move |app, now| {
        let owner = accounts::set_password(app, &visitor, &new, now)?;
        drop(slot);
        Ok(owner)
    })
    .await
}

/// A page that says why a link opens nothing.
fn useless(call: &PageCall, address: &str, error: PageError) -> Reply {
    let problem = Problem::from(error);
    let page = call.layout().comes_back_to(address);
    match (problem.kind(), problem.faults().first()) {
        (Kind::NotFound, _) => {
            let ways = [message::FORGOTTEN, message::SIGN_IN];
            let page = page.status(StatusCode::NOT_FOUND);
            message::show(page, "pages.link_useless", &ways)
        }
        (Kind::Conflict, Some(fault)) => {
            let ways = [message::SIGN_IN, message::FORGOTTEN];
            let text = fault.message(call.locale());
            let page = page.status(StatusCode::GONE);
            message::show_text(page, "pages.link_used", text, &ways)
        }
        _ => Err(problem),
    }
}
