//! Requests for more time: decided in one press each; a refusal takes a reason.

pub(super) mod file;

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::error::PageError;
use super::form::{Field, Nothing, Sent};
use super::layout::Layout;
use super::notice::Notice;
use super::routes;
use crate::domain::ids::ExtensionId;
use crate::domain::obligation::ExtensionState;
use crate::service::Error;
use crate::service::obligations::decide::{self, Decision};
use crate::service::obligations::standings::{self, AskedExtension};
use crate::service::obligations::work::{self, Requests};
use crate::web::call::Reply;
use crate::web::pages::work::steps;

const FIELDS: &[Field] = &[Field::new("ly_do", "pages.extensions.reason", &["reason"])];

#[derive(Template)]
#[template(path = "extensions/list.html")]
struct ListPage {
    page: Layout,
    requests: Requests,
}

#[derive(Template)]
#[template(path = "extensions/refuse.html")]
struct RefusePage {
    page: Layout,
    asked: AskedExtension,
    typed: Typed,
}

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    ly_do: String,
}

pub async fn list(call: PageCall) -> Reply {
    let requests = read(&call).await?;
    call.layout()
        .wide()
        .show(|page| ListPage { page, requests })
}

/// Gives what was asked for.
pub async fn grant(
    call: PageCall,
    id: web::Path<ExtensionId>,
    Sent { form, .. }: Sent<Nothing>,
) -> Reply {
    let id = id.into_inner();
    let given = Decision::Grant {
        until: None,
        reason: None,
    };
    let done = call.once(&form, move |tx| {
        decide::decide_extension(tx, id, &given)?;
        Ok(Notice::ExtensionGiven.at(routes::EXTENSIONS))
    });
    match done.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let requests = read(&call).await?;
            let page = call.again(error, &form, &[])?;
            let page = page.comes_back_to(routes::EXTENSIONS).wide();
            page.show(|page| ListPage { page, requests })
        }
    }
}

pub async fn ask_refusal(call: PageCall, id: web::Path<ExtensionId>) -> Reply {
    let asked = read_one(&call, *id).await?;
    refusal(call.layout(), asked, Typed::default())
}

/// Refuses it, with a reason.
pub async fn refuse(
    call: PageCall,
    id: web::Path<ExtensionId>,
    Sent { typed, form }: Sent<Typed>,
) -> Reply {
    let id = id.into_inner();
    let refused = Decision::Refuse {
        reason: typed.ly_do.clone(),
    };
    let done = call.once(&form, move |tx| {
        decide::decide_extension(tx, id, &refused)?;
        Ok(Notice::ExtensionRefused.at(routes::EXTENSIONS))
    });
    match done.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let asked = read_one(&call, id).await?;
            let page = call.again(error, &form, FIELDS)?;
            refusal(
                page.comes_back_to(routes::refuse_extension(id)),
                asked,
                typed,
            )
        }
    }
}

async fn read(call: &PageCall) -> Result<Requests, PageError> {
    let locale = call.locale();
    call.read(move |tx| work::requests(tx, locale)).await
}

async fn read_one(call: &PageCall, id: ExtensionId) -> Result<AskedExtension, PageError> {
    let locale = call.locale();
    call.read(move |tx| {
        let asked = standings::one_extension(tx, id, locale)?;
        match work::show(tx, asked.obligation.id, locale)?.may.decides {
            true => Ok(asked),
            false => Err(Error::Forbidden),
        }
    })
    .await
}

fn refusal(page: Layout, asked: AskedExtension, typed: Typed) -> Reply {
    let name = page.say("pages.extensions.title");
    page.below(name, routes::EXTENSIONS)
        .show(|page| RefusePage { page, asked, typed })
}
